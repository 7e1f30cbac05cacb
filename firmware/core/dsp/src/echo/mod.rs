//! Line echo cancelling (ITU-T G.168): what a hybrid sends back of the far end's speech is taken out of what the near end says.
//!
//! Two filters model the echo path side by side ([`model`]): a steady one, whose residue is heard, and one that always believes
//! the path may just have changed. When the second leaves clearly less than the first, and the first does little, the path
//! has changed and the steady one takes over what the other found. A suppressor cuts what is left, a disabler listens for
//! modems. `README.md` beside this file tells what was tried and what it scored.

mod disabler;
mod fft;
mod figures;
mod lanes;
mod model;
mod suppressor;

use crate::oscillator::to_i16;
use disabler::{Asked, Disabler};
use fft::{BINS, SIZE};
use figures::Figures;
use lanes::{C4, F4};
use model::{History, LANES, Ready, Spectrum, Steady, greater};
use suppressor::{Block, Suppressor};
use telephony::{FRAME_MS, FRAME_SAMPLES, Frame};

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
    /// A 2100 Hz tone with phase reversals has disabled it since [`Canceller::begin_call`] (G.168 §7).
    pub disabled: bool,
}

/// A block of the far end counts as speech above this mean square (-54 dBm0) ...
const FAR_LEAST: f32 = 1_000.0;
/// ... and while it is not 17 dB quieter than the loudest of the last seconds.
const FAR_RANGE: f32 = 0.02;
/// Forgetting of the powers that are compared, and of the loudest block.
const COMPARE: f32 = 0.2;
const PEAK_DECAY: f32 = 0.999;
/// The ready filter must leave half of what the steady one leaves (3 dB) for this many blocks ...
const WINS: u32 = 4;
/// ... while the steady one leaves more than a tenth of what came in (10 dB).
const FAILING: f32 = 0.1;
/// The ready filter begins again from the steady one when it leaves four times as much (6 dB): double talk has led it astray.
const ASTRAY: f32 = 4.0;
/// A filter that makes it louder by this factor (3 dB), for longer than a path change takes, has gone wrong: both begin anew.
const HARMFUL: f32 = 2.0;
const HARMFUL_BLOCKS: u32 = 20;

/// What comes from the line at more than half the power (3 dB) of what went there lately is no echo of it alone (G.168 assumes an echo
/// return loss of 6 dB): nothing is learnt from it. A single tone, from both ends at once, would teach the filter nonsense.
const NEAR_ALONE: f32 = 0.5;

/// The loudest block of the far end in the last one to two tails.
#[derive(Clone, Copy, Debug, Default)]
struct Lately {
    now: f32,
    before: f32,
    blocks: usize,
}

impl Lately {
    fn hear(&mut self, power: f32, tail_blocks: usize) {
        self.blocks += 1;
        if self.blocks > tail_blocks {
            *self = Lately {
                now: 0.0,
                before: self.now,
                blocks: 1,
            };
        }
        self.now = greater(self.now, power);
    }

    fn most(&self) -> f32 {
        greater(self.now, self.before)
    }
}

/// Smoothed sums of squares while the far end talks.
#[derive(Clone, Copy, Debug, Default)]
struct Compared {
    near: f32,
    steady: f32,
    ready: f32,
    far_peak: f32,
    wins: u32,
    harmful: u32,
}

/// A line echo canceller. Without delay: what comes out is the frame that went in.
///
/// About 45 kB, in place.
#[derive(Clone, Debug)]
pub struct Canceller {
    config: Config,
    last_far: [f32; FRAME_SAMPLES],
    far: History,
    /// Blocks since the far end was not digital silence.
    far_silent: usize,
    steady: Steady,
    ready: Ready,
    compared: Compared,
    lately: Lately,
    suppressor: Suppressor,
    disabler: Disabler,
    asked: Asked,
    figures: Figures,
}

impl Canceller {
    /// Knowing nothing of its line.
    pub fn new(config: Config) -> Self {
        let partitions = partitions(config.tail_ms);
        Canceller {
            config,
            last_far: [0.0; FRAME_SAMPLES],
            far: History::new(partitions.div_ceil(LANES)),
            far_silent: usize::MAX,
            steady: Steady::new(partitions),
            ready: Ready::new(partitions),
            compared: Compared::default(),
            lately: Lately::default(),
            suppressor: Suppressor::new(),
            disabler: Disabler::default(),
            asked: Asked::Nothing,
            figures: Figures::default(),
        }
    }

    /// How it works.
    pub fn config(&self) -> Config {
        self.config
    }

    /// A new call on the same line: its echo path is remembered, its figures begin anew.
    pub fn begin_call(&mut self) {
        self.disabler = Disabler::default();
        self.asked = Asked::Nothing;
        self.figures = Figures::default();
    }

