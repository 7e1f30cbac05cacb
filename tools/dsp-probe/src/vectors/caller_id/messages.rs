//! Messages, octet by octet (Telcordia GR-30-CORE and GR-31-CORE, ETSI EN 300 659-3).

use crate::signal::Random;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// 1200 bit/s, mark 1200 Hz, space 2200 Hz (GR-30-CORE).
    Bell202,
    /// 1200 bit/s, mark 1300 Hz, space 2100 Hz (EN 300 659-1).
    V23,
    /// Digits (EN 300 659-1 Annex B).
    Dtmf,
}

/// Why there is no number (EN 300 659-3 §5.4.4: ASCII P and O).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The caller withholds it.
    Private,
    /// The network does not know it.
    Unavailable,
}

impl Absence {
    fn letter(self) -> u8 {
        match self {
            Absence::Private => b'P',
            Absence::Unavailable => b'O',
        }
    }
}

/// What a display shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Calling number, empty when absent.
    pub number: String,
    /// Calling name.
    pub name: String,
    /// Month, day, hour, minute.
    pub time: Option<[u8; 4]>,
    /// Why there is no number.
    pub absence: Option<Absence>,
}

/// Type, length, parameters and checksum of a call set-up message in the multiple data message format.
pub fn mdmf(message: &Message) -> Vec<u8> {
    let mut body = Vec::new();
    let mut parameter = |kind: u8, value: &[u8]| {
        body.push(kind);
        body.push(value.len() as u8);
        body.extend_from_slice(value);
    };
    if let Some(time) = message.time {
        parameter(0x01, &eight(time));
    }
    match message.absence {
        Some(absence) => parameter(0x04, &[absence.letter()]),
        None => parameter(0x02, message.number.as_bytes()),
    }
    match message.absence {
        Some(Absence::Private) => parameter(0x08, b"P"),
        _ if message.name.is_empty() => {}
        _ => parameter(0x07, message.name.as_bytes()),
    }
    sealed(0x80, &body)
}

/// The same in the single data message format, which has no name (GR-31-CORE).
pub fn sdmf(message: &Message) -> Vec<u8> {
    let mut body = eight(message.time.unwrap_or([1, 1, 0, 0])).to_vec();
    match message.absence {
        Some(absence) => body.push(absence.letter()),
        None => body.extend_from_slice(message.number.as_bytes()),
    }
    sealed(0x04, &body)
}

fn eight(time: [u8; 4]) -> [u8; 8] {
    let mut out = [0; 8];
    for (pair, value) in out.chunks_mut(2).zip(time) {
        pair.copy_from_slice(&[b'0' + value / 10, b'0' + value % 10]);
    }
    out
}

fn sealed(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, body.len() as u8];
    out.extend_from_slice(body);
    let sum = out.iter().fold(0u8, |sum, &octet| sum.wrapping_add(octet));
    out.push(sum.wrapping_neg());
    out
}

/// Any caller at any time; in one of eight cases without number.
pub fn random_message(random: &mut Random) -> Message {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz .,-'&0123456789";
    let absence = match random.below(8) {
        0 => Some(random.pick(&[Absence::Private, Absence::Unavailable])),
        _ => None,
    };
    let digits = 3 + random.below(13);
    let letters = random.below(16);
    let any = |random: &mut Random| char::from(random.pick(LETTERS));
    // A name that begins or ends with a space would ask whether spaces are kept; they are not what is tested.
    let name: String = (0..letters).map(|_| any(random)).collect();
    let private = absence == Some(Absence::Private);
    Message {
        number: match absence {
            Some(_) => String::new(),
            None => (0..digits)
                .map(|_| char::from(b'0' + random.below(10) as u8))
                .collect(),
        },
        name: if private {
            String::new()
        } else {
            name.trim().to_owned()
        },
        time: Some([
            1 + random.below(12) as u8,
            1 + random.below(28) as u8,
            random.below(24) as u8,
            random.below(60) as u8,
        ]),
        absence,
    }
}

/// `octets` with the checksum wrong by damage of one to three octets that a sum cannot miss.
pub fn damaged(octets: &[u8], random: &mut Random) -> Vec<u8> {
    loop {
        let mut out = octets.to_vec();
        for _ in 0..1 + random.below(3) {
            // Not the length: that would make another, shorter message of it, which is cut short in any case.
            let at = 2 + random.below(out.len() - 2);
            out[at] ^= 1 << random.below(8);
        }
        if out.iter().fold(0u8, |sum, &octet| sum.wrapping_add(octet)) != 0 {
            return out;
        }
    }
}
