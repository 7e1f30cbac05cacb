//! The only place that reads a clock.

use std::time::{SystemTime, UNIX_EPOCH};

use telephony::Instant;

/// The box's monotonic clock, and its relation to the wall clock.
///
/// [`Instant::ZERO`] is the moment the clock was made.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: std::time::Instant,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Clock {
            started: std::time::Instant::now(),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.started.elapsed().as_micros() as u64)
    }

    /// The host's own reading of `at`, to wait until it.
    pub fn host(&self, at: Instant) -> std::time::Instant {
        self.started + at.since(Instant::ZERO)
    }

    /// `at` in milliseconds of Unix time (UTC). Uses the wall clock as it is set at this moment, so a time corrected by NTP
    /// during a call corrects the record of that call.
    pub fn unix_ms(&self, at: Instant) -> i64 {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let age = self.now().since(at);
        wall.saturating_sub(age).as_millis() as i64
    }
}
