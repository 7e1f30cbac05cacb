//! The ear's second half: whether a row and a column that have stood for a while are a digit.

use super::bank::{BAND_GAIN, HOP_RATE_HZ, TO_POWER, Window};
use super::limit_hz;
use core::f32::consts::{PI, TAU};

/// A tone lasts from half amplitude to half amplitude. Q.24 Table 1: accept 40 ms, reject 20; ours 36 and 22, so the line
/// is between, at 32 ms.
const MIN_HOPS: usize = 16;
/// Longest stretch looked at: 52 ms. More would add nothing to the certainty.
const MAX_HOPS: usize = 26;
/// From this length on (44 ms) a verdict is as lenient as it gets.
const LONG_HOPS: usize = 22;
/// A tone stands while its power is above this part of its usual one: half its amplitude.
pub(super) const STANDING: f32 = 0.25;
/// Windows at each end of a tone that are not wholly inside it.
const EDGE: usize = 3;
/// Hops between the two ends of a phase difference: 8 ms, unambiguous to +-62 Hz.
const LAG: usize = 4;
/// Fewest windows that a frequency is told from.
const MIN_WINDOWS: usize = 9;

/// Farthest a tone may be off, in units of what Q.24 Table 1 wants accepted: room for noise; 3.5 % is 1.8 and more.
const MAX_OFFSET: f32 = 1.12;
/// High over low as power: Q.24 asks -8 to +4 dB. An echo of -10 dB alone makes 5.7 dB of none; taken: -9.5 to +6.2 dB.
const TWIST: core::ops::Range<f32> = 0.112..4.2;
/// Share of the band that may be neither tone. Of a clean digit it is 3 % at most (what two tones beating in a hop leave).
const CLEAN: f32 = 0.035;
/// The same for a tone in noise, for the shortest and for [`LONG_HOPS`]: at 8 dB of signal to noise 4 % on average.
const NOISY: [f32; 2] = [0.06, 0.1];
/// What may be outside the band, over both tones: at 8 dB of signal to noise 11 % on average.
const OUTSIDE: f32 = 0.26;
/// Before a digit its tones are less than this part of themselves (-7 dB), and all the band less than that (-9.3 dB):
/// 8 dB of signal to noise, or the digit before with an echo of 20 ms, -10 dB.
const TONES_BEFORE: f32 = 0.2;
const BAND_BEFORE: f32 = 0.117;
/// A tone at least this long (40 ms) may have a click in it; without the windows that touch it the rest must be clean.
const CLICK_HOPS: usize = 20;
/// Windows on each side of a click's that touch it.
const CLICK_REACH: usize = 4;

/// Windows remembered, a power of two.
const REMEMBERED: usize = 64;

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

/// Whether the digit of `bins` has stood long enough, alone and on frequency; the powers of its tones when so.
pub(super) fn judge(history: &History, bins: (usize, usize)) -> Option<(f32, f32)> {
    let stood = stood(history, bins)?;
    let stretch = Stretch {
        oldest: stood - 1 - EDGE,
        newest: EDGE,
        click: None,
    };
    let tones = measure(history, bins, stretch)?;
    let found = Some((tones.low, tones.high));
    let alone = tones.outside < OUTSIDE * tones.in_front(bins);
    let quiet = quiet_before(history, bins, stood, &tones);
    if tones.residue < CLEAN && (alone || quiet) {
        return found;
    }
    if tones.residue < noisy(stood) && alone && quiet {
        return found;
    }
    if stood < CLICK_HOPS || !quiet {
        return None;
    }
    let click = Some(loudest(history, stood));
    let rest = measure(history, bins, Stretch { click, ..stretch })?;
    (rest.residue < CLEAN).then_some((rest.low, rest.high))
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

/// What share of the band noise may have beside a tone of that length.
fn noisy(stood: usize) -> f32 {
    let part = (stood.min(LONG_HOPS) - MIN_HOPS) as f32 / (LONG_HOPS - MIN_HOPS) as f32;
    NOISY[0] + part * (NOISY[1] - NOISY[0])
}

/// Whether the band was quiet before the digit began, and its two tones more so.
fn quiet_before(history: &History, bins: (usize, usize), stood: usize, tones: &Tones) -> bool {
    let just_before = history.ago(stood + 4);
    let before = history.ago(stood + 7);
    just_before.power(bins.0) < TONES_BEFORE * tones.low
        && just_before.power(bins.1) < TONES_BEFORE * tones.high
        && before.total() < BAND_BEFORE * (tones.low + tones.high)
}

/// The loudest of the last hops, as hops ago.
fn loudest(history: &History, hops: usize) -> usize {
    let louder = |best, hop| {
        if history.ago(hop).energy > history.ago(best).energy {
            hop
        } else {
            best
        }
    };
    (0..hops).fold(0, louder)
}

/// A stretch of windows, as hops ago.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    oldest: usize,
    newest: usize,
    /// Where a click is; windows that touch it do not count.
    click: Option<usize>,
}

