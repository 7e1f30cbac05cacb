//! The ear's first half: one band filter that halves the rate, then the eight Q.23 frequencies as complex amplitudes, one set
//! each hop of 2 ms, in windows of 14 ms.
//!
//! What is not between 600 and 1750 Hz (direct current, hum, the dial tones of E.180, most of the noise) is gone before
//! anything is measured, so that "the rest of the band" has one meaning everywhere: everything that is not the two tones.

use super::hz;
use core::f64::consts::TAU;
use telephony::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

/// Hops in a frame of 10 ms.
pub(super) const HOPS: usize = FRAME_SAMPLES / (2 * HOP);
/// Samples of one hop after the band filter (4 kHz): 2 ms, and the width of the inner loops.
const HOP: usize = 8;
/// Frequencies in the bank: rows 0-3, columns 4-7.
pub(super) const BINS: usize = 8;
/// One value a frequency.
pub(super) type Bins = [f32; BINS];
/// Hops in a second.
pub(super) const HOP_RATE_HZ: f32 = SAMPLE_RATE_HZ as f32 / (2 * HOP) as f32;

/// The band filter, 32 taps, symmetric: the even half of it. A minimax design: within 2 dB from 680 to 1665 Hz, -33 dB from
/// 325 to 455 Hz (dial tones), -27 dB below 70 Hz and from 140 to 190 Hz (hum and its third harmonic), -13 dB or less above
/// 2 kHz, where the halved rate folds. Noise keeps 29 % of its power.
const BAND: [f32; TAPS / 2] = [
    -0.033_811_3,
    -0.001_182_23,
    0.032_331_3,
    0.061_100_3,
    -0.026_691_9,
    0.034_32,
    -0.184_339,
    0.053_151_8,
    0.256_474,
    -0.154_984,
    -0.066_061_9,
    0.015_942,
    -0.012_102_8,
    0.062_456_4,
    -0.038_143,
    -0.020_932_6,
];
const TAPS: usize = 32;
/// What the band filter does to the power of each tone.
pub(super) const BAND_GAIN: Bins = band_gain();

const fn band_gain() -> Bins {
    let mut gain = [0.0; BINS];
    let mut bin = 0;
    while bin < BINS {
        let (mut sum, mut k) = (0.0, 0);
        while k < TAPS / 2 {
            // Both taps of the even phase's k-th, at either side of the middle, in samples of 4 kHz from it.
            let from_middle = (TAPS - 1) as f64 / 2.0 - 2.0 * k as f64;
            sum += 2.0 * BAND[k] * rotation(bin, from_middle.abs() / 2.0).0;
            k += 1;
        }
        gain[bin] = sum * sum;
        bin += 1;
    }
    gain
}

/// The last seven hops weighted 1 2 3 4 3 2 1: 14 ms, sidelobes 26 dB down, first null 125 Hz away.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
pub(super) struct Window {
    /// Weighted sum of x cos(wn), n counted through all hops.
    pub re: Bins,
    /// Weighted sum of -x sin(wn).
    pub im: Bins,
    /// Weighted sum of squares behind the band filter.
    pub energy: f32,
    /// Weighted sum of squares in front of it.
    pub whole: f32,
}

/// Sum of a window's weights, in samples: a sine of peak A gives |re + j im| = A / 2 times this.
const WINDOW_SAMPLES: f32 = 16.0 * HOP as f32;
/// From a window's squared length to the mean square of the sine.
pub(super) const TO_POWER: f32 = 2.0 / (WINDOW_SAMPLES * WINDOW_SAMPLES);
/// From a window's sum of squares to the mean square.
pub(super) const TO_MEAN: f32 = 1.0 / WINDOW_SAMPLES;

impl Window {
    pub const ZERO: Window = Window {
        re: [0.0; BINS],
        im: [0.0; BINS],
        energy: 0.0,
        whole: 0.0,
    };

    /// Adds what was there `older` before and keeps itself there instead.
    #[inline(always)]
    fn join(&mut self, older: &mut Window) {
        for bin in 0..BINS {
            let (re, im) = (self.re[bin], self.im[bin]);
            self.re[bin] += older.re[bin];
            self.im[bin] += older.im[bin];
            older.re[bin] = re;
            older.im[bin] = im;
        }
        let (energy, whole) = (self.energy, self.whole);
        self.energy += older.energy;
        self.whole += older.whole;
        older.energy = energy;
        older.whole = whole;
    }

