//! Reads messages: the single (SDMF) and the multiple data message format (MDMF), GR-31-CORE and ETSI EN 300 659-3.

use super::details::{Absence, CallType, CallingUser, Details, Forwarding, Kind};
use super::{CidError, ClockTime};
use telephony::{CallerId, Presentation, Text};

/// Most octets of a message, with type, length and checksum (the length octet bounds it).
pub const MAX_MESSAGE: usize = 258;

/// Message types (EN 300 659-3 §5.2, GR-30-CORE §2.4).
pub(super) mod message_type {
    /// Single data message format: date and number without parameters (GR-31-CORE).
    pub const SDMF: u8 = 0x04;
    /// Message waiting, single format.
    pub const SDMF_WAITING: u8 = 0x06;
    /// Call set-up, multiple data message format.
    pub const MDMF: u8 = 0x80;
    /// Message waiting, multiple format.
    pub const MDMF_WAITING: u8 = 0x82;
    /// Advice of charge.
    pub const CHARGE: u8 = 0x86;
    /// All that a message may begin with.
    pub const KNOWN: [u8; 5] = [SDMF, SDMF_WAITING, MDMF, MDMF_WAITING, CHARGE];
}

/// Parameter types of MDMF (EN 300 659-3 §5.3).
pub(super) mod parameter {
    pub const TIME: u8 = 0x01;
    pub const NUMBER: u8 = 0x02;
    pub const CALLED: u8 = 0x03;
    pub const NO_NUMBER: u8 = 0x04;
    /// GR-30-CORE: call qualifier.
    pub const QUALIFIER: u8 = 0x06;
    pub const NAME: u8 = 0x07;
    pub const NO_NAME: u8 = 0x08;
    pub const LAMP: u8 = 0x0B;
    pub const COMPLEMENTARY: u8 = 0x10;
    pub const CALL_TYPE: u8 = 0x11;
    pub const FIRST_CALLED: u8 = 0x12;
    pub const WAITING: u8 = 0x13;
    pub const FORWARDING: u8 = 0x15;
    pub const USER: u8 = 0x16;
    pub const REDIRECTING: u8 = 0x1A;
    pub const CHARGE: u8 = 0x20;
}

/// The single format's three octets that light the lamp for waiting messages, and those that put it out (GR-30-CORE).
pub(super) const LAMP_ON: [u8; 3] = [0x42; 3];
pub(super) const LAMP_OFF: [u8; 3] = [0x6F; 3];

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Message {
    pub caller: CallerId,
    pub time: Option<ClockTime>,
    pub details: Details,
}

impl ClockTime {
    pub(super) fn digits(self) -> [u8; 8] {
        let mut out = [0; 8];
        for (pair, value) in
            out.chunks_exact_mut(2)
                .zip([self.month, self.day, self.hour, self.minute])
        {
            pair[0] = b'0' + value / 10 % 10;
            pair[1] = b'0' + value % 10;
        }
        out
    }

