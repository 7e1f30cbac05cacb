//! How much of an echo a canceller took away, and what it did to the near end.

use crate::signal::{float, level, power, rms};
use crate::vectors::echo::Echo;
use std::fmt;

/// What is measured of Sout in a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Echo return loss enhancement: level of Sin over level of Sout, the near end's speech taken out of both, in dB. The coder's
    /// and the line's noise count.
    Erle,
    /// Level of the true echo over what of it was not subtracted, in dB: coder, noise and near end do not count. Without NLP.
    Subtracted,
    /// How much louder the near end's speech comes out than it went in (its projection), in dB.
    NearGain,
    /// What differs from the near end's speech, under its level, in dB.
    NearError,
    /// Peak level of Sout by a meter of 35 ms (G.168 §6.4.1.2), in dBm0.
    Peak,
    /// Level of Sout, in dBm0.
    Level,
    /// Level of Sout while the far end sounds, in dBm0.
    LevelUnderFar,
    /// Echo return loss enhancement now, less that of a window of the same length that ends at this second, in dB.
    ErleSince(f64),
}

/// What is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Not less.
    AtLeast(f64),
    /// Not more.
    AtMost(f64),
    /// This and so much to either side.
    Within(f64, f64),
}

impl Limit {
    /// Whether `value` keeps it.
    pub fn kept(self, value: f64) -> bool {
        match self {
            Limit::AtLeast(least) => value >= least,
            Limit::AtMost(most) => value <= most,
            Limit::Within(want, to_side) => (value - want).abs() <= to_side,
        }
    }
}

/// A limit for a measure in a window.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// Of what.
    pub measure: Measure,
    /// From here, in seconds.
    pub from_s: f64,
    /// To here.
    pub to_s: f64,
    /// What is right.
    pub limit: Limit,
}

/// A demand and what came out.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The vector's name.
    pub vector: String,
    /// What was asked.
    pub demand: Demand,
    /// What was measured.
    pub value: f64,
}

impl Verdict {
    /// Whether the demand was met.
    pub fn passed(&self) -> bool {
        self.demand.limit.kept(self.value)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Demand {
            measure,
            from_s,
            to_s,
            limit,
        } = self.demand;
        write!(
            f,
            "{}: {measure:?} at {from_s}..{to_s} s is {:.1}, wanted {limit:?}",
            self.vector, self.value
        )
    }
}

/// All that was asked of `vector`, for what a canceller gave out.
pub fn judge(vector: &Echo, out: &[i16]) -> Vec<Verdict> {
    let out = float(out);
    vector
        .demands
        .iter()
        .map(|&demand| Verdict {
            vector: vector.name.clone(),
            value: measure(vector, &out, demand.measure, demand.from_s, demand.to_s),
            demand,
        })
        .collect()
}

/// One measure of Sout.
pub fn measure(vector: &Echo, out: &[f64], measure: Measure, from_s: f64, to_s: f64) -> f64 {
    let (from, to) = ((from_s * 8_000.0) as usize, (to_s * 8_000.0) as usize);
    let window = from..to.min(out.len());
    let y = &out[window.clone()];
    let near = &vector.near[window.clone()];
    match measure {
        Measure::Erle => {
            let sin = float(&vector.line[window]);
            decibel(difference(&sin, near)) - decibel(difference(y, near))
        }
        Measure::Subtracted => {
            let (sin, echo) = (float(&vector.line[window.clone()]), &vector.echo[window]);
            let left = sin.iter().zip(echo).zip(y).map(|((s, e), y)| e - (s - y));
            decibel(power(echo)) - decibel(power(&left.collect::<Vec<_>>()))
        }
        Measure::NearGain => {
            let product: f64 = y.iter().zip(near).map(|(y, n)| y * n).sum();
            let gain = product / near.iter().map(|n| n * n).sum::<f64>().max(1e-9);
            20.0 * libm::log10(gain.abs().max(1e-6))
        }
        Measure::NearError => decibel(difference(y, near)) - decibel(power(near)),
        Measure::Peak => peak(y),
        Measure::Level => level(y),
        Measure::LevelUnderFar => {
            let far = float(&vector.far[window]);
            let under: Vec<f64> = far
                .chunks(80)
                .zip(y.chunks(80))
                .filter(|(far, _)| level(far) > -40.0)
                .flat_map(|(_, y)| y.iter().copied())
                .collect();
            level(&under)
        }
        Measure::ErleSince(end_s) => {
            let before = end_s - (to_s - from_s);
            self::measure(vector, out, Measure::Erle, from_s, to_s)
                - self::measure(vector, out, Measure::Erle, before, end_s)
        }
    }
}

/// Echo return loss enhancement over time, one value for each `step_ms`: what a plot shows. `None` where there is no echo.
pub fn erle_over_time(vector: &Echo, out: &[i16], step_ms: f64) -> Vec<Option<f64>> {
    let out = float(out);
    let step = step_ms / 1_000.0;
    let steps = (out.len() as f64 / 8_000.0 / step) as usize;
    (0..steps)
        .map(|n| {
            let (from_s, to_s) = (n as f64 * step, (n + 1) as f64 * step);
            let window = (from_s * 8_000.0) as usize..(to_s * 8_000.0) as usize;
            let heard = level(&vector.echo[window]) > -50.0;
            heard.then(|| measure(vector, &out, Measure::Erle, from_s, to_s))
        })
        .collect()
}

/// Length of the windows divergence is looked for in: one half of the composite source signal.
const BLOCK: usize = 2_800;

/// How much the echo was made worse at worst, in dB: not subtracted over true echo, in windows of 350 ms that begin `after_s`
/// after the last news. `None` when there is no such window.
pub fn worst_divergence(vector: &Echo, out: &[i16], after_s: f64) -> Option<f64> {
    let blocks = vector.echo.len().min(out.len()) / BLOCK;
    let worst = (0..blocks)
        .filter(|block| {
            let from_s = (block * BLOCK) as f64 / 8_000.0;
            let news = vector.news.iter().rev().find(|&&at| at < from_s + 0.35);
            news.is_none_or(|at| from_s >= at + after_s)
        })
        .filter_map(|block| {
            let window = block * BLOCK..(block + 1) * BLOCK;
            let echo = &vector.echo[window.clone()];
            if level(echo) < -45.0 {
                return None;
            }
            let left: Vec<f64> = window
                .map(|n| vector.echo[n] - f64::from(vector.line[n]) + f64::from(out[n]))
                .collect();
            Some(level(&left) - level(echo))
        });
    worst.reduce(f64::max)
}

fn difference(x: &[f64], y: &[f64]) -> f64 {
    power(&x.iter().zip(y).map(|(a, b)| a - b).collect::<Vec<_>>())
}

fn decibel(power: f64) -> f64 {
    10.0 * libm::log10(power + 1e-9)
}

fn peak(y: &[f64]) -> f64 {
    const METER: usize = 280;
    let mut sum: f64 = y.iter().take(METER).map(|s| s * s).sum();
    let mut highest = sum;
    for n in METER..y.len() {
        sum += y[n] * y[n] - y[n - METER] * y[n - METER];
        highest = highest.max(sum);
    }
    decibel(highest / METER as f64) - 20.0 * libm::log10(rms(0.0))
}

#[cfg(test)]
mod tests;
