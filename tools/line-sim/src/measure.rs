//! Measuring what an ear heard.

use std::f64::consts::{PI, TAU};
use std::path::Path;

use telephony::SAMPLE_RATE_HZ;

use crate::config::SimError;
use crate::dtmf::KeyReader;
use crate::mouth;
use crate::signal::{FLOOR_DBM0, dbm0_of_power};

/// Samples of the window gaps are looked for with (2 ms), one each ms.
const GAP_WINDOW: usize = 16;
const MS: usize = 8;
/// Samples of the blocks whose phase is compared (10 ms).
const PHASE_BLOCK: usize = 80;

/// A silence between sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where it begins, ms from the start of the recording.
    pub at_ms: u32,
    /// How long it is, ms.
    pub ms: u32,
}

/// A recording of an ear, 8 kHz.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    samples: Vec<i16>,
}

impl Heard {
    /// A recording from anywhere else (an RTP stream, say), to measure it alike.
    pub fn new(samples: Vec<i16>) -> Self {
        Heard { samples }
    }

    /// The samples, oldest first.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// Length, ms.
    pub fn ms(&self) -> u32 {
        (self.samples.len() / MS) as u32
    }

    /// The last `ms`, or all there is.
    pub fn last_ms(&self, ms: u32) -> Heard {
        let start = self.samples.len().saturating_sub(ms as usize * MS);
        Heard::new(self.samples[start..].to_vec())
    }

    /// `ms` of it from `from_ms`, or as much as there is.
    pub fn part(&self, from_ms: u32, ms: u32) -> Heard {
        let start = (from_ms as usize * MS).min(self.samples.len());
        let end = (start + ms as usize * MS).min(self.samples.len());
        Heard::new(self.samples[start..end].to_vec())
    }

    /// Level of everything together, dBm0; -100 for silence.
    pub fn level_dbm0(&self) -> f32 {
        dbm0_of_power(mean_power(&self.samples))
    }

    /// Level of the sine of `hz`, dBm0 (Hann window over the whole recording); -100 for none. `hz` should be right to about
    /// 0.2 divided by the length in seconds.
    pub fn tone_dbm0(&self, hz: f32) -> f32 {
        if self.samples.is_empty() {
            return FLOOR_DBM0;
        }
        let peak = spectrum_at(&self.samples, f64::from(hz));
        dbm0_of_power(peak * peak / 2.0)
    }

    /// Frequency of the strongest sine between 50 and 3,900 Hz, to 0.1 % from 100 ms of tone; `None` when all is below -60 dBm0.
    pub fn dominant_hz(&self) -> Option<f32> {
        strongest_hz(&self.samples).map(|hz| hz as f32)
    }

    /// The strongest sines, (Hz, dBm0), strongest first, at most `count` and none below `floor_dbm0`.
    pub fn strongest_tones(&self, count: usize, floor_dbm0: f32) -> Vec<(f32, f32)> {
        let mut rest: Vec<i16> = self.samples.clone();
        let mut tones = Vec::new();
        while tones.len() < count {
            let Some(hz) = strongest_hz(&rest) else { break };
            let level = Heard::new(rest.clone()).tone_dbm0(hz as f32);
            if level < floor_dbm0 {
                break;
            }
            tones.push((hz as f32, level));
            subtract(&mut rest, hz);
        }
        tones
    }

    /// Level of all that is not the sine of `hz`: noise, distortion, other tones, dBm0. A gap or a jump of the sine is in it too.
    pub fn rest_dbm0(&self, hz: f32) -> f32 {
        let mut rest = self.samples.clone();
        subtract(&mut rest, f64::from(hz));
        dbm0_of_power(mean_power(&rest))
    }

