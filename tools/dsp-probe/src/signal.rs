//! Samples at 8 kHz: chance, levels, sines, noise. Signals under construction are `f64` in 16-bit units; [`pcm`] ends that.
//!
//! Maths comes from `libm`, not from the machine's C library, so that a vector is the same on every machine.

mod annex_d;
mod css;
mod g711;
mod hybrid;
mod noise;
mod recorded;
mod speech;

pub use annex_d::{PATHS, annex_d};
pub use css::{Css, css};
pub use g711::Law;
pub use hybrid::{at_erl, random_hybrid};
pub use noise::{hoth, white};
pub use recorded::{ReadError, read_wav, resample, wav_files};
pub use speech::{music, speech};

use std::collections::hash_map::RandomState;
use std::f64::consts::TAU;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

/// Samples per second.
pub const RATE: f64 = 8_000.0;

/// Level of a sine that reaches 16-bit full scale: T_max of mu-law (G.711 Table 5). A-law's is 3.14; the difference is below
/// what any limit here resolves.
pub const FULL_SCALE_DBM0: f64 = 3.17;

/// The seed of the vectors that are the same in every run: the day G.168 (2015) was approved.
pub const FIXED_SEED: u64 = 20_150_413;

/// Seeds a test runs with: a fixed one and a random one, told on the error output and settable by `TIPRING_SEED`.
pub fn seeds() -> [u64; 2] {
    static RANDOM: OnceLock<u64> = OnceLock::new();
    let random = *RANDOM.get_or_init(|| {
        let given = std::env::var("TIPRING_SEED").ok();
        let seed = given
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or_else(|| RandomState::new().build_hasher().finish() >> 16);
        eprintln!("random seed: TIPRING_SEED={seed}");
        seed
    });
    [FIXED_SEED, random]
}

/// A small seeded generator (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator of `seed` for the vectors called `name`: those of different names have nothing in common.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a.
        let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Random(seed ^ hash)
    }

    /// Next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// One of them.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// True half of the time.
    pub fn coin(&mut self) -> bool {
        self.bits() & 1 == 1
    }

    /// Normal, mean 0, deviation 1 (polar method).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * (-2.0 * libm::log(s) / s).sqrt();
            }
        }
    }
}

/// The factor of `db`.
pub fn ratio(db: f64) -> f64 {
    libm::pow(10.0, db / 20.0)
}

/// Peak of a sine of `dbm0`.
pub fn peak(dbm0: f64) -> f64 {
    32_767.0 * ratio(dbm0 - FULL_SCALE_DBM0)
}

/// Root mean square of anything of `dbm0`.
pub fn rms(dbm0: f64) -> f64 {
    peak(dbm0) * std::f64::consts::FRAC_1_SQRT_2
}

/// Mean square; 0 when empty.
pub fn power(x: &[f64]) -> f64 {
    x.iter().map(|s| s * s).sum::<f64>() / x.len().max(1) as f64
}

/// Level of all of it; -99 for silence.
pub fn level(x: &[f64]) -> f64 {
    10.0 * libm::log10((power(x) / power(&[rms(0.0)])).max(1e-10))
}

/// Level of the component at `hz`, by correlation with a Hann window over all of `x`.
pub fn level_at(x: &[f64], hz: f64) -> f64 {
    let (mut re, mut im, mut weight) = (0.0, 0.0, 0.0);
    for (n, s) in x.iter().enumerate() {
        let w = 0.5 - 0.5 * libm::cos(TAU * (n as f64 + 0.5) / x.len() as f64);
        let angle = TAU * hz * n as f64 / RATE;
        re += w * s * libm::cos(angle);
        im += w * s * libm::sin(angle);
        weight += w;
    }
    20.0 * libm::log10((2.0 * (re * re + im * im).sqrt() / weight / peak(0.0)).max(1e-6))
}

/// Samples of `ms`, rounded.
pub fn samples(ms: f64) -> usize {
    (ms * RATE / 1_000.0).round() as usize
}

/// Silence of `ms`.
pub fn silence(ms: f64) -> Vec<f64> {
    vec![0.0; samples(ms)]
}

/// The sum of sines of (Hz, dBm0 each) with random phases, `length` samples of it.
pub fn tones(length: usize, parts: &[(f64, f64)], random: &mut Random) -> Vec<f64> {
    let mut out = vec![0.0; length];
    for &(hz, dbm0) in parts {
        let (peak, phase) = (peak(dbm0), random.between(0.0, TAU));
        // Rotating is exact to 1e-12 over hours, and no sine a sample.
        let (step_re, step_im) = (libm::cos(TAU * hz / RATE), libm::sin(TAU * hz / RATE));
        let (mut re, mut im) = (peak * libm::cos(phase), peak * libm::sin(phase));
        for s in &mut out {
            *s += im;
            (re, im) = (re * step_re - im * step_im, re * step_im + im * step_re);
        }
    }
    out
}

/// Adds `y` to `x` from sample `at` on, as far as `x` reaches.
pub fn add(x: &mut [f64], at: usize, y: &[f64]) {
    for (a, b) in x.iter_mut().skip(at).zip(y) {
        *a += b;
    }
}

/// Multiplies by `db`.
pub fn amplify(x: &mut [f64], db: f64) {
    let factor = ratio(db);
    x.iter_mut().for_each(|s| *s *= factor);
}

/// Level of the parts of `x` that are not pauses: frames of 10 ms within 30 dB of the loudest (the idea of P.56).
pub fn active_level(x: &[f64]) -> f64 {
    let frames: Vec<f64> = x.chunks(80).map(power).collect();
    let loudest = frames.iter().copied().fold(0.0, f64::max);
    let active: Vec<f64> = frames
        .into_iter()
        .filter(|&p| p > 0.0 && p >= loudest * 1e-3)
        .collect();
    let mean = active.iter().sum::<f64>() / active.len().max(1) as f64;
    level(&[mean.sqrt()])
}

/// Brings the active level to `dbm0`; silence stays silence.
pub fn set_active_level(x: &mut [f64], dbm0: f64) {
    let now = active_level(x);
    if now > -98.0 {
        amplify(x, dbm0 - now);
    }
}

/// What `x` becomes behind the impulse response `h`, from the same moment on and as long as `x`.
pub fn convolve(x: &[f64], h: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    for (k, &c) in h.iter().enumerate().filter(|(_, c)| **c != 0.0) {
        for (y, s) in out.iter_mut().skip(k).zip(x) {
            *y += c * s;
        }
    }
    out
}

/// Rounded to 16 bits, clipped.
pub fn pcm(x: &[f64]) -> Vec<i16> {
    x.iter()
        .map(|s| s.round().clamp(-32_768.0, 32_767.0) as i16)
        .collect()
}

/// As `f64`.
pub fn float(x: &[i16]) -> Vec<f64> {
    x.iter().map(|&s| f64::from(s)).collect()
}

#[cfg(test)]
mod tests;
