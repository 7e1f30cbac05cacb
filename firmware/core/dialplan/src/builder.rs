use std::collections::{BTreeMap, BTreeSet};

use telephony::LineId;

use crate::plan::TrunkIn;
use crate::{
    Device, Extension, MAX_DEVICES, MAX_NUMBER_DIGITS, MAX_PREFIX_DIGITS, MIN_NUMBER_DIGITS, Plan,
};

/// One way out of the house. Ways are tried in the order they were added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayOut {
    /// The first free one of these lines.
    Lines(Vec<LineId>),
    /// A SIP trunk, by name.
    Trunk(String),
}

/// Why a plan contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Not 2 to 6 digits.
    #[error("\"{0}\" is not an internal number: it needs 2 to 6 digits, 0 to 9")]
    BadNumber(String),
    /// Two extensions with one number.
    #[error("the number {0} is given twice")]
    DuplicateNumber(String),
    /// The prefix is not 1 to 3 digits.
    #[error("\"{0}\" cannot be the outside prefix: it needs 1 to 3 digits, 0 to 9")]
    BadPrefix(String),
    /// Nobody could tell the number from an outside call.
    #[error("the number {number} collides with the outside prefix {prefix}")]
    NumberCollidesWithPrefix {
        /// The internal number.
        number: String,
        /// The outside prefix.
        prefix: String,
    },
    /// A device in two extensions, or twice in one.
    #[error("the {device} is used twice: by {first} and by {second}")]
    DeviceUsedTwice {
        /// The device.
        device: Device,
        /// The extension that has it.
        first: String,
        /// The extension that wants it too.
        second: String,
    },
    /// More devices than can ring at once.
    #[error("the number {number} has {count} devices; the most is 16")]
    TooManyDevices {
        /// The extension.
        number: String,
        /// How many devices it was given.
        count: usize,
    },
    /// An account or trunk without a name.
    #[error("an account or trunk has an empty name")]
    EmptyName,
    /// A way out with no line in it.
    #[error("a way out names no line")]
    EmptyWayOut,
    /// A line or trunk is named twice in the ways out, or a line has two default destinations.
    #[error("{0} is given twice")]
    GivenTwice(String),
    /// One port cannot feed a phone and be a telephone line.
    #[error("{0} cannot be a phone's port and a telephone line at once")]
    PhoneAndLine(LineId),
    /// A call from outside would lead nowhere.
    #[error("calls on {from} go to {number}, which is no extension")]
    UnknownDestination {
        /// The line or trunk.
        from: String,
        /// The number that does not exist.
        number: String,
    },
}

/// Collects the numbers of an office and checks them together.
///
/// Nothing is checked before [`PlanBuilder::build`], so the order of calls does not matter, except that ways out are tried in
/// the order they are added.
#[derive(Clone, Debug)]
pub struct PlanBuilder {
    prefix: String,
    extensions: Vec<Extension>,
    ways_out: Vec<WayOut>,
    line_defaults: Vec<(LineId, String)>,
    trunk_defaults: Vec<(String, String)>,
    trunk_numbers: Vec<(String, String, String)>,
}

impl Default for PlanBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl PlanBuilder {
    /// An empty plan with outside prefix `0`.
    pub fn new() -> Self {
        PlanBuilder {
            prefix: "0".to_owned(),
            extensions: Vec::new(),
            ways_out: Vec::new(),
            line_defaults: Vec::new(),
            trunk_defaults: Vec::new(),
            trunk_numbers: Vec::new(),
        }
    }

    /// Sets what is dialled in front of outside numbers.
    pub fn outside_prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.to_owned();
        self
    }

    /// Adds an extension with call waiting.
    pub fn extension(self, number: &str, name: &str, devices: &[Device]) -> Self {
        self.add(Extension {
            number: number.to_owned(),
            name: name.to_owned(),
            devices: devices.to_vec(),
            call_waiting: true,
        })
    }

    /// Adds an extension.
    #[allow(
        clippy::should_implement_trait,
        reason = "a builder's verb, not arithmetic"
    )]
    pub fn add(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Adds the next way out.
    pub fn way_out(mut self, way: WayOut) -> Self {
        self.ways_out.push(way);
        self
    }

    /// Calls on `line` go to the extension `destination`.
    pub fn line_default(mut self, line: LineId, destination: &str) -> Self {
        self.line_defaults.push((line, destination.to_owned()));
        self
    }

    /// Calls on trunk `name` to numbers not listed go to the extension `destination`.
    pub fn trunk_default(mut self, name: &str, destination: &str) -> Self {
        self.trunk_defaults
            .push((name.to_owned(), destination.to_owned()));
        self
    }

    /// Calls on trunk `name` to `called` go to the extension `destination`.
    pub fn trunk_number(mut self, name: &str, called: &str, destination: &str) -> Self {
        self.trunk_numbers
            .push((name.to_owned(), called.to_owned(), destination.to_owned()));
        self
    }

    /// Checks everything and gives the plan.
    ///
    /// # Errors
    /// The first contradiction found.
    pub fn build(self) -> Result<Plan, PlanError> {
        if self.prefix.len() > MAX_PREFIX_DIGITS || !all_digits(&self.prefix) {
            return Err(PlanError::BadPrefix(self.prefix));
        }
        let mut extensions = BTreeMap::new();
        let mut by_device: BTreeMap<Device, String> = BTreeMap::new();
        for extension in self.extensions {
            check_number(&extension, &self.prefix)?;
            for device in &extension.devices {
                claim(&mut by_device, device, &extension.number)?;
            }
            let number = extension.number.clone();
            if extensions.insert(number.clone(), extension).is_some() {
                return Err(PlanError::DuplicateNumber(number));
            }
        }
        check_ways_out(&self.ways_out)?;

        let line_defaults = lines_in(&self.line_defaults, &extensions)?;
        let trunks = trunks_in(&self.trunk_defaults, &self.trunk_numbers, &extensions)?;
        let out = self.ways_out.iter().flat_map(|way| match way {
            WayOut::Lines(lines) => lines.as_slice(),
            WayOut::Trunk(_) => &[],
        });
        let mut lines = out.chain(line_defaults.keys());
        if let Some(line) = lines.find(|line| by_device.contains_key(&Device::Fxs(**line))) {
            return Err(PlanError::PhoneAndLine(*line));
        }
        let PlanBuilder {
            prefix, ways_out, ..
        } = self;
        Ok(Plan {
            extensions,
            by_device,
            prefix,
            ways_out,
            line_defaults,
            trunks,
        })
    }
}

