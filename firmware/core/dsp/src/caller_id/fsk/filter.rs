//! What the receiver filters with: a high-pass against hum and ringing, and two matched filters of one bit.

use core::f32::consts::{PI, SQRT_2, TAU};
use telephony::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

/// -3 dB here, -34 dB at 50 Hz; the marks of both standards lose nothing.
const HIGH_PASS_HZ: f32 = 350.0;
/// Samples in a matched filter: a bit is 6.67.
pub const WINDOW: usize = 7;
/// Outermost weight of the window, so that its sum is one bit.
const EDGE: f32 = 5.0 / 6.0;

/// A Butterworth high-pass of second order.
#[derive(Clone, Debug)]
pub struct HighPass {
    gain: f32,
    a1: f32,
    a2: f32,
    z1: f32,
    z2: f32,
}

impl HighPass {
    pub fn new() -> Self {
        let k = libm::tanf(PI * HIGH_PASS_HZ / SAMPLE_RATE_HZ as f32);
        let norm = 1.0 / (1.0 + SQRT_2 * k + k * k);
        HighPass {
            gain: norm,
            a1: 2.0 * (k * k - 1.0) * norm,
            a2: (1.0 - SQRT_2 * k + k * k) * norm,
            z1: 0.0,
            z2: 0.0,
        }
    }

    pub fn apply(&mut self, input: &[f32; FRAME_SAMPLES], out: &mut [f32]) {
        for (&x, y) in input.iter().zip(out) {
            let x = x * self.gain;
            let now = x + self.z1;
            self.z1 = self.z2 - 2.0 * x - self.a1 * now;
            self.z2 = x - self.a2 * now;
            *y = now;
        }
    }
}

/// A filter matched to one bit of a tone; what comes out is the tone's peak amplitude.
#[derive(Clone, Debug)]
pub struct Matched {
    re: [f32; WINDOW],
    im: [f32; WINDOW],
}

impl Matched {
    pub fn new(hz: f32) -> Self {
        let tap = |i: usize, part: fn(f32) -> f32| {
            let weight = if i == 0 || i == WINDOW - 1 { EDGE } else { 1.0 };
            let sum = (WINDOW - 2) as f32 + 2.0 * EDGE;
            let angle = TAU * hz * (i as f32 - (WINDOW / 2) as f32) / SAMPLE_RATE_HZ as f32;
            2.0 * weight / sum * part(angle)
        };
        Matched {
            re: core::array::from_fn(|i| tap(i, libm::cosf)),
            im: core::array::from_fn(|i| tap(i, libm::sinf)),
        }
    }

    /// Amplitudes around each of the samples: `input` begins `WINDOW / 2` before the first and ends as much behind the last.
    pub fn apply(
        &self,
        input: &[f32; FRAME_SAMPLES + WINDOW - 1],
        out: &mut [f32; FRAME_SAMPLES],
    ) {
        let (mut re, mut im) = ([0.0f32; FRAME_SAMPLES], [0.0f32; FRAME_SAMPLES]);
        for tap in 0..WINDOW {
            let (c, s) = (self.re[tap], self.im[tap]);
            let part = &input[tap..tap + FRAME_SAMPLES];
            for ((re, im), &x) in re.iter_mut().zip(&mut im).zip(part) {
                *re += c * x;
                *im += s * x;
            }
        }
        for ((out, &re), &im) in out.iter_mut().zip(&re).zip(&im) {
            *out = magnitude(re, im);
        }
    }
}

/// |re + j im| within 1.3 %, without a square root.
#[inline]
fn magnitude(re: f32, im: f32) -> f32 {
    let (re, im) = (re.abs(), im.abs());
    let (large, small) = if re > im { (re, im) } else { (im, re) };
    let slanted = 0.8984 * large + 0.4859 * small;
    0.9883 * if slanted > large { slanted } else { large }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_magnitude_is_within_1_3_percent() {
        for step in 0..1_000 {
            let angle = step as f32 * TAU / 1_000.0;
            let found = magnitude(7.0 * angle.cos(), 7.0 * angle.sin()) / 7.0;
            assert!((found - 1.0).abs() < 0.013, "{angle}: {found}");
        }
    }

    #[test]
    fn hum_is_34_db_down_and_the_marks_are_not() {
        for (hz, least, most) in [
            (50.0, 0.0, 0.021),
            (1_200.0, 0.99, 1.001),
            (2_200.0, 0.99, 1.001),
        ] {
            let mut filter = HighPass::new();
            let mut out = [0.0f32; FRAME_SAMPLES];
            let mut peak = 0.0f32;
            for frame in 0..20 {
                let input = core::array::from_fn(|n| {
                    (TAU * hz * (frame * FRAME_SAMPLES + n) as f32 / SAMPLE_RATE_HZ as f32).sin()
                });
                filter.apply(&input, &mut out);
                if frame >= 10 {
                    peak = out.iter().fold(peak, |peak, y| peak.max(y.abs()));
                }
            }
            assert!((least..most).contains(&peak), "{hz} Hz: {peak}");
        }
    }
}
