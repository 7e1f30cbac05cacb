//! The exchange's registers: the loop watched for pulses, flashes and clearing, the keys read.

use std::collections::VecDeque;

use crate::dtmf::KeyReader;

/// An opening this short is contact noise, ms.
const NOISE_MS: u32 = 10;
/// The longest break of a dial pulse, ms (EIA/TIA-464: 10 pps, at most 80 % break, with room).
const LONGEST_BREAK_MS: u32 = 120;
/// The loop closed this long ends a train of pulses, ms.
const TRAIN_OVER_MS: u32 = 200;
/// Most digits kept.
const MOST_DIGITS: usize = 40;

/// What the box did with the loop, and what it dialled.
#[derive(Debug)]
pub(crate) struct Dialled {
    number: String,
    keys: KeyReader,
    clear_ms: u32,
    open_ms: u32,
    closed_ms: u32,
    pulses: u8,
    silent_ms: u32,
    begun: bool,
    flashes: VecDeque<u32>,
}

impl Dialled {
    pub(crate) fn new(clear_ms: u32) -> Self {
        Dialled {
            number: String::new(),
            keys: KeyReader::new(),
            clear_ms,
            open_ms: clear_ms,
            closed_ms: 0,
            pulses: 0,
            silent_ms: 0,
            begun: false,
            flashes: VecDeque::new(),
        }
    }

    /// A new call: no digits yet.
    pub(crate) fn forget(&mut self) {
        self.number.clear();
        self.keys = KeyReader::new();
        self.pulses = 0;
        self.silent_ms = 0;
        self.begun = false;
    }

    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    pub(crate) fn flashes(&self) -> Vec<u32> {
        self.flashes.iter().copied().collect()
    }

    /// Whether a digit, or its first pulse, was seen.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun
    }

    pub(crate) fn key_is_down(&self) -> bool {
        self.keys.key_is_down() || self.pulses > 0
    }

    /// Time since the last digit, ms.
    pub(crate) fn silent_ms(&self) -> u32 {
        self.silent_ms
    }

    /// Whether the loop has been open for long enough to mean it.
    pub(crate) fn cleared(&self) -> bool {
        self.open_ms >= self.clear_ms
    }

    /// One millisecond of the loop.
    pub(crate) fn watch(&mut self, closed: bool, takes_digits: bool) {
        self.silent_ms = if self.key_is_down() {
            0
        } else {
            self.silent_ms.saturating_add(1)
        };
        if !closed {
            self.open_ms = self.open_ms.saturating_add(1);
            self.closed_ms = 0;
            if takes_digits && self.open_ms > NOISE_MS {
                self.begun = true;
            }
            return;
        }
        let opened_for = std::mem::take(&mut self.open_ms);
        if opened_for > NOISE_MS && opened_for <= LONGEST_BREAK_MS && takes_digits {
            self.pulses = self.pulses.saturating_add(1);
        } else if opened_for > LONGEST_BREAK_MS && opened_for < self.clear_ms {
            if self.flashes.len() == 64 {
                self.flashes.pop_front();
            }
            self.flashes.push_back(opened_for);
        }
        self.closed_ms = self.closed_ms.saturating_add(1);
        if self.pulses > 0 && self.closed_ms >= TRAIN_OVER_MS {
            let digit = match std::mem::take(&mut self.pulses) {
                n @ 1..=9 => Some(char::from(b'0' + n)),
                10 => Some('0'),
                _ => None,
            };
            self.take(digit);
        }
    }

    /// One sample from the box.
    pub(crate) fn hear(&mut self, sample: f32) {
        let key = self.keys.push(sample);
        if key.is_some() {
            self.take(key);
        }
    }

    fn take(&mut self, digit: Option<char>) {
        self.begun = true;
        self.silent_ms = 0;
        if let Some(digit) = digit
            && self.number.len() < MOST_DIGITS
        {
            self.number.push(digit);
        }
    }
}
