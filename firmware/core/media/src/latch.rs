//! Where the far end really is (symmetric RTP, RFC 4961), and who may not pretend to be it.
//!
//! - Until something is accepted, RTP goes to the signalled address.
//! - The first packet from the signalled address latches it. A far end behind NAT comes from elsewhere: from the address its
//!   signalling comes from. That one, or another port of the signalled address, latches once it has been consistent (one
//!   source, one SSRC, [`CONSISTENT`] sequence numbers in a row) while the signalled address was silent for [`SETTLE`]. Nobody
//!   else does.
//! - Once latched, packets from elsewhere are dropped and counted. The latch moves only
//!   1. to the signalled address, at once: it is the one that the far end, who proved who it is, has named. Whoever latched
//!      before it spoke (or while it said nothing) gives way;
//!   2. to a consistent source at the latched IP address, when signalling set the session up again (re-INVITE) and the latched
//!      source has been silent for [`SETTLE`]: a far end behind NAT that changed its port. On hold many phones are silent, so
//!      an address that was never heard does not get in here; or
//!   3. to a consistent source that carries on the latched SSRC and its sequence numbers, when the latched source has been
//!      silent for [`REBIND`]: a NAT that changed its mapping. Somebody who cannot see the stream cannot know either.

use std::net::{IpAddr, SocketAddr};

use telephony::{Duration, Instant};

use crate::rtp::Header;

/// Packets in a row that make a source consistent.
pub(crate) const CONSISTENT: u8 = 3;
/// Silence of the expected address after which another may be taken while nothing is settled.
pub(crate) const SETTLE: Duration = Duration::from_millis(200);
/// Silence of the latched source after which its stream may come from elsewhere.
pub(crate) const REBIND: Duration = Duration::from_secs(3);
/// Furthest a stream may have gone on while its source was silent (RFC 3550 A.1 MAX_DROPOUT).
const MAX_DROPOUT: u16 = 3_000;

#[derive(Clone, Copy, Debug)]
struct Candidate {
    from: SocketAddr,
    ssrc: u32,
    next: u16,
    count: u8,
}

#[derive(Clone, Copy, Debug)]
struct Latched {
    from: SocketAddr,
    ssrc: u32,
    sequence: u16,
}

/// The latch of one session.
#[derive(Clone, Debug)]
pub(crate) struct Latch {
    signalled: SocketAddr,
    latched: Option<Latched>,
    /// Signalling has spoken since the latch was set.
    renewed: bool,
    /// When the expected source (latched, else signalled) was last heard, or signalling spoke.
    heard: Instant,
    candidate: Option<Candidate>,
}

impl Latch {
    pub(crate) fn new(now: Instant, signalled: SocketAddr) -> Self {
        Latch {
            signalled,
            latched: None,
            renewed: true,
            heard: now,
            candidate: None,
        }
    }

    /// Signalling gave the far end's address (again). A new address is used at once.
    pub(crate) fn renew(&mut self, now: Instant, signalled: SocketAddr) {
        if signalled != self.signalled {
            *self = Latch::new(now, signalled);
        }
        self.renewed = true;
        self.candidate = None;
    }

    /// Whether a packet may be believed.
    pub(crate) fn accept(
        &mut self,
        now: Instant,
        from: SocketAddr,
        header: &Header,
        signalling: Option<IpAddr>,
    ) -> bool {
        let accepted = match self.latched {
            Some(latched) if latched.from == from => true,
            _ if from == self.signalled => true,
            _ => self.newcomer(now, from, header, signalling),
        };
        if accepted {
            if self.latched.is_none_or(|l| l.from != from) {
                self.renewed = false;
            }
            self.heard = now;
            self.candidate = None;
            self.latched = Some(Latched {
                from,
                ssrc: header.ssrc,
                sequence: header.sequence,
            });
        }
        accepted
    }

    fn newcomer(
        &mut self,
        now: Instant,
        from: SocketAddr,
        header: &Header,
        signalling: Option<IpAddr>,
    ) -> bool {
        let known = from.ip() == self.signalled.ip() || signalling == Some(from.ip());
        if self.latched.is_none() && !known {
            return false;
        }
        let silence = now.since(self.heard);
        let follows =
            |c: &Candidate| c.from == from && c.ssrc == header.ssrc && c.next == header.sequence;
        let count = match self.candidate.filter(follows) {
            Some(candidate) => candidate.count.saturating_add(1),
            None => 1,
        };
        self.candidate = Some(Candidate {
            from,
            ssrc: header.ssrc,
            next: header.sequence.wrapping_add(1),
            count,
        });
        let may_move = match self.latched {
            None => silence >= SETTLE,
            Some(latched) if self.renewed && latched.from.ip() == from.ip() => silence >= SETTLE,
            Some(latched) => {
                let ahead = header.sequence.wrapping_sub(latched.sequence);
                silence >= REBIND
                    && header.ssrc == latched.ssrc
                    && (1..MAX_DROPOUT).contains(&ahead)
            }
        };
        count >= CONSISTENT && may_move
    }

