//! Tone plans as data, one country an entry, in the notation of [`super::notation`]; [`super::check`] tries every entry when this
//! is compiled. A field that an entry does not give is that of its base ([`EUROPE`], [`WORLD`] or [`NORTH_AMERICA`]).
//!
//! Documents: ITU-T E.180 Supplement 2 of 1994 (01/94, read through its transcription in spandsp's `global-tones.xml`), its list of
//! 2003 (02/2003, read through the entries of Asterisk's `indications.conf` that name it), and the national ones named. Where the two
//! lists differ the newer is played and the older one is in `also`. E.180 writes a tone modulated in amplitude as `400x25`; here it
//! is its two side tones, 375+425. E.180's "425 or 450" is the first one, with the second in `also`.
//! Where no special dial tone is documented it is the `stutter!` of GR-506.

use super::bases::{
    DOUBLE, ETSI_LINE, EUROPE, HOWLER, LINE_600, LINE_US, NORTH_AMERICA, REVERSAL_LINE, SIT,
    SIT_GAPS, WORLD,
};
use super::notation::segment;
use super::{
    CallerIdAlert, Companding, DcTermination, DtmfCodes, Impedance, LinePlan, OwnTones, Segment,
    TonePlan, ToneSpec, check,
};
use crate::caller_id::Standard;
use telephony::RingCadence;
use telephony::Tone::{Busy, Congestion, Dial, NumberUnobtainable, Ringback};

