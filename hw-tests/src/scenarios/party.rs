//! Whoever has an ear and a mouth: at an analog phone, at a SIP phone, or far away behind an exchange line.

use line_sim::Heard;

use crate::Bench;

/// One party of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The person at analog phone n.
    Phone(usize),
    /// The person at SIP phone n, in call c.
    Sip(usize, usize),
    /// The far party of exchange line n.
    Far(usize),
}

impl Party {
    /// What the notes call it: its extension, or the line it is behind.
    pub fn name(self) -> String {
        match self {
            Party::Phone(n) => (101 + n).to_string(),
            Party::Sip(n, _) => (111 + n).to_string(),
            Party::Far(n) => format!("the far party on line {}", n + 1),
        }
    }

    /// Says a sine of (Hz, dBm0), or nothing.
    pub fn say(self, bench: &mut dyn Bench, tone: Option<(f32, f32)>) {
        match (self, tone) {
            (Party::Phone(n), Some((hz, dbm0))) => bench.phone(n).say_tone(hz, dbm0),
            (Party::Phone(n), None) => bench.phone(n).be_silent(),
            (Party::Sip(n, call), tone) => {
                bench.sip(n).say(
                    call,
                    tone.map(|(hz, dbm0)| (f64::from(hz), f64::from(dbm0))),
                );
            }
            (Party::Far(n), Some((hz, dbm0))) => bench.line(n).far_say_tone(hz, dbm0),
            (Party::Far(n), None) => bench.line(n).far_be_silent(),
        }
    }

    /// The last `ms` it heard.
    pub fn heard_last(self, bench: &mut dyn Bench, ms: u32) -> Heard {
        match self {
            Party::Phone(n) => bench.phone(n).heard_last(ms),
            Party::Sip(n, call) => bench.sip(n).heard_last(call, ms),
            Party::Far(n) => bench.line(n).far_heard_last(ms),
        }
    }

    /// Presses keys: DTMF, or RFC 4733 from a SIP phone.
    pub(super) fn press(self, bench: &mut dyn Bench, keys: &str) {
        match self {
            Party::Phone(n) => bench.phone(n).dial(keys).expect("keys of a keypad"),
            Party::Sip(n, call) => bench.sip(n).press(call, keys),
            Party::Far(n) => bench.line(n).far_dial(keys).expect("keys of a keypad"),
        }
    }
}

/// What a recording sounds like, in words.
pub fn describe(heard: &Heard) -> String {
    let tones = heard.strongest_tones(4, -50.0);
    if tones.is_empty() {
        return match heard.level_dbm0() {
            level if level < -60.0 => "silence".to_owned(),
            level => format!("noise of {level:.1} dBm0"),
        };
    }
    let tones: Vec<_> = tones
        .iter()
        .map(|(hz, dbm0)| format!("{hz:.1} Hz {dbm0:.1} dBm0"))
        .collect();
    tones.join(", ")
}