    /// Silences of at least `min_ms` between sounds; silence is below `below_dbm0` (2 ms windows). What comes before the first
    /// sound and after the last is no gap.
    pub fn gaps(&self, below_dbm0: f32, min_ms: u32) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let mut last_sound: Option<u32> = None;
        for (ms, loud) in self.loudness(below_dbm0).into_iter().enumerate() {
            if !loud {
                continue;
            }
            let ms = ms as u32;
            if let Some(last) = last_sound
                && ms - last > min_ms.max(1)
            {
                gaps.push(Gap {
                    at_ms: last + 1,
                    ms: ms - last - 1,
                });
            }
            last_sound = Some(ms);
        }
        gaps
    }

    /// Sound and silence in turn: (on, off) ms of each sound above `above_dbm0`. Silences under 20 ms do not count; the off time
    /// of the last is what is left of the recording.
    pub fn cadence_ms(&self, above_dbm0: f32) -> Vec<(u32, u32)> {
        let loud = self.loudness(above_dbm0);
        let mut cadence: Vec<(u32, u32)> = Vec::new();
        for &is_loud in &loud {
            match (cadence.last_mut(), is_loud) {
                (None, false) => {}
                (None, true) => cadence.push((1, 0)),
                (Some((_, off)), false) => *off += 1,
                (Some((on, off)), true) if *off < 20 => {
                    *on += *off + 1;
                    *off = 0;
                }
                (Some(_), true) => cadence.push((1, 0)),
            }
        }
        cadence
    }

    /// Where the phase of a steady sine of `hz` jumps by more than 40 degrees from one 10 ms to the next (a lost, repeated or
    /// shortened stretch), ms from the start. Empty for an unbroken tone with a frequency right to 0.5 %.
    pub fn phase_jumps(&self, hz: f32) -> Vec<u32> {
        let Some(found) = strongest_hz(&self.samples) else {
            return Vec::new();
        };
        let hz = if (found - f64::from(hz)).abs() < f64::from(hz) * 0.01 {
            found
        } else {
            f64::from(hz)
        };
        let mut jumps = Vec::new();
        let mut before: Option<f64> = None;
        for (n, block) in self.samples.chunks_exact(PHASE_BLOCK).enumerate() {
            let (re, im) = correlate(block, hz, n * PHASE_BLOCK);
            let phase = im.atan2(re);
            if let Some(before) = before {
                let turn = (phase - before + PI).rem_euclid(TAU) - PI;
                if turn.abs() > 40f64.to_radians() {
                    jumps.push((n * PHASE_BLOCK / MS) as u32);
                }
            }
            before = Some(phase);
        }
        jumps
    }

    /// DTMF keys heard, in order, each once.
    pub fn digits(&self) -> String {
        let mut reader = KeyReader::new();
        self.samples
            .iter()
            .filter_map(|&sample| reader.push(f32::from(sample)))
            .collect()
    }

    /// Writes a WAV file.
    ///
    /// # Errors
    /// [`SimError::Wav`]
    pub fn write_wav(&self, path: impl AsRef<Path>) -> Result<(), SimError> {
        mouth::write_wav(path.as_ref(), &self.samples)
    }

    fn loudness(&self, threshold_dbm0: f32) -> Vec<bool> {
        let windows = self.samples.len().saturating_sub(GAP_WINDOW) / MS
            + usize::from(self.samples.len() >= GAP_WINDOW);
        (0..windows)
            .map(|n| {
                dbm0_of_power(mean_power(&self.samples[n * MS..n * MS + GAP_WINDOW]))
                    >= threshold_dbm0
            })
            .collect()
    }
}

fn mean_power(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    samples
        .iter()
        .map(|&s| f64::from(s) * f64::from(s))
        .sum::<f64>()
        / samples.len() as f64
}

/// Turns a sine and cosine of `hz` by one sample at a time.
struct Rotor {
    re: f64,
    im: f64,
    step: (f64, f64),
}

impl Rotor {
    fn new(hz: f64, first_sample: usize) -> Self {
        let angle = TAU * hz / f64::from(SAMPLE_RATE_HZ);
        let start = angle * first_sample as f64;
        Rotor {
            re: start.cos(),
            im: start.sin(),
            step: (angle.cos(), angle.sin()),
        }
    }

    fn next(&mut self) -> (f64, f64) {
        let now = (self.re, self.im);
        self.re = now.0 * self.step.0 - now.1 * self.step.1;
        self.im = now.0 * self.step.1 + now.1 * self.step.0;
        now
    }
}

