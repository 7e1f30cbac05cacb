use super::cadence::Cadence;
use super::learn::LearnedTone;
use super::runs::{Kind, Runs, Step};
use super::sounds::Sounds;
use super::{Heard, Listened};
use crate::dtmf::DtmfEvent;
use crate::front_end::Hearing;
use crate::queue::Queue;
use crate::tone::{TonePlan, ToneSpec};
use telephony::FRAME_MS;

/// Dial tone is told after this long, if the plan has no burst of the same sound that is longer.
const DIAL_MS: u32 = 300;
/// A continuous number-unobtainable tone is told after this long.
const UNOBTAINABLE_MS: u32 = 1_000;
/// Full cycles before a party is cut off for what its line sounds like.
const BUSY_CYCLES: usize = 3;
/// Full cycles of a cadenced number-unobtainable tone, which are long.
const UNOBTAINABLE_CYCLES: usize = 2;
/// A cadence over which somebody spoke lately is one party's of a conference: it must last so many cycles alone.
const MIXED_CYCLES: u32 = 10;
/// How long ago "lately" is.
const MIXED_MS: u32 = 20_000;
/// Of the last second, so much must be other sound to be speech, in frames; with the drain below a quarter may be pause.
const SPEECH_FRAMES: u32 = 40;
/// A burst may come so much later than its pause allows before its tone is over.
const LATE_MS: u32 = 200;
/// Ringing tone is told this long after its burst, or after half its pause.
const SETTLED_MS: u32 = 600;
/// After so long a silence a special information tone is a new one; within one its pause is 1 s.
const LONGEST_GAP_MS: u32 = 1_400;
const FRAME: u32 = FRAME_MS as u32;
/// Most tones listened for.
const MAX_CADENCES: usize = Listened::ALL.len();

/// A tone listened for and what was heard of it.
#[derive(Clone, Copy, Debug)]
struct Ear {
    cadence: Cadence,
    /// First sample of it, while it sounds.
    since: Option<u64>,
}

/// Listens for the tones of one country, and for a tone learned on the line.
///
/// Each 10 ms is one of the plan's sounds, a pause or something else; the lengths of these runs are compared with the plan's
/// cadences.
#[derive(Clone, Debug)]
pub struct Detector {
    sounds: Sounds,
    runs: Runs,
    ears: [Option<Ear>; MAX_CADENCES],
    dial_ms: u32,
    unobtainable_told: bool,
    /// The last burst began a cycle after another: what if somebody speaks now?
    cadenced: bool,
    /// Milliseconds since somebody spoke over a cadence, and since anybody spoke.
    mixed_ms: u32,
    clean_ms: u32,
    speech: u32,
    speech_told: bool,
    heard: Queue<Heard, 8>,
}

impl Detector {
    /// Listening for the tones of `plan`.
    pub fn new(plan: &TonePlan) -> Self {
        let mut detector = Detector {
            sounds: Sounds::new(),
            runs: Runs::new(),
            ears: [None; MAX_CADENCES],
            dial_ms: DIAL_MS,
            unobtainable_told: false,
            cadenced: false,
            mixed_ms: MIXED_MS,
            clean_ms: 0,
            speech: 0,
            speech_told: false,
            heard: Queue::new(),
        };
        detector.listen(Listened::Dial, &plan.dial);
        detector.listen(Listened::Ringback, &plan.ringback);
        detector.listen(Listened::Busy, &plan.busy);
        detector.listen(Listened::Congestion, &plan.congestion);
        detector.listen(Listened::Howler, &plan.howler);
        // The special information tone has listeners of its own.
        let unobtainable = &plan.number_unobtainable;
        if unobtainable
            .first_sound()
            .is_some_and(|s| s.freqs_hz[0] < 700.0)
        {
            detector.listen(Listened::NumberUnobtainable, unobtainable);
        }
        detector
    }

