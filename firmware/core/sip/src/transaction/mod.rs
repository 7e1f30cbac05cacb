//! The transaction layer (RFC 3261 §17, RFC 6026): retransmits, absorbs, matches.

mod client;
mod drive;
mod matching;
mod server;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use telephony::{Duration, Instant};

use crate::cause::phrase;
use crate::ids::Ids;
use crate::message::{Message, Method, Via, host_of};
use crate::timer::{T1, Timers};
use crate::{Flow, Timer};
pub(crate) use matching::reply_flow;
use matching::{follow_up, server_key, stamp};

/// RFC 3261's magic cookie: branches that begin so are unique.
const COOKIE: &str = "z9hG4bK";

/// A client transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ClientId(u64);

/// A server transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ServerId(u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Tx {
    Client(ClientId),
    Server(ServerId),
}

/// What the user agent hears of transactions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TxEvent {
    /// A new request (never ACK).
    Request {
        tx: ServerId,
        request: Box<Message>,
        flow: Flow,
    },
    /// An ACK that is not for a failure response.
    Ack { request: Box<Message> },
    /// A response; finals once, except the 2xx of INVITE, which come as often as they are received.
    Response {
        tx: ClientId,
        response: Box<Message>,
    },
    /// No response (408), or the transport failed (503).
    Failed { tx: ClientId, status: u16 },
    /// An INVITE rang for 3 min without news: cancel it.
    Overdue { tx: ClientId },
    /// Nothing more will be heard of it.
    Gone { tx: ClientId },
}

#[derive(Debug)]
struct Client {
    state: client::State,
    request: Message,
    bytes: Vec<u8>,
    flow: Flow,
    interval: Duration,
    ack: Option<Vec<u8>>,
    key: String,
}

#[derive(Debug)]
struct Server {
    state: server::State,
    invite: bool,
    last: Option<Vec<u8>>,
    reply_to: Flow,
    interval: Duration,
    key: String,
    merge_key: Option<String>,
}

/// All transactions of the user agent.
#[derive(Debug)]
pub(crate) struct Layer {
    clients: HashMap<ClientId, Client>,
    client_keys: HashMap<String, ClientId>,
    servers: HashMap<ServerId, Server>,
    server_keys: HashMap<String, ServerId>,
    merge_keys: HashMap<String, ServerId>,
    timers: Timers<(Tx, Timer)>,
    next_id: u64,
    limit: usize,
    advertised: Vec<std::net::IpAddr>,
    out: VecDeque<(Flow, Vec<u8>)>,
    events: VecDeque<TxEvent>,
}