impl Stretch {
    /// Oldest to newest.
    fn all(self) -> impl Iterator<Item = usize> {
        (self.newest..=self.oldest).rev()
    }

    fn counts(self, hop: usize) -> bool {
        hop <= self.oldest
            && self
                .click
                .is_none_or(|click| hop.abs_diff(click) > CLICK_REACH)
    }

    fn count(self) -> usize {
        self.all().filter(|&hop| self.counts(hop)).count()
    }
}

/// Both tones and what is beside them, as mean squares behind the band filter.
#[derive(Clone, Copy, Debug)]
struct Tones {
    low: f32,
    high: f32,
    /// Share of the band that is neither.
    residue: f32,
    /// What is neither of them, in front of the band filter.
    outside: f32,
}

impl Tones {
    /// The power of both in front of the band filter.
    fn in_front(&self, bins: (usize, usize)) -> f32 {
        self.low / BAND_GAIN[bins.0] + self.high / BAND_GAIN[bins.1]
    }
}

/// Measures both tones; nothing when a frequency or the twist is outside.
fn measure(history: &History, bins: (usize, usize), stretch: Stretch) -> Option<Tones> {
    let count = stretch.count();
    if count < MIN_WINDOWS {
        return None;
    }
    let low = fit(history, bins.0, stretch, count)?;
    let high = fit(history, bins.1, stretch, count)?;
    let twist = high / BAND_GAIN[bins.1] / (low / BAND_GAIN[bins.0]);
    if !TWIST.contains(&twist) {
        return None;
    }
    let (mut total, mut whole) = (0.0, 0.0);
    for hop in stretch.all().filter(|&hop| stretch.counts(hop)) {
        total += history.ago(hop).total();
        whole += history.ago(hop).whole();
    }
    let mut tones = Tones {
        low,
        high,
        residue: 1.0 - (low + high) * count as f32 / total,
        outside: 0.0,
    };
    tones.outside = whole / count as f32 - tones.in_front(bins);
    Some(tones)
}

/// The mean square of the one sine near `bin` that fits the whole stretch best; nothing when it is too far off.
///
/// Its frequency is told from the phase over [`LAG`], then once more from the phase between the stretch's halves.
fn fit(history: &History, bin: usize, stretch: Stretch, count: usize) -> Option<f32> {
    let (mut re, mut im) = (0.0, 0.0);
    for hop in stretch.all() {
        if stretch.counts(hop) && stretch.counts(hop + LAG) {
            let (a, b) = (history.ago(hop + LAG), history.ago(hop));
            re += a.re[bin] * b.re[bin] + a.im[bin] * b.im[bin];
            im += a.re[bin] * b.im[bin] - a.im[bin] * b.re[bin];
        }
    }
    let step = libm::atan2f(im, re) / LAG as f32;
    let (turn_cos, turn_sin) = (libm::cosf(step), libm::sinf(step));
    let (mut cos, mut sin) = (1.0f32, 0.0f32);
    let middle = (stretch.oldest + stretch.newest).div_ceil(2);
    let mut halves = [(0.0f32, 0.0f32); 2];
    for hop in stretch.all() {
        if stretch.counts(hop) {
            let window = history.ago(hop);
            let (re, im) = (window.re[bin], window.im[bin]);
            let half = &mut halves[usize::from(hop < middle)];
            half.0 += re * cos + im * sin;
            half.1 += im * cos - re * sin;
        }
        (cos, sin) = (
            cos * turn_cos - sin * turn_sin,
            sin * turn_cos + cos * turn_sin,
        );
    }
    let [a, b] = halves;
    let turn = libm::atan2f(a.0 * b.1 - a.1 * b.0, a.0 * b.0 + a.1 * b.1);
    let hops_between = 0.5 * (stretch.oldest - stretch.newest + 1) as f32;
    let offset_hz = (step + turn / hops_between) * (HOP_RATE_HZ / TAU);
    if offset_hz.abs() > MAX_OFFSET * limit_hz(bin) {
        return None;
    }
    let length = libm::sqrtf(a.0 * a.0 + a.1 * a.1) + libm::sqrtf(b.0 * b.0 + b.1 * b.1);
    let mean = length / count as f32;
    Some(mean * mean * TO_POWER * droop(offset_hz))
}

/// What the window loses on a tone `offset_hz` beside its bin, as a factor to make good for it.
fn droop(offset_hz: f32) -> f32 {
    // |W(f)| = sinc^2(8 ms f), and sinc x = 1 - (pi x)^2 / 6 + (pi x)^4 / 120 for small x.
    let x = PI * 0.008 * offset_hz;
    let square = x * x;
    let sinc = 1.0 - square * (1.0 / 6.0 - square / 120.0);
    1.0 / (sinc * sinc * sinc * sinc)
}
