//! Caller identification on the analog line: FSK (Telcordia GR-30-CORE, ETSI EN 300 659-1) and DTMF (ETSI EN 300 659-1 Annex B), messages
//! SDMF and MDMF (Telcordia GR-31-CORE, ETSI EN 300 659-3).

mod alert;
mod details;
mod detector;
mod digits;
mod fsk;
mod message;
mod player;
mod spill;
mod type2;

pub use alert::{AlertTone, CasDetector, CasHeard};
pub use details::{Absence, CallType, CallingUser, Details, Forwarding, Kind};
pub use detector::Detector;
pub use digits::DtmfFormat;
pub use message::MAX_MESSAGE;
pub use player::SpillPlayer;
pub use spill::Spill;
pub use type2::{Type2Outcome, Type2Sender};

use core::fmt;
use telephony::CallerId;

/// How the caller's number travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standard {
    /// FSK 1200 bit/s, mark 1200 Hz, space 2200 Hz (GR-30-CORE §2.2).
    Bell202,
    /// FSK 1200 bit/s, mark 1300 Hz, space 2100 Hz (ITU-T V.23 mode 2, EN 300 659-1 §6.1).
    V23,
    /// DTMF digits between a start and an end code (EN 300 659-1 Annex B).
    Dtmf,
}

impl Standard {
    /// Mark and space frequencies in Hz; those of V.23 for DTMF, which has none.
    const fn mark_space_hz(self) -> (f32, f32) {
        match self {
            Standard::Bell202 => (1_200.0, 2_200.0),
            Standard::V23 | Standard::Dtmf => (1_300.0, 2_100.0),
        }
    }
}

/// The moment the exchange puts into the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockTime {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// A message that arrived whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Who calls.
    pub caller: CallerId,
    /// How it was sent.
    pub standard: Standard,
    /// When, if the exchange says so.
    pub time: Option<ClockTime>,
    /// What kind of message it is and what else it says.
    pub details: Details,
}

/// Why a message that began did not become a [`Received`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CidError {
    /// The sum of all octets is this instead of zero modulo 256.
    Checksum {
        /// The sum that came out.
        sum: u8,
    },
    /// The carrier went, or a stop bit was missing, before the announced length.
    CutShort {
        /// Octets that arrived, type and length included.
        got: u16,
        /// Octets announced, type, length and checksum included.
        expected: u16,
    },
    /// The checksum is right, but so would be that of another message that the line's noise makes about as likely.
    Doubtful,
    /// A message type that is not known.
    UnknownMessage {
        /// The type octet.
        message_type: u8,
    },
    /// A parameter does not fit into the message or has a length that its type forbids.
    BadParameter {
        /// The parameter type octet.
        parameter: u8,
    },
    /// DTMF: a start code without its end code, or with digits that make no number.
    BadDigits,
}

impl fmt::Display for CidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CidError::Checksum { sum } => {
                write!(f, "caller ID: octets sum to {sum:#04x}, not zero")
            }
            CidError::CutShort { got, expected } => write!(
                f,
                "caller ID: {got} octets of {expected}, then the carrier went"
            ),
            CidError::Doubtful => f.write_str("caller ID: too noisy to be believed"),
            CidError::UnknownMessage { message_type } => write!(
                f,
                "caller ID: message type {message_type:#04x} is not known"
            ),
            CidError::BadParameter { parameter } => {
                write!(f, "caller ID: parameter {parameter:#04x} is malformed")
            }
            CidError::BadDigits => {
                f.write_str("caller ID: DTMF digits without a valid start and end code")
            }
        }
    }
}

impl core::error::Error for CidError {}

#[cfg(test)]
mod tests;
