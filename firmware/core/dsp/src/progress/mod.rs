//! Call progress: what an exchange line says by tones, told by frequency and cadence (ITU-T E.180, Supplement 2).

mod detector;
mod sounds;

pub use detector::Detector;

/// What was heard on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Heard {
    /// Dial tone, 300 ms after it began.
    DialTone,
    /// The dial tone is over.
    DialToneEnded,
    /// One burst (or double burst) of ringing tone; told again each cycle.
    Ringback,
    /// No burst of ringing tone came when the next one was due.
    RingbackEnded,
    /// Busy tone, after three full cycles; told once.
    Busy,
    /// Congestion tone, after three full cycles; told once.
    Congestion,
    /// Special information tone (after its third frequency) or the country's number-unobtainable tone.
    NumberUnobtainable,
    /// Speech or music: sound whose frequency and level change as no tone's do.
    Speech,
}

#[cfg(test)]
mod tests;
