//! Automatic level: a quiet or loud talker is brought to one level, for recordings, voice mail and conferences.
//!
//! Slow: the gain follows the level of speech, not of syllables, and stands still in pauses, so that noise does not pump. A
//! limiter behind it keeps peaks below full scale. The owner tells what it hears ([`crate::vad`]); what carries tones (DTMF, fax,
//! modem) it calls [`Activity::Tones`], and that passes as it came.

use crate::level::power_of_dbm0;
use crate::linear_prediction::dot;
use crate::oscillator::to_i16;
use telephony::{FRAME_SAMPLES, Frame};

/// Peaks are held below this: 0.2 dB under full scale.
const CEILING: f32 = 32_000.0;
/// Speech heard before the gain moves (200 ms), and after which older speech counts little (1 s), in frames.
const FIRST_FRAMES: u32 = 20;
const MEMORY_FRAMES: u32 = 100;
/// A frame this far below the level, 16 dB, is a gap within speech (ITU-T P.56 §6.1: margin 15.9 dB) and hardly counts.
const MARGIN: f32 = 1.0 / 40.0;
const GAP_SHARE: f32 = 1.0 / 800.0;
/// Factors of gain a frame: 3 dB a second up, 12 down, and the limiter's return at 10 dB a second.
const UP: f32 = 1.003_46;
const DOWN: f32 = 0.986_28;
const RELEASE: f32 = 1.011_58;

/// What an automatic level aims at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Level speech is brought to, in dBm0, -40 to -6.
    pub target_dbm0: f32,
    /// Most it amplifies, in dB, 0 to 30: quieter speech stays below the target, and noise is not blown up.
    pub max_gain_db: f32,
    /// Most it attenuates, in dB, 0 to 30.
    pub max_loss_db: f32,
}

impl Default for Settings {
    /// -16 dBm0, a usual level of active speech on digital circuits; +15 and -12 dB.
    fn default() -> Self {
        Settings {
            target_dbm0: -16.0,
            max_gain_db: 15.0,
            max_loss_db: 12.0,
        }
    }
}

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Speech: the gain follows it.
    Speech,
    /// Background only: the gain stands still.
    Pause,
    /// Signalling or data: passed without change.
    Tones,
}

/// Brings speech to a level, one frame at a time, without delay.
#[derive(Clone, Debug)]
pub struct AutomaticLevel {
    target_power: f32,
    highest: f32,
    lowest: f32,
    /// Mean power of speech as it comes in, and the frames it stands on, up to [`MEMORY_FRAMES`].
    speech_power: f32,
    speech_frames: u32,
    /// Factor of the slow gain, and of the limiter behind it.
    gain: f32,
    limiter: f32,
    /// Factor at the end of the last frame.
    reached: f32,
}

impl AutomaticLevel {
    /// With no gain yet. Settings out of range are brought into it.
    pub fn new(settings: Settings) -> Self {
        let factor = |db: f32| libm::powf(10.0, db.clamp(0.0, 30.0) / 20.0);
        AutomaticLevel {
            target_power: power_of_dbm0(settings.target_dbm0.clamp(-40.0, -6.0)),
            highest: factor(settings.max_gain_db),
            lowest: 1.0 / factor(settings.max_loss_db),
            speech_power: 0.0,
            speech_frames: 0,
            gain: 1.0,
            limiter: 1.0,
            reached: 1.0,
        }
    }

    /// The slow gain in dB, positive is louder.
    pub fn gain_db(&self) -> f32 {
        20.0 * libm::log10f(self.gain)
    }

    /// Changes the next 10 ms in place.
    pub fn process(&mut self, frame: &mut Frame, activity: Activity) {
        let samples = frame.map(f32::from);
        if activity == Activity::Speech {
            self.follow(dot(&samples, &samples) / FRAME_SAMPLES as f32);
        }
        let peak = samples.iter().fold(1.0f32, |peak, x| x.abs().max(peak));
        let wanted = match activity {
            Activity::Tones => 1.0,
            Activity::Speech | Activity::Pause => self.limited(CEILING / peak),
        };
        self.ramp(&samples, wanted, frame);
    }

    /// Speech of `power` came: the gain goes a step towards what brings it to the target.
    fn follow(&mut self, power: f32) {
        let gap = power < MARGIN * self.speech_power;
        if gap {
            self.speech_power += GAP_SHARE * (power - self.speech_power);
            return;
        }
        self.speech_frames = (self.speech_frames + 1).min(MEMORY_FRAMES);
        self.speech_power += (power - self.speech_power) / self.speech_frames as f32;
        if self.speech_frames >= FIRST_FRAMES && self.speech_power > 0.0 {
            let wanted =
                libm::sqrtf(self.target_power / self.speech_power).clamp(self.lowest, self.highest);
            self.gain = wanted.clamp(self.gain * DOWN, self.gain * UP);
        }
    }

    /// The gain, or `safe` if it is more than that; afterwards the limiter lets go slowly.
    fn limited(&mut self, safe: f32) -> f32 {
        self.limiter = (self.limiter * RELEASE).min(1.0).min(safe / self.gain);
        self.gain * self.limiter
    }

    /// From the gain of the last frame to `wanted` in a straight line, but in time for the first peak that would be too high.
    fn ramp(&mut self, samples: &[f32; FRAME_SAMPLES], wanted: f32, frame: &mut Frame) {
        let from = self.reached;
        let too_high = |x: &f32| x.abs() * from > CEILING;
        let length = match samples.iter().position(too_high) {
            Some(first) if wanted < from => first,
            _ => FRAME_SAMPLES,
        };
        for (n, (out, x)) in frame.iter_mut().zip(samples).enumerate() {
            let gain = if n < length {
                from + (wanted - from) * (n + 1) as f32 / length as f32
            } else {
                wanted
            };
            *out = to_i16(x * gain);
        }
        self.reached = wanted;
    }
}

#[cfg(test)]
mod tests;
