//! The FXO machine: one exchange line, on which the box is the phone.
//!
//! Read [`FxoState`] and [`FxoTimer`] first. Choices worth knowing:
//! - Glare: a ring (or its announcement) seen before the line was seized, or before the first digit, ends the outgoing call
//!   with `CircuitNotAvailable`. The loop is opened at once, too short for the exchange to call it a hang-up, and the ring
//!   goes the way of every incoming call. A `Seize` that crosses a reported `Incoming` is released the same way and the
//!   incoming call is reported once more, so that it stands whichever of the two was heard first.
//! - A release opens the loop by itself; the line is used again after the guard time, and a `Seize` waits for it.
//! - An outgoing call taken as answered by ringback or timer may see the real answer later: the first reversal is that.

mod calls;
mod config;
mod incoming;
mod words;

#[cfg(test)]
mod tests;

pub use config::{
    AnswerConfig, CallerIdReceive, CallerIdStart, DialConfig, DialToneRule, DisconnectConfig,
    FxoConfig, LineConfig, RingDetect,
};
pub use words::{AnswerBy, FxoEvent, FxoInput, FxoOutput, FxoState, FxoTimer, Heard, Listen};

use calls::Call;
use incoming::Rings;
use telephony::{
    CallerId, Cause, Digits, Duration, HookState, Instant, Polarity, PortCommand, PortEvent,
    TimerTable,
};
use words::TIMERS;

use crate::outputs::Outputs;

/// One FXO port: what its exchange does, and what is done towards it.
#[derive(Clone, Debug)]
pub struct Fxo {
    config: FxoConfig,
    state: FxoState,
    timers: TimerTable<FxoTimer, TIMERS>,
    outputs: Outputs<FxoOutput>,
    pair: Pair,
    rings: Rings,
    call: Call,
    /// A seizure that waits for the end of the guard time.
    waiting_seizure: Option<Digits>,
    /// `LineCut` was said and `LineRestored` was not.
    cut: bool,
    listen: Listen,
}

/// What the port said last.
#[derive(Clone, Copy, Debug)]
struct Pair {
    ringing: bool,
    battery: bool,
    raw_polarity: Polarity,
    /// After [`FxoTimer::Polarity`].
    polarity: Polarity,
}

impl Pair {
    const IDLE: Pair = Pair {
        ringing: false,
        battery: true,
        raw_polarity: Polarity::Forward,
        polarity: Polarity::Forward,
    };
}

/// What the machine decides on.
#[derive(Clone, Copy, Debug)]
enum Event {
    Ring(bool),
    Battery(bool),
    Reversed,
    Failed,
    Recovered,
    Seize(Digits),
    Answer,
    Hangup,
    Flash,
    CallerId(CallerId),
    Heard(Heard),
    DigitsSent,
    Timer(FxoTimer),
}

const fn ms(millis: u16) -> Duration {
    Duration::from_millis(millis as u64)
}

impl Fxo {
    /// An idle line with battery. The first output tells what to listen for.
    pub fn new(config: FxoConfig) -> Self {
        let mut fxo = Fxo {
            config,
            state: FxoState::Idle,
            timers: TimerTable::new(),
            outputs: Outputs::new(),
            pair: Pair::IDLE,
            rings: Rings::default(),
            call: Call::default(),
            waiting_seizure: None,
            cut: false,
            listen: Listen::default(),
        };
        fxo.listen_idle();
        fxo
    }

    /// Takes an input at `now`. Timers due by then act first.
    pub fn handle(&mut self, now: Instant, input: FxoInput) {
        self.expire(now);
        match input {
            FxoInput::Timeout => {}
            FxoInput::Port(event) => self.port_event(now, event),
            FxoInput::Seize { digits } => self.step(now, Event::Seize(digits)),
            FxoInput::Answer => self.step(now, Event::Answer),
            FxoInput::Hangup => self.step(now, Event::Hangup),
            FxoInput::Flash => self.step(now, Event::Flash),
            FxoInput::CallerId(caller) => self.step(now, Event::CallerId(caller)),
            FxoInput::Heard(heard) => self.step(now, Event::Heard(heard)),
            FxoInput::DigitsSent => self.step(now, Event::DigitsSent),
        }
        self.expire(now);
    }

