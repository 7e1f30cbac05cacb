//! SIP over UDP and TCP: bytes in and out, with limits. What the bytes mean is `core/sip`'s business.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::task::Poll;
use std::time::Duration;

use nix::sys::socket::{
    self, AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, sockopt,
};
use sip::{Flow, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;

/// Connections over TCP at one time; more are refused by closing them.
const MAX_CONNECTIONS: usize = 1_024;
/// Connections from one address at one time.
const MAX_CONNECTIONS_PER_ADDRESS: usize = 128;
/// A connection that says nothing for this long is closed: longer than any registration (`sip::Limits::max_expires_s`, 2 h), so
/// that the phone behind it stays reachable.
const IDLE_LIMIT: Duration = Duration::from_secs(3 * 3_600);
/// Time to open a connection or to get one write through.
const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// Messages waiting for one slow connection; more close it.
const WRITE_QUEUE: usize = 64;
/// Pieces read from connections and not yet handled; readers wait beyond it (TCP's own back-pressure).
const READ_QUEUE: usize = 256;
/// Peers whose route is remembered.
const KNOWN_PEERS: usize = 1_024;
/// How long a route is believed: an address may change (DHCP).
const ROUTE_LIFE: Duration = Duration::from_secs(30);
/// Largest UDP datagram.
const DATAGRAM: usize = 65_535;

/// What came from a connection.
#[derive(Debug)]
pub enum StreamNews {
    /// Bytes, in order.
    Bytes(Flow, Vec<u8>),
    /// The connection is gone.
    Closed(Flow),
    /// The connection could not be opened.
    Failed(Flow),
}

/// Every SIP socket of the daemon. Lives on the signalling thread.
pub struct SipSockets {
    udp: Vec<Udp>,
    tcp: Vec<TcpListener>,
    connections: HashMap<Flow, mpsc::Sender<Vec<u8>>>,
    news_out: mpsc::Sender<StreamNews>,
    news_in: mpsc::Receiver<StreamNews>,
    refused: u64,
    buffer: Vec<u8>,
    /// Our address towards a peer, for sockets bound to a wildcard: asking the kernel costs three system calls.
    towards: HashMap<IpAddr, (IpAddr, tokio::time::Instant)>,
    /// Whose turn it is to be looked at first.
    streams_first: bool,
}

struct Udp {
    socket: UdpSocket,
    local: SocketAddr,
}

/// What happened on the sockets.
#[derive(Debug)]
pub enum Ready {
    /// The UDP socket of this index has datagrams: read them with [`SipSockets::receive`].
    Udp(usize),
    /// A connection has news.
    Stream(StreamNews),
    /// A connection was accepted.
    Accepted,
}

impl SipSockets {
    /// Binds UDP and TCP on every address of `listen`.
    ///
    /// # Errors
    /// The address that could not be bound is named in the error.
    pub fn bind(listen: &[SocketAddr]) -> io::Result<Self> {
        let (mut udp, mut tcp) = (Vec::new(), Vec::new());
        for &at in listen {
            let socket = UdpSocket::from_std(udp_socket(at).map_err(named("UDP", at))?)?;
            let local = socket.local_addr()?;
            tcp.push(TcpListener::from_std(
                tcp_socket(local).map_err(named("TCP", local))?,
            )?);
            udp.push(Udp { socket, local });
        }
        let (news_out, news_in) = mpsc::channel(READ_QUEUE);
        Ok(SipSockets {
            udp,
            tcp,
            connections: HashMap::new(),
            news_out,
            news_in,
            refused: 0,
            buffer: vec![0; DATAGRAM],
            towards: HashMap::new(),
            streams_first: false,
        })
    }

    /// The addresses that are really bound (a port of 0 asks the kernel for one).
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.udp.iter().map(|udp| udp.local)
    }

    /// Connections refused because of the limits, since start.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Waits until a socket has something.
    pub async fn ready(&mut self) -> Ready {
        enum Woken {
            Udp(usize),
            Stream(StreamNews),
            Accepted(usize, TcpStream, SocketAddr),
        }
        // Turn and turn about: a busy connection does not keep datagrams waiting, nor they it.
        self.streams_first = !self.streams_first;
        let SipSockets {
            udp,
            tcp,
            news_in,
            streams_first,
            ..
        } = self;
        let woken = poll_fn(|cx| {
            for streams in [*streams_first, !*streams_first] {
                if streams {
                    if let Poll::Ready(Some(news)) = news_in.poll_recv(cx) {
                        return Poll::Ready(Woken::Stream(news));
                    }
                    continue;
                }
                for (n, udp) in udp.iter().enumerate() {
                    if udp.socket.poll_recv_ready(cx).is_ready() {
                        return Poll::Ready(Woken::Udp(n));
                    }
                }
            }
            for (n, listener) in tcp.iter().enumerate() {
                if let Poll::Ready(Ok((stream, from))) = listener.poll_accept(cx) {
                    return Poll::Ready(Woken::Accepted(n, stream, from));
                }
            }
            Poll::Pending
        })
        .await;
        match woken {
            Woken::Udp(n) => Ready::Udp(n),
            Woken::Stream(news) => {
                if let StreamNews::Closed(flow) | StreamNews::Failed(flow) = &news {
                    self.connections.remove(flow);
                }
                Ready::Stream(news)
            }
            Woken::Accepted(n, stream, from) => {
                self.accept(n, stream, from);
                Ready::Accepted
            }
        }
    }

    fn accept(&mut self, _listener: usize, stream: TcpStream, from: SocketAddr) {
        let same = self
            .connections
            .keys()
            .filter(|flow| flow.remote.ip() == from.ip())
            .count();
        let Ok(local) = stream.local_addr() else {
            return;
        };
        if self.connections.len() >= MAX_CONNECTIONS || same >= MAX_CONNECTIONS_PER_ADDRESS {
            self.refused += 1;
            return;
        }
        let flow = Flow {
            transport: Transport::Tcp,
            local,
            remote: from,
        };
        let (writes_in, writes_out) = mpsc::channel(WRITE_QUEUE);
        self.connections.insert(flow, writes_in);
        tokio::task::spawn_local(converse(flow, stream, writes_out, self.news_out.clone()));
    }

    /// Reads one datagram from UDP socket `n`, if there is one.
    pub fn receive(&mut self, n: usize) -> Option<(Flow, &[u8])> {
        let udp = self.udp.get(n)?;
        let (len, remote) = udp.socket.try_recv_from(&mut self.buffer).ok()?;
        let bound = udp.local;
        let local = SocketAddr::new(self.local_ip(bound, remote), bound.port());
        Some((
            Flow {
                transport: Transport::Udp,
                local,
                remote,
            },
            &self.buffer[..len],
        ))
    }

    /// The address of ours that `remote` reaches us at: the bound one, or for a wildcard the one routing would choose.
    fn local_ip(&mut self, bound: SocketAddr, remote: SocketAddr) -> IpAddr {
        if !bound.ip().is_unspecified() {
            return bound.ip();
        }
        let now = tokio::time::Instant::now();
        match self.towards.get(&remote.ip()) {
            Some(&(known, asked)) if now - asked < ROUTE_LIFE => return known,
            _ => {}
        }
        if self.towards.len() >= KNOWN_PEERS {
            self.towards.clear();
        }
        let ip = local_ip_towards(remote).unwrap_or(bound.ip());
        self.towards.insert(remote.ip(), (ip, now));
        ip
    }

    /// Sends `bytes` over `flow`, opening a connection where TCP has none. Returns false when the flow is dead.
    pub fn transmit(&mut self, flow: Flow, bytes: Vec<u8>) -> bool {
        match flow.transport {
            Transport::Udp => self.send_datagram(flow, &bytes),
            Transport::Tcp => self.send_stream(flow, bytes),
        }
    }

    fn send_datagram(&self, flow: Flow, bytes: &[u8]) -> bool {
        let fits = |udp: &&Udp| {
            udp.local.is_ipv4() == flow.remote.is_ipv4()
                && udp.local.port() == flow.local.port()
                && (udp.local.ip().is_unspecified() || udp.local.ip() == flow.local.ip())
        };
        let Some(udp) = self.udp.iter().find(fits) else {
            return false;
        };
        match udp.socket.try_send_to(bytes, flow.remote) {
            Ok(_) => true,
            // A full socket buffer is loss, as on any network: SIP retransmits.
            Err(e) => e.kind() == io::ErrorKind::WouldBlock,
        }
    }

    fn send_stream(&mut self, flow: Flow, bytes: Vec<u8>) -> bool {
        if let Some(writes) = self.connections.get(&flow) {
            let sent = writes.try_send(bytes).is_ok();
            if !sent {
                self.connections.remove(&flow);
            }
            return sent;
        }
        if self.connections.len() >= MAX_CONNECTIONS {
            self.refused += 1;
            return false;
        }
        let (writes_in, writes_out) = mpsc::channel(WRITE_QUEUE);
        let queued = writes_in.try_send(bytes).is_ok();
        self.connections.insert(flow, writes_in);
        tokio::task::spawn_local(connect(flow, writes_out, self.news_out.clone()));
        queued
    }

    /// Closes a connection once what was queued is written.
    pub fn close(&mut self, flow: Flow) {
        self.connections.remove(&flow);
    }
}

