use super::fsk::Fsk;
use super::message::{self, MAX_MESSAGE};
use super::{CidError, Received, Standard, digits};
use crate::dtmf::DtmfEvent;
use crate::front_end::Hearing;
use crate::queue::Queue;
use telephony::{Digit, Digits, FRAME_SAMPLES};

/// A DTMF message with a pause this long between digits is over, in samples (EN 300 659-1 Annex B: pauses of 70 ms; 500 ms).
const DTMF_TIMEOUT: u32 = 4_000;
/// An exchange sends its digits like a clock: when the longest distance between two is more than this many fifths of the
/// shortest, one in between was not heard, or one was heard twice.
const UNEVEN_FIFTHS: u32 = 8;

/// Hears caller identification of every standard at once and says which it was.
///
/// FSK is heard in what [`Detector::process`] is given; digits are heard by the channel's DTMF detector, whose events go to
/// [`Detector::digit`].
#[derive(Clone, Debug)]
pub struct Detector {
    fsk: Fsk,
    digits: Digits,
    rhythm: Rhythm,
    octets: [u8; MAX_MESSAGE],
    len: usize,
    results: Queue<Result<Received, CidError>, 4>,
}

/// Distances between the beginnings of digits, in samples.
#[derive(Clone, Copy, Debug)]
struct Rhythm {
    since: u32,
    shortest: u32,
    longest: u32,
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
            fsk: Fsk::new(),
            digits: Digits::EMPTY,
            rhythm: Rhythm::START,
            octets: [0; MAX_MESSAGE],
            len: 0,
            results: Queue::new(),
        }
    }

    /// Listens to the next 10 ms.
    pub fn process(&mut self, hearing: &Hearing) {
        self.rhythm.since = self.rhythm.since.saturating_add(FRAME_SAMPLES as u32);
        if self.rhythm.since > DTMF_TIMEOUT && !self.digits.is_empty() {
            // One letter alone is speech; a number that breaks off was a message.
            if self.digits.len() > 1 {
                self.results.push(Err(CidError::BadDigits));
            }
            self.digits = Digits::EMPTY;
        }
        if let Some(outcome) = self.fsk.process(hearing) {
            let octets = self.fsk.octets();
            let read = outcome.and_then(|()| message::decode(octets));
            if read.is_ok() {
                self.len = octets.len();
                self.octets[..self.len].copy_from_slice(octets);
            }
            self.tell(self.fsk.standard(), read);
        }
    }

    /// What the channel's DTMF detector heard.
    pub fn digit(&mut self, event: DtmfEvent) {
        let DtmfEvent::Began(digit) = event else {
            return;
        };
        if self.digits.is_empty() {
            if matches!(digit.as_char(), 'A' | 'B' | 'D') {
                self.rhythm = Rhythm::START;
                self.append(digit);
            }
            return;
        }
        self.rhythm.beat();
        let full = self.append(digit);
        if full || matches!(digit.as_char(), 'C' | '#') {
            self.digits_end();
        }
    }

    /// What arrived, oldest first.
    pub fn poll(&mut self) -> Option<Result<Received, CidError>> {
        self.results.pop()
    }

    /// The message last told as received, as it was on the line: octets from type to checksum, or the digits in ASCII with their
    /// start and end code.
    pub fn octets(&self) -> &[u8] {
        &self.octets[..self.len]
    }

    /// Whether there was no room.
    fn append(&mut self, digit: Digit) -> bool {
        self.digits.push(digit).is_err()
    }

    fn digits_end(&mut self) {
        let read = if self.rhythm.even() {
            digits::decode(&self.digits)
        } else {
            Err(CidError::BadDigits)
        };
        if read.is_ok() {
            let text = self.digits.as_str().as_bytes();
            self.len = text.len();
            self.octets[..self.len].copy_from_slice(text);
        }
        self.digits = Digits::EMPTY;
        self.tell(Standard::Dtmf, read);
    }

    fn tell(&mut self, standard: Standard, read: Result<message::Message, CidError>) {
        self.results.push(read.map(|message| Received {
            caller: message.caller,
            standard,
            time: message.time,
            details: message.details,
        }));
    }
}

impl Rhythm {
    const START: Rhythm = Rhythm {
        since: 0,
        shortest: u32::MAX,
        longest: 0,
    };

    fn beat(&mut self) {
        self.shortest = self.shortest.min(self.since);
        self.longest = self.longest.max(self.since);
        self.since = 0;
    }

    /// Events come with frames: each distance may be one longer or shorter than it is on the line.
    fn even(&self) -> bool {
        let shortest = self.shortest.max(FRAME_SAMPLES as u32);
        5 * self.longest <= UNEVEN_FIFTHS.saturating_mul(shortest)
    }
}