    /// The next thing to do; `None` when all is said. Drain it after each `handle`, and once after [`Fxo::new`].
    pub fn poll_output(&mut self) -> Option<FxoOutput> {
        self.outputs.pop()
    }

    /// When to wake with [`FxoInput::Timeout`], and why.
    pub fn poll_timeout(&self) -> Option<(Instant, FxoTimer)> {
        self.timers.next()
    }

    /// Where the line is.
    pub const fn state(&self) -> FxoState {
        self.state
    }

    /// Outputs lost because the owner did not drain them ([`QUEUE`](crate::QUEUE)).
    pub const fn dropped(&self) -> u32 {
        self.outputs.dropped()
    }

    fn expire(&mut self, now: Instant) {
        while let Some(timer) = self.timers.expired(now) {
            if timer == FxoTimer::Polarity {
                self.pair.polarity = self.pair.raw_polarity;
                self.step(now, Event::Reversed);
            } else {
                self.step(now, Event::Timer(timer));
            }
        }
    }

    fn port_event(&mut self, now: Instant, event: PortEvent) {
        match event {
            PortEvent::Ring(on) if on != self.pair.ringing => {
                self.pair.ringing = on;
                self.step(now, Event::Ring(on));
            }
            PortEvent::Battery(on) if on != self.pair.battery => {
                self.pair.battery = on;
                self.step(now, Event::Battery(on));
            }
            PortEvent::Polarity(polarity) if polarity != self.pair.raw_polarity => {
                self.pair.raw_polarity = polarity;
                if polarity == self.pair.polarity {
                    self.timers.stop(FxoTimer::Polarity);
                } else {
                    self.timers
                        .set(now, FxoTimer::Polarity, ms(self.config.line.polarity_ms));
                }
            }
            PortEvent::Ring(_) | PortEvent::Battery(_) | PortEvent::Polarity(_) => {}
            PortEvent::Failed => self.step(now, Event::Failed),
            PortEvent::Recovered => self.step(now, Event::Recovered),
            PortEvent::Loop(_) => tracing::debug!(?event, "not an event of an FXO port"),
        }
    }

