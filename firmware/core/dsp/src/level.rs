//! Levels: what dBm0 means inside the box, and gain.

use crate::oscillator::to_i16;
use telephony::{FRAME_SAMPLES, Frame, SAMPLE_RATE_HZ};

/// Level of a sine that just reaches 16-bit full scale: T_max of mu-law, +3.17 dBm0 (ITU-T G.711 §4.1, Table 5 note).
pub const FULL_SCALE_DBM0: f32 = 3.17;

/// What silence measures as: the floor of [`dbm0`].
pub const SILENCE_DBM0: f32 = -99.0;

/// Peak amplitude, in units of the 16-bit sample, of a sine of `level_dbm0`.
pub fn peak_of_sine(level_dbm0: f32) -> f32 {
    32_767.0 * libm::powf(10.0, (level_dbm0 - FULL_SCALE_DBM0) / 20.0)
}

/// Level of a signal whose mean square is `power` (squared 16-bit units); not below [`SILENCE_DBM0`].
pub fn dbm0_of_power(power: f32) -> f32 {
    const FULL_SCALE_POWER: f32 = 32_767.0 * 32_767.0 / 2.0;
    if power <= 0.0 {
        return SILENCE_DBM0;
    }
    let level = FULL_SCALE_DBM0 + 10.0 * libm::log10f(power / FULL_SCALE_POWER);
    level.max(SILENCE_DBM0)
}

/// Mean square of a signal of `level_dbm0`, the inverse of [`dbm0_of_power`].
pub fn power_of_dbm0(level_dbm0: f32) -> f32 {
    let peak = peak_of_sine(level_dbm0);
    peak * peak / 2.0
}

/// Level of all of `samples` together (rms; a full-scale sine is [`FULL_SCALE_DBM0`]), [`SILENCE_DBM0`] when empty.
pub fn dbm0(samples: &[i16]) -> f32 {
    if samples.is_empty() {
        return SILENCE_DBM0;
    }
    let sum: u64 = samples
        .iter()
        .map(|&s| u64::from(s.unsigned_abs()).pow(2))
        .sum();
    dbm0_of_power((sum as f64 / samples.len() as f64) as f32)
}

/// Level of the component at `freq_hz` (0 to 4000), by a Goertzel filter over all of `samples`. Its bandwidth is about
/// `8000 / samples.len()` Hz on each side.
pub fn goertzel_dbm0(samples: &[i16], freq_hz: f32) -> f32 {
    if samples.is_empty() {
        return SILENCE_DBM0;
    }
    // f64: over seconds of samples the recursion of a low frequency loses f32's digits.
    let w = core::f64::consts::TAU * f64::from(freq_hz) / f64::from(SAMPLE_RATE_HZ);
    let coefficient = 2.0 * libm::cos(w);
    let (mut s1, mut s2) = (0.0f64, 0.0f64);
    for &x in samples {
        let s0 = f64::from(x) + coefficient * s1 - s2;
        s2 = s1;
        s1 = s0;
    }
    let magnitude = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
    let n = samples.len() as f64;
    // |X|^2 = (peak n / 2)^2, and the mean square of the sine is peak^2 / 2.
    dbm0_of_power((2.0 * magnitude / (n * n)) as f32)
}

/// A fixed gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    factor: f32,
}

impl Gain {
    /// No change.
    pub const UNITY: Gain = Gain { factor: 1.0 };

    /// `db` dB, positive is louder; from -60 (and below: silence) to +24.
    pub fn new(db: f32) -> Self {
        let factor = if db > -60.0 {
            libm::powf(10.0, db.min(24.0) / 20.0)
        } else {
            0.0
        };
        Gain { factor }
    }

    /// Applies it; what exceeds 16 bits is clipped.
    pub fn apply(&self, samples: &mut [i16]) {
        if self.factor == 1.0 {
            return;
        }
        for s in samples {
            *s = to_i16(f32::from(*s) * self.factor);
        }
    }
}

/// The gain of a port: may be set at any time during a call, and is reached within 10 ms in a straight line, without a click.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PortGain {
    set: Gain,
    /// Factor reached at the end of the last frame.
    reached: f32,
}

impl PortGain {
    /// `gain` from the first sample on.
    pub const fn new(gain: Gain) -> Self {
        PortGain {
            set: gain,
            reached: gain.factor,
        }
    }

    /// `gain` from the next frame on.
    pub fn set(&mut self, gain: Gain) {
        self.set = gain;
    }

    /// Applies it to the next 10 ms; what exceeds 16 bits is clipped.
    pub fn apply(&mut self, frame: &mut Frame) {
        if self.reached == self.set.factor {
            return self.set.apply(frame);
        }
        let slope = (self.set.factor - self.reached) / FRAME_SAMPLES as f32;
        for (n, s) in frame.iter_mut().enumerate() {
            *s = to_i16(f32::from(*s) * (self.reached + slope * (n + 1) as f32));
        }
        self.reached = self.set.factor;
    }
}

/// A direct-current and hum blocker: one zero at 0 Hz, one pole, -3 dB at about 60 Hz.
#[derive(Clone, Copy, Debug, Default)]
pub struct DcBlock {
    x1: f32,
    y1: f32,
}

impl DcBlock {
    /// At rest.
    pub const fn new() -> Self {
        DcBlock { x1: 0.0, y1: 0.0 }
    }

    /// Filters in place.
    pub fn apply(&mut self, samples: &mut [i16]) {
        for s in samples {
            let x = f32::from(*s);
            self.y1 = x - self.x1 + 0.954 * self.y1;
            self.x1 = x;
            *s = to_i16(self.y1);
        }
    }
}

#[cfg(test)]
mod tests;
