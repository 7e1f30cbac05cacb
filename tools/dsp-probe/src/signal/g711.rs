//! G.711 as a quantiser, straight from its tables of decision values: what 64 kbit/s leave of a sample. No octets, no shifts:
//! nothing in common with the coder it is used to judge.

use std::sync::LazyLock;

/// What a signal went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// 16-bit linear.
    Linear,
    /// A-law (G.711 Table 1).
    A,
    /// mu-law (G.711 Table 2).
    Mu,
}

/// Positive half: upper decision value and output of each interval, in 16-bit units.
struct Half(Vec<(f64, f64)>);

/// G.711 Table 1a: 13 segments of 16 steps (32 in the first); values to 4096, a unit is 8 of 16 bits.
static A: LazyLock<Half> = LazyLock::new(|| {
    let mut half = Vec::new();
    let (mut from, mut step) = (0.0, 2.0);
    for segment in 0..8 {
        if segment > 1 {
            step *= 2.0;
        }
        for _ in 0..16 {
            half.push(((from + step) * 8.0, (from + step / 2.0) * 8.0));
            from += step;
        }
    }
    Half(half)
});

/// G.711 Table 2a: values to 8159, a unit is 4 of 16 bits; the first interval is half as wide as its neighbours.
static MU: LazyLock<Half> = LazyLock::new(|| {
    let mut half = vec![(1.0 * 4.0, 0.0)];
    let (mut from, mut step) = (1.0, 2.0);
    for segment in 0..8 {
        for _ in 0..if segment == 0 { 15 } else { 16 } {
            half.push(((from + step) * 4.0, (from + step / 2.0) * 4.0));
            from += step;
        }
        step *= 2.0;
    }
    Half(half)
});

impl Law {
    /// All three.
    pub const ALL: [Law; 3] = [Law::Linear, Law::A, Law::Mu];

    /// What comes out for `sample`.
    pub fn quantise(self, sample: f64) -> f64 {
        let sample = sample.round().clamp(-32_768.0, 32_767.0);
        let half = match self {
            Law::Linear => return sample,
            Law::A => &A.0,
            Law::Mu => &MU.0,
        };
        let at = half.partition_point(|&(upper, _)| upper <= sample.abs());
        half[at.min(half.len() - 1)].1.copysign(sample)
    }

    /// What comes out for all of `x`.
    pub fn through(self, x: &[f64]) -> Vec<i16> {
        x.iter().map(|&s| self.quantise(s) as i16).collect()
    }
}
