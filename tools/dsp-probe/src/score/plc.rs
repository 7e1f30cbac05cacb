//! How well lost frames are hidden, and the concealment of ITU-T G.711 Appendix I to compare with, written from its text.

use crate::signal::{Random, level};
use std::f64::consts::TAU;

/// Samples of a frame that is lost or not.
const FRAME: usize = 80;
/// Frames of which each is lost by itself with this probability, but for one in three losses, which takes two more with it.
pub fn losses(frames: usize, percent: f64, random: &mut Random) -> Vec<bool> {
    let mut lost = vec![false; frames];
    // One loss takes 5/3 frames on average.
    let begin = percent / 100.0 * 3.0 / 5.0;
    for n in 10..frames {
        if random.between(0.0, 1.0) < begin {
            let more = if random.below(3) == 0 { 2 } else { 0 };
            lost[n..frames.min(n + 1 + more)].fill(true);
        }
    }
    lost
}

/// Mean log-spectral distance of what was played from what was sent, in dB, over the lost frames and the frame behind each, where
/// speech was sent.
pub fn spectral_distance(sent: &[f64], played: &[f64], lost: &[bool]) -> f64 {
    const WINDOW: usize = 2 * FRAME;
    const BINS: usize = 64;
    let table: Vec<(f64, f64)> = (0..BINS * WINDOW)
        .map(|k| {
            let (bin, n) = ((k / WINDOW) as f64, (k % WINDOW) as f64);
            let hann = 0.5 - 0.5 * libm::cos(TAU * (n + 0.5) / WINDOW as f64);
            let angle = TAU * (250.0 + bin * 50.0) * n / 8_000.0;
            (hann * libm::cos(angle), hann * libm::sin(angle))
        })
        .collect();
    let spectrum = |x: &[f64]| -> Vec<f64> {
        table
            .chunks(WINDOW)
            .map(|row| {
                let (mut re, mut im) = (0.0, 0.0);
                for ((c, s), x) in row.iter().zip(x) {
                    re += c * x;
                    im += s * x;
                }
                // A floor some 60 dB under speech: silence is as good as silence.
                10.0 * libm::log10(re * re + im * im + 1e5)
            })
            .collect()
    };
    let (mut sum, mut count) = (0.0, 0);
    for frame in 0..lost.len().saturating_sub(1) {
        let touched = lost[frame] || frame > 0 && lost[frame - 1];
        let window = frame * FRAME..frame * FRAME + WINDOW;
        if !touched
            || window.end > sent.len().min(played.len())
            || level(&sent[window.clone()]) < -40.0
        {
            continue;
        }
        let (a, b) = (spectrum(&sent[window.clone()]), spectrum(&played[window]));
        let square: f64 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
        sum += (square / BINS as f64).sqrt();
        count += 1;
    }
    sum / f64::from(count.max(1))
}

/// Appendix I: history of 390 samples, pitch of 40 to 120, delay of 30.
pub struct AppendixI {
    history: Vec<f64>,
    frozen: Vec<f64>,
    pitch: usize,
    periods: usize,
    offset: usize,
    lost: usize,
}

impl Default for AppendixI {
    fn default() -> Self {
        AppendixI {
            history: vec![0.0; 390],
            frozen: Vec::new(),
            pitch: 40,
            periods: 1,
            offset: 0,
            lost: 0,
        }
    }
}

impl AppendixI {
    /// `x` with the lost frames concealed, in its own time.
    pub fn conceal(x: &[f64], lost: &[bool]) -> Vec<f64> {
        let mut plc = AppendixI::default();
        let mut out = Vec::new();
        let padded = [x, &[0.0; 2 * FRAME]].concat();
        for (n, frame) in padded.chunks(FRAME).enumerate() {
            let mut frame = frame.to_vec();
            frame.resize(FRAME, 0.0);
            if lost.get(n).copied().unwrap_or(false) {
                plc.erased();
            } else {
                plc.received(frame);
            }
            let end = plc.history.len() - 30;
            out.extend_from_slice(&plc.history[end - FRAME..end]);
        }
        out.drain(..30);
        out.truncate(x.len());
        out
    }

    fn push(&mut self, frame: &[f64]) {
        self.history.drain(..frame.len());
        self.history.extend_from_slice(frame);
    }

    fn received(&mut self, mut frame: Vec<f64>) {
        if self.lost > 0 {
            let overlap = (self.pitch / 4 + 32 * self.lost.saturating_sub(1)).clamp(1, FRAME);
            let fade = self.gain(self.lost * FRAME);
            for (n, s) in frame.iter_mut().take(overlap).enumerate() {
                let share = (n as f64 + 1.0) / (overlap as f64 + 1.0);
                *s = share * *s + (1.0 - share) * self.next() * fade;
            }
            self.lost = 0;
        }
        self.push(&frame);
    }

