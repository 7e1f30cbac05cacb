//! Analog phones and SIP phones call each other.

use telephony::Cause;

use super::sound::{BUSY, RINGBACK, hears};
use super::steps::{
    answers, dials, digits_arrive, hang_up, recorded, records_before, rings, shows, sip_answers,
    sip_calls, sip_ends, sip_hangs_up, sip_is, sip_rings, speech_both_ways,
};
use crate::Bench;
use crate::sip_phone::State;

/// 101 calls 111; they talk and press keys; 111 hangs up.
pub fn phone_sip(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let known = bench.sip(0).call_count();
    let caller = dials(bench, 0, "111");
    let called = sip_rings(bench, 0, known, "101");
    hears(bench, caller, &RINGBACK);
    sip_answers(bench, called);
    speech_both_ways(bench, caller, called);
    digits_arrive(bench, caller, called, "1590#");
    digits_arrive(bench, called, caller, "*738");
    speech_both_ways(bench, caller, called);
    sip_hangs_up(bench, called);
    hears(bench, caller, &BUSY);
    hang_up(bench, 0);
    recorded(
        bench,
        before,
        &[("101", "111", Cause::NormalClearing, true)],
    );
}

/// 111 calls 101; they talk and press keys; 101 hangs up.
pub fn sip_phone(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let shown = bench.phone(0).caller_id_shown().len();
    let caller = sip_calls(bench, 0, "101");
    rings(bench, 0);
    sip_is(bench, caller, &State::Ringback);
    shows(bench, 0, shown, "111", "Desk 111");
    let called = answers(bench, 0);
    sip_is(bench, caller, &State::Up);
    speech_both_ways(bench, caller, called);
    digits_arrive(bench, caller, called, "2468");
    digits_arrive(bench, called, caller, "97*");
    hang_up(bench, 0);
    sip_ends(bench, caller, 200);
    recorded(
        bench,
        before,
        &[("111", "101", Cause::NormalClearing, true)],
    );
}

/// 111 calls 112; both speak mu-law, so packets pass as they are; events pass as events.
pub fn sip_sip(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let known = bench.sip(1).call_count();
    let caller = sip_calls(bench, 0, "112");
    let called = sip_rings(bench, 1, known, "111");
    sip_is(bench, caller, &State::Ringback);
    sip_answers(bench, called);
    sip_is(bench, caller, &State::Up);
    speech_both_ways(bench, caller, called);
    digits_arrive(bench, caller, called, "1590#");
    digits_arrive(bench, called, caller, "*738");
    sip_hangs_up(bench, caller);
    sip_ends(bench, called, 200);
    recorded(
        bench,
        before,
        &[("111", "112", Cause::NormalClearing, true)],
    );
}

/// The called SIP phone hangs up first.
pub fn called_sip_hangs_up(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let known = bench.sip(1).call_count();
    let caller = sip_calls(bench, 0, "112");
    let called = sip_rings(bench, 1, known, "111");
    sip_answers(bench, called);
    sip_is(bench, caller, &State::Up);
    sip_hangs_up(bench, called);
    sip_ends(bench, caller, 200);
    recorded(
        bench,
        before,
        &[("111", "112", Cause::NormalClearing, true)],
    );
}
