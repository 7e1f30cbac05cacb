//! The chores of this repository: `cargo xtask check | test | aarch64 | fuzz | bench`.
#![forbid(unsafe_code)]

mod aarch64;
mod bench;
mod check;
mod dsp_probe;
mod fuzz;
mod step;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "The chores of this repository",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Format, lints, dependency direction, unsafe, clocks, sizes
    Check(check::Arguments),
    /// The tests of the workspace, and the fuzz targets built
    Test,
    /// Fuzz targets with libFuzzer, on the stable toolchain
    Fuzz(fuzz::Arguments),
    /// The line DSP built for the box's processor and compared with this machine's, bit for bit
    Aarch64,
    /// Measures a release build
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Check(arguments) => check::run(&arguments),
        Chore::Test => test::run(),
        Chore::Fuzz(arguments) => fuzz::run(&arguments),
        Chore::Aarch64 => aarch64::run(),
        Chore::Bench(arguments) => bench::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("xtask: {failed}");
            ExitCode::FAILURE
        }
    }
}
