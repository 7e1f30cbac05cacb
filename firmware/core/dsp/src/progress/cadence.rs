//! A tone's cadence, and whether the last runs of a line are that cadence.

use super::runs::{Kind, RUNS, Run, Runs};
use super::sounds::Sounds;
use crate::tone::ToneSpec;

/// Most segments of a cadence, pauses counted.
pub(super) const MAX_SEGMENTS: usize = 14;
/// A segment may be so much longer or shorter than the plan says: E.180 Supplement 2 lists cadences of +-10 %, and edges are
/// measured to a few milliseconds.
const TOLERANCE_PERCENT: u32 = 12;
const TOLERANCE_MS: u32 = 12;
/// An exchange repeats itself: cycles are as long as each other within 3 % and this.
const EQUAL_PERCENT: u32 = 3;
const EQUAL_MS: u32 = 12;
/// The last word before the first burst may count as part of it.
const JOINED_MS: u32 = 80;
/// Bursts are as loud as each other, within 3 dB.
const EQUAL_POWER: f32 = 2.0;
/// Pauses are this much (9 dB) quieter than the bursts.
pub(super) const PAUSE: f32 = 0.126;

/// The cadence of one tone listened for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cadence {
    segments: [(Kind, u32); MAX_SEGMENTS],
    len: usize,
    /// Full cycles before it is told.
    cycles: usize,
    /// Mean power of a burst that is accepted, lowest and highest.
    pub power: (f32, f32),
}

impl Cadence {
    /// That of nothing.
    pub const NONE: Cadence = Cadence {
        segments: [(Kind::Pause, 0); MAX_SEGMENTS],
        len: 0,
        cycles: 0,
        power: (0.0, f32::MAX),
    };

    /// Of what `spec` repeats, its sounds added to `sounds`. `None` when it repeats nothing, or more than fits.
    pub fn new(spec: &ToneSpec, cycles: usize, sounds: &mut Sounds) -> Option<Self> {
        let segments = spec
            .cycle
            .iter()
            .map(|segment| (segment.freqs_hz, u32::from(segment.ms)));
        Self::of(segments, cycles, sounds)
    }

    /// Of segments: frequencies (none for a pause) and milliseconds. Neighbours of the same sound are one segment.
    pub fn of<'a>(
        segments: impl Iterator<Item = (&'a [f32], u32)>,
        cycles: usize,
        sounds: &mut Sounds,
    ) -> Option<Self> {
        let mut cadence = Cadence {
            cycles,
            ..Cadence::NONE
        };
        for (freqs_hz, ms) in segments {
            let kind = if freqs_hz.is_empty() {
                Kind::Pause
            } else {
                Kind::Tone(sounds.learn(freqs_hz)?)
            };
            match cadence.segments[..cadence.len].last_mut() {
                Some(last) if last.0 == kind => last.1 += ms,
                _ => {
                    *cadence.segments.get_mut(cadence.len)? = (kind, ms);
                    cadence.len += 1;
                }
            }
        }
        let sounding = cadence.segments().iter().any(|s| s.0 != Kind::Pause);
        cadence.cycles = cycles.min(RUNS / cadence.len.max(1));
        (sounding && cadence.cycles > 0).then_some(cadence)
    }

    fn segments(&self) -> &[(Kind, u32)] {
        &self.segments[..self.len]
    }

    /// Whether it is one sound without end.
    pub fn is_continuous(&self) -> bool {
        self.len == 1
    }

    /// The first sound of the cycle.
    pub fn sound(&self) -> Kind {
        let first = self.segments().iter().find(|s| s.0 != Kind::Pause);
        first.map_or(Kind::Other, |s| s.0)
    }

    /// The bursts of a cycle: each one's sound and its length in milliseconds.
    pub fn bursts(&self) -> impl Iterator<Item = (Kind, u32)> {
        let bursts = self.segments().iter().filter(|s| s.0 != Kind::Pause);
        bursts.copied()
    }

    /// One cycle.
    pub fn cycle_ms(&self) -> u32 {
        self.segments().iter().map(|s| s.1).sum()
    }

    /// The cycles after which it is told.
    pub fn told_ms(&self) -> u32 {
        self.cycle_ms() * self.cycles as u32
    }

    /// The longest pause, as long as it may be heard.
    pub fn pause_ms(&self) -> u32 {
        let pauses = self.segments().iter().filter(|s| s.0 == Kind::Pause);
        pauses.map(|s| longest_ms(s.1)).max().unwrap_or(0)
    }

