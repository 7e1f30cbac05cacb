//! The short-time spectrum that the detectors of call progress, fax tones and unknown tones share: 64 ms under a Hann window,
//! one each 10 ms, and only when a detector asks.
//!
//! 64 ms resolve tones 50 Hz apart, the closest that E.180 Supplement 2 adds with few exceptions; closer pairs are told from
//! one tone by the second moment of their common lobe.

use crate::oscillator::circle;
use telephony::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

/// Samples under the window.
pub const WINDOW: usize = 512;
/// Bins from 0 Hz up to, not including, 4000 Hz.
pub const BINS: usize = WINDOW / 2;
/// From one bin to the next, in Hz.
pub const BIN_HZ: f32 = SAMPLE_RATE_HZ as f32 / WINDOW as f32;
/// Frames that hold a window.
pub(crate) const FRAMES: usize = WINDOW.div_ceil(FRAME_SAMPLES);
/// Second moment that the window gives a pure sine: 1 / (3 T^2), in Hz^2.
pub(crate) const WINDOW_VARIANCE_HZ2: f32 = BIN_HZ * BIN_HZ / 3.0;
/// The voice band, of which power is counted: above mains hum and its third harmonic, below 3440 Hz.
const VOICE_BINS: core::ops::Range<usize> = 12..220;
/// Sums are taken in so many lanes, which the compiler puts into vectors.
const LANES: usize = 8;

/// Power by frequency of the last 64 ms.
#[derive(Clone, Debug)]
pub struct Spectrum {
    /// Power of bin k at k * [`BIN_HZ`], 0 for direct current. The bins of a sine's lobe sum to its mean square.
    pub bins: [f32; BINS],
    /// Sum of the bins from 187 to 3440 Hz.
    pub power: f32,
}

/// What a range of frequencies holds.
#[derive(Clone, Copy, Debug)]
pub struct Lobe {
    /// Mean square of the samples, weighted by the window.
    pub power: f32,
    /// Centre of gravity, in Hz.
    pub hz: f32,
    /// Mean square distance from the centre beyond what the window itself gives, in Hz^2: 0 for one sine, a quarter of the
    /// difference squared for two equal ones.
    pub variance_hz2: f32,
}

impl Spectrum {
    /// Of the last [`FRAMES`] frames in order of age.
    pub(crate) fn new(frames: [&[f32; FRAME_SAMPLES]; FRAMES]) -> Self {
        let mut z = Complex::ZERO;
        // The oldest frame is not needed whole.
        let mut at = 0;
        let mut skip = FRAMES * FRAME_SAMPLES - WINDOW;
        for frame in frames {
            let rest = &frame[skip..];
            let half = rest.len() / 2;
            let re = &mut z.re[at..at + half];
            let im = &mut z.im[at..at + half];
            let hann = &TABLES.hann[2 * at..2 * at + 2 * half];
            for (((re, im), pair), hann) in re
                .iter_mut()
                .zip(im)
                .zip(rest.chunks_exact(2))
                .zip(hann.chunks_exact(2))
            {
                *re = pair[0] * hann[0];
                *im = pair[1] * hann[1];
            }
            at += half;
            skip = 0;
        }
        let bins = powers(&transform(z));
        let mut lanes = [0.0f32; LANES];
        for eight in bins[VOICE_BINS].chunks_exact(LANES) {
            for (lane, bin) in lanes.iter_mut().zip(eight) {
                *lane += bin;
            }
        }
        let power = lanes.iter().sum();
        Spectrum { bins, power }
    }

    /// What the bins from `low` to `high`, both included, hold.
    pub fn lobe(&self, low: usize, high: usize) -> Lobe {
        let (low, high) = (low.min(BINS - 1), high.min(BINS - 1));
        let (mut power, mut first, mut second) = (1e-9f32, 0.0, 0.0);
        // Distances from the lower edge: no digits are lost to large squares.
        for (n, &bin) in self.bins[low..=high.max(low)].iter().enumerate() {
            let x = n as f32;
            power += bin;
            first += bin * x;
            second += bin * x * x;
        }
        let mean = first / power;
        Lobe {
            power,
            hz: (low as f32 + mean) * BIN_HZ,
            variance_hz2: (second / power - mean * mean) * BIN_HZ * BIN_HZ - WINDOW_VARIANCE_HZ2,
        }
    }

    /// The bin nearest to `hz`.
    pub fn bin_of(hz: f32) -> usize {
        ((hz / BIN_HZ + 0.5).max(0.0) as usize).min(BINS - 1)
    }
}

/// Points of the complex transform: even samples are its real part, odd ones its imaginary part.
const POINTS: usize = WINDOW / 2;

struct Complex {
    re: [f32; POINTS],
    im: [f32; POINTS],
}

