//! The ear's second half: whether a row and a column that have stood for a while are a digit.

use super::bank::{BAND_GAIN, HOP_RATE_HZ, Window};
use super::detector::STANDING;
use super::limit_hz;
use core::f32::consts::{PI, TAU};

/// A tone lasts from half amplitude to half amplitude. Q.24 Table 1: accept 40 ms, reject 20; ours 36 and 22, so the line
/// is between, at 30 ms.
pub(super) const MIN_HOPS: usize = 16;
/// Longest stretch looked at: 52 ms. More would add nothing to the certainty.
const MAX_HOPS: usize = 26;
/// Windows at each end of a tone that are not wholly inside it.
const EDGE: usize = 3;
/// Windows remembered, a power of two.
const REMEMBERED: usize = 64;
/// Hops between the two ends of a phase difference: 8 ms, unambiguous to +-62 Hz.
const LAG: usize = 4;

/// The last windows.
#[derive(Clone, Debug)]
pub(super) struct History {
    windows: [Window; REMEMBERED],
    newest: usize,
}

impl History {
    pub const fn new() -> Self {
        History {
            windows: [Window::ZERO; REMEMBERED],
            newest: 0,
        }
    }

    #[inline]
    pub fn push(&mut self, window: Window) {
        self.newest = (self.newest + 1) % REMEMBERED;
        self.windows[self.newest] = window;
    }

    /// The window `hops` before the newest, fewer than [`REMEMBERED`].
    #[inline]
    pub fn ago(&self, hops: usize) -> &Window {
        &self.windows[(self.newest + REMEMBERED - hops) % REMEMBERED]
    }
}

/// One tone over all of a digit.
#[derive(Clone, Copy, Debug)]
struct Fit {
    /// Off its nominal frequency, in units of what Q.24 Table 1 wants accepted.
    offset: f32,
    /// Mean square of the one sine that fits best.
    power: f32,
}

/// Stretch of windows, oldest and newest as hops ago, without those that a click touches.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    oldest: usize,
    newest: usize,
    /// Hops ago that are left out: from, to.
    without: (usize, usize),
}

const NOTHING: (usize, usize) = (usize::MAX, 0);

impl Stretch {
    fn hops(self) -> impl Iterator<Item = usize> + Clone {
        (self.newest..=self.oldest)
            .rev()
            .filter(move |hop| *hop < self.without.0 || *hop > self.without.1)
    }
}

/// Whether the digit of `bins` stands, alone and on frequency; the powers of its tones when so.
pub(super) fn judge(history: &History, bins: (usize, usize)) -> Option<(f32, f32)> {
    let stood = stood(history, bins)?;
    let whole = Stretch {
        oldest: stood - 1 - EDGE,
        newest: EDGE,
        without: NOTHING,
    };
    let tones = measure(history, bins, whole)?;
    let hops = stood as f32;
    let alone = tones.outside < P.outside * tones.sum(bins);
    let quiet = quiet_before(history, bins, stood, &tones);
    if tones.residue < line(hops, P.clean) && (alone || quiet) {
        return tones.found();
    }
    if !quiet {
        return None;
    }
    if tones.residue < line(hops, P.noisy) && (alone || steady(history, stood, &tones)) {
        return tones.found();
    }
    if stood < P.click_hops || tones.residue > 0.5 {
        return None;
    }
    let loudest = (0..stood).fold(0, |best, hop| {
        if history.ago(hop).energy > history.ago(best).energy {
            hop
        } else {
            best
        }
    });
    let without = (loudest.saturating_sub(4), loudest + 4);
    let tones = measure(history, bins, Stretch { without, ..whole })?;
    if tones.residue < P.click_clean {
        return tones.found();
    }
    None
}

/// Both tones and what is beside them, as mean squares.
#[derive(Clone, Copy, Debug)]
struct Tones {
    low: f32,
    high: f32,
    /// Share of the band that is neither tone.
    residue: f32,
    /// What is in front of the band filter and neither tone.
    outside: f32,
}

impl Tones {
    fn found(&self) -> Option<(f32, f32)> {
        Some((self.low, self.high))
    }

    /// Both, in front of the band filter.
    fn sum(&self, bins: (usize, usize)) -> f32 {
        self.low / BAND_GAIN[bins.0] + self.high / BAND_GAIN[bins.1]
    }
}

/// Whether what is outside the band was there before the digit: a dial tone, hum.
fn steady(history: &History, stood: usize, tones: &Tones) -> bool {
    let before = history.ago(stood - 1 + 8).whole();
    before > tones.outside * (1.0 / P.steady) && before < tones.outside * P.steady
}

#[derive(Clone, Copy)]
struct Params {
    clean: [f32; 2],
    noisy: [f32; 2],
    click_hops: usize,
    click_clean: f32,
    offset: f32,
    pre: f32,
    pre_all: f32,
    outside: f32,
    steady: f32,
}
const P: Params = Params {
    clean: [0.035, 0.05],
    noisy: [0.06, 0.1],
    click_hops: 20,
    click_clean: 0.035,
    offset: 1.12,
    pre: 0.2,
    pre_all: 0.117,
    outside: 0.26,
    steady: 1.5,
};

/// A limit that grows from [`MIN_HOPS`] to 44 ms.
fn line(hops: f32, limits: [f32; 2]) -> f32 {
    let part = ((hops - 16.0) / 6.0).min(1.0);
    limits[0] + part * (limits[1] - limits[0])
}

