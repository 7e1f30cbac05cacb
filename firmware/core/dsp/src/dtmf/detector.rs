use super::bank::{BINS, Bank, Bins, HOP, HopSums};
use super::{DtmfEvent, HIGH_HZ, LOW_HZ, digit_at};
use crate::queue::Queue;
use core::f32::consts::TAU;
use telephony::{Digit, SAMPLE_RATE_HZ};

/// Hops remembered: 56 ms.
const HISTORY: usize = 28;
/// A tone that did not begin from silence must stand this long (48 ms): a vowel gliding over the frequencies does not.
const LONG_HOPS: usize = 24;
/// Window of the fast test for [`Detector::muting`]: 10 ms.
const FAST_HOPS: usize = 5;
/// A tone lasts from half amplitude to half amplitude of its triangular window. Q.24 Table 1: accept 40 ms, reject 20; ours 36
/// and 22, so the line is between, at 30 ms.
const ON_HOPS: usize = 15;
/// Q.24 Table 1 leaves the interruption to the administration (10 to 20 ms not split, 40 ms told apart); ours is 24 ms.
const OFF_HOPS: u32 = 12;
/// Muting lasts this long after the last suspicion: longer than the delay line in front of the mute.
const MUTE_HOLD_HOPS: u32 = 12;
/// Hops between the two ends of a phase difference: 8 ms, unambiguous to +-62 Hz.
const LAG: usize = 4;
/// Full windows inside a tone of [`ON_HOPS`].
const PLATEAU: usize = 10;
/// Sum of the triangular window's weights, in samples: a sine of peak A makes |s| = A / 2 times this.
const WINDOW_GAIN: f32 = 16.0 * HOP as f32;
/// Weakest tone taken, as squared peak: -43.5 dBm0.
const MIN_PEAK_SQUARED: f32 = 24_000.0;
/// High over low, as power: Q.24 asks -8 to +4 dB; a margin of 2 dB for noise.
const TWIST: (f32, f32) = (0.1, 4.0);

/// What the tones of a digit look like now.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// No digit.
    Silent,
    /// A digit was told; `low` and `high` are its squared peaks, `off` hops it has been missing.
    Pressed {
        row: usize,
        column: usize,
        low: f32,
        high: f32,
        off: u32,
    },
}

/// Hears digits by the limits of ITU-T Q.24 and Q.23.
///
/// Each tone is measured as a complex amplitude in a window of 14 ms moved by 2 ms. A digit is a row and a column that both
/// stand for 30 ms at a steady level, carry nearly all energy of the band between them, and whose frequencies, from the
/// phase's slope, are within about 2.2 % of nominal.
#[derive(Clone, Debug)]
pub struct Detector {
    bank: Bank,
    /// Raw hops, newest last.
    hops: [HopSums; HISTORY],
    /// Triangular window sums, newest last.
    windows: [HopSums; HISTORY],
    state: State,
    suspicion: u32,
    mute_hold: u32,
    events: Queue<DtmfEvent, 16>,
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// In silence.
    pub fn new() -> Self {
        Detector {
            bank: Bank::new(),
            hops: [HopSums::ZERO; HISTORY],
            windows: [HopSums::ZERO; HISTORY],
            state: State::Silent,
            suspicion: 0,
            mute_hold: 0,
            events: Queue::new(),
        }
    }

    /// Listens to the next samples, any number of them.
    pub fn process(&mut self, samples: &[i16]) {
        for &sample in samples {
            if let Some(hop) = self.bank.push(sample) {
                self.hop(hop);
            }
        }
    }

    /// What was heard, oldest first.
    pub fn poll(&mut self) -> Option<DtmfEvent> {
        self.events.pop()
    }

    /// Whether a digit is suspected or present: nothing of it may reach an RTP stream that carries events. True within
    /// [`super::MUTE_LATENCY_MS`] of the tone's first sample, and until more than that after its last.
    pub fn muting(&self) -> bool {
        self.mute_hold > 0 || self.state != State::Silent
    }

