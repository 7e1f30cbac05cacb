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

/// Rounds and clips to 16 bits.
#[inline]
pub(crate) fn to_i16(x: f32) -> i16 {
    // `as` saturates; adding half away from zero makes it round.
    (x + if x < 0.0 { -0.5 } else { 0.5 }) as i16
}
