//! Hold by SIP phones, and everything a flash of an analog phone means.

use telephony::{CallId, Cause, Instant, LegId};

use crate::Switch;
use crate::call::CallState;

impl Switch {
    pub(crate) fn set_holds(&mut self, id: LegId, holds: bool) {
        if let Some(leg) = self.leg_mut(id).filter(|leg| leg.analog().is_none()) {
            leg.holds = holds;
        }
    }

    /// A flash of phone `id`, whose active call is `active`.
    pub(crate) fn flash(&mut self, now: Instant, id: LegId, active: Option<(CallId, CallState)>) {
        use CallState::{Connected, Dialling, Hunting};
        let Some(leg) = self.leg_mut(id).filter(|leg| leg.analog().is_some()) else {
            return;
        };
        match (active, leg.held, leg.waiting) {
            (Some((active, Connected)), Some(held), _) => {
                leg.held = Some(active);
                leg.turn_to(held);
            }
            (Some((active, Dialling | Hunting)), Some(held), _) => {
                leg.held = None;
                leg.consult = None;
                leg.turn_to(held);
                // The phone has left the call, so the end of it is not heard.
                self.end_call(now, active, Cause::NormalClearing);
            }
            (None, Some(held), _) => {
                leg.held = None;
                leg.turn_to(held);
            }
            (active, None, Some(waiting)) => {
                leg.held = active.map(|(active, _)| active);
                self.take_waiting(now, id, waiting);
            }
            (Some((active, Connected)), None, None) => self.consult(now, id, active),
            (Some((_, Dialling | Hunting)), None, None) | (None, None, None) => {}
        }
    }

    /// Holds `active` and gives dial tone.
    fn consult(&mut self, now: Instant, id: LegId, active: CallId) {
        let full = self.calls.len() >= self.config.max_calls;
        let Some(leg) = self.leg_mut(id) else { return };
        leg.held = Some(active);
        if full {
            leg.active = None;
            leg.cause = Some(Cause::SwitchingCongestion);
            self.refused_calls += 1;
            return;
        }
        let (origin, caller) = (leg.place.clone(), leg.identity);
        let call = self.new_call(now, id, origin, caller);
        if let Some(leg) = self.leg_mut(id) {
            leg.turn_to(call);
            leg.consult = Some(call);
        }
        self.await_first_digit(now, call);
    }
}
