//! Hold and resume: by a SIP phone's re-INVITE, and by flash.

use telephony::Cause;

use super::party::Party;
use super::sound::{DIAL, HOLD, hears, hears_cadence, hears_nothing};
use super::steps::{
    answers, dials, flash, hang_up, recorded, records_before, rings, sip_answers, sip_hangs_up,
    sip_rings, speech_both_ways, stops_ringing,
};
use crate::Bench;

/// 111 puts 101 on hold, and takes it back, twice.
pub fn by_sip(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let known = bench.sip(0).call_count();
    let caller = dials(bench, 0, "111");
    let called = sip_rings(bench, 0, known, "101");
    sip_answers(bench, called);
    speech_both_ways(bench, caller, called);
    for hold in [hears, hears_cadence] {
        bench.sip(0).hold(known, true);
        bench.note("111 puts 101 on hold");
        hold(bench, caller, &HOLD);
        bench.sip(0).hold(known, false);
        bench.note("111 takes 101 back");
        bench.run_ms(300);
        speech_both_ways(bench, caller, called);
    }
    sip_hangs_up(bench, called);
    hang_up(bench, 0);
    recorded(
        bench,
        before,
        &[("101", "111", Cause::NormalClearing, true)],
    );
}

/// 101 flashes: 102 hears hold tone, 101 dial tone; a second flash brings 102 back.
pub fn by_flash(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let caller = dials(bench, 0, "102");
    rings(bench, 1);
    let called = answers(bench, 1);
    speech_both_ways(bench, caller, called);
    flash(bench, 0);
    hears(bench, caller, &DIAL);
    hears(bench, called, &HOLD);
    flash(bench, 0);
    speech_both_ways(bench, caller, called);
    hang_up(bench, 1);
    hang_up(bench, 0);
    recorded(
        bench,
        before,
        &[
            ("101", "102", Cause::NormalClearing, true),
            ("101", "", Cause::NormalClearing, false),
        ],
    );
}

/// 101 flashes and hangs up: 102, left on hold, rings 101 back.
pub fn rung_back(bench: &mut dyn Bench) {
    let before = records_before(bench);
    dials(bench, 0, "102");
    rings(bench, 1);
    let called = answers(bench, 1);
    bench.run_ms(300);
    flash(bench, 0);
    hears(bench, called, &HOLD);
    hang_up(bench, 0);
    rings(bench, 0);
    let caller = answers(bench, 0);
    speech_both_ways(bench, caller, called);
    hang_up(bench, 0);
    hang_up(bench, 1);
    stops_ringing(bench, 0, 100);
    hears_nothing(bench, Party::Phone(0), 500);
    recorded(
        bench,
        before,
        &[
            ("101", "102", Cause::NormalClearing, true),
            ("101", "", Cause::NormalClearing, false),
        ],
    );
}
