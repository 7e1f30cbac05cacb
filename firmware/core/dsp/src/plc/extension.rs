//! Sound continued beyond where it is known: excitation and filter of its last milliseconds, kept going.

use super::{Concealer, HISTORY};
use crate::linear_prediction::{Model, autocorrelation, dot};
use crate::noise::WhiteNoise;
use telephony::FRAME_SAMPLES;

/// Order of the filter: four formants, and the slopes of the line and the voice.
pub(super) const ORDER: usize = 16;
/// Longest and shortest pitch period: 66 to 333 Hz. Appendix I §I.2.3 stops at 200 Hz, below many women's and children's voices.
pub(super) const MAX_PITCH: usize = 120;
const MIN_PITCH: usize = 24;
/// Samples compared in the search for the pitch (8 ms). Appendix I takes 20 ms: less follows a gliding voice better.
const COMPARED: usize = 64;
/// Samples the filter is found from (25 ms).
const ANALYSED: usize = 200;
/// Likeness of two periods from which the excitation is periodic in part, and in full.
const UNVOICED: f32 = 0.2;
const VOICED: f32 = 0.6;
/// Level of the noise that stands in for an unvoiced excitation: a little less than there was is heard least.
const NOISE_LEVEL: f32 = 0.7;

/// A sound that goes on.
#[derive(Clone, Debug)]
pub(super) struct Extension {
    model: Model<ORDER>,
    memory: [f32; ORDER],
    /// Excitation of the last period, and which of its samples is next.
    excitation: [f32; MAX_PITCH],
    pitch: usize,
    place: usize,
    /// How much of the excitation is periodic, 0 to 1.
    voicing: f32,
    noise: WhiteNoise,
    /// Deviation of the noise.
    deviation: f32,
    /// Level of this period, and from each period to the next: a sound that was dying away goes on so.
    level: f32,
    decay: f32,
    /// Loudest sample of the past: what is made up is not louder.
    peak: f32,
}

impl Extension {
    pub(super) fn new() -> Self {
        Extension {
            model: Model::FLAT,
            memory: [0.0; ORDER],
            excitation: [0.0; MAX_PITCH],
            pitch: MAX_PITCH,
            place: 0,
            voicing: 0.0,
            noise: WhiteNoise(1),
            deviation: 0.0,
            level: 0.0,
            decay: 1.0,
            peak: 0.0,
        }
    }

    /// Begins at the end of `past`.
    pub(super) fn begin(&mut self, past: &[f32; HISTORY]) {
        let recent = &past[HISTORY - ANALYSED..];
        self.model = model_of(recent, 0.85);
        self.peak = recent.iter().fold(0.0, |peak, x| x.abs().max(peak));
        self.memory = core::array::from_fn(|j| past[HISTORY - 1 - j]);
        let (pitch, likeness) = find_pitch(past);
        self.pitch = pitch;
        self.place = 0;
        self.voicing = ((likeness - UNVOICED) / (VOICED - UNVOICED)).clamp(0.0, 1.0);

        // What the filter does not explain is the excitation.
        let mut excitation = [0.0f32; 2 * MAX_PITCH];
        excitation.copy_from_slice(&past[ORDER..]);
        for (j, a) in self.model.a.iter().enumerate() {
            let earlier = &past[ORDER - 1 - j..];
            excitation
                .iter_mut()
                .zip(earlier)
                .for_each(|(e, x)| *e += a * x);
        }
        let end = 2 * MAX_PITCH;
        self.excitation[..pitch].copy_from_slice(&excitation[end - pitch..]);
        let power = |from: usize, to: usize| {
            let part = &excitation[end - from..end - to];
            dot(part, part) + 1.0
        };
        let (last, before) = (power(pitch, 0), power(2 * pitch, pitch));
        // The fourth root of the powers' quotient, half of the fall in dB: one period tells little of the next.
        self.decay = libm::sqrtf(libm::sqrtf((last / before).min(1.0)));
        self.level = self.decay;
        let quietest = (power(80, 0) / 80.0).min(power(160, 0) / 160.0);
        let unvoiced = libm::sqrtf(1.0 - self.voicing * self.voicing);
        self.deviation = NOISE_LEVEL * unvoiced * libm::sqrtf(quietest);
    }

