//! The line off hook: seizing, dialling, answer and disconnect supervision.

use telephony::{Cause, Digits, Duration, HookState, Instant, PortCommand};

use super::config::DialToneRule;
use super::words::AnswerBy;
use super::{Fxo, FxoEvent, FxoOutput, FxoState, FxoTimer, Heard, Listen, ms};

/// Longest time one digit takes to send: a rotary 0 (ten pulses of 100 ms, then the pause).
const DIGIT: Duration = Duration::from_secs(2);
/// Battery that is not seen in the moment of the answer may still be hidden by the ringing.
const AFTER_RING_MS: u16 = 1_000;

/// The call under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Call {
    digits: Digits,
    outgoing: bool,
    alerted: bool,
    /// Since when it is answered.
    talking_since: Instant,
    /// The exchange's reversal for the answer came, or none is expected.
    answer_reversed: bool,
}

impl Fxo {
    pub(super) fn answer(&mut self, now: Instant) {
        self.clear_timers();
        self.call = Call {
            talking_since: now,
            answer_reversed: true,
            ..Call::default()
        };
        self.close_loop(FxoState::Talking);
        if !self.pair.battery {
            self.arm_loop_drop(now, AFTER_RING_MS);
        }
    }

    pub(super) fn seize(&mut self, now: Instant, digits: Digits) {
        if !self.pair.battery {
            return self.event(FxoEvent::Released(Cause::DestinationOutOfOrder));
        }
        if self.pair.ringing {
            return self.event(FxoEvent::Released(Cause::CircuitNotAvailable));
        }
        self.clear_timers();
        self.call = Call {
            digits,
            outgoing: true,
            ..Call::default()
        };
        self.close_loop(FxoState::WaitDialTone);
        if self.config.dial.tone == DialToneRule::Ignored {
            self.dial_delay(now);
        } else {
            self.timers
                .set(now, FxoTimer::Dial, ms(self.config.dial.tone_wait_ms));
        }
    }

    fn close_loop(&mut self, state: FxoState) {
        self.port(PortCommand::Hook(HookState::OffHook));
        self.listen(Listen {
            caller_id: false,
            progress: true,
        });
        self.set_state(state);
    }

    /// On hook, and the guard time begins.
    pub(super) fn open_loop(&mut self, now: Instant) {
        self.port(PortCommand::Hook(HookState::OnHook));
        self.begin_guard(now);
        self.listen_idle();
    }

    pub(super) fn release(&mut self, now: Instant, cause: Cause) {
        self.open_loop(now);
        self.event(FxoEvent::Released(cause));
    }

    /// A transient of our own hook, or a caller.
    pub(super) fn ring_while_seizing(&mut self, now: Instant, on: bool) {
        if on {
            self.timers
                .set(now, FxoTimer::RingValid, ms(self.config.dial.glare_ms));
        } else {
            self.timers.stop(FxoTimer::RingValid);
        }
    }

    pub(super) fn glare(&mut self, now: Instant) {
        self.port(PortCommand::Hook(HookState::OnHook));
        self.event(FxoEvent::Released(Cause::CircuitNotAvailable));
        self.enter_idle(now);
        self.check_ring(now);
    }

    pub(super) fn dial_delay(&mut self, now: Instant) {
        self.set_state(FxoState::DialDelay);
        self.timers
            .set(now, FxoTimer::Dial, ms(self.config.dial.delay_ms));
    }

    pub(super) fn no_dial_tone(&mut self, now: Instant) {
        match self.config.dial.tone {
            DialToneRule::Required => self.release(now, Cause::NetworkOutOfOrder),
            DialToneRule::Preferred | DialToneRule::Ignored => self.send_digits(now),
        }
    }

    pub(super) fn send_digits(&mut self, now: Instant) {
        let digits = self.call.digits;
        self.timers.stop(FxoTimer::RingValid);
        if digits.is_empty() {
            return self.dialled(now);
        }
        self.set_state(FxoState::Dialling);
        self.outputs.push(FxoOutput::SendDigits(digits));
        let guard = ms(self.config.dial.sent_guard_ms) + DIGIT * digits.len() as u32;
        self.timers.set(now, FxoTimer::Dial, guard);
    }

