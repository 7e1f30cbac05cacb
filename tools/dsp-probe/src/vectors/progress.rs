//! Call progress tones of sixteen countries (ITU-T E.180 Supplement 2 and national standards), written down here a second time so
//! that a wrong figure in the product's plans shows.

use crate::signal::{Law, Random, add, peak, samples, silence, white};
use std::f64::consts::TAU;

/// What a tone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Dial.
    Dial,
    /// Ringing.
    Ringback,
    /// Engaged.
    Busy,
    /// No way through.
    Congestion,
    /// Number unobtainable: three rising tones.
    Special,
}

/// A tone of a country.
#[derive(Clone, Copy, Debug)]
pub struct ToneOf {
    /// ISO 3166 code.
    pub country: &'static str,
    /// What it means.
    pub meaning: Meaning,
    /// Frequencies that sound together, in Hz.
    pub hz: &'static [f64],
    /// On, off, ... of one cycle in ms; empty when it does not stop.
    pub cadence: &'static [f64],
}

const fn tone_of(
    country: &'static str,
    meaning: Meaning,
    hz: &'static [f64],
    cadence: &'static [f64],
) -> ToneOf {
    ToneOf {
        country,
        meaning,
        hz,
        cadence,
    }
}

use Meaning::{Busy, Congestion, Dial, Ringback};

/// The tones.
pub const TONES: [ToneOf; 62] = [
    tone_of("us", Dial, &[350.0, 440.0], &[]),
    tone_of("us", Ringback, &[440.0, 480.0], &[2000.0, 4000.0]),
    tone_of("us", Busy, &[480.0, 620.0], &[500.0, 500.0]),
    tone_of("us", Congestion, &[480.0, 620.0], &[250.0, 250.0]),
    tone_of("gb", Dial, &[350.0, 440.0], &[]),
    tone_of(
        "gb",
        Ringback,
        &[400.0, 450.0],
        &[400.0, 200.0, 400.0, 2000.0],
    ),
    tone_of("gb", Busy, &[400.0], &[375.0, 375.0]),
    tone_of("gb", Congestion, &[400.0], &[400.0, 350.0, 225.0, 525.0]),
    tone_of("de", Dial, &[425.0], &[]),
    tone_of("de", Ringback, &[425.0], &[1000.0, 4000.0]),
    tone_of("de", Busy, &[425.0], &[480.0, 480.0]),
    tone_of("de", Congestion, &[425.0], &[240.0, 240.0]),
    tone_of("fr", Dial, &[440.0], &[]),
    tone_of("fr", Ringback, &[440.0], &[1500.0, 3500.0]),
    tone_of("fr", Busy, &[440.0], &[500.0, 500.0]),
    tone_of("fr", Congestion, &[440.0], &[250.0, 250.0]),
    tone_of("it", Dial, &[425.0], &[600.0, 1000.0, 200.0, 200.0]),
    tone_of("it", Ringback, &[425.0], &[1000.0, 4000.0]),
    tone_of("it", Busy, &[425.0], &[500.0, 500.0]),
    tone_of("it", Congestion, &[425.0], &[200.0, 200.0]),
    tone_of("es", Dial, &[425.0], &[]),
    tone_of("es", Ringback, &[425.0], &[1500.0, 3000.0]),
    tone_of("es", Busy, &[425.0], &[200.0, 200.0]),
    tone_of(
        "es",
        Congestion,
        &[425.0],
        &[200.0, 200.0, 200.0, 200.0, 200.0, 600.0],
    ),
    tone_of("se", Dial, &[425.0], &[]),
    tone_of("se", Ringback, &[425.0], &[1000.0, 5000.0]),
    tone_of("se", Busy, &[425.0], &[250.0, 250.0]),
    tone_of("se", Congestion, &[425.0], &[250.0, 750.0]),
    tone_of("nl", Dial, &[425.0], &[]),
    tone_of("nl", Ringback, &[425.0], &[1000.0, 4000.0]),
    tone_of("nl", Busy, &[425.0], &[500.0, 500.0]),
    tone_of("nl", Congestion, &[425.0], &[250.0, 250.0]),
    tone_of("ru", Dial, &[425.0], &[]),
    tone_of("ru", Ringback, &[425.0], &[1000.0, 4000.0]),
    tone_of("ru", Busy, &[425.0], &[350.0, 350.0]),
    tone_of("ru", Congestion, &[425.0], &[175.0, 175.0]),
    tone_of("cn", Dial, &[450.0], &[]),
    tone_of("cn", Ringback, &[450.0], &[1000.0, 4000.0]),
    tone_of("cn", Busy, &[450.0], &[350.0, 350.0]),
    tone_of("cn", Congestion, &[450.0], &[700.0, 700.0]),
    tone_of("jp", Dial, &[400.0], &[]),
    tone_of("jp", Ringback, &[384.0, 416.0], &[1000.0, 2000.0]),
    tone_of("jp", Busy, &[400.0], &[500.0, 500.0]),
    tone_of("in", Dial, &[375.0, 425.0], &[]),
    tone_of(
        "in",
        Ringback,
        &[375.0, 425.0],
        &[400.0, 200.0, 400.0, 2000.0],
    ),
    tone_of("in", Busy, &[400.0], &[750.0, 750.0]),
    tone_of("in", Congestion, &[400.0], &[250.0, 250.0]),
    tone_of("br", Dial, &[425.0], &[]),
    tone_of("br", Ringback, &[425.0], &[1000.0, 4000.0]),
    tone_of("br", Busy, &[425.0], &[250.0, 250.0]),
    tone_of("br", Congestion, &[425.0], &[250.0, 250.0, 750.0, 250.0]),
    tone_of("au", Dial, &[413.0, 438.0], &[]),
    tone_of(
        "au",
        Ringback,
        &[400.0, 450.0],
        &[400.0, 200.0, 400.0, 2000.0],
    ),
    tone_of("au", Busy, &[425.0], &[375.0, 375.0]),
    tone_of("au", Congestion, &[425.0], &[375.0, 375.0]),
    tone_of("za", Dial, &[383.0, 417.0], &[]),
    tone_of(
        "za",
        Ringback,
        &[383.0, 417.0],
        &[400.0, 200.0, 400.0, 2000.0],
    ),
    tone_of("za", Busy, &[400.0], &[500.0, 500.0]),
    tone_of("za", Congestion, &[400.0], &[250.0, 250.0]),
    tone_of("mx", Dial, &[425.0], &[]),
    tone_of("mx", Ringback, &[425.0], &[1000.0, 4000.0]),
    tone_of("mx", Busy, &[425.0], &[250.0, 250.0]),
];