    /// Takes what was sent to the line in 10 ms (`far`, Rin) and what came from it in the same 10 ms (`near`, Sin), which becomes
    /// free of echo (Sout).
    pub fn process(&mut self, far: &Frame, near: &mut Frame) {
        let mut spectra = [C4::ZERO; BINS];
        let far_power = self.take_far(far, &mut spectra);
        let near_power = near
            .iter()
            .map(|&s| f32::from(s) * f32::from(s))
            .sum::<f32>();
        let loudest = greater(far_power, near_power) / FRAME_SAMPLES as f32;
        self.asked = self.disabler.hear(far, near, loudest);
        if self.asked == Asked::Off {
            self.figures.disabled = true;
            return;
        }
        let mut time = [F4::ZERO; SIZE];
        self.predict(&mut spectra, &mut time);
        let (mut steady, mut ready, mut predicted) = (0.0, 0.0, 0.0);
        let mut residue = [0.0; FRAME_SAMPLES];
        let mut comfort = [0.0; SIZE];
        for (noise, lanes) in comfort.iter_mut().zip(&time) {
            *noise = lanes.0[2];
        }
        for (n, &sample) in near.iter().enumerate() {
            let echo = time[FRAME_SAMPLES + n].0;
            let sample = f32::from(sample);
            let left = [sample - echo[0], sample - echo[1]];
            residue[n] = left[0];
            steady += left[0] * left[0];
            ready += left[1] * left[1];
            predicted += echo[0] * echo[0];
            time[n] = F4::ZERO;
            time[FRAME_SAMPLES + n] = F4([left[0], left[1], 0.0, 0.0]);
        }
        fft::forward(&time, &mut spectra);
        let error = Spectrum::of_lane(&spectra, 0);
        let mut block = Block {
            residue: steady,
            predicted,
            doubted: 0.0,
            far_talks: self.far_silent < self.far.groups * LANES + 2,
        };
        if block.far_talks && near_power < NEAR_ALONE * self.lately.most() {
            block.doubted = self.steady.learn(&self.far, &error) / SIZE as f32;
            self.ready.learn(&self.far, &Spectrum::of_lane(&spectra, 1));
            self.compare(far_power, [near_power, steady, ready]);
        }
        self.suppressor.listen(&block, &error.power());
        let gain = self.suppressor.decide(&block);
        if self.far_active(far_power) && !self.suppressor.near_talks() {
            self.figures
                .note(far_power, near_power, steady, self.suppressor.noise_power());
        }
        if self.config.nlp && self.asked == Asked::Nothing {
            self.suppressor.apply(gain, &comfort, &mut residue);
        }
        for (out, left) in near.iter_mut().zip(residue) {
            *out = to_i16(left);
        }
    }

    /// Puts the far end's block into the history; gives its sum of squares.
    fn take_far(&mut self, far: &Frame, spectra: &mut [C4; BINS]) -> f32 {
        let mut time = [F4::ZERO; SIZE];
        let mut power = 0.0;
        for (n, &sample) in far.iter().enumerate() {
            time[n].0[0] = self.last_far[n];
            self.last_far[n] = f32::from(sample);
            time[FRAME_SAMPLES + n].0[0] = self.last_far[n];
            power += self.last_far[n] * self.last_far[n];
        }
        fft::forward(&time, spectra);
        self.far.push(spectra);
        self.far_silent = if power > FRAME_SAMPLES as f32 * 20.0 * 20.0 {
            0
        } else {
            self.far_silent.saturating_add(1)
        };
        self.lately.hear(power, self.far.groups * LANES);
        self.compared.far_peak = greater(self.compared.far_peak * PEAK_DECAY, power);
        power
    }

    /// Into `time`: the two filters' echo in lanes 0 and 1, comfort noise in lane 2.
    fn predict(&mut self, spectra: &mut [C4; BINS], time: &mut [F4; SIZE]) {
        let steady = self.steady.filter.predict(&self.far);
        let ready = self.ready.filter.predict(&self.far);
        let (re, im) = self.suppressor.comfort();
        for (bin, lanes) in spectra.iter_mut().enumerate() {
            *lanes = C4 {
                re: F4([steady.re[bin], ready.re[bin], re[bin], 0.0]),
                im: F4([steady.im[bin], ready.im[bin], im[bin], 0.0]),
            };
        }
        fft::inverse(spectra, time);
    }

    fn far_active(&self, far_power: f32) -> bool {
        far_power > FRAME_SAMPLES as f32 * FAR_LEAST
            && far_power > FAR_RANGE * self.compared.far_peak
    }

    /// Which filter models the path better?
    fn compare(&mut self, far_power: f32, [near, steady, ready]: [f32; 3]) {
        if !self.far_active(far_power) {
            return;
        }
        let c = &mut self.compared;
        for (held, now) in [
            (&mut c.near, near),
            (&mut c.steady, steady),
            (&mut c.ready, ready),
        ] {
            *held += COMPARE * (now - *held);
        }
        let better = c.ready < 0.5 * c.steady && ready < 0.7 * steady;
        c.wins = if better && c.steady > FAILING * c.near {
            c.wins + 1
        } else {
            0
        };
        c.harmful = if c.steady > HARMFUL * c.near {
            c.harmful + 1
        } else {
            0
        };
        if c.wins >= WINS {
            c.wins = 0;
            c.steady = c.ready;
            self.steady.take(&self.ready.filter);
        } else if c.harmful >= HARMFUL_BLOCKS {
            *c = Compared {
                far_peak: c.far_peak,
                ..Compared::default()
            };
            let partitions = partitions(self.config.tail_ms);
            self.steady = Steady::new(partitions);
            self.ready = Ready::new(partitions);
        } else if c.ready > ASTRAY * c.steady {
            c.ready = c.steady;
            self.ready.filter = self.steady.filter.clone();
        }
    }

    /// What it has found so far.
    pub fn report(&self) -> Report {
        self.figures.report(&self.steady.filter, self.far.groups)
    }
}

/// Partitions for a tail: one more where it costs nothing, since a path seldom begins at a block's first sample.
fn partitions(tail_ms: u16) -> usize {
    let tail_ms = tail_ms.clamp(*TAIL_MS.start(), *TAIL_MS.end());
    let needed = usize::from(tail_ms).div_ceil(FRAME_MS as usize);
    (needed + 1).min(needed.div_ceil(LANES) * LANES)
}
