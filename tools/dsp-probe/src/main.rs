//! Runs the line DSP over WAV files, measures it, and draws what it does.
#![forbid(unsafe_code)]

mod bench;
mod plot;
mod probe;

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use probe::{Failure, cid, dtmf, ec, tones};

/// Exit code of a command line, a file or a figure that cannot be worked on.
const BAD_INPUT: u8 = 2;

#[derive(Parser)]
#[command(
    name = "dsp-probe",
    about = "The line DSP over WAV files (8 kHz, mono, 16 bits)",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// DTMF digits: lines "<sample index> <digit>"
    Dtmf { wav: PathBuf },
    /// Echo canceller: writes the near end's recording without echo
    Ec(ec::Arguments),
    /// Caller ID: lines "<file> <octets in hex>", for dtmf "<file> <digits>"
    Cid {
        #[arg(value_name = "STD")]
        std: cid::Std,
        #[arg(required = true)]
        wavs: Vec<PathBuf>,
    },
    /// Call progress tones of every country: lines "<start> <end> <country> <tone>", in samples
    Tones { wav: PathBuf },
    /// CPU time of this process per 8 kHz sample
    #[command(subcommand)]
    Bench(bench::What),
    /// All of a box's channels at once, for counting instructions
    Load(bench::load::Arguments),
    /// Draws what the line DSP does, as SVG
    #[command(subcommand)]
    Plot(plot::What),
    /// Writes the recordings that `bench` generates
    Signals { folder: PathBuf },
}

fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let code = run(std::env::args_os(), &mut out, &mut io::stderr());
    ExitCode::from(code)
}

/// The program with its two outputs, for tests.
fn run(line: impl IntoIterator<Item = OsString>, out: &mut dyn Write, notes: &mut dyn Write) -> u8 {
    let arguments = match Arguments::try_parse_from(line) {
        Ok(arguments) => arguments,
        Err(why) => {
            let asked = matches!(
                why.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            let to: &mut dyn Write = if asked { out } else { notes };
            let written = write!(to, "{why}").and_then(|()| to.flush());
            return if asked && written.is_ok() {
                0
            } else {
                BAD_INPUT
            };
        }
    };
    let done =
        execute(arguments.command, out, notes).and_then(|()| out.flush().map_err(Failure::Output));
    match done {
        Ok(()) => 0,
        // Who reads has read enough (`dsp-probe dtmf x.wav | head`).
        Err(Failure::Output(why)) if why.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(why) => {
            // When standard error is closed there is nobody left to tell.
            let _ = writeln!(notes, "dsp-probe: {why}");
            BAD_INPUT
        }
    }
}

fn execute(command: Command, out: &mut dyn Write, notes: &mut dyn Write) -> Result<(), Failure> {
    match command {
        Command::Dtmf { wav } => dtmf::run(&wav, out),
        Command::Ec(arguments) => ec::run(&arguments, notes),
        Command::Cid { std, wavs } => cid::run(std, &wavs, out, notes),
        Command::Tones { wav } => tones::run(&wav, out),
        Command::Bench(what) => bench::run(&what, out),
        Command::Load(arguments) => bench::load::run(&arguments, out),
        Command::Plot(what) => plot::run(&what),
        Command::Signals { folder } => bench::sound::write_all(&folder),
    }
}

#[cfg(test)]
mod tests;