    fn parse(digits: &[u8]) -> Option<ClockTime> {
        let mut pairs = [0u8; 4];
        if digits.len() != 8 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        for (value, pair) in pairs.iter_mut().zip(digits.chunks_exact(2)) {
            *value = (pair[0] - b'0') * 10 + pair[1] - b'0';
        }
        let [month, day, hour, minute] = pairs;
        let valid =
            (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60;
        valid.then_some(ClockTime {
            month,
            day,
            hour,
            minute,
        })
    }
}

/// Reads a whole message, type to checksum.
pub(super) fn decode(bytes: &[u8]) -> Result<Message, CidError> {
    let sum = bytes.iter().fold(0u8, |sum, &b| sum.wrapping_add(b));
    if sum != 0 {
        return Err(CidError::Checksum { sum });
    }
    let expected = bytes.get(1).map_or(3, |&len| u16::from(len) + 3);
    let body = match bytes {
        [_, _, body @ .., _] if bytes.len() == usize::from(expected) => body,
        _ => {
            return Err(CidError::CutShort {
                got: bytes.len() as u16,
                expected,
            });
        }
    };
    let message_type = bytes[0];
    match message_type {
        message_type::SDMF => decode_sdmf(body),
        message_type::SDMF_WAITING => decode_sdmf_waiting(body),
        message_type::MDMF => decode_mdmf(body, Kind::CallSetup),
        message_type::MDMF_WAITING => decode_mdmf(body, Kind::MessageWaiting),
        message_type::CHARGE => decode_mdmf(body, Kind::Charge),
        _ => Err(CidError::UnknownMessage { message_type }),
    }
}

fn decode_sdmf(body: &[u8]) -> Result<Message, CidError> {
    let bad = CidError::BadParameter {
        parameter: message_type::SDMF,
    };
    let (time, number) = body.split_at_checked(8).ok_or(bad)?;
    let mut message = Message {
        time: Some(ClockTime::parse(time).ok_or(bad)?),
        ..Message::default()
    };
    match number {
        b"P" => message.caller.presentation = Presentation::Private,
        b"O" | b"" => message.caller.presentation = Presentation::Unavailable,
        number => message.caller.number = digits(number).ok_or(bad)?,
    }
    Ok(message)
}

fn decode_sdmf_waiting(body: &[u8]) -> Result<Message, CidError> {
    let lamp = match body {
        body if *body == LAMP_ON => true,
        body if *body == LAMP_OFF => false,
        _ => {
            return Err(CidError::BadParameter {
                parameter: message_type::SDMF_WAITING,
            });
        }
    };
    let mut message = Message::default();
    message.details.kind = Kind::MessageWaiting;
    message.details.lamp = Some(lamp);
    Ok(message)
}

fn decode_mdmf(mut body: &[u8], kind: Kind) -> Result<Message, CidError> {
    let mut message = Message::default();
    message.details.kind = kind;
    if body.is_empty() {
        return Err(CidError::BadParameter { parameter: 0 });
    }
    while let [kind, rest @ ..] = body {
        let bad = CidError::BadParameter { parameter: *kind };
        let (len, rest) = rest.split_first().ok_or(bad)?;
        let (value, rest) = rest.split_at_checked(usize::from(*len)).ok_or(bad)?;
        body = rest;
        message.parameter(*kind, value).ok_or(bad)?;
    }
    let caller = &mut message.caller;
    if kind == Kind::CallSetup
        && caller.number.is_empty()
        && caller.presentation == Presentation::Allowed
    {
        caller.presentation = Presentation::Unavailable;
    }
    Ok(message)
}

impl Message {
    /// Takes one parameter; `None` when its value is none that its type allows.
    fn parameter(&mut self, kind: u8, value: &[u8]) -> Option<()> {
        let details = &mut self.details;
        match kind {
            parameter::TIME => self.time = Some(ClockTime::parse(value)?),
            parameter::NUMBER => self.caller.number = digits(value)?,
            parameter::NAME => self.caller.name = latin1(value)?,
            parameter::NO_NUMBER => {
                self.caller.presentation = match Absence::of(one(value)?) {
                    Absence::Private => Presentation::Private,
                    Absence::Unavailable => Presentation::Unavailable,
                }
            }
            parameter::NO_NAME => details.name_absence = Some(Absence::of(one(value)?)),
            parameter::CALLED => details.called = digits(value)?,
            parameter::QUALIFIER => details.long_distance = one(value)? == b'L',
            parameter::LAMP => details.lamp = Some(one(value)? != 0),
            parameter::COMPLEMENTARY => details.complementary = digits(value)?,
            parameter::CALL_TYPE => details.call_type = Some(CallType::of(one(value)?)),
            parameter::FIRST_CALLED => details.first_called = digits(value)?,
            parameter::WAITING => details.waiting = Some(one(value)?),
            parameter::FORWARDING => details.forwarding = Some(Forwarding::of(one(value)?)),
            parameter::USER => details.user = Some(CallingUser::of(one(value)?)),
            parameter::REDIRECTING => details.redirecting = digits(value)?,
            parameter::CHARGE => details.charge = printable(value)?,
            // What other countries and later editions add is not for the display: skipped.
            _ => {}
        }
        Some(())
    }
}

fn one(value: &[u8]) -> Option<u8> {
    match value {
        [octet] => Some(*octet),
        _ => None,
    }
}

/// A number may hold digits, `+`, `*`, `#` and, from some exchanges, hyphens, spaces and parentheses.
fn digits<const N: usize>(value: &[u8]) -> Option<Text<N>> {
    let allowed = |b: &u8| b.is_ascii_digit() || b"+*#- ()".contains(b);
    let text = core::str::from_utf8(value).ok()?;
    (value.len() <= N && value.iter().all(allowed)).then(|| Text::new(text))
}

fn printable<const N: usize>(value: &[u8]) -> Option<Text<N>> {
    let text = core::str::from_utf8(value).ok()?;
    let visible = value.iter().all(|b| matches!(b, b' '..=b'~'));
    (value.len() <= N && visible).then(|| Text::new(text))
}

/// A name in ISO 8859-1 (EN 300 659-3 §5.4.5); no name has control characters.
fn latin1(value: &[u8]) -> Option<Text<64>> {
    let mut utf8 = [0u8; 128];
    let mut len = 0;
    if value.len() > 64 || value.iter().any(|b| !matches!(b, 0x20..=0x7E | 0xA0..)) {
        return None;
    }
    for &byte in value {
        len += char::from(byte).encode_utf8(&mut utf8[len..]).len();
    }
    Some(Text::new(
        core::str::from_utf8(&utf8[..len]).unwrap_or("").trim(),
    ))
}