/// Every plan, by country code.
#[rustfmt::skip]
pub static PLANS: [TonePlan; 68] = [
    // United Arab Emirates: tones of the United Kingdom
    TonePlan { country: "ae",
        dial: tone!(350+440), stutter_dial: stutter!(350+440), ringback: tone!(400+450/400 0/200 400+450/400 0/2000),
        busy: tone!(400/375 0/375), congestion: tone!(400/400 0/350 400/225 0/525), number_unobtainable: tone!(400),
        call_waiting: tone!(400/100 0/4900), own: own!(400),
        also: &[(Ringback, tone!(425/400 0/200 425/400 0/2000)), (Busy, tone!(425/375 0/375)), (NumberUnobtainable, tone!(425))],
        ring: DOUBLE,
        source: cite!(table "E.180 Suppl. 2 (1994); call waiting as in the United Kingdom"), ..WORLD
    },
    TonePlan { country: "ar",
        busy: tone!(425/300 0/200), congestion: tone!(425/300 0/400), call_waiting: tone!(425/400 0/200 425/400 0/4000),
        also: &[(Ringback, tone!(425/1000 0/4500)), (Congestion, tone!(425/200 0/300))],
        source: cite!(table "E.180 Suppl. 2 (1994); also: FreePBX"), ..WORLD
    },
    TonePlan { country: "at",
        dial: tone!(420), stutter_dial: tone!(380+420), ringback: tone!(420/1000 0/5000),
        busy: tone!(420/400 0/400), congestion: tone!(420/200 0/200), call_waiting: tone!(420/40 0/1950), own: own!(420),
        also: &[(Dial, tone!(450)), (Ringback, tone!(450/1000 0/5000)), (Busy, tone!(450/300 0/300))],
        ring: RingCadence::one(1_000, 5_000),
        line: LinePlan { impedance: Impedance::Z220_820_115, ..ETSI_LINE },
        source: cite!(table "E.180 Suppl. 2 (2003); also: 1994"), ..EUROPE
    },
    // One cadence for busy and for congestion; exchanges send every second burst of the latter 10 dB lower, the box does not.
    TonePlan { country: "au",
        dial: tone!(413+438), stutter_dial: tone!(413+438/100 0/40), ringback: tone!(400+450/400 0/200 400+450/400 0/2000),
        busy: tone!(425/375 0/375), congestion: tone!(425/375 0/375), number_unobtainable: tone!(425/2500 0/500),
        call_waiting: tone!(425/200 0/200 425/200 0/4400),
        also: &[
            (Ringback, tone!(413+438/400 0/200 413+438/400 0/2000)), (Ringback, tone!(383+417/400 0/200 383+417/400 0/2000)),
            (Busy, tone!(400/375 0/375)), (NumberUnobtainable, tone!(400/2500 0/500)),
        ],
        ring: DOUBLE, flash_ms: (80, 300),
        line: LinePlan { flash_sent_ms: 100, impedance: Impedance::Z220_820_120, dc: DcTermination::LowVoltage, ..LINE_600 },
        source: cite!("AS/CA S002 (ACIF S002:2001); also: E.180 Suppl. 2 (1994)",
            "impedance, DC: AS/CA S002 by Silicon Labs' Si3050 table; caller ID: Bell 202 (AS/CA S002); flash, law: convention"), ..WORLD
    },
    TonePlan { country: "be",
        stutter_dial: tone!(425/1000 0/250), ringback: tone!(425/1000 0/3000), congestion: tone!(425/167 0/167),
        number_unobtainable: tone!(900/330 1380/330 1860/330 0/1000), call_waiting: tone!(1400/175 0/175 1400/175 0/3500),
        also: &[
            (Dial, tone!(450)), (Ringback, tone!(450/1000 0/3000)), (Busy, tone!(450/500 0/500)), (Congestion, tone!(450/167 0/167)),
        ],
        ring: RingCadence::one(1_000, 3_000),
        source: cite!("E.180 Suppl. 2 (2003; unobtainable and also: 1994)",
            "caller ID: V.23 (EN 300 659-1; handbooks name DTMF, of older exchanges); impedance: TBR 21; rest: convention"), ..EUROPE
    },
    TonePlan { country: "bg",
        stutter_dial: tone!(425/1500 0/100), congestion: tone!(425/250 0/250), call_waiting: tone!(425/150 0/150 425/150 0/4000),
        also: &[(Dial, tone!(425/250 0/300 425/700 0/800)), (Ringback, tone!(425/1830 0/3000)), (Busy, tone!(425/200 0/500))],
        line: LinePlan { impedance: Impedance::Z220_820_115, ..ETSI_LINE },
        source: cite!(table "E.180 Suppl. 2 (2003); also: 1994"), ..EUROPE
    },
    // E.180 has one cadence for congestion and for an unobtainable number.
    TonePlan { country: "br",
        stutter_dial: tone!(425/975 0/50), busy: tone!(425/250 0/250), congestion: tone!(425/250 0/250 425/750 0/250),
        number_unobtainable: tone!(425/250 0/250 425/750 0/250), call_waiting: tone!(425/50 0/1000),
        caller_id: Standard::Dtmf,
        line: LinePlan { caller_id_alert: CallerIdAlert::Reversal, dc: DcTermination::LowVoltage, ..LINE_600 },
        source: cite!("E.180 Suppl. 2 (1994), its unobtainable tone as congestion: Asterisk",
            "caller ID: DTMF (EN 300 659-1 Annex B); impedance, DC: Si3050 country table; flash, ringing Hz, law: convention"), ..WORLD
    },
    TonePlan { country: "ca", source: cite!("GR-506-CORE §17.2, E.180 Suppl. 2 (1994)", "GR-506, GR-30, TIA-464; CPC: convention"), ..NORTH_AMERICA },
    TonePlan { country: "ch",
        stutter_dial: tone!(340+425/1100 0/1100), call_waiting: tone!(425/200 0/200 425/200 0/4000),
        also: &[(Dial, tone!(500)), (Ringback, tone!(500/1000 0/4000)), (Busy, tone!(500/500 0/500))],
        source: cite!(table "E.180 Suppl. 2 (2003); also: 1994"), ..EUROPE
    },
    TonePlan { country: "cl",
        dial: tone!(400), stutter_dial: stutter!(400), ringback: tone!(400/1000 0/3000), busy: tone!(400/500 0/500),
        congestion: tone!(400/200 0/200), call_waiting: tone!(400/250 0/8750), own: own!(400),
        ring: RingCadence::one(1_000, 3_000),
        source: cite!(table "E.180 Suppl. 2 (1994); call waiting: Telefonica CTC"), ..WORLD
    },
    TonePlan { country: "cn",
        dial: tone!(450), stutter_dial: tone!(450/400 0/40), ringback: tone!(450/1000 0/4000), busy: tone!(450/350 0/350),
        congestion: tone!(450/700 0/700), number_unobtainable: tone!(450/100 0/100 450/100 0/100 450/100 0/100 450/400 0/400),
        call_waiting: tone!(450/400 0/4000), own: own!(450),
        line: LinePlan { impedance: Impedance::Z200_680_100, dc: DcTermination::LowVoltage, ..LINE_600 },
        source: cite!("E.180 Suppl. 2 (2003), GB/T 3380", "impedance: Silicon Labs' Si3050 data sheet; caller ID: YDN 069-1997 (Bell 202); rest: convention"), ..WORLD
    },
    TonePlan { country: "co",
        ringback: tone!(425/1000 0/4500), busy: tone!(425/250 0/250),
        congestion: tone!(425/100 0/250 425/350 0/250 425/650 0/250), call_waiting: tone!(400+450/300 0/6000),
        source: cite!(table "FreePBX, after E.180's list of 2003 it seems"), ..WORLD
    },
    TonePlan { country: "cy",
        dial: tone!(350+450), stutter_dial: stutter!(350+450), ringback: tone!(425/1500 0/3000), congestion: tone!(425/250 0/250),
        number_unobtainable: tone!(425/2500 0/500), call_waiting: tone!(425/200 0/600),
        also: &[(Ringback, tone!(375+425/400 0/200 375+425/400 0/2000)), (NumberUnobtainable, SIT)],
        ring: RingCadence::one(1_500, 3_000),
        source: cite!(table "E.180 Suppl. 2 (1994)"), ..EUROPE
    },
    TonePlan { country: "cz",
        dial: tone!(425/330 0/330 425/660 0/660), stutter_dial: tone!(425/450 0/50), busy: tone!(425/330 0/330),
        congestion: tone!(425/165 0/165), number_unobtainable: SIT_GAPS, call_waiting: tone!(425/330 0/9000),
        also: &[(Dial, tone!(425)), (Dial, tone!(425/165 0/165 425/660 0/660)), (Busy, tone!(425/165 0/165 425/165 0/330))],
        source: cite!(table "E.180 Suppl. 2 (2003); also: 1994; stutter: convention"), ..EUROPE
    },
    TonePlan { country: "de",
        stutter_dial: tone!(400+425), busy: tone!(425/480 0/480), congestion: tone!(425/240 0/240),
        also: &[(Dial, tone!(450)), (Ringback, tone!(450/1000 0/4000)), (Busy, tone!(425/150 0/475)), (Busy, tone!(450/150 0/475))],
        flash_ms: (120, 400),
        line: LinePlan { flash_sent_ms: 200, impedance: Impedance::Z220_820_115, ..ETSI_LINE },
        source: cite!("E.180 Suppl. 2 (2003); also: 1994", "flash 170-310 ms, impedance: FTZ 1 TR 110-1; caller ID: EN 300 659-1 (V.23); CPC: convention"), ..EUROPE
    },
    TonePlan { country: "dk",
        call_waiting: tone!(425/200 0/600 425/200 0/3000), also: &[(Congestion, tone!(425/250 0/250))],
        caller_id: Standard::Dtmf,
        line: LinePlan { dtmf_codes: DtmfCodes::AToHash, ..REVERSAL_LINE },
        source: cite!("E.180 Suppl. 2 (2003); also: 1994", "caller ID: DTMF A..# (EN 300 659-1 Annex B); impedance: TBR 21; rest: convention"), ..EUROPE
    },
    TonePlan { country: "ee", busy: tone!(425/300 0/300),
        source: cite!(usual "E.180 Suppl. 2 (2003); call waiting: convention, E.180 has its information tone there"), ..EUROPE
    },
    // Busy of 1 s in 5 s and ringing tone of 2 s in 3 s stand in E.180 as they stand here.
    TonePlan { country: "eg",
        dial: tone!(375+475), stutter_dial: stutter!(375+475), ringback: tone!(375+475/2000 0/1000),
        busy: tone!(375+475/1000 0/4000), congestion: tone!(450/500 0/500), own: own!(450),
        ring: RingCadence::one(2_000, 1_000),
        line: LinePlan { dc: DcTermination::LowVoltage, ..LINE_600 },
        source: cite!(table "E.180 Suppl. 2 (1994): 425x50; dial tone, call waiting: convention"), ..WORLD
    },
    TonePlan { country: "es",
        stutter_dial: tone!(425/1000 0/100), ringback: tone!(425/1500 0/3000), busy: tone!(425/200 0/200),
        congestion: tone!(425/200 0/200 425/200 0/200 425/200 0/600), number_unobtainable: SIT_GAPS,
        call_waiting: tone!(425/175 0/175 425/175 0/3500),
        also: &[(Dial, tone!(600)), (NumberUnobtainable, tone!(425/200 0/200 425/200 0/600))],
        ring: RingCadence::one(1_500, 3_000),
        source: cite!(table "E.180 Suppl. 2 (1994)"), ..EUROPE
    },
    TonePlan { country: "fi",
        stutter_dial: tone!(425/650 0/25), busy: tone!(425/300 0/300), call_waiting: tone!(425/150 0/150 425/150 0/8000),
        caller_id: Standard::Dtmf, line: REVERSAL_LINE,
        source: cite!("E.180 Suppl. 2 (1994)", "caller ID: DTMF A..C (EN 300 659-1 Annex B); impedance: TBR 21; rest: convention"), ..EUROPE
    },
    TonePlan { country: "fr",
        dial: tone!(440), stutter_dial: tone!(330+440), ringback: tone!(440/1500 0/3500), busy: tone!(440/500 0/500),
        congestion: tone!(440/250 0/250), call_waiting: tone!(440/300 0/10000), own: own!(440),
        also: &[(Dial, tone!(330+440)), (NumberUnobtainable, SIT_GAPS)],
        ring: RingCadence::one(1_500, 3_500), flash_ms: (180, 400),
        line: LinePlan { ring_hz: 50, flash_sent_ms: 270, ..ETSI_LINE },
        source: cite!("E.180 Suppl. 2 (2003); congestion: convention, E.180 gives none",
            "flash of 270 ms: France Telecom STI 3; impedance: TBR 21; caller ID (V.23), ringing of 50 Hz, CPC: convention"), ..EUROPE
    },
    TonePlan { country: "gb",
        dial: tone!(350+440), stutter_dial: tone!(350+440/750 440/750), ringback: tone!(400+450/400 0/200 400+450/400 0/2000),
        busy: tone!(400/375 0/375), congestion: tone!(400/400 0/350 400/225 0/525), number_unobtainable: tone!(400),
        call_waiting: tone!(400/100 0/4900), own: own!(400),
        also: &[(Ringback, tone!(375+425/400 0/200 375+425/400 0/2000)), (NumberUnobtainable, SIT)],
        ring: DOUBLE, flash_ms: (85, 200),
        line: LinePlan { caller_id_alert: CallerIdAlert::ReversalAndDualTone, impedance: Impedance::Z370_620_310, ..ETSI_LINE },
        source: cite!("BT SIN 350, E.180 Suppl. 2 (1994)",
            "ringing, timed break recall: BT SIN 351; caller ID: SIN 227, 242; impedance: BS 6305; CPC: convention"), ..EUROPE
    },
    TonePlan { country: "gr",
        dial: tone!(425/200 0/300 425/700 0/800), stutter_dial: tone!(425/650 0/25), busy: tone!(425/300 0/300),
        congestion: tone!(425/150 0/150), call_waiting: tone!(425/300 0/10000),
        also: &[(Dial, tone!(450/200 0/300 450/700 0/800)), (Ringback, tone!(450/1000 0/4000)), (Busy, tone!(450/300 0/300))],
        source: cite!(table "E.180 Suppl. 2 (1994); stutter: convention"), ..EUROPE
    },
    TonePlan { country: "hk",
        ringback: tone!(440+480/400 0/200 440+480/400 0/3000), number_unobtainable: tone!(480+620),
        call_waiting: tone!(440/500 0/500 440/500 0/500 440/500 0/8000), also: &[(NumberUnobtainable, SIT)],
        ring: RingCadence::two(400, 200, 400, 3_000),
        line: LinePlan { ring_hz: 25, companding: Companding::ALaw, ..LINE_US },
        source: cite!("E.180 Suppl. 2 (1994), HKCA 2011", "impedance: HKCA 2011; caller ID: Bell 202 (HKCA 2011); rest: convention"), ..NORTH_AMERICA
    },
    TonePlan { country: "hr",
        dial: tone!(425/200 0/300 425/700 0/800), stutter_dial: tone!(425/400 0/40), congestion: tone!(425/250 0/250),
        call_waiting: tone!(425/300 0/8000), also: &[(Dial, tone!(425))],
        source: cite!(table "E.180 Suppl. 2 (1994)"), ..EUROPE
    },
    // One cadence for busy and for congestion.
    TonePlan { country: "hu",
        stutter_dial: tone!(350+375+400), ringback: tone!(425/1250 0/3750), busy: tone!(425/300 0/300),
        congestion: tone!(425/300 0/300), call_waiting: tone!(425/40 0/1960),
        ring: RingCadence::one(1_250, 3_750),
        line: LinePlan { impedance: Impedance::R600, dc: DcTermination::Fcc, ..ETSI_LINE },
        source: cite!(table "E.180 Suppl. 2 (2003)"), ..EUROPE
    },
    TonePlan { country: "id",
        number_unobtainable: tone!(425/2000 0/500), call_waiting: tone!(425/150 0/150 425/150 0/10000),
        also: &[(NumberUnobtainable, SIT_GAPS)],
        source: cite!(table "E.180 Suppl. 2 (1994); call waiting: 2003"), ..WORLD
    },
    TonePlan { country: "ie",
        ringback: tone!(400+450/400 0/200 400+450/400 0/2000), congestion: tone!(425/375 0/375),
        number_unobtainable: tone!(425/6000 0/1000), call_waiting: tone!(425/200 0/200 425/200 0/4000),
        also: &[
            (Dial, tone!(400)), (Dial, tone!(450)), (Ringback, tone!(400/400 0/200 400/400 0/2000)),
            (Ringback, tone!(450/400 0/200 450/400 0/2000)), (NumberUnobtainable, SIT),
        ],
        ring: DOUBLE,
        source: cite!(table "E.180 Suppl. 2 (1994); congestion, call waiting: FreePBX"), ..EUROPE
    },
    TonePlan { country: "il",
        dial: tone!(400), stutter_dial: tone!(400/1000 0/250), ringback: tone!(400/1000 0/3000), busy: tone!(400/500 0/500),
        congestion: tone!(400/250 0/250), call_waiting: tone!(400/100 0/100 400/100 0/100 400/600 0/3000), own: own!(400),
        also: &[
            (Dial, tone!(425)), (Ringback, tone!(425/1000 0/3000)), (Busy, tone!(425/500 0/500)),
            (Dial, tone!(440)), (Ringback, tone!(440/1000 0/3000)), (Busy, tone!(440/500 0/500)),
        ],
        ring: RingCadence::one(1_000, 3_000),
        line: LinePlan { impedance: Impedance::Z270_750_150, dc: DcTermination::CurrentLimited, ..LINE_600 },
        source: cite!(table "E.180 Suppl. 2 (1994); congestion: convention"), ..WORLD
    },
    TonePlan { country: "in",
        dial: tone!(375+425), stutter_dial: stutter!(375+425), ringback: tone!(375+425/400 0/200 375+425/400 0/2000),
        busy: tone!(400/750 0/750), congestion: tone!(400/250 0/250), number_unobtainable: tone!(400/2500 0/500),
        call_waiting: tone!(400/200 0/100 400/200 0/7500), own: own!(400),
        also: &[(NumberUnobtainable, tone!(400)), (NumberUnobtainable, SIT)],
        ring: DOUBLE, caller_id: Standard::Dtmf,
        line: LinePlan { caller_id_alert: CallerIdAlert::Reversal, impedance: Impedance::Z370_620_310, ..LINE_600 },
        source: cite!("E.180 Suppl. 2 (1994): 400x25; congestion, call waiting: convention",
            "caller ID: DTMF (EN 300 659-1 Annex B); impedance: Si3050 country table; rest: convention"), ..WORLD
    },
    // One cadence for busy and for congestion.
    TonePlan { country: "is",
        stutter_dial: tone!(425/400 0/40), ringback: tone!(425/1200 0/4700), busy: tone!(425/250 0/250),
        congestion: tone!(425/250 0/250), call_waiting: tone!(425/200 0/600 425/200 0/5000),
        ring: RingCadence::one(1_200, 4_700), caller_id: Standard::Dtmf, line: REVERSAL_LINE,
        source: cite!("E.180 Suppl. 2 (1994)", "caller ID: DTMF (EN 300 659-1 Annex B); impedance: TBR 21; rest: convention"), ..EUROPE
    },
    TonePlan { country: "it",
        dial: tone!(425/600 0/1000 425/200 0/200), stutter_dial: tone!(470/400 425/400),
        call_waiting: tone!(425/400 0/100 425/250 0/100 425/150 0/14000), also: &[(Dial, tone!(425))],
        source: cite!(table "E.180 Suppl. 2 (1994, 2003)"), ..EUROPE
    },
    // One cadence for busy and for congestion. NTT's caller ID wakes the phone by ringing and wants it to answer: not ours.
    TonePlan { country: "jp",
        dial: tone!(400), stutter_dial: stutter!(400), ringback: tone!(384+416/1000 0/2000), busy: tone!(400/500 0/500),
        congestion: tone!(400/500 0/500), call_waiting: tone!({384+416/500 0/4000} 400/50 0/450 400/50 0/3450), own: own!(400),
        also: &[(Dial, tone!(400/250 0/250))],
        ring: RingCadence::one(1_000, 2_000), caller_id: Standard::V23, flash_ms: (200, 1_100),
        line: LinePlan { ring_hz: 16, dc: DcTermination::LowVoltage, ..LINE_US },
        source: cite!("E.180 Suppl. 2 (1994); special information tone: convention",
            "impedance, DC: Silicon Labs' Si3050 country table (JATE); caller ID: V.23, NTT's protocol around it not followed; rest: convention"), ..WORLD
    },
    // One cadence for busy and for congestion.
    TonePlan { country: "ke",
        ringback: tone!(425/670 0/3000 425/1500 0/5000), busy: tone!(425/200 0/600), congestion: tone!(425/200 0/600),
        also: &[(Busy, tone!(425/500 0/500 425/400 0/200)), (Congestion, tone!(425/200 0/200 425/400 0/350 425/225 0/525))],
        ring: RingCadence::two(670, 3_000, 1_500, 5_000),
        source: cite!(usual "FreePBX, after E.180's list of 2003 it seems; also: E.180 Suppl. 2 (1994); call waiting: convention"), ..WORLD
    },
    TonePlan { country: "kr",
        ringback: tone!(440+480/1000 0/2000), congestion: tone!(480+620/300 0/200),
        number_unobtainable: tone!(450/200 0/100 450/200 0/1500), call_waiting: tone!(350+440/250 0/250 350+440/250 0/3250),
        also: &[(NumberUnobtainable, SIT)],
        ring: RingCadence::one(1_000, 2_000),
        source: cite!(table "E.180 Suppl. 2 (1994)"), ..NORTH_AMERICA
    },
    TonePlan { country: "kz",
        busy: tone!(425/350 0/350), congestion: tone!(425/175 0/175), call_waiting: tone!(425/200 0/5000), stutter_dial: tone!(425/400 0/40),
        also: &[(Ringback, tone!(425/800 0/3200)), (Busy, tone!(425/400 0/400))],
        caller_id: Standard::V23, line: LinePlan { flash_sent_ms: 100, ..LINE_600 },
        source: cite!(table "no entry in E.180 Suppl. 2; those of the Russian Federation, whose exchanges it shares"), ..WORLD
    },
    TonePlan { country: "lk",
        stutter_dial: tone!(425/650 0/30), ringback: tone!(425/400 0/200 425/400 0/2000), busy: tone!(425/750 0/750),
        number_unobtainable: tone!(400), call_waiting: tone!(425/200 0/200 425/200 0/4500), also: &[(NumberUnobtainable, SIT)],
        ring: DOUBLE,
        source: cite!(usual "E.180 Suppl. 2 (1994); pause of ringing: as in the United Kingdom"), ..WORLD
    },
    TonePlan { country: "lt",
        stutter_dial: tone!(425/500 0/50), busy: tone!(425/350 0/350), call_waiting: tone!(425/150 0/150 425/150 0/4000),
        also: &[(Ringback, tone!(425/800 0/3200)), (Busy, tone!(425/400 0/400))],
        source: cite!(usual "Asterisk, source unknown; also: E.180 Suppl. 2 (1994), within its tolerance; stutter: convention"), ..EUROPE
    },
    TonePlan { country: "lu",
        congestion: tone!(425/250 0/250),
        also: &[(Dial, tone!(450)), (Busy, tone!(450/500 0/500)), (Congestion, tone!(450/250 0/250))],
        source: cite!(table "E.180 Suppl. 2 (1994); call waiting: convention"), ..EUROPE
    },
    TonePlan { country: "lv", source: cite!(table "ETSI ETR 187 and TR 101 041, harmonised; E.180's entry was not at hand"), ..EUROPE },
    // Malta: tones of the United Kingdom
    TonePlan { country: "mt",
        dial: tone!(350+440), stutter_dial: stutter!(350+440), ringback: tone!(400+450/400 0/200 400+450/400 0/2000),
        busy: tone!(400/375 0/375), congestion: tone!(400/400 0/350 400/225 0/525), number_unobtainable: tone!(400),
        call_waiting: tone!(400/100 0/4900), own: own!(400),
        also: &[(Ringback, tone!(375+425/400 0/200 375+425/400 0/2000))],
        ring: DOUBLE,
        source: cite!(table "E.180 Suppl. 2 (1994); dial tone, call waiting: as in the United Kingdom"), ..EUROPE
    },
    // One cadence for busy and for congestion.
    TonePlan { country: "mx",
        busy: tone!(425/250 0/250), congestion: tone!(425/250 0/250), number_unobtainable: SIT_GAPS,
        call_waiting: tone!(425/200 0/600 425/200 0/10000),
        source: cite!(table "E.180 Suppl. 2 (1994); call waiting: Asterisk, source unknown"), ..WORLD
    },
    TonePlan { country: "my",
        stutter_dial: tone!({425/250 0/250 425/250 0/250} 425), ringback: tone!(425/400 0/200 425/400 0/2000),
        number_unobtainable: tone!(425/2500 0/500), call_waiting: tone!({425/1000 0/10000} 425/500 0/250 425/500 0/10000),
        also: &[(NumberUnobtainable, SIT)],
        ring: DOUBLE, line: LinePlan { dc: DcTermination::LowVoltage, ..LINE_600 },
        source: cite!(table "E.180 Suppl. 2 (1994)"), ..WORLD
    },
    TonePlan { country: "ng",
        ringback: tone!(425/2000 0/4000), busy: tone!(400/500 0/500), congestion: tone!(400/250 0/250),
        number_unobtainable: tone!(450/5500 0/500), call_waiting: tone!(425/2000 0/4000),
        also: &[(Dial, tone!(400)), (Dial, tone!(450)), (Ringback, tone!(400/2000 0/4000)), (NumberUnobtainable, SIT)],
        ring: RingCadence::one(2_000, 4_000),
        line: LinePlan { impedance: Impedance::Z270_750_150, dc: DcTermination::CurrentLimited, ..LINE_600 },
        source: cite!(table "E.180 Suppl. 2 (1994)"), ..WORLD
    },
    TonePlan { country: "nl",
        stutter_dial: tone!(425/500 0/50), congestion: tone!(425/250 0/250), call_waiting: tone!(425/500 0/9500),
        also: &[
            (Dial, tone!(450)), (Ringback, tone!(450/1000 0/4000)), (Busy, tone!(450/500 0/500)), (Congestion, tone!(450/250 0/250)),
        ],
        caller_id: Standard::Dtmf, line: REVERSAL_LINE,
        source: cite!("E.180 Suppl. 2 (2003); also: 1994", "caller ID: DTMF (EN 300 659-1 Annex B); impedance: TBR 21; rest: convention"), ..EUROPE
    },
    TonePlan { country: "no",
        stutter_dial: tone!(470/400 425/400), congestion: tone!(425/250 0/250), call_waiting: tone!(425/200 0/600 425/200 0/10000),
        also: &[
            (Ringback, tone!(400/1000 0/3000)), (Ringback, tone!(450/1000 0/3000)), (Busy, tone!(400/200 0/400)),
            (Busy, tone!(450/200 0/400)), (Congestion, tone!(425/200 0/200)),
        ],
        source: cite!(table "E.180 Suppl. 2 (1994); stutter, call waiting: Asterisk, source unknown"), ..EUROPE
    },
    TonePlan { country: "nz",
        dial: tone!(400), stutter_dial: stutter!(400), ringback: tone!(400+450/400 0/200 400+450/400 0/2000),
        busy: tone!(400/500 0/500), congestion: tone!(400/250 0/250),
        number_unobtainable: tone!(400/750 0/100 400/750 0/100 400/750 0/100 400/750 0/400),
        call_waiting: tone!(400/250 0/250 400/250 0/3250), own: own!(400),
        also: &[
            (Congestion, tone!(900/500 0/500)), (NumberUnobtainable, tone!(400/75 0/100 400/75 0/100 400/75 0/100 400/75 0/400)),
        ],
        ring: DOUBLE, flash_ms: (300, 1_000),
        line: LinePlan { ring_hz: 20, flash_sent_ms: 600, impedance: Impedance::Z370_620_310, ..LINE_600 },
        source: cite!("E.180 Suppl. 2 (1994); also: TNA 102, whose bursts of an unobtainable number last a tenth",
            "ringing, flash 500-800 ms, impedance: TNA 102; caller ID: TNA 102 (Bell 202); CPC: convention"), ..WORLD
    },
    TonePlan { country: "pe",
        source: cite!(table "no entry at hand: 425 Hz as in its neighbours of E.180 Suppl. 2"), ..WORLD
    },
    // One cadence for congestion and for an unobtainable number.
    TonePlan { country: "ph",
        dial: tone!(425), stutter_dial: tone!(400+425), ringback: tone!(425+480/1000 0/4000),
        number_unobtainable: tone!(480+620/250 0/250), call_waiting: tone!(440/300 0/10000),
        also: &[(Dial, tone!(480+720)), (Busy, tone!(480+720/500 0/500)), (Congestion, tone!(480+720/250 0/250))],
        ring: RingCadence::EUROPE,
        line: LinePlan { dc: DcTermination::LowVoltage, companding: Companding::ALaw, ..LINE_US },
        source: cite!(table "E.180 Suppl. 2 (1994, 2003)"), ..NORTH_AMERICA
    },
    TonePlan { country: "pk",
        dial: tone!(400), stutter_dial: stutter!(400), ringback: tone!(450/1000 0/4000), busy: tone!(400/750 0/750),
        congestion: tone!(400/250 0/250), call_waiting: tone!(400/200 0/200 400/200 0/5000), own: own!(400),
        also: &[
            (Ringback, tone!(383.3+416.7/400 0/200 383.3+416.7/400 0/2000)), (Ringback, tone!(400/1000 0/2000)),
            (Busy, tone!(450/400 0/675 450/130 0/170)), (Busy, tone!(400/500 0/500)),
        ],
        line: LinePlan { dc: DcTermination::LowVoltage, ..LINE_600 },
        source: cite!(table "E.180 Suppl. 2 (1994); congestion and also: FreePBX; dial tone, call waiting: convention"), ..WORLD
    },
    // One cadence for busy and for congestion.
    TonePlan { country: "pl",
        stutter_dial: tone!(425/500 0/50), congestion: tone!(425/500 0/500), call_waiting: tone!(425/150 0/150 425/150 0/4000),
        line: LinePlan { impedance: Impedance::R600, dc: DcTermination::Fcc, ..ETSI_LINE },
        source: cite!(table "E.180 Suppl. 2 (1994); stutter: convention"), ..EUROPE
    },
    // One cadence for congestion and for an unobtainable number.
    TonePlan { country: "pt",
        stutter_dial: tone!(425/1000 0/200), ringback: tone!(425/1000 0/5000), number_unobtainable: tone!(425/200 0/200),
        also: &[
            (Dial, tone!(400)), (Ringback, tone!(400/1000 0/5000)), (Busy, tone!(400/500 0/500)), (Congestion, tone!(400/200 0/200)),
            (NumberUnobtainable, SIT),
        ],
        ring: RingCadence::one(1_000, 5_000),
        source: cite!(table "E.180 Suppl. 2 (1994)"), ..EUROPE
    },
    TonePlan { country: "ro",
        dial: tone!(450), stutter_dial: tone!(425+475/400 0/40), ringback: tone!(425+475/1850 0/4150), busy: tone!(450/167 0/167),
        congestion: tone!(450/500 0/500), number_unobtainable: tone!(450/92 0/110 450/92 0/110 450/92 0/110 450/362 0/110),
        call_waiting: tone!(450/150 0/150 450/150 0/8000), own: own!(450),
        also: &[(Dial, tone!(400)), (NumberUnobtainable, SIT)],
        ring: RingCadence::one(1_850, 4_150),
        line: LinePlan { impedance: Impedance::R600, dc: DcTermination::Fcc, ..ETSI_LINE },
        source: cite!(table "FreePBX, after E.180's list of 2003 it seems: 450x25; also: 1994"), ..EUROPE
    },
    TonePlan { country: "ru",
        stutter_dial: tone!(425/400 0/40), busy: tone!(425/350 0/350), congestion: tone!(425/175 0/175), call_waiting: tone!(425/200 0/5000),
        also: &[(Ringback, tone!(425/800 0/3200)), (Busy, tone!(425/400 0/400))],
        caller_id: Standard::V23, flash_ms: (80, 400), line: LinePlan { flash_sent_ms: 100, dc: DcTermination::LowVoltage, ..LINE_600 },
        source: cite!("OST 45.223-2001, order 133 (2009) of the ministry; also: E.180 Suppl. 2 (1994)",
            "impedance, DC: Silicon Labs' Si3050 country table; caller ID: convention (the older AON of 500 Hz is not V.23); rest: convention"), ..WORLD
    },
    TonePlan { country: "sa",
        ringback: tone!(425/1200 0/4600), call_waiting: tone!(425/200 0/600 425/200 0/4000),
        ring: RingCadence::one(1_200, 4_600), caller_id: Standard::Dtmf,
        line: LinePlan { caller_id_alert: CallerIdAlert::Reversal, ..LINE_600 },
        source: cite!(table "E.180 Suppl. 2 (1994); congestion: convention, E.180 gives none"), ..WORLD
    },
    TonePlan { country: "se",
        stutter_dial: tone!(425/320 0/20), ringback: tone!(425/1000 0/5000), busy: tone!(425/250 0/250), congestion: tone!(425/250 0/750),
        call_waiting: tone!(425/200 0/500 425/200 0/9100), also: &[(Ringback, tone!(400/1000 0/9000))],
        ring: RingCadence::one(1_000, 5_000), caller_id: Standard::Dtmf, line: REVERSAL_LINE,
        source: cite!("E.180 Suppl. 2 (1994); call waiting: Asterisk, source unknown",
            "caller ID: Televerket's specification of 1992 (DTMF A..C); impedance: TBR 21; rest: convention"), ..EUROPE
    },
    TonePlan { country: "sg",
        ringback: tone!(401+449/400 0/200 401+449/400 0/2000), busy: tone!(425/750 0/750), number_unobtainable: tone!(425/2500 0/500),
        stutter_dial: tone!({425/200 0/200 425/600 0/200 425/200 0/200 425/600 0/200} 425), call_waiting: tone!(425/300 0/200 425/300 0/3200),
        also: &[(NumberUnobtainable, SIT)],
        ring: DOUBLE,
        source: cite!(table "IDA TS PSTN 1, E.180 Suppl. 2 (1994): 425x24"), ..WORLD
    },
    TonePlan { country: "si",
        dial: tone!(425/200 0/300 425/700 0/800), call_waiting: tone!(425/300 0/10000), also: &[(Dial, tone!(425))],
        source: cite!(table "E.180 Suppl. 2 (1994); call waiting: convention"), ..EUROPE
    },
    TonePlan { country: "sk",
        dial: tone!(425/330 0/330 425/660 0/660), stutter_dial: tone!(425/165 0/165 425/165 0/165 425/165 0/165 425/660 0/660),
        busy: tone!(425/330 0/330), congestion: tone!(425/165 0/165), number_unobtainable: SIT_GAPS,
        call_waiting: tone!(425/330 0/9000), also: &[(Dial, tone!(425))],
        line: LinePlan { impedance: Impedance::Z220_820_115, ..ETSI_LINE },
        source: cite!(table "E.180 Suppl. 2 (1994)"), ..EUROPE
    },
    TonePlan { country: "th",
        dial: tone!(350+450), stutter_dial: tone!(350+450/400 0/100), ringback: tone!(400/1000 0/4000), busy: tone!(400/500 0/500),
        congestion: tone!(400/300 0/300), call_waiting: tone!(400/400 0/10000), own: own!(400),
        number_unobtainable: tone!(400/100 0/900 400/100 0/900 400/100 0/900 400/100 0/900 400/100 0/900 400/100 0/900 400/300 0/700),
        also: &[(Dial, tone!(400)), (Ringback, tone!(420/1000 0/5000)), (Busy, tone!(450/330 0/330)), (NumberUnobtainable, SIT)],
        line: LinePlan { dc: DcTermination::LowVoltage, ..LINE_600 },
        source: cite!(table "E.180 Suppl. 2 (1994): 400x50; congestion, special dial and also: 2003"), ..WORLD
    },
    TonePlan { country: "tr",
        dial: tone!(450), stutter_dial: tone!(450/1000 0/250), ringback: tone!(450/2000 0/4000), busy: tone!(450/500 0/500),
        congestion: tone!(450/200 0/200 450/200 0/200 450/200 0/200 450/600 0/200), number_unobtainable: tone!(450/200 0/200),
        call_waiting: tone!(450/200 0/600 450/200 0/8000), own: own!(450), also: &[(NumberUnobtainable, tone!(950/300 1400/300 1800/300 0/1000))],
        ring: RingCadence::one(2_000, 4_000), caller_id: Standard::V23,
        source: cite!(usual "E.180 Suppl. 2 (1994); call waiting: Silicon Labs AN93"), ..WORLD
    },
    TonePlan { country: "tw",
        ringback: tone!(440+480/1000 0/2000), number_unobtainable: SIT, call_waiting: tone!(350+440/250 0/250 350+440/250 0/3250),
        ring: RingCadence::one(1_000, 2_000),
        line: LinePlan { dtmf_codes: DtmfCodes::DToC, dc: DcTermination::LowVoltage, ..LINE_US },
        also: &[],
        source: cite!("E.180 Suppl. 2 (1994)", "caller ID: Bell 202 or DTMF D..C (DGT 0003-0); impedance, DC: Si3050 country table; rest: convention"), ..NORTH_AMERICA
    },
    TonePlan { country: "ua",
        busy: tone!(425/400 0/400), stutter_dial: tone!(425/400 0/40), congestion: tone!(425/200 0/200), call_waiting: tone!(425/200 0/5000),
        also: &[(Ringback, tone!(425/800 0/3200))],
        caller_id: Standard::V23, line: LinePlan { flash_sent_ms: 100, ..LINE_600 },
        source: cite!(usual "operators' publications; no entry in E.180 Suppl. 2; call waiting, stutter as in the Russian Federation"), ..WORLD
    },
    TonePlan { country: "us", source: cite!("GR-506-CORE §17.2, E.180 Suppl. 2 (1994)", "GR-506, GR-30, TIA-464; CPC: convention"), ..NORTH_AMERICA },
    TonePlan { country: "uy",
        call_waiting: tone!(425/200 0/200 425/200 0/4400), also: &[(Dial, tone!(450/700 0/800 450/200 0/300))],
        caller_id: Standard::Dtmf, line: LinePlan { caller_id_alert: CallerIdAlert::Reversal, ..LINE_600 },
        source: cite!(usual "E.180 Suppl. 2 (1994)"), ..WORLD
    },
    TonePlan { country: "ve",
        number_unobtainable: tone!(950/330 1440/330 1800/330 0/1000), call_waiting: tone!(400+450/300 0/6000),
        source: cite!(usual "E.180 Suppl. 2 (2003)"), ..WORLD
    },
    TonePlan { country: "vn",
        source: cite!(usual "no entry at hand: 425 Hz by convention"), ..WORLD
    },
    // Exchanges of one maker send 383+417, those of another 400x33, whose side tones these are.
    TonePlan { country: "za",
        dial: tone!(383+417), stutter_dial: tone!({383+417/250 0/250 383+417/250 0/250 383+417/250 0/250 383+417/250 0/250} 383+417),
        ringback: tone!(383+417/400 0/200 383+417/400 0/2000), busy: tone!(400/500 0/500), congestion: tone!(400/250 0/250),
        number_unobtainable: tone!(400/2500 0/500),
        call_waiting: tone!(383+417/250 0/250 383+417/250 0/250 383+417/250 0/250 383+417/250 0/7250), own: own!(400),
        also: &[
            (Dial, tone!(367+433)), (Ringback, tone!(367+433/400 0/200 367+433/400 0/2000)), (NumberUnobtainable, SIT),
        ],
        ring: DOUBLE, caller_id: Standard::V23,
        line: LinePlan { impedance: Impedance::Z220_820_115, ..LINE_600 },
        source: cite!(table "E.180 Suppl. 2 (1994): 400x33; 383+417 by the exchanges' makers"), ..WORLD
    },
];

const _: () = check::plans(&PLANS);
