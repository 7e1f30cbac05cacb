//! Caller identification of a call that waits (type II: GR-575-CORE, EN 300 659-2), the exchange's side.

use super::alert::AlertTone;
use super::{Spill, SpillPlayer};
use crate::dtmf::DtmfEvent;
use crate::queue::Queue;
use telephony::SAMPLE_RATE_HZ;

/// Silence between the speech and the alerting tone, so that the phone's detector hears its beginning.
const SETTLE: u32 = samples(20);
/// The phone's answer must have begun this long after the alerting tone (GR-575-CORE and EN 300 659-2: 160 ms); the DTMF detector
/// tells it up to 50 ms later.
const ACK_TIMEOUT: u32 = samples(160 + 50);
/// An answer that does not end is taken for ended after this; phones send 60 ms (EN 300 659-2: 55 to 65 ms).
const ACK_LONGEST: u32 = samples(150);
/// Silence between the answer and the message (EN 300 659-2: 50 to 200 ms).
const GAP: u32 = samples(80);

const fn samples(ms: u32) -> u32 {
    ms * SAMPLE_RATE_HZ / 1_000
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type2Outcome {
    /// The phone answered the alerting tone and the message was sent.
    Sent,
    /// The phone did not answer: it cannot show who calls, or did not hear the tone.
    NotAcknowledged,
}

#[derive(Clone, Debug)]
// In place on the media thread, which cannot allocate.
#[allow(clippy::large_enum_variant)]
enum State {
    Settle { left: u32 },
    Alert(AlertTone),
    AwaitAck { left: u32 },
    AwaitAckEnd { left: u32 },
    Gap { left: u32 },
    Send(SpillPlayer),
    Over,
}

/// Tells a phone in a call who else calls: alerting tone, the phone's answer (DTMF `D`, or `A` from phones of the first kind),
/// message. The call-waiting tone comes before and is not its business.
///
/// While it runs its samples take the place of the other party's speech, and what the phone says should not reach the other party
/// ([`Self::muting`]); the phone's DTMF detector must go on hearing. Time is the number of samples it was asked for.
#[derive(Clone, Debug)]
pub struct Type2Sender {
    state: State,
    spill: Spill,
    outcomes: Queue<Type2Outcome, 2>,
}

impl Type2Sender {
    /// Ready to send an FSK message. One in DTMF digits cannot be sent to a phone in a call: it is not acknowledged at once.
    pub fn new(spill: Spill) -> Self {
        let mut sender = Type2Sender {
            state: State::Settle { left: SETTLE },
            spill,
            outcomes: Queue::new(),
        };
        if spill.standard() == super::Standard::Dtmf {
            sender.end(Type2Outcome::NotAcknowledged);
        }
        sender
    }

    /// Overwrites `out` with what the phone is to hear, silence where there is nothing. `false` when it is over.
    pub fn fill(&mut self, out: &mut [i16]) -> bool {
        for sample in out.iter_mut() {
            *sample = 0;
            let slot = core::slice::from_mut(sample);
            match &mut self.state {
                State::Settle { left } if *left == 0 => {
                    let mut tone = AlertTone::in_call();
                    tone.fill(slot);
                    self.state = State::Alert(tone);
                }
                State::Alert(tone) => {
                    if !tone.fill(slot) {
                        self.state = State::AwaitAck { left: ACK_TIMEOUT };
                    }
                }
                State::AwaitAck { left: 0 } => self.end(Type2Outcome::NotAcknowledged),
                State::AwaitAckEnd { left } if *left == 0 => self.state = State::Gap { left: GAP },
                State::Gap { left } if *left == 0 => {
                    let mut player = SpillPlayer::without_seizure(self.spill);
                    player.fill(slot);
                    self.state = State::Send(player);
                }
                State::Send(player) => {
                    if !player.fill(slot) {
                        self.end(Type2Outcome::Sent);
                    }
                }
                State::Settle { left }
                | State::AwaitAck { left }
                | State::AwaitAckEnd { left }
                | State::Gap { left } => *left -= 1,
                State::Over => {}
            }
        }
        self.muting()
    }

    /// What the phone's DTMF detector heard.
    pub fn digit(&mut self, event: DtmfEvent) {
        match (&self.state, event) {
            (State::AwaitAck { .. }, DtmfEvent::Began(digit))
                if matches!(digit.as_char(), 'D' | 'A') =>
            {
                self.state = State::AwaitAckEnd { left: ACK_LONGEST };
            }
            (State::AwaitAckEnd { .. }, DtmfEvent::Ended(_)) => {
                self.state = State::Gap { left: GAP };
            }
            _ => {}
        }
    }

    /// Whether the parties of the call must not hear each other.
    pub fn muting(&self) -> bool {
        !matches!(self.state, State::Over)
    }

    /// What came of it, once.
    pub fn poll(&mut self) -> Option<Type2Outcome> {
        self.outcomes.pop()
    }

    fn end(&mut self, outcome: Type2Outcome) {
        self.state = State::Over;
        self.outcomes.push(outcome);
    }
}
