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
}

/// Builds the daemon as it is shipped and the load tool, and lets the one measure the other.
pub fn run(arguments: &Arguments) -> Outcome {
    let what = match arguments.what {
        What::Call => "call",
        What::Relay => "relay",
    };
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
    step::run(&format!("bench {what}"), load.args(&arguments.rest))
}
