use super::{CidError, ClockTime, Standard};
use telephony::{CallerId, Digits, Duration, Presentation, Text};

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
}

/// Parameter types of MDMF (EN 300 659-3 §5.3).
mod parameter {
    pub const TIME: u8 = 0x01;
    pub const NUMBER: u8 = 0x02;
    pub const NO_NUMBER: u8 = 0x04;
    pub const NAME: u8 = 0x07;
    pub const NO_NAME: u8 = 0x08;
}

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
    /// The message that tells `caller`: MDMF for the FSK standards; for DTMF `A` number `C`, or `B` reason `C` with reason 00
    /// unavailable and 10 restricted (EN 300 659-1 Annex B). Letters outside ASCII lose their accents or are left out.
    pub fn encode(caller: &CallerId, time: Option<ClockTime>, standard: Standard) -> Spill {
        let mut spill = Spill {
            bytes: [0; MAX_MESSAGE],
            len: 0,
            standard,
        };
        if standard == Standard::Dtmf {
            spill.dtmf(caller);
            return spill;
        }
        spill.extend(&[message_type::MDMF, 0]);
        if let Some(time) = time {
            spill.parameter(parameter::TIME, time.digits().into_iter());
        }
        match reason(caller) {
            Some(reason) => spill.parameter(parameter::NO_NUMBER, core::iter::once(reason)),
            None => spill.parameter(parameter::NUMBER, dialable(caller).take(MAX_NUMBER)),
        }
        if caller.presentation == Presentation::Private {
            spill.parameter(parameter::NO_NAME, core::iter::once(b'P'));
        } else if ascii(&caller.name).next().is_some() {
            spill.parameter(parameter::NAME, ascii(&caller.name).take(MAX_NAME));
        }
        spill.seal();
        spill
    }

    /// The single data message format, for old displays: date and number, no name. North America only.
    pub fn encode_sdmf(caller: &CallerId, time: ClockTime) -> Spill {
        let mut spill = Spill {
            bytes: [0; MAX_MESSAGE],
            len: 0,
            standard: Standard::Bell202,
        };
        spill.extend(&[message_type::SDMF, 0]);
        spill.extend(&time.digits());
        match reason(caller) {
            Some(reason) => spill.extend(&[reason]),
            None => dialable(caller)
                .take(MAX_NUMBER)
                .for_each(|b| spill.extend(&[b])),
        }
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

    fn dtmf(&mut self, caller: &CallerId) {
        match reason(caller) {
            Some(b'P') => self.extend(b"B10C"),
            Some(_) => self.extend(b"B00C"),
            None => {
                self.extend(b"A");
                dialable(caller)
                    .filter(u8::is_ascii_digit)
                    .take(MAX_NUMBER)
                    .for_each(|b| self.extend(&[b]));
                self.extend(b"C");
            }
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
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

impl ClockTime {
    fn digits(self) -> [u8; 8] {
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

/// `P` or `O` when there is no number to send.
fn reason(caller: &CallerId) -> Option<u8> {
    match caller.presentation {
        Presentation::Private => Some(b'P'),
        Presentation::Unavailable => Some(b'O'),
        Presentation::Allowed => dialable(caller).next().is_none().then_some(b'O'),
    }
}

fn dialable(caller: &CallerId) -> impl Iterator<Item = u8> + '_ {
    caller
        .number
        .as_str()
        .bytes()
        .filter(|b| b.is_ascii_digit() || b"+*#".contains(b))
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

/// Reads a whole message, type to checksum.
pub(super) fn decode(bytes: &[u8]) -> Result<(CallerId, Option<ClockTime>), CidError> {
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
    match bytes[0] {
        message_type::MDMF => decode_mdmf(body),
        message_type::SDMF => decode_sdmf(body),
        message_type => Err(CidError::UnknownMessage { message_type }),
    }
}

fn decode_sdmf(body: &[u8]) -> Result<(CallerId, Option<ClockTime>), CidError> {
    let bad = CidError::BadParameter {
        parameter: message_type::SDMF,
    };
    let (time, number) = body.split_at_checked(8).ok_or(bad)?;
    let time = ClockTime::parse(time).ok_or(bad)?;
    let mut caller = CallerId::default();
    match number {
        b"P" => caller.presentation = Presentation::Private,
        b"O" | b"" => caller.presentation = Presentation::Unavailable,
        number => caller.number = digits(number).ok_or(bad)?,
    }
    Ok((caller, Some(time)))
}

fn decode_mdmf(mut body: &[u8]) -> Result<(CallerId, Option<ClockTime>), CidError> {
    let mut caller = CallerId::default();
    let mut time = None;
    while let [kind, rest @ ..] = body {
        let bad = CidError::BadParameter { parameter: *kind };
        let (len, rest) = rest.split_first().ok_or(bad)?;
        let (value, rest) = rest.split_at_checked(usize::from(*len)).ok_or(bad)?;
        body = rest;
        match *kind {
            parameter::TIME => time = Some(ClockTime::parse(value).ok_or(bad)?),
            parameter::NUMBER => caller.number = digits(value).ok_or(bad)?,
            parameter::NAME => caller.name = latin1(value),
            parameter::NO_NUMBER => {
                caller.presentation = match value {
                    b"P" => Presentation::Private,
                    _ => Presentation::Unavailable,
                }
            }
            // Call type, diverting numbers, charge and what other countries add (EN 300 659-3 §5.3): not for the display.
            _ => {}
        }
    }
    if caller.number.as_str().is_empty() && caller.presentation == Presentation::Allowed {
        caller.presentation = Presentation::Unavailable;
    }
    Ok((caller, time))
}

/// A number may hold digits, `+`, `*`, `#` and, from some exchanges, hyphens and spaces.
fn digits(value: &[u8]) -> Option<Text<32>> {
    let allowed = |b: &u8| b.is_ascii_digit() || b"+*#- ()".contains(b);
    let text = core::str::from_utf8(value).ok()?;
    (value.len() <= 32 && value.iter().all(allowed)).then(|| Text::new(text))
}

fn latin1(value: &[u8]) -> Text<64> {
    let mut utf8 = [0u8; 128];
    let mut len = 0;
    for &byte in value
        .iter()
        .filter(|b| matches!(b, 0x20..=0x7E | 0xA0..))
        .take(64)
    {
        len += char::from(byte).encode_utf8(&mut utf8[len..]).len();
    }
    Text::new(core::str::from_utf8(&utf8[..len]).unwrap_or("").trim())
}

/// What a string of DTMF digits says, start and end code included.
pub(super) fn decode_dtmf(digits: &Digits) -> Result<CallerId, CidError> {
    let text = digits.as_str();
    let body = text.strip_suffix(['C', '#']).ok_or(CidError::BadDigits)?;
    let mut caller = CallerId::default();
    match (body.as_bytes().first(), body.get(1..).unwrap_or("")) {
        // Denmark: D1 unavailable, D2 withheld, D3 international; EN 300 659-1 Annex B: B00 and B10.
        (Some(b'B'), "00") | (Some(b'D'), "1" | "3") => {
            caller.presentation = Presentation::Unavailable
        }
        (Some(b'B'), "10") | (Some(b'D'), "2") => caller.presentation = Presentation::Private,
        (Some(b'A' | b'B' | b'D'), number) if is_number(number) => {
            // A diverting number (D) may follow: the caller is the first.
            let first = number.split(['A', 'B', 'D']).next().unwrap_or("");
            caller.number = Text::new(first);
        }
        (Some(b'A' | b'D'), "") => caller.presentation = Presentation::Unavailable,
        _ => return Err(CidError::BadDigits),
    }
    Ok(caller)
}

fn is_number(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b"ABD".contains(&b))
}
