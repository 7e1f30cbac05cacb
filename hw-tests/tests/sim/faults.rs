//! Worn phones, bad pairs, failing ports, a full disk.

use hw_tests::scenarios::steps::{
    answers, dials, hang_up, recorded, records_before, rings, sip_answers, sip_calls, sip_ends,
    sip_hangs_up, sip_is, sip_rings, speech_both_ways,
};
use hw_tests::scenarios::{
    BUSY, BY_REVERSAL, CONGESTION, Party, directory, far_talks_after, hears, line_idle,
};
use hw_tests::sip_phone::State;
use hw_tests::{Bench, Setup};
use line_card::Fault;
use line_sim::{
    EchoPath, FaultSetup, Hum, Keypad, LineSetup, PairSetup, PhoneSetup, PortSetup, PulseSetup,
    SimConfig,
};
use pbxd::signalling::Notice;
use telephony::{Cause, LineId};

use crate::Told;

/// A pair and telephones at the edge of what is allowed: noise, hum, echo, bounce, a detuned keypad, a loop detector that glitches.
fn worn(seed: u64) -> Setup {
    let pair = PairSetup {
        noise_dbm0: Some(-58.0),
        hum: Some(Hum {
            mains_hz: 50.0,
            level_dbm0: -52.0,
        }),
        echo_return_loss_db: 14.0,
        echo_path: EchoPath::default(),
        ..PairSetup::default()
    };
    let faults = FaultSetup {
        loop_glitches_per_min: 60.0,
        ring_glitches_per_min: 20.0,
        ring_glitch_ms: 20,
        ..FaultSetup::default()
    };
    let phone = PhoneSetup {
        pair: pair.clone(),
        bounce_ms: 8,
        keypad: Keypad {
            low_dbm0: -10.0,
            twist_db: 3.0,
            on_ms: 60,
            off_ms: 60,
            detune_percent: 1.0,
        },
        pulse: PulseSetup {
            break_ms: 67,
            make_ms: 38,
            bounce_ms: 3,
            ..PulseSetup::default()
        },
        faults,
        ..PhoneSetup::default()
    };
    let line = LineSetup {
        pair,
        faults,
        ..LineSetup::default()
    };
    let ports = vec![
        PortSetup::Fxs(phone.clone()),
        PortSetup::Fxs(phone),
        PortSetup::Fxo(line.clone()),
        PortSetup::Fxo(line),
    ];
    Setup {
        sim: SimConfig {
            ports,
            seed,
            ..SimConfig::default()
        },
        ..Setup::default()
    }
}

#[test]
fn worn_phones_and_bad_pairs() {
    for seed in 1..=4 {
        let mut bench = Told::new(worn(seed));
        for story in [
            "phone_phone",
            "pulse_dialling",
            "phone_line",
            "line_phone",
            "hold_by_flash",
            "call_waiting",
            "phone_sip",
        ] {
            bench.note(&format!("seed {seed}: {story}"));
            bench.story(story);
        }
        bench.finish();
    }
}

