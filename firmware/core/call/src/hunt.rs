//! The way to a party that answers: steps of a route in order, the targets of a step at once, the first answer wins.

use dialplan::{Device, Origin, Route, Target};
use telephony::{CallId, CallerId, Cause, Digits, Instant, LegId, LineId};

use crate::call::{Attempt, CallState, Hunt, is_final, is_of_the_line};
use crate::leg::{Leg, LegState};
use crate::{Destination, LegCommand, Switch, Timer};

impl Switch {
    pub(crate) fn start_hunt(&mut self, now: Instant, id: CallId, route: Route) {
        let Some(call) = self.call_mut(id) else {
            return;
        };
        call.draft.routed(route.is_outside());
        call.hunt = Hunt {
            called: route.number,
            name: route.name,
            steps: route.steps.into(),
            ..Hunt::default()
        };
        call.set_state(id, CallState::Hunting);
        self.next_step(now, id);
    }

    /// Tries steps until one has a leg that rings, or ends the call with the most telling cause.
    fn next_step(&mut self, now: Instant, id: CallId) {
        let no_answer = self.config.no_answer;
        loop {
            let Some(call) = self.call_mut(id) else {
                return;
            };
            let hunt = &mut call.hunt;
            let step = match hunt.best {
                Some(cause) if is_final(cause) => None,
                _ => hunt.steps.pop_front(),
            };
            let Some(step) = step else {
                let cause = hunt.best.unwrap_or(Cause::NoRouteToDestination);
                return self.end_call(now, id, cause);
            };
            hunt.alerted = false;
            if step.is_empty() {
                hunt.note(Cause::SubscriberAbsent);
            }
            for target in step {
                let tried = self.attempt(now, id, target);
                if let (Err(cause), Some(call)) = (tried, self.call_mut(id)) {
                    call.hunt.note(cause);
                }
            }
            let Some(call) = self.call_mut(id) else {
                return;
            };
            if !call.hunt.attempts.is_empty() {
                return call.timers.set(now, Timer::NoAnswer(id), no_answer);
            }
        }
    }

    fn attempt(&mut self, now: Instant, id: CallId, target: Target) -> Result<(), Cause> {
        match target {
            Target::Device(device) => {
                let place = Origin::Device(device.clone());
                let party = self
                    .calls
                    .get(&id)
                    .and_then(|call| self.legs.get(&call.party));
                if party.is_some_and(|party| party.place == place) {
                    return Err(Cause::UserBusy);
                }
                if let (Device::Fxs(_), Some(busy)) = (&device, self.leg_at(&place)) {
                    return self.knock(now, id, busy);
                }
                self.originate(now, id, Destination::Device(device), None);
                Ok(())
            }
            Target::Line { lines, digits } => self.try_lines(now, id, &lines, digits),
            Target::Trunk { name, number } => {
                self.originate(now, id, Destination::Trunk { name, number }, None);
                Ok(())
            }
        }
    }

    /// Takes the first line no leg is on. A line that turns out to be in use all the same is followed by the next.
    fn try_lines(
        &mut self,
        now: Instant,
        id: CallId,
        lines: &[LineId],
        digits: Digits,
    ) -> Result<(), Cause> {
        let free = lines
            .iter()
            .position(|line| self.leg_at(&Origin::Line(*line)).is_none());
        let at = free.ok_or(Cause::NoCircuitAvailable)?;
        let spare = Some((lines[at + 1..].to_vec(), digits));
        self.originate(
            now,
            id,
            Destination::Line {
                line: lines[at],
                digits,
            },
            spare,
        );
        Ok(())
    }

    fn leg_at(&self, place: &Origin) -> Option<LegId> {
        self.legs
            .iter()
            .find(|(_, leg)| leg.place == *place)
            .map(|(id, _)| *id)
    }

    pub(crate) fn originate(
        &mut self,
        now: Instant,
        id: CallId,
        to: Destination,
        spare: Option<(Vec<LineId>, Digits)>,
    ) {
        let leg = self.new_leg_id();
        let Some(caller) = self.caller_shown(id) else {
            return;
        };
        let Some(call) = self.call_mut(id) else {
            return;
        };
        let place = match &to {
            Destination::Device(device) => Origin::Device(device.clone()),
            Destination::Line { line, .. } => Origin::Line(*line),
            Destination::Trunk { name, .. } => Origin::Trunk(name.clone()),
        };
        let called = call.hunt.called.clone();
        let identity = CallerId::new(&called, &call.hunt.name);
        call.draft.joined(now, leg, &place);
        call.hunt.attempts.push(Attempt { leg, spare });
        self.legs
            .insert(leg, Leg::new(place, identity, LegState::Rung, Some(id)));
        self.tell(leg, LegCommand::Originate { to, caller, called });
    }

