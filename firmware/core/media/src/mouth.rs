//! What one party says: digits are heard in it, and kept out of it where they travel as events.

use dsp::dtmf::{DtmfEvent, MUTE_LATENCY_MS};
use dsp::listener::{self, Listener};
use telephony::{Digit, FRAME_MS, Frame, SILENCE};

use crate::sent::{Sent, WINDOW};

/// Frames of delay in front of the mute.
const DELAY: usize = MUTE_LATENCY_MS.div_ceil(FRAME_MS as u32) as usize;
/// Frames kept: for the delay, and for a look at what a digit was heard in.
const KEPT: usize = if DELAY > WINDOW { DELAY } else { WINDOW };

/// One party's mouth.
#[derive(Clone, Debug)]
pub(crate) struct Mouth {
    pub listener: Listener,
    /// Digits are reported.
    pub report: bool,
    /// The digit that is down.
    held: Option<Digit>,
    /// What was said last, newest last.
    said: [Frame; KEPT],
    /// What the party was sent.
    pub sent: Sent,
}

impl Mouth {
    pub(crate) const fn new() -> Self {
        Mouth {
            listener: Listener::new(),
            report: false,
            held: None,
            said: [SILENCE; KEPT],
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
        self.listener.process(frame);
        while let Some(event) = self.listener.poll() {
            match event {
                listener::Event::Digit(DtmfEvent::Began(digit)) => {
                    if self.sent.is_echo(digit, &self.lately(frame)) {
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

    /// The last frames, with the one that is new.
    fn lately(&self, newest: &Frame) -> [Frame; WINDOW] {
        core::array::from_fn(|n| match n {
            n if n == WINDOW - 1 => *newest,
            n => self.said[KEPT - (WINDOW - 1) + n],
        })
    }

    /// Keeps the delay line going. `events`: digits travel as events, so the frame becomes what was said
    /// [`MUTE_LATENCY_MS`] ago, without a trace of them.
    pub(crate) fn delay(&mut self, frame: &mut Frame, events: bool) {
        let newest = *frame;
        if events {
            *frame = if self.listener.muting() {
                SILENCE
            } else {
                self.said[KEPT - DELAY]
            };
        }
        self.said.rotate_left(1);
        self.said[KEPT - 1] = newest;
    }
}
