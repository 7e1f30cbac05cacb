//! What every detector of a channel hears: one conversion, one removal of direct current, one set of measurements.
//!
//! A detector never changes what another one hears. Muting is asked for ([`crate::dtmf::Detector::muting`]) and done behind the
//! front end, on the speech that goes on to the other party.

use telephony::{FRAME_SAMPLES, Frame};

/// 10 ms of a channel, as every detector hears it.
#[derive(Clone, Debug)]
pub struct Hearing {
    /// The samples in 16-bit units, without direct current.
    pub samples: [f32; FRAME_SAMPLES],
    /// Mean square of [`Hearing::samples`].
    pub power: f32,
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
        // In lanes: one running sum would wait for itself 80 times.
        let mut squares = [0.0f32; 8];
        for lanes in self.hearing.samples.chunks_exact(8) {
            for (square, x) in squares.iter_mut().zip(lanes) {
                *square += x * x;
            }
        }
        self.hearing.power = squares.iter().sum::<f32>() / FRAME_SAMPLES as f32;
        &self.hearing
    }
}
