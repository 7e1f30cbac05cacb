//! The row of bursts and pauses of a recording, and the rhythm in it.

use super::{LearnError, LearnedTone, MAX_FREQS, MAX_SEGMENTS};
use crate::level::dbm0_of_power;
use crate::progress::cadence::PAUSE;

/// Bursts remembered, each with its pause: the last minute of 175/175 ms.
const BURSTS: usize = 180;
/// Full cycles that make a rhythm.
const CYCLES: usize = 3;
/// What repeats itself has its times again within 5 % and 12 ms, and its frequencies within 1.5 %.
const TIME_PERCENT: u32 = 5;
const TIME_MS: u32 = 12;
const FREQUENCY: f32 = 0.015;
/// ... and its level within 3 dB.
const POWER: f32 = 2.0;
/// A cycle so long is ringing tone: E.180 Supplement 2 has ringing cadences of 3 s and more, and no busy tone of 2 s.
const RINGING_MS: u32 = 2_800;
/// Shorter than this is a click.
const SHORTEST_MS: u32 = 60;
/// Learning is as sure as it can be after so many cycles.
const SURE_CYCLES: f32 = 6.0;

/// A burst of tone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    pub ms: u32,
    pub power: f32,
    pub freqs_hz: [f32; MAX_FREQS],
    pub freqs: usize,
}

/// A burst and the pause behind it.
#[derive(Clone, Copy, Debug)]
struct Beat {
    burst: Burst,
    pause_ms: u32,
    /// Nothing but the pause is between this burst and the next.
    complete: bool,
}

/// The last bursts of a recording.
#[derive(Clone, Debug)]
pub(super) struct Row {
    beats: [Option<Beat>; BURSTS],
    len: usize,
}

impl Row {
    pub const fn new() -> Self {
        Row {
            beats: [None; BURSTS],
            len: 0,
        }
    }

    pub fn burst(&mut self, burst: Burst) {
        if burst.ms < SHORTEST_MS {
            self.interrupt();
            return;
        }
        if self.len == BURSTS {
            self.beats.rotate_left(1);
            self.len -= 1;
        }
        self.beats[self.len] = Some(Beat {
            burst,
            pause_ms: 0,
            complete: false,
        });
        self.len += 1;
    }

    /// A pause is over, in which the power rose to `power`: another run begins.
    pub fn pause(&mut self, ms: u32, power: f32) {
        if let Some(beat) = self.last() {
            let quiet = power <= PAUSE * beat.burst.power;
            beat.complete = beat.pause_ms == 0 && ms >= SHORTEST_MS && quiet;
            beat.pause_ms = ms;
        }
    }

    /// Other sound: what was before it and what comes after are no row.
    pub fn interrupt(&mut self) {
        if let Some(beat) = self.last() {
            beat.complete = false;
            beat.pause_ms = u32::MAX;
        }
    }

    fn last(&mut self) -> Option<&mut Beat> {
        self.beats[..self.len].last_mut()?.as_mut()
    }

    fn beat(&self, n: usize) -> Option<&Beat> {
        self.beats[..self.len].get(n)?.as_ref()
    }

    /// The rhythm that lasted longest, of one to three bursts a cycle.
    pub fn learned(&self) -> Result<LearnedTone, LearnError> {
        if self.len == 0 {
            return Err(LearnError::Silence);
        }
        let mut best = Stretch::default();
        for bursts in 1..=MAX_SEGMENTS / 2 {
            let stretch = self.longest(bursts);
            // Of a rhythm of one burst every second burst is a rhythm, too: the simple one stands.
            if stretch.beats > best.beats + bursts {
                best = stretch;
            }
        }
        let cycles = best.cycles();
        let bursts = self.len as u16;
        if cycles < 2 {
            return Err(LearnError::Irregular { bursts });
        }
        if cycles < CYCLES {
            let heard = cycles as u16;
            return Err(LearnError::TooFewCycles { heard });
        }
        self.tone(best)
    }

