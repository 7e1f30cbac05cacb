//! The user agent: calls, registrations and transfers made of transactions and dialogs.

mod api;
mod auth;
mod core;
mod incoming;
mod outgoing;
mod receive;
mod registration;
mod reoffer;
mod session;
#[cfg(test)]
mod tests;
mod transfer;
mod trunks;
mod usage;

use std::collections::{BTreeMap, HashMap};

pub use api::{
    Account, Command, Config, Credentials, Input, InviteId, Limits, Output, ReferOutcome, ReferTo,
    Target, Trunk, TrunkId, TrunkState, UaEvent,
};

use telephony::{Duration, Instant};

use self::core::{Core, Waker};
use crate::framing::{Frame, Malformed, StreamBuffer, parse};
use crate::message::NameAddr;
use crate::registrar::{self, Registrar};
use crate::transaction::{ClientId, ServerId, TxEvent, reply_flow};
use crate::{Flow, Timer};
use trunks::TrunkClient;
use usage::Usage;

/// A connection that never sent a whole message is closed after this.
const FIRST_MESSAGE: Duration = Duration::from_secs(32);
/// An idle connection is closed after this: longer than the longest registration, so a silent phone stays reachable.
const STREAM_IDLE: Duration = Duration::from_secs(3_600 * 3);

/// Whose client transaction it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// An INVITE of an outgoing call.
    Fork(InviteId),
    /// Our re-INVITE.
    Reinvite(InviteId),
    /// BYE: only challenges matter.
    Bye(Option<TrunkId>),
    /// NOTIFY of a transfer: nothing matters.
    Notify,
    /// REGISTER at a trunk.
    Register(TrunkId),
}

/// The SIP side of the box: a B2BUA half for each call, the registrar, and the client of the trunks.
///
/// No thread, no clock, no socket: [`handle`](Self::handle) what happened, then drain [`poll_output`](Self::poll_output),
/// then sleep until [`poll_timeout`](Self::poll_timeout).
///
/// Every call ends with one [`UaEvent::Released`], also after [`Command::Release`].
#[derive(Debug)]
pub struct UserAgent {
    core: Core,
    accounts: HashMap<String, Account>,
    registrar: Registrar<Flow>,
    usages: HashMap<InviteId, Usage>,
    /// Of them, those whose owner was not told that they are over.
    live: usize,
    /// Calls by our tag in their dialogs.
    tags: HashMap<String, InviteId>,
    /// INVITE server transactions without final response, for CANCEL.
    offered: HashMap<ServerId, InviteId>,
    clients: HashMap<ClientId, Owner>,
    streams: HashMap<Flow, StreamBuffer>,
    trunks: BTreeMap<TrunkId, TrunkClient>,
    next_invite: u64,
}

impl UserAgent {
    /// A user agent without accounts. `seed` makes tags, branches, Call-IDs and nonces unguessable.
    pub fn new(config: Config, seed: [u8; 32]) -> UserAgent {
        let limits = registrar::Limits {
            min_expires_s: config.limits.min_expires_s,
            max_expires_s: config.limits.max_expires_s,
            default_expires_s: config.limits.max_expires_s.min(3_600),
            contacts_per_user: 32,
            users: 2_000,
            total: 4_000,
        };
        UserAgent {
            core: Core::new(config, seed),
            accounts: HashMap::new(),
            registrar: Registrar::new(limits),
            usages: HashMap::new(),
            live: 0,
            tags: HashMap::new(),
            offered: HashMap::new(),
            clients: HashMap::new(),
            streams: HashMap::new(),
            trunks: BTreeMap::new(),
            next_invite: 1,
        }
    }

    /// A fresh id for [`Command::Invite`].
    pub fn new_invite_id(&mut self) -> InviteId {
        let id = InviteId(self.next_invite);
        self.next_invite += 1;
        id
    }

    /// The contact URIs `user` has registered.
    pub fn contacts(&self, now: Instant, user: &str) -> Vec<String> {
        self.registrar
            .bindings(now, user)
            .into_iter()
            .map(|binding| binding.uri)
            .collect()
    }

    /// Calls that are not over.
    pub fn calls(&self) -> usize {
        self.live
    }

