//! `dsp-probe tones in.wav`: a line "<start> <end> <country> <tone>" a tone, in samples. Every country whose plan fits is told, each in a
//! line of its own; what belongs to no country (fax machines, modems, special information tone) has `*` for one.

use std::io::Write;
use std::path::Path;

use dsp::dtmf;
use dsp::fax::{self, FaxTone};
use dsp::front_end::{FrontEnd, Hearing};
use dsp::progress::{Detector, Heard, Listened};
use dsp::tone::{PLANS, TonePlan};
use telephony::SAMPLE_RATE_HZ;

use super::wav::Source;
use super::{Failure, listen};

/// Tones and their names.
const NAMES: [(Listened, &str); 6] = [
    (Listened::Dial, "dial"),
    (Listened::Ringback, "ring"),
    (Listened::Busy, "busy"),
    (Listened::Congestion, "cong"),
    (Listened::Reorder, REORDER),
    (Listened::Howler, "howler"),
];
/// Stands for `Ear::reorder`.
const REORDER: &str = "reorder";
/// The special information tone is told as it ends: three tones of 330 ms (E.180 §7.1).
const SIT_SAMPLES: u64 = SAMPLE_RATE_HZ as u64;

/// One country's detector, and which of its tones sound, from where to where.
struct Ear {
    country: &'static str,
    /// What its second rhythm of congestion tone is called: North America's is reorder tone.
    reorder: &'static str,
    detector: Detector,
    sounding: [Option<(u64, u64)>; NAMES.len()],
}

impl Ear {
    fn new(plan: &'static TonePlan) -> Self {
        Ear {
            // The name that is wanted on this interface.
            country: if plan.country == "gb" {
                "uk"
            } else {
                plan.country
            },
            reorder: if plan.congestion.first_sound().map(|s| s.freqs_hz) == Some(&[480.0, 620.0]) {
                REORDER
            } else {
                "cong"
            },
            detector: Detector::new(plan),
            sounding: [None; NAMES.len()],
        }
    }

    /// Takes the next 10 ms; `told` gets tones that are over.
    fn hear(
        &mut self,
        hearing: &Hearing,
        mut told: impl FnMut(u64, u64, &str, &str) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        self.detector.process(hearing);
        let mut special = false;
        let unobtainable = self.detector.sounding(Listened::NumberUnobtainable);
        while let Some(heard) = self.detector.poll() {
            special |= heard == Heard::NumberUnobtainable && unobtainable.is_none();
        }
        for (sounding, (tone, name)) in self.sounding.iter_mut().zip(NAMES) {
            let now = self.detector.sounding(tone);
            let over = core::mem::replace(sounding, now).filter(|_| now.is_none());
            if let Some((from, to)) = over {
                told(from, to, self.country, called(name, self.reorder))?;
            }
        }
        Ok(special)
    }
}

fn called(name: &'static str, reorder: &'static str) -> &'static str {
    if name == REORDER { reorder } else { name }
}

pub fn run(wav: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let mut source = Source::open(wav)?;
    let mut front_end = FrontEnd::new();
    let (mut digits, mut fax) = (dtmf::Detector::new(), fax::Detector::new());
    let mut ears: Vec<_> = PLANS.iter().map(Ear::new).collect();
    let mut tell = |from: u64, to: u64, country: &str, tone: &str| -> Result<(), Failure> {
        Ok(writeln!(out, "{from} {to} {country} {tone}")?)
    };
    listen(&mut source, |frame, heard| {
        let hearing = front_end.process(frame);
        digits.process(hearing);
        while let Some(event) = digits.poll() {
            ears.iter_mut().for_each(|ear| ear.detector.digit(event));
        }
        fax.process(hearing);
        while let Some(event) = fax.poll() {
            tell(event.from, event.to, "*", fax_name(event.tone))?;
        }
        let mut special = false;
        for ear in &mut ears {
            special |= ear.hear(hearing, &mut tell)?;
        }
        if special {
            let now = heard;
            tell(now.saturating_sub(SIT_SAMPLES), now, "*", "sit")?;
        }
        Ok(())
    })?;
    for ear in &ears {
        for (sounding, (_, name)) in ear.sounding.iter().zip(NAMES) {
            if let Some((from, to)) = *sounding {
                tell(from, to, ear.country, called(name, ear.reorder))?;
            }
        }
    }
    Ok(())
}

fn fax_name(tone: FaxTone) -> &'static str {
    match tone {
        FaxTone::Calling => "cng",
        FaxTone::Answer => "ced",
        FaxTone::AnswerReversed => "ans_pr",
        FaxTone::AnswerModulated => "ansam",
        FaxTone::AnswerModulatedReversed => "ansam_pr",
        FaxTone::Preamble => "v21",
    }
}
