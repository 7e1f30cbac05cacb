//! The media thread: the 8 kHz clock, RTP sockets, and nothing that waits for anybody else.

use std::io;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use line_card::Highway;
use media::{Channel, Command, Engine, Event, Output, RtpId, Verdict};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use telephony::{FRAME_MS, Frame, SILENCE};

use crate::clock::Clock;
use crate::mailbox::{Receiver, Sender};
use crate::rtp_ports::{RtpSockets, canonical, mapped};

const CLOCK: u64 = u64::MAX;
const MAILBOX: u64 = u64::MAX - 1;
/// Datagrams read from one socket before the others get their turn.
const BURST: usize = 16;
/// Frames made up for after the thread was kept from running; more are given up (the sound has a gap then anyway).
const CATCH_UP: u64 = 20;
/// Largest RTP or RTCP packet taken: an Ethernet frame's worth.
const PACKET: usize = 1_500;

/// What the thread is told.
pub enum ToMedia {
    /// For the engine.
    Command(Command),
    /// End.
    Stop,
}

/// Everything the media thread owns.
pub struct MediaThread<H> {
    clock: Clock,
    engine: Engine,
    highway: H,
    sockets: Vec<RtpSockets>,
    inbox: Receiver<ToMedia>,
    events: Sender<Event>,
    /// An event that found no room.
    waiting: Option<Event>,
    /// Frames that were never played because the thread was kept from running.
    lost_frames: Arc<AtomicU64>,
    tx: Vec<Frame>,
    rx: Vec<Frame>,
}

impl<H: Highway> MediaThread<H> {
    /// Puts the parts together. `ports` is the number of timeslots; `lost_frames` counts up.
    #[allow(clippy::too_many_arguments, reason = "what the thread owns")]
    pub fn new(
        clock: Clock,
        engine: Engine,
        highway: H,
        ports: usize,
        sockets: Vec<RtpSockets>,
        inbox: Receiver<ToMedia>,
        events: Sender<Event>,
        lost_frames: Arc<AtomicU64>,
    ) -> Self {
        let (tx, rx) = (vec![SILENCE; ports], vec![SILENCE; ports]);
        MediaThread {
            clock,
            engine,
            highway,
            sockets,
            inbox,
            events,
            waiting: None,
            lost_frames,
            tx,
            rx,
        }
    }

