use telephony::Duration;

/// How one RTP session went so far. Counters never go back while the session is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtpStats {
    /// RTP packets sent, relayed ones included.
    pub packets_sent: u64,
    /// Payload octets sent.
    pub octets_sent: u64,
    /// Valid RTP packets received.
    pub packets_received: u64,
    /// Payload octets received.
    pub octets_received: u64,
    /// Packets that never came (RFC 3550 A.3; not below zero).
    pub lost: u64,
    /// Packets that came after their turn to be played.
    pub late: u64,
    /// Packets that came more than once.
    pub duplicates: u64,
    /// Datagrams that were no valid RTP or RTCP.
    pub malformed: u64,
    /// Datagrams from an address that is not the far end's.
    pub foreign: u64,
    /// RTP packets of a payload type that was not agreed.
    pub unknown_payload: u64,
    /// Speech made up for lost packets, in milliseconds.
    pub concealed_ms: u64,
    /// Interarrival jitter (RFC 3550 A.8).
    pub jitter: Duration,
    /// Round trip by the far end's reports (RFC 3550 §6.4.1), once known.
    pub rtt: Option<Duration>,
    /// Speech waiting in the jitter buffer, in milliseconds.
    pub depth_ms: u16,
    /// Our packets the far end has reported lost.
    pub far_lost: u32,
}
