//! The hands of the person at a telephone: hook switch, dial and keypad.

use std::collections::VecDeque;

use crate::config::{PhoneSetup, PulseSetup};
use crate::dtmf::Keypad;
use crate::signal::Rng;

/// Something for the hands to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Lift,
    HangUp,
    Flash(u32),
    Wait(u32),
    Key(char),
    Pulses(u8),
}

/// The contact of hook and dial, and the key that is down, for some milliseconds.
#[derive(Clone, Copy, Debug)]
struct Moment {
    closed: bool,
    key: Option<char>,
    ms: u32,
}

/// Hands doing one thing after the other.
#[derive(Debug)]
pub(crate) struct Hands {
    queue: VecDeque<Action>,
    doing: VecDeque<Moment>,
    lifted: bool,
    closed: bool,
    bounce_ms: u32,
    pulse: PulseSetup,
    keypad: Keypad,
    rng: Rng,
}

impl Hands {
    const PATIENCE: usize = 1_000;

    pub(crate) fn new(setup: &PhoneSetup, rng: Rng) -> Self {
        Hands {
            queue: VecDeque::new(),
            doing: VecDeque::new(),
            lifted: false,
            closed: false,
            bounce_ms: setup.bounce_ms.min(100),
            pulse: setup.pulse,
            keypad: setup.keypad,
            rng,
        }
    }

    pub(crate) fn add(&mut self, action: Action) -> bool {
        let room = self.queue.len() < Hands::PATIENCE;
        if room {
            self.queue.push_back(action);
        }
        room
    }

    pub(crate) fn drop_everything(&mut self) {
        self.queue.clear();
        self.doing.clear();
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.doing.is_empty()
    }

    pub(crate) fn is_off_hook(&self) -> bool {
        self.lifted
    }

    /// One millisecond: the contact, and the key that is down.
    pub(crate) fn step(&mut self) -> (bool, Option<char>) {
        while self.doing.is_empty() {
            let Some(action) = self.queue.pop_front() else {
                break;
            };
            self.begin(action);
        }
        let Some(moment) = self.doing.front_mut() else {
            return (self.closed, None);
        };
        let now = (moment.closed, moment.key);
        self.closed = moment.closed;
        moment.ms -= 1;
        if moment.ms == 0 {
            self.doing.pop_front();
        }
        now
    }

    fn begin(&mut self, action: Action) {
        match action {
            Action::Lift if !self.lifted => {
                self.lifted = true;
                self.contact(true, 1, self.bounce_ms);
            }
            Action::HangUp if self.lifted || self.closed => {
                self.lifted = false;
                self.contact(false, 1, self.bounce_ms);
            }
            Action::Flash(ms) if self.lifted => {
                self.contact(false, ms, self.bounce_ms);
                self.contact(true, 1, self.bounce_ms);
            }
            Action::Pulses(count) if self.lifted => {
                let PulseSetup {
                    break_ms,
                    make_ms,
                    pause_ms,
                    bounce_ms,
                } = self.pulse;
                for _ in 0..count {
                    self.contact(false, break_ms, bounce_ms);
                    self.contact(true, make_ms, bounce_ms);
                }
                self.hold(true, None, pause_ms);
            }
            Action::Key(key) => {
                self.hold(self.lifted, Some(key), self.keypad.on_ms);
                self.hold(self.lifted, None, self.keypad.off_ms);
            }
            Action::Wait(ms) => self.hold(self.lifted, None, ms),
            Action::Lift | Action::HangUp | Action::Flash(_) | Action::Pulses(_) => {}
        }
    }

    fn hold(&mut self, closed: bool, key: Option<char>, ms: u32) {
        if ms > 0 {
            self.doing.push_back(Moment { closed, key, ms });
        }
    }

    /// Moves the contact for `ms`, with up to `bounce_ms` of bounce in it: from 2 ms on it bounces at least once.
    fn contact(&mut self, closed: bool, ms: u32, bounce_ms: u32) {
        let mut left = if bounce_ms >= 2 {
            self.rng.between(2, bounce_ms)
        } else {
            0
        };
        let mut used = 0;
        while left >= 2 {
            let touch = self.rng.between(1, (left - 1).min(2));
            let apart = self.rng.between(1, (left - touch).min(2));
            self.hold(closed, None, touch);
            self.hold(!closed, None, apart);
            left -= touch + apart;
            used += touch + apart;
        }
        self.hold(closed, None, ms.saturating_sub(used).max(1));
    }
}
