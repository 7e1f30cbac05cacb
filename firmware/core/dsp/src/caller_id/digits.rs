//! Caller identification in DTMF digits: what the countries send, and reading all of it.

use super::details::Details;
use super::message::Message;
use super::{CidError, Spill, Standard};
use telephony::{CallerId, Digits, Presentation, Text};

/// How digits are framed. Every one is read; this is for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum DtmfFormat {
    /// `A` number, `D` and the number that forwarded the call, `C`; `B00C` unavailable, `B10C` restricted (EN 300 659-1 Annex B;
    /// Telia, Sweden). Also Finland, Brazil, Uruguay and parts of India.
    #[default]
    Etsi,
    /// `A` number `#`; `D1#` restricted, `D2#` from abroad, `D3#` not available (TeleDanmark).
    Denmark,
    /// `D` number `C`; ten zeros when it is not known or not to be told (PTT Telecom, Netherlands). Also Iceland, Taiwan, China,
    /// Saudi Arabia and parts of India.
    Netherlands,
}

/// What the Netherlands send for a number that is not told.
const ZEROS: &[u8] = b"0000000000";

impl Spill {
    /// The digits that tell `caller` and, where the format knows it, who forwarded the call. The name cannot be sent.
    pub fn encode_dtmf(caller: &CallerId, details: &Details, format: DtmfFormat) -> Spill {
        let mut spill = Spill::empty(Standard::Dtmf);
        let known = Spill::reason(caller).is_none();
        let private = caller.presentation == Presentation::Private;
        match (format, known, private) {
            (DtmfFormat::Etsi, true, _) => {
                spill.extend(b"A");
                spill.number(&caller.number);
                if !details.redirecting.is_empty() {
                    spill.extend(b"D");
                    spill.number(&details.redirecting);
                }
                spill.extend(b"C");
            }
            (DtmfFormat::Etsi, false, true) => spill.extend(b"B10C"),
            (DtmfFormat::Etsi, false, false) => spill.extend(b"B00C"),
            (DtmfFormat::Denmark, true, _) => {
                spill.extend(b"A");
                spill.number(&caller.number);
                spill.extend(b"#");
            }
            (DtmfFormat::Denmark, false, true) => spill.extend(b"D1#"),
            (DtmfFormat::Denmark, false, false) => spill.extend(b"D3#"),
            (DtmfFormat::Netherlands, known, _) => {
                spill.extend(b"D");
                if known {
                    spill.number(&caller.number);
                } else {
                    spill.extend(ZEROS);
                }
                spill.extend(b"C");
            }
        }
        spill
    }

    /// EN 300 659-1 Annex B and Telia: up to 15 digits.
    fn number(&mut self, number: &str) {
        let digits = number.bytes().filter(u8::is_ascii_digit).take(15);
        digits.for_each(|digit| self.extend(&[digit]));
    }
}

/// What a string of DTMF digits says, start and end code included.
pub(super) fn decode(digits: &Digits) -> Result<Message, CidError> {
    let text = digits.as_str();
    let mut message = Message::default();
    let presentation = &mut message.caller.presentation;
    match text {
        "D1#" => *presentation = Presentation::Private,
        "D2#" | "D3#" => *presentation = Presentation::Unavailable,
        _ => {
            let body = text.strip_suffix(['C', '#']).ok_or(CidError::BadDigits)?;
            message.fields(body).ok_or(CidError::BadDigits)?;
        }
    }
    Ok(message)
}

impl Message {
    /// Fields of a letter and digits each: the caller `A` or, when first, `D`; who forwarded the call, `D`; information, `B`.
    fn fields(&mut self, body: &str) -> Option<()> {
        let mut rest = body;
        while let Some(start) = rest.bytes().next() {
            let field = &rest[1..];
            let end = field.find(['A', 'B', 'D']).unwrap_or(field.len());
            let (digits, next) = field.split_at(end);
            let first = rest.len() == body.len();
            if !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            match (start, digits) {
                (b'B', "00") => self.caller.presentation = Presentation::Unavailable,
                (b'B', "10") => self.caller.presentation = Presentation::Private,
                (b'B', code) if code.len() == 2 => {}
                (b'A' | b'D', "") if first => {}
                // Some networks begin the number with B.
                (b'A' | b'B' | b'D', number) if first && (start != b'B' || number.len() > 2) => {
                    self.caller.number = number_or_none(number)
                }
                (b'D', number) if !number.is_empty() => {
                    self.details.redirecting = Text::new(number);
                }
                _ => return None,
            }
            rest = next;
        }
        let caller = &mut self.caller;
        if caller.presentation != Presentation::Allowed {
            caller.number = Text::EMPTY;
        } else if caller.number.is_empty() {
            caller.presentation = Presentation::Unavailable;
        }
        (!body.is_empty()).then_some(())
    }
}

/// A number of nothing but zeros is none.
fn number_or_none(number: &str) -> Text<32> {
    if number.len() >= ZEROS.len() && number.bytes().all(|b| b == b'0') {
        return Text::EMPTY;
    }
    Text::new(number)
}
