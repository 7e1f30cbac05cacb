//! Our line DSP and Debian's, on the same recordings and in turns, so that what else the machine does hits all of them alike.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{Outcome, root};
use crate::{dsp_probe, step};

/// Rounds of which the middle one counts.
const ROUNDS: usize = 5;
/// What the peers are built from, and the packages that bring it.
const NEEDED: [(&str, &str); 4] = [
    ("usr/include/spandsp.h", "libspandsp-dev"),
    ("usr/include/speex/speex_echo.h", "libspeexdsp-dev"),
    ("usr/include/tiffio.h", "libtiff-dev"),
    ("usr/bin/cc", "gcc"),
];

/// One row of the table.
struct Contest {
    name: String,
    ours: Option<Runner>,
    peers: Vec<Runner>,
}

/// A program that measures itself.
struct Runner {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    rounds: Vec<Figures>,
}

/// What a program printed.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Figures {
    ns: f64,
    erle_db: Option<f64>,
}

pub fn run(rest: &[String]) -> Outcome {
    let rounds = match rest {
        [] => ROUNDS,
        [rounds] => match rounds.parse() {
            Ok(rounds @ 1..=1_000) => rounds,
            _ => return Err(format!("{rounds:?} is no number of rounds")),
        },
        _ => return Err("bench dsp takes one argument, the number of rounds".into()),
    };
    let ours = dsp_probe::build()?;
    let theirs = build_peers()?;
    let signals = dsp_probe::scratch()?.join("signals");
    step::run("signals", Command::new(&ours).arg("signals").arg(&signals))?;
    let mut contests = contests(&ours, &theirs, &signals);
    println!("== {rounds} rounds");
    for _ in 0..rounds {
        for contest in &mut contests {
            for runner in contest.ours.iter_mut().chain(&mut contest.peers) {
                runner.measure()?;
            }
        }
    }
    print(&contests);
    Ok(())
}

fn build_peers() -> Result<PathBuf, String> {
    let missing: Vec<_> = NEEDED
        .iter()
        .filter(|(file, _)| !is_there(file))
        .map(|(_, package)| *package)
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "the peers' libraries are missing. Run: sudo apt-get install {}   (tools/setup test does it too)",
            missing.join(" ")
        ));
    }
    let program = dsp_probe::scratch()?.join("peers");
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-Wall", "-o"])
        .arg(&program)
        .arg(root().join("tools/dsp-probe/peers/peers.c"))
        .args(["-lspandsp", "-lspeexdsp", "-ltiff", "-lm"]);
    step::run("build peers", &mut cc)?;
    Ok(program)
}

/// Debian puts some headers into a folder named after the machine.
fn is_there(file: &str) -> bool {
    let file = Path::new("/").join(file);
    let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
    let beside = file
        .parent()
        .zip(file.file_name())
        .map(|(folder, name)| folder.join(machine).join(name));
    file.exists() || beside.is_some_and(|file| file.exists())
}

fn contests(ours: &Path, theirs: &Path, signals: &Path) -> Vec<Contest> {
    let wav = |name: &str| signals.join(name).with_extension("wav");
    let path = |name: &str| wav(name).to_string_lossy().into_owned();
    let tipring = |line: &[&str]| Runner::new("tipring", ours, &[&["bench"], line].concat());
    let peer = |name, line: &[&str]| Runner::new(name, theirs, line);
    let one = |name: &str, line: &[&str]| Contest {
        name: name.into(),
        ours: Some(tipring(line)),
        peers: vec![peer("spandsp", line)],
    };
    let (far, near) = (path("far"), path("near"));
    let mut contests = vec![one("DTMF", &["dtmf", &path("dtmf")])];
    for nlp in ["0", "1"] {
        for taps in ["128", "256", "512", "1024"] {
            let peers = ["spandsp", "speexdsp"]
                .map(|name| peer(name, &["ec", name, taps, nlp, &far, &near]));
            contests.push(Contest {
                name: format!("echo, {taps} taps{}", if nlp == "1" { ", NLP" } else { "" }),
                ours: Some(tipring(&["ec", taps, nlp, &far, &near])),
                peers: peers.into(),
            });
        }
    }
    contests.push(one(
        "caller ID, Bell 202 (ours: both at once)",
        &["cid", "bell202", &path("bell202")],
    ));
    contests.push(one(
        "caller ID, V.23 (ours: both at once)",
        &["cid", "v23", &path("v23")],
    ));
    contests.push(one(
        "call progress, one country",
        &["tones", &path("tones")],
    ));
    contests.push(one(
        "fax tones (theirs: CNG and ANSam)",
        &["fax", &path("tones")],
    ));
    contests.push(one("loss concealment, 5 % lost", &["plc", &path("speech")]));
    contests
}

