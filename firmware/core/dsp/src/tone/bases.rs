//! What entries of the table have in common: tones every country knows, kinds of line, and the plans an entry starts from.

use super::notation::segment;
use super::{
    CallerIdAlert, Companding, DcTermination, DtmfCodes, Impedance, LinePlan, OwnTones, Segment,
    TonePlan, ToneSpec,
};
use crate::caller_id::Standard;
use telephony::RingCadence;
use telephony::Tone::{Congestion, NumberUnobtainable, Ringback};

/// Receiver off hook, GR-506-CORE §17.2.7. E.180 gives none; every plan uses it because it is the loudest to the ear.
pub(super) const HOWLER: ToneSpec = ToneSpec::repeating(&[
    Segment::on(&[1400.0, 2060.0, 2450.0, 2600.0], 0.0, 100),
    Segment::off(100),
]);

/// Special information tone, E.180 §7.1: 950, 1400, 1800 Hz, 330 ms each, 1 s of silence.
pub(super) const SIT: ToneSpec = tone!(950/330 1400/330 1800/330 0/1000);

/// The same with the pauses of 30 ms that E.180 allows.
pub(super) const SIT_GAPS: ToneSpec = tone!(950/330 0/30 1400/330 0/30 1800/330 0/1000);

/// Special information tone of North America for a vacant code (GR-1162-CORE): long 985.2, short 1370.6, long 1776.7 Hz.
pub(super) const SIT_US: ToneSpec = tone!(985.2/380 1370.6/274 1776.7/380 0/1000);

/// Ringing and ringing tone of the United Kingdom and of networks it built.
pub(super) const DOUBLE: RingCadence = RingCadence::two(400, 200, 400, 2_000);

/// A line of the European Union (ETSI TBR 21).
pub(super) const ETSI_LINE: LinePlan = LinePlan {
    ring_hz: 25,
    caller_id_alert: CallerIdAlert::FirstRing,
    dtmf_codes: DtmfCodes::AToC,
    flash_sent_ms: 100,
    clear_ms: 500,
    impedance: Impedance::Z270_750_150,
    dc: DcTermination::CurrentLimited,
    companding: Companding::ALaw,
};

/// A line with DTMF caller ID behind a polarity reversal, Scandinavian manner (ETSI EN 300 659-1 Annex B).
pub(super) const REVERSAL_LINE: LinePlan = LinePlan {
    caller_id_alert: CallerIdAlert::Reversal,
    ..ETSI_LINE
};

/// A line of 600 ohms and A-law.
pub(super) const LINE_600: LinePlan = LinePlan {
    flash_sent_ms: 300,
    impedance: Impedance::R600,
    dc: DcTermination::Fcc,
    ..ETSI_LINE
};

/// A North American line: 20 Hz, mu-law (GR-506-CORE).
pub(super) const LINE_US: LinePlan = LinePlan {
    ring_hz: 20,
    flash_sent_ms: 500,
    clear_ms: 600,
    companding: Companding::MuLaw,
    ..LINE_600
};

/// The harmonised tones of Europe (after ETSI ETR 187 and TR 101 041), and the line of TBR 21.
pub(super) const EUROPE: TonePlan = TonePlan {
    country: "",
    dial: tone!(425),
    stutter_dial: stutter!(425),
    ringback: tone!(425/1000 0/4000),
    busy: tone!(425/500 0/500),
    congestion: tone!(425/200 0/200),
    number_unobtainable: SIT,
    call_waiting: tone!(425/200 0/200 425/200 0/5000),
    own: own!(425),
    also: &[],
    ring: RingCadence::EUROPE,
    caller_id: Standard::V23,
    flash_ms: (80, 400),
    line: ETSI_LINE,
    source: "",
};

/// Tones of 425 Hz on a line of 600 ohms.
pub(super) const WORLD: TonePlan = TonePlan {
    congestion: tone!(425/250 0/250),
    caller_id: Standard::Bell202,
    flash_ms: (90, 700),
    line: LINE_600,
    ..EUROPE
};

/// The North American Numbering Plan: GR-506-CORE §17.2.
pub(super) const NORTH_AMERICA: TonePlan = TonePlan {
    country: "",
    dial: tone!(350 + 440),
    stutter_dial: stutter!(350 + 440),
    ringback: tone!(440+480/2000 0/4000),
    busy: tone!(480+620/500 0/500),
    congestion: tone!(480+620/250 0/250),
    number_unobtainable: SIT_US,
    call_waiting: tone!(440/300 0/9700),
    own: OwnTones {
        hold: own!(440).hold,
        ..own!(350 + 440)
    },
    // PBXs ring and reorder like this (E.180 Suppl. 2, TIA-464).
    also: &[
        (Ringback, tone!(440+480/1000 0/3000)),
        (Congestion, tone!(480+620/300 0/200)),
        (NumberUnobtainable, SIT),
    ],
    ring: RingCadence::NORTH_AMERICA,
    caller_id: Standard::Bell202,
    flash_ms: (200, 1_100),
    line: LINE_US,
    source: "",
};
