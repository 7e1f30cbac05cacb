//! The daemon: opens sockets, starts the threads, and runs the signalling station until it is told to stop.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use line_card::{Highway, LineCard};
use store::{Store, StoreError};
use telephony::{CallId, PortKind};

use crate::clock::Clock;
use crate::line_thread::ToLine;
use crate::media_thread::ToMedia;
use crate::office::{self, OfficeError};
use crate::rtp_ports;
use crate::signalling::{Input, Notice, Output, Signalling, SignallingConfig};
use crate::sip_sockets::{Ready, SipSockets, StreamNews, local_ip_towards};
use crate::store_thread::ToStore;
use crate::threads::{self, Reports, Threads, tell_dropped};

/// Call ids set apart at each start.
const CALL_IDS: u32 = 16_000_000;
/// How soon a full queue is tried again.
const FULL_QUEUE: Duration = Duration::from_millis(2);
/// Time given to calls and records when the daemon is told to stop.
const FAREWELL: Duration = Duration::from_secs(2);
/// What the daemon is started with, beside its card and database.
#[derive(Clone, Debug)]
pub struct Options {
    /// Addresses for SIP, UDP and TCP each. A port of 0 asks the kernel for one.
    pub sip: Vec<SocketAddr>,
    /// UDP ports for RTP; `None` for those of the settings.
    pub rtp: Option<RangeInclusive<u16>>,
    /// RTP sessions at one time: two for a call between SIP phones.
    pub rtp_sessions: usize,
    /// Whether to ask for real-time priority and locked memory.
    pub realtime: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            sip: Vec::new(),
            rtp: None,
            rtp_sessions: 64,
            realtime: true,
        }
    }
}

/// What is known once the daemon runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// Addresses really bound for SIP.
    pub sip: Vec<SocketAddr>,
    /// The database.
    pub database: PathBuf,
}

/// Why the daemon did not start or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the database says.
    #[error(transparent)]
    Office(#[from] OfficeError),
    /// A port that another program uses, or another refusal of the system.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A thread ended by itself.
    #[error("the {thread} thread ended: {why}")]
    Thread {
        /// Which.
        thread: &'static str,
        /// What it said.
        why: String,
    },
}

/// Runs the box on `card` and `highway` until `shutdown` resolves.
///
/// `started` is told the addresses once everything runs; `notices` gets news for people.
///
/// # Errors
/// When something it needs cannot be had, in words that name it; or when a thread ends by itself.
pub async fn run<C, H>(
    options: Options,
    mut store: Store,
    card: C,
    highway: H,
    started: impl FnOnce(&Running),
    mut notices: impl FnMut(Notice),
    shutdown: impl Future<Output = ()>,
) -> Result<(), DaemonError>
where
    C: LineCard + Send + 'static,
    H: Highway + Send + 'static,
{
    let clock = Clock::start();
    let settings = store.settings()?;
    let plan = office::tone_plan(&settings.country)?;
    let ports: Vec<PortKind> = card.capabilities().ports.to_vec();
    let mut sockets = SipSockets::bind(&options.sip)?;
    let addresses: Vec<SocketAddr> = sockets.addresses().collect();
    let range = options
        .rtp
        .clone()
        .unwrap_or(settings.rtp_first_port..=settings.rtp_last_port);
    let rtp = rtp_ports::bind(range, options.rtp_sessions)?;

    let signalling_config = SignallingConfig {
        ports: ports.clone(),
        rtp_ports: rtp.iter().map(|pair| pair.port).collect(),
        caller_id: plan.caller_id,
        address_towards: Box::new(address_towards),
        switch: call::SwitchConfig {
            first_digit: Duration::from_secs(settings.first_digit_s.into()),
            inter_digit: Duration::from_secs(settings.inter_digit_s.into()),
            no_answer: Duration::from_secs(settings.no_answer_s.into()),
            first_call: CallId(store.reserve_call_ids(CALL_IDS)?.start),
            ..call::SwitchConfig::default()
        },
        sip: office::sip_config(&settings, &addresses),
        seed: seed()?,
    };
    let office = office::read(&store)?;
    let database = store.path().to_owned();

    let engine = media::Engine::new(
        media::Config {
            rtp_timeout: Duration::from_secs(settings.rtp_timeout_s.into()),
            ..media::Config::new(ports.len(), rtp.len(), plan)
        },
        u64::from_le_bytes(seed()?[..8].try_into().unwrap_or_default()),
    );
    let (mut threads, mut reports) = threads::start(
        &options,
        clock,
        store,
        card,
        highway,
        office::line_settings(&office, ports.len(), plan),
        engine,
        rtp,
        ports.len(),
    )?;
    let mut station = Signalling::new(clock.now(), signalling_config, office);
    started(&Running {
        sip: addresses,
        database,
    });

    let mut shutdown = std::pin::pin!(shutdown);
    let result = loop {
        let all_done = flush(
            &mut station,
            &mut sockets,
            &mut threads,
            &clock,
            &mut notices,
        );
        tokio::select! {
            () = &mut shutdown => break Ok(()),
            Some((thread, why)) = threads.ended.recv() => break Err(DaemonError::Thread { thread, why }),
            () = step(&clock, &mut station, &mut sockets, &mut reports) => {}
            () = tokio::time::sleep(FULL_QUEUE), if !all_done => {}
        }
    };
    station.shut_down(clock.now());
    let farewell = async {
        loop {
            flush(
                &mut station,
                &mut sockets,
                &mut threads,
                &clock,
                &mut notices,
            );
            if station.unstored().next().is_none() {
                break;
            }
            step(&clock, &mut station, &mut sockets, &mut reports).await;
        }
    };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::warn!("stopped before every call record was acknowledged");
    }
    threads.to_line.send(ToLine::Stop);
    threads.to_media.send(ToMedia::Stop);
    let _ = threads.to_store.send(ToStore::Stop);
    for handle in threads.handles {
        let _ = handle.join();
    }
    result
}

