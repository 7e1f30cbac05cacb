//! The line DSP over WAV files: one subcommand a file. A detector is spoken to in its own file only.

pub mod cid;
pub mod dtmf;
pub mod ec;
pub mod tones;
pub mod wav;

use std::io;

use telephony::SILENCE;
use wav::{Source, WavError};

/// Frames of silence after a file's end, so that a detector that waits to be sure has the time.
const QUIET_AFTER: u32 = 20;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Wav(#[from] WavError),
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
    #[error("{0}")]
    Argument(String),
    /// Already told, file by file.
    #[error("{0} of the files could not be read")]
    Files(usize),
}

/// Gives every frame of `source` to `hear`, with the number of samples heard when the frame is over, and then some silence.
fn listen(
    source: &mut Source,
    mut hear: impl FnMut(&telephony::Frame, u64) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut heard = 0;
    while let Some((frame, samples)) = source.frame()? {
        heard += samples as u64;
        hear(&frame, heard)?;
    }
    for _ in 0..QUIET_AFTER {
        hear(&SILENCE, heard)?;
    }
    Ok(())
}
