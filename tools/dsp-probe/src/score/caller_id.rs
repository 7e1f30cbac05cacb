//! Messages shown against messages sent.

use crate::under_test::Shown;
use crate::vectors::caller_id::{Message, Standard};

/// Figures of a group of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Messages sent.
    pub sent: usize,
    /// Messages shown as they were sent.
    pub right: usize,
    /// What was shown that nobody sent, or a second time.
    pub wrong: Vec<String>,
}

impl Score {
    /// Counts one message, sent once.
    pub fn count(&mut self, sent: &Message, by: Standard, shown: &[Shown]) {
        self.count_repeated(sent, by, shown, 1);
    }

    /// Counts one message that was sent so many times.
    pub fn count_repeated(&mut self, sent: &Message, by: Standard, shown: &[Shown], times: usize) {
        let is_it = |s: &&Shown| s.message == *sent && s.standard == by;
        let right = shown.iter().filter(is_it).count();
        self.sent += times;
        self.right += right.min(times);
        for other in shown.iter().filter(|s| !is_it(s)) {
            self.wrong.push(format!("{other:?} for {sent:?}"));
        }
        if right > times {
            self.wrong.push(format!("{right} times {sent:?}"));
        }
    }

    /// Right ones in a hundred.
    pub fn percent(&self) -> f64 {
        100.0 * self.right as f64 / self.sent.max(1) as f64
    }
}