    fn hop(&mut self, hop: HopSums) {
        self.hops.rotate_left(1);
        self.hops[HISTORY - 1] = hop;
        let window = self.triangle();
        self.windows.rotate_left(1);
        self.windows[HISTORY - 1] = window;
        self.suspect();
        let (row, column) = strongest(&window);
        if let State::Pressed {
            row: r,
            column: c,
            low,
            high,
            off,
        } = self.state
        {
            let (now_low, now_high) = (peak_squared(&window, r), peak_squared(&window, 4 + c));
            let stands = now_low > 0.25 * low && now_high > 0.25 * high;
            let off = if stands { 0 } else { off + 1 };
            if off >= OFF_HOPS {
                self.release(r, c);
            } else {
                let follow = |held: f32, now: f32| {
                    if stands {
                        held + 0.1 * (now - held)
                    } else {
                        held
                    }
                };
                self.state = State::Pressed {
                    row: r,
                    column: c,
                    low: follow(low, now_low),
                    high: follow(high, now_high),
                    off,
                };
                if (row, column) == (r, c) {
                    return;
                }
            }
        }
        if let Some((low, high)) = self.qualify(row, column) {
            if let State::Pressed {
                row: r, column: c, ..
            } = self.state
            {
                self.release(r, c);
            }
            self.state = State::Pressed {
                row,
                column,
                low,
                high,
                off: 0,
            };
            self.tell(row, column, DtmfEvent::Began);
        }
    }

    fn release(&mut self, row: usize, column: usize) {
        self.state = State::Silent;
        self.tell(row, column, DtmfEvent::Ended);
    }

    fn tell(&mut self, row: usize, column: usize, event: fn(Digit) -> DtmfEvent) {
        if let Some(digit) = digit_at(row, column) {
            self.events.push(event(digit));
        }
    }

    /// The last seven hops weighted 1 2 3 4 3 2 1: sidelobes 26 dB down, first null 125 Hz away.
    fn triangle(&self) -> HopSums {
        const WEIGHTS: [f32; 7] = [1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0];
        let mut out = HopSums::ZERO;
        for (hop, weight) in self.hops[HISTORY - 7..].iter().zip(WEIGHTS) {
            for bin in 0..BINS {
                out.re[bin] += weight * hop.re[bin];
                out.im[bin] += weight * hop.im[bin];
            }
        }
        out.energy = self.hops[HISTORY - 1].energy;
        out
    }

    /// The fast and generous test behind [`Detector::muting`].
    fn suspect(&mut self) {
        let mut sum = HopSums::ZERO;
        for hop in &self.hops[HISTORY - FAST_HOPS..] {
            sum.energy += hop.energy;
            for bin in 0..BINS {
                sum.re[bin] += hop.re[bin];
                sum.im[bin] += hop.im[bin];
            }
        }
        let (row, column) = strongest(&sum);
        let scale =
            (WINDOW_GAIN / (FAST_HOPS * HOP) as f32) * (WINDOW_GAIN / (FAST_HOPS * HOP) as f32);
        let (low, high) = (
            scale * peak_squared(&sum, row),
            scale * peak_squared(&sum, 4 + column),
        );
        let mean_square = sum.energy / (FAST_HOPS * HOP) as f32;
        let tonal = 0.5 * (low + high) > 0.75 * mean_square;
        let balanced = high > 0.08 * low && high < 5.0 * low;
        if tonal && balanced && low > 0.5 * MIN_PEAK_SQUARED && high > 0.5 * MIN_PEAK_SQUARED {
            self.suspicion += 1;
        } else {
            self.suspicion = 0;
        }
        self.mute_hold = if self.suspicion >= 3 {
            MUTE_HOLD_HOPS
        } else {
            self.mute_hold.saturating_sub(1)
        };
    }

    /// Whether `row` and `column` have stood long enough, alone and on frequency; their squared peaks when so.
    fn qualify(&self, row: usize, column: usize) -> Option<(f32, f32)> {
        let (low, high) = (self.plateau(row), self.plateau(4 + column));
        if low < MIN_PEAK_SQUARED
            || high < MIN_PEAK_SQUARED
            || high < TWIST.0 * low
            || high > TWIST.1 * low
        {
            return None;
        }
        let stands = |w: &HopSums| {
            peak_squared(w, row) > 0.25 * low && peak_squared(w, 4 + column) > 0.25 * high
        };
        if !self.windows[HISTORY - ON_HOPS..].iter().all(stands) {
            return None;
        }
        let absent = |w: &HopSums| {
            peak_squared(w, row) < 0.12 * low && peak_squared(w, 4 + column) < 0.12 * high
        };
        let onset = &self.windows[HISTORY - ON_HOPS - 8..HISTORY - ON_HOPS - 3];
        if !onset.iter().any(absent) && !self.windows[HISTORY - LONG_HOPS..].iter().all(stands) {
            return None;
        }
        let (low_offset, low_coherence) = self.slope(row);
        let (high_offset, high_coherence) = self.slope(4 + column);
        if !on_frequency(low_offset, LOW_HZ[row]) || !on_frequency(high_offset, HIGH_HZ[column]) {
            return None;
        }
        if low_coherence < MIN_COHERENCE || high_coherence < MIN_COHERENCE {
            return None;
        }
        let (low_power, high_power) = (
            0.5 * low * droop(low_offset),
            0.5 * high * droop(high_offset),
        );
        let total = self.mean_square();
        let residue = total - low_power - high_power;
        let pure = residue < (1.0 - MIN_TONE_SHARE) * total && residue < low_power.min(high_power);
        pure.then_some((low, high))
    }

