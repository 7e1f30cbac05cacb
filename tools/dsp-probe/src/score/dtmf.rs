//! Digits heard against digits sent.

use crate::under_test::DigitHit;
use crate::vectors::dtmf::{Dtmf, Expect};
use std::fmt;

/// Presses of one swept value.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// The swept value.
    pub value: f64,
    /// What is right here.
    pub expect: Expect,
    /// Presses sent.
    pub sent: usize,
    /// Presses told.
    pub told: usize,
}

/// The figures of a vector.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// By swept value and expectation, in the order they were sent.
    pub groups: Vec<Group>,
    /// Digits told that nobody sent: wrong ones and repetitions.
    pub extra: Vec<DigitHit>,
    /// Longest time from the start of an accepted press to its being told, in ms.
    pub slowest_ms: f64,
}

/// A digit is told from 5 ms after its start to 60 ms after its end, and not later than 12 ms into the next press.
const EARLIEST: usize = 40;
const LATEST: usize = 480;
const INTO_NEXT: usize = 96;

/// Compares.
pub fn score(vector: &Dtmf, hits: &[DigitHit]) -> Score {
    let mut score = Score::default();
    let mut used = vec![false; hits.len()];
    for (n, press) in vector.presses.iter().enumerate() {
        let next = vector.presses.get(n + 1).map(|next| next.start + INTO_NEXT);
        let last = next.unwrap_or(usize::MAX).min(press.end + LATEST);
        let hit = hits.iter().enumerate().find(|(k, hit)| {
            !used[*k] && (press.start + EARLIEST..=last).contains(&hit.at) && hit.key == press.key
        });
        let found = score
            .groups
            .iter_mut()
            .position(|g| g.value == press.group && g.expect == press.expect);
        let place = found.unwrap_or_else(|| {
            score.groups.push(Group {
                value: press.group,
                expect: press.expect,
                sent: 0,
                told: 0,
            });
            score.groups.len() - 1
        });
        let group = &mut score.groups[place];
        group.sent += 1;
        if let Some((k, hit)) = hit {
            used[k] = true;
            group.told += 1;
            if press.expect == Expect::Accept {
                let took = (hit.at - press.start) as f64 / 8.0;
                score.slowest_ms = score.slowest_ms.max(took);
            }
        }
    }
    score.extra = hits
        .iter()
        .zip(&used)
        .filter(|(_, used)| !**used)
        .map(|(hit, _)| *hit)
        .collect();
    score
}

impl Score {
    /// Presses that were to be told and were not.
    pub fn missed(&self) -> usize {
        let wanted = self.groups.iter().filter(|g| g.expect == Expect::Accept);
        wanted.map(|g| g.sent - g.told).sum()
    }

    /// Presses told that were not to be.
    pub fn wrong(&self) -> usize {
        let unwanted = [Expect::Reject, Expect::Merge];
        let groups = self.groups.iter().filter(|g| unwanted.contains(&g.expect));
        groups.map(|g| g.told).sum::<usize>() + self.extra.len()
    }

    /// Presses sent, whatever was expected of them.
    pub fn sent(&self) -> usize {
        self.groups.iter().map(|g| g.sent).sum()
    }
}

impl fmt::Display for Score {
    /// Only what is not right.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sent, {} missed, {} wrong:",
            self.sent(),
            self.missed(),
            self.wrong()
        )?;
        for group in &self.groups {
            let right = match group.expect {
                Expect::Accept => group.told == group.sent,
                Expect::Reject | Expect::Merge => group.told == 0,
                Expect::Either => true,
            };
            if !right {
                write!(
                    f,
                    " [{} {:?} {}/{}]",
                    group.value, group.expect, group.told, group.sent
                )?;
            }
        }
        for hit in self.extra.iter().take(5) {
            write!(f, " extra {} at {}", hit.key, hit.at)?;
        }
        Ok(())
    }
}
