//! What goes into and comes out of the FXO machine.

use telephony::{CallerId, Cause, Digits, PortCommand, PortEvent};

/// What the machine can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxoInput {
    /// A raw fact from the port.
    Port(PortEvent),
    /// Take the line and send these digits (none: take it and send nothing). During the guard time after a call it waits.
    /// Ignored while the line is in use by another call of the box: a line has one leg at a time.
    Seize {
        /// What to dial.
        digits: Digits,
    },
    /// Take the incoming call.
    Answer,
    /// End the call. A call that still rings cannot be refused on a line: it rings out unheard.
    Hangup,
    /// Send a hook flash to the exchange (answered calls only).
    Flash,
    /// A caller's number was received.
    CallerId(CallerId),
    /// A tone of the exchange was recognised; ringback once every cycle.
    Heard(Heard),
    /// The digits of [`FxoOutput::SendDigits`] are out.
    DigitsSent,
    /// Time passed: [`poll_timeout`](crate::Fxo::poll_timeout) is due.
    Timeout,
}

/// A tone of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Ready for digits.
    DialTone,
    /// The far phone rings; said again each cycle.
    Ringback,
    /// The far party is engaged, or hung up.
    Busy,
    /// No way through.
    Congestion,
    /// Special information tone.
    NumberUnobtainable,
}

/// What the machine wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxoOutput {
    /// To the port.
    Port(PortCommand),
    /// Upward.
    Event(FxoEvent),
    /// Send these digits now and say [`FxoInput::DigitsSent`] when they are out.
    SendDigits(Digits),
    /// What to listen for on the pair from now on.
    Listen(Listen),
}

/// Detectors wanted on the pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listen {
    /// Caller ID (FSK and DTMF).
    pub caller_id: bool,
    /// Call-progress tones.
    pub progress: bool,
}

/// What happened on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxoEvent {
    /// A call comes in.
    Incoming {
        /// Who calls; `Presentation::Unavailable` when the line did not say.
        caller: CallerId,
    },
    /// The incoming call stopped ringing before it was answered.
    CallerGaveUp,
    /// The digits are out.
    Dialled,
    /// The far phone rings.
    Alerting,
    /// The outgoing call was answered, once a call.
    Answered(AnswerBy),
    /// The call is over and the loop open; no [`FxoInput::Hangup`] is needed.
    Released(Cause),
    /// Battery is gone: the line is cut. Said after `Released` or `CallerGaveUp` of a call it ended.
    LineCut,
    /// Battery is back.
    LineRestored,
    /// The port stopped working; its call is over.
    Failed,
    /// The port works again.
    Recovered,
}

/// How an answer was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerBy {
    /// The exchange reversed the polarity: certain.
    Polarity,
    /// Ringback came no more: nearly certain.
    RingbackStopped,
    /// Assumed, because nothing else was told.
    Timer,
}

/// Where the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxoState {
    /// On hook, quiet.
    Idle,
    /// On hook; a reversal or a number announced a ring.
    BeforeRing,
    /// A burst began and is not yet long enough.
    RingCheck,
    /// It rings; the caller's number is waited for.
    CallerIdWindow,
    /// It rings and was reported.
    Offered,
    /// It rings and the box does not want it.
    RingIgnored,
    /// Off hook to dial, no dial tone yet.
    WaitDialTone,
    /// Dial tone is there; a moment before the first digit.
    DialDelay,
    /// Digits are being sent.
    Dialling,
    /// Digits are out, not answered.
    WaitAnswer,
    /// Answered, either way.
    Talking,
    /// Answered, and the loop open for a flash.
    Flashing,
    /// On hook after a call: the exchange must notice.
    Guard,
    /// No battery.
    LineCut,
    /// The port does not work.
    Failed,
}

/// Why the machine wants to wake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxoTimer {
    /// 100 ms: the burst is a ring; 40 ms while seizing: it is glare.
    RingValid,
    /// 8000 ms without a burst: the caller gave up (chan_dahdi ringtimeout, UCM).
    RingTimeout,
    /// 4000 ms after the first ring without a number, or 5000 ms after an announcement without a ring.
    CallerId,
    /// 5000 ms without dial tone (ETS 300 001 ch. 4), then 300 ms of dial delay, then the guard of the digits (5000 ms + 2000 ms each).
    Dial,
    /// 7000 ms without ringback: answered.
    RingbackGone,
    /// 15 000 ms without a sign: taken as answered.
    AssumeAnswer,
    /// The polarity lasted 50 ms.
    Polarity,
    /// 200 ms without battery off hook: the far end hung up (UCM current-disconnect threshold).
    LoopDrop,
    /// 750 ms: the flash is over (chan_dahdi flash).
    Flash,
    /// 2000 ms after on hook: the line may be used again.
    Guard,
    /// On hook: battery gone 1000 ms (cut), or back 1000 ms (restored).
    Battery,
}

/// Names in [`FxoTimer`].
pub(super) const TIMERS: usize = 11;
