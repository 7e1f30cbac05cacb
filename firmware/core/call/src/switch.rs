use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use dialplan::{Origin, Plan};
use telephony::{CallId, CallerId, Cause, Instant, LegId};

use crate::call::{Call, CallState};
use crate::leg::{Leg, LegState};
use crate::record::Draft;
use crate::{CallRecord, Input, LegCommand, LegEvent, Output, SwitchConfig, Timer};

/// The office's call engine: every call and every leg, without sockets, threads or a clock.
///
/// Each story has its file: `setup` (dialling and routing), `hunt` (ringing and answering), `hold` (flash, hold), `waiting`,
/// `transfer`, `release`. What each leg hears follows from the state of its call and is decided in `ear` after every input.
pub struct Switch {
    pub(crate) config: SwitchConfig,
    pub(crate) plan: Arc<Plan>,
    pub(crate) legs: BTreeMap<LegId, Leg>,
    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) unstored: VecDeque<CallRecord>,
    pub(crate) outputs: VecDeque<Output>,
    /// Legs and calls whose parties may hear something else after this input.
    pub(crate) touched_legs: BTreeSet<LegId>,
    pub(crate) touched_calls: BTreeSet<CallId>,
    next_leg: u32,
    next_call: u64,
    pub(crate) refused_calls: u64,
    dropped_records: u64,
}

impl Switch {
    /// A switch without calls.
    pub fn new(config: SwitchConfig, plan: Arc<Plan>) -> Self {
        Switch {
            next_call: config.first_call.0,
            config,
            plan,
            legs: BTreeMap::new(),
            calls: BTreeMap::new(),
            unstored: VecDeque::new(),
            outputs: VecDeque::new(),
            touched_legs: BTreeSet::new(),
            touched_calls: BTreeSet::new(),
            next_leg: 1,
            refused_calls: 0,
            dropped_records: 0,
        }
    }

    /// A new leg's id, for the `Setup` of a party that calls.
    pub fn new_leg_id(&mut self) -> LegId {
        loop {
            let id = LegId(self.next_leg);
            self.next_leg = self.next_leg.wrapping_add(1);
            if !self.legs.contains_key(&id) {
                return id;
            }
        }
    }

