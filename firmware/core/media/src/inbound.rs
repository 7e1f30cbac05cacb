//! The RTP stream a session receives: who may send it, what of it is speech and what are keys.

use std::net::SocketAddr;

use telephony::{Codec, Frame, Instant, MediaDirection};

use crate::event_receiver::{EventPayload, EventReceiver, Key};
use crate::jitter::{JitterBuffer, Placed};
use crate::latch::Latch;
use crate::reception::{Arrival, Reception};
use crate::rtp::{self, Header};
use crate::words::RtpSetup;
use crate::{JitterConfig, RtpStats};

/// Speech stays muted this many ticks after an event beyond the depth of the buffer (40 ms): the tone's end is still in it.
const TAIL_TICKS: u16 = 4;

/// What a datagram turned out to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Received {
    /// Nothing to do; it is counted.
    Nothing,
    /// Speech in `codec`. `fresh`: of a stream just begun.
    Speech {
        header: Header,
        codec: Codec,
        octets: usize,
        fresh: bool,
    },
    /// An event packet, and what it says of keys.
    Event {
        header: Header,
        keys: [Option<Key>; 3],
        octets: usize,
        fresh: bool,
    },
}

/// The receiving half of a session.
#[derive(Clone, Debug)]
pub(crate) struct Inbound {
    pub latch: Latch,
    pub reception: Reception,
    pub jitter: JitterBuffer,
    pub events: EventReceiver,
    counters: RtpStats,
    /// A key that was down when its stream ended, not yet told.
    let_go: Option<Key>,
    /// Ticks of speech still to be muted.
    muted: u16,
    /// When anything valid came last, or waiting for it began.
    pub heard: Instant,
    pub timed_out: bool,
}

impl Inbound {
    pub(crate) fn new(jitter: JitterConfig) -> Self {
        Inbound {
            latch: Latch::new(Instant::ZERO, SocketAddr::from(([0; 4], 0))),
            reception: Reception::default(),
            jitter: JitterBuffer::new(jitter),
            events: EventReceiver::default(),
            counters: RtpStats::default(),
            let_go: None,
            muted: 0,
            heard: Instant::ZERO,
            timed_out: false,
        }
    }

    /// Starts over for a new session.
    pub(crate) fn open(&mut self, now: Instant, remote: SocketAddr) {
        self.latch = Latch::new(now, remote);
        self.reception = Reception::default();
        self.jitter.clear();
        self.events = EventReceiver::default();
        self.counters = RtpStats::default();
        self.let_go = None;
        self.muted = 0;
        self.heard = now;
        self.timed_out = false;
    }

    /// Takes a datagram of the RTP socket.
    pub(crate) fn datagram(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        setup: &RtpSetup,
    ) -> Received {
        let Ok(packet) = rtp::parse(datagram) else {
            self.counters.malformed += 1;
            return Received::Nothing;
        };
        let header = packet.header;
        if !self.latch.accept(now, from, &header, setup.signalling) {
            self.counters.foreign += 1;
            return Received::Nothing;
        }
        let octets = packet.payload.len();
        let arrival = self.reception.packet(now, &header);
        match arrival {
            Arrival::Good | Arrival::Restarted => {}
            Arrival::Duplicate => {
                self.counters.duplicates += 1;
                return Received::Nothing;
            }
            Arrival::Stray => return Received::Nothing,
        }
        self.heard = now;
        self.timed_out = false;
        self.counters.packets_received += 1;
        self.counters.octets_received += octets as u64;
        let fresh = arrival == Arrival::Restarted;
        if fresh {
            self.jitter.reset();
            self.let_go = self.let_go.or(self.events.reset());
        }
        if setup.events_payload_type == Some(header.payload_type) {
            let Some(event) = EventPayload::parse(packet.payload) else {
                self.counters.malformed += 1;
                return Received::Nothing;
            };
            let mut keys = self.events.packet(now, &header, event);
            keys[0] = keys[0].or(self.let_go.take());
            return Received::Event {
                header,
                keys,
                octets,
                fresh,
            };
        }
        match codec_of(header.payload_type, setup) {
            Some(codec) => Received::Speech {
                header,
                codec,
                octets,
                fresh,
            },
            None => {
                self.counters.unknown_payload += 1;
                Received::Nothing
            }
        }
    }

    /// A key that time, or the end of its stream, let go.
    pub(crate) fn tick_keys(&mut self, now: Instant) -> Option<Key> {
        let let_go = self.let_go.take();
        let_go.or_else(|| self.events.tick(now))
    }

    /// Speech that is to be decoded goes into the buffer.
    pub(crate) fn keep(&mut self, header: &Header, codec: Codec, payload: &[u8]) {
        if self.jitter.insert(header.timestamp, codec, payload) == Placed::Late {
            self.counters.late += 1;
        }
    }

    /// The next 10 ms of speech, without the in-band part of keys that came as events.
    pub(crate) fn pull(&mut self, frame: &mut Frame) {
        let down = self.events.is_down();
        if down {
            self.muted = self.jitter.depth_ms() / 10 + TAIL_TICKS;
        }
        self.jitter.pull(frame, down || self.muted > 0);
        if self.muted > 0 {
            self.muted -= u16::from(!down);
            frame.fill(0);
        }
    }

    /// A datagram that is not to be believed.
    pub(crate) fn count_malformed(&mut self) {
        self.counters.malformed += 1;
    }

    /// A datagram of somebody else.
    pub(crate) fn count_foreign(&mut self) {
        self.counters.foreign += 1;
    }

    /// The receiving side's part of the statistics.
    pub(crate) fn stats(&self) -> RtpStats {
        RtpStats {
            lost: self.reception.lost(),
            concealed_ms: self.jitter.concealed_ms(),
            jitter: self.reception.jitter(),
            depth_ms: self.jitter.depth_ms(),
            ..self.counters
        }
    }
}

/// The codec of a payload type: as agreed, or the other G.711 law by its static number, which some far ends switch to
/// unasked.
fn codec_of(payload_type: u8, setup: &RtpSetup) -> Option<Codec> {
    if payload_type == setup.payload_type {
        return Some(setup.codec);
    }
    Codec::ALL
        .iter()
        .copied()
        .find(|c| c.payload_type() == payload_type)
}

/// Whether the far end is to send.
pub(crate) fn receives(direction: MediaDirection) -> bool {
    matches!(
        direction,
        MediaDirection::SendRecv | MediaDirection::RecvOnly
    )
}

/// Whether we are to send.
pub(crate) fn sends(direction: MediaDirection) -> bool {
    matches!(
        direction,
        MediaDirection::SendRecv | MediaDirection::SendOnly
    )
}
