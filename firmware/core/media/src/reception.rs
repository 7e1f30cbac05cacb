//! What a receiver knows about one source: RFC 3550 A.1 (sequence numbers), A.3 (loss), A.8 (jitter).

use telephony::{Duration, Instant};

use crate::rtcp::{ReportBlock, SenderInfo};
use crate::rtp::Header;

/// RFC 3550 A.1.
const MAX_DROPOUT: u16 = 3_000;
/// RFC 3550 A.1.
const MAX_MISORDER: u16 = 100;

/// What the sequence number says about a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Belongs to the stream, in order or not.
    Good,
    /// The first of a stream: a new source, or the old one started over. What was kept of the old one is void.
    Restarted,
    /// Came before.
    Duplicate,
    /// Too far off; if the next one follows it, the stream has restarted.
    Stray,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    /// First sequence number.
    base: u16,
    /// Highest sequence number, with cycles in the upper half.
    highest: u32,
    /// Bit n: `highest - n` has come.
    seen: u64,
    received: u32,
    expected_prior: u32,
    received_prior: u32,
    /// Transit time of the last packet, timestamp units.
    transit: u32,
    /// Sixteen times the jitter, timestamp units.
    jitter_q4: u32,
    /// A sequence number that would prove a restart.
    bad_sequence: Option<u16>,
}

/// Reception of one RTP session, over all its sources.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reception {
    source: Option<Source>,
    /// Loss of sources before the present one.
    lost_before: u64,
    last_sender_report: Option<(u32, Instant)>,
}

impl Reception {
    /// Takes note of a packet.
    pub(crate) fn packet(&mut self, now: Instant, header: &Header) -> Arrival {
        let transit = units(now).wrapping_sub(header.timestamp);
        let Some(source) = self.source.as_mut().filter(|s| s.ssrc == header.ssrc) else {
            self.restart(header, transit);
            return Arrival::Restarted;
        };
        let sequence = header.sequence;
        let ahead = sequence.wrapping_sub(source.highest as u16);
        let behind = ahead.wrapping_neg();
        let arrival = if (1..MAX_DROPOUT).contains(&ahead) {
            source.highest = source.highest.wrapping_add(u32::from(ahead));
            source.seen = source.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
            Arrival::Good
        } else if behind < MAX_MISORDER {
            let bit = 1u64.checked_shl(u32::from(behind)).unwrap_or(0);
            if source.seen & bit != 0 {
                Arrival::Duplicate
            } else {
                source.seen |= bit;
                Arrival::Good
            }
        } else if source.bad_sequence == Some(sequence) {
            self.restart(header, transit);
            return Arrival::Restarted;
        } else {
            source.bad_sequence = Some(sequence.wrapping_add(1));
            return Arrival::Stray;
        };
        source.bad_sequence = None;
        if arrival == Arrival::Good {
            source.received += 1;
        }
        if ahead != 0 && ahead < MAX_DROPOUT {
            let d = (transit.wrapping_sub(source.transit) as i32).unsigned_abs();
            source.transit = transit;
            // A step of seconds is a new time base of the sender, not jitter.
            if d < 8_000 {
                let decay = (source.jitter_q4 + 8) >> 4;
                source.jitter_q4 = source.jitter_q4 + d - decay.min(source.jitter_q4 + d);
            }
        }
        arrival
    }

    fn restart(&mut self, header: &Header, transit: u32) {
        self.lost_before = self.lost();
        self.last_sender_report = None;
        self.source = Some(Source {
            ssrc: header.ssrc,
            base: header.sequence,
            highest: u32::from(header.sequence),
            seen: 1,
            received: 1,
            expected_prior: 0,
            received_prior: 0,
            transit,
            jitter_q4: 0,
            bad_sequence: None,
        });
    }

    /// A sender report came: its clock goes back to it in our next report.
    pub(crate) fn sender_report(&mut self, now: Instant, info: &SenderInfo) {
        self.last_sender_report = Some(((info.ntp >> 16) as u32, now));
    }

