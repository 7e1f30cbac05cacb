//! The box abroad: its own tones and ringing, and exchanges that sound as they do there.

use hw_tests::scenarios::steps::{answers, hands_done, hang_up, shows, speech_both_ways};
use hw_tests::scenarios::{
    BY_RINGBACK, Party, describe, directory, far_talks, line_idle, outpulsed,
};
use hw_tests::{Bench, Setup, until};
use line_sim::{CidStandard, Country, Disconnect, LineSetup, PhoneSetup, PortSetup, SimConfig};

use crate::Told;

/// What a country has: settings, exchange, dial tone (Hz), ringing (ms), flash (ms), caller ID.
struct Abroad {
    code: &'static str,
    country: Country,
    dial_hz: &'static [f32],
    ring_ms: &'static [(u32, u32)],
    flash_ms: u32,
    caller_id: CidStandard,
}

/// ITU-T E.180 Supplement 2 and the national sources named in line-sim.
const ABROAD: [Abroad; 5] = [
    Abroad {
        code: "gb",
        country: Country::Gb,
        dial_hz: &[350.0, 440.0],
        ring_ms: &[(400, 200), (400, 2_000)],
        flash_ms: 100,
        caller_id: CidStandard::V23,
    },
    Abroad {
        code: "de",
        country: Country::De,
        dial_hz: &[425.0],
        ring_ms: &[(1_000, 4_000)],
        flash_ms: 200,
        caller_id: CidStandard::V23,
    },
    Abroad {
        code: "fr",
        country: Country::Fr,
        dial_hz: &[440.0],
        ring_ms: &[(1_500, 3_500)],
        flash_ms: 270,
        caller_id: CidStandard::V23,
    },
    Abroad {
        code: "cn",
        country: Country::Cn,
        dial_hz: &[450.0],
        ring_ms: &[(1_000, 4_000)],
        flash_ms: 300,
        caller_id: CidStandard::Bell202,
    },
    Abroad {
        code: "tw",
        country: Country::Tw,
        dial_hz: &[350.0, 440.0],
        ring_ms: &[(1_000, 2_000)],
        flash_ms: 300,
        caller_id: CidStandard::Bell202,
    },
];

fn setup(abroad: &Abroad) -> Setup {
    let phone = || {
        PortSetup::Fxs(PhoneSetup {
            flash_ms: abroad.flash_ms,
            ..PhoneSetup::default()
        })
    };
    let line = || {
        PortSetup::Fxo(LineSetup {
            country: abroad.country,
            ..LineSetup::default()
        })
    };
    Setup {
        sim: SimConfig {
            ports: vec![phone(), phone(), line(), line()],
            ..SimConfig::default()
        },
        settings: store::Settings {
            country: abroad.code.to_owned(),
            ..store::Settings::default()
        },
        ..Setup::default()
    }
}

fn hears_dial_tone(bench: &mut Told, hz: &[f32]) {
    bench.run_ms(500);
    let heard = bench.phone(0).heard_last(200);
    let each = -13.0 - 10.0 * (hz.len() as f32).log10();
    let right = hz
        .iter()
        .all(|&hz| (heard.tone_dbm0(hz) - each).abs() < 1.0);
    assert!(
        right && (heard.level_dbm0() + 13.0).abs() < 1.0,
        "101 should hear dial tone of {hz:?} Hz, -13 dBm0, but hears {}",
        describe(&heard)
    );
    bench.note(&format!("101 hears dial tone: {}", describe(&heard)));
}

#[test]
fn the_box_abroad() {
    for abroad in &ABROAD {
        let mut bench = Told::new(setup(abroad));
        bench.note(abroad.code);
        inside(&mut bench, abroad);
        outside(&mut bench, abroad);
        bench.finish();
    }
}

fn inside(bench: &mut Told, abroad: &Abroad) {
    bench.phone(0).lift();
    hears_dial_tone(bench, abroad.dial_hz);
    bench.phone(0).dial("102").expect("keys of a keypad");
    until(&mut bench.0, "102 rings", 5_000, |b| b.phone(1).ringing());
    bench.run_ms(13_000);
    let cadence = bench.phone(1).ring_cadence_ms();
    let wanted = abroad.ring_ms.iter().cycle();
    let right = cadence
        .iter()
        .zip(wanted)
        .all(|(got, want)| got.0.abs_diff(want.0) <= 20 && got.1.abs_diff(want.1) <= 20);
    assert!(
        right && cadence.len() >= 2,
        "102 rings {cadence:?} ms, not {:?}",
        abroad.ring_ms
    );
    bench.note(&format!("102 rings {cadence:?} ms"));
    shows(&mut bench.0, 1, 0, "101", "Phone 1");
    let by = bench.phone(1).caller_id_shown()[0].standard;
    assert_eq!(by, abroad.caller_id, "the number came another way");
    let called = answers(&mut bench.0, 1);
    let caller = Party::Phone(0);
    speech_both_ways(&mut bench.0, caller, called);
    bench.phone(0).flash_key();
    hears_dial_tone(bench, abroad.dial_hz);
    bench.phone(0).flash_key();
    bench.run_ms(800);
    speech_both_ways(&mut bench.0, caller, called);
    hang_up(&mut bench.0, 0);
    hang_up(&mut bench.0, 1);
}

fn outside(bench: &mut Told, abroad: &Abroad) {
    directory(&mut bench.0);
    for how in [
        Disconnect::Busy,
        Disconnect::Congestion,
        Disconnect::NumberUnobtainable,
    ] {
        bench.phone(0).lift();
        hears_dial_tone(bench, abroad.dial_hz);
        let number = format!("0{BY_RINGBACK}#");
        bench.phone(0).dial(&number).expect("keys of a keypad");
        hands_done(&mut bench.0, 0);
        outpulsed(&mut bench.0, 0, BY_RINGBACK);
        let far = far_talks(&mut bench.0, 0);
        bench.run_ms(8_000);
        speech_both_ways(&mut bench.0, Party::Phone(0), far);
        bench.line(0).far_hang_up_by(how);
        bench.note(&format!("the far party hangs up: {how:?}"));
        let mut waited = 0;
        while bench.line(0).is_seized() {
            assert!(
                waited < 15_000,
                "{}: the box does not notice {how:?}; 101 hears {}",
                abroad.code,
                describe(&bench.phone(0).heard_last(2_000))
            );
            bench.run_ms(100);
            waited += 100;
        }
        assert!(
            waited >= 500,
            "{}: the box hangs up {waited} ms after {how:?} began",
            abroad.code
        );
        bench.note(&format!("the box notices after {waited} ms"));
        line_idle(&mut bench.0, 0);
        hang_up(&mut bench.0, 0);
    }
    for number in ["05550017", "05550034", "05550001"] {
        let call = bench.sip(0).call_count();
        bench.sip(0).call(number);
        let over = |b: &mut hw_tests::SimBench| {
            matches!(
                b.sip(0).state(call),
                Some(hw_tests::sip_phone::State::Over(_))
            )
        };
        let what = format!(
            "{}: the call to {number} ends by the exchange's tone",
            abroad.code
        );
        until(&mut bench.0, &what, 30_000, over);
        let state = bench.sip(0).state(call);
        bench.note(&format!("111's call to {number} is {state:?}"));
        line_idle(&mut bench.0, 0);
    }
}
