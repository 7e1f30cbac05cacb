//! Sample maths of a telephone line at 8 kHz: G.711, levels, tones, DTMF, caller identification, call progress, loss concealment,
//! voice activity, comfort noise, automatic level.
//!
//! No allocation, no clock, no I/O: every type keeps its state in place and time is the number of samples it was given.
//! Speech is 16-bit linear; a full-scale sine is +3.17 dBm0 ([`level::FULL_SCALE_DBM0`]).
//!
//! Detectors share one shape: `process`, then `poll()` until it gives `None`; [`listener::Listener`] composes those of a channel.
//! Players share another: `fill(&mut [i16])` writes samples and tells whether more will come.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod automatic_level;
pub mod caller_id;
pub mod comfort_noise;
pub mod dtmf;
pub mod echo;
pub mod fax;
pub mod front_end;
pub mod g711;
pub mod level;
pub mod listener;
pub mod plc;
pub mod progress;
pub mod spectrum;
pub mod tone;
pub mod vad;

mod linear_prediction;
mod noise;
mod oscillator;
mod queue;
#[cfg(test)]
mod signal;
