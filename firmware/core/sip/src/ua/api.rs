use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use telephony::{CallerId, Cause, Digit};

use crate::sdp::Sdp;
use crate::{Flow, Transport};

/// What the user agent is; fixed while it runs.
#[derive(Clone, Debug)]
pub struct Config {
    /// The box's SIP domain; also the digest realm.
    pub domain: String,
    /// Further names and addresses that mean this box in a Request-URI.
    pub local_names: Vec<String>,
    /// Where the daemon listens. The first of a transport and address family is used for outgoing requests.
    pub listeners: Vec<(Transport, SocketAddr)>,
    /// Our IPv4 address in Via and Contact where a listener is bound to `0.0.0.0` (peers on loopback see loopback).
    pub advertised_v4: Option<Ipv4Addr>,
    /// Our IPv6 address in Via and Contact where a listener is bound to `::`.
    pub advertised_v6: Option<Ipv6Addr>,
    /// Whether challenges offer SHA-256 beside MD5 (RFC 8760). Off when not set: many phones in use cannot register then.
    pub offer_sha256: bool,
    /// The User-Agent and Server header.
    pub user_agent: String,
    /// Bounds on what peers can make us hold.
    pub limits: Limits,
}

impl Config {
    /// A user agent for `domain` that listens on `listeners`, with default limits.
    pub fn new(domain: &str, listeners: Vec<(Transport, SocketAddr)>) -> Config {
        Config {
            domain: domain.to_owned(),
            local_names: Vec::new(),
            listeners,
            advertised_v4: None,
            advertised_v6: None,
            offer_sha256: false,
            user_agent: concat!("Tipring/", env!("CARGO_PKG_VERSION")).to_owned(),
            limits: Limits::default(),
        }
    }
}

/// Bounds of the user agent's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Transactions at once; beyond it requests are answered 503.
    pub transactions: usize,
    /// Calls (INVITE usages) at once; beyond it INVITEs are answered 503.
    pub invites: usize,
    /// TCP connections at once; beyond it new ones are closed.
    pub streams: usize,
    /// Shortest registration, in seconds; shorter ones get 423.
    pub min_expires_s: u32,
    /// Longest registration granted, in seconds.
    pub max_expires_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            transactions: 10_000,
            invites: 2_000,
            streams: 1_000,
            min_expires_s: 60,
            max_expires_s: 7_200,
        }
    }
}

/// A SIP account of this box: may register and call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// User part and digest user name.
    pub user: String,
    /// Name shown to called parties; empty for none.
    pub display_name: String,
    /// MD5(user:domain:password), RFC 2617 §3.2.2.2.
    pub ha1_md5: [u8; 16],
    /// SHA-256(user:domain:password), RFC 7616 §3.4.2.
    pub ha1_sha256: [u8; 32],
    /// How many contacts may be registered at once.
    pub max_contacts: usize,
}

/// A SIP trunk, counted by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrunkId(pub u16);

/// A way out over SIP. The daemon resolves names; `remote` is where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// Its number.
    pub id: TrunkId,
    /// Domain of the provider: the host of Request-URI, To and From.
    pub domain: String,
    /// UDP or TCP.
    pub transport: Transport,
    /// The provider's server or outbound proxy.
    pub remote: SocketAddr,
    /// How we answer challenges; `None` when the provider trusts our address.
    pub credentials: Option<Credentials>,
    /// Register there, asking for this many seconds; `None` to not register.
    pub register_s: Option<u32>,
}

/// Digest credentials at a provider, whose realm is only known when it challenges.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name; also the user part of our address of record there.
    pub user: String,
    /// Password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("password", &"(hidden)")
            .finish()
    }
}

/// State of a trunk's registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkState {
    /// Registered, or needs no registration.
    Up,
    /// The last attempt failed, with this status (408 when nothing was heard); tried again with back-off.
    Failed {
        /// SIP status code.
        status: u16,
    },
}

/// One INVITE usage: a call leg of this user agent, unique while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InviteId(pub u64);

/// Whom an outgoing INVITE is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// All contacts an account has registered, at once.
    Account(String),
    /// A SIP URI whose host is an IP address.
    Uri(String),
    /// A number at a trunk (`called`).
    Trunk(TrunkId),
}

/// Where a REFER sends the other party of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferTo {
    /// To a number: blind transfer.
    Number(String),
    /// Into the place of this call's party: attended transfer (RFC 3891).
    Replaces(InviteId),
}

/// What became of a transfer we were asked for by REFER; told to the asker by NOTIFY (RFC 3515 §2.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferOutcome {
    /// It rings.
    Trying,
    /// It was answered: the asker is hung up.
    Accepted,
    /// It failed: the asker keeps its call.
    Failed(Cause),
}

