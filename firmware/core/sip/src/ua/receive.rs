//! Where messages go: requests by dialog and method, responses by the owner of their transaction.

use telephony::Instant;

use super::api::InviteId;
use super::core::{ACCEPT, ALLOW, SUPPORTED};
use super::{Owner, UserAgent};
use crate::Flow;
use crate::dialog::Order;
use crate::message::{Message, Method, Scheme};
use crate::transaction::{ClientId, ServerId};

impl UserAgent {
    pub(super) fn request(&mut self, now: Instant, tx: ServerId, request: Message, flow: Flow) {
        let Some(method) = request.method() else {
            return;
        };
        if method == Method::Cancel {
            return self.cancelled(now, tx, &request);
        }
        if let Some(unsupported) = unsupported(&request) {
            return self
                .core
                .reply_with(now, tx, &request, 420, &[("Unsupported", &unsupported)]);
        }
        if request.uri().is_some_and(|uri| uri.scheme == Scheme::Sips) {
            return self.core.reply(now, tx, &request, 416);
        }
        if request.to_tag().is_some() {
            return match self.usage_of(&request) {
                Some(id) => self.within(now, id, tx, request, flow),
                None if self.is_early(&request) => self.early(now, tx, &request, flow),
                None => self.core.reply(now, tx, &request, 481),
            };
        }
        match method {
            Method::Invite => self.incoming(now, tx, request, flow),
            Method::Register => self.register(now, tx, &request, flow),
            Method::Options => self.options(now, tx, &request),
            // Outside a dialog these mean nothing to us; an event we never subscribed to is gone (RFC 6665 §4.1.3).
            Method::Bye | Method::Info | Method::Update | Method::Notify => {
                self.core.reply(now, tx, &request, 481)
            }
            Method::Refer => self.core.reply(now, tx, &request, 403),
            _ => self
                .core
                .reply_with(now, tx, &request, 405, &[("Allow", ALLOW)]),
        }
    }

    fn options(&mut self, now: Instant, tx: ServerId, request: &Message) {
        let headers = [
            ("Allow", ALLOW),
            ("Accept", ACCEPT),
            ("Supported", SUPPORTED),
        ];
        self.core.reply_with(now, tx, request, 200, &headers);
    }

    /// The call whose dialog a request belongs to.
    pub(super) fn usage_of(&self, request: &Message) -> Option<InviteId> {
        let id = *self.tags.get(&request.to_tag()?)?;
        let usage = self.usages.get(&id)?;
        usage
            .dialog
            .as_ref()
            .filter(|dialog| dialog.owns(request))
            .map(|_| id)
    }

    /// Whether a request belongs to an early dialog of an INVITE of ours.
    fn is_early(&self, request: &Message) -> bool {
        let tag = request.to_tag().unwrap_or_default();
        let usage = self.tags.get(&tag).and_then(|id| self.usages.get(id));
        usage.is_some_and(|usage| {
            usage
                .forks
                .iter()
                .any(|f| f.local_tag == tag && !f.done && f.call_id == request.call_id())
        })
    }

    /// The called phone speaks before it answers: a bare UPDATE only names its target, which its 2xx will name again; an
    /// offer cannot be taken before ours is answered (RFC 3311 §5.2).
    fn early(&mut self, now: Instant, tx: ServerId, request: &Message, flow: Flow) {
        match request.method() {
            Some(Method::Options) => self.options(now, tx, request),
            Some(Method::Update) if request.body.is_empty() => {
                let contact = self.core.contact(flow);
                self.core.reply_with(
                    now,
                    tx,
                    request,
                    200,
                    &[("Contact", &contact), ("Allow", ALLOW)],
                );
            }
            Some(Method::Info) => self.core.reply(now, tx, request, 200),
            Some(Method::Update) => {
                self.core
                    .reply_with(now, tx, request, 500, &[("Retry-After", "3")])
            }
            _ => self.core.reply(now, tx, request, 481),
        }
    }

    /// A request within a call.
    fn within(&mut self, now: Instant, id: InviteId, tx: ServerId, request: Message, flow: Flow) {
        let Some(dialog) = self
            .usages
            .get_mut(&id)
            .and_then(|usage| usage.dialog.as_mut())
        else {
            return;
        };
        if dialog.check_cseq(&request) == Order::OutOfOrder {
            return self.core.reply(now, tx, &request, 500);
        }
        dialog.heard_on(flow);
        match request.method() {
            Some(Method::Bye) => self.bye(now, id, tx, &request),
            Some(Method::Invite | Method::Update) => self.peer_offers(now, id, tx, request),
            Some(Method::Info) => self.info(now, id, tx, &request),
            Some(Method::Refer) => self.refer(now, id, tx, &request),
            Some(Method::Options) => self.options(now, tx, &request),
            Some(Method::Notify) => self.core.reply(now, tx, &request, 481),
            _ => self
                .core
                .reply_with(now, tx, &request, 405, &[("Allow", ALLOW)]),
        }
    }

    pub(super) fn response(&mut self, now: Instant, tx: ClientId, response: &Message) {
        match self.clients.get(&tx) {
            Some(Owner::Fork(id)) => self.fork_response(now, *id, tx, response),
            Some(Owner::Reinvite(id)) => self.reinvite_response(now, *id, tx, response),
            Some(Owner::Bye(Some(trunk))) if matches!(response.status(), 401 | 407) => {
                let trunk = *trunk;
                self.bye_again(now, tx, trunk, response);
            }
            Some(Owner::Register(trunk)) => self.register_response(now, tx, *trunk, response),
            Some(Owner::Bye(_) | Owner::Notify) | None => {}
        }
    }

    pub(super) fn failed(&mut self, now: Instant, tx: ClientId, status: u16) {
        match self.clients.get(&tx) {
            Some(Owner::Fork(id)) => self.fork_failed(now, *id, tx, status, None),
            Some(Owner::Reinvite(id)) => self.reinvite_failed(now, *id, tx, status),
            Some(Owner::Register(trunk)) => self.register_failed(now, tx, *trunk, status),
            Some(Owner::Bye(_) | Owner::Notify) | None => {}
        }
    }

    pub(super) fn client_gone(&mut self, tx: ClientId) {
        if let Some(Owner::Fork(id)) = self.clients.remove(&tx) {
            if let Some(fork) = self
                .usages
                .get_mut(&id)
                .and_then(|usage| usage.fork_mut(tx))
            {
                fork.gone = true;
                fork.done = true;
            }
            self.reap(id);
        }
    }
}

/// The extensions a request requires that we do not know.
fn unsupported(request: &Message) -> Option<String> {
    let unknown: Vec<&str> = request
        .tokens("Require")
        .filter(|tag| !tag.eq_ignore_ascii_case(SUPPORTED))
        .collect();
    (!unknown.is_empty()).then(|| unknown.join(", "))
}
