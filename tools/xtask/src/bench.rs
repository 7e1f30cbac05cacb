mod dsp;
mod dsp_load;

use clap::{Parser, ValueEnum};

use crate::step::{self, Outcome, cargo};

#[derive(Parser)]
pub struct Arguments {
    /// What to measure
    what: What,
    /// Passed on to the benchmark
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// CPU time of a call set up and torn down, without media
    Call,
    /// CPU time of a relayed RTP packet
    Relay,
    /// CPU time of the line DSP per sample, beside Debian's spandsp and SpeexDSP; one argument: rounds (5)
    Dsp,
    /// Instructions of a 24-port box's line DSP on a Cortex-A53, counted by qemu-aarch64
    DspLoad,
}

pub fn run(arguments: &Arguments) -> Outcome {
    match arguments.what {
        What::Call => load("call", &arguments.rest),
        What::Relay => load("relay", &arguments.rest),
        What::Dsp => dsp::run(&arguments.rest),
        What::DspLoad => dsp_load::run(&arguments.rest),
    }
}

/// Builds the daemon as it is shipped and the load tool, and lets the one measure the other.
fn load(what: &str, rest: &[String]) -> Outcome {
    let packages = ["--package", "pbxd", "--package", "load"];
    let mut build = cargo(&["build", "--quiet", "--release"]);
    step::run("build", build.args(packages))?;
    let mut load = cargo(&[
        "run",
        "--quiet",
        "--release",
        "--package",
        "load",
        "--",
        what,
    ]);
    step::run(&format!("bench {what}"), load.args(rest))
}
