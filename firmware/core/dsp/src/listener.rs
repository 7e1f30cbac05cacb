//! What a channel's sound says, all of it: digits, caller identification, call progress.
//!
//! One [`Listener`] a channel composes the detectors. Digits are detected once, for everybody: they are told, and they are what
//! caller identification by DTMF is made of. A detector may ask for muting ([`Listener::muting`]); the speech that goes on to
//! the other party is muted then, never what another detector hears.

use telephony::Frame;

use crate::caller_id::{self, CidError, Received};
use crate::dtmf::{self, DtmfEvent};
use crate::progress::{self, Heard};
use crate::tone::TonePlan;

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A digit began or ended.
    Digit(DtmfEvent),
    /// A caller-identification message came, whole or not.
    CallerId(Result<Received, CidError>),
    /// A call progress tone.
    Progress(Heard),
}

/// Everything that listens to one channel. What is not listened for costs no time.
#[derive(Clone, Debug)]
pub struct Listener {
    digits: Option<dtmf::Detector>,
    caller_id: Option<caller_id::Detector>,
    progress: Option<progress::Detector>,
}

impl Default for Listener {
    fn default() -> Self {
        Self::new()
    }
}

impl Listener {
    /// Listens for nothing.
    pub const fn new() -> Self {
        Listener {
            digits: None,
            caller_id: None,
            progress: None,
        }
    }

    /// Listens for digits, or no longer. When it did so before, it goes on.
    pub fn listen_for_digits(&mut self, on: bool) {
        if on {
            self.digits.get_or_insert_with(dtmf::Detector::new);
        } else {
            self.digits = None;
        }
    }

    /// Listens for caller identification from now on, forgetting what came before; or no longer.
    pub fn listen_for_caller_id(&mut self, on: bool) {
        self.caller_id = on.then(caller_id::Detector::new);
    }

    /// Listens for the call progress tones of `plan` from now on, forgetting what came before; or no longer.
    pub fn listen_for_progress(&mut self, plan: Option<&'static TonePlan>) {
        self.progress = plan.map(progress::Detector::new);
    }

    /// Whether call progress is listened for.
    pub const fn hears_progress(&self) -> bool {
        self.progress.is_some()
    }

    /// Takes the next 10 ms.
    pub fn process(&mut self, frame: &Frame) {
        if let Some(digits) = &mut self.digits {
            digits.process(frame);
        }
        if let Some(caller_id) = &mut self.caller_id {
            caller_id.process(frame);
        }
        if let Some(progress) = &mut self.progress {
            progress.process(frame);
        }
    }

    /// What was heard, oldest first of its kind; ask until `None` after each frame.
    pub fn poll(&mut self) -> Option<Event> {
        let digit = self.digits.as_mut().and_then(dtmf::Detector::poll);
        if let Some(digit) = digit {
            return Some(Event::Digit(digit));
        }
        let message = self.caller_id.as_mut().and_then(caller_id::Detector::poll);
        if let Some(message) = message {
            return Some(Event::CallerId(message));
        }
        let heard = self.progress.as_mut().and_then(progress::Detector::poll);
        heard.map(Event::Progress)
    }

    /// Whether nothing of this frame may reach a stream that carries digits as events: a digit is suspected or present. True
    /// within [`dtmf::MUTE_LATENCY_MS`] of a tone's first sample.
    pub fn muting(&self) -> bool {
        self.digits.as_ref().is_some_and(dtmf::Detector::muting)
    }
}

#[cfg(test)]
mod tests;
