//! What a channel's sound says, all of it: digits, caller identification, call progress, fax machines.
//!
//! One [`Listener`] a channel has one front end and composes the detectors behind it. Digits are detected once, for everybody:
//! they are told, they are what caller identification by DTMF is made of, and no busy tone is heard in them. A detector may
//! ask for muting ([`Listener::muting`]); the speech that goes on to the other party is muted then, never what another
//! detector hears.

use telephony::Frame;

use crate::caller_id::{self, CidError, Received};
use crate::dtmf::{self, DtmfEvent};
use crate::fax::{self, FaxTone};
use crate::front_end::FrontEnd;
use crate::progress::{self, Heard};
use crate::queue::Queue;
use crate::tone::TonePlan;

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a message in place is what keeps a detector from allocating"
)]
pub enum Event {
    /// A digit began or ended.
    Digit(DtmfEvent),
    /// A caller-identification message came, whole or not.
    CallerId(Result<Received, CidError>),
    /// A call progress tone.
    Progress(Heard),
    /// A fax machine or a modem; told once for each tone.
    Fax(FaxTone),
}

/// Everything that listens to one channel. What is not listened for costs no time.
#[derive(Clone, Debug)]
pub struct Listener {
    front_end: FrontEnd,
    digits: Option<dtmf::Detector>,
    /// Digits are told, not only used.
    tells_digits: bool,
    told: Queue<DtmfEvent, 8>,
    caller_id: Option<caller_id::Detector>,
    progress: Option<progress::Detector>,
    fax: Option<fax::Detector>,
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
            front_end: FrontEnd::new(),
            digits: None,
            tells_digits: false,
            told: Queue::new(),
            caller_id: None,
            progress: None,
            fax: None,
        }
    }

    /// Tells digits, or no longer.
    pub fn listen_for_digits(&mut self, on: bool) {
        self.tells_digits = on;
        self.keep_digits();
    }

    /// Listens for caller identification from now on, forgetting what came before; or no longer.
    pub fn listen_for_caller_id(&mut self, on: bool) {
        self.caller_id = on.then(caller_id::Detector::new);
        self.keep_digits();
    }

    /// Listens for the call progress tones of `plan` from now on, forgetting what came before; or no longer.
    pub fn listen_for_progress(&mut self, plan: Option<&TonePlan>) {
        self.progress = plan.map(progress::Detector::new);
        self.keep_digits();
    }

    /// Listens for fax machines and modems, or no longer. When it did so before, it goes on.
    pub fn listen_for_fax(&mut self, on: bool) {
        if on {
            self.fax.get_or_insert_with(fax::Detector::new);
        } else {
            self.fax = None;
        }
    }

    /// Whether call progress is listened for.
    pub const fn hears_progress(&self) -> bool {
        self.progress.is_some()
    }

    /// Digits are detected as long as anybody needs them.
    fn keep_digits(&mut self) {
        if self.tells_digits || self.caller_id.is_some() || self.progress.is_some() {
            self.digits.get_or_insert_with(dtmf::Detector::new);
        } else {
            self.digits = None;
        }
    }

    /// Takes the next 10 ms.
    pub fn process(&mut self, frame: &Frame) {
        if self.digits.is_none() && self.fax.is_none() {
            return;
        }
        let hearing = self.front_end.process(frame);
        if let Some(digits) = &mut self.digits {
            digits.process(hearing);
            while let Some(event) = digits.poll() {
                if let Some(caller_id) = &mut self.caller_id {
                    caller_id.digit(event);
                }
                if let Some(progress) = &mut self.progress {
                    progress.digit(event);
                }
                if self.tells_digits {
                    self.told.push(event);
                }
            }
        }
        if let Some(caller_id) = &mut self.caller_id {
            caller_id.process(hearing);
        }
        if let Some(progress) = &mut self.progress {
            progress.process(hearing);
        }
        if let Some(fax) = &mut self.fax {
            fax.process(hearing);
        }
    }

    /// What was heard, oldest first of its kind; ask until `None` after each frame.
    pub fn poll(&mut self) -> Option<Event> {
        if let Some(digit) = self.told.pop() {
            return Some(Event::Digit(digit));
        }
        let message = self.caller_id.as_mut().and_then(caller_id::Detector::poll);
        if let Some(message) = message {
            return Some(Event::CallerId(message));
        }
        let heard = self.progress.as_mut().and_then(progress::Detector::poll);
        if let Some(heard) = heard {
            return Some(Event::Progress(heard));
        }
        let fax = self.fax.as_mut().and_then(fax::Detector::poll);
        fax.map(|event| Event::Fax(event.tone))
    }

    /// Whether nothing of this frame may reach a stream that carries digits as events: a digit is suspected or present. True
    /// within [`dtmf::MUTE_LATENCY_MS`] of a tone's first sample.
    pub fn muting(&self) -> bool {
        self.tells_digits && self.digits.as_ref().is_some_and(dtmf::Detector::muting)
    }
}

#[cfg(test)]
mod tests;
