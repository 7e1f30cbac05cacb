//! What the receiver filters with: a high-pass against hum and ringing, and two matched filters of one bit.

use core::f32::consts::TAU;
use telephony::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

/// Samples in a matched filter: a bit is 6.67.
pub const WINDOW: usize = 7;
/// Outermost weight of the window, so that its sum is one bit.
const EDGE: f32 = 5.0 / 6.0;

/// Samples that [`high_pass`] looks back.
pub const HIGH_PASS_PAST: usize = 14;

/// The line less its mean over 15 samples with triangular weights: -42 dB at 50 Hz, -22 dB at 150 Hz, within 0.4 dB of flat from
/// 1000 Hz up, and the same delay (7 samples) for all. `line` begins [`HIGH_PASS_PAST`] samples before the first to come out.
pub fn high_pass(line: &[f32; FRAME_SAMPLES + HIGH_PASS_PAST], out: &mut [f32]) {
    // Sums of 8, twice, each in three doublings: no running sum that would keep rounding errors.
    let mut sums = *line;
    for span in [1, 2, 4, 1, 2, 4] {
        for n in 0..sums.len() - span {
            sums[n] += sums[n + span];
        }
    }
    for ((y, &x), &sum) in out.iter_mut().zip(&line[HIGH_PASS_PAST / 2..]).zip(&sums) {
        *y = x - sum / 64.0;
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
    pub fn apply(&self, input: &[f32; FRAME_SAMPLES + WINDOW - 1], out: &mut [f32; FRAME_SAMPLES]) {
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

/// |re + j im| within 2.2 %, without a square root.
#[inline]
fn magnitude(re: f32, im: f32) -> f32 {
    let (re, im) = (re.abs(), im.abs());
    let (large, small) = if re > im { (re, im) } else { (im, re) };
    let slanted = 0.8984 * large + 0.4859 * small;
    if slanted > large { slanted } else { large }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_magnitude_is_within_2_2_percent() {
        for step in 0..1_000 {
            let angle = step as f32 * TAU / 1_000.0;
            let found = magnitude(7.0 * angle.cos(), 7.0 * angle.sin()) / 7.0;
            assert!((found - 1.0).abs() < 0.022, "{angle}: {found}");
        }
    }

    #[test]
    fn hum_is_41_db_down_and_the_tones_are_not() {
        for (hz, least, most) in [
            (50.0, 0.0, 0.009),
            (60.0, 0.0, 0.013),
            (1_200.0, 0.95, 1.05),
            (1_300.0, 0.95, 1.05),
            (2_200.0, 0.95, 1.05),
        ] {
            let line = core::array::from_fn(|n| (TAU * hz * n as f32 / 8_000.0).sin());
            let mut out = [0.0f32; FRAME_SAMPLES];
            high_pass(&line, &mut out);
            let peak = out.iter().fold(0.0f32, |peak, y| peak.max(y.abs()));
            assert!((least..most).contains(&peak), "{hz} Hz: {peak}");
        }
    }
}
