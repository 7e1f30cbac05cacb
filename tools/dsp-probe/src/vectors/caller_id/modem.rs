//! Messages on a line: the modems of Bell 202 and V.23 and everything between exchange and receiver.

use super::Standard;
use crate::signal::{
    Law, RATE, Random, add, amplify, convolve, level, peak, ratio, samples, silence, speech, tones,
    white,
};
use crate::vectors::dtmf::{Spec, Track};
use std::f64::consts::TAU;

/// What a message goes through.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Level of the carrier at the receiver, mean of mark and space.
    pub dbm0: f64,
    /// Mark over space, in dB.
    pub twist_db: f64,
    /// Bits in a second.
    pub baud: f64,
    /// Factor on both frequencies.
    pub off: f64,
    /// Carrier over white noise, in dB.
    pub snr_db: f64,
    /// Alternating bits before the message.
    pub seizure: usize,
    /// Mark bits after them.
    pub mark: usize,
    /// Up to so many stop bits more after each octet.
    pub stuffed: usize,
    /// Mains hum of this level; its frequency is the standard's country's.
    pub hum_dbm0: Option<f64>,
    /// Kilometres of 0.4 mm cable.
    pub cable_km: f64,
    /// What happens around the message.
    pub around: Around,
    /// Coder.
    pub law: Law,
}

/// What happens around a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// Nothing.
    Silence,
    /// Clicks of relays before it.
    Clicks,
    /// The end of a ringing burst.
    Ringing,
    /// Speech directly after it.
    Speech,
    /// The message again, half a second later.
    Repeated,
}

impl Line {
    /// A good line: -13.5 dBm0 (EN 300 659-1 §6.1.1), 300 bits of seizure and 180 of mark (§6.2).
    pub fn good(standard: Standard) -> Self {
        Line {
            dbm0: -13.5,
            twist_db: 0.0,
            baud: 1_200.0,
            off: 1.0,
            snr_db: 50.0,
            seizure: 300,
            mark: 180,
            stuffed: 0,
            hum_dbm0: None,
            cable_km: 0.0,
            around: Around::Silence,
            law: if standard == Standard::Bell202 {
                Law::Mu
            } else {
                Law::A
            },
        }
    }
}

/// Mark and space, in Hz.
pub fn mark_space(standard: Standard) -> (f64, f64) {
    match standard {
        Standard::Bell202 => (1_200.0, 2_200.0),
        Standard::V23 | Standard::Dtmf => (1_300.0, 2_100.0),
    }
}

/// The octets of a message as they come in.
pub fn on_line(octets: &[u8], standard: Standard, line: &Line, random: &mut Random) -> Vec<i16> {
    let carrier = modulate(octets, standard, line, random);
    let mut x = silence(random.between(200.0, 500.0));
    let start = x.len();
    x.extend(&carrier);
    if line.around == Around::Repeated {
        x.extend(silence(500.0));
        x.extend(&carrier);
    }
    let end = x.len();
    x.extend(silence(300.0));
    if line.cable_km > 0.0 {
        let before = level(&x[start..end]);
        x = convolve(&x, &cable(line.cable_km));
        let after = level(&x[start..end]);
        amplify(&mut x, before - after);
    }
    if let Some(dbm0) = line.hum_dbm0 {
        let hz = if standard == Standard::Bell202 {
            60.0
        } else {
            50.0
        };
        let hum = tones(x.len(), &[(hz, dbm0), (3.0 * hz, dbm0 - 10.0)], random);
        add(&mut x, 0, &hum);
    }
    match line.around {
        Around::Clicks => {
            for _ in 0..3 {
                let at = random.below(start - 8);
                let height = if random.coin() {
                    peak(-5.0)
                } else {
                    -peak(-5.0)
                };
                x[at..at + 6].iter_mut().for_each(|s| *s += height);
            }
        }
        Around::Ringing => {
            let length = start.min(1_200);
            for (n, s) in x[..length].iter_mut().enumerate() {
                let t = n as f64;
                *s += peak(0.0) * libm::exp(-t / 300.0) * libm::sin(TAU * 25.0 * t / RATE);
            }
        }
        Around::Speech => {
            let voice = speech(x.len() - end, -20.0, random);
            add(&mut x, end + 80, &voice);
        }
        Around::Silence | Around::Repeated => {}
    }
    let noise = white(x.len(), line.dbm0 - line.snr_db, random);
    add(&mut x, 0, &noise);
    line.law.through(&x)
}

