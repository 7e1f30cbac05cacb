//! What the user agent keeps of one call.

use telephony::{Cause, Duration};

use super::api::{InviteId, TrunkId};
use crate::Flow;
use crate::dialog::Dialog;
use crate::message::Message;
use crate::sdp::Sdp;
use crate::transaction::{ClientId, ServerId};

/// Where a call stands. Requests within it (re-INVITE, REFER, INFO) are events, never states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Outgoing: INVITEs are out.
    Calling,
    /// Outgoing, given up by us: final responses are awaited.
    Cancelling,
    /// Incoming: no final response yet.
    Offered,
    /// Incoming: 2xx sent, ACK not seen.
    Accepted,
    /// As `Accepted`, but we hung up: BYE as soon as the ACK comes (RFC 3261 §15).
    Leaving(Cause),
    /// Answered on both sides.
    Confirmed,
    /// Over; only answers to stragglers are left to do.
    Over,
}

/// An incoming INVITE that has no final response yet.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) tx: ServerId,
    pub(super) request: Message,
    pub(super) last_provisional: Option<Message>,
}

/// One INVITE of an outgoing call: to one contact, with its own Call-ID and tag.
#[derive(Debug)]
pub(super) struct Fork {
    pub(super) client: ClientId,
    pub(super) local_tag: String,
    pub(super) call_id: String,
    pub(super) flow: Flow,
    pub(super) behind_nat: bool,
    /// A final response came, or none will.
    pub(super) done: bool,
    /// The transaction is gone: not even a late 2xx can come.
    pub(super) gone: bool,
    /// CANCEL is wanted, with this Reason.
    pub(super) cancel: Option<String>,
    pub(super) auth_tries: u8,
    /// Answers in provisional responses by the tag of their early dialog; at most [`MAX_EARLY`].
    pub(super) early: Vec<(String, Sdp)>,
}

/// Early dialogs remembered of one INVITE.
pub(super) const MAX_EARLY: usize = 16;
/// ACKs kept for retransmitted 2xx.
pub(super) const MAX_ACKS: usize = 16;

/// A 2xx of ours whose ACK has not come.
#[derive(Debug)]
pub(super) struct Accepted2xx {
    pub(super) tx: ServerId,
    pub(super) response: Message,
    pub(super) cseq: u32,
    pub(super) interval: Duration,
    /// The 2xx carried an offer: the ACK must carry the answer.
    pub(super) answer_due: bool,
}

/// Our re-INVITE.
#[derive(Debug)]
pub(super) enum Ours {
    /// None.
    Idle,
    /// To be sent when what runs now is over.
    Queued(Sdp),
    /// Sent.
    Sent {
        client: ClientId,
        offer: Sdp,
        next: Option<Sdp>,
        auth_tries: u8,
    },
    /// Met the peer's; sent again when `Timer::Glare` fires.
    Backoff(Sdp),
}

/// The peer's re-INVITE or UPDATE that waits for the owner's answer.
#[derive(Debug)]
pub(super) struct PeerOffer {
    pub(super) tx: ServerId,
    pub(super) request: Message,
}

/// An ACK as sent.
#[derive(Debug)]
pub(super) struct SentAck {
    pub(super) remote_tag: String,
    pub(super) cseq: u32,
    pub(super) flow: Flow,
    pub(super) bytes: Vec<u8>,
}

/// One call.
#[derive(Debug)]
pub(super) struct Usage {
    pub(super) id: InviteId,
    pub(super) state: State,
    pub(super) dialog: Option<Dialog>,
    pub(super) trunk: Option<TrunkId>,
    pub(super) incoming: Option<Incoming>,
    pub(super) forks: Vec<Fork>,
    /// Best failure of the forks so far (RFC 3261 §16.7 step 6).
    pub(super) best: Option<(u16, Cause)>,
    pub(super) alerting: bool,
    pub(super) accepted: Option<Accepted2xx>,
    pub(super) ours: Ours,
    pub(super) peer_offer: Option<PeerOffer>,
    /// CSeq of the REFER that runs: the id of its events.
    pub(super) transfer: Option<u32>,
    pub(super) acks: Vec<SentAck>,
    /// The owner was told that it is over.
    pub(super) told: bool,
}

impl Usage {
    pub(super) fn new(id: InviteId, state: State) -> Usage {
        Usage {
            id,
            state,
            dialog: None,
            trunk: None,
            incoming: None,
            forks: Vec::new(),
            best: None,
            alerting: false,
            accepted: None,
            ours: Ours::Idle,
            peer_offer: None,
            transfer: None,
            acks: Vec::new(),
            told: false,
        }
    }

    pub(super) fn set_state(&mut self, state: State) {
        if state != self.state {
            tracing::debug!(call = self.id.0, "{:?} => {state:?}", self.state);
            self.state = state;
        }
    }

    pub(super) fn fork_mut(&mut self, client: ClientId) -> Option<&mut Fork> {
        self.forks.iter_mut().find(|fork| fork.client == client)
    }

    pub(super) fn remember_ack(&mut self, ack: SentAck) {
        if self.acks.len() == MAX_ACKS {
            self.acks.remove(0);
        }
        self.acks.push(ack);
    }

    /// Takes a failure of one fork into account: a 6xx wins, then the lowest class; within 4xx, what the caller can act on.
    pub(super) fn note_failure(&mut self, status: u16, cause: Cause) {
        let better = self.best.is_none_or(|(best, _)| rank(status) < rank(best));
        if better {
            self.best = Some((status, cause));
        }
    }

    /// Whether an INVITE or offer of either side is under way.
    pub(super) fn is_negotiating(&self) -> bool {
        let ours = matches!(self.ours, Ours::Sent { .. } | Ours::Backoff(_));
        ours || self.peer_offer.is_some() || self.accepted.is_some()
    }
}

/// Lower is better (RFC 3261 §16.7 step 6). "Nobody answered" (408, 480) yields to a phone that said something.
fn rank(status: u16) -> u16 {
    match status {
        600.. => 0,
        300..400 => 1_000 + status,
        401 | 407 | 415 | 420 | 484 | 488 | 486 => 2_000 + status,
        408 | 480 | 481 => 3_900 + status - 400,
        400..500 => 3_000 + status,
        _ => 5_000 + status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_failure_wins_whatever_the_order() {
        for order in [[408, 486, 503], [503, 486, 408], [486, 408, 503]] {
            let mut usage = Usage::new(InviteId(1), State::Calling);
            for status in order {
                usage.note_failure(status, crate::cause::from_status(status));
            }
            assert_eq!(usage.best, Some((486, Cause::UserBusy)));
            usage.note_failure(603, Cause::CallRejected);
            assert_eq!(usage.best, Some((603, Cause::CallRejected)));
        }
    }
}
