//! The adaptive jitter buffer: packets in at any moment and in any order, one frame out each 10 ms.
//!
//! Samples lie in a ring at their RTP timestamp. The cursor is the timestamp that plays next; it moves 80 samples a tick.
//! A packet's margin is how far ahead of the cursor it arrives: the smallest margin of the last seconds tells whether the
//! delay may shrink or must grow, for jitter and for clock drift alike. The cursor moves
//! - back onto a packet that came while its place was being concealed (the delay grows by what it was late);
//! - by a splice of 5 to 20 ms where the signal repeats itself, in quiet places first (both directions).

use dsp::plc::Concealer;
use telephony::{Codec, FRAME_SAMPLES, Frame};

use crate::JitterConfig;
use crate::splice;

/// Samples in the ring (512 ms), a power of two.
const RING: usize = 4_096;
/// Played samples kept for splices.
const HISTORY: u32 = 480;
/// Furthest ahead of the cursor a packet may end; beyond it the stream has jumped.
const AHEAD: i32 = 3_200;
/// Longest packet taken, in samples (120 ms).
const LONGEST: usize = 960;
/// Packets in a row that are too late: the sender's clock jumped back.
const LATE_ROW: u8 = 4;
/// Windows of half a second whose least margins are remembered.
const WINDOWS: usize = 8;
const WINDOW_TICKS: u8 = 50;
/// Full windows before the delay may shrink.
const SETTLED: usize = 4;
/// Margin below which the delay grows (5 ms).
const TIGHT: i32 = 40;
/// Concealment that is counted: after it the stream has stopped, nothing is lost.
const STOPPED: u32 = 1_600;
const FRAME: u32 = FRAME_SAMPLES as u32;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It will be played.
    Kept,
    /// Its turn is over.
    Late,
}

/// A jitter buffer for G.711. All memory is allocated by [`JitterBuffer::new`].
#[derive(Clone, Debug)]
pub struct JitterBuffer {
    config: JitterConfig,
    ring: Box<[i16]>,
    valid: Box<[bool]>,
    cursor: Option<u32>,
    /// Everything before is marked invalid.
    clean: u32,
    /// End of the latest packet.
    end: u32,
    /// Nothing of the stream has been played yet.
    preroll: bool,
    /// Samples concealed in a row, just before the cursor.
    run: u32,
    late_row: u8,
    margins: Margins,
    /// Ticks a splice has been wanted and put off.
    wanted: u16,
    concealer: Concealer,
    concealed_ms: u64,
}

/// Least margins by half seconds, the present one first.
#[derive(Clone, Debug)]
struct Margins {
    least: [i32; WINDOWS],
    ticks: u8,
}

impl Margins {
    const NONE: i32 = i32::MAX;

    fn new() -> Self {
        Margins {
            least: [Self::NONE; WINDOWS],
            ticks: 0,
        }
    }

    fn note(&mut self, margin: i32) {
        self.least[0] = self.least[0].min(margin);
    }

    fn tick(&mut self) {
        self.ticks += 1;
        if self.ticks == WINDOW_TICKS {
            self.ticks = 0;
            self.least.rotate_right(1);
            self.least[0] = Self::NONE;
        }
    }

    fn moved(&mut self, by: i32) {
        for least in self.least.iter_mut().filter(|m| **m != Self::NONE) {
            *least += by;
        }
    }

    /// The least of a long time; `None` until enough of it is known.
    fn long(&self) -> Option<i32> {
        let known = self.least.iter().filter(|m| **m != Self::NONE);
        (known.count() >= SETTLED).then(|| self.least.iter().copied().min().unwrap_or(0))
    }

    /// The least of the last second.
    fn short(&self) -> Option<i32> {
        let least = self.least[0].min(self.least[1]);
        (least != Self::NONE).then_some(least)
    }
}

