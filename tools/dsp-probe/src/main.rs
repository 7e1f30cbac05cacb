//! Runs the line DSP over WAV files.
#![forbid(unsafe_code)]

fn main() {}