/// Hops for which both tones have stood, when enough.
fn stood(history: &History, bins: (usize, usize)) -> Option<usize> {
    let (mut low, mut high) = (0.0, 0.0);
    for hop in EDGE..EDGE + 8 {
        low += history.ago(hop).power(bins.0);
        high += history.ago(hop).power(bins.1);
    }
    let (low, high) = (STANDING / 8.0 * low, STANDING / 8.0 * high);
    let stands = |hop: &usize| {
        let window = history.ago(*hop);
        window.power(bins.0) > low && window.power(bins.1) > high
    };
    let stood = (0..MAX_HOPS).take_while(stands).count();
    (stood >= MIN_HOPS).then_some(stood)
}

/// Whether the band was quiet before the digit began, and its two tones more so.
fn quiet_before(
    history: &History,
    bins: (usize, usize),
    stood: usize,
    tones: &Tones,
) -> bool {
    let before = history.ago(stood - 1 + 5);
    let long_before = history.ago(stood - 1 + 8);
    before.power(bins.0) < P.pre * tones.low
        && before.power(bins.1) < P.pre * tones.high
        && long_before.total() < P.pre_all * (tones.low + tones.high)
}

/// Measures both tones; nothing when a frequency or the twist is outside.
fn measure(history: &History, bins: (usize, usize), stretch: Stretch) -> Option<Tones> {
    let low = fit(history, bins.0, stretch)?;
    let high = fit(history, bins.1, stretch)?;
    if low.offset.abs() > P.offset || high.offset.abs() > P.offset {
        return None;
    }
    let twist = high.power / BAND_GAIN[bins.1] / (low.power / BAND_GAIN[bins.0]);
    if !(MIN_TWIST..MAX_TWIST).contains(&twist) {
        return None;
    }
    let (mut total, mut whole, mut count) = (0.0, 0.0, 0.0);
    for hop in stretch.hops() {
        total += history.ago(hop).total();
        whole += history.ago(hop).whole();
        count += 1.0;
    }
    let mut tones = Tones {
        low: low.power,
        high: high.power,
        residue: 1.0 - (low.power + high.power) * count / total,
        outside: 0.0,
    };
    tones.outside = whole / count - tones.sum(bins);
    Some(tones)
}

/// High over low as power: -9.5 and +5.5 dB, so that noise does not spoil -8 and +4.
const MIN_TWIST: f32 = 0.112;
const MAX_TWIST: f32 = 4.2;

/// The one sine at `bin` that fits the whole stretch best: its frequency from the phase over [`LAG`], then from the phase
/// between the stretch's halves.
fn fit(history: &History, bin: usize, stretch: Stretch) -> Option<Fit> {
    let (mut re, mut im) = (0.0, 0.0);
    let mut count = 0;
    for hop in stretch.hops() {
        count += 1;
        let earlier = hop + LAG;
        if earlier > stretch.oldest
            || (earlier >= stretch.without.0 && earlier <= stretch.without.1)
        {
            continue;
        }
        let (a, b) = (history.ago(earlier), history.ago(hop));
        re += a.re[bin] * b.re[bin] + a.im[bin] * b.im[bin];
        im += a.re[bin] * b.im[bin] - a.im[bin] * b.re[bin];
    }
    if count < 9 {
        return None;
    }
    let mut step = libm::atan2f(im, re) / LAG as f32;
    let (dc, ds) = (libm::cosf(step), libm::sinf(step));
    let (mut c, mut s) = (1.0f32, 0.0f32);
    let middle = (stretch.oldest + stretch.newest) as f32 / 2.0;
    // Sums of the earlier and the later half, and of where they are.
    let mut halves = [[0.0f32; 3]; 2];
    for hop in (stretch.newest..=stretch.oldest).rev() {
        if hop < stretch.without.0 || hop > stretch.without.1 {
            let w = history.ago(hop);
            let half = &mut halves[usize::from((hop as f32) < middle)];
            half[0] += w.re[bin] * c + w.im[bin] * s;
            half[1] += w.im[bin] * c - w.re[bin] * s;
        }
        (c, s) = (c * dc - s * ds, s * dc + c * ds);
    }
    let [a, b] = halves;
    let turn = libm::atan2f(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]);
    step += 2.0 * turn / (stretch.oldest - stretch.newest + 1) as f32;
    let hz = step * (HOP_RATE_HZ / TAU);
    let amplitude = libm::sqrtf(a[0] * a[0] + a[1] * a[1]) + libm::sqrtf(b[0] * b[0] + b[1] * b[1]);
    let mean = amplitude / count as f32;
    Some(Fit {
        offset: hz / limit_hz(bin),
        power: mean * mean * (2.0 / (128.0 * 128.0)) * droop(hz),
    })
}

/// What the window loses on a tone `hz` beside its bin, as a factor to make good for it.
fn droop(hz: f32) -> f32 {
    // |W(f)| = sinc^2(8 ms f), and sinc x = 1 - (pi x)^2 / 6 + (pi x)^4 / 120 for small x.
    let x = PI * 0.008 * hz;
    let x2 = x * x;
    let sinc = (1.0 - x2 * (1.0 / 6.0 - x2 / 120.0)).max(0.4);
    1.0 / (sinc * sinc * sinc * sinc)
}
