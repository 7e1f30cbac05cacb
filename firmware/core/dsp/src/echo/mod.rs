//! Line echo cancelling (ITU-T G.168): what a hybrid sends back of the far end's speech is taken out of what the near end says.

mod fft;
mod lanes;
mod model;

use fft::{BINS, SIZE};
use lanes::{C4, F4};
use model::{GROUPS, History, LANES, Learning, Model, Spectrum};
use telephony::{FRAME_SAMPLES, Frame};

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
    last_far: [f32; FRAME_SAMPLES],
    far: History,
    main: Model,
    shadow: Model,
    main_power: f32,
    shadow_power: f32,
    near_power: f32,
    wins: u32, far_peak: f32, t: [f32; 16],
    pub debug: [f32; 4],
}

pub fn tune() -> [f32; 16] { 
    [2e-7, 0.8, 1.0, 0.1, 0.8, -1.0, 0.0, 0.02, 0.8, 1.0, 1.0, 1e-12, 0.2, 0.1, 0.0, 0.0]
}

impl Canceller {
    /// Knowing nothing of its line.
    pub fn new(config: Config) -> Self { Self::tuned(config, tune()) }
    pub fn tuned(config: Config, t: [f32; 16]) -> Self {
        let tail = config.tail_ms.clamp(*TAIL_MS.start(), *TAIL_MS.end());
        let needed = usize::from(tail).div_ceil(10);
        let partitions = (needed + 1).min(needed.div_ceil(LANES) * LANES);
        let mut c = Canceller {
            config,
            last_far: [0.0; FRAME_SAMPLES],
            far: History { spectra: [[C4::ZERO; BINS]; GROUPS], groups: partitions.div_ceil(LANES) },
            main: Model::new(Learning { drift: t[0], smooth: t[1], boost: t[2], tail: t[7], decay: t[8], noise: t[9], floor: t[11], shrink: t[12] }),
            shadow: Model::new(Learning { drift: t[3], smooth: t[4], boost: t[5], tail: t[7], decay: t[8], noise: t[10], floor: 1e-12, shrink: 0.5 }),
            t, main_power: 0.0, shadow_power: 0.0, near_power: 0.0, wins: 0, far_peak: 0.0,
            debug: [0.0; 4],
        };
        c.main.start(partitions, 0.5);
        c.shadow.start(partitions, 0.5);
        c
    }

    /// How it works.
    pub fn config(&self) -> Config {
        self.config
    }

    /// Takes what was sent to the line in 10 ms (`far`, Rin) and what came from it in the same 10 ms (`near`, Sin), which becomes
    /// free of echo (Sout).
    pub fn process(&mut self, far: &Frame, near: &mut Frame) {
        let mut time = [F4::ZERO; SIZE];
        let mut spectrum = [C4::ZERO; BINS];
        for n in 0..FRAME_SAMPLES {
            time[n].0[0] = self.last_far[n];
            self.last_far[n] = f32::from(far[n]);
            time[n + FRAME_SAMPLES].0[0] = self.last_far[n];
        }
        fft::forward(&time, &mut spectrum);
        self.far.push(&spectrum);
        let (main, shadow) = (self.main.predict(&self.far), self.shadow.predict(&self.far));
        for bin in 0..BINS {
            spectrum[bin] = C4 { re: F4([main.re[bin], shadow.re[bin], 0.0, 0.0]), im: F4([main.im[bin], shadow.im[bin], 0.0, 0.0]) };
        }
        fft::inverse(&spectrum, &mut time);
        let mut out = [0.0f32; FRAME_SAMPLES];
        let (mut pm, mut ps, mut pd) = (0.0, 0.0, 0.0);
        for n in 0..FRAME_SAMPLES {
            let d = f32::from(near[n]);
            let y = time[n + FRAME_SAMPLES].0;
            let e = [d - y[0], d - y[1]];
            out[n] = e[0];
            pm += e[0] * e[0]; ps += e[1] * e[1]; pd += d * d;
            time[n] = F4::ZERO;
            time[n + FRAME_SAMPLES] = F4([e[0], e[1], 0.0, 0.0]);
        }
        fft::forward(&time, &mut spectrum);
        let pick = |lane: usize| Spectrum { re: core::array::from_fn(|b| spectrum[b].re.0[lane]), im: core::array::from_fn(|b| spectrum[b].im.0[lane]) };
        self.main.adapt(&self.far, &pick(0));
        self.shadow.adapt(&self.far, &pick(1));
        let s = 0.8;
        let far_power: f32 = self.last_far.iter().map(|x| x * x).sum();
        self.far_peak = (self.far_peak * 0.999).max(far_power);
        let active = far_power > 80.0 * 8000.0 && far_power > 0.02 * self.far_peak;
        if active {
            self.main_power = s * self.main_power + (1.0 - s) * pm;
            self.shadow_power = s * self.shadow_power + (1.0 - s) * ps;
            self.near_power = s * self.near_power + (1.0 - s) * pd;
        if self.shadow_power < 0.5 * self.main_power && ps < 0.7 * pm && self.main_power > self.t[13] * self.near_power { self.wins += 1 } else { self.wins = 0 }
        if self.wins >= 4 && self.t[6] == 0.0 {
            let l = self.main.learning;
            self.main = self.shadow.clone();
            self.main.learning = l;
            self.main_power = self.shadow_power;
            self.wins = 0;
            self.debug[0] += 1.0;
        } else if self.shadow_power > 4.0 * self.main_power {
            let l = self.shadow.learning;
            let u = self.shadow.uncertainty.clone();
            self.shadow = self.main.clone();
            self.shadow.uncertainty = u.clone();
            self.shadow.learning = l;
            self.shadow_power = self.main_power;
            self.debug[1] += 1.0;
        }
        }
        for (out, e) in near.iter_mut().zip(out) {
            *out = crate::oscillator::to_i16(e);
        }
    }

    /// What it has found so far.
    pub fn report(&self) -> Report {
        Report::default()
    }
}