    /// The block of our next report; `None` before the first packet.
    pub(crate) fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        let source = self.source.as_mut()?;
        let expected = source.expected();
        let expected_now = expected.wrapping_sub(source.expected_prior);
        let received_now = source.received.wrapping_sub(source.received_prior);
        source.expected_prior = expected;
        source.received_prior = source.received;
        let lost_now = expected_now.saturating_sub(received_now);
        let fraction = (lost_now << 8).checked_div(expected_now).unwrap_or(0);
        let (lsr, dlsr) = match self.last_sender_report {
            Some((lsr, at)) => (
                lsr,
                (now.since(at).as_micros() as u64 * 65_536 / 1_000_000) as u32,
            ),
            None => (0, 0),
        };
        Some(ReportBlock {
            ssrc: source.ssrc,
            fraction_lost: fraction.min(255) as u8,
            lost: expected.wrapping_sub(source.received) as i32,
            highest: source.highest,
            jitter: source.jitter_q4 >> 4,
            lsr,
            dlsr,
        })
    }

    /// Packets that never came, over all sources.
    pub(crate) fn lost(&self) -> u64 {
        let now = self
            .source
            .map_or(0, |s| s.expected().saturating_sub(s.received));
        self.lost_before + u64::from(now)
    }

    /// Interarrival jitter.
    pub(crate) fn jitter(&self) -> Duration {
        let samples = self.source.map_or(0, |s| s.jitter_q4 >> 4);
        Duration::from_micros(u64::from(samples) * 125)
    }
}

impl Source {
    fn expected(&self) -> u32 {
        self.highest
            .wrapping_sub(u32::from(self.base))
            .wrapping_add(1)
    }
}

/// `now` in timestamp units, modulo 2^32.
fn units(now: Instant) -> u32 {
    (now.as_micros() / 125) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp,
            ssrc: 5,
        }
    }

    #[test]
    fn counts_loss_duplicates_and_wraps() {
        let mut r = Reception::default();
        let at = |r: &mut Reception, n: u16| {
            let now = Instant::from_millis(1_000 + 20 * u64::from(n));
            r.packet(now, &header(65_530u16.wrapping_add(n), 160 * u32::from(n)))
        };
        assert_eq!(at(&mut r, 0), Arrival::Restarted);
        for n in [1, 2, 4, 3, 8, 9, 10] {
            assert_eq!(at(&mut r, n), Arrival::Good, "{n}");
        }
        assert_eq!(at(&mut r, 3), Arrival::Duplicate);
        assert_eq!(at(&mut r, 10), Arrival::Duplicate);
        assert_eq!(r.lost(), 3);
        let report = r.report(Instant::from_millis(2_000)).unwrap();
        assert_eq!(
            (report.lost, report.fraction_lost),
            (3, (3 * 256 / 11) as u8)
        );
        assert_eq!(report.highest, 65_540);
        // One of the lost comes after all: the next interval has one more than expected, not an underflow.
        assert_eq!(at(&mut r, 5), Arrival::Good);
        let report = r.report(Instant::from_millis(3_000)).unwrap();
        assert_eq!((report.lost, report.fraction_lost), (2, 0));
    }

    #[test]
    fn a_jump_restarts_after_two_in_a_row() {
        let mut r = Reception::default();
        let now = Instant::from_millis(5);
        r.packet(now, &header(10, 0));
        assert_eq!(r.packet(now, &header(20_000, 0)), Arrival::Stray);
        assert_eq!(r.packet(now, &header(11, 0)), Arrival::Good);
        assert_eq!(r.packet(now, &header(20_001, 0)), Arrival::Stray);
        assert_eq!(r.packet(now, &header(20_002, 0)), Arrival::Restarted);
        assert_eq!(r.lost(), 0);
    }

    #[test]
    fn jitter_follows_rfc_3550() {
        let mut r = Reception::default();
        // Every second packet 10 ms (80 units) late: |D| is 80 each time, and J converges on it.
        for n in 0..400u16 {
            let late = if n % 2 == 0 { 0 } else { 10 };
            let now = Instant::from_millis(20 * u64::from(n) + late);
            r.packet(now, &header(n, 160 * u32::from(n)));
        }
        let jitter = r.jitter().as_micros();
        assert!((9_500..=10_100).contains(&jitter), "{jitter}");
    }
}
