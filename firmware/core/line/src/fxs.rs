//! The FXS machine: one phone on one pair.
//!
//! Read [`FxsState`] and [`FxsTimer`] first. Choices worth knowing:
//! - Glare with a ring: a phone lifted in the moment a ring arrives answers that ring, unless the lift was already reported
//!   as a seizure; then the ring is refused.
//! - After a release, flashes and pulses say nothing; only hanging up counts, and it takes as long as a flash may last.

mod config;
mod hook;
mod ringing;
mod words;

#[cfg(test)]
mod tests;

pub use config::{
    CallerIdSend, CallerIdWhen, FxsConfig, HookConfig, PulseConfig, ReleaseConfig, RingConfig,
};
pub use words::{FxsEvent, FxsInput, FxsOutput, FxsState, FxsTimer};

use hook::Hook;
use ringing::Ringing;
use telephony::{
    CallerId, Cause, Duration, Instant, LoopState, PortCommand, PortEvent, RingCadence, TimerTable,
    Tone,
};
use words::TIMERS;

use crate::outputs::Outputs;

/// One FXS port: what its phone does, and what is done to it.
#[derive(Clone, Debug)]
pub struct Fxs {
    config: FxsConfig,
    state: FxsState,
    timers: TimerTable<FxsTimer, TIMERS>,
    outputs: Outputs<FxsOutput>,
    hook: Hook,
    ringing: Ringing,
    /// A ring that waits for the end of the guard time.
    waiting_ring: Option<(CallerId, Option<RingCadence>)>,
    /// Of the release whose open loop is under way.
    cause: Cause,
    /// The phone hears a tone of this machine.
    tone_on: bool,
}

/// What the machine decides on: inputs after debounce, and due timers.
#[derive(Clone, Copy, Debug)]
enum Event {
    Closed,
    Opened,
    Ring(CallerId, Option<RingCadence>),
    StopRing,
    Release(Cause),
    CallWaiting(CallerId),
    CallerIdSent,
    Failed,
    Recovered,
    Timer(FxsTimer),
}

const fn ms(millis: u16) -> Duration {
    Duration::from_millis(millis as u64)
}

impl Fxs {
    /// An idle port with its phone on hook; a phone that is off hook is noticed when the port says so.
    pub const fn new(config: FxsConfig) -> Self {
        Fxs {
            config,
            state: FxsState::Idle,
            timers: TimerTable::new(),
            outputs: Outputs::new(),
            hook: Hook::new(),
            ringing: Ringing::none(),
            waiting_ring: None,
            cause: Cause::NormalClearing,
            tone_on: false,
        }
    }

    /// Takes an input at `now`. Timers due by then act first.
    pub fn handle(&mut self, now: Instant, input: FxsInput) {
        self.expire(now);
        match input {
            FxsInput::Timeout => {}
            FxsInput::Port(PortEvent::Loop(raw)) => self.loop_changed(now, raw),
            FxsInput::Port(PortEvent::Failed) => self.step(now, Event::Failed),
            FxsInput::Port(PortEvent::Recovered) => self.step(now, Event::Recovered),
            FxsInput::Port(PortEvent::Ring(_) | PortEvent::Battery(_) | PortEvent::Polarity(_)) => {
                tracing::debug!(?input, "not an event of an FXS port");
            }
            FxsInput::Ring { caller, cadence } => self.step(now, Event::Ring(caller, cadence)),
            FxsInput::StopRing => self.step(now, Event::StopRing),
            FxsInput::Release(cause) => self.step(now, Event::Release(cause)),
            FxsInput::CallWaiting(caller) => self.step(now, Event::CallWaiting(caller)),
            FxsInput::CallerIdSent => self.step(now, Event::CallerIdSent),
        }
        self.expire(now);
    }

    /// The next thing to do; `None` when all is said. Drain it after each `handle`.
    pub fn poll_output(&mut self) -> Option<FxsOutput> {
        self.outputs.pop()
    }

