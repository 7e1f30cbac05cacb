//! RFC 3389: the RTP payload that describes a background noise.

use super::OVERLOAD_DBM0;
use core::fmt;

/// Most reflection coefficients a payload is read with; RFC 3389 §3 leaves the order open, and senders use 10 (G.711 Appendix II).
pub const MAX_ORDER: usize = 16;

/// A description of noise: a level and the reflection coefficients of an all-pole model (RFC 3389 §3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Payload {
    /// 0 to 127: below overload, in dB.
    level: u8,
    reflection: [f32; MAX_ORDER],
    order: usize,
}

/// Why a payload is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadError {
    /// There is no level octet.
    Empty,
    /// This many octets: more than a level and [`MAX_ORDER`] coefficients.
    TooLong(usize),
    /// The level octet has its top bit set, which is always 0 (§3.1).
    Level(u8),
    /// The coefficient at this index, counted from 0, is 255, which is reserved (§3.2).
    Reserved(usize),
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PayloadError::Empty => write!(f, "comfort noise without a level"),
            PayloadError::TooLong(octets) => write!(f, "comfort noise of {octets} octets"),
            PayloadError::Level(octet) => write!(f, "comfort noise level octet {octet:#04x}"),
            PayloadError::Reserved(index) => {
                write!(f, "comfort noise coefficient {index} is reserved")
            }
        }
    }
}

impl core::error::Error for PayloadError {}

impl Payload {
    /// Octets of the longest payload.
    pub const MAX_OCTETS: usize = 1 + MAX_ORDER;

    /// Noise of `level_dbm0` with the reflection coefficients `reflection` (up to [`MAX_ORDER`], k1 negative for low-pass noise),
    /// as near as the payload can say.
    pub fn new(level_dbm0: f32, reflection: &[f32]) -> Self {
        let mut octets = [0u8; Self::MAX_OCTETS];
        let order = reflection.len().min(MAX_ORDER);
        for (octet, k) in octets[1..].iter_mut().zip(reflection) {
            *octet = index_of(*k);
        }
        // `as` brings what is out of range to its end.
        octets[0] = libm::roundf(OVERLOAD_DBM0 - level_dbm0).clamp(0.0, 127.0) as u8;
        Self::from_octets(&octets[..1 + order])
    }

    /// Reads a received payload.
    pub fn parse(octets: &[u8]) -> Result<Self, PayloadError> {
        let (&level, coefficients) = octets.split_first().ok_or(PayloadError::Empty)?;
        if coefficients.len() > MAX_ORDER {
            return Err(PayloadError::TooLong(octets.len()));
        }
        if level > 127 {
            return Err(PayloadError::Level(level));
        }
        match coefficients.iter().position(|&n| n == 255) {
            Some(index) => Err(PayloadError::Reserved(index)),
            None => Ok(Self::from_octets(octets)),
        }
    }

    /// `octets`: a level and up to [`MAX_ORDER`] indices, all in range.
    fn from_octets(octets: &[u8]) -> Self {
        let mut reflection = [0.0; MAX_ORDER];
        for (k, &n) in reflection.iter_mut().zip(&octets[1..]) {
            *k = value_of(n);
        }
        Payload {
            level: octets[0],
            reflection,
            order: octets.len() - 1,
        }
    }

    /// Writes it to be sent, and tells how many octets it has.
    pub fn emit(&self, octets: &mut [u8; Self::MAX_OCTETS]) -> usize {
        octets[0] = self.level;
        for (octet, k) in octets[1..].iter_mut().zip(self.reflection()) {
            *octet = index_of(*k);
        }
        1 + self.order
    }

    /// Level of the noise in dBm0: from +6.18 down to -120.82 in steps of 1 dB.
    pub fn level_dbm0(&self) -> f32 {
        OVERLOAD_DBM0 - f32::from(self.level)
    }

    /// The reflection coefficients, k1 first, each within +-1.
    pub fn reflection(&self) -> &[f32] {
        &self.reflection[..self.order]
    }
}

/// §3.2: k = 258 (N - 127) / 32768, N from 0 to 254.
fn value_of(index: u8) -> f32 {
    258.0 * (f32::from(index) - 127.0) / 32_768.0
}

fn index_of(k: f32) -> u8 {
    libm::roundf(k * 32_768.0 / 258.0 + 127.0).clamp(0.0, 254.0) as u8
}
