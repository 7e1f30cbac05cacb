//! Call progress: what an exchange line says by tones, told by frequency, level and cadence (ITU-T E.180, Supplement 2), and
//! the learning of a line whose tones no plan names.

mod cadence;
mod detector;
mod ears;
pub mod learn;
mod runs;
mod sounds;

pub use detector::Detector;

/// What was heard on the line. Where a country has one sound for two of busy, congestion and unobtainable number, the first of
/// them in this order is told, alone: each of them clears the call, and a caller told "busy" tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Heard {
    /// Dial tone, 300 ms after it began, later where a burst of the same sound may be longer; a cadenced one after a cycle.
    DialTone,
    /// The dial tone is over.
    DialToneEnded,
    /// One burst (or double burst) of ringing tone; told again each cycle.
    Ringback,
    /// No burst of ringing tone came when the next one was due.
    RingbackEnded,
    /// Busy tone, or the tone learned for this line, after three full cycles; told once.
    Busy,
    /// Congestion or reorder tone, after three full cycles; told once.
    Congestion,
    /// Special information tone (after its third frequency) or the country's number-unobtainable tone.
    NumberUnobtainable,
    /// Speech or music: sound whose frequency and level change as no tone's do.
    Speech,
}

/// The tones a [`Detector`] listens for, each with its own cadence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Listened {
    /// Dial tone.
    Dial,
    /// Ringing tone.
    Ringback,
    /// Busy tone.
    Busy,
    /// Congestion tone.
    Congestion,
    /// A second form of congestion tone, where a country has one (North American reorder).
    Reorder,
    /// Number-unobtainable tone, where it is not the special information tone.
    NumberUnobtainable,
    /// The tone of a receiver off hook.
    Howler,
    /// The tone learned or set for this line.
    Learned,
}

impl Listened {
    /// Every one of them.
    pub const ALL: [Listened; 8] = [
        Listened::Dial,
        Listened::Ringback,
        Listened::Busy,
        Listened::Congestion,
        Listened::Reorder,
        Listened::NumberUnobtainable,
        Listened::Howler,
        Listened::Learned,
    ];
}

#[cfg(test)]
mod tests;
