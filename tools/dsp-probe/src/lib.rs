//! Signals with known truth for the line DSP, and the limits it must keep.
//!
//! Written from the standards and from the physics of a line, not from the detectors: what a detector hears here was made by code
//! that shares nothing with it. [`signal`] makes samples, [`vectors`] puts them together with what is true of them, [`under_test`]
//! is the only module that knows the detectors, [`score`] compares. The limits are in `tests/conformance`.
#![forbid(unsafe_code)]

pub mod score;
pub mod signal;
pub mod under_test;
pub mod vectors;
