//! The command line and what it says of files that are not what they should be.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::TempDir;

use crate::probe::wav;

/// Exit code, standard output, standard error.
fn probe(line: &[&str]) -> (u8, String, String) {
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    let line = std::iter::once("dsp-probe").chain(line.iter().copied());
    let code = crate::run(line.map(OsString::from), &mut out, &mut notes);
    let text = |octets| String::from_utf8(octets).unwrap();
    (code, text(out), text(notes))
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Folder(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn samples(&self, name: &str, samples: &[i16]) -> String {
        wav::write(&self.path(name), samples).unwrap();
        self.name(name)
    }
}

/// One second of a file that `change` makes unlike what is needed.
fn odd_file(path: &Path, change: impl FnOnce(&mut WavSpec)) {
    let mut spec = WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    change(&mut spec);
    let mut writer = WavWriter::create(path, spec).unwrap();
    for _ in 0..8_000 * u32::from(spec.channels) {
        match spec.sample_format {
            SampleFormat::Int => writer.write_sample(0i8).unwrap(),
            SampleFormat::Float => writer.write_sample(0f32).unwrap(),
        }
    }
    writer.finalize().unwrap();
}

/// Every subcommand that reads `wav` fails with code 2, prints nothing, and says the file's name and `words`.
fn refused(folder: &Folder, wav: &str, words: &[&str]) {
    let (good, out) = (
        folder.samples("good.wav", &[0; 8_000]),
        folder.name("out.wav"),
    );
    let lines: [&[&str]; 9] = [
        &["dtmf", wav],
        &["tones", wav],
        &["cid", "v23", wav],
        &["ec", "256", "0", wav, &good, &out],
        &["ec", "256", "0", &good, wav, &out],
        &["bench", "dtmf", wav, "1"],
        &["bench", "ec", "256", "0", &good, wav, "1"],
        &["bench", "cid", "v23", wav, "1"],
        &["bench", "tones", wav, "1"],
    ];
    for line in lines {
        let (code, printed, notes) = probe(line);
        assert_eq!((code, printed.as_str()), (2, ""), "{line:?}: {notes}");
        for words in words.iter().chain([&wav]) {
            assert!(notes.contains(words), "{line:?}: no {words:?} in {notes:?}");
        }
        assert!(!Path::new(&out).exists(), "{line:?} has left a file");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = Folder::new();
    refused(&folder, &folder.name("none.wav"), &["No such file"]);
    refused(&folder, folder.0.path().to_str().unwrap(), &["directory"]);
}

#[test]
fn files_of_other_kinds_are_told_what_is_needed() {
    let folder = Folder::new();
    let kind = |name, change: fn(&mut WavSpec), words: &[&str]| {
        odd_file(&folder.path(name), change);
        refused(&folder, &folder.name(name), words);
    };
    let needed = "16 bits integer are needed";
    kind(
        "rate",
        |s| s.sample_rate = 44_100,
        &["44100 Hz", "8000 Hz is needed"],
    );
    kind(
        "stereo",
        |s| s.channels = 2,
        &["2 channels", "mono is needed"],
    );
    kind(
        "octets",
        |s| s.bits_per_sample = 8,
        &["8 bits integer", needed],
    );
    let float = |s: &mut WavSpec| {
        s.bits_per_sample = 32;
        s.sample_format = SampleFormat::Float;
    };
    kind("float", float, &["32 bits floating point", needed]);
}

#[test]
fn what_is_no_wav_file_is_refused() {
    let folder = Folder::new();
    for (name, octets) in [
        ("empty", &b""[..]),
        (
            "text",
            b"This is a text, and longer than a header would be: not a WAV file.",
        ),
        ("riff", b"RIFF"),
        (
            "avi",
            b"RIFF\x24\0\0\0AVI LIST\x10\0\0\0hdrlavih0123456789abcdef",
        ),
    ] {
        fs::write(folder.path(name), octets).unwrap();
        refused(&folder, &folder.name(name), &["not a WAV file"]);
    }
    // A-law in a WAV file.
    let mut alaw = fs::read(folder.samples("alaw.wav", &[0; 80])).unwrap();
    alaw[20..22].copy_from_slice(&6u16.to_le_bytes());
    fs::write(folder.path("alaw.wav"), alaw).unwrap();
    refused(
        &folder,
        &folder.name("alaw.wav"),
        &["not a WAV file of samples"],
    );
}

#[test]
fn a_truncated_file_is_refused_wherever_it_was_cut() {
    let folder = Folder::new();
    let whole = fs::read(folder.samples("whole.wav", &[1_000; 4_000])).unwrap();
    assert_eq!(whole.len(), 8_044);
    for cut in [44, 45, 46, 4_000, 8_042, 8_043] {
        fs::write(folder.path("cut.wav"), &whole[..cut]).unwrap();
        let there = format!("4000 samples are promised, {} are there", (cut - 44) / 2);
        refused(&folder, &folder.name("cut.wav"), &["truncated", &there]);
    }
    for cut in 0..44 {
        fs::write(folder.path("cut.wav"), &whole[..cut]).unwrap();
        refused(&folder, &folder.name("cut.wav"), &["not a WAV file"]);
    }
}

#[test]
fn samples_missing_behind_a_long_header_are_found_while_reading() {
    let folder = Folder::new();
    let plain = fs::read(folder.samples("plain.wav", &[0; 4_000])).unwrap();
    let mut long = plain[..36].to_vec();
    long.extend(b"LIST\x64\0\0\0");
    long.extend([b'x'; 100]);
    long.extend(&plain[36..8_044 - 50]);
    fs::write(folder.path("long.wav"), long).unwrap();
    for line in [
        ["dtmf", &folder.name("long.wav")],
        ["tones", &folder.name("long.wav")],
    ] {
        let (code, _, notes) = probe(&line);
        assert_eq!(code, 2);
        assert!(
            notes.contains("4000 samples are promised, 3975 are there"),
            "{notes}"
        );
    }
}

#[test]
fn bad_figures_and_words_are_refused() {
    for (line, words) in [
        (&["ec", "63", "0", "a", "b", "c"][..], "64..=1024"),
        (&["ec", "1025", "0", "a", "b", "c"], "64..=1024"),
        (&["ec", "many", "0", "a", "b", "c"], "invalid digit"),
        (&["ec", "-1", "0", "a", "b", "c"], "-1"),
        (&["ec", "256", "2", "a", "b", "c"], "0..=1"),
        (&["ec", "256", "0", "a", "b"], "<OUT>"),
        (&["cid", "v32", "a"], "bell202, v23, dtmf"),
        (&["cid", "v23"], "<WAVS>"),
        (&["bench", "dtmf", "a", "0"], "REPS"),
        (&["bench", "dtmf", "a", "99999999999"], "REPS"),
        (&["bench", "echo"], "echo"),
        (&["load", "--ports", "0"], "--ports"),
        (&["dtmf"], "<WAV>"),
        (&["hear", "a"], "hear"),
        (&[], "Usage"),
    ] {
        let (code, printed, notes) = probe(line);
        assert_eq!((code, printed.as_str()), (2, ""), "{line:?}");
        assert!(notes.contains(words), "{line:?}: {notes}");
    }
    assert_eq!(probe(&["--help"]).0, 0);
}

#[test]
fn the_shorter_recording_counts_and_it_is_said() {
    let folder = Folder::new();
    let (short, long) = (
        folder.samples("short.wav", &[0; 1_001]),
        folder.samples("long.wav", &[0; 8_000]),
    );
    for (rin, sin) in [(&short, &long), (&long, &short)] {
        let out = folder.name("out.wav");
        let (code, printed, notes) = probe(&["ec", "64", "1", rin, sin, &out]);
        assert_eq!((code, printed.as_str()), (0, ""));
        let said = "short.wav is shorter than the other file: 1001 samples of 8000 are processed";
        assert!(notes.contains(said), "{notes}");
        let source = wav::Source::open(Path::new(&out)).unwrap();
        assert_eq!(source.len(), 1_001);
    }
}

#[test]
fn a_recording_is_not_overwritten_while_it_is_read() {
    let folder = Folder::new();
    let samples: Vec<i16> = (0..8_000).collect();
    let (rin, sin) = (
        folder.samples("rin.wav", &samples),
        folder.samples("sin.wav", &samples),
    );
    let link = folder.name("link.wav");
    std::os::unix::fs::symlink(&sin, &link).unwrap();
    for out in [&rin, &sin, &link] {
        let (code, _, notes) = probe(&["ec", "256", "0", &rin, &sin, out]);
        assert_eq!(code, 2);
        assert!(notes.contains("cannot be written too"), "{notes}");
    }
    for file in [&rin, &sin] {
        assert_eq!(fs::metadata(file).unwrap().len(), 16_044);
    }
}

#[test]
fn an_echo_canceller_without_an_echo_changes_nothing() {
    let folder = Folder::new();
    let samples: Vec<i16> = (0..8_003)
        .map(|n| (n * 37 % 2_001 - 1_000) as i16)
        .collect();
    let (rin, sin) = (
        folder.samples("rin.wav", &[0; 8_003]),
        folder.samples("sin.wav", &samples),
    );
    let out = folder.name("out.wav");
    assert_eq!(probe(&["ec", "256", "0", &rin, &sin, &out]).0, 0);
    assert_eq!(fs::read(&out).unwrap(), fs::read(&sin).unwrap());
}

#[test]
fn generated_recordings_are_understood() {
    let folder = Folder::new();
    let root = folder.0.path().to_str().unwrap();
    assert_eq!(probe(&["signals", root]).0, 0);
    let (code, digits, _) = probe(&["dtmf", &folder.name("dtmf.wav")]);
    let heard: String = digits.lines().filter_map(|l| l.split(' ').nth(1)).collect();
    assert_eq!((code, heard), (0, "1234567890*#ABCD".repeat(4)));
    let indices: Vec<u64> = digits
        .lines()
        .map(|l| l.split(' ').next().unwrap().parse().unwrap())
        .collect();
    // A digit every 100 ms, told within it.
    for (n, &index) in indices.iter().enumerate() {
        let began = 800 * n as u64;
        assert!((began + 240..began + 640).contains(&index), "{n}: {index}");
    }
    assert_eq!(probe(&["dtmf", &folder.name("speech.wav")]).1, "");
    for (std, first) in [("bell202", "80"), ("v23", "80")] {
        let file = folder.name(&format!("{std}.wav"));
        let (code, messages, _) = probe(&["cid", std, &file]);
        assert_eq!((code, messages.lines().count()), (0, 3));
        for message in messages.lines() {
            let (name, octets) = message.split_once(' ').unwrap();
            assert_eq!((name, &octets[..2]), (file.as_str(), first));
            let octets: Vec<u8> = (0..octets.len() / 2)
                .map(|n| u8::from_str_radix(&octets[2 * n..2 * n + 2], 16).unwrap())
                .collect();
            assert_eq!(usize::from(octets[1]) + 3, octets.len());
            assert_eq!(octets.iter().fold(0u8, |sum, b| sum.wrapping_add(*b)), 0);
        }
    }
    let file = folder.name("cid-dtmf.wav");
    let expected: String = ["5551234567", "0301234567", "42"]
        .map(|number| format!("{file} A{number}C\n"))
        .concat();
    assert_eq!(probe(&["cid", "dtmf", &file]), (0, expected, String::new()));
}

#[test]
fn one_bad_file_does_not_keep_the_others_from_being_heard() {
    let folder = Folder::new();
    assert_eq!(probe(&["signals", folder.0.path().to_str().unwrap()]).0, 0);
    let (good, bad) = (folder.name("v23.wav"), folder.name("none.wav"));
    let (code, messages, notes) = probe(&["cid", "v23", &bad, &good]);
    assert_eq!((code, messages.lines().count()), (2, 3));
    assert!(
        notes.contains("none.wav") && notes.contains("1 of the files"),
        "{notes}"
    );
}

#[test]
fn a_measurement_names_what_it_measured() {
    for (line, words) in [
        (&["bench", "dtmf"][..], "tipring dtmf "),
        (&["bench", "ec", "64", "1"], "tipring ec 64 taps nlp 1 "),
        (&["bench", "cid", "v23"], "tipring cid "),
        (&["bench", "tones"], "tipring tones "),
        (&["bench", "plc"], "tipring plc "),
    ] {
        let (code, printed, notes) = probe(line);
        assert_eq!((code, notes.as_str()), (0, ""), "{line:?}");
        let rest = printed.strip_prefix(words).unwrap_or_default();
        let (ns, unit) = rest.split_once(' ').unwrap_or_default();
        assert!(ns.parse::<f64>().is_ok_and(|ns| ns > 0.0), "{printed}");
        assert!(unit.starts_with("ns/sample"), "{printed}");
    }
}