fn correlate(samples: &[i16], hz: f64, first_sample: usize) -> (f64, f64) {
    let mut rotor = Rotor::new(hz, first_sample);
    let (mut re, mut im) = (0.0, 0.0);
    for &sample in samples {
        let (c, s) = rotor.next();
        re += f64::from(sample) * c;
        im -= f64::from(sample) * s;
    }
    (re, im)
}

/// Peak of the sine of `hz`, Hann-weighted.
fn spectrum_at(samples: &[i16], hz: f64) -> f64 {
    let mut tone = Rotor::new(hz, 0);
    let mut hann = Rotor::new(f64::from(SAMPLE_RATE_HZ) / samples.len() as f64, 0);
    let (mut re, mut im, mut weight) = (0.0, 0.0, 0.0);
    for &sample in samples {
        let w = 0.5 - 0.5 * hann.next().0;
        let (c, s) = tone.next();
        re += w * f64::from(sample) * c;
        im -= w * f64::from(sample) * s;
        weight += w;
    }
    2.0 * re.hypot(im) / f64::max(weight, 1.0)
}

/// The strongest frequency: coarsely in the loudest stretch, then ever finer in ever longer ones around it.
fn strongest_hz(samples: &[i16]) -> Option<f64> {
    const COARSE: usize = 800;
    let length = COARSE.min(samples.len());
    if length < 160 {
        return None;
    }
    let starts = (0..=samples.len() - length).step_by(length / 2);
    let powers = starts.map(|start| (start, mean_power(&samples[start..start + length])));
    let (start, power) = powers.max_by(|a, b| a.1.total_cmp(&b.1))?;
    if dbm0_of_power(power) < -60.0 {
        return None;
    }
    let resolution = f64::from(SAMPLE_RATE_HZ) / length as f64;
    let mut best = scan(
        &samples[start..start + length],
        50.0,
        3_900.0,
        resolution / 2.0,
    );
    let (mut from, mut to) = (start, start + length);
    loop {
        let stretch = &samples[from..to];
        let resolution = f64::from(SAMPLE_RATE_HZ) / stretch.len() as f64;
        best = refine(stretch, best, resolution);
        let (wider_from, wider_to) = widen(samples, from, to, power);
        if (wider_from, wider_to) == (from, to) {
            return Some(best);
        }
        (from, to) = (wider_from, wider_to);
    }
}

fn scan(samples: &[i16], low: f64, high: f64, step: f64) -> f64 {
    let count = ((high - low) / step) as usize;
    let candidates = (0..=count).map(|n| low + n as f64 * step);
    candidates
        .map(|hz| (hz, spectrum_at(samples, hz)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(low, |best| best.0)
}

/// Climbs to the top of the main lobe around `hz` by ternary search.
fn refine(samples: &[i16], hz: f64, resolution: f64) -> f64 {
    let (mut low, mut high) = (hz - resolution, hz + resolution);
    for _ in 0..24 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if spectrum_at(samples, a) < spectrum_at(samples, b) {
            low = a
        } else {
            high = b
        }
    }
    (low + high) / 2.0
}

/// The stretch three times as long, as far as it is about as loud as `power`, at most 8 s.
fn widen(samples: &[i16], from: usize, to: usize, power: f64) -> (usize, usize) {
    let more = to - from;
    if more > 3 * 8_000 {
        return (from, to);
    }
    let loud = |start: usize, end: usize| mean_power(&samples[start..end]) > power / 2.0;
    let before = from.saturating_sub(more);
    let after = (to + more).min(samples.len());
    let mut wider = (from, to);
    while wider.0 >= before + 80 && loud(wider.0 - 80, wider.0) {
        wider.0 -= 80;
    }
    while wider.1 + 80 <= after && loud(wider.1, wider.1 + 80) {
        wider.1 += 80;
    }
    wider
}

/// Takes the sine of `hz` away (least squares over the whole).
fn subtract(samples: &mut [i16], hz: f64) {
    let n = samples.len() as f64;
    if samples.is_empty() {
        return;
    }
    let (re, im) = correlate(samples, hz, 0);
    let (a, b) = (2.0 * re / n, -2.0 * im / n);
    let mut rotor = Rotor::new(hz, 0);
    for sample in samples {
        let (c, s) = rotor.next();
        *sample = (f64::from(*sample) - a * c - b * s).round() as i16;
    }
}
