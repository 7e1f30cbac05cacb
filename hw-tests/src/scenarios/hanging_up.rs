//! Hanging up in every state of a call, from either end. Calls on exchange lines are in `outside` and `inside`.

use telephony::Cause;

use super::party::Party;
use super::sound::{BUSY, DIAL, HOLD, RINGBACK, hears, hears_nothing, sounds};
use super::steps::{
    answers, dials, flash, hang_up, lift, recorded, records_before, rings, sip_answers, sip_calls,
    sip_ends, sip_hangs_up, sip_is, sip_rings, speech_both_ways, stops_ringing,
};
use crate::Bench;
use crate::sip_phone::State;

/// 101 hangs up in dial tone, while dialling, while 102 rings, in talk, and while it is held.
pub fn phone(bench: &mut dyn Bench) {
    let before = records_before(bench);
    lift(bench, 0);
    hang_up(bench, 0);
    dials(bench, 0, "1");
    hang_up(bench, 0);
    let caller = dials(bench, 0, "102");
    rings(bench, 1);
    hears(bench, caller, &RINGBACK);
    hang_up(bench, 0);
    stops_ringing(bench, 1, 100);
    let row = |dialled, answered| ("101", dialled, Cause::NormalClearing, answered);
    recorded(
        bench,
        before,
        &[row("", false), row("1", false), row("102", false)],
    );

    let before = records_before(bench);
    let known = bench.sip(0).call_count();
    let caller = dials(bench, 0, "111");
    let called = sip_rings(bench, 0, known, "101");
    hang_up(bench, 0);
    sip_ends(bench, called, 487);
    dials(bench, 0, "111");
    let called = sip_rings(bench, 0, known + 1, "101");
    sip_answers(bench, called);
    speech_both_ways(bench, caller, called);
    hang_up(bench, 0);
    sip_ends(bench, called, 200);
    dials(bench, 0, "111");
    let called = sip_rings(bench, 0, known + 2, "101");
    sip_answers(bench, called);
    bench.run_ms(300);
    let Party::Sip(n, call) = called else {
        unreachable!("111 is a SIP phone")
    };
    bench.sip(n).hold(call, true);
    bench.note("111 puts 101 on hold");
    hears(bench, caller, &HOLD);
    hang_up(bench, 0);
    sip_ends(bench, called, 200);
    recorded(
        bench,
        before,
        &[row("111", false), row("111", true), row("111", true)],
    );
}

/// 111 hangs up right after calling, while 102 rings, in talk, while it holds, and while 101 holds it.
pub fn sip(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let caller = sip_calls(bench, 1, "102");
    bench.run_ms(30);
    sip_hangs_up(bench, caller);
    sip_ends(bench, caller, 487);
    stops_ringing(bench, 1, 100);
    let caller = sip_calls(bench, 0, "102");
    rings(bench, 1);
    sip_is(bench, caller, &State::Ringback);
    sip_hangs_up(bench, caller);
    sip_ends(bench, caller, 487);
    stops_ringing(bench, 1, 100);
    let row = |answered| ("111", "102", Cause::NormalClearing, answered);
    let at_once = ("112", "102", Cause::NormalClearing, false);
    recorded(bench, before, &[at_once, row(false)]);

    let before = records_before(bench);
    for holds in [false, true] {
        let caller = sip_calls(bench, 0, "102");
        rings(bench, 1);
        let called = answers(bench, 1);
        sip_is(bench, caller, &State::Up);
        bench.run_ms(300);
        if holds {
            let Party::Sip(n, call) = caller else {
                unreachable!("111 is a SIP phone")
            };
            bench.sip(n).hold(call, true);
            bench.note("111 puts 102 on hold");
            hears(bench, called, &HOLD);
        }
        sip_hangs_up(bench, caller);
        hears(bench, called, &BUSY);
        hang_up(bench, 1);
    }
    recorded(bench, before, &[row(true), row(true)]);

    let before = records_before(bench);
    let caller = sip_calls(bench, 0, "101");
    rings(bench, 0);
    let called = answers(bench, 0);
    sip_is(bench, caller, &State::Up);
    flash(bench, 0);
    hears(bench, called, &DIAL);
    hears(bench, caller, &HOLD);
    sip_hangs_up(bench, caller);
    bench.run_ms(500);
    assert!(
        sounds(bench, called, &DIAL),
        "101 should still hear dial tone when the party it holds hangs up"
    );
    bench.note("101 still hears dial tone");
    hang_up(bench, 0);
    hears_nothing(bench, called, 1_000);
    assert!(
        !bench.phone(0).ringing(),
        "101 is rung back though nobody is held any more"
    );
    recorded(
        bench,
        before,
        &[
            ("111", "101", Cause::NormalClearing, true),
            ("101", "", Cause::NormalClearing, false),
        ],
    );
}
