//! Tones of fax machines and modems (ITU-T T.30, V.8, V.21, V.25).

use crate::signal::{Law, RATE, Random, add, peak, samples, silence, tones, white};
use crate::under_test::FaxTone;
use std::f64::consts::TAU;

/// A tone on a line.
#[derive(Clone, Copy, Debug)]
pub struct FaxLine {
    /// Level.
    pub dbm0: f64,
    /// White noise.
    pub noise_dbm0: f64,
    /// Deviation in Hz.
    pub off_hz: f64,
}

/// `tone` after half a second of silence, and the sample it ends at.
pub fn on_line(tone: FaxTone, line: &FaxLine, random: &mut Random) -> (Vec<i16>, usize) {
    let mut x = silence(500.0);
    match tone {
        // 0.5 s on, 3 s off (T.30 §4.1.2).
        FaxTone::Cng => {
            for n in 0..3 {
                if n > 0 {
                    x.extend(silence(3_000.0));
                }
                x.extend(tones(
                    samples(500.0),
                    &[(1_100.0 + line.off_hz, line.dbm0)],
                    random,
                ));
            }
        }
        FaxTone::Ced => x.extend(answer(3_000.0, line, false, false, random)),
        FaxTone::AnsPr => x.extend(answer(3_000.0, line, true, false, random)),
        FaxTone::AnsAm => x.extend(answer(3_000.0, line, true, true, random)),
        FaxTone::V21 => x.extend(flags(1_000.0, line, random)),
    }
    let end = x.len();
    x.extend(silence(500.0));
    let noise = white(x.len(), line.noise_dbm0, random);
    add(&mut x, 0, &noise);
    (Law::A.through(&x), end)
}

/// 2100 Hz for `ms` (T.30 §4.1.1, V.25 §3); with a reversal each 450 ms (V.25 §3.2); with 15 Hz of modulation by a fifth (V.8
/// §3).
pub fn answer(
    ms: f64,
    line: &FaxLine,
    reversals: bool,
    modulated: bool,
    random: &mut Random,
) -> Vec<f64> {
    let start = random.between(0.0, TAU);
    (0..samples(ms))
        .map(|n| {
            let t = n as f64 / RATE;
            let turned = reversals && (t / 0.45) as usize % 2 == 1;
            let sign = if turned { -1.0 } else { 1.0 };
            let depth = if modulated {
                1.0 + 0.2 * libm::sin(TAU * 15.0 * t)
            } else {
                1.0
            };
            sign * depth * peak(line.dbm0) * libm::sin(TAU * (2_100.0 + line.off_hz) * t + start)
        })
        .collect()
}

/// HDLC flags at 300 bit/s, mark 1650 Hz, space 1850 Hz (T.30 §5.3.1: a preamble of 1 s +-15 %; V.21 channel 2).
fn flags(ms: f64, line: &FaxLine, random: &mut Random) -> Vec<f64> {
    const FLAG: [bool; 8] = [false, true, true, true, true, true, true, false];
    let mut phase = random.between(0.0, TAU);
    (0..samples(ms))
        .map(|n| {
            let bit = (n as f64 * 300.0 / RATE) as usize % 8;
            let hz = if FLAG[bit] { 1_650.0 } else { 1_850.0 };
            phase += TAU * (hz + line.off_hz) / RATE;
            peak(line.dbm0) * libm::sin(phase)
        })
        .collect()
}

/// Two bursts of half a second at `hz`, as a calling tone has them: none when `hz` is far enough from 1100.
pub fn false_calling(hz: f64, random: &mut Random) -> Vec<i16> {
    let mut x = silence(500.0);
    for _ in 0..2 {
        x.extend(tones(samples(500.0), &[(hz, -12.0)], random));
        x.extend(silence(3_000.0));
    }
    let noise = white(x.len(), -60.0, random);
    add(&mut x, 0, &noise);
    Law::A.through(&x)
}
