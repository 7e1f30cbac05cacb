//! WAV files that real phones speak, and the ones they write.

use std::f64::consts::TAU;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const RATE: u32 = 8_000;
/// Size of the header that libsndfile and PJSIP write.
const HEADER: u64 = 44;

/// Writes `seconds` of a sine of (Hz, dBm0); `None`: silence.
pub(super) fn write_tone(path: &Path, tone: Option<(f64, f64)>, seconds: u32) -> io::Result<()> {
    write(path, seconds, |n| {
        tone.map_or(0, |(hz, dbm0)| {
            let turns = (n as f64 * hz / f64::from(RATE)).fract();
            let peak = 32_767.0 * 10f64.powf((dbm0 - 3.17) / 20.0);
            (peak * (TAU * turns).sin()).round() as i16
        })
    })
}

/// Writes `samples` over and over for `seconds`.
pub(super) fn write_samples(path: &Path, samples: &[i16], seconds: u32) -> io::Result<()> {
    write(path, seconds, |n| samples[n % samples.len()])
}

fn write(path: &Path, seconds: u32, sample: impl Fn(usize) -> i16) -> io::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).map_err(io::Error::other)?;
    for n in 0..(seconds * RATE) as usize {
        writer.write_sample(sample(n)).map_err(io::Error::other)?;
    }
    writer.finalize().map_err(io::Error::other)
}

/// Samples in a file that is still being written.
pub(super) fn length(path: &Path) -> usize {
    path.metadata()
        .map_or(0, |file| (file.len().saturating_sub(HEADER) / 2) as usize)
}

/// The last `count` samples of a file that is still being written: its header does not know its length yet.
pub(super) fn read_growing(path: &Path, count: usize) -> io::Result<Vec<i16>> {
    let mut file = File::open(path)?;
    let samples = file.metadata()?.len().saturating_sub(HEADER) / 2;
    let first = samples.saturating_sub(count as u64);
    file.seek(SeekFrom::Start(HEADER + 2 * first))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes
        .chunks_exact(2)
        .map(|b| i16::from_le_bytes([b[0], b[1]]))
        .collect())
}
