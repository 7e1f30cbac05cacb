//! Tone plans as data. Frequencies and cadences: ITU-T E.180 Supplement 2 (2003), and the national source named with a
//! plan. Levels: ITU-T E.180 §3 (-10 dBm0 +-5 dB), the box uses -13 dBm0; the howler is 0 dBm0.

use super::{Segment, TonePlan, ToneSpec};
use crate::caller_id::Standard;
use telephony::RingCadence;

const LEVEL_DBM0: f32 = -13.0;
const HOWLER_DBM0: f32 = 0.0;

const fn on(freqs_hz: &'static [f32], ms: u16) -> Segment {
    Segment::on(freqs_hz, LEVEL_DBM0, ms)
}

const fn off(ms: u16) -> Segment {
    Segment::off(ms)
}

/// Longest segment a table can hold; a cycle of one such segment is continuous.
const FOREVER: u16 = u16::MAX;

const US_DIAL: &[f32] = &[350.0, 440.0];
const US_BUSY: &[f32] = &[480.0, 620.0];
const US_RING: &[f32] = &[440.0, 480.0];
const GB_RING: &[f32] = &[400.0, 450.0];
const F400: &[f32] = &[400.0];
const F425: &[f32] = &[425.0];
const F440: &[f32] = &[440.0];
const F450: &[f32] = &[450.0];

/// Receiver off hook, GR-506-CORE §17.2.7. E.180 gives none; every plan uses it because it is the loudest to the ear.
const HOWLER: ToneSpec = ToneSpec::repeating(&[
    Segment::on(&[1400.0, 2060.0, 2450.0, 2600.0], HOWLER_DBM0, 100),
    Segment::off(100),
]);

/// Special information tone, E.180 §7.1: 950, 1400, 1800 Hz, 330 ms each, 1 s of silence.
const SIT: ToneSpec = ToneSpec::repeating(&[
    on(&[950.0], 330),
    on(&[1400.0], 330),
    on(&[1800.0], 330),
    off(1_000),
]);

/// Special information tone of North America for a vacant code (GR-1162-CORE): long 985.2, short 1370.6, long 1776.7 Hz.
const SIT_US: ToneSpec = ToneSpec::repeating(&[
    on(&[985.2], 380),
    on(&[1370.6], 274),
    on(&[1776.7], 380),
    off(1_000),
]);

/// Ten short bursts, then the tone itself: the stutter of GR-506 recall dial tone, kept in every plan that names none.
macro_rules! stutter {
    ($freqs:expr) => {
        ToneSpec {
            intro: &[
                on($freqs, 100),
                off(100),
                on($freqs, 100),
                off(100),
                on($freqs, 100),
                off(100),
                on($freqs, 100),
                off(100),
                on($freqs, 100),
                off(100),
                on($freqs, 100),
                off(100),
                on($freqs, 100),
                off(100),
                on($freqs, 100),
                off(100),
                on($freqs, 100),
                off(100),
                on($freqs, 100),
                off(100),
            ],
            cycle: &[on($freqs, FOREVER)],
        }
    };
}

/// Three bursts, then over.
macro_rules! confirmation {
    ($freqs:expr) => {
        ToneSpec::once(&[
            on($freqs, 100),
            off(100),
            on($freqs, 100),
            off(100),
            on($freqs, 100),
            off(100),
        ])
    };
}

/// A soft beep every ten seconds.
macro_rules! hold {
    ($freqs:expr) => {
        ToneSpec::repeating(&[Segment::on($freqs, -20.0, 200), off(9_800)])
    };
}

/// United States and the North American Numbering Plan: GR-506-CORE §17.2.
const US: TonePlan = TonePlan {
    country: "us",
    dial: ToneSpec::repeating(&[on(US_DIAL, FOREVER)]),
    stutter_dial: stutter!(US_DIAL),
    ringback: ToneSpec::repeating(&[on(US_RING, 2_000), off(4_000)]),
    busy: ToneSpec::repeating(&[on(US_BUSY, 500), off(500)]),
    congestion: ToneSpec::repeating(&[on(US_BUSY, 250), off(250)]),
    number_unobtainable: SIT_US,
    call_waiting: ToneSpec::repeating(&[on(F440, 300), off(9_700)]),
    howler: HOWLER,
    confirmation: confirmation!(US_DIAL),
    hold: hold!(F440),
    ring: RingCadence::NORTH_AMERICA,
    caller_id: Standard::Bell202,
    flash_ms: (200, 1_100),
};

