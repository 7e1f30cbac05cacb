use super::Heard;
use super::sounds::{HOP_MS, Sound, Sounds};
use crate::queue::Queue;
use crate::tone::{Segment, TonePlan, ToneSpec};

/// Dial tone is told after this long, if the plan has no burst of the same sound that is longer.
const DIAL_MS: u32 = 300;
/// A continuous number-unobtainable tone is told after this long.
const UNOBTAINABLE_MS: u32 = 1_000;
/// Full cycles before a party is cut off for what its line sounds like.
const BUSY_CYCLES: usize = 3;
/// Full cycles of a cadenced number-unobtainable tone, which are long.
const UNOBTAINABLE_CYCLES: usize = 2;
/// A new sound must hold this many hops: shorter ones are clicks, and the edge of a burst looks like another sound for two.
const DEBOUNCE: u32 = 3;
/// Runs remembered: three cycles of the longest cadence, eight segments.
const RUNS: usize = 24;
/// Of the last second, so much must be other sound to be speech, in hops; with the drain below a quarter may be pause.
const SPEECH_HOPS: u32 = 40;

/// A stretch of one sound.
#[derive(Clone, Copy, Debug)]
struct Run {
    sound: Sound,
    ms: u32,
}

/// Listens for the tones of one country.
///
/// Each 10 ms is one of the plan's sounds, silence or something else; the lengths of these runs are compared with the plan's
/// cadences (+-15 % and 25 ms; E.180 allows exchanges +-10 %).
#[derive(Clone, Debug)]
pub struct Detector {
    plan: &'static TonePlan,
    sounds: Sounds,
    runs: [Run; RUNS],
    now: Run,
    /// A sound that may replace `now`, and for how many hops.
    pending: (Sound, u32),
    dial_ms: u32,
    dial_told: bool,
    unobtainable_told: bool,
    /// Busy or congestion was told and its cadence goes on.
    cleared: Option<Heard>,
    ringing: bool,
    speech: u32,
    speech_told: bool,
    heard: Queue<Heard, 8>,
}

impl Detector {
    /// Listening for the tones of `plan`.
    pub fn new(plan: &'static TonePlan) -> Self {
        let sounds = Sounds::new(plan);
        let dial = plan.dial.cycle.first().map(|s| s.freqs_hz);
        let bursts = [
            &plan.ringback,
            &plan.busy,
            &plan.congestion,
            &plan.number_unobtainable,
        ];
        let same = bursts
            .iter()
            .filter(|s| !s.is_continuous())
            .flat_map(|s| s.cycle)
            .filter(|s| Some(s.freqs_hz) == dial);
        let longest = same
            .map(|s| longest_ms(s.ms.into()) + 50)
            .max()
            .unwrap_or(0);
        Detector {
            plan,
            sounds,
            runs: [Run {
                sound: Sound::Silence,
                ms: 0,
            }; RUNS],
            now: Run {
                sound: Sound::Silence,
                ms: 0,
            },
            pending: (Sound::Silence, 0),
            dial_ms: longest.max(DIAL_MS),
            dial_told: false,
            unobtainable_told: false,
            cleared: None,
            ringing: false,
            speech: 0,
            speech_told: false,
            heard: Queue::new(),
        }
    }

    /// How long dial tone must last before it is told, in milliseconds: 300, or longer where ringing or busy tone has the same
    /// frequency.
    pub fn dial_tone_ms(&self) -> u32 {
        self.dial_ms
    }

    /// Listens to the next samples, any number of them.
    pub fn process(&mut self, samples: &[i16]) {
        for &sample in samples {
            if let Some(sound) = self.sounds.push(sample) {
                self.hop(sound);
            }
        }
    }

    /// What was heard, oldest first.
    pub fn poll(&mut self) -> Option<Heard> {
        self.heard.pop()
    }

    fn hop(&mut self, sound: Sound) {
        self.speech(sound);
        if sound == self.now.sound {
            // What interrupted it was a click.
            self.now.ms = self.now.ms.saturating_add(HOP_MS * (1 + self.pending.1));
            self.pending.1 = 0;
        } else {
            self.pending = if self.pending.0 == sound {
                (sound, self.pending.1 + 1)
            } else {
                (sound, self.pending.1.min(1) + 1)
            };
            if self.pending.1 >= DEBOUNCE {
                self.change();
            }
        }
        self.standing();
    }

    /// The pending sound is the line's sound: the run before it is complete.
    fn change(&mut self) {
        let ended = self.now;
        self.now = Run {
            sound: self.pending.0,
            ms: HOP_MS * self.pending.1,
        };
        self.pending.1 = 0;
        self.runs.rotate_left(1);
        self.runs[RUNS - 1] = ended;
        if self.dial_told && ended.sound == self.dial_sound() {
            self.dial_told = false;
            self.heard.push(Heard::DialToneEnded);
        }
        self.unobtainable_told &=
            ended.sound == Sound::Silence || !self.plan.number_unobtainable.is_continuous();
        match self.now.sound {
            Sound::Tone(_) => self.cadences(),
            Sound::Other => {
                self.cleared = None;
                self.ringback_over();
            }
            Sound::Silence | Sound::Sit(_) => {}
        }
        self.special_information();
    }

