//! The non-linear processor and its comfort noise (ITU-T G.168 §3.9, §8): what linear cancelling leaves of the echo is cut while nobody
//! talks at the near end, and noise like the line's own takes its place, so that the line does not seem dead.

use super::fft::{BINS, SIZE};
use super::model::{Bins, greater};
use telephony::FRAME_SAMPLES;

/// A residue louder than what echo may have left by this factor (8 dB) begins to pass; by the second (12 dB) it passes whole.
const PASS_FROM: f32 = 6.0;
const PASS_WHOLE: f32 = 16.0;
/// How the leak follows, a block: down towards what is seen, up by 26 dB a second, or by 0.9 dB a second while somebody talks.
const LEAK_FALL: f32 = 0.05;
const LEAK_RISE: f32 = 1.03;
const LEAK_CREEP: f32 = 1.001;
/// 45 dB: no filter is better behind G.711.
const LEAST_LEAK: f32 = 3e-5;
/// Decay of the predicted echo's envelope, a block: the residue of a burst outlasts it.
const ECHO_DECAY: f32 = 0.6;
/// What any residue may hold of echo, as sum of squares of a block: whole passes what is above -59 dBm0. A-law's steps are some -65.
const LEAST_ECHO: f32 = 20.0 * FRAME_SAMPLES as f32;
/// Share of the filter's own doubt that counts: it is modest about itself.
const DOUBT: f32 = 0.25;
/// So long after near-end speech everything passes: it would lose its ends otherwise. In blocks of 10 ms.
const HANGOVER: u32 = 6;
/// Blocks quieter than this many times the line's noise are noise.
const NOISE_RANGE: f32 = 3.0;
/// Rise of the noise estimate a block while something louder is on the line: 2.6 dB a second.
const RISE: f32 = 1.003;
/// Loudest noise that is imitated: -35 dBm0, as squared magnitude sum of a block's window.
const LOUDEST: f32 = 2.5e4 * (FRAME_SAMPLES * SIZE) as f32;
/// First frequency of the noise, 50 Hz.
const LOWEST: usize = 1;
/// Samples in which a gain changes (2 ms).
const RAMP: usize = 16;

/// What the canceller knows of a block when the suppressor decides.
pub(super) struct Block {
    /// Sums of squares: the residue, the echo that was predicted, and what may be left of it by the filter's own doubt.
    pub residue: f32,
    pub predicted: f32,
    pub doubted: f32,
    /// The far end is, or was a tail ago, not silent.
    pub far_talks: bool,
}

/// Decides, and keeps the noise.
#[derive(Clone, Debug)]
pub(super) struct Suppressor {
    /// Share of the predicted echo that the filter leaves.
    leak: f32,
    /// Envelope of the predicted echo.
    predicted: f32,
    /// The line's noise: squared magnitude a frequency of a window half full.
    noise: Bins,
    gain: f32,
    hangover: u32,
    random: u32,
    overlap: [f32; FRAME_SAMPLES],
}

/// The window of comfort noise: a half sine, whose squares add up to one where two overlap.
static WINDOW: [f32; SIZE] = {
    let mut window = [0.0; SIZE];
    let mut n = 0;
    while n < SIZE {
        window[n] = super::fft::turn((n as f64 + 0.5) / (2 * SIZE) as f64).1;
        n += 1;
    }
    window
};

impl Suppressor {
    pub fn new() -> Self {
        Suppressor {
            leak: 1.0,
            predicted: 0.0,
            noise: [0.0; BINS],
            gain: 1.0,
            hangover: 0,
            random: 1,
            overlap: [0.0; FRAME_SAMPLES],
        }
    }

    /// The canceller is off: what was prepared for the next block is old when it comes back.
    pub fn rest(&mut self) {
        self.gain = 1.0;
        self.overlap = [0.0; FRAME_SAMPLES];
    }

    /// Whether near-end speech was heard in the last block or shortly before.
    pub fn near_talks(&self) -> bool {
        self.hangover > 0
    }

    /// Mean square of the line's noise.
    pub fn noise_power(&self) -> f32 {
        self.noise_sum() / (FRAME_SAMPLES * SIZE) as f32
    }

    /// Sum over all 160 frequencies.
    fn noise_sum(&self) -> f32 {
        2.0 * self.noise.iter().sum::<f32>()
    }

