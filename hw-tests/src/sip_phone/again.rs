//! What UDP loses is sent again: requests until they are answered, final answers to INVITE until they are acknowledged, answers
//! when their request comes again (RFC 3261 §13.3.1.4, §17).

use std::collections::VecDeque;
use std::time::Duration;

use telephony::Instant;

use super::text::Message;

/// T1 and T2 of RFC 3261 §17.1.1.1.
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
const TIMES: u8 = 10;
const ANSWERS: usize = 64;

/// Something that waits for its answer.
#[derive(Debug)]
struct Waiting {
    key: String,
    bytes: Vec<u8>,
    due: Instant,
    pause: Duration,
    left: u8,
}

/// The phone's memory of what it sent.
#[derive(Debug, Default)]
pub(super) struct Again {
    now: Instant,
    waiting: Vec<Waiting>,
    answers: VecDeque<(String, Vec<u8>)>,
}

impl Again {
    /// Remembers a message that is sent.
    pub(super) fn sent(&mut self, bytes: &[u8]) {
        let message = Message::parse(bytes);
        match (message.status(), message.method()) {
            (None, "ACK") => {}
            (None, _) => self.wait(transaction(&message), bytes),
            (Some(status), method) => {
                let key = transaction(&message);
                self.answers.retain(|(known, _)| *known != key);
                if self.answers.len() == ANSWERS {
                    self.answers.pop_front();
                }
                self.answers.push_back((key, bytes.to_vec()));
                if status >= 200 && method == "INVITE" {
                    self.wait(invite(&message), bytes);
                }
            }
        }
    }

    fn wait(&mut self, key: String, bytes: &[u8]) {
        let due = self.now + T1;
        self.waiting.push(Waiting {
            key,
            bytes: bytes.to_vec(),
            due,
            pause: T1,
            left: TIMES,
        });
    }

    /// Takes a message that came. A request that came before gets this answer again.
    pub(super) fn received(&mut self, message: &Message) -> Option<Vec<u8>> {
        let key = match (message.status(), message.method()) {
            (None, "ACK") => invite(message),
            (None, _) => {
                let key = transaction(message);
                return self
                    .answers
                    .iter()
                    .find(|(known, _)| *known == key)
                    .map(|(_, bytes)| bytes.clone());
            }
            (Some(_), _) => transaction(message),
        };
        self.waiting.retain(|waiting| waiting.key != key);
        None
    }

    /// What must be sent again now.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Vec<u8>> {
        self.now = now;
        let mut due = Vec::new();
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.due <= now) {
            waiting.pause = (waiting.pause * 2).min(T2);
            waiting.due = now + waiting.pause;
            waiting.left -= 1;
            due.push(waiting.bytes.clone());
        }
        self.waiting.retain(|waiting| waiting.left > 0);
        due
    }
}

/// The transaction a message belongs to.
fn transaction(message: &Message) -> String {
    let via = message.header("via");
    let branch = via
        .split(';')
        .find_map(|part| part.trim().strip_prefix("branch="));
    format!("{} {}", branch.unwrap_or_default(), message.method())
}

/// The INVITE an ACK or its answer belongs to.
fn invite(message: &Message) -> String {
    format!("{} {}", message.header("call-id"), message.cseq())
}