    /// The next sample.
    pub(super) fn next(&mut self) -> f32 {
        let periodic = self.voicing * self.excitation[self.place];
        let excitation = self.level * (periodic + self.deviation * self.noise.next());
        self.place += 1;
        if self.place == self.pitch {
            self.place = 0;
            self.level *= self.decay;
        }
        let sample = self.model.synthesise(excitation, &mut self.memory);
        sample.clamp(-self.peak, self.peak)
    }
}

/// What stood before `frame`, [`Concealer::DELAY_SAMPLES`] of it: the frame continued backward. The pitch and the voicing are those
/// of `lost`, which it was lost from.
pub(super) fn backward(
    frame: &[f32; FRAME_SAMPLES],
    lost: &Extension,
) -> [f32; Concealer::DELAY_SAMPLES] {
    // A sound played backward has the same all-pole model.
    let model = model_of(frame, 0.3);
    let mut memory = core::array::from_fn(|j| frame[j]);
    let mut before = [0.0; Concealer::DELAY_SAMPLES];
    for (i, out) in before.iter_mut().rev().enumerate() {
        // One period later in the frame, if it is that long: the excitation there.
        let excitation = match lost.pitch - 1 {
            later if later >= i && later - i + ORDER < FRAME_SAMPLES => {
                let at = later - i;
                lost.voicing * (frame[at] + dot(&model.a, &frame[at + 1..][..ORDER]))
            }
            _ => 0.0,
        };
        *out = model.synthesise(excitation, &mut memory);
    }
    let peak = frame.iter().fold(0.0f32, |peak, x| x.abs().max(peak));
    before.map(|x| x.clamp(-peak, peak))
}

/// The all-pole model of up to [`ANALYSED`] samples. They are weighted by two arcs that meet at `top`, a part of the length.
fn model_of(samples: &[f32], top: f32) -> Model<ORDER> {
    let mut weighted = [0.0; ANALYSED];
    let weighted = &mut weighted[..samples.len()];
    for (i, (out, x)) in weighted.iter_mut().zip(samples).enumerate() {
        let place = (i as f32 + 0.5) / samples.len() as f32;
        let side = if place < top { top } else { 1.0 - top };
        let from_top = (place - top) / side;
        *out = x * (1.0 - from_top * from_top);
    }
    let sums: [f32; ORDER + 1] = autocorrelation(weighted);
    // Lags weigh less the longer they are (a bandwidth of 40 Hz), and a little white noise is added: no pole rings for long.
    let lags = core::array::from_fn(|i| sums[i + 1] / (1.0 + 0.0005 * ((i + 1) * (i + 1)) as f32));
    Model::new(sums[0] * 1.0001 + 100.0, &lags)
}

/// The lag at which the last of `past` resembles what was before it most, and how much it does, -1 to 1.
fn find_pitch(past: &[f32; HISTORY]) -> (usize, f32) {
    // Near silence the quotient is noise: a floor keeps the likeness small there.
    const FLOOR: f32 = 1_000.0;
    let recent = &past[HISTORY - COMPARED..];
    let energy = dot(recent, recent) + FLOOR;
    let mut best = (MIN_PITCH, f32::MIN);
    for lag in MIN_PITCH..=MAX_PITCH {
        let earlier = &past[HISTORY - COMPARED - lag..HISTORY - lag];
        let likeness = dot(recent, earlier) / libm::sqrtf(energy * (dot(earlier, earlier) + FLOOR));
        // Two periods resemble each other as one does: of nearly equals the shorter is taken.
        let likeness = likeness * (1.0 - 0.001 * lag as f32);
        if likeness > best.1 {
            best = (lag, likeness);
        }
    }
    best
}
