//! What a party says.

use std::collections::VecDeque;
use std::path::Path;

use telephony::SAMPLE_RATE_HZ;

use crate::config::SimError;
use crate::signal::{Sine, peak};

/// Longest speech, samples (10 minutes); the rest is not said.
const LONGEST: usize = 600 * SAMPLE_RATE_HZ as usize;

/// A mouth in front of a microphone.
#[derive(Debug, Default)]
pub(crate) enum Mouth {
    #[default]
    Silent,
    Tone(Sine),
    Speech(VecDeque<i16>),
}

impl Mouth {
    pub(crate) fn say_tone(&mut self, hz: f32, dbm0: f32) {
        *self = Mouth::Tone(Sine::new(hz, peak(dbm0)));
    }

    pub(crate) fn say(&mut self, samples: &[i16]) {
        *self = Mouth::Speech(samples.iter().copied().take(LONGEST).collect());
    }

    pub(crate) fn be_silent(&mut self) {
        *self = Mouth::Silent;
    }

    pub(crate) fn is_talking(&self) -> bool {
        !matches!(self, Mouth::Silent)
    }

    pub(crate) fn next(&mut self) -> f32 {
        match self {
            Mouth::Silent => 0.0,
            Mouth::Tone(sine) => sine.next(),
            Mouth::Speech(samples) => match samples.pop_front() {
                Some(sample) => f32::from(sample),
                None => {
                    *self = Mouth::Silent;
                    0.0
                }
            },
        }
    }
}

/// Reads 8 kHz mono 16-bit speech.
pub(crate) fn read_wav(path: &Path) -> Result<Vec<i16>, SimError> {
    let wrong = |reason: String| SimError::Wav {
        path: path.display().to_string(),
        reason,
    };
    let reader = hound::WavReader::open(path).map_err(|error| wrong(error.to_string()))?;
    let spec = reader.spec();
    if (spec.sample_rate, spec.channels, spec.bits_per_sample) != (SAMPLE_RATE_HZ, 1, 16) {
        return Err(wrong(format!(
            "{} Hz, {} channels, {} bits: 8000 Hz, 1 channel, 16 bits is what a mouth can say",
            spec.sample_rate, spec.channels, spec.bits_per_sample
        )));
    }
    let samples = reader
        .into_samples::<i16>()
        .take(LONGEST)
        .collect::<Result<_, _>>();
    samples.map_err(|error| wrong(error.to_string()))
}

/// Writes 8 kHz mono 16-bit speech.
pub(crate) fn write_wav(path: &Path, samples: &[i16]) -> Result<(), SimError> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let write = || {
        let mut writer = hound::WavWriter::create(path, spec)?;
        samples
            .iter()
            .try_for_each(|&sample| writer.write_sample(sample))?;
        writer.finalize()
    };
    write().map_err(|error: hound::Error| SimError::Wav {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}
