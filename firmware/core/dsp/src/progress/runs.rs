//! The line as a row of runs: a tone, a pause or other sound, each with the times of its edges.
//!
//! The window is 64 ms long, but its power passes half of the tone's when an edge is at its centre: between frames the
//! crossing is interpolated, which puts edges within 3 ms at 15 dB of signal to noise.

use super::sounds::{Found, MAX_SOUNDS, Set};
use crate::level::power_of_dbm0;
use crate::spectrum::WINDOW;
use telephony::FRAME_SAMPLES;

/// Runs remembered: three cycles of the longest cadence (ten segments) and one more.
pub(super) const RUNS: usize = 32;
/// Below this nothing is heard: E.180 tones arrive with -4 to -33 dBm0 a sine.
const FLOOR_DBM0: f32 = -45.0;
/// A tone is taken after this many frames; other sound after more, because an edge looks like it.
const TONE_FRAMES: u32 = 3;
const PAUSE_FRAMES: u32 = 2;
const OTHER_FRAMES: u32 = 5;
/// A tone that becomes another one within so many frames was that from its beginning: at its edge a pair that beats may look
/// like one sine.
const EDGE_FRAMES: u32 = 8;
/// Powers remembered: an edge lies this many frames back at most when a tone's level is known.
const HISTORY: usize = 16;
/// A tone's level is known this many frames after it was taken.
const LEVEL_FRAMES: u32 = 4;
/// The level of the last burst divides pauses from bursts for so long: longer than the pause of any ringing tone.
const MEMORY_FRAMES: u32 = 800;
/// A tone so much weaker than the last (20 dB) is its remainder in a pause, for a second.
const REMAINDER: f32 = 0.01;
const REMAINDER_FRAMES: u32 = 100;
/// Other sound is not 13 dB weaker than the last tone, and this much (6 dB) above the noise of the line, which is taken to be
/// -55 dBm0 at least: muting is no measure of it.
const FAINT: f32 = 0.05;
const LEAST_NOISE_DBM0: f32 = -55.0;
const ABOVE_NOISE: f32 = 4.0;
/// The noise estimate rises 3 dB in a second.
const NOISE_RISE: f32 = 1.007;
/// Of a tone's frames, so many quarters must fit a sound: edges fit others.
const FITTING_QUARTERS: u32 = 3;
/// Highest to lowest power within a burst of a tone: 413 and 438 Hz beat by 3.2 dB under the window.
const STEADY: f32 = 2.5;
/// The same of a tone that does not beat, and the least share of the power that it has, to be told by its sound alone: a note
/// of music fades, and overtones go with it.
const STEADIER: f32 = 1.6;
const PURE: f32 = 0.87;

/// What a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Silence, or noise well below the last tone.
    Pause,
    /// The sound of this index, and maybe others: see [`Run::sounds`].
    Tone(u8),
    /// Anything else.
    Other,
}

/// A stretch of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub kind: Kind,
    /// The sounds that nearly all frames of a tone fit.
    pub sounds: Set,
    /// First sample, counted from the beginning.
    pub from: u64,
    /// Mean power of a tone inside its edges; highest of a pause's.
    pub power: f32,
    /// Lowest and highest power inside a tone's edges.
    low: f32,
    high: f32,
    /// Frames since it was taken, and those that count in `power`.
    frames: u32,
    counted: u32,
    /// Sum of the tone's share of the power in the frames counted.
    shares: f32,
}

impl Run {
    const fn new(kind: Kind, from: u64) -> Self {
        Run {
            kind,
            sounds: 0,
            from,
            power: 0.0,
            low: f32::MAX,
            high: 0.0,
            frames: 0,
            counted: 0,
            shares: 0.0,
        }
    }

    /// Whether it is of this kind, or fits this sound as well.
    pub fn is(&self, kind: Kind) -> bool {
        match (self.kind, kind) {
            (Kind::Tone(_), Kind::Tone(index)) => self.sounds & 1 << index != 0,
            (a, b) => a == b,
        }
    }

    /// Whether its level is that of a tone: constant.
    pub fn is_steady(&self) -> bool {
        self.high <= STEADY * self.low
    }

    /// Whether it is a tone beyond doubt, and not a note of music. `beats`: a close pair, whose level changes.
    pub fn is_pure(&self, beats: bool) -> bool {
        let steady = if beats { STEADY } else { STEADIER };
        self.high <= steady * self.low && self.shares >= PURE * self.counted as f32
    }

    fn count(&mut self, power: f32, share: f32) {
        self.counted += 1;
        self.shares += share;
        self.power += (power - self.power) / self.counted as f32;
        self.low = self.low.min(power);
        self.high = self.high.max(power);
    }
}

/// What happened in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The run goes on.
    Same,
    /// The run before is complete.
    Changed,
}

