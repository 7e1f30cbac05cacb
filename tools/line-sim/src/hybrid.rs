//! What a hybrid sends back, from the physics of the loop behind it.
//!
//! A hybrid subtracts what it sends from what it hears by comparing the loop with a balance network. What is left is the
//! reflection between the two, (Z - Zb) / (Z + Zb), where Z is the loop as it looks from the port: a transmission line with the
//! telephone (or exchange) at its end.

use std::f64::consts::{PI, TAU};
use std::ops::{Add, Div, Mul, Sub};

use crate::config::EchoPath;

/// Copper pairs of local cables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Wire {
    /// 0.4 mm (26 AWG).
    #[default]
    Mm04,
    /// 0.5 mm (24 AWG).
    Mm05,
    /// 0.65 mm (22 AWG).
    Mm065,
}

impl Wire {
    /// Resistance (ohm), inductance (H) and capacitance (F) of a kilometre at voice frequencies (ANSI T1.601 Annex G, rounded).
    /// Leakage does not matter there.
    const fn per_km(self) -> (f64, f64, f64) {
        match self {
            Wire::Mm04 => (275.0, 0.67e-3, 49e-9),
            Wire::Mm05 => (172.0, 0.61e-3, 51e-9),
            Wire::Mm065 => (108.0, 0.58e-3, 52e-9),
        }
    }
}

/// A resistor in series with a resistor and a capacitor in parallel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impedance {
    /// In series, ohm.
    pub series_ohm: f32,
    /// In parallel with the capacitor, ohm.
    pub parallel_ohm: f32,
    /// Nanofarad.
    pub parallel_nf: f32,
}

impl Impedance {
    /// 600 ohm.
    pub const R600: Impedance = Impedance::resistor(600.0);
    /// 900 ohm.
    pub const R900: Impedance = Impedance::resistor(900.0);
    /// The European reference: 270 ohm and 750 ohm with 150 nF (ETSI TBR 21).
    pub const TBR21: Impedance = Impedance {
        series_ohm: 270.0,
        parallel_ohm: 750.0,
        parallel_nf: 150.0,
    };

    /// A plain resistor.
    pub const fn resistor(ohm: f32) -> Self {
        Impedance {
            series_ohm: ohm,
            parallel_ohm: 0.0,
            parallel_nf: 0.0,
        }
    }

    fn at(self, w: f64) -> Complex {
        let (rp, c) = (
            f64::from(self.parallel_ohm),
            f64::from(self.parallel_nf) * 1e-9,
        );
        Complex(f64::from(self.series_ohm), 0.0) + Complex(rp, 0.0) / Complex(1.0, w * rp * c)
    }
}

/// A port's hybrid and the loop behind it.
#[derive(Clone, Copy, Debug)]
pub struct Hybrid {
    /// Length of the loop, m.
    pub loop_m: f32,
    /// What the loop is made of.
    pub wire: Wire,
    /// What is at its far end.
    pub far: Impedance,
    /// What the port takes loop and far end for.
    pub balance: Impedance,
}

/// Longest echo of one hybrid, samples: 20 ms.
const TAPS: usize = 160;
/// Points of the spectrum.
const POINTS: usize = 1_024;
/// Delay of the port's codec filters, both ways together, samples: 1 ms.
const CODEC_DELAY: f64 = 8.0;

impl EchoPath {
    /// What the hybrid sends back, through the filters of its codec.
    pub fn of(hybrid: &Hybrid) -> Self {
        let spectrum: Vec<Complex> = (0..=POINTS / 2)
            .map(|n| {
                let hz = n as f64 * 8_000.0 / POINTS as f64;
                let turn = TAU * hz / 8_000.0 * CODEC_DELAY;
                hybrid.reflection(hz) * Complex(passes(hz), 0.0) * Complex(turn.cos(), -turn.sin())
            })
            .collect();
        let tap = |t: usize| {
            let inner = spectrum.iter().enumerate().skip(1).take(POINTS / 2 - 1);
            let sum: f64 = inner
                .map(|(n, h)| {
                    let angle = TAU * (n * t % POINTS) as f64 / POINTS as f64;
                    2.0 * (h.0 * angle.cos() - h.1 * angle.sin())
                })
                .sum();
            (sum / POINTS as f64) as f32
        };
        EchoPath((0..TAPS).map(tap).collect())
    }

    /// The same, and again `delay_ms` later and `loss_db` quieter: a hybrid at the far end of a carrier system.
    #[must_use]
    pub fn and_again(mut self, delay_ms: u32, loss_db: f32) -> Self {
        let once = self.0.clone();
        let delay = delay_ms as usize * 8;
        self.0.resize(once.len() + delay, 0.0);
        let ratio = crate::signal::ratio(-loss_db);
        for (tap, again) in self.0[delay..].iter_mut().zip(once) {
            *tap += again * ratio;
        }
        self
    }

    /// How far the echo of white noise lies below it, before a [`PairSetup`](crate::PairSetup) scales it, dB.
    pub fn return_loss_db(&self) -> f32 {
        let energy: f64 = self.0.iter().map(|tap| f64::from(*tap).powi(2)).sum();
        (-10.0 * energy.max(1e-12).log10()) as f32
    }
}