    /// The longest stretch in which each beat is like the one `bursts` before it.
    fn longest(&self, bursts: usize) -> Stretch {
        let mut best = Stretch::default();
        let (mut first, mut unbroken) = (0, 0);
        for n in 0..self.len {
            if n >= first + bursts && !self.alike(n - bursts, n) {
                first = n + 1 - bursts;
            }
            if !self.beat(n).is_some_and(|beat| beat.complete) {
                unbroken = n + 1;
            }
            first = first.max(unbroken);
            let beats = n + 1 - first;
            if beats > best.beats {
                best = Stretch {
                    first,
                    beats,
                    bursts,
                };
            }
        }
        best
    }

    fn alike(&self, a: usize, b: usize) -> bool {
        let (Some(a), Some(b)) = (self.beat(a), self.beat(b)) else {
            return false;
        };
        let (p, q) = (a.burst, b.burst);
        let freqs = p.freqs_hz.iter().zip(q.freqs_hz);
        near(p.ms, q.ms)
            && near(a.pause_ms, b.pause_ms)
            && p.freqs == q.freqs
            && freqs
                .into_iter()
                .all(|(x, y)| (x - y).abs() <= FREQUENCY * y)
            && p.power < POWER * q.power
            && q.power < POWER * p.power
    }

    /// The means of a stretch, from the burst behind its longest pause on.
    fn tone(&self, stretch: Stretch) -> Result<LearnedTone, LearnError> {
        let bursts = stretch.bursts;
        let (mut on, mut off) = ([0u32; MAX_SEGMENTS / 2], [0u32; MAX_SEGMENTS / 2]);
        let (mut freqs_hz, mut power, mut freqs) = ([0.0; MAX_FREQS], 0.0, 0);
        let (mut shortest, mut longest) = (u32::MAX, 0);
        let cycles = stretch.cycles();
        let beats = cycles * bursts;
        // The last cycles: the first burst may lie under a word.
        let first = stretch.first + stretch.beats - beats;
        for n in 0..beats {
            let Some(beat) = self.beat(first + n) else {
                continue;
            };
            on[n % bursts] += beat.burst.ms;
            off[n % bursts] += beat.pause_ms;
            for (mean, hz) in freqs_hz.iter_mut().zip(beat.burst.freqs_hz) {
                *mean += hz / beats as f32;
            }
            power += beat.burst.power / beats as f32;
            freqs = beat.burst.freqs;
            if n % bursts == 0 {
                let cycle = self.cycle_ms(first + n, bursts);
                shortest = shortest.min(cycle);
                longest = longest.max(cycle);
            }
        }
        let count = cycles as u32;
        let mean = |sum: u32| ((sum + count / 2) / count) as u16;
        let cycle_ms = (0..bursts).map(|n| (on[n] + off[n]) / count).sum();
        if cycle_ms >= RINGING_MS {
            return Err(LearnError::Ringing { cycle_ms });
        }
        let last = (0..bursts).max_by_key(|&n| off[n]).unwrap_or(0);
        let mut cadence_ms = [0; MAX_SEGMENTS];
        for n in 0..bursts {
            let from = (last + 1 + n) % bursts;
            cadence_ms[2 * n] = mean(on[from]);
            cadence_ms[2 * n + 1] = mean(off[from]);
        }
        let uneven = (longest - shortest) as f32 / cycle_ms.max(1) as f32;
        Ok(LearnedTone {
            freqs_hz,
            freqs,
            cadence_ms,
            segments: 2 * bursts,
            level_dbm0: Some(dbm0_of_power(power)),
            cycles: cycles as u16,
            confidence: (cycles as f32 / SURE_CYCLES).min(1.0) * (1.0 - 5.0 * uneven).max(0.1),
        })
    }

    fn cycle_ms(&self, from: usize, bursts: usize) -> u32 {
        let beats = (from..from + bursts).filter_map(|n| self.beat(n));
        beats.map(|beat| beat.burst.ms + beat.pause_ms).sum()
    }
}

/// Beats in a row that repeat themselves after `bursts`.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    first: usize,
    beats: usize,
    bursts: usize,
}

impl Stretch {
    /// Full cycles: one that nothing repeats is none.
    fn cycles(&self) -> usize {
        match self.bursts {
            0 => 0,
            bursts if self.beats >= 2 * bursts => self.beats / bursts,
            _ => 0,
        }
    }
}

fn near(a: u32, b: u32) -> bool {
    a.abs_diff(b) <= a.max(b) / 100 * TIME_PERCENT + TIME_MS
}
