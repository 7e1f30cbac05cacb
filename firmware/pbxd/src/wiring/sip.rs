//! SIP dialogs: events of the user agent as facts about legs, and offer and answer between.

use std::net::SocketAddr;

use call::{LegEvent, TransferTo};
use dialplan::{Device, Origin};
use sip::sdp::{self, LocalMedia, Negotiated, Sdp};
use sip::{Command, InviteId, ReferOutcome, ReferTo, Target, TrunkId, TrunkState, UaEvent};
use telephony::{CallerId, Cause, Codec, Instant, LegId, MediaDirection};

use super::{InHand, SipLeg, Way, Wiring};
use crate::signalling::{Notice, Output, Signalling};

/// Packet length offered, in milliseconds (RFC 3551 §4.2: the default of G.711).
const PTIME_MS: u16 = 20;

impl Signalling {
    /// Tells the user agent to do something.
    pub(crate) fn command(&mut self, now: Instant, command: Command) {
        self.ua.handle(now, sip::Input::Command(command));
    }

    /// A report of the user agent.
    pub(crate) fn ua_event(&mut self, now: Instant, event: UaEvent) {
        match event {
            UaEvent::Incoming {
                id,
                account,
                trunk,
                caller,
                called,
                offer,
                replaces,
                source,
            } => {
                self.wiring.in_hand = Some(InHand::Invite(id));
                let origin = self.origin(account, trunk);
                let replaces = replaces.and_then(|other| self.wiring.invites.get(&other).copied());
                let incoming = Incoming {
                    id,
                    origin,
                    caller,
                    called,
                    offer,
                    replaces,
                    source,
                };
                self.incoming(now, incoming);
            }
            UaEvent::Registered { account, contact } => {
                self.outputs
                    .push_back(Output::Notice(Notice::Registered { account, contact }));
            }
            UaEvent::Unregistered { account, contact } => {
                self.outputs
                    .push_back(Output::Notice(Notice::Unregistered { account, contact }));
            }
            UaEvent::TrunkState { trunk, state } => self.trunk_state(trunk, state),
            UaEvent::Alerting { id }
            | UaEvent::Progress { id, .. }
            | UaEvent::Answered { id, .. }
            | UaEvent::AnswerReceived { id, .. }
            | UaEvent::Reoffer { id, .. }
            | UaEvent::ReofferAnswered { id, .. }
            | UaEvent::Refer { id, .. }
            | UaEvent::Digit { id, .. }
            | UaEvent::Released { id, .. } => {
                // A dialog the switch has left is told no more than its own end.
                if let Some(&leg) = self.wiring.invites.get(&id) {
                    self.dialog_event(now, leg, event);
                }
            }
        }
    }

    fn dialog_event(&mut self, now: Instant, leg: LegId, event: UaEvent) {
        self.wiring.in_hand = Some(InHand::Leg(leg));
        match event {
            UaEvent::Alerting { .. } => self.leg_event(now, leg, LegEvent::Alerting),
            UaEvent::Progress { sdp, .. } => {
                // Early media that does not fit is not heard; the answer decides.
                if let Ok(agreed) = self.accept(leg, &sdp) {
                    self.open_rtp(leg, agreed);
                    self.leg_event(now, leg, LegEvent::Progress { early_media: true });
                }
            }
            UaEvent::Answered { sdp, .. } => match self.accept(leg, &sdp) {
                Ok(agreed) => {
                    self.open_rtp(leg, agreed);
                    self.leg_event(now, leg, LegEvent::Answer);
                }
                Err(cause) => self.end_leg(now, leg, cause),
            },
            UaEvent::AnswerReceived { sdp, .. } => match self.accept(leg, &sdp) {
                Ok(agreed) => self.open_rtp(leg, agreed),
                Err(cause) => self.end_leg(now, leg, cause),
            },
            UaEvent::Reoffer { id, offer } => self.reoffer(now, leg, id, offer),
            UaEvent::ReofferAnswered { result, .. } => {
                if let Ok(agreed) = result.and_then(|sdp| self.accept(leg, &sdp)) {
                    self.open_rtp(leg, agreed);
                }
            }
            UaEvent::Refer { id, to } => self.refer(now, leg, id, to),
            UaEvent::Digit { digit, .. } => {
                self.relay_digit(leg, digit);
                self.leg_event(now, leg, LegEvent::Digit(digit));
            }
            UaEvent::Released { cause, .. } => {
                self.release_bearer(now, leg, cause);
                self.leg_event(now, leg, LegEvent::Release(cause));
            }
            UaEvent::Incoming { .. }
            | UaEvent::Registered { .. }
            | UaEvent::Unregistered { .. }
            | UaEvent::TrunkState { .. } => {}
        }
    }

    fn origin(&self, account: Option<String>, trunk: Option<TrunkId>) -> Option<Origin> {
        if let Some(user) = account {
            return Some(Origin::Device(Device::Sip(user)));
        }
        let (name, _) = self
            .wiring
            .trunks
            .iter()
            .find(|(_, id)| Some(*id) == trunk)?;
        Some(Origin::Trunk(name.clone()))
    }