    /// When to wake with [`FxsInput::Timeout`], and why.
    pub fn poll_timeout(&self) -> Option<(Instant, FxsTimer)> {
        self.timers.next()
    }

    /// Where the phone is.
    pub const fn state(&self) -> FxsState {
        self.state
    }

    /// Outputs lost because the owner did not drain them ([`QUEUE`](crate::QUEUE)).
    pub const fn dropped(&self) -> u32 {
        self.outputs.dropped()
    }

    fn expire(&mut self, now: Instant) {
        while let Some(timer) = self.timers.expired(now) {
            if timer == FxsTimer::Debounce {
                self.hook.closed = self.hook.raw == LoopState::Closed;
                self.step(
                    now,
                    if self.hook.closed {
                        Event::Closed
                    } else {
                        Event::Opened
                    },
                );
            } else {
                self.step(now, Event::Timer(timer));
            }
        }
    }

    fn step(&mut self, now: Instant, event: Event) {
        use Event as E;
        use FxsState as S;
        use FxsTimer as T;
        match (self.state, event) {
            (S::Failed, E::Recovered) => self.recover(now),
            (S::Failed, E::Failed) | (_, E::Recovered) => {}
            (_, E::Failed) => self.fail(),

            (S::Idle, E::Closed) => self.off_hook(FxsEvent::Seized),
            (S::Idle, E::Ring(caller, cadence)) => self.start_ringing(now, caller, cadence),
            (S::Guard, E::Ring(caller, cadence)) => self.waiting_ring = Some((caller, cadence)),
            (S::Guard, E::StopRing | E::Release(_)) => self.waiting_ring = None,
            (S::Guard, E::Timer(T::Guard)) => self.guard_over(now),

            (S::Ringing, E::Closed) => {
                self.stop_ringing();
                self.off_hook(FxsEvent::Answered);
            }
            (S::Ringing, E::StopRing | E::Release(_)) => {
                self.stop_ringing();
                self.set_state(S::Idle);
                self.arm_debounce();
            }
            (S::Ringing, E::Ring(_, cadence)) => self.change_cadence(cadence),
            (S::Ringing, E::Timer(T::Cadence)) => self.cadence_step(now),
            (S::Ringing, E::Timer(T::CallerIdStart)) => self.caller_id_start(now),
            (S::Ringing, E::CallerIdSent) => self.caller_id_over(now, true),
            (S::Ringing, E::Timer(T::CallerIdGuard)) => self.caller_id_over(now, false),
            (S::Ringing, E::Timer(T::CallerIdGap)) => self.caller_id_gap_over(now),

            (S::OffHook | S::ReleaseTone | S::Howler | S::LockedOut, E::Opened) => {
                self.loop_opened()
            }
            (S::OffHook | S::ReleaseTone | S::Howler | S::LockedOut, E::Closed) => {
                self.loop_closed(now)
            }
            (S::OffHook | S::ReleaseTone | S::Howler | S::LockedOut, E::Timer(T::OnHook)) => {
                self.on_hook(now)
            }
            (S::OffHook, E::Timer(T::InterDigit)) => self.end_of_digit(),
            (S::OffHook, E::CallWaiting(caller)) => self.event(FxsEvent::CallWaiting(caller)),
            (S::OffHook, E::Release(cause)) => self.release(now, cause),

            (S::OpenLoop, E::Timer(T::Feed)) => {
                self.port(PortCommand::Feed(true));
                self.set_state(S::FeedSettle);
                self.timers
                    .set(now, T::Feed, ms(self.config.release.feed_settle_ms));
            }
            (S::FeedSettle, E::Timer(T::Feed)) => {
                self.release_tone(now, self.cause);
                self.hook.judge_afresh(now);
                if !self.hook.closed {
                    self.loop_opened();
                }
            }
            (S::ReleaseTone, E::Timer(T::Release)) => {
                self.tone(Some(Tone::Howler));
                self.set_state(S::Howler);
                self.timers.set(
                    now,
                    T::Release,
                    Duration::from_millis(self.config.release.howler_ms.into()),
                );
            }
            (S::Howler, E::Timer(T::Release)) => {
                self.tone(None);
                self.set_state(S::LockedOut);
            }
            (_, E::Ring(..)) => self.event(FxsEvent::RingRefused),
            // Late answers to what is over, and releases of calls this port is no longer in.
            (_, E::StopRing | E::Release(_) | E::CallWaiting(_) | E::CallerIdSent) => {}
            (_, E::Closed | E::Opened | E::Timer(_)) => {}
        }
    }

