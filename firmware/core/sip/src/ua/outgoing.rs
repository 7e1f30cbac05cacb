//! Outgoing calls: one INVITE to each contact, the first 2xx wins.

use telephony::{CallerId, Cause, Instant, Presentation};

use super::api::{InviteId, Target, TrunkId};
use super::core::{ALLOW, SUPPORTED};
use super::incoming::{Body, body_of};
use super::usage::{Fork, MAX_EARLY, SentAck, State, Usage};
use super::{Owner, UaEvent, UserAgent};
use crate::cause::{from_reason, from_status, reason_value};
use crate::dialog::Dialog;
use crate::message::{Message, Method, NameAddr, Uri, host_ip};
use crate::sdp::Sdp;
use crate::transaction::ClientId;
use crate::{Flow, Transport};

/// Contacts one call rings at once.
const MAX_FORKS: usize = 16;
/// The Reason of CANCELs to the phones that lost (RFC 3326 §3.1).
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// One place to call.
struct Place {
    uri: Uri,
    flow: Flow,
    behind_nat: bool,
}

/// The parts all INVITEs of one call share.
struct Parties {
    from: NameAddr,
    to: NameAddr,
    private: bool,
}

impl UserAgent {
    pub(super) fn invite(
        &mut self,
        now: Instant,
        id: InviteId,
        target: &Target,
        caller: &CallerId,
        called: &str,
        offer: &Sdp,
    ) {
        if self.usages.contains_key(&id) {
            return;
        }
        let mut usage = Usage::new(id, State::Calling);
        if let Target::Trunk(trunk) = target {
            usage.trunk = Some(*trunk);
        }
        self.usages.insert(id, usage);
        self.live += 1;
        let places = match self.places(now, target, called) {
            Ok(places) => places,
            Err((cause, status)) => return self.over(id, cause, status),
        };
        let parties = self.parties(target, caller, called);
        for place in places {
            let request = self.make_invite(&place, &parties, offer);
            self.start_fork(now, id, request, place.flow, place.behind_nat, 0);
        }
        if self
            .usages
            .get(&id)
            .is_none_or(|usage| usage.forks.is_empty())
        {
            self.over(id, Cause::SwitchingCongestion, Some(503));
        }
    }

    /// Where an INVITE to `target` would go first; `None` when nobody is there. The owner chooses its media address by it.
    pub fn remote(&self, now: Instant, target: &Target) -> Option<std::net::SocketAddr> {
        let places = self.places(now, target, "").ok()?;
        places.first().map(|place| place.flow.remote)
    }

    fn places(
        &self,
        now: Instant,
        target: &Target,
        called: &str,
    ) -> Result<Vec<Place>, (Cause, Option<u16>)> {
        let unreachable = (Cause::NoRouteToDestination, None);
        match target {
            Target::Account(user) => {
                let bindings = self
                    .registrar
                    .bindings(now, user)
                    .into_iter()
                    .take(MAX_FORKS);
                let place = |b: crate::registrar::Binding<Flow>| {
                    let uri = Uri::parse(&b.uri)?;
                    let behind_nat = host_ip(&uri.host) != Some(b.flow.remote.ip());
                    Some(Place {
                        uri,
                        flow: b.flow,
                        behind_nat,
                    })
                };
                let places: Vec<Place> = bindings.filter_map(place).collect();
                if places.is_empty() {
                    Err((Cause::SubscriberAbsent, None))
                } else {
                    Ok(places)
                }
            }
            Target::Uri(text) => {
                let uri = Uri::parse(text).ok_or((Cause::InvalidNumberFormat, None))?;
                let tcp = uri
                    .params
                    .get("transport")
                    .is_some_and(|t| t.eq_ignore_ascii_case("tcp"));
                let transport = if tcp { Transport::Tcp } else { Transport::Udp };
                let flow = uri
                    .address()
                    .and_then(|remote| self.core.flow_to(transport, remote))
                    .ok_or(unreachable)?;
                Ok(vec![Place {
                    uri,
                    flow,
                    behind_nat: false,
                }])
            }
            Target::Trunk(trunk) => {
                let trunk = &self.trunks.get(trunk).ok_or(unreachable)?.trunk;
                let flow = self
                    .core
                    .flow_to(trunk.transport, trunk.remote)
                    .ok_or(unreachable)?;
                Ok(vec![Place {
                    uri: Uri::sip(called, &trunk.domain),
                    flow,
                    behind_nat: false,
                }])
            }
        }
    }

