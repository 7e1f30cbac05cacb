//! Comfort noise: what the background of a channel sounds like ([`Background`]), more of the same ([`NoiseGenerator`]), and its
//! description in RTP (RFC 3389, [`Payload`]).
//!
//! Levels are dBm0 inside the box. RFC 3389 §3.1 counts in -dBov, below a square wave of full scale, which is 3.01 dB above the
//! full-scale sine of +3.17 dBm0: 0 dBov is [`OVERLOAD_DBM0`], +6.18 dBm0.
//!
//! Noise stands in for speech pauses only. A tone, a fax or a modem is no background: who knows that a call carries one does not
//! send noise in its place, and does not let [`Background`] hear it.

mod payload;

pub use payload::{MAX_ORDER, Payload, PayloadError};

use crate::level::{SILENCE_DBM0, dbm0_of_power, power_of_dbm0};
use crate::linear_prediction::{Model, autocorrelation, dot};
use crate::noise::WhiteNoise;
use crate::oscillator::to_i16;
use telephony::{FRAME_SAMPLES, Frame};

/// 0 dBov of RFC 3389 in dBm0: the level of a square wave of full scale.
pub const OVERLOAD_DBM0: f32 = 6.18;

/// Order of the all-pole model of a background: enough for hum, hiss and the slope of a line.
pub const ORDER: usize = 8;

/// Weights of a frame's samples, highest in the middle: without them its ends would hide what is 30 dB below a rumble.
const WINDOW: [f32; FRAME_SAMPLES] = {
    let mut window = [0.0; FRAME_SAMPLES];
    let mut i = 0;
    while i < FRAME_SAMPLES {
        let from_middle = (2 * i + 1) as f32 / FRAME_SAMPLES as f32 - 1.0;
        let arc = 1.0 - from_middle * from_middle;
        window[i] = arc * arc;
        i += 1;
    }
    window
};

/// What [`Background`] and [`crate::vad`] measure of a frame, or a mean over frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measure {
    /// Mean square.
    pub power: f32,
    /// Autocorrelation of the weighted frame, from lag 0.
    lags: [f32; ORDER + 1],
}

impl Measure {
    /// Of silence.
    pub(crate) const NONE: Self = Measure::of_power(0.0);

    /// Of nothing in particular, with this power.
    pub(crate) const fn of_power(power: f32) -> Self {
        Measure {
            power,
            lags: [0.0; ORDER + 1],
        }
    }

    pub(crate) fn of(samples: &[f32; FRAME_SAMPLES]) -> Self {
        let weighted: [f32; FRAME_SAMPLES] = core::array::from_fn(|i| WINDOW[i] * samples[i]);
        Measure {
            power: dot(samples, samples) / FRAME_SAMPLES as f32,
            lags: autocorrelation(&weighted),
        }
    }

    /// Goes `share` of the way to `other`.
    pub(crate) fn approach(&mut self, other: &Self, share: f32) {
        self.power += share * (other.power - self.power);
        for (mine, theirs) in self.lags.iter_mut().zip(&other.lags) {
            *mine += share * (theirs - *mine);
        }
    }

    /// The all-pole model, with a little white noise added: bad numbers stay away from the edge of stability.
    pub(crate) fn model(&self) -> Model<ORDER> {
        let (zero, others) = self.lags.split_at(1);
        let lags = core::array::from_fn(|i| others[i]);
        Model::new(zero[0] * 1.00003 + 1.0, &lags)
    }
}

/// What the background of a channel sounds like: level and rough spectrum. The owner shows it frames without speech.
#[derive(Clone, Debug)]
pub struct Background {
    mean: Measure,
    model: Model<ORDER>,
    frames: u32,
}

impl Default for Background {
    fn default() -> Self {
        Self::new()
    }
}

impl Background {
    /// Frames after which an old one counts little: a third of a second.
    const MEMORY_FRAMES: u32 = 32;

    /// Nothing heard yet: silence.
    pub const fn new() -> Self {
        Background {
            mean: Measure::NONE,
            model: Model::FLAT,
            frames: 0,
        }
    }

