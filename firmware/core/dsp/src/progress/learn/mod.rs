//! Tones that no plan names: learned from a recording of the line, or set by hand.

mod analysis;
mod learner;
mod rhythm;
mod syntax;

pub use learner::{LearnError, Learner};
pub use syntax::SyntaxError;

use super::cadence::Cadence;
use super::sounds::Sounds;
use crate::level::power_of_dbm0;

/// Most sines in a learned tone.
pub const MAX_FREQS: usize = 4;
/// Most segments of a learned cadence: three bursts and three pauses.
pub const MAX_SEGMENTS: usize = 6;
/// The same line sends its tone at the same level, give or take so many dB: another exchange may be behind it.
const LEVEL_DB: f32 = 10.0;

/// A tone of one line, by which it says that the call is over: of sines that sound together, in bursts with pauses.
///
/// It is written as it is set on other boxes, `f1=val[@level],f2=...,c=on/off[-on/off[-on/off]]` (Hz, dBm0, ms), and read back
/// with [`str::parse`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnedTone {
    freqs_hz: [f32; MAX_FREQS],
    freqs: usize,
    cadence_ms: [u16; MAX_SEGMENTS],
    segments: usize,
    /// Level of the whole sound, in dBm0; any, if it is not known.
    pub level_dbm0: Option<f32>,
    /// Cycles it was learned from; 0 when it was set by hand.
    pub cycles: u16,
    /// How sure the learning is, 0 to 1: more cycles, and more equal ones, make it surer. 1 when it was set by hand.
    pub confidence: f32,
}

impl LearnedTone {
    /// The sines, lowest first when learned, in Hz.
    pub fn freqs_hz(&self) -> &[f32] {
        &self.freqs_hz[..self.freqs.min(MAX_FREQS)]
    }

    /// Burst, pause, burst, pause ..., in milliseconds.
    pub fn cadence_ms(&self) -> &[u16] {
        &self.cadence_ms[..self.segments.min(MAX_SEGMENTS)]
    }

    /// What a detector compares with, its sound added to `sounds`.
    pub(super) fn cadence(&self, cycles: usize, sounds: &mut Sounds) -> Option<Cadence> {
        let segments = self.cadence_ms().iter().enumerate().map(|(n, &ms)| {
            let freqs_hz = if n % 2 == 0 { self.freqs_hz() } else { &[] };
            (freqs_hz, u32::from(ms))
        });
        let mut cadence = Cadence::of(segments, cycles, sounds)?;
        if let Some(level_dbm0) = self.level_dbm0 {
            cadence.power = (
                power_of_dbm0(level_dbm0 - LEVEL_DB),
                power_of_dbm0(level_dbm0 + LEVEL_DB),
            );
        }
        Some(cadence)
    }
}

#[cfg(test)]
mod tests;
