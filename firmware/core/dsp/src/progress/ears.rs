//! The cadences a detector listens for, and which of them sound.

use super::Listened;
use super::cadence::Cadence;
use core::ops::Index;

/// Most cadences: a plan has six, and as many that other exchanges of the country send.
const MAX_EARS: usize = 20;

/// A cadence listened for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ear {
    pub tone: Listened,
    pub cadence: Cadence,
    /// First sample of it, while it sounds.
    pub since: Option<u64>,
}

/// All of them, in the order they were added.
#[derive(Clone, Debug)]
pub(super) struct Ears {
    ears: [Ear; MAX_EARS],
    len: usize,
}

impl Ears {
    pub const fn new() -> Self {
        let none = Ear {
            tone: Listened::Dial,
            cadence: Cadence::NONE,
            since: None,
        };
        Ears {
            ears: [none; MAX_EARS],
            len: 0,
        }
    }

    /// `false` when there is no room.
    pub fn add(&mut self, tone: Listened, cadence: Cadence) -> bool {
        let Some(slot) = self.ears.get_mut(self.len) else {
            return false;
        };
        *slot = Ear {
            tone,
            cadence,
            since: None,
        };
        self.len += 1;
        true
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn iter(&self) -> impl Iterator<Item = &Ear> {
        self.ears[..self.len].iter()
    }

    /// Since when `tone` sounds, in whichever form.
    pub fn since(&self, tone: Listened) -> Option<u64> {
        let forms = self.iter().filter(|ear| ear.tone == tone);
        forms.filter_map(|ear| ear.since).min()
    }

    pub fn begin(&mut self, n: usize, first: u64) {
        self.ears[n].since = Some(first);
    }

    /// Ear `n` hears its tone no longer; the tone, if it sounded and no other form of it sounds.
    pub fn end(&mut self, n: usize) -> Option<Listened> {
        self.ears[n].since.take()?;
        let tone = self.ears[n].tone;
        self.since(tone).is_none().then_some(tone)
    }
}

impl Index<usize> for Ears {
    type Output = Ear;

    fn index(&self, n: usize) -> &Ear {
        &self.ears[n]
    }
}
