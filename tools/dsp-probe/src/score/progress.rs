//! Tones heard against tones sent.

use crate::under_test::Heard;
use crate::vectors::progress::Meaning;

/// What a meaning is called by the detector.
pub fn word(meaning: Meaning) -> Heard {
    match meaning {
        Meaning::Dial => Heard::DialTone,
        Meaning::Ringback => Heard::Ringback,
        Meaning::Busy => Heard::Busy,
        Meaning::Congestion => Heard::Congestion,
        Meaning::Special => Heard::NumberUnobtainable,
    }
}

/// Whether a call is cleared on it: what must never be told of speech.
pub fn clears(heard: Heard) -> bool {
    matches!(
        heard,
        Heard::Busy | Heard::Congestion | Heard::NumberUnobtainable
    )
}

/// Whether it is a tone at all.
pub fn is_tone(heard: Heard) -> bool {
    clears(heard) || matches!(heard, Heard::DialTone | Heard::Ringback)
}
