//! What baresip hears: the files its `sndfile` filter writes.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use line_sim::Heard;

use super::super::wav;

/// Seconds ahead that are closed to the recordings we do not want.
const AHEAD_S: u64 = 5;
/// A file this far behind the clock has missed something: nothing is written while nothing comes (on hold, while a key is down).
const BEHIND: usize = 100 * SAMPLES_PER_MS;
const SAMPLES_PER_MS: usize = 8;

/// How often [`Ear::look`] wants to be called.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// Files by call, put in step with the clock.
///
/// `sndfile` records both ways. After a re-INVITE, baresip 1.0.0 sets its filters up again only when no filter is left on the
/// sending side, so that a phone back from hold would be deaf. So the file of the sending side must not open: folders with its
/// name are put in its way.
pub(super) struct Ear {
    folder: PathBuf,
    tracks: Vec<Track>,
    closed: BTreeSet<u64>,
    stopped: bool,
}

/// One file.
struct Track {
    path: PathBuf,
    call: Option<usize>,
    began: Instant,
    /// Silence that the file lacks: before which sample, how many samples.
    silences: Vec<(usize, usize)>,
}

impl Ear {
    /// An ear for a baresip that writes to `folder`.
    pub(super) fn new(folder: &Path) -> io::Result<Ear> {
        let mut ear = Ear {
            folder: folder.to_owned(),
            tracks: Vec::new(),
            closed: BTreeSet::new(),
            stopped: false,
        };
        ear.close_the_sending_side()?;
        Ok(ear)
    }

    /// Leaves the folder alone from now on.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Looks what has come.
    pub(super) fn look(&mut self) {
        if self.stopped {
            return;
        }
        // A failure here shows as deafness, which a test notices.
        let _ = self.close_the_sending_side();
        self.find_new();
        let Some(track) = self.tracks.last_mut() else {
            return;
        };
        let length = wav::length(&track.path);
        let have = length + track.silences.iter().map(|(_, count)| count).sum::<usize>();
        let behind =
            (track.began.elapsed().as_millis() as usize * SAMPLES_PER_MS).saturating_sub(have);
        if behind > BEHIND {
            match track.silences.last_mut() {
                Some((at, count)) if *at == length => *count += behind,
                _ => track.silences.push((length, behind)),
            }
        }
    }

    /// Files that appeared since the last time belong to call `n`.
    pub(super) fn belongs_to(&mut self, n: usize) {
        self.find_new();
        for track in self.tracks.iter_mut().filter(|track| track.call.is_none()) {
            track.call = Some(n);
        }
    }

    /// The last `ms` of call `n`.
    pub(super) fn heard_last(&mut self, n: usize, ms: u32) -> Heard {
        self.look();
        let wanted = ms as usize * SAMPLES_PER_MS;
        let mine = self
            .tracks
            .iter()
            .filter(|track| track.call.is_none_or(|call| call == n));
        Heard::new(mine.flat_map(|track| track.read(wanted)).collect()).last_ms(ms)
    }

    fn find_new(&mut self) {
        for path in self.recordings() {
            if !self.tracks.iter().any(|track| track.path == path) {
                self.tracks.push(Track {
                    path,
                    call: None,
                    began: Instant::now(),
                    silences: Vec::new(),
                });
            }
        }
    }

    fn close_the_sending_side(&mut self) -> io::Result<()> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(io::Error::other)?
            .as_secs();
        for second in now..now + AHEAD_S {
            if self.closed.insert(second) {
                std::fs::create_dir(self.gate(second))?;
            }
        }
        while let Some(&passed) = self.closed.first().filter(|&&second| second + 2 < now) {
            self.closed.remove(&passed);
            std::fs::remove_dir(self.gate(passed))?;
        }
        Ok(())
    }

    fn gate(&self, second: u64) -> PathBuf {
        self.folder.join(format!("dump-{}-enc.wav", stamp(second)))
    }

    /// In the order they were begun.
    fn recordings(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut found: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with("-dec.wav"))
            .collect();
        found.sort();
        found
    }
}

impl Track {
    /// The last `wanted` samples or more, silences filled in.
    fn read(&self, wanted: usize) -> Vec<i16> {
        let length = wav::length(&self.path);
        let mut samples = wav::read_growing(&self.path, wanted).unwrap_or_default();
        let first = length.saturating_sub(samples.len());
        for &(at, count) in self.silences.iter().rev().filter(|(at, _)| *at >= first) {
            let at = (at - first).min(samples.len());
            samples.splice(at..at, std::iter::repeat_n(0, count.min(wanted)));
        }
        samples
    }
}

/// `sndfile`'s name for a second of Unix time (UTC): its year, month, day, hour, minute and second.
fn stamp(unix: u64) -> String {
    // Days to civil date by H. Hinnant's algorithm, for years after 1970.
    let days = unix / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (unix / 3_600 % 24, unix / 60 % 60, unix % 60);
    format!("{year}-{month:02}-{day:02}-{hour:02}-{minute:02}-{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_civil_time() {
        assert_eq!(stamp(0), "1970-01-01-00-00-00");
        assert_eq!(stamp(1_582_934_400), "2020-02-29-00-00-00");
        assert_eq!(stamp(1_735_689_599), "2024-12-31-23-59-59");
    }
}
