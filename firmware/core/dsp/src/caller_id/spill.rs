//! Writes messages: SDMF and MDMF (GR-31-CORE, ETSI EN 300 659-3).

use super::details::{Absence, CallingUser, Details, Forwarding, Kind};
use super::message::{LAMP_OFF, LAMP_ON, MAX_MESSAGE, message_type, parameter};
use super::{ClockTime, DtmfFormat, Standard};
use telephony::{CallerId, Duration, Presentation, Text};

/// Longest number and name of EN 300 659-3 §5.4.2 and §5.4.5.
const MAX_NUMBER: usize = 20;
const MAX_NAME: usize = 50;

/// One message ready to be sent: octets for the FSK standards, digits for DTMF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spill {
    bytes: [u8; MAX_MESSAGE],
    len: u16,
    standard: Standard,
}

impl Spill {
    pub(super) const fn empty(standard: Standard) -> Self {
        Spill {
            bytes: [0; MAX_MESSAGE],
            len: 0,
            standard,
        }
    }

    /// The message that tells `caller`: MDMF for the FSK standards, [`DtmfFormat::Etsi`] for DTMF. Letters outside ASCII lose
    /// their accents or are left out.
    pub fn encode(caller: &CallerId, time: Option<ClockTime>, standard: Standard) -> Spill {
        Self::encode_details(caller, time, &Details::default(), standard)
    }

    /// A message of any kind, with all that can be told. A name or number that is withheld is never part of it.
    pub fn encode_details(
        caller: &CallerId,
        time: Option<ClockTime>,
        details: &Details,
        standard: Standard,
    ) -> Spill {
        if standard == Standard::Dtmf {
            return Self::encode_dtmf(caller, details, DtmfFormat::Etsi);
        }
        let mut spill = Self::empty(standard);
        let message_type = match details.kind {
            Kind::CallSetup => message_type::MDMF,
            Kind::MessageWaiting => message_type::MDMF_WAITING,
            Kind::Charge => message_type::CHARGE,
        };
        spill.extend(&[message_type, 0]);
        if let Some(call_type) = details.call_type {
            spill.octet(parameter::CALL_TYPE, call_type.octet());
        }
        if let Some(time) = time {
            spill.parameter(parameter::TIME, time.digits().into_iter());
        }
        match Self::reason(caller) {
            Some(reason) if details.kind == Kind::CallSetup => {
                spill.octet(parameter::NO_NUMBER, reason);
            }
            Some(_) => {}
            None => spill.parameter(parameter::NUMBER, dialable(&caller.number)),
        }
        spill.name(caller, details);
        spill.details(details);
        spill.seal();
        spill
    }

    /// The single data message format, for old displays: date and number, no name. North America only.
    pub fn encode_sdmf(caller: &CallerId, time: ClockTime) -> Spill {
        let mut spill = Self::empty(Standard::Bell202);
        spill.extend(&[message_type::SDMF, 0]);
        spill.extend(&time.digits());
        match Self::reason(caller) {
            Some(reason) => spill.extend(&[reason]),
            None => dialable(&caller.number).for_each(|b| spill.extend(&[b])),
        }
        spill.seal();
        spill
    }

    /// The single data message format's order to light the lamp for waiting messages, or to put it out. North America only.
    pub fn encode_sdmf_lamp(on: bool) -> Spill {
        let mut spill = Self::empty(Standard::Bell202);
        spill.extend(&[message_type::SDMF_WAITING, 0]);
        spill.extend(if on { &LAMP_ON } else { &LAMP_OFF });
        spill.seal();
        spill
    }

    /// The octets on the line, type first and checksum last; for DTMF the digits in ASCII.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// How it is sent.
    pub fn standard(&self) -> Standard {
        self.standard
    }

    /// How long sending takes, from the first sample to the last.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(u64::from(super::player::samples(self)) * 125)
    }

    fn name(&mut self, caller: &CallerId, details: &Details) {
        let absence = match caller.presentation {
            Presentation::Private => Some(Absence::Private),
            _ => details.name_absence,
        };
        if let Some(absence) = absence {
            self.octet(parameter::NO_NAME, absence.letter());
        } else if ascii(&caller.name).next().is_some() {
            self.parameter(parameter::NAME, ascii(&caller.name).take(MAX_NAME));
        }
    }

    fn details(&mut self, details: &Details) {
        let numbers = [
            (parameter::CALLED, &details.called),
            (parameter::FIRST_CALLED, &details.first_called),
            (parameter::COMPLEMENTARY, &details.complementary),
            (parameter::REDIRECTING, &details.redirecting),
        ];
        for (kind, number) in numbers {
            if dialable(number).next().is_some() {
                self.parameter(kind, dialable(number));
            }
        }
        let octets = [
            (
                parameter::FORWARDING,
                details.forwarding.map(Forwarding::octet),
            ),
            (parameter::USER, details.user.map(CallingUser::octet)),
            (
                parameter::LAMP,
                details.lamp.map(|on| if on { 0xFF } else { 0 }),
            ),
            (parameter::WAITING, details.waiting),
            (parameter::QUALIFIER, details.long_distance.then_some(b'L')),
        ];
        for (kind, octet) in octets {
            if let Some(octet) = octet {
                self.octet(kind, octet);
            }
        }
        if !details.charge.is_empty() {
            let visible = details.charge.bytes().filter(|b| matches!(b, b' '..=b'~'));
            self.parameter(parameter::CHARGE, visible);
        }
    }

    /// `P` or `O` when there is no number to send.
    pub(super) fn reason(caller: &CallerId) -> Option<u8> {
        let absence = match caller.presentation {
            Presentation::Private => Some(Absence::Private),
            Presentation::Unavailable => Some(Absence::Unavailable),
            Presentation::Allowed => dialable(&caller.number)
                .next()
                .is_none()
                .then_some(Absence::Unavailable),
        };
        absence.map(Absence::letter)
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        let at = usize::from(self.len);
        if let Some(room) = self.bytes.get_mut(at..at + bytes.len()) {
            room.copy_from_slice(bytes);
            self.len += bytes.len() as u16;
        }
    }

    fn parameter(&mut self, kind: u8, value: impl Iterator<Item = u8>) {
        let at = usize::from(self.len);
        self.extend(&[kind, 0]);
        value.for_each(|b| self.extend(&[b]));
        self.bytes[at + 1] = (usize::from(self.len) - at - 2) as u8;
    }

    fn octet(&mut self, kind: u8, octet: u8) {
        self.extend(&[kind, 1, octet]);
    }

    /// Writes the length and appends the two's complement of the sum.
    fn seal(&mut self) {
        self.bytes[1] = (self.len - 2) as u8;
        let sum = self
            .as_bytes()
            .iter()
            .fold(0u8, |sum, &b| sum.wrapping_add(b));
        self.extend(&[sum.wrapping_neg()]);
    }
}

fn dialable(number: &str) -> impl Iterator<Item = u8> + '_ {
    let dialable = number
        .bytes()
        .filter(|b| b.is_ascii_digit() || b"+*#".contains(b));
    dialable.take(MAX_NUMBER)
}

/// T.50 letters of a name (EN 300 659-3 §5.4.5): Latin-1 letters lose their accents, others are left out.
fn ascii(name: &Text<64>) -> impl Iterator<Item = u8> + '_ {
    const FOLDED: &[u8; 64] = b"AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
    name.as_str().chars().filter_map(|c| match c {
        ' '..='~' => Some(c as u8),
        '\u{C0}'..='\u{FF}' => Some(FOLDED[c as usize - 0xC0]),
        _ => None,
    })
}
