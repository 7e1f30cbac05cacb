//! The FSK receiver of both standards: the mark tells whose message it is, matched filters of one bit make it soft, and octets
//! are read whole.
//!
//! One receiver serves Bell 202 and V.23: a message begins with at least 55 bits of mark, whose frequency decides the filters.
//! Every bit keeps its log-likelihood ratio, so that a message whose checksum is right by luck is told from one that was heard.

mod carrier;
mod doubt;
mod filter;
mod reader;

use super::{CidError, Standard};
use crate::front_end::Hearing;
use carrier::{Carrier, LOOK};
use filter::{HIGH_PASS_PAST, Matched, WINDOW, high_pass};
use reader::Reader;
use telephony::FRAME_SAMPLES;

/// Frames a mark may be in doubt before it is given up: a start bit that came to nothing.
const PATIENCE: u8 = 4;

/// A frame behind the high-pass, in front of it the end of the one before.
type Line = [f32; FRAME_SAMPLES + LOOK];

/// The receiver.
#[derive(Clone, Debug)]
pub(super) struct Fsk {
    raw: [f32; FRAME_SAMPLES + HIGH_PASS_PAST],
    line: Line,
    carrier: Carrier,
    /// Mark and space of each standard.
    filters: [[Matched; 2]; 2],
    standard: Standard,
    reader: Reader,
    /// Frames until the mark that was heard is given up; zero when there is none.
    patience: u8,
}

impl Fsk {
    pub fn new() -> Self {
        let filters = |standard: Standard| {
            let (mark_hz, space_hz) = standard.mark_space_hz();
            [Matched::new(mark_hz), Matched::new(space_hz)]
        };
        Fsk {
            raw: [0.0; FRAME_SAMPLES + HIGH_PASS_PAST],
            line: [0.0; FRAME_SAMPLES + LOOK],
            carrier: Carrier::new(),
            filters: [filters(Standard::Bell202), filters(Standard::V23)],
            standard: Standard::Bell202,
            reader: Reader::new(),
            patience: 0,
        }
    }

    /// The standard of the message being read or just read.
    pub fn standard(&self) -> Standard {
        self.standard
    }

    /// The octets of the message just read.
    pub fn octets(&self) -> &[u8] {
        self.reader.octets()
    }

    /// Takes 10 ms; tells a message whose octets all arrived and leave no doubt, or why it was none.
    pub fn process(&mut self, hearing: &Hearing) -> Option<Result<(), CidError>> {
        self.raw.copy_within(FRAME_SAMPLES.., 0);
        self.raw[HIGH_PASS_PAST..].copy_from_slice(&hearing.samples);
        self.line.copy_within(FRAME_SAMPLES.., 0);
        high_pass(&self.raw, &mut self.line[LOOK..]);
        self.carrier.process(&self.line);
        if !self.reader.reading() && !self.marking() {
            return None;
        }
        self.demodulate();
        let outcome = self.reader.read();
        if self.reader.idle() {
            self.patience = 0;
            self.carrier.forget();
        }
        outcome
    }

    /// Whether a mark is, or a moment ago was, on the line.
    fn marking(&mut self) -> bool {
        let heard = self.carrier.mark();
        if let Some(standard) = heard {
            if self.patience == 0 || (standard != self.standard && self.reader.at_mark()) {
                self.standard = standard;
                self.reader.begin();
            }
            self.patience = PATIENCE;
        } else {
            self.patience = self.patience.saturating_sub(1);
        }
        self.patience > 0
    }

    fn demodulate(&mut self) {
        let [mark, space] = &self.filters[usize::from(self.standard == Standard::V23)];
        let (mut marks, mut spaces) = ([0.0; FRAME_SAMPLES], [0.0; FRAME_SAMPLES]);
        if let Some(input) = self.line[LOOK + 1 - WINDOW..].first_chunk() {
            mark.apply(input, &mut marks);
            space.apply(input, &mut spaces);
        }
        self.reader.push(&marks, &spaces);
    }
}