impl JitterBuffer {
    /// An empty buffer.
    pub fn new(config: JitterConfig) -> Self {
        let max_ms = config.max_ms.min(300);
        JitterBuffer {
            config: JitterConfig { max_ms, ..config },
            ring: vec![0; RING].into_boxed_slice(),
            valid: vec![false; RING].into_boxed_slice(),
            cursor: None,
            clean: 0,
            end: 0,
            preroll: true,
            run: 0,
            late_row: 0,
            margins: Margins::new(),
            wanted: 0,
            concealer: Concealer::new(),
            concealed_ms: 0,
        }
    }

    /// Forgets the stream: the next packet starts another.
    pub fn reset(&mut self) {
        if self.cursor.take().is_some() {
            self.valid.fill(false);
        }
    }

    /// Forgets stream and counters.
    pub fn clear(&mut self) {
        self.reset();
        self.concealer = Concealer::new();
        self.concealed_ms = 0;
    }

    /// Whether a stream is being played.
    pub fn is_active(&self) -> bool {
        self.cursor.is_some()
    }

    /// Speech ahead of the cursor, in milliseconds.
    pub fn depth_ms(&self) -> u16 {
        let depth = self.cursor.map_or(0, |cursor| distance(cursor, self.end));
        (depth.max(0) / 8) as u16
    }

    /// Speech made up so far, in milliseconds.
    pub fn concealed_ms(&self) -> u64 {
        self.concealed_ms
    }

    /// A packet of speech whose first sample is at `timestamp`. What is longer than 120 ms is cut.
    pub fn insert(&mut self, timestamp: u32, codec: Codec, payload: &[u8]) -> Placed {
        let payload = &payload[..payload.len().min(LONGEST)];
        let length = payload.len() as i32;
        let Some(cursor) = self.cursor else {
            self.start(timestamp);
            return self.keep(timestamp, codec, payload);
        };
        let margin = distance(cursor, timestamp);
        if margin > AHEAD - length {
            self.start(timestamp);
            return self.keep(timestamp, codec, payload);
        }
        if margin < 0 && !self.stretch(timestamp, margin.unsigned_abs(), length) {
            self.margins.note(margin.max(-AHEAD));
            if margin + length <= 0 {
                self.late_row += 1;
                if self.late_row < LATE_ROW && self.run < STOPPED {
                    return Placed::Late;
                }
                self.start(timestamp);
            }
            return self.keep(timestamp, codec, payload);
        }
        self.margins.note(margin.max(0));
        self.keep(timestamp, codec, payload)
    }

    /// Moves the cursor back onto a late packet when everything since was made up, and the delay allows it.
    fn stretch(&mut self, timestamp: u32, late: u32, length: i32) -> bool {
        let depth = distance(timestamp, self.end).max(length);
        let possible = late <= self.run && self.run < STOPPED && depth <= self.max() + length;
        if possible {
            self.cursor = Some(timestamp);
            self.run -= late;
            // What was made up for long has been cleaned behind the cursor: that room is free again.
            if distance(self.clean, timestamp) < 0 {
                self.clean = timestamp;
            }
            self.margins.moved(late as i32);
        }
        possible
    }

    fn max(&self) -> i32 {
        8 * i32::from(self.config.max_ms)
    }

    fn start(&mut self, timestamp: u32) {
        let cursor =
            timestamp.wrapping_sub(8 * u32::from(self.config.start_ms.min(self.config.max_ms)));
        self.valid.fill(false);
        self.cursor = Some(cursor);
        self.clean = cursor.wrapping_sub(HISTORY);
        self.end = timestamp;
        self.preroll = true;
        self.run = 0;
        self.late_row = 0;
        self.margins = Margins::new();
        self.wanted = 0;
    }

    fn keep(&mut self, timestamp: u32, codec: Codec, payload: &[u8]) -> Placed {
        let decode = match codec {
            Codec::Pcmu => dsp::g711::decode_ulaw,
            Codec::Pcma => dsp::g711::decode_alaw,
        };
        for (n, &octet) in payload.iter().enumerate() {
            let at = timestamp.wrapping_add(n as u32);
            if distance(self.clean, at) >= 0 {
                self.ring[slot(at)] = decode(octet);
                self.valid[slot(at)] = true;
            }
        }
        let end = timestamp.wrapping_add(payload.len() as u32);
        if distance(self.end, end) > 0 {
            self.end = end;
        }
        self.late_row = 0;
        Placed::Kept
    }

