//! The lines not to cross, checked.

mod direction;
mod report;
mod source;

use clap::Parser;

use crate::step::{self, Outcome, cargo, root};

#[derive(Parser)]
pub struct Arguments {
    /// Only the checks that need no build: direction and source
    #[arg(long)]
    quick: bool,
    /// List every file and function over the reporting sizes
    #[arg(long)]
    sizes: bool,
}

/// Runs every check, also after one failed, so that one run shows all there is to mend.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut failed = Vec::new();
    let mut note = |outcome: Outcome| failed.extend(outcome.err());
    if !arguments.quick {
        note(step::run(
            "cargo fmt --check",
            &mut cargo(&["fmt", "--all", "--", "--check"]),
        ));
        let clippy = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        note(step::run("cargo clippy -D warnings", &mut cargo(&clippy)));
    }
    println!("== dependency direction");
    note(direction::check());
    println!("== source: unsafe, clocks, sleeps, names, sizes");
    note(check_source(arguments.sizes));
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("\nxtask: "))
    }
}

fn check_source(list_sizes: bool) -> Outcome {
    let files = source::read_all(&root())?;
    report::print(&files, list_sizes);
    let violations: Vec<_> = files.iter().flat_map(|file| &file.violations).collect();
    for violation in &violations {
        println!("   {violation}");
    }
    match violations.len() {
        0 => Ok(()),
        count => Err(format!("source: {count} lines crossed")),
    }
}
