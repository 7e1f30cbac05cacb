//! Reads octets out of the amplitudes of mark and space.
//!
//! The start bit gives a first guess of where an octet lies; the guess that makes all ten bits clearest, its start a space and its
//! stop a mark, wins. From octet to octet a loop follows the sender's clock.

use super::doubt::Doubt;
use crate::caller_id::CidError;
use crate::caller_id::message::{MAX_MESSAGE, message_type};
use telephony::FRAME_SAMPLES;

/// Samples of one bit at 1200 bit/s.
const BIT: f32 = 20.0 / 3.0;
/// How far the sender's clock may be off: GR-30-CORE §2.2 and EN 300 659-1 §6.1.1 allow 1 %.
const CLOCK: f32 = 0.03;
/// Start, eight data, stop.
const OCTET_BITS: usize = 10;
/// Amplitudes remembered.
const HISTORY: usize = 200;
/// While no edge is found the search goes on from here.
const OVERLAP: usize = HISTORY - 6;
/// Samples that an octet's decision looks at from its first guess on.
const OCTET: usize = 76;
/// Samples before it that the decision looks at too.
const BEFORE: usize = 8;
/// Bits of mark between two octets at most: GR-30-CORE §2.4 allows 10 stuffed, some exchanges send more.
const MAX_STUFF_BITS: f32 = 25.0;
/// Guesses are this far apart, in samples.
const GUESS: f32 = 0.75;
/// Guesses on each side.
const GUESSES: i32 = 3;
/// Octets after which the sender's clock is known.
const SETTLED: usize = 5;
/// What a guess one sample from the first costs, in bits' worth of likelihood: next to nothing while the clock is not known, and
/// enough where an edge or the clock shows the place to hold it against noise.
const DOUBT_EDGE: f32 = 0.1;
const DOUBT_UNSETTLED: f32 = 0.03;
const DOUBT_SETTLED: f32 = 0.08;
/// How much of an octet's lateness is laid to each bit of the clock: the n-th octet's CLOCK_FINE + CLOCK_COARSE / n^2, as a Kalman
/// filter would that does not know the clock at first.
const CLOCK_FINE: f32 = 0.01;
const CLOCK_COARSE: f32 = 0.03;
/// How much of what an octet says of the amplitudes is believed.
const LEVEL_GAIN: f32 = 0.2;
/// Farthest the tones' amplitudes may lie apart (14 dB).
const MAX_TWIST: f32 = 5.0;
/// An octet's tones are at least this strong, on average, against those before: less is another signal.
const PRESENT: f32 = 0.4;
/// Another reading of the message whose checksum is right too must be less likely than this one by e to this power.
const MIN_MARGIN: f32 = 11.0;

/// Where the reader is. Positions are indices of the remembered amplitudes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Nothing to read.
    Idle,
    /// On the mark before a message; what lies before `from` holds no start bit.
    Mark { from: usize },
    /// Inside a message: the next octet begins at `at` unless bits are stuffed.
    Due { at: f32 },
    /// Inside a message, on stuffed bits; `left` samples until it is given up.
    Stuffed { from: usize, left: f32 },
}

/// One octet as it was read.
struct Octet {
    /// Where its start bit begins.
    start: f32,
    /// Log-likelihood of mark against space for each bit, times the noise power.
    soft: [f32; OCTET_BITS],
    /// Amplitude of the tone each bit was taken for.
    amplitudes: [f32; OCTET_BITS],
}

/// The octet reader.
#[derive(Clone, Debug)]
pub struct Reader {
    marks: [f32; HISTORY],
    spaces: [f32; HISTORY],
    mark_level: f32,
    space_level: f32,
    state: State,
    /// Samples of a bit by the sender's clock.
    bit: f32,
    doubt: Doubt,
    octets: [u8; MAX_MESSAGE],
    len: usize,
}

impl Reader {
    pub fn new() -> Self {
        Reader {
            marks: [0.0; HISTORY],
            spaces: [0.0; HISTORY],
            mark_level: 0.0,
            space_level: 0.0,
            state: State::Idle,
            bit: BIT,
            doubt: Doubt::new(),
            octets: [0; MAX_MESSAGE],
            len: 0,
        }
    }

    /// A mark is on the line: the next amplitudes belong to it.
    pub fn begin(&mut self) {
        self.state = State::Mark { from: HISTORY };
        self.mark_level = 0.0;
        self.len = 0;
    }

