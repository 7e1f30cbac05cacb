//! The bell of a telephone.

use std::collections::VecDeque;

use telephony::SAMPLE_RATE_HZ;

use crate::config::{PhoneSetup, RingSource};
use crate::phone::RingBurst;
use crate::signal::Sine;
use crate::world::{News, STEP};

/// The bell, and the meter on the ringing voltage.
#[derive(Debug)]
pub(crate) struct Ringer {
    source: RingSource,
    answers_hz: (f32, f32),
    voltage: Sine,
    bursts: VecDeque<RingBurst>,
    sounding: bool,
    last_volts: f32,
    crossings: (u32, Option<u32>, u32),
    in_the_ear_ms: u32,
}

impl Ringer {
    const REMEMBERED: usize = 256;
    /// Weakest voltage that moves the bell, V rms (ANSI/TIA-470).
    const LEAST_VOLTS: f32 = 40.0;

    pub(crate) fn new(setup: &PhoneSetup) -> Self {
        let source = setup.ring;
        Ringer {
            source,
            answers_hz: setup.ringer_hz,
            voltage: Sine::default(),
            bursts: VecDeque::new(),
            sounding: false,
            last_volts: 0.0,
            crossings: (0, None, 0),
            in_the_ear_ms: 0,
        }
    }

    pub(crate) fn is_sounding(&self) -> bool {
        self.sounding
    }

    pub(crate) fn bursts(&self) -> Vec<RingBurst> {
        self.bursts.iter().copied().collect()
    }

    pub(crate) fn in_the_ear_ms(&self) -> u32 {
        self.in_the_ear_ms
    }

    pub(crate) fn step(&mut self, voltage: bool, closed: bool, news: &mut News) {
        self.in_the_ear_ms += u32::from(voltage && closed);
        let hears = (self.answers_hz.0..=self.answers_hz.1).contains(&self.source.hz)
            && self.source.volts_rms >= Ringer::LEAST_VOLTS;
        let sounds = voltage && !closed && hears;
        if sounds && !self.sounding {
            self.voltage = Sine::new(
                self.source.hz,
                self.source.volts_rms * std::f32::consts::SQRT_2,
            );
            self.last_volts = 0.0;
            self.crossings = (0, None, 0);
            if self.bursts.len() == Ringer::REMEMBERED {
                self.bursts.pop_front();
            }
            self.bursts.push_back(RingBurst {
                began: news.now(),
                on_ms: 0,
                hz: 0.0,
            });
            news.note("the bell rings");
        }
        if !sounds && self.sounding {
            news.note("the bell is silent");
        }
        self.sounding = sounds;
        if sounds {
            self.meter();
        }
    }

    /// Counts whole cycles of the voltage between upward zero crossings.
    fn meter(&mut self) {
        let (mut sample, mut first, mut count) = self.crossings;
        let mut hz = None;
        for _ in 0..STEP {
            let volts = self.voltage.next();
            if self.last_volts < 0.0 && volts >= 0.0 {
                match first {
                    None => first = Some(sample),
                    Some(at) => {
                        count += 1;
                        hz = Some(count as f32 * SAMPLE_RATE_HZ as f32 / (sample - at) as f32);
                    }
                }
            }
            self.last_volts = volts;
            sample += 1;
        }
        self.crossings = (sample, first, count);
        if let Some(burst) = self.bursts.back_mut() {
            burst.on_ms += 1;
            burst.hz = hz.unwrap_or(burst.hz);
        }
    }
}