/// Port 101 fails in a call: that call ends, another does not notice; the port heals and works.
#[test]
fn a_phone_port_fails_in_a_call() {
    for by_chip in [false, true] {
        let mut bench = Told::new(Setup::default());
        let before = records_before(&mut bench.0);
        let known = (bench.sip(0).call_count(), bench.sip(1).call_count());
        let failing = dials(&mut bench.0, 0, "111");
        let gone = sip_rings(&mut bench.0, 0, known.0, "101");
        sip_answers(&mut bench.0, gone);
        let other = dials(&mut bench.0, 1, "112");
        let stays = sip_rings(&mut bench.0, 1, known.1, "102");
        sip_answers(&mut bench.0, stays);
        speech_both_ways(&mut bench.0, failing, gone);
        bench.note("the port of 101 fails");
        if by_chip {
            bench.people().kill_port(LineId(0));
        } else {
            bench.card().inject(Fault::Dead(LineId(0)));
        }
        sip_ends(&mut bench.0, gone, 200);
        speech_both_ways(&mut bench.0, other, stays);
        assert!(
            bench.notices().contains(&Notice::PortFailed(LineId(0))),
            "nobody is told that the port failed"
        );
        let sip = sip_calls(&mut bench.0, 2, "101");
        sip_ends(&mut bench.0, sip, 502);
        bench.phone(0).hang_up_now();
        bench.run_ms(500);
        if by_chip {
            bench.people().heal_port(LineId(0));
        } else {
            bench.card().inject(Fault::Healed(LineId(0)));
        }
        bench.note("the port of 101 works again");
        bench.run_ms(1_000);
        assert!(
            bench.notices().contains(&Notice::PortRecovered(LineId(0))),
            "nobody is told that the port works again"
        );
        // It was hung up while its port was dead: it is free, and rings.
        let sip = sip_calls(&mut bench.0, 2, "101");
        rings(&mut bench.0, 0);
        sip_hangs_up(&mut bench.0, sip);
        sip_ends(&mut bench.0, sip, 487);
        speech_both_ways(&mut bench.0, other, stays);
        hang_up(&mut bench.0, 1);
        sip_ends(&mut bench.0, stays, 200);
        recorded(
            &mut bench.0,
            before,
            &[
                ("101", "111", Cause::TemporaryFailure, true),
                ("102", "112", Cause::NormalClearing, true),
                ("113", "101", Cause::DestinationOutOfOrder, false),
                ("113", "101", Cause::NormalClearing, false),
            ],
        );
        bench.story("phone_phone");
        bench.normal_calls();
        bench.finish();
    }
}

/// Line 1 fails in a call: the phone hears so, line 2 takes the next call; healed, line 1 takes calls again.
#[test]
fn a_line_port_fails_in_a_call() {
    let mut bench = Told::new(Setup::default());
    directory(&mut bench.0);
    let before = records_before(&mut bench.0);
    let caller = dials(&mut bench.0, 0, &format!("0{BY_REVERSAL}#"));
    let far = far_talks_after(&mut bench.0, 0);
    bench.run_ms(500);
    speech_both_ways(&mut bench.0, caller, far);
    bench.people().kill_port(LineId(2));
    bench.note("the port of line 1 fails");
    hears(&mut bench.0, caller, &CONGESTION);
    hang_up(&mut bench.0, 0);
    let caller = dials(&mut bench.0, 0, &format!("0{BY_REVERSAL}#"));
    let far = far_talks_after(&mut bench.0, 1);
    bench.run_ms(500);
    speech_both_ways(&mut bench.0, caller, far);
    hang_up(&mut bench.0, 0);
    line_idle(&mut bench.0, 1);
    bench.people().heal_port(LineId(2));
    bench.note("the port of line 1 works again");
    bench.run_ms(3_000);
    recorded(
        &mut bench.0,
        before,
        &[
            ("101", "05551234", Cause::TemporaryFailure, true),
            ("101", "05551234", Cause::NormalClearing, true),
        ],
    );
    bench.story("phone_line");
    bench.story("line_phone");
    bench.finish();
}

/// A port fails while it rings: the caller is told, and another caller's call goes on.
#[test]
fn a_phone_port_fails_while_it_rings() {
    let mut bench = Told::new(Setup::default());
    let before = records_before(&mut bench.0);
    let caller = sip_calls(&mut bench.0, 0, "102");
    rings(&mut bench.0, 1);
    bench.card().inject(Fault::Dead(LineId(1)));
    bench.note("the port of 102 fails");
    sip_ends(&mut bench.0, caller, 503);
    bench.card().inject(Fault::Healed(LineId(1)));
    bench.run_ms(1_000);
    recorded(
        &mut bench.0,
        before,
        &[("111", "102", Cause::TemporaryFailure, false)],
    );
    bench.story("phone_phone");
    bench.finish();
}