    fn off_hook(&mut self, event: FxsEvent) {
        self.hook.begin_call();
        self.set_state(FxsState::OffHook);
        self.event(event);
    }

    fn on_hook(&mut self, now: Instant) {
        self.tone(None);
        self.timers.clear();
        self.hook.end_call();
        self.set_state(FxsState::Guard);
        self.timers
            .set(now, FxsTimer::Guard, ms(self.config.hook.guard_ms));
        self.event(FxsEvent::OnHook);
    }

    fn guard_over(&mut self, now: Instant) {
        self.set_state(FxsState::Idle);
        self.hook.edge = now;
        self.arm_debounce();
        if let Some((caller, cadence)) = self.waiting_ring.take() {
            self.start_ringing(now, caller, cadence);
        }
    }

    fn release(&mut self, now: Instant, cause: Cause) {
        self.hook.pulses = 0;
        self.timers.stop(FxsTimer::InterDigit);
        let Some(open_ms) = self.config.release.disconnect_open_loop_ms else {
            return self.release_tone(now, cause);
        };
        self.cause = cause;
        self.timers.clear();
        self.port(PortCommand::Feed(false));
        self.set_state(FxsState::OpenLoop);
        self.timers.set(now, FxsTimer::Feed, ms(open_ms));
    }

    fn release_tone(&mut self, now: Instant, cause: Cause) {
        self.set_state(FxsState::ReleaseTone);
        self.tone(cause.tone());
        self.timers.set(
            now,
            FxsTimer::Release,
            Duration::from_millis(self.config.release.tone_ms.into()),
        );
    }

    fn fail(&mut self) {
        self.stop_ringing();
        self.tone(None);
        if self.state == FxsState::OpenLoop {
            self.port(PortCommand::Feed(true));
        }
        self.timers.clear();
        self.waiting_ring = None;
        self.hook.end_call();
        // What the phone did meanwhile the port says when it is back; what it did before counts no more.
        self.hook.raw = LoopState::Open;
        self.set_state(FxsState::Failed);
        self.event(FxsEvent::Failed);
    }

    /// The port may have come back in any condition: it is told its idle one, and says what differs from it on the pair.
    fn recover(&mut self, now: Instant) {
        self.port(PortCommand::Ring(false));
        self.port(PortCommand::OnHookTransmission(false));
        self.port(PortCommand::Polarity(telephony::Polarity::Forward));
        self.port(PortCommand::Feed(true));
        self.event(FxsEvent::Recovered);
        self.set_state(FxsState::Guard);
        self.timers
            .set(now, FxsTimer::Guard, ms(self.config.hook.guard_ms));
    }

    fn set_state(&mut self, new: FxsState) {
        tracing::debug!("fxs {:?} => {:?}", self.state, new);
        self.state = new;
    }

    fn tone(&mut self, tone: Option<Tone>) {
        if tone.is_some() || self.tone_on {
            self.tone_on = tone.is_some();
            self.outputs.push(FxsOutput::Tone(tone));
        }
    }

    fn port(&mut self, command: PortCommand) {
        self.outputs.push(FxsOutput::Port(command));
    }

    fn event(&mut self, event: FxsEvent) {
        self.outputs.push(FxsOutput::Event(event));
    }
}
