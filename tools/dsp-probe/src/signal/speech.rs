//! Synthetic speech and music: enough of the real ones' structure (pitch, formants that glide, fricatives, stops, pauses) to
//! drive a canceller and to tempt a tone detector, without a file. Hours of real ones are in `tests/real_speech.rs`.

use super::{RATE, Random, peak, power, silence};
use std::f64::consts::{PI, TAU};

/// First three formants of vowels, in Hz (Peterson and Barney, 1952, men).
const VOWELS: [[f64; 3]; 10] = [
    [270.0, 2290.0, 3010.0],
    [390.0, 1990.0, 2550.0],
    [530.0, 1840.0, 2480.0],
    [660.0, 1720.0, 2410.0],
    [730.0, 1090.0, 2440.0],
    [570.0, 840.0, 2410.0],
    [440.0, 1020.0, 2240.0],
    [300.0, 870.0, 2240.0],
    [640.0, 1190.0, 2390.0],
    [490.0, 1350.0, 1690.0],
];

/// A resonance of two poles.
#[derive(Clone, Copy, Default)]
struct Resonance([f64; 2]);

impl Resonance {
    fn filter(&mut self, x: f64, hz: f64, width_hz: f64) -> f64 {
        let r = libm::exp(-PI * width_hz / RATE);
        let a = 2.0 * r * libm::cos(TAU * hz / RATE);
        // Gain 1 at 0 Hz, so that formants in a row keep the balance of a vocal tract.
        let y = x * (1.0 - a + r * r) + a * self.0[0] - r * r * self.0[1];
        self.0 = [y, self.0[0]];
        y
    }
}

/// Who speaks.
struct Voice {
    pitch_hz: f64,
    /// Length of the vocal tract, as a factor on all formants.
    tract: f64,
    rate: f64,
}

/// `length` samples of phrases and pauses of one voice, at an active level of `dbm0`.
pub fn speech(length: usize, dbm0: f64, random: &mut Random) -> Vec<f64> {
    let high = random.coin();
    let voice = Voice {
        pitch_hz: if high {
            random.between(160.0, 260.0)
        } else {
            random.between(80.0, 150.0)
        },
        tract: if high {
            random.between(1.08, 1.25)
        } else {
            random.between(0.92, 1.08)
        },
        rate: random.between(0.8, 1.4),
    };
    let mut out = Vec::with_capacity(length + 8_000);
    while out.len() < length {
        let syllables = 3 + random.below(9);
        let mut from = random.pick(&VOWELS);
        for n in 0..syllables {
            if random.below(3) > 0 {
                out.extend(consonant(&voice, random));
            }
            let to = random.pick(&VOWELS);
            let fall = 1.15 - 0.3 * n as f64 / syllables as f64;
            out.extend(vowel(&voice, from, to, fall, random));
            from = to;
        }
        out.extend(silence(random.between(80.0, 600.0)));
    }
    out.truncate(length);
    super::set_active_level(&mut out, dbm0);
    out
}

fn vowel(voice: &Voice, from: [f64; 3], to: [f64; 3], fall: f64, random: &mut Random) -> Vec<f64> {
    let length = super::samples(random.between(70.0, 260.0) / voice.rate);
    let loudness = super::ratio(random.between(-9.0, 0.0));
    let glide = random.between(-0.15, 0.15);
    let mut resonances = [Resonance::default(); 4];
    let (mut phase, mut tilt, mut jitter) = (0.0, 0.0, 1.0);
    let mut out: Vec<f64> = (0..length)
        .map(|n| {
            let t = n as f64 / length as f64;
            phase += voice.pitch_hz * fall * jitter * (1.0 + glide * t) / RATE;
            if phase >= 1.0 {
                phase -= 1.0;
                jitter = 1.0 + 0.01 * random.normal();
            }
            // Rosenberg's glottal pulse: opens over 40 % of the period, closes over 16 %.
            let flow = if phase < 0.4 {
                0.5 - 0.5 * libm::cos(PI * phase / 0.4)
            } else if phase < 0.56 {
                libm::cos(PI / 2.0 * (phase - 0.4) / 0.16)
            } else {
                0.0
            };
            let radiated = flow - tilt + 0.01 * random.normal();
            tilt = flow;
            let mut y = radiated;
            for (k, resonance) in resonances.iter_mut().enumerate() {
                let (hz, width) = match k {
                    3 => (3_400.0 * voice.tract, 200.0),
                    _ => (
                        (from[k] + (to[k] - from[k]) * t) * voice.tract,
                        60.0 + 30.0 * k as f64,
                    ),
                };
                y = resonance.filter(y, hz.min(3_800.0), width);
            }
            y * libm::sin(PI * t.powf(0.6)).max(0.0)
        })
        .collect();
    normalise(&mut out, loudness);
    out
}

fn consonant(voice: &Voice, random: &mut Random) -> Vec<f64> {
    let stop = random.coin();
    let length = super::samples(
        if stop {
            12.0
        } else {
            random.between(40.0, 120.0)
        } / voice.rate,
    );
    let (hz, width) = (
        random.between(1_500.0, 3_700.0),
        random.between(400.0, 1_500.0),
    );
    let mut resonance = Resonance::default();
    let mut out = if stop {
        silence(random.between(30.0, 80.0))
    } else {
        Vec::new()
    };
    let start = out.len();
    out.extend((0..length).map(|n| {
        let t = n as f64 / length as f64;
        let envelope = if stop {
            libm::exp(-4.0 * t)
        } else {
            libm::sin(PI * t)
        };
        resonance.filter(random.normal(), hz, width) * envelope
    }));
    normalise(
        &mut out[start..],
        super::ratio(random.between(-26.0, -12.0)),
    );
    out
}

fn normalise(x: &mut [f64], to: f64) {
    let gain = to / power(x).sqrt().max(1e-12);
    x.iter_mut().for_each(|s| *s *= gain);
}

/// `length` samples of chords and melody: harmonic notes of equal temperament with the attack and decay of strings.
pub fn music(length: usize, dbm0: f64, random: &mut Random) -> Vec<f64> {
    let mut out = vec![0.0; length];
    for voice in 0..4 {
        let mut at = 0;
        while at < length {
            let key = 36 + 7 * voice + random.below(24) as i32;
            let hz = 440.0 * libm::pow(2.0, f64::from(key - 69) / 12.0);
            let beat = super::samples(random.pick(&[125.0, 250.0, 250.0, 500.0, 1_000.0]));
            let decay = random.between(0.15, 1.5) * RATE;
            for harmonic in 1..=8 {
                let f = hz * f64::from(harmonic);
                if f > 3_500.0 {
                    break;
                }
                let (gain, phase) = (peak(-20.0) / f64::from(harmonic), random.between(0.0, TAU));
                for n in 0..beat.min(length - at) {
                    let t = n as f64;
                    let rise = (t / 80.0).min(1.0);
                    out[at + n] +=
                        gain * rise * libm::exp(-t / decay) * libm::sin(TAU * f * t / RATE + phase);
                }
            }
            at += beat;
        }
    }
    super::set_active_level(&mut out, dbm0);
    out
}
