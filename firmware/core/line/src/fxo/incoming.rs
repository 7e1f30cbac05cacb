//! Rings and the caller's number, up to the report of an incoming call.

use telephony::{CallerId, Instant, Presentation};

use super::config::CallerIdStart;
use super::{Fxo, FxoEvent, FxoState, FxoTimer, Listen, ms};

/// The ring under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rings {
    /// Known before the report, or reported.
    pub caller: Option<CallerId>,
    /// When the present burst began.
    began: Instant,
    /// When the last valid burst ended.
    ended: Option<Instant>,
}

impl Rings {
    pub(super) fn caller_or_unavailable(&self) -> CallerId {
        self.caller.unwrap_or(CallerId {
            presentation: Presentation::Unavailable,
            ..CallerId::default()
        })
    }
}

impl Fxo {
    pub(super) fn reversal_before_ring(&mut self, now: Instant) {
        if self.config.caller_id.start == CallerIdStart::Polarity {
            self.set_state(FxoState::BeforeRing);
            self.listen(Listen {
                caller_id: true,
                progress: false,
            });
            self.timers.set(
                now,
                FxoTimer::CallerId,
                ms(self.config.caller_id.before_ring_ms),
            );
        }
    }

    pub(super) fn caller_before_ring(&mut self, now: Instant, caller: CallerId) {
        if self.config.caller_id.start == CallerIdStart::Off {
            return;
        }
        self.rings.caller = Some(caller);
        self.timers.set(
            now,
            FxoTimer::CallerId,
            ms(self.config.caller_id.before_ring_ms),
        );
        if self.state == FxoState::Idle {
            self.set_state(FxoState::BeforeRing);
        }
    }

    pub(super) fn check_ring(&mut self, now: Instant) {
        self.rings.began = now;
        self.set_state(FxoState::RingCheck);
        self.timers
            .set(now, FxoTimer::RingValid, ms(self.config.ring.min_burst_ms));
    }

    /// The burst was too short. An announcement that is still good stays.
    pub(super) fn false_ring(&mut self, now: Instant) {
        if self.timers.is_running(FxoTimer::CallerId) {
            self.timers.stop(FxoTimer::RingValid);
            self.set_state(FxoState::BeforeRing);
        } else {
            self.enter_idle(now);
        }
    }

    pub(super) fn ring_is_valid(&mut self, now: Instant) {
        self.timers.stop(FxoTimer::CallerId);
        self.timers
            .set(now, FxoTimer::RingTimeout, ms(self.config.ring.timeout_ms));
        if self.rings.caller.is_some() || self.config.caller_id.start == CallerIdStart::Off {
            self.offer(None);
        } else {
            self.listen(Listen::default());
            self.set_state(FxoState::CallerIdWindow);
        }
    }

    /// A further edge of the ring detector.
    pub(super) fn burst(&mut self, now: Instant, on: bool) {
        if on {
            self.rings.began = now;
            self.timers
                .set(now, FxoTimer::RingValid, ms(self.config.ring.min_burst_ms));
        } else if self.timers.is_running(FxoTimer::RingValid) {
            self.timers.stop(FxoTimer::RingValid);
        } else {
            self.rings.ended = Some(now);
            self.timers
                .set(now, FxoTimer::RingTimeout, ms(self.config.ring.timeout_ms));
            if self.state == FxoState::CallerIdWindow {
                self.listen(Listen {
                    caller_id: true,
                    progress: false,
                });
                self.timers
                    .set(now, FxoTimer::CallerId, ms(self.config.caller_id.window_ms));
            }
        }
    }

    pub(super) fn next_burst_is_valid(&mut self, now: Instant) {
        self.timers
            .set(now, FxoTimer::RingTimeout, ms(self.config.ring.timeout_ms));
        if self.state != FxoState::CallerIdWindow {
            return;
        }
        let same_ring = ms(self.config.ring.same_ring_ms);
        if self
            .rings
            .ended
            .is_some_and(|ended| self.rings.began - ended < same_ring)
        {
            self.listen(Listen::default());
            self.timers.stop(FxoTimer::CallerId);
        } else {
            self.offer(None);
        }
    }

    /// Reports the call, with `caller` or whoever was announced.
    pub(super) fn offer(&mut self, caller: Option<CallerId>) {
        self.timers.stop(FxoTimer::CallerId);
        self.rings.caller = caller.or(self.rings.caller);
        self.listen(Listen::default());
        self.set_state(FxoState::Offered);
        self.event(FxoEvent::Incoming {
            caller: self.rings.caller_or_unavailable(),
        });
    }

    pub(super) fn ignore_ring(&mut self) {
        self.timers.stop(FxoTimer::CallerId);
        self.listen(Listen::default());
        self.set_state(FxoState::RingIgnored);
    }
}
