//! A frame multiplied with a carrier of which 10 ms hold whole or half periods: the carrier is the same table each frame.

use crate::oscillator::circle;
use telephony::FRAME_SAMPLES;

/// Carriers are multiples of 50 Hz.
const CIRCLE: usize = 160;
/// Samples of a half frame.
pub(super) const HALF: usize = FRAME_SAMPLES / 2;
const LANES: usize = 8;

/// A complex number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Phasor {
    pub re: f32,
    pub im: f32,
}

impl Phasor {
    pub fn plus(self, other: Phasor) -> Phasor {
        Phasor {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }

    pub fn times(self, other: Phasor) -> Phasor {
        Phasor {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    /// This over `other`, but for its length: the phase from `other` to this.
    pub fn from(self, other: Phasor) -> Phasor {
        self.times(Phasor {
            re: other.re,
            im: -other.im,
        })
    }

    pub fn scaled(self, factor: f32) -> Phasor {
        Phasor {
            re: self.re * factor,
            im: self.im * factor,
        }
    }

    pub fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }
}

/// A carrier for one frame.
pub(super) struct Carrier {
    pub cos: [f32; FRAME_SAMPLES],
    pub sin: [f32; FRAME_SAMPLES],
}

impl Carrier {
    /// Of `hz`, a multiple of 50 Hz.
    pub const fn new(hz: usize) -> Self {
        let (cos, sin) = circle::<CIRCLE>();
        let mut carrier = Carrier {
            cos: [0.0; FRAME_SAMPLES],
            sin: [0.0; FRAME_SAMPLES],
        };
        let mut n = 0;
        while n < FRAME_SAMPLES {
            let k = n * (hz / 50) % CIRCLE;
            carrier.cos[n] = cos[k] as f32;
            carrier.sin[n] = -sin[k] as f32;
            n += 1;
        }
        carrier
    }

    /// Mean of samples and carrier over each half of the frame.
    pub fn halves(&self, samples: &[f32; FRAME_SAMPLES]) -> [Phasor; 2] {
        let half = |from: usize| {
            let (mut re, mut im) = ([0.0f32; LANES], [0.0f32; LANES]);
            for at in (from..from + HALF).step_by(LANES) {
                for lane in 0..LANES {
                    re[lane] += samples[at + lane] * self.cos[at + lane];
                    im[lane] += samples[at + lane] * self.sin[at + lane];
                }
            }
            Phasor {
                re: re.iter().sum::<f32>() / HALF as f32,
                im: im.iter().sum::<f32>() / HALF as f32,
            }
        };
        [half(0), half(HALF)]
    }
}
