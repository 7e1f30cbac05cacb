/// An audible signal the box gives to a party (ITU-T E.182 names). What it sounds like is the country's tone plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Ready for digits.
    Dial,
    /// Ready for digits, messages waiting or forwarding active.
    StutterDial,
    /// The called party is being alerted (ringing tone).
    Ringback,
    /// The called party is engaged.
    Busy,
    /// No route, no free line, or network failure (reorder).
    Congestion,
    /// The number does not exist (special information tone, E.180 §7).
    NumberUnobtainable,
    /// A second call waits for this party.
    CallWaiting,
    /// The phone was left off hook: loud, so that somebody hears it.
    Howler,
    /// A feature was accepted.
    Confirmation,
    /// This party is on hold (played when no hold music is set).
    Hold,
}
