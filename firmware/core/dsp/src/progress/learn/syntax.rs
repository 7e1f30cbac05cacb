//! `f1=val[@level][,f2=val[@level]...],c=on/off[-on/off[-on/off]]`

use super::{LearnedTone, MAX_FREQS, MAX_SEGMENTS};
use crate::level::{dbm0_of_power, power_of_dbm0};
use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;

/// Frequencies that a detector tells from hum and hears through G.711, in Hz.
const HZ: RangeInclusive<f32> = 200.0..=3_400.0;
/// Levels of one sine that are heard, in dBm0.
const LEVEL_DBM0: RangeInclusive<f32> = -45.0..=3.0;
/// Bursts and pauses that are told from their neighbours, in milliseconds.
const MS: RangeInclusive<u16> = 60..=10_000;

/// What is wrong with a tone that was set by hand. `at` is the byte where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// Neither f1 to f4 nor c.
    UnknownField {
        /// Where.
        at: usize,
    },
    /// A field was given before, or f2 without f1.
    FieldOutOfOrder {
        /// Where.
        at: usize,
    },
    /// No number where one must be.
    BadNumber {
        /// Where.
        at: usize,
    },
    /// Not 200 to 3400 Hz.
    FrequencyOutOfRange {
        /// Where.
        at: usize,
    },
    /// Not -45 to +3 dBm0.
    LevelOutOfRange {
        /// Where.
        at: usize,
    },
    /// Some frequencies have a level and others have none.
    LevelMissing,
    /// A burst or a pause is not 60 to 10000 ms.
    TimeOutOfRange {
        /// Where.
        at: usize,
    },
    /// A burst without a pause: a tone without rhythm ends no call.
    NoPause {
        /// Where.
        at: usize,
    },
    /// More than three bursts.
    TooManyBursts {
        /// Where.
        at: usize,
    },
    /// No f1.
    NoFrequency,
    /// No c.
    NoCadence,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, at) = match *self {
            SyntaxError::UnknownField { at } => ("only f1 to f4 and c are known", at),
            SyntaxError::FieldOutOfOrder { at } => (
                "fields are f1, f2, f3, f4, once each and in order, then c",
                at,
            ),
            SyntaxError::BadNumber { at } => ("a number is missing", at),
            SyntaxError::FrequencyOutOfRange { at } => ("a frequency is 200 to 3400 Hz", at),
            SyntaxError::LevelOutOfRange { at } => ("a level is -45 to 3 dBm0", at),
            SyntaxError::TimeOutOfRange { at } => ("bursts and pauses last 60 to 10000 ms", at),
            SyntaxError::NoPause { at } => ("a burst needs its pause: on/off", at),
            SyntaxError::TooManyBursts { at } => ("at most three bursts make a cadence", at),
            SyntaxError::LevelMissing => {
                return f.write_str("either every frequency has a level or none has");
            }
            SyntaxError::NoFrequency => return f.write_str("f1 is missing"),
            SyntaxError::NoCadence => return f.write_str("the cadence is missing: c=on/off"),
        };
        write!(f, "{what} (at character {})", at + 1)
    }
}

impl core::error::Error for SyntaxError {}

