//! Four real Fourier transforms of 160 samples at once, one a lane: two blocks of 10 ms, as overlap-save wants them.
//!
//! 160 real samples are 80 complex ones; 80 = 5 x 16 without common factor, so the prime-factor mapping (Good 1958) needs no
//! twiddle factors between the two stages.

use super::lanes::{C4, F4};
use core::f64::consts::TAU;

/// Samples in, or out of the inverse.
pub(super) const SIZE: usize = 160;
/// Frequencies, 0 to 4000 Hz in steps of 50 Hz.
pub(super) const BINS: usize = SIZE / 2 + 1;
const HALF: usize = SIZE / 2;

/// cos and -sin of 2 pi k / 160.
static TURN: [(f32, f32); HALF] = {
    let mut table = [(0.0, 0.0); HALF];
    let mut k = 0;
    while k < HALF {
        let (c, s) = cos_sin(TAU * k as f64 / SIZE as f64);
        table[k] = (c as f32, -s as f32);
        k += 1;
    }
    table
};

/// By power series, at build time: |angle| up to pi.
const fn cos_sin(angle: f64) -> (f64, f64) {
    let (mut c, mut s, mut term) = (0.0, 0.0, 1.0);
    let mut n = 0;
    while n < 32 {
        match n % 4 {
            0 => c += term,
            1 => s += term,
            2 => c -= term,
            _ => s -= term,
        }
        n += 1;
        term *= angle / n as f64;
    }
    (c, s)
}

/// cos and sin of a share of a circle, 0 to 1.
pub(super) const fn turn(share: f64) -> (f32, f32) {
    let share = if share > 0.5 { share - 1.0 } else { share };
    let (c, s) = cos_sin(TAU * share);
    (c as f32, s as f32)
}

const fn constant(k: usize, of: usize) -> (f32, f32) {
    let (c, s) = cos_sin(TAU * k as f64 / of as f64);
    (c as f32, s as f32)
}

/// Which samples the small transforms of the first stage take: `16 a + 5 b` modulo 80.
static FIRST: [[u8; 5]; 16] = {
    let mut first = [[0; 5]; 16];
    let mut n = 0;
    while n < HALF {
        first[n / 5][n % 5] = ((16 * (n % 5) + 5 * (n / 5)) % HALF) as u8;
        n += 1;
    }
    first
};

/// Where the transform of 80 leaves frequency k: its row is k modulo 5, its column k modulo 16.
static PLACE: [u8; HALF] = {
    let mut place = [0; HALF];
    let mut k = 0;
    while k < HALF {
        place[k] = ((k % 5) * 16 + k % 16) as u8;
        k += 1;
    }
    place
};

#[inline(always)]
fn dft5(x: [C4; 5]) -> [C4; 5] {
    const C1: f32 = constant(1, 5).0;
    const S1: f32 = constant(1, 5).1;
    const C2: f32 = constant(2, 5).0;
    const S2: f32 = constant(2, 5).1;
    let (a, b) = (x[1] + x[4], x[2] + x[3]);
    let (c, d) = (x[1] - x[4], x[2] - x[3]);
    let m = |u: f32, v: f32| C4 {
        re: x[0].re + a.re * u + b.re * v,
        im: x[0].im + a.im * u + b.im * v,
    };
    let n = |u: f32, v: f32| {
        C4 {
            re: c.re * u + d.re * v,
            im: c.im * u + d.im * v,
        }
        .times_minus_i()
    };
    let (m1, m2) = (m(C1, C2), m(C2, C1));
    let (n1, n2) = (n(S1, S2), n(S2, -S1));
    [x[0] + a + b, m1 + n1, m2 + n2, m2 - n2, m1 - n1]
}

#[inline(always)]
fn dft4(x: [C4; 4]) -> [C4; 4] {
    let (a, b) = (x[0] + x[2], x[0] - x[2]);
    let (c, d) = (x[1] + x[3], (x[1] - x[3]).times_minus_i());
    [a + c, b + d, a - c, b - d]
}

#[inline(always)]
fn dft16(x: &[C4; 16], out: &mut [C4; 16]) {
    const C: f32 = constant(1, 16).0;
    const S: f32 = constant(1, 16).1;
    const R: f32 = constant(1, 8).0;
    let column = |n: usize| dft4([x[n], x[n + 4], x[n + 8], x[n + 12]]);
    let (c0, c1, c2, c3) = (column(0), column(1), column(2), column(3));
    let mut row = |k: usize, values: [C4; 4]| {
        let [a, b, c, d] = dft4(values);
        (out[k], out[k + 4], out[k + 8], out[k + 12]) = (a, b, c, d);
    };
    row(0, [c0[0], c1[0], c2[0], c3[0]]);
    row(
        1,
        [
            c0[1],
            c1[1].times(C, -S),
            c2[1].times(R, -R),
            c3[1].times(S, -C),
        ],
    );
    row(
        2,
        [
            c0[2],
            c1[2].times(R, -R),
            c2[2].times_minus_i(),
            c3[2].times(-R, -R),
        ],
    );
    row(
        3,
        [
            c0[3],
            c1[3].times(S, -C),
            c2[3].times(-R, -R),
            c3[3].times(-C, S),
        ],
    );
}

