//! Seeded signals for tests.

use crate::level::{peak_of_sine, power_of_dbm0};
use std::vec::Vec;

/// A small seeded generator (SplitMix64): the same signals on every machine.
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from `low` to `high`.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Normal, mean 0, deviation 1 (sum of twelve).
    pub(crate) fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.between(-0.5, 0.5)).sum()
    }
}

/// 64 bits that change with any sample (FNV-1a).
pub(crate) fn fingerprint(samples: &[i16]) -> u64 {
    let octets = samples.iter().flat_map(|s| s.to_le_bytes());
    octets.fold(0xCBF2_9CE4_8422_2325, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// A signal being put together.
#[derive(Default)]
pub(crate) struct Signal(pub Vec<f32>);

impl Signal {
    pub(crate) fn silence(&mut self, ms: f32) {
        self.0.resize(self.0.len() + (ms * 8.0) as usize, 0.0);
    }

    /// Sines of (Hz, dBm0 each) for `ms`.
    pub(crate) fn tones(&mut self, parts: &[(f32, f32)], ms: f32) {
        let peaks: Vec<(f32, f32)> = parts
            .iter()
            .map(|&(hz, level)| (hz, peak_of_sine(level)))
            .collect();
        for n in 0..(ms * 8.0) as usize {
            let t = n as f32 / 8_000.0;
            self.0.push(
                peaks
                    .iter()
                    .map(|(hz, peak)| peak * (core::f32::consts::TAU * hz * t + hz).sin())
                    .sum(),
            );
        }
    }

    pub(crate) fn samples(&mut self, samples: &[i16]) {
        self.0.extend(samples.iter().map(|&s| f32::from(s)));
    }

    /// White noise over all so far.
    pub(crate) fn noise(&mut self, level_dbm0: f32, random: &mut Random) {
        let deviation = power_of_dbm0(level_dbm0).sqrt();
        for x in &mut self.0 {
            *x += deviation * random.normal();
        }
    }

    pub(crate) fn scale(&mut self, db: f32) {
        let factor = 10f32.powf(db / 20.0);
        self.0.iter_mut().for_each(|x| *x *= factor);
    }

    /// Vowels of random pitch and formants with pauses between: a glottal pulse train through two resonators.
    pub(crate) fn speech(&mut self, seconds: f32, random: &mut Random) {
        let end = self.0.len() + (seconds * 8_000.0) as usize;
        while self.0.len() < end {
            let (mut pitch, glide) = (random.between(90.0, 280.0), random.between(-0.004, 0.004));
            let formants = [random.between(280.0, 900.0), random.between(900.0, 2_300.0)];
            let start = self.0.len();
            let (mut phase, mut states) = (0.0f32, [[0.0f32; 2]; 2]);
            let length = random.between(600.0, 3_000.0) as usize;
            for n in 0..length {
                pitch += glide;
                phase += pitch / 8_000.0;
                let pulse = if phase >= 1.0 {
                    1.0
                } else {
                    0.02 * random.normal()
                };
                phase -= phase.floor();
                let mut y = pulse;
                for (state, hz) in states.iter_mut().zip(formants) {
                    let (r, w) = (0.97f32, core::f32::consts::TAU * hz / 8_000.0);
                    let next = y + 2.0 * r * w.cos() * state[0] - r * r * state[1];
                    *state = [next, state[0]];
                    y = next;
                }
                let envelope = (core::f32::consts::PI * n as f32 / length as f32).sin();
                self.0.push(y * envelope);
            }
            let peak = self.0[start..].iter().fold(1e-9f32, |m, x| m.max(x.abs()));
            let gain = peak_of_sine(random.between(-20.0, -3.0)) / peak;
            self.0[start..].iter_mut().for_each(|x| *x *= gain);
            let pause = random.between(10.0, 250.0);
            self.silence(pause);
        }
    }

    pub(crate) fn pcm(&self) -> Vec<i16> {
        self.0
            .iter()
            .map(|x| x.round().clamp(-32_768.0, 32_767.0) as i16)
            .collect()
    }
}