    pub(super) fn dialled(&mut self, now: Instant) {
        self.timers.stop(FxoTimer::Dial);
        self.set_state(FxoState::WaitAnswer);
        self.event(FxoEvent::Dialled);
        if let Some(assume_ms) = self.config.answer.assume_ms {
            self.timers.set(
                now,
                FxoTimer::AssumeAnswer,
                Duration::from_millis(assume_ms.into()),
            );
        }
    }

    pub(super) fn heard_before_answer(&mut self, now: Instant, heard: Heard) {
        match heard {
            Heard::Busy => self.release(now, Cause::UserBusy),
            Heard::Congestion => self.release(now, Cause::NoCircuitAvailable),
            Heard::NumberUnobtainable => self.release(now, Cause::UnallocatedNumber),
            Heard::Ringback if self.state == FxoState::WaitAnswer => self.ringback(now),
            // A second dial tone after an access code, or the tail of the first.
            Heard::Ringback | Heard::DialTone => {}
        }
    }

    fn ringback(&mut self, now: Instant) {
        if !self.call.alerted {
            self.call.alerted = true;
            self.event(FxoEvent::Alerting);
        }
        if let Some(gone_ms) = self.config.answer.ringback_gone_ms {
            self.timers.stop(FxoTimer::AssumeAnswer);
            self.timers.set(now, FxoTimer::RingbackGone, ms(gone_ms));
        }
    }

    pub(super) fn answered(&mut self, now: Instant, by: AnswerBy) {
        self.timers.stop(FxoTimer::RingbackGone);
        self.timers.stop(FxoTimer::AssumeAnswer);
        self.call.talking_since = now;
        self.call.answer_reversed = by == AnswerBy::Polarity || !self.config.answer.polarity;
        self.set_state(FxoState::Talking);
        self.event(FxoEvent::Answered(by));
    }

    pub(super) fn reversal_in_call(&mut self, now: Instant) {
        if self.call.outgoing && !self.call.answer_reversed {
            self.call.answer_reversed = true;
            self.call.talking_since = now;
        } else if self.config.disconnect.polarity
            && now - self.call.talking_since >= ms(self.config.disconnect.polarity_guard_ms)
        {
            self.release(now, Cause::NormalClearing);
        }
    }

    pub(super) fn heard_in_call(&mut self, now: Instant, heard: Heard) {
        let hung_up = match heard {
            Heard::Busy | Heard::Congestion | Heard::NumberUnobtainable => {
                self.config.disconnect.tones
            }
            Heard::DialTone => self.config.disconnect.dial_tone,
            Heard::Ringback => false,
        };
        if hung_up {
            self.release(now, Cause::NormalClearing);
        }
    }

    pub(super) fn battery_in_call(&mut self, now: Instant, on: bool) {
        if on {
            self.timers.stop(FxoTimer::LoopDrop);
        } else {
            self.arm_loop_drop(now, 0);
        }
    }

    fn arm_loop_drop(&mut self, now: Instant, least_ms: u16) {
        if let Some(drop_ms) = self.config.disconnect.loop_drop_ms {
            self.timers
                .set(now, FxoTimer::LoopDrop, ms(drop_ms.max(least_ms)));
        }
    }

    pub(super) fn loop_dropped(&mut self, now: Instant) {
        let cause = match self.state {
            FxoState::Talking => Cause::NormalClearing,
            FxoState::WaitAnswer => Cause::NormalUnspecified,
            _ => Cause::NetworkOutOfOrder,
        };
        self.release(now, cause);
    }

    pub(super) fn flash(&mut self, now: Instant) {
        self.timers.stop(FxoTimer::LoopDrop);
        self.port(PortCommand::Hook(HookState::OnHook));
        self.set_state(FxoState::Flashing);
        self.timers
            .set(now, FxoTimer::Flash, ms(self.config.line.flash_ms));
    }

    pub(super) fn flash_over(&mut self, now: Instant) {
        self.port(PortCommand::Hook(HookState::OffHook));
        self.set_state(FxoState::Talking);
        if !self.pair.battery {
            self.arm_loop_drop(now, AFTER_RING_MS);
        }
    }
}
