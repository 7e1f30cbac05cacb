//! The line machines: what a port's raw events mean, and when to do what to the pair.
//!
//! [`Fxs`] faces a phone: hook debounce, flash, pulse digits, ring cadence, ring trip, caller-ID timing, permanent signal.
//! [`Fxo`] faces an exchange line: ring and caller-ID windows, seizure, answer and disconnect supervision, cut line.
//! Both are engines of the house shape: `handle(now, input)`, then `poll_output()` until `None`, then wake at
//! `poll_timeout()` with `Timeout`. They read no clock and allocate nothing. The caller's tracing span names the port.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

#[cfg(test)]
#[macro_use]
mod ladder;

mod fxo;
mod fxs;
mod outputs;

pub use fxo::{
    AnswerBy, AnswerConfig, CallerIdReceive, CallerIdStart, DialConfig, DialToneRule,
    DisconnectConfig, Fxo, FxoConfig, FxoEvent, FxoInput, FxoOutput, FxoState, FxoTimer, Heard,
    LineConfig, Listen, RingDetect,
};
pub use fxs::{
    CallerIdSend, CallerIdWhen, Fxs, FxsConfig, FxsEvent, FxsInput, FxsOutput, FxsState, FxsTimer,
    HookConfig, PulseConfig, ReleaseConfig, RingConfig,
};
pub use outputs::QUEUE;
