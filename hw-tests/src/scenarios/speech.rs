//! Something like speech, made here: syllables of coloured noise with pauses between. No tone in it, so nothing that listens for
//! tones is met, and every stretch of whole syllables is as loud as every other.

use line_sim::Heard;

/// Samples of a millisecond.
const MS: usize = 8;

/// How somebody speaks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    /// Chance.
    pub seed: u64,
    /// From one syllable to the next, ms; a quarter of it is pause.
    pub syllable_ms: usize,
    /// Level of all, pauses included, dBm0.
    pub dbm0: f32,
}

impl Voice {
    /// `ms` of it, a whole number of syllables.
    pub(super) fn says(&self, ms: usize) -> Vec<i16> {
        let mut chance = self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut white = move || {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            (chance >> 40) as f64 / f64::from(1 << 23) - 1.0
        };
        let spoken = self.syllable_ms * MS * 3 / 4;
        let mut samples = Vec::new();
        for _ in 0..ms / self.syllable_ms {
            // Two poles at 700 Hz: the long-term spectrum of speech falls above the first formant.
            let (mut one, mut two) = (0.0, 0.0);
            let mut syllable: Vec<f64> = (0..self.syllable_ms * MS)
                .map(|n| {
                    one += 0.42 * (white() - one);
                    two += 0.42 * (one - two);
                    let arch = std::f64::consts::PI * n.min(spoken) as f64 / spoken as f64;
                    (0.15 * one + two) * arch.sin()
                })
                .collect();
            let power = syllable.iter().map(|x| x * x).sum::<f64>() / syllable.len() as f64;
            let wanted = 32_767.0 / 2f64.sqrt() * 10f64.powf((f64::from(self.dbm0) - 3.17) / 20.0);
            let gain = wanted / power.sqrt();
            syllable.iter_mut().for_each(|x| *x *= gain);
            samples.extend(syllable.into_iter().map(|x| x.round() as i16));
        }
        samples
    }

    /// How loud it really is, dBm0: peaks beyond 16 bits are cut.
    pub(super) fn level_dbm0(&self) -> f32 {
        Heard::new(self.says(40 * self.syllable_ms)).level_dbm0()
    }
}
