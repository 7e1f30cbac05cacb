//! `dsp-probe cid STD a.wav b.wav ...`: a line "<file> <octets in hex, type to checksum>" a message; DTMF prints its digits, start and
//! end code included.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use dsp::caller_id::{Detector, Received, Spill, Standard};

use super::wav::Source;
use super::{Failure, listen};

/// `STD` on the command line.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Std {
    Bell202,
    V23,
    Dtmf,
}

impl Std {
    pub fn standard(self) -> Standard {
        match self {
            Std::Bell202 => Standard::Bell202,
            Std::V23 => Standard::V23,
            Std::Dtmf => Standard::Dtmf,
        }
    }
}

/// A file that cannot be read does not keep the others from being heard.
pub fn run(
    std: Std,
    wavs: &[PathBuf],
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> Result<(), Failure> {
    let mut unread = 0;
    for wav in wavs {
        match one(std, wav, out) {
            Ok(()) => {}
            Err(Failure::Wav(why)) => {
                writeln!(notes, "dsp-probe: {why}")?;
                unread += 1;
            }
            Err(why) => return Err(why),
        }
    }
    if unread > 0 {
        return Err(Failure::Files(unread));
    }
    Ok(())
}

fn one(std: Std, wav: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let mut source = Source::open(wav)?;
    let mut detector = Detector::new();
    listen(&mut source, |frame, _| {
        detector.process(frame);
        while let Some(result) = detector.poll() {
            if let Ok(received) = result
                && received.standard == std.standard()
            {
                writeln!(out, "{} {}", wav.display(), octets(&received))?;
            }
        }
        Ok(())
    })
}

/// MERGE: the detector does not tell the octets it read, so they are made again from what they say. To be replaced by them.
fn octets(received: &Received) -> String {
    let spill = Spill::encode(&received.caller, received.time, received.standard);
    let bytes = spill.as_bytes();
    match received.standard {
        Standard::Dtmf => String::from_utf8_lossy(bytes).into_owned(),
        Standard::Bell202 | Standard::V23 => bytes.iter().map(|b| format!("{b:02x}")).collect(),
    }
}
