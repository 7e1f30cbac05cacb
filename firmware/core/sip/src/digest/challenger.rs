use core::fmt;

use telephony::{Duration, Instant};

use super::hash::{self, Algorithm, Ha1, equal_in_constant_time, hmac_sha256, unhex};
use super::header::{Parameters, bad, quote};
use super::nonce::{Nonce, ReplayTable};
use super::{DigestError, hash::Qop};

/// How long a nonce is good for: 300 s. Then its user is asked again with `stale=true`, without a password prompt.
pub const NONCE_LIFE: Duration = Duration::from_secs(300);

/// Nonces in use at a time whose counts are remembered.
const REPLAY_CAPACITY: usize = 4096;

/// What became of an answer to a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The user knows the password and the request is not a replay.
    Ok {
        /// As the header names it.
        username: String,
    },
    /// The user knows the password, but the nonce is too old, not ours or used up: challenge again with `stale`.
    Stale,
    /// Unknown user, wrong password or another realm: challenge again.
    Wrong,
    /// The header cannot be used: 400.
    Malformed(DigestError),
}

/// The server side of digest authentication for one realm.
///
/// Nonces carry their own time under an HMAC, so a challenge costs no memory; only nonces that were answered rightly are kept,
/// in a bounded table against replay.
pub struct Challenger {
    secret: [u8; 32],
    realm: String,
    nobody: Ha1,
    life: Duration,
    without_qop: bool,
    sha256: bool,
    next_serial: u64,
    replays: ReplayTable,
}

impl fmt::Debug for Challenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenger")
            .field("realm", &self.realm)
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

impl Challenger {
    /// `secret` is random and new at every start: nonces of an earlier run are then stale.
    pub fn new(secret: [u8; 32], realm: &str) -> Challenger {
        let mut md5 = [0; 16];
        md5.copy_from_slice(&hmac_sha256(&secret, b"nobody")[..16]);
        Challenger {
            secret,
            realm: realm.to_owned(),
            nobody: Ha1 {
                md5,
                sha256: hmac_sha256(&secret, b"nobody at all"),
            },
            life: NONCE_LIFE,
            without_qop: false,
            sha256: true,
            next_serial: 0,
            replays: ReplayTable::new(REPLAY_CAPACITY),
        }
    }

    /// Nonces live this long instead of [`NONCE_LIFE`].
    pub fn with_nonce_life(mut self, life: Duration) -> Challenger {
        self.life = life;
        self
    }

    /// Whether SHA-256 is offered beside MD5; it is unless this says no. Phones of before RFC 8760 look at the first challenge
    /// only, or give up when one of several is not MD5 (Debian 12's SIPp and baresip).
    pub fn offer_sha256(mut self, offered: bool) -> Challenger {
        self.sha256 = offered;
        self
    }

    /// Whether answers without `qop` (RFC 2069) are taken; they are not unless this is called. Such an answer has no count, so
    /// each nonce is good for one of them.
    pub fn accept_without_qop(mut self, accept: bool) -> Challenger {
        self.without_qop = accept;
        self
    }

    #[cfg(test)]
    pub(super) fn with_replay_capacity(mut self, capacity: usize) -> Challenger {
        self.replays = ReplayTable::new(capacity);
        self
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.replays.len()
    }

    /// The values of the WWW-Authenticate headers of a 401, the strongest first (RFC 8760 §2.3): SHA-256 when it is offered, then
    /// MD5. Both have the same nonce, which no other challenge has.
    pub fn challenges(&mut self, now: Instant, stale: bool) -> Vec<String> {
        let nonce = Nonce {
            made: now,
            serial: self.next_serial,
        }
        .to_text(&self.secret, &self.realm);
        self.next_serial += 1;
        let realm = quote(&self.realm);
        let stale = if stale { ", stale=true" } else { "" };
        let challenge = |algorithm: Algorithm| {
            format!(
                "Digest realm={realm}, nonce=\"{nonce}\", qop=\"auth\", algorithm={}{stale}",
                algorithm.name()
            )
        };
        let sha256 = self.sha256.then(|| challenge(Algorithm::Sha256));
        sha256
            .into_iter()
            .chain([challenge(Algorithm::Md5)])
            .collect()
    }

