//! Signalling tones: what they are ([`ToneSpec`]), which country uses which ([`TonePlan`]), and a player.

#[macro_use]
mod notation;

mod bases;
mod check;
mod impedance;
mod plan;
mod plans;
mod player;

pub use impedance::Impedance;
pub use plan::{
    CallerIdAlert, Companding, DcTermination, DtmfCodes, LinePlan, OwnTones, TonePlan, plan,
};
pub use plans::PLANS;
pub use player::TonePlayer;

/// A stretch of one sound, or of silence when `freqs_hz` is empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// The sines that sound together, at equal level; at most [`Segment::MAX_FREQS`].
    pub freqs_hz: &'static [f32],
    /// Level of the whole sound (rms of all its sines), in dBm0.
    pub level_dbm0: f32,
    /// Length in milliseconds, at least 1; [`Segment::FOREVER`] alone in a cycle is a tone without a break.
    pub ms: u16,
}

impl Segment {
    /// Most sines in one sound: the North American howler has four (GR-506-CORE §17.2.7).
    pub const MAX_FREQS: usize = 4;
    /// The longest segment there is; a cycle of one such segment is continuous.
    pub const FOREVER: u16 = u16::MAX;

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

    /// Whether sound and silence of its cycle last as long as those of `other`.
    pub fn has_times_of(&self, other: &ToneSpec) -> bool {
        let times = |spec: &'static [Segment]| spec.iter().map(|segment| segment.ms);
        times(self.cycle).eq(times(other.cycle))
    }

    /// One cycle, in milliseconds.
    pub const fn cycle_ms(&self) -> u32 {
        let mut sum = 0;
        let mut rest = self.cycle;
        while let [segment, others @ ..] = rest {
            sum += segment.ms as u32;
            rest = others;
        }
        sum
    }

    /// The first sound of the cycle (of the intro, when there is no cycle).
    pub fn first_sound(&self) -> Option<&'static Segment> {
        self.cycle
            .iter()
            .chain(self.intro)
            .find(|s| !s.is_silence())
    }
}

#[cfg(test)]
mod tests;
