use std::collections::VecDeque;
use std::sync::Arc;

use dialplan::{Plan, Target};
use telephony::{CallId, Cause, Digits, LegId, LineId, TimerTable};

use crate::Timer;
use crate::record::Draft;

/// How far a call is. A call that is over is a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallState {
    /// The party dials.
    Dialling,
    /// Targets of the route are tried; the party waits.
    Hunting,
    /// Party and peer talk, or one holds the other.
    Connected,
}

/// One leg that is rung, or a busy phone that is knocked at.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) leg: LegId,
    /// Lines to try when this one turns out not to be free, and what to outpulse there.
    pub(crate) spare: Option<(Vec<LineId>, Digits)>,
}

/// The search for a party that answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hunt {
    /// Steps not tried yet.
    pub(crate) steps: VecDeque<Vec<Target>>,
    /// The number sought.
    pub(crate) called: String,
    /// The name of its extension.
    pub(crate) name: String,
    /// Legs of the present step.
    pub(crate) attempts: Vec<Attempt>,
    /// Whether a party of this step is being alerted.
    pub(crate) alerted: bool,
    /// The attempt whose sound the party hears before the answer.
    pub(crate) early: Option<LegId>,
    /// The most telling failure so far.
    pub(crate) best: Option<Cause>,
}

impl Hunt {
    /// Keeps `cause` unless one that tells the caller more is known.
    pub(crate) fn note(&mut self, cause: Cause) {
        if self.best.is_none_or(|best| rank(cause) >= rank(best)) {
            self.best = Some(cause);
        }
    }

    /// Takes out the attempt of `leg`.
    pub(crate) fn take(&mut self, leg: LegId) -> Option<Attempt> {
        let at = self
            .attempts
            .iter()
            .position(|attempt| attempt.leg == leg)?;
        if self.early == Some(leg) {
            self.early = None;
        }
        Some(self.attempts.remove(at))
    }
}

/// What tells the caller most when all failed: busy, then refused, no answer, absent, then the network's troubles.
fn rank(cause: Cause) -> u8 {
    match cause {
        Cause::UserBusy => 5,
        Cause::CallRejected => 4,
        Cause::NoAnswer => 3,
        Cause::NoUserResponding => 2,
        Cause::SubscriberAbsent => 1,
        _ => 0,
    }
}

/// Whether the called party itself was reached, or does not exist: another way there would end the same.
pub(crate) fn is_final(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::UserBusy
            | Cause::CallRejected
            | Cause::NoAnswer
            | Cause::UnallocatedNumber
            | Cause::InvalidNumberFormat
            | Cause::NormalClearing
    )
}

/// Whether the line was at fault, not the number: the next free line may do.
pub(crate) fn is_of_the_line(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::CircuitNotAvailable
            | Cause::NoCircuitAvailable
            | Cause::DestinationOutOfOrder
            | Cause::NetworkOutOfOrder
            | Cause::TemporaryFailure
    )
}

/// One call: a party, and the peer it talks to or looks for.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) state: CallState,
    /// Who waits while the call hunts: the caller, or after a transfer whoever is left.
    pub(crate) party: LegId,
    /// The other one, once connected.
    pub(crate) peer: Option<LegId>,
    /// The plan it began with.
    pub(crate) plan: Arc<Plan>,
    pub(crate) digits: Digits,
    pub(crate) hunt: Hunt,
    pub(crate) timers: TimerTable<Timer, 3>,
    pub(crate) draft: Draft,
}

impl Call {
    /// Moves on to `state`; timers of the old one stop.
    pub(crate) fn set_state(&mut self, id: CallId, state: CallState) {
        tracing::debug!(call = id.0, "{:?} => {:?}", self.state, state);
        self.state = state;
        self.timers.clear();
    }

    /// The one `leg` talks to.
    pub(crate) fn other(&self, leg: LegId) -> Option<LegId> {
        match self.peer {
            Some(peer) if peer == leg => Some(self.party),
            peer if self.party == leg => peer,
            _ => None,
        }
    }

    /// Puts `new` in the place of `old`.
    pub(crate) fn replace(&mut self, old: LegId, new: LegId) {
        if self.party == old {
            self.party = new;
        } else if self.peer == Some(old) {
            self.peer = Some(new);
        }
    }

    /// Everyone in it: party, peer, attempts.
    pub(crate) fn everyone(&self) -> impl Iterator<Item = LegId> + '_ {
        [Some(self.party), self.peer]
            .into_iter()
            .flatten()
            .chain(self.hunt.attempts.iter().map(|attempt| attempt.leg))
    }
}