    fn step(&mut self, now: Instant, event: Event) {
        use Event as E;
        use FxoState as S;
        use FxoTimer as T;
        match (self.state, event) {
            (S::Failed, E::Recovered) => self.recover(now),
            (S::Failed, E::Failed) | (_, E::Recovered) => {}
            (_, E::Failed) => self.fail(),
            (S::Failed | S::LineCut, E::Seize(_)) => {
                self.event(FxoEvent::Released(Cause::DestinationOutOfOrder))
            }
            (S::Failed, _) => {}

            // On hook.
            (S::Idle, E::Seize(digits)) => self.seize(now, digits),
            (S::Idle, E::Reversed) => self.reversal_before_ring(now),
            (S::Idle | S::BeforeRing | S::RingCheck, E::CallerId(caller)) => {
                self.caller_before_ring(now, caller)
            }
            (S::Idle | S::BeforeRing, E::Ring(true)) => self.check_ring(now),
            (S::BeforeRing, E::Timer(T::CallerId)) => self.enter_idle(now),
            (S::RingCheck, E::Timer(T::CallerId)) => self.rings.caller = None,
            (S::RingCheck, E::Ring(false)) => self.false_ring(now),
            (S::RingCheck, E::Timer(T::RingValid)) => self.ring_is_valid(now),
            (S::CallerIdWindow | S::Offered | S::RingIgnored, E::Ring(on)) => self.burst(now, on),
            (S::CallerIdWindow | S::Offered | S::RingIgnored, E::Timer(T::RingValid)) => {
                self.next_burst_is_valid(now)
            }
            (S::CallerIdWindow, E::CallerId(caller)) => self.offer(Some(caller)),
            (S::CallerIdWindow, E::Timer(T::CallerId)) => self.offer(None),
            (S::CallerIdWindow | S::RingIgnored, E::Timer(T::RingTimeout)) => self.enter_idle(now),
            (S::Offered, E::Timer(T::RingTimeout)) => {
                self.event(FxoEvent::CallerGaveUp);
                self.enter_idle(now);
            }
            (S::CallerIdWindow | S::Offered, E::Answer) => self.answer(now),
            (S::CallerIdWindow | S::Offered, E::Hangup) => self.ignore_ring(),
            (S::Offered, E::Seize(_)) => {
                self.event(FxoEvent::Released(Cause::CircuitNotAvailable));
                self.event(FxoEvent::Incoming {
                    caller: self.rings.caller_or_unavailable(),
                });
            }
            (S::BeforeRing | S::RingCheck | S::CallerIdWindow | S::RingIgnored, E::Seize(_)) => {
                self.event(FxoEvent::Released(Cause::CircuitNotAvailable));
            }
            (S::Guard, E::Seize(digits)) => self.waiting_seizure = Some(digits),
            (S::Guard, E::Hangup) => self.waiting_seizure = None,
            (S::Guard, E::Ring(true)) => self.refuse_waiting_seizure(),
            (S::Guard, E::Timer(T::Guard)) => self.guard_over(now),

            // Off hook.
            (S::WaitDialTone | S::DialDelay, E::Ring(on)) => self.ring_while_seizing(now, on),
            (S::WaitDialTone | S::DialDelay, E::Timer(T::RingValid)) => self.glare(now),
            (S::WaitDialTone, E::Heard(Heard::DialTone)) => self.dial_delay(now),
            (
                S::WaitDialTone | S::DialDelay,
                E::Heard(Heard::Busy | Heard::Congestion | Heard::NumberUnobtainable),
            ) => {
                self.release(now, Cause::NoCircuitAvailable);
            }
            (S::WaitDialTone, E::Timer(T::Dial)) => self.no_dial_tone(now),
            (S::DialDelay, E::Timer(T::Dial)) => self.send_digits(now),
            (S::Dialling, E::DigitsSent) => self.dialled(now),
            (S::Dialling, E::Timer(T::Dial)) => self.release(now, Cause::TemporaryFailure),
            (S::Dialling | S::WaitAnswer, E::Heard(heard)) => self.heard_before_answer(now, heard),
            (S::WaitAnswer, E::Timer(T::RingbackGone)) => {
                self.answered(now, AnswerBy::RingbackStopped)
            }
            (S::WaitAnswer, E::Timer(T::AssumeAnswer)) => self.answered(now, AnswerBy::Timer),
            (S::WaitAnswer, E::Reversed) if self.config.answer.polarity => {
                self.answered(now, AnswerBy::Polarity)
            }
            (S::Talking, E::Reversed) => self.reversal_in_call(now),
            (S::Talking, E::Heard(heard)) => self.heard_in_call(now, heard),
            (S::Talking, E::Flash) => self.flash(now),
            (S::Flashing, E::Timer(T::Flash)) => self.flash_over(now),
            (S::Flashing, E::Battery(_)) => {}
            (state, E::Battery(on)) if is_off_hook(state) => self.battery_in_call(now, on),
            (state, E::Timer(T::LoopDrop)) if is_off_hook(state) => self.loop_dropped(now),
            (state, E::Hangup) if is_off_hook(state) => self.open_loop(now),

            // The pair, on hook.
            (S::Guard, E::Battery(_)) => {}
            (_, E::Battery(_)) => self.arm_battery(now),
            (S::LineCut, E::Timer(T::Battery)) => self.line_restored(now),
            (_, E::Timer(T::Battery)) => self.line_cut(now),

            // Late answers to what is over, and tones and digits nobody asked for.
            (
                _,
                E::Answer | E::Hangup | E::Flash | E::CallerId(_) | E::Heard(_) | E::DigitsSent,
            ) => {}
            (_, E::Seize(_)) => tracing::debug!("seize of a line in use ignored"),
            (_, E::Ring(_) | E::Reversed | E::Timer(_)) => {}
        }
    }

