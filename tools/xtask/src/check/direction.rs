//! Which room may know which: ARCHITECTURE.md's "Dependency direction, down only", from `cargo metadata`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::step::{Outcome, cargo, root};

/// A room and the rooms it may depend on. A room that is not here may not exist.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("telephony", &[]),
    ("dsp", &["telephony"]),
    ("line", &["telephony"]),
    ("media", &["telephony", "dsp"]),
    ("sip", &["telephony"]),
    ("webrtc", &["telephony"]),
    ("dialplan", &["telephony"]),
    ("call", &["telephony", "dialplan"]),
    ("services", &["telephony", "dialplan", "call"]),
    ("store", &["telephony"]),
    ("web", &["telephony", "store"]),
    ("line-card", &["telephony"]),
    ("si3210", &["telephony", "line-card"]),
    ("si3050", &["telephony", "line-card"]),
    ("spi-card", &["telephony", "line-card", "si3210", "si3050"]),
    ("linux-bus", &["board"]),
    ("pcm-alsa", &["telephony", "line-card"]),
    ("dahdi", &["telephony", "line-card"]),
    ("board", &[]),
    (
        "pbxd",
        &[
            "telephony",
            "dsp",
            "line",
            "media",
            "sip",
            "webrtc",
            "dialplan",
            "call",
            "services",
            "store",
            "web",
            "line-card",
            "spi-card",
            "linux-bus",
            "pcm-alsa",
            "dahdi",
            "board",
        ],
    ),
];

/// Crates from outside that only some rooms may see. Tools may use anything.
const KEPT_TO: &[(&str, &[&str])] = &[
    ("rsip", &["sip"]),
    ("str0m", &["webrtc"]),
    ("rusqlite", &["store"]),
    ("tokio", &["pbxd"]),
    ("tiny_http", &["web"]),
    ("nix", &["pbxd", "dahdi", "linux-bus"]),
    ("libc", &["pbxd", "dahdi"]),
    ("anyhow", &[]),
];

/// Rooms without any dependency.
const BARE: &[&str] = &["telephony"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A member of the workspace and what its Cargo.toml names, build and dev dependencies included.
#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

/// Asks cargo and applies the tables.
pub fn check() -> Outcome {
    let mut ask = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let output = ask
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let violations = violations(&metadata.packages, &root());
    for violation in &violations {
        println!("   {violation}");
    }
    match violations.len() {
        0 => Ok(()),
        count => Err(format!("dependency direction: {count} violations")),
    }
}

/// Tools and tests may know everything.
fn is_tool(package: &Package, root: &Path) -> bool {
    let manifest = Path::new(&package.manifest_path);
    let inside = manifest.strip_prefix(root).unwrap_or(manifest);
    inside.starts_with("tools") || inside.starts_with("hw-tests")
}

fn violations(packages: &[Package], root: &Path) -> Vec<String> {
    let rules: BTreeMap<_, _> = MAY_KNOW.iter().copied().collect();
    let mut found = Vec::new();
    for package in packages.iter().filter(|package| !is_tool(package, root)) {
        let name = package.name.as_str();
        let Some(allowed) = rules.get(name) else {
            found.push(format!(
                "{name}: not in the table of rooms (tools/xtask/src/check/direction.rs)"
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let wanted = dependency.name.as_str();
            if dependency.path.is_some() && !allowed.contains(&wanted) {
                found.push(format!(
                    "{name} -> {wanted}: {name} may know only [{}]",
                    allowed.join(", ")
                ));
            }
            let kept = KEPT_TO.iter().find(|(outside, _)| *outside == wanted);
            if let Some((_, rooms)) = kept.filter(|(_, rooms)| !rooms.contains(&name)) {
                found.push(format!(
                    "{name} -> {wanted}: {wanted} is for [{}] only",
                    rooms.join(", ")
                ));
            }
            if BARE.contains(&name) && dependency.kind.as_deref() != Some("dev") {
                found.push(format!("{name} -> {wanted}: {name} has no dependencies"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, folder: &str, dependencies: &[(&str, bool)]) -> Package {
        let dependency = |&(name, ours): &(&str, bool)| Dependency {
            name: name.to_owned(),
            kind: None,
            path: ours.then(|| "/r".to_owned()),
        };
        Package {
            name: name.to_owned(),
            manifest_path: format!("/r/{folder}/Cargo.toml"),
            dependencies: dependencies.iter().map(dependency).collect(),
        }
    }

    fn found(package: Package) -> String {
        violations(&[package], Path::new("/r")).join("; ")
    }

    #[test]
    fn down_is_allowed() {
        assert_eq!(
            found(package(
                "call",
                "firmware/core/call",
                &[("dialplan", true), ("tracing", false)]
            )),
            ""
        );
        assert_eq!(
            found(package(
                "line-sim",
                "tools/line-sim",
                &[("pbxd", true), ("tokio", false)]
            )),
            ""
        );
    }

    #[test]
    fn up_and_sideways_are_named() {
        let up = found(package("line", "firmware/core/line", &[("sip", true)]));
        assert_eq!(up, "line -> sip: line may know only [telephony]");
        let tool = found(package("pbxd", "firmware/pbxd", &[("line-sim", true)]));
        assert!(tool.starts_with("pbxd -> line-sim"), "{tool}");
    }

    #[test]
    fn outside_crates_stay_in_their_room() {
        assert_eq!(
            found(package("sip", "firmware/core/sip", &[("rsip", false)])),
            ""
        );
        let leak = found(package("call", "firmware/core/call", &[("tokio", false)]));
        assert_eq!(leak, "call -> tokio: tokio is for [pbxd] only");
        assert!(
            found(package(
                "telephony",
                "firmware/core/telephony",
                &[("libm", false)]
            ))
            .contains("no dependencies")
        );
    }

    #[test]
    fn a_room_nobody_planned_is_named() {
        assert!(found(package("helper", "firmware/helper", &[])).contains("not in the table"));
    }

    #[test]
    fn the_table_has_no_way_back_up() {
        for (position, (room, allowed)) in MAY_KNOW.iter().enumerate() {
            for below in *allowed {
                let theirs = MAY_KNOW.iter().position(|(name, _)| name == below);
                assert!(theirs.is_some(), "{room} -> {below}: no such room");
                let back = theirs.is_some_and(|n| MAY_KNOW[n].1.contains(room));
                assert!(!back && theirs != Some(position), "{room} <-> {below}");
            }
        }
    }
}
