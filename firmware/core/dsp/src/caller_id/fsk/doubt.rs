//! How sure a message is, from the log-likelihood of each of its bits.

/// Floor of the noise's amplitude against the weaker tone's.
const QUIETEST: f32 = 0.03;

/// The nearest other readings of a message.
///
/// One wrong bit never keeps the checksum; the nearest message that does differs in two bits of the same place of two octets.
/// A message is believed when even the likeliest of those is far less likely than itself.
#[derive(Clone, Debug)]
pub struct Doubt {
    /// For each place in an octet the two bits that came closest to being read otherwise.
    nearest: [[f32; 2]; 8],
    noise: f32,
    bits: f32,
}

impl Doubt {
    pub fn new() -> Self {
        Doubt {
            nearest: [[f32::MAX; 2]; 8],
            noise: 0.0,
            bits: 0.0,
        }
    }

    /// A tone came out of its filter by this much too strong or too weak.
    pub fn noise(&mut self, excess: f32) {
        self.noise += excess * excess;
        self.bits += 1.0;
    }

    /// A data bit, its place (0 is the first sent) and log-likelihood times the noise power.
    pub fn bit(&mut self, place: usize, soft: f32) {
        let [least, second] = &mut self.nearest[place % 8];
        if soft < *least {
            *second = *least;
            *least = soft;
        } else if soft < *second {
            *second = soft;
        }
    }

    /// By how much, as natural logarithm, the message is likelier than the nearest other; `level` is the weaker tone's.
    pub fn margin(&self, level: f32) -> f32 {
        let floor = (QUIETEST * level) * (QUIETEST * level);
        let noise = (self.noise / self.bits.max(1.0)).max(floor);
        let nearest = self.nearest.iter().map(|[a, b]| a + b);
        nearest.fold(f32::MAX, f32::min) / noise
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_weak_bits_of_one_place_are_doubtful_and_of_two_places_are_not() {
        let clear = || {
            let mut doubt = Doubt::new();
            for n in 0..80 {
                doubt.bit(n % 8, 1.0);
                doubt.noise(0.2);
            }
            doubt
        };
        assert!((clear().margin(1.0) - 2.0 / 0.04).abs() < 0.1);
        let mut apart = clear();
        apart.bit(1, 0.1);
        apart.bit(2, 0.1);
        assert!(apart.margin(1.0) > 20.0);
        let mut together = clear();
        together.bit(1, 0.1);
        together.bit(1, 0.1);
        assert!(together.margin(1.0) < 6.0);
    }
}