/// Waits for the next thing and hands it to the station.
async fn step(
    clock: &Clock,
    station: &mut Signalling,
    sockets: &mut SipSockets,
    reports: &mut Reports,
) {
    let wake = station
        .poll_timeout()
        .map(|at| tokio::time::Instant::from_std(clock.host(at)));
    let timer = async {
        match wake {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    };
    let Reports {
        line,
        media,
        stored,
        lost_frames,
    } = reports;
    tokio::select! {
        ready = sockets.ready() => from_sockets(clock, station, sockets, ready),
        () = line.ready() => {
            while let Some((line, report)) = line.receive() {
                station.handle(clock.now(), Input::Line(line, report));
            }
            tell_dropped(line.newly_dropped(), "the line thread");
        }
        () = media.ready() => {
            while let Some(event) = media.receive() {
                station.handle(clock.now(), Input::Media(event));
            }
            tell_dropped(media.newly_dropped(), "the media thread");
            let frames = lost_frames.swap(0, std::sync::atomic::Ordering::Relaxed);
            if frames > 0 {
                tracing::warn!(frames, "speech was interrupted: the media thread was kept from running");
            }
        }
        () = stored.ready() => {
            while let Some(call) = stored.receive() {
                station.handle(clock.now(), Input::CdrStored(call));
            }
            tell_dropped(stored.newly_dropped(), "the store thread");
        }
        () = timer => station.handle(clock.now(), Input::Timeout),
    }
}

/// Datagrams taken from one socket before the outputs they caused are sent.
const DATAGRAMS: usize = 32;

fn from_sockets(clock: &Clock, station: &mut Signalling, sockets: &mut SipSockets, ready: Ready) {
    match ready {
        Ready::Udp(n) => {
            for _ in 0..DATAGRAMS {
                let Some((flow, bytes)) = sockets.receive(n) else {
                    return;
                };
                station.handle(
                    clock.now(),
                    Input::Sip(sip::Input::Datagram { flow, bytes }),
                );
            }
        }
        Ready::Stream(StreamNews::Bytes(flow, bytes)) => {
            station.handle(
                clock.now(),
                Input::Sip(sip::Input::Stream {
                    flow,
                    bytes: &bytes,
                }),
            );
        }
        Ready::Stream(StreamNews::Closed(flow)) => {
            station.handle(clock.now(), Input::Sip(sip::Input::StreamClosed { flow }));
        }
        Ready::Stream(StreamNews::Failed(flow)) => {
            station.handle(clock.now(), Input::Sip(sip::Input::TransmitFailed { flow }));
        }
        Ready::Accepted => {}
    }
}

/// Carries what the station wants to where it belongs. False when a thread's queue is full: the rest waits in the station.
fn flush(
    station: &mut Signalling,
    sockets: &mut SipSockets,
    threads: &mut Threads,
    clock: &Clock,
    notices: &mut impl FnMut(Notice),
) -> bool {
    let (mut lines, mut media) = (false, false);
    let all_done = loop {
        if !(threads.to_line.has_room() && threads.to_media.has_room()) {
            break false;
        }
        let Some(output) = station.poll_output() else {
            break true;
        };
        match output {
            Output::Line(line, request) => {
                lines = true;
                threads.to_line.push(ToLine::Request(line, request));
            }
            Output::Media(command) => {
                media = true;
                threads.to_media.push(ToMedia::Command(command));
            }
            Output::Transmit(flow, bytes) => {
                if !sockets.transmit(flow, bytes) {
                    station.handle(clock.now(), Input::Sip(sip::Input::TransmitFailed { flow }));
                }
            }
            Output::Close(flow) => sockets.close(flow),
            Output::Cdr(record) => {
                // The queue holds twice what the switch keeps: what does not fit, the switch has given up, too.
                if let Err(lost) = threads.to_store.try_send(ToStore::Cdr(record)) {
                    tracing::error!(%lost, "the store does not keep up: a call record is lost");
                }
            }
            Output::Notice(notice) => notices(notice),
        }
    };
    if lines {
        threads.to_line.wake();
    }
    if media {
        threads.to_media.wake();
    }
    all_done
}

fn address_towards(peer: IpAddr) -> IpAddr {
    local_ip_towards(SocketAddr::new(peer, 9)).unwrap_or(Ipv4Addr::LOCALHOST.into())
}

fn seed() -> io::Result<[u8; 32]> {
    use std::io::Read;
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    Ok(seed)
}