    fn incoming(&mut self, now: Instant, incoming: Incoming) {
        let Incoming {
            id,
            origin,
            caller,
            called,
            offer,
            replaces,
            source,
        } = incoming;
        let refuse =
            |station: &mut Self, cause| station.command(now, Command::Release { id, cause });
        let Some(origin) = origin else {
            return refuse(self, Cause::CallRejected);
        };
        let Some(mut leg) = self.new_sip_leg(id, source) else {
            return refuse(self, Cause::SwitchingCongestion);
        };
        if let Some(offer) = &offer
            && let Err(error) = sdp::answer(offer, &leg.local)
        {
            tracing::info!(%error, "the caller's media cannot be answered");
            self.wiring.rtp.give_back(leg.rtp);
            return refuse(self, Cause::BearerNotImplemented);
        }
        leg.offer = offer;
        let leg = self.adopt(leg);
        let dialled = Some(called);
        self.leg_event(
            now,
            leg,
            LegEvent::Setup {
                origin,
                caller,
                dialled,
                replaces,
            },
        );
    }

    /// Calls out over SIP.
    pub(super) fn invite(
        &mut self,
        now: Instant,
        leg: LegId,
        target: Target,
        caller: CallerId,
        called: String,
    ) {
        let Some(peer) = self.ua.remote(now, &target) else {
            return self.leg_event(now, leg, LegEvent::Release(Cause::SubscriberAbsent));
        };
        let id = self.ua.new_invite_id();
        let Some(sip) = self.new_sip_leg(id, peer) else {
            return self.leg_event(now, leg, LegEvent::Release(Cause::SwitchingCongestion));
        };
        let offer = sdp::offer(&sip.local);
        self.wiring.invites.insert(id, leg);
        self.wiring.rtp_legs.insert(sip.rtp, leg);
        self.wiring.legs.insert(leg, Way::Sip(Box::new(sip)));
        self.command(
            now,
            Command::Invite {
                id,
                target,
                caller,
                called,
                offer,
            },
        );
    }

    fn new_sip_leg(&mut self, invite: InviteId, peer: SocketAddr) -> Option<SipLeg> {
        // The session is taken last: what panics before does not keep it.
        let ours = (self.wiring.address_towards)(peer.ip());
        let (rtp, port) = self.wiring.rtp.take()?;
        let session_id = self.wiring.next_session;
        self.wiring.next_session += 1;
        let local = LocalMedia {
            rtp: SocketAddr::new(ours, port),
            codecs: Codec::ALL.to_vec(),
            events: true,
            direction: MediaDirection::SendRecv,
            session_id,
            version: 1,
            ptime_ms: PTIME_MS,
        };
        Some(SipLeg {
            invite,
            rtp,
            peer: peer.ip(),
            local,
            offer: None,
            agreed: None,
            held: false,
        })
    }

    /// A caller's dialog becomes a leg.
    fn adopt(&mut self, sip: SipLeg) -> LegId {
        let leg = self.switch.new_leg_id();
        self.wiring.invites.insert(sip.invite, leg);
        self.wiring.rtp_legs.insert(sip.rtp, leg);
        self.wiring.legs.insert(leg, Way::Sip(Box::new(sip)));
        leg
    }

    fn sip_leg(&mut self, leg: LegId) -> Option<&mut SipLeg> {
        match self.wiring.legs.get_mut(&leg) {
            Some(Way::Sip(sip)) => Some(sip),
            _ => None,
        }
    }

    pub(super) fn sip_alert(&mut self, now: Instant, leg: LegId) {
        if let Some(sip) = self.sip_leg(leg) {
            let id = sip.invite;
            self.command(now, Command::Ring { id });
        }
    }

    pub(super) fn sip_progress(&mut self, now: Instant, leg: LegId) {
        if let Some((id, sdp)) = self.answer_offer(leg) {
            self.command(now, Command::Progress { id, sdp });
        }
    }

    pub(super) fn sip_answer(&mut self, now: Instant, leg: LegId) {
        let answered = self.answer_offer(leg).or_else(|| {
            // An INVITE without offer gets ours in the 200; its answer comes with the ACK (RFC 3264 §4, RFC 3261 §13.2.1).
            let sip = self.sip_leg(leg)?;
            Some((sip.invite, sdp::offer(&sip.local)))
        });
        if let Some((id, sdp)) = answered {
            self.command(now, Command::Answer { id, sdp });
        }
    }

