//! dsp-probe, built for this machine and for the box.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, cargo, root};

const TARGET: &str = "aarch64-unknown-linux-gnu";
/// Runs a program of the box's processor here.
const QEMU: &str = "qemu-aarch64";
const LINKER: &str = "aarch64-linux-gnu-gcc";

/// Where cargo builds.
fn target_folder() -> PathBuf {
    let wanted = std::env::var_os("CARGO_TARGET_DIR");
    root().join(wanted.map_or_else(|| "target".into(), PathBuf::from))
}

/// A folder for what is built and generated beside cargo's own.
pub fn scratch() -> Result<PathBuf, String> {
    let folder = target_folder().join("dsp");
    std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    Ok(folder)
}

/// Builds dsp-probe for this machine; where it is.
pub fn build() -> Result<PathBuf, String> {
    let mut build = cargo(&["build", "--quiet", "--release", "--package", "dsp-probe"]);
    step::run("build dsp-probe", &mut build)?;
    Ok(target_folder().join("release/dsp-probe"))
}

/// Builds dsp-probe for the box, with the compiler that `tools/setup test` puts into `target/aarch64`; where it is. Linked
/// statically, so that it runs without the box's libraries.
pub fn build_aarch64() -> Result<PathBuf, String> {
    let toolchain = root().join("target/aarch64/usr");
    let rustc = toolchain.join("bin/rustc");
    if !rustc.exists() {
        let path = rustc.display();
        return Err(format!("{path} is missing: run tools/setup test"));
    }
    for program in [LINKER, QEMU] {
        present(program)?;
    }
    // Apart from the other builds: another compiler, which would throw away what they have built.
    let folder = target_folder().join("aarch64/build");
    let mut build = cargo(&["build", "--quiet", "--release", "--package", "dsp-probe"]);
    build
        .args(["--target", TARGET, "--target-dir"])
        .arg(&folder)
        // Flags meant for the other compiler would take the place of ours.
        .env_remove("RUSTFLAGS")
        .env("RUSTC", rustc)
        .env("LD_LIBRARY_PATH", toolchain.join("lib/x86_64-linux-gnu"))
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER)
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "-C target-feature=+crt-static",
        );
    step::run("build dsp-probe for aarch64", &mut build)?;
    Ok(folder.join(TARGET).join("release/dsp-probe"))
}

fn present(program: &str) -> Result<(), String> {
    let asked = Command::new(program).arg("--version").output();
    asked.map_or(
        Err(format!("{program} is missing: run tools/setup test")),
        |_| Ok(()),
    )
}

/// `program` of the box on the processor of the box, a Cortex-A53.
pub fn emulated(program: &Path, plugin: Option<&Path>) -> Command {
    let mut command = Command::new(QEMU);
    command.args(["-cpu", "cortex-a53"]);
    if let Some(plugin) = plugin {
        command.arg("-plugin").arg(plugin);
    }
    command.arg(program);
    command
}
