//! `dsp-probe bench`: nanoseconds of this process's CPU time per 8 kHz sample.

pub mod load;
pub mod sound;

use std::hint::black_box;
use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use dsp::front_end::FrontEnd;
use dsp::plc::Concealer;
use dsp::{caller_id, dtmf, fax, progress};
use nix::time::{ClockId, clock_gettime};
use telephony::{FRAME_SAMPLES, Frame};

use crate::probe::cid::Std;
use crate::probe::{Failure, ec, wav};

/// Without a number of repetitions a measurement goes on for this long, in nanoseconds.
const LONG_ENOUGH_NS: u64 = 300_000_000;
/// Seconds of generated echo.
const ECHO_SECONDS: usize = 20;

#[derive(Subcommand)]
pub enum What {
    /// DTMF detector
    Dtmf {
        wav: Option<PathBuf>,
        #[arg(value_parser = repetitions())]
        reps: Option<u32>,
    },
    /// Echo canceller, and what it makes of the second half of the recording
    Ec {
        #[arg(default_value_t = 256, value_parser = clap::value_parser!(u16).range(64..=1024))]
        taps: u16,
        #[arg(default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=1))]
        nlp: u8,
        #[arg(requires = "sin")]
        rin: Option<PathBuf>,
        sin: Option<PathBuf>,
        #[arg(value_parser = repetitions())]
        reps: Option<u32>,
    },
    /// FSK caller ID of both standards at once
    Cid {
        #[arg(value_name = "STD", default_value = "bell202")]
        std: Std,
        wav: Option<PathBuf>,
        #[arg(value_parser = repetitions())]
        reps: Option<u32>,
    },
    /// Call progress tones of one country, North America
    Tones {
        wav: Option<PathBuf>,
        #[arg(value_parser = repetitions())]
        reps: Option<u32>,
    },
    /// Fax and modem tones
    Fax {
        wav: Option<PathBuf>,
        #[arg(value_parser = repetitions())]
        reps: Option<u32>,
    },
    /// Packet loss concealment, every twentieth frame lost
    Plc {
        wav: Option<PathBuf>,
        #[arg(value_parser = repetitions())]
        reps: Option<u32>,
    },
}

fn repetitions() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

pub fn run(what: &What, out: &mut dyn Write) -> Result<(), Failure> {
    match what {
        What::Dtmf { wav, reps } => {
            let frames = recording(wav, sound::digits)?;
            let (mut front_end, mut detector) = (FrontEnd::new(), dtmf::Detector::new());
            let ns = per_sample(&frames, *reps, |frame| {
                detector.process(front_end.process(frame));
                while let Some(event) = detector.poll() {
                    black_box(event);
                }
            });
            writeln!(out, "tipring dtmf {ns:.2} ns/sample")?;
        }
        What::Ec {
            taps,
            nlp,
            rin,
            sin,
            reps,
        } => canceller(*taps, *nlp, rin.as_ref().zip(sin.as_ref()), *reps, out)?,
        What::Cid { std, wav, reps } => {
            let frames = recording(wav, || sound::message(std.standard()))?;
            let (mut front_end, mut detector) = (FrontEnd::new(), caller_id::Detector::new());
            let ns = per_sample(&frames, *reps, |frame| {
                detector.process(front_end.process(frame));
                while let Some(result) = detector.poll() {
                    black_box(result.is_ok());
                }
            });
            writeln!(out, "tipring cid {ns:.2} ns/sample")?;
        }
        What::Tones { wav, reps } => {
            let frames = recording(wav, sound::tones)?;
            let mut detector = progress::Detector::new(sound::north_america());
            let mut front_end = FrontEnd::new();
            let ns = per_sample(&frames, *reps, |frame| {
                detector.process(front_end.process(frame));
                while let Some(heard) = detector.poll() {
                    black_box(heard);
                }
            });
            writeln!(out, "tipring tones {ns:.2} ns/sample")?;
        }
        What::Fax { wav, reps } => {
            let frames = recording(wav, sound::tones)?;
            let (mut front_end, mut detector) = (FrontEnd::new(), fax::Detector::new());
            let ns = per_sample(&frames, *reps, |frame| {
                detector.process(front_end.process(frame));
                while let Some(event) = detector.poll() {
                    black_box(event);
                }
            });
            writeln!(out, "tipring fax {ns:.2} ns/sample")?;
        }
        What::Plc { wav, reps } => {
            let frames = recording(wav, || sound::speech(ECHO_SECONDS))?;
            let mut concealer = Concealer::new();
            let mut count = 0u32;
            let ns = per_sample(&frames, *reps, |frame| {
                let mut frame = *frame;
                count += 1;
                if count.is_multiple_of(20) {
                    concealer.lost(&mut frame);
                } else {
                    concealer.good(&mut frame);
                }
                black_box(&frame);
            });
            writeln!(out, "tipring plc {ns:.2} ns/sample")?;
        }
    }
    Ok(())
}

fn recording(
    wav: &Option<PathBuf>,
    generate: impl FnOnce() -> Vec<Frame>,
) -> Result<Vec<Frame>, Failure> {
    let Some(path) = wav else {
        return Ok(generate());
    };
    let frames = wav::read(path)?;
    if frames.is_empty() {
        let path = path.display();
        return Err(Failure::Argument(format!(
            "{path}: no samples to measure on"
        )));
    }
    Ok(frames)
}

/// A canceller that knows nothing of the line at the start of each repetition.
fn canceller(
    taps: u16,
    nlp: u8,
    files: Option<(&PathBuf, &PathBuf)>,
    reps: Option<u32>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (far, near) = match files {
        Some((rin, sin)) => (
            recording(&Some(rin.clone()), Vec::new)?,
            recording(&Some(sin.clone()), Vec::new)?,
        ),
        None => sound::echo(ECHO_SECONDS),
    };
    let length = far.len().min(near.len());
    let mut clean = near.clone();
    let ns = passes(length, reps, || {
        let mut canceller = ec::canceller(taps, nlp);
        for (n, out) in clean.iter_mut().enumerate().take(length) {
            *out = near[n];
            canceller.process(&far[n], out);
        }
        black_box(&clean);
    });
    let late = length / 2..length;
    let erle_db = 10.0 * (energy(&near[late.clone()]) / energy(&clean[late])).log10();
    writeln!(
        out,
        "tipring ec {taps} taps nlp {nlp} {ns:.2} ns/sample ERLE {erle_db:.1} dB"
    )?;
    Ok(())
}

/// Sum of squares; never zero, so that it can be divided by.
fn energy(frames: &[Frame]) -> f64 {
    let squares = frames
        .iter()
        .flatten()
        .map(|&s| f64::from(s) * f64::from(s));
    1.0 + squares.sum::<f64>()
}

fn per_sample(frames: &[Frame], reps: Option<u32>, mut hear: impl FnMut(&Frame)) -> f64 {
    passes(frames.len(), reps, || frames.iter().for_each(&mut hear))
}

/// Nanoseconds per sample of `pass`, which works on `frames` frames.
fn passes(frames: usize, reps: Option<u32>, mut pass: impl FnMut()) -> f64 {
    let start = cpu_ns();
    let mut done = 0u32;
    loop {
        pass();
        done += 1;
        let spent = cpu_ns() - start;
        if reps.map_or(spent >= LONG_ENOUGH_NS, |reps| done >= reps) {
            return spent as f64 / (f64::from(done) * (frames * FRAME_SAMPLES) as f64);
        }
    }
}

/// CPU time this process has used.
fn cpu_ns() -> u64 {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(0, |time| {
        time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
    })
}
