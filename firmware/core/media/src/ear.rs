//! What one party hears: speech, or what is played instead of it, and what is added.

use std::sync::Arc;

use dsp::caller_id::SpillPlayer;
use dsp::dtmf::{Generator, Level, Timing};
use dsp::tone::TonePlayer;
use heapless::Deque;
use telephony::{Digit, Digits, FRAME_MS, FRAME_SAMPLES, Frame};

use crate::Clip;

/// Strings of digits that may wait for one another.
const DIALS: usize = 8;

/// Played instead of speech.
#[derive(Clone, Debug, Default)]
enum Playing {
    #[default]
    Nothing,
    Tone(TonePlayer),
    Clip {
        clip: Arc<Clip>,
        at: usize,
        repeat: bool,
    },
}

/// What came to its end in a frame.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub play: bool,
    pub clip: Option<Arc<Clip>>,
    pub digits: bool,
    pub spill: bool,
}

/// One party's ear.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ear {
    playing: Playing,
    mixed: Option<TonePlayer>,
    dialled: Option<Generator>,
    to_dial: Deque<Digits, DIALS>,
    pressed: Pressed,
    spill: Option<SpillPlayer>,
    /// What came to its end in the frame that is on its way to the party: told with the next, when the party has heard it.
    over: Over,
}

/// Ends that are told a frame later. Who is told that a message is out may take the line away from under it.
#[derive(Clone, Copy, Debug, Default)]
struct Over {
    digits: bool,
    spill: bool,
}

impl Ear {
    /// Plays a tone instead of speech; a clip that was playing comes back.
    pub(crate) fn play_tone(&mut self, player: TonePlayer) -> Option<Arc<Clip>> {
        self.replace(Playing::Tone(player))
    }

    /// Plays a clip instead of speech; the one that was playing comes back.
    pub(crate) fn play_clip(&mut self, clip: Arc<Clip>, repeat: bool) -> Option<Arc<Clip>> {
        self.replace(Playing::Clip {
            clip,
            at: 0,
            repeat,
        })
    }

    /// Stops tone, clip and caller identification.
    pub(crate) fn stop(&mut self) -> Option<Arc<Clip>> {
        self.spill = None;
        self.over.spill = false;
        self.replace(Playing::Nothing)
    }

    /// Stops what was added to speech.
    pub(crate) fn stop_mix(&mut self) {
        self.mixed = None;
    }

    /// Stops everything.
    pub(crate) fn clear(&mut self) -> Option<Arc<Clip>> {
        let clip = self.stop();
        *self = Ear::default();
        clip
    }

    fn replace(&mut self, playing: Playing) -> Option<Arc<Clip>> {
        match core::mem::replace(&mut self.playing, playing) {
            Playing::Clip { clip, .. } => Some(clip),
            _ => None,
        }
    }

    pub(crate) fn mix(&mut self, player: TonePlayer) {
        self.mixed = Some(player);
    }

    /// Sends digits as DTMF, after those that are being sent. `false` when too many wait.
    pub(crate) fn dial(&mut self, digits: Digits) -> bool {
        if self.dialled.is_some() {
            return self.to_dial.push_back(digits).is_ok();
        }
        self.dialled = Some(Generator::new(digits, Timing::default(), Level::default()));
        true
    }

    pub(crate) fn send_spill(&mut self, player: SpillPlayer) {
        self.spill = Some(player);
    }

    /// A key went down at the far end: its tone sounds until [`Ear::release`].
    pub(crate) fn press(&mut self, digit: Digit) {
        self.pressed.press(digit);
    }

    pub(crate) fn release(&mut self) {
        self.pressed.release();
    }

    /// Whether the party hears anything but plain speech.
    pub(crate) fn is_busy(&self) -> bool {
        !matches!(self.playing, Playing::Nothing)
            || self.mixed.is_some()
            || self.dialled.is_some()
            || self.pressed.is_busy()
            || self.spill.is_some()
            || self.over.digits
            || self.over.spill
    }