impl Complex {
    const ZERO: Complex = Complex {
        re: [0.0; POINTS],
        im: [0.0; POINTS],
    };
}

struct Tables {
    /// Hann window, scaled so that the bins of a sine sum to its mean square.
    hann: [f32; WINDOW],
    /// e^(-j 2 pi k / 512).
    cos: [f32; WINDOW],
    sin: [f32; WINDOW],
    /// The first pass's: e^(-j 2 pi k p / 256) for k = 1, 2, 3 and p in order.
    first_cos: [[f32; POINTS / 4]; 3],
    first_sin: [[f32; POINTS / 4]; 3],
}

static TABLES: Tables = tables();

const fn tables() -> Tables {
    let mut tables = Tables {
        hann: [0.0; WINDOW],
        cos: [0.0; WINDOW],
        sin: [0.0; WINDOW],
        first_cos: [[0.0; POINTS / 4]; 3],
        first_sin: [[0.0; POINTS / 4]; 3],
    };
    let (cos, sin) = circle::<WINDOW>();
    let mut k = 0;
    while k < WINDOW {
        tables.hann[k] = ((0.5 - 0.5 * cos[k]) * HANN_SCALE) as f32;
        tables.cos[k] = cos[k] as f32;
        tables.sin[k] = -sin[k] as f32;
        k += 1;
    }
    let mut p = 0;
    while p < POINTS / 4 {
        let mut k = 0;
        while k < 3 {
            tables.first_cos[k][p] = tables.cos[2 * (k + 1) * p];
            tables.first_sin[k][p] = tables.sin[2 * (k + 1) * p];
            k += 1;
        }
        p += 1;
    }
    tables
}

/// The mean of Hann's square is 3/8, and half of a sine's power is at negative frequencies: sqrt(2 / (3/8)) / 512.
const HANN_SCALE: f64 = 2.309_401_076_758_503 / WINDOW as f64;

/// Fourier transform of 256 points: four passes of radix 4, each writing in order (Stockham), so that every inner loop runs
/// over neighbours.
fn transform(mut z: Complex) -> Complex {
    let mut other = Complex::ZERO;
    first_pass(&z, &mut other);
    pass::<4>(&other, &mut z);
    pass::<16>(&z, &mut other);
    pass::<64>(&other, &mut z);
    z
}

/// One butterfly: the sums of four points, (re, im) each, before their rotations.
#[inline(always)]
fn butterfly(re: [f32; 4], im: [f32; 4]) -> [(f32, f32); 4] {
    let (even_r, even_i, odd_r, odd_i) =
        (re[0] + re[2], im[0] + im[2], re[1] + re[3], im[1] + im[3]);
    let (turn_r, turn_i) = (re[0] - re[2], im[0] - im[2]);
    // j (b - d)
    let (side_r, side_i) = (im[3] - im[1], re[1] - re[3]);
    [
        (even_r + odd_r, even_i + odd_i),
        (turn_r - side_r, turn_i - side_i),
        (even_r - odd_r, even_i - odd_i),
        (turn_r + side_r, turn_i + side_i),
    ]
}

/// The first pass has one point in each inner loop: here the loop runs over the rotations instead, and results are put in
/// their order afterwards.
fn first_pass(x: &Complex, y: &mut Complex) {
    const M: usize = POINTS / 4;
    let (re, _) = x.re.as_chunks::<M>();
    let (im, _) = x.im.as_chunks::<M>();
    let mut out_re = [[0.0f32; M]; 4];
    let mut out_im = [[0.0f32; M]; 4];
    for p in 0..M {
        let sums = butterfly(
            [re[0][p], re[1][p], re[2][p], re[3][p]],
            [im[0][p], im[1][p], im[2][p], im[3][p]],
        );
        (out_re[0][p], out_im[0][p]) = sums[0];
        for k in 0..3 {
            let (r, i) = sums[k + 1];
            let (c, s) = (TABLES.first_cos[k][p], TABLES.first_sin[k][p]);
            out_re[k + 1][p] = r * c - i * s;
            out_im[k + 1][p] = r * s + i * c;
        }
    }
    let (y_re, _) = y.re.as_chunks_mut::<4>();
    let (y_im, _) = y.im.as_chunks_mut::<4>();
    for p in 0..M {
        for k in 0..4 {
            y_re[p][k] = out_re[k][p];
            y_im[p][k] = out_im[k][p];
        }
    }
}

