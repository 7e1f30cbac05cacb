//! Digits as RFC 4733 event packets.

use heapless::Deque;
use telephony::{Digit, Digits};

use crate::event_receiver::EventPayload;

/// One update each 20 ms (RFC 4733 §2.5.1.2 leaves the interval to the sender), whatever the ptime of speech.
const INTERVAL_TICKS: u8 = 2;
/// The end is sent three times (RFC 4733 §2.5.1.4).
const ENDS: u8 = 3;
/// -10 dBm0, near the middle of what Q.24 receivers take.
const VOLUME: u8 = 10;
/// Shortest event, in samples (40 ms, Q.24 Table 1).
const SHORTEST: u32 = 320;
/// Length of a digit we dial, in samples (100 ms).
const DIALLED: u32 = 800;
/// Samples between two digits we dial (100 ms), and between two presses that are passed on (40 ms).
const DIALLED_GAP: u32 = 800;
const PRESSED_GAP: u32 = 320;
const TICK: u32 = telephony::FRAME_SAMPLES as u32;
const LONGEST: u32 = 0xFFFF;
const QUEUE: usize = Digits::CAPACITY + 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// We dial it.
    Dialled {
        /// Last of its command.
        last: bool,
    },
    /// Until the key is let go.
    Held,
    /// The key was let go before its turn came.
    Released,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    digit: Digit,
    length: Length,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Idle,
    Sounding {
        item: Item,
        /// Timestamp of the segment.
        segment: u32,
        /// Samples in this segment and in those before.
        duration: u32,
        before: u32,
    },
    /// The end's repetitions, then the gap.
    Ending {
        item: Item,
        segment: u32,
        duration: u32,
        sent: u8,
        /// Samples since the end.
        since: u32,
    },
}

/// One packet to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventOut {
    pub marker: bool,
    pub timestamp: u32,
    pub payload: [u8; 4],
}

/// The sender of one session.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventSender {
    queue: Deque<Item, QUEUE>,
    state: State,
    ticks: u8,
    /// A command's last digit has been sent.
    done: bool,
}

impl EventSender {
    /// Dials digits; what does not fit behind what waits is dropped, and the command counts as done with what did.
    pub(crate) fn dial(&mut self, digits: Digits) {
        let count = digits.len();
        self.done |= count == 0;
        for (n, digit) in digits.iter().enumerate() {
            let room = self.queue.capacity() - self.queue.len();
            let last = n + 1 == count || room == 1;
            let length = Length::Dialled { last };
            self.done |= self.queue.push_back(Item { digit, length }).is_err();
        }
    }

    /// A key went down; its event lasts until [`EventSender::release`]. Dropped when too many wait.
    pub(crate) fn press(&mut self, digit: Digit) {
        let length = Length::Held;
        let _full = self.queue.push_back(Item { digit, length });
    }

    /// The key that went down last was let go.
    pub(crate) fn release(&mut self) {
        if let Some(item) = self
            .queue
            .iter_mut()
            .rev()
            .find(|i| i.length == Length::Held)
        {
            item.length = Length::Released;
        } else if let State::Sounding { item, .. } = &mut self.state
            && item.length == Length::Held
        {
            item.length = Length::Released;
        }
    }

    /// Drops everything.
    pub(crate) fn clear(&mut self) {
        *self = EventSender::default();
    }

    /// Whether an event stands in for speech.
    pub(crate) fn is_sounding(&self) -> bool {
        matches!(self.state, State::Sounding { .. }) || !self.queue.is_empty()
    }

    /// Whether packets are still to be sent.
    pub(crate) fn is_busy(&self) -> bool {
        !matches!(self.state, State::Idle) || !self.queue.is_empty()
    }

    /// Whether a command's digits are all sent; told once.
    pub(crate) fn take_done(&mut self) -> bool {
        core::mem::take(&mut self.done)
    }

    /// The 10 ms that begin at `clock`: the packet to send, if one is due.
    pub(crate) fn tick(&mut self, clock: u32) -> Option<EventOut> {
        let mut first = false;
        if matches!(self.state, State::Idle) {
            let item = self.queue.pop_front()?;
            (first, self.ticks) = (true, 0);
            self.state = State::Sounding {
                item,
                segment: clock,
                duration: 0,
                before: 0,
            };
        }
        let due = self.ticks == 0;
        self.ticks = (self.ticks + 1) % INTERVAL_TICKS;
        match self.state {
            State::Idle => None,
            State::Sounding {
                item,
                segment,
                duration,
                before,
            } => self.sound(item, segment, duration + TICK, before, first, due),
            State::Ending {
                item,
                segment,
                duration,
                sent,
                since,
            } => {
                let again = due && sent < ENDS;
                let sent = sent + u8::from(again);
                let since = since + TICK;
                let gap = match item.length {
                    Length::Dialled { .. } => DIALLED_GAP,
                    _ => PRESSED_GAP,
                };
                self.state = State::Ending {
                    item,
                    segment,
                    duration,
                    sent,
                    since,
                };
                if since >= gap && sent >= ENDS {
                    self.state = State::Idle;
                    self.done |= item.length == Length::Dialled { last: true };
                }
                again.then(|| out(item.digit, false, segment, duration, true))
            }
        }
    }

    fn sound(
        &mut self,
        item: Item,
        segment: u32,
        duration: u32,
        before: u32,
        first: bool,
        due: bool,
    ) -> Option<EventOut> {
        let whole = before + duration;
        let over = match item.length {
            Length::Dialled { .. } => whole >= DIALLED,
            Length::Held => false,
            Length::Released => whole >= SHORTEST,
        };
        if over {
            self.ticks = 1;
            self.state = State::Ending {
                item,
                segment,
                duration,
                sent: 1,
                since: 0,
            };
            return Some(out(item.digit, first, segment, duration, true));
        }
        if duration + TICK > LONGEST {
            // The last report of a segment says 0xFFFF; the next one starts there (RFC 4733 §2.5.1.3).
            self.state = State::Sounding {
                item,
                segment: segment.wrapping_add(LONGEST),
                duration: duration.saturating_sub(LONGEST),
                before: before + LONGEST,
            };
            return Some(out(item.digit, false, segment, LONGEST, false));
        }
        self.state = State::Sounding {
            item,
            segment,
            duration,
            before,
        };
        due.then(|| out(item.digit, first, segment, duration, false))
    }
}

fn out(digit: Digit, marker: bool, timestamp: u32, duration: u32, end: bool) -> EventOut {
    let event = EventPayload {
        code: digit.event(),
        end,
        volume: VOLUME,
        duration: duration as u16,
    };
    EventOut {
        marker,
        timestamp,
        payload: event.emit(),
    }
}
