//! Caller-ID messages: written by the exchange line, read by the telephone's display.
//!
//! Formats: Bellcore GR-30-CORE (SDMF, MDMF), ETSI EN 300 659-3 (the same for V.23), EN 300 659-1 Annex B (DTMF).

use std::collections::VecDeque;

use telephony::{Instant, Presentation};

use crate::config::{CallingNumber, IncomingCall};
use crate::dtmf::KeyReader;
use crate::fsk::{Demodulator, Modem, Received};

const SDMF: u8 = 0x04;
const MDMF: u8 = 0x80;
const DATE_TIME: u8 = 0x01;
const NUMBER: u8 = 0x02;
const NO_NUMBER: u8 = 0x04;
const NAME: u8 = 0x07;
const NO_NAME: u8 = 0x08;
/// The world has no calendar.
const NEW_YEAR: &[u8; 8] = b"01010000";

/// How the caller's number came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CidStandard {
    /// Bell 202 FSK.
    Bell202,
    /// V.23 FSK.
    V23,
    /// DTMF.
    Dtmf,
}

/// What a caller-ID display showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdShown {
    /// The number; empty when none was sent.
    pub number: String,
    /// The name; empty when none was sent. Read as ISO 8859-1.
    pub name: String,
    /// Whether the number was withheld or not known.
    pub presentation: Presentation,
    /// How it came.
    pub standard: CidStandard,
    /// Date and time as sent, `MMDDHHMM`; empty when none was.
    pub date_time: String,
    /// When it was shown.
    pub at: Instant,
}

/// Multiple-data message with checksum.
pub(crate) fn mdmf(call: &IncomingCall) -> Vec<u8> {
    let mut body = Vec::new();
    parameter(&mut body, DATE_TIME, NEW_YEAR);
    match &call.from {
        CallingNumber::Number(number) => parameter(&mut body, NUMBER, number.as_bytes()),
        CallingNumber::Private => parameter(&mut body, NO_NUMBER, b"P"),
        CallingNumber::Unavailable => parameter(&mut body, NO_NUMBER, b"O"),
    }
    if let Some(name) = &call.name {
        let latin: Vec<u8> = name
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect();
        parameter(&mut body, NAME, &latin);
    }
    close(MDMF, body, call.spoilt)
}

/// Single-data message with checksum.
pub(crate) fn sdmf(call: &IncomingCall) -> Vec<u8> {
    let mut body = NEW_YEAR.to_vec();
    match &call.from {
        CallingNumber::Number(number) => body.extend(number.bytes()),
        CallingNumber::Private => body.push(b'P'),
        CallingNumber::Unavailable => body.push(b'O'),
    }
    close(SDMF, body, call.spoilt)
}

/// The DTMF keys of EN 300 659-1 Annex B, begun with `start`.
pub(crate) fn keys(call: &IncomingCall, start: char) -> String {
    match &call.from {
        CallingNumber::Number(number) => format!("{start}{number}C"),
        CallingNumber::Private => "B10C".to_owned(),
        CallingNumber::Unavailable => "B00C".to_owned(),
    }
}

fn parameter(body: &mut Vec<u8>, kind: u8, value: &[u8]) {
    let value = &value[..value.len().min(64)];
    body.extend([kind, value.len() as u8]);
    body.extend(value);
}

fn close(kind: u8, mut body: Vec<u8>, spoilt: bool) -> Vec<u8> {
    body.truncate(255);
    let mut message = vec![kind, body.len() as u8];
    message.append(&mut body);
    let sum = message
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    message.push(sum.wrapping_neg());
    if spoilt {
        let middle = message.len() / 2;
        message[middle] ^= 0x04;
    }
    message
}