    /// White noise of `level_dbm0`, until more is heard.
    pub fn white(level_dbm0: f32) -> Self {
        let mut background = Self::new();
        background.mean.power = if level_dbm0 <= SILENCE_DBM0 {
            0.0
        } else {
            power_of_dbm0(level_dbm0)
        };
        background
    }

    /// Takes a frame without speech into the picture, in 16-bit units ([`crate::front_end::Hearing::samples`]).
    pub fn observe(&mut self, samples: &[f32; FRAME_SAMPLES]) {
        self.learn(&Measure::of(samples));
    }

    pub(crate) fn learn(&mut self, heard: &Measure) {
        // The first frames count alike, so that a mean is there from the start.
        self.frames = (self.frames + 1).min(Self::MEMORY_FRAMES);
        self.mean.approach(heard, 1.0 / self.frames as f32);
        self.model = self.mean.model();
    }

    /// Forgets what it knew for `heard`, a mean over some frames.
    pub(crate) fn restart(&mut self, heard: &Measure) {
        self.mean = *heard;
        self.model = heard.model();
        self.frames = Self::MEMORY_FRAMES / 4;
    }

    pub(crate) fn model(&self) -> &Model<ORDER> {
        &self.model
    }

    pub(crate) fn power(&self) -> f32 {
        self.mean.power
    }

    /// Whether any frame was shown.
    pub fn is_known(&self) -> bool {
        self.frames > 0
    }

    /// Its level in dBm0; [`SILENCE_DBM0`] when nothing was heard.
    pub fn level_dbm0(&self) -> f32 {
        dbm0_of_power(self.mean.power)
    }

    /// Its description to be sent, with `order` (up to [`ORDER`]) coefficients.
    pub fn payload(&self, order: usize) -> Payload {
        Payload::new(self.level_dbm0(), &self.model.k[..order.min(ORDER)])
    }
}

impl From<&Payload> for Background {
    /// What a received description sounds like; coefficients beyond [`ORDER`] are taken as zero (RFC 3389 §3 allows it).
    fn from(payload: &Payload) -> Self {
        let mut k = [0.0; ORDER];
        k.iter_mut()
            .zip(payload.reflection())
            .for_each(|(k, sent)| *k = *sent);
        let mut background = Background::white(payload.level_dbm0());
        background.model = Model::from_reflection(&k);
        background
    }
}

/// Noise of the level and spectrum of a [`Background`]. The same seed gives the same noise on every machine.
#[derive(Clone, Debug)]
pub struct NoiseGenerator {
    white: WhiteNoise,
    /// Its last samples, newest last.
    memory: [f32; ORDER],
    /// Root mean square of the excitation so far: a new one is reached in one frame.
    deviation: f32,
}

impl NoiseGenerator {
    /// At rest. Channels take different seeds, or their noises add up as one.
    pub const fn new(seed: u32) -> Self {
        NoiseGenerator {
            white: WhiteNoise(seed),
            memory: [0.0; ORDER],
            deviation: 0.0,
        }
    }

    /// The next 10 ms, in 16-bit units, not clipped.
    pub fn fill(&mut self, background: &Background, samples: &mut [f32; FRAME_SAMPLES]) {
        let model = background.model();
        let from = self.deviation;
        self.deviation = libm::sqrtf(background.power() * model.residue);
        let slope = (self.deviation - from) / FRAME_SAMPLES as f32;
        let mut sound = [0.0; ORDER + FRAME_SAMPLES];
        sound[..ORDER].copy_from_slice(&self.memory);
        for n in 0..FRAME_SAMPLES {
            let mut y = (from + slope * (n + 1) as f32) * self.white.next();
            // The newest is added last: all other products can be ready before it is.
            for j in (0..ORDER).rev() {
                y -= model.a[j] * sound[ORDER + n - 1 - j];
            }
            sound[ORDER + n] = y;
        }
        samples.copy_from_slice(&sound[ORDER..]);
        self.memory.copy_from_slice(&sound[FRAME_SAMPLES..]);
    }

    /// The next 10 ms as a frame to play.
    pub fn frame(&mut self, background: &Background) -> Frame {
        let mut samples = [0.0; FRAME_SAMPLES];
        self.fill(background, &mut samples);
        samples.map(to_i16)
    }
}

#[cfg(test)]
mod tests;