/// How an exchange and a line deviate from the table.
#[derive(Clone, Copy, Debug)]
pub struct Deviation {
    /// Level of each frequency.
    pub dbm0: f64,
    /// Factor on frequencies.
    pub off: f64,
    /// Factor on the cadence.
    pub pace: f64,
    /// White noise on the line.
    pub noise_dbm0: f64,
}

/// Deviations each tone has to be heard with: nominal, weak, strong, frequencies off by 3 %, cadence by 10 %, noise at 15 dB.
pub const DEVIATIONS: [Deviation; 8] = [
    deviation(-15.0, 1.0, 1.0, -60.0),
    deviation(-33.0, 1.0, 1.0, -65.0),
    deviation(-4.0, 1.0, 1.0, -60.0),
    deviation(-18.0, 1.03, 1.0, -60.0),
    deviation(-18.0, 0.97, 1.0, -60.0),
    deviation(-18.0, 1.0, 1.1, -60.0),
    deviation(-18.0, 1.0, 0.9, -60.0),
    deviation(-20.0, 1.01, 1.05, -35.0),
];

const fn deviation(dbm0: f64, off: f64, pace: f64, noise_dbm0: f64) -> Deviation {
    Deviation {
        dbm0,
        off,
        pace,
        noise_dbm0,
    }
}

impl ToneOf {
    /// One cycle, in ms; 1 s for a tone that does not stop.
    pub fn cycle_ms(&self) -> f64 {
        if self.cadence.is_empty() {
            return 1_000.0;
        }
        self.cadence.iter().sum()
    }

    /// The tone for `ms`.
    pub fn sound(&self, ms: f64, how: &Deviation, random: &mut Random) -> Vec<f64> {
        sound(self.hz, self.cadence, ms, how, random)
    }
}

/// Frequencies in a cadence, for `ms`: keyed with steps, as a relay does, phases running on through the pauses.
pub fn sound(
    hz: &[f64],
    cadence: &[f64],
    ms: f64,
    how: &Deviation,
    random: &mut Random,
) -> Vec<f64> {
    let phases: Vec<f64> = hz.iter().map(|_| random.between(0.0, TAU)).collect();
    let cycle: f64 = cadence.iter().sum::<f64>() * how.pace;
    (0..samples(ms))
        .map(|n| {
            let mut left = if cycle > 0.0 {
                (n as f64 / 8.0) % cycle
            } else {
                0.0
            };
            let mut on = true;
            for part in cadence {
                if left < part * how.pace {
                    break;
                }
                left -= part * how.pace;
                on = !on;
            }
            if !on {
                return 0.0;
            }
            let t = n as f64 / 8_000.0;
            let sines = hz.iter().zip(&phases);
            let sum: f64 = sines
                .map(|(f, p)| libm::sin(TAU * f * how.off * t + p))
                .sum();
            peak(how.dbm0) * sum
        })
        .collect()
}

/// A tone alone on a line: half a second of silence, the tone for `ms`, a second of silence.
pub fn alone(tone: &ToneOf, ms: f64, how: &Deviation, random: &mut Random) -> Vec<i16> {
    let mut x = silence(500.0);
    x.extend(tone.sound(ms, how, random));
    x.extend(silence(1_000.0));
    let noise = white(x.len(), how.noise_dbm0, random);
    add(&mut x, 0, &noise);
    Law::A.through(&x)
}

/// Special information tone (E.180 §7.1: 950, 1400 and 1800 Hz +-50, 330 ms +-70 each, gaps up to 30 ms, then 1 s), twice.
pub fn special(random: &mut Random) -> Vec<i16> {
    let mut x = silence(500.0);
    for _ in 0..2 {
        for hz in [950.0, 1_400.0, 1_800.0] {
            let off = random.between(-50.0, 50.0);
            let ms = random.between(270.0, 390.0);
            x.extend(crate::signal::tones(
                samples(ms),
                &[(hz + off, -15.0)],
                random,
            ));
            x.extend(silence(random.between(0.0, 30.0)));
        }
        x.extend(silence(1_000.0));
    }
    let noise = white(x.len(), -60.0, random);
    add(&mut x, 0, &noise);
    Law::A.through(&x)
}