    /// Runs until told to stop.
    ///
    /// # Errors
    /// When the kernel refuses the timer or the event queue, or the highway's clock is lost.
    pub fn run(mut self) -> io::Result<()> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let timer = TimerFd::new(
            ClockId::CLOCK_MONOTONIC,
            TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC,
        )?;
        let period = TimeSpec::from_duration(std::time::Duration::from_millis(FRAME_MS));
        timer.set(Expiration::Interval(period), TimerSetTimeFlags::empty())?;
        epoll.add(timer.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, CLOCK))?;
        epoll.add(&self.inbox, EpollEvent::new(EpollFlags::EPOLLIN, MAILBOX))?;
        for (n, pair) in self.sockets.iter().enumerate() {
            epoll.add(
                &pair.rtp,
                EpollEvent::new(EpollFlags::EPOLLIN, 2 * n as u64),
            )?;
            epoll.add(
                &pair.rtcp,
                EpollEvent::new(EpollFlags::EPOLLIN, 2 * n as u64 + 1),
            )?;
        }
        let mut ready = [EpollEvent::empty(); 64];
        loop {
            let count = match epoll.wait(&mut ready, EpollTimeout::NONE) {
                Err(Errno::EINTR) => continue,
                other => other?,
            };
            for event in &ready[..count] {
                match event.data() {
                    CLOCK => self.ticks(&timer)?,
                    MAILBOX => {
                        if !self.commands() {
                            return Ok(());
                        }
                    }
                    socket => self.packets(socket),
                }
            }
            self.flush();
        }
    }

    /// Runs the engine for the frames that have become due.
    fn ticks(&mut self, timer: &TimerFd) -> io::Result<()> {
        let mut count = [0; 8];
        let due = match nix::unistd::read(timer, &mut count) {
            Ok(8) => u64::from_ne_bytes(count),
            _ => return Ok(()),
        };
        self.lost_frames
            .fetch_add(due.saturating_sub(CATCH_UP), Ordering::Relaxed);
        for _ in 0..due.min(CATCH_UP) {
            self.highway
                .exchange(&self.tx, &mut self.rx)
                .map_err(io::Error::other)?;
            let now = self.clock.now();
            let MediaThread { engine, rx, tx, .. } = self;
            if catch_unwind(AssertUnwindSafe(|| engine.tick(now, rx, tx))).is_err() {
                self.tx.fill(SILENCE);
                self.recover();
            }
            self.flush();
        }
        Ok(())
    }

    /// Carries out what signalling wants; false to stop.
    fn commands(&mut self) -> bool {
        self.inbox.clear();
        while let Some(message) = self.inbox.receive() {
            let ToMedia::Command(command) = message else {
                return false;
            };
            let now = self.clock.now();
            let engine = &mut self.engine;
            if catch_unwind(AssertUnwindSafe(|| engine.handle(now, command))).is_err() {
                self.recover();
            }
        }
        true
    }

    fn packets(&mut self, socket: u64) {
        let n = (socket / 2) as usize;
        let channel = if socket.is_multiple_of(2) {
            Channel::Rtp
        } else {
            Channel::Rtcp
        };
        let id = RtpId(n as u16);
        let mut packet = [0; PACKET];
        for _ in 0..BURST {
            let (len, from) = match pick(&self.sockets[n], channel).recv_from(&mut packet) {
                Ok(read) => read,
                // Nothing more, or an ICMP error of an earlier packet: neither stops the call.
                Err(_) => return,
            };
            let now = self.clock.now();
            let engine = &mut self.engine;
            let bytes = &mut packet[..len];
            let handled = catch_unwind(AssertUnwindSafe(|| {
                engine.handle_packet(now, id, channel, canonical(from), bytes)
            }));
            match handled {
                Ok(Verdict::Consumed) => {}
                Ok(Verdict::Forward { via, to, len }) => {
                    if let Some(sockets) = self.sockets.get(via.0 as usize) {
                        send(&sockets.rtp, &packet[..len], to);
                    }
                }
                Err(_) => self.recover(),
            }
        }
    }

    /// After a panic of the engine: the voice path it was about ends, and with it its call; the others go on.
    fn recover(&mut self) {
        let (now, engine) = (self.clock.now(), &mut self.engine);
        // A second panic leaves that path as it is: its call stands until a party hangs up.
        let _ = catch_unwind(AssertUnwindSafe(|| engine.recover(now)));
    }

    /// Sends and reports what the engine has ready. An event that finds signalling's mailbox full waits here, and what comes behind
    /// it waits in the engine.
    fn flush(&mut self) {
        let mut reported = false;
        if let Some(event) = self.waiting.take() {
            reported = true;
            self.waiting = self.events.try_push(event).err();
        }
        while self.waiting.is_none() {
            match self.engine.poll_output() {
                None => break,
                Some(Output::Transmit {
                    via,
                    channel,
                    to,
                    packet,
                }) => {
                    if let Some(sockets) = self.sockets.get(via.0 as usize) {
                        send(pick(sockets, channel), &packet, to);
                    }
                }
                Some(Output::Event(event)) => {
                    reported = true;
                    self.waiting = self.events.try_push(event).err();
                }
            }
        }
        if reported {
            self.events.wake();
        }
    }
}

fn pick(sockets: &RtpSockets, channel: Channel) -> &UdpSocket {
    match channel {
        Channel::Rtp => &sockets.rtp,
        Channel::Rtcp => &sockets.rtcp,
    }
}

/// A packet that cannot be sent is lost, as on any network; the far end's statistics tell.
fn send(socket: &UdpSocket, packet: &[u8], to: std::net::SocketAddr) {
    let is_v6 = socket.local_addr().is_ok_and(|at| at.is_ipv6());
    let _ = socket.send_to(packet, mapped(to, is_v6));
}
