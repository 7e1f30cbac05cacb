//! What the line DSP of a 24-port box costs its processor: instructions of the box's own machine code, counted, not timed. The same
//! on every machine and under every load.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dsp_probe;
use crate::step::{self, Outcome, root};

/// Ports of the largest box.
const PORTS: u64 = 24;
const SAMPLE_RATE_HZ: u64 = 8_000;
/// What the box has: one Cortex-A53 core at 1.2 GHz does so many instructions a second when it does one each cycle. It can do two,
/// and waits for memory at other times.
const INSTRUCTIONS_PER_SECOND: f64 = 1.2e9;
/// How much of that core is the line DSP's.
const SHARE: f64 = 0.25;
/// The two lengths whose difference counts, in seconds: what start and end cost is in both, and between them every port hears the
/// whole of the sound once.
const SECONDS: [u64; 2] = [1, 13];
/// Ports for the parts of a channel, of which a share is not asked.
const FEW_PORTS: u64 = 2;
const PARTS: [(&str, &str); 6] = [
    ("front-end", "front end"),
    ("ec", "echo canceller, 32 ms, NLP *"),
    ("dtmf", "DTMF *"),
    ("progress", "call progress *"),
    ("cid", "caller ID, both FSK *"),
    ("fax", "fax tones *"),
];

pub fn run(rest: &[String]) -> Outcome {
    if !rest.is_empty() {
        return Err("bench dsp-load takes no arguments".into());
    }
    let counter = Counter {
        program: dsp_probe::build_aarch64()?,
        plugin: build_plugin()?,
    };
    println!("== count\ninstructions per sample and port (* with the front end)");
    for (part, name) in PARTS {
        let each = counter.per_sample(FEW_PORTS, &["--only", part])?;
        println!("   {name:<30}{each:>8.0}");
    }
    let all = counter.per_sample(PORTS, &[])?;
    let share = all * (PORTS * SAMPLE_RATE_HZ) as f64 / INSTRUCTIONS_PER_SECOND;
    println!("   {:<30}{all:>8.0}", "all of a channel");
    println!(
        "{PORTS} ports take {:.1} % of a Cortex-A53 core of 1.2 GHz at one instruction a cycle; {:.0} % are theirs",
        100.0 * share,
        100.0 * SHARE
    );
    if share > SHARE {
        return Err("the line DSP takes more than its share of the box's processor".into());
    }
    Ok(())
}

/// The program that counts, as a library that qemu loads.
fn build_plugin() -> Result<PathBuf, String> {
    let plugin = dsp_probe::scratch()?.join("libinstructions.so");
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-Wall", "-shared", "-fPIC", "-o"])
        .arg(&plugin)
        .arg(root().join("tools/xtask/src/bench/instructions.c"));
    step::run("build the counter", &mut cc)?;
    Ok(plugin)
}

struct Counter {
    program: PathBuf,
    plugin: PathBuf,
}

impl Counter {
    /// Instructions for each sample of each of `ports` channels.
    fn per_sample(&self, ports: u64, rest: &[&str]) -> Result<f64, String> {
        let [short, long] = SECONDS;
        let more = self
            .count(ports, long, rest)?
            .saturating_sub(self.count(ports, short, rest)?);
        Ok(more as f64 / ((long - short) * ports * SAMPLE_RATE_HZ) as f64)
    }

    /// Instructions of a whole run.
    fn count(&self, ports: u64, seconds: u64, rest: &[&str]) -> Result<u64, String> {
        let plugin: &Path = &self.plugin;
        let mut command = dsp_probe::emulated(&self.program, Some(plugin));
        command
            .args(["load", "--ports", &ports.to_string()])
            .args(["--seconds", &seconds.to_string()])
            .args(rest);
        let done = command.output().map_err(|why| format!("qemu: {why}"))?;
        let notes = String::from_utf8_lossy(&done.stderr).into_owned();
        if !done.status.success() {
            return Err(format!("dsp-probe load failed ({}): {notes}", done.status));
        }
        notes
            .lines()
            .find_map(|line| line.strip_suffix(" instructions")?.parse().ok())
            .ok_or_else(|| format!("no count of instructions in {notes:?}"))
    }
}
