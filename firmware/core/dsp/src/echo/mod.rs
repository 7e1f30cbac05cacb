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
use fft::SIZE;
use figures::Figures;
use lanes::{C4, F4};
use model::{History, LANES, Ready, Room, Spectrum, Steady, greater};
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
/// Mean square of far-end sound that is learnt from (-42 dBm0): below are the noise and hum of another line, and one hum is like
/// another.
const LEARN_LEAST: f32 = 16_000.0;
/// Below this mean square (-56 dBm0) it is silent, and nothing is learnt.
const FAR_SILENCE: f32 = 400.0;
/// A block of the far end is speech while it is not 17 dB quieter than the loudest of the last seconds.
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
/// A filter that makes it louder by this factor (1.5 dB), for longer than a path change takes, has gone wrong: both begin anew.
const HARMFUL: f32 = 1.4;
const HARMFUL_BLOCKS: u32 = 20;

/// What comes from the line at more than this share of the power of what went there lately (+2 dB) is no echo of it alone: nothing is
/// learnt from it.
const NEAR_ALONE: f32 = 1.5;
/// The same while the far end is a tone or two (-3 dB; G.168 assumes an echo return loss of 6 dB): tones from both ends at once,
/// as keys pressed under a dial tone, would teach the filter nonsense.
const NEAR_ALONE_TONES: f32 = 0.5;

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
    room: Room,
    /// Blocks since the far end was not digital silence.
    far_silent: usize,
    steady: Steady,
    ready: Ready,
    /// It learns from every second block: quick enough, and half the work.
    ready_rests: bool,
    compared: Compared,
    lately: Lately,
    near_alone: f32,
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
            room: Room::NEW,
            far_silent: usize::MAX,
            steady: Steady::new(partitions),
            ready: Ready::new(partitions),
            ready_rests: false,
            compared: Compared::default(),
            lately: Lately::default(),
            near_alone: NEAR_ALONE,
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
    /// free of echo (Sout). Gives the same without suppression, for whoever listens for digits and tones: a suppressor that does not
    /// know its line yet would take them for echo.
    pub fn process(&mut self, far: &Frame, near: &mut Frame) -> Frame {
        let (far_power, near_power) = (sum_of_squares(far), sum_of_squares(near));
        let loudest = greater(far_power, near_power) / FRAME_SAMPLES as f32;
        self.asked = self.disabler.hear(far, near, loudest);
        self.take_far(far, far_power);
        if self.asked == Asked::Off {
            self.figures.disabled = true;
            self.suppressor.rest();
            return *near;
        }
        self.predict();
        let comfort = core::array::from_fn(|n| self.room.time[n].0[2]);
        let mut residue = [0.0; FRAME_SAMPLES];
        let [steady, ready, predicted] = self.subtract(near, &mut residue);
        self.room
            .fft
            .forward(&self.room.time, &mut self.room.spectra);
        let error = Spectrum::of_lane(&self.room.spectra, 0);
        let rest = Spectrum::of_lane(&self.room.spectra, 2);
        let mut block = Block {
            residue: steady,
            predicted,
            doubted: 0.0,
            far_talks: self.far_talks(),
        };
        let audible = self.lately.most() > FRAME_SAMPLES as f32 * LEARN_LEAST;
        let alone = audible && near_power < self.near_alone * self.lately.most();
        if block.far_talks && alone {
            let astray = Spectrum::of_lane(&self.room.spectra, 1);
            let doubted = self.steady.learn(&self.far, &error, &mut self.room);
            block.doubted = doubted / SIZE as f32;
            self.ready_rests = !self.ready_rests;
            if !self.ready_rests {
                self.ready.learn(&self.far, &astray, &mut self.room);
            }
        }
        if block.far_talks {
            self.compare(far_power, [near_power, steady, ready], alone);
        }
        self.suppressor.listen(&block, &rest.power());
        let gain = self.suppressor.decide(&block);
        if self.far_active(far_power) && !self.suppressor.near_talks() {
            let noise = self.suppressor.noise_power();
            self.figures.note(far_power, near_power, steady, noise);
        }
        let linear = residue.map(to_i16);
        *near = linear;
        if self.config.nlp && self.asked == Asked::Nothing {
            self.suppressor.apply(gain, &comfort, &mut residue);
            *near = residue.map(to_i16);
        }
        linear
    }

    /// Puts the far end's block into the history.
    fn take_far(&mut self, far: &Frame, power: f32) {
        let (before, now) = self.room.time.split_at_mut(FRAME_SAMPLES);
        let frames = before.iter_mut().zip(now).zip(&mut self.last_far).zip(far);
        for (((before, now), last), &sample) in frames {
            *before = F4([*last, 0.0, 0.0, 0.0]);
            *last = f32::from(sample);
            *now = F4([*last, 0.0, 0.0, 0.0]);
        }
        self.room
            .fft
            .forward(&self.room.time, &mut self.room.spectra);
        self.far.push(&self.room.spectra);
        self.near_alone = if self.far.tones {
            NEAR_ALONE_TONES
        } else {
            NEAR_ALONE
        };
        self.far_silent = if power > FRAME_SAMPLES as f32 * FAR_SILENCE {
            0
        } else {
            self.far_silent.saturating_add(1)
        };
        self.lately.hear(power, self.far.groups * LANES);
        self.compared.far_peak = greater(self.compared.far_peak * PEAK_DECAY, power);
    }

    /// Into the room: the two filters' echo in lanes 0 and 1, comfort noise in lane 2.
    fn predict(&mut self) {
        let steady = self.steady.filter.predict(&self.far);
        let ready = self.ready.filter.predict(&self.far);
        let (re, im) = self.suppressor.comfort();
        for (bin, lanes) in self.room.spectra.iter_mut().enumerate() {
            *lanes = C4 {
                re: F4([steady.re[bin], ready.re[bin], re[bin], 0.0]),
                im: F4([steady.im[bin], ready.im[bin], im[bin], 0.0]),
            };
        }
        self.room
            .fft
            .inverse(&self.room.spectra, &mut self.room.time);
    }

    /// Takes the predicted echo off, and leaves in the room what each filter leaves, behind 80 zeros. Gives the sums of squares of the
    /// steady filter's residue, the ready one's, and the predicted echo.
    fn subtract(&mut self, near: &Frame, residue: &mut [f32; FRAME_SAMPLES]) -> [f32; 3] {
        let (zeros, time) = self.room.time.split_at_mut(FRAME_SAMPLES);
        let mut sums = F4::ZERO;
        for ((lanes, &sample), residue) in time.iter_mut().zip(near).zip(residue.iter_mut()) {
            let [steady, ready, ..] = lanes.0;
            let sample = f32::from(sample);
            *residue = sample - steady;
            *lanes = F4([*residue, sample - ready, 0.0, 0.0]);
            let squared = F4([*residue, lanes.0[1], steady, 0.0]);
            sums += squared * squared;
        }
        // For the line's noise, which is not A-law's missing zero.
        let mean = residue.iter().sum::<f32>() / FRAME_SAMPLES as f32;
        for (lanes, residue) in time.iter_mut().zip(residue) {
            lanes.0[2] = *residue - mean;
        }
        zeros.fill(F4::ZERO);
        let [steady, ready, predicted, _] = sums.0;
        [steady, ready, predicted]
    }

    /// Whether echo may come: the far end is not silent, or was not a tail ago.
    fn far_talks(&self) -> bool {
        self.far_silent < self.far.groups * LANES + 2
    }

    fn far_active(&self, far_power: f32) -> bool {
        far_power > FRAME_SAMPLES as f32 * FAR_LEAST
            && far_power > FAR_RANGE * self.compared.far_peak
    }

    /// Which filter models the path better? `alone`: the near end does not talk.
    fn compare(&mut self, far_power: f32, [near, steady, ready]: [f32; 3], alone: bool) {
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
        let better = alone && c.ready < 0.5 * c.steady && ready < 0.7 * steady;
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

fn sum_of_squares(frame: &Frame) -> f32 {
    frame.iter().map(|&s| f32::from(s) * f32::from(s)).sum()
}

#[cfg(test)]
mod tests;