    /// The answer to the caller's offer, the same each time it is needed. The codec of the party it is bridged to is preferred, so
    /// that packets can pass undecoded.
    fn answer_offer(&mut self, leg: LegId) -> Option<(InviteId, Sdp)> {
        let Wiring { soon, bridges, .. } = &self.wiring;
        let partner = soon.get(&leg).or_else(|| bridges.get(&leg)).copied();
        let preferred = partner.and_then(|other| Some(self.sip_leg(other)?.agreed.as_ref()?.codec));
        let sip = self.sip_leg(leg)?;
        let offer = sip.offer.as_ref()?;
        let id = sip.invite;
        // What a 183 said binds the 200 (RFC 3261 §13.2.1).
        let preferred = sip.agreed.as_ref().map(|agreed| agreed.codec).or(preferred);
        let only = |codec| {
            sdp::answer(
                offer,
                &LocalMedia {
                    codecs: vec![codec],
                    ..sip.local.clone()
                },
            )
            .ok()
        };
        let (sdp, agreed) = preferred
            .and_then(only)
            .or_else(|| sdp::answer(offer, &sip.local).ok())?;
        if sip.agreed.is_none() {
            self.open_rtp(leg, agreed);
        }
        Some((id, sdp))
    }

    fn accept(&mut self, leg: LegId, answer: &Sdp) -> Result<Negotiated, Cause> {
        let sip = self.sip_leg(leg).ok_or(Cause::TemporaryFailure)?;
        sdp::accept(&sip.local, answer).map_err(|error| {
            tracing::info!(%leg, %error, "the far side's answer cannot be used");
            Cause::BearerNotImplemented
        })
    }

    fn reoffer(&mut self, now: Instant, leg: LegId, id: InviteId, offer: Option<Sdp>) {
        let Some(sip) = self.sip_leg(leg) else { return };
        sip.local.version += 1;
        let Some(offer) = offer else {
            let ours = match &sip.agreed {
                Some(agreed) => sdp::reoffer(&sip.local, agreed),
                None => sdp::offer(&sip.local),
            };
            return self.command(
                now,
                Command::AnswerReinvite {
                    id,
                    answer: Ok(ours),
                },
            );
        };
        // The codec in use is kept when the new offer still has it.
        let current = sip.agreed.as_ref().map(|agreed| agreed.codec);
        let only = |codec| {
            sdp::answer(
                &offer,
                &LocalMedia {
                    codecs: vec![codec],
                    ..sip.local.clone()
                },
            )
            .ok()
        };
        let answered = match current.and_then(only) {
            Some(answered) => Ok(answered),
            None => sdp::answer(&offer, &sip.local),
        };
        match answered {
            Ok((sdp, agreed)) => {
                let held = !matches!(
                    agreed.direction,
                    MediaDirection::SendRecv | MediaDirection::SendOnly
                );
                let change = (held != sip.held).then_some(held);
                sip.held = held;
                self.open_rtp(leg, agreed);
                self.command(
                    now,
                    Command::AnswerReinvite {
                        id,
                        answer: Ok(sdp),
                    },
                );
                match change {
                    Some(true) => self.leg_event(now, leg, LegEvent::Hold),
                    Some(false) => self.leg_event(now, leg, LegEvent::Resume),
                    None => {}
                }
            }
            Err(error) => {
                tracing::info!(%leg, %error, "the new media offer cannot be answered");
                let answer = Err(Cause::BearerNotImplemented);
                self.command(now, Command::AnswerReinvite { id, answer });
            }
        }
    }

    fn refer(&mut self, now: Instant, leg: LegId, id: InviteId, to: ReferTo) {
        let to = match to {
            ReferTo::Number(number) => TransferTo::Number(number),
            ReferTo::Replaces(other) => match self.wiring.invites.get(&other) {
                Some(&other) => TransferTo::Leg(other),
                None => {
                    let outcome = ReferOutcome::Failed(Cause::NoRouteToDestination);
                    return self.command(now, Command::ReferResult { id, outcome });
                }
            },
        };
        self.leg_event(now, leg, LegEvent::Transfer(to));
    }

    pub(super) fn sip_transfer_result(
        &mut self,
        now: Instant,
        leg: LegId,
        result: Result<(), Cause>,
    ) {
        let Some(sip) = self.sip_leg(leg) else { return };
        let id = sip.invite;
        let outcome = match result {
            Ok(()) => ReferOutcome::Accepted,
            Err(cause) => ReferOutcome::Failed(cause),
        };
        self.command(now, Command::ReferResult { id, outcome });
    }

    /// A digit that came by SIP INFO goes to the bridged party as a digit of its bearer.
    fn relay_digit(&mut self, leg: LegId, digit: telephony::Digit) {
        let Some(peer) = self.wiring.bridges.get(&leg) else {
            return;
        };
        let Some(bearer) = self.wiring.bearer(*peer) else {
            return;
        };
        let mut digits = telephony::Digits::EMPTY;
        if digits.push(digit).is_ok() {
            self.media(media::Command::SendDigits { bearer, digits });
        }
    }

    fn trunk_state(&mut self, trunk: TrunkId, state: TrunkState) {
        let Some((name, _)) = self.wiring.trunks.iter().find(|(_, id)| *id == trunk) else {
            return;
        };
        let (name, up) = (name.clone(), state == TrunkState::Up);
        self.outputs
            .push_back(Output::Notice(Notice::Trunk { name, up }));
    }
}

struct Incoming {
    id: InviteId,
    origin: Option<Origin>,
    caller: CallerId,
    called: String,
    offer: Option<Sdp>,
    replaces: Option<LegId>,
    source: SocketAddr,
}
