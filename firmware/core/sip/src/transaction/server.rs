//! Server machines: RFC 3261 §17.2 with the Accepted state of RFC 6026 §7.1.

use telephony::Duration;

use crate::Timer;
use crate::timer::{T1, T2, T4, TRANSACTION_TIMEOUT};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A non-INVITE request came, nothing was answered.
    Trying,
    /// INVITE: no final response yet. Others: a provisional response was sent.
    Proceeding,
    /// A final response was sent (INVITE: a failure).
    Completed,
    /// INVITE: the ACK of a failure came; more of them are absorbed.
    Confirmed,
    /// INVITE: a 2xx was sent; the user agent repeats it, retransmitted INVITEs are absorbed.
    Accepted,
    /// Over.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The request came again.
    Again,
    /// ACK to this INVITE.
    Ack,
    /// The user agent answers.
    Provisional,
    /// The user agent answers.
    Success,
    /// The user agent answers.
    Failure,
    Timer(Timer),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Send the user agent's response, which is the last one from now on.
    Respond,
    /// Send the last response again, if there is one.
    Repeat,
    /// Give the ACK to the user agent.
    PassAck,
    Set(Timer, Duration),
    Double(Timer, Duration),
    Stop(Timer),
}

use Action::{Double, PassAck, Repeat, Respond, Set, Stop};

/// INVITE server (RFC 3261 §17.2.1, RFC 6026 §7.1).
pub(super) fn invite(state: State, event: Event, reliable: bool) -> (State, Vec<Action>) {
    use State::{Accepted, Completed, Confirmed, Gone, Proceeding};
    match (state, event) {
        (Proceeding, Event::Again) => (Proceeding, vec![Repeat]),
        (Proceeding, Event::Provisional) => (Proceeding, vec![Respond]),
        (Proceeding, Event::Success) => {
            (Accepted, vec![Respond, Set(Timer::L, TRANSACTION_TIMEOUT)])
        }
        (Proceeding, Event::Failure) => {
            let mut actions = vec![Respond, Set(Timer::H, TRANSACTION_TIMEOUT)];
            if !reliable {
                actions.push(Set(Timer::G, T1));
            }
            (Completed, actions)
        }
        (Completed, Event::Again) => (Completed, vec![Repeat]),
        (Completed, Event::Timer(Timer::G)) => (Completed, vec![Repeat, Double(Timer::G, T2)]),
        (Completed, Event::Timer(Timer::H)) => (Gone, vec![Stop(Timer::G)]),
        (Completed, Event::Ack) if reliable => (Gone, vec![Stop(Timer::G), Stop(Timer::H)]),
        (Completed, Event::Ack) => (
            Confirmed,
            vec![Stop(Timer::G), Stop(Timer::H), Set(Timer::I, T4)],
        ),
        (Confirmed, Event::Timer(Timer::I)) => (Gone, vec![]),
        (Accepted, Event::Success) => (Accepted, vec![Respond]),
        (Accepted, Event::Ack) => (Accepted, vec![PassAck]),
        (Accepted, Event::Timer(Timer::L)) => (Gone, vec![]),
        (state, _) => (state, vec![]),
    }
}

/// Non-INVITE server (RFC 3261 §17.2.2).
pub(super) fn non_invite(state: State, event: Event, reliable: bool) -> (State, Vec<Action>) {
    use State::{Completed, Gone, Proceeding, Trying};
    match (state, event) {
        (Trying | Proceeding, Event::Provisional) => (Proceeding, vec![Respond]),
        (Trying | Proceeding, Event::Success | Event::Failure) if reliable => (Gone, vec![Respond]),
        (Trying | Proceeding, Event::Success | Event::Failure) => {
            (Completed, vec![Respond, Set(Timer::J, TRANSACTION_TIMEOUT)])
        }
        (Proceeding | Completed, Event::Again) => (state, vec![Repeat]),
        (Completed, Event::Timer(Timer::J)) => (Gone, vec![]),
        (state, _) => (state, vec![]),
    }
}
