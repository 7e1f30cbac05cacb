//! `dsp-probe tones in.wav`: a line "<start> <end> <country> <tone>" a tone, in samples.

use std::io::Write;
use std::path::Path;

use dsp::progress::{Detector, Heard};
use dsp::tone::PLANS;

use super::wav::Source;
use super::{Failure, listen};

/// MERGE: one detector a country, and where its tone was told as start and end. To be replaced by what matches all plans and the
/// fax tones at once, and knows where a tone began and ended.
pub fn run(wav: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let mut source = Source::open(wav)?;
    let mut ears: Vec<_> = PLANS
        .iter()
        .map(|plan| (plan.country, Detector::new(plan)))
        .collect();
    listen(&mut source, |frame, heard| {
        for (country, detector) in &mut ears {
            detector.process(frame);
            while let Some(event) = detector.poll() {
                if let Some(tone) = name(event) {
                    writeln!(out, "{heard} {heard} {country} {tone}")?;
                }
            }
        }
        Ok(())
    })
}

fn name(heard: Heard) -> Option<&'static str> {
    match heard {
        Heard::DialTone => Some("dial"),
        Heard::Ringback => Some("ring"),
        Heard::Busy => Some("busy"),
        Heard::Congestion => Some("cong"),
        Heard::NumberUnobtainable => Some("sit"),
        Heard::DialToneEnded | Heard::RingbackEnded | Heard::Speech => None,
    }
}