    /// Learns the noise from the squared magnitudes of a block's residue.
    pub fn listen(&mut self, block: &Block, power: &Bins) {
        let now = 2.0 * power[LOWEST..].iter().sum::<f32>();
        let known = self.noise_sum();
        let toward = |pace: f32, noise: &mut Bins| {
            for (noise, &power) in noise[LOWEST..].iter_mut().zip(&power[LOWEST..]) {
                *noise += pace * (power - *noise);
            }
        };
        if now < 0.25 * known {
            toward(0.5, &mut self.noise);
        } else if block.far_talks {
            // The residue of echo is no noise of the line.
        } else if now < NOISE_RANGE * known {
            toward(0.05, &mut self.noise);
        } else if known < 1.0 {
            let scale = (LOUDEST / greater(now, 1.0)).min(1.0);
            self.noise = power.map(|p| p * scale);
            self.noise[..LOWEST].fill(0.0);
        } else if known < LOUDEST {
            self.noise.iter_mut().for_each(|n| *n *= RISE);
        }
    }

    /// The gain for this block.
    pub fn decide(&mut self, block: &Block) -> f32 {
        let noise = self.noise_power() * FRAME_SAMPLES as f32;
        let beyond_noise = greater(block.residue - NOISE_RANGE * noise, 0.0);
        self.predicted = greater(block.predicted, ECHO_DECAY * self.predicted);
        let expected = self.leak * self.predicted + DOUBT * block.doubted + LEAST_ECHO;
        if !block.far_talks {
            self.hangover = self.hangover.saturating_sub(1);
            return 1.0;
        }
        let passes = (beyond_noise - PASS_FROM * expected)
            / greater((PASS_WHOLE - PASS_FROM) * expected, 1.0);
        if block.predicted > greater(0.25 * self.predicted, FRAME_SAMPLES as f32 * 100.0) {
            self.follow(beyond_noise, passes);
        }
        if passes >= 1.0 {
            self.hangover = HANGOVER;
            return 1.0;
        }
        if self.hangover > 0 {
            self.hangover -= 1;
            return 1.0;
        }
        greater(passes, 0.0)
    }

    /// Follows how much of the echo the filter leaves: quickly where it is likely to be echo, very slowly where it is
    /// more likely to be speech.
    fn follow(&mut self, beyond_noise: f32, passes: f32) {
        let now = beyond_noise / self.predicted;
        if now < self.leak {
            self.leak += LEAK_FALL * (now - self.leak);
        } else if passes <= 0.0 {
            self.leak *= LEAK_RISE;
        } else {
            self.leak *= LEAK_CREEP;
        }
        self.leak = greater(self.leak, LEAST_LEAK).min(1.0);
    }

    /// A spectrum for [`Suppressor::apply`]'s comfort noise, real and imaginary part of each frequency.
    pub fn comfort(&mut self) -> (Bins, Bins) {
        let (mut re, mut im) = ([0.0; BINS], [0.0; BINS]);
        for bin in LOWEST..BINS - 1 {
            // A window half full has half the power of the full one; real and imaginary part share it.
            let part = libm::sqrtf(self.noise[bin]);
            self.random = self
                .random
                .wrapping_mul(1_664_525)
                .wrapping_add(1_013_904_223);
            let sign = |bit: u32| {
                if self.random >> bit & 1 == 0 {
                    part
                } else {
                    -part
                }
            };
            (re[bin], im[bin]) = (sign(30), sign(29));
        }
        (re, im)
    }

    /// Applies `gain` to the residue; `comfort` is the next window of noise, which fills what is taken.
    pub fn apply(&mut self, gain: f32, comfort: &[f32; SIZE], residue: &mut [f32; FRAME_SAMPLES]) {
        let before = core::mem::replace(&mut self.gain, gain);
        // Opens at once, since somebody has begun to talk; closes in a ramp.
        let from = greater(before, gain);
        if from == 1.0 && gain == 1.0 {
            for (n, old) in self.overlap.iter_mut().enumerate() {
                *old = comfort[FRAME_SAMPLES + n] * WINDOW[FRAME_SAMPLES + n];
            }
            return;
        }
        for (n, sample) in residue.iter_mut().enumerate() {
            let g = from + (gain - from) * (n.min(RAMP) as f32 / RAMP as f32);
            let noise = self.overlap[n] + comfort[n] * WINDOW[n];
            self.overlap[n] = comfort[FRAME_SAMPLES + n] * WINDOW[FRAME_SAMPLES + n];
            // Powers add up: noise and residue are not alike.
            *sample = g * *sample + libm::sqrtf(1.0 - g * g) * noise;
        }
    }
}
