//! Waits for the mark that precedes every message, and tells by its frequency whose it is.

use super::Line;
use crate::caller_id::Standard;
use crate::level::power_of_dbm0;
use core::f32::consts::TAU;
use telephony::SAMPLE_RATE_HZ;

/// Half way between the marks of Bell 202 (1200 Hz) and V.23 (1300 Hz).
const CENTRE_HZ: f32 = 1_250.0;
/// Samples between two looks: 1 ms.
const HOP: usize = 8;
/// Samples in one look, and between the two ends of a phase step: 2 ms, unambiguous to +-250 Hz.
pub const LOOK: usize = 16;
/// Forgetting, in looks.
const MEMORY: f32 = 12.0;
/// Share of all energy that a mark has at least: white noise 6 dB below it leaves 0.77, a channel seizure has 0.3.
const PURITY: f32 = 0.58;
/// How well the phase must keep its pace (1 is a sine).
const COHERENCE: f32 = 0.7;
/// Farthest off [`CENTRE_HZ`], as tangent of the phase step's excess: 95 Hz.
const MAX_TANGENT: f32 = 2.6;
/// Weakest carrier, in dBm0 of its mark.
const MIN_LEVEL_DBM0: f32 = -50.0;

/// Measures the energy between 1000 and 1500 Hz.
#[derive(Clone, Debug)]
pub struct Carrier {
    re: [f32; LOOK],
    im: [f32; LOOK],
    /// The last two looks, older first.
    looks: [(f32, f32); 2],
    step: (f32, f32),
    band_power: f32,
    power: f32,
    weakest: f32,
}

impl Carrier {
    pub fn new() -> Self {
        let angle = |i: usize| TAU * CENTRE_HZ * i as f32 / SAMPLE_RATE_HZ as f32;
        Carrier {
            re: core::array::from_fn(|i| libm::cosf(angle(i))),
            im: core::array::from_fn(|i| -libm::sinf(angle(i))),
            looks: [(0.0, 0.0); 2],
            step: (0.0, 0.0),
            band_power: 0.0,
            power: 0.0,
            weakest: power_of_dbm0(MIN_LEVEL_DBM0),
        }
    }

    /// Takes a frame.
    pub fn process(&mut self, line: &Line) {
        for start in (HOP..=line.len() - LOOK).step_by(HOP) {
            let Some(look) = line[start..].first_chunk() else {
                return;
            };
            let (re, im) = (inner(look, &self.re), inner(look, &self.im));
            let power = inner(look, look);
            let (then_re, then_im) = self.looks[0];
            self.looks = [self.looks[1], (re, im)];
            let follow = |held: &mut f32, now: f32| *held += (now - *held) / MEMORY;
            // Two and a half turns of the centre frequency lie between: minus makes its step positive and real.
            follow(&mut self.step.0, -(then_re * re + then_im * im));
            follow(&mut self.step.1, -(then_re * im - then_im * re));
            follow(&mut self.band_power, re * re + im * im);
            follow(&mut self.power, power);
        }
    }

    /// What was on the line is over: a mark must last again.
    pub fn forget(&mut self) {
        self.step = (0.0, 0.0);
        self.band_power = 0.0;
    }

    /// Whose mark it is that has been on the line for some 15 ms.
    pub fn mark(&self) -> Option<Standard> {
        let samples = LOOK as f32;
        // A sine of mean square p gives a look of p LOOK^2 / 2.
        let pure = 2.0 * self.band_power > PURITY * samples * self.power;
        let loud = self.power > samples * self.weakest;
        let (re, im) = self.step;
        let coherent =
            re * re + im * im > COHERENCE * COHERENCE * self.band_power * self.band_power;
        let near = re > 0.0 && im.abs() < MAX_TANGENT * re;
        (pure && loud && coherent && near).then_some(if im < 0.0 {
            Standard::Bell202
        } else {
            Standard::V23
        })
    }
}

/// The inner product, added up in eight lanes: a chain of sixteen additions would not be vectorised.
#[inline]
fn inner(a: &[f32; LOOK], b: &[f32; LOOK]) -> f32 {
    let mut lanes: [f32; LOOK / 2] =
        core::array::from_fn(|n| a[n] * b[n] + a[n + LOOK / 2] * b[n + LOOK / 2]);
    for width in [4, 2, 1] {
        for n in 0..width {
            lanes[n] += lanes[n + width];
        }
    }
    lanes[0]
}
