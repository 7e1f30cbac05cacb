//! What baresip hears: the files its `sndfile` filter writes.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use line_sim::Heard;

use super::super::wav;

/// Seconds ahead that are closed to the recordings we do not want.
const AHEAD_S: u64 = 600;
/// A file without news for this long stands still: silence is heard. Frames are 20 ms, the writer is not hurried.
const STILL: Duration = Duration::from_millis(150);

/// Files by call.
pub(super) struct Ear {
    folder: PathBuf,
    files: Vec<(usize, PathBuf)>,
    /// The file, its length in samples and the moment a key went down in it.
    down: Option<(PathBuf, usize, Instant)>,
    /// While a key is down no speech comes and nothing is written: file, position, missing samples.
    keys: Vec<(PathBuf, usize, usize)>,
}

impl Ear {
    /// `sndfile` records both ways. After a re-INVITE, baresip 1.0.0 sets its filters up again only when no filter is left on
    /// the sending side, so that a phone back from hold would be deaf. So the file of the sending side must not open:
    /// folders with its name are put in its way.
    pub(super) fn new(folder: &Path) -> io::Result<Ear> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?.as_secs();
        for second in now..now + AHEAD_S {
            std::fs::create_dir(folder.join(format!("dump-{}-enc.wav", stamp(second))))?;
        }
        Ok(Ear { folder: folder.to_owned(), files: Vec::new(), down: None, keys: Vec::new() })
    }

    /// Files that appeared since the last time belong to call `n`.
    pub(super) fn belongs_to(&mut self, n: usize) {
        for path in self.recordings() {
            if !self.files.iter().any(|(_, known)| *known == path) {
                self.files.push((n, path));
            }
        }
    }

    /// A key goes down at the other end of call `n`.
    pub(super) fn key_down(&mut self, n: usize) {
        self.belongs_to(n);
        let file = self.files.iter().rev().find(|(call, _)| *call == n).map(|(_, path)| path.clone());
        self.down = file.map(|path| (path.clone(), wav::length(&path), Instant::now()));
    }

    /// It goes up again.
    pub(super) fn key_up(&mut self) {
        let Some((path, length, since)) = self.down.take() else { return };
        let spoken = wav::length(&path).saturating_sub(length);
        let missing = (since.elapsed().as_millis() as usize * 8).saturating_sub(spoken);
        self.keys.push((path, length, missing));
    }

    /// A file with silence where keys were down.
    fn read(&self, path: &Path, wanted: usize) -> Vec<i16> {
        let length = wav::length(path);
        let mut samples = wav::read_growing(path, wanted).unwrap_or_default();
        let first = length.saturating_sub(samples.len());
        for (_, at, missing) in self.keys.iter().rev().filter(|(file, at, _)| file == path && *at >= first) {
            let at = (at - first).min(samples.len());
            samples.splice(at..at, std::iter::repeat_n(0, *missing));
        }
        samples
    }

    /// The last `ms` of call `n`.
    pub(super) fn heard_last(&self, n: usize, ms: u32) -> Heard {
        let mut files: Vec<_> = self.files.iter().filter(|(call, _)| *call == n).map(|(_, path)| path.clone()).collect();
        let last_call = self.files.iter().map(|(call, _)| *call).max();
        if last_call.is_none_or(|last| last <= n) {
            files.extend(self.recordings().into_iter().filter(|path| !self.files.iter().any(|(_, known)| known == path)));
        }
        let wanted = ms as usize * 8;
        let mut samples = Vec::new();
        for path in &files {
            samples.extend(self.read(path, wanted));
        }
        let still = files.last().and_then(|path| path.metadata().ok()?.modified().ok()?.elapsed().ok()).unwrap_or_default();
        if still > STILL {
            let silence = (still.as_millis() as usize * 8).min(wanted);
            samples.extend(std::iter::repeat_n(0, silence));
        }
        Heard::new(samples).last_ms(ms)
    }

    /// In the order they were begun.
    fn recordings(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let mut found: Vec<_> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with("-dec.wav")).collect();
        found.sort();
        found
    }
}

/// `sndfile`'s name for a second of Unix time (UTC): its year, month, day, hour, minute and second.
fn stamp(unix: u64) -> String {
    // Days to civil date by H. Hinnant's algorithm, for years after 1970.
    let days = unix / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
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
