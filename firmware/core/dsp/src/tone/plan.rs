//! What a plan holds.

use super::{Impedance, PLANS, ToneSpec};
use crate::caller_id;
use telephony::{RingCadence, Tone};

/// What a country's telephones expect to hear and its exchanges send, and how its lines behave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TonePlan {
    /// ISO 3166 code in lower case.
    pub country: &'static str,
    /// [`Tone::Dial`].
    pub dial: ToneSpec,
    /// [`Tone::StutterDial`].
    pub stutter_dial: ToneSpec,
    /// [`Tone::Ringback`].
    pub ringback: ToneSpec,
    /// [`Tone::Busy`].
    pub busy: ToneSpec,
    /// [`Tone::Congestion`].
    pub congestion: ToneSpec,
    /// [`Tone::NumberUnobtainable`].
    pub number_unobtainable: ToneSpec,
    /// [`Tone::CallWaiting`].
    pub call_waiting: ToneSpec,
    /// Tones of the box itself, which no exchange line is listened for.
    pub own: OwnTones,
    /// Also heard from exchanges of this country (older ones, other operators): for detectors only, the box never plays these.
    pub also: &'static [(Tone, ToneSpec)],
    /// How phones ring for a normal call.
    pub ring: RingCadence,
    /// How exchanges send the caller's number, and phones expect it.
    pub caller_id: caller_id::Standard,
    /// Shortest and longest break of the loop that is a flash (register recall), in milliseconds. The shortest stays above
    /// the longest dial pulse.
    pub flash_ms: (u16, u16),
    /// The line below its tones.
    pub line: LinePlan,
    /// Where the figures come from, and which of them are convention.
    pub source: &'static str,
}

/// Tones that a private exchange gives to its own phones and that E.180 leaves to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnTones {
    /// [`Tone::Howler`].
    pub howler: ToneSpec,
    /// [`Tone::Confirmation`].
    pub confirmation: ToneSpec,
    /// [`Tone::Hold`].
    pub hold: ToneSpec,
}

/// What an installer sets on a line of this country besides its tones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePlan {
    /// Frequency of the ringing voltage in Hz, 16 to 50.
    pub ring_hz: u8,
    /// What comes before the caller's number.
    pub caller_id_alert: CallerIdAlert,
    /// First and last digit around a number sent as DTMF; also kept where FSK is usual, for lines of older exchanges.
    pub dtmf_codes: DtmfCodes,
    /// Break of the loop, in milliseconds, that a port makes for a flash towards the exchange.
    pub flash_sent_ms: u16,
    /// Milliseconds without battery by which a port tells its phone that the other party is gone (CPC, K-break).
    pub clear_ms: u16,
    /// What the line is terminated with.
    pub impedance: Impedance,
    /// The current a phone may draw.
    pub dc: DcTermination,
    /// Companding of a 64 kbit/s channel in this country's network.
    pub companding: Companding,
}

/// How an exchange wakes the phone before it sends the caller's number (ETSI EN 300 659-1, Telcordia GR-30-CORE §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerIdAlert {
    /// The number comes in the long pause of the first ring.
    FirstRing,
    /// A ring pulse of 200 to 300 ms (RP-AS), the number, then ringing.
    RingPulse,
    /// The dual-tone alerting signal (2130 and 2750 Hz), the number, then ringing.
    DualTone,
    /// Polarity reversal, the dual-tone alerting signal, the number, then ringing (BT SIN 242).
    ReversalAndDualTone,
    /// Polarity reversal, the number, then ringing: usual with DTMF.
    Reversal,
    /// None: the number, then ringing.
    Nothing,
}

/// Start and end of a number sent as DTMF (ETSI EN 300 659-1 Annex B and its national variants).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtmfCodes {
    /// `A` number `C`: most countries; `B00C` no number, `B10C` withheld.
    AToC,
    /// `D` number `C`: Taiwan, Kuwait.
    DToC,
    /// `A` number `#`: Denmark; `D1#` withheld, `D2#` international, `D3#` not available.
    AToHash,
    /// Number `#`: older exchanges of Denmark and the Netherlands.
    ToHash,
}

impl DtmfCodes {
    /// The digit before the number, if any.
    pub const fn start(self) -> Option<char> {
        match self {
            DtmfCodes::AToC | DtmfCodes::AToHash => Some('A'),
            DtmfCodes::DToC => Some('D'),
            DtmfCodes::ToHash => None,
        }
    }

    /// The digit behind the number.
    pub const fn end(self) -> char {
        match self {
            DtmfCodes::AToC | DtmfCodes::DToC => 'C',
            DtmfCodes::AToHash | DtmfCodes::ToHash => '#',
        }
    }
}

/// How a port that is an analog phone draws current from the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DcTermination {
    /// As North American phones: low resistance at any current (FCC Part 68).
    Fcc,
    /// At most 60 mA (ETSI TBR 21).
    CurrentLimited,
    /// Little voltage left on the line at 20 mA: Japan, China and other countries of low feed voltage.
    LowVoltage,
}

impl DcTermination {
    /// Short name for settings and logs.
    pub const fn name(self) -> &'static str {
        match self {
            DcTermination::Fcc => "FCC",
            DcTermination::CurrentLimited => "TBR21",
            DcTermination::LowVoltage => "low voltage",
        }
    }
}

/// Which of the two laws of ITU-T G.711.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Companding {
    /// A-law: most of the world, and every call between countries of different laws (G.711 §3.4).
    ALaw,
    /// Mu-law: North America, Japan and a few more.
    MuLaw,
}

impl TonePlan {
    /// What `tone` sounds like here.
    pub const fn spec(&self, tone: Tone) -> &ToneSpec {
        match tone {
            Tone::Dial => &self.dial,
            Tone::StutterDial => &self.stutter_dial,
            Tone::Ringback => &self.ringback,
            Tone::Busy => &self.busy,
            Tone::Congestion => &self.congestion,
            Tone::NumberUnobtainable => &self.number_unobtainable,
            Tone::CallWaiting => &self.call_waiting,
            Tone::Howler => &self.own.howler,
            Tone::Confirmation => &self.own.confirmation,
            Tone::Hold => &self.own.hold,
        }
    }

    /// Everything that is heard as `tone` here: what the box plays first, then what else exchanges send.
    pub fn heard_as(&self, tone: Tone) -> impl Iterator<Item = &ToneSpec> {
        let also = self.also.iter().filter(move |(of, _)| *of == tone);
        core::iter::once(self.spec(tone)).chain(also.map(|(_, spec)| spec))
    }
}

/// The plan of `country`: an ISO 3166 code in either case, `uk` also for `gb`.
pub fn plan(country: &str) -> Option<&'static TonePlan> {
    let wanted = if country.eq_ignore_ascii_case("uk") {
        "gb"
    } else {
        country
    };
    PLANS
        .iter()
        .find(|p| p.country.eq_ignore_ascii_case(wanted))
}