/// What codec filters leave of a frequency: 300 to 3400 Hz whole, nothing from 4000 Hz (the shape of ITU-T G.712).
fn passes(hz: f64) -> f64 {
    let slope = |from: f64, to: f64| {
        let x = ((hz - from) / (to - from)).clamp(0.0, 1.0);
        0.5 - 0.5 * (PI * x).cos()
    };
    slope(50.0, 300.0) * slope(3_950.0, 3_400.0)
}

impl Hybrid {
    fn reflection(&self, hz: f64) -> Complex {
        let w = TAU * hz.max(1.0);
        let (r, l, c) = self.wire.per_km();
        let (series, shunt) = (Complex(r, w * l), Complex(0.0, w * c));
        let (z0, gamma) = ((series / shunt).sqrt(), (series * shunt).sqrt());
        let tanh = (gamma * Complex(f64::from(self.loop_m) / 1_000.0, 0.0)).tanh();
        let far = self.far.at(w);
        let z = z0 * (far + z0 * tanh) / (z0 + far * tanh);
        let balance = self.balance.at(w);
        (z - balance) / (z + balance)
    }
}

#[derive(Clone, Copy, Debug)]
struct Complex(f64, f64);

impl Complex {
    fn sqrt(self) -> Complex {
        let r = self.0.hypot(self.1);
        let im = ((r - self.0) / 2.0).max(0.0).sqrt();
        Complex(((r + self.0) / 2.0).max(0.0).sqrt(), im.copysign(self.1))
    }

    fn tanh(self) -> Complex {
        let (re, im) = (2.0 * self.0, 2.0 * self.1);
        let below = re.cosh() + im.cos();
        Complex(re.sinh() / below, im.sin() / below)
    }
}

impl Add for Complex {
    type Output = Complex;
    fn add(self, other: Complex) -> Complex {
        Complex(self.0 + other.0, self.1 + other.1)
    }
}

impl Sub for Complex {
    type Output = Complex;
    fn sub(self, other: Complex) -> Complex {
        Complex(self.0 - other.0, self.1 - other.1)
    }
}

impl Mul for Complex {
    type Output = Complex;
    fn mul(self, other: Complex) -> Complex {
        Complex(
            self.0 * other.0 - self.1 * other.1,
            self.0 * other.1 + self.1 * other.0,
        )
    }
}

impl Div for Complex {
    type Output = Complex;
    fn div(self, other: Complex) -> Complex {
        let below = other.0 * other.0 + other.1 * other.1;
        self * Complex(other.0 / below, -other.1 / below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hybrid(loop_m: f32, far: Impedance, balance: Impedance) -> Hybrid {
        Hybrid {
            loop_m,
            wire: Wire::Mm04,
            far,
            balance,
        }
    }

    #[test]
    fn a_balanced_hybrid_sends_nothing_back_and_a_known_mismatch_what_it_must() {
        let quiet = EchoPath::of(&hybrid(0.0, Impedance::TBR21, Impedance::TBR21));
        assert!(quiet.return_loss_db() > 100.0);
        // (900 - 600) / (900 + 600) is 14 dB; the codec passes about 3.3 of 4 kHz, another 0.9 dB.
        let mismatch = EchoPath::of(&hybrid(0.0, Impedance::R900, Impedance::R600));
        let loss = mismatch.return_loss_db();
        assert!((loss - 14.9).abs() < 0.4, "{loss}");
        let peak = mismatch.0.iter().position(|tap| *tap > 0.1);
        assert_eq!(peak, Some(8), "a resistor does not delay, a codec does");
    }

    #[test]
    fn a_long_loop_is_not_what_600_ohm_stand_for() {
        let loss = |m| EchoPath::of(&hybrid(m, Impedance::R600, Impedance::R600)).return_loss_db();
        let losses = [100.0, 1_000.0, 3_000.0].map(loss);
        assert!(losses[0] > losses[1] && losses[1] > losses[2], "{losses:?}");
        assert!(losses[2] < 13.0, "{losses:?}");
        // Against its own characteristic impedance an endless line is no echo, whatever is at its end.
        let open = Impedance::resistor(1e6);
        let far = EchoPath::of(&hybrid(60_000.0, open, Impedance::R600));
        let same = EchoPath::of(&hybrid(60_000.0, Impedance::R600, Impedance::R600));
        let differs = far.0.iter().zip(&same.0).map(|(a, b)| (a - b).abs());
        assert!(differs.fold(0.0, f32::max) < 0.01);
    }

    #[test]
    fn a_second_reflection_comes_when_and_as_loud_as_asked() {
        let once = EchoPath::of(&hybrid(0.0, Impedance::R900, Impedance::R600));
        let twice = once.clone().and_again(60, 6.0);
        assert_eq!(twice.0.len(), once.0.len() + 480);
        assert!((twice.0[488] - once.0[8] * 0.501).abs() < 0.002);
    }
}
