//! Noise.

use super::{RATE, Random, amplify, convolve, level, rms};
use std::f64::consts::TAU;

/// White Gaussian noise from 0 to 4 kHz.
pub fn white(length: usize, dbm0: f64, random: &mut Random) -> Vec<f64> {
    let deviation = rms(dbm0);
    (0..length).map(|_| deviation * random.normal()).collect()
}

/// Room noise density of Hoth, dB over an arbitrary zero at thirds of an octave (ITU-T P.800 Table B.1).
const HOTH: [(f64, f64); 17] = [
    (100.0, 32.4),
    (125.0, 30.9),
    (160.0, 29.1),
    (200.0, 27.6),
    (250.0, 26.0),
    (315.0, 24.4),
    (400.0, 22.7),
    (500.0, 21.1),
    (630.0, 19.5),
    (800.0, 17.8),
    (1000.0, 16.2),
    (1250.0, 14.6),
    (1600.0, 12.9),
    (2000.0, 11.3),
    (2500.0, 9.6),
    (3150.0, 7.8),
    (4000.0, 5.4),
];

/// Noise with the spectrum of a room (G.168 tests 2C and 9).
pub fn hoth(length: usize, dbm0: f64, random: &mut Random) -> Vec<f64> {
    const HALF: usize = 80;
    let density = |hz: f64| {
        let above = HOTH.partition_point(|&(f, _)| f < hz);
        if above == 0 {
            return HOTH[0].1;
        }
        let ((f0, d0), (f1, d1)) = (HOTH[above - 1], HOTH[above.min(HOTH.len() - 1)]);
        if f1 <= f0 {
            return d1;
        }
        d0 + (d1 - d0) * libm::log(hz / f0) / libm::log(f1 / f0)
    };
    // Frequency sampling: the taps are the inverse transform of the wanted magnitudes under a Hann window.
    let points = 2 * HALF;
    let taps: Vec<f64> = (0..=2 * HALF)
        .map(|n| {
            let t = n as f64 - HALF as f64;
            let sum: f64 = (0..points)
                .map(|k| {
                    let hz = (k as f64 + 0.5) * RATE / 2.0 / points as f64;
                    super::ratio(density(hz)) * libm::cos(TAU * hz * t / RATE)
                })
                .sum();
            sum * (0.5 + 0.5 * libm::cos(TAU * t / (2 * HALF + 2) as f64))
        })
        .collect();
    let driver: Vec<f64> = (0..length + 2 * HALF).map(|_| random.normal()).collect();
    let mut out = convolve(&driver, &taps).split_off(2 * HALF);
    let now = level(&out);
    amplify(&mut out, dbm0 - now);
    out
}