    /// Takes one input. What follows from it is in [`Switch::poll_output`].
    pub fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Leg(leg, event) => self.leg_event(now, leg, event),
            Input::CdrStored(call) => self.unstored.retain(|record| record.call != call),
            Input::SetPlan(plan) => self.plan = plan,
            Input::Timeout => self.timeouts(now),
        }
        self.settle();
    }

    /// What is to be done, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to wake, and why.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        self.calls
            .values()
            .filter_map(|call| call.timers.next())
            .min()
    }

    /// Calls at this moment, without those that only wait for their record to be stored.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Legs at this moment.
    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    /// Records that are not stored yet, oldest first: to be offered again when the store has recovered, and at shutdown.
    pub fn unstored(&self) -> impl Iterator<Item = &CallRecord> {
        self.unstored.iter()
    }

    /// Callers refused because [`SwitchConfig::max_calls`] was reached. They leave no record.
    pub fn refused_calls(&self) -> u64 {
        self.refused_calls
    }

    /// Records lost because the store did not take [`SwitchConfig::max_unstored`] others before them.
    pub fn dropped_records(&self) -> u64 {
        self.dropped_records
    }

    fn leg_event(&mut self, now: Instant, id: LegId, event: LegEvent) {
        use CallState::{Connected, Dialling, Hunting};
        use LegState::{Calling, Early, Rung, Up};
        if let LegEvent::Setup {
            origin,
            caller,
            dialled,
            replaces,
        } = event
        {
            return self.setup(now, id, origin, caller, dialled, replaces);
        }
        let Some(leg) = self.legs.get(&id) else {
            tracing::trace!(leg = id.0, ?event, "the leg is over");
            return;
        };
        let call = leg
            .active
            .and_then(|call| Some((call, self.calls.get(&call)?.state)));
        match (leg.state, call, event) {
            (Rung, Some((call, _)), LegEvent::Alerting) => self.alerting(call),
            (Rung, Some((call, _)), LegEvent::Progress { early_media: true }) => {
                self.early_media(call, id)
            }
            (Rung, Some((call, _)), LegEvent::Answer) => self.connect(now, call, id),
            (Rung, Some((call, _)), LegEvent::Release(cause)) => {
                self.forget_leg(now, id, cause);
                self.attempt_failed(now, call, id, cause);
            }
            (Calling | Early | Up, _, LegEvent::Release(cause)) => {
                self.party_released(now, id, cause)
            }
            (Calling | Early | Up, Some((call, Dialling)), LegEvent::Digit(digit)) => {
                self.digit(now, call, digit)
            }
            (Up, call, LegEvent::Flash) => self.flash(now, id, call),
            (Up, Some((_, Connected | Hunting)), LegEvent::Hold) => self.set_holds(id, true),
            (Up, Some((_, Connected | Hunting)), LegEvent::Resume) => self.set_holds(id, false),
            (Up, Some((call, Connected)), LegEvent::Transfer(to)) => {
                self.transfer(now, id, call, to)
            }
            (_, _, LegEvent::Transfer(_)) => {
                self.tell(id, LegCommand::TransferResult(Err(Cause::FacilityRejected)));
            }
            (state, call, event) => {
                tracing::trace!(leg = id.0, ?state, ?call, ?event, "nothing to do")
            }
        }
    }

    fn timeouts(&mut self, now: Instant) {
        while let Some((at, timer)) = self.poll_timeout() {
            if at > now {
                break;
            }
            let (Timer::FirstDigit(id) | Timer::InterDigit(id) | Timer::NoAnswer(id)) = timer;
            if let Some(call) = self.call_mut(id) {
                call.timers.stop(timer);
            }
            match timer {
                Timer::FirstDigit(call) => self.end_call(now, call, Cause::RecoveryOnTimerExpiry),
                Timer::InterDigit(call) => self.dialling_ended(now, call),
                Timer::NoAnswer(call) => self.no_answer(now, call),
            }
        }
    }

    /// Creates the call of `party`, in state `Dialling` without timers.
    pub(crate) fn new_call(
        &mut self,
        now: Instant,
        party: LegId,
        origin: Origin,
        caller: CallerId,
    ) -> CallId {
        let id = CallId(self.next_call);
        self.next_call += 1;
        let mut draft = Draft::new(now, id, origin.clone(), caller);
        draft.joined(now, party, &origin);
        let call = Call {
            state: CallState::Dialling,
            party,
            peer: None,
            plan: Arc::clone(&self.plan),
            digits: telephony::Digits::EMPTY,
            hunt: Default::default(),
            timers: telephony::TimerTable::new(),
            draft,
        };
        tracing::debug!(call = id.0, leg = party.0, "begins");
        self.calls.insert(id, call);
        self.touched_calls.insert(id);
        id
    }

    /// Hands out the record of a call that was taken from `calls`.
    pub(crate) fn close(&mut self, now: Instant, id: CallId, call: Call, cause: Cause) {
        tracing::debug!(call = id.0, "{:?} => over: {cause}", call.state);
        let record = call.draft.finish(now, cause);
        if self.unstored.len() >= self.config.max_unstored.max(1) {
            self.unstored.pop_front();
            self.dropped_records += 1;
        }
        self.unstored.push_back(record.clone());
        self.outputs.push_back(Output::Cdr(record));
    }

    pub(crate) fn tell(&mut self, leg: LegId, command: LegCommand) {
        self.outputs.push_back(Output::Leg(leg, command));
    }

    pub(crate) fn leg_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        let leg = self.legs.get_mut(&id)?;
        self.touched_legs.insert(id);
        Some(leg)
    }

    pub(crate) fn call_mut(&mut self, id: CallId) -> Option<&mut Call> {
        let call = self.calls.get_mut(&id)?;
        self.touched_calls.insert(id);
        Some(call)
    }
}
