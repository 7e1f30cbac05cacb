use rusqlite::Row;
use telephony::Decibels;

use crate::{StoreError, valid};

/// How the sound of a pair is treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Whether the line's echo is cancelled.
    pub echo_cancel: bool,
    /// Longest echo path that is cancelled, in milliseconds, 8 to 128.
    pub echo_tail_ms: u16,
    /// Whether what cancelling leaves is suppressed as well (ITU-T G.168 §3.9).
    pub nlp: bool,
    /// Gain of what comes from the pair, -13.5 to +12.0 dB.
    pub rx_gain_db: Decibels,
    /// Gain of what goes to the pair, -13.5 to +12.0 dB.
    pub tx_gain_db: Decibels,
    /// Whose tones, ringing and caller identification the pair has: ISO 3166 alpha-2, lower case. `None`: those of the box.
    pub country: Option<String>,
}

impl Default for Voice {
    fn default() -> Self {
        Voice {
            echo_cancel: true,
            echo_tail_ms: 32,
            nlp: true,
            rx_gain_db: Decibels::ZERO,
            tx_gain_db: Decibels::ZERO,
            country: None,
        }
    }
}

/// Least and most gain, in tenths of a dB.
const GAIN_TENTHS: std::ops::RangeInclusive<i16> = -135..=120;
const TAIL_MS: std::ops::RangeInclusive<u16> = 8..=128;

impl Voice {
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if let Some(country) = &self.country {
            valid::field("country", country, valid::country)?;
        }
        let invalid = |field, value, why| Err(StoreError::Invalid { field, value, why });
        if !TAIL_MS.contains(&self.echo_tail_ms) {
            let value = self.echo_tail_ms.to_string();
            return invalid("echo_tail_ms", value, "must be 8 to 128 milliseconds");
        }
        for (field, gain) in [
            ("rx_gain_db", self.rx_gain_db),
            ("tx_gain_db", self.tx_gain_db),
        ] {
            if !GAIN_TENTHS.contains(&gain.tenths()) {
                return invalid(field, gain.to_string(), "must be -13.5 to 12.0 dB");
            }
        }
        Ok(())
    }

    /// From six columns that begin at `first`, in the order of the fields.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Voice {
            echo_cancel: row.get(first)?,
            echo_tail_ms: row.get(first + 1)?,
            nlp: row.get(first + 2)?,
            rx_gain_db: from_column(row.get(first + 3)?),
            tx_gain_db: from_column(row.get(first + 4)?),
            country: row.get(first + 5)?,
        })
    }
}

/// As a column of type REAL has it.
pub(crate) fn to_column(db: Decibels) -> f64 {
    f64::from(db.tenths()) / 10.0
}

/// See [`to_column`].
pub(crate) fn from_column(db: f64) -> Decibels {
    Decibels::from_db(db as f32)
}
