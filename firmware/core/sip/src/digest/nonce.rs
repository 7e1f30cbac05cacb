use std::collections::BTreeMap;

use telephony::{Duration, Instant};

use super::hash::{equal_in_constant_time, hex, hmac_sha256, unhex};

/// Time (8 bytes, microseconds), serial (8 bytes), first half of the HMAC (16 bytes).
const NONCE_BYTES: usize = 32;

/// A nonce of ours, as its own text tells: when it was made and which one it is. Nothing is kept until it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nonce {
    pub(super) made: Instant,
    pub(super) serial: u64,
}

impl Nonce {
    pub(super) fn to_text(self, secret: &[u8; 32], realm: &str) -> String {
        let mut bytes = [0_u8; NONCE_BYTES];
        bytes[..8].copy_from_slice(&self.made.as_micros().to_be_bytes());
        bytes[8..16].copy_from_slice(&self.serial.to_be_bytes());
        let tag = tag(secret, &bytes[..16], realm);
        bytes[16..].copy_from_slice(&tag);
        hex(&bytes)
    }

    /// `None` when it is not one of ours.
    pub(super) fn from_text(text: &str, secret: &[u8; 32], realm: &str) -> Option<Nonce> {
        if text.len() != 2 * NONCE_BYTES {
            return None;
        }
        let bytes: [u8; NONCE_BYTES] = unhex(text)?.try_into().ok()?;
        if !equal_in_constant_time(&bytes[16..], &tag(secret, &bytes[..16], realm)) {
            return None;
        }
        let word = |at: usize| {
            bytes[at..at + 8]
                .iter()
                .fold(0_u64, |word, &b| word << 8 | u64::from(b))
        };
        Some(Nonce {
            made: Instant::from_micros(word(0)),
            serial: word(8),
        })
    }
}

fn tag(secret: &[u8; 32], stamp: &[u8], realm: &str) -> [u8; 16] {
    let mut message = stamp.to_vec();
    message.extend_from_slice(realm.as_bytes());
    let mut tag = [0; 16];
    tag.copy_from_slice(&hmac_sha256(secret, &message)[..16]);
    tag
}

/// The counts used with each nonce, so that no (nonce, nc) is taken twice.
///
/// Bounded: when full, the nonce used longest ago is forgotten, and every nonce no newer than it that is not in the table is
/// refused from then on (the client gets a new one), so forgetting never lets a replay in.
#[derive(Debug)]
pub(super) struct ReplayTable {
    uses: BTreeMap<u64, Uses>,
    capacity: usize,
    forgotten_to: Option<u64>,
    clock: u64,
}

#[derive(Debug)]
struct Uses {
    made: Instant,
    highest: u32,
    /// Bit n: `highest - n` was used.
    window: u64,
    last_use: u64,
}

impl ReplayTable {
    pub(super) fn new(capacity: usize) -> ReplayTable {
        ReplayTable {
            uses: BTreeMap::new(),
            capacity,
            forgotten_to: None,
            clock: 0,
        }
    }

    /// Whether `nc` is used with `nonce` for the first time; notes the use.
    pub(super) fn first_use(
        &mut self,
        now: Instant,
        life: Duration,
        nonce: Nonce,
        nc: u32,
    ) -> bool {
        self.clock += 1;
        let clock = self.clock;
        if let Some(uses) = self.uses.get_mut(&nonce.serial) {
            uses.last_use = clock;
            return uses.note(nc);
        }
        if self
            .forgotten_to
            .is_some_and(|serial| nonce.serial <= serial)
        {
            return false;
        }
        self.make_room(now, life);
        self.uses.insert(
            nonce.serial,
            Uses {
                made: nonce.made,
                highest: nc,
                window: 1,
                last_use: clock,
            },
        );
        true
    }

    fn make_room(&mut self, now: Instant, life: Duration) {
        // Serials rise with time, so the nonces past their life stand first; those are refused by age and need no memory.
        while self
            .uses
            .first_key_value()
            .is_some_and(|(_, uses)| now.since(uses.made) > life)
        {
            self.uses.pop_first();
        }
        while self.uses.len() >= self.capacity {
            let oldest = self
                .uses
                .iter()
                .min_by_key(|(_, uses)| uses.last_use)
                .map(|(serial, _)| *serial);
            let Some(serial) = oldest else { return };
            self.uses.remove(&serial);
            self.forgotten_to = self.forgotten_to.max(Some(serial));
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.uses.len()
    }
}

impl Uses {
    fn note(&mut self, nc: u32) -> bool {
        if nc > self.highest {
            self.window = self.window.checked_shl(nc - self.highest).unwrap_or(0) | 1;
            self.highest = nc;
            return true;
        }
        let bit = 1_u64.checked_shl(self.highest - nc).unwrap_or(0);
        let fresh = bit != 0 && self.window & bit == 0;
        self.window |= bit;
        fresh
    }
}
