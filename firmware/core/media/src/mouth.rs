//! What one party says: digits are heard in it, and kept out of it where they travel as events.

use dsp::dtmf::{Detector, DtmfEvent, MUTE_LATENCY_MS};
use telephony::{Digit, FRAME_MS, Frame, SILENCE};

/// Frames of delay in front of the mute.
const DELAY: usize = MUTE_LATENCY_MS.div_ceil(FRAME_MS as u32) as usize;
/// Ticks after DTMF was sent to the party during which its echo may still come back (60 ms).
const ECHO_TICKS: u8 = 6;

/// One party's mouth.
#[derive(Clone, Debug)]
pub(crate) struct Mouth {
    detector: Detector,
    /// Digits are reported.
    pub report: bool,
    /// The detector ran in the last tick.
    listening: bool,
    /// The digit that is down.
    pub held: Option<Digit>,
    delay: [Frame; DELAY],
    echo: u8,
}

impl Mouth {
    pub(crate) fn new() -> Self {
        Mouth {
            detector: Detector::new(),
            report: false,
            listening: false,
            held: None,
            delay: [SILENCE; DELAY],
            echo: 0,
        }
    }

    /// 10 ms of speech. `listen`: somebody wants digits. `echo`: DTMF is being sent to this party, what it says is not heard.
    /// Tells keys through `told`.
    pub(crate) fn process(
        &mut self,
        frame: &Frame,
        listen: bool,
        echo: bool,
        mut told: impl FnMut(DtmfEvent),
    ) {
        if echo {
            self.echo = ECHO_TICKS;
        }
        if listen && !self.listening {
            self.detector = Detector::new();
        }
        self.listening = listen;
        if listen {
            self.detector
                .process(if self.echo > 0 { &SILENCE } else { frame });
            while let Some(event) = self.detector.poll() {
                self.held = match event {
                    DtmfEvent::Began(digit) => Some(digit),
                    DtmfEvent::Ended(_) => None,
                };
                told(event);
            }
        } else if let Some(digit) = self.held.take() {
            told(DtmfEvent::Ended(digit));
        }
        self.echo = self.echo.saturating_sub(1);
    }

    /// Keeps the delay line going. `events`: digits travel as events, so the frame becomes what was said
    /// [`MUTE_LATENCY_MS`] ago, without a trace of them.
    pub(crate) fn delay(&mut self, frame: &mut Frame, events: bool) {
        let newest = *frame;
        if events {
            let muted = self.echo > 0 || self.detector.muting();
            *frame = if muted { SILENCE } else { self.delay[0] };
        }
        self.delay.rotate_left(1);
        self.delay[DELAY - 1] = newest;
    }
}
