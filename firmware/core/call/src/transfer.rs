//! Handing a party over: blind by number, attended by joining two calls, and a leg that takes another's place (RFC 3891).

use dialplan::{Device, Origin, Verdict};
use telephony::{CallId, Cause, Instant, LegId};

use crate::call::{Attempt, CallState};
use crate::leg::LegState;
use crate::{LegCommand, Switch, Timer, TransferTo};

/// Two calls of one person to be joined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Join {
    /// The call that goes on, and the person's leg in it.
    pub(crate) keep: CallId,
    pub(crate) keep_leg: LegId,
    /// The call that ends, and the person's leg in it.
    pub(crate) gone: CallId,
    pub(crate) gone_leg: LegId,
}

impl Switch {
    /// `id`, a party of the connected `call`, hands the other party over.
    pub(crate) fn transfer(&mut self, now: Instant, id: LegId, call: CallId, to: TransferTo) {
        // Analog phones transfer by flash; trunks and lines have no say in whom the house calls.
        let sip_phone = matches!(
            self.legs.get(&id).map(|leg| &leg.place),
            Some(Origin::Device(Device::Sip(_)))
        );
        let result = match to {
            _ if !sip_phone => Err(Cause::FacilityRejected),
            TransferTo::Number(number) => self.transfer_blind(now, id, call, &number),
            TransferTo::Leg(second) => self.transfer_attended(now, id, call, second),
        };
        if let Err(cause) = result {
            self.tell(id, LegCommand::TransferResult(Err(cause)));
        }
    }

    /// The number is checked before the transferor goes; if the target fails later, the transferred party is released with the
    /// cause, and the transferor is not called back.
    fn transfer_blind(
        &mut self,
        now: Instant,
        id: LegId,
        call: CallId,
        number: &str,
    ) -> Result<(), Cause> {
        let origin = &self.legs.get(&id).ok_or(Cause::FacilityRejected)?.place;
        let route = match self.plan.dialled(number, origin, true) {
            Verdict::Match { route, .. } => route,
            Verdict::NeedMore => return Err(Cause::InvalidNumberFormat),
            Verdict::NoMatch(cause) => return Err(cause),
        };
        let connected = self.call_mut(call).ok_or(Cause::FacilityRejected)?;
        let other = connected.other(id).ok_or(Cause::FacilityRejected)?;
        connected.party = other;
        connected.peer = None;
        connected.draft.left(now, id, Cause::NormalClearing);
        self.transferor_leaves(id);
        self.start_hunt(now, call, route);
        Ok(())
    }

    fn transfer_attended(
        &mut self,
        now: Instant,
        id: LegId,
        call: CallId,
        second: LegId,
    ) -> Result<(), Cause> {
        let first_leg = self.legs.get(&id).ok_or(Cause::FacilityRejected)?;
        let second_leg = self.legs.get(&second).ok_or(Cause::FacilityRejected)?;
        // Only one's own calls: whoever could name a stranger's leg would get its party.
        if second == id || first_leg.place != second_leg.place || second_leg.state == LegState::Rung
        {
            return Err(Cause::FacilityRejected);
        }
        let gone = second_leg.active.ok_or(Cause::FacilityRejected)?;
        self.join(
            now,
            Join {
                keep: call,
                keep_leg: id,
                gone,
                gone_leg: second,
            },
        )?;
        self.transferor_leaves(id);
        self.release_leg(second, Cause::NormalClearing);
        Ok(())
    }

    fn transferor_leaves(&mut self, id: LegId) {
        self.tell(id, LegCommand::TransferResult(Ok(())));
        self.release_leg(id, Cause::NormalClearing);
    }