/// Something for the user agent to do. Commands for a call that is gone are ignored.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Calls. `id` comes from [`UserAgent::new_invite_id`](crate::UserAgent::new_invite_id).
    Invite {
        /// The new call.
        id: InviteId,
        /// Whom.
        target: Target,
        /// Who calls.
        caller: CallerId,
        /// The number dialled, for the trunk's Request-URI and To.
        called: String,
        /// Our media.
        offer: Sdp,
    },
    /// Incoming call: 180 Ringing.
    Ring {
        /// The call.
        id: InviteId,
    },
    /// Incoming call: 183 with early media.
    Progress {
        /// The call.
        id: InviteId,
        /// Answer to the offer of the INVITE, or ignored when it had none.
        sdp: Sdp,
    },
    /// Incoming call: 200. The SDP is the answer, or our offer when the INVITE had none.
    Answer {
        /// The call.
        id: InviteId,
        /// Our media.
        sdp: Sdp,
    },
    /// Answered call: offers new media (hold is an offer with another direction).
    Reinvite {
        /// The call.
        id: InviteId,
        /// Our media.
        offer: Sdp,
    },
    /// Answers [`UaEvent::Reoffer`].
    AnswerReinvite {
        /// The call.
        id: InviteId,
        /// The answer (our offer when the re-INVITE had none), or why not (488 and the like; the call goes on).
        answer: Result<Sdp, Cause>,
    },
    /// Ends the call in whatever state: CANCEL, failure response or BYE.
    Release {
        /// The call.
        id: InviteId,
        /// Why; also sent as Reason header (RFC 3326).
        cause: Cause,
    },
    /// Progress of the transfer that [`UaEvent::Refer`] asked for.
    ReferResult {
        /// The call the REFER came in.
        id: InviteId,
        /// How far it is.
        outcome: ReferOutcome,
    },
    /// Replaces the trunks.
    SetTrunks(Vec<Trunk>),
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum UaEvent {
    /// Somebody calls. 100 Trying was sent.
    Incoming {
        /// The new call.
        id: InviteId,
        /// The account that proved itself by digest; `None` for a trunk's call.
        account: Option<String>,
        /// The trunk it came from, by source address; `None` for an account's call.
        trunk: Option<TrunkId>,
        /// Who calls: From header for trunks; the account's user and display name otherwise.
        caller: CallerId,
        /// User part of the Request-URI, escapes resolved.
        called: String,
        /// The caller's media; `None` when our 200 is to carry the offer.
        offer: Option<Sdp>,
        /// The call this one takes the place of (RFC 3891); release that one after answering this one.
        replaces: Option<InviteId>,
        /// Where the INVITE came from.
        source: SocketAddr,
    },
    /// Outgoing call: 180.
    Alerting {
        /// The call.
        id: InviteId,
    },
    /// Outgoing call: early media (a provisional response with SDP). May come again when it forked.
    Progress {
        /// The call.
        id: InviteId,
        /// The answer to our offer, of this early dialog.
        sdp: Sdp,
    },
    /// Outgoing call: answered. The SDP is the answer to our offer and overrides those of [`UaEvent::Progress`].
    Answered {
        /// The call.
        id: InviteId,
        /// The answer.
        sdp: Sdp,
    },
    /// Incoming call without offer: the answer to the offer of our 200 came with the ACK.
    AnswerReceived {
        /// The call.
        id: InviteId,
        /// The answer.
        sdp: Sdp,
    },
    /// The peer offers new media (`None`: asks us to offer). Answer with [`Command::AnswerReinvite`].
    Reoffer {
        /// The call.
        id: InviteId,
        /// Its media.
        offer: Option<Sdp>,
    },
    /// Our [`Command::Reinvite`] was answered, or refused; the call goes on unless [`UaEvent::Released`] follows.
    ReofferAnswered {
        /// The call.
        id: InviteId,
        /// The answer or why not.
        result: Result<Sdp, Cause>,
    },
    /// The peer asks us to transfer the party it speaks with. 202 was sent; report with [`Command::ReferResult`].
    Refer {
        /// The call the REFER came in.
        id: InviteId,
        /// Where to.
        to: ReferTo,
    },
    /// A digit by SIP INFO (`application/dtmf-relay`, `application/dtmf`).
    Digit {
        /// The call.
        id: InviteId,
        /// The digit.
        digit: Digit,
    },
    /// The call is over. Nothing follows for it.
    Released {
        /// The call.
        id: InviteId,
        /// Why.
        cause: Cause,
        /// The SIP status where one ended it.
        status: Option<u16>,
    },
    /// A contact was registered (first time; refreshes are silent).
    Registered {
        /// The account.
        account: String,
        /// The contact URI.
        contact: String,
    },
    /// A contact expired, was removed, or its connection closed.
    Unregistered {
        /// The account.
        account: String,
        /// The contact URI.
        contact: String,
    },
    /// A trunk's registration changed.
    TrunkState {
        /// The trunk.
        trunk: TrunkId,
        /// Its state.
        state: TrunkState,
    },
}

/// What the user agent is given.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "made once, passed once")]
pub enum Input<'a> {
    /// A datagram arrived.
    Datagram {
        /// From where to where.
        flow: Flow,
        /// The whole datagram.
        bytes: &'a [u8],
    },
    /// Bytes of a TCP connection arrived, cut anywhere.
    Stream {
        /// The connection.
        flow: Flow,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// A TCP connection is closed.
    StreamClosed {
        /// The connection.
        flow: Flow,
    },
    /// Nothing can be sent on this flow: connection refused, ICMP unreachable, socket error.
    TransmitFailed {
        /// The flow.
        flow: Flow,
    },
    /// The owner wants something.
    Command(Command),
    /// The time of `poll_timeout` has come. (Any other input also runs due timers.)
    Timeout,
}

/// What the user agent wants done.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "made once, passed once")]
pub enum Output {
    /// Send this.
    Transmit {
        /// Where.
        flow: Flow,
        /// One whole message (or a keep-alive on TCP).
        bytes: Vec<u8>,
    },
    /// Close this TCP connection: the peer broke the framing.
    Close {
        /// The connection.
        flow: Flow,
    },
    /// Something happened.
    Event(UaEvent),
}
