//! Keypad signalling: a generator and a reader of its own (ITU-T Q.23, Q.24).

use std::collections::VecDeque;
use std::f64::consts::TAU;

use telephony::SAMPLE_RATE_HZ;

use crate::config::SimError;
use crate::signal::{Sine, dbm0_of_power, peak, to_i16};

const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
const KEYS: [[char; 4]; 4] = [
    ['1', '2', '3', 'A'],
    ['4', '5', '6', 'B'],
    ['7', '8', '9', 'C'],
    ['*', '0', '#', 'D'],
];

/// The two frequencies of a key.
pub(crate) fn pair_of(key: char) -> Option<(f32, f32)> {
    KEYS.iter().enumerate().find_map(|(row, keys)| {
        let column = keys.iter().position(|&k| k == key)?;
        Some((LOW_HZ[row], HIGH_HZ[column]))
    })
}

/// How a keypad sounds.
#[derive(Clone, Copy, Debug)]
pub struct Keypad {
    /// Level of the lower frequency, dBm0 (default -8).
    pub low_dbm0: f32,
    /// The higher frequency is this much stronger, dB (default 2).
    pub twist_db: f32,
    /// Each key sounds this long, ms (default 80).
    pub on_ms: u32,
    /// Pause after each key, ms (default 80).
    pub off_ms: u32,
    /// Both frequencies are off by this much, percent (default 0).
    pub detune_percent: f32,
}

impl Default for Keypad {
    fn default() -> Self {
        Keypad {
            low_dbm0: -8.0,
            twist_db: 2.0,
            on_ms: 80,
            off_ms: 80,
            detune_percent: 0.0,
        }
    }
}

impl Keypad {
    pub(crate) fn sound(&self, key: char) -> Option<(Sine, Sine)> {
        let (low, high) = pair_of(key)?;
        let off = 1.0 + self.detune_percent / 100.0;
        let high_dbm0 = self.low_dbm0 + self.twist_db;
        Some((
            Sine::new(low * off, peak(self.low_dbm0)),
            Sine::new(high * off, peak(high_dbm0)),
        ))
    }

    /// The keys as 8 kHz samples, each followed by its pause.
    ///
    /// # Errors
    /// [`SimError::NotADigit`]
    pub fn samples(&self, keys: &str) -> Result<Vec<i16>, SimError> {
        let mut samples = Vec::new();
        for key in keys.chars() {
            let (mut low, mut high) = self
                .sound(key.to_ascii_uppercase())
                .ok_or(SimError::NotADigit(key))?;
            samples.extend((0..self.on_ms * 8).map(|_| to_i16(low.next() + high.next())));
            samples.extend((0..self.off_ms * 8).map(|_| 0));
        }
        Ok(samples)
    }
}

/// Window of the reader, samples (15 ms: 66 Hz wide, so that neighbouring rows fall on its zeros), and how far it moves (5 ms).
const WINDOW: usize = 120;
const HOP: usize = 40;
/// Weakest single frequency that counts, dBm0: below what Q.24 Annex A asks of exchanges (-25 to -29).
const WEAKEST_DBM0: f32 = -36.0;
/// Windows in a row that must agree (Q.24: 40 ms is a key, 20 ms is none), and that must disagree to end a key.
const AGREE: u8 = 6;
const DISAGREE: u8 = 3;

/// Reads keys out of a stream of samples.
#[derive(Debug)]
pub(crate) struct KeyReader {
    window: VecDeque<f32>,
    until_look: usize,
    quiet: usize,
    candidate: Option<char>,
    seen: u8,
    held: Option<char>,
    missed: u8,
}

impl KeyReader {
    pub(crate) fn new() -> Self {
        KeyReader {
            window: VecDeque::with_capacity(WINDOW + 1),
            until_look: HOP,
            quiet: WINDOW,
            candidate: None,
            seen: 0,
            held: None,
            missed: 0,
        }
    }

    /// Takes one sample; a key is returned once, when it has been there long enough.
    pub(crate) fn push(&mut self, sample: f32) -> Option<char> {
        self.quiet = if sample.abs() < 4.0 {
            self.quiet.saturating_add(1)
        } else {
            0
        };
        if self.window.len() == WINDOW {
            self.window.pop_front();
        }
        self.window.push_back(sample);
        self.until_look -= 1;
        if self.until_look > 0 {
            return None;
        }
        self.until_look = HOP;
        let seen = if self.quiet >= WINDOW || self.window.len() < WINDOW {
            None
        } else {
            self.look()
        };
        self.judge(seen)
    }

    /// Whether a key is down now.
    pub(crate) fn key_is_down(&self) -> bool {
        self.held.is_some()
    }

    fn judge(&mut self, seen: Option<char>) -> Option<char> {
        if seen.is_some() && seen == self.candidate {
            self.seen = self.seen.saturating_add(1);
        } else {
            self.candidate = seen;
            self.seen = 1;
        }
        if self.held.is_some() {
            self.missed = if seen == self.held {
                0
            } else {
                self.missed + 1
            };
            if self.missed < DISAGREE {
                return None;
            }
            self.held = None;
            self.missed = 0;
        }
        if self.candidate.is_some() && self.seen >= AGREE {
            self.held = self.candidate;
            return self.held;
        }
        None
    }

    fn look(&mut self) -> Option<char> {
        let samples = self.window.make_contiguous();
        let total: f64 = samples
            .iter()
            .map(|&s| f64::from(s) * f64::from(s))
            .sum::<f64>()
            / WINDOW as f64;
        let (row, low, second_low) = strongest(samples, &LOW_HZ);
        let (column, high, second_high) = strongest(samples, &HIGH_HZ);
        let strong = dbm0_of_power(low) > WEAKEST_DBM0 && dbm0_of_power(high) > WEAKEST_DBM0;
        let twist_db = 10.0 * (high / low).log10();
        let alone = low > 3.0 * second_low && high > 3.0 * second_high;
        let pure = low + high > 0.55 * total;
        (strong && (-9.0..=9.0).contains(&twist_db) && alone && pure).then(|| KEYS[row][column])
    }
}

/// Which of four frequencies is strongest, its power, and that of the next.
fn strongest(samples: &[f32], hz: &[f32; 4]) -> (usize, f64, f64) {
    let mut best = (0, 0.0, 0.0);
    for (n, &hz) in hz.iter().enumerate() {
        let power = power_at(samples, hz);
        if power > best.1 {
            best = (n, power, best.1);
        } else if power > best.2 {
            best.2 = power;
        }
    }
    best
}

/// Mean power of the sine of `hz` in `samples` (Goertzel's recursion).
fn power_at(samples: &[f32], hz: f32) -> f64 {
    let coefficient = 2.0 * (TAU * f64::from(hz) / f64::from(SAMPLE_RATE_HZ)).cos();
    let (mut s1, mut s2) = (0.0, 0.0);
    for &sample in samples {
        (s1, s2) = (f64::from(sample) + coefficient * s1 - s2, s1);
    }
    let energy = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
    2.0 * energy / (samples.len() * samples.len()) as f64
}
