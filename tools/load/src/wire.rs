//! A scripted SIP phone on a real socket.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use hw_tests::sip_phone::{Packet, SipPhone};

use crate::process::{Daemon, PASSWORD};

const DATAGRAM: usize = 4_096;

/// The phone, its socket, and time since it was made.
pub(crate) struct Wired {
    pub(crate) phone: SipPhone,
    socket: UdpSocket,
}

impl Wired {
    /// Registers `user` at the daemon.
    pub(crate) fn register(daemon: &Daemon, user: &str) -> Result<Wired, String> {
        let open = || -> std::io::Result<(UdpSocket, SocketAddr)> {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.set_read_timeout(Some(Duration::from_millis(1)))?;
            let at = socket.local_addr()?;
            Ok((socket, at))
        };
        let (socket, at) = open().map_err(|e| e.to_string())?;
        let phone = SipPhone::new(user, PASSWORD, &daemon.domain, at, daemon.address);
        let mut wired = Wired { phone, socket };
        wired.phone.register(3_600);
        let began = Instant::now();
        while wired.phone.registered().is_none() && began.elapsed() < Duration::from_secs(2) {
            wired.turn();
        }
        match wired.phone.registered() {
            Some(200) => Ok(wired),
            other => Err(format!("account {user} does not register: {other:?}")),
        }
    }

    /// Sends what the phone has to send, takes what has come; waits at most 1 ms for it.
    pub(crate) fn turn(&mut self) {
        let mut bytes = [0; DATAGRAM];
        let mut came = self.socket.recv_from(&mut bytes);
        while let Ok((len, from)) = came {
            self.phone.receive(&Packet {
                from,
                to: self.phone.address(),
                bytes: bytes[..len].to_vec(),
            });
            self.flush();
            let _ = self.socket.set_nonblocking(true);
            came = self.socket.recv_from(&mut bytes);
            let _ = self.socket.set_nonblocking(false);
        }
        self.flush();
    }

    fn flush(&mut self) {
        for packet in self.phone.take_output() {
            let _ = self.socket.send_to(&packet.bytes, packet.to);
        }
    }
}
