//! Fuzzing with libFuzzer on the stable toolchain.
//!
//! `cargo fuzz` needs a nightly for `-Zsanitizer`; coverage instrumentation alone is an LLVM pass that stable rustc can be
//! told to run. The targets are safe Rust, so an address sanitizer would have little to find.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use clap::Parser;

use crate::step::{Outcome, cargo, root, succeeded};

/// Name of a target and the longest input it is given, in bytes.
const TARGETS: &[(&str, u32)] = &[
    ("sip_message", 8_192),
    ("sdp", 4_096),
    ("rtp", 1_500),
    ("dial_string", 64),
];

/// What `cargo fuzz` passes for coverage and comparisons, without the sanitizer.
const RUSTFLAGS: &str = "--cfg fuzzing -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1 \
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

#[derive(Parser)]
pub struct Arguments {
    /// How long each target runs
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    seconds: u64,
    /// Only these targets: sip_message, sdp, rtp, dial_string
    targets: Vec<String>,
}

/// Builds the targets and runs them, as many at once as there are processors.
pub fn run(arguments: &Arguments) -> Outcome {
    let targets: Vec<_> = match arguments.targets.as_slice() {
        [] => TARGETS.to_vec(),
        named => named
            .iter()
            .map(|name| find(name))
            .collect::<Result<_, _>>()?,
    };
    let folder = build_named(&targets)?;
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let mut failures = Vec::new();
    for group in targets.chunks(at_once) {
        let started: Vec<_> = group
            .iter()
            .map(|target| (target.0, start(&folder, *target, arguments.seconds)))
            .collect();
        for (name, child) in started {
            if let Err(failure) = child.and_then(|child| finish(name, child)) {
                failures.push(failure);
            }
        }
    }
    println!(
        "fuzz: {} passed, {} failed",
        targets.len() - failures.len(),
        failures.len()
    );
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("\n"))
    }
}

/// Builds the targets without running them.
pub fn build() -> Outcome {
    build_named(TARGETS).map(drop)
}

fn find(name: &str) -> Result<(&'static str, u32), String> {
    let known: Vec<_> = TARGETS.iter().map(|target| target.0).collect();
    let target = TARGETS.iter().find(|target| target.0 == name);
    target.copied().ok_or_else(|| {
        format!(
            "there is no fuzz target {name}; there are {}",
            known.join(", ")
        )
    })
}

/// The toolchain's own target triple. Naming it keeps build scripts and macros free of the instrumentation.
fn host() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("-vV")
        .output()
        .map_err(|error| format!("rustc -vV: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned)
        .ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// Builds; returns the folder with the binaries.
fn build_named(targets: &[(&str, u32)]) -> Result<PathBuf, String> {
    let host = host()?;
    let target_folder = root().join("tools/fuzz/target");
    println!("== fuzz: build");
    let status = cargo(&["build", "--release", "--locked", "--target", &host])
        .args(targets.iter().flat_map(|target| ["--bin", target.0]))
        .current_dir(root().join("tools/fuzz"))
        .env("CARGO_TARGET_DIR", &target_folder)
        .env("RUSTFLAGS", RUSTFLAGS)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status();
    succeeded(
        "build of the fuzz targets",
        status.map_err(|error| format!("cargo: {error}"))?,
    )?;
    Ok(target_folder.join(host).join("release"))
}

fn log_of(name: &str) -> PathBuf {
    root().join("tools/fuzz/target").join(format!("{name}.log"))
}

fn start(folder: &Path, (name, longest): (&str, u32), seconds: u64) -> Result<Child, String> {
    let home = root().join("tools/fuzz");
    let corpus = home.join("corpus").join(name);
    let artifacts = home.join("artifacts").join(name);
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let log = log_of(name);
    let output = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    println!("== fuzz: {name}, {seconds} s");
    Command::new(folder.join(name))
        .arg(&corpus)
        .arg(home.join("seeds").join(name))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-max_len={longest}"))
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(output)
        .spawn()
        .map_err(|error| format!("{name}: {error}"))
}

/// Waits for a target and says in a line what it did; on failure, its last words.
fn finish(name: &str, mut child: Child) -> Outcome {
    let status = child.wait().map_err(|error| format!("{name}: {error}"))?;
    let log = fs::read_to_string(log_of(name)).unwrap_or_default();
    let stat = |key: &str| {
        log.lines()
            .find_map(|line| line.strip_prefix(key))
            .map_or("?", str::trim)
    };
    let coverage = log
        .lines()
        .rev()
        .find_map(|line| line.split_once("cov: ")?.1.split(' ').next())
        .unwrap_or("?");
    let runs = stat("stat::number_of_executed_units:");
    let verdict = if status.success() { "passed" } else { "FAILED" };
    println!("   {name}: {verdict}, {runs} inputs, {coverage} edges reached");
    succeeded(&format!("fuzz target {name}"), status)
        .map_err(|failed| format!("{failed}\n{}", last_words(&log)))
}

/// What of a failed target's log tells why: the panic or libFuzzer's own error, and where the input was kept.
fn last_words(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    let tells = |line: &&str| {
        ["panicked at", "ERROR: libFuzzer", "Test unit written"]
            .iter()
            .any(|words| line.contains(words))
    };
    let mut words = Vec::new();
    for (n, line) in lines.iter().enumerate().filter(|(_, line)| tells(line)) {
        words.push(*line);
        // The message of a panic stands on the line below.
        words.extend(lines.get(n + 1).filter(|_| line.contains("panicked at")));
    }
    if words.is_empty() {
        words = lines[lines.len().saturating_sub(20)..].to_vec();
    }
    words
        .iter()
        .map(|line| format!("   {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panic_and_the_input_are_told() {
        let log = "INFO: seed\nthread panicked at a.rs:1:\ninserted\nstack\n==1== ERROR: libFuzzer: deadly signal\n\
                   artifact_prefix='x/'; Test unit written to x/crash-1\nstat::";
        let told: Vec<_> = last_words(log)
            .lines()
            .map(|line| line.trim().to_owned())
            .collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert_eq!(told[1], "inserted");
        assert!(told[3].ends_with("x/crash-1"));
        assert_eq!(last_words("only this"), "   only this");
    }

    #[test]
    fn every_target_has_seeds_and_is_in_the_manifest() {
        let home = root().join("tools/fuzz");
        let manifest = fs::read_to_string(home.join("Cargo.toml")).unwrap();
        for (name, longest) in TARGETS {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
            let seeds: Vec<_> = fs::read_dir(home.join("seeds").join(name))
                .unwrap()
                .collect();
            assert!(seeds.len() >= 3, "{name}");
            for seed in seeds {
                let length = seed.unwrap().metadata().unwrap().len();
                assert!(
                    length <= u64::from(*longest),
                    "a seed of {name} is longer than the target reads"
                );
            }
        }
        assert!(find("nonsense").is_err());
    }
}