    /// On hook and quiet, whatever was.
    fn enter_idle(&mut self, now: Instant) {
        self.clear_timers();
        self.rings = Rings::default();
        self.call = Call::default();
        self.set_state(if self.cut {
            FxoState::LineCut
        } else {
            FxoState::Idle
        });
        self.listen_idle();
        self.arm_battery(now);
    }

    fn guard_over(&mut self, now: Instant) {
        self.enter_idle(now);
        if self.state == FxoState::Idle && self.pair.ringing {
            self.check_ring(now);
        } else if let Some(digits) = self.waiting_seizure.take() {
            self.step(now, Event::Seize(digits));
        }
    }

    fn refuse_waiting_seizure(&mut self) {
        if self.waiting_seizure.take().is_some() {
            self.event(FxoEvent::Released(Cause::CircuitNotAvailable));
        }
    }

    /// On hook: battery must be gone, or back, for a while.
    fn arm_battery(&mut self, now: Instant) {
        if self.pair.battery == self.cut {
            let line = &self.config.line;
            let after_ms = if self.cut {
                line.restore_ms
            } else {
                line.cut_ms
            };
            self.timers.set(now, FxoTimer::Battery, ms(after_ms.max(1)));
        } else {
            self.timers.stop(FxoTimer::Battery);
        }
    }

    fn line_cut(&mut self, now: Instant) {
        if self.pair.ringing {
            // Ringing hides the battery from some detectors.
            return self.arm_battery(now);
        }
        if self.state == FxoState::Offered {
            self.event(FxoEvent::CallerGaveUp);
        }
        self.cut = true;
        self.enter_idle(now);
        self.event(FxoEvent::LineCut);
    }

    fn line_restored(&mut self, now: Instant) {
        self.cut = false;
        self.event(FxoEvent::LineRestored);
        self.enter_idle(now);
        if self.pair.ringing {
            self.check_ring(now);
        }
    }

    fn fail(&mut self) {
        if is_off_hook(self.state) {
            self.port(PortCommand::Hook(HookState::OnHook));
        }
        self.clear_timers();
        self.waiting_seizure = None;
        self.rings = Rings::default();
        self.call = Call::default();
        self.listen(Listen::default());
        self.set_state(FxoState::Failed);
        self.event(FxoEvent::Failed);
    }

    /// The port may have come back in any condition: it is told its idle one, and says what differs from it on the pair.
    fn recover(&mut self, now: Instant) {
        self.pair = Pair::IDLE;
        self.port(PortCommand::Hook(HookState::OnHook));
        self.event(FxoEvent::Recovered);
        self.begin_guard(now);
    }

    fn begin_guard(&mut self, now: Instant) {
        self.clear_timers();
        self.set_state(FxoState::Guard);
        self.timers
            .set(now, FxoTimer::Guard, ms(self.config.line.guard_ms));
    }

    /// No timer runs on; a polarity that is still being judged is believed.
    fn clear_timers(&mut self) {
        self.timers.clear();
        self.pair.polarity = self.pair.raw_polarity;
    }

    fn listen_idle(&mut self) {
        let caller_id = self.state == FxoState::Idle
            && self.config.caller_id.start == CallerIdStart::BeforeRing;
        self.listen(Listen {
            caller_id,
            progress: false,
        });
    }

    fn listen(&mut self, listen: Listen) {
        if listen != self.listen {
            self.listen = listen;
            self.outputs.push(FxoOutput::Listen(listen));
        }
    }

    fn set_state(&mut self, new: FxoState) {
        tracing::debug!("fxo {:?} => {:?}", self.state, new);
        self.state = new;
    }

    fn port(&mut self, command: PortCommand) {
        self.outputs.push(FxoOutput::Port(command));
    }

    fn event(&mut self, event: FxoEvent) {
        self.outputs.push(FxoOutput::Event(event));
    }
}

const fn is_off_hook(state: FxoState) -> bool {
    use FxoState as S;
    matches!(
        state,
        S::WaitDialTone | S::DialDelay | S::Dialling | S::WaitAnswer | S::Talking | S::Flashing
    )
}
