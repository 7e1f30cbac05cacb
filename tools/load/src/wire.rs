//! A scripted SIP phone on a real socket.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

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
            socket.set_nonblocking(true)?;
            let at = socket.local_addr()?;
            Ok((socket, at))
        };
        let (socket, at) = open().map_err(|e| e.to_string())?;
        let phone = SipPhone::new(user, PASSWORD, &daemon.domain, at, daemon.address);
        let mut wired = Wired { phone, socket };
        wired.phone.register(3_600);
        wired.flush();
        let began = Instant::now();
        while wired.phone.registered().is_none() && began.elapsed() < Duration::from_secs(2) {
            wait(&[&wired]);
            wired.turn();
        }
        match wired.phone.registered() {
            Some(200) => Ok(wired),
            other => Err(format!("account {user} does not register: {other:?}")),
        }
    }

    /// Sends what the phone has to send, takes what has come.
    pub(crate) fn turn(&mut self) {
        self.flush();
        let mut bytes = [0; DATAGRAM];
        while let Ok((len, from)) = self.socket.recv_from(&mut bytes) {
            self.phone.receive(&Packet {
                from,
                to: self.phone.address(),
                bytes: bytes[..len].to_vec(),
            });
            self.flush();
        }
    }

    fn flush(&mut self) {
        for packet in self.phone.take_output() {
            let _ = self.socket.send_to(&packet.bytes, packet.to);
        }
    }
}

/// Waits until something has come for one of them, at most 1 ms.
pub(crate) fn wait(phones: &[&Wired]) {
    let mut fds: Vec<PollFd> = phones
        .iter()
        .map(|w| PollFd::new(w.socket.as_fd(), PollFlags::POLLIN))
        .collect();
    let _ = poll(&mut fds, PollTimeout::from(1u8));
}
