//! The UDP ports of RTP, bound once at start so that a call never fails for want of a port and the media thread never opens one.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;

/// One RTP session's sockets: RTP on an even port, RTCP on the next (RFC 3550 §11).
#[derive(Debug)]
pub struct RtpSockets {
    /// The even port.
    pub port: u16,
    /// RTP.
    pub rtp: UdpSocket,
    /// RTCP.
    pub rtcp: UdpSocket,
}

/// Binds `count` pairs from `range`, passing over ports that others hold.
///
/// Sockets are IPv6 and take IPv4 as mapped addresses; plain IPv4 where the kernel has no IPv6.
///
/// # Errors
/// [`io::ErrorKind::AddrInUse`] with words that name the range, when it has too few free pairs.
pub fn bind(range: RangeInclusive<u16>, count: usize) -> io::Result<Vec<RtpSockets>> {
    let mut pairs = Vec::with_capacity(count);
    let mut port = u32::from(*range.start()).next_multiple_of(2);
    while pairs.len() < count && port < u32::from(*range.end()) {
        match pair(port as u16) {
            Ok(sockets) => pairs.push(sockets),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
        port += 2;
    }
    if pairs.len() == count {
        return Ok(pairs);
    }
    let (first, last) = (range.start(), range.end());
    let found = pairs.len();
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        format!(
            "ports {first}-{last} have {found} free RTP pairs, {count} are needed; choose a wider or another range"
        ),
    ))
}

fn pair(port: u16) -> io::Result<RtpSockets> {
    let rtp = socket(port)?;
    let rtcp = socket(port + 1)?;
    Ok(RtpSockets { port, rtp, rtcp })
}

fn socket(port: u16) -> io::Result<UdpSocket> {
    let socket = match UdpSocket::bind((Ipv6Addr::UNSPECIFIED, port)) {
        Err(e) if e.raw_os_error() == Some(libc::EAFNOSUPPORT) => {
            UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port))?
        }
        other => other?,
    };
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// `to` as a socket of [`bind`] wants it: IPv4 mapped into IPv6 when `socket_is_v6`.
pub fn mapped(to: SocketAddr, socket_is_v6: bool) -> SocketAddr {
    match to {
        SocketAddr::V4(v4) if socket_is_v6 => {
            SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())
        }
        other => other,
    }
}

/// `from` as the rest of the box wants it: IPv4 as IPv4.
pub fn canonical(from: SocketAddr) -> SocketAddr {
    SocketAddr::new(from.ip().to_canonical(), from.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_over_taken_ports_and_says_when_there_are_too_few() {
        let first = bind(41_000..=41_099, 2).unwrap();
        let second = bind(41_000..=41_099, 3).unwrap();
        assert!(
            second
                .iter()
                .all(|s| s.port % 2 == 0 && first.iter().all(|f| f.port != s.port))
        );
        let error = bind(41_000..=41_003, 2).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains("41000-41003"), "{error}");
    }

    #[test]
    fn both_address_families_reach_one_socket() {
        let pairs = bind(41_100..=41_199, 1).unwrap();
        let port = pairs[0].port;
        let v4 = UdpSocket::bind("127.0.0.1:0").unwrap();
        v4.send_to(b"four", ("127.0.0.1", port)).unwrap();
        pairs[0].rtp.set_nonblocking(false).unwrap();
        let mut buf = [0; 16];
        let (len, from) = pairs[0].rtp.recv_from(&mut buf).unwrap();
        assert_eq!(
            (&buf[..len], canonical(from)),
            (&b"four"[..], v4.local_addr().unwrap())
        );
        let back = mapped(
            canonical(from),
            pairs[0].rtp.local_addr().unwrap().is_ipv6(),
        );
        assert_eq!(back, from);
    }
}