    /// Where RTP goes; `None` when the far end has said nowhere (port 0, unspecified address) and has not been heard.
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        let to = self.latched.map_or(self.signalled, |l| l.from);
        (to.port() != 0 && !to.ip().is_unspecified()).then_some(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: &str = "192.0.2.1:4000";
    const NAT: &str = "198.51.100.7:61000";
    const NAT_MOVED: &str = "198.51.100.7:62000";
    const THIEF: &str = "203.0.113.9:9999";

    struct Bench {
        latch: Latch,
        ms: u64,
    }

    impl Bench {
        fn new() -> Self {
            let latch = Latch::new(Instant::ZERO, FAR.parse().unwrap());
            Bench { latch, ms: 0 }
        }

        fn packet(&mut self, ms: u64, from: &str, ssrc: u32, sequence: u16) -> bool {
            self.ms = ms;
            let header = Header {
                marker: false,
                payload_type: 0,
                sequence,
                timestamp: 0,
                ssrc,
            };
            let now = Instant::from_millis(ms);
            let signalling: SocketAddr = NAT.parse().unwrap();
            self.latch
                .accept(now, from.parse().unwrap(), &header, Some(signalling.ip()))
        }

        fn to(&self) -> String {
            self.latch.destination().unwrap().to_string()
        }
    }

    #[test]
    fn the_signalled_address_latches_at_once() {
        let mut b = Bench::new();
        assert_eq!(b.to(), FAR);
        assert!(!b.packet(5, THIEF, 9, 1));
        assert!(b.packet(10, FAR, 1, 1));
        for n in 0..500 {
            assert!(!b.packet(20 + 20 * n, THIEF, 9, n as u16));
            assert!(b.packet(20 + 20 * n, FAR, 1, 2 + n as u16));
        }
        assert_eq!(b.to(), FAR);
    }

    #[test]
    fn a_far_end_behind_nat_latches_when_consistent() {
        let mut b = Bench::new();
        // Consistent but too early, then one break of sequence, then three in a row.
        for (ms, sequence, accepted) in [
            (100, 1, false),
            (120, 2, false),
            (140, 3, false),
            (220, 9, false),
            (240, 10, false),
            (260, 11, true),
        ] {
            assert_eq!(b.packet(ms, NAT, 1, sequence), accepted, "{sequence}");
        }
        assert_eq!(b.to(), NAT);
        assert!(!b.packet(280, THIEF, 2, 1));
        assert_eq!(b.to(), NAT);
    }

    #[test]
    fn nobody_steals_a_silent_latch_without_its_stream() {
        let mut b = Bench::new();
        assert!(b.packet(0, FAR, 1, 100));
        for n in 0..20 {
            assert!(
                !b.packet(4_000 + n * 20, THIEF, 9, 101 + n as u16),
                "other SSRC"
            );
        }
        for n in 0..20 {
            assert!(
                !b.packet(5_000 + n * 20, THIEF, 1, 40_000 + n as u16),
                "other sequence"
            );
        }
        for n in 0..3 {
            assert_eq!(b.packet(6_000 + n * 20, NAT, 1, 250 + n as u16), n == 2);
        }
        assert_eq!(b.to(), NAT);
    }

    #[test]
    fn a_rebind_waits_for_seconds_of_silence() {
        let mut b = Bench::new();
        assert!(b.packet(0, FAR, 1, 100));
        for n in 0..140 {
            assert!(!b.packet(20 + n * 20, NAT, 1, 101 + n as u16));
        }
    }

    #[test]
    fn signalling_opens_the_latch_once_and_to_the_same_host() {
        let mut b = Bench::new();
        for n in 0..3 {
            b.packet(300 + n * 20, NAT, 1, n as u16);
        }
        b.latch
            .renew(Instant::from_millis(350), FAR.parse().unwrap());
        assert!(!b.packet(360, NAT_MOVED, 2, 1));
        assert!(!b.packet(380, NAT_MOVED, 2, 2));
        assert!(
            !b.packet(400, NAT_MOVED, 2, 3),
            "the latched source was heard 60 ms ago"
        );
        for n in 0..3 {
            assert!(!b.packet(700 + n * 20, THIEF, 9, n as u16), "another host");
        }
        for n in 0..3 {
            assert_eq!(b.packet(800 + n * 20, NAT_MOVED, 2, 4 + n as u16), n == 2);
        }
        for n in 0..3 {
            assert!(!b.packet(1_800 + n * 20, NAT, 3, n as u16), "used up");
        }
        assert_eq!(b.to(), NAT_MOVED);
        b.latch
            .renew(Instant::from_millis(2_000), THIEF.parse().unwrap());
        assert_eq!(b.to(), THIEF, "a new signalled address is used at once");
    }

    #[test]
    fn a_hold_does_not_open_the_latch_to_strangers() {
        let mut b = Bench::new();
        assert!(b.packet(0, FAR, 1, 100));
        // The far end holds: it is silent, and signalling speaks without a new address.
        b.latch
            .renew(Instant::from_millis(10), FAR.parse().unwrap());
        for n in 0..100 {
            assert!(!b.packet(300 + n * 20, THIEF, 9, n as u16), "{n}");
        }
        assert_eq!(b.to(), FAR);
    }

    #[test]
    fn who_came_first_gives_way_to_the_signalled_address() {
        let mut b = Bench::new();
        for n in 0..3 {
            b.packet(300 + n * 20, NAT, 9, n as u16);
        }
        assert_eq!(b.to(), NAT, "it may be the far end behind its NAT");
        assert!(b.packet(400, FAR, 1, 1));
        assert!(!b.packet(410, NAT, 9, 4));
        assert_eq!(b.to(), FAR);
    }

    #[test]
    fn strangers_do_not_come_first() {
        let mut b = Bench::new();
        for n in 0..100 {
            assert!(!b.packet(300 + n * 20, THIEF, 9, n as u16), "{n}");
        }
        assert_eq!(b.to(), FAR);
        for n in 0..3 {
            b.packet(3_000 + n * 20, NAT, 1, n as u16);
        }
        assert_eq!(b.to(), NAT, "nor do they keep the far end out");
    }

    #[test]
    fn nowhere_is_no_destination() {
        for nowhere in ["0.0.0.0:4000", "192.0.2.1:0", "[::]:9"] {
            let latch = Latch::new(Instant::ZERO, nowhere.parse().unwrap());
            assert_eq!(latch.destination(), None);
        }
    }
}
