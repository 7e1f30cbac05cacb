//! The tone disabler (ITU-T G.168 §7, ITU-T V.25): a 2100 Hz tone announces a modem or a fax machine. With a phase reversal each
//! 450 ms (V.25, V.8) it asks for the canceller to be switched off, without them for the non-linear processor to be.

use core::f32::consts::{PI, TAU};
use telephony::{FRAME_SAMPLES, Frame};

use crate::level::power_of_dbm0;

/// Weakest tone that counts, in dBm0 (G.168 §7.2: operates down to -31 dBm0).
const LEAST_DBM0: f32 = -31.5;
/// Share of the power that must be the tone. G.168 §7.2 wants operation with noise 11 dB below it.
const LEAST_SHARE: f32 = 0.8;
/// How long a tone must stand to be one, in blocks of 10 ms.
const STANDING: u32 = 30;
/// Blocks between two reversals: 450 ms +- 25 (V.25 §4.2), and one block for the place of the reversal in its block.
const REVERSAL_BLOCKS: core::ops::RangeInclusive<u32> = 41..=49;
/// The least turn of the phase that is a reversal. G.168 §7.3: 180 degrees +- 25 operate, 110 do not.
const LEAST_TURN: f32 = 135.0 / 180.0 * PI;
/// Least turn of a tone that is off frequency: +- 21 Hz (G.168 §7.2) in 10 ms.
const MOST_ADVANCE: f32 = TAU * 23.0 * 0.01;
/// Both directions quieter than this ...
const QUIET_DBM0: f32 = -36.0;
/// ... for this many blocks end it (G.168 §7.6: 250 ms +- 150).
const QUIET_BLOCKS: u32 = 25;

/// What the tones on the line ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing: speech.
    #[default]
    Nothing,
    /// No suppression.
    Linear,
    /// No cancelling at all.
    Off,
}

/// One direction's listener.
#[derive(Clone, Debug, Default)]
struct Listener {
    /// Complex amplitudes of the tone in the last two blocks, newest first.
    last: [(f32, f32); 2],
    /// Mean turn a block, from its frequency.
    advance: (f32, f32),
    standing: u32,
    /// Blocks in a row that were not the tone: one may be, the one in which it turns.
    missed: u32,
    /// Blocks since the last reversal, and how many reversals came in time.
    since: u32,
    reversals: u32,
}

/// Both directions' listeners.
#[derive(Clone, Debug, Default)]
pub(super) struct Disabler {
    directions: [Listener; 2],
    asked: Asked,
    quiet: u32,
}

/// cos and -sin of the tone over a block; 21 periods, so that every block has the same.
#[derive(Clone, Debug)]
struct Reference;

impl Reference {
    /// 2100 Hz turns 21 / 80 of a circle a sample.
    fn amplitude(frame: &Frame) -> ((f32, f32), f32) {
        let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
        for (&sample, &(c, s)) in frame.iter().zip(&TURNS) {
            let x = f32::from(sample);
            re += x * c;
            im -= x * s;
            power += x * x;
        }
        ((re, im), power)
    }
}

static TURNS: [(f32, f32); FRAME_SAMPLES] = {
    let mut turns = [(0.0, 0.0); FRAME_SAMPLES];
    let mut n = 0;
    while n < FRAME_SAMPLES {
        let turn = (n * 21 % FRAME_SAMPLES) as f64 / FRAME_SAMPLES as f64;
        turns[n] = super::fft::turn(turn);
        n += 1;
    }
    turns
};

impl Listener {
    fn hear(&mut self, frame: &Frame) {
        let ((re, im), power) = Reference::amplitude(frame);
        let square = re * re + im * im;
        // |sum|^2 of a sine of peak A is (40 A)^2, its power 40 A^2.
        let tonal = square > LEAST_SHARE * 40.0 * power
            && power > FRAME_SAMPLES as f32 * power_of_dbm0(LEAST_DBM0);
        let [one, two] = self.last;
        self.last = [(re, im), one];
        if self.standing >= 2 && self.turned((re, im), two) && square > 0.2 * 40.0 * power {
            // Compared across the block in which the phase turned, so it is seen once or twice.
            if self.since > 2 {
                let timely = REVERSAL_BLOCKS.contains(&self.since);
                self.reversals = if timely { self.reversals + 1 } else { 1 };
            }
            self.since = 0;
            self.standing += 1;
            return;
        }
        self.since = self.since.saturating_add(1);
        self.missed = if tonal { 0 } else { self.missed + 1 };
        if tonal {
            self.standing = self.standing.saturating_add(1);
            let turn = times_conjugate((re, im), one);
            if self.since > 2 && self.standing > 2 {
                self.advance.0 += 0.2 * (turn.0 - self.advance.0);
                self.advance.1 += 0.2 * (turn.1 - self.advance.1);
            } else if self.standing == 2 {
                self.advance = turn;
            }
        } else if self.missed > 1 {
            *self = Listener::default();
        }
    }

    /// Whether the phase now is opposite to what two blocks at the tone's frequency would have made of it.
    fn turned(&self, now: (f32, f32), two_ago: (f32, f32)) -> bool {
        let advance = libm::atan2f(self.advance.1, self.advance.0);
        if advance.abs() > MOST_ADVANCE {
            return false;
        }
        let turn = times_conjugate(now, two_ago);
        let off = libm::atan2f(turn.1, turn.0) - 2.0 * advance;
        let off = off - TAU * libm::roundf(off / TAU);
        off.abs() > LEAST_TURN
    }
}

fn times_conjugate(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
    (a.0 * b.0 + a.1 * b.1, a.1 * b.0 - a.0 * b.1)
}

impl Disabler {
    /// Hears 10 ms of both directions.
    pub fn hear(&mut self, far: &Frame, near: &Frame, loudest_power: f32) -> Asked {
        for (listener, frame) in self.directions.iter_mut().zip([far, near]) {
            listener.hear(frame);
            if listener.reversals >= 2 {
                self.asked = Asked::Off;
            } else if listener.standing >= STANDING && self.asked == Asked::Nothing {
                self.asked = Asked::Linear;
            }
        }
        let quiet = loudest_power < power_of_dbm0(QUIET_DBM0);
        self.quiet = if quiet { self.quiet + 1 } else { 0 };
        if self.quiet >= QUIET_BLOCKS {
            self.quiet = 0;
            self.asked = Asked::Nothing;
            self.directions = Default::default();
        }
        self.asked
    }
}
