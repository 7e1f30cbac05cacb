use telephony::{CallId, Duration};

/// The limits and times of a [`crate::Switch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchConfig {
    /// [`Timer::FirstDigit`], default 16 s.
    pub first_digit: Duration,
    /// [`Timer::InterDigit`], default 4 s.
    pub inter_digit: Duration,
    /// [`Timer::NoAnswer`], default 60 s.
    pub no_answer: Duration,
    /// Calls at one time, default 128. A caller beyond is refused with `SwitchingCongestion`.
    pub max_calls: usize,
    /// Records kept until the store has them, default 1024. Beyond, the oldest is dropped and counted.
    pub max_unstored: usize,
    /// Number of the first call: one more than the last call in the database.
    pub first_call: CallId,
}

impl Default for SwitchConfig {
    fn default() -> Self {
        SwitchConfig {
            first_digit: Duration::from_secs(16),
            inter_digit: Duration::from_secs(4),
            no_answer: Duration::from_secs(60),
            max_calls: 128,
            max_unstored: 1024,
            first_call: CallId(1),
        }
    }
}

/// Why the switch wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Off hook, no digit yet. Default 16 s: the product's requirement.
    FirstDigit(CallId),
    /// Time for the next digit; then the number is taken as it is. Default 4 s: the product's requirement.
    InterDigit(CallId),
    /// A step of the route rings or is being set up. Default 60 s: our choice, below the 180 s
    /// of the networks (Q.931 Table 9-1, T301), so that the house gives up first.
    NoAnswer(CallId),
}