type Extensions = BTreeMap<String, Extension>;

/// `number`, if it is an extension that calls on `from` can go to.
fn destination(extensions: &Extensions, from: String, number: &str) -> Result<String, PlanError> {
    let number = number.to_owned();
    if extensions.contains_key(&number) {
        Ok(number)
    } else {
        Err(PlanError::UnknownDestination { from, number })
    }
}

fn lines_in(
    defaults: &[(LineId, String)],
    extensions: &Extensions,
) -> Result<BTreeMap<LineId, String>, PlanError> {
    let mut lines = BTreeMap::new();
    for (line, number) in defaults {
        if lines
            .insert(*line, destination(extensions, line.to_string(), number)?)
            .is_some()
        {
            return Err(PlanError::GivenTwice(line.to_string()));
        }
    }
    Ok(lines)
}

fn trunks_in(
    defaults: &[(String, String)],
    numbers: &[(String, String, String)],
    extensions: &Extensions,
) -> Result<BTreeMap<String, TrunkIn>, PlanError> {
    let mut trunks: BTreeMap<String, TrunkIn> = BTreeMap::new();
    for (name, number) in defaults {
        let trunk = trunks.entry(checked_name(name)?).or_default();
        let to = destination(extensions, format!("trunk {name}"), number)?;
        if trunk.default.replace(to).is_some() {
            return Err(PlanError::GivenTwice(format!(
                "the default of trunk {name}"
            )));
        }
    }
    for (name, called, number) in numbers {
        let trunk = trunks.entry(checked_name(name)?).or_default();
        let to = destination(extensions, format!("trunk {name}, number {called}"), number)?;
        if trunk.numbers.insert(called.clone(), to).is_some() {
            return Err(PlanError::GivenTwice(format!(
                "the number {called} of trunk {name}"
            )));
        }
    }
    Ok(trunks)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn checked_name(name: &str) -> Result<String, PlanError> {
    if name.is_empty() {
        Err(PlanError::EmptyName)
    } else {
        Ok(name.to_owned())
    }
}

fn check_number(extension: &Extension, prefix: &str) -> Result<(), PlanError> {
    let number = &extension.number;
    if !(MIN_NUMBER_DIGITS..=MAX_NUMBER_DIGITS).contains(&number.len()) || !all_digits(number) {
        return Err(PlanError::BadNumber(number.clone()));
    }
    if number.starts_with(prefix) || prefix.starts_with(number.as_str()) {
        return Err(PlanError::NumberCollidesWithPrefix {
            number: number.clone(),
            prefix: prefix.to_owned(),
        });
    }
    if extension.devices.len() > MAX_DEVICES {
        return Err(PlanError::TooManyDevices {
            number: number.clone(),
            count: extension.devices.len(),
        });
    }
    Ok(())
}

fn claim(
    by_device: &mut BTreeMap<Device, String>,
    device: &Device,
    number: &str,
) -> Result<(), PlanError> {
    if matches!(device, Device::Sip(user) if user.is_empty()) {
        return Err(PlanError::EmptyName);
    }
    match by_device.insert(device.clone(), number.to_owned()) {
        None => Ok(()),
        Some(first) => Err(PlanError::DeviceUsedTwice {
            device: device.clone(),
            first,
            second: number.to_owned(),
        }),
    }
}

fn check_ways_out(ways: &[WayOut]) -> Result<(), PlanError> {
    let mut lines_seen = BTreeSet::new();
    let mut trunks_seen = BTreeSet::new();
    for way in ways {
        match way {
            WayOut::Lines(lines) if lines.is_empty() => return Err(PlanError::EmptyWayOut),
            WayOut::Lines(lines) => {
                if let Some(line) = lines.iter().find(|line| !lines_seen.insert(**line)) {
                    return Err(PlanError::GivenTwice(line.to_string()));
                }
            }
            WayOut::Trunk(name) => {
                if !trunks_seen.insert(checked_name(name)?) {
                    return Err(PlanError::GivenTwice(format!("trunk {name}")));
                }
            }
        }
    }
    Ok(())
}
