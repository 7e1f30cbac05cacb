//! Linear prediction: the autocorrelation of a piece of sound, and the all-pole filter that shapes white noise like it.

/// Sum of products, in eight partial sums so that the compiler may use vector registers and every machine adds in the same order.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (heads, tails) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = (heads.remainder().iter().zip(tails.remainder()))
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in heads.zip(tails) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7)) + rest
}

/// The sums of `x[i] x[i - lag]` for the lags from 0.
pub(crate) fn autocorrelation<const LAGS: usize>(x: &[f32]) -> [f32; LAGS] {
    core::array::from_fn(|lag| dot(&x[lag..], &x[..x.len() - lag]))
}

/// An all-pole model `1 / A(z)`, `A(z) = 1 + a1 z^-1 + ... `, stable by construction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Model<const ORDER: usize> {
    /// a1 and on.
    pub a: [f32; ORDER],
    /// Reflection coefficients, each between -1 and 1; k1 is negative for low-pass sound.
    pub k: [f32; ORDER],
    /// What is left of the power by the inverse filter: the power of the excitation per power of the sound.
    pub residue: f32,
}

impl<const ORDER: usize> Model<ORDER> {
    /// A flat spectrum.
    pub(crate) const FLAT: Self = Model {
        a: [0.0; ORDER],
        k: [0.0; ORDER],
        residue: 1.0,
    };

    /// The model of a sound with the autocorrelation `r0` and, from lag 1, `r` (Levinson-Durbin); flat if there is no sound.
    pub(crate) fn new(r0: f32, r: &[f32; ORDER]) -> Self {
        let mut model = Self::FLAT;
        if r0 <= 0.0 {
            return model;
        }
        for m in 0..ORDER {
            let mut sum = r[m];
            for j in 0..m {
                sum += model.a[j] * r[m - 1 - j];
            }
            let k = -sum / (r0 * model.residue);
            // Only rounding gets here: what is known so far is kept.
            if !(k > -0.9999 && k < 0.9999) {
                break;
            }
            model.step_up(m, k);
        }
        model
    }

    /// The model with these reflection coefficients, each brought into -0.9999 to 0.9999.
    pub(crate) fn from_reflection(k: &[f32; ORDER]) -> Self {
        let mut model = Self::FLAT;
        for (m, k) in k.iter().enumerate() {
            model.step_up(m, k.clamp(-0.9999, 0.9999));
        }
        model
    }

    /// From order `m` to `m + 1`.
    fn step_up(&mut self, m: usize, k: f32) {
        let before = self.a;
        for j in 0..m {
            self.a[j] = before[j] + k * before[m - 1 - j];
        }
        self.a[m] = k;
        self.k[m] = k;
        self.residue *= 1.0 - k * k;
    }

    /// One sample of the synthesis filter; `memory` holds its last outputs, newest first.
    #[inline]
    pub(crate) fn synthesise(&self, excitation: f32, memory: &mut [f32; ORDER]) -> f32 {
        // The newest output is added last: all other products can be ready before it is.
        let mut y = excitation;
        for j in (0..ORDER).rev() {
            y -= self.a[j] * memory[j];
        }
        memory.copy_within(..ORDER - 1, 1);
        memory[0] = y;
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: r = 1, 1/2, 1/4 is a first-order process with a1 = -1/2, excitation 3/4.
    #[test]
    fn a_first_order_process_by_hand() {
        let model = Model::new(1.0, &[0.5, 0.25]);
        assert_eq!(model.k, [-0.5, 0.0]);
        assert_eq!(model.a, [-0.5, 0.0]);
        assert_eq!(model.residue, 0.75);
        assert_eq!(Model::from_reflection(&model.k), model);
    }

    /// By hand: k1 = -0.8, k2 = 0.5 steps up to a1 = -0.8 + 0.5 x -0.8 = -1.2, a2 = 0.5; residue 0.36 x 0.75.
    #[test]
    fn a_second_order_model_by_hand() {
        let model = Model::from_reflection(&[-0.8, 0.5]);
        assert!((model.a[0] + 1.2).abs() < 1e-6 && model.a[1] == 0.5);
        assert!((model.residue - 0.27).abs() < 1e-6);
        let mut memory = [0.0; 2];
        let impulse: [f32; 3] =
            core::array::from_fn(|n| model.synthesise(if n == 0 { 1.0 } else { 0.0 }, &mut memory));
        assert!((impulse[1] - 1.2).abs() < 1e-6 && (impulse[2] - 0.94).abs() < 1e-6);
    }

    #[test]
    fn silence_and_nonsense_give_a_flat_or_stable_model() {
        assert_eq!(Model::new(0.0, &[0.0; 8]), Model::FLAT);
        for r in [[1.0; 8], [-1.0; 8], [f32::NAN; 8], [9.0; 8]] {
            let model = Model::new(1.0, &r);
            assert!(model.k.iter().all(|k| k.abs() < 1.0), "{model:?}");
        }
    }

    #[test]
    fn autocorrelation_and_dot_are_the_plain_sums() {
        let x: [f32; 11] = core::array::from_fn(|i| (i as f32) - 4.0);
        let r: [f32; 3] = autocorrelation(&x);
        assert_eq!(
            r,
            [
                121.0 - 0.0,
                x.windows(2).map(|w| w[0] * w[1]).sum(),
                x.windows(3).map(|w| w[0] * w[2]).sum()
            ]
        );
    }
}
