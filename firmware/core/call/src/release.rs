//! The end of legs and calls, from either side and in every state.

use dialplan::{Device, Route, Target};
use telephony::{CallId, Cause, Instant, LegId};

use crate::call::CallState;
use crate::leg::Leg;
use crate::transfer::Join;
use crate::{LegCommand, Switch};

impl Switch {
    /// Ends a call: attempts stop, parties with no other call are released, a phone with another one hears the cause's tone.
    pub(crate) fn end_call(&mut self, now: Instant, id: CallId, cause: Cause) {
        self.cancel_attempts(now, id, cause);
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        for leg in [Some(call.party), call.peer].into_iter().flatten() {
            self.detach(leg, id, cause);
        }
        self.close(now, id, call, cause);
    }

    fn detach(&mut self, id: LegId, call: CallId, cause: Cause) {
        let Some(leg) = self.leg_mut(id) else { return };
        leg.consult = None;
        if leg.held == Some(call) {
            leg.held = None;
        }
        if leg.active == Some(call) {
            leg.active = None;
            leg.cause = Some(cause);
        }
        self.release_if_idle(id, cause);
    }

    /// Releases a leg that has no call left.
    pub(crate) fn release_if_idle(&mut self, id: LegId, cause: Cause) {
        if let Some(leg) = self.legs.get(&id)
            && leg.calls().next().is_none()
        {
            self.release_leg(id, leg.cause.unwrap_or(cause));
        }
    }

    /// Ends a leg from our side.
    pub(crate) fn release_leg(&mut self, id: LegId, cause: Cause) {
        self.silence(id);
        if self.legs.remove(&id).is_some() {
            self.tell(id, LegCommand::Release(cause));
        }
    }

    /// Takes out a leg that ended by itself: it is told nothing more.
    pub(crate) fn forget_leg(&mut self, now: Instant, id: LegId, cause: Cause) -> Option<Leg> {
        self.part(id);
        let leg = self.legs.remove(&id)?;
        for call in leg.calls() {
            if let Some(call) = self.call_mut(call) {
                call.draft.left(now, id, cause);
            }
        }
        Some(leg)
    }

    /// A party left: hung up, or its port or connection failed.
    pub(crate) fn party_released(&mut self, now: Instant, id: LegId, cause: Cause) {
        let Some(leg) = self.forget_leg(now, id, cause) else {
            return;
        };
        // A phone that was put down can be rung for its other calls; one that failed cannot.
        let phone = leg
            .analog()
            .filter(|_| cause == Cause::NormalClearing)
            .cloned();
        match (&phone, leg.held) {
            (Some(phone), Some(held)) => self.hung_up_holding(now, id, &leg, held, phone.clone()),
            (_, held) => {
                for call in [leg.active, held].into_iter().flatten() {
                    self.end_call(now, call, cause);
                }
            }
        }
        match (phone, leg.waiting) {
            (Some(phone), Some(waiting)) => self.ring_for_waiting(now, waiting, id, phone),
            (None, Some(waiting)) => self.attempt_failed(now, waiting, id, cause),
            (_, None) => {}
        }
    }

    /// On hook with a party on hold: with a call it dialled meanwhile the two are joined; else the held party rings it back.
    fn hung_up_holding(&mut self, now: Instant, id: LegId, leg: &Leg, held: CallId, phone: Device) {
        if let Some(active) = leg.active {
            let consulted = leg.consult == Some(active) || leg.consult == Some(held);
            let join = Join {
                keep: held,
                keep_leg: id,
                gone: active,
                gone_leg: id,
            };
            if consulted && self.join(now, join).is_ok() {
                return;
            }
            self.end_call(now, active, Cause::NormalClearing);
        }
        self.ring_back(now, held, id, phone);
    }

    fn ring_back(&mut self, now: Instant, id: CallId, gone: LegId, phone: Device) {
        let extension = self.plan.extension_of(&phone);
        let (number, name) = extension
            .map(|e| (e.number.clone(), e.name.clone()))
            .unwrap_or_default();
        let Some(call) = self.call_mut(id) else {
            return;
        };
        let other = if call.state == CallState::Connected {
            call.other(gone)
        } else {
            None
        };
        let Some(other) = other else {
            return self.end_call(now, id, Cause::NormalClearing);
        };
        call.party = other;
        call.peer = None;
        self.start_hunt(
            now,
            id,
            Route {
                number,
                name,
                steps: vec![vec![Target::Device(phone)]],
            },
        );
    }
}