fn bits(octets: &[u8], line: &Line, random: &mut Random) -> Vec<bool> {
    let mut out: Vec<bool> = (0..line.seizure).map(|n| n % 2 == 1).collect();
    out.extend(std::iter::repeat_n(true, line.mark));
    for octet in octets {
        out.push(false);
        out.extend((0..8).map(|n| octet >> n & 1 == 1));
        let stops = 1 + if line.stuffed > 0 {
            random.below(line.stuffed + 1)
        } else {
            0
        };
        out.extend(std::iter::repeat_n(true, stops));
    }
    out.extend([true; 10]);
    out
}

/// Phase-continuous: a sample in which a bit ends takes its share of both frequencies.
fn modulate(octets: &[u8], standard: Standard, line: &Line, random: &mut Random) -> Vec<f64> {
    let bits = bits(octets, line, random);
    let (mark, space) = mark_space(standard);
    let level = |bit: bool| line.dbm0 + if bit { line.twist_db } else { -line.twist_db } / 2.0;
    let bit = |place: f64| bits.get(place as usize).copied().unwrap_or(true);
    let step = line.baud / RATE;
    let length = (bits.len() as f64 / step) as usize;
    let mut phase = random.between(0.0, TAU);
    (0..length)
        .map(|n| {
            let (from, to) = (n as f64 * step, (n + 1) as f64 * step);
            let edge = to.floor().max(from);
            let hz = |place: f64| if bit(place) { mark } else { space };
            let first = (edge - from) / step;
            let hz = if edge > from {
                hz(from) * first + hz(edge) * (1.0 - first)
            } else {
                hz(from)
            };
            phase += TAU * hz * line.off / RATE;
            peak(level(bit(from))) * libm::sin(phase)
        })
        .collect()
}

/// 0.4 mm cable between 600 ohm: loss grows with the root of frequency, 1.6 dB a kilometre at 1 kHz, and its phase with it.
fn cable(km: f64) -> Vec<f64> {
    const POINTS: usize = 256;
    (0..128)
        .map(|n| {
            let sum: f64 = (1..POINTS / 2)
                .map(|k| {
                    let hz = k as f64 * RATE / POINTS as f64;
                    let root = (hz / 1_000.0).sqrt();
                    let (loss, phase) = (1.6 * km * root, 0.184 * km * root);
                    let angle = TAU * k as f64 * (n as f64 - 16.0) / POINTS as f64 - phase;
                    ratio(-loss) * libm::cos(angle)
                })
                .sum();
            2.0 * sum / POINTS as f64
        })
        .collect()
}

/// A message by DTMF: `keys` with its start and end code.
pub fn dtmf_digits(
    keys: &str,
    on_ms: f64,
    off_ms: f64,
    dbm0: f64,
    snr_db: f64,
    seed: u64,
) -> Vec<i16> {
    let mut track = Track::new(seed, keys);
    let spec = Spec {
        on_ms,
        ..Spec::at(dbm0)
    };
    for key in keys.chars() {
        track.press(key, spec);
        track.gap(off_ms);
    }
    track.gap(700.0);
    track.noise(0, dbm0 + 3.0 - snr_db);
    track.done(Law::A).samples
}

/// The two tones of a CPE alerting signal (GR-30-CORE §2.5: 80 ms) or dual-tone alerting signal (EN 300 659-2: 75 to 110 ms).
pub fn alerting(ms: f64, dbm0: f64, off: f64, random: &mut Random) -> Vec<f64> {
    tones(
        samples(ms),
        &[(2_130.0 * off, dbm0), (2_750.0 * off, dbm0)],
        random,
    )
}

