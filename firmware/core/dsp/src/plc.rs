//! Packet loss concealment, of the class of ITU-T G.711 Appendix I and with its delay, by other means.
//!
//! Forward, the sound goes on as it was made: what excited it, from pitch period to pitch period or as noise, through the all-pole
//! filter it had. When speech comes back, the new frame is continued backward in the same way into the 3.75 ms that are still
//! unplayed, and there the two meet: no sample that arrived is changed. Appendix I fades into the new frame instead and spends
//! up to 10 ms of good speech on it. What was tried and what it scored: `plc/README.md`.

mod extension;

use crate::oscillator::to_i16;
use extension::{Extension, backward};
use telephony::{FRAME_SAMPLES, Frame};

/// Past that is kept: two of the longest pitch periods, and the order of the filter.
const HISTORY: usize = 2 * extension::MAX_PITCH + extension::ORDER;
/// Frames of 10 ms after which a loss is silent.
const SILENT_FRAMES: u32 = 8;

/// Plays a stream of frames of which some are missing. Every sample comes out [`Concealer::DELAY_SAMPLES`] after it went in.
#[derive(Clone, Debug)]
pub struct Concealer {
    /// What was decoded or made up, newest last; the output lags [`Concealer::DELAY_SAMPLES`] behind its end.
    history: [f32; HISTORY],
    extension: Extension,
    /// Frames lost in a row.
    lost: u32,
}

impl Default for Concealer {
    fn default() -> Self {
        Self::new()
    }
}

impl Concealer {
    /// How much later speech comes out than it went in: 3.75 ms (Appendix I §I.2.2), the room to join a loss smoothly.
    pub const DELAY_SAMPLES: usize = 30;

    /// With silence as its past.
    pub fn new() -> Self {
        Concealer {
            history: [0.0; HISTORY],
            extension: Extension::new(),
            lost: 0,
        }
    }

    /// A frame arrived: replaced by what to play, [`Concealer::DELAY_SAMPLES`] later than it came.
    pub fn good(&mut self, frame: &mut Frame) {
        let samples = frame.map(f32::from);
        if self.lost > 0 {
            self.meet(&samples);
            self.lost = 0;
        }
        self.store(&samples);
        self.deliver(frame);
    }

    /// A frame did not arrive: `frame` becomes what to play instead.
    pub fn lost(&mut self, frame: &mut Frame) {
        if self.lost == 0 {
            self.extension.begin(&self.history);
        }
        let mut samples = [0.0; FRAME_SAMPLES];
        if self.lost < SILENT_FRAMES {
            let (from, to) = (fade(self.lost), fade(self.lost + 1));
            for (i, out) in samples.iter_mut().enumerate() {
                let gain = from + (to - from) * i as f32 / FRAME_SAMPLES as f32;
                *out = self.extension.next() * gain;
            }
        }
        self.lost = self.lost.saturating_add(1);
        self.store(&samples);
        self.deliver(frame);
    }

    /// The end of what was made up, not yet played, becomes what leads to `frame`.
    fn meet(&mut self, frame: &[f32; FRAME_SAMPLES]) {
        let before = backward(frame, &self.extension);
        let unplayed = &mut self.history[HISTORY - Self::DELAY_SAMPLES..];
        for (i, (sample, before)) in unplayed.iter_mut().zip(&before).enumerate() {
            let weight = libm::sqrtf((i as f32 + 0.5) / Self::DELAY_SAMPLES as f32);
            *sample += (before - *sample) * weight;
        }
    }

    fn store(&mut self, samples: &[f32; FRAME_SAMPLES]) {
        self.history.copy_within(FRAME_SAMPLES.., 0);
        self.history[HISTORY - FRAME_SAMPLES..].copy_from_slice(samples);
    }

    fn deliver(&self, frame: &mut Frame) {
        let end = HISTORY - Self::DELAY_SAMPLES;
        let played = &self.history[end - FRAME_SAMPLES..end];
        frame
            .iter_mut()
            .zip(played)
            .for_each(|(out, x)| *out = to_i16(*x));
    }
}

/// Level at the start of the `n`th lost frame, counted from 0: full for 10 ms, silent after 80.
fn fade(n: u32) -> f32 {
    match n {
        0 | 1 => 1.0,
        _ => 0.15 * SILENT_FRAMES.saturating_sub(n) as f32,
    }
}

#[cfg(test)]
mod tests;
