//! `dsp-probe cid STD a.wav b.wav ...`: a line "<file> <octets in hex, type to checksum>" a message; DTMF prints its digits, start and
//! end code included.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use dsp::caller_id::{Detector, Standard};
use dsp::dtmf;
use dsp::front_end::FrontEnd;

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
    let (mut front_end, mut detector) = (FrontEnd::new(), Detector::new());
    let mut digits = dtmf::Detector::new();
    listen(&mut source, |frame, _| {
        let hearing = front_end.process(frame);
        digits.process(hearing);
        while let Some(event) = digits.poll() {
            detector.digit(event);
        }
        detector.process(hearing);
        while let Some(result) = detector.poll() {
            if let Ok(received) = result
                && received.standard == std.standard()
            {
                let octets = text(received.standard, detector.octets());
                writeln!(out, "{} {octets}", wav.display())?;
            }
        }
        Ok(())
    })
}

fn text(standard: Standard, octets: &[u8]) -> String {
    match standard {
        Standard::Dtmf => String::from_utf8_lossy(octets).into_owned(),
        _ => octets.iter().map(|b| format!("{b:02x}")).collect(),
    }
}
