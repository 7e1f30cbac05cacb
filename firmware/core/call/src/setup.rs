//! A party calls: overlap dialling of analog phones, whole numbers of SIP phones, arrivals on lines and trunks.

use dialplan::{Device, Origin, Route, Verdict};
use telephony::{CallId, CallerId, Cause, Digit, Instant, LegId};

use crate::leg::{Leg, LegState};
use crate::{LegCommand, Switch, Timer};

impl Switch {
    pub(crate) fn setup(
        &mut self,
        now: Instant,
        id: LegId,
        origin: Origin,
        caller: CallerId,
        dialled: Option<String>,
        replaces: Option<LegId>,
    ) {
        if self.legs.contains_key(&id) {
            tracing::warn!(leg = id.0, "Setup of a leg that exists");
            return;
        }
        let identity = self.identity(&origin, caller);
        let state = match origin {
            Origin::Device(Device::Fxs(_)) => LegState::Up,
            _ => LegState::Calling,
        };
        let leg = Leg::new(origin.clone(), identity, state, None);
        if let Some(old) = replaces
            && self.can_replace(old)
        {
            self.legs.insert(id, leg);
            return self.take_over(now, old, id);
        }
        if self.calls.len() >= self.config.max_calls {
            self.refused_calls += 1;
            return self.tell(id, LegCommand::Release(Cause::SwitchingCongestion));
        }
        self.legs.insert(id, leg);
        let call = self.new_call(now, id, origin.clone(), identity);
        if let Some(leg) = self.leg_mut(id) {
            leg.turn_to(call);
        }
        if replaces.is_some() {
            return self.end_call(now, call, Cause::FacilityRejected);
        }
        match (&origin, dialled) {
            (Origin::Device(_), None) => self.await_first_digit(now, call),
            (origin, dialled) => {
                let called = dialled.unwrap_or_default();
                let route = self.plan.incoming(origin, &called);
                if let Some(call) = self.call_mut(call) {
                    call.draft.dialled(&called);
                }
                self.follow(now, call, route);
            }
        }
    }

    /// A device of the house is its extension, whatever it says; it may still withhold its number.
    fn identity(&self, origin: &Origin, says: CallerId) -> CallerId {
        let extension = match origin {
            Origin::Device(device) => self.plan.extension_of(device),
            Origin::Line(_) | Origin::Trunk(_) => None,
        };
        match extension {
            Some(extension) => CallerId {
                presentation: says.presentation,
                ..CallerId::new(&extension.number, &extension.name)
            },
            None => says,
        }
    }

    /// Dial tone, and the wait for digits.
    pub(crate) fn await_first_digit(&mut self, now: Instant, id: CallId) {
        let after = self.config.first_digit;
        if let Some(call) = self.call_mut(id) {
            call.timers.set(now, Timer::FirstDigit(id), after);
        }
    }

    pub(crate) fn digit(&mut self, now: Instant, id: CallId, digit: Digit) {
        let inter_digit = self.config.inter_digit;
        let Some(call) = self.call_mut(id) else {
            return;
        };
        if digit == Digit::POUND || call.digits.push(digit).is_err() {
            return self.dialling_ended(now, id);
        }
        call.timers.stop(Timer::FirstDigit(id));
        call.draft.dialled(call.digits.as_str());
        match call
            .plan
            .dialled(call.digits.as_str(), &call.draft.record.origin, false)
        {
            Verdict::Match {
                route,
                more_possible: false,
            } => self.follow(now, id, Ok(route)),
            Verdict::Match {
                more_possible: true,
                ..
            }
            | Verdict::NeedMore => {
                call.timers.set(now, Timer::InterDigit(id), inter_digit);
            }
            Verdict::NoMatch(cause) => self.follow(now, id, Err(cause)),
        }
    }

    /// No digit follows: `#`, the inter-digit timer, or as many digits as a number can have.
    pub(crate) fn dialling_ended(&mut self, now: Instant, id: CallId) {
        let Some(call) = self.call_mut(id) else {
            return;
        };
        let route = match call
            .plan
            .dialled(call.digits.as_str(), &call.draft.record.origin, true)
        {
            Verdict::Match { route, .. } => Ok(route),
            Verdict::NeedMore => Err(Cause::InvalidNumberFormat),
            Verdict::NoMatch(cause) => Err(cause),
        };
        self.follow(now, id, route);
    }

    fn follow(&mut self, now: Instant, id: CallId, route: Result<Route, Cause>) {
        match route {
            Ok(route) => self.start_hunt(now, id, route),
            Err(cause) => self.end_call(now, id, cause),
        }
    }
}
