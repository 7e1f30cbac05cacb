//! Calls that stand, and how they end: ACK, BYE, INFO, and the timers of a call.

use telephony::{Cause, Digit, Instant};

use super::api::{InviteId, TrunkId};
use super::core::{ACCEPT, Waker};
use super::incoming::{Body, body_of};
use super::usage::{Ours, State};
use super::{Owner, UaEvent, UserAgent};
use crate::Timer;
use crate::cause::{from_reason, reason_value, to_status};
use crate::dialog::Dialog;
use crate::message::{Message, Method};
use crate::transaction::{ClientId, ServerId};

impl UserAgent {
    /// The ACK of a 2xx.
    pub(super) fn ack(&mut self, now: Instant, request: &Message) {
        let Some(id) = self.usage_of(request) else {
            return;
        };
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let Some(accepted) = usage
            .accepted
            .take_if(|accepted| accepted.cseq == request.cseq_number())
        else {
            return;
        };
        self.core
            .timers
            .stop((Waker::Call(id), Timer::Retransmit2xx));
        self.core.timers.stop((Waker::Call(id), Timer::AckMissing));
        match usage.state {
            State::Leaving(cause) => return self.say_bye(now, id, cause),
            State::Accepted => usage.set_state(State::Confirmed),
            _ => {}
        }
        if accepted.answer_due {
            match body_of(request) {
                Body::Sdp(sdp) => self.core.tell(UaEvent::AnswerReceived { id, sdp }),
                _ => return self.hang_up(now, id, Cause::BearerNotImplemented, None),
            }
        }
        self.next_offer(now, id);
    }

    /// BYE from the peer, in any state: whatever else is going on in the call ends with it (RFC 3261 §15.1.2).
    pub(super) fn bye(&mut self, now: Instant, id: InviteId, tx: ServerId, request: &Message) {
        self.core.reply(now, tx, request, 200);
        self.refuse_peer_offer(now, id, 487);
        self.refuse(now, id, 487, None);
        let cause = from_reason(request).unwrap_or(Cause::NormalClearing);
        self.over(id, cause, None);
    }

    /// A digit by INFO: `Signal=5` (application/dtmf-relay) or `5` (application/dtmf).
    pub(super) fn info(&mut self, now: Instant, id: InviteId, tx: ServerId, request: &Message) {
        if request.body.is_empty() {
            return self.core.reply(now, tx, request, 200);
        }
        let text = String::from_utf8_lossy(&request.body);
        let signal = match request.content_type().as_str() {
            "application/dtmf-relay" => text.lines().find_map(|line| {
                let (name, value) = line.split_once('=')?;
                name.trim()
                    .eq_ignore_ascii_case("signal")
                    .then(|| value.trim().to_owned())
            }),
            "application/dtmf" => Some(text.trim().to_owned()),
            _ => {
                return self
                    .core
                    .reply_with(now, tx, request, 415, &[("Accept", ACCEPT)]);
            }
        };
        let Some(digit) = signal.as_deref().and_then(digit_of) else {
            return self.core.reply(now, tx, request, 400);
        };
        self.core.reply(now, tx, request, 200);
        self.core.tell(UaEvent::Digit { id, digit });
    }

