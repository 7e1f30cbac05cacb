//! Digits with every impairment of ITU-T Q.24, ETSI ES 201 235-3 and Telcordia GR-506-CORE, one at a time and together.

use crate::signal::{Law, Random, add, peak, samples, silence, tones, white};
use std::f64::consts::TAU;

/// Low group, then high group, in Hz (Q.23 §2).
pub const LOW_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
/// High group, in Hz (Q.23 §2).
pub const HIGH_HZ: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
/// The keypad, row by row (Q.23 §2).
pub const KEYS: [char; 16] = [
    '1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D',
];

/// The two frequencies of a key.
pub fn frequencies(key: char) -> (f64, f64) {
    let place = KEYS.iter().position(|&k| k == key).unwrap_or(0);
    (LOW_HZ[place / 4], HIGH_HZ[place % 4])
}

/// What a receiver is to do with a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Tell it once.
    Accept,
    /// Not tell it.
    Reject,
    /// The second half of an interrupted press: not tell it again.
    Merge,
    /// Between the limits: either will do.
    Either,
}

/// One press of a key, as it was sent.
#[derive(Clone, Debug)]
pub struct Press {
    /// First sample.
    pub start: usize,
    /// Behind the last sample.
    pub end: usize,
    /// Which key.
    pub key: char,
    /// The value that is swept in this vector.
    pub group: f64,
    /// What is right.
    pub expect: Expect,
}

/// A press to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Length in ms.
    pub on_ms: f64,
    /// Level of the low tone.
    pub low_dbm0: f64,
    /// Level of the high tone.
    pub high_dbm0: f64,
    /// Deviation of the low frequency: a factor, then Hz.
    pub low_off: (f64, f64),
    /// Deviation of the high frequency: a factor, then Hz.
    pub high_off: (f64, f64),
    /// The swept value.
    pub group: f64,
    /// What is right.
    pub expect: Expect,
}

impl Default for Spec {
    /// 50 ms at -10 dBm0 each, on frequency.
    fn default() -> Self {
        Spec {
            on_ms: 50.0,
            low_dbm0: -10.0,
            high_dbm0: -10.0,
            low_off: (1.0, 0.0),
            high_off: (1.0, 0.0),
            group: 0.0,
            expect: Expect::Accept,
        }
    }
}

impl Spec {
    /// Both tones at `dbm0`.
    pub fn at(dbm0: f64) -> Self {
        Spec {
            low_dbm0: dbm0,
            high_dbm0: dbm0,
            ..Spec::default()
        }
    }

    /// The high tone `db` over the low one, the stronger at `dbm0`.
    pub fn twisted(dbm0: f64, db: f64) -> Self {
        Spec {
            low_dbm0: dbm0 - db.max(0.0),
            high_dbm0: dbm0 + db.min(0.0),
            ..Spec::default()
        }
    }

    /// Level of both tones together.
    pub fn level_dbm0(&self) -> f64 {
        let power = |dbm0: f64| libm::pow(10.0, dbm0 / 10.0);
        10.0 * libm::log10(power(self.low_dbm0) + power(self.high_dbm0))
    }
}

/// A vector: samples and the presses in them.
#[derive(Clone, Debug)]
pub struct Dtmf {
    /// What a listener gets.
    pub samples: Vec<i16>,
    /// What was sent.
    pub presses: Vec<Press>,
}

/// A vector under construction.
pub struct Track {
    /// Chance.
    pub random: Random,
    /// The signal so far.
    pub signal: Vec<f64>,
    presses: Vec<Press>,
}

impl Track {
    /// 200 ms of silence.
    pub fn new(seed: u64, name: &str) -> Self {
        Track {
            random: Random::new(seed, name),
            signal: silence(200.0),
            presses: Vec::new(),
        }
    }

    /// Silence.
    pub fn gap(&mut self, ms: f64) {
        self.signal.extend(silence(ms));
    }

    /// Silence of `ms` and up to 25 more, so that presses fall anywhere in a receiver's blocks.
    pub fn loose_gap(&mut self, ms: f64) {
        let ms = ms + self.random.between(0.0, 25.0);
        self.gap(ms);
    }

    /// Any key.
    pub fn key(&mut self) -> char {
        self.random.pick(&KEYS)
    }

    /// A press.
    pub fn press(&mut self, key: char, spec: Spec) {
        let (low, high) = frequencies(key);
        let parts = [
            (low * spec.low_off.0 + spec.low_off.1, spec.low_dbm0),
            (high * spec.high_off.0 + spec.high_off.1, spec.high_dbm0),
        ];
        let length = samples(spec.on_ms);
        let start = self.signal.len();
        self.presses.push(Press {
            start,
            end: start + length,
            key,
            group: spec.group,
            expect: spec.expect,
        });
        let sound = tones(length, &parts, &mut self.random);
        self.signal.extend(sound);
    }

