use std::collections::BTreeMap;

use telephony::{Cause, Digits, LineId};

use crate::{Device, MAX_OUTSIDE_DIGITS, Origin, PlanBuilder, Route, Target, WayOut};

/// An internal number and what rings for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// 2 to 6 digits.
    pub number: String,
    /// Shown as the caller's name; may be empty.
    pub name: String,
    /// Rung all at once; may be empty (nobody there: [`Cause::SubscriberAbsent`]).
    pub devices: Vec<Device>,
    /// Whether a second call knocks on its analog phones while they are in use.
    pub call_waiting: bool,
}

/// What a string of dialled digits means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It leads somewhere.
    Match {
        /// Where.
        route: Route,
        /// Whether a longer string could lead elsewhere: wait for the inter-digit timer or `#` before using it.
        more_possible: bool,
    },
    /// A beginning of something. Never the answer when the caller ended the number.
    NeedMore,
    /// It leads nowhere, whatever follows.
    NoMatch(Cause),
}

/// A trunk's incoming side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrunkIn {
    pub(crate) default: Option<String>,
    pub(crate) numbers: BTreeMap<String, String>,
}

/// The office's numbers. Immutable; a change is a new plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(crate) extensions: BTreeMap<String, Extension>,
    pub(crate) by_device: BTreeMap<Device, String>,
    pub(crate) prefix: String,
    pub(crate) ways_out: Vec<WayOut>,
    pub(crate) line_defaults: BTreeMap<LineId, String>,
    pub(crate) trunks: BTreeMap<String, TrunkIn>,
}

impl Plan {
    /// Starts an empty plan with outside prefix `0`.
    pub fn builder() -> PlanBuilder {
        PlanBuilder::new()
    }

    /// What `digits`, dialled by `origin`, mean. `ended` says that no digit will follow: the caller pressed `#`, a timer ran
    /// out, or the number came whole. A trailing `#` in `digits` ends them too.
    ///
    /// Lines and trunks may reach internal numbers only: the house pays for what goes out, so the outside prefix answers them
    /// with [`Cause::OutgoingBarred`].
    pub fn dialled(&self, digits: &str, origin: &Origin, ended: bool) -> Verdict {
        let (digits, ended) = match digits.strip_suffix('#') {
            Some(rest) => (rest, true),
            None => (digits, ended),
        };
        if digits.is_empty() {
            return if ended {
                Verdict::NoMatch(Cause::InvalidNumberFormat)
            } else {
                Verdict::NeedMore
            };
        }
        if let Some(number) = digits.strip_prefix(self.prefix.as_str()) {
            return self.outside(number, origin, ended);
        }
        if let Some(extension) = self.extensions.get(digits) {
            let more_possible = !ended && self.longer_number_exists(digits);
            return Verdict::Match {
                route: route_to(extension),
                more_possible,
            };
        }
        let beginning = self.prefix.starts_with(digits) || self.longer_number_exists(digits);
        match (beginning, ended) {
            (true, false) => Verdict::NeedMore,
            (true, true) => Verdict::NoMatch(Cause::InvalidNumberFormat),
            (false, _) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                Verdict::NoMatch(Cause::UnallocatedNumber)
            }
            (false, _) => Verdict::NoMatch(Cause::InvalidNumberFormat),
        }
    }

    /// Where a call that arrives from outside goes: on a line to the line's default destination, on a trunk to the extension
    /// of the called number or else to the trunk's default. A device's number came whole, as in [`Plan::dialled`].
    ///
    /// # Errors
    /// The cause to refuse the call with.
    pub fn incoming(&self, origin: &Origin, called: &str) -> Result<Route, Cause> {
        let number = match origin {
            Origin::Device(_) => {
                return match self.dialled(called, origin, true) {
                    Verdict::Match { route, .. } => Ok(route),
                    Verdict::NeedMore => Err(Cause::InvalidNumberFormat),
                    Verdict::NoMatch(cause) => Err(cause),
                };
            }
            Origin::Line(line) => self
                .line_defaults
                .get(line)
                .ok_or(Cause::NoRouteToDestination)?,
            Origin::Trunk(name) => {
                let trunk = self.trunks.get(name).ok_or(Cause::NoRouteToDestination)?;
                trunk
                    .numbers
                    .get(called)
                    .or(trunk.default.as_ref())
                    .ok_or(Cause::UnallocatedNumber)?
            }
        };
        self.extensions
            .get(number)
            .map(route_to)
            .ok_or(Cause::UnallocatedNumber)
    }

    /// The extension a device belongs to.
    pub fn extension_of(&self, device: &Device) -> Option<&Extension> {
        self.extensions.get(self.by_device.get(device)?)
    }

    /// The extension of a number.
    pub fn extension(&self, number: &str) -> Option<&Extension> {
        self.extensions.get(number)
    }

    /// Every extension, in the order of numbers.
    pub fn extensions(&self) -> impl Iterator<Item = &Extension> {
        self.extensions.values()
    }

    /// Whether a second call knocks on this device while it is in use.
    pub fn call_waiting(&self, device: &Device) -> bool {
        self.extension_of(device)
            .is_some_and(|extension| extension.call_waiting)
    }

    /// What is dialled in front of an outside number.
    pub fn outside_prefix(&self) -> &str {
        &self.prefix
    }

    fn outside(&self, number: &str, origin: &Origin, ended: bool) -> Verdict {
        if !matches!(origin, Origin::Device(_)) {
            return Verdict::NoMatch(Cause::OutgoingBarred);
        }
        if self.ways_out.is_empty() {
            return Verdict::NoMatch(Cause::NoRouteToDestination);
        }
        if number.is_empty() {
            return if ended {
                Verdict::NoMatch(Cause::InvalidNumberFormat)
            } else {
                Verdict::NeedMore
            };
        }
        let dialable = number.len() <= MAX_OUTSIDE_DIGITS
            && number.bytes().all(|b| b.is_ascii_digit() || b == b'*');
        let Some(digits) = Digits::parse(number).ok().filter(|_| dialable) else {
            return Verdict::NoMatch(Cause::InvalidNumberFormat);
        };
        let steps = self.ways_out.iter().map(|way| match way {
            WayOut::Lines(lines) => vec![Target::Line {
                lines: lines.clone(),
                digits,
            }],
            WayOut::Trunk(name) => vec![Target::Trunk {
                name: name.clone(),
                number: number.to_owned(),
            }],
        });
        let route = Route {
            number: number.to_owned(),
            name: String::new(),
            steps: steps.collect(),
        };
        Verdict::Match {
            route,
            more_possible: !ended && number.len() < MAX_OUTSIDE_DIGITS,
        }
    }

    fn longer_number_exists(&self, digits: &str) -> bool {
        let from = (
            std::ops::Bound::Excluded(digits),
            std::ops::Bound::Unbounded,
        );
        self.extensions
            .range::<str, _>(from)
            .next()
            .is_some_and(|(number, _)| number.starts_with(digits))
    }
}

fn route_to(extension: &Extension) -> Route {
    Route {
        number: extension.number.clone(),
        name: extension.name.clone(),
        steps: vec![
            extension
                .devices
                .iter()
                .cloned()
                .map(Target::Device)
                .collect(),
        ],
    }
}