/// The last runs of a line.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    /// Complete runs, oldest first.
    done: [Run; RUNS],
    now: Run,
    /// Frames of the tone that sounds now, and how many of them fit each sound.
    tone_frames: u32,
    fitting: [u32; MAX_SOUNDS],
    pending: (Kind, u32),
    history: [f32; HISTORY],
    /// Level of the last burst, and frames since it.
    burst: f32,
    since_burst: u32,
    noise: f32,
    least_noise: f32,
    floor: f32,
    /// Samples heard.
    heard: u64,
}

impl Runs {
    pub fn new() -> Self {
        Runs {
            done: [Run::new(Kind::Pause, 0); RUNS],
            now: Run::new(Kind::Pause, 0),
            tone_frames: 0,
            fitting: [0; MAX_SOUNDS],
            pending: (Kind::Pause, 0),
            history: [0.0; HISTORY],
            burst: 0.0,
            since_burst: 0,
            noise: f32::MAX,
            least_noise: power_of_dbm0(LEAST_NOISE_DBM0),
            floor: power_of_dbm0(FLOOR_DBM0),
            heard: 0,
        }
    }

    /// The run that goes on.
    pub fn now(&self) -> &Run {
        &self.now
    }

    /// What the last frame was.
    pub fn frame(&self) -> Kind {
        self.pending.0
    }

    /// Samples heard so far.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// How long the run that goes on has lasted, in milliseconds, up to the centre of the window.
    pub fn now_ms(&self) -> u32 {
        ms(self.centre().saturating_sub(self.now.from))
    }

    /// The last `count` complete runs, oldest first, each with its length in milliseconds.
    pub fn last(&self, count: usize) -> impl Iterator<Item = (&Run, u32)> {
        let runs = &self.done[RUNS - count.min(RUNS)..];
        let ends = runs[1..].iter().map(|run| run.from).chain([self.now.from]);
        runs.iter()
            .zip(ends)
            .map(|(run, end)| (run, ms(end.saturating_sub(run.from))))
    }

    /// What was heard so far belongs to no cadence.
    pub fn interrupt(&mut self) {
        self.change(Run::new(Kind::Other, self.centre()));
    }

    /// Takes the next 10 ms: the sound heard, if any, and the power of the voice band.
    pub fn push(&mut self, found: Option<Found>, power: f32) -> Step {
        self.heard += FRAME_SAMPLES as u64;
        self.history.rotate_left(1);
        self.history[HISTORY - 1] = power;
        self.noise = (self.noise * NOISE_RISE).min(power.max(self.least_noise));
        self.since_burst = self.since_burst.saturating_add(1);
        if self.since_burst > MEMORY_FRAMES {
            self.burst = 0.0;
        }
        let mut kind = self.kind_of(found, power);
        for before in [self.pending.0, self.now.kind] {
            if let (Kind::Tone(_), Kind::Tone(index), Some(found)) = (kind, before, found)
                && found.fitting & 1 << index != 0
            {
                // Between two sounds that both fit there is no edge.
                kind = before;
            }
        }
        self.pending = if kind == self.pending.0 {
            (kind, self.pending.1 + 1)
        } else {
            (kind, 1)
        };
        if kind == self.now.kind {
            self.goes_on(power, found);
            return Step::Same;
        }
        match kind {
            Kind::Tone(_)
                if self.pending.1 >= TONE_FRAMES
                    && matches!(self.now.kind, Kind::Tone(_))
                    && self.now.frames < EDGE_FRAMES =>
            {
                self.now.kind = kind;
                self.tone_frames = 0;
                self.fitting = [0; MAX_SOUNDS];
                self.now.frames += 1;
                Step::Same
            }
            Kind::Tone(_) if self.pending.1 >= TONE_FRAMES => {
                let level = if self.burst > 0.0 { self.burst } else { power };
                let run = Run::new(kind, self.rise(level.min(power), TONE_FRAMES));
                self.change(run);
                Step::Changed
            }
            Kind::Pause if self.pending.1 >= PAUSE_FRAMES => {
                self.settle();
                let run = Run::new(kind, self.fall());
                self.change(run);
                Step::Changed
            }
            Kind::Other if self.pending.1 >= OTHER_FRAMES => {
                let back = u64::from(OTHER_FRAMES) * FRAME_SAMPLES as u64;
                let run = Run::new(kind, self.centre().saturating_sub(back));
                self.change(run);
                Step::Changed
            }
            _ => {
                self.now.frames += 1;
                Step::Same
            }
        }
    }

