//! A panic in one call's code ends that call, and nothing else.

use hw_tests::sip_phone::State;
use hw_tests::{Bench, Setup, SimBench, until};
use telephony::Cause;

fn bench() -> SimBench {
    SimBench::new(Setup {
        panics_for: Some(1),
        ..Setup::default()
    })
}

/// A call between 101 and 111 that must not notice anything.
fn talk(bench: &mut SimBench) {
    bench.sip(0).call("101");
    until(bench, "101 rings", 5_000, |b| b.phone(0).ringing());
    bench.phone(0).lift();
    until(bench, "the call is up", 2_000, |b| {
        b.sip(0).state(0) == Some(State::Up)
    });
    bench.phone(0).say_tone(1_000.0, -10.0);
    bench.run_ms(1_000);
}

fn talks(bench: &mut SimBench) {
    bench.run_ms(1_000);
    let heard = bench.sip(0).heard_last(0, 800);
    let level = heard.tone_dbm0(1_000.0);
    assert!((level + 10.0).abs() < 1.0, "111 hears 101 at {level} dBm0");
    assert!(
        heard.gaps(-25.0, 2).is_empty(),
        "111 hears 101 without a gap"
    );
}

#[test]
fn a_call_whose_code_panics_as_it_comes_in_is_refused() {
    let mut bench = bench();
    talk(&mut bench);
    bench.sip(1).call("102");
    until(&mut bench, "112 is refused", 2_000, |b| {
        matches!(b.sip(1).state(0), Some(State::Over(500..=599)))
    });
    talks(&mut bench);
    bench.finish();
}

#[test]
fn a_call_whose_code_panics_as_it_goes_out_ends_with_congestion() {
    let mut bench = bench();
    talk(&mut bench);
    let caller = bench.phone(1);
    caller.lift();
    bench.run_ms(1_000);
    caller.dial("112").expect("keys of a phone");
    bench.run_ms(3_000);
    let tones = caller.heard_last(1_000).strongest_tones(2, -30.0);
    let found = |hz: f32| tones.iter().any(|(f, _)| (f - hz).abs() < 3.0);
    assert!(
        found(480.0) && found(620.0),
        "102 hears congestion: {tones:?}"
    );
    talks(&mut bench);
    bench.finish();
    let records = bench.records();
    let lost = records.iter().find(|cdr| cdr.dialled.as_str() == "112");
    assert_eq!(lost.map(|cdr| cdr.cause), Some(Cause::TemporaryFailure));
}
