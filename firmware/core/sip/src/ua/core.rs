//! What every part of the user agent uses: ids, transactions, timers, the way out.

use std::collections::VecDeque;

use telephony::Instant;

use super::api::{Config, InviteId, Output, TrunkId, UaEvent};
use crate::cause::phrase;
use crate::digest::Challenger;
use crate::ids::Ids;
use crate::message::{Message, Scheme, Uri, host_ip};
use crate::timer::Timers;
use crate::transaction::{Layer, ServerId};
use crate::{Flow, Timer, Transport};

/// Methods we take.
pub(super) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, REGISTER";
/// Extensions we know (RFC 3891).
pub(super) const SUPPORTED: &str = "replaces";
/// Bodies we read.
pub(super) const ACCEPT: &str = "application/sdp, application/dtmf-relay, application/dtmf";

/// Whose timer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Waker {
    Call(InviteId),
    Trunk(TrunkId),
    Stream(Flow),
}

#[derive(Debug)]
pub(super) struct Core {
    pub(super) config: Config,
    pub(super) ids: Ids,
    pub(super) layer: Layer,
    pub(super) timers: Timers<(Waker, Timer)>,
    pub(super) out: VecDeque<Output>,
    pub(super) challenger: Challenger,
}

impl Core {
    pub(super) fn new(config: Config, seed: [u8; 32]) -> Core {
        let mut ids = Ids::new(seed);
        let challenger =
            Challenger::new(ids.bytes(), &config.domain).offer_sha256(config.offer_sha256);
        let v4 = config.advertised_v4.map(std::net::IpAddr::V4);
        let v6 = config.advertised_v6.map(std::net::IpAddr::V6);
        let layer = Layer::new(
            config.limits.transactions,
            v4.into_iter().chain(v6).collect(),
        );
        Core {
            config,
            ids,
            layer,
            timers: Timers::new(),
            out: VecDeque::new(),
            challenger,
        }
    }

    pub(super) fn tell(&mut self, event: UaEvent) {
        self.out.push_back(Output::Event(event));
    }

    /// Our Contact towards the peer of `flow`.
    pub(super) fn contact(&self, flow: Flow) -> String {
        let (host, port) = self.layer.our_address(flow);
        let transport = if flow.transport == Transport::Tcp {
            ";transport=tcp"
        } else {
            ""
        };
        format!("<sip:{host}:{port}{transport}>")
    }

    /// A response with what all of ours have.
    pub(super) fn response(&self, request: &Message, status: u16, tag: &str) -> Message {
        let mut response = Message::response_to(request, status, phrase(status), Some(tag));
        response.push("Server", &self.config.user_agent);
        response
    }

    /// Answers a request outside calls, or a refusal within one.
    pub(super) fn reply(&mut self, now: Instant, tx: ServerId, request: &Message, status: u16) {
        self.reply_with(now, tx, request, status, &[]);
    }

    /// As `reply`, with more headers.
    pub(super) fn reply_with(
        &mut self,
        now: Instant,
        tx: ServerId,
        request: &Message,
        status: u16,
        headers: &[(&str, &str)],
    ) {
        let tag = self.ids.token();
        let mut response = self.response(request, status, &tag);
        for (name, value) in headers {
            response.push(name, value);
        }
        self.layer.respond(now, tx, &response);
    }

    /// The flow to `remote`: from our first listener of that transport and family.
    pub(super) fn flow_to(
        &self,
        transport: Transport,
        remote: std::net::SocketAddr,
    ) -> Option<Flow> {
        let fits = |(t, local): &&(Transport, std::net::SocketAddr)| {
            *t == transport && local.is_ipv6() == remote.is_ipv6()
        };
        let (_, local) = self.config.listeners.iter().find(fits)?;
        Some(Flow {
            transport,
            local: *local,
            remote,
        })
    }

    /// Whether a Request-URI means this box. Addresses always do: behind port forwarding we do not know them all.
    pub(super) fn is_ours(&self, uri: &Uri) -> bool {
        let names = &self.config.local_names;
        let is = |name: &str| name.eq_ignore_ascii_case(&uri.host);
        uri.scheme == Scheme::Tel
            || names.is_empty()
            || host_ip(&uri.host).is_some()
            || is(&self.config.domain)
            || names.iter().any(|name| is(name))
    }
}