/// The octets of the message in a clean signal, by the plainest of receivers: energy at mark against space over a bit, read in the middle of bits.
/// Good enough to check a sender with, and these vectors.
pub fn read_clean(x: &[f64], standard: Standard) -> Vec<u8> {
    const BIT: f64 = RATE / 1_200.0;
    let (mark, space) = mark_space(standard);
    let bit_at = |place: f64| -> Option<bool> {
        let from = place.round() as usize;
        let window = x.get(from..from + 7)?;
        let energy = |hz: f64| {
            let (mut re, mut im) = (0.0, 0.0);
            for (n, s) in window.iter().enumerate() {
                let angle = TAU * hz * n as f64 / RATE;
                re += s * libm::cos(angle);
                im += s * libm::sin(angle);
            }
            re * re + im * im
        };
        let (one, zero) = (energy(mark), energy(space));
        (one + zero > 1e6).then_some(one > zero)
    };
    // 40 bits of mark in a row end the seizure.
    let (mut place, mut marks) = (0.0, 0);
    while marks < 40 {
        if place as usize + 7 > x.len() {
            return Vec::new();
        }
        marks = if bit_at(place) == Some(true) {
            marks + 1
        } else {
            0
        };
        place += if marks > 0 { BIT } else { 1.0 };
    }
    let mut octets = Vec::new();
    loop {
        let mut waited = 0;
        while bit_at(place) != Some(false) {
            waited += 1;
            place += 1.0;
            if bit_at(place).is_none() || waited > 2_000 {
                // Where the carrier ends anything is read: the message says how long it is.
                let length = octets.get(1).map_or(0, |&n: &u8| usize::from(n) + 3);
                octets.truncate(length);
                return octets;
            }
        }
        // Half of the window has turned: the edge is in its middle.
        let start = place + BIT / 2.0 - 0.5;
        let octet = (0..8).fold(0, |octet, n| {
            let bit = bit_at(start + BIT * (n as f64 + 1.0)).unwrap_or(true);
            octet | u8::from(bit) << n
        });
        octets.push(octet);
        place = start + BIT * 9.0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{damaged, mdmf, random_message, sdmf};
    use super::*;
    use crate::signal::{float, level_at, seeds};

    #[test]
    fn messages_come_back_from_the_line_as_they_were() {
        for seed in seeds() {
            let mut random = Random::new(seed, "modem");
            for standard in [Standard::Bell202, Standard::V23] {
                for octets in [
                    mdmf(&random_message(&mut random)),
                    sdmf(&random_message(&mut random)),
                ] {
                    assert_eq!(octets.iter().fold(0u8, |s, &o| s.wrapping_add(o)), 0);
                    let x = float(&on_line(
                        &octets,
                        standard,
                        &Line::good(standard),
                        &mut random,
                    ));
                    assert_eq!(read_clean(&x, standard), octets);
                    let bad = damaged(&octets, &mut random);
                    assert_ne!(bad.iter().fold(0u8, |s, &o| s.wrapping_add(o)), 0);
                }
            }
        }
    }

    #[test]
    fn level_twist_noise_and_length_are_those_asked_for() {
        let mut random = Random::new(1, "modem");
        let line = Line {
            seizure: 0,
            mark: 2_400,
            law: Law::Linear,
            snr_db: 20.0,
            ..Line::good(Standard::V23)
        };
        let x = float(&on_line(&[0; 0], Standard::V23, &line, &mut random));
        let marks = &x[6_000..18_000];
        assert!((level_at(marks, 1_300.0) + 13.5).abs() < 0.1);
        let noise = level(&x[x.len() - 2_000..]);
        assert!((noise + 33.5).abs() < 0.5, "{noise}");
        // GR-30: 300 + 180 + 10 a bit of 5/6 ms: an octet takes 8.33 ms.
        let octets = [0x55; 100];
        let good = Line::good(Standard::V23);
        let length = modulate(&octets, Standard::V23, &good, &mut random).len();
        assert_eq!(length, (1_490.0 * RATE / 1_200.0) as usize);
        let twisted = Line {
            twist_db: 6.0,
            ..line
        };
        let x = modulate(&[0; 0], Standard::V23, &twisted, &mut random);
        assert!((level_at(&x, 1_300.0) + 10.5).abs() < 0.1);
    }

    #[test]
    fn five_kilometres_of_cable_take_more_of_the_space_than_of_the_mark() {
        let mut random = Random::new(2, "cable");
        let x = tones(16_000, &[(1_200.0, -10.0), (2_200.0, -10.0)], &mut random);
        let y = convolve(&x, &cable(5.0));
        let slope = level_at(&y, 1_200.0) - level_at(&y, 2_200.0);
        // 1.6 dB by 5 km by the difference of the roots.
        assert!((slope - 3.1).abs() < 0.5, "{slope}");
    }
}
