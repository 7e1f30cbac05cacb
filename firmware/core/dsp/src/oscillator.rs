//! One sine by complex rotation: libm at set-up, four multiplications a sample, no table.

use core::f32::consts::TAU;
use telephony::SAMPLE_RATE_HZ;

/// A sine whose frequency can change without a jump of phase.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Oscillator {
    re: f32,
    im: f32,
    step_re: f32,
    step_im: f32,
}

impl Oscillator {
    /// A unit sine at `freq_hz` starting at phase zero.
    pub(crate) fn new(freq_hz: f32) -> Self {
        let (step_re, step_im) = step(freq_hz);
        Oscillator {
            re: 1.0,
            im: 0.0,
            step_re,
            step_im,
        }
    }

    /// The next sample, -1.0 to 1.0.
    #[inline]
    pub(crate) fn next(&mut self) -> f32 {
        let out = self.im;
        let re = self.re * self.step_re - self.im * self.step_im;
        let im = self.re * self.step_im + self.im * self.step_re;
        // One Newton step towards |z| = 1 keeps rounding from growing over hours.
        let gain = 1.5 - 0.5 * (re * re + im * im);
        self.re = re * gain;
        self.im = im * gain;
        out
    }
}

/// cos and sin of one sample's rotation.
pub(crate) fn step(freq_hz: f32) -> (f32, f32) {
    let w = TAU * freq_hz / SAMPLE_RATE_HZ as f32;
    (libm::cosf(w), libm::sinf(w))
}

/// Cosine and sine of every Nth of a circle, made by the compiler: one rotation repeated in f64, good to 1e-13.
pub(crate) const fn circle<const N: usize>() -> ([f64; N], [f64; N]) {
    const { assert!(N >= 32, "the series below are for small angles") }
    let step = core::f64::consts::TAU / N as f64;
    let y = step * step;
    let step_cos = 1.0 - y / 2.0 * (1.0 - y / 12.0 * (1.0 - y / 30.0 * (1.0 - y / 56.0)));
    let step_sin = step * (1.0 - y / 6.0 * (1.0 - y / 20.0 * (1.0 - y / 42.0 * (1.0 - y / 72.0))));
    let (mut cos, mut sin) = ([0.0; N], [0.0; N]);
    cos[0] = 1.0;
    let mut k = 1;
    while k < N {
        cos[k] = cos[k - 1] * step_cos - sin[k - 1] * step_sin;
        sin[k] = sin[k - 1] * step_cos + cos[k - 1] * step_sin;
        k += 1;
    }
    (cos, sin)
}

/// Rounds and clips to 16 bits.
#[inline]
pub(crate) fn to_i16(x: f32) -> i16 {
    // `as` saturates; adding half away from zero makes it round.
    (x + if x < 0.0 { -0.5 } else { 0.5 }) as i16
}
