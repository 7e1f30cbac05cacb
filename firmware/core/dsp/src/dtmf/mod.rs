//! DTMF: digits as pairs of tones (ITU-T Q.23), their sending and their receiving (ITU-T Q.24).

mod bank;
mod detector;
mod generator;
mod verdict;

pub use detector::Detector;
pub use generator::{Generator, Level, Timing};

use telephony::Digit;

/// The low group: rows of the keypad, in Hz (Q.23 §2).
pub const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// The high group: columns of the keypad, in Hz (Q.23 §2).
pub const HIGH_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// From the first sample of a digit until [`Detector::muting`] is true, at most, for a tone a receiver must accept, in
/// milliseconds. A delay line of this length in front of the mute keeps every trace of the tone back.
pub const MUTE_LATENCY_MS: u32 = 20;

/// The keypad, row by row.
const KEYPAD: [[u8; 4]; 4] = [*b"123A", *b"456B", *b"789C", *b"*0#D"];

/// What the detector heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtmfEvent {
    /// A digit is pressed. Told once a press, 38 to 50 ms after its tone began; up to 64 ms when a click is in it.
    Began(Digit),
    /// That digit's tone is over. Told before the next digit begins.
    Ended(Digit),
}

/// How far off nominal the tone of `bin` (rows 0 to 3, columns 4 to 7) has to be accepted, in Hz: +-(1.5 % + 2 Hz) (Q.24
/// Table 1).
const fn limit_hz(bin: usize) -> f32 {
    0.015 * hz(bin) + 2.0
}

/// The nominal frequency of `bin`, in Hz.
const fn hz(bin: usize) -> f32 {
    if bin < 4 {
        LOW_HZ[bin]
    } else {
        HIGH_HZ[bin - 4]
    }
}

/// The digit of a row and a column, 0 to 3 each.
fn digit_at(row: usize, column: usize) -> Option<Digit> {
    let c = KEYPAD.get(row)?.get(column)?;
    Digit::from_char(char::from(*c)).ok()
}

/// The two frequencies of a digit, low then high, in Hz.
pub fn frequencies_hz(digit: Digit) -> (f32, f32) {
    for (row, keys) in KEYPAD.iter().enumerate() {
        for (column, key) in keys.iter().enumerate() {
            if char::from(*key) == digit.as_char() {
                return (LOW_HZ[row], HIGH_HZ[column]);
            }
        }
    }
    (LOW_HZ[0], HIGH_HZ[0])
}

#[cfg(test)]
mod tests;
