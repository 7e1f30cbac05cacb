//! What a party hears, remembered for a while.

use std::collections::VecDeque;

use crate::measure::Heard;

/// A bounded recording.
#[derive(Debug)]
pub(crate) struct Ear {
    samples: VecDeque<i16>,
    capacity: usize,
}

impl Ear {
    pub(crate) fn new(capacity: usize) -> Self {
        Ear {
            samples: VecDeque::new(),
            capacity,
        }
    }

    pub(crate) fn push(&mut self, sample: i16) {
        if self.samples.len() == self.capacity {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    pub(crate) fn heard(&self) -> Heard {
        Heard::new(self.samples.iter().copied().collect())
    }

    pub(crate) fn heard_last(&self, ms: u32) -> Heard {
        let wanted = (ms as usize).saturating_mul(8).min(self.samples.len());
        Heard::new(
            self.samples
                .iter()
                .skip(self.samples.len() - wanted)
                .copied()
                .collect(),
        )
    }

    pub(crate) fn forget(&mut self) {
        self.samples.clear();
    }
}
