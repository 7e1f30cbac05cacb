//! Incoming calls: from INVITE to ACK.

use telephony::{CallerId, Duration, Instant, Presentation};

use super::api::{InviteId, TrunkId};
use super::core::{ALLOW, SUPPORTED, Waker};
use super::transfer::Replaced;
use super::usage::{Accepted2xx, Incoming, State, Usage};
use super::{UaEvent, UserAgent};
use crate::cause;
use crate::dialog::Dialog;
use crate::message::{Message, NameAddr};
use crate::sdp::{self, Sdp};
use crate::timer::{T1, T2, TRANSACTION_TIMEOUT};
use crate::transaction::ServerId;
use crate::{Flow, Timer};

/// A provisional response this often keeps proxies from giving up (RFC 3261 §13.3.1.1).
const PROVISIONAL_INTERVAL: Duration = Duration::from_secs(60);

/// What a body with an offer or answer is.
pub(super) enum Body {
    None,
    Sdp(Sdp),
    /// Not SDP, or encoded: 415.
    Unsupported,
    /// SDP that cannot be read: 400.
    Malformed,
}

pub(super) fn body_of(message: &Message) -> Body {
    if message.body.is_empty() {
        return Body::None;
    }
    let encoded = message
        .tokens("Content-Encoding")
        .any(|coding| !coding.eq_ignore_ascii_case("identity"));
    if encoded || message.content_type() != "application/sdp" {
        return Body::Unsupported;
    }
    sdp::parse(&message.body).map_or(Body::Malformed, Body::Sdp)
}

impl UserAgent {
    /// An INVITE outside a dialog.
    pub(super) fn incoming(&mut self, now: Instant, tx: ServerId, request: Message, flow: Flow) {
        if request
            .get("Max-Forwards")
            .is_some_and(|hops| hops.trim() == "0")
        {
            return self.core.reply(now, tx, &request, 483);
        }
        let trunk = self.trunk_of(&request, flow);
        let account = match trunk {
            Some(_) => None,
            None => match self.authenticate(now, tx, &request, 407) {
                Some(account) => Some(account),
                None => return,
            },
        };
        let Some(uri) = request.uri().filter(|uri| self.core.is_ours(uri)).cloned() else {
            return self.core.reply(now, tx, &request, 404);
        };
        let Some(offer) = self.offer_in(now, tx, &request) else {
            return;
        };
        let replaces = match self.replaced_by(&request) {
            Replaced::None => None,
            Replaced::Call(id) => Some(id),
            Replaced::Refused(status) => return self.core.reply(now, tx, &request, status),
        };
        if self.live >= self.core.config.limits.invites {
            return self
                .core
                .reply_with(now, tx, &request, 503, &[("Retry-After", "5")]);
        }
        let tag = self.core.ids.token();
        let contact = self.core.contact(flow);
        let Some(dialog) = Dialog::uas(&request, &tag, contact, flow) else {
            return self.core.reply(now, tx, &request, 400);
        };
        let id = self.new_invite_id();
        let trying = Message::response_to(&request, 100, cause::phrase(100), None);
        self.core.layer.respond(now, tx, &trying);
        let caller = match account.as_ref().and_then(|user| self.accounts.get(user)) {
            Some(account) => CallerId::new(&account.user, &account.display_name),
            None => caller_of(&request),
        };
        let mut usage = Usage::new(id, State::Offered);
        usage.dialog = Some(dialog);
        usage.trunk = trunk;
        usage.incoming = Some(Incoming {
            tx,
            request,
            last_provisional: None,
        });
        self.usages.insert(id, usage);
        self.live += 1;
        self.tags.insert(tag, id);
        self.offered.insert(tx, id);
        self.announce(
            id,
            account,
            trunk,
            caller,
            uri.user_text(),
            offer,
            replaces,
            flow,
        );
    }

    #[allow(clippy::too_many_arguments)]
    fn announce(
        &mut self,
        id: InviteId,
        account: Option<String>,
        trunk: Option<TrunkId>,
        caller: CallerId,
        called: String,
        offer: Option<Sdp>,
        replaces: Option<InviteId>,
        flow: Flow,
    ) {
        let source = flow.remote;
        self.core.tell(UaEvent::Incoming {
            id,
            account,
            trunk,
            caller,
            called,
            offer,
            replaces,
            source,
        });
    }

    /// The offer of an INVITE or UPDATE; the outer `None` when the body was refused (415, 400).
    pub(super) fn offer_in(
        &mut self,
        now: Instant,
        tx: ServerId,
        request: &Message,
    ) -> Option<Option<Sdp>> {
        match body_of(request) {
            Body::None => Some(None),
            Body::Sdp(sdp) => Some(Some(sdp)),
            Body::Malformed => {
                self.core.reply(now, tx, request, 400);
                None
            }
            Body::Unsupported => {
                let headers = [
                    ("Accept", "application/sdp"),
                    ("Accept-Encoding", "identity"),
                ];
                self.core.reply_with(now, tx, request, 415, &headers);
                None
            }
        }
    }

    /// 180 or 183.
    pub(super) fn provisional(
        &mut self,
        now: Instant,
        id: InviteId,
        status: u16,
        sdp: Option<Sdp>,
    ) {
        let Some(usage) = self
            .usages
            .get_mut(&id)
            .filter(|usage| usage.state == State::Offered)
        else {
            return;
        };
        let (Some(incoming), Some(dialog)) = (&mut usage.incoming, &usage.dialog) else {
            return;
        };
        let mut response = self
            .core
            .response(&incoming.request, status, dialog.local_tag());
        response.push("Contact", dialog.contact());
        response.push("Allow", ALLOW);
        // Without an offer in the INVITE there is nothing to answer before the 200.
        if let Some(sdp) = sdp.filter(|_| !incoming.request.body.is_empty()) {
            response.set_body("application/sdp", sdp.to_bytes());
        }
        self.core.layer.respond(now, incoming.tx, &response);
        incoming.last_provisional = Some(response);
        self.core.timers.set(
            now,
            (Waker::Call(id), Timer::Provisional),
            PROVISIONAL_INTERVAL,
        );
    }

