//! RTCP of one session: when to report (RFC 3550 §6.2, §6.3 for two members), and the round trip.

use std::net::SocketAddr;

use telephony::{Duration, Instant};

use crate::outbound::Outbound;
use crate::random::Random;
use crate::reception::Reception;
use crate::rtcp::{self, RtcpItem, RtcpItems, SenderInfo};
use crate::words::Packet;

/// Least interval of two-party sessions (RFC 3550 §6.2); the first is half of it.
const INTERVAL: Duration = Duration::from_secs(5);

/// The control half of a session.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    cname: [u8; 16],
    next: Instant,
    /// Packets sent by the time of the last two reports: unchanged since means we are no sender (RFC 3550 §6.4).
    sent_before: [u64; 2],
    /// Where RTCP came from.
    from: Option<SocketAddr>,
    pub rtt: Option<Duration>,
    pub far_lost: u32,
}

impl Control {
    pub(crate) fn new(now: Instant, random: &mut Random) -> Self {
        let mut cname = [0; 16];
        let number = random.next_u64();
        for (n, c) in cname.iter_mut().enumerate() {
            *c = b"0123456789abcdef"[(number >> (4 * n)) as usize & 15];
        }
        Control {
            cname,
            next: now + interval(random) / 2,
            sent_before: [0; 2],
            from: None,
            rtt: None,
            far_lost: 0,
        }
    }

    /// Where reports go: back to where the far end's came from, else to the port above its RTP (RFC 3550 §11).
    pub(crate) fn destination(&self, rtp: SocketAddr) -> Option<SocketAddr> {
        if let Some(from) = self.from.filter(|from| from.ip() == rtp.ip()) {
            return Some(from);
        }
        Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?))
    }

    /// Takes the far end's reports to account.
    pub(crate) fn received(
        &mut self,
        now: Instant,
        from: SocketAddr,
        items: RtcpItems<'_>,
        ours: u32,
        reception: &mut Reception,
    ) {
        self.from = Some(from);
        for item in items {
            match item {
                RtcpItem::Sender { info, .. } => reception.sender_report(now, &info),
                RtcpItem::Report(block) if block.ssrc == ours => {
                    self.far_lost = block.lost.max(0) as u32;
                    let trip = (ntp(now) >> 16) as u32;
                    let trip = trip.wrapping_sub(block.lsr).wrapping_sub(block.dlsr);
                    // Over a minute is a clock that was set or a report made up.
                    if block.lsr != 0 && trip < 60 << 16 {
                        self.rtt = Some(Duration::from_micros((u64::from(trip) * 1_000_000) >> 16));
                    }
                }
                RtcpItem::Report(_) | RtcpItem::Bye { .. } => {}
            }
        }
    }

    /// The report that is due, if one is.
    pub(crate) fn tick(
        &mut self,
        now: Instant,
        random: &mut Random,
        outbound: &Outbound,
        reception: &mut Reception,
    ) -> Option<Packet> {
        if now < self.next {
            return None;
        }
        self.next = now + interval(random);
        Some(self.report(now, outbound, reception, false))
    }

    /// A report now; with BYE when the session ends.
    pub(crate) fn report(
        &mut self,
        now: Instant,
        outbound: &Outbound,
        reception: &mut Reception,
        bye: bool,
    ) -> Packet {
        let sender = outbound.packets != self.sent_before[1];
        self.sent_before = [outbound.packets, self.sent_before[0]];
        let info = SenderInfo {
            ntp: ntp(now),
            rtp: outbound.clock(),
            packets: outbound.packets as u32,
            octets: outbound.octets as u32,
        };
        let block = reception.report(now);
        rtcp::emit(
            outbound.ssrc,
            sender.then_some(info),
            block,
            &self.cname,
            bye,
        )
    }
}

/// The monotonic clock in NTP's format; RFC 3550 §6.4.1 allows a clock that is no wall clock.
fn ntp(now: Instant) -> u64 {
    let micros = now.as_micros();
    ((micros / 1_000_000) << 32) | (((micros % 1_000_000) << 32) / 1_000_000)
}

/// 0.5 to 1.5 intervals, divided by e - 3/2 (RFC 3550 §6.3.1).
fn interval(random: &mut Random) -> Duration {
    let base = INTERVAL.as_micros() as u64;
    Duration::from_micros((base / 2 + random.next_u64() % base) * 100_000 / 121_828)
}
