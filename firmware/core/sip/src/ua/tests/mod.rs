//! Ladders: raw SIP text in, first lines and headers out, in virtual time.

mod calls;
mod forks;
mod hostile;
mod network;
mod registration;
mod trunks;
mod within;

use std::collections::VecDeque;
use std::net::SocketAddr;

use telephony::{Codec, Instant, MediaDirection};

use super::*;
use crate::digest::{self, Ha1};
use crate::message::Message;
use crate::sdp::{self, LocalMedia, Sdp};
use crate::{Flow, Transport};

/// Feeds a message: lines as written, `\n` ends them, a body follows an empty line, Content-Length is added.
macro_rules! recv {
    ($bench:expr, $($text:tt)*) => { $bench.recv(&format!($($text)*)) };
}

/// Takes the next message sent and checks how it begins.
macro_rules! send {
    ($bench:expr, $start:literal) => {{
        let message = $bench.sent();
        let line = String::from_utf8(message.to_bytes())
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned();
        assert!(
            line.starts_with($start),
            "expected {:?}, got {line:?}",
            $start
        );
        message
    }};
}

/// Takes the next event and matches it.
macro_rules! event {
    ($bench:expr, $pattern:pat => $value:expr) => {
        match $bench.event() {
            $pattern => $value,
            other => panic!("{other:?}"),
        }
    };
    ($bench:expr, $pattern:pat) => { event!($bench, $pattern => ()) };
}

pub(super) use {event, recv, send};

pub(super) const BOX: &str = "10.0.0.1:5060";

pub(super) fn flow(transport: Transport, remote: &str) -> Flow {
    let remote: SocketAddr = remote.parse().unwrap();
    let local = if remote.is_ipv6() {
        "[2001:db8::1]:5060"
    } else {
        BOX
    };
    Flow {
        transport,
        local: local.parse().unwrap(),
        remote,
    }
}

pub(super) fn media(port: u16) -> Sdp {
    sdp::offer(&LocalMedia {
        rtp: format!("10.0.0.2:{port}").parse().unwrap(),
        codecs: vec![Codec::Pcma, Codec::Pcmu],
        events: true,
        direction: MediaDirection::SendRecv,
        session_id: 1,
        version: 1,
        ptime_ms: 20,
    })
}

/// The media line of an SDP, enough to tell which one it is.
pub(super) fn port(sdp: &Sdp) -> u16 {
    sdp.media[0].port
}

pub(super) struct Bench {
    pub(super) ua: UserAgent,
    pub(super) now: Instant,
    pub(super) flow: Flow,
    pub(super) transmits: VecDeque<(u64, Flow, Vec<u8>)>,
    pub(super) events: VecDeque<UaEvent>,
    pub(super) closed: Vec<Flow>,
}

impl Bench {
    pub(super) fn new(transport: Transport) -> Bench {
        let listeners = ["10.0.0.1:5060", "[2001:db8::1]:5060"];
        let listeners = listeners
            .iter()
            .flat_map(|a| [Transport::Udp, Transport::Tcp].map(|t| (t, a.parse().unwrap())));
        let mut ua = UserAgent::new(
            Config {
                offer_sha256: true,
                ..Config::new("box", listeners.collect())
            },
            [3; 32],
        );
        let account = |user: &str| {
            let ha1 = Ha1::from_password(user, "box", "secret");
            let (ha1_md5, ha1_sha256) = (ha1.md5, ha1.sha256);
            Account {
                user: user.to_owned(),
                display_name: format!("Phone {user}"),
                ha1_md5,
                ha1_sha256,
                max_contacts: 3,
            }
        };
        ua.set_accounts(Instant::ZERO, vec![account("alice"), account("bob")]);
        let (transmits, events, closed) = (VecDeque::new(), VecDeque::new(), Vec::new());
        Bench {
            ua,
            now: Instant::from_millis(1_000),
            flow: flow(transport, "10.0.0.2:5062"),
            transmits,
            events,
            closed,
        }
    }

    pub(super) fn input(&mut self, input: Input<'_>) {
        self.ua.handle(self.now, input);
        while let Some(output) = self.ua.poll_output() {
            match output {
                Output::Transmit { flow, bytes } => {
                    self.transmits
                        .push_back((self.now.as_millis(), flow, bytes))
                }
                Output::Close { flow } => self.closed.push(flow),
                Output::Event(event) => self.events.push_back(event),
            }
        }
    }

