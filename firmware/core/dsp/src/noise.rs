//! White noise, the same on every machine.

/// Even noise of deviation 1: a linear congruential generator modulo 2^32 (Numerical Recipes), of which the upper bits are used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WhiteNoise(pub u32);

impl WhiteNoise {
    /// The next sample, within the square root of 3.
    #[inline]
    pub(crate) fn next(&mut self) -> f32 {
        const SPAN: f32 = 1.732_050_8;
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 8) as f32 / (1u32 << 23) as f32 - 1.0) * SPAN
    }
}
