use super::cadence::{Cadence, longest_ms};
use super::ears::{Ear, Ears};
use super::learn::LearnedTone;
use super::runs::{Kind, Runs, Step};
use super::sounds::Sounds;
use super::{Heard, Listened};
use crate::dtmf::DtmfEvent;
use crate::front_end::Hearing;
use crate::queue::Queue;
use crate::tone::{TonePlan, ToneSpec};
use telephony::{FRAME_MS, Tone};

/// Dial tone is told after this long, if the plan has no burst of the same sound that is longer.
const DIAL_MS: u32 = 300;
/// One sine alone may be a note of music, which lasts half a second.
const SINGLE_DIAL_MS: u32 = 800;
/// A continuous number-unobtainable tone is told after this long.
const UNOBTAINABLE_MS: u32 = 1_000;
/// Full cycles before a party is cut off for what its line sounds like.
const BUSY_CYCLES: usize = 3;
/// A cadenced one is told after so much of it, in whole cycles, two at least: in some countries congestion tone begins alike, or
/// is the same.
const CADENCED_UNOBTAINABLE_MS: u32 = 4_000;
const UNOBTAINABLE_CYCLES: usize = 2;
/// A cadence over which somebody spoke lately is one party's of a conference: it must last so many cycles alone.
const MIXED_CYCLES: u32 = 10;
/// How long ago "lately" is.
const MIXED_MS: u32 = 20_000;
/// Of the last second, so much must be other sound to be speech, in frames; with the drain below a quarter may be pause.
const SPEECH_FRAMES: u32 = 40;
/// Nobody waits longer for dial tone: a longer burst of the same sound is one of an unobtainable number (6 s in Ireland), which
/// comes when no dial tone does.
const LONGEST_BURST_MS: u32 = 3_000;
/// A burst may come so much later than its pause allows before its tone is over.
const LATE_MS: u32 = 200;
/// Ringing tone is told this long after its burst, or after half its pause.
const SETTLED_MS: u32 = 600;
/// After so long a silence a special information tone is a new one; within one its pause is 1 s.
const LONGEST_GAP_MS: u32 = 1_400;
/// Pauses between its tones, as they are measured.
const SIT_GAP_MS: u32 = 90;
/// Tones above this are no progress tones but the special information tone.
const SIT_HZ: f32 = 700.0;
const FRAME: u32 = FRAME_MS as u32;
/// A cadenced dial tone is told after so much of it, in whole cycles.
const CADENCED_DIAL_MS: u32 = 1_200;

/// Listens for the tones of one country, and for tones learned on the line.
///
/// Each 10 ms is one of the plan's sounds, a pause or something else; the lengths of these runs are compared with the plan's
/// cadences.
#[derive(Clone, Debug)]
pub struct Detector {
    sounds: Sounds,
    runs: Runs,
    ears: Ears,
    unobtainable_told: bool,
    /// The last burst began a cycle after another: what if somebody speaks now?
    cadenced: bool,
    /// Milliseconds since somebody spoke over a cadence, and since anybody spoke.
    mixed_ms: u32,
    clean_ms: u32,
    speech: u32,
    speech_told: bool,
    /// First sample of the pause behind the burst of ringing tone that was told last.
    rung: u64,
    heard: Queue<Heard, 8>,
}

impl Detector {
    /// Listening for the tones of `plan`.
    pub fn new(plan: &TonePlan) -> Self {
        let mut detector = Detector {
            sounds: Sounds::new(),
            runs: Runs::new(),
            ears: Ears::new(),
            unobtainable_told: false,
            cadenced: false,
            mixed_ms: MIXED_MS,
            clean_ms: 0,
            speech: 0,
            speech_told: false,
            rung: 0,
            heard: Queue::new(),
        };
        for (tone, listened) in [
            (Tone::Dial, Listened::Dial),
            (Tone::Ringback, Listened::Ringback),
            (Tone::Busy, Listened::Busy),
            (Tone::Congestion, Listened::Congestion),
            (Tone::NumberUnobtainable, Listened::NumberUnobtainable),
            (Tone::Howler, Listened::Howler),
        ] {
            for spec in plan.heard_as(tone) {
                // Another rhythm of congestion tone (North America's reorder) is told apart by its name alone.
                let other =
                    listened == Listened::Congestion && !spec.has_times_of(&plan.congestion);
                detector.listen(if other { Listened::Reorder } else { listened }, spec);
            }
        }
        detector
    }