    /// Checks an Authorization value. `ha1` is that of the user [`super::username`] names, `None` when there is no such user:
    /// then the same work is done and the verdict is [`Verdict::Wrong`].
    ///
    /// The `uri` parameter must name the request's resource: same user and host, the same port after defaults; parameters,
    /// headers and the case of the host do not count (RFC 3261 §22.4 item 6 leaves the measure to the server).
    pub fn check(
        &mut self,
        now: Instant,
        method: &str,
        header_value: &str,
        request_uri: &str,
        ha1: Option<&Ha1>,
    ) -> Verdict {
        match self.verify(now, method, header_value, request_uri, ha1) {
            Ok(verdict) => verdict,
            Err(error) => Verdict::Malformed(error),
        }
    }

    fn verify(
        &mut self,
        now: Instant,
        method: &str,
        header_value: &str,
        request_uri: &str,
        ha1: Option<&Ha1>,
    ) -> Result<Verdict, DigestError> {
        let parameters = Parameters::parse(header_value)?;
        let username = parameters.username()?;
        let realm = parameters.require("realm")?;
        let nonce = parameters.require("nonce")?;
        let uri = parameters.require("uri")?;
        let response = parameters.require("response")?;
        let algorithm = parameters.algorithm()?;
        let (qop, count) = self.quality(&parameters)?;
        let given = unhex(response).ok_or_else(|| bad("response", response))?;
        if parameters
            .get("userhash")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        {
            return Err(bad("userhash", "true"));
        }
        if !same_resource(uri, request_uri) {
            return Err(DigestError::UriMismatch {
                uri: uri.to_owned(),
            });
        }

        let wanted = hash::response(
            algorithm,
            ha1.unwrap_or(&self.nobody),
            method,
            uri,
            nonce,
            qop.as_ref(),
        );
        let right = equal_in_constant_time(&given, &wanted);
        if !right || ha1.is_none() || realm != self.realm {
            return Ok(Verdict::Wrong);
        }
        let nonce = Nonce::from_text(nonce, &self.secret, &self.realm);
        let Some(nonce) =
            nonce.filter(|nonce| nonce.made <= now && now.since(nonce.made) <= self.life)
        else {
            return Ok(Verdict::Stale);
        };
        if !self.replays.first_use(now, self.life, nonce, count) {
            return Ok(Verdict::Stale);
        }
        Ok(Verdict::Ok { username })
    }

    /// The `qop` part and its count; the count is 0 for an answer without `qop`.
    fn quality<'a>(
        &self,
        parameters: &'a Parameters,
    ) -> Result<(Option<Qop<'a>>, u32), DigestError> {
        let Some(qop) = parameters.get("qop") else {
            return if self.without_qop {
                Ok((None, 0))
            } else {
                Err(DigestError::Missing("qop"))
            };
        };
        if !qop.eq_ignore_ascii_case("auth") {
            return Err(bad("qop", qop));
        }
        let nc = parameters.require("nc")?;
        let cnonce = parameters.require("cnonce")?;
        let is_hex = nc.len() == 8 && nc.bytes().all(|b| b.is_ascii_hexdigit());
        let count = u32::from_str_radix(nc, 16)
            .ok()
            .filter(|&count| is_hex && count != 0);
        Ok((
            Some(Qop { nc, cnonce }),
            count.ok_or_else(|| bad("nc", nc))?,
        ))
    }
}

fn same_resource(ours: &str, theirs: &str) -> bool {
    ours == theirs || matches!((resource(ours), resource(theirs)), (Some(a), Some(b)) if a == b)
}

/// (user, host in lower case, port) of a SIP URI.
fn resource(uri: &str) -> Option<(&str, String, u16)> {
    let (scheme, rest) = uri.trim_ascii().split_once(':')?;
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "sip" => 5060,
        "sips" => 5061,
        _ => return None,
    };
    let (user, rest) = rest.split_once('@').unwrap_or(("", rest));
    let authority = rest.split([';', '?']).next()?;
    let colon = authority
        .rfind(':')
        .filter(|&at| !authority[at..].contains(']'));
    let (host, port) = match colon {
        Some(at) => (&authority[..at], authority[at + 1..].parse().ok()?),
        None => (authority, default_port),
    };
    Some((user, host.to_ascii_lowercase(), port))
}
