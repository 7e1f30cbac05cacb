//! Digits out of RFC 4733 event packets, one a press however packets are lost, repeated or reordered.

use telephony::{Digit, Duration, Instant};

use crate::rtp::Header;

/// An event whose end was lost is over when its updates stop for this long (three of the longest usual interval, 50 ms).
const FORGOTTEN: Duration = Duration::from_millis(150);
/// Longest segment (RFC 4733 §2.5.1.3): the next one begins where it ends.
const LONGEST: u32 = 0xFFFF;
/// A timestamp further back than this is a sender that started over, not an old packet (10 s).
const OLD: i32 = -80_000;

/// An event payload (RFC 4733 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPayload {
    /// Event code; 0 to 15 are DTMF.
    pub code: u8,
    /// The event is over.
    pub end: bool,
    /// Power below 0 dBm0, 0 to 63.
    pub volume: u8,
    /// Since the timestamp, in 1/8000 s.
    pub duration: u16,
}

impl EventPayload {
    /// Reads the first event of a payload; `None` when it is shorter than four octets.
    pub fn parse(payload: &[u8]) -> Option<EventPayload> {
        let octets: &[u8; 4] = payload.first_chunk()?;
        Some(EventPayload {
            code: octets[0],
            end: octets[1] & 0x80 != 0,
            volume: octets[1] & 0x3F,
            duration: u16::from_be_bytes([octets[2], octets[3]]),
        })
    }

    /// Writes it.
    pub fn emit(&self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [
            self.code,
            u8::from(self.end) << 7 | (self.volume & 0x3F),
            high,
            low,
        ]
    }
}

/// A key at the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Down(Digit),
    Up(Digit),
}

#[derive(Clone, Copy, Debug)]
struct Current {
    timestamp: u32,
    code: u8,
    duration: u16,
    /// The end was told to our user.
    over: bool,
    /// The end came in a packet, not by silence.
    ended: bool,
    heard: Instant,
}

/// The receiver of one session.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventReceiver {
    current: Option<Current>,
}

impl EventReceiver {
    /// Takes a packet; tells at most the end of one press and the beginning and end of another, in this order.
    pub(crate) fn packet(
        &mut self,
        now: Instant,
        header: &Header,
        event: EventPayload,
    ) -> [Option<Key>; 3] {
        let Some(current) = self.current.as_mut() else {
            return self.begin(now, header, event, None);
        };
        let ahead = header.timestamp.wrapping_sub(current.timestamp) as i32;
        let carried_on = ahead > 0
            && !header.marker
            && !current.ended
            && current.code == event.code
            && (ahead as u32 == u32::from(current.duration) || ahead as u32 == LONGEST);
        if ahead == 0 || carried_on {
            if current.code != event.code {
                return [None; 3];
            }
            current.heard = now;
            if carried_on {
                current.timestamp = header.timestamp;
                current.duration = 0;
            }
            current.duration = current.duration.max(event.duration);
            current.ended |= event.end;
            return [None, None, if event.end { current.finish() } else { None }];
        }
        if (OLD..0).contains(&ahead) {
            return [None; 3];
        }
        let up = current.finish();
        self.begin(now, header, event, up)
    }

    fn begin(
        &mut self,
        now: Instant,
        header: &Header,
        event: EventPayload,
        up: Option<Key>,
    ) -> [Option<Key>; 3] {
        let mut current = Current {
            timestamp: header.timestamp,
            code: event.code,
            duration: event.duration,
            over: false,
            ended: event.end,
            heard: now,
        };
        let down = Digit::from_event(event.code).map(Key::Down);
        let told = [up, down, if event.end { current.finish() } else { None }];
        self.current = Some(current);
        told
    }

    /// Time passed: ends an event that nothing is heard of any more.
    pub(crate) fn tick(&mut self, now: Instant) -> Option<Key> {
        let current = self.current.as_mut()?;
        if now.since(current.heard) < FORGOTTEN {
            return None;
        }
        current.finish()
    }

    /// Whether a key is down.
    pub(crate) fn is_down(&self) -> bool {
        self.current.is_some_and(|c| !c.over)
    }

    /// The stream started over; a key that was down is let go.
    pub(crate) fn reset(&mut self) -> Option<Key> {
        self.current.take().and_then(|mut c| c.finish())
    }
}

impl Current {
    fn finish(&mut self) -> Option<Key> {
        let first = !core::mem::replace(&mut self.over, true);
        Digit::from_event(self.code).filter(|_| first).map(Key::Up)
    }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