    /// Listens for `spec` as `tone`, too. What does not fit (more than 20 cadences, or segments) is not listened for: `false`.
    pub fn listen(&mut self, tone: Listened, spec: &ToneSpec) -> bool {
        // The special information tone has listeners of its own.
        let special = spec.first_sound().is_some_and(|s| s.freqs_hz[0] > SIT_HZ);
        if tone == Listened::NumberUnobtainable && special {
            return true;
        }
        let cycles = cycles_of(tone, spec.cycle_ms());
        let cadence = Cadence::new(spec, cycles, &mut self.sounds);
        cadence.is_some_and(|cadence| self.ears.add(tone, cadence))
    }

    /// Listens for a tone learned on this line, or set for it by hand, too: as [`Listened::Learned`], which is told as
    /// [`Heard::Busy`], or as one of the plan's tones.
    pub fn listen_learned(&mut self, tone: Listened, learned: &LearnedTone) -> bool {
        let cycle_ms = learned.cadence_ms().iter().map(|&ms| u32::from(ms)).sum();
        let cadence = learned.cadence(cycles_of(tone, cycle_ms), &mut self.sounds);
        cadence.is_some_and(|cadence| self.ears.add(tone, cadence))
    }

    /// How long the plan's dial tone must last before it is told, in milliseconds: 300, longer where ringing or busy tone has
    /// the same sound, or whole cycles of a cadenced one.
    pub fn dial_tone_ms(&self) -> u32 {
        let dial = self.ears.iter().find(|ear| ear.tone == Listened::Dial);
        dial.map_or(DIAL_MS, |ear| match ear.cadence.is_continuous() {
            true => self.standing_ms(ear),
            false => ear.cadence.told_ms(),
        })
    }

    /// Listens to the next 10 ms.
    pub fn process(&mut self, hearing: &Hearing) {
        let spectrum = hearing.spectrum();
        let found = self.sounds.classify(spectrum);
        self.mixed_ms = self.mixed_ms.saturating_add(FRAME);
        self.clean_ms = self.clean_ms.saturating_add(FRAME);
        if self.runs.push(found, spectrum.power) == Step::Changed {
            self.changed();
        }
        self.speech();
        self.standing();
    }

    /// What the DTMF detector of the channel heard: a party that presses keys is there.
    pub fn digit(&mut self, event: DtmfEvent) {
        if let DtmfEvent::Began(_) = event {
            self.runs.interrupt();
            self.interrupted();
        }
    }

    /// What was heard, oldest first.
    pub fn poll(&mut self) -> Option<Heard> {
        self.heard.pop()
    }

    /// While `tone` sounds: its first sample and how many samples were heard, both counted from the first this detector heard.
    pub fn sounding(&self, tone: Listened) -> Option<(u64, u64)> {
        let since = self.ears.since(tone)?;
        Some((since, self.runs.heard()))
    }

    /// The run before is complete.
    fn changed(&mut self) {
        let now = *self.runs.now();
        let over = |ear: &Ear| ear.cadence.is_continuous() && ear.since != Some(now.from);
        self.end(over);
        match now.kind {
            Kind::Tone(_) => self.burst(),
            Kind::Other => self.interrupted(),
            Kind::Pause => {}
        }
        self.special_information();
    }

    /// Other sound: no cadence goes on.
    fn interrupted(&mut self) {
        if core::mem::take(&mut self.cadenced) {
            self.mixed_ms = 0;
        }
        self.clean_ms = 0;
        self.end(|_| true);
    }

