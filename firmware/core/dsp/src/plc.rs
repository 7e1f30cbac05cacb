//! Packet loss concealment of the class of ITU-T G.711 Appendix I: the last pitch periods of the past are repeated, first one,
//! then two and three of them, faded out over 60 ms, and joined to what comes before and after by overlap.

use crate::oscillator::to_i16;
use telephony::{FRAME_SAMPLES, Frame};

/// Past kept: three and a quarter of the longest pitch (Appendix I §I.2.1: 48.75 ms).
const HISTORY: usize = 390;
/// Longest and shortest pitch searched: 66 to 200 Hz (§I.2.3).
const MAX_PITCH: usize = 120;
const MIN_PITCH: usize = 40;
/// Samples correlated in the search (20 ms).
const CORRELATED: usize = 160;
/// Full level lasts one lost frame of 10 ms, then falls by a fifth each frame (§I.2.7): silence after 60 ms.
const FADE_PER_FRAME: f32 = 0.2;
/// Longest overlap with the first frame after a loss (§I.2.6: a quarter pitch and 4 ms a lost frame, at most 10 ms).
const MAX_OVERLAP: usize = FRAME_SAMPLES;

/// Hides lost frames.
#[derive(Clone, Debug)]
pub struct Concealer {
    /// What was decoded or synthesised, newest last; the output lags [`Concealer::DELAY_SAMPLES`] behind its end.
    history: [i16; HISTORY],
    /// The history as it was when the loss began: what is repeated.
    past: [i16; HISTORY],
    pitch: usize,
    /// Pitch periods in the repeated stretch, and where in it the next sample is.
    periods: usize,
    offset: usize,
    /// The shorter stretch's next samples, blended out when the stretch grows.
    handover: [f32; Concealer::DELAY_SAMPLES],
    handover_left: usize,
    /// Frames lost in a row.
    lost: u32,
}

impl Default for Concealer {
    fn default() -> Self {
        Self::new()
    }
}

impl Concealer {
    /// How much later speech comes out than it went in: 3.75 ms (Appendix I §I.2.2), the time to join a loss smoothly.
    pub const DELAY_SAMPLES: usize = 30;

    /// With silence as its past.
    pub fn new() -> Self {
        Concealer {
            history: [0; HISTORY],
            past: [0; HISTORY],
            pitch: MIN_PITCH,
            periods: 1,
            offset: 0,
            handover: [0.0; Self::DELAY_SAMPLES],
            handover_left: 0,
            lost: 0,
        }
    }

    /// A frame arrived: replaced by what to play, [`Concealer::DELAY_SAMPLES`] later than it came.
    pub fn good(&mut self, frame: &mut Frame) {
        if self.lost > 0 {
            self.rejoin(frame);
            self.lost = 0;
        }
        self.store(frame);
        self.deliver(frame);
    }

    /// A frame did not arrive: `frame` becomes what to play instead.
    pub fn lost(&mut self, frame: &mut Frame) {
        match self.lost {
            0 => self.begin(),
            1 | 2 => self.lengthen(),
            _ => {}
        }
        let from = self.fade(self.lost);
        let to = self.fade(self.lost + 1);
        for (i, out) in frame.iter_mut().enumerate() {
            let gain = from + (to - from) * i as f32 / FRAME_SAMPLES as f32;
            *out = to_i16(self.repeated() * gain);
        }
        self.lost = self.lost.saturating_add(1);
        self.store(frame);
        self.deliver(frame);
    }

    /// Level at the start of the `n`th lost frame, counted from 0.
    fn fade(&self, n: u32) -> f32 {
        (1.0 - FADE_PER_FRAME * n.saturating_sub(1) as f32).max(0.0)
    }

