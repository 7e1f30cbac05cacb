//! CNG: a burst of 1100 Hz, 0.5 s long.

use super::correlator::{Carrier, Phasor};
use crate::front_end::Hearing;

static CARRIER: Carrier = Carrier::new(1_100);

/// T.30 §4.2: 0.5 s +-15 %, and a frame on each side.
const BURST_FRAMES: core::ops::RangeInclusive<u32> = 41..=60;
/// T.30 §4.2 sends 1100 +-38 Hz; at 60 Hz another tone begins.
const OFF_HZ: f32 = 49.0;
/// Least share of the power: at 6 dB of signal to noise 0.8 of which 38 Hz lose a tenth.
const SHARE: f32 = 0.45;
/// The same over the burst.
const MEAN_SHARE: f32 = 0.6;
/// The burst is over when so many frames are without it.
const GAP_FRAMES: u32 = 4;
/// Highest to lowest power within a burst: a tone's level is constant, noise 6 dB below it moves it by 2.5 dB.
const STEADY: f32 = 2.5;
/// Behind the burst is a pause, for so many frames, at most so loud (a third: noise of 6 dB below the tone).
const PAUSE_FRAMES: u32 = 10;
const PAUSE: f32 = 0.4;

#[derive(Clone, Debug, Default)]
pub(super) struct Calling {
    last: Phasor,
    burst: Option<Burst>,
    /// A whole burst is over.
    pause: Option<Pause>,
}

#[derive(Clone, Debug)]
struct Burst {
    frames: u32,
    /// Frames without the tone.
    gap: u32,
    share: f32,
    /// Sum of rotations from half frame to half frame.
    turn: Phasor,
    low: f32,
    high: f32,
    /// Mean power of all sound, and the tone's in the last frame, which is inside if another one follows.
    power: f32,
    latest: Option<f32>,
}

#[derive(Clone, Debug)]
struct Pause {
    frames: u32,
    burst_frames: u32,
    burst_power: f32,
}

impl Calling {
    /// Takes a frame; after a burst, how many frames ago it began.
    pub fn push(&mut self, hearing: &Hearing, floor: f32) -> Option<u32> {
        let [a, b] = CARRIER.halves(&hearing.samples);
        let turn = a.from(self.last).plus(b.from(a));
        self.last = b;
        let tone = a.power() + b.power();
        let share = tone / hearing.power.max(1.0);
        if hearing.power > floor && share > SHARE {
            match &mut self.burst {
                Some(burst) => burst.goes_on(tone, share, turn, hearing.power),
                None => self.burst = Some(Burst::new(share, hearing.power)),
            }
        } else if let Some(burst) = &mut self.burst {
            burst.gap += 1;
            if burst.gap >= GAP_FRAMES {
                self.pause = burst.is_whole().then_some(Pause {
                    frames: burst.gap - 1,
                    burst_frames: burst.frames,
                    burst_power: burst.power,
                });
                self.burst = None;
            }
        }
        let pause = self.pause.as_mut()?;
        pause.frames += 1;
        if hearing.power > PAUSE * pause.burst_power {
            self.pause = None;
        } else if pause.frames >= PAUSE_FRAMES {
            let ago = pause.burst_frames + pause.frames;
            self.pause = None;
            return Some(ago);
        }
        None
    }
}

impl Burst {
    fn new(share: f32, power: f32) -> Self {
        Burst {
            frames: 1,
            gap: 0,
            share,
            turn: Phasor::default(),
            low: f32::MAX,
            high: 0.0,
            power,
            latest: None,
        }
    }

    fn goes_on(&mut self, tone: f32, share: f32, turn: Phasor, power: f32) {
        self.frames += 1 + core::mem::take(&mut self.gap);
        self.share += share;
        self.turn = self.turn.plus(turn);
        self.power += (power - self.power) / self.frames as f32;
        if let Some(inside) = self.latest.replace(tone) {
            self.low = self.low.min(inside);
            self.high = self.high.max(inside);
        }
    }

    fn is_whole(&self) -> bool {
        let hz = libm::atan2f(self.turn.im, self.turn.re) * 100.0 / core::f32::consts::PI;
        BURST_FRAMES.contains(&self.frames)
            && self.share > MEAN_SHARE * self.frames as f32
            && self.high < STEADY * self.low
            && hz.abs() < OFF_HZ
    }
}