    /// Joins the other parties of two calls in `keep`; the record of `gone` ends here. The person's own legs are left to whoever
    /// asked. Nothing changes when it cannot be done.
    pub(crate) fn join(&mut self, now: Instant, join: Join) -> Result<(), Cause> {
        use CallState::{Connected, Hunting};
        let keep = self.calls.get(&join.keep).ok_or(Cause::FacilityRejected)?;
        let gone = self.calls.get(&join.gone).ok_or(Cause::FacilityRejected)?;
        match (keep.state, gone.state) {
            _ if join.keep == join.gone => Err(Cause::FacilityRejected),
            (Connected | Hunting, Connected) => {
                let moving = gone.other(join.gone_leg).ok_or(Cause::FacilityRejected)?;
                if keep.everyone().any(|leg| leg == moving) {
                    return Err(Cause::FacilityRejected);
                }
                self.move_party(now, join, moving);
                Ok(())
            }
            (Connected, Hunting) => {
                let stays = keep.other(join.keep_leg).ok_or(Cause::FacilityRejected)?;
                if gone
                    .hunt
                    .attempts
                    .iter()
                    .any(|attempt| attempt.leg == stays)
                {
                    return Err(Cause::FacilityRejected);
                }
                self.move_hunt(now, join, stays);
                Ok(())
            }
            _ => Err(Cause::FacilityRejected),
        }
    }

    /// `moving` takes the person's place in the call that is kept.
    fn move_party(&mut self, now: Instant, join: Join, moving: LegId) {
        let Some(gone) = self.calls.remove(&join.gone) else {
            return;
        };
        let Some(leg) = self.leg_mut(moving) else {
            return;
        };
        leg.exchange(join.gone, join.keep);
        let (place, number) = (leg.place.clone(), leg.identity.number);
        if let Some(keep) = self.call_mut(join.keep) {
            keep.replace(join.keep_leg, moving);
            keep.draft.left(now, join.keep_leg, Cause::NormalClearing);
            keep.draft.joined(now, moving, &place);
            keep.draft.answered(now, moving);
            if keep.state == CallState::Connected {
                keep.draft.connected(now, &number);
            }
        }
        self.close(now, join.gone, gone, Cause::NormalClearing);
    }

    /// `stays` waits for the target in the person's place.
    fn move_hunt(&mut self, now: Instant, join: Join, stays: LegId) {
        let no_answer = self.config.no_answer;
        let Some(mut gone) = self.calls.remove(&join.gone) else {
            return;
        };
        let hunt = std::mem::take(&mut gone.hunt);
        let mut places = Vec::new();
        for Attempt { leg, .. } in &hunt.attempts {
            if let Some(rung) = self.leg_mut(*leg) {
                rung.exchange(join.gone, join.keep);
                places.push((*leg, rung.place.clone()));
            }
        }
        if let Some(keep) = self.call_mut(join.keep) {
            keep.draft.left(now, join.keep_leg, Cause::NormalClearing);
            for (leg, place) in &places {
                keep.draft.joined(now, *leg, place);
            }
            keep.party = stays;
            keep.peer = None;
            keep.hunt = hunt;
            keep.set_state(join.keep, CallState::Hunting);
            keep.timers.set(now, Timer::NoAnswer(join.keep), no_answer);
        }
        self.close(now, join.gone, gone, Cause::NormalClearing);
    }

    /// Whether a new leg may take the place of `old`: a party of a connected call that is not an analog phone.
    pub(crate) fn can_replace(&self, old: LegId) -> bool {
        self.legs.get(&old).is_some_and(|leg| {
            let state = leg
                .active
                .and_then(|call| self.calls.get(&call))
                .map(|call| call.state);
            leg.analog().is_none()
                && leg.state == LegState::Up
                && state == Some(CallState::Connected)
        })
    }

    /// `new` is answered into the call of `old`, which is released.
    pub(crate) fn take_over(&mut self, now: Instant, old: LegId, new: LegId) {
        let Some(id) = self.legs.get(&old).and_then(|leg| leg.active) else {
            return;
        };
        let Some(leg) = self.leg_mut(new) else { return };
        leg.turn_to(id);
        let (place, number) = (leg.place.clone(), leg.identity.number);
        let Some(call) = self.call_mut(id) else {
            return;
        };
        call.replace(old, new);
        call.draft.left(now, old, Cause::NormalClearing);
        call.draft.joined(now, new, &place);
        call.draft.answered(now, new);
        call.draft.connected(now, &number);
        self.answer(new);
        self.release_leg(old, Cause::NormalClearing);
    }
}