    /// A burst begins: the runs up to here are whole cycles, or not.
    fn burst(&mut self) {
        let before = self.disconnects();
        self.cadenced = false;
        for n in 0..self.ears.len() {
            let ear = self.ears[n];
            if ear.cadence.is_continuous() || ear.tone == Listened::Ringback {
                continue;
            }
            let goes_on = ear.cadence.goes_on(&self.runs);
            self.cadenced |= goes_on;
            if ear.since.is_some() {
                if !goes_on {
                    let gone = self.ears.end(n);
                    self.tell_end(gone);
                }
            } else if let Some(first) = ear.cadence.matches(&self.runs)
                && self.alone(&ear.cadence)
            {
                self.begin(n, first);
            }
        }
        let now = self.disconnects();
        if let Some(heard) = now
            && now != before
        {
            self.answered();
            self.heard.push(heard);
        }
    }

    /// Whether nobody spoke over this cadence lately.
    fn alone(&self, cadence: &Cadence) -> bool {
        self.mixed_ms >= MIXED_MS || self.clean_ms >= MIXED_CYCLES * cadence.cycle_ms()
    }

    /// What the cadenced tones that sound now say of the call. Where two tones of a plan sound alike, the first.
    fn disconnects(&self) -> Option<Heard> {
        let said = [
            (Listened::Busy, Heard::Busy),
            (Listened::Learned, Heard::Busy),
            (Listened::Congestion, Heard::Congestion),
            (Listened::Reorder, Heard::Congestion),
            (Listened::NumberUnobtainable, Heard::NumberUnobtainable),
        ];
        let sounds = |tone: Listened| {
            self.ears
                .iter()
                .any(|ear| ear.tone == tone && ear.since.is_some() && !ear.cadence.is_continuous())
        };
        said.into_iter()
            .find(|(tone, _)| sounds(*tone))
            .map(|(_, heard)| heard)
    }

    /// What the run that goes on says by its length.
    fn standing(&mut self) {
        let now = *self.runs.now();
        let ms = self.runs.now_ms();
        let pure = match now.kind {
            Kind::Pause => return self.pause(ms),
            Kind::Tone(index) => now.is_pure(self.sounds.beats(index)),
            Kind::Other => {
                // Less may be the edges of a special information tone.
                self.unobtainable_told &= ms <= SIT_GAP_MS;
                return;
            }
        };
        for n in 0..self.ears.len() {
            let ear = self.ears[n];
            if pure
                && ear.cadence.is_continuous()
                && ear.since.is_none()
                && now.is(ear.cadence.sound())
                && ms >= self.standing_ms(&ear)
            {
                self.answered();
                self.begin(n, now.from);
            }
        }
    }

    /// How long a continuous tone lasts before it is told: longer than any burst that may be the same sound.
    fn standing_ms(&self, ear: &Ear) -> u32 {
        let single = match ear.cadence.sound() {
            Kind::Tone(index) => self.sounds.is_single(index),
            _ => false,
        };
        let least = match ear.tone {
            Listened::Dial if single => SINGLE_DIAL_MS,
            Listened::Dial => DIAL_MS,
            _ => UNOBTAINABLE_MS,
        };
        let others = self.ears.iter().filter(|e| !e.cadence.is_continuous());
        let bursts = others.flat_map(|e| e.cadence.bursts());
        let longest = bursts
            .filter(|&(sound, ms)| {
                ms <= LONGEST_BURST_MS && self.sounds.may_be(sound, ear.cadence.sound())
            })
            .map(|(_, ms)| longest_ms(ms) + 50)
            .max();
        longest.map_or(least, |ms| ms.max(least))
    }

    /// Silence for `ms` so far: behind a burst of ringing tone, or where the next burst should be.
    fn pause(&mut self, ms: u32) {
        if ms > LONGEST_GAP_MS {
            self.unobtainable_told = false;
        }
        self.end(|ear| ms > ear.cadence.pause_ms() + LATE_MS);
        for n in 0..self.ears.len() {
            let ear = self.ears[n];
            let settled = (ear.cadence.pause_ms() / 2).min(SETTLED_MS);
            if ear.tone == Listened::Ringback
                && (settled..settled + FRAME).contains(&ms)
                && let Some(first) = ear.cadence.bursts_match(&self.runs)
            {
                self.begin(n, ear.since.unwrap_or(first));
            }
        }
    }