    /// Who calls, as the called party is told: whoever waits in the call now.
    pub(crate) fn caller_shown(&self, id: CallId) -> Option<CallerId> {
        let party = self.calls.get(&id)?.party;
        Some(self.legs.get(&party)?.identity)
    }

    /// A target rings: the caller is told, or hears it.
    pub(crate) fn alerting(&mut self, id: CallId) {
        let Some(call) = self.call_mut(id) else {
            return;
        };
        let first = !std::mem::replace(&mut call.hunt.alerted, true);
        let party = call.party;
        if first
            && self
                .legs
                .get(&party)
                .is_some_and(|leg| leg.state == LegState::Calling)
        {
            self.tell(party, LegCommand::Alert);
        }
    }

    /// A target has something to hear before it answers. With several targets that would be one's tones over the others' ringing,
    /// so it counts as ringing then.
    pub(crate) fn early_media(&mut self, id: CallId, leg: LegId) {
        let Some(call) = self.call_mut(id) else {
            return;
        };
        if call.hunt.attempts.len() > 1 {
            return self.alerting(id);
        }
        call.hunt.early = Some(leg);
        let party = call.party;
        if let Some(caller) = self.leg_mut(party)
            && caller.state == LegState::Calling
            && !matches!(caller.place, Origin::Line(_))
        {
            caller.state = LegState::Early;
            self.tell(party, LegCommand::Progress);
        }
    }

    /// `leg` answered, by lifting or by turning to a waiting call: it becomes the peer, the others stop ringing.
    pub(crate) fn connect(&mut self, now: Instant, id: CallId, leg: LegId) {
        let Some(call) = self.call_mut(id) else {
            return;
        };
        call.hunt.take(leg);
        self.cancel_attempts(now, id, Cause::NormalClearing);
        let Some(answering) = self.leg_mut(leg) else {
            return;
        };
        answering.state = LegState::Up;
        answering.turn_to(id);
        let number = answering.identity.number;
        let Some(call) = self.call_mut(id) else {
            return;
        };
        call.peer = Some(leg);
        call.hunt = Hunt::default();
        call.set_state(id, CallState::Connected);
        let party = call.party;
        call.draft.connected(now, &number);
        call.draft.answered(now, leg);
        call.draft.answered(now, party);
        self.answer(party);
    }

    /// The caller's side is answered, if it was not.
    pub(crate) fn answer(&mut self, id: LegId) {
        let Some(leg) = self.leg_mut(id) else { return };
        if matches!(leg.state, LegState::Calling | LegState::Early) {
            leg.state = LegState::Up;
            self.tell(id, LegCommand::Answer);
        }
    }

    /// An attempt came to nothing. Its leg is gone, or no longer knocked at.
    pub(crate) fn attempt_failed(&mut self, now: Instant, id: CallId, leg: LegId, cause: Cause) {
        let Some(call) = self.call_mut(id) else {
            return;
        };
        let Some(attempt) = call.hunt.take(leg) else {
            return;
        };
        call.draft.left(now, leg, cause);
        if let Some((lines, digits)) = attempt.spare
            && is_of_the_line(cause)
            && self.try_lines(now, id, &lines, digits).is_ok()
        {
            return;
        }
        let Some(call) = self.call_mut(id) else {
            return;
        };
        call.hunt.note(cause);
        if call.hunt.attempts.is_empty() {
            self.next_step(now, id);
        }
    }

    pub(crate) fn no_answer(&mut self, now: Instant, id: CallId) {
        let Some(call) = self.call_mut(id) else {
            return;
        };
        let cause = if call.hunt.alerted {
            Cause::NoAnswer
        } else {
            Cause::NoUserResponding
        };
        self.cancel_attempts(now, id, cause);
        if let Some(call) = self.call_mut(id) {
            call.hunt.note(cause);
        }
        self.next_step(now, id);
    }

    /// Stops ringing and knocking; the record says `cause`.
    pub(crate) fn cancel_attempts(&mut self, now: Instant, id: CallId, cause: Cause) {
        let Some(call) = self.call_mut(id) else {
            return;
        };
        let attempts = std::mem::take(&mut call.hunt.attempts);
        call.hunt.early = None;
        for attempt in &attempts {
            call.draft.left(now, attempt.leg, cause);
        }
        for Attempt { leg, .. } in attempts {
            self.stop_calling(id, leg);
        }
    }
}