    /// Ends a call in whatever state.
    pub(super) fn release(&mut self, now: Instant, id: InviteId, cause: Cause) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        match usage.state {
            State::Calling => {
                usage.set_state(State::Cancelling);
                self.cancel_forks(now, id, &reason_value(cause));
                self.released(id, cause, None);
                self.reap(id);
            }
            State::Offered => {
                let status = to_status(cause);
                self.refuse(now, id, status, Some(reason_value(cause)));
                self.over(id, cause, Some(status));
            }
            State::Accepted => {
                usage.set_state(State::Leaving(cause));
                self.released(id, cause, None);
            }
            State::Confirmed => self.hang_up(now, id, cause, None),
            State::Cancelling | State::Leaving(_) | State::Over => {}
        }
    }

    /// BYE and the end of an answered call.
    pub(super) fn hang_up(
        &mut self,
        now: Instant,
        id: InviteId,
        cause: Cause,
        status: Option<u16>,
    ) {
        self.released(id, cause, status);
        self.refuse_peer_offer(now, id, 487);
        self.say_bye(now, id, cause);
    }

    fn say_bye(&mut self, now: Instant, id: InviteId, cause: Cause) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let trunk = usage.trunk;
        if let Some(mut dialog) = usage.dialog.take() {
            self.send_bye(now, &mut dialog, trunk, reason_value(cause));
            self.tags.remove(dialog.local_tag());
        }
        self.over(id, cause, None);
    }

    pub(super) fn send_bye(
        &mut self,
        now: Instant,
        dialog: &mut Dialog,
        trunk: Option<TrunkId>,
        reason: String,
    ) {
        let mut bye = dialog.request(Method::Bye);
        bye.push("Reason", reason);
        bye.push("User-Agent", &self.core.config.user_agent);
        let hop = dialog.next_hop();
        if let Some(tx) = self.core.layer.send(now, &mut self.core.ids, bye, hop) {
            self.clients.insert(tx, Owner::Bye(trunk));
        }
    }

    /// A trunk challenges our BYE.
    pub(super) fn bye_again(
        &mut self,
        now: Instant,
        tx: ClientId,
        trunk: TrunkId,
        response: &Message,
    ) {
        let Some((request, flow)) = self.core.layer.request_of(tx) else {
            return;
        };
        let request = request.clone();
        if let Some(again) = self.authorize(trunk, &request, response)
            && let Some(tx) = self.core.layer.send(now, &mut self.core.ids, again, flow)
        {
            self.clients.insert(tx, Owner::Bye(None));
        }
    }

    pub(super) fn call_timer(&mut self, now: Instant, id: InviteId, timer: Timer) {
        match timer {
            Timer::Retransmit2xx => self.repeat_2xx(now, id),
            Timer::Provisional => self.repeat_provisional(now, id),
            Timer::Glare => self.reinvite_after_glare(now, id),
            Timer::AckMissing => {
                self.core
                    .timers
                    .stop((Waker::Call(id), Timer::Retransmit2xx));
                if let Some(usage) = self.usages.get_mut(&id) {
                    usage.accepted = None;
                    self.hang_up(now, id, Cause::RecoveryOnTimerExpiry, None);
                }
            }
            Timer::TransferDone => {
                if self
                    .usages
                    .get(&id)
                    .is_some_and(|usage| usage.state == State::Confirmed)
                {
                    self.hang_up(now, id, Cause::NormalClearing, None);
                }
            }
            other => tracing::debug!(?other, "not a timer of a call"),
        }
    }

    /// Tells the owner, once.
    pub(super) fn released(&mut self, id: InviteId, cause: Cause, status: Option<u16>) {
        if let Some(usage) = self.usages.get_mut(&id)
            && !usage.told
        {
            usage.told = true;
            self.live -= 1;
            self.core.tell(UaEvent::Released { id, cause, status });
        }
    }

    /// Ends the call on our side; what must still be answered is kept until its transactions are gone.
    pub(super) fn over(&mut self, id: InviteId, cause: Cause, status: Option<u16>) {
        self.released(id, cause, status);
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        usage.set_state(State::Over);
        usage.accepted = None;
        usage.ours = Ours::Idle;
        for timer in [
            Timer::Retransmit2xx,
            Timer::AckMissing,
            Timer::Glare,
            Timer::Provisional,
            Timer::TransferDone,
        ] {
            self.core.timers.stop((Waker::Call(id), timer));
        }
        if let Some(dialog) = usage.dialog.take() {
            self.tags.remove(dialog.local_tag());
        }
        self.reap(id);
    }

    /// Forgets a call that is over once no straggler can come.
    pub(super) fn reap(&mut self, id: InviteId) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        if usage.state == State::Cancelling && usage.forks.iter().all(|fork| fork.gone) {
            usage.set_state(State::Over);
        }
        if usage.state == State::Over && usage.forks.iter().all(|fork| fork.gone) {
            for fork in &usage.forks {
                self.tags.remove(&fork.local_tag);
            }
            self.usages.remove(&id);
        }
    }
}

/// A character, or the event number some phones send for `*` (10) and `#` (11).
fn digit_of(signal: &str) -> Option<Digit> {
    let mut chars = signal.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Digit::from_char(c).ok(),
        _ => signal
            .parse::<u8>()
            .ok()
            .filter(|code| (10..16).contains(code))
            .and_then(Digit::from_event),
    }
}