    /// Mean square of the tone at `bin`, behind the band filter.
    #[inline]
    pub fn power(&self, bin: usize) -> f32 {
        (self.re[bin] * self.re[bin] + self.im[bin] * self.im[bin]) * TO_POWER
    }

    /// Mean squares of the tones at all bins, behind the band filter.
    #[inline]
    pub fn powers(&self) -> Bins {
        let mut power: Bins = [0.0; BINS];
        for (bin, p) in power.iter_mut().enumerate() {
            *p = (self.re[bin] * self.re[bin] + self.im[bin] * self.im[bin]) * TO_POWER;
        }
        power
    }

    /// Mean square of the tone at `bin` behind the band filter, if its phase has turned against nominal by less than the angle of
    /// that tangent since `earlier`, the window two hops ago.
    #[inline]
    pub fn steady_power(&self, earlier: &Window, bin: usize, tangent: f32) -> Option<f32> {
        let (a, b) = (earlier, self);
        let re = a.re[bin] * b.re[bin] + a.im[bin] * b.im[bin];
        let im = a.re[bin] * b.im[bin] - a.im[bin] * b.re[bin];
        // A tone beside its bin turns, and the window loses some of it: about 0.8 sin^2 of the turn.
        let loss = 0.8 * im * im / (re * re + im * im);
        (im.abs() < tangent * re).then(|| self.power(bin) * (1.0 + loss))
    }

    /// Mean square of everything behind the band filter.
    #[inline]
    pub fn total(&self) -> f32 {
        self.energy * TO_MEAN
    }

    /// Mean square of everything in front of the band filter.
    #[inline]
    pub fn whole(&self) -> f32 {
        self.whole * (0.5 * TO_MEAN)
    }
}

/// sin x for 0 <= x < 2 pi by Taylor series: `const`, so that every channel shares one table in read-only memory.
const fn const_sin(x: f64) -> f64 {
    let mut x = x;
    while x > TAU / 2.0 {
        x -= TAU;
    }
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while n < 30.0 {
        term = -term * x * x / ((n + 1.0) * (n + 2.0));
        sum += term;
        n += 2.0;
    }
    sum
}

/// Rotation of bin `bin` in `samples` samples of 4 kHz, as (cos, sin).
const fn rotation(bin: usize, samples: f64) -> (f32, f32) {
    let mut turns = hz(bin) as f64 / (SAMPLE_RATE_HZ / 2) as f64 * samples;
    turns -= turns as u32 as f64;
    let quarter = if turns + 0.25 >= 1.0 {
        turns - 0.75
    } else {
        turns + 0.25
    };
    (
        const_sin(TAU * quarter) as f32,
        const_sin(TAU * turns) as f32,
    )
}

/// cos and sin of each bin at 0.5, 1.5, 2.5 and 3.5 samples from the middle of a hop, and of a whole hop.
const fn tables() -> ([Bins; HOP / 2 + 1], [Bins; HOP / 2 + 1]) {
    let (mut cos, mut sin) = ([[0.0; BINS]; HOP / 2 + 1], [[0.0; BINS]; HOP / 2 + 1]);
    let mut i = 0;
    while i <= HOP / 2 {
        let samples = if i < HOP / 2 {
            i as f64 + 0.5
        } else {
            HOP as f64
        };
        let mut bin = 0;
        while bin < BINS {
            (cos[i][bin], sin[i][bin]) = rotation(bin, samples);
            bin += 1;
        }
        i += 1;
    }
    (cos, sin)
}

static TABLES: ([Bins; HOP / 2 + 1], [Bins; HOP / 2 + 1]) = tables();

/// Samples each phase of the band filter remembers.
const MEMORY: usize = TAPS / 2 - 1;
/// A phase's memory and the frame that follows it.
type Phase = [f32; MEMORY + FRAME_SAMPLES / 2];

/// Turns frames into windows.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    even: Phase,
    odd: Phase,
    cos: Bins,
    sin: Bins,
    odd_hop: bool,
    /// Partial sums of the window, which is (1 + z)(1 + z)(1 + z^2)(1 + z^2): the last hop, the last pair of hops ...
    hop: Window,
    pair: Window,
    /// ... and of the last two hops, even and odd.
    fours: [Window; 2],
    sums: [Window; 2],
}

