//! The preamble of V.21 messages: HDLC flags, 01111110 over and over, at 300 bit/s. Every 26.7 ms the line goes from 1650 Hz
//! (1) to 1850 Hz (0) for two bits (the 0 that ends a flag and the 0 that begins the next).

use super::correlator::{Carrier, Phasor};
use crate::front_end::Hearing;
use telephony::FRAME_SAMPLES;

/// Between the two frequencies of V.21's high channel.
static CARRIER: Carrier = Carrier::new(1_750);

/// Samples of one step, 1 ms: 1750 Hz, mixed to 0 Hz, is followed at 1 kHz.
const STEP: usize = 8;
const STEPS: usize = FRAME_SAMPLES / STEP;
/// Steps summed up before the frequency is taken: about a bit (3.3 ms).
const SMOOTH: usize = 3;
/// Flags in a row before they are told: T.30 §5.3.1 sends 1 s +-15 %, about 37.
const FLAGS: u32 = 10;
/// From flag to flag, in ms: 8 bits are 26.7.
const FLAG_MS: core::ops::Range<f32> = 24.2..29.2;
/// Two bits of 1850 Hz, in ms: 6.7.
const ZEROS_MS: core::ops::Range<f32> = 3.5..10.0;
/// Least share of the power that is within 1650 to 1850 Hz.
const SHARE: f32 = 0.45;

#[derive(Clone, Debug, Default)]
pub(super) struct Preamble {
    /// Sign of the carrier, which has half a period left over each frame.
    odd: bool,
    /// Last steps, newest first, and the last sum of them.
    steps: [Phasor; SMOOTH],
    sum: Phasor,
    /// Deviation from 1750 Hz, as the sine of the phase from step to step.
    deviation: f32,
    /// Milliseconds since the line last went up, and since it went down.
    up_ms: f32,
    down_ms: f32,
    flags: u32,
    told: bool,
    share: f32,
}

impl Preamble {
    /// Takes a frame; once a preamble, how many frames ago it began.
    pub fn push(&mut self, hearing: &Hearing, floor: f32) -> Option<u32> {
        let sign = if self.odd { -1.0 } else { 1.0 };
        self.odd = !self.odd;
        if hearing.power < floor {
            self.lost();
            return None;
        }
        let mut mixed = [Phasor::default(); STEPS];
        let mut power = 0.0;
        for (n, step) in mixed.iter_mut().enumerate() {
            for at in n * STEP..(n + 1) * STEP {
                step.re += hearing.samples[at] * CARRIER.cos[at];
                step.im += hearing.samples[at] * CARRIER.sin[at];
            }
            *step = step.scaled(sign / STEP as f32);
            power += step.power();
        }
        let share = 2.0 * power / (STEPS as f32 * hearing.power.max(1.0));
        self.share += 0.2 * (share - self.share);
        if self.share < SHARE {
            self.lost();
        }
        mixed.into_iter().for_each(|step| self.step(step));
        if self.flags < FLAGS || core::mem::replace(&mut self.told, true) {
            return None;
        }
        Some(self.flags * 8 / 3)
    }

    fn lost(&mut self) {
        self.flags = 0;
        self.told = false;
    }

    fn step(&mut self, step: Phasor) {
        self.steps.rotate_right(1);
        self.steps[0] = step;
        let sum = self.steps.into_iter().fold(Phasor::default(), Phasor::plus);
        let turn = sum.from(self.sum);
        self.sum = sum;
        let before = self.deviation;
        // Up to 100 Hz either way: the sine of the phase from step to step, weighted with the power.
        self.deviation = turn.im;
        self.up_ms += 1.0;
        self.down_ms += 1.0;
        // How long ago, in steps, the deviation was zero.
        let since = self.deviation / (self.deviation - before);
        if before <= 0.0 && self.deviation > 0.0 {
            if FLAG_MS.contains(&(self.up_ms - since)) {
                self.flags += 1;
            } else {
                self.lost();
            }
            self.up_ms = since;
        } else if before > 0.0 && self.deviation <= 0.0 {
            if !ZEROS_MS.contains(&(self.up_ms - since)) {
                self.lost();
            }
            self.down_ms = since;
        }
        if self.up_ms > FLAG_MS.end {
            self.lost();
        }
    }
}