    fn begin(&mut self) {
        self.past = self.history;
        self.pitch = self.find_pitch();
        self.periods = 1;
        self.handover_left = 0;
        // The samples not yet played lead into the repetition (§I.2.4): they are the overlapped end of its first period.
        let quarter = self.quarter();
        for i in 0..quarter {
            self.offset = self.pitch - quarter + i;
            self.history[HISTORY - quarter + i] = to_i16(self.peek(0));
        }
        self.offset = 0;
    }

    /// One period more in the repeated stretch, so that it does not sound like a buzz (§I.2.5). The phase in the pitch is kept,
    /// and the old stretch hands over to the new one within a quarter period.
    fn lengthen(&mut self) {
        self.handover = core::array::from_fn(|i| self.peek(i));
        self.handover_left = self.quarter();
        self.offset %= self.pitch;
        self.periods += 1;
    }

    fn quarter(&self) -> usize {
        (self.pitch / 4).min(Self::DELAY_SAMPLES)
    }

    /// The repetition `ahead` samples from now. The end of the stretch is overlapped with what stood before its beginning, so
    /// that there is no step from one to the other.
    fn peek(&self, ahead: usize) -> f32 {
        let stretch = self.pitch * self.periods;
        let place = (self.offset + ahead) % stretch;
        let at = HISTORY - stretch + place;
        let quarter = self.quarter();
        let Some(i) = place.checked_sub(stretch - quarter) else {
            return f32::from(self.past[at]);
        };
        let weight = (i + 1) as f32 / (quarter + 1) as f32;
        f32::from(self.past[at]) * (1.0 - weight) + f32::from(self.past[at - stretch]) * weight
    }

    fn repeated(&mut self) -> f32 {
        let mut sample = self.peek(0);
        let quarter = self.quarter();
        if self.handover_left > 0 {
            let weight = self.handover_left as f32 / (quarter + 1) as f32;
            let old = self.handover[quarter - self.handover_left];
            sample = old * weight + sample * (1.0 - weight);
            self.handover_left -= 1;
        }
        self.offset = (self.offset + 1) % (self.pitch * self.periods);
        sample
    }

    /// The lag at which the last 20 ms resemble what was before them most (§I.2.3, normalised cross-correlation).
    fn find_pitch(&self) -> usize {
        let recent = &self.past[HISTORY - CORRELATED..];
        let mut best = (f32::MIN, MIN_PITCH);
        for lag in MIN_PITCH..=MAX_PITCH {
            let earlier = &self.past[HISTORY - CORRELATED - lag..HISTORY - lag];
            let (mut product, mut energy) = (0.0f32, 1.0f32);
            for (&a, &b) in recent.iter().zip(earlier) {
                product += f32::from(a) * f32::from(b);
                energy += f32::from(b) * f32::from(b);
            }
            // Near silence the quotient is noise: a floor keeps the lag short there.
            let score = product / libm::sqrtf(energy.max(CORRELATED as f32 * 64.0));
            if score > best.0 {
                best = (score, lag);
            }
        }
        best.1
    }

    /// The first frame after a loss fades in over the repetition that goes on beneath it.
    fn rejoin(&mut self, frame: &mut Frame) {
        let overlap = (self.quarter() + 32 * self.lost as usize).min(MAX_OVERLAP);
        let gain = self.fade(self.lost);
        for (i, out) in frame.iter_mut().take(overlap).enumerate() {
            let weight = (i + 1) as f32 / (overlap + 1) as f32;
            let beneath = self.repeated() * gain;
            *out = to_i16(f32::from(*out) * weight + beneath * (1.0 - weight));
        }
    }

    fn store(&mut self, frame: &Frame) {
        self.history.copy_within(FRAME_SAMPLES.., 0);
        self.history[HISTORY - FRAME_SAMPLES..].copy_from_slice(frame);
    }

    fn deliver(&self, frame: &mut Frame) {
        let end = HISTORY - Self::DELAY_SAMPLES;
        frame.copy_from_slice(&self.history[end - FRAME_SAMPLES..end]);
    }
}

#[cfg(test)]
mod tests;