fn named(what: &'static str, at: SocketAddr) -> impl FnOnce(io::Error) -> io::Error {
    move |e| io::Error::new(e.kind(), format!("SIP over {what} cannot use {at}: {e}"))
}

/// Whether SIP could listen at `at` now.
///
/// # Errors
/// What the system says against it, with the address.
pub fn probe(at: SocketAddr) -> io::Result<()> {
    udp_socket(at).map_err(named("UDP", at))?;
    tcp_socket(at).map_err(named("TCP", at))?;
    Ok(())
}

fn udp_socket(at: SocketAddr) -> io::Result<std::net::UdpSocket> {
    Ok(bound(at, SockType::Datagram)?.into())
}

fn tcp_socket(at: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = bound(at, SockType::Stream)?;
    socket::listen(&socket, Backlog::new(128)?)?;
    Ok(socket.into())
}

/// A bound socket that does not block. One of IPv6 takes IPv6 only, so that both families can have the same port.
fn bound(at: SocketAddr, kind: SockType) -> io::Result<OwnedFd> {
    let family = if at.is_ipv4() {
        AddressFamily::Inet
    } else {
        AddressFamily::Inet6
    };
    let socket = socket::socket(
        family,
        kind,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        None,
    )?;
    if at.is_ipv6() {
        socket::setsockopt(&socket, sockopt::Ipv6V6Only, &true)?;
    }
    if kind == SockType::Stream {
        // A listener may return at once after a restart, while old connections linger in TIME_WAIT.
        socket::setsockopt(&socket, sockopt::ReuseAddr, &true)?;
    }
    socket::bind(socket.as_raw_fd(), &SockaddrStorage::from(at))?;
    Ok(socket)
}

