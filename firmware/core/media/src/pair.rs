//! The two-wire side of a timeslot: echo canceller, gains, and what is measured of them.
//!
//! The canceller's reference is the frame that the highway was given last. With each frame it takes, a highway gives back what
//! came in while that frame or an older one went out: the reference is never later than its echo, and what a card keeps in its
//! buffers only makes the echo path longer.

use dsp::echo::Canceller;
use dsp::level::{self, Gain, PortGain};
use telephony::{Frame, SILENCE};

use crate::words::{PortConfig, PortFigures};

/// Ticks that the canceller runs on after a call: until its memory of what was sent is empty (128 ms). What it has learnt of the
/// line stays for the next call.
const AFTERWARDS: u8 = 20;

/// The two-wire side.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    canceller: Option<Canceller>,
    rx_gain: PortGain,
    tx_gain: PortGain,
    /// What the highway was given last.
    sent: Frame,
    running: u8,
    received: Activity,
    transmitted: Activity,
}

impl Pair {
    pub(crate) fn new(config: &PortConfig) -> Self {
        Pair {
            canceller: config.echo.map(Canceller::new),
            rx_gain: PortGain::new(Gain::new(config.rx_gain_db)),
            tx_gain: PortGain::new(Gain::new(config.tx_gain_db)),
            sent: SILENCE,
            running: 0,
            received: Activity::default(),
            transmitted: Activity::default(),
        }
    }

    /// Changes what is to change: a canceller that stays as it was keeps what it knows of the line.
    pub(crate) fn configure(&mut self, config: &PortConfig) {
        if self.canceller.as_ref().map(Canceller::config) != config.echo {
            self.canceller = config.echo.map(Canceller::new);
        }
        self.rx_gain.set(Gain::new(config.rx_gain_db));
        self.tx_gain.set(Gain::new(config.tx_gain_db));
    }

    /// What the port is about to say: the echo of what was sent to it is taken out. `in_use`: somebody hears it or is heard. Gives
    /// what detectors are to hear: the same without suppression.
    pub(crate) fn receive(&mut self, frame: &mut Frame, in_use: bool) -> Frame {
        if in_use {
            self.running = AFTERWARDS;
        }
        if self.running == 0 {
            return *frame;
        }
        self.running -= 1;
        let heard = match &mut self.canceller {
            Some(canceller) => canceller.process(&self.sent, frame),
            None => *frame,
        };
        if in_use {
            self.received.hear(frame);
        }
        heard
    }

    /// Behind everything that listens: the level the other party gets.
    pub(crate) fn amplify(&mut self, frame: &mut Frame) {
        self.rx_gain.apply(frame);
    }

    /// What the port is about to hear.
    pub(crate) fn send(&mut self, frame: &mut Frame) {
        self.tx_gain.apply(frame);
        self.sent = *frame;
        if self.running > 0 {
            self.transmitted.hear(frame);
        }
    }

    /// What was measured since [`Pair::begin_anew`].
    pub(crate) fn figures(&self) -> PortFigures {
        PortFigures {
            echo: self.canceller.as_ref().map(Canceller::report),
            rx_dbm0: self.received.level_dbm0(),
            tx_dbm0: self.transmitted.level_dbm0(),
        }
    }

    /// The next call's figures are its own.
    pub(crate) fn begin_anew(&mut self) {
        if let Some(canceller) = &mut self.canceller {
            canceller.begin_call();
        }
        self.received = Activity::default();
        self.transmitted = Activity::default();
    }
}

/// Mean level of what is no pause.
#[derive(Clone, Copy, Debug, Default)]
struct Activity {
    /// Sum of squares of active frames.
    power: u64,
    samples: u64,
}

/// Mean square of a frame that is no pause: -45 dBm0, between speech and the noise of a line that still is in order.
const ACTIVE_POWER: u64 = 8_200;

impl Activity {
    fn hear(&mut self, frame: &Frame) {
        let squares = frame.iter().map(|&s| u64::from(s.unsigned_abs()).pow(2));
        let power: u64 = squares.sum();
        let samples = frame.len() as u64;
        if power >= ACTIVE_POWER * samples {
            self.power = self.power.saturating_add(power);
            self.samples += samples;
        }
    }

    fn level_dbm0(&self) -> Option<f32> {
        let mean = self.power as f64 / self.samples as f64;
        (self.samples > 0).then(|| level::dbm0_of_power(mean as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dsp::level::{peak_of_sine, power_of_dbm0};

    fn config() -> PortConfig {
        PortConfig::new(dsp::tone::plan("us").expect("a plan"))
    }

    fn sine(n: usize, level_dbm0: f32) -> Frame {
        core::array::from_fn(|i| {
            let turns = (80 * n + i) as f32 / 8_000.0 * 1_004.0;
            (peak_of_sine(level_dbm0) * (core::f32::consts::TAU * turns).sin()) as i16
        })
    }

    #[test]
    fn pauses_do_not_count_as_level() {
        assert!((power_of_dbm0(-45.0) / ACTIVE_POWER as f32 - 1.0).abs() < 0.1);
        let mut pair = Pair::new(&PortConfig {
            echo: None,
            ..config()
        });
        assert_eq!(pair.figures().rx_dbm0, None);
        for n in 0..300 {
            let speaks = n % 3 == 0;
            let mut frame = sine(n, if speaks { -20.0 } else { -60.0 });
            pair.receive(&mut frame, true);
            pair.send(&mut sine(n, -12.0));
        }
        let figures = pair.figures();
        let near = |level: Option<f32>, to: f32| level.is_some_and(|l| (l - to).abs() < 0.2);
        assert!(near(figures.rx_dbm0, -20.0), "{figures:?}");
        assert!(near(figures.tx_dbm0, -12.0), "{figures:?}");
        pair.begin_anew();
        assert_eq!(pair.figures().rx_dbm0, None);
    }

    #[test]
    fn gains_change_each_way_and_the_reference_is_what_went_out() {
        let mut pair = Pair::new(&PortConfig {
            rx_gain_db: 6.0,
            tx_gain_db: -10.0,
            ..config()
        });
        let (mut out, mut in_) = (sine(0, -10.0), sine(0, -30.0));
        pair.send(&mut out);
        pair.amplify(&mut in_);
        assert!((level::dbm0(&out) + 20.0).abs() < 0.3);
        assert!((level::dbm0(&in_) + 24.0).abs() < 0.3);
        assert_eq!(pair.sent, out);
    }

    #[test]
    fn an_idle_pair_rests_and_a_changed_canceller_alone_starts_anew() {
        let mut pair = Pair::new(&config());
        for n in 0..100 {
            pair.receive(&mut sine(n, -20.0), n < 10);
        }
        assert_eq!(pair.running, 0);
        pair.configure(&PortConfig {
            echo: None,
            ..config()
        });
        assert_eq!(pair.figures().echo, None);
        pair.configure(&config());
        assert!(pair.figures().echo.is_some());
    }
}