    fn parties(&self, target: &Target, caller: &CallerId, called: &str) -> Parties {
        let private = caller.presentation != Presentation::Allowed;
        let domain = self.core.config.domain.clone();
        let trunk = match target {
            Target::Trunk(id) => self.trunks.get(id).map(|client| &client.trunk),
            _ => None,
        };
        let host = trunk.map_or(domain, |trunk| trunk.domain.clone());
        let to = match target {
            Target::Account(user) => NameAddr::new(Uri::sip(user, &host)),
            Target::Trunk(_) => NameAddr::new(Uri::sip(called, &host)),
            Target::Uri(uri) => {
                NameAddr::new(Uri::parse(uri).unwrap_or_else(|| Uri::sip(called, &host)))
            }
        };
        let login = trunk
            .and_then(|trunk| trunk.credentials.as_ref())
            .map(|credentials| credentials.user.clone());
        // A provider knows its customer by From; to our own phones an unknown caller is anonymous (RFC 3323 §4.1.1.3).
        let mut from = match login {
            Some(user) => NameAddr::new(Uri::sip(&user, &host)),
            None if private || caller.number.is_empty() => {
                NameAddr::new(Uri::sip("anonymous", "anonymous.invalid"))
            }
            None => NameAddr::new(Uri::sip(&caller.number, &host)),
        };
        let name = if caller.name.is_empty() {
            caller.number.as_str()
        } else {
            caller.name.as_str()
        };
        from.display = if private {
            "Anonymous".to_owned()
        } else {
            name.to_owned()
        };
        Parties { from, to, private }
    }

    fn make_invite(&mut self, place: &Place, parties: &Parties, offer: &Sdp) -> Message {
        let mut from = parties.from.clone();
        let tag = self.core.ids.token();
        from.params.set("tag", Some(tag));
        let mut uri = place.uri.clone();
        uri.headers.clear();
        let mut request = Message::request(Method::Invite, uri);
        request.push("Max-Forwards", 70);
        request.push("From", from);
        request.push("To", &parties.to);
        request.push("Call-ID", self.core.ids.token());
        request.push("CSeq", "1 INVITE");
        request.push("Contact", self.core.contact(place.flow));
        request.push("Allow", ALLOW);
        request.push("Supported", SUPPORTED);
        request.push("User-Agent", &self.core.config.user_agent);
        if parties.private {
            request.push("Privacy", "id");
        }
        request.set_body("application/sdp", offer.to_bytes());
        request
    }

    fn start_fork(
        &mut self,
        now: Instant,
        id: InviteId,
        request: Message,
        flow: Flow,
        behind_nat: bool,
        auth_tries: u8,
    ) {
        let (local_tag, call_id) = (request.from_tag(), request.call_id().to_owned());
        let Some(client) = self.core.layer.send(now, &mut self.core.ids, request, flow) else {
            return;
        };
        self.clients.insert(client, Owner::Fork(id));
        self.tags.insert(local_tag.clone(), id);
        let early = Vec::new();
        let fork = Fork {
            client,
            local_tag,
            call_id,
            flow,
            behind_nat,
            done: false,
            gone: false,
            cancel: None,
            auth_tries,
            early,
        };
        if let Some(usage) = self.usages.get_mut(&id) {
            usage.forks.push(fork);
        }
    }

    pub(super) fn fork_response(
        &mut self,
        now: Instant,
        id: InviteId,
        tx: ClientId,
        response: &Message,
    ) {
        match response.status() {
            ..200 => self.fork_provisional(now, id, tx, response),
            200..300 => self.fork_answered(now, id, tx, response),
            status => {
                let trunk = self.usages.get(&id).and_then(|usage| usage.trunk);
                if let (401 | 407, Some(trunk)) = (status, trunk)
                    && self.fork_again(now, id, tx, trunk, response)
                {
                    return;
                }
                self.fork_failed(now, id, tx, status, from_reason(response));
            }
        }
    }

