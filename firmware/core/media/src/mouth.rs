//! What one party says: digits are heard in it, and kept out of it where they travel as events.

use dsp::dtmf::{DtmfEvent, MUTE_LATENCY_MS};
use dsp::listener::{self, Listener};
use telephony::{Digit, FRAME_MS, Frame, SILENCE};

use crate::sent::{Sent, WINDOW};

/// Frames of delay in front of the mute.
const DELAY: usize = MUTE_LATENCY_MS.div_ceil(FRAME_MS as u32) as usize;
/// One party's mouth.
#[derive(Clone, Debug)]
pub(crate) struct Mouth {
    pub listener: Listener,
    /// Digits are reported.
    pub report: bool,
    /// The digit that is down.
    held: Option<Digit>,
    /// What was heard last, newest last: a look at what a digit was heard in.
    heard: [Frame; WINDOW],
    /// What was said last, newest last.
    said: [Frame; DELAY],
    /// What the party was sent.
    pub sent: Sent,
}

impl Mouth {
    pub(crate) const fn new() -> Self {
        Mouth {
            listener: Listener::new(),
            report: false,
            held: None,
            heard: [SILENCE; WINDOW],
            said: [SILENCE; DELAY],
            sent: Sent::new(),
        }
    }

    /// 10 ms of speech. `digits`: somebody wants them. What was heard goes to `told`, but for digits that are the echo of what
    /// was sent to the party.
    pub(crate) fn process(
        &mut self,
        frame: &Frame,
        digits: bool,
        mut told: impl FnMut(listener::Event),
    ) {
        self.listener.listen_for_digits(digits);
        if let Some(digit) = self.held.take_if(|_| !digits) {
            told(listener::Event::Digit(DtmfEvent::Ended(digit)));
        }
        self.heard.rotate_left(1);
        self.heard[WINDOW - 1] = *frame;
        self.listener.process(frame);
        while let Some(event) = self.listener.poll() {
            match event {
                listener::Event::Digit(DtmfEvent::Began(digit)) => {
                    if self.sent.is_echo(digit, &self.heard) {
                        continue;
                    }
                    self.held = Some(digit);
                }
                // Of an echo.
                listener::Event::Digit(DtmfEvent::Ended(_)) if self.held.take().is_none() => {
                    continue;
                }
                _ => {}
            }
            told(event);
        }
    }

    /// Keeps the delay line going. `events`: digits travel as events, so the frame becomes what was said
    /// [`MUTE_LATENCY_MS`] ago, without a trace of them.
    pub(crate) fn delay(&mut self, frame: &mut Frame, events: bool) {
        let newest = *frame;
        if events {
            *frame = if self.listener.muting() {
                SILENCE
            } else {
                self.said[0]
            };
        }
        self.said.rotate_left(1);
        self.said[DELAY - 1] = newest;
    }
}
