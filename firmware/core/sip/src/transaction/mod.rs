//! The transaction layer (RFC 3261 §17, RFC 6026): retransmits, absorbs, matches.

mod client;
mod server;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use telephony::{Duration, Instant};

use crate::cause::phrase;
use crate::ids::Ids;
use crate::message::{Message, Method, Uri, Via, host_ip, host_of};
use crate::timer::{T1, Timers};
use crate::{Flow, Timer, Transport};

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
    Request { tx: ServerId, request: Box<Message>, flow: Flow },
    /// An ACK that is not for a failure response.
    Ack { request: Box<Message>, flow: Flow },
    /// A response; finals once, except the 2xx of INVITE, which come as often as they are received.
    Response { tx: ClientId, response: Box<Message> },
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
    advertised: Vec<(bool, std::net::IpAddr)>,
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
            advertised: advertised.into_iter().map(|ip| (ip.is_ipv6(), ip)).collect(),
            out: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Host and port of ours as the peer of `flow` should see them.
    pub(crate) fn our_address(&self, flow: Flow) -> (String, u16) {
        let ip = flow.local.ip();
        let shown = if ip.is_unspecified() { self.advertised.iter().find(|(v6, _)| *v6 == ip.is_ipv6()).map(|(_, ip)| *ip) } else { None };
        (host_of(shown.unwrap_or(ip)), flow.local.port())
    }

    /// Sends a request; its Via is added here. `None` when the table is full.
    pub(crate) fn send(&mut self, now: Instant, ids: &mut Ids, mut request: Message, flow: Flow) -> Option<ClientId> {
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
        let Some(client) = self.clients.get(&invite) else { return };
        if !matches!(client.state, client::State::Calling | client::State::Proceeding) {
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
        self.clients.get(&invite).is_some_and(|c| c.state == client::State::Proceeding)
    }

    /// The request of a client transaction as it was sent, and where.
    pub(crate) fn request_of(&self, tx: ClientId) -> Option<(&Message, Flow)> {
        self.clients.get(&tx).map(|client| (&client.request, client.flow))
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

    /// The INVITE a CANCEL is for (RFC 3261 §9.2).
    pub(crate) fn invite_of(&self, cancel: &Message) -> Option<ServerId> {
        self.server_keys.get(&server_key(&cancel.via()?, "INVITE")).copied()
    }

    /// A message arrived.
    pub(crate) fn receive(&mut self, now: Instant, mut message: Message, flow: Flow) {
        let Some(mut via) = message.via() else { return };
        let Some(method) = message.method() else { return self.receive_response(now, message, &via) };
        stamp(&mut via, flow);
        message.set_via(&via);
        let name = if method == Method::Ack { "INVITE".to_owned() } else { method.to_string() };
        let key = server_key(&via, &name);
        if let Some(&tx) = self.server_keys.get(&key) {
            let event = if method == Method::Ack { server::Event::Ack } else { server::Event::Again };
            if self.drive_server(now, tx, event, None) {
                self.events.push_back(TxEvent::Ack { request: Box::new(message), flow });
            }
            return;
        }
        if method == Method::Ack {
            self.events.push_back(TxEvent::Ack { request: Box::new(message), flow });
            return;
        }
        if !via.branch().starts_with(COOKIE) || via.branch().len() == COOKIE.len() {
            return self.reject(&message, flow, 400, "Branch Without Magic Cookie");
        }
        if self.servers.len() >= self.limit {
            return self.reject(&message, flow, 503, phrase(503));
        }
        let merge_key = (message.to_tag().is_none() && method != Method::Cancel)
            .then(|| format!("{} {} {name} {}", message.call_id(), message.cseq_number(), message.from_tag()));
        if merge_key.as_ref().is_some_and(|k| self.merge_keys.contains_key(k)) {
            // The same request by another path (RFC 3261 §8.2.2.2).
            return self.reject(&message, flow, 482, phrase(482));
        }
        let tx = ServerId(self.fresh_id());
        let invite = method == Method::Invite;
        let state = if invite { server::State::Proceeding } else { server::State::Trying };
        if let Some(merge_key) = &merge_key {
            self.merge_keys.insert(merge_key.clone(), tx);
        }
        self.server_keys.insert(key.clone(), tx);
        let reply_to = reply_flow(&via, flow);
        self.servers.insert(tx, Server { state, invite, last: None, reply_to, interval: T1, key, merge_key });
        self.events.push_back(TxEvent::Request { tx, request: Box::new(message), flow });
    }

    /// Answers without a transaction. 503 says when to come again.
    pub(crate) fn reject(&mut self, request: &Message, flow: Flow, status: u16, reason: &str) {
        let Some(via) = request.via() else { return };
        let mut response = Message::response_to(request, status, reason, Some("stateless"));
        if status == 503 {
            response.push("Retry-After", 5);
        }
        self.out.push_back((reply_flow(&via, flow), response.to_bytes()));
    }

    /// Nothing can be sent on `flow`.
    pub(crate) fn transport_failed(&mut self, now: Instant, flow: Flow) {
        let hit: Vec<ClientId> = self.clients.iter().filter(|(_, c)| c.flow == flow).map(|(id, _)| *id).collect();
        for tx in hit {
            self.drive_client(now, tx, client::Event::TransportFailed, None);
        }
    }

    /// Fires timers that are due.
    pub(crate) fn expire(&mut self, now: Instant) {
        while let Some((tx, timer)) = self.timers.expired(now) {
            match tx {
                Tx::Client(tx) => self.drive_client(now, tx, client::Event::Timer(timer), None),
                Tx::Server(tx) => drop(self.drive_server(now, tx, server::Event::Timer(timer), None)),
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
        format!("SIP/2.0/{} {host}:{port};branch={branch};rport", flow.transport.name())
    }

    fn start_client(&mut self, now: Instant, request: Message, flow: Flow, branch: &str) -> ClientId {
        let tx = ClientId(self.fresh_id());
        let method = request.method().unwrap_or(Method::Options);
        let key = format!("{branch} {method}");
        let (state, actions) = client::start(method == Method::Invite, flow.transport.is_reliable());
        let bytes = request.to_bytes();
        let client = Client { state, request, bytes, flow, interval: T1, ack: None, key: key.clone() };
        self.clients.insert(tx, client);
        self.client_keys.insert(key, tx);
        self.act_client(now, tx, actions, None);
        tx
    }

    fn receive_response(&mut self, now: Instant, response: Message, via: &Via) {
        // More than one Via: it was meant for somebody else (RFC 3261 §8.1.3.3).
        let Some((_, method)) = response.cseq() else { return };
        let key = format!("{} {method}", via.branch());
        let Some(&tx) = self.client_keys.get(&key).filter(|_| response.via_count() == 1) else {
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

    fn drive_client(&mut self, now: Instant, tx: ClientId, event: client::Event, response: Option<Message>) {
        let Some(client) = self.clients.get_mut(&tx) else { return };
        let invite = client.request.method() == Some(Method::Invite);
        let step = if invite { client::invite } else { client::non_invite };
        let (state, actions) = step(client.state, event, client.flow.transport.is_reliable());
        if state != client.state {
            tracing::debug!(tx = tx.0, "client {:?} => {state:?} on {event:?}", client.state);
            client.state = state;
        }
        self.act_client(now, tx, actions, response);
        if state == client::State::Gone {
            self.remove_client(tx);
        }
    }

    fn act_client(&mut self, now: Instant, tx: ClientId, actions: Vec<client::Action>, response: Option<Message>) {
        for action in actions {
            let Some(client) = self.clients.get_mut(&tx) else { return };
            let key = |timer| (Tx::Client(tx), timer);
            match action {
                client::Action::Send => self.out.push_back((client.flow, client.bytes.clone())),
                client::Action::Ack => {
                    let made = || response.as_ref().map(|response| failure_ack(&client.request, response).to_bytes());
                    client.ack = client.ack.take().or_else(made);
                    self.out.extend(client.ack.clone().map(|ack| (client.flow, ack)));
                }
                client::Action::Deliver => {
                    if let Some(response) = &response {
                        self.events.push_back(TxEvent::Response { tx, response: Box::new(response.clone()) });
                    }
                }
                client::Action::Fail(status) => self.events.push_back(TxEvent::Failed { tx, status }),
                client::Action::Overdue => self.events.push_back(TxEvent::Overdue { tx }),
                client::Action::Set(timer, after) => self.timers.set(now, key(timer), after),
                client::Action::Double(timer, most) => {
                    client.interval = (client.interval * 2).min(most);
                    self.timers.set(now, key(timer), client.interval);
                }
                client::Action::Stop(timer) => self.timers.stop(key(timer)),
            }
        }
    }

    fn remove_client(&mut self, tx: ClientId) {
        if let Some(client) = self.clients.remove(&tx) {
            self.client_keys.remove(&client.key);
            for timer in [Timer::A, Timer::B, Timer::C, Timer::D, Timer::E, Timer::F, Timer::K, Timer::M, Timer::CancelDone] {
                self.timers.stop((Tx::Client(tx), timer));
            }
            self.events.push_back(TxEvent::Gone { tx });
        }
    }

    /// Returns whether an ACK is for the user agent.
    fn drive_server(&mut self, now: Instant, tx: ServerId, event: server::Event, response: Option<&Message>) -> bool {
        let Some(server) = self.servers.get_mut(&tx) else { return false };
        let step = if server.invite { server::invite } else { server::non_invite };
        let (state, actions) = step(server.state, event, server.reply_to.transport == Transport::Tcp);
        if state != server.state {
            tracing::debug!(tx = tx.0, "server {:?} => {state:?} on {event:?}", server.state);
            server.state = state;
        }
        let mut pass_ack = false;
        for action in actions {
            let key = |timer| (Tx::Server(tx), timer);
            match action {
                server::Action::Respond => {
                    server.last = response.map(Message::to_bytes);
                    self.out.extend(server.last.clone().map(|bytes| (server.reply_to, bytes)));
                }
                server::Action::Repeat => self.out.extend(server.last.clone().map(|bytes| (server.reply_to, bytes))),
                server::Action::PassAck => pass_ack = true,
                server::Action::Set(timer, after) => self.timers.set(now, key(timer), after),
                server::Action::Double(timer, most) => {
                    server.interval = (server.interval * 2).min(most);
                    self.timers.set(now, key(timer), server.interval);
                }
                server::Action::Stop(timer) => self.timers.stop(key(timer)),
            }
        }
        if state == server::State::Gone
            && let Some(server) = self.servers.remove(&tx)
        {
            self.server_keys.remove(&server.key);
            if let Some(merge_key) = &server.merge_key {
                self.merge_keys.remove(merge_key);
            }
            for timer in [Timer::G, Timer::H, Timer::I, Timer::J, Timer::L] {
                self.timers.stop((Tx::Server(tx), timer));
            }
        }
        pass_ack
    }
}

fn server_key(via: &Via, method: &str) -> String {
    format!("{} {} {method}", via.branch(), via.sent_by())
}

/// Notes where a request really came from (RFC 3261 §18.2.1, RFC 3581 §4).
fn stamp(via: &mut Via, flow: Flow) {
    let asked = via.params.get("rport").is_some();
    if asked {
        via.params.set("rport", Some(flow.remote.port().to_string()));
    }
    via.params.remove("received");
    if asked || host_ip(&via.host) != Some(flow.remote.ip()) {
        via.params.set("received", Some(flow.remote.ip().to_string()));
    }
}

/// Where responses go (RFC 3261 §18.2.2, RFC 3581 §4): the connection, or the source address with rport or sent-by's port.
pub(crate) fn reply_flow(via: &Via, flow: Flow) -> Flow {
    let mut reply = flow;
    if flow.transport == Transport::Udp && via.params.get("rport").is_none() {
        reply.remote.set_port(via.port.unwrap_or(5060));
    }
    reply
}

/// A request of the same transaction: the ACK of a failure, or CANCEL (RFC 3261 §9.1, §17.1.1.3).
fn follow_up(invite: &Message, method: Method) -> Message {
    let uri = invite.uri().cloned().unwrap_or_else(|| Uri::sip("", "invalid"));
    let mut request = Message::request(method, uri);
    for name in ["Via", "Max-Forwards", "From", "Call-ID", "Route"] {
        for value in invite.all(name) {
            request.push(name, value);
        }
    }
    request.push("CSeq", format!("{} {method}", invite.cseq_number()));
    request
}

fn failure_ack(invite: &Message, response: &Message) -> Message {
    let mut ack = follow_up(invite, Method::Ack);
    ack.push("To", response.get("To").unwrap_or(""));
    ack
}
