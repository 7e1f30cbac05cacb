//! Running other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// What a chore ends with: nothing, or what failed.
pub type Outcome = Result<(), String>;

/// The root of the checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .and_then(Path::parent)
        .unwrap_or(here)
        .to_owned()
}

/// The cargo that runs us, at the root.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command and waits; its output is ours.
pub fn run(what: &str, command: &mut Command) -> Outcome {
    println!("== {what}");
    let status = command
        .status()
        .map_err(|error| format!("{what}: {error}"))?;
    succeeded(what, status)
}

/// Runs a command for what it prints.
pub fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|why| format!("{name}: {why}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let notes = String::from_utf8_lossy(&done.stderr);
    Err(format!("{name} failed ({}): {}", done.status, notes.trim()))
}

/// Turns an exit status into an outcome.
pub fn succeeded(what: &str, status: ExitStatus) -> Outcome {
    if status.success() {
        Ok(())
    } else {
        Err(format!("{what} failed ({status})"))
    }
}
