//! The network between the SIP phones and the box: loss, races, a phone that falls silent, and sharing an extension.

use hw_tests::scenarios::steps::{
    answers, dials, hang_up, recorded, records_before, rings, sip_answers, sip_calls, sip_ends,
    sip_is, sip_rings, speech_within, stops_ringing,
};
use hw_tests::scenarios::{CONGESTION, Party, describe, hears_within};
use hw_tests::sip_phone::State;
use hw_tests::{Bench, Setup, Tolerance, until};
use store::{Device, Extension};
use telephony::{Cause, LineId};

use crate::Told;

/// One packet in a hundred is lost, of signalling and of speech. Every call comes about; what is lost of the speech towards
/// the analog phone is concealed.
#[test]
fn one_packet_in_a_hundred_is_lost() {
    let mut bench = Told::new(Setup {
        loss_per_mille: 10,
        ..Setup::default()
    });
    // A lost packet is a gap for the scripted SIP phone, which conceals nothing, and a jump of the phase for either ear.
    let tolerance = Tolerance {
        gaps: 3,
        jumps: 16,
        rest_dbm0: 0.0,
        ..Tolerance::default()
    };
    let before = records_before(&mut bench.0);
    let mut rows = Vec::new();
    for n in 0..12 {
        let known = bench.sip(0).call_count();
        let (a, b) = match n % 3 {
            0 => {
                let caller = dials(&mut bench.0, 0, "111");
                let called = sip_rings(&mut bench.0, 0, known, "101");
                sip_answers(&mut bench.0, called);
                rows.push(("101", "111", Cause::NormalClearing, true));
                (caller, called)
            }
            1 => {
                let caller = sip_calls(&mut bench.0, 1, "101");
                rings(&mut bench.0, 0);
                let called = answers(&mut bench.0, 0);
                rows.push(("112", "101", Cause::NormalClearing, true));
                (caller, called)
            }
            _ => {
                let caller = sip_calls(&mut bench.0, 1, "111");
                let called = sip_rings(&mut bench.0, 0, known, "112");
                sip_answers(&mut bench.0, called);
                rows.push(("112", "111", Cause::NormalClearing, true));
                (caller, called)
            }
        };
        for party in [a, b] {
            if matches!(party, Party::Sip(..)) {
                sip_is(&mut bench.0, party, &State::Up);
            }
        }
        bench.run_ms(700);
        speech_within(&mut bench.0, a, b, &tolerance);
        if let Party::Phone(_) = a {
            concealed(&mut bench.0, b, a);
        }
        match a {
            Party::Phone(n) => hang_up(&mut bench.0, n),
            Party::Sip(n, call) => bench.sip(n).hang_up(call),
            Party::Far(_) => {}
        }
        if b == Party::Phone(0) {
            bench.run_ms(500);
            hang_up(&mut bench.0, 0);
        }
        for party in [a, b] {
            if matches!(party, Party::Sip(..)) {
                sip_ends(&mut bench.0, party, 200);
            }
        }
    }
    recorded(&mut bench.0, before, &rows);
    // What was not acknowledged is sent for 32 s.
    bench.run_ms(33_000);
    bench.finish();
}

/// Ten seconds of tone from a SIP phone through the lossy network: the analog phone hears no gap.
fn concealed(bench: &mut dyn Bench, mouth: Party, ear: Party) {
    mouth.say(bench, Some((1_060.0, -10.0)));
    bench.run_ms(10_500);
    let heard = ear.heard_last(bench, 10_000);
    let gaps = heard.gaps(-22.0, 8);
    assert!(
        gaps.is_empty(),
        "{} hears gaps where packets were lost: {gaps:?}",
        ear.name()
    );
    let level = heard.level_dbm0();
    assert!(
        (level + 10.0).abs() < 1.0,
        "{} hears {level:.1} dBm0 (said: -10.0): {}",
        ear.name(),
        describe(&heard)
    );
    bench.note(&format!(
        "{} hears 10 s of {}'s tone without a gap, {level:.1} dBm0",
        ear.name(),
        mouth.name()
    ));
    mouth.say(bench, None);
    bench.run_ms(300);
}

