//! What a message says beside number, name and time (ETSI EN 300 659-3 §5.4, Telcordia GR-30-CORE).

use telephony::Text;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Kind {
    /// Somebody calls (EN 300 659-3 §5.2: call setup).
    #[default]
    CallSetup,
    /// Messages wait in the network's mailbox, or no longer do.
    MessageWaiting,
    /// What a call costs or has cost (advice of charge).
    Charge,
}

/// Why something is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The caller withholds it (`P`).
    Private,
    /// The network does not know it (`O`).
    Unavailable,
}

/// Parameter 0x11, call type (EN 300 659-3 §5.4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallType {
    /// A telephone call.
    Voice,
    /// The called party has become free.
    RingBackWhenFree,
    /// Only the name is delivered.
    NameDelivery,
    /// The network's mailbox calls.
    MessageWaiting,
    /// Another, as sent.
    Other(u8),
}

/// Parameter 0x15, why the call was forwarded here (EN 300 659-3 §5.4.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// Not known.
    Unknown,
    /// The other was busy.
    Busy,
    /// The other did not answer.
    NoReply,
    /// Always.
    Unconditional,
    /// The other deflected it while it was ringing.
    DeflectedAlerting,
    /// The other deflected it at once.
    DeflectedImmediate,
    /// The other's mobile set was out of reach.
    NotReachable,
    /// Another, as sent.
    Other(u8),
}

/// Parameter 0x16, what calls (EN 300 659-3 §5.4.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallingUser {
    /// Not known.
    Unknown,
    /// A person speaks.
    Voice,
    /// A text telephone.
    Text,
    /// A member of a virtual private network.
    PrivateNetwork,
    /// A mobile set.
    Mobile,
    /// A mobile set in a virtual private network.
    MobilePrivateNetwork,
    /// A fax machine.
    Fax,
    /// A video telephone.
    Video,
    /// Electronic mail.
    Email,
    /// An operator.
    Operator,
    /// An ordinary subscriber.
    Ordinary,
    /// A subscriber with priority.
    Priority,
    /// A data call.
    Data,
    /// A test call.
    Test,
    /// Telemetry.
    Telemetry,
    /// A payphone.
    Payphone,
    /// Another, as sent.
    Other(u8),
}

/// All that is told beside the caller and the time. Empty texts and `None` were not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Details {
    /// What the message is about.
    pub kind: Kind,
    /// Why there is no name (0x08).
    pub name_absence: Option<Absence>,
    /// What sort of call (0x11).
    pub call_type: Option<CallType>,
    /// The number that was dialled (0x03).
    pub called: Text<20>,
    /// The number that was dialled first, before any forwarding (0x12).
    pub first_called: Text<20>,
    /// A second number of the caller (0x10).
    pub complementary: Text<20>,
    /// Who forwarded the call here last (0x1A); in DTMF behind the code `D`.
    pub redirecting: Text<20>,
    /// Why it was forwarded (0x15).
    pub forwarding: Option<Forwarding>,
    /// What calls (0x16).
    pub user: Option<CallingUser>,
    /// The lamp for waiting messages is to be lit or put out (0x0B; in SDMF the whole message).
    pub lamp: Option<bool>,
    /// How many messages wait (0x13).
    pub waiting: Option<u8>,
    /// What it costs, as sent (0x20).
    pub charge: Text<14>,
    /// The call comes from far (0x06 `L`, North America).
    pub long_distance: bool,
}

/// Octets and meanings, both ways.
macro_rules! coded {
    ($name:ident { $($octet:literal => $variant:ident),* $(,)? }) => {
        impl $name {
            /// The meaning of an octet.
            pub(super) const fn of(octet: u8) -> Self {
                match octet {
                    $($octet => $name::$variant,)*
                    other => $name::Other(other),
                }
            }

            /// The octet of a meaning.
            pub(super) const fn octet(self) -> u8 {
                match self {
                    $($name::$variant => $octet,)*
                    $name::Other(octet) => octet,
                }
            }
        }
    };
}

coded!(CallType { 0x01 => Voice, 0x02 => RingBackWhenFree, 0x03 => NameDelivery, 0x81 => MessageWaiting });
coded!(Forwarding {
    0x00 => Unknown, 0x01 => Busy, 0x02 => NoReply, 0x03 => Unconditional, 0x04 => DeflectedAlerting, 0x05 => DeflectedImmediate,
    0x06 => NotReachable,
});
coded!(CallingUser {
    0x00 => Unknown, 0x01 => Voice, 0x02 => Text, 0x03 => PrivateNetwork, 0x04 => Mobile, 0x05 => MobilePrivateNetwork, 0x06 => Fax,
    0x07 => Video, 0x08 => Email, 0x09 => Operator, 0x0A => Ordinary, 0x0B => Priority, 0x0C => Data, 0x0D => Test,
    0x0E => Telemetry, 0x0F => Payphone,
});

impl Absence {
    pub(super) const fn letter(self) -> u8 {
        match self {
            Absence::Private => b'P',
            Absence::Unavailable => b'O',
        }
    }

    /// `P` is private; `O` and what some networks add to it mean that it is not there.
    pub(super) const fn of(letter: u8) -> Self {
        match letter {
            b'P' => Absence::Private,
            _ => Absence::Unavailable,
        }
    }
}