    /// The next 10 ms. `excused`: a gap is no loss now (an event stands in for speech).
    pub fn pull(&mut self, out: &mut Frame, excused: bool) {
        let Some(cursor) = self.cursor else {
            self.concealer.lost(out);
            return;
        };
        self.margins.tick();
        if self.has(cursor, FRAME) {
            let step = self.splice(cursor, out).unwrap_or_else(|| {
                self.read(cursor, out);
                FRAME as i32
            });
            self.concealer.good(out);
            self.preroll = false;
            self.run = 0;
            self.advance(cursor.wrapping_add_signed(step));
            return;
        }
        self.concealer.lost(out);
        if !self.preroll {
            if self.run < STOPPED && !excused {
                self.concealed_ms += u64::from(FRAME / 8);
            }
            self.run = self.run.saturating_add(FRAME);
        }
        self.advance(cursor.wrapping_add(FRAME));
    }

    fn advance(&mut self, cursor: u32) {
        self.cursor = Some(cursor);
        // A stream that stopped leaves its end behind; half the timestamp circle later it would look like the future.
        if distance(self.end, cursor) > 0 {
            self.end = cursor;
        }
        let clean = cursor.wrapping_sub(HISTORY);
        while distance(self.clean, clean) > 0 {
            self.valid[slot(self.clean)] = false;
            self.clean = self.clean.wrapping_add(1);
        }
    }

    fn has(&self, from: u32, count: u32) -> bool {
        (0..count).all(|n| self.valid[slot(from.wrapping_add(n))])
    }

    fn read(&self, from: u32, out: &mut [i16]) {
        for (n, sample) in out.iter_mut().enumerate() {
            *sample = self.ring[slot(from.wrapping_add(n as u32))];
        }
    }

    /// Shortens or lengthens the delay where that is wanted and sounds well: fills `out`, and tells how far the cursor moves.
    fn splice(&mut self, cursor: u32, out: &mut Frame) -> Option<i32> {
        let want = self.wish();
        if want == 0 {
            self.wanted = 0;
            return None;
        }
        self.wanted += 1;
        let mut here = [0; FRAME_SAMPLES];
        self.read(cursor, &mut here);
        let quiet = splice::is_quiet(&here);
        // Loud places wait for quiet ones: a second when there is time, 100 ms when there is not.
        let patience = if want.abs() > self.max() / 2 { 10 } else { 100 };
        if !quiet && self.wanted < patience {
            return None;
        }
        let mut around = [0; splice::SPAN];
        let from = if want < 0 {
            cursor
        } else {
            cursor.wrapping_sub(splice::LONGEST as u32)
        };
        if !self.has(from, splice::SPAN as u32) {
            return None;
        }
        self.read(from, &mut around);
        let lag = if want < 0 {
            splice::shorten(&around, out) as i32
        } else {
            -(splice::lengthen(&around, out) as i32)
        };
        self.margins.moved(-lag);
        self.wanted = 0;
        Some(FRAME as i32 + lag)
    }

    /// By how many samples the delay should change; 0 when it is right.
    fn wish(&self) -> i32 {
        let cursor = self.cursor.unwrap_or(self.end);
        let depth = distance(cursor, self.end);
        let min = 8 * i32::from(self.config.min_ms);
        let spare = self.margins.long().map_or(0, |least| least - min);
        if depth > self.max() + LONGEST as i32 / 2 {
            return self.max() - depth;
        }
        if spare > splice::SHORTEST as i32 * 2 {
            return -spare;
        }
        match self.margins.short() {
            Some(least) if least < TIGHT && depth < self.max() => splice::SHORTEST as i32,
            _ => 0,
        }
    }
}

/// From `from` to `to` on the timestamp circle.
fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from) as i32
}

fn slot(timestamp: u32) -> usize {
    timestamp as usize % RING
}

#[cfg(test)]
mod tests;
