use super::super::runs::{Kind, Run, Runs, Step};
use super::super::sounds::Found;
use super::LearnedTone;
use super::analysis::{sines, tonal_share};
use super::rhythm::{Burst, Row};
use crate::front_end::Hearing;
use crate::spectrum::{BINS, Spectrum};
use core::fmt;
use telephony::FRAME_MS;

/// What is heard after this is not learned from.
pub const LONGEST_MS: u32 = 60_000;
/// A tone without a pause for so long has no rhythm.
const CONTINUOUS_MS: u32 = 5_000;
/// Other sound for so long, and no rhythm: somebody speaks.
const SPEECH_MS: u32 = 500;
/// Frames at a burst's edges are not what it sounds like: their power is below this part of the inside's.
const INSIDE: f32 = 0.85;
/// Every tone is this sound to the runs; which it is comes out of its spectrum.
const TONE: u8 = 0;

/// Why a recording teaches no tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LearnError {
    /// Nothing but silence, or noise.
    Silence,
    /// Speech or music, and no tone in a rhythm.
    Speech,
    /// A tone without pauses: dial tone, for example.
    NoRhythm {
        /// How long it lasted, in milliseconds.
        lasted_ms: u32,
    },
    /// A rhythm, but not three full cycles of it.
    TooFewCycles {
        /// Full cycles heard.
        heard: u16,
    },
    /// Bursts of tone, but none repeats itself in sound and time.
    Irregular {
        /// Bursts heard.
        bursts: u16,
    },
    /// The rhythm of ringing tone: somebody may still answer.
    Ringing {
        /// One cycle, in milliseconds.
        cycle_ms: u32,
    },
}

impl fmt::Display for LearnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LearnError::Silence => f.write_str("no tone was heard"),
            LearnError::Speech => {
                f.write_str("speech or music was heard, and no tone that repeats itself")
            }
            LearnError::NoRhythm { lasted_ms } => {
                write!(
                    f,
                    "a tone of {lasted_ms} ms without a pause: it has no rhythm"
                )
            }
            LearnError::TooFewCycles { heard } => {
                write!(f, "only {heard} full cycles were heard: three are needed")
            }
            LearnError::Irregular { bursts } => {
                write!(
                    f,
                    "{bursts} bursts of tone were heard, none of which repeats itself"
                )
            }
            LearnError::Ringing { cycle_ms } => {
                write!(f, "one burst every {cycle_ms} ms is ringing tone")
            }
        }
    }
}

impl core::error::Error for LearnError {}

/// Learns the tone by which a line says that the call is over, from up to a minute of the line: with speech before it, or not.
///
/// It keeps the line's runs, not its samples: about 14 kilobytes.
#[derive(Clone, Debug)]
pub struct Learner {
    runs: Runs,
    row: Row,
    /// Sum of the spectra inside the burst that sounds; its power is that of one of them.
    sum: Spectrum,
    heard_ms: u32,
    speech_ms: u32,
    longest_ms: u32,
}

impl Default for Learner {
    fn default() -> Self {
        Self::new()
    }
}

impl Learner {
    /// Nothing heard yet.
    pub fn new() -> Self {
        Learner {
            runs: Runs::new(),
            row: Row::new(),
            sum: Spectrum {
                bins: [0.0; BINS],
                power: 0.0,
            },
            heard_ms: 0,
            speech_ms: 0,
            longest_ms: 0,
        }
    }

    /// Listens to the next 10 ms. After a minute it listens no more.
    pub fn process(&mut self, hearing: &Hearing) {
        if self.heard_ms >= LONGEST_MS {
            return;
        }
        self.heard_ms += FRAME_MS as u32;
        let spectrum = hearing.spectrum();
        let found = tonal_share(spectrum).map(|share| Found {
            index: TONE,
            fitting: 1 << TONE,
            share,
        });
        if self.runs.push(found, spectrum.power) == Step::Changed {
            let last = self.runs.last(1).next().map(|(run, ms)| (*run, ms));
            if let Some((run, ms)) = last {
                self.run(&run, ms);
            }
            self.sum.power = 0.0;
        }
        if self.runs.now().kind == Kind::Tone(TONE) && found.is_some() {
            self.add(spectrum);
        }
        if self.runs.frame() == Kind::Other {
            self.speech_ms += FRAME_MS as u32;
        }
    }

    /// Adds a frame of a burst if it is inside; what was added before is forgotten if it turns out to have been the edge.
    fn add(&mut self, spectrum: &Spectrum) {
        if INSIDE * spectrum.power > self.sum.power {
            self.sum = spectrum.clone();
        } else if spectrum.power > INSIDE * self.sum.power {
            for (sum, bin) in self.sum.bins.iter_mut().zip(&spectrum.bins) {
                *sum += bin;
            }
        }
    }

    /// A run is complete.
    fn run(&mut self, run: &Run, ms: u32) {
        match run.kind {
            Kind::Tone(_) if run.is_steady() => {
                let (freqs_hz, freqs) = sines(&self.sum);
                self.longest_ms = self.longest_ms.max(ms);
                self.row.burst(Burst {
                    ms,
                    power: run.power,
                    freqs_hz,
                    freqs,
                });
            }
            Kind::Pause => self.row.pause(ms, run.power),
            // Speech has notes, too.
            Kind::Tone(_) => {
                self.speech_ms += ms;
                self.row.interrupt();
            }
            Kind::Other => self.row.interrupt(),
        }
    }

    /// What was learned, from all that was heard so far.
    pub fn learned(&self) -> Result<LearnedTone, LearnError> {
        let now = self.runs.now();
        let sounding = matches!(now.kind, Kind::Tone(_)) && now.is_steady();
        let lasted_ms = if sounding { self.runs.now_ms() } else { 0 }.max(self.longest_ms);
        match self.row.learned() {
            Err(LearnError::Irregular { .. } | LearnError::Silence)
                if lasted_ms >= CONTINUOUS_MS =>
            {
                Err(LearnError::NoRhythm { lasted_ms })
            }
            Err(LearnError::Irregular { .. } | LearnError::Silence)
                if self.speech_ms >= SPEECH_MS =>
            {
                Err(LearnError::Speech)
            }
            result => result,
        }
    }
}
