use super::{Segment, ToneSpec};
use crate::level::peak_of_sine;
use crate::oscillator::{Oscillator, to_i16};
use telephony::SAMPLE_RATE_HZ;

/// Plays a [`ToneSpec`]. Sines run on through segments of the same frequencies, so a level change does not click; after
/// silence each starts at its zero crossing.
#[derive(Clone, Debug)]
pub struct TonePlayer {
    spec: &'static ToneSpec,
    in_cycle: bool,
    index: usize,
    left: u32,
    freqs_hz: &'static [f32],
    sines: [Oscillator; Segment::MAX_FREQS],
    peak: f32,
}

impl TonePlayer {
    /// At the beginning of `spec`.
    pub fn new(spec: &'static ToneSpec) -> Self {
        let mut player = TonePlayer {
            spec,
            in_cycle: spec.intro.is_empty(),
            index: 0,
            left: 0,
            freqs_hz: &[],
            sines: [Oscillator::new(0.0); Segment::MAX_FREQS],
            peak: 0.0,
        };
        player.load();
        player
    }

    /// Overwrites `out`; silence after the end. `false` when a tone that ends by itself is over.
    pub fn fill(&mut self, out: &mut [i16]) -> bool {
        for s in out {
            *s = to_i16(self.sample());
        }
        self.playing()
    }

    /// Mixes into `out`, clipped at 16 bits. `false` when a tone that ends by itself is over.
    pub fn add(&mut self, out: &mut [i16]) -> bool {
        for s in out {
            *s = to_i16(f32::from(*s) + self.sample());
        }
        self.playing()
    }

    /// Whether anything is left to play.
    pub fn playing(&self) -> bool {
        self.left > 0
    }

    fn sample(&mut self) -> f32 {
        if self.left == 0 {
            return 0.0;
        }
        let sines = &mut self.sines[..self.freqs_hz.len()];
        let sum: f32 = sines.iter_mut().map(Oscillator::next).sum();
        let out = sum * self.peak;
        self.left -= 1;
        if self.left == 0 {
            self.index += 1;
            self.load();
        }
        out
    }

    /// Starts the segment at `index`, wrapping from the intro to the cycle and around the cycle.
    fn load(&mut self) {
        if !self.in_cycle && self.index >= self.spec.intro.len() {
            self.in_cycle = true;
            self.index = 0;
        }
        let list = if self.in_cycle {
            self.spec.cycle
        } else {
            self.spec.intro
        };
        if list.is_empty() {
            return;
        }
        self.index %= list.len();
        let segment = &list[self.index];
        self.left = (u32::from(segment.ms) * SAMPLE_RATE_HZ / 1_000).max(1);
        if segment.freqs_hz != self.freqs_hz {
            self.freqs_hz = &segment.freqs_hz[..segment.freqs_hz.len().min(Segment::MAX_FREQS)];
            for (sine, &freq) in self.sines.iter_mut().zip(self.freqs_hz) {
                *sine = Oscillator::new(freq);
            }
        }
        let each = 10.0 * libm::log10f(self.freqs_hz.len().max(1) as f32);
        self.peak = peak_of_sine(segment.level_dbm0 - each);
    }
}
