use super::fsk::Fsk;
use super::message::{decode, decode_dtmf};
use super::{CidError, Received, Standard};
use crate::dtmf::{self, DtmfEvent};
use crate::front_end::FrontEnd;
use crate::queue::Queue;
use telephony::{Digit, Digits, FRAME_SAMPLES, Frame};

/// A DTMF message with a pause this long between digits is over, in samples (EN 300 659-1 Annex B: pauses of 70 ms; 500 ms).
const DTMF_TIMEOUT: u32 = 4_000;

/// Hears caller identification of every standard at once and says which it was.
#[derive(Clone, Debug)]
pub struct Detector {
    fsk: [Fsk; 2],
    front_end: FrontEnd,
    frame: Frame,
    filled: usize,
    dtmf: dtmf::Detector,
    digits: Digits,
    since_digit: u32,
    results: Queue<Result<Received, CidError>, 4>,
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// Waiting for a message.
    pub fn new() -> Self {
        Detector {
            fsk: [Fsk::new(Standard::Bell202), Fsk::new(Standard::V23)],
            front_end: FrontEnd::new(),
            frame: telephony::SILENCE,
            filled: 0,
            dtmf: dtmf::Detector::new(),
            digits: Digits::EMPTY,
            since_digit: 0,
            results: Queue::new(),
        }
    }

    /// Listens to the next samples, any number of them.
    pub fn process(&mut self, samples: &[i16]) {
        for &sample in samples {
            for fsk in &mut self.fsk {
                let Some(outcome) = fsk.push(f32::from(sample)) else {
                    continue;
                };
                let standard = fsk.standard();
                let result = outcome.and_then(|(octets, len)| decode(&octets[..len]));
                self.results.push(result.map(|(caller, time)| Received {
                    caller,
                    standard,
                    time,
                }));
            }
        }
        for chunk in samples.chunks(16) {
            self.hear_dtmf(chunk);
        }
    }

    /// What arrived, oldest first.
    pub fn poll(&mut self) -> Option<Result<Received, CidError>> {
        self.results.pop()
    }

    fn hear_dtmf(&mut self, samples: &[i16]) {
        for &sample in samples {
            self.frame[self.filled] = sample;
            self.filled += 1;
            if self.filled == FRAME_SAMPLES {
                self.filled = 0;
                self.dtmf.process(self.front_end.process(&self.frame));
            }
        }
        self.since_digit = self.since_digit.saturating_add(samples.len() as u32);
        if self.since_digit > DTMF_TIMEOUT && !self.digits.is_empty() {
            // One letter alone is speech; a number that breaks off was a message.
            if self.digits.len() > 1 {
                self.results.push(Err(CidError::BadDigits));
            }
            self.digits = Digits::EMPTY;
        }
        while let Some(event) = self.dtmf.poll() {
            self.since_digit = 0;
            if let DtmfEvent::Began(digit) = event {
                self.dtmf_digit(digit);
            }
        }
    }

    fn dtmf_digit(&mut self, digit: Digit) {
        let starts = matches!(digit.as_char(), 'A' | 'B' | 'D');
        if self.digits.is_empty() && !starts {
            return;
        }
        let full = self.digits.push(digit).is_err();
        if full || matches!(digit.as_char(), 'C' | '#') {
            let result = decode_dtmf(&self.digits);
            self.digits = Digits::EMPTY;
            self.results.push(result.map(|caller| Received {
                caller,
                standard: Standard::Dtmf,
                time: None,
            }));
        }
    }
}
