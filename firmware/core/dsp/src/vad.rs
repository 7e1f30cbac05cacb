//! Voice activity: whether a channel carries speech or only its background.
//!
//! Of the class of ITU-T G.729 Annex B (adaptive background, energy and spectrum, hangover) by another measure: each frame is
//! heard through the inverse of the background's all-pole model. Background comes out white and steady, whatever its colour,
//! and speech stands out where the background is weak: one threshold serves hiss, hum and rumble.
//!
//! What was tried and what it scored: `vad/README.md`.
//!
//! A tone that lasts becomes background. Who knows that a call carries DTMF, a fax or a modem does not ask: nothing that depends
//! on this answer (silence suppression, comfort noise, [`crate::automatic_level`]) may touch such a call.

use crate::comfort_noise::{Background, Measure, ORDER};
use crate::front_end::Hearing;
use crate::level::power_of_dbm0;
use crate::linear_prediction::dot;
use telephony::FRAME_SAMPLES;

/// Power through the inverse filter, over the background's, from which a frame is speech at once: 6 dB.
const SURE: f32 = 4.0;
/// And from which two frames in a row are: 3 dB, six standard deviations of 80 samples of white noise.
const LIKELY: f32 = 2.0;
/// And over 40 ms: 1.8 dB.
const SUSTAINED: f32 = 1.5;
/// What is below this is no speech, however quiet the background.
const QUIETEST_SPEECH_DBM0: f32 = -58.0;
/// Below this a background is taken for this loud: idle codes of G.711.
const IDLE_DBM0: f32 = -70.0;
/// Blocks of 50 ms whose powers lie within this, 6 dB, for two seconds are no speech.
const EVEN: f32 = 4.0;
/// Nobody speaks for longer than this, in frames, without a pause; a background that sways may: then it is taken [`SWAY`], 3 dB,
/// above its lulls.
const TALK_FRAMES: u32 = 400;
const SWAY: f32 = 2.0;
/// How long speech is held after a burst of at least [`BURST_FRAMES`], and after a shorter one, in frames of 10 ms.
const HANGOVER_FRAMES: u32 = 16;
const SHORT_HANGOVER_FRAMES: u32 = 5;
const BURST_FRAMES: u32 = 5;

/// Tells speech from background, one frame at a time. One a channel.
#[derive(Clone, Debug)]
pub struct VoiceActivity {
    background: Background,
    /// The end of the last frame, for the inverse filter.
    last: [f32; ORDER],
    /// Mean excess of the last frames.
    smooth: f32,
    /// Frames in a row that were speech by themselves.
    burst: u32,
    /// Frames for which speech is still held.
    hangover: u32,
    /// Frames in a row told to be speech.
    unbroken: u32,
    retrospect: Retrospect,
}

impl Default for VoiceActivity {
    fn default() -> Self {
        Self::new()
    }
}

impl VoiceActivity {
    /// At rest, with a quiet background.
    pub fn new() -> Self {
        VoiceActivity {
            background: Background::white(IDLE_DBM0),
            last: [0.0; ORDER],
            smooth: 0.0,
            burst: 0,
            hangover: 0,
            unbroken: 0,
            retrospect: Retrospect::new(),
        }
    }

    /// Takes the next 10 ms and tells whether they are speech.
    pub fn process(&mut self, hearing: &Hearing) -> bool {
        let heard = Measure::of(&hearing.samples);
        let mut samples = [0.0; ORDER + FRAME_SAMPLES];
        samples[..ORDER].copy_from_slice(&self.last);
        samples[ORDER..].copy_from_slice(&hearing.samples);
        self.last
            .copy_from_slice(&hearing.samples[FRAME_SAMPLES - ORDER..]);
        let excess = self.excess(&samples);
        // A loud frame counts as a sure one: what follows it is judged by itself.
        self.smooth += 0.25 * (excess.min(SURE) - self.smooth);
        let likely = (excess > LIKELY || self.smooth > SUSTAINED)
            && heard.power > power_of_dbm0(QUIETEST_SPEECH_DBM0);
        self.burst = if likely {
            self.burst.saturating_add(1)
        } else {
            0
        };
        let speech = likely && (excess > SURE || self.burst > 1 || self.hangover > 0);
        if speech {
            let long = self.burst >= BURST_FRAMES;
            let hangover = if long {
                HANGOVER_FRAMES
            } else {
                SHORT_HANGOVER_FRAMES
            };
            self.hangover = self.hangover.max(hangover);
        } else if self.hangover > 0 {
            self.hangover -= 1;
        } else if !likely {
            self.background.learn(&heard);
        }
        if let Some(past) = self.retrospect.process(&heard) {
            self.reconsider(&past);
        }
        let speech = speech || self.hangover > 0;
        self.unbroken = if speech {
            self.unbroken.saturating_add(1)
        } else {
            0
        };
        speech
    }

