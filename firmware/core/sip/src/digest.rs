//! Digest authentication, both sides (RFC 7616, RFC 8760; RFC 2617 for older phones): SHA-256 and MD5 with `qop=auth`.
//!
//! Server: [`Challenger`] makes challenges and checks answers. Client: [`respond`]. Passwords appear as [`Ha1`] only.
mod challenger;
mod hash;
mod header;
mod nonce;
#[cfg(test)]
mod tests;

pub use challenger::{Challenger, NONCE_LIFE, Verdict};
pub use hash::{Algorithm, Ha1};

use hash::hex;
use header::Parameters;

/// Why a digest header cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// The header is longer than 4096 bytes or has more than 32 parameters.
    #[error("digest header is too long")]
    TooLong,
    /// The scheme is another one (`Basic`, `Bearer`).
    #[error("authentication scheme is not Digest")]
    NotDigest,
    /// A parameter is not `name=value` or `name="value"`; the byte offset where it begins.
    #[error("malformed digest parameter at byte {at}")]
    Syntax {
        /// Offset in the header value.
        at: usize,
    },
    /// A parameter stands twice.
    #[error("digest parameter {0} stands twice")]
    Duplicate(String),
    /// A parameter that must be there is missing.
    #[error("digest parameter {0} is missing")]
    Missing(&'static str),
    /// A parameter has a value it cannot have.
    #[error("digest parameter {name} cannot be {value:?}")]
    BadValue {
        /// Its name.
        name: &'static str,
        /// What it was.
        value: String,
    },
    /// The `uri` parameter names another resource than the request (RFC 7616 §3.4.6).
    #[error("digest uri {uri:?} is not the request's")]
    UriMismatch {
        /// The parameter.
        uri: String,
    },
    /// None of the challenges can be answered: unknown algorithms, or no `qop=auth`.
    #[error("no challenge with a known algorithm and qop=auth")]
    NoUsableChallenge,
}

/// The user name of an Authorization value: `username`, or `username*` decoded (RFC 7616 §3.4).
pub fn username(header_value: &str) -> Option<String> {
    Parameters::parse(header_value).ok()?.username().ok()
}

/// The realm of an Authorization or WWW-Authenticate value. A client needs it to make the [`Ha1`] for a challenge.
pub fn realm(header_value: &str) -> Option<String> {
    Parameters::parse(header_value)
        .ok()?
        .get("realm")
        .map(str::to_owned)
}

/// The value of `Authorization` (or `Proxy-Authorization`) that answers the strongest of `challenges`: SHA-256, then MD5.
///
/// `ha1` belongs to the challenge's [`realm`]; `nc` counts the uses of one nonce from 1. A challenge without `qop` is answered
/// the way of RFC 2069.
///
/// # Errors
/// [`DigestError::NoUsableChallenge`]; when there is one challenge and it is malformed, what is wrong with it;
/// [`DigestError::BadValue`] when `user`, `uri` or `cnonce` hold control characters.
pub fn respond(
    challenges: &[&str],
    method: &str,
    uri: &str,
    user: &str,
    ha1: &Ha1,
    cnonce: &str,
    nc: u32,
) -> Result<String, DigestError> {
    let mut best: Option<(Algorithm, Parameters)> = None;
    let mut failure = DigestError::NoUsableChallenge;
    for challenge in challenges {
        match usable(challenge) {
            Ok((algorithm, parameters))
                if best.as_ref().is_none_or(|(have, _)| algorithm > *have) =>
            {
                best = Some((algorithm, parameters));
            }
            Ok(_) => {}
            Err(error) if challenges.len() == 1 => failure = error,
            Err(_) => {}
        }
    }
    let (algorithm, challenge) = best.ok_or(failure)?;
    for (name, value) in [("username", user), ("uri", uri), ("cnonce", cnonce)] {
        if value.contains(char::is_control) {
            return Err(DigestError::BadValue {
                name,
                value: value.to_owned(),
            });
        }
    }
    let realm = challenge.require("realm")?;
    let nonce = challenge.require("nonce")?;
    let nc = format!("{nc:08x}");
    let qop = challenge.get("qop").map(|_| hash::Qop { nc: &nc, cnonce });
    let response = hex(&hash::response(
        algorithm,
        ha1,
        method,
        uri,
        nonce,
        qop.as_ref(),
    ));

    let mut out = format!(
        "Digest username={}, realm={}",
        header::quote(user),
        header::quote(realm)
    );
    out += &format!(
        ", nonce={}, uri={}, response=\"{response}\"",
        header::quote(nonce),
        header::quote(uri)
    );
    if challenge.get("algorithm").is_some() {
        out += &format!(", algorithm={}", algorithm.name());
    }
    if qop.is_some() {
        out += &format!(", qop=auth, nc={nc}, cnonce={}", header::quote(cnonce));
    }
    if let Some(opaque) = challenge.get("opaque") {
        out += &format!(", opaque={}", header::quote(opaque));
    }
    Ok(out)
}

/// A challenge that can be answered, with its algorithm.
fn usable(challenge: &str) -> Result<(Algorithm, Parameters), DigestError> {
    let parameters = Parameters::parse(challenge)?;
    let algorithm = parameters
        .algorithm()
        .map_err(|_| DigestError::NoUsableChallenge)?;
    parameters.require("realm")?;
    parameters.require("nonce")?;
    let offers_auth = |qop: &str| {
        qop.split(',')
            .any(|one| one.trim().eq_ignore_ascii_case("auth"))
    };
    if !parameters.get("qop").is_none_or(offers_auth) {
        return Err(DigestError::NoUsableChallenge);
    }
    Ok((algorithm, parameters))
}