#[inline(always)]
fn pass<const S: usize>(x: &Complex, y: &mut Complex) {
    let m = POINTS / S / 4;
    let quarter = POINTS / 4;
    for p in 0..m {
        let from = S * p;
        let re: [&[f32]; 4] = core::array::from_fn(|k| &x.re[from + k * quarter..][..S]);
        let im: [&[f32]; 4] = core::array::from_fn(|k| &x.im[from + k * quarter..][..S]);
        let (out_re, _) = y.re[4 * from..][..4 * S].as_chunks_mut::<S>();
        let (out_im, _) = y.im[4 * from..][..4 * S].as_chunks_mut::<S>();
        let w = |k: usize| (TABLES.cos[2 * k * from], TABLES.sin[2 * k * from]);
        let w = [w(1), w(2), w(3)];
        for q in 0..S {
            let sums = butterfly(
                [re[0][q], re[1][q], re[2][q], re[3][q]],
                [im[0][q], im[1][q], im[2][q], im[3][q]],
            );
            (out_re[0][q], out_im[0][q]) = sums[0];
            for k in 0..3 {
                let (r, i) = sums[k + 1];
                let (c, s) = w[k];
                out_re[k + 1][q] = r * c - i * s;
                out_im[k + 1][q] = r * s + i * c;
            }
        }
    }
}

/// Squared magnitudes of the real signal's spectrum, out of the transform of its even and odd samples.
fn powers(z: &Complex) -> [f32; BINS] {
    let mut bins = [0.0f32; BINS];
    for (k, bin) in bins.iter_mut().enumerate().skip(1) {
        let (mirror_r, mirror_i) = (z.re[POINTS - k], z.im[POINTS - k]);
        let (even_r, even_i) = (z.re[k] + mirror_r, z.im[k] - mirror_i);
        let (odd_r, odd_i) = (z.im[k] + mirror_i, mirror_r - z.re[k]);
        let (c, s) = (TABLES.cos[k], TABLES.sin[k]);
        let re = even_r + c * odd_r - s * odd_i;
        let im = even_i + c * odd_i + s * odd_r;
        *bin = 0.25 * (re * re + im * im);
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front_end::FrontEnd;
    use crate::level::{dbm0_of_power, power_of_dbm0};
    use crate::signal::{Random, Signal};
    use core::f64::consts::TAU;

    fn spectrum_of(signal: &Signal) -> Spectrum {
        let mut front_end = FrontEnd::new();
        let mut last = None;
        for frame in signal.pcm().chunks_exact(FRAME_SAMPLES) {
            last = Some(
                front_end
                    .process(frame.try_into().unwrap())
                    .spectrum()
                    .clone(),
            );
        }
        last.unwrap()
    }

    #[test]
    fn every_bin_is_the_fourier_sum_of_the_last_512_samples() {
        let mut s = Signal::default();
        s.silence(80.0);
        s.noise(-10.0, &mut Random(1));
        let frames: std::vec::Vec<[f32; FRAME_SAMPLES]> =
            s.0.chunks_exact(FRAME_SAMPLES)
                .map(|c| c.try_into().unwrap())
                .collect();
        let got = Spectrum::new(core::array::from_fn(|n| &frames[n + 1]));
        let x = &s.0[640 - WINDOW..];
        for k in 1..BINS {
            let (mut re, mut im) = (0.0f64, 0.0f64);
            for (n, &x) in x.iter().enumerate() {
                let w = TAU * (k * n % WINDOW) as f64 / WINDOW as f64;
                let hann = (0.5 - 0.5 * (TAU * n as f64 / WINDOW as f64).cos()) * HANN_SCALE;
                re += f64::from(x) * hann * w.cos();
                im -= f64::from(x) * hann * w.sin();
            }
            let expected = (re * re + im * im) as f32;
            assert!(
                (got.bins[k] - expected).abs() <= 1e-3 * expected + 1e-2,
                "bin {k}: {} for {expected}",
                got.bins[k]
            );
        }
    }

    #[test]
    fn level_frequency_and_spread_of_lobes_are_measured() {
        for hz in [400.0f32, 417.3, 425.0, 1_107.7, 2_100.0] {
            let mut s = Signal::default();
            s.tones(&[(hz, -20.0)], 100.0);
            let b = Spectrum::bin_of(hz);
            let lobe = spectrum_of(&s).lobe(b - 4, b + 4);
            assert!((lobe.hz - hz).abs() < 0.3, "{hz}: {lobe:?}");
            assert!(
                (dbm0_of_power(lobe.power) + 20.0).abs() < 0.1,
                "{hz}: {lobe:?}"
            );
            assert!(lobe.variance_hz2.abs() < 10.0, "{hz}: {lobe:?}");
        }
        let mut pair = Signal::default();
        pair.tones(&[(400.0, -20.0), (450.0, -20.0)], 100.0);
        let lobe = spectrum_of(&pair).lobe(20, 35);
        assert!((lobe.hz - 425.0).abs() < 3.0 && (lobe.variance_hz2 - 625.0).abs() < 200.0);
        let spectrum = spectrum_of(&pair);
        assert!((spectrum.power / power_of_dbm0(-17.0) - 1.0).abs() < 0.3);
    }
}
