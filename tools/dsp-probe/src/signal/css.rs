//! The composite source signal of ITU-T G.168 Annex C: a voiced sound, a pseudo-noise, a pause; then the same inverted.

use super::{RATE, Random, power, ratio};
use std::f64::consts::TAU;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Css {
    /// One talks (C.1): 48.62 ms voiced, 200 ms noise, 101.38 ms pause.
    SingleTalk,
    /// The other end of a double talk (C.3): 72.69 ms voiced, 200 ms Gaussian noise, 127.31 ms pause.
    DoubleTalk,
}

/// The rate the tables of Annex C are for.
const TABLE_RATE: f64 = 44_100.0;
/// Points of the transform that makes the pseudo-noise.
const NOISE_POINTS: f64 = 8_192.0;
/// Band limits and slope of the noise, (Hz, dB) (Table C.2), straight over the logarithm of frequency.
const NOISE_SHAPE: [(f64, f64); 10] = [
    (50.0, -25.8),
    (100.0, -12.8),
    (200.0, 17.4),
    (215.0, 17.8),
    (500.0, 12.2),
    (1000.0, 7.2),
    (2850.0, 0.0),
    (3600.0, -2.0),
    (3660.0, -20.0),
    (3680.0, -30.0),
];

/// `length` samples of it, at some level of its own: see [`super::set_active_level`].
pub fn css(kind: Css, length: usize, random: &mut Random) -> Vec<f64> {
    let (table, voiced_ms, pause_ms): (&[i32], f64, f64) = match kind {
        Css::SingleTalk => (&C1, 48.62, 101.38),
        Css::DoubleTalk => (&C3, 72.69, 127.31),
    };
    let half = 200.0 + voiced_ms + pause_ms;
    let voice = voice(table, super::samples(half));
    let noise = noise(kind, super::samples(2.0 * half), random);
    let balance = (power(&voice) / power(&noise)).sqrt();
    let starts = (voiced_ms * RATE / 1_000.0) as usize;
    (0..length)
        .map(|n| {
            let ms = n as f64 * 1_000.0 / RATE;
            let (turn, ms) = ((ms / half).floor(), ms % half);
            let sign = if turn % 2.0 == 0.0 { 1.0 } else { -1.0 };
            let at = (ms * RATE / 1_000.0) as usize;
            if ms < voiced_ms {
                sign * voice[at]
            } else if ms < voiced_ms + 200.0 {
                // Gaussian noise does not repeat; the pseudo-noise is the same each time.
                let fresh = match kind {
                    Css::SingleTalk => 0,
                    Css::DoubleTalk => turn as usize * 1_237 % 1_400,
                };
                sign * balance * noise[at.saturating_sub(starts) + fresh]
            } else {
                0.0
            }
        })
        .collect()
}

/// The voiced sound at 8 kHz. It is periodic, so its harmonics below 4 kHz are all of it that fits: no resampling filter.
fn voice(table: &[i32], length: usize) -> Vec<f64> {
    let period = table.len() as f64;
    let mut out = vec![0.0; length];
    for harmonic in 1..=(period * 3_990.0 / TABLE_RATE) as usize {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &s) in table.iter().enumerate() {
            let angle = TAU * harmonic as f64 * n as f64 / period;
            re += f64::from(s) * libm::cos(angle);
            im -= f64::from(s) * libm::sin(angle);
        }
        let hz = harmonic as f64 * TABLE_RATE / period;
        for (n, y) in out.iter_mut().enumerate() {
            let angle = TAU * hz * n as f64 / RATE;
            *y += 2.0 / period * (re * libm::cos(angle) - im * libm::sin(angle));
        }
    }
    out
}

/// Lines of the table's transform with its magnitudes: phases of 0 or 180 degrees make the pseudo-noise, Gaussian lines the
/// Gaussian noise.
fn noise(kind: Css, length: usize, random: &mut Random) -> Vec<f64> {
    // A longer period for the Gaussian noise: lines a fifth as far apart.
    let closer = if kind == Css::DoubleTalk { 5.0 } else { 1.0 };
    let spacing = TABLE_RATE / NOISE_POINTS / closer;
    let mut out = vec![0.0; length];
    for line in 1..(3_690.0 / spacing) as usize {
        let hz = line as f64 * spacing;
        let magnitude = ratio(shape(hz));
        let (mut re, mut im) = match kind {
            Css::SingleTalk if random.coin() => (magnitude, 0.0),
            Css::SingleTalk => (-magnitude, 0.0),
            Css::DoubleTalk => (magnitude * random.normal(), magnitude * random.normal()),
        };
        let (step_re, step_im) = (libm::cos(TAU * hz / RATE), libm::sin(TAU * hz / RATE));
        for y in &mut out {
            *y += re;
            (re, im) = (re * step_re - im * step_im, re * step_im + im * step_re);
        }
    }
    out
}

