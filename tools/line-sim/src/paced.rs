//! The world slowed down to a real clock.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

use line_card::{CardError, Highway};
use telephony::Frame;

use crate::sim::SimHighway;

/// How far behind the clock may be before it gives up catching up (the laptop slept).
const TOO_LATE: Duration = Duration::from_millis(250);

/// A [`SimHighway`] in real time: [`exchange`](Highway::exchange) blocks until the next 10 ms of the monotonic clock are over,
/// and the world moves 1 ms at a time meanwhile, so that a card polled by another thread shows events when they happen.
pub struct Paced {
    highway: SimHighway,
    due: Option<Instant>,
    slips: u64,
    never: Receiver<()>,
    _keeps_the_channel_open: SyncSender<()>,
}

impl Paced {
    /// The clock starts with the first exchange.
    pub fn new(highway: SimHighway) -> Self {
        let (sender, never) = mpsc::sync_channel(1);
        Paced {
            highway,
            due: None,
            slips: 0,
            never,
            _keeps_the_channel_open: sender,
        }
    }

    /// How often the clock was started afresh because the caller came a quarter of a second late or more.
    pub fn slips(&self) -> u64 {
        self.slips
    }
}

impl Highway for Paced {
    fn exchange(&mut self, tx: &[Frame], rx: &mut [Frame]) -> Result<(), CardError> {
        let now = Instant::now();
        let mut due = *self.due.get_or_insert(now);
        if now.saturating_duration_since(due) > TOO_LATE {
            self.slips += 1;
            due = now;
        }
        let Paced { highway, never, .. } = self;
        let result = highway.exchange_stepped(tx, rx, |_| {
            due += Duration::from_millis(1);
            let wait = due.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                // Nobody ever sends: this waits.
                let _ = never.recv_timeout(wait);
            }
        });
        self.due = Some(due);
        result
    }
}