    pub(super) fn repeat_provisional(&mut self, now: Instant, id: InviteId) {
        let Some(incoming) = self
            .usages
            .get(&id)
            .and_then(|usage| usage.incoming.as_ref())
        else {
            return;
        };
        if let Some(response) = &incoming.last_provisional {
            self.core.layer.respond(now, incoming.tx, response);
            self.core.timers.set(
                now,
                (Waker::Call(id), Timer::Provisional),
                PROVISIONAL_INTERVAL,
            );
        }
    }

    /// 200 to the INVITE.
    pub(super) fn answer(&mut self, now: Instant, id: InviteId, sdp: &Sdp) {
        let Some(usage) = self
            .usages
            .get_mut(&id)
            .filter(|usage| usage.state == State::Offered)
        else {
            return;
        };
        let Some(Incoming { tx, request, .. }) = usage.incoming.take() else {
            return;
        };
        usage.set_state(State::Accepted);
        self.offered.remove(&tx);
        self.core.timers.stop((Waker::Call(id), Timer::Provisional));
        self.accept(now, id, tx, &request, Some(sdp));
    }

    /// Sends a 2xx to an INVITE of either kind and repeats it until the ACK comes (RFC 3261 §13.3.1.4).
    pub(super) fn accept(
        &mut self,
        now: Instant,
        id: InviteId,
        tx: ServerId,
        request: &Message,
        sdp: Option<&Sdp>,
    ) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let Some(dialog) = &usage.dialog else { return };
        let mut response = self.core.response(request, 200, dialog.local_tag());
        response.push("Contact", dialog.contact());
        response.push("Allow", ALLOW);
        response.push("Supported", SUPPORTED);
        if let Some(sdp) = sdp {
            response.set_body("application/sdp", sdp.to_bytes());
        }
        self.core.layer.respond(now, tx, &response);
        let cseq = request.cseq_number();
        let answer_due = request.body.is_empty();
        usage.accepted = Some(Accepted2xx {
            tx,
            response,
            cseq,
            interval: T1,
            answer_due,
        });
        self.core
            .timers
            .set(now, (Waker::Call(id), Timer::Retransmit2xx), T1);
        self.core.timers.set(
            now,
            (Waker::Call(id), Timer::AckMissing),
            TRANSACTION_TIMEOUT,
        );
    }

    pub(super) fn repeat_2xx(&mut self, now: Instant, id: InviteId) {
        let Some(accepted) = self
            .usages
            .get_mut(&id)
            .and_then(|usage| usage.accepted.as_mut())
        else {
            return;
        };
        self.core
            .layer
            .respond(now, accepted.tx, &accepted.response);
        accepted.interval = (accepted.interval * 2).min(T2);
        self.core.timers.set(
            now,
            (Waker::Call(id), Timer::Retransmit2xx),
            accepted.interval,
        );
    }

    /// CANCEL: 200 to it, 487 to the INVITE, unless that has its final response (RFC 3261 §9.2).
    pub(super) fn cancelled(&mut self, now: Instant, tx: ServerId, request: &Message) {
        let Some(invite) = self.core.layer.invite_of(request) else {
            return self.core.reply(now, tx, request, 481);
        };
        self.core.reply(now, tx, request, 200);
        let Some(id) = self.offered.remove(&invite) else {
            return;
        };
        let cause = cause::from_reason(request).unwrap_or(telephony::Cause::NormalClearing);
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        if usage
            .peer_offer
            .as_ref()
            .is_some_and(|offer| offer.tx == invite)
        {
            self.refuse_peer_offer(now, id, 487);
        } else {
            self.refuse(now, id, 487, None);
            self.over(id, cause, Some(487));
        }
    }

    /// A failure response to the INVITE of an incoming call.
    pub(super) fn refuse(
        &mut self,
        now: Instant,
        id: InviteId,
        status: u16,
        reason: Option<String>,
    ) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let (Some(incoming), Some(dialog)) = (usage.incoming.take(), &usage.dialog) else {
            return;
        };
        let mut response = self
            .core
            .response(&incoming.request, status, dialog.local_tag());
        if let Some(reason) = reason {
            response.push("Reason", reason);
        }
        self.offered.remove(&incoming.tx);
        self.core.layer.respond(now, incoming.tx, &response);
    }
}

/// Who calls by a trunk: P-Asserted-Identity (RFC 3325) before From.
fn caller_of(request: &Message) -> CallerId {
    let asserted = request
        .get("P-Asserted-Identity")
        .and_then(NameAddr::parse_list)
        .and_then(|list| list.into_iter().next());
    let Some(from) = asserted.or_else(|| request.from()) else {
        return CallerId::default();
    };
    let number = from.uri.user_text();
    let mut caller = CallerId::new(&number, &from.display);
    let hidden = request.tokens("Privacy").any(|p| {
        p.split(';')
            .any(|p| matches!(p.trim(), "id" | "user" | "header"))
    });
    if hidden || number.eq_ignore_ascii_case("anonymous") {
        caller = CallerId {
            presentation: Presentation::Private,
            ..CallerId::default()
        };
    } else if number.is_empty() {
        caller.presentation = Presentation::Unavailable;
    }
    caller
}
