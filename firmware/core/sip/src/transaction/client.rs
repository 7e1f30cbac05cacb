//! Client machines: RFC 3261 §17.1 with the Accepted state of RFC 6026 §7.2.

use telephony::Duration;

use crate::Timer;
use crate::timer::{T1, T2, T4, TRANSACTION_TIMEOUT};

/// Timer C: longer than 3 min (RFC 3261 §16.6 step 11).
const TIMER_C: Duration = Duration::from_secs(181);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// INVITE sent, nothing heard.
    Calling,
    /// Another request sent, nothing heard.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// A final response came (INVITE: a failure); its retransmissions are absorbed.
    Completed,
    /// INVITE: a 2xx came; those of other branches may follow.
    Accepted,
    /// Over.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Provisional,
    Success,
    Failure,
    /// The user agent sent CANCEL for this INVITE.
    Cancelled,
    TransportFailed,
    Timer(Timer),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Send the request again.
    Send,
    /// Send (or repeat) the ACK of a failure response.
    Ack,
    /// Give the response to the user agent.
    Deliver,
    /// Tell the user agent that it failed as if this status had come.
    Fail(u16),
    /// Tell the user agent that it rang too long.
    Overdue,
    Set(Timer, Duration),
    /// Start the timer with twice its last interval, at most this.
    Double(Timer, Duration),
    Stop(Timer),
}

use Action::{Ack, Deliver, Double, Fail, Overdue, Send, Set, Stop};

/// What a fresh transaction does.
pub(super) fn start(invite: bool, reliable: bool) -> (State, Vec<Action>) {
    let (state, resend, give_up) = if invite {
        (State::Calling, Timer::A, Timer::B)
    } else {
        (State::Trying, Timer::E, Timer::F)
    };
    let mut actions = vec![Send, Set(give_up, TRANSACTION_TIMEOUT)];
    if !reliable {
        actions.push(Set(resend, T1));
    }
    (state, actions)
}

/// INVITE client (RFC 3261 §17.1.1, RFC 6026 §7.2).
pub(super) fn invite(state: State, event: Event, reliable: bool) -> (State, Vec<Action>) {
    use State::{Accepted, Calling, Completed, Gone, Proceeding};
    let longest = TRANSACTION_TIMEOUT;
    match (state, event) {
        (Calling, Event::Timer(Timer::A)) => (Calling, vec![Send, Double(Timer::A, longest)]),
        (Calling, Event::Timer(Timer::B)) => (Gone, vec![Fail(408)]),
        (Calling, Event::Provisional) => (
            Proceeding,
            vec![
                Stop(Timer::A),
                Stop(Timer::B),
                Set(Timer::C, TIMER_C),
                Deliver,
            ],
        ),
        (Proceeding, Event::Provisional) => (Proceeding, vec![Set(Timer::C, TIMER_C), Deliver]),
        (Proceeding, Event::Timer(Timer::C)) => (Proceeding, vec![Overdue]),
        (Calling | Proceeding, Event::Cancelled) => (
            state,
            vec![Stop(Timer::C), Set(Timer::CancelDone, TRANSACTION_TIMEOUT)],
        ),
        (Calling | Proceeding, Event::Timer(Timer::CancelDone)) => (Gone, vec![Fail(408)]),
        (Calling | Proceeding, Event::TransportFailed) => (Gone, vec![Fail(503)]),
        (Calling | Proceeding, Event::Success) => (
            Accepted,
            vec![
                Stop(Timer::A),
                Stop(Timer::B),
                Stop(Timer::C),
                Stop(Timer::CancelDone),
                Set(Timer::M, TRANSACTION_TIMEOUT),
                Deliver,
            ],
        ),
        (Calling | Proceeding, Event::Failure) => {
            let stops = [Timer::A, Timer::B, Timer::C, Timer::CancelDone].map(Stop);
            let mut actions: Vec<Action> = stops.into_iter().chain([Ack, Deliver]).collect();
            if reliable {
                return (Gone, actions);
            }
            actions.push(Set(Timer::D, TRANSACTION_TIMEOUT));
            (Completed, actions)
        }
        (Completed, Event::Failure) => (Completed, vec![Ack]),
        (Completed, Event::Timer(Timer::D)) => (Gone, vec![]),
        (Accepted, Event::Success) => (Accepted, vec![Deliver]),
        (Accepted, Event::Timer(Timer::M)) => (Gone, vec![]),
        (state, _) => (state, vec![]),
    }
}

/// Non-INVITE client (RFC 3261 §17.1.2).
pub(super) fn non_invite(state: State, event: Event, reliable: bool) -> (State, Vec<Action>) {
    use State::{Completed, Gone, Proceeding, Trying};
    match (state, event) {
        (Trying, Event::Timer(Timer::E)) => (Trying, vec![Send, Double(Timer::E, T2)]),
        (Proceeding, Event::Timer(Timer::E)) => (Proceeding, vec![Send, Set(Timer::E, T2)]),
        (Trying | Proceeding, Event::Timer(Timer::F)) => (Gone, vec![Fail(408)]),
        (Trying | Proceeding, Event::TransportFailed) => (Gone, vec![Fail(503)]),
        (Trying | Proceeding, Event::Provisional) => (Proceeding, vec![Deliver]),
        (Trying | Proceeding, Event::Success | Event::Failure) => {
            let mut actions = vec![Stop(Timer::E), Stop(Timer::F), Deliver];
            if reliable {
                return (Gone, actions);
            }
            actions.push(Set(Timer::K, T4));
            (Completed, actions)
        }
        (Completed, Event::Timer(Timer::K)) => (Gone, vec![]),
        (state, _) => (state, vec![]),
    }
}
