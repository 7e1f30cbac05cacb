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

/// Builds the benchmark as it is shipped and runs it.
pub fn run(arguments: &Arguments) -> Outcome {
    let what = match arguments.what {
        What::Call => "call",
        What::Relay => "relay",
    };
    let mut command = cargo(&[
        "run",
        "--quiet",
        "--release",
        "--package",
        "pbx-sim",
        "--bin",
        "bench",
        "--",
        what,
    ]);
    step::run(&format!("bench {what}"), command.args(&arguments.rest))
}
