use core::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($int:ty), $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

id!(
    /// A physical pair: the port's position on the card, counted from 0. Also its timeslot on the PCM highway.
    LineId(u16), "line "
);
id!(
    /// One party's side of a call, unique while the daemon runs.
    LegId(u32), "leg "
);
id!(
    /// One call, unique for the life of the database (the CDR's key).
    CallId(u64), "call "
);