/// 111's packets stop: after 120 s the call is ended, on both sides.
#[test]
fn no_rtp_for_two_minutes() {
    let mut bench = Told::new(Setup::default());
    let before = records_before(&mut bench.0);
    let known = bench.sip(0).call_count();
    let caller = dials(&mut bench.0, 0, "111");
    let called = sip_rings(&mut bench.0, 0, known, "101");
    sip_answers(&mut bench.0, called);
    bench.run_ms(1_000);
    bench.sip_phone(0).fall_mute(known);
    bench.note("111 sends no more RTP");
    bench.run_ms(118_500);
    assert_eq!(
        bench.sip(0).state(known),
        Some(State::Up),
        "the call is ended before 120 s without RTP"
    );
    sip_ends(&mut bench.0, called, 200);
    hears_within(&mut bench.0, caller, &CONGESTION, 3_000);
    hang_up(&mut bench.0, 0);
    recorded(
        &mut bench.0,
        before,
        &[("101", "111", Cause::RecoveryOnTimerExpiry, true)],
    );
    bench.finish();
}

/// A SIP phone on hold sends nothing for long: that is no failure.
#[test]
fn a_long_hold_is_no_timeout() {
    let mut bench = Told::new(Setup::default());
    let before = records_before(&mut bench.0);
    let known = bench.sip(0).call_count();
    let caller = dials(&mut bench.0, 0, "111");
    let called = sip_rings(&mut bench.0, 0, known, "101");
    sip_answers(&mut bench.0, called);
    bench.run_ms(300);
    bench.sip(0).hold(known, true);
    bench.run_ms(200_000);
    assert_eq!(
        bench.sip(0).state(known),
        Some(State::Up),
        "a held call is ended after 200 s without RTP"
    );
    bench.sip(0).hold(known, false);
    bench.run_ms(300);
    hw_tests::scenarios::steps::speech_both_ways(&mut bench.0, caller, called);
    hang_up(&mut bench.0, 0);
    sip_ends(&mut bench.0, called, 200);
    recorded(
        &mut bench.0,
        before,
        &[("101", "111", Cause::NormalClearing, true)],
    );
    bench.finish();
}

/// 111 cancels around the moment 112 answers, in every order: nothing is left over, and the call is recorded once.
#[test]
fn cancel_and_answer_cross() {
    let mut bench = Told::new(Setup::default());
    for lead_ms in 0..8 {
        for answer_first in [false, true] {
            let before = records_before(&mut bench.0);
            let known = bench.sip(1).call_count();
            let caller = sip_calls(&mut bench.0, 0, "112");
            let Party::Sip(_, call) = caller else {
                unreachable!("111 is a SIP phone")
            };
            sip_rings(&mut bench.0, 1, known, "111");
            sip_is(&mut bench.0, caller, &State::Ringback);
            let (answer_ms, cancel_ms) = if answer_first {
                (10, 10 + lead_ms)
            } else {
                (10 + lead_ms, 10)
            };
            bench.later(answer_ms, 1, move |phone| {
                if phone.state(known) == Some(&State::Ringing) {
                    phone.answer(known);
                }
            });
            bench.later(cancel_ms, 0, move |phone| phone.hang_up(call));
            let over = |bench: &mut hw_tests::SimBench, n: usize, call| {
                matches!(bench.sip(n).state(call), Some(State::Over(_)))
            };
            until(&mut bench.0, "both are hung up", 5_000, |b| {
                over(b, 0, call) && over(b, 1, known)
            });
            bench.run_ms(500);
            let got = bench.records().len() - before;
            assert_eq!(
                got, 1,
                "{got} records of one call ({lead_ms} ms apart, answered first: {answer_first})"
            );
        }
    }
    bench.finish();
}

