//! Tones that no plan names: learned from a recording of the line, or set by hand.
use super::cadence::Cadence;
use super::sounds::Sounds;

/// Most sines in a learned tone.
pub const MAX_FREQS: usize = 4;
/// Most segments of a learned cadence: three bursts and three pauses.
pub const MAX_SEGMENTS: usize = 6;

/// A disconnect tone of one line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnedTone {
    freqs_hz: [f32; MAX_FREQS],
    freqs: usize,
    cadence_ms: [u32; MAX_SEGMENTS],
    segments: usize,
    /// Level.
    pub level_dbm0: Option<f32>,
}

impl LearnedTone {
    pub(super) fn cadence(&self, sounds: &mut Sounds) -> Option<Cadence> {
        let freqs = &self.freqs_hz[..self.freqs];
        let segments = self.cadence_ms[..self.segments]
            .iter()
            .enumerate()
            .map(|(n, &ms)| (if n % 2 == 0 { freqs } else { &[] }, ms));
        Cadence::of(segments, 3, sounds)
    }
}
