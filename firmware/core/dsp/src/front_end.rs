//! What every detector of a channel hears: one conversion, one removal of direct current, one set of measurements.
//!
//! A detector never changes what another one hears. Muting is asked for ([`crate::dtmf::Detector::muting`]) and done behind the
//! front end, on the speech that goes on to the other party.

use crate::spectrum::{FRAMES, Spectrum};
use core::cell::OnceCell;
use telephony::{FRAME_SAMPLES, Frame};

/// 10 ms of a channel, as every detector hears it.
#[derive(Clone, Debug)]
pub struct Hearing {
    /// The samples in 16-bit units, without direct current.
    pub samples: [f32; FRAME_SAMPLES],
    /// Mean square of [`Hearing::samples`].
    pub power: f32,
    /// The last frames with this one, a ring, and which of them is the newest.
    recent: [[f32; FRAME_SAMPLES]; FRAMES],
    newest: usize,
    spectrum: OnceCell<Spectrum>,
}

impl Hearing {
    /// The spectrum of the 64 ms that end here. The first detector to ask has it computed, the others share it; a channel on
    /// which none asks pays nothing.
    pub fn spectrum(&self) -> &Spectrum {
        self.spectrum.get_or_init(|| {
            Spectrum::new(core::array::from_fn(|age| {
                &self.recent[(self.newest + 1 + age) % FRAMES]
            }))
        })
    }
}

/// Turns frames into what detectors hear. One a channel.
#[derive(Clone, Debug)]
pub struct FrontEnd {
    mean: f32,
    hearing: Hearing,
}

impl Default for FrontEnd {
    fn default() -> Self {
        Self::new()
    }
}

impl FrontEnd {
    /// At rest.
    pub const fn new() -> Self {
        FrontEnd {
            mean: 0.0,
            hearing: Hearing {
                samples: [0.0; FRAME_SAMPLES],
                power: 0.0,
                recent: [[0.0; FRAME_SAMPLES]; FRAMES],
                newest: 0,
                spectrum: OnceCell::new(),
            },
        }
    }

    /// Takes the next 10 ms.
    pub fn process(&mut self, frame: &Frame) -> &Hearing {
        let sum: i32 = frame.iter().map(|&s| i32::from(s)).sum();
        let mean = sum as f32 / FRAME_SAMPLES as f32;
        // From the last frame's mean to this one's in a straight line: no step where frames meet.
        let before = self.mean;
        self.mean += 0.25 * (mean - self.mean);
        let slope = (self.mean - before) / FRAME_SAMPLES as f32;
        for (n, (out, &sample)) in self.hearing.samples.iter_mut().zip(frame).enumerate() {
            *out = f32::from(sample) - (before + slope * (n + 1) as f32);
        }
        // Eight sums side by side: one sum would wait for each addition.
        let mut lanes = [0.0f32; 8];
        for eight in self.hearing.samples.as_chunks::<8>().0 {
            for (lane, x) in lanes.iter_mut().zip(eight) {
                *lane += x * x;
            }
        }
        self.hearing.power = lanes.iter().sum::<f32>() / FRAME_SAMPLES as f32;
        self.hearing.newest = (self.hearing.newest + 1) % FRAMES;
        self.hearing.recent[self.hearing.newest] = self.hearing.samples;
        self.hearing.spectrum.take();
        &self.hearing
    }
}