impl Layer {
    pub(crate) fn new(limit: usize, advertised: Vec<std::net::IpAddr>) -> Layer {
        Layer {
            clients: HashMap::new(),
            client_keys: HashMap::new(),
            servers: HashMap::new(),
            server_keys: HashMap::new(),
            merge_keys: HashMap::new(),
            timers: Timers::new(),
            next_id: 1,
            limit,
            advertised,
            out: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Host and port of ours as the peer of `flow` should see them.
    pub(crate) fn our_address(&self, flow: Flow) -> (String, u16) {
        let ip = flow.local.ip();
        let shown = if !ip.is_unspecified() {
            ip
        } else if flow.remote.ip().is_loopback() {
            flow.remote.ip()
        } else {
            let ours = self
                .advertised
                .iter()
                .find(|ours| ours.is_ipv6() == ip.is_ipv6());
            ours.copied().unwrap_or(ip)
        };
        (host_of(shown), flow.local.port())
    }

    /// Sends a request; its Via is added here. `None` when the table is full.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        ids: &mut Ids,
        mut request: Message,
        flow: Flow,
    ) -> Option<ClientId> {
        // Requests of our own that end calls must still find room when peers filled their share.
        if self.clients.len() >= self.limit.saturating_mul(2) {
            return None;
        }
        let branch = ids.branch();
        request.push_front("Via", self.via(flow, &branch));
        Some(self.start_client(now, request, flow, &branch))
    }

    /// Cancels an INVITE that a provisional response came for (RFC 3261 §9.1).
    pub(crate) fn cancel(&mut self, now: Instant, invite: ClientId, reason: Option<String>) {
        let Some(client) = self.clients.get(&invite) else {
            return;
        };
        if !matches!(
            client.state,
            client::State::Calling | client::State::Proceeding
        ) {
            return;
        }
        let (flow, key) = (client.flow, client.key.clone());
        let mut cancel = follow_up(&client.request, Method::Cancel);
        cancel.set("To", client.request.get("To").unwrap_or(""));
        if let Some(reason) = reason {
            cancel.push("Reason", reason);
        }
        let branch = key.split(' ').next().unwrap_or("").to_owned();
        self.start_client(now, cancel, flow, &branch);
        self.drive_client(now, invite, client::Event::Cancelled, None);
    }

    /// Whether a provisional response has come: only then may CANCEL be sent.
    pub(crate) fn may_cancel(&self, invite: ClientId) -> bool {
        self.clients
            .get(&invite)
            .is_some_and(|c| c.state == client::State::Proceeding)
    }

    /// The request of a client transaction as it was sent, and where.
    pub(crate) fn request_of(&self, tx: ClientId) -> Option<(&Message, Flow)> {
        self.clients
            .get(&tx)
            .map(|client| (&client.request, client.flow))
    }

    /// Sends something outside transactions: the ACK of a 2xx. Returns the bytes, to repeat them.
    pub(crate) fn send_ack(&mut self, ids: &mut Ids, mut ack: Message, flow: Flow) -> Vec<u8> {
        let branch = ids.branch();
        ack.push_front("Via", self.via(flow, &branch));
        let bytes = ack.to_bytes();
        self.out.push_back((flow, bytes.clone()));
        bytes
    }

    /// Sends bytes as they are.
    pub(crate) fn send_raw(&mut self, flow: Flow, bytes: Vec<u8>) {
        self.out.push_back((flow, bytes));
    }

    /// Answers a request.
    pub(crate) fn respond(&mut self, now: Instant, tx: ServerId, response: &Message) {
        let event = match response.status() {
            ..200 => server::Event::Provisional,
            200..300 => server::Event::Success,
            _ => server::Event::Failure,
        };
        self.drive_server(now, tx, event, Some(response));
    }

    /// Answers a request once and forgets it: no repetition for a lost answer, no memory. A request that comes again is a new one.
    pub(crate) fn respond_once(&mut self, tx: ServerId, response: &Message) {
        let Some(server) = self.servers.get(&tx) else {
            return;
        };
        self.out.push_back((server.reply_to, response.to_bytes()));
        self.remove_server(tx);
    }

    /// The INVITE a CANCEL is for (RFC 3261 §9.2).
    pub(crate) fn invite_of(&self, cancel: &Message) -> Option<ServerId> {
        self.server_keys
            .get(&server_key(&cancel.via()?, "INVITE"))
            .copied()
    }

    /// A message arrived.
    pub(crate) fn receive(&mut self, now: Instant, mut message: Message, flow: Flow) {
        let Some(mut via) = message.via() else { return };
        let Some(method) = message.method() else {
            return self.receive_response(now, message, &via);
        };
        stamp(&mut via, flow);
        message.set_via(&via);
        let name = if method == Method::Ack {
            "INVITE".to_owned()
        } else {
            method.to_string()
        };
        let key = server_key(&via, &name);
        if let Some(&tx) = self.server_keys.get(&key) {
            let event = if method == Method::Ack {
                server::Event::Ack
            } else {
                server::Event::Again
            };
            if self.drive_server(now, tx, event, None) {
                self.events.push_back(TxEvent::Ack {
                    request: Box::new(message),
                });
            }
            return;
        }
        if method == Method::Ack {
            self.events.push_back(TxEvent::Ack {
                request: Box::new(message),
            });
            return;
        }
        self.admit(method, message, &via, key, flow);
    }

    /// A request that belongs to no transaction starts one, unless it must not.
    fn admit(&mut self, method: Method, message: Message, via: &Via, key: String, flow: Flow) {
        if !via.branch().starts_with(COOKIE) || via.branch().len() == COOKIE.len() {
            return self.reject(&message, flow, 400, "Branch Without Magic Cookie");
        }
        let in_dialog = message.to_tag().is_some();
        // Calls that stand must be able to end while a flood of new ones is refused.
        let limit = if in_dialog {
            self.limit + self.limit / 4
        } else {
            self.limit
        };
        if self.servers.len() >= limit {
            return self.reject(&message, flow, 503, phrase(503));
        }
        let merge_key = (!in_dialog && method != Method::Cancel).then(|| {
            let (call_id, cseq) = (message.call_id(), message.cseq_number());
            format!("{call_id} {cseq} {method} {}", message.from_tag())
        });
        let tx = ServerId(self.fresh_id());
        if let Some(merge_key) = &merge_key {
            if self.merge_keys.contains_key(merge_key) {
                // The same request by another path (RFC 3261 §8.2.2.2).
                return self.reject(&message, flow, 482, phrase(482));
            }
            self.merge_keys.insert(merge_key.clone(), tx);
        }
        self.server_keys.insert(key.clone(), tx);
        let invite = method == Method::Invite;
        let state = if invite {
            server::State::Proceeding
        } else {
            server::State::Trying
        };
        let reply_to = reply_flow(via, flow);
        self.servers.insert(
            tx,
            Server {
                state,
                invite,
                last: None,
                reply_to,
                interval: T1,
                key,
                merge_key,
            },
        );
        self.events.push_back(TxEvent::Request {
            tx,
            request: Box::new(message),
            flow,
        });
    }

    /// Answers without a transaction. 503 says when to come again.
    pub(crate) fn reject(&mut self, request: &Message, flow: Flow, status: u16, reason: &str) {
        let Some(via) = request.via() else { return };
        let mut response = Message::response_to(request, status, reason, Some("stateless"));
        if status == 503 {
            response.push("Retry-After", 5);
        }
        self.out
            .push_back((reply_flow(&via, flow), response.to_bytes()));
    }

    /// Nothing can be sent on `flow`.
    pub(crate) fn transport_failed(&mut self, now: Instant, flow: Flow) {
        let hit: Vec<ClientId> = self
            .clients
            .iter()
            .filter(|(_, c)| c.flow == flow)
            .map(|(id, _)| *id)
            .collect();
        for tx in hit {
            self.drive_client(now, tx, client::Event::TransportFailed, None);
        }
    }

    /// Fires timers that are due.
    pub(crate) fn expire(&mut self, now: Instant) {
        while let Some((tx, timer)) = self.timers.expired(now) {
            match tx {
                Tx::Client(tx) => self.drive_client(now, tx, client::Event::Timer(timer), None),
                Tx::Server(tx) => {
                    self.drive_server(now, tx, server::Event::Timer(timer), None);
                }
            }
        }
    }

    pub(crate) fn next_timer(&self) -> Option<(Instant, Timer)> {
        self.timers.next().map(|(at, (_, timer))| (at, timer))
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<(Flow, Vec<u8>)> {
        self.out.pop_front()
    }

    pub(crate) fn poll_event(&mut self) -> Option<TxEvent> {
        self.events.pop_front()
    }

    /// Client and server transactions in the tables.
    #[cfg(test)]
    pub(crate) fn len(&self) -> (usize, usize) {
        (self.clients.len(), self.servers.len())
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn via(&self, flow: Flow, branch: &str) -> String {
        let (host, port) = self.our_address(flow);
        format!(
            "SIP/2.0/{} {host}:{port};branch={branch};rport",
            flow.transport.name()
        )
    }

    fn start_client(
        &mut self,
        now: Instant,
        request: Message,
        flow: Flow,
        branch: &str,
    ) -> ClientId {
        let tx = ClientId(self.fresh_id());
        let method = request.method().unwrap_or(Method::Options);
        let key = format!("{branch} {method}");
        let (state, actions) =
            client::start(method == Method::Invite, flow.transport.is_reliable());
        let bytes = request.to_bytes();
        let client = Client {
            state,
            request,
            bytes,
            flow,
            interval: T1,
            ack: None,
            key: key.clone(),
        };
        self.clients.insert(tx, client);
        self.client_keys.insert(key, tx);
        self.act_client(now, tx, actions, None);
        tx
    }

    fn receive_response(&mut self, now: Instant, response: Message, via: &Via) {
        // More than one Via: it was meant for somebody else (RFC 3261 §8.1.3.3).
        let Some((_, method)) = response.cseq() else {
            return;
        };
        let key = format!("{} {method}", via.branch());
        let Some(&tx) = self
            .client_keys
            .get(&key)
            .filter(|_| response.via_count() == 1)
        else {
            tracing::debug!(status = response.status(), "response without transaction");
            return;
        };
        let event = match response.status() {
            ..200 => client::Event::Provisional,
            200..300 => client::Event::Success,
            _ => client::Event::Failure,
        };
        self.drive_client(now, tx, event, Some(response));
    }
}
