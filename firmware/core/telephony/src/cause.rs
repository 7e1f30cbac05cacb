use core::fmt;

use crate::Tone;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal, $tone:expr;)*) => {
        /// Why a call ended or could not be made: an ITU-T Q.850 cause value.
        ///
        /// Every failure becomes one of these; its parties hear [`Cause::tone`] and the CDR keeps [`Cause::code`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Cause {
            $($(#[$doc])* $name = $code,)*
        }

        impl Cause {
            /// Every cause the box uses.
            pub const ALL: &'static [Cause] = &[$(Cause::$name),*];

            /// The Q.850 value; `None` when the box does not use it.
            pub const fn from_code(code: u8) -> Option<Cause> {
                match code {
                    $($code => Some(Cause::$name),)*
                    _ => None,
                }
            }

            /// Q.850's words for it.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Cause::$name => $text,)*
                }
            }

            /// The tone the remaining party hears; `None` for silence.
            pub const fn tone(self) -> Option<Tone> {
                match self {
                    $(Cause::$name => $tone,)*
                }
            }
        }
    };
}

causes! {
    /// The number does not exist.
    UnallocatedNumber = 1, "unallocated (unassigned) number", Some(Tone::NumberUnobtainable);
    /// No route leads there.
    NoRouteToDestination = 3, "no route to destination", Some(Tone::NumberUnobtainable);
    /// A party hung up.
    NormalClearing = 16, "normal call clearing", Some(Tone::Busy);
    /// The called party is engaged.
    UserBusy = 17, "user busy", Some(Tone::Busy);
    /// The called phone did not respond at all.
    NoUserResponding = 18, "no user responding", Some(Tone::Congestion);
    /// It rang, nobody answered.
    NoAnswer = 19, "no answer from user (user alerted)", Some(Tone::Busy);
    /// The called phone is not registered or unplugged.
    SubscriberAbsent = 20, "subscriber absent", Some(Tone::NumberUnobtainable);
    /// The called party refused.
    CallRejected = 21, "call rejected", Some(Tone::Busy);
    /// The line or phone is cut, failed or switched off.
    DestinationOutOfOrder = 27, "destination out of order", Some(Tone::Congestion);
    /// The dialled number is incomplete or malformed.
    InvalidNumberFormat = 28, "invalid number format (address incomplete)", Some(Tone::NumberUnobtainable);
    /// The caller may not do that.
    FacilityRejected = 29, "facility rejected", Some(Tone::Congestion);
    /// Ended, no reason given.
    NormalUnspecified = 31, "normal, unspecified", Some(Tone::Busy);
    /// No free line or channel.
    NoCircuitAvailable = 34, "no circuit/channel available", Some(Tone::Congestion);
    /// The far network failed.
    NetworkOutOfOrder = 38, "network out of order", Some(Tone::Congestion);
    /// A failure that may pass: time-out of a trunk, card fault.
    TemporaryFailure = 41, "temporary failure", Some(Tone::Congestion);
    /// The box is at its limit.
    SwitchingCongestion = 42, "switching equipment congestion", Some(Tone::Congestion);
    /// The circuit asked for is in use (glare).
    CircuitNotAvailable = 44, "requested circuit/channel not available", Some(Tone::Congestion);
    /// Outgoing calls are barred for the caller.
    OutgoingBarred = 52, "outgoing calls barred", Some(Tone::Congestion);
    /// No codec or bearer both sides have.
    BearerNotImplemented = 65, "bearer capability not implemented", Some(Tone::Congestion);
    /// The other side cannot take part.
    IncompatibleDestination = 88, "incompatible destination", Some(Tone::Congestion);
    /// A timer of the protocol ran out.
    RecoveryOnTimerExpiry = 102, "recovery on timer expiry", Some(Tone::Congestion);
    /// A fault between networks, not further known.
    Interworking = 127, "interworking, unspecified", Some(Tone::Congestion);
}

impl Cause {
    /// The Q.850 value.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        for &cause in Cause::ALL {
            assert_eq!(Cause::from_code(cause.code()), Some(cause));
        }
        assert_eq!(Cause::from_code(0), None);
    }
}
