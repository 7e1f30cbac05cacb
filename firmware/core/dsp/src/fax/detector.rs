use super::answer::Answer;
use super::calling::Calling;
use super::preamble::Preamble;
use super::{FaxEvent, FaxTone};
use crate::front_end::Hearing;
use crate::level::power_of_dbm0;
use crate::queue::Queue;
use telephony::FRAME_SAMPLES;

/// Below this nothing is heard: T.30 and V.25 tones arrive with -43 dBm0 at least (T.30 §4.2, receiver's range).
const FLOOR_DBM0: f32 = -45.0;

/// Listens for fax machines and modems. Costs a few multiplications a sample.
#[derive(Clone, Debug)]
pub struct Detector {
    calling: Calling,
    answer: Answer,
    preamble: Preamble,
    floor: f32,
    heard: u64,
    events: Queue<FaxEvent, 4>,
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// Listening.
    pub fn new() -> Self {
        Detector {
            calling: Calling::default(),
            answer: Answer::default(),
            preamble: Preamble::default(),
            floor: power_of_dbm0(FLOOR_DBM0),
            heard: 0,
            events: Queue::new(),
        }
    }

    /// Listens to the next 10 ms.
    pub fn process(&mut self, hearing: &Hearing) {
        self.heard += FRAME_SAMPLES as u64;
        if let Some(frames) = self.calling.push(hearing, self.floor) {
            self.tell(FaxTone::Calling, frames);
        }
        if let Some((tone, frames)) = self.answer.push(hearing, self.floor) {
            self.tell(tone, frames);
        }
        if let Some(frames) = self.preamble.push(hearing, self.floor) {
            self.tell(FaxTone::Preamble, frames);
        }
    }

    /// What was heard, oldest first.
    pub fn poll(&mut self) -> Option<FaxEvent> {
        self.events.pop()
    }

    fn tell(&mut self, tone: FaxTone, frames: u32) {
        let to = self.heard;
        let from = to.saturating_sub(u64::from(frames) * FRAME_SAMPLES as u64);
        self.events.push(FaxEvent { tone, from, to });
    }
}
