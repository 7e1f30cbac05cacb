//! The words and units every room shares: time, lines, digits, tones, causes.
//!
//! No I/O, no clock, no dependency, no allocation. A word that two rooms need lives here; a word that one room needs lives there.
#![no_std]
#![forbid(unsafe_code)]

mod caller;
mod cause;
mod codec;
mod decibels;
mod digit;
mod figures;
mod id;
mod port;
mod text;
mod time;
mod timer;
mod tone;

pub use caller::{CallerId, Presentation};
pub use cause::Cause;
pub use codec::{Codec, MediaDirection};
pub use decibels::Decibels;
pub use digit::{Digit, Digits, NotADigit};
pub use figures::LineFigures;
pub use id::{CallId, LegId, LineId};
pub use port::{HookState, LoopState, Polarity, PortCommand, PortEvent, PortKind, RingCadence};
pub use text::Text;
pub use time::{Duration, Instant};
pub use timer::TimerTable;
pub use tone::Tone;

/// Samples per second of every voice path inside the box.
pub const SAMPLE_RATE_HZ: u32 = 8_000;
/// Samples in one media frame (10 ms at 8 kHz).
pub const FRAME_SAMPLES: usize = 80;
/// Length of one media frame, in milliseconds.
pub const FRAME_MS: u64 = 10;
/// 10 ms of 16-bit linear speech. Full scale (32 767 peak sine) is +3.17 dBm0, as G.711 mu-law defines it.
pub type Frame = [i16; FRAME_SAMPLES];
/// A frame of silence.
pub const SILENCE: Frame = [0; FRAME_SAMPLES];