/// The disk is full: calls go on, and their records arrive when there is room again.
#[test]
fn a_full_disk() {
    let mut bench = Told::new(Setup::default());
    let before = records_before(&mut bench.0);
    bench.set_disk_full(true);
    bench.note("the disk is full");
    for _ in 0..3 {
        let known = bench.sip(0).call_count();
        let caller = dials(&mut bench.0, 0, "111");
        let called = sip_rings(&mut bench.0, 0, known, "101");
        sip_answers(&mut bench.0, called);
        speech_both_ways(&mut bench.0, caller, called);
        hang_up(&mut bench.0, 0);
        sip_ends(&mut bench.0, called, 200);
    }
    let caller = sip_calls(&mut bench.0, 0, "102");
    rings(&mut bench.0, 1);
    let called = answers(&mut bench.0, 1);
    sip_is(&mut bench.0, caller, &State::Up);
    assert_eq!(
        bench.records().len(),
        before,
        "a full disk takes no records"
    );
    bench.set_disk_full(false);
    bench.note("the disk has room again");
    let row = ("101", "111", Cause::NormalClearing, true);
    recorded(&mut bench.0, before, &[row, row, row]);
    speech_both_ways(&mut bench.0, caller, called);
    hang_up(&mut bench.0, 1);
    sip_ends(&mut bench.0, caller, 200);
    recorded(
        &mut bench.0,
        before + 3,
        &[("111", "102", Cause::NormalClearing, true)],
    );
    bench.finish();
}

/// Crackle on the pair is heard, but nobody's call ends of it, and no digit is made up.
#[test]
fn crackle() {
    let faults = FaultSetup {
        noise_bursts_per_min: 60.0,
        noise_burst_dbm0: -12.0,
        ..FaultSetup::default()
    };
    let phone = PhoneSetup {
        faults,
        ..PhoneSetup::default()
    };
    let line = LineSetup {
        faults,
        ..LineSetup::default()
    };
    let ports = vec![
        PortSetup::Fxs(phone.clone()),
        PortSetup::Fxs(phone),
        PortSetup::Fxo(line.clone()),
        PortSetup::Fxo(line),
    ];
    let mut bench = Told::new(Setup {
        sim: SimConfig {
            ports,
            seed: 5,
            ..SimConfig::default()
        },
        ..Setup::default()
    });
    let known = bench.sip(0).call_count();
    let caller = dials(&mut bench.0, 0, "111");
    let called = sip_rings(&mut bench.0, 0, known, "101");
    sip_answers(&mut bench.0, called);
    caller.say(&mut bench.0, Some((1_060.0, -10.0)));
    bench.run_ms(60_000);
    assert_eq!(
        bench.sip(0).digits(known),
        "",
        "111 gets digits that nobody pressed"
    );
    assert_eq!(
        bench.sip(0).state(known),
        Some(State::Up),
        "the call ended of crackle"
    );
    let heard = called.heard_last(&mut bench.0, 5_000);
    assert!(
        (heard.tone_dbm0(1_060.0) + 10.0).abs() < 1.0,
        "111 hears {}",
        hw_tests::scenarios::describe(&heard)
    );
    bench.sip(0).hang_up(known);
    hears(&mut bench.0, Party::Phone(0), &BUSY);
    hang_up(&mut bench.0, 0);
    bench.finish();
}

/// A cut cable is news for the operator, and so is its repair.
#[test]
fn a_cut_cable_is_told() {
    let mut bench = Told::new(Setup::default());
    bench.line(1).cut();
    bench.run_ms(1_500);
    assert_eq!(
        bench.notices().last(),
        Some(&Notice::LineCut(LineId(3))),
        "nobody is told that line 2 is cut"
    );
    bench.line(1).restore();
    bench.run_ms(1_500);
    assert_eq!(
        bench.notices().last(),
        Some(&Notice::LineRestored(LineId(3))),
        "nobody is told that line 2 is mended"
    );
    bench.finish();
}