    /// A burst begins: the runs up to here are whole cycles, or not.
    fn cadences(&mut self) {
        let told = if self.matches(&self.plan.busy, BUSY_CYCLES) {
            Some(Heard::Busy)
        } else if self.matches(&self.plan.congestion, BUSY_CYCLES) {
            Some(Heard::Congestion)
        } else if self.matches(&self.plan.number_unobtainable, UNOBTAINABLE_CYCLES) {
            Some(Heard::NumberUnobtainable)
        } else {
            return;
        };
        if self.cleared != told {
            self.cleared = told;
            self.ringing = false;
            told.into_iter().for_each(|heard| self.heard.push(heard));
        }
    }

    /// Whether the last runs are `cycles` cycles of `spec`, ending with the pause before the burst that begins now.
    fn matches(&self, spec: &ToneSpec, cycles: usize) -> bool {
        let len = spec.cycle.len();
        if len < 2 || len * cycles > RUNS || !self.sounds.knows(spec) {
            return false;
        }
        let last = &self.runs[RUNS - len * cycles..];
        // A cadence of several bursts may be met in the middle: every rotation that ends with a pause will do.
        (0..len)
            .filter(|first| !spec.cycle[*first].is_silence())
            .any(|first| {
                let segments = spec.cycle.iter().cycle().skip(first);
                last.iter()
                    .zip(segments)
                    .all(|(run, segment)| self.fits(run, segment))
            })
    }

    fn fits(&self, run: &Run, segment: &Segment) -> bool {
        let nominal = u32::from(segment.ms);
        run.sound == self.sounds.index_of(segment)
            && run.ms >= shortest_ms(nominal)
            && run.ms <= longest_ms(nominal)
    }

    /// What the run that goes on says by its length.
    fn standing(&mut self) {
        let Run { sound, ms } = self.now;
        if !self.dial_told && sound == self.dial_sound() && ms >= self.dial_ms {
            self.dial_told = true;
            self.cleared = None;
            self.ringing = false;
            self.heard.push(Heard::DialTone);
        }
        let unobtainable = &self.plan.number_unobtainable;
        if unobtainable.is_continuous()
            && !self.unobtainable_told
            && ms >= UNOBTAINABLE_MS
            && unobtainable
                .first_sound()
                .is_some_and(|s| sound == self.sounds.index_of(s))
        {
            self.unobtainable_told = true;
            self.heard.push(Heard::NumberUnobtainable);
        }
        if sound == Sound::Silence {
            self.pause(ms);
        }
    }

    /// Silence for `ms` so far: behind a burst of ringing tone, or where the next burst should be.
    fn pause(&mut self, ms: u32) {
        let cycle = self.plan.ringback.cycle;
        let Some((off, bursts)) = cycle.split_last() else {
            return;
        };
        let off_ms = u32::from(off.ms);
        let settled = (off_ms / 2).min(600);
        if ms >= settled && ms < settled + HOP_MS {
            let last = &self.runs[RUNS - bursts.len()..];
            if last
                .iter()
                .zip(bursts)
                .all(|(run, segment)| self.fits(run, segment))
            {
                self.ringing = true;
                self.cleared = None;
                self.heard.push(Heard::Ringback);
            }
        }
        if ms > longest_ms(off_ms) + 200 {
            self.cleared = None;
            self.unobtainable_told = false;
            self.ringback_over();
        }
    }

    fn ringback_over(&mut self) {
        if core::mem::take(&mut self.ringing) {
            self.heard.push(Heard::RingbackEnded);
        }
    }

    /// E.180 §7.1: three rising tones of 330 +-70 ms each, up to 30 ms of pause between them.
    fn special_information(&mut self) {
        if self.unobtainable_told {
            return;
        }
        let whole = |run: &Run| (200..=480).contains(&run.ms);
        let mut tones = self
            .runs
            .iter()
            .rev()
            .filter(|run| run.sound != Sound::Silence || run.ms > 60);
        let ended = [tones.next(), tones.next(), tones.next()];
        let rising = ended
            .iter()
            .zip([2, 1, 0])
            .all(|(run, n)| run.is_some_and(|r| r.sound == Sound::Sit(n) && whole(r)));
        if rising {
            self.unobtainable_told = true;
            self.heard.push(Heard::NumberUnobtainable);
        }
    }

    fn speech(&mut self, sound: Sound) {
        // One hop of pause drains a third of what one of speech fills.
        self.speech = match sound {
            Sound::Other => (self.speech + 3).min(6 * SPEECH_HOPS),
            _ => self.speech.saturating_sub(1),
        };
        if self.speech >= 3 * SPEECH_HOPS && !self.speech_told {
            self.speech_told = true;
            self.heard.push(Heard::Speech);
        }
        self.speech_told &= self.speech > 0;
    }

    fn dial_sound(&self) -> Sound {
        self.plan
            .dial
            .first_sound()
            .map_or(Sound::Other, |s| self.sounds.index_of(s))
    }
}

fn shortest_ms(nominal: u32) -> u32 {
    (nominal - nominal * 15 / 100).saturating_sub(25)
}

fn longest_ms(nominal: u32) -> u32 {
    nominal + nominal * 15 / 100 + 25
}
