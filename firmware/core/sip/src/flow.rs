use std::fmt;
use std::net::SocketAddr;

/// What carries SIP messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// One message a datagram; RFC 3261 §17 retransmits.
    Udp,
    /// A byte stream; messages are framed by Content-Length (RFC 3261 §18.3).
    Tcp,
}

impl Transport {
    /// The name in a Via header.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }

    /// Whether lost messages are the transport's concern (RFC 3261 §17: no retransmissions by us).
    pub const fn is_reliable(self) -> bool {
        matches!(self, Transport::Tcp)
    }
}

/// A way to one peer: the transport and both ends. For TCP it names one connection.
///
/// The daemon opens a TCP connection when it is told to transmit on a flow it has none for, and reports that
/// connection's bytes under the same flow, whatever local port the kernel chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// UDP or TCP.
    pub transport: Transport,
    /// Our end: the listener's address.
    pub local: SocketAddr,
    /// The peer's end.
    pub remote: SocketAddr,
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} <-> {}",
            self.transport.name(),
            self.local,
            self.remote
        )
    }
}
