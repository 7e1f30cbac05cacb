//! Signals with known truth for the line DSP, and the limits it must keep.
#![forbid(unsafe_code)]
