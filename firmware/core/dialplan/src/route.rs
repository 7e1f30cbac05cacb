use core::fmt;

use telephony::{Digits, LineId};

/// Something inside the house that rings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// The analog phone on this FXS port.
    Fxs(LineId),
    /// The SIP account of this user name, with all its registered contacts.
    Sip(String),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Fxs(line) => write!(f, "phone on {line}"),
            Device::Sip(user) => write!(f, "account {user}"),
        }
    }
}

/// Where a party is: what a call comes from, or what it was sent to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A phone of the house.
    Device(Device),
    /// A telephone line on this FXO port.
    Line(LineId),
    /// The SIP trunk of this name.
    Trunk(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Device(device) => device.fmt(f),
            Origin::Line(line) => line.fmt(f),
            Origin::Trunk(name) => write!(f, "trunk {name}"),
        }
    }
}

/// One thing to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Ring this device.
    Device(Device),
    /// Seize the first free one of these lines and outpulse the digits.
    Line {
        /// Candidates, in order of preference.
        lines: Vec<LineId>,
        /// What to outpulse, without the outside prefix.
        digits: Digits,
    },
    /// Call through a SIP trunk.
    Trunk {
        /// The trunk's name.
        name: String,
        /// The number to call, without the outside prefix.
        number: String,
    },
}

/// The way to a number: steps tried in order, the targets of one step all at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The number it leads to: an extension's, or the outside number without its prefix.
    pub number: String,
    /// The name of the extension; empty for outside numbers.
    pub name: String,
    /// Alternatives in order. An extension without devices has one empty step: nobody is there.
    pub steps: Vec<Vec<Target>>,
}

impl Route {
    /// Whether the route leaves the house.
    pub fn is_outside(&self) -> bool {
        self.steps
            .iter()
            .flatten()
            .any(|target| !matches!(target, Target::Device(_)))
    }
}