    /// Whether there is nothing to read.
    pub fn idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Whether a message has begun.
    pub fn reading(&self) -> bool {
        matches!(self.state, State::Due { .. } | State::Stuffed { .. })
    }

    /// Whether all that was heard since [`Self::begin`] is mark.
    pub fn at_mark(&self) -> bool {
        matches!(self.state, State::Mark { from } if from >= OVERLAP)
    }

    /// The octets read so far.
    pub fn octets(&self) -> &[u8] {
        &self.octets[..self.len]
    }

    /// Takes the amplitudes of 10 ms.
    pub fn push(&mut self, marks: &[f32; FRAME_SAMPLES], spaces: &[f32; FRAME_SAMPLES]) {
        for (kept, new) in [(&mut self.marks, marks), (&mut self.spaces, spaces)] {
            kept.copy_within(FRAME_SAMPLES.., 0);
            kept[HISTORY - FRAME_SAMPLES..].copy_from_slice(new);
        }
        match &mut self.state {
            State::Idle => {}
            State::Mark { from } | State::Stuffed { from, .. } => {
                *from = from.saturating_sub(FRAME_SAMPLES);
            }
            State::Due { at } => *at -= FRAME_SAMPLES as f32,
        }
    }

    /// Reads what the amplitudes so far allow; tells the end of a message.
    pub fn read(&mut self) -> Option<Result<(), CidError>> {
        loop {
            let octet = match self.state {
                State::Idle => return None,
                State::Mark { from } => self.first(from)?,
                State::Due { at } => match self.due(at) {
                    Ok(octet) => octet?,
                    Err(from) => {
                        let left = MAX_STUFF_BITS * BIT;
                        self.state = State::Stuffed { from, left };
                        continue;
                    }
                },
                State::Stuffed { from, left } => match self.stuffed(from, left) {
                    Ok(octet) => octet?,
                    Err(error) => return self.abandon(error),
                },
            };
            if octet.soft[OCTET_BITS - 1] <= 0.0 || !self.present(&octet) {
                return self.abandon(self.cut_short());
            }
            self.take(&octet);
            if self.len == self.expected() {
                self.state = State::Idle;
                return Some(self.judge());
            }
        }
    }

    /// The octet that ends the mark, once it is whole.
    fn first(&mut self, mut from: usize) -> Option<Octet> {
        if self.mark_level == 0.0 {
            self.mark_level = self.mark_over(HISTORY - FRAME_SAMPLES);
            self.space_level = self.mark_level;
        }
        while let Some(edge) = self.falling(from) {
            let at = edge as usize;
            self.state = State::Mark { from: at };
            if at + OCTET > HISTORY {
                return None;
            }
            // The space's level is not known yet; the start bit shows it.
            let start = &self.spaces[at..at + BIT as usize];
            let strongest = start.iter().fold(0.0f32, |most, &s| most.max(s));
            self.space_level =
                strongest.clamp(self.mark_level / MAX_TWIST, self.mark_level * MAX_TWIST);
            // Where noise has moved the place, the edge itself may still be right.
            let places = [self.octet(edge, DOUBT_EDGE), self.sample(edge)];
            if let Some(octet) = places.into_iter().find(|octet| self.begins(octet)) {
                self.doubt = Doubt::new();
                self.bit = BIT;
                self.len = 0;
                return Some(octet);
            }
            self.space_level = self.mark_level;
            from = at + 2;
        }
        let newest = self.mark_over(HISTORY - FRAME_SAMPLES / 2);
        if newest < PRESENT * self.mark_level {
            self.state = State::Idle;
            return None;
        }
        self.mark_level = newest;
        self.space_level = newest;
        // A new level may turn the sign of the last samples: they are looked at again.
        self.state = State::Mark { from: OVERLAP };
        None
    }

    /// Whether it is one that a message begins with.
    fn begins(&self, octet: &Octet) -> bool {
        octet.soft[0] < 0.0
            && octet.soft[OCTET_BITS - 1] > 0.0
            && message_type::KNOWN.contains(&octet.value())
            && self.present(octet)
    }

    /// Mean amplitude of mark over half a frame.
    fn mark_over(&self, from: usize) -> f32 {
        let marks = &self.marks[from..from + FRAME_SAMPLES / 2];
        marks.iter().sum::<f32>() / marks.len() as f32
    }