    /// Takes an input. Timers that are due run first.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.expire(now);
        match input {
            Input::Datagram { flow, bytes } => self.datagram(now, flow, bytes),
            Input::Stream { flow, bytes } => self.stream(now, flow, bytes),
            Input::StreamClosed { flow } => self.stream_closed(now, flow),
            Input::TransmitFailed { flow } => {
                self.core.layer.transport_failed(now, flow);
                if flow.transport.is_reliable() {
                    self.stream_closed(now, flow);
                }
            }
            Input::Command(command) => self.command(now, command),
            Input::Timeout => {}
        }
        self.pump(now);
    }

    /// The next thing to do; drain after every [`handle`](Self::handle).
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some((flow, bytes)) = self.core.layer.poll_transmit() {
            return Some(Output::Transmit { flow, bytes });
        }
        self.core.out.pop_front()
    }

    /// When to wake up with [`Input::Timeout`], and why.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        let own = self.core.timers.next().map(|(at, (_, timer))| (at, timer));
        let registration = self
            .registrar
            .poll_timeout()
            .map(|at| (at, Timer::Registration));
        [self.core.layer.next_timer(), own, registration]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }

    fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Invite {
                id,
                target,
                caller,
                called,
                offer,
            } => self.invite(now, id, &target, &caller, &called, &offer),
            Command::Ring { id } => self.provisional(now, id, 180, None),
            Command::Progress { id, sdp } => self.provisional(now, id, 183, Some(sdp)),
            Command::Answer { id, sdp } => self.answer(now, id, &sdp),
            Command::Reinvite { id, offer } => self.reinvite(now, id, offer),
            Command::AnswerReinvite { id, answer } => self.answer_reinvite(now, id, answer),
            Command::Release { id, cause } => self.release(now, id, cause),
            Command::ReferResult { id, outcome } => self.refer_result(now, id, outcome),
            Command::SetTrunks(trunks) => self.set_trunks(now, trunks),
        }
    }

    fn expire(&mut self, now: Instant) {
        self.core.layer.expire(now);
        self.pump(now);
        while let Some((waker, timer)) = self.core.timers.expired(now) {
            match waker {
                Waker::Call(id) => self.call_timer(now, id, timer),
                Waker::Trunk(id) => self.register_trunk(now, id),
                Waker::Stream(flow) => {
                    self.core.out.push_back(Output::Close { flow });
                    self.stream_closed(now, flow);
                }
            }
            self.pump(now);
        }
        for (account, contact) in self.registrar.expire(now) {
            self.core.tell(UaEvent::Unregistered { account, contact });
        }
    }

    fn pump(&mut self, now: Instant) {
        while let Some(event) = self.core.layer.poll_event() {
            match event {
                TxEvent::Request { tx, request, flow } => self.request(now, tx, *request, flow),
                TxEvent::Ack { request } => self.ack(now, &request),
                TxEvent::Response { tx, response } => self.response(now, tx, &response),
                TxEvent::Failed { tx, status } => self.failed(now, tx, status),
                TxEvent::Overdue { tx } => self.core.layer.cancel(now, tx, None),
                TxEvent::Gone { tx } => self.client_gone(tx),
            }
        }
    }

    fn datagram(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        // Keep-alives of phones behind a NAT: line ends, or a few zero bytes.
        if bytes.iter().all(|b| matches!(b, b'\r' | b'\n' | 0 | b' ')) {
            return;
        }
        self.message(now, flow, bytes);
    }

    fn message(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        match parse(bytes) {
            Ok(message) => self.core.layer.receive(now, message, flow),
            Err(Malformed {
                status,
                reason,
                reply,
            }) => {
                tracing::debug!(%flow, status, reason, "malformed message");
                if let Some(mut reply) = reply {
                    let back = reply.via().map_or(flow, |via| reply_flow(&via, flow));
                    if let Some(mut to) = reply.get("To").and_then(NameAddr::parse)
                        && to.tag().is_none()
                    {
                        to.params.set("tag", Some(self.core.ids.token()));
                        reply.set("To", to);
                    }
                    if status == 501 || status == 405 {
                        reply.push("Allow", self::core::ALLOW);
                    }
                    self.core.layer.send_raw(back, reply.to_bytes());
                }
            }
        }
    }

    fn stream(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        if !self.streams.contains_key(&flow) {
            if self.streams.len() >= self.core.config.limits.streams {
                self.core.out.push_back(Output::Close { flow });
                return;
            }
            self.streams.insert(flow, StreamBuffer::new());
            self.core
                .timers
                .set(now, (Waker::Stream(flow), Timer::StreamIdle), FIRST_MESSAGE);
        }
        let frames = self
            .streams
            .get_mut(&flow)
            .map(|stream| stream.push(bytes))
            .unwrap_or_default();
        for frame in frames {
            match frame {
                Frame::Message(bytes) => {
                    self.core.timers.set(
                        now,
                        (Waker::Stream(flow), Timer::StreamIdle),
                        STREAM_IDLE,
                    );
                    self.message(now, flow, &bytes);
                }
                Frame::Ping => {
                    self.core.timers.set(
                        now,
                        (Waker::Stream(flow), Timer::StreamIdle),
                        STREAM_IDLE,
                    );
                    self.core.layer.send_raw(flow, b"\r\n".to_vec());
                }
                Frame::Broken(head) => {
                    // Answered where its headers can be read; then the connection is of no more use (RFC 3261 §18.3).
                    if let Ok(message) = parse(&head)
                        && message
                            .method()
                            .is_some_and(|m| m != crate::message::Method::Ack)
                    {
                        self.core.layer.reject(
                            &message,
                            flow,
                            400,
                            "Missing Or Malformed Content-Length",
                        );
                    } else {
                        self.message(now, flow, &head);
                    }
                    self.pump(now);
                    while let Some((flow, bytes)) = self.core.layer.poll_transmit() {
                        self.core.out.push_back(Output::Transmit { flow, bytes });
                    }
                    self.core.out.push_back(Output::Close { flow });
                    self.stream_closed(now, flow);
                    return;
                }
            }
        }
    }

    fn stream_closed(&mut self, now: Instant, flow: Flow) {
        self.streams.remove(&flow);
        self.core
            .timers
            .stop((Waker::Stream(flow), Timer::StreamIdle));
        self.core.layer.transport_failed(now, flow);
        for (account, contact) in self.registrar.remove_flow(&flow) {
            self.core.tell(UaEvent::Unregistered { account, contact });
        }
    }
}
