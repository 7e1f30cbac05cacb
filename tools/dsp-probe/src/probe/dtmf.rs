//! `dsp-probe dtmf in.wav`: a line "<sample index> <digit>" a digit, the index being the number of samples heard when it was told.

use std::io::Write;
use std::path::Path;

use dsp::dtmf::{Detector, DtmfEvent};
use dsp::front_end::FrontEnd;

use super::wav::Source;
use super::{Failure, listen};

pub fn run(wav: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let mut source = Source::open(wav)?;
    let (mut front_end, mut detector) = (FrontEnd::new(), Detector::new());
    listen(&mut source, |frame, heard| {
        detector.process(front_end.process(frame));
        while let Some(event) = detector.poll() {
            if let DtmfEvent::Began(digit) = event {
                writeln!(out, "{heard} {}", digit.as_char())?;
            }
        }
        Ok(())
    })
}
