//! Recorded sound: WAV files, and playing them faster or slower.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

/// Why a file is no recording of a line.
#[derive(Debug)]
pub enum ReadError {
    /// It is not there, or no WAV.
    Wav(PathBuf, hound::Error),
    /// It is not 16 bits, one channel, 8 kHz.
    Format(PathBuf, hound::WavSpec),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Wav(path, error) => write!(f, "{}: {error}", path.display()),
            ReadError::Format(path, spec) => write!(
                f,
                "{}: {} bit, {} channels, {} Hz; wanted 16, 1, 8000",
                path.display(),
                spec.bits_per_sample,
                spec.channels,
                spec.sample_rate
            ),
        }
    }
}

impl std::error::Error for ReadError {}

/// The samples of an 8 kHz file.
pub fn read_wav(path: &Path) -> Result<Vec<i16>, ReadError> {
    let wav = |error| ReadError::Wav(path.to_owned(), error);
    let mut reader = hound::WavReader::open(path).map_err(wav)?;
    let spec = reader.spec();
    let sixteen = spec.bits_per_sample == 16 && spec.sample_format == hound::SampleFormat::Int;
    if !sixteen || spec.channels != 1 || spec.sample_rate != 8_000 {
        return Err(ReadError::Format(path.to_owned(), spec));
    }
    reader
        .samples::<i16>()
        .collect::<Result<_, _>>()
        .map_err(wav)
}

/// All WAV files below `folder`, in the order of their names; none when it does not exist.
pub fn wav_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                left.push(path);
            } else if path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("wav"))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Zero crossings of the interpolating sinc on each side, and steps between two of its samples.
const REACH: usize = 12;
const STEPS: usize = 128;

/// `x` played `speed` times as fast: all frequencies times `speed`. What would come to lie over 4 kHz is filtered out.
pub fn resample(x: &[f64], speed: f64) -> Vec<f64> {
    let cut = (1.0 / speed).min(1.0) * 0.98;
    let reach = (REACH as f64 / cut).ceil() as usize;
    let row = 2 * reach;
    let table: Vec<f64> = (0..=STEPS)
        .flat_map(|step| {
            (0..row).map(move |tap| {
                let t = tap as f64 - (reach as f64 - 1.0) - step as f64 / STEPS as f64;
                let angle = std::f64::consts::PI * t * cut;
                let sinc = if t.abs() < 1e-9 {
                    1.0
                } else {
                    libm::sin(angle) / angle
                };
                let edge = (t / reach as f64).clamp(-1.0, 1.0);
                cut * sinc * (0.5 + 0.5 * libm::cos(std::f64::consts::PI * edge))
            })
        })
        .collect();
    let length = (x.len() as f64 / speed) as usize;
    (0..length)
        .map(|n| {
            let place = n as f64 * speed;
            let whole = place as usize;
            let step = ((place - whole as f64) * STEPS as f64).round() as usize;
            let taps = &table[step * row..(step + 1) * row];
            let first = (whole + 1) as isize - reach as isize;
            if first >= 0 && first as usize + row <= x.len() {
                let from = first as usize;
                return taps
                    .iter()
                    .zip(&x[from..from + row])
                    .map(|(c, s)| c * s)
                    .sum();
            }
            taps.iter()
                .enumerate()
                .filter_map(|(k, c)| x.get((first + k as isize) as usize).map(|s| c * s))
                .sum()
        })
        .collect()
}
