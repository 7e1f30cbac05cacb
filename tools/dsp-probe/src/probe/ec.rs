//! `dsp-probe ec TAPS nlp rin.wav sin.wav out.wav`: the echo canceller over two recordings; `out` is aligned with `sin`.

use std::cmp::Ordering;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use clap::Args;
use dsp::echo::{Canceller, Config};

use super::Failure;
use super::wav::{Sink, Source};

/// Samples a millisecond.
const TAPS_PER_MS: u16 = 8;

#[derive(Args)]
pub struct Arguments {
    /// Length of the echo tail in samples of 1/8 ms
    #[arg(value_parser = clap::value_parser!(u16).range(64..=1024))]
    pub taps: u16,
    /// Nonlinear processor and comfort noise: 1 on, 0 off
    #[arg(value_parser = clap::value_parser!(u8).range(0..=1))]
    pub nlp: u8,
    /// What was sent to the line
    rin: PathBuf,
    /// What came from the line
    sin: PathBuf,
    /// Written: what came from the line, without echo
    out: PathBuf,
}

/// The canceller of `taps` and `nlp`.
pub fn canceller(taps: u16, nlp: u8) -> Canceller {
    Canceller::new(Config {
        tail_ms: taps / TAPS_PER_MS,
        nlp: nlp == 1,
    })
}

pub fn run(arguments: &Arguments, notes: &mut dyn Write) -> Result<(), Failure> {
    let (mut rin, mut sin) = (Source::open(&arguments.rin)?, Source::open(&arguments.sin)?);
    for input in [&arguments.rin, &arguments.sin] {
        if same_file(input, &arguments.out) {
            let path = arguments.out.display();
            return Err(Failure::Argument(format!(
                "{path}: is read, it cannot be written too"
            )));
        }
    }
    let (shorter, longer) = match rin.len().cmp(&sin.len()) {
        Ordering::Equal => (None, 0),
        Ordering::Less => (Some(&arguments.rin), sin.len()),
        Ordering::Greater => (Some(&arguments.sin), rin.len()),
    };
    let length = rin.len().min(sin.len());
    if let Some(path) = shorter {
        let path = path.display();
        writeln!(
            notes,
            "dsp-probe: {path} is shorter than the other file: {length} samples of {longer} are processed"
        )?;
    }
    let mut canceller = canceller(arguments.taps, arguments.nlp);
    let mut out = Sink::create(&arguments.out)?;
    while let (Some((far, far_samples)), Some((mut near, near_samples))) =
        (rin.frame()?, sin.frame()?)
    {
        canceller.process(&far, &mut near);
        out.write(&near[..far_samples.min(near_samples)])?;
    }
    out.finish()?;
    let report = canceller.report();
    writeln!(
        notes,
        "dsp-probe: ERL {}, ERLE {}, tail {}{}",
        known(report.erl_db, "dB"),
        known(report.erle_db, "dB"),
        known(report.tail_found_ms, "ms"),
        if report.disabled { ", disabled" } else { "" }
    )?;
    Ok(())
}

/// Whether both names mean one file that is there, by links too.
fn same_file(a: &Path, b: &Path) -> bool {
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|m| (m.dev(), m.ino()));
    identity(a).is_some_and(|a| Some(a) == identity(b))
}

fn known(figure: Option<f32>, unit: &str) -> String {
    figure.map_or_else(|| "unknown".into(), |f| format!("{f:.1} {unit}"))
}