/// United Kingdom: BT SIN 350 (tones), SIN 351 §6 (ringing, timed break recall), SIN 242 (caller display).
const GB: TonePlan = TonePlan {
    country: "gb",
    dial: ToneSpec::repeating(&[on(US_DIAL, FOREVER)]),
    stutter_dial: ToneSpec::repeating(&[on(US_DIAL, 750), on(F440, 750)]),
    ringback: ToneSpec::repeating(&[on(GB_RING, 400), off(200), on(GB_RING, 400), off(2_000)]),
    busy: ToneSpec::repeating(&[on(F400, 375), off(375)]),
    congestion: ToneSpec::repeating(&[on(F400, 400), off(350), on(F400, 225), off(525)]),
    number_unobtainable: ToneSpec::repeating(&[on(F400, FOREVER)]),
    call_waiting: ToneSpec::repeating(&[on(F400, 100), off(4_900)]),
    howler: HOWLER,
    confirmation: confirmation!(F400),
    hold: hold!(F400),
    ring: RingCadence::two(400, 200, 400, 2_000),
    caller_id: Standard::V23,
    flash_ms: (85, 200),
};

/// Germany: E.180 Suppl. 2; flash of 170 to 310 ms (FTZ 1 TR 110-1).
const DE: TonePlan = TonePlan {
    country: "de",
    dial: ToneSpec::repeating(&[on(F425, FOREVER)]),
    stutter_dial: ToneSpec::repeating(&[on(&[400.0, 425.0], FOREVER)]),
    ringback: ToneSpec::repeating(&[on(F425, 1_000), off(4_000)]),
    busy: ToneSpec::repeating(&[on(F425, 480), off(480)]),
    congestion: ToneSpec::repeating(&[on(F425, 240), off(240)]),
    number_unobtainable: SIT,
    call_waiting: ToneSpec::repeating(&[on(F425, 200), off(200), on(F425, 200), off(5_000)]),
    howler: HOWLER,
    confirmation: confirmation!(F425),
    hold: hold!(F425),
    ring: RingCadence::EUROPE,
    caller_id: Standard::V23,
    flash_ms: (120, 400),
};

/// China: E.180 Suppl. 2, GB/T 3380. The vacant-number tone is a cadence of dial tone's frequency.
const CN: TonePlan = TonePlan {
    country: "cn",
    dial: ToneSpec::repeating(&[on(F450, FOREVER)]),
    stutter_dial: ToneSpec::repeating(&[on(F450, 400), off(40)]),
    ringback: ToneSpec::repeating(&[on(F450, 1_000), off(4_000)]),
    busy: ToneSpec::repeating(&[on(F450, 350), off(350)]),
    congestion: ToneSpec::repeating(&[on(F450, 700), off(700)]),
    number_unobtainable: ToneSpec::repeating(&[
        on(F450, 100),
        off(100),
        on(F450, 100),
        off(100),
        on(F450, 100),
        off(100),
        on(F450, 400),
        off(400),
    ]),
    call_waiting: ToneSpec::repeating(&[on(F450, 400), off(4_000)]),
    howler: HOWLER,
    confirmation: confirmation!(F450),
    hold: hold!(F450),
    ring: RingCadence::EUROPE,
    caller_id: Standard::Bell202,
    flash_ms: (90, 700),
};

/// Taiwan: E.180 Suppl. 2 (North American frequencies, own cadences).
const TW: TonePlan = TonePlan {
    country: "tw",
    dial: ToneSpec::repeating(&[on(US_DIAL, FOREVER)]),
    stutter_dial: stutter!(US_DIAL),
    ringback: ToneSpec::repeating(&[on(US_RING, 1_000), off(2_000)]),
    busy: ToneSpec::repeating(&[on(US_BUSY, 500), off(500)]),
    congestion: ToneSpec::repeating(&[on(US_BUSY, 250), off(250)]),
    number_unobtainable: SIT,
    call_waiting: ToneSpec::repeating(&[on(US_DIAL, 250), off(250), on(US_DIAL, 250), off(3_250)]),
    howler: HOWLER,
    confirmation: confirmation!(US_DIAL),
    hold: hold!(F440),
    ring: RingCadence::one(1_000, 2_000),
    caller_id: Standard::Bell202,
    flash_ms: (200, 1_100),
};

/// France: E.180 Suppl. 2; flash of 270 ms (France Telecom STI 3).
const FR: TonePlan = TonePlan {
    country: "fr",
    dial: ToneSpec::repeating(&[on(F440, FOREVER)]),
    stutter_dial: ToneSpec::repeating(&[on(&[330.0, 440.0], FOREVER)]),
    ringback: ToneSpec::repeating(&[on(F440, 1_500), off(3_500)]),
    busy: ToneSpec::repeating(&[on(F440, 500), off(500)]),
    congestion: ToneSpec::repeating(&[on(F440, 250), off(250)]),
    number_unobtainable: SIT,
    call_waiting: ToneSpec::repeating(&[on(F440, 300), off(10_000)]),
    howler: HOWLER,
    confirmation: confirmation!(F440),
    hold: hold!(F440),
    ring: RingCadence::one(1_500, 3_500),
    caller_id: Standard::V23,
    flash_ms: (180, 400),
};

/// Every plan, the default one (North America) first.
pub static PLANS: [TonePlan; 6] = [US, GB, DE, FR, CN, TW];

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
