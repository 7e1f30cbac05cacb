//! Echo paths with somebody at one end or both: the scenes of ITU-T G.168 §6.4.2 and what a line adds to them.

pub mod limits;
mod scenes;

pub use scenes::*;

use crate::score::echo::{Demand, Limit, Measure};
use crate::signal::{Law, RATE, convolve};

/// A line with an echo, and what is asked of a canceller on it.
#[derive(Clone, Debug)]
pub struct Echo {
    /// What it is.
    pub name: String,
    /// Rin = Rout: what is sent to the line.
    pub far: Vec<i16>,
    /// Sin: what comes from it.
    pub line: Vec<i16>,
    /// Of Sin, the echo alone, before the near end's coder.
    pub echo: Vec<f64>,
    /// Of Sin, what the near end says, noise not counted.
    pub near: Vec<f64>,
    /// Where the path ends, in ms.
    pub path_ms: f64,
    /// Seconds after which a canceller has something new to learn; 0 is one.
    pub news: Vec<f64>,
    /// What is asked.
    pub demands: Vec<Demand>,
}

impl Echo {
    /// Asks for `limit`, from `from_s` to `to_s`.
    pub fn demand(mut self, measure: Measure, from_s: f64, to_s: f64, limit: Limit) -> Self {
        self.demands.push(Demand {
            measure,
            from_s,
            to_s,
            limit,
        });
        self
    }

    /// Asks for an echo return loss enhancement of at least `db`.
    pub fn erle(self, from_s: f64, to_s: f64, db: f64) -> Self {
        self.demand(Measure::Erle, from_s, to_s, Limit::AtLeast(db))
    }
}

/// A scene under construction: the two ends, the path between them, and its coder.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The far end, before its coder.
    pub far: Vec<f64>,
    /// The near end's speech.
    pub near: Vec<f64>,
    /// The near end's noise.
    pub noise: Vec<f64>,
    /// Echo paths and the second from which each of them holds.
    pub paths: Vec<(f64, Vec<f64>)>,
    /// Coder of both directions.
    pub law: Law,
    /// How much faster the near end's clock runs than the far end's, in millionths.
    pub skew_ppm: f64,
    /// The line clips here, as it does when a hybrid's amplifier saturates.
    pub clip: f64,
    /// Direct current in Sin.
    pub offset: f64,
}

impl Scene {
    /// `far` behind `path`, A-law, nobody at the near end.
    pub fn new(far: Vec<f64>, path: Vec<f64>) -> Self {
        Scene {
            near: Vec::new(),
            noise: Vec::new(),
            paths: vec![(0.0, path)],
            law: Law::A,
            skew_ppm: 0.0,
            clip: f64::INFINITY,
            offset: 0.0,
            far,
        }
    }

    /// The scene as samples.
    pub fn build(self, name: impl Into<String>) -> Echo {
        let far = self.law.through(&self.far);
        let sent = crate::signal::float(&far);
        let mut echo = vec![0.0; sent.len()];
        for (from_s, path) in &self.paths {
            let from = (from_s * RATE) as usize;
            let heard = convolve(&sent, path);
            echo[from..].copy_from_slice(&heard[from..]);
        }
        if self.skew_ppm != 0.0 {
            // The hybrid's clock: the echo is read at places that drift away, over a window the drift never leaves.
            echo = drift(&echo, self.skew_ppm);
        }
        for s in &mut echo {
            *s = s.clamp(-self.clip, self.clip);
        }
        let at = |x: &[f64], n: usize| x.get(n).copied().unwrap_or(0.0);
        let line: Vec<f64> = (0..echo.len())
            .map(|n| echo[n] + at(&self.near, n) + at(&self.noise, n) + self.offset)
            .collect();
        let mut near = self.near;
        near.resize(echo.len(), 0.0);
        Echo {
            name: name.into(),
            line: self.law.through(&line),
            path_ms: self.paths.iter().map(|(_, p)| p.len()).max().unwrap_or(0) as f64 / 8.0,
            news: self.paths.iter().map(|(from_s, _)| *from_s).collect(),
            demands: Vec::new(),
            far,
            echo,
            near,
        }
    }
}

/// `x` read `ppm` millionths faster, by a windowed sinc of 16 taps.
fn drift(x: &[f64], ppm: f64) -> Vec<f64> {
    use std::f64::consts::PI;
    (0..x.len())
        .map(|n| {
            let place = n as f64 * (1.0 + ppm * 1e-6);
            let whole = place as usize;
            let terms = (0..16).filter_map(|k| {
                let at = (whole + k).checked_sub(7)?;
                let t = place - at as f64;
                let sinc = if t.abs() < 1e-9 {
                    1.0
                } else {
                    libm::sin(PI * t) / (PI * t)
                };
                Some(x.get(at)? * sinc * (0.5 + 0.5 * libm::cos(PI * (t / 8.0).clamp(-1.0, 1.0))))
            });
            terms.sum()
        })
        .collect()
}
