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

/// Where sample `16 a + 5 b` modulo 80 is found, and where frequency (k mod 5, k mod 16) goes.
const fn input_index(a: usize, b: usize) -> usize {
    (16 * a + 5 * b) % HALF
}

const fn output_index(k1: usize, k2: usize) -> usize {
    // 16 * 1 = 1 modulo 5; 5 * 13 = 1 modulo 16.
    (16 * k1 + 65 * k2) % HALF
}

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
fn dft16(x: &[C4; 16]) -> [C4; 16] {
    const C: f32 = constant(1, 16).0;
    const S: f32 = constant(1, 16).1;
    const R: f32 = constant(1, 8).0;
    let column = |n: usize| dft4([x[n], x[n + 4], x[n + 8], x[n + 12]]);
    let (c0, c1, c2, c3) = (column(0), column(1), column(2), column(3));
    let rows = [
        dft4([c0[0], c1[0], c2[0], c3[0]]),
        dft4([
            c0[1],
            c1[1].times(C, -S),
            c2[1].times(R, -R),
            c3[1].times(S, -C),
        ]),
        dft4([
            c0[2],
            c1[2].times(R, -R),
            c2[2].times_minus_i(),
            c3[2].times(-R, -R),
        ]),
        dft4([
            c0[3],
            c1[3].times(S, -C),
            c2[3].times(-R, -R),
            c3[3].times(-C, S),
        ]),
    ];
    core::array::from_fn(|k| rows[k % 4][k / 4])
}

/// The complex transform of 80.
fn dft80(x: &[C4; HALF], out: &mut [C4; HALF]) {
    let mut rows = [[C4::ZERO; 16]; 5];
    for b in 0..16 {
        let y = dft5(core::array::from_fn(|a| x[input_index(a, b)]));
        for (row, value) in rows.iter_mut().zip(y) {
            row[b] = value;
        }
    }
    for (k1, row) in rows.iter().enumerate() {
        for (k2, value) in dft16(row).into_iter().enumerate() {
            out[output_index(k1, k2)] = value;
        }
    }
}

/// The spectra of four signals, not scaled: a sine of peak A that fits the window makes a bin of 80 A.
pub(super) fn forward(x: &[F4; SIZE], out: &mut [C4; BINS]) {
    let z: [C4; HALF] = core::array::from_fn(|n| C4 {
        re: x[2 * n],
        im: x[2 * n + 1],
    });
    let mut y = [C4::ZERO; HALF];
    dft80(&z, &mut y);
    for k in 0..=HALF / 2 {
        let (a, b) = (y[k], y[(HALF - k) % HALF].conj());
        let (even, odd) = ((a + b).scaled(F4::all(0.5)), (a - b).scaled(F4::all(0.5)));
        let (c, s) = TURN[k];
        // odd / i, turned by the twiddle.
        let odd = odd.times_minus_i().times(c, s);
        out[k] = even + odd;
        out[HALF - k] = (even - odd).conj();
    }
}

/// Back to samples: the inverse of [`forward`], scale included.
pub(super) fn inverse(x: &[C4; BINS], out: &mut [F4; SIZE]) {
    let mut z = [C4::ZERO; HALF];
    for k in 0..=HALF / 2 {
        let (a, b) = (x[k], x[HALF - k].conj());
        let (even, odd) = (a + b, a - b);
        let (c, s) = TURN[k];
        let odd = odd.times(c, -s);
        // z = even + i odd, conjugated, because a forward transform of the conjugate is the inverse's conjugate.
        z[k] = (even - odd.times_minus_i()).conj();
        if k > 0 {
            z[HALF - k] = even.conj() - odd.conj().times_minus_i();
            z[HALF - k] = z[HALF - k].conj();
        }
    }
    let mut y = [C4::ZERO; HALF];
    dft80(&z, &mut y);
    let scale = F4::all(1.0 / SIZE as f32);
    for (n, value) in y.iter().enumerate() {
        out[2 * n] = value.re * scale;
        out[2 * n + 1] = (F4::ZERO - value.im) * scale;
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
        forward(&x, &mut spectrum);
        for lane in 0..4 {
            let want = slow(&core::array::from_fn(|n| x[n].0[lane]));
            for (k, (re, im)) in want.into_iter().enumerate() {
                assert!((f64::from(spectrum[k].re.0[lane]) - re).abs() < 1e-4, "{k}");
                assert!((f64::from(spectrum[k].im.0[lane]) - im).abs() < 1e-4, "{k}");
            }
        }
        let mut back = [F4::ZERO; SIZE];
        inverse(&spectrum, &mut back);
        for (a, b) in x.iter().zip(&back) {
            for lane in 0..4 {
                assert!((a.0[lane] - b.0[lane]).abs() < 1e-5);
            }
        }
    }
}