    /// The octet that begins at `at`, once it is whole; where to look for its start bit when there is mark instead.
    fn due(&mut self, at: f32) -> Result<Option<Octet>, usize> {
        if at as usize + OCTET > HISTORY {
            return Ok(None);
        }
        let middle = at + 0.5 * self.bit;
        if self.soft(middle) > 0.0 {
            return Err(middle as usize);
        }
        let doubt = if self.len < SETTLED {
            DOUBT_UNSETTLED
        } else {
            DOUBT_SETTLED
        };
        let octet = self.octet(at, doubt);
        let n = self.len.max(1) as f32;
        let clock = self.bit + (CLOCK_FINE + CLOCK_COARSE / (n * n)) * (octet.start - at);
        self.bit = clock.clamp(BIT * (1.0 - CLOCK), BIT * (1.0 + CLOCK));
        Ok(Some(octet))
    }

    /// The octet behind stuffed bits, once it is whole.
    fn stuffed(&mut self, mut from: usize, left: f32) -> Result<Option<Octet>, CidError> {
        while let Some(edge) = self.falling(from) {
            let at = edge as usize;
            if at + OCTET > HISTORY {
                self.state = State::Stuffed { from: at, left };
                return Ok(None);
            }
            let octet = self.octet(edge, DOUBT_EDGE);
            if octet.soft[0] < 0.0 {
                return Ok(Some(octet));
            }
            from = at + 2;
        }
        let mark = self.mark_over(HISTORY - FRAME_SAMPLES / 2);
        let left = left - HISTORY.saturating_sub(from) as f32;
        if left < 0.0 || mark < PRESENT * self.mark_level {
            return Err(self.cut_short());
        }
        self.state = State::Stuffed {
            from: HISTORY,
            left,
        };
        Ok(None)
    }

    /// The next falling edge from the sample `from` on: its place between the samples.
    fn falling(&self, from: usize) -> Option<f32> {
        let from = from.max(4);
        let mut before = self.soft_at(from - 1);
        for at in from..HISTORY {
            let now = self.soft_at(at);
            if before > 0.0 && now <= 0.0 {
                return Some(at as f32 - now / (now - before));
            }
            before = now;
        }
        None
    }

    /// Log-likelihood of mark against space around a sample, times the noise power: for a tone of known amplitude A and unknown
    /// phase, A |filtered| - A^2 / 2 while the noise is weaker than the tone.
    #[inline]
    fn soft_at(&self, at: usize) -> f32 {
        self.mark_level * (self.marks[at] - 0.5 * self.mark_level)
            - self.space_level * (self.spaces[at] - 0.5 * self.space_level)
    }

    /// [`Self::soft_at`] between samples.
    fn soft(&self, at: f32) -> f32 {
        let n = at as usize;
        let (before, behind) = (self.soft_at(n), self.soft_at(n + 1));
        before + (at - n as f32) * (behind - before)
    }

    /// The octet around the first guess `at` of its start.
    fn octet(&self, at: f32, doubt: f32) -> Octet {
        let base = (at as usize).saturating_sub(BEFORE);
        let soft: [f32; BEFORE + OCTET] = core::array::from_fn(|n| self.soft_at(base + n));
        let first = at - base as f32 + 0.5 * self.bit;
        let power = self.mark_level * self.mark_level + self.space_level * self.space_level;
        let doubt = 0.5 * power * doubt * GUESS * GUESS;
        let score = |guess: i32| {
            let mut place = first + guess as f32 * GUESS;
            // The mark before the start bit tells as much of its place as the bit itself.
            let mut sum = between(&soft, place - self.bit) - between(&soft, place);
            for _ in 1..OCTET_BITS - 1 {
                place += self.bit;
                sum += between(&soft, place).abs();
            }
            sum + between(&soft, place + self.bit) - doubt * (guess * guess) as f32
        };
        let mut scores = [f32::MIN; 2 * GUESSES as usize + 1];
        let mut best = 0;
        for (n, guess) in (-GUESSES..=GUESSES).enumerate() {
            scores[n] = score(guess);
            if scores[n] > scores[best] {
                best = n;
            }
        }
        let mut late = (best as i32 - GUESSES) as f32;
        if best > 0 && best < 2 * GUESSES as usize {
            let (l, c, r) = (scores[best - 1], scores[best], scores[best + 1]);
            let bend = l - 2.0 * c + r;
            if bend < 0.0 {
                late += 0.5 * (l - r) / bend;
            }
        }
        self.sample(at + late * GUESS)
    }