    fn kind_of(&self, found: Option<Found>, power: f32) -> Kind {
        if power < self.floor {
            return Kind::Pause;
        }
        let Some(Found { index, .. }) = found else {
            let quiet = power < FAINT * self.burst || power < ABOVE_NOISE * self.noise;
            return if quiet { Kind::Pause } else { Kind::Other };
        };
        if power >= 0.5 * self.burst {
            return Kind::Tone(index);
        }
        // A weaker tone that follows a stronger one: it holds its level, the edge of a burst does not.
        let recent = &self.history[HISTORY - 5..];
        let high = recent.iter().copied().fold(0.0, f32::max);
        let low = recent.iter().copied().fold(f32::MAX, f32::min);
        let remainder = power < REMAINDER * self.burst && self.since_burst < REMAINDER_FRAMES;
        if high < 1.3 * low && !remainder {
            Kind::Tone(index)
        } else {
            Kind::Pause
        }
    }

    fn goes_on(&mut self, power: f32, found: Option<Found>) {
        self.now.frames += 1;
        match self.now.kind {
            Kind::Tone(_) => {
                let (fitting, share) = found.map_or((0, 0.0), |f| (f.fitting, f.share));
                self.count(fitting);
                // Four frames back: inside both edges.
                if self.now.frames >= LEVEL_FRAMES + 4 {
                    let inside = self.history[HISTORY - 5];
                    self.now.count(inside, share);
                }
                if self.now.frames >= LEVEL_FRAMES && self.now.power == 0.0 {
                    self.now.power = power;
                    let from = self.rise(power, TONE_FRAMES + LEVEL_FRAMES);
                    // The run before ends here.
                    self.now.from = from.max(self.done[RUNS - 1].from);
                }
                if self.now.frames >= LEVEL_FRAMES {
                    self.burst = self.now.power;
                    self.since_burst = 0;
                }
            }
            Kind::Pause => {
                if self.now.frames >= 5 {
                    let inside = self.history[HISTORY - 5];
                    self.now.power = self.now.power.max(inside);
                }
            }
            Kind::Other => {}
        }
    }

    /// The sounds that nearly all frames of the tone so far fit.
    fn count(&mut self, fitting: Set) {
        self.tone_frames += 1;
        self.now.sounds = 0;
        for (n, frames) in self.fitting.iter_mut().enumerate() {
            *frames += u32::from(fitting >> n & 1);
            if 4 * *frames >= FITTING_QUARTERS * self.tone_frames {
                self.now.sounds |= 1 << n;
            }
        }
    }

    fn change(&mut self, run: Run) {
        self.settle();
        let ended = self.now;
        self.tone_frames = 0;
        self.fitting = [0; MAX_SOUNDS];
        self.done.rotate_left(1);
        self.done[RUNS - 1] = ended;
        self.now = run;
        self.now.from = self.now.from.max(ended.from);
    }

    /// A tone that ends before its level is known has the highest power of its frames: bursts of 75 ms barely fill the window.
    fn settle(&mut self) {
        if matches!(self.now.kind, Kind::Tone(_)) && self.now.power == 0.0 {
            let frames = (TONE_FRAMES + self.now.frames) as usize;
            let own = &self.history[HISTORY.saturating_sub(frames)..];
            self.now.power = own.iter().copied().fold(0.0, f32::max);
            self.burst = self.now.power;
            self.since_burst = 0;
        }
    }

    /// The sample at the centre of the window.
    fn centre(&self) -> u64 {
        self.heard.saturating_sub(WINDOW as u64 / 2)
    }

    /// Where the power last rose through half of `level`; where it did not, `frames` ago.
    fn rise(&self, level: f32, frames: u32) -> u64 {
        let half = 0.5 * level;
        let below = self.history.iter().rposition(|&p| p < half);
        match below {
            Some(n) if n < HISTORY - 1 => self.crossing(n, half),
            _ => self
                .centre()
                .saturating_sub(u64::from(frames) * FRAME_SAMPLES as u64),
        }
    }

    /// Where the power fell through half of the burst's.
    fn fall(&self) -> u64 {
        let half = 0.5 * self.burst;
        let above = self.history.iter().rposition(|&p| p >= half);
        self.crossing(above.unwrap_or(HISTORY - 1 - PAUSE_FRAMES as usize), half)
    }

    /// The sample between frame `n` of the history and the next at which the power is `half`.
    fn crossing(&self, n: usize, half: f32) -> u64 {
        let (a, b) = (self.history[n], self.history[(n + 1).min(HISTORY - 1)]);
        let part = if a == b { 0.5 } else { (half - a) / (b - a) };
        let back = (HISTORY - 1 - n) as f32 - part.clamp(0.0, 1.0);
        let samples = (back * FRAME_SAMPLES as f32) as u64;
        self.centre().saturating_sub(samples)
    }
}

fn ms(samples: u64) -> u32 {
    u32::try_from(samples / 8).unwrap_or(u32::MAX)
}