/// Packets between SIP phones are passed on as they are: every octet of speech arrives.
#[test]
fn sip_to_sip_is_not_decoded() {
    let mut bench = Told::new(Setup::default());
    let known = bench.sip(1).call_count();
    let caller = sip_calls(&mut bench.0, 0, "112");
    let called = sip_rings(&mut bench.0, 1, known, "111");
    sip_answers(&mut bench.0, called);
    sip_is(&mut bench.0, caller, &State::Up);
    bench.run_ms(100);
    let before = bench.forwarded();
    caller.say(&mut bench.0, Some((1_013.0, -3.0)));
    bench.run_ms(2_000);
    let passed = bench.forwarded() - before;
    assert!(
        (195..=205).contains(&passed),
        "{passed} packets were passed on undecoded in 2 s, of 100 each way"
    );
    // The tone that was said, octet by octet: one sample off anywhere would show.
    let heard = called.heard_last(&mut bench.0, 1_000);
    let octets: Vec<u8> = heard
        .samples()
        .iter()
        .map(|&s| dsp::g711::encode_ulaw(s))
        .collect();
    let said: Vec<u8> = (1..=32_000)
        .map(|n| {
            let phase = std::f64::consts::TAU * 1_013.0 / 8_000.0 * f64::from(n);
            let sample = 32_767.0 * 10f64.powf((-3.0 - 3.17) / 20.0) * phase.sin();
            dsp::g711::encode_ulaw(sample.round() as i16)
        })
        .collect();
    // A sample on the edge of two codes may round to either; a decoded and encoded stream with a gain would differ everywhere.
    let differ = |from: usize| {
        octets
            .iter()
            .zip(&said[from..])
            .filter(|(a, b)| a != b)
            .count()
    };
    let least = (0..said.len() - octets.len())
        .step_by(8)
        .map(differ)
        .min()
        .unwrap_or(usize::MAX);
    assert!(
        least * 200 < octets.len(),
        "112 hears {least} octets of {} that 111 did not say",
        octets.len()
    );
    bench.note(&format!(
        "{passed} packets were passed on undecoded; {least} of {} octets differ by rounding",
        octets.len()
    ));
    bench.finish();
}

/// 102 is an analog phone and a SIP phone: both ring, and the one that is lifted silences the other.
#[test]
fn two_devices_ring_together() {
    let mut bench = Told::new(Setup {
        office: |store| {
            store.remove_extension("113").expect("113 exists");
            let devices = vec![Device::Fxs(LineId(1)), Device::Sip("113".to_owned())];
            store
                .put_extension(&Extension::new("102", "Two phones", devices))
                .expect("an extension of two devices");
            store
                .set_sip_password("113", hw_tests::PASSWORD)
                .expect("a password");
        },
        ..Setup::default()
    });
    let before = records_before(&mut bench.0);
    let caller = dials(&mut bench.0, 0, "102");
    rings(&mut bench.0, 1);
    let sip = sip_rings(&mut bench.0, 2, 0, "101");
    sip_answers(&mut bench.0, sip);
    stops_ringing(&mut bench.0, 1, 100);
    hw_tests::scenarios::steps::speech_both_ways(&mut bench.0, caller, sip);
    hang_up(&mut bench.0, 0);
    sip_ends(&mut bench.0, sip, 200);
    let caller = dials(&mut bench.0, 0, "102");
    rings(&mut bench.0, 1);
    let sip = sip_rings(&mut bench.0, 2, 1, "101");
    let phone = answers(&mut bench.0, 1);
    sip_ends(&mut bench.0, sip, 487);
    hw_tests::scenarios::steps::speech_both_ways(&mut bench.0, caller, phone);
    hang_up(&mut bench.0, 0);
    hang_up(&mut bench.0, 1);
    let row = ("101", "102", Cause::NormalClearing, true);
    recorded(&mut bench.0, before, &[row, row]);
    bench.finish();
}
