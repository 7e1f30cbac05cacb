//! Signalling tones: what they are ([`ToneSpec`]), which country uses which ([`TonePlan`]), and a player.

mod plans;
mod player;

pub use plans::{PLANS, plan};
pub use player::TonePlayer;

use crate::caller_id;
use telephony::{RingCadence, Tone};

/// A stretch of one sound, or of silence when `freqs_hz` is empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// The sines that sound together, at equal level; at most [`Segment::MAX_FREQS`].
    pub freqs_hz: &'static [f32],
    /// Level of the whole sound (rms of all its sines), in dBm0.
    pub level_dbm0: f32,
    /// Length in milliseconds, at least 1.
    pub ms: u16,
}

impl Segment {
    /// Most sines in one sound: the North American howler has four (GR-506-CORE §17.2.7).
    pub const MAX_FREQS: usize = 4;

    /// A sound of `ms` milliseconds.
    pub const fn on(freqs_hz: &'static [f32], level_dbm0: f32, ms: u16) -> Segment {
        assert!(freqs_hz.len() <= Segment::MAX_FREQS && ms > 0);
        Segment {
            freqs_hz,
            level_dbm0,
            ms,
        }
    }

    /// `ms` milliseconds of silence.
    pub const fn off(ms: u16) -> Segment {
        assert!(ms > 0);
        Segment {
            freqs_hz: &[],
            level_dbm0: 0.0,
            ms,
        }
    }

    /// Whether nothing sounds.
    pub const fn is_silence(&self) -> bool {
        self.freqs_hz.is_empty()
    }
}

/// A tone: segments played once, then segments repeated. A continuous tone is a cycle of one segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneSpec {
    /// Played once, first.
    pub intro: &'static [Segment],
    /// Then repeated until stopped; empty for a tone that ends by itself.
    pub cycle: &'static [Segment],
}

impl ToneSpec {
    /// A tone that repeats `cycle`.
    pub const fn repeating(cycle: &'static [Segment]) -> ToneSpec {
        ToneSpec { intro: &[], cycle }
    }

    /// A tone played once.
    pub const fn once(intro: &'static [Segment]) -> ToneSpec {
        ToneSpec { intro, cycle: &[] }
    }

    /// Whether it sounds without a break once the intro is over.
    pub const fn is_continuous(&self) -> bool {
        self.cycle.len() == 1 && !self.cycle[0].is_silence()
    }

    /// One cycle, in milliseconds.
    pub fn cycle_ms(&self) -> u32 {
        self.cycle.iter().map(|s| u32::from(s.ms)).sum()
    }

    /// The first sound of the cycle (of the intro, when there is no cycle).
    pub fn first_sound(&self) -> Option<&'static Segment> {
        self.cycle
            .iter()
            .chain(self.intro)
            .find(|s| !s.is_silence())
    }
}

/// What a country's telephones expect to hear and its exchanges send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TonePlan {
    /// ISO 3166 code in lower case.
    pub country: &'static str,
    /// [`Tone::Dial`].
    pub dial: ToneSpec,
    /// [`Tone::StutterDial`].
    pub stutter_dial: ToneSpec,
    /// [`Tone::Ringback`].
    pub ringback: ToneSpec,
    /// [`Tone::Busy`].
    pub busy: ToneSpec,
    /// [`Tone::Congestion`].
    pub congestion: ToneSpec,
    /// [`Tone::NumberUnobtainable`].
    pub number_unobtainable: ToneSpec,
    /// [`Tone::CallWaiting`].
    pub call_waiting: ToneSpec,
    /// [`Tone::Howler`].
    pub howler: ToneSpec,
    /// [`Tone::Confirmation`].
    pub confirmation: ToneSpec,
    /// [`Tone::Hold`].
    pub hold: ToneSpec,
    /// How phones ring for a normal call.
    pub ring: RingCadence,
    /// How exchanges send the caller's number, and phones expect it.
    pub caller_id: caller_id::Standard,
    /// Shortest and longest break of the loop that is a flash (register recall), in milliseconds. The shortest stays above
    /// the longest dial pulse.
    pub flash_ms: (u16, u16),
}

impl TonePlan {
    /// What `tone` sounds like here.
    pub const fn spec(&'static self, tone: Tone) -> &'static ToneSpec {
        match tone {
            Tone::Dial => &self.dial,
            Tone::StutterDial => &self.stutter_dial,
            Tone::Ringback => &self.ringback,
            Tone::Busy => &self.busy,
            Tone::Congestion => &self.congestion,
            Tone::NumberUnobtainable => &self.number_unobtainable,
            Tone::CallWaiting => &self.call_waiting,
            Tone::Howler => &self.howler,
            Tone::Confirmation => &self.confirmation,
            Tone::Hold => &self.hold,
        }
    }
}

#[cfg(test)]
mod tests;