    /// Turns speech into what the party hears.
    pub(crate) fn hear(&mut self, frame: &mut Frame) -> Done {
        let Over { digits, spill } = core::mem::take(&mut self.over);
        let mut done = Done {
            digits,
            spill,
            ..Done::default()
        };
        let playing = match &mut self.playing {
            Playing::Nothing => true,
            Playing::Tone(player) => player.fill(frame),
            Playing::Clip { clip, at, repeat } => fill_from(clip.samples(), at, *repeat, frame),
        };
        if !playing {
            done.play = true;
            done.clip = self.replace(Playing::Nothing);
        }
        if let Some(player) = &mut self.mixed
            && !player.add(frame)
        {
            self.mixed = None;
        }
        self.pressed.fill(frame);
        if let Some(generator) = &mut self.dialled
            && !generator.fill(frame)
        {
            self.dialled = None;
            self.over.digits = true;
            if let Some(digits) = self.to_dial.pop_front() {
                self.dial(digits);
            }
        }
        if let Some(player) = &mut self.spill
            && !player.fill(frame)
        {
            self.spill = None;
            self.over.spill = true;
        }
        done
    }
}

/// Copies from `at`; silence after the end. `false` when it is over.
fn fill_from(samples: &[i16], at: &mut usize, repeat: bool, frame: &mut Frame) -> bool {
    let mut rest = &mut frame[..];
    while !rest.is_empty() {
        if *at >= samples.len() {
            if !repeat || samples.is_empty() {
                rest.fill(0);
                return false;
            }
            *at = 0;
        }
        let count = rest.len().min(samples.len() - *at);
        rest[..count].copy_from_slice(&samples[*at..*at + count]);
        *at += count;
        rest = &mut rest[count..];
    }
    repeat || *at < samples.len()
}

/// Shortest tone for a press (Q.24 asks receivers for 40 ms; margin for the line).
const MIN_ON_MS: u64 = 70;
/// Silence after it.
const OFF_MS: u64 = 60;
/// Longest tone for a press.
const MAX_ON_MS: u64 = 60_000;
/// Presses that may wait.
const WAITING: usize = 32;
/// The last 2 ms fade, as the generator's own end does.
const FADE: usize = 16;

#[derive(Clone, Debug, Default)]
enum Sounding {
    #[default]
    Nothing,
    On {
        generator: Generator,
        ms: u64,
        held: bool,
    },
    Off {
        ms: u64,
    },
}

/// Keys pressed at a far end that sends events, as DTMF.
#[derive(Clone, Debug, Default)]
struct Pressed {
    waiting: Deque<(Digit, bool), WAITING>,
    sounding: Sounding,
}

impl Pressed {
    fn press(&mut self, digit: Digit) {
        let _full = self.waiting.push_back((digit, true));
    }

    fn release(&mut self) {
        if let Some((_, held)) = self.waiting.back_mut() {
            *held = false;
        } else if let Sounding::On { held, .. } = &mut self.sounding {
            *held = false;
        }
    }

    fn is_busy(&self) -> bool {
        !matches!(self.sounding, Sounding::Nothing) || !self.waiting.is_empty()
    }

    fn fill(&mut self, frame: &mut Frame) {
        if matches!(self.sounding, Sounding::Nothing) {
            let Some((digit, held)) = self.waiting.pop_front() else {
                return;
            };
            let mut digits = Digits::EMPTY;
            let _never_full = digits.push(digit);
            let timing = Timing {
                on_ms: u16::MAX,
                off_ms: 0,
            };
            let generator = Generator::new(digits, timing, Level::default());
            self.sounding = Sounding::On {
                generator,
                ms: 0,
                held,
            };
        }
        match &mut self.sounding {
            Sounding::Nothing => {}
            Sounding::On {
                generator,
                ms,
                held,
            } => {
                generator.fill(frame);
                *ms += FRAME_MS;
                if *ms >= MAX_ON_MS || (!*held && *ms >= MIN_ON_MS) {
                    for (n, sample) in frame[FRAME_SAMPLES - FADE..].iter_mut().enumerate() {
                        *sample = (i32::from(*sample) * (FADE - n) as i32 / FADE as i32) as i16;
                    }
                    self.sounding = Sounding::Off { ms: 0 };
                }
            }
            Sounding::Off { ms } => {
                frame.fill(0);
                *ms += FRAME_MS;
                if *ms >= OFF_MS {
                    self.sounding = Sounding::Nothing;
                }
            }
        }
    }
}
