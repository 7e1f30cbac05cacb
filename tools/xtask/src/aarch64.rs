//! The line DSP hears the same on the box as here: every output of dsp-probe, bit for bit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dsp_probe;
use crate::step::{self, Outcome};

/// Every command line that has an output, with `{}` for the folder of recordings and `OUT` for a file that is written.
const LINES: [&str; 16] = [
    "dtmf {}/dtmf.wav",
    "dtmf {}/speech.wav",
    "dtmf {}/cid-dtmf.wav",
    "cid bell202 {}/bell202.wav",
    "cid v23 {}/v23.wav",
    "cid dtmf {}/cid-dtmf.wav",
    "tones {}/tones.wav",
    "tones {}/speech.wav",
    "ec 64 0 {}/far.wav {}/near.wav OUT",
    "ec 128 1 {}/far.wav {}/near.wav OUT",
    "ec 256 0 {}/far.wav {}/near.wav OUT",
    "ec 256 1 {}/far.wav {}/near.wav OUT",
    "ec 512 0 {}/far.wav {}/near.wav OUT",
    "ec 1024 1 {}/far.wav {}/near.wav OUT",
    "ec 256 1 {}/near.wav {}/tones.wav OUT",
    "load --ports 2 --seconds 6",
];

/// Builds dsp-probe for both machines and compares.
pub fn run() -> Outcome {
    let here = dsp_probe::build()?;
    let box_program = dsp_probe::build_aarch64()?;
    let scratch = dsp_probe::scratch()?;
    let folders = [scratch.join("here"), scratch.join("aarch64")];
    let start = |machine: usize| match machine {
        0 => Command::new(&here),
        _ => dsp_probe::emulated(&box_program, None),
    };
    println!("== the same on aarch64");
    for (machine, folder) in folders.iter().enumerate() {
        step::output(start(machine).arg("signals").arg(folder))?;
    }
    let mut different = compare_folders(&folders)?;
    for line in LINES {
        let mut outcomes = Vec::new();
        for machine in 0..folders.len() {
            // Both hear the recordings made here: what the players do differently was compared above.
            outcomes.push(outcome(start(machine), line, &folders[0], &scratch)?);
        }
        let same = outcomes[0] == outcomes[1];
        println!("   {} {line}", if same { "same     " } else { "different" });
        different += usize::from(!same);
    }
    match different {
        0 => Ok(()),
        count => Err(format!(
            "{count} outputs differ between this machine and aarch64"
        )),
    }
}

/// Files of the one folder that are not the same in the other.
fn compare_folders(folders: &[PathBuf; 2]) -> Result<usize, String> {
    let told = |path: &Path, why: std::io::Error| format!("{}: {why}", path.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&folders[0]).map_err(|why| told(&folders[0], why))? {
        names.push(entry.map_err(|why| told(&folders[0], why))?.file_name());
    }
    names.sort();
    let mut different = 0;
    for name in names {
        let mut files = Vec::new();
        for path in folders.iter().map(|folder| folder.join(&name)) {
            files.push(fs::read(&path).map_err(|why| told(&path, why))?);
        }
        let same = files[0] == files[1];
        let name = name.to_string_lossy();
        println!(
            "   {} signals: {name}",
            if same { "same     " } else { "different" }
        );
        different += usize::from(!same);
    }
    Ok(different)
}

/// Everything `line` prints and writes.
fn outcome(
    mut program: Command,
    line: &str,
    recordings: &Path,
    scratch: &Path,
) -> Result<[Vec<u8>; 3], String> {
    let written = scratch.join("out.wav");
    for word in line.split(' ') {
        match word.strip_prefix("{}/") {
            Some(name) => program.arg(recordings.join(name)),
            None if word == "OUT" => program.arg(&written),
            None => program.arg(word),
        };
    }
    let done = program.output().map_err(|why| format!("{line}: {why}"))?;
    step::succeeded(line, done.status)?;
    let file = if line.ends_with("OUT") {
        fs::read(&written).map_err(|why| format!("{}: {why}", written.display()))?
    } else {
        Vec::new()
    };
    Ok([done.stdout, done.stderr, file])
}
