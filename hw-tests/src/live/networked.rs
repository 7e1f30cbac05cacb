//! The scripted SIP phone on real sockets.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use line_sim::Heard;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::SipParty;
use crate::sip_phone::{Packet, SipPhone, State};

/// How often the phone looks at its clock: RTP goes out every 20 ms.
const TICK_MS: u16 = 4;
/// First RTP port of a [`SipPhone`]; its calls take every second one.
const FIRST_RTP: u16 = 4_000;
const SIP_PORT: u16 = 5_060;
/// Largest datagram taken.
const DATAGRAM: usize = 8_192;

/// A [`SipPhone`] with an address of its own on the loopback network and a thread that carries its datagrams.
pub struct NetworkedSipPhone {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    phone: Mutex<SipPhone>,
    changed: Condvar,
    stop: AtomicBool,
}

impl Shared {
    fn phone(&self) -> MutexGuard<'_, SipPhone> {
        self.phone
            .lock()
            .expect("the phone's thread goes on, unless the box sent it something wrong")
    }
}

impl NetworkedSipPhone {
    /// A phone with an account of the box at `server`.
    ///
    /// # Errors
    /// When no loopback address is free, or no thread can be had.
    pub fn start(user: &str, password: &str, domain: &str, server: SocketAddr) -> io::Result<Self> {
        let socket = free_address()?;
        let address = socket.local_addr()?;
        let shared = Arc::new(Shared {
            phone: Mutex::new(SipPhone::new(user, password, domain, address, server)),
            changed: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let mut network = Network {
            sockets: BTreeMap::from([(address.port(), socket)]),
            shared: Arc::clone(&shared),
            address,
        };
        let thread = std::thread::Builder::new()
            .name(format!("phone {user}"))
            .spawn(move || network.run())?;
        Ok(NetworkedSipPhone {
            shared,
            thread: Some(thread),
        })
    }

    /// Registers, and waits until that is done.
    ///
    /// # Errors
    /// When the box refuses or does not answer within `limit`.
    pub fn register(&self, limit: Duration) -> io::Result<()> {
        let mut phone = self.shared.phone();
        phone.register(3_600);
        let waited = self
            .shared
            .changed
            .wait_timeout_while(phone, limit, |phone| phone.registered().is_none());
        let (phone, _) = waited.map_err(|_| io::Error::other("the phone's thread panicked"))?;
        match phone.registered() {
            Some(200) => Ok(()),
            Some(status) => Err(io::Error::other(format!(
                "registration refused with {status}"
            ))),
            None => Err(io::Error::other("no answer to REGISTER")),
        }
    }

    /// The phone itself, for what [`SipParty`] has no word for.
    pub fn with<R>(&self, what: impl FnOnce(&mut SipPhone) -> R) -> R {
        what(&mut self.shared.phone())
    }
}

impl Drop for NetworkedSipPhone {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The whole of 127/8 is this machine: every phone gets an address, and with it the fixed ports of [`SipPhone`].
fn free_address() -> io::Result<UdpSocket> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let net = 64 + (std::process::id() % 128) as u8;
    for _ in 0..1_000 {
        let [a, b] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        match UdpSocket::bind((Ipv4Addr::new(127, net, a, b.clamp(1, 254)), SIP_PORT)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            other => return other,
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        "no loopback address has port 5060 free",
    ))
}

struct Network {
    sockets: BTreeMap<u16, UdpSocket>,
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Network {
    fn run(&mut self) {
        let clock = std::time::Instant::now();
        let mut buffer = [0; DATAGRAM];
        while !self.shared.stop.load(Ordering::Relaxed) {
            let ready = self.wait();
            let shared = Arc::clone(&self.shared);
            let mut phone = shared.phone();
            for port in ready {
                let socket = &self.sockets[&port];
                let Ok((len, from)) = socket.recv_from(&mut buffer) else {
                    continue;
                };
                let to = SocketAddr::new(self.address.ip(), port);
                phone.receive(&Packet {
                    from,
                    to,
                    bytes: buffer[..len].to_vec(),
                });
            }
            phone.poll(telephony::Instant::from_micros(
                clock.elapsed().as_micros() as u64
            ));
            self.open_voice(phone.call_count());
            for packet in phone.take_output() {
                if let Some(socket) = self.sockets.get(&packet.from.port()) {
                    let _ = socket.send_to(&packet.bytes, packet.to);
                }
            }
            drop(phone);
            shared.changed.notify_all();
        }
    }

    /// Ports with something to read, after at most one tick.
    fn wait(&self) -> Vec<u16> {
        let mut fds: Vec<_> = self
            .sockets
            .values()
            .map(|s| PollFd::new(s.as_fd(), PollFlags::POLLIN))
            .collect();
        let _ = poll(&mut fds, PollTimeout::from(TICK_MS));
        self.sockets
            .keys()
            .zip(&fds)
            .filter(|(_, fd)| fd.any().unwrap_or(false))
            .map(|(port, _)| *port)
            .collect()
    }

    fn open_voice(&mut self, calls: usize) {
        for n in self.sockets.len() - 1..calls {
            let port = FIRST_RTP + 2 * n as u16;
            let socket = UdpSocket::bind((self.address.ip(), port))
                .expect("the address is this phone's alone");
            self.sockets.insert(port, socket);
        }
    }
}

impl SipParty for NetworkedSipPhone {
    fn call(&mut self, number: &str) {
        self.shared.phone().call(number);
    }
    fn answer(&mut self, n: usize) {
        self.shared.phone().answer(n);
    }
    fn hang_up(&mut self, n: usize) {
        self.shared.phone().hang_up(n);
    }
    fn hold(&mut self, n: usize, on: bool) {
        self.shared.phone().hold(n, on);
    }
    fn transfer(&mut self, n: usize, number: &str) {
        self.shared.phone().transfer(n, number);
    }
    fn transfer_to_call(&mut self, n: usize, other: usize) {
        self.shared.phone().transfer_to_call(n, other);
    }
    fn press(&mut self, n: usize, keys: &str) {
        self.shared.phone().press(n, keys);
    }
    fn say(&mut self, n: usize, tone: Option<(f64, f64)>) {
        self.shared.phone().say(n, tone);
    }
    fn say_samples(&mut self, n: usize, samples: &[i16]) {
        self.shared.phone().say_samples(n, samples);
    }
    fn state(&self, n: usize) -> Option<State> {
        self.shared.phone().state(n).cloned()
    }
    fn call_count(&self) -> usize {
        self.shared.phone().call_count()
    }
    fn heard_last(&self, n: usize, ms: u32) -> Heard {
        self.shared.phone().heard_last(n, ms)
    }
    fn digits(&self, n: usize) -> String {
        self.shared.phone().digits(n).to_owned()
    }
    fn caller_shown(&self) -> Option<String> {
        SipParty::caller_shown(&*self.shared.phone())
    }
}
