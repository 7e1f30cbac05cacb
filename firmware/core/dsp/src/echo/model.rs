//! One model of the echo path: a filter in partitions of 10 ms, and for each of its coefficients how uncertain it is.
//!
//! The filter is a partitioned-block frequency-domain Kalman filter (Enzner and Vary 2006; Kuech, Mabande, Enzner 2014): the
//! step of each frequency follows from how uncertain the filter is there and how loud what is not echo is, so that double talk
//! stops the adaptation of the frequencies it has, while it lasts, without anybody deciding that there is double talk.

use super::fft::{self, BINS, SIZE};
use super::lanes::{C4, F4};

/// Partitions that lie side by side in the lanes.
pub(super) const LANES: usize = 4;
/// Groups of four partitions: 16 x 10 ms hold the longest tail.
pub(super) const GROUPS: usize = 4;
/// Share of a window that carries the error: 80 samples of 160.
const HALF: f32 = 0.5;

/// One complex value a frequency.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    pub re: [f32; BINS],
    pub im: [f32; BINS],
}

impl Spectrum {
    pub const ZERO: Spectrum = Spectrum {
        re: [0.0; BINS],
        im: [0.0; BINS],
    };
}

/// The far end's spectra of the last blocks, the newest in lane 0 of group 0.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub spectra: [[C4; BINS]; GROUPS],
    pub groups: usize,
}

impl History {
    pub fn push(&mut self, newest: &[C4; BINS]) {
        for group in (0..self.groups).rev() {
            for bin in 0..BINS {
                let (re, im) = match group {
                    0 => (newest[bin].re.0[0], newest[bin].im.0[0]),
                    _ => {
                        let older = &self.spectra[group - 1][bin];
                        (older.re.0[3], older.im.0[3])
                    }
                };
                let x = &mut self.spectra[group][bin];
                let (r, i) = (x.re.0, x.im.0);
                x.re = F4([re, r[0], r[1], r[2]]);
                x.im = F4([im, i[0], i[1], i[2]]);
            }
        }
    }
}

/// How a model learns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learning {
    /// How much of a coefficient's power may have changed from one block to the next.
    pub drift: f32,
    pub smooth: f32,
    pub boost: f32,
    pub tail: f32,
    pub decay: f32,
    pub noise: f32,
    pub floor: f32,
    pub shrink: f32,
}

/// A filter and its uncertainty.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub weights: [[C4; BINS]; GROUPS],
    pub uncertainty: [[F4; BINS]; GROUPS],
    /// Smoothed power of what the filter leaves.
    noise: [f32; BINS],
    pub learning: Learning,
}

impl Model {
    pub fn new(learning: Learning) -> Self {
        Model {
            weights: [[C4::ZERO; BINS]; GROUPS],
            uncertainty: [[F4::ZERO; BINS]; GROUPS],
            noise: [0.0; BINS],
            learning,
        }
    }

    pub fn start(&mut self, partitions: usize, initial: f32) {
        for (group, values) in self.uncertainty.iter_mut().enumerate() {
            for (lane_at, value) in values.iter_mut().flat_map(|v| v.0.iter_mut().enumerate()) {
                let at = group * LANES + lane_at;
                *value = if at < partitions { initial } else { 0.0 };
            }
        }
    }

    /// The echo as this model expects it.
    pub fn predict(&self, far: &History) -> Spectrum {
        let mut out = Spectrum::ZERO;
        for bin in 0..BINS {
            let mut sum = C4::ZERO;
            for group in 0..far.groups {
                sum += self.weights[group][bin] * far.spectra[group][bin];
            }
            out.re[bin] = sum.re.sum();
            out.im[bin] = sum.im.sum();
        }
        out
    }

    /// Learns from what it left: `error` is the spectrum of 80 zeros and the block's residue.
    pub fn adapt(&mut self, far: &History, error: &Spectrum) {
        let mut step = [[C4::ZERO; BINS]; GROUPS];
        let Learning { drift, smooth, boost, tail, decay, noise: nz, floor, shrink } = self.learning;
        let mut expected = [0.0f32; BINS];
        let mut power = [0.0f32; BINS];
        for bin in 0..BINS {
            let mut echo = F4::ZERO;
            for group in 0..far.groups {
                echo += far.spectra[group][bin].power() * self.uncertainty[group][bin];
            }
            expected[bin] = echo.sum();
            power[bin] = error.re[bin] * error.re[bin] + error.im[bin] * error.im[bin];
        }
        let expected = leak(&expected, tail, decay);
        for bin in 0..BINS {
            let (e_re, e_im) = (error.re[bin], error.im[bin]);
            let (lo, hi) = (bin.saturating_sub(1), (bin + 1).min(BINS - 1));
            let around = (power[lo] + 2.0 * power[bin] + power[hi]) * 0.25;
            let echo = expected[bin];
            let noise = nz * self.noise[bin].max(around) + 100.0;
            let total = echo + noise;
            let gain = HALF / total;
            // What is left when the step is taken is not echo.
            let posterior = around * (noise / total);
            self.noise[bin] += (1.0 - smooth) * (posterior - self.noise[bin]);
            for group in 0..far.groups {
                let x = far.spectra[group][bin];
                let p = self.uncertainty[group][bin];
                let g = p * gain;
                let k = x.conj().scaled(g * boost.abs());
                step[group][bin] = C4 {
                    re: k.re * e_re - k.im * e_im,
                    im: k.re * e_im + k.im * e_re,
                };
                let used = p.0;
                let next = if boost < 0.0 {
                    F4::all(drift)
                } else {
                let kept = p - g * x.power() * p * shrink;
                let w = self.weights[group][bin].power();
                kept * (1.0 - drift) + w * drift
                };
                self.uncertainty[group][bin] = F4(core::array::from_fn(|l| if used[l] > 0.0 { next.0[l].max(floor) } else { 0.0 }));
            }
        }
        let mut time = [F4::ZERO; SIZE];
        let mut constrained = [C4::ZERO; BINS];
        for group in 0..far.groups {
            fft::inverse(&step[group], &mut time);
            for sample in &mut time[SIZE / 2..] {
                *sample = F4::ZERO;
            }
            fft::forward(&time, &mut constrained);
            for (w, d) in self.weights[group].iter_mut().zip(&constrained) {
                *w += *d;
            }
        }
    }
}

/// What a window of half the length makes of a spectrum: its main lobe is 100 Hz wide and its sidelobes fall slowly.
fn leak(x: &[f32; BINS], weight: f32, decay: f32) -> [f32; BINS] {
    let mut out = [0.0f32; BINS];
    let mut tail = 0.0f32;
    for bin in 0..BINS {
        let (lo, hi) = (bin.saturating_sub(1), (bin + 1).min(BINS - 1));
        out[bin] = (0.25 * x[bin] + 0.101 * (x[lo] + x[hi])).max(weight * tail);
        tail = (decay * tail).max(x[bin]);
    }
    tail = 0.0;
    for bin in (0..BINS).rev() {
        out[bin] = out[bin].max(weight * tail);
        tail = (decay * tail).max(x[bin]);
    }
    out
}