    pub(super) fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let flow = self.flow;
        match flow.transport {
            Transport::Udp => self.input(Input::Datagram { flow, bytes }),
            Transport::Tcp => self.input(Input::Stream { flow, bytes }),
        }
    }

    pub(super) fn recv(&mut self, text: &str) {
        let text: String = text
            .lines()
            .map(|line| format!("{}\n", line.trim_start()))
            .collect();
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let body = body.replace('\n', "\r\n");
        let head = head.replace('\n', "\r\n");
        self.bytes(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub(super) fn sent(&mut self) -> Message {
        let (_, _, bytes) = self.transmits.pop_front().expect("something was sent");
        crate::framing::parse(&bytes)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&bytes)))
    }

    pub(super) fn event(&mut self) -> UaEvent {
        self.events.pop_front().expect("an event")
    }

    /// Nothing more was sent or told.
    pub(super) fn quiet(&self) {
        let sent: Vec<_> = self
            .transmits
            .iter()
            .map(|(_, _, bytes)| String::from_utf8_lossy(bytes))
            .collect();
        assert!(
            sent.is_empty() && self.events.is_empty(),
            "{sent:?} {:?}",
            self.events
        );
    }

    /// Runs timers for `ms`.
    pub(super) fn pass(&mut self, ms: u64) {
        let end = Instant::from_millis(self.now.as_millis() + ms);
        while let Some((at, _)) = self.ua.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.now = end;
    }

    /// Runs timers until something is sent; how long that took, in milliseconds.
    pub(super) fn pass_until_sent(&mut self) -> u64 {
        let start = self.now.as_millis();
        while self.transmits.is_empty() {
            self.now = self.ua.poll_timeout().expect("a timer").0;
            self.input(Input::Timeout);
        }
        self.now.as_millis() - start
    }

    /// When messages that begin so were sent, in milliseconds after `since`; forgets everything sent.
    pub(super) fn times(&mut self, start: &str, since: u64) -> Vec<u64> {
        let sent: Vec<_> = self.transmits.drain(..).collect();
        let hits = sent
            .iter()
            .filter(|(_, _, bytes)| bytes.starts_with(start.as_bytes()));
        hits.map(|(at, _, _)| at - since).collect()
    }

    /// Head of a request from alice's phone.
    pub(super) fn head(&self, method: &str, branch: &str, to_tag: &str, cseq: u32) -> String {
        let to_tag = if to_tag.is_empty() {
            String::new()
        } else {
            format!(";tag={to_tag}")
        };
        let transport = self.flow.transport.name();
        let host = crate::message::host_of(self.flow.remote.ip());
        let port = self.flow.remote.port();
        format!(
            "{method} sip:100@10.0.0.1 SIP/2.0\nVia: SIP/2.0/{transport} {host}:{port};branch=z9hG4bK{branch};rport\nMax-Forwards: 70\n\
             From: <sip:alice@box>;tag=a1\nTo: <sip:100@box>{to_tag}\nCall-ID: c1\nCSeq: {cseq} {method}\nContact: <sip:alice@{host}:{port}>"
        )
    }

    /// The Authorization value that answers a challenge.
    pub(super) fn credentials(
        challenge: &Message,
        user: &str,
        password: &str,
        method: &str,
        uri: &str,
    ) -> String {
        let name = if challenge.status() == 401 {
            "WWW-Authenticate"
        } else {
            "Proxy-Authenticate"
        };
        let values: Vec<&str> = challenge.all(name).collect();
        assert_eq!(values.len(), 2);
        let ha1 = Ha1::from_password(user, "box", password);
        digest::respond(&values, method, uri, user, &ha1, "cnonce", 1).unwrap()
    }

    /// An INVITE of alice's, through its challenge, up to 100 Trying and the event.
    pub(super) fn incoming(&mut self, extra: &str, body: &str) -> InviteId {
        let head = self.head("INVITE", "i1", "", 1);
        recv!(
            self,
            "{head}{extra}\nContent-Type: application/sdp\n\n{body}"
        );
        let challenge = send!(self, "SIP/2.0 407");
        let tag = challenge.to_tag().unwrap();
        let ack = self.head("ACK", "i1", &tag, 1);
        recv!(self, "{ack}");
        let value = Self::credentials(&challenge, "alice", "secret", "INVITE", "sip:100@10.0.0.1");
        let head = self.head("INVITE", "i2", "", 2);
        recv!(
            self,
            "{head}{extra}\nProxy-Authorization: {value}\nContent-Type: application/sdp\n\n{body}"
        );
        send!(self, "SIP/2.0 100");
        event!(self, UaEvent::Incoming { id, .. } => id)
    }

    /// An answered incoming call; the id and our tag.
    pub(super) fn established(&mut self) -> (InviteId, String) {
        let id = self.incoming("", &media(4_000).to_string());
        self.command(Command::Answer {
            id,
            sdp: media(5_000),
        });
        let tag = send!(self, "SIP/2.0 200").to_tag().unwrap();
        let ack = self.head("ACK", "a2", &tag, 2);
        recv!(self, "{ack}");
        self.quiet();
        (id, tag)
    }

    /// Registers a contact of bob's at `address`.
    pub(super) fn register_bob(&mut self, address: &str) {
        let back = self.flow;
        self.flow = flow(back.transport, address);
        let via = format!(
            "Via: SIP/2.0/{} {address};branch=z9hG4bK",
            back.transport.name()
        );
        let head = "From: <sip:bob@box>;tag=r\nTo: <sip:bob@box>";
        let rest = format!("Call-ID: r-{address}\nContact: <sip:bob@{address}>\nExpires: 600");
        recv!(
            self,
            "REGISTER sip:box SIP/2.0\n{via}r1{address}\n{head}\n{rest}\nCSeq: 1 REGISTER"
        );
        let challenge = send!(self, "SIP/2.0 401");
        let value = Self::credentials(&challenge, "bob", "secret", "REGISTER", "sip:box");
        recv!(
            self,
            "REGISTER sip:box SIP/2.0\n{via}r2{address}\n{head}\n{rest}\nCSeq: 2 REGISTER\nAuthorization: {value}"
        );
        send!(self, "SIP/2.0 200");
        event!(self, UaEvent::Registered { .. });
        self.flow = back;
    }

    /// Answers a request the box sent, from where it went.
    pub(super) fn reply(&mut self, request: &Message, status: u16, tag: &str, sdp: Option<&Sdp>) {
        let mut response =
            Message::response_to(request, status, crate::cause::phrase(status), Some(tag));
        response.push("Contact", "<sip:bob@10.0.0.2:5062>");
        if let Some(sdp) = sdp {
            response.set_body("application/sdp", sdp.to_bytes());
        }
        self.bytes(&response.to_bytes());
    }
}
