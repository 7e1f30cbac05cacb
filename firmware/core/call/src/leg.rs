use dialplan::{Device, Origin};
use telephony::{CallId, CallerId, Cause, LegId, Tone};

/// How far a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegState {
    /// Originated by the switch, not answered.
    Rung,
    /// It called; it has no voice path yet.
    Calling,
    /// It called; it hears what comes before the answer.
    Early,
    /// Off hook or answered.
    Up,
}

/// What a leg hears. Decided in one place, `ear.rs`; nothing else plays or bridges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ear {
    Silence,
    Tone(Tone),
    Leg(LegId),
}

/// One party's side of its calls. Only an analog phone has more than `active`.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    pub(crate) place: Origin,
    /// Who it is to those it calls; the number is also what a record says of it.
    pub(crate) identity: CallerId,
    pub(crate) state: LegState,
    /// The call it takes part in now; for a rung leg the call it is rung for.
    pub(crate) active: Option<CallId>,
    /// The call it left by a flash.
    pub(crate) held: Option<CallId>,
    /// The call that knocks.
    pub(crate) waiting: Option<CallId>,
    /// Of active and held, the one it dialled while the other was held: hanging up joins the two.
    pub(crate) consult: Option<CallId>,
    /// Without an active call: why the last one ended. Its tone is heard until a flash.
    pub(crate) cause: Option<Cause>,
    /// It put the other party on hold (SIP).
    pub(crate) holds: bool,
    pub(crate) ear: Ear,
}

impl Leg {
    pub(crate) fn new(
        place: Origin,
        identity: CallerId,
        state: LegState,
        call: Option<CallId>,
    ) -> Self {
        Leg {
            place,
            identity,
            state,
            active: call,
            held: None,
            waiting: None,
            consult: None,
            cause: None,
            holds: false,
            ear: Ear::Silence,
        }
    }

    /// The analog phone it is, if it is one.
    pub(crate) fn analog(&self) -> Option<&Device> {
        match &self.place {
            Origin::Device(device @ Device::Fxs(_)) => Some(device),
            _ => None,
        }
    }

    /// Whether it has a voice path.
    pub(crate) fn hears(&self) -> bool {
        matches!(self.state, LegState::Early | LegState::Up)
    }

    /// Turns to `call`.
    pub(crate) fn turn_to(&mut self, call: CallId) {
        self.active = Some(call);
        self.cause = None;
    }

    /// Puts `new` wherever `old` is.
    pub(crate) fn exchange(&mut self, old: CallId, new: CallId) {
        for slot in [
            &mut self.active,
            &mut self.held,
            &mut self.waiting,
            &mut self.consult,
        ] {
            if *slot == Some(old) {
                *slot = Some(new);
            }
        }
    }

    /// The calls it has a part in.
    pub(crate) fn calls(&self) -> impl Iterator<Item = CallId> + use<> {
        [self.active, self.held, self.waiting].into_iter().flatten()
    }
}
