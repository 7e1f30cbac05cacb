//! What the engine is told and what it tells.

use core::ops::Deref;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use dsp::caller_id::{CidError, Received, Standard};
use dsp::echo;
use dsp::fax::FaxTone;
use dsp::progress::Heard;
use dsp::tone::TonePlan;
use telephony::{CallerId, Codec, Digit, Digits, LineId, MediaDirection, Tone};

use crate::RtpStats;

/// One RTP session of the engine: the position of its socket pair, below [`crate::Config::rtp_sessions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RtpId(pub u16);

/// The voice path of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bearer {
    /// A timeslot of the PCM highway.
    Timeslot(LineId),
    /// An RTP session.
    Rtp(RtpId),
}

/// Which of a session's two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// The even port.
    Rtp,
    /// The odd port.
    Rtcp,
}

/// How an RTP session is to run, as offer and answer settled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpSetup {
    /// Speech codec of both directions.
    pub codec: Codec,
    /// Its payload type, 0 to 127.
    pub payload_type: u8,
    /// Payload type of `telephone-event` (RFC 4733); `None` when not agreed: digits travel in-band.
    pub events_payload_type: Option<u8>,
    /// Length of the packets we send, in milliseconds: 10 to 60, rounded down to a multiple of 10.
    pub ptime_ms: u16,
    /// Where the far end wants RTP. Port 0 or an unspecified address (RFC 3264 §8.4 hold): nothing is sent there.
    pub remote: SocketAddr,
    /// Which way speech flows, seen from the box.
    pub direction: MediaDirection,
    /// Where the far end's signalling comes from: when it is behind NAT its speech comes from there, too.
    pub signalling: Option<IpAddr>,
}

/// How a port is to run. What is not configured runs with [`PortConfig::new`] and the engine's own plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PortConfig {
    /// The line echo canceller; `None`: echo is left alone.
    pub echo: Option<echo::Config>,
    /// Gain of what comes from the line, in dB. The box's own detectors hear the line without it.
    pub rx_gain_db: f32,
    /// Gain of what goes to the line, in dB.
    pub tx_gain_db: f32,
    /// What tones sound like there, and which are listened for.
    pub plan: &'static TonePlan,
}

impl PortConfig {
    /// The default canceller, no gain.
    pub fn new(plan: &'static TonePlan) -> Self {
        PortConfig {
            echo: Some(echo::Config::default()),
            rx_gain_db: 0.0,
            tx_gain_db: 0.0,
            plan,
        }
    }
}

/// What was measured on a port in the call that is going on, or since [`Command::ReleasePort`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PortFigures {
    /// What its canceller knows of the line, `disabled` at any time of the call; `None` when there is no canceller.
    pub echo: Option<echo::Report>,
    /// Mean level of what came from the line, pauses left out, in dBm0: without echo, before the gain. `None`: nothing came.
    pub rx_dbm0: Option<f32>,
    /// Mean level of what went to the line, pauses left out, in dBm0. `None`: nothing went.
    pub tx_dbm0: Option<f32>,
}

/// Speech kept in memory: 16-bit linear at 8 kHz.
#[derive(Debug, Default)]
pub struct Clip {
    samples: Box<[i16]>,
}

impl Clip {
    /// A clip of these samples.
    pub fn new(samples: impl Into<Box<[i16]>>) -> Self {
        Clip {
            samples: samples.into(),
        }
    }

    /// Its samples, 8 000 a second.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }
}

/// What the engine is told to do. A command for a port or session that does not exist is ignored and counted
/// ([`crate::Engine::refused_commands`]).
#[derive(Clone, Debug)]
pub enum Command {
    /// Opens a session, or changes an open one (re-INVITE). Either lets the far end be latched anew.
    OpenRtp {
        /// Which.
        id: RtpId,
        /// How.
        setup: RtpSetup,
    },
    /// Closes a session: RTCP BYE, then [`Event::RtpClosed`].
    CloseRtp {
        /// Which.
        id: RtpId,
    },
    /// Joins two bearers both ways; replaces earlier connections of either.
    Connect {
        /// One.
        a: Bearer,
        /// The other.
        b: Bearer,
    },
    /// Takes a bearer and its peer apart.
    Disconnect {
        /// Either of the two.
        bearer: Bearer,
    },
    /// Plays a tone of the plan instead of what the party hears.
    PlayTone {
        /// Who hears it.
        bearer: Bearer,
        /// What.
        tone: Tone,
    },
    /// Plays a clip instead of what the party hears.
    PlayClip {
        /// Who hears it.
        bearer: Bearer,
        /// What. Comes back in [`Event::ClipReturned`].
        clip: Arc<Clip>,
        /// Start again at the end, until stopped.
        repeat: bool,
    },
    /// Ends a tone, a clip and caller identification. No [`Event::PlayDone`] or [`Event::CallerIdSent`] follows.
    StopPlay {
        /// Of whom.
        bearer: Bearer,
    },
    /// Adds a tone to what the party hears (call waiting).
    MixTone {
        /// Who hears it.
        bearer: Bearer,
        /// What.
        tone: Tone,
    },
    /// Ends what [`Command::MixTone`] added.
    StopMix {
        /// Of whom.
        bearer: Bearer,
    },
    /// Sends digits to the bearer: as RFC 4733 events where agreed, as DTMF otherwise; 100 ms each, 100 ms apart.
    SendDigits {
        /// To whom.
        bearer: Bearer,
        /// What.
        digits: Digits,
    },
    /// Sends one caller-identification message to a port.
    SendCallerId {
        /// Where.
        line: LineId,
        /// Who calls.
        caller: CallerId,
        /// How it is sent.
        standard: Standard,
    },
    /// Turns a port's receivers on (anew, forgetting the past) or off.
    Listen {
        /// Where.
        line: LineId,
        /// Caller identification.
        caller_id: bool,
        /// Call progress tones.
        progress: bool,
    },
    /// All receivers and players of a port back to idle, its connection taken apart, DTMF detection off. Its configuration stays,
    /// and so does what its canceller has learnt of the line.
    ReleasePort {
        /// Which.
        line: LineId,
    },
    /// Changes how a port runs, from now on.
    ConfigurePort {
        /// Which.
        line: LineId,
        /// How.
        config: PortConfig,
    },
    /// Asks for what was measured in the call on a port: [`Event::PortMeasured`] answers, once.
    MeasurePort {
        /// Which.
        line: LineId,
    },
    /// Whether digits from a timeslot (or in-band from an RTP session without events) are reported. RFC 4733 events are
    /// always reported.
    DetectDtmf {
        /// Of whom.
        bearer: Bearer,
        /// Reported or not.
        on: bool,
    },
}