impl FromStr for LearnedTone {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        let mut tone = LearnedTone {
            freqs_hz: [0.0; MAX_FREQS],
            freqs: 0,
            cadence_ms: [0; MAX_SEGMENTS],
            segments: 0,
            level_dbm0: None,
            cycles: 0,
            confidence: 1.0,
        };
        let (mut power, mut levels) = (0.0, 0);
        for (at, field) in parts(text, ',', 0) {
            let (name, value) = field
                .split_once('=')
                .ok_or(SyntaxError::UnknownField { at })?;
            let value_at = at + name.len() + 1;
            match name.trim().as_bytes() {
                [b'f' | b'F', n @ b'1'..=b'4'] => {
                    if usize::from(n - b'1') != tone.freqs || tone.segments > 0 {
                        return Err(SyntaxError::FieldOutOfOrder { at });
                    }
                    let (hz, level) = frequency(value, value_at)?;
                    tone.freqs_hz[tone.freqs] = hz;
                    tone.freqs += 1;
                    if let Some(level) = level {
                        power += power_of_dbm0(level);
                        levels += 1;
                    }
                }
                b"c" | b"C" if tone.segments > 0 => {
                    return Err(SyntaxError::FieldOutOfOrder { at });
                }
                b"c" | b"C" => tone.segments = cadence(value, value_at, &mut tone.cadence_ms)?,
                _ => return Err(SyntaxError::UnknownField { at }),
            }
        }
        if tone.freqs == 0 {
            return Err(SyntaxError::NoFrequency);
        }
        if tone.segments == 0 {
            return Err(SyntaxError::NoCadence);
        }
        if levels > 0 && levels < tone.freqs {
            return Err(SyntaxError::LevelMissing);
        }
        tone.level_dbm0 = (levels > 0).then(|| dbm0_of_power(power));
        Ok(tone)
    }
}

/// The parts of `text` between separators, each with the byte where it begins.
fn parts(text: &str, separator: char, from: usize) -> impl Iterator<Item = (usize, &str)> {
    text.split(separator).scan(from, move |at, part| {
        let begins = *at;
        *at += part.len() + separator.len_utf8();
        Some((begins, part))
    })
}

fn frequency(value: &str, at: usize) -> Result<(f32, Option<f32>), SyntaxError> {
    let (hz, level) = match value.split_once('@') {
        Some((hz, level)) => (hz, Some((level, at + hz.len() + 1))),
        None => (value, None),
    };
    let hz: f32 = number(hz, at)?;
    if !HZ.contains(&hz) {
        return Err(SyntaxError::FrequencyOutOfRange { at });
    }
    let Some((level, at)) = level else {
        return Ok((hz, None));
    };
    let level: f32 = number(level, at)?;
    if !LEVEL_DBM0.contains(&level) {
        return Err(SyntaxError::LevelOutOfRange { at });
    }
    Ok((hz, Some(level)))
}

/// Fills in bursts and pauses; how many segments.
fn cadence(
    value: &str,
    at: usize,
    cadence_ms: &mut [u16; MAX_SEGMENTS],
) -> Result<usize, SyntaxError> {
    let mut segments = 0;
    for (at, burst) in parts(value, '-', at) {
        if segments + 2 > MAX_SEGMENTS {
            return Err(SyntaxError::TooManyBursts { at });
        }
        let (on, off) = burst.split_once('/').ok_or(SyntaxError::NoPause { at })?;
        let off_at = at + on.len() + 1;
        for (text, at) in [(on, at), (off, off_at)] {
            let ms: u16 = number(text, at)?;
            if text.trim() == "0" && at == off_at {
                return Err(SyntaxError::NoPause { at });
            }
            if !MS.contains(&ms) {
                return Err(SyntaxError::TimeOutOfRange { at });
            }
            cadence_ms[segments] = ms;
            segments += 1;
        }
    }
    Ok(segments)
}

fn number<T: FromStr>(text: &str, at: usize) -> Result<T, SyntaxError> {
    text.trim()
        .parse()
        .map_err(|_| SyntaxError::BadNumber { at })
}

impl fmt::Display for LearnedTone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The level of the whole is shared by its sines alike.
        let each = 10.0 * libm::log10f(self.freqs.max(1) as f32);
        for (n, hz) in self.freqs_hz().iter().enumerate() {
            write!(f, "f{}={hz:.1}", n + 1)?;
            if let Some(level) = self.level_dbm0 {
                write!(f, "@{:.1}", level - each)?;
            }
            f.write_str(",")?;
        }
        for (n, pair) in self.cadence_ms().chunks_exact(2).enumerate() {
            let before = if n == 0 { "c=" } else { "-" };
            write!(f, "{before}{}/{}", pair[0], pair[1])?;
        }
        Ok(())
    }
}
