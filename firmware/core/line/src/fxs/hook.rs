//! The loop: debounce, flashes, pulse digits.

use telephony::{Digit, Instant, LoopState};

use super::{Fxs, FxsEvent, FxsState, FxsTimer, ms};

#[derive(Clone, Copy, Debug)]
pub(super) struct Hook {
    /// The last the port said.
    pub raw: LoopState,
    /// When it said so.
    pub edge: Instant,
    /// After debounce.
    pub closed: bool,
    /// Off hook: when the opening began that is being measured.
    open_since: Option<Instant>,
    /// Pulses of the digit being dialled.
    pub pulses: u8,
}

impl Hook {
    pub(super) const fn new() -> Self {
        Hook {
            raw: LoopState::Open,
            edge: Instant::ZERO,
            closed: false,
            open_since: None,
            pulses: 0,
        }
    }

    pub(super) fn begin_call(&mut self) {
        self.closed = true;
        self.open_since = None;
        self.pulses = 0;
    }

    pub(super) fn end_call(&mut self) {
        self.closed = false;
        self.open_since = None;
        self.pulses = 0;
    }

    /// After a time in which the loop said nothing about the hook.
    pub(super) fn judge_afresh(&mut self, now: Instant) {
        self.edge = now;
        self.closed = self.raw == LoopState::Closed;
        self.open_since = None;
    }
}

impl Fxs {
    pub(super) fn loop_changed(&mut self, now: Instant, raw: LoopState) {
        if raw == self.hook.raw {
            return;
        }
        self.hook.raw = raw;
        self.hook.edge = now;
        self.arm_debounce();
    }

    /// Runs the debounce of the present state from the last change of the loop, if the loop differs from what is believed.
    pub(super) fn arm_debounce(&mut self) {
        let debounce_ms = match self.state {
            FxsState::Idle => self.config.hook.seize_ms,
            FxsState::Ringing => self.config.ring.trip_ms,
            FxsState::OffHook | FxsState::ReleaseTone | FxsState::Howler | FxsState::LockedOut => {
                self.config.hook.bounce_ms
            }
            FxsState::Guard | FxsState::OpenLoop | FxsState::FeedSettle | FxsState::Failed => {
                return;
            }
        };
        if (self.hook.raw == LoopState::Closed) == self.hook.closed {
            self.timers.stop(FxsTimer::Debounce);
        } else {
            self.timers
                .set(self.hook.edge, FxsTimer::Debounce, ms(debounce_ms));
        }
    }

    pub(super) fn loop_opened(&mut self) {
        self.hook.open_since = Some(self.hook.edge);
        self.timers.stop(FxsTimer::InterDigit);
        // A closing just within the limit is seen a debounce later, and must be seen first.
        let limit_ms = self
            .longest_opening_ms()
            .saturating_add(self.config.hook.bounce_ms)
            .saturating_add(1);
        self.timers
            .set(self.hook.edge, FxsTimer::OnHook, ms(limit_ms));
    }

    pub(super) fn loop_closed(&mut self, now: Instant) {
        self.timers.stop(FxsTimer::OnHook);
        let Some(since) = self.hook.open_since.take() else {
            return;
        };
        let open = self.hook.edge - since;
        if open > ms(self.longest_opening_ms()) {
            self.on_hook(now);
        } else if self.state == FxsState::OffHook {
            self.opening_of(u16::try_from(open.as_millis()).unwrap_or(u16::MAX));
        }
    }

    fn opening_of(&mut self, open_ms: u16) {
        let pulse = self.config.pulse;
        if self
            .config
            .hook
            .flash_ms
            .is_some_and(|(least, most)| (least..=most).contains(&open_ms))
        {
            self.end_of_digit();
            self.event(FxsEvent::Flash);
        } else if pulse.enabled && (pulse.break_ms.0..=pulse.break_ms.1).contains(&open_ms) {
            self.hook.pulses = self.hook.pulses.saturating_add(1);
        }
        if self.hook.pulses > 0 {
            // From the edge: the pause is measured where the loop closed, not where the debounce ended.
            let pause = ms(pulse.inter_digit_ms.max(self.config.hook.bounce_ms));
            self.timers.set(self.hook.edge, FxsTimer::InterDigit, pause);
        }
    }

    /// One to nine pulses are that digit, ten are 0; more come from no dial and are dropped.
    pub(super) fn end_of_digit(&mut self) {
        self.timers.stop(FxsTimer::InterDigit);
        let pulses = core::mem::take(&mut self.hook.pulses);
        if !(1..=10).contains(&pulses) {
            return;
        }
        if let Some(digit) = Digit::from_event(pulses % 10) {
            self.event(FxsEvent::Digit(digit));
        }
    }

    /// A longer opening is on hook.
    fn longest_opening_ms(&self) -> u16 {
        let hook = &self.config.hook;
        let flash_ms = hook
            .flash_ms
            .map_or(hook.on_hook_ms, |(least, most)| least.max(most));
        if self.config.pulse.enabled {
            flash_ms.max(self.config.pulse.break_ms.1)
        } else {
            flash_ms
        }
    }
}
