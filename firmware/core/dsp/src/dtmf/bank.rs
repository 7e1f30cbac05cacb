//! The front end: a high-pass against dial tone and hum, then the eight Q.23 frequencies as complex amplitudes, one set each
//! hop of 2 ms. Sums over any number of hops give any bandwidth, phases between hops give the exact frequency.

use super::{HIGH_HZ, LOW_HZ};
use core::f64::consts::TAU;
use telephony::SAMPLE_RATE_HZ;

/// Samples of one hop (2 ms).
pub(super) const HOP: usize = 16;
/// Frequencies in the bank: rows 0-3, columns 4-7.
pub(super) const BINS: usize = 8;
/// One value a frequency.
pub(super) type Bins = [f32; BINS];

/// What a hop holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct HopSums {
    /// Sum of x cos(wn), n counted through all hops.
    pub re: Bins,
    /// Sum of -x sin(wn).
    pub im: Bins,
    /// Sum of squares after the high-pass.
    pub energy: f32,
}

impl HopSums {
    pub const ZERO: HopSums = HopSums {
        re: [0.0; BINS],
        im: [0.0; BINS],
        energy: 0.0,
    };
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

/// Rotation of bin `bin` after `samples` samples, as (cos, sin).
const fn rotation(bin: usize, samples: usize) -> (f32, f32) {
    let hz = if bin < 4 {
        LOW_HZ[bin]
    } else {
        HIGH_HZ[bin - 4]
    };
    let mut turns = hz as f64 / SAMPLE_RATE_HZ as f64 * samples as f64;
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

const fn tables() -> ([Bins; HOP + 1], [Bins; HOP + 1]) {
    let (mut cos, mut sin) = ([[0.0; BINS]; HOP + 1], [[0.0; BINS]; HOP + 1]);
    let mut i = 0;
    while i <= HOP {
        let mut bin = 0;
        while bin < BINS {
            (cos[i][bin], sin[i][bin]) = rotation(bin, i);
            bin += 1;
        }
        i += 1;
    }
    (cos, sin)
}

static TABLES: ([Bins; HOP + 1], [Bins; HOP + 1]) = tables();

/// One second-order section, transposed direct form II.
#[derive(Clone, Copy, Debug)]
struct Section {
    b: [f32; 3],
    a: [f32; 2],
    s: [f32; 2],
}

impl Section {
    #[inline]
    fn next(&mut self, x: f32) -> f32 {
        let y = self.b[0] * x + self.s[0];
        self.s[0] = self.b[1] * x - self.a[0] * y + self.s[1];
        self.s[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

/// Turns samples into hops.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    high_pass: [Section; 2],
    block: [f32; HOP],
    filled: usize,
    phase_cos: Bins,
    phase_sin: Bins,
}

impl Bank {
    pub fn new() -> Self {
        // Elliptic high-pass, order 4: 0.7 dB ripple above 660 Hz, 36 dB from 0 to 465 Hz, where the dial tones of E.180
        // (330 to 450 Hz), hum and direct current are.
        let first = Section {
            b: [0.505_214_9, -0.997_527, 0.505_214_9],
            a: [-0.994_316_15, 0.385_492_8],
            s: [0.0; 2],
        };
        let second = Section {
            b: [1.0, -1.883_413_2, 1.0],
            a: [-1.654_488, 0.897_127],
            s: [0.0; 2],
        };
        Bank {
            high_pass: [first, second],
            block: [0.0; HOP],
            filled: 0,
            phase_cos: [1.0; BINS],
            phase_sin: [0.0; BINS],
        }
    }

    /// Takes one sample; a hop each [`HOP`]th.
    #[inline]
    pub fn push(&mut self, sample: i16) -> Option<HopSums> {
        let [first, second] = &mut self.high_pass;
        self.block[self.filled] = second.next(first.next(f32::from(sample)));
        self.filled += 1;
        if self.filled < HOP {
            return None;
        }
        self.filled = 0;
        Some(self.hop())
    }

    fn hop(&mut self) -> HopSums {
        let (mut re, mut im, mut energy) = ([0.0f32; BINS], [0.0f32; BINS], 0.0f32);
        for ((x, cos), sin) in self.block.iter().zip(&TABLES.0).zip(&TABLES.1) {
            energy += x * x;
            for bin in 0..BINS {
                re[bin] += x * cos[bin];
                im[bin] -= x * sin[bin];
            }
        }
        let mut out = HopSums {
            energy,
            ..HopSums::ZERO
        };
        for bin in 0..BINS {
            let (c, s) = (self.phase_cos[bin], self.phase_sin[bin]);
            // Times e^-jp, p the phase the bin's oscillator has at the start of this hop.
            out.re[bin] = re[bin] * c + im[bin] * s;
            out.im[bin] = im[bin] * c - re[bin] * s;
            let (dc, ds) = (TABLES.0[HOP][bin], TABLES.1[HOP][bin]);
            let (nc, ns) = (c * dc - s * ds, s * dc + c * ds);
            let gain = 1.5 - 0.5 * (nc * nc + ns * ns);
            self.phase_cos[bin] = nc * gain;
            self.phase_sin[bin] = ns * gain;
        }
        out
    }
}
