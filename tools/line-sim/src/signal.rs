//! Levels, sines, chance: what every other part computes with.

use std::f64::consts::TAU;

use telephony::SAMPLE_RATE_HZ;

/// Peak of the sine that is +3.17 dBm0.
pub(crate) const FULL_SCALE: f64 = 32_767.0;
/// Level of that sine, dBm0 (G.711 §4, mu-law).
pub(crate) const FULL_SCALE_DBM0: f64 = 3.17;
/// What a level measurement says of silence.
pub(crate) const FLOOR_DBM0: f32 = -100.0;

pub(crate) fn ratio(db: f32) -> f32 {
    10f64.powf(f64::from(db) / 20.0) as f32
}

/// Peak of a sine of `dbm0`.
pub(crate) fn peak(dbm0: f32) -> f32 {
    (FULL_SCALE * 10f64.powf((f64::from(dbm0) - FULL_SCALE_DBM0) / 20.0)) as f32
}

/// Rms of any signal of `dbm0`.
pub(crate) fn rms(dbm0: f32) -> f32 {
    (f64::from(peak(dbm0)) / std::f64::consts::SQRT_2) as f32
}

/// Level of a signal whose mean square is `power`.
pub(crate) fn dbm0_of_power(power: f64) -> f32 {
    let full = FULL_SCALE * FULL_SCALE / 2.0;
    if power < full * 1e-11 {
        return FLOOR_DBM0;
    }
    ((10.0 * (power / full).log10() + FULL_SCALE_DBM0) as f32).max(FLOOR_DBM0)
}

pub(crate) fn to_i16(sample: f32) -> i16 {
    // `as` saturates: the converter of a real card clips the same way.
    sample.round() as i16
}

/// A sine that goes on from sample to sample.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sine {
    turns: f64,
    step: f64,
    peak: f32,
}

impl Sine {
    pub(crate) fn new(hz: f32, peak: f32) -> Self {
        Sine {
            turns: 0.0,
            step: f64::from(hz) / f64::from(SAMPLE_RATE_HZ),
            peak,
        }
    }

    pub(crate) fn next(&mut self) -> f32 {
        let value = (self.turns * TAU).sin() as f32 * self.peak;
        self.turns = (self.turns + self.step).fract();
        value
    }
}

/// A small generator of chance (SplitMix64, Steele et al. 2014): equal seeds, equal futures, on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Rng(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly from `low..=high`.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + (self.unit() * f64::from(high.saturating_sub(low) + 1)) as u32
    }

    /// Whether something that happens `per_min` times a minute happens in this millisecond.
    pub(crate) fn strikes(&mut self, per_min: f32) -> bool {
        per_min > 0.0 && self.unit() < f64::from(per_min) / 60_000.0
    }

    /// A gaussian of variance one.
    pub(crate) fn gauss(&mut self) -> f32 {
        // Twelve uniforms: exact variance, no logarithm, tails to 6 sigma are enough for noise on a wire.
        let sum: f64 = (0..12).map(|_| self.unit()).sum();
        (sum - 6.0) as f32
    }
}

/// FNV-1a, 64 bits.
#[derive(Clone, Debug)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xCBF2_9CE4_8422_2325)
    }
}

impl Fnv {
    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01B3);
    }

    pub(crate) fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.word(u64::from(byte)));
    }

    pub(crate) fn samples(&mut self, samples: &[i16]) {
        samples
            .iter()
            .for_each(|&sample| self.word(u64::from(sample as u16)));
    }

    pub(crate) fn value(&self) -> u64 {
        self.0
    }
}
