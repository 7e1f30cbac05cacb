use core::fmt;

use md5::Md5;
use sha2::{Digest, Sha256};

/// A hash algorithm of digest authentication, weaker ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// MD5 (RFC 2617): most phones.
    Md5,
    /// SHA-256 (RFC 7616, RFC 8760).
    Sha256,
}

impl Algorithm {
    /// As it stands in `algorithm=`.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    /// By its name, without case.
    pub(super) fn from_name(name: &str) -> Option<Algorithm> {
        [Algorithm::Md5, Algorithm::Sha256]
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    fn hash(self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Algorithm::Md5 => md5(parts).to_vec(),
            Algorithm::Sha256 => sha256(parts).to_vec(),
        }
    }
}

/// What an account keeps in place of its password: H(user ":" realm ":" password) in both algorithms (RFC 7616 §3.4.2).
///
/// As good as the password for this realm, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Ha1 {
    /// With MD5.
    pub md5: [u8; 16],
    /// With SHA-256.
    pub sha256: [u8; 32],
}

impl Ha1 {
    /// From a clear password.
    pub fn from_password(user: &str, realm: &str, password: &str) -> Ha1 {
        let text = format!("{user}:{realm}:{password}");
        Ha1 {
            md5: md5(&[text.as_bytes()]),
            sha256: sha256(&[text.as_bytes()]),
        }
    }

    fn of(&self, algorithm: Algorithm) -> &[u8] {
        match algorithm {
            Algorithm::Md5 => &self.md5,
            Algorithm::Sha256 => &self.sha256,
        }
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ha1(secret)")
    }
}

/// The part of the response that `qop=auth` adds.
pub(super) struct Qop<'a> {
    /// Eight hex digits, as sent.
    pub nc: &'a str,
    /// As sent.
    pub cnonce: &'a str,
}

/// The response of RFC 7616 §3.4.1; without `qop` that of RFC 2069 §2.1.2. Not yet in hex.
pub(super) fn response(
    algorithm: Algorithm,
    ha1: &Ha1,
    method: &str,
    uri: &str,
    nonce: &str,
    qop: Option<&Qop<'_>>,
) -> Vec<u8> {
    let ha2 = hex(&algorithm.hash(&[method.as_bytes(), b":", uri.as_bytes()]));
    let ha1 = hex(ha1.of(algorithm));
    match qop {
        Some(Qop { nc, cnonce }) => {
            algorithm.hash(&[format!("{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}").as_bytes()])
        }
        None => algorithm.hash(&[format!("{ha1}:{nonce}:{ha2}").as_bytes()]),
    }
}

fn md5(parts: &[&[u8]]) -> [u8; 16] {
    parts
        .iter()
        .fold(Md5::new(), |hash, part| hash.chain_update(part))
        .finalize()
        .into()
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    parts
        .iter()
        .fold(Sha256::new(), |hash, part| hash.chain_update(part))
        .finalize()
        .into()
}

/// HMAC-SHA-256 (RFC 2104, block of 64 bytes).
pub(super) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&sha256(&[key]));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = sha256(&[&block.map(|b| b ^ 0x36), message]);
    sha256(&[&block.map(|b| b ^ 0x5c), &inner])
}

/// Equality in a time that depends on the lengths only.
pub(super) fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    let difference = a
        .iter()
        .zip(b)
        .fold(0_u8, |seen, (x, y)| core::hint::black_box(seen | (x ^ y)));
    a.len() == b.len() && core::hint::black_box(difference) == 0
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

/// Bytes of hex in either case.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let nibble = |b: u8| char::from(b).to_digit(16).map(|n| n as u8);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?))
        .collect()
}