/// Splits a message whose checksum is right.
fn read(message: &[u8], modem: Modem, at: Instant) -> Option<CallerIdShown> {
    let standard = match modem {
        Modem::Bell202 => CidStandard::Bell202,
        Modem::V23 => CidStandard::V23,
    };
    let mut shown = CallerIdShown {
        number: String::new(),
        name: String::new(),
        presentation: Presentation::Allowed,
        standard,
        date_time: String::new(),
        at,
    };
    let body = message.get(2..message.len() - 1)?;
    if message[0] == SDMF {
        shown.date_time = latin(body.get(..8)?);
        let number = latin(&body[8..]);
        match number.as_str() {
            "P" => shown.presentation = Presentation::Private,
            "O" => shown.presentation = Presentation::Unavailable,
            _ => shown.number = number,
        }
        return Some(shown);
    }
    let mut rest = body;
    while let [kind, len, tail @ ..] = rest {
        let value = tail.get(..*len as usize)?;
        rest = &tail[*len as usize..];
        match *kind {
            DATE_TIME => shown.date_time = latin(value),
            NUMBER => shown.number = latin(value),
            NAME => shown.name = latin(value),
            NO_NUMBER if value == b"P" => shown.presentation = Presentation::Private,
            NO_NUMBER => shown.presentation = Presentation::Unavailable,
            NO_NAME => {}
            _ => {}
        }
    }
    Some(shown)
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// The caller-ID display of a telephone: listens while on hook.
#[derive(Debug)]
pub(crate) struct Display {
    demodulator: Demodulator,
    message: Option<Vec<u8>>,
    keys: KeyReader,
    pressed: String,
    silence: u32,
    shown: VecDeque<CallerIdShown>,
    spoilt: u32,
}

/// Messages a display remembers.
const REMEMBERED: usize = 64;
/// Samples of silence after which it does not listen closely.
const ASLEEP: u32 = 800;
/// Samples of silence that end a DTMF message, which then was not whole.
const KEYS_OVER: u32 = 4_000;

impl Display {
    pub(crate) fn new() -> Self {
        Display {
            demodulator: Demodulator::new(),
            message: None,
            keys: KeyReader::new(),
            pressed: String::new(),
            silence: 0,
            shown: VecDeque::new(),
            spoilt: 0,
        }
    }

    pub(crate) fn shown(&self) -> Vec<CallerIdShown> {
        self.shown.iter().cloned().collect()
    }

    pub(crate) fn spoilt(&self) -> u32 {
        self.spoilt
    }

    /// Takes one sample heard on hook; returns what it newly shows.
    pub(crate) fn push(&mut self, sample: f32, now: Instant) -> Option<CallerIdShown> {
        self.silence = if sample.abs() < 2.0 {
            self.silence.saturating_add(1)
        } else {
            0
        };
        if self.silence == KEYS_OVER && !self.pressed.is_empty() {
            self.pressed.clear();
            self.spoilt += 1;
        }
        if self.silence > ASLEEP {
            return None;
        }
        let shown = match self.demodulator.push(sample) {
            Some(received) => self.receive(received, now),
            None => None,
        };
        let shown =
            shown.or_else(|| self.keys.push(sample).and_then(|key| self.press(key, now)))?;
        if self.shown.len() == REMEMBERED {
            self.shown.pop_front();
        }
        self.shown.push_back(shown.clone());
        Some(shown)
    }

    fn receive(&mut self, received: Received, now: Instant) -> Option<CallerIdShown> {
        match received {
            Received::Marks => self.message = Some(Vec::new()),
            Received::Byte(byte, modem) => {
                let message = self.message.as_mut()?;
                message.push(byte);
                if !matches!(message[0], SDMF | MDMF) {
                    self.message = None;
                } else if message.len() >= 2 && message.len() == message[1] as usize + 3 {
                    return self.complete(modem, now);
                }
            }
            Received::BadFrame | Received::Lost => {
                let begun = self
                    .message
                    .take()
                    .is_some_and(|message| !message.is_empty());
                self.spoilt += u32::from(begun);
            }
        }
        None
    }

    fn complete(&mut self, modem: Modem, now: Instant) -> Option<CallerIdShown> {
        let message = self.message.take()?;
        let right = message
            .iter()
            .fold(0u8, |sum, byte| sum.wrapping_add(*byte))
            == 0;
        let shown = if right {
            read(&message, modem, now)
        } else {
            None
        };
        self.spoilt += u32::from(shown.is_none());
        shown
    }

    fn press(&mut self, key: char, now: Instant) -> Option<CallerIdShown> {
        if self.pressed.is_empty() && !matches!(key, 'A' | 'B' | 'D') {
            return None;
        }
        if key != 'C' && key != '#' {
            if self.pressed.len() < 40 {
                self.pressed.push(key);
            }
            return None;
        }
        let pressed = std::mem::take(&mut self.pressed);
        let (presentation, number) = match pressed.as_str() {
            "B10" | "D1" => (Presentation::Private, ""),
            "B00" | "D2" | "D3" => (Presentation::Unavailable, ""),
            other => (Presentation::Allowed, &other[1..]),
        };
        Some(CallerIdShown {
            number: number.to_owned(),
            name: String::new(),
            presentation,
            standard: CidStandard::Dtmf,
            date_time: String::new(),
            at: now,
        })
    }
}
