//! WAV files of the telephone network: 8 kHz, mono, 16 bits, read and written frame by frame, so that length costs no memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavIntoSamples, WavReader, WavSpec, WavWriter};
use telephony::{FRAME_SAMPLES, Frame, SAMPLE_RATE_HZ, SILENCE};

/// The only kind of file the probe works on.
const SPEC: WavSpec = WavSpec {
    channels: 1,
    sample_rate: SAMPLE_RATE_HZ,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};
/// The shortest header in front of the samples: RIFF, a `fmt ` chunk of 16 octets, and the head of `data`.
const SHORTEST_HEADER: u64 = 44;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    #[error("{}: {why}", path.display())]
    Io { path: PathBuf, why: io::Error },
    #[error("{}: not a WAV file of samples: {why}", path.display())]
    NotWav { path: PathBuf, why: hound::Error },
    #[error("{}: {got} Hz, 8000 Hz is needed", path.display())]
    Rate { path: PathBuf, got: u32 },
    #[error("{}: {got} channels, mono is needed", path.display())]
    Channels { path: PathBuf, got: u16 },
    #[error("{}: {got} bits {format}, 16 bits integer are needed", path.display())]
    Bits {
        path: PathBuf,
        got: u16,
        format: &'static str,
    },
    #[error("{}: truncated: {promised} samples are promised, {found} are there", path.display())]
    Truncated {
        path: PathBuf,
        promised: u64,
        found: u64,
    },
}

/// A file being read.
pub struct Source {
    path: PathBuf,
    samples: WavIntoSamples<BufReader<File>, i16>,
    promised: u64,
    read: u64,
}

impl Source {
    /// Opens `path` and checks that it is 8 kHz, mono, 16 bits, and as long as it says.
    pub fn open(path: &Path) -> Result<Source, WavError> {
        let owned = || path.to_owned();
        let io = |why| WavError::Io { path: owned(), why };
        let file = File::open(path).map_err(io)?;
        let octets = file.metadata().map_err(io)?.len();
        let reader = WavReader::new(BufReader::new(file)).map_err(|why| match why {
            // hound tells a short read by `Other`; the system's own errors have other kinds.
            hound::Error::IoError(why) if why.kind() != io::ErrorKind::Other => {
                WavError::Io { path: owned(), why }
            }
            why => WavError::NotWav { path: owned(), why },
        })?;
        check(path, reader.spec())?;
        let promised = u64::from(reader.len());
        let found = octets.saturating_sub(SHORTEST_HEADER) / 2;
        if promised > found {
            return Err(WavError::Truncated {
                path: owned(),
                promised,
                found,
            });
        }
        Ok(Source {
            path: owned(),
            samples: reader.into_samples(),
            promised,
            read: 0,
        })
    }

    /// Samples in the file.
    pub fn len(&self) -> u64 {
        self.promised
    }

    /// The next 10 ms and how many samples of them are the file's; silence follows its end, `None` is told at the end.
    pub fn frame(&mut self) -> Result<Option<(Frame, usize)>, WavError> {
        let mut frame = SILENCE;
        let mut got = 0;
        for slot in &mut frame {
            match self.samples.next() {
                None => break,
                Some(Ok(sample)) => *slot = sample,
                Some(Err(_)) => {
                    return Err(WavError::Truncated {
                        path: self.path.clone(),
                        promised: self.promised,
                        found: self.read + got as u64,
                    });
                }
            }
            got += 1;
        }
        self.read += got as u64;
        Ok((got > 0).then_some((frame, got)))
    }
}

fn check(path: &Path, spec: WavSpec) -> Result<(), WavError> {
    let path = path.to_owned();
    if spec.sample_rate != SPEC.sample_rate {
        let got = spec.sample_rate;
        return Err(WavError::Rate { path, got });
    }
    if spec.channels != SPEC.channels {
        let got = spec.channels;
        return Err(WavError::Channels { path, got });
    }
    if spec.bits_per_sample != SPEC.bits_per_sample || spec.sample_format != SPEC.sample_format {
        return Err(WavError::Bits {
            path,
            got: spec.bits_per_sample,
            format: match spec.sample_format {
                SampleFormat::Int => "integer",
                SampleFormat::Float => "floating point",
            },
        });
    }
    Ok(())
}

/// A file being written.
pub struct Sink {
    path: PathBuf,
    writer: WavWriter<BufWriter<File>>,
}

impl Sink {
    /// Creates `path`, or empties it.
    pub fn create(path: &Path) -> Result<Sink, WavError> {
        let writer = WavWriter::create(path, SPEC).map_err(|why| failed(path, why))?;
        Ok(Sink {
            path: path.to_owned(),
            writer,
        })
    }

    /// Appends.
    pub fn write(&mut self, samples: &[i16]) -> Result<(), WavError> {
        samples
            .iter()
            .try_for_each(|&sample| self.writer.write_sample(sample))
            .map_err(|why| failed(&self.path, why))
    }

    /// Writes the length into the header.
    pub fn finish(self) -> Result<(), WavError> {
        self.writer
            .finalize()
            .map_err(|why| failed(&self.path, why))
    }
}

fn failed(path: &Path, why: hound::Error) -> WavError {
    let path = path.to_owned();
    match why {
        hound::Error::IoError(why) => WavError::Io { path, why },
        why => WavError::NotWav { path, why },
    }
}

/// All of a file, in whole frames.
pub fn read(path: &Path) -> Result<Vec<Frame>, WavError> {
    let mut source = Source::open(path)?;
    let mut frames = Vec::with_capacity((source.len() / FRAME_SAMPLES as u64) as usize + 1);
    while let Some((frame, _)) = source.frame()? {
        frames.push(frame);
    }
    Ok(frames)
}

/// A whole file.
pub fn write(path: &Path, samples: &[i16]) -> Result<(), WavError> {
    let mut sink = Sink::create(path)?;
    sink.write(samples)?;
    sink.finish()
}