    /// The background: its level ([`Background::level_dbm0`]) and its spectrum.
    pub fn background(&self) -> &Background {
        &self.background
    }

    /// Speech rises and falls, and has lulls. What was even for two seconds is background, and so is a lull that is louder than
    /// what was taken for background.
    fn reconsider(&mut self, past: &Stretch) {
        let known = self.background.power().max(power_of_dbm0(IDLE_DBM0));
        if past.highest_power < EVEN * past.lowest.power {
            self.background.restart(&past.mean);
        } else if self.unbroken > TALK_FRAMES && known < SWAY * past.lowest.power {
            let mut above = past.lowest;
            above.power *= SWAY;
            self.background.restart(&above);
        } else if past.lowest.power > LIKELY * known {
            self.background.restart(&past.lowest);
        }
    }

    /// Power of `samples` through the inverse filter of the background, over that of the background.
    fn excess(&self, samples: &[f32; ORDER + FRAME_SAMPLES]) -> f32 {
        let model = self.background.model();
        let mut white = [0.0; FRAME_SAMPLES];
        white.copy_from_slice(&samples[ORDER..]);
        for (j, a) in model.a.iter().enumerate() {
            let earlier = &samples[ORDER - 1 - j..][..FRAME_SAMPLES];
            white.iter_mut().zip(earlier).for_each(|(w, x)| *w += a * x);
        }
        let power = dot(&white, &white) / FRAME_SAMPLES as f32;
        power / (self.background.power() * model.residue).max(power_of_dbm0(IDLE_DBM0))
    }
}

/// What half a second was like, in blocks of 50 ms.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    lowest: Measure,
    mean: Measure,
    highest_power: f32,
}

impl Stretch {
    const NONE: Stretch = Stretch {
        lowest: Measure::of_power(f32::MAX),
        mean: Measure::NONE,
        highest_power: 0.0,
    };

    /// Takes a block in, as one of `parts` so far.
    fn take(&mut self, other: &Stretch, parts: u32) {
        if other.lowest.power < self.lowest.power {
            self.lowest = other.lowest;
        }
        self.highest_power = self.highest_power.max(other.highest_power);
        self.mean.approach(&other.mean, 1.0 / parts as f32);
    }
}

/// The last two seconds, looked back on each half second.
#[derive(Clone, Debug)]
struct Retrospect {
    block: Measure,
    frames: u32,
    now: Stretch,
    before: [Stretch; Retrospect::STRETCHES],
    stretches: usize,
}

impl Retrospect {
    const BLOCK_FRAMES: u32 = 5;
    const STRETCH_FRAMES: u32 = 50;
    const STRETCHES: usize = 4;

    fn new() -> Self {
        Retrospect {
            block: Measure::NONE,
            frames: 0,
            now: Stretch::NONE,
            before: [Stretch::NONE; Self::STRETCHES],
            stretches: 0,
        }
    }

    /// The next frame. At the end of a half second: the last two, once there are as many.
    fn process(&mut self, heard: &Measure) -> Option<Stretch> {
        let in_block = self.frames % Self::BLOCK_FRAMES;
        self.block.approach(heard, 1.0 / (in_block + 1) as f32);
        self.frames += 1;
        if in_block + 1 < Self::BLOCK_FRAMES {
            return None;
        }
        let block = Stretch {
            lowest: self.block,
            mean: self.block,
            highest_power: self.block.power,
        };
        self.now.take(&block, self.frames / Self::BLOCK_FRAMES);
        if self.frames < Self::STRETCH_FRAMES {
            return None;
        }
        self.frames = 0;
        self.before[self.stretches % Self::STRETCHES] =
            core::mem::replace(&mut self.now, Stretch::NONE);
        self.stretches += 1;
        if self.stretches < Self::STRETCHES {
            return None;
        }
        let mut all = Stretch::NONE;
        for (n, stretch) in self.before.iter().enumerate() {
            all.take(stretch, n as u32 + 1);
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests;