impl Runner {
    fn new(name: &'static str, program: &Path, arguments: &[&str]) -> Self {
        Runner {
            name,
            program: program.to_owned(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            rounds: Vec::new(),
        }
    }

    fn measure(&mut self) -> Outcome {
        let line = step::output(Command::new(&self.program).args(&self.arguments))?;
        let figures = Figures::parse(&line)
            .ok_or_else(|| format!("{} printed {line:?}, no figure", self.program.display()))?;
        self.rounds.push(figures);
        Ok(())
    }

    /// The middle of the rounds.
    fn median(&self) -> Option<Figures> {
        let mut rounds = self.rounds.clone();
        rounds.sort_by(|a, b| a.ns.total_cmp(&b.ns));
        rounds.get(rounds.len() / 2).copied()
    }
}

impl Figures {
    /// From a line "... 4.21 ns/sample ERLE 37.1 dB", the last two words but one only for echo cancellers.
    fn parse(line: &str) -> Option<Figures> {
        let words: Vec<_> = line.split_whitespace().collect();
        let unit = words.iter().position(|&word| word == "ns/sample")?;
        let ns = words.get(unit.checked_sub(1)?)?.parse().ok()?;
        let erle_db = match words.get(unit + 1..unit + 3) {
            Some(["ERLE", db]) => Some(db.parse().ok()?),
            _ => None,
        };
        Some(Figures { ns, erle_db })
    }
}

/// Nanoseconds per sample; in brackets what the echo loses in the second half of the recording.
fn print(contests: &[Contest]) {
    println!(
        "\nns per 8 kHz sample (ERLE in dB), and how long ours takes for each that theirs takes"
    );
    println!("{:<52}{:>16}  peer", "", "tipring");
    for contest in contests {
        let ours = contest.ours.as_ref().and_then(Runner::median);
        print!("{:<52}{:>16}", contest.name, ours.map_or("-".into(), show));
        for (runner, theirs) in contest.peers.iter().filter_map(|p| Some((p, p.median()?))) {
            let ratio = ours.map_or("-".into(), |ours| format!("{:.2}", ours.ns / theirs.ns));
            print!("  {:<8}{:>16} x {ratio:<5}", runner.name, show(theirs));
        }
        println!();
    }
}

fn show(figures: Figures) -> String {
    let erle = figures
        .erle_db
        .map_or_else(String::new, |db| format!(" ({db:.0})"));
    format!("{:.1}{erle}", figures.ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_figure_is_understood() {
        let plain = Figures::parse("tipring dtmf 4.21 ns/sample\n").unwrap();
        assert_eq!((plain.ns, plain.erle_db), (4.21, None));
        let line = "spandsp ec 512 taps nlp 0 438.54 ns/sample ERLE -7.4 dB";
        let echo = Figures::parse(line).unwrap();
        assert_eq!((echo.ns, echo.erle_db), (438.54, Some(-7.4)));
        for line in [
            "",
            "ns/sample",
            "much ns/sample",
            "1.0 ns/sample ERLE much dB",
            "4.2 s",
        ] {
            assert!(Figures::parse(line).is_none(), "{line:?}");
        }
    }
}
