//! Reading WAV files into clips: RIFF/WAVE (Microsoft and IBM, Multimedia Programming Interface 1.0), one channel at 8 kHz.

use core::fmt;

use dsp::g711;
use telephony::SAMPLE_RATE_HZ;

use crate::Clip;

/// Longest clip, in samples: an hour.
pub const MAX_SAMPLES: usize = 3_600 * SAMPLE_RATE_HZ as usize;

/// Why a file is no clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WavError {
    /// It does not begin with `RIFF` and `WAVE`.
    NotWav,
    /// It ends inside the chunk that begins at this octet.
    Truncated {
        /// Position of the chunk.
        at: usize,
    },
    /// It has no `fmt ` chunk before its speech, or one that is too short.
    NoFormat,
    /// It has no `data` chunk.
    NoData,
    /// Its samples are coded in a way that is not read: linear 16 bit (1), A-law (6) and mu-law (7) are.
    Coding {
        /// `wFormatTag`.
        tag: u16,
        /// Bits of a sample.
        bits: u16,
    },
    /// It has more than one channel.
    Channels(u16),
    /// Its rate is not 8 000 samples a second.
    Rate(u32),
    /// It is longer than an hour.
    TooLong {
        /// Samples in it.
        samples: usize,
    },
}

impl fmt::Display for WavError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WavError::NotWav => f.write_str("this is no WAV file"),
            WavError::Truncated { at } => write!(f, "the file ends inside the chunk at octet {at}"),
            WavError::NoFormat => f.write_str("the file does not say how its samples are coded"),
            WavError::NoData => f.write_str("the file has no samples"),
            WavError::Coding { tag, bits } => {
                write!(
                    f,
                    "coding {tag} with {bits} bits is not read; save it as 16-bit PCM"
                )
            }
            WavError::Channels(count) => {
                write!(f, "the file has {count} channels; save it with one (mono)")
            }
            WavError::Rate(hz) => write!(
                f,
                "the file has {hz} samples a second; save it with 8000 (8 kHz)"
            ),
            WavError::TooLong { samples } => {
                write!(
                    f,
                    "the file has {samples} samples; {MAX_SAMPLES} (an hour) are the most"
                )
            }
        }
    }
}

impl core::error::Error for WavError {}

/// How the samples are coded.
#[derive(Clone, Copy)]
enum Coding {
    Linear,
    ALaw,
    MuLaw,
}

impl Clip {
    /// Reads a whole WAV file: one channel, 8 kHz, 16-bit linear, A-law or mu-law. Chunks it does not need are passed over.
    ///
    /// # Errors
    /// What is wrong with the file, in words that say how to save it instead.
    pub fn from_wav(file: &[u8]) -> Result<Clip, WavError> {
        if file.get(..4) != Some(b"RIFF") || file.get(8..12) != Some(b"WAVE") {
            return Err(WavError::NotWav);
        }
        let mut coding = None;
        let mut at = 12;
        while let Some(header) = file.get(at..at + 8) {
            let len = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
            let body = at
                .checked_add(8 + len)
                .and_then(|end| file.get(at + 8..end))
                .ok_or(WavError::Truncated { at })?;
            match &header[..4] {
                b"fmt " => coding = Some(format(body)?),
                b"data" => return decode(coding.ok_or(WavError::NoFormat)?, body),
                _ => {}
            }
            // Chunks begin at even octets.
            at += 8 + len + len % 2;
        }
        Err(WavError::NoData)
    }
}

fn format(body: &[u8]) -> Result<Coding, WavError> {
    let word = |at: usize| Some(u16::from_le_bytes([*body.get(at)?, *body.get(at + 1)?]));
    let field = |at| word(at).ok_or(WavError::NoFormat);
    let (tag, channels, bits) = (field(0)?, field(2)?, field(14)?);
    let rate = u32::from(field(4)?) | u32::from(field(6)?) << 16;
    if channels != 1 {
        return Err(WavError::Channels(channels));
    }
    if rate != SAMPLE_RATE_HZ {
        return Err(WavError::Rate(rate));
    }
    match (tag, bits) {
        (1, 16) => Ok(Coding::Linear),
        (6, 8) => Ok(Coding::ALaw),
        (7, 8) => Ok(Coding::MuLaw),
        _ => Err(WavError::Coding { tag, bits }),
    }
}

fn decode(coding: Coding, body: &[u8]) -> Result<Clip, WavError> {
    let samples = match coding {
        Coding::Linear => body.len() / 2,
        Coding::ALaw | Coding::MuLaw => body.len(),
    };
    if samples > MAX_SAMPLES {
        return Err(WavError::TooLong { samples });
    }
    let speech: Box<[i16]> = match coding {
        Coding::Linear => body
            .as_chunks()
            .0
            .iter()
            .map(|&pair| i16::from_le_bytes(pair))
            .collect(),
        Coding::ALaw => body.iter().map(|&code| g711::decode_alaw(code)).collect(),
        Coding::MuLaw => body.iter().map(|&code| g711::decode_ulaw(code)).collect(),
    };
    Ok(Clip::new(speech))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wav(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        for word in [tag, channels] {
            file.extend(word.to_le_bytes());
        }
        file.extend(rate.to_le_bytes());
        file.extend((rate * u32::from(bits) / 8).to_le_bytes());
        file.extend((bits / 8).to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn three_codings_are_read() {
        let clip = Clip::from_wav(&wav(1, 1, 8_000, 16, &[1, 0, 0xFF, 0x7F, 0, 0x80])).unwrap();
        assert_eq!(clip.samples(), [1, i16::MAX, i16::MIN]);
        let clip = Clip::from_wav(&wav(7, 1, 8_000, 8, &[0xFF, 0x00, 0x80])).unwrap();
        assert_eq!(clip.samples(), [0xFF, 0x00, 0x80].map(g711::decode_ulaw));
        let clip = Clip::from_wav(&wav(6, 1, 8_000, 8, &[0xD5, 0x2A])).unwrap();
        assert_eq!(clip.samples(), [0xD5, 0x2A].map(g711::decode_alaw));
    }

    #[test]
    fn what_cannot_be_played_is_named() {
        let error = |file: &[u8]| Clip::from_wav(file).unwrap_err();
        assert_eq!(error(b"OggS"), WavError::NotWav);
        assert_eq!(error(&wav(1, 2, 8_000, 16, &[])), WavError::Channels(2));
        assert_eq!(error(&wav(1, 1, 44_100, 16, &[])), WavError::Rate(44_100));
        let coding = WavError::Coding { tag: 3, bits: 32 };
        assert_eq!(error(&wav(3, 1, 8_000, 32, &[])), coding);
        let whole = wav(1, 1, 8_000, 16, &[0; 40]);
        let at = whole.len() - 48;
        assert_eq!(error(&whole[..whole.len() - 1]), WavError::Truncated { at });
        assert_eq!(error(&whole[..at]), WavError::NoData);
        assert_eq!(error(b"RIFF\0\0\0\0WAVEdata\0\0\0\0"), WavError::NoFormat);
    }

    proptest! {
        #[test]
        fn any_file_is_survived(tail in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..60) {
            let mut file = wav(1, 1, 8_000, 16, &tail);
            file.truncate(file.len().saturating_sub(cut));
            let _ = Clip::from_wav(&file);
            let mut noise = b"RIFF\0\0\0\0WAVE".to_vec();
            noise.extend(&tail);
            prop_assert!(Clip::from_wav(&noise).is_err() || !tail.is_empty());
        }
    }
}
