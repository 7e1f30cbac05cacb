use std::sync::Arc;

use dialplan::{Device, Origin, Plan};
use telephony::{CallId, CallerId, Cause, Digit, Digits, LegId, LineId, Tone};

use crate::CallRecord;

/// What a [`crate::Switch`] is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Something happened on a leg. A new leg begins with [`LegEvent::Setup`] under an id of [`crate::Switch::new_leg_id`]; events
    /// of a leg that is over are ignored.
    Leg(LegId, LegEvent),
    /// The record of this call is durable; the call may be forgotten.
    CdrStored(CallId),
    /// The office's numbers changed. Calls that are being dialled keep the plan they began with.
    SetPlan(Arc<Plan>),
    /// The moment of [`crate::Switch::poll_timeout`] has come.
    Timeout,
}

/// A fact about a leg, in Q.931's words.
#[derive(Clone, Debug, PartialEq)]
pub enum LegEvent {
    /// A party wants to call.
    Setup {
        /// Where the party is.
        origin: Origin,
        /// Who it says it is. A device of the house is shown as its extension instead.
        caller: CallerId,
        /// The whole number, or the called number on a trunk; `None`: digits follow one by one. Ignored on lines.
        dialled: Option<String>,
        /// Take the place of this leg in its call (RFC 3891).
        replaces: Option<LegId>,
    },
    /// A digit was pressed, once.
    Digit(Digit),
    /// The originated party is being alerted.
    Alerting,
    /// The originated party's network reports progress. With `early_media` its tones are audible.
    Progress {
        /// Whether there is sound to hear.
        early_media: bool,
    },
    /// The originated party answered.
    Answer,
    /// An analog party pressed the hook briefly.
    Flash,
    /// A SIP party put the other one on hold.
    Hold,
    /// A SIP party took the other one back.
    Resume,
    /// A SIP party hands the other one over.
    Transfer(TransferTo),
    /// The leg is over: hung up, refused or failed. No further event or command of this leg follows.
    Release(Cause),
}

/// To whom a party is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferTo {
    /// To a number (blind).
    Number(String),
    /// To the other party of this leg, which is the same device's second leg (attended).
    Leg(LegId),
}

/// What a [`crate::Switch`] wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Tell a leg.
    Leg(LegId, LegCommand),
    /// Store this record, then answer [`Input::CdrStored`].
    Cdr(CallRecord),
}

/// Where an originated leg goes: one device, line or trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Ring this device.
    Device(Device),
    /// Seize this line and outpulse the digits. A line that is not free after all releases with `CircuitNotAvailable`, and the
    /// next one is tried.
    Line {
        /// The line.
        line: LineId,
        /// What to outpulse.
        digits: Digits,
    },
    /// Call through this trunk.
    Trunk {
        /// The trunk's name.
        name: String,
        /// The number to call.
        number: String,
    },
}

/// A request to a leg.
#[derive(Clone, Debug, PartialEq)]
pub enum LegCommand {
    /// Begin this leg: its id is new. It ends with the leg's `Release` event or with a `Release` command, never both.
    /// A phone that is in use for anything else must answer with `Release(UserBusy)`.
    Originate {
        /// Where to.
        to: Destination,
        /// Who calls.
        caller: CallerId,
        /// The number that was called.
        called: String,
    },
    /// The called party is being alerted (SIP: 180). An analog caller hears a `PlayTone` beside it; an unanswered line ignores it.
    Alert,
    /// Sound comes before the answer, by the `Bridge` or `PlayTone` that follows (SIP: 183 with SDP). Sent at most once a leg, to
    /// callers that have no voice path yet; never to lines.
    Progress,
    /// The caller's call is answered (SIP: 200; line: close the loop). Not sent to analog phones.
    Answer,
    /// Play to this leg. Nothing else is played or bridged to it meanwhile.
    PlayTone(Tone),
    /// End what [`LegCommand::PlayTone`] began.
    StopTone,
    /// Connect with that leg, both ways. Sent to one of the two.
    Bridge(LegId),
    /// End the bridge this leg is in, for both. Sent to one of the two, to the survivor when the other is gone.
    Unbridge,
    /// A second call waits for this phone: tone, and caller ID where the phone can show it.
    CallWaiting(CallerId),
    /// The second call no longer waits: taken or given up.
    CallWaitingEnded,
    /// What became of [`LegEvent::Transfer`]. After `Ok` the leg is released; after `Err` its call goes on.
    TransferResult(Result<(), Cause>),
    /// The leg is over. The cause is in the signalling of SIP (final response or BYE), in the tone of an analog phone. No further
    /// event or command of this leg follows.
    Release(Cause),
}
