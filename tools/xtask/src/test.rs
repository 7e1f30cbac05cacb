use std::process::{Command, Stdio};

use crate::fuzz;
use crate::step::{self, Outcome, cargo};

/// The tests of the workspace, with nextest where it is installed, and the fuzz targets built.
pub fn run() -> Outcome {
    if has_nextest() {
        step::run(
            "cargo nextest run --workspace",
            &mut cargo(&["nextest", "run", "--workspace"]),
        )?;
        // nextest does not run the examples in doc comments.
        step::run(
            "cargo test --workspace --doc",
            &mut cargo(&["test", "--workspace", "--doc"]),
        )?;
    } else {
        step::run(
            "cargo test --workspace",
            &mut cargo(&["test", "--workspace"]),
        )?;
    }
    fuzz::build()
}

fn has_nextest() -> bool {
    let mut ask: Command = cargo(&["nextest", "--version"]);
    ask.stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
