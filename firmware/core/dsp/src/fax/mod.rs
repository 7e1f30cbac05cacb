//! The tones by which fax machines and modems tell what they are: calling tone and called station identification (ITU-T T.30
//! §4), answer tones (V.25, V.8) and the preamble of the first V.21 message (T.30 §5.3.1).

mod answer;
mod calling;
mod correlator;
mod detector;
mod preamble;

pub use detector::Detector;

/// What was heard of a fax machine or modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaxTone {
    /// CNG, the calling tone of a fax machine: 1100 Hz for 0.5 s every 3.5 s (T.30 §4.2). Told after its burst.
    Calling,
    /// CED of a fax machine (T.30 §4.3), or ANS of a modem (V.25): 2100 Hz. Answer tones are told after a second.
    Answer,
    /// /ANS: 2100 Hz whose phase reverses every 450 ms, so that echo cancellers retire (V.25 §4).
    AnswerReversed,
    /// ANSam: 2100 Hz, modulated in amplitude with 15 Hz by a modem of V.8 (V.8 §6.2).
    AnswerModulated,
    /// /ANSam: both.
    AnswerModulatedReversed,
    /// HDLC flags at 300 bit/s on the high channel of V.21: the first message of a fax machine begins. Told after ten flags.
    Preamble,
}

/// A tone and where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaxEvent {
    /// Which.
    pub tone: FaxTone,
    /// Its first sample, counted from the first that the detector heard, to 10 ms.
    pub from: u64,
    /// The last sample heard of it so far.
    pub to: u64,
}

#[cfg(test)]
mod tests;