/// Four transforms at once, and the room they need.
#[derive(Clone, Debug)]
pub(super) struct Fft {
    rows: [[C4; 16]; 5],
    out: [C4; HALF],
}

impl Fft {
    pub const NEW: Fft = Fft {
        rows: [[C4::ZERO; 16]; 5],
        out: [C4::ZERO; HALF],
    };

    /// The complex transform of the 80 values that `x` gives, into `self.out` in the order of [`PLACE`].
    #[inline(always)]
    fn dft80(&mut self, x: impl Fn(usize) -> C4) {
        let [r0, r1, r2, r3, r4] = &mut self.rows;
        for b in 0..16 {
            let at = &FIRST[b];
            let y = dft5([
                x(usize::from(at[0])),
                x(usize::from(at[1])),
                x(usize::from(at[2])),
                x(usize::from(at[3])),
                x(usize::from(at[4])),
            ]);
            (r0[b], r1[b], r2[b], r3[b], r4[b]) = (y[0], y[1], y[2], y[3], y[4]);
        }
        for (row, out) in self.rows.iter().zip(self.out.as_chunks_mut::<16>().0) {
            dft16(row, out);
        }
    }

    #[inline(always)]
    fn at(&self, k: usize) -> C4 {
        self.out[usize::from(PLACE[k])]
    }

    /// The spectra of four signals, not scaled: a sine of peak A that fits the window makes a bin of 80 A.
    pub fn forward(&mut self, x: &[F4; SIZE], out: &mut [C4; BINS]) {
        self.dft80(|n| C4 {
            re: x[2 * n],
            im: x[2 * n + 1],
        });
        let first = self.at(0);
        out[0] = C4 {
            re: first.re + first.im,
            im: F4::ZERO,
        };
        out[HALF] = C4 {
            re: first.re - first.im,
            im: F4::ZERO,
        };
        for k in 1..=HALF / 2 {
            let (a, b) = (self.at(k), self.at(HALF - k).conj());
            let (even, odd) = (a + b, a - b);
            let (c, s) = TURN[k];
            // odd / i, turned by the twiddle.
            let odd = odd.times_minus_i().times(0.5 * c, 0.5 * s);
            let even = even.scaled(F4::all(0.5));
            out[k] = even + odd;
            out[HALF - k] = (even - odd).conj();
        }
    }

    /// Back to samples: the inverse of [`Fft::forward`], scale included.
    pub fn inverse(&mut self, x: &[C4; BINS], out: &mut [F4; SIZE]) {
        // A forward transform of the conjugate gives the inverse's conjugate.
        self.dft80(|k| {
            let (a, b) = (x[k], x[HALF - k].conj());
            let (c, s) = TURN[k];
            let odd = (a - b).times(c, -s);
            (a + b - odd.times_minus_i()).conj()
        });
        let (up, down) = (F4::all(1.0 / SIZE as f32), F4::all(-1.0 / SIZE as f32));
        for (pair, &place) in out.as_chunks_mut::<2>().0.iter_mut().zip(&PLACE) {
            let value = self.out[usize::from(place)];
            *pair = [value.re * up, value.im * down];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Random;

    fn slow(x: &[f32; SIZE]) -> [(f64, f64); BINS] {
        core::array::from_fn(|k| {
            x.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, &v)| {
                let (c, s) = libm_pair(TAU * (k * n % SIZE) as f64 / SIZE as f64);
                (re + f64::from(v) * c, im - f64::from(v) * s)
            })
        })
    }

    fn libm_pair(angle: f64) -> (f64, f64) {
        (libm::cos(angle), libm::sin(angle))
    }

    #[test]
    fn it_is_the_fourier_transform_in_every_lane_and_its_inverse_gives_the_samples_back() {
        let mut random = Random(7);
        let x: [F4; SIZE] =
            core::array::from_fn(|_| F4(core::array::from_fn(|_| random.between(-1.0, 1.0))));
        let mut spectrum = [C4::ZERO; BINS];
        let mut fft = Fft::NEW;
        fft.forward(&x, &mut spectrum);
        for lane in 0..4 {
            let want = slow(&core::array::from_fn(|n| x[n].0[lane]));
            for (k, (re, im)) in want.into_iter().enumerate() {
                assert!((f64::from(spectrum[k].re.0[lane]) - re).abs() < 1e-4, "{k}");
                assert!((f64::from(spectrum[k].im.0[lane]) - im).abs() < 1e-4, "{k}");
            }
        }
        let mut back = [F4::ZERO; SIZE];
        fft.inverse(&spectrum, &mut back);
        for (a, b) in x.iter().zip(&back) {
            for lane in 0..4 {
                assert!((a.0[lane] - b.0[lane]).abs() < 1e-5);
            }
        }
    }
}