    /// If the last complete runs are enough equal cycles, ending with the pause before the burst that begins now: the first
    /// sample of them.
    pub fn matches(&self, runs: &Runs) -> Option<u64> {
        self.repeats(runs, self.cycles)
    }

    /// The same for one cycle.
    pub fn goes_on(&self, runs: &Runs) -> bool {
        self.repeats(runs, 1).is_some()
    }

    /// If the last complete runs are `cycles` equal cycles, ending with the pause before the burst that begins now: the first
    /// sample of them.
    fn repeats(&self, runs: &Runs, cycles: usize) -> Option<u64> {
        if self.len < 2 || self.len * cycles > RUNS {
            return None;
        }
        // A cadence of several bursts may be met in the middle: every rotation that ends with a pause will do.
        let fits = |first: &usize| {
            let segments = self.segments().iter().cycle().skip(*first);
            self.segments[*first].0 != Kind::Pause
                && self.segments[(*first + self.len - 1) % self.len].0 == Kind::Pause
                && runs.last(self.len * cycles).zip(segments).enumerate().all(
                    |(n, (run, segment))| {
                        self.fits(run, segment) || n == 0 && cycles > 1 && self.joins(run, segment)
                    },
                )
        };
        if !(0..self.len).any(|first| fits(&first)) || !self.regular(runs, cycles) {
            return None;
        }
        runs.last(self.len * cycles).next().map(|(run, _)| run.from)
    }

    /// If the last runs are the bursts of one cycle, the long pause excepted (ringing tone, before its pause is over): their
    /// first sample.
    pub fn bursts_match(&self, runs: &Runs) -> Option<u64> {
        let (_, bursts) = self.segments().split_last()?;
        let fit = runs
            .last(bursts.len())
            .zip(bursts)
            .all(|(run, segment)| self.fits(run, segment));
        let first = runs.last(bursts.len()).next().map(|(run, _)| run.from);
        first.filter(|_| fit && !bursts.is_empty())
    }

    fn fits(&self, (run, ms): (&Run, u32), &(kind, nominal): &(Kind, u32)) -> bool {
        run.is(kind)
            && (shortest_ms(nominal)..=longest_ms(nominal)).contains(&ms)
            && (kind == Kind::Pause || run.is_steady() && self.is_loud_enough(run))
    }

    fn is_loud_enough(&self, run: &Run) -> bool {
        (self.power.0..=self.power.1).contains(&run.power)
    }

    /// Whether the first burst is of this sound. Its beginning may be missing, as the call is put on the tone at any time, or
    /// lie under the last word: two thirds may be.
    fn joins(&self, (run, ms): (&Run, u32), &(kind, nominal): &(Kind, u32)) -> bool {
        run.is(kind)
            && (nominal / 3..=longest_ms(nominal) + JOINED_MS).contains(&ms)
            && self.is_loud_enough(run)
    }

    /// Whether cycles are as long as each other, bursts as loud, and pauses quiet.
    fn regular(&self, runs: &Runs, cycles: usize) -> bool {
        let mut lengths = [0u32; RUNS];
        let (mut low, mut high, mut pause) = (f32::MAX, 0.0f32, 0.0f32);
        for (n, (run, ms)) in runs.last(self.len * cycles).enumerate() {
            lengths[n / self.len] += ms;
            if n == 0 && cycles > 1 {
                continue;
            }
            if run.kind == Kind::Pause {
                pause = pause.max(run.power);
            } else {
                low = low.min(run.power);
                high = high.max(run.power);
            }
        }
        // The first burst may have been joined late.
        let lengths = &lengths[usize::from(cycles > 1)..cycles];
        let longest = lengths.iter().max().copied().unwrap_or(0);
        let shortest = lengths.iter().min().copied().unwrap_or(0);
        longest - shortest <= longest * EQUAL_PERCENT / 100 + EQUAL_MS
            && high <= EQUAL_POWER * low
            && pause <= PAUSE * low
    }
}

pub(super) fn shortest_ms(nominal: u32) -> u32 {
    (nominal - nominal * TOLERANCE_PERCENT / 100).saturating_sub(TOLERANCE_MS)
}

pub(super) fn longest_ms(nominal: u32) -> u32 {
    nominal + nominal * TOLERANCE_PERCENT / 100 + TOLERANCE_MS
}
