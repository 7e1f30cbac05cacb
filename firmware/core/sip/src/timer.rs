//! Every timer of the engine, and the table they run in.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use telephony::{Duration, Instant};

/// T1: the round-trip estimate, 500 ms (RFC 3261 §17.1.1.1).
pub const T1: Duration = Duration::from_millis(500);
/// T2: the longest retransmit interval of non-INVITE requests and INVITE responses, 4 s (RFC 3261 §17.1.2.1).
pub const T2: Duration = Duration::from_secs(4);
/// T4: how long a message may linger in the network, 5 s (RFC 3261 §17.1.2.2).
pub const T4: Duration = Duration::from_secs(5);
/// 64*T1: how long a transaction is tried, 32 s.
pub const TRANSACTION_TIMEOUT: Duration = Duration::from_millis(500 * 64);

/// Why the engine wakes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// INVITE request retransmit, T1 doubling, UDP only (RFC 3261 §17.1.1.2).
    A,
    /// INVITE client gives up, 64*T1 (§17.1.1.2).
    B,
    /// A client INVITE that rang is given up after 3 min without a new provisional response (§16.6 step 11).
    C,
    /// Client absorbs retransmitted final responses to INVITE, 32 s on UDP, 0 on TCP (§17.1.1.2).
    D,
    /// Non-INVITE request retransmit, T1 doubling to T2, UDP only (§17.1.2.2).
    E,
    /// Non-INVITE client gives up, 64*T1 (§17.1.2.2).
    F,
    /// Failure response to INVITE retransmit, T1 doubling to T2, UDP only (§17.2.1).
    G,
    /// Server waits for ACK of a failure response, 64*T1 (§17.2.1).
    H,
    /// Server absorbs retransmitted ACKs, T4 on UDP, 0 on TCP (§17.2.1).
    I,
    /// Server absorbs retransmitted non-INVITE requests, 64*T1 on UDP, 0 on TCP (§17.2.2).
    J,
    /// Client absorbs retransmitted non-INVITE responses, T4 on UDP, 0 on TCP (§17.1.2.2).
    K,
    /// Server stays in Accepted and absorbs retransmitted INVITEs, 64*T1 (RFC 6026 §7.1).
    L,
    /// Client stays in Accepted and takes late 2xx of other branches, 64*T1 (RFC 6026 §7.2).
    M,
    /// 2xx to INVITE retransmit by the user agent, T1 doubling to T2, on every transport (RFC 3261 §13.3.1.4).
    Retransmit2xx,
    /// The ACK to our 2xx did not come, 64*T1: BYE (§13.3.1.4).
    AckMissing,
    /// Our re-INVITE met the peer's (491): 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other (§14.1).
    Glare,
    /// We said 100/180 and nothing final follows: a provisional response every 60 s keeps proxies waiting (§13.3.1.1).
    Provisional,
    /// A cancelled INVITE got no final response, 64*T1 after CANCEL (§9.1).
    CancelDone,
    /// A transferred party's dialog is closed when it does not hang up by itself, 32 s after the final NOTIFY (ours).
    TransferDone,
    /// A registered contact expires (§10.3).
    Registration,
    /// We register with a trunk again: half the granted time, or back-off 30 s doubling to 30 min after a failure (§10.2.4).
    TrunkRegister,
    /// A TCP connection that never sent a whole message, or is idle, is closed: 32 s, 3 h (ours).
    StreamIdle,
}

/// Running timers by key; at most one of each key.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    by_time: BTreeSet<(Instant, K)>,
    by_key: HashMap<K, Instant>,
}

impl<K: Copy + Ord + Hash> Timers<K> {
    pub(crate) fn new() -> Self {
        Timers {
            by_time: BTreeSet::new(),
            by_key: HashMap::new(),
        }
    }

    /// Starts `key` to fire `after` from `now`, restarting it if it runs.
    pub(crate) fn set(&mut self, now: Instant, key: K, after: Duration) {
        self.stop(key);
        let at = now + after;
        self.by_time.insert((at, key));
        self.by_key.insert(key, at);
    }

    pub(crate) fn stop(&mut self, key: K) {
        if let Some(at) = self.by_key.remove(&key) {
            self.by_time.remove(&(at, key));
        }
    }

    pub(crate) fn next(&self) -> Option<(Instant, K)> {
        self.by_time.first().copied()
    }

    /// Takes the earliest timer due at `now`.
    pub(crate) fn expired(&mut self, now: Instant) -> Option<K> {
        let (at, key) = self.next()?;
        if at > now {
            return None;
        }
        self.stop(key);
        Some(key)
    }
}