    fn fork_provisional(&mut self, now: Instant, id: InviteId, tx: ClientId, response: &Message) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let state = usage.state;
        let Some(fork) = usage.fork_mut(tx) else {
            return;
        };
        if let Some(reason) = fork.cancel.take() {
            return self.core.layer.cancel(now, tx, Some(reason));
        }
        if state != State::Calling {
            return;
        }
        let early = match (body_of(response), response.to_tag()) {
            (Body::Sdp(sdp), Some(tag)) => Some((tag, sdp)),
            _ => None,
        };
        if let Some((tag, sdp)) = early {
            fork.early.retain(|(known, _)| *known != tag);
            fork.early.truncate(MAX_EARLY - 1);
            fork.early.push((tag, sdp.clone()));
            self.core.tell(UaEvent::Progress { id, sdp });
        }
        if response.status() == 180 && !usage.alerting {
            usage.alerting = true;
            self.core.tell(UaEvent::Alerting { id });
        }
    }

    /// A 2xx: the first one is the answer, a repeated one gets its ACK again, a late one is hung up (RFC 3261 §13.2.2.4).
    fn fork_answered(&mut self, now: Instant, id: InviteId, tx: ClientId, response: &Message) {
        let Some((invite, _)) = self.core.layer.request_of(tx) else {
            return;
        };
        let invite = invite.clone();
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
        let wins = usage.state == State::Calling;
        let Some(fork) = usage.fork_mut(tx) else {
            return;
        };
        fork.done = true;
        let early = fork
            .early
            .iter()
            .find(|(known, _)| *known == tag)
            .map(|(_, sdp)| sdp.clone());
        let made = Dialog::uac(&invite, response, fork.flow, fork.behind_nat);
        let Some(mut dialog) = made else {
            tracing::info!(call = id.0, "2xx without tag or Contact");
            return self.fork_failed(now, id, tx, 502, None);
        };
        let hop = dialog.next_hop();
        let mut ack = dialog.ack(cseq);
        copy_authorization(&invite, &mut ack);
        let bytes = self.core.layer.send_ack(&mut self.core.ids, ack, hop);
        usage.remember_ack(SentAck {
            remote_tag: tag,
            cseq,
            flow: hop,
            bytes,
        });
        if !wins {
            let trunk = usage.trunk;
            return self.send_bye(now, &mut dialog, trunk, reason_value(Cause::NormalClearing));
        }
        usage.dialog = Some(dialog);
        usage.set_state(State::Confirmed);
        self.cancel_forks(now, id, ELSEWHERE);
        match (body_of(response), early) {
            (Body::Sdp(sdp), _) | (Body::None, Some(sdp)) => {
                self.core.tell(UaEvent::Answered { id, sdp })
            }
            _ => self.hang_up(now, id, Cause::BearerNotImplemented, Some(488)),
        }
    }

    /// Repeats a challenged INVITE with credentials. Whether it did.
    fn fork_again(
        &mut self,
        now: Instant,
        id: InviteId,
        tx: ClientId,
        trunk: TrunkId,
        response: &Message,
    ) -> bool {
        let Some((request, flow)) = self.core.layer.request_of(tx) else {
            return false;
        };
        let request = request.clone();
        let Some(usage) = self
            .usages
            .get_mut(&id)
            .filter(|usage| usage.state == State::Calling)
        else {
            return false;
        };
        let Some(fork) = usage.fork_mut(tx).filter(|fork| fork.auth_tries < 3) else {
            return false;
        };
        let (behind_nat, tries) = (fork.behind_nat, fork.auth_tries + 1);
        fork.done = true;
        let Some(again) = self.authorize(trunk, &request, response) else {
            return false;
        };
        self.start_fork(now, id, again, flow, behind_nat, tries);
        true
    }

    pub(super) fn fork_failed(
        &mut self,
        now: Instant,
        id: InviteId,
        tx: ClientId,
        status: u16,
        cause: Option<Cause>,
    ) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        if let Some(fork) = usage.fork_mut(tx) {
            fork.done = true;
        }
        if usage.state != State::Calling {
            return self.reap(id);
        }
        usage.note_failure(status, cause.unwrap_or_else(|| from_status(status)));
        let all_done = usage.forks.iter().all(|fork| fork.done);
        if !all_done && status >= 600 {
            // Nobody else need ring (RFC 3261 §16.7 step 5).
            self.cancel_forks(now, id, ELSEWHERE);
        }
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        if (all_done || status >= 600)
            && let Some((status, cause)) = usage.best
        {
            self.over(id, cause, Some(status));
        }
    }

    /// Cancels what still rings: now where a provisional response came, else as soon as one comes (RFC 3261 §9.1).
    pub(super) fn cancel_forks(&mut self, now: Instant, id: InviteId, reason: &str) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        for fork in usage.forks.iter_mut().filter(|fork| !fork.done) {
            if self.core.layer.may_cancel(fork.client) {
                self.core
                    .layer
                    .cancel(now, fork.client, Some(reason.to_owned()));
            } else {
                fork.cancel = Some(reason.to_owned());
            }
        }
    }
}

/// The ACK repeats the credentials of its INVITE (RFC 3261 §22.1).
pub(super) fn copy_authorization(invite: &Message, ack: &mut Message) {
    for name in ["Authorization", "Proxy-Authorization"] {
        if let Some(value) = invite.get(name) {
            ack.push(name, value);
        }
    }
}