/// The local address from which the kernel would send to `remote`.
pub fn local_ip_towards(remote: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = if remote.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        ([0u16; 8], 0).into()
    };
    let probe = std::net::UdpSocket::bind(any).ok()?;
    // Connecting a UDP socket sends nothing; it only asks the routing table.
    probe.connect(remote).ok()?;
    Some(probe.local_addr().ok()?.ip())
}

async fn connect(flow: Flow, writes: mpsc::Receiver<Vec<u8>>, news: mpsc::Sender<StreamNews>) {
    match tokio::time::timeout(WRITE_LIMIT, TcpStream::connect(flow.remote)).await {
        Ok(Ok(stream)) => converse(flow, stream, writes, news).await,
        _ => {
            let _ = news.send(StreamNews::Failed(flow)).await;
        }
    }
}

/// Reads and writes one connection until either side ends it.
async fn converse(
    flow: Flow,
    mut stream: TcpStream,
    mut writes: mpsc::Receiver<Vec<u8>>,
    news: mpsc::Sender<StreamNews>,
) {
    let _ = stream.set_nodelay(true);
    let (mut reader, mut writer) = stream.split();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        tokio::select! {
            read = tokio::time::timeout(IDLE_LIMIT, reader.read(&mut buffer)) => match read {
                Ok(Ok(len)) if len > 0 => {
                    if news.send(StreamNews::Bytes(flow, buffer[..len].to_vec())).await.is_err() {
                        return;
                    }
                }
                _ => break,
            },
            write = writes.recv() => match write {
                Some(bytes) => match tokio::time::timeout(WRITE_LIMIT, writer.write_all(&bytes)).await {
                    Ok(Ok(())) => {}
                    _ => break,
                },
                None => break,
            },
        }
    }
    let _ = news.send(StreamNews::Closed(flow)).await;
}
