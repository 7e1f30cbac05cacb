//! What each leg hears: a function of its call's state, and the few commands that bring it about.

use telephony::{LegId, Tone};

use crate::call::CallState;
use crate::leg::{Ear, LegState};
use crate::{LegCommand, Switch};

impl Switch {
    /// Makes every leg that the input touched hear what it should.
    pub(crate) fn settle(&mut self) {
        let mut legs = std::mem::take(&mut self.touched_legs);
        let mut calls = std::mem::take(&mut self.touched_calls);
        calls.extend(
            legs.iter()
                .filter_map(|id| self.legs.get(id))
                .flat_map(|leg| leg.calls()),
        );
        legs.extend(
            calls
                .iter()
                .filter_map(|id| self.calls.get(id))
                .flat_map(|call| call.everyone()),
        );
        // First everything that ends, then what begins: a leg is never in two bridges, nor in a tone and a bridge.
        for &id in &legs {
            if self
                .legs
                .get(&id)
                .is_some_and(|leg| leg.ear != self.wanted(id))
            {
                self.silence(id);
            }
        }
        legs.append(&mut self.touched_legs);
        for &id in &legs {
            self.begin(id);
        }
        self.touched_legs.clear();
        debug_assert_eq!(self.wrong(), None, "a leg hears the wrong thing");
    }

    /// A leg that does not hear what it should, with what it hears and what it should.
    fn wrong(&self) -> Option<(LegId, Ear, Ear)> {
        let all = self
            .legs
            .iter()
            .map(|(&id, leg)| (id, leg.ear, self.wanted(id)));
        all.into_iter().find(|(_, hears, wanted)| hears != wanted)
    }

    fn wanted(&self, id: LegId) -> Ear {
        let Some(leg) = self.legs.get(&id) else {
            return Ear::Silence;
        };
        let call = leg.active.and_then(|id| self.calls.get(&id));
        match (leg.state, call.map(|call| (call, call.state))) {
            (LegState::Rung, Some((call, _)))
                if call.hunt.early == Some(id) && self.waits(call.party, leg.active) =>
            {
                Ear::Leg(call.party)
            }
            (LegState::Rung | LegState::Calling, _) => Ear::Silence,
            (_, None) => leg
                .cause
                .and_then(|cause| cause.tone())
                .map_or(Ear::Silence, Ear::Tone),
            (_, Some((call, CallState::Dialling))) if call.digits.is_empty() => {
                Ear::Tone(Tone::Dial)
            }
            (_, Some((_, CallState::Dialling))) => Ear::Silence,
            (_, Some((call, CallState::Hunting))) => match (call.hunt.early, call.hunt.alerted) {
                _ if leg.holds => Ear::Silence,
                (Some(target), _) => Ear::Leg(target),
                (None, true) => Ear::Tone(Tone::Ringback),
                (None, false) => Ear::Silence,
            },
            (_, Some((call, CallState::Connected))) => match call
                .other(id)
                .and_then(|other| Some((other, self.legs.get(&other)?)))
            {
                Some(_) if leg.holds => Ear::Silence,
                Some((_, there)) if there.holds || there.active != leg.active => {
                    Ear::Tone(Tone::Hold)
                }
                Some((other, _)) => Ear::Leg(other),
                None => Ear::Silence,
            },
        }
    }

    /// Whether `party` listens to what comes before the answer in `call`.
    fn waits(&self, party: LegId, call: Option<telephony::CallId>) -> bool {
        self.legs
            .get(&party)
            .is_some_and(|leg| leg.hears() && !leg.holds && leg.active == call)
    }

    /// Ends what `id` hears, and what the other one of its bridge hears.
    pub(crate) fn silence(&mut self, id: LegId) {
        let Some(leg) = self.leg_mut(id) else { return };
        match std::mem::replace(&mut leg.ear, Ear::Silence) {
            Ear::Silence => {}
            Ear::Tone(_) => self.tell(id, LegCommand::StopTone),
            Ear::Leg(other) => {
                if let Some(other) = self.leg_mut(other) {
                    other.ear = Ear::Silence;
                }
                self.tell(id, LegCommand::Unbridge);
            }
        }
    }

    /// Ends the bridge of a leg that is gone: its survivor is told.
    pub(crate) fn part(&mut self, id: LegId) {
        let Some(leg) = self.leg_mut(id) else { return };
        if let Ear::Leg(other) = std::mem::replace(&mut leg.ear, Ear::Silence)
            && let Some(survivor) = self.leg_mut(other)
        {
            survivor.ear = Ear::Silence;
            self.tell(other, LegCommand::Unbridge);
        }
    }

    fn begin(&mut self, id: LegId) {
        let wanted = self.wanted(id);
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.ear != wanted) else {
            return;
        };
        leg.ear = wanted;
        match wanted {
            Ear::Silence => {}
            Ear::Tone(tone) => self.tell(id, LegCommand::PlayTone(tone)),
            Ear::Leg(other) => {
                if let Some(other) = self.legs.get_mut(&other) {
                    other.ear = Ear::Leg(id);
                }
                self.tell(id, LegCommand::Bridge(other));
            }
        }
    }
}
