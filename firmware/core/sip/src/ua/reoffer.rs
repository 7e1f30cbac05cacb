//! New media within a call: re-INVITE and UPDATE both ways, and their glare (RFC 3261 §14, RFC 3311).

use telephony::{Cause, Duration, Instant};

use super::api::InviteId;
use super::core::{ALLOW, SUPPORTED, Waker};
use super::incoming::{Body, body_of};
use super::outgoing::copy_authorization;
use super::usage::{Ours, PeerOffer, SentAck, State};
use super::{Owner, UaEvent, UserAgent};
use crate::cause::{from_reason, from_status, to_status};
use crate::dialog::Role;
use crate::message::{Message, Method};
use crate::sdp::Sdp;
use crate::transaction::{ClientId, ServerId};
use crate::{Flow, Timer};

impl UserAgent {
    /// Our re-INVITE; waits while another offer of either side is under way.
    pub(super) fn reinvite(&mut self, now: Instant, id: InviteId, offer: Sdp) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        match (usage.state, &mut usage.ours) {
            (State::Accepted | State::Confirmed, Ours::Sent { next, .. }) => *next = Some(offer),
            (State::Accepted | State::Confirmed, Ours::Backoff(waiting)) => *waiting = offer,
            (State::Accepted | State::Confirmed, _) => {
                usage.ours = Ours::Queued(offer);
                self.next_offer(now, id);
            }
            _ => {}
        }
    }

    /// Sends the queued re-INVITE if nothing is in its way.
    pub(super) fn next_offer(&mut self, now: Instant, id: InviteId) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        if usage.state != State::Confirmed || usage.is_negotiating() {
            return;
        }
        let Ours::Queued(offer) = std::mem::replace(&mut usage.ours, Ours::Idle) else {
            return;
        };
        let Some(dialog) = &mut usage.dialog else {
            return;
        };
        let mut request = dialog.request(Method::Invite);
        request.push("Allow", ALLOW);
        request.push("Supported", SUPPORTED);
        request.push("User-Agent", &self.core.config.user_agent);
        request.set_body("application/sdp", offer.to_bytes());
        let hop = dialog.next_hop();
        self.send_reinvite(now, id, request, hop, offer, None, 0);
    }

    #[allow(clippy::too_many_arguments)]
    fn send_reinvite(
        &mut self,
        now: Instant,
        id: InviteId,
        request: Message,
        hop: Flow,
        offer: Sdp,
        next: Option<Sdp>,
        auth_tries: u8,
    ) {
        match self.core.layer.send(now, &mut self.core.ids, request, hop) {
            Some(client) => {
                self.clients.insert(client, Owner::Reinvite(id));
                if let Some(usage) = self.usages.get_mut(&id) {
                    usage.ours = Ours::Sent {
                        client,
                        offer,
                        next,
                        auth_tries,
                    };
                }
            }
            None => self.core.tell(UaEvent::ReofferAnswered {
                id,
                result: Err(Cause::SwitchingCongestion),
            }),
        }
    }

    pub(super) fn reinvite_after_glare(&mut self, now: Instant, id: InviteId) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        if let Ours::Backoff(offer) = &usage.ours {
            usage.ours = Ours::Queued(offer.clone());
            self.next_offer(now, id);
        }
    }

    pub(super) fn reinvite_response(
        &mut self,
        now: Instant,
        id: InviteId,
        tx: ClientId,
        response: &Message,
    ) {
        match response.status() {
            ..200 => {}
            200..300 => self.reinvite_answered(now, id, tx, response),
            _ if !self.is_current(id, tx) => {}
            status => {
                let trunk = self.usages.get(&id).and_then(|usage| usage.trunk);
                let again = match (status, trunk) {
                    (401 | 407, Some(trunk)) => {
                        let request = self
                            .core
                            .layer
                            .request_of(tx)
                            .map(|(request, flow)| (request.clone(), flow));
                        request.and_then(|(r, flow)| {
                            self.authorize(trunk, &r, response)
                                .map(|again| (again, flow))
                        })
                    }
                    _ => None,
                };
                match again {
                    Some((again, flow)) => self.reinvite_again(now, id, again, flow),
                    None if status == 491 => self.back_off(now, id),
                    None => self.reinvite_refused(now, id, status, from_reason(response)),
                }
            }
        }
    }

    fn reinvite_answered(&mut self, now: Instant, id: InviteId, tx: ClientId, response: &Message) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let (tag, cseq) = (
            response.to_tag().unwrap_or_default(),
            response.cseq_number(),
        );
        if let Some(ack) = usage
            .acks
            .iter()
            .find(|ack| ack.remote_tag == tag && ack.cseq == cseq)
        {
            return self.core.layer.send_raw(ack.flow, ack.bytes.clone());
        }
        let Some(dialog) = &mut usage.dialog else {
            return;
        };
        dialog.refresh(response);
        let mut ack = dialog.ack(cseq);
        if let Some((invite, _)) = self.core.layer.request_of(tx) {
            copy_authorization(invite, &mut ack);
        }
        let hop = dialog.next_hop();
        let bytes = self.core.layer.send_ack(&mut self.core.ids, ack, hop);
        usage.remember_ack(SentAck {
            remote_tag: tag,
            cseq,
            flow: hop,
            bytes,
        });
        let result = match body_of(response) {
            Body::Sdp(sdp) => Ok(sdp),
            _ => Err(Cause::BearerNotImplemented),
        };
        self.reinvite_done(now, id, result);
    }

    fn reinvite_again(&mut self, now: Instant, id: InviteId, again: Message, flow: Flow) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let Ours::Sent {
            offer,
            next,
            auth_tries,
            ..
        } = std::mem::replace(&mut usage.ours, Ours::Idle)
        else {
            return;
        };
        if auth_tries >= 3 {
            return self.reinvite_refused(now, id, 403, None);
        }
        if let Some(dialog) = &mut usage.dialog {
            dialog.local_seq = again.cseq_number();
        }
        self.send_reinvite(now, id, again, flow, offer, next, auth_tries + 1);
    }

    /// 491: the owner of the Call-ID waits 2.1 to 4 s, the other side 0 to 2 s, in steps of 10 ms (RFC 3261 §14.1).
    fn back_off(&mut self, now: Instant, id: InviteId) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let Ours::Sent { offer, next, .. } = std::mem::replace(&mut usage.ours, Ours::Idle) else {
            return;
        };
        usage.ours = Ours::Backoff(next.unwrap_or(offer));
        let steps = match usage.dialog.as_ref().map(|dialog| dialog.role) {
            Some(Role::Uac) => 210 + self.core.ids.below(191),
            _ => self.core.ids.below(201),
        };
        self.core.timers.set(
            now,
            (Waker::Call(id), Timer::Glare),
            Duration::from_millis(steps * 10),
        );
    }

    /// A refusal leaves the call as it was; 408 and 481 mean that the peer is gone (RFC 3261 §12.2.1.2).
    fn reinvite_refused(&mut self, now: Instant, id: InviteId, status: u16, cause: Option<Cause>) {
        let cause = cause.unwrap_or_else(|| from_status(status));
        self.reinvite_done(now, id, Err(cause));
        if matches!(status, 408 | 481)
            && self
                .usages
                .get(&id)
                .is_some_and(|u| u.state == State::Confirmed)
        {
            self.hang_up(now, id, cause, Some(status));
        }
    }

    pub(super) fn reinvite_failed(
        &mut self,
        now: Instant,
        id: InviteId,
        tx: ClientId,
        status: u16,
    ) {
        if self.is_current(id, tx) {
            self.reinvite_refused(now, id, status, None);
        }
    }

    /// Whether `tx` is the re-INVITE that is waited for, not one that was repeated with credentials since.
    fn is_current(&self, id: InviteId, tx: ClientId) -> bool {
        let ours = self.usages.get(&id).map(|usage| &usage.ours);
        matches!(ours, Some(Ours::Sent { client, .. }) if *client == tx)
    }

    fn reinvite_done(&mut self, now: Instant, id: InviteId, result: Result<Sdp, Cause>) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let Ours::Sent { next, .. } = std::mem::replace(&mut usage.ours, Ours::Idle) else {
            return;
        };
        self.core.tell(UaEvent::ReofferAnswered { id, result });
        if let Some(next) = next {
            self.reinvite(now, id, next);
        }
    }

    /// The peer's re-INVITE or UPDATE.
    pub(super) fn peer_offers(
        &mut self,
        now: Instant,
        id: InviteId,
        tx: ServerId,
        request: Message,
    ) {
        let Some(offer) = self.offer_in(now, tx, &request) else {
            return;
        };
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let update = request.method() == Some(Method::Update);
        if update && offer.is_none() {
            return self.answer_update(now, id, tx, &request, None);
        }
        if usage.peer_offer.is_some() || usage.state == State::Offered {
            // One at a time (RFC 3261 §14.2).
            let pause = self.core.ids.below(11).to_string();
            return self
                .core
                .reply_with(now, tx, &request, 500, &[("Retry-After", &pause)]);
        }
        if usage.accepted.is_some() || matches!(usage.ours, Ours::Sent { .. }) {
            return self.core.reply(now, tx, &request, 491);
        }
        if usage.state != State::Confirmed {
            return self.core.reply(now, tx, &request, 481);
        }
        if !update {
            let trying = Message::response_to(&request, 100, crate::cause::phrase(100), None);
            self.core.layer.respond(now, tx, &trying);
            self.offered.insert(tx, id);
        }
        usage.peer_offer = Some(PeerOffer { tx, request });
        self.core.tell(UaEvent::Reoffer { id, offer });
    }

    /// The owner's answer to it.
    pub(super) fn answer_reinvite(
        &mut self,
        now: Instant,
        id: InviteId,
        answer: Result<Sdp, Cause>,
    ) {
        let sdp = match answer {
            Ok(sdp) => sdp,
            Err(cause) => {
                self.refuse_peer_offer(now, id, to_status(cause));
                return self.next_offer(now, id);
            }
        };
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let Some(PeerOffer { tx, request }) = usage.peer_offer.take() else {
            return;
        };
        self.offered.remove(&tx);
        if request.method() == Some(Method::Update) {
            self.answer_update(now, id, tx, &request, Some(&sdp));
            return self.next_offer(now, id);
        }
        if let Some(dialog) = &mut usage.dialog {
            dialog.refresh(&request);
        }
        self.accept(now, id, tx, &request, Some(&sdp));
    }

    fn answer_update(
        &mut self,
        now: Instant,
        id: InviteId,
        tx: ServerId,
        request: &Message,
        sdp: Option<&Sdp>,
    ) {
        let Some(dialog) = self
            .usages
            .get_mut(&id)
            .and_then(|usage| usage.dialog.as_mut())
        else {
            return;
        };
        dialog.refresh(request);
        let mut response = self.core.response(request, 200, dialog.local_tag());
        response.push("Contact", dialog.contact());
        response.push("Allow", ALLOW);
        if let Some(sdp) = sdp {
            response.set_body("application/sdp", sdp.to_bytes());
        }
        self.core.layer.respond(now, tx, &response);
    }

    /// A failure to the peer's offer; the media stays as it was.
    pub(super) fn refuse_peer_offer(&mut self, now: Instant, id: InviteId, status: u16) {
        let Some(offer) = self
            .usages
            .get_mut(&id)
            .and_then(|usage| usage.peer_offer.take())
        else {
            return;
        };
        self.offered.remove(&offer.tx);
        self.core.reply(now, offer.tx, &offer.request, status);
    }
}
