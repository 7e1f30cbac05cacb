//! Speech relayed between SIP phones.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use hw_tests::sip_phone::State;

use crate::process::Daemon;
use crate::wire::{self, Wired};

const PTIME: Duration = Duration::from_millis(20);

/// One end of a call's speech.
struct End {
    socket: UdpSocket,
    remote: SocketAddr,
    sequence: u16,
    received: u64,
}

pub(crate) fn measure(
    pbx: &Path,
    calls: u16,
    seconds: u32,
) -> Result<Vec<(String, String)>, String> {
    let daemon = Daemon::start(pbx)?;
    let mut caller = Wired::register(&daemon, "111")?;
    let mut callee = Wired::register(&daemon, "112")?;
    caller.phone.use_rtp_ports(31_000);
    callee.phone.use_rtp_ports(33_000);
    let before_calls = daemon.rss_kb();
    for n in 0..usize::from(calls) {
        caller.phone.call("112");
        let began = Instant::now();
        while caller.phone.state(n) != Some(&State::Up) {
            if began.elapsed() > Duration::from_secs(3) {
                return Err(format!(
                    "call {n} is not answered: {:?}",
                    caller.phone.state(n)
                ));
            }
            wire::wait(&[&caller, &callee]);
            callee.turn();
            if callee.phone.state(n) == Some(&State::Ringing) {
                callee.phone.answer(n);
            }
            caller.turn();
        }
    }
    let mut ends = Vec::new();
    for n in 0..usize::from(calls) {
        for phone in [&caller.phone, &callee.phone] {
            ends.push(
                End::open(phone.rtp(n).ok_or("a call without media")?)
                    .map_err(|e| e.to_string())?,
            );
        }
    }
    talk(&mut ends, 2)?;
    let received_before: u64 = ends.iter().map(|end| end.received).sum();
    let before = daemon.cpu();
    let sent = talk(&mut ends, seconds)?;
    let spent = daemon.cpu() - before;
    let received = ends.iter().map(|end| end.received).sum::<u64>() - received_before;
    let per_call = (daemon.rss_kb().saturating_sub(before_calls)) as f64 / f64::from(calls);
    Ok(vec![
        (
            format!("CPU per relayed packet, us ({calls} calls)"),
            format!("{:.2}", spent.as_secs_f64() * 1e6 / received.max(1) as f64),
        ),
        (
            "packets sent / received".to_owned(),
            format!("{sent} / {received}"),
        ),
        ("RSS per call, kB".to_owned(), format!("{per_call:.1}")),
    ])
}

impl End {
    fn open((port, remote): (u16, SocketAddr)) -> std::io::Result<End> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
        socket.set_nonblocking(true)?;
        Ok(End {
            socket,
            remote,
            sequence: port,
            received: 0,
        })
    }

    fn send(&mut self) -> bool {
        let mut packet = [0xD5u8; 172];
        packet[0] = 0x80;
        packet[1] = 0;
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&(u32::from(self.sequence) * 160).to_be_bytes());
        packet[8..12].copy_from_slice(&0x4C4F_4144u32.to_be_bytes());
        self.sequence = self.sequence.wrapping_add(1);
        self.socket.send_to(&packet, self.remote).is_ok()
    }

    fn receive(&mut self) {
        let mut packet = [0; 1_500];
        while self.socket.recv_from(&mut packet).is_ok() {
            self.received += 1;
        }
    }
}

/// Everybody talks for `seconds`; the packets of one 20 ms are spread over it, as phones are not in step.
fn talk(ends: &mut [End], seconds: u32) -> Result<u64, String> {
    let began = Instant::now();
    let rounds = seconds * 50;
    let slots = ends.len() as u32;
    let pause = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
    pause
        .set_read_timeout(Some(Duration::from_micros(500)))
        .map_err(|e| e.to_string())?;
    let mut sent = 0;
    for round in 0..rounds {
        for (n, end) in (0..).zip(ends.iter_mut()) {
            let due = PTIME * round + PTIME * n / slots;
            while began.elapsed() < due {
                let _ = pause.recv(&mut [0; 1]);
            }
            sent += u64::from(end.send());
            end.receive();
        }
    }
    let _ = pause.set_read_timeout(Some(Duration::from_millis(100)));
    let _ = pause.recv(&mut [0; 1]);
    ends.iter_mut().for_each(End::receive);
    Ok(sent)
}
