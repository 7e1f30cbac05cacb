//! Which sines a sound is made of, from the sum of its spectra.

use super::MAX_FREQS;
use crate::spectrum::{BIN_HZ, BINS, Spectrum};
use core::ops::RangeInclusive;

/// Where tones are looked for: 200 to 3400 Hz.
const SEARCHED: core::ops::Range<usize> = 13..218;
/// A lobe of one sine or a close pair, to each side of the strongest bin.
const LOBE: usize = 3;
/// A sound has at most two lobes, which hold this share of the power together.
const LOBES: usize = 2;
const MIN_SHARE: f32 = 0.75;
/// A second lobe is not 13 dB weaker than the first: noise and distortion may be.
const WEAKEST: f32 = 0.05;
/// Second moment of a lobe from which on it is a pair.
const PAIR_HZ2: f32 = 110.0;
/// A pair in one lobe shows two tops, with a valley between them that is half as high, from 45 Hz on; there each top is a sine
/// by itself.
const VALLEY: f32 = 0.5;

/// The share of the power that two lobes hold, if that is enough for a tone.
pub(super) fn tonal_share(spectrum: &Spectrum) -> Option<f32> {
    let mut taken = 0.0;
    let mut first = NOTHING;
    for _ in 0..LOBES {
        let top = strongest(&spectrum.bins, &first)?;
        first = top.saturating_sub(LOBE)..=top + LOBE;
        taken += spectrum.bins[first.clone()].iter().sum::<f32>();
    }
    let share = (taken / spectrum.power.max(1.0)).min(1.0);
    (share > MIN_SHARE).then_some(share)
}

/// Tops nearer than this have each other's skirts in their lobes.
const NEIGHBOURS: usize = 7;
/// None of the bins searched.
const NOTHING: RangeInclusive<usize> = BINS..=BINS;

/// The strongest bin outside `other`.
fn strongest(bins: &[f32; BINS], other: &RangeInclusive<usize>) -> Option<usize> {
    SEARCHED
        .filter(|k| !other.contains(k))
        .max_by(|a, b| bins[*a].total_cmp(&bins[*b]))
}

/// The sines of a sound, lowest first, and how many.
pub(super) fn sines(sum: &Spectrum) -> ([f32; MAX_FREQS], usize) {
    let (mut freqs_hz, mut len) = ([0.0; MAX_FREQS], 0);
    let mut first = NOTHING;
    let mut least = 0.0;
    let mut tops = [0; LOBES];
    for lobe_top in &mut tops {
        let Some(top) = strongest(&sum.bins, &first) else {
            break;
        };
        first = around(&sum.bins, top, &first);
        let lobe = sum.lobe(*first.start(), *first.end());
        if lobe.power < least {
            break;
        }
        least = WEAKEST * lobe.power;
        *lobe_top = top;
        if lobe.variance_hz2 > PAIR_HZ2 {
            let off = libm::sqrtf(lobe.variance_hz2);
            freqs_hz[len] = lobe.hz - off;
            freqs_hz[len + 1] = lobe.hz + off;
            len += 2;
        } else {
            freqs_hz[len] = lobe.hz;
            len += 1;
        }
    }
    let (low, high) = (tops[0].min(tops[1]), tops[0].max(tops[1]));
    if len == 2 && low > 0 && high - low <= NEIGHBOURS {
        freqs_hz[0] = outer_hz(&sum.bins, low, -1);
        freqs_hz[1] = outer_hz(&sum.bins, high, 1);
    }
    freqs_hz[..len].sort_unstable_by(f32::total_cmp);
    (freqs_hz, len)
}

/// The frequency of a sine from the strongest bin and its neighbour on the side `step`, where another sine does not reach:
/// under a Hann window their ratio a tells the distance from the strongest, (2 a - 1) / (a + 1) bins.
fn outer_hz(bins: &[f32; BINS], top: usize, step: isize) -> f32 {
    let next = top.saturating_add_signed(step).min(BINS - 1);
    let ratio = libm::sqrtf(bins[next] / bins[top].max(1e-9));
    let off = (2.0 * ratio - 1.0) / (ratio + 1.0);
    (top as f32 + off * step as f32) * BIN_HZ
}

/// The lobe at `top`: down to a valley or to a small part of its height, and never into the other one.
fn around(bins: &[f32; BINS], top: usize, other: &RangeInclusive<usize>) -> RangeInclusive<usize> {
    let edge = |step: isize| {
        let mut k = top;
        for _ in 0..2 * LOBE {
            let next = k.saturating_add_signed(step).min(BINS - 1);
            let valley = bins[k] < VALLEY * bins[top] && bins[next] > bins[k];
            if valley || bins[k] < 0.002 * bins[top] || other.contains(&next) {
                break;
            }
            k = next;
        }
        k
    };
    edge(-1)..=edge(1)
}
