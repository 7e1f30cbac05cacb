//! Tags, branches and Call-IDs nobody can guess: SHA-256 of seed, counter and purpose.

use sha2::{Digest, Sha256};

/// A counter run through a keyed hash.
pub(crate) struct Ids {
    seed: [u8; 32],
    counter: u64,
}

impl std::fmt::Debug for Ids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ids")
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

impl Ids {
    pub(crate) fn new(seed: [u8; 32]) -> Ids {
        Ids { seed, counter: 0 }
    }

    /// 32 unguessable bytes. The key frames the counter on both sides, so the hash's length extension gives nothing away.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        self.counter += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.counter.to_be_bytes());
        hash.update(self.seed);
        hash.finalize().into()
    }

    /// A number from 0 to `below - 1`.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        let bytes = self.bytes();
        let word = u64::from_be_bytes([
            bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
        ]);
        word % below.max(1)
    }

    /// A tag or Call-ID: 96 bits in hexadecimal.
    pub(crate) fn token(&mut self) -> String {
        self.bytes()[..12]
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    }

    /// A branch with RFC 3261's magic cookie.
    pub(crate) fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.token())
    }
}
