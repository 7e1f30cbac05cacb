//! Hybrids from the physics of the line behind them: what a two-wire port sends back because its balance network is not the line.

use super::{Css, RATE, Random, convolve, css, power};
use std::f64::consts::{PI, TAU};

/// A complex number.
#[derive(Clone, Copy)]
struct C(f64, f64);

impl C {
    fn add(self, o: C) -> C {
        C(self.0 + o.0, self.1 + o.1)
    }
    fn sub(self, o: C) -> C {
        C(self.0 - o.0, self.1 - o.1)
    }
    fn mul(self, o: C) -> C {
        C(self.0 * o.0 - self.1 * o.1, self.0 * o.1 + self.1 * o.0)
    }
    fn over(self, o: C) -> C {
        let d = o.0 * o.0 + o.1 * o.1;
        C(
            (self.0 * o.0 + self.1 * o.1) / d,
            (self.1 * o.0 - self.0 * o.1) / d,
        )
    }
    fn sqrt(self) -> C {
        let m = (self.0 * self.0 + self.1 * self.1).sqrt();
        let re = ((m + self.0) / 2.0).max(0.0).sqrt();
        let im = ((m - self.0) / 2.0).max(0.0).sqrt();
        C(re, im.copysign(self.1))
    }
    fn exp(self) -> C {
        let m = libm::exp(self.0);
        C(m * libm::cos(self.1), m * libm::sin(self.1))
    }
}

/// A resistance, then another one in parallel with a capacitance: the shape of all national reference impedances
/// (ETSI TS 101 270-1, ES 203 021, TIA-968).
#[derive(Clone, Copy)]
struct Network {
    series_ohm: f64,
    parallel_ohm: f64,
    farad: f64,
}

impl Network {
    fn at(self, w: f64) -> C {
        let y = C(1.0 / self.parallel_ohm, w * self.farad);
        C(self.series_ohm, 0.0).add(C(1.0, 0.0).over(y))
    }
}

const fn network(series_ohm: f64, parallel_ohm: f64, nano_farad: f64) -> Network {
    Network {
        series_ohm,
        parallel_ohm,
        farad: nano_farad * 1e-9,
    }
}

/// 600 and 900 ohm without a parallel branch, TBR 21, Germany, United Kingdom, Australia, New Zealand, China.
const NETWORKS: [Network; 8] = [
    network(600.0, 1e-3, 1.0),
    network(900.0, 1e-3, 1.0),
    network(270.0, 750.0, 150.0),
    network(220.0, 820.0, 115.0),
    network(370.0, 620.0, 310.0),
    network(220.0, 820.0, 120.0),
    network(370.0, 620.0, 220.0),
    network(200.0, 680.0, 100.0),
];

/// Cable of one gauge per kilometre: ohm, farad, henry (0.32, 0.4, 0.5, 0.65, 0.9 mm copper, polyethylene insulation).
const CABLES: [(f64, f64, f64); 5] = [
    (435.0, 40e-9, 0.70e-3),
    (280.0, 45e-9, 0.70e-3),
    (179.0, 50e-9, 0.70e-3),
    (106.0, 45e-9, 0.70e-3),
    (55.0, 38e-9, 0.65e-3),
];

/// Highest frequency bins of the inverse transform; 64 ms of response.
const POINTS: usize = 512;

/// An echo path: a port impedance and a balance network of any administration, one or two gauges of cable, 0.2 to 6 km in all,
/// a telephone (or a missing one) at the end, codec filters. At some echo return loss of its own, see [`at_erl`].
pub fn random_hybrid(random: &mut Random) -> Vec<f64> {
    let port = random.pick(&NETWORKS);
    let balance = random.pick(&NETWORKS);
    let phone = random.pick(&NETWORKS);
    let open = random.below(12) == 0;
    let parts: Vec<((f64, f64, f64), f64)> = (0..1 + random.below(2))
        .map(|_| (random.pick(&CABLES), random.between(0.1, 3.0)))
        .collect();
    // Group delay of the two codec filters and the frames around them.
    let delay_s = random.between(0.6e-3, 3.0e-3);
    let (low_hz, high_hz) = (
        random.between(150.0, 280.0),
        random.between(3_350.0, 3_600.0),
    );
    let spectrum: Vec<C> = (1..POINTS / 2)
        .map(|k| {
            let hz = k as f64 * RATE / POINTS as f64;
            let w = TAU * hz;
            let end = if open { C(2e4, 0.0) } else { phone.at(w) };
            let line = parts
                .iter()
                .rev()
                .fold(end, |end, &(cable, km)| through(cable, km, w, end));
            let (port, balance) = (port.at(w), balance.at(w));
            let leaks = line
                .over(line.add(port))
                .sub(balance.over(balance.add(port)));
            let band = smooth(hz / low_hz) * (1.0 - smooth((hz - high_hz) / 300.0));
            leaks.mul(C(0.0, -w * delay_s).exp()).mul(C(band, 0.0))
        })
        .collect();
    let mut taps: Vec<f64> = (0..POINTS)
        .map(|n| {
            let terms = spectrum.iter().enumerate().map(|(k, s)| {
                let angle = TAU * ((k + 1) * n % POINTS) as f64 / POINTS as f64;
                s.0 * libm::cos(angle) - s.1 * libm::sin(angle)
            });
            2.0 * terms.sum::<f64>() / POINTS as f64
        })
        .collect();
    // Ends where nothing of weight is left, without a step.
    let all = power(&taps);
    let mut length = POINTS / 2;
    while length > 64 && power(&taps[length - 32..length]) < 1e-5 * all {
        length -= 16;
    }
    taps.truncate(length);
    for (n, tap) in taps.iter_mut().rev().take(16).enumerate() {
        *tap *= (n as f64 + 0.5) / 16.0;
    }
    taps
}

/// The impedance seen into `km` of cable that ends in `end`.
fn through((ohm, farad, henry): (f64, f64, f64), km: f64, w: f64, end: C) -> C {
    let (series, shunt) = (C(ohm, w * henry), C(1e-7, w * farad));
    let gamma = series.mul(shunt).sqrt();
    let own = series.over(shunt).sqrt();
    let back = gamma.mul(C(-2.0 * km, 0.0)).exp();
    let tanh = C(1.0, 0.0).sub(back).over(C(1.0, 0.0).add(back));
    own.mul(end.add(own.mul(tanh))).over(own.add(end.mul(tanh)))
}

/// 0 up to 0, 1 from 1, a raised cosine between.
fn smooth(x: f64) -> f64 {
    0.5 - 0.5 * libm::cos(PI * x.clamp(0.0, 1.0))
}

/// `path` at an echo return loss of `db`, defined as G.168 does: for the composite source signal.
pub fn at_erl(path: &[f64], db: f64) -> Vec<f64> {
    let x = css(Css::SingleTalk, 11_200, &mut Random::new(1, "erl"));
    let y = convolve(&x, path);
    let gain = super::ratio(-db) * (power(&x) / power(&y)).sqrt();
    path.iter().map(|tap| tap * gain).collect()
}
