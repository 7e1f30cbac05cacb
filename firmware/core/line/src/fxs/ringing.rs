//! Ring cadence, and the caller ID between (or before) its bursts.

use telephony::{CallerId, Instant, LoopState, Polarity, PortCommand, RingCadence};

use super::config::CallerIdWhen;
use super::{Fxs, FxsOutput, FxsState, FxsTimer, ms};

/// Shortest burst or pause: a cadence of zeros must not keep the machine busy.
const LEAST_MS: u16 = 50;

#[derive(Clone, Copy, Debug)]
pub(super) struct Ringing {
    caller: CallerId,
    cadence: RingCadence,
    /// The burst that runs or comes next.
    burst: usize,
    ringer_on: bool,
    /// The pause is over, but the caller ID is not.
    burst_due: bool,
    caller_id: CallerIdStep,
    reversed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallerIdStep {
    /// The longest pause has not come.
    Before,
    /// The pause is there, its first 500 ms run.
    Due,
    Sending,
    /// Sent, the time before the next burst runs.
    Gap,
    /// Sent, given up or not wanted.
    Done,
}

impl Ringing {
    pub(super) const fn none() -> Self {
        Ringing {
            caller: CallerId {
                number: telephony::Text::EMPTY,
                name: telephony::Text::EMPTY,
                presentation: telephony::Presentation::Unavailable,
            },
            cadence: RingCadence::EUROPE,
            burst: 0,
            ringer_on: false,
            burst_due: false,
            caller_id: CallerIdStep::Done,
            reversed: false,
        }
    }

    /// On and off time of a burst.
    fn times_ms(&self, burst: usize) -> (u16, u16) {
        let (on, off) = self
            .cadence
            .bursts()
            .get(burst)
            .copied()
            .unwrap_or((1_000, 4_000));
        (on.max(LEAST_MS), off.max(LEAST_MS))
    }

    /// The burst before the longest pause of a cycle.
    fn before_longest_pause(&self) -> usize {
        let bursts = 0..self.cadence.bursts().len();
        bursts
            .rev()
            .max_by_key(|&burst| self.times_ms(burst).1)
            .unwrap_or(0)
    }
}

impl Fxs {
    pub(super) fn start_ringing(
        &mut self,
        now: Instant,
        caller: CallerId,
        cadence: Option<RingCadence>,
    ) {
        self.set_state(FxsState::Ringing);
        let when = self.config.caller_id.when;
        self.ringing = Ringing {
            caller,
            cadence: self.usable(cadence),
            caller_id: if when == CallerIdWhen::AfterFirstRing {
                CallerIdStep::Before
            } else {
                CallerIdStep::Done
            },
            ..Ringing::none()
        };
        self.arm_debounce();
        match when {
            CallerIdWhen::BeforeRing { reversal } => {
                if reversal {
                    self.ringing.reversed = true;
                    self.port(PortCommand::Polarity(Polarity::Reverse));
                }
                self.ringing.burst_due = true;
                self.caller_id_due(now);
            }
            CallerIdWhen::Off | CallerIdWhen::AfterFirstRing => self.begin_burst(now),
        }
    }

    pub(super) fn change_cadence(&mut self, cadence: Option<RingCadence>) {
        self.ringing.cadence = self.usable(cadence);
        self.ringing.burst = 0;
    }

    fn usable(&self, cadence: Option<RingCadence>) -> RingCadence {
        let wanted = cadence.unwrap_or(self.config.ring.cadence);
        if wanted.bursts().is_empty() {
            RingCadence::EUROPE
        } else {
            wanted
        }
    }

    /// A burst or a pause is over.
    pub(super) fn cadence_step(&mut self, now: Instant) {
        if self.ringing.ringer_on {
            self.end_burst(now);
        } else if matches!(
            self.ringing.caller_id,
            CallerIdStep::Before | CallerIdStep::Done
        ) {
            self.begin_burst(now);
        } else {
            self.ringing.burst_due = true;
        }
    }

    fn begin_burst(&mut self, now: Instant) {
        self.ringing.burst_due = false;
        if self.hook.raw == LoopState::Closed {
            // Perhaps being answered: no ringing into an ear.
            return self
                .timers
                .set(now, FxsTimer::Cadence, ms(self.config.ring.trip_ms.max(10)));
        }
        self.ringing.ringer_on = true;
        self.port(PortCommand::Ring(true));
        let (on_ms, _) = self.ringing.times_ms(self.ringing.burst);
        self.timers.set(now, FxsTimer::Cadence, ms(on_ms));
    }

    fn end_burst(&mut self, now: Instant) {
        let burst = self.ringing.burst;
        let (_, off_ms) = self.ringing.times_ms(burst);
        self.ringing.ringer_on = false;
        self.port(PortCommand::Ring(false));
        self.timers.set(now, FxsTimer::Cadence, ms(off_ms));
        self.ringing.burst = (burst + 1) % self.ringing.cadence.bursts().len().max(1);
        if self.ringing.caller_id == CallerIdStep::Before
            && burst == self.ringing.before_longest_pause()
        {
            self.caller_id_due(now);
        }
    }

    fn caller_id_due(&mut self, now: Instant) {
        self.ringing.caller_id = CallerIdStep::Due;
        self.port(PortCommand::OnHookTransmission(true));
        self.timers.set(
            now,
            FxsTimer::CallerIdStart,
            ms(self.config.caller_id.start_ms),
        );
    }

    pub(super) fn caller_id_start(&mut self, now: Instant) {
        self.ringing.caller_id = CallerIdStep::Sending;
        self.outputs
            .push(FxsOutput::SendCallerId(self.ringing.caller));
        self.timers.set(
            now,
            FxsTimer::CallerIdGuard,
            ms(self.config.caller_id.guard_ms),
        );
    }

    pub(super) fn caller_id_over(&mut self, now: Instant, sent: bool) {
        if self.ringing.caller_id != CallerIdStep::Sending {
            return;
        }
        if !sent {
            self.outputs.push(FxsOutput::StopCallerId);
        }
        self.timers.stop(FxsTimer::CallerIdGuard);
        self.ringing.caller_id = CallerIdStep::Gap;
        self.port(PortCommand::OnHookTransmission(false));
        self.timers
            .set(now, FxsTimer::CallerIdGap, ms(self.config.caller_id.gap_ms));
    }

    pub(super) fn caller_id_gap_over(&mut self, now: Instant) {
        self.ringing.caller_id = CallerIdStep::Done;
        if self.ringing.burst_due {
            self.begin_burst(now);
        }
    }

    /// Everything ringing switched on goes off.
    pub(super) fn stop_ringing(&mut self) {
        if self.ringing.ringer_on {
            self.port(PortCommand::Ring(false));
        }
        if self.ringing.caller_id == CallerIdStep::Sending {
            self.outputs.push(FxsOutput::StopCallerId);
        }
        if matches!(
            self.ringing.caller_id,
            CallerIdStep::Due | CallerIdStep::Sending
        ) {
            self.port(PortCommand::OnHookTransmission(false));
        }
        if self.ringing.reversed {
            self.port(PortCommand::Polarity(Polarity::Forward));
        }
        self.ringing = Ringing::none();
        for timer in [
            FxsTimer::Cadence,
            FxsTimer::CallerIdStart,
            FxsTimer::CallerIdGuard,
            FxsTimer::CallerIdGap,
        ] {
            self.timers.stop(timer);
        }
    }
}
