//! The limits the line DSP keeps, each a test. Every test runs on the vectors of the fixed seed and on those of a random one, which
//! is told on the error output and repeated with `TIPRING_SEED=<number>`.

mod caller_id;
mod dtmf;
mod echo;
mod fax;
mod g711;
mod plc;
mod progress;

/// Fails with all of `failures`, the first lines of it.
fn none(failures: Vec<String>) {
    let shown: Vec<&str> = failures.iter().take(12).map(String::as_str).collect();
    assert!(
        failures.is_empty(),
        "{} limits missed:\n{}",
        failures.len(),
        shown.join("\n")
    );
}