    /// Listens for `tone` as `spec` says, in place of what the plan says of it.
    pub fn listen(&mut self, tone: Listened, spec: &ToneSpec) {
        let cadence = Cadence::new(spec, cycles_of(tone), &mut self.sounds);
        self.set(tone, cadence);
    }

    /// Listens for a tone learned on this line, or set for it by hand: as [`Listened::Learned`] beside what the plan says, which
    /// is told as [`Heard::Busy`], or in place of one of the plan's tones.
    pub fn listen_learned(&mut self, tone: Listened, learned: &LearnedTone) {
        let cadence = learned.cadence(cycles_of(tone), &mut self.sounds);
        self.set(tone, cadence);
    }

    fn set(&mut self, tone: Listened, cadence: Option<Cadence>) {
        self.ears[tone as usize] = cadence.map(|cadence| Ear {
            cadence,
            since: None,
        });
        let dial = self.ears[Listened::Dial as usize].map(|ear| ear.cadence.sound());
        let longest = dial.and_then(|sound| {
            let all = self.ears.iter().flatten();
            all.map(|ear| &ear.cadence)
                .filter(|cadence| !cadence.is_continuous())
                .map(|cadence| cadence.longest_ms(sound))
                .max()
        });
        self.dial_ms = DIAL_MS.max(longest.map_or(0, |ms| if ms > 0 { ms + 50 } else { 0 }));
    }

    /// How long a continuous dial tone must last before it is told, in milliseconds: 300, or longer where ringing or busy tone
    /// has the same sound.
    pub fn dial_tone_ms(&self) -> u32 {
        self.dial_ms
    }

