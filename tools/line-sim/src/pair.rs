//! The two-wire pair with the port's hybrid at one end, and what goes wrong on it.

use crate::config::{FaultSetup, PairSetup};
use crate::signal::{Rng, Sine, peak, ratio, rms};

/// The pair's physics, sample by sample.
#[derive(Debug)]
pub(crate) struct Pair {
    echo: Vec<f32>,
    sent: Vec<f32>,
    newest: usize,
    loss: f32,
    noise: f32,
    hum: Vec<Sine>,
    rng: Rng,
}

impl Pair {
    pub(crate) fn new(setup: &PairSetup, rng: Rng) -> Self {
        let energy: f32 = setup.echo_path.0.iter().map(|tap| tap * tap).sum();
        let scale = if energy > 0.0 {
            ratio(-setup.echo_return_loss_db) / energy.sqrt()
        } else {
            0.0
        };
        let echo: Vec<f32> = setup.echo_path.0.iter().map(|tap| tap * scale).collect();
        Pair {
            sent: vec![0.0; echo.len()],
            newest: 0,
            echo,
            loss: ratio(-setup.attenuation_db),
            noise: setup.noise_dbm0.map_or(0.0, rms),
            hum: setup
                .hum
                .map(|hum| harmonics(hum.mains_hz, hum.level_dbm0))
                .unwrap_or_default(),
            rng,
        }
    }

    /// The pair becomes another one; chance goes on.
    pub(crate) fn change(&mut self, setup: &PairSetup) {
        *self = Pair::new(setup, self.rng.clone());
    }

    /// One sample: the box sends `sent`, the far end `said`. Returns what the box receives and what the far end hears.
    /// `crackle` is the rms of a noise burst. Without a path nothing crosses.
    pub(crate) fn pass(&mut self, path: Path, sent: f32, said: f32, crackle: f32) -> (f32, f32) {
        if path == Path::Open {
            self.sent.fill(0.0);
            return (0.0, 0.0);
        }
        let induced: f32 = self.hum.iter_mut().map(Sine::next).sum();
        let noise = self.noise + crackle;
        let mut noise = || {
            if noise > 0.0 {
                self.rng.gauss() * noise
            } else {
                0.0
            }
        };
        let (here, there) = (noise() + induced, noise() + induced);
        // An FXO port on hook listens but is not heard.
        let sent = if path == Path::ListenOnly { 0.0 } else { sent };
        (
            self.reflect(sent) + said * self.loss + here,
            sent * self.loss + there,
        )
    }

    fn reflect(&mut self, sent: f32) -> f32 {
        let taps = self.echo.len();
        if taps == 0 {
            return 0.0;
        }
        self.newest = (self.newest + taps - 1) % taps;
        self.sent[self.newest] = sent;
        let (wrapped, straight) = self.sent.split_at(self.newest);
        let history = straight.iter().chain(wrapped);
        self.echo
            .iter()
            .zip(history)
            .map(|(tap, sample)| tap * sample)
            .sum()
    }
}

/// Which way sound crosses the hybrid now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// Neither way.
    Open,
    /// Towards the box only.
    ListenOnly,
    /// Both ways.
    Through,
}

fn harmonics(mains_hz: f32, level_dbm0: f32) -> Vec<Sine> {
    let below_db = [0.0, 12.0, 6.0, 18.0, 12.0];
    let each =
        |(n, below): (usize, f32)| Sine::new(mains_hz * (n + 1) as f32, peak(level_dbm0 - below));
    below_db.into_iter().enumerate().map(each).collect()
}

/// Chance at work on one pair.
#[derive(Debug)]
pub(crate) struct Faults {
    setup: FaultSetup,
    rng: Rng,
    loop_ms: u32,
    ring_ms: u32,
    noise_ms: u32,
}

/// What is wrong in this millisecond.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wrong {
    pub(crate) loop_detector: bool,
    pub(crate) ring_detector: bool,
    /// Rms of the crackle.
    pub(crate) crackle: f32,
}

impl Faults {
    pub(crate) fn new(setup: FaultSetup, rng: Rng) -> Self {
        Faults {
            setup,
            rng,
            loop_ms: 0,
            ring_ms: 0,
            noise_ms: 0,
        }
    }

    pub(crate) fn step(&mut self) -> Wrong {
        let setup = self.setup;
        strike(
            &mut self.loop_ms,
            &mut self.rng,
            setup.loop_glitches_per_min,
            (1, setup.loop_glitch_ms.max(1)),
        );
        strike(
            &mut self.ring_ms,
            &mut self.rng,
            setup.ring_glitches_per_min,
            (1, setup.ring_glitch_ms.max(1)),
        );
        strike(
            &mut self.noise_ms,
            &mut self.rng,
            setup.noise_bursts_per_min,
            (2, 20),
        );
        Wrong {
            loop_detector: self.loop_ms > 0,
            ring_detector: self.ring_ms > 0,
            crackle: if self.noise_ms > 0 {
                rms(setup.noise_burst_dbm0)
            } else {
                0.0
            },
        }
    }
}

fn strike(left_ms: &mut u32, rng: &mut Rng, per_min: f32, (low, high): (u32, u32)) {
    *left_ms = left_ms.saturating_sub(1);
    if *left_ms == 0 && rng.strikes(per_min) {
        *left_ms = rng.between(low, high);
    }
}
