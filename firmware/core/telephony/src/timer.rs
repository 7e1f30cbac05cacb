use crate::{Duration, Instant};

/// The timers of one engine: at most `N` running, each named by a value of the engine's timer enum.
///
/// Setting a timer that runs restarts it. [`TimerTable::next`] tells when to wake and why; [`TimerTable::expired`] takes
/// due timers one at a time, earliest first.
#[derive(Clone, Debug)]
pub struct TimerTable<T, const N: usize> {
    slots: [Option<(Instant, T)>; N],
}

impl<T: Copy + PartialEq, const N: usize> Default for TimerTable<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy + PartialEq, const N: usize> TimerTable<T, N> {
    /// An empty table.
    pub const fn new() -> Self {
        TimerTable {
            slots: [const { None }; N],
        }
    }

    /// Starts `timer` to fire `after` from `now`, replacing a running one of the same name.
    ///
    /// # Panics
    /// When more than `N` distinct timers run: `N` is the size of the engine's timer enum, so that is a bug in the engine.
    pub fn set(&mut self, now: Instant, timer: T, after: Duration) {
        self.stop(timer);
        let free = self.slots.iter_mut().find(|slot| slot.is_none());
        let slot = free.expect("TimerTable<T, N>: N is smaller than the number of timer names");
        *slot = Some((now + after, timer));
    }

    /// Stops `timer` if it runs.
    pub fn stop(&mut self, timer: T) {
        for slot in &mut self.slots {
            if matches!(slot, Some((_, t)) if *t == timer) {
                *slot = None;
            }
        }
    }

    /// Stops every timer.
    pub fn clear(&mut self) {
        self.slots = [const { None }; N];
    }

    /// Whether `timer` runs.
    pub fn is_running(&self, timer: T) -> bool {
        self.slots.iter().flatten().any(|(_, t)| *t == timer)
    }

    /// When the next timer fires, and which.
    pub fn next(&self) -> Option<(Instant, T)> {
        self.slots
            .iter()
            .flatten()
            .copied()
            .min_by_key(|(at, _)| *at)
    }

    /// Takes the earliest timer that is due at `now`.
    pub fn expired(&mut self, now: Instant) -> Option<T> {
        let (at, timer) = self.next()?;
        if at > now {
            return None;
        }
        self.stop(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum T {
        A,
        B,
    }

    #[test]
    fn fires_earliest_first_and_restarts() {
        let mut table = TimerTable::<T, 2>::new();
        let t0 = Instant::ZERO;
        table.set(t0, T::A, Duration::from_millis(20));
        table.set(t0, T::B, Duration::from_millis(10));
        table.set(t0, T::A, Duration::from_millis(30));
        assert_eq!(table.next(), Some((Instant::from_millis(10), T::B)));
        let late = Instant::from_millis(40);
        assert_eq!(table.expired(late), Some(T::B));
        assert_eq!(table.expired(Instant::from_millis(29)), None);
        assert_eq!(table.expired(late), Some(T::A));
        assert_eq!(table.next(), None);
    }
}