fn shape(hz: f64) -> f64 {
    let above = NOISE_SHAPE.partition_point(|&(f, _)| f < hz);
    if above == 0 || above == NOISE_SHAPE.len() {
        return -60.0;
    }
    let ((f0, d0), (f1, d1)) = (NOISE_SHAPE[above - 1], NOISE_SHAPE[above]);
    d0 + (d1 - d0) * libm::log(hz / f0) / libm::log(f1 / f0)
}

/// One period of the voiced sound of single talk, Table C.1, as in the header `g168models.h` of spandsp.
#[rustfmt::skip]
const C1: [i32; 134] = [
    -155, 276, 517, 578, 491, 302, 86, -103, -207, -198, 60, 190, 543, 948, 1362, 1741, 2043, 2276,
    2422, 2500, 2552, 2595, 2655, 2758, 2896, 3060, 3224, 3370, 3500, 3569, 3603, 3603, 3595, 3586,
    3595, 3638, 3724, 3819, 3922, 4000, 4043, 4034, 3974, 3862, 3724, 3577, 3439, 3336, 3267, 3224,
    3198, 3172, 3129, 3043, 2914, 2750, 2560, 2353, 2155, 1991, 1853, 1750, 1672, 1603, 1534, 1440,
    1310, 1146, 965, 776, 603, 448, 345, 276, 250, 250, 267, 267, 241, 190, 103, -9, -138, -267,
    -388, -491, -569, -638, -698, -759, -813, -888, -957, -1034, -1103, -1146, -1181, -1190, -1198,
    -1215, -1259, -1327, -1457, -1629, -1853, -2121, -2414, -2707, -3017, -3319, -3612, -3913,
    -4224, -4560, -4922, -5301, -5715, -6137, -6560, -6948, -7301, -7568, -7732, -7758, -7620,
    -7310, -6810, -6155, -5344, -4439, -3474, -2508, -1595, -802,
];

/// One period of the voiced sound of double talk, Table C.3, from the same header, whose -938 at place 168 is read as -638.
#[rustfmt::skip]
const C3: [i32; 229] = [
    -198, -112, -9, 103, 233, 388, 543, 724, 896, 1060, 1233, 1388, 1517, 1638, 1747, 1810, 1845,
    1845, 1802, 1707, 1569, 1379, 1146, 871, 560, 233, -121, -491, -871, -1250, -1638, -2043, -2465,
    -2896, -3345, -3819, -4310, -4810, -5319, -5836, -6353, -6853, -7353, -7836, -8292, -8715,
    -9077, -9370, -9542, -9542, -9361, -8956, -8327, -7465, -6396, -5163, -3827, -2448, -1103, 155,
    1293, 2241, 3034, 3655, 4138, 4517, 4827, 5094, 5344, 5594, 5827, 6043, 6215, 6344, 6413, 6422,
    6379, 6310, 6215, 6120, 6051, 6000, 5991, 5991, 6000, 6008, 5991, 5939, 5853, 5715, 5560, 5387,
    5215, 5043, 4879, 4732, 4586, 4439, 4276, 4086, 3870, 3629, 3370, 3086, 2801, 2534, 2267, 2034,
    1819, 1612, 1422, 1224, 1026, 819, 603, 388, 181, 9, -181, -328, -448, -543, -629, -707, -784,
    -871, -948, -1026, -1112, -1181, -1241, -1276, -1293, -1302, -1293, -1267, -1250, -1233, -1224,
    -1224, -1224, -1224, -1215, -1198, -1172, -1129, -1077, -1026, -974, -922, -888, -871, -845,
    -828, -810, -793, -767, -741, -698, -672, -638, -603, -595, -586, -595, -603, -621, -629, -638,
    -638, -638, -638, -638, -638, -647, -664, -690, -724, -767, -793, -819, -845, -853, -871, -879,
    -888, -896, -922, -948, -974, -1009, -1026, -1052, -1069, -1077, -1069, -1060, -1060, -1052,
    -1043, -1043, -1052, -1060, -1060, -1060, -1052, -1034, -1017, -991, -957, -931, -905, -888,
    -862, -845, -819, -793, -767, -724, -672, -621, -560, -509, -457, -397, -345, -276, -207, -112,
];