impl Command {
    /// Whom it is about; the first of two.
    pub fn bearer(&self) -> Bearer {
        match self {
            Command::OpenRtp { id, .. } | Command::CloseRtp { id } => Bearer::Rtp(*id),
            Command::Connect { a: bearer, .. }
            | Command::Disconnect { bearer }
            | Command::PlayTone { bearer, .. }
            | Command::PlayClip { bearer, .. }
            | Command::StopPlay { bearer }
            | Command::MixTone { bearer, .. }
            | Command::StopMix { bearer }
            | Command::SendDigits { bearer, .. }
            | Command::DetectDtmf { bearer, .. } => *bearer,
            Command::SendCallerId { line, .. }
            | Command::Listen { line, .. }
            | Command::ConfigurePort { line, .. }
            | Command::MeasurePort { line }
            | Command::ReleasePort { line } => Bearer::Timeslot(*line),
        }
    }
}

/// What the engine tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// The party at this bearer pressed a digit. Told once a press.
    Digit {
        /// Who.
        bearer: Bearer,
        /// What.
        digit: Digit,
    },
    /// A caller-identification message came, whole or not.
    CallerId {
        /// Where.
        line: LineId,
        /// What.
        result: Result<Received, CidError>,
    },
    /// A call progress tone was heard.
    Heard {
        /// Where.
        line: LineId,
        /// What.
        heard: Heard,
    },
    /// A fax machine or a modem was heard in a call.
    Fax {
        /// Where.
        line: LineId,
        /// What.
        tone: FaxTone,
    },
    /// A tone or clip that ends by itself is over.
    PlayDone {
        /// Whose.
        bearer: Bearer,
    },
    /// The engine is done with a clip. The receiver's thread frees it.
    ClipReturned(Arc<Clip>),
    /// All digits of [`Command::SendDigits`] are sent.
    DigitsSent {
        /// To whom.
        bearer: Bearer,
    },
    /// The message of [`Command::SendCallerId`] is sent.
    CallerIdSent {
        /// Where.
        line: LineId,
    },
    /// The answer to [`Command::MeasurePort`].
    PortMeasured {
        /// Where.
        line: LineId,
        /// What.
        figures: PortFigures,
    },
    /// Neither RTP nor RTCP came for [`crate::Config::rtp_timeout`] although the far end was to send. Told once a silence.
    RtpTimeout {
        /// Which session.
        id: RtpId,
    },
    /// The engine's code for this bearer failed; it is closed or released. Told by [`crate::Engine::recover`].
    Failed {
        /// Which.
        bearer: Bearer,
    },
    /// A session is closed.
    RtpClosed {
        /// Which.
        id: RtpId,
        /// How it went.
        stats: RtpStats,
    },
}

/// What the engine wants done.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a packet in place is what keeps the media thread from allocating"
)]
pub enum Output {
    /// Send a packet.
    Transmit {
        /// From this session's sockets.
        via: RtpId,
        /// From this one of the two.
        channel: Channel,
        /// To here.
        to: SocketAddr,
        /// This.
        packet: Packet,
    },
    /// Tell.
    Event(Event),
}

/// What to do with a packet that [`crate::Engine::handle_packet`] was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing more.
    Consumed,
    /// Send the first `len` octets of the buffer, rewritten in place, at once.
    Forward {
        /// From this session's RTP socket.
        via: RtpId,
        /// To here.
        to: SocketAddr,
        /// Octets; never more than the packet had.
        len: usize,
    },
}

/// A packet in place, at most [`Packet::CAPACITY`] octets.
#[derive(Clone, Debug)]
pub struct Packet {
    bytes: [u8; Packet::CAPACITY],
    len: u16,
}

impl Packet {
    /// 60 ms of G.711 (480 octets) with its header, or a compound RTCP packet.
    pub const CAPACITY: usize = 500;

    /// No octets.
    pub(crate) const fn new() -> Self {
        Packet {
            bytes: [0; Packet::CAPACITY],
            len: 0,
        }
    }

    /// Appends; what does not fit is left out (callers stay below [`Packet::CAPACITY`]).
    pub(crate) fn push(&mut self, octets: &[u8]) {
        let from = usize::from(self.len);
        let count = octets.len().min(Packet::CAPACITY - from);
        self.bytes[from..from + count].copy_from_slice(&octets[..count]);
        self.len += count as u16;
    }
}

impl Deref for Packet {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}