    /// E.180 §7.1: three rising tones of 330 +-70 ms each, up to 30 ms of pause between them.
    fn special_information(&mut self) {
        if self.unobtainable_told {
            return;
        }
        let mut ended = [None; 8];
        for (slot, run) in ended.iter_mut().zip(self.runs.last(8)) {
            *slot = Some(run);
        }
        let mut expected = 3u8;
        for (run, ms) in ended.into_iter().flatten().rev() {
            // The edges of two tones with a pause of 30 ms are other sound.
            if !matches!(run.kind, Kind::Tone(_)) && ms <= SIT_GAP_MS {
                continue;
            }
            // A tone of the plan may be near: New Zealand has one of 900 Hz.
            if !run.is(Kind::Tone(expected - 1)) || !(200..=480).contains(&ms) {
                return;
            }
            expected -= 1;
            if expected == 0 {
                self.unobtainable_told = true;
                self.heard.push(Heard::NumberUnobtainable);
                return;
            }
        }
    }

    fn speech(&mut self) {
        // One frame of pause drains a third of what one of speech fills.
        self.speech = match self.runs.frame() {
            Kind::Other => (self.speech + 3).min(6 * SPEECH_FRAMES),
            _ => self.speech.saturating_sub(1),
        };
        if self.speech >= 3 * SPEECH_FRAMES && !self.speech_told {
            self.speech_told = true;
            self.heard.push(Heard::Speech);
        }
        self.speech_told &= self.speech > 0;
    }

    /// The tone of ear `n` sounds since the sample `first`.
    fn begin(&mut self, n: usize, first: u64) {
        let tone = self.ears[n].tone;
        let known = self.ears.since(tone).is_some();
        self.ears.begin(n, first);
        match tone {
            Listened::Dial if !known => self.heard.push(Heard::DialTone),
            // Each cycle, once where it fits two forms of ringing tone.
            Listened::Ringback => {
                let pause = self.runs.now().from;
                if core::mem::replace(&mut self.rung, pause) != pause {
                    self.heard.push(Heard::Ringback);
                }
            }
            Listened::NumberUnobtainable if self.ears[n].cadence.is_continuous() => {
                self.heard.push(Heard::NumberUnobtainable);
            }
            _ => {}
        }
    }

    /// The tones that sound and for which `over` holds sound no longer.
    fn end(&mut self, over: impl Fn(&Ear) -> bool) {
        for n in 0..self.ears.len() {
            if over(&self.ears[n]) {
                let gone = self.ears.end(n);
                self.tell_end(gone);
            }
        }
    }

    fn tell_end(&mut self, gone: Option<Listened>) {
        match gone {
            Some(Listened::Dial) => self.heard.push(Heard::DialToneEnded),
            Some(Listened::Ringback) => self.heard.push(Heard::RingbackEnded),
            _ => {}
        }
    }

    /// Another tone follows ringing tone, which says enough.
    fn answered(&mut self) {
        for n in 0..self.ears.len() {
            if self.ears[n].tone == Listened::Ringback {
                self.ears.end(n);
            }
        }
    }
}

/// Full cycles, of `cycle_ms` each, before `tone` is told.
fn cycles_of(tone: Listened, cycle_ms: u32) -> usize {
    match tone {
        Listened::Dial => CADENCED_DIAL_MS.div_ceil(cycle_ms.max(1)).max(1) as usize,
        Listened::Ringback => 1,
        Listened::NumberUnobtainable => {
            let cycles = CADENCED_UNOBTAINABLE_MS.div_ceil(cycle_ms.max(1)) as usize;
            cycles.max(UNOBTAINABLE_CYCLES)
        }
        _ => BUSY_CYCLES,
    }
}