impl Bank {
    pub const fn new() -> Self {
        Bank {
            even: [0.0; MEMORY + FRAME_SAMPLES / 2],
            odd: [0.0; MEMORY + FRAME_SAMPLES / 2],
            cos: [1.0; BINS],
            sin: [0.0; BINS],
            hop: Window::ZERO,
            pair: Window::ZERO,
            fours: [Window::ZERO; 2],
            sums: [Window::ZERO; 2],
            odd_hop: false,
        }
    }

    /// Takes 10 ms; [`Bank::window`] then tells of its hops, first to last.
    pub fn load(&mut self, samples: &[f32; FRAME_SAMPLES]) {
        self.even.copy_within(FRAME_SAMPLES / 2.., 0);
        self.odd.copy_within(FRAME_SAMPLES / 2.., 0);
        let even = self.even[MEMORY..].iter_mut();
        let odd = self.odd[MEMORY..].iter_mut();
        for ((pair, even), odd) in samples.chunks_exact(2).zip(even).zip(odd) {
            *even = pair[0];
            *odd = pair[1];
        }
    }

    /// The window that ends with hop `hop` of the frame; hops are asked for in order, each once.
    #[inline]
    pub fn window(&mut self, hop: usize) -> Window {
        let mut window = self.hop(&self.band(hop), hop);
        self.turn();
        self.odd_hop = !self.odd_hop;
        let parity = usize::from(self.odd_hop);
        window.join(&mut self.hop);
        window.join(&mut self.pair);
        window.join(&mut self.fours[parity]);
        window.join(&mut self.sums[parity]);
        window
    }

    /// One hop behind the band filter. The taps are symmetric: those of one phase are the other's in reverse.
    #[inline]
    fn band(&self, hop: usize) -> [f32; HOP] {
        let mut out = [0.0f32; HOP];
        let even = &self.even[hop * HOP..][..MEMORY + HOP];
        let odd = &self.odd[hop * HOP..][..MEMORY + HOP];
        for (k, tap) in BAND.iter().enumerate() {
            let (even, odd) = (&even[k..k + HOP], &odd[MEMORY - k..][..HOP]);
            for ((out, even), odd) in out.iter_mut().zip(even).zip(odd) {
                *out += tap * (even + odd);
            }
        }
        out
    }

    /// Correlates one hop with all bins, folded about its middle, at the phase that the bins have there.
    #[inline]
    fn hop(&self, x: &[f32; HOP], hop: usize) -> Window {
        let (mut re, mut im) = ([0.0f32; BINS], [0.0f32; BINS]);
        for i in 0..HOP / 2 {
            let (after, before) = (x[HOP / 2 + i], x[HOP / 2 - 1 - i]);
            let (sum, difference) = (after + before, after - before);
            let (cos, sin) = (&TABLES.0[i], &TABLES.1[i]);
            for bin in 0..BINS {
                re[bin] += sum * cos[bin];
                im[bin] -= difference * sin[bin];
            }
        }
        let mut out = Window::ZERO;
        for bin in 0..BINS {
            out.re[bin] = re[bin] * self.cos[bin] + im[bin] * self.sin[bin];
            out.im[bin] = im[bin] * self.cos[bin] - re[bin] * self.sin[bin];
        }
        // The band filter's middle is 15.5 samples back: before it, the same stretch.
        let first = hop * HOP + MEMORY / 2 + 1;
        let before = [&self.even, &self.odd].map(|phase| phase[first..].first_chunk());
        out.energy = squares(x);
        out.whole = before.iter().flatten().map(|half| squares(half)).sum();
        out
    }

    /// Turns the bins' phases on by one hop; a Newton step keeps their length at one for years.
    #[inline]
    fn turn(&mut self) {
        let (step_cos, step_sin) = (&TABLES.0[HOP / 2], &TABLES.1[HOP / 2]);
        for bin in 0..BINS {
            let (c, s) = (self.cos[bin], self.sin[bin]);
            let (dc, ds) = (step_cos[bin], step_sin[bin]);
            let (nc, ns) = (c * dc - s * ds, s * dc + c * ds);
            let gain = 1.5 - 0.5 * (nc * nc + ns * ns);
            self.cos[bin] = nc * gain;
            self.sin[bin] = ns * gain;
        }
    }
}

/// Sum of squares.
#[inline]
fn squares(x: &[f32; HOP]) -> f32 {
    let mut sums = [0.0f32; HOP / 2];
    for (i, sum) in sums.iter_mut().enumerate() {
        *sum = x[i] * x[i] + x[HOP / 2 + i] * x[HOP / 2 + i];
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
