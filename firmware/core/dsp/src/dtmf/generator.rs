use super::frequencies_hz;
use crate::level::peak_of_sine;
use crate::oscillator::{Oscillator, to_i16};
use telephony::{Digits, SAMPLE_RATE_HZ};

/// How long digits and the pauses after them are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Length of a digit from silence to silence, in milliseconds; less than [`Timing::MIN_ON_MS`] is sent as that.
    pub on_ms: u16,
    /// Silence after it, in milliseconds; between digits at least 40 by Q.24, 65 by ES 201 235-2.
    pub off_ms: u16,
}

impl Timing {
    /// The shortest digit that every receiver must accept (Q.24 Table 1), in milliseconds. ES 201 235-2 (Signal timing) wants
    /// 65 from a sender.
    pub const MIN_ON_MS: u16 = 40;
}

impl Default for Timing {
    /// 100 ms on, 100 ms off.
    fn default() -> Self {
        Timing {
            on_ms: 100,
            off_ms: 100,
        }
    }
}

/// How loud the two tones are, in dBm0 each. Tones that together would clip are sent softer, with the same difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The row's tone.
    pub low_dbm0: f32,
    /// The column's tone.
    pub high_dbm0: f32,
}

impl Default for Level {
    /// -6 and -4 dBm0: the high tone is 2 dB up to make good for the line's slope (ES 201 235-2, Sending level).
    fn default() -> Self {
        Level {
            low_dbm0: -6.0,
            high_dbm0: -4.0,
        }
    }
}

/// Sends digits.
#[derive(Clone, Debug)]
pub struct Generator {
    digits: Digits,
    next: usize,
    timing: Timing,
    low_peak: f32,
    high_peak: f32,
    low: Oscillator,
    high: Oscillator,
    on_left: u32,
    off_left: u32,
}

/// 2 ms from silence to full level and back, so that keying does not splash over the band. ES 201 235-2 (Rise time) allows 7.
const RAMP_SAMPLES: u32 = 16;

impl Generator {
    /// Ready to send `digits` from the first.
    pub fn new(digits: Digits, timing: Timing, level: Level) -> Self {
        let silent = Oscillator::new(0.0);
        let peaks = [level.low_dbm0, level.high_dbm0].map(peak_of_sine);
        let fit = (f32::from(i16::MAX) / (peaks[0] + peaks[1])).min(1.0);
        let mut generator = Generator {
            digits,
            next: 0,
            timing,
            low_peak: fit * peaks[0],
            high_peak: fit * peaks[1],
            low: silent,
            high: silent,
            on_left: 0,
            off_left: 0,
        };
        generator.load();
        generator
    }

    /// Overwrites `out`, silence when nothing is left. `false` when all digits and the last pause are sent.
    pub fn fill(&mut self, out: &mut [i16]) -> bool {
        for s in out {
            *s = to_i16(self.sample());
        }
        self.sending()
    }

    /// Whether anything is left to send.
    pub fn sending(&self) -> bool {
        self.on_left > 0 || self.off_left > 0
    }

    fn sample(&mut self) -> f32 {
        if self.on_left > 0 {
            let done = self.on_samples() - self.on_left;
            let edge = done.min(self.on_left).min(RAMP_SAMPLES);
            self.on_left -= 1;
            let sum = self.low.next() * self.low_peak + self.high.next() * self.high_peak;
            if self.on_left == 0 && self.off_left == 0 {
                self.load();
            }
            return sum * edge as f32 / RAMP_SAMPLES as f32;
        }
        if self.off_left > 0 {
            self.off_left -= 1;
            if self.off_left == 0 {
                self.load();
            }
        }
        0.0
    }

    fn on_samples(&self) -> u32 {
        u32::from(self.timing.on_ms.max(Timing::MIN_ON_MS)) * SAMPLE_RATE_HZ / 1_000
    }

    fn load(&mut self) {
        if let Some(digit) = self.digits.iter().nth(self.next) {
            let (low, high) = frequencies_hz(digit);
            self.low = Oscillator::new(low);
            self.high = Oscillator::new(high);
            self.on_left = self.on_samples();
            self.off_left = u32::from(self.timing.off_ms) * SAMPLE_RATE_HZ / 1_000;
            self.next += 1;
        }
    }
}