    fn erased(&mut self) {
        let quarter = self.pitch / 4;
        match self.lost {
            0 => self.start(),
            1 | 2 => {
                let old: Vec<f64> = (0..quarter).map(|n| self.at(self.offset + n)).collect();
                self.offset %= self.pitch;
                self.periods += 1;
                return self.fill(&old);
            }
            _ => {}
        }
        self.fill(&[]);
    }

    fn fill(&mut self, old: &[f64]) {
        let frame: Vec<f64> = (0..FRAME)
            .map(|n| {
                let fade = self.gain(self.lost * FRAME + n);
                let fresh = self.next();
                let mixed = old.get(n).map_or(fresh, |old| {
                    let share = (n as f64 + 1.0) / (self.pitch as f64 / 4.0 + 1.0);
                    share * fresh + (1.0 - share) * old
                });
                mixed * fade
            })
            .collect();
        self.lost += 1;
        self.push(&frame);
    }

    fn start(&mut self) {
        self.frozen = self.history.clone();
        self.pitch = self.find_pitch();
        self.periods = 1;
        let quarter = (self.pitch / 4).min(30);
        // The part not yet played leads over into the repetition.
        let end = self.history.len();
        for n in 0..quarter {
            self.history[end - quarter + n] = self.at(self.pitch - quarter + n);
        }
        self.offset = 0;
    }

    fn find_pitch(&self) -> usize {
        let x = &self.frozen;
        let end = x.len();
        let likeness = |lag: usize| {
            let (recent, past) = (&x[end - 160..], &x[end - 160 - lag..end - lag]);
            let product: f64 = recent.iter().zip(past).map(|(a, b)| a * b).sum();
            let energy: f64 = past.iter().map(|b| b * b).sum();
            product / energy.max(250.0).sqrt()
        };
        (40..=120)
            .max_by(|&a, &b| likeness(a).total_cmp(&likeness(b)))
            .unwrap_or(40)
    }

    /// The repeated stretch at `place`, its end overlapped by a quarter period with what stands before its start.
    fn at(&self, place: usize) -> f64 {
        let stretch = self.pitch * self.periods;
        let (place, end) = (place % stretch, self.frozen.len());
        let quarter = self.pitch / 4;
        let here = self.frozen[end - stretch + place];
        let Some(n) = (place + quarter).checked_sub(stretch) else {
            return here;
        };
        // A period before the stretch there is always more: 4 * 120 samples would be wanted at most, 3.25 are kept.
        let before = (end + place)
            .checked_sub(2 * stretch)
            .map_or(here, |at| self.frozen[at]);
        let share = (n as f64 + 1.0) / (quarter as f64 + 1.0);
        (1.0 - share) * here + share * before
    }

    fn next(&mut self) -> f64 {
        let s = self.at(self.offset);
        self.offset += 1;
        s
    }

    /// 1 for 10 ms, then down by a fifth each 10 ms.
    fn gain(&self, sample: usize) -> f64 {
        (1.0 - 0.2 * (sample as f64 / FRAME as f64 - 1.0).max(0.0)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{FIXED_SEED, speech, tones};

    #[test]
    fn losses_come_in_the_wanted_number() {
        let mut random = Random::new(FIXED_SEED, "losses");
        for percent in [1.0, 3.0, 5.0, 10.0] {
            let lost = losses(100_000, percent, &mut random);
            let share = lost.iter().filter(|l| **l).count() as f64 / 1_000.0;
            assert!(
                (share / percent - 1.0).abs() < 0.15,
                "{share} for {percent}"
            );
        }
    }

    #[test]
    fn without_loss_nothing_is_changed_and_the_distance_is_none() {
        let x = speech(40_000, -16.0, &mut Random::new(1, "plc"));
        assert_eq!(AppendixI::conceal(&x, &[false; 500]), x);
        let lost = losses(500, 5.0, &mut Random::new(1, "plc"));
        assert_eq!(spectral_distance(&x, &x, &lost), 0.0);
    }

    #[test]
    fn a_steady_sound_goes_on_and_silence_in_its_place_is_far_off() {
        // 200 Hz: 40 samples of period, the shortest that is searched.
        let x = tones(
            16_000,
            &[(200.0, -10.0), (400.0, -16.0)],
            &mut Random::new(2, "plc"),
        );
        let lost: Vec<bool> = (0..200).map(|n| n % 20 == 10).collect();
        let hidden = AppendixI::conceal(&x, &lost);
        assert!(spectral_distance(&x, &hidden, &lost) < 1.0);
        let mut muted = x.clone();
        for (frame, _) in lost.iter().enumerate().filter(|(_, l)| **l) {
            muted[frame * 80..(frame + 1) * 80].fill(0.0);
        }
        assert!(spectral_distance(&x, &muted, &lost) > 5.0);
    }
}
