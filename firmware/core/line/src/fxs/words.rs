//! What goes into and comes out of the FXS machine.

use telephony::{CallerId, Cause, Digit, PortCommand, PortEvent, RingCadence, Tone};

/// What the machine can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxsInput {
    /// A raw fact from the port.
    Port(PortEvent),
    /// Ring the phone. Refused with [`FxsEvent::RingRefused`] when the port is in use or failed; waits for the guard time
    /// after a hang-up. While ringing it changes the cadence from the next burst on.
    Ring {
        /// Whose number is shown.
        caller: CallerId,
        /// How it rings; `None`: the port's own cadence.
        cadence: Option<RingCadence>,
    },
    /// The caller gave up.
    StopRing,
    /// The call is over. A ringing phone falls silent; a phone off hook gets the cause's tone, then howler, then silence.
    Release(Cause),
    /// A second call waits.
    CallWaiting(CallerId),
    /// The spill asked for with [`FxsOutput::SendCallerId`] is out.
    CallerIdSent,
    /// Time passed: [`poll_timeout`](crate::Fxs::poll_timeout) is due.
    Timeout,
}

/// What the machine wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxsOutput {
    /// To the port.
    Port(PortCommand),
    /// Upward.
    Event(FxsEvent),
    /// Play this tone to the phone, or (`None`) stop the one the machine asked for before.
    Tone(Option<Tone>),
    /// Send the caller's number to the phone now, and say [`FxsInput::CallerIdSent`] when it is out.
    SendCallerId(CallerId),
    /// The spill must stop: the phone was answered or the ring is over. No [`FxsInput::CallerIdSent`] is expected.
    StopCallerId,
}

/// What happened on the phone, after debounce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxsEvent {
    /// Off hook from idle: wants to dial.
    Seized,
    /// Off hook while ringing, once a ring.
    Answered,
    /// The ring was not started: the phone is off hook or the port failed.
    RingRefused,
    /// The hook was flashed.
    Flash,
    /// A digit was dialled with a rotary dial.
    Digit(Digit),
    /// The phone is in use and the waiting call may be signalled: mix the call-waiting tone into its speech.
    CallWaiting(CallerId),
    /// Hung up, also after a release.
    OnHook,
    /// The port stopped working; its call is over.
    Failed,
    /// The port works again.
    Recovered,
}

/// Where the phone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxsState {
    /// On hook, may be rung.
    Idle,
    /// Just hung up: the loop is not looked at yet.
    Guard,
    /// Being rung: caller ID before the first burst, bursts, pauses.
    Ringing,
    /// In use.
    OffHook,
    /// Released while off hook: the feed is away.
    OpenLoop,
    /// Released while off hook: the feed is back and settles.
    FeedSettle,
    /// Released while off hook: hears the cause's tone.
    ReleaseTone,
    /// Still off hook: hears the howler.
    Howler,
    /// Still off hook: silence until hung up.
    LockedOut,
    /// The port does not work.
    Failed,
}

/// Why the machine wants to wake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FxsTimer {
    /// The loop kept its new state: 10 ms off hook, 50 ms from idle, 30 ms while ringing ([`HookConfig`](crate::HookConfig),
    /// [`RingConfig::trip_ms`](crate::RingConfig::trip_ms)).
    Debounce,
    /// The loop is open longer than a flash: 1000 ms (TIA-470), plus the debounce.
    OnHook,
    /// No further pulse: 200 ms, the digit is complete (TIA-470).
    InterDigit,
    /// 300 ms after on hook: a new seizure or ring may begin.
    Guard,
    /// A burst or a pause of the ring cadence is over (ES 201 970 Annex A, ANSI T1.401: country).
    Cadence,
    /// 500 ms after the burst: send the caller ID (GR-30 §2.3.1).
    CallerIdStart,
    /// 6000 ms after it began: the spill's end was not reported.
    CallerIdGuard,
    /// 200 ms after the spill: the next burst may come (EN 300 659-1).
    CallerIdGap,
    /// The open loop towards the phone is over (set per port), or 100 ms later the feed settled.
    Feed,
    /// 30 s of cause tone, then 60 s of howler.
    Release,
}

/// Names in [`FxsTimer`].
pub(super) const TIMERS: usize = 10;
