//! Answer tones: 2100 Hz, with or without reversals of phase and modulation of amplitude.

use super::FaxTone;
use super::correlator::{Carrier, Phasor};
use crate::front_end::Hearing;

static CARRIER: Carrier = Carrier::new(2_100);

/// V.25 §4 and V.8 §6.2 send 2100 +-15 Hz.
const OFF_HZ: f32 = 25.0;
/// Least share of the power in a frame, and over the tone: at 6 dB of signal to noise 0.8.
const SHARE: f32 = 0.4;
const MEAN_SHARE: f32 = 0.6;
/// So many frames may be without the tone: a reversal of phase takes two.
const GAP_FRAMES: u32 = 4;
/// Told after so long: two reversals (each 450 +-25 ms) have been.
const TOLD_FRAMES: u32 = 104;
/// From one reversal to the next, in frames (V.25 §4: 450 +-25 ms), and no more than one is missed.
const REVERSAL_FRAMES: core::ops::RangeInclusive<u32> = 41..=49;
/// Frames over which a reversal is seen: the one in which it happens tells nothing.
const APART: usize = 3;
/// 15 Hz in 10 ms: 54 degrees.
const MODULATION: Phasor = Phasor {
    re: 0.587_785_25,
    im: 0.809_017,
};
/// V.8 §6.2: 15 +-0.1 Hz, 20 % of the tone's amplitude. Half of it is the border.
const DEPTH: f32 = 0.1;
/// Highest to lowest power, frames of reversals aside: the modulation makes 2.25, noise as much again.
const STEADY: f32 = 5.0;

#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    last_half: Phasor,
    frames: u32,
    gap: u32,
    told: bool,
    share: f32,
    /// Sum of rotations from half frame to half frame.
    turn: Phasor,
    reversals: Reversals,
    envelope: Envelope,
}

/// Jumps of the phase by half a turn.
#[derive(Clone, Debug, Default)]
struct Reversals {
    /// The last frames, newest first.
    recent: [Phasor; APART],
    count: u32,
    /// Frames since the last one.
    since: u32,
}

/// The tone's amplitude, and its part at 15 Hz.
#[derive(Clone, Debug, Default)]
struct Envelope {
    /// Amplitudes of the last frames, newest first: one next to a reversal does not count.
    delayed: [f32; APART],
    /// Frames whose amplitude counts, their sum, its part at 15 Hz, and what a constant amplitude would have of it.
    counted: u32,
    sum: f32,
    modulation: Phasor,
    constant: Phasor,
    /// 15 Hz now.
    phase: Phasor,
    /// Lowest and highest power.
    low: f32,
    high: f32,
}

impl Answer {
    /// Takes a frame; once a tone, which it is and how many frames ago it began.
    pub fn push(&mut self, hearing: &Hearing, floor: f32) -> Option<(FaxTone, u32)> {
        let [a, b] = CARRIER.halves(&hearing.samples);
        let turn = a.from(self.last_half).plus(b.from(a));
        self.last_half = b;
        let share = (a.power() + b.power()) / hearing.power.max(1.0);
        if hearing.power > floor && share > SHARE {
            if self.frames == 0 {
                self.begin();
            } else {
                self.turn = self.turn.plus(turn);
            }
            self.frames += 1 + core::mem::take(&mut self.gap);
            self.share += share;
        } else if self.frames > 0 {
            self.gap += 1;
            if self.gap > GAP_FRAMES {
                self.frames = 0;
                return None;
            }
        } else {
            return None;
        }
        let whole = a.plus(b).scaled(0.5);
        self.reversals.push(whole, self.turn, self.frames);
        let clear = self.reversals.since > APART as u32;
        self.envelope.push(whole, clear, self.frames);
        let elapsed = self.frames + self.gap;
        if self.told || elapsed < TOLD_FRAMES {
            return None;
        }
        let kind = self.kind();
        self.told = kind.is_some();
        kind.map(|tone| (tone, elapsed))
    }

    fn begin(&mut self) {
        *self = Answer {
            last_half: self.last_half,
            envelope: Envelope {
                phase: Phasor { re: 1.0, im: 0.0 },
                low: f32::MAX,
                ..Envelope::default()
            },
            ..Answer::default()
        };
    }

    fn kind(&self) -> Option<FaxTone> {
        let hz = libm::atan2f(self.turn.im, self.turn.re) * 100.0 / core::f32::consts::PI;
        let steady = self.envelope.high < STEADY * self.envelope.low;
        if self.share < MEAN_SHARE * self.frames as f32 || hz.abs() > OFF_HZ || !steady {
            return None;
        }
        let modulated = self.envelope.depth() > DEPTH;
        Some(match (modulated, self.reversals.count > 0) {
            (false, false) => FaxTone::Answer,
            (false, true) => FaxTone::AnswerReversed,
            (true, false) => FaxTone::AnswerModulated,
            (true, true) => FaxTone::AnswerModulatedReversed,
        })
    }
}

impl Reversals {
    /// Takes a frame of a tone that turns by `turn` in half of one, up to a factor.
    fn push(&mut self, whole: Phasor, turn: Phasor, frames: u32) {
        self.since += 1;
        // By how much the tone turns in three frames, six times that of a half frame.
        let unit = turn.scaled(1.0 / libm::sqrtf(turn.power()).max(1e-9));
        let square = unit.times(unit);
        let expected = square.times(square).times(square);
        let before = self.recent[APART - 1];
        let turned = whole.from(before).from(expected).re;
        let reversed = turned < -0.5 * libm::sqrtf(whole.power() * before.power());
        if reversed && frames > 8 && self.since > APART as u32 + 2 {
            let regular = self.count == 0 || REVERSAL_FRAMES.contains(&self.since);
            self.count = if regular { self.count + 1 } else { 1 };
            self.since = 0;
        }
        self.recent.rotate_right(1);
        self.recent[0] = whole;
    }
}

impl Envelope {
    /// Takes a frame. `clear`: no reversal was near the frame of three frames ago, or it would have been seen by now.
    fn push(&mut self, whole: Phasor, clear: bool, frames: u32) {
        let amplitude = self.delayed[APART - 1];
        if clear && amplitude > 0.0 {
            self.counted += 1;
            self.sum += amplitude;
            self.modulation = self.modulation.plus(self.phase.scaled(amplitude));
            self.constant = self.constant.plus(self.phase);
            self.low = self.low.min(amplitude * amplitude);
            self.high = self.high.max(amplitude * amplitude);
        }
        self.phase = self.phase.times(MODULATION);
        self.delayed.rotate_right(1);
        // The first frames are the tone's edge.
        self.delayed[0] = if frames > 3 {
            libm::sqrtf(whole.power())
        } else {
            0.0
        };
    }

    /// Amplitude of the 15 Hz as a share of the mean.
    fn depth(&self) -> f32 {
        let mean = self.sum / self.counted.max(1) as f32;
        let modulation = self.modulation.plus(self.constant.scaled(-mean));
        2.0 * libm::sqrtf(modulation.power()) / self.sum.max(1e-9)
    }
}