    /// `count` presses of any keys with loose gaps of `gap_ms`.
    pub fn presses(&mut self, count: usize, spec: Spec, gap_ms: f64) {
        for _ in 0..count {
            let key = self.key();
            self.press(key, spec);
            self.loose_gap(gap_ms);
        }
    }

    /// White noise over everything from sample `from` on.
    pub fn noise(&mut self, from: usize, dbm0: f64) {
        let noise = white(self.signal.len() - from, dbm0, &mut self.random);
        add(&mut self.signal, from, &noise);
    }

    /// Steady tones over everything from sample `from` on.
    pub fn tones(&mut self, from: usize, parts: &[(f64, f64)]) {
        let sound = tones(self.signal.len() - from, parts, &mut self.random);
        add(&mut self.signal, from, &sound);
    }

    /// Clicks of a line: about `each_second`, up to 2 ms long, peaks of -20 to 0 dBm0 (in place of the noise tapes of
    /// GR-506-CORE and TIA-464, which are not to be had).
    pub fn impulses(&mut self, each_second: f64) {
        let mut at = 0;
        loop {
            at += (-libm::log(self.random.between(1e-9, 1.0)) * 8_000.0 / each_second) as usize;
            if at + 16 >= self.signal.len() {
                return;
            }
            let length = 1 + self.random.below(16);
            let (dbm0, w) = (
                self.random.between(-20.0, 0.0),
                self.random.between(0.2, 2.5),
            );
            let peak = if self.random.coin() {
                peak(dbm0)
            } else {
                -peak(dbm0)
            };
            for n in 0..length {
                let t = n as f64;
                let decay = libm::exp(-t / (length as f64 / 3.0).max(1.0));
                self.signal[at + n] += peak * decay * libm::cos(t * w);
            }
        }
    }

    /// The signal from `from` on comes again `ms` later, `db` weaker.
    pub fn echo(&mut self, from: usize, ms: f64, db: f64) {
        let gain = crate::signal::ratio(-db);
        let sent: Vec<f64> = self.signal[from..].iter().map(|s| s * gain).collect();
        add(&mut self.signal, from + samples(ms), &sent);
    }

    /// Ready, behind 200 ms of silence.
    pub fn done(mut self, law: Law) -> Dtmf {
        self.gap(200.0);
        Dtmf {
            samples: law.through(&self.signal),
            presses: self.presses,
        }
    }
}

/// `count` presses whose low and high frequency are off by these, in percent, and whose high tone is `twist_db` over the low one:
/// one point of an acceptance region.
pub fn point(seed: u64, low_percent: f64, high_percent: f64, twist_db: f64, count: usize) -> Dtmf {
    let mut track = Track::new(seed, "point");
    let spec = Spec {
        low_off: (1.0 + low_percent / 100.0, 0.0),
        high_off: (1.0 + high_percent / 100.0, 0.0),
        ..Spec::twisted(-12.0, twist_db)
    };
    track.presses(count, spec, 50.0);
    track.done(Law::A)
}

/// Sounds of the network that are no digit: each a second long, half a second apart.
pub fn other_tones(seed: u64) -> Vec<i16> {
    let mut random = Random::new(seed, "other tones");
    let mut out = silence(200.0);
    let singles = LOW_HZ.iter().chain(&HIGH_HZ).map(|&hz| vec![hz]);
    // Two of one group; dial, busy, ringing and special tones of E.180; R2 and No. 5 pairs; fax and modem answer tones.
    let pairs: [[f64; 2]; 16] = [
        [697.0, 852.0],
        [770.0, 941.0],
        [1209.0, 1477.0],
        [1336.0, 1633.0],
        [350.0, 440.0],
        [480.0, 620.0],
        [440.0, 480.0],
        [400.0, 450.0],
        [950.0, 1400.0],
        [700.0, 900.0],
        [900.0, 1500.0],
        [1100.0, 1700.0],
        [1380.0, 1500.0],
        [1100.0, 2100.0],
        [2130.0, 2750.0],
        [730.0, 1300.0],
    ];
    for parts in singles.chain(pairs.iter().map(|p| p.to_vec())) {
        let parts: Vec<(f64, f64)> = parts.into_iter().map(|hz| (hz, -8.0)).collect();
        out.extend(tones(8_000, &parts, &mut random));
        out.extend(silence(500.0));
    }
    // A sweep crosses all frequencies one after the other.
    let mut phase = 0.0;
    out.extend((0..16_000).map(|n| {
        phase += TAU * (300.0 + n as f64 * 0.2) / 8_000.0;
        peak(-8.0) * libm::sin(phase)
    }));
    out.extend(silence(500.0));
    Law::Mu.through(&out)
}
