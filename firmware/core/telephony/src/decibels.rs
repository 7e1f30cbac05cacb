use core::fmt;

/// A level (dBm0) or a ratio (dB) in tenths of a decibel: it compares exactly, and comes back from a database as it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decibels(i16);

impl Decibels {
    /// Nothing louder, nothing quieter.
    pub const ZERO: Decibels = Decibels(0);

    /// From tenths of a decibel.
    pub const fn from_tenths(tenths: i16) -> Self {
        Decibels(tenths)
    }

    /// The nearest tenth to `db`, within +-3276.7; zero for what is no number.
    pub fn from_db(db: f32) -> Self {
        let tenths = 10.0 * db;
        // `as` saturates and rounds towards zero.
        Decibels((tenths + if tenths < 0.0 { -0.5 } else { 0.5 }) as i16)
    }

    /// In tenths of a decibel.
    pub const fn tenths(self) -> i16 {
        self.0
    }

    /// In decibels.
    pub fn db(self) -> f32 {
        f32::from(self.0) / 10.0
    }
}

impl fmt::Display for Decibels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.db())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn tenths_are_the_nearest_and_come_back() {
        for (db, tenths) in [
            (-13.5, -135),
            (12.04, 120),
            (-0.06, -1),
            (1e9, i16::MAX),
            (f32::NAN, 0),
        ] {
            assert_eq!(Decibels::from_db(db).tenths(), tenths, "{db}");
        }
        for tenths in -400..400 {
            let db = Decibels::from_tenths(tenths);
            assert_eq!(Decibels::from_db(db.db()), db);
        }
        assert_eq!(Decibels::from_tenths(-135).to_string(), "-13.5");
    }
}
