//! What a canceller tells of its line: echo return loss, its enhancement, and where the echo ends.

use super::Report;
use super::fft::{Fft, SIZE};
use super::lanes::{C4, F4};
use super::model::{Filter, GROUPS, LANES};
use telephony::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

/// Forgetting of the sums, a block of far-end speech: two seconds, so that the time before it had converged soon does not count.
const KEEP: f32 = 0.995;
/// Blocks of far-end speech before anything is told: half a second.
const LEAST_BLOCKS: u32 = 50;
/// Pieces in which the end of the echo path is looked for: 1 ms.
const PIECE: usize = 8;
/// A piece belongs to the path when it holds more than this of the strongest one (-24 dB).
const PIECE_RANGE: f32 = 4e-3;
/// ... and six times as much as half of the pieces do, which hold what the line's noise has taught.
const ABOVE_MEDIAN: f32 = 6.0;
/// The telephone band, 300 to 3400 Hz, in frequencies of 50 Hz.
const BAND: core::ops::Range<usize> = 6..69;
/// Best enhancement that is told, in dB: beyond it G.711 and rounding are measured.
const MOST_DB: f32 = 60.0;

/// Sums of squares over blocks in which only the far end talks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    far: f32,
    near: f32,
    left: f32,
    blocks: u32,
    pub disabled: bool,
}

impl Figures {
    /// Sums of squares of a block, and the mean square of the line's own noise.
    pub fn note(&mut self, far: f32, near: f32, left: f32, noise: f32) {
        let noise = noise * FRAME_SAMPLES as f32;
        for (sum, now) in [
            (&mut self.far, far),
            (&mut self.near, (near - noise).max(0.0)),
            (&mut self.left, (left - noise).max(0.0)),
        ] {
            *sum = *sum * KEEP + now;
        }
        self.blocks = self.blocks.saturating_add(1);
    }

    pub fn report(&self, filter: &Filter, groups: usize) -> Report {
        let known = self.blocks >= LEAST_BLOCKS && self.near > 0.0;
        let db =
            |above: f32, below: f32| (10.0 * libm::log10f(above / below.max(1.0))).min(MOST_DB);
        Report {
            erl_db: known.then(|| db(self.far, self.near)),
            erle_db: known.then(|| db(self.near, self.left)),
            tail_found_ms: if known { tail_ms(filter, groups) } else { None },
            disabled: self.disabled,
        }
    }
}

/// Where the impulse response ends, in milliseconds.
fn tail_ms(filter: &Filter, groups: usize) -> Option<f32> {
    const PIECES: usize = FRAME_SAMPLES / PIECE;
    let mut energy = [0.0f32; GROUPS * LANES * PIECES];
    let mut time = [F4::ZERO; SIZE];
    let mut fft = Fft::NEW;
    for group in 0..groups {
        // Outside the telephone band speech has taught nothing.
        let mut weights = filter.weights[group];
        weights[..BAND.start].fill(C4::ZERO);
        weights[BAND.end..].fill(C4::ZERO);
        fft.inverse(&weights, &mut time);
        for (piece, samples) in time[..FRAME_SAMPLES].chunks_exact(PIECE).enumerate() {
            let sum = samples.iter().fold(F4::ZERO, |sum, &x| sum + x * x);
            for (lane, value) in sum.0.into_iter().enumerate() {
                energy[(group * LANES + lane) * PIECES + piece] = value;
            }
        }
    }
    let most = energy.iter().fold(0.0f32, |most, &e| most.max(e));
    let mut sorted = energy;
    let used = &mut sorted[..groups * LANES * PIECES];
    used.sort_unstable_by(f32::total_cmp);
    let least = (PIECE_RANGE * most).max(ABOVE_MEDIAN * used[used.len() / 2]);
    let last = energy.iter().rposition(|&e| e > least)?;
    Some((last + 1) as f32 * PIECE as f32 * 1_000.0 / SAMPLE_RATE_HZ as f32)
}