    /// Listens to the next 10 ms.
    pub fn process(&mut self, hearing: &Hearing) {
        let spectrum = hearing.spectrum();
        let sound = self.sounds.classify(spectrum);
        self.mixed_ms = self.mixed_ms.saturating_add(FRAME);
        self.clean_ms = self.clean_ms.saturating_add(FRAME);
        if self.runs.push(sound, spectrum.power) == Step::Changed {
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
        let since = self.ears[tone as usize]?.since?;
        Some((since, self.runs.heard()))
    }

    /// The run before is complete.
    fn changed(&mut self) {
        let from = self.runs.now().from;
        for tone in Listened::ALL {
            let over = self.ear(tone).is_some_and(|ear| {
                ear.cadence.is_continuous() && ear.since.is_some_and(|since| since != from)
            });
            if over {
                self.end(tone);
            }
        }
        match self.runs.now().kind {
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
        self.unobtainable_told = false;
        Listened::ALL.into_iter().for_each(|tone| self.end(tone));
    }

    /// A burst begins: the runs up to here are whole cycles, or not.
    fn burst(&mut self) {
        let before = self.disconnects();
        self.cadenced = false;
        for tone in Listened::ALL {
            let Some(Ear { cadence, since }) = self.ears[tone as usize] else {
                continue;
            };
            if cadence.is_continuous() || tone == Listened::Ringback {
                continue;
            }
            let last = cadence.matches(&self.runs, 1);
            self.cadenced |= last.is_some();
            if since.is_some() {
                if last.is_none() {
                    self.end(tone);
                }
            } else if let Some(first) = cadence.matches(&self.runs, cadence.cycles)
                && self.alone(&cadence)
            {
                self.begin(tone, first);
            }
        }
        let now = self.disconnects();
        if let Some(heard) = now
            && now != before
        {
            self.silently_end(Listened::Ringback);
            self.heard.push(heard);
        }
    }

    /// Whether nobody spoke over this cadence lately.
    fn alone(&self, cadence: &Cadence) -> bool {
        let cycle: u32 = cadence.segments().iter().map(|s| s.1).sum();
        self.mixed_ms >= MIXED_MS || self.clean_ms >= MIXED_CYCLES * cycle
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
            self.ears[tone as usize]
                .is_some_and(|ear| ear.since.is_some() && !ear.cadence.is_continuous())
        };
        said.into_iter()
            .find(|(tone, _)| sounds(*tone))
            .map(|(_, heard)| heard)
    }

    /// What the run that goes on says by its length.
    fn standing(&mut self) {
        let now = *self.runs.now();
        let ms = self.runs.now_ms();
        if now.kind == Kind::Pause {
            self.pause(ms);
        }
        let pure = match now.kind {
            Kind::Tone(index) => now.is_pure(self.sounds.beats(index)),
            _ => return,
        };
        for (tone, least_ms) in [
            (Listened::Dial, self.dial_ms),
            (Listened::NumberUnobtainable, UNOBTAINABLE_MS),
        ] {
            let Some(Ear { cadence, since }) = self.ears[tone as usize] else {
                continue;
            };
            if cadence.is_continuous()
                && since.is_none()
                && cadence.sound() == now.kind
                && pure
                && ms >= least_ms
            {
                self.silently_end(Listened::Ringback);
                self.begin(tone, now.from);
            }
        }
    }

    /// Silence for `ms` so far: behind a burst of ringing tone, or where the next burst should be.
    fn pause(&mut self, ms: u32) {
        if ms > LONGEST_GAP_MS {
            self.unobtainable_told = false;
        }
        for tone in Listened::ALL {
            let Some(Ear { cadence, since }) = self.ears[tone as usize] else {
                continue;
            };
            let pause_ms = cadence.pause_ms();
            if since.is_some() && ms > pause_ms + LATE_MS {
                self.end(tone);
            }
            let settled = (pause_ms / 2).min(SETTLED_MS);
            if tone == Listened::Ringback
                && (settled..settled + FRAME).contains(&ms)
                && let Some(first) = cadence.bursts_match(&self.runs)
            {
                self.begin(tone, since.unwrap_or(first));
            }
        }
    }

    /// E.180 §7.1: three rising tones of 330 +-70 ms each, up to 30 ms of pause between them.
    fn special_information(&mut self) {
        if self.unobtainable_told {
            return;
        }
        let mut expected = 3u8;
        let mut ended = [(Kind::Other, 0); 8];
        for (slot, (run, ms)) in ended.iter_mut().zip(self.runs.last(8)) {
            *slot = (run.kind, ms);
        }
        for (kind, ms) in ended.into_iter().rev() {
            if kind == Kind::Pause && ms <= 60 {
                continue;
            }
            if kind != Kind::Tone(expected - 1) || !(200..=480).contains(&ms) {
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

    fn ear(&mut self, tone: Listened) -> Option<&mut Ear> {
        self.ears[tone as usize].as_mut()
    }

    /// `tone` sounds since the sample `first`.
    fn begin(&mut self, tone: Listened, first: u64) {
        if let Some(ear) = self.ear(tone) {
            ear.since = Some(first);
            match tone {
                Listened::Dial => self.heard.push(Heard::DialTone),
                Listened::Ringback => self.heard.push(Heard::Ringback),
                Listened::NumberUnobtainable if ear.cadence.is_continuous() => {
                    self.heard.push(Heard::NumberUnobtainable);
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, tone: Listened) {
        let ended = self.silently_end(tone);
        match tone {
            Listened::Dial if ended => self.heard.push(Heard::DialToneEnded),
            Listened::Ringback if ended => self.heard.push(Heard::RingbackEnded),
            _ => {}
        }
    }

    fn silently_end(&mut self, tone: Listened) -> bool {
        self.ear(tone).is_some_and(|ear| ear.since.take().is_some())
    }
}

/// Full cycles before `tone` is told.
fn cycles_of(tone: Listened) -> usize {
    match tone {
        Listened::Dial | Listened::Ringback => 1,
        Listened::NumberUnobtainable => UNOBTAINABLE_CYCLES,
        _ => BUSY_CYCLES,
    }
}