    /// The bits of the octet that begins at `start`.
    fn sample(&self, start: f32) -> Octet {
        let mut octet = Octet {
            start,
            soft: [0.0; OCTET_BITS],
            amplitudes: [0.0; OCTET_BITS],
        };
        for bit in 0..OCTET_BITS {
            let at = start + (bit as f32 + 0.5) * self.bit;
            let (mark, space) = (between(&self.marks, at), between(&self.spaces, at));
            let soft = self.mark_level * (mark - 0.5 * self.mark_level)
                - self.space_level * (space - 0.5 * self.space_level);
            octet.soft[bit] = soft;
            octet.amplitudes[bit] = if soft > 0.0 { mark } else { space };
        }
        octet
    }

    /// Whether the tones are about as strong as they were.
    fn present(&self, octet: &Octet) -> bool {
        let (mut heard, mut expected) = (0.0, 0.0);
        for (soft, amplitude) in octet.soft.iter().zip(octet.amplitudes) {
            heard += amplitude;
            expected += self.level_of(*soft);
        }
        heard > PRESENT * expected && PRESENT * heard < expected
    }

    fn level_of(&self, soft: f32) -> f32 {
        if soft > 0.0 {
            self.mark_level
        } else {
            self.space_level
        }
    }

    /// Appends an octet and learns from it.
    fn take(&mut self, octet: &Octet) {
        let (mut marks, mut spaces) = ((0.0, 0.0), (0.0, 0.0));
        for (soft, amplitude) in octet.soft.iter().zip(octet.amplitudes) {
            let tone = if *soft > 0.0 { &mut marks } else { &mut spaces };
            *tone = (tone.0 + amplitude, tone.1 + 1.0);
        }
        for (level, (sum, count)) in [
            (&mut self.mark_level, marks),
            (&mut self.space_level, spaces),
        ] {
            *level += LEVEL_GAIN * (sum / count - *level);
        }
        for (soft, amplitude) in octet.soft.iter().zip(octet.amplitudes) {
            self.doubt.noise(amplitude - self.level_of(*soft));
        }
        for (place, soft) in octet.soft[1..9].iter().enumerate() {
            self.doubt.bit(place, soft.abs());
        }
        self.octets[self.len] = octet.value();
        self.len += 1;
        self.state = State::Due {
            at: octet.start + OCTET_BITS as f32 * self.bit,
        };
    }

    /// Whether the octets that arrived can be believed. Their checksum is for the message's reader to judge.
    fn judge(&self) -> Result<(), CidError> {
        let sum = self
            .octets()
            .iter()
            .fold(0u8, |sum, b| sum.wrapping_add(*b));
        let clear = self.doubt.margin(self.mark_level.min(self.space_level)) > MIN_MARGIN;
        if sum == 0 && !clear {
            return Err(CidError::Doubtful);
        }
        Ok(())
    }

    /// Octets of the message being read, as far as its length is known.
    fn expected(&self) -> usize {
        if self.len < 2 {
            3
        } else {
            usize::from(self.octets[1]) + 3
        }
    }

    fn cut_short(&self) -> CidError {
        CidError::CutShort {
            got: self.len as u16,
            expected: self.expected() as u16,
        }
    }

    /// Gives the message up. Type and length alone are as likely noise as a message: not told.
    fn abandon(&mut self, error: CidError) -> Option<Result<(), CidError>> {
        self.state = State::Idle;
        (self.len > 2).then_some(Err(error))
    }
}

impl Octet {
    fn value(&self) -> u8 {
        let bits = self.soft[1..9].iter();
        bits.fold(0, |value, &soft| value >> 1 | u8::from(soft > 0.0) << 7)
    }
}

/// The value at `at` on the straight line between two neighbours.
#[inline]
fn between(values: &[f32], at: f32) -> f32 {
    let n = at as i32;
    let part = at - n as f32;
    let n = n as usize;
    match values.get(n..n + 2) {
        Some(pair) => pair[0] + part * (pair[1] - pair[0]),
        None => 0.0,
    }
}