    /// Power over the shortest tone, without the loudest hop when that one stands out: a click is not speech.
    fn mean_square(&self) -> f32 {
        let recent = &self.hops[HISTORY - ON_HOPS..];
        let sum: f32 = recent.iter().map(|h| h.energy).sum();
        let loudest = recent.iter().map(|h| h.energy).fold(0.0, f32::max);
        let others = (sum - loudest) / (ON_HOPS - 1) as f32;
        (others + others.max(loudest.min(3.0 * others)) / (ON_HOPS - 1) as f32) / HOP as f32
            * ((ON_HOPS - 1) as f32 / ON_HOPS as f32)
    }

    /// Mean squared peak over the full windows.
    fn plateau(&self, bin: usize) -> f32 {
        let recent = &self.windows[HISTORY - PLATEAU..];
        recent.iter().map(|w| peak_squared(w, bin)).sum::<f32>() / PLATEAU as f32
    }

    /// How far the tone is from its bin's frequency in Hz, by the mean phase step over [`LAG`] hops, and how steady phase and
    /// amplitude are: 1.0 for a pure tone.
    fn slope(&self, bin: usize) -> (f32, f32) {
        let recent = &self.windows[HISTORY - PLATEAU..];
        let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
        for (a, b) in recent.iter().zip(&recent[LAG..]) {
            re += a.re[bin] * b.re[bin] + a.im[bin] * b.im[bin];
            im += a.re[bin] * b.im[bin] - a.im[bin] * b.re[bin];
            let (a2, b2) = (
                a.re[bin] * a.re[bin] + a.im[bin] * a.im[bin],
                b.re[bin] * b.re[bin] + b.im[bin] * b.im[bin],
            );
            power += 0.5 * (a2 + b2);
        }
        let seconds = (LAG * HOP) as f32 / SAMPLE_RATE_HZ as f32;
        let coherence = if power > 0.0 {
            libm::sqrtf(re * re + im * im) / power
        } else {
            0.0
        };
        (libm::atan2f(im, re) / (TAU * seconds), coherence)
    }
}

/// Least steadiness of phase and amplitude of each tone, see `Detector::slope`.
const MIN_COHERENCE: f32 = 0.965;
/// Least share of the band's power that the two tones carry.
const MIN_TONE_SHARE: f32 = 0.85;

/// Q.24 Table 1: operate within +-(1.5 % + 2 Hz), not beyond +-3.5 %; the line lies between.
fn on_frequency(offset_hz: f32, nominal_hz: f32) -> bool {
    offset_hz.abs() < 0.017 * nominal_hz + 4.0
}

/// What the triangular window loses on a tone `offset_hz` beside its bin, as a factor to make good for it.
fn droop(offset_hz: f32) -> f32 {
    // |W(f)| = sinc^2(8 ms f), and sinc x = 1 - (pi x)^2 / 6 for small x.
    let x = core::f32::consts::PI * 0.008 * offset_hz;
    let sinc = (1.0 - x * x / 6.0).max(0.5);
    1.0 / (sinc * sinc * sinc * sinc)
}

fn peak_squared(w: &HopSums, bin: usize) -> f32 {
    (w.re[bin] * w.re[bin] + w.im[bin] * w.im[bin]) * (4.0 / (WINDOW_GAIN * WINDOW_GAIN))
}

/// The loudest row and column.
fn strongest(w: &HopSums) -> (usize, usize) {
    let mut power: Bins = [0.0; BINS];
    for (bin, p) in power.iter_mut().enumerate() {
        *p = w.re[bin] * w.re[bin] + w.im[bin] * w.im[bin];
    }
    let louder = |best: usize, bin: usize| if power[bin] > power[best] { bin } else { best };
    ((1..4).fold(0, louder), (5..8).fold(4, louder) - 4)
}
