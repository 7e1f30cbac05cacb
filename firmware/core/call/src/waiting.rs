//! Call waiting: a second call knocks at an analog phone that talks.

use dialplan::Device;
use telephony::{CallId, Cause, Instant, LegId};

use crate::call::{Attempt, CallState};
use crate::leg::LegState;
use crate::{Destination, LegCommand, Switch};

impl Switch {
    /// Knocks at the phone of `busy` for `id`. Only a phone in exactly one connected call is knocked at, and not by the party it
    /// talks to.
    pub(crate) fn knock(&mut self, now: Instant, id: CallId, busy: LegId) -> Result<(), Cause> {
        let caller = self.caller_shown(id).ok_or(Cause::UserBusy)?;
        let party = self.calls.get(&id).map(|call| call.party);
        let leg = self.legs.get(&busy).ok_or(Cause::UserBusy)?;
        let talks = leg
            .active
            .and_then(|call| self.calls.get(&call))
            .filter(|call| {
                leg.state == LegState::Up
                    && call.state == CallState::Connected
                    && call.other(busy) != party
            });
        let allowed = leg
            .analog()
            .is_some_and(|device| self.plan.call_waiting(device));
        if !allowed || talks.is_none() || leg.held.is_some() || leg.waiting.is_some() {
            return Err(Cause::UserBusy);
        }
        let place = leg.place.clone();
        let call = self.call_mut(id).ok_or(Cause::UserBusy)?;
        call.hunt.attempts.push(Attempt {
            leg: busy,
            spare: None,
        });
        call.draft.joined(now, busy, &place);
        if let Some(leg) = self.leg_mut(busy) {
            leg.waiting = Some(id);
        }
        self.tell(busy, LegCommand::CallWaiting(caller));
        self.alerting(id);
        Ok(())
    }

    /// The phone turns to the call that knocks; what it had is held.
    pub(crate) fn take_waiting(&mut self, now: Instant, id: LegId, waiting: CallId) {
        if let Some(leg) = self.leg_mut(id) {
            leg.waiting = None;
        }
        self.tell(id, LegCommand::CallWaitingEnded);
        self.connect(now, waiting, id);
    }

    /// Stops ringing or knocking at `leg` for `id`.
    pub(crate) fn stop_calling(&mut self, id: CallId, leg: LegId) {
        match self.leg_mut(leg) {
            Some(rung) if rung.state == LegState::Rung => {
                self.release_leg(leg, Cause::NormalClearing)
            }
            Some(busy) if busy.waiting == Some(id) => {
                busy.waiting = None;
                self.tell(leg, LegCommand::CallWaitingEnded);
                self.release_if_idle(leg, Cause::NormalClearing);
            }
            _ => {}
        }
    }

    /// The phone was put down while `id` knocked at its leg: now it rings for it.
    pub(crate) fn ring_for_waiting(&mut self, now: Instant, id: CallId, leg: LegId, phone: Device) {
        let Some(call) = self.call_mut(id) else {
            return;
        };
        if call.hunt.take(leg).is_some() {
            self.originate(now, id, Destination::Device(phone), None);
        }
    }
}
