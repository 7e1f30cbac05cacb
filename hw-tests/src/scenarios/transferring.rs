//! Handing a party over: by REFER, blind and attended, and by flash.

use line_sim::CidDelivery;
use telephony::Cause;

use super::inside::arrives;
use super::outside::{BY_REVERSAL, directory, far_talks_after, line_idle};
use super::party::Party;
use super::sound::{DIAL, HOLD, RINGBACK, hears};
use super::steps::{
    answers, dial, dials, digits_arrive, flash, hang_up, recorded, records_before, rings, shows,
    sip_answers, sip_calls, sip_ends, sip_is, sip_rings, speech_both_ways,
};
use crate::sip_phone::State;
use crate::{Bench, until};

/// 111 hands 101 over to 102, unseen.
pub fn blind(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let known = bench.sip(0).call_count();
    let shown = bench.phone(1).caller_id_shown().len();
    let caller = dials(bench, 0, "111");
    let called = sip_rings(bench, 0, known, "101");
    sip_answers(bench, called);
    speech_both_ways(bench, caller, called);
    bench.note("111 hands 101 over to 102");
    bench.sip(0).transfer(known, "102");
    rings(bench, 1);
    sip_ends(bench, called, 200);
    hears(bench, caller, &RINGBACK);
    shows(bench, 1, shown, "101", "Phone 1");
    let target = answers(bench, 1);
    speech_both_ways(bench, caller, target);
    digits_arrive(bench, caller, target, "159");
    hang_up(bench, 0);
    hang_up(bench, 1);
    recorded(
        bench,
        before,
        &[("101", "111", Cause::NormalClearing, true)],
    );
}

/// 112 talks to 101, asks 102, and joins the two.
pub fn attended(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let first = bench.sip(1).call_count();
    let caller = dials(bench, 0, "112");
    let called = sip_rings(bench, 1, first, "101");
    sip_answers(bench, called);
    speech_both_ways(bench, caller, called);
    bench.sip(1).hold(first, true);
    bench.note("112 puts 101 on hold");
    hears(bench, caller, &HOLD);
    let asking = sip_calls(bench, 1, "102");
    rings(bench, 1);
    let target = answers(bench, 1);
    sip_is(bench, asking, &State::Up);
    speech_both_ways(bench, asking, target);
    bench.note("112 joins 101 and 102");
    bench.sip(1).transfer_to_call(first, first + 1);
    sip_ends(bench, called, 200);
    sip_ends(bench, asking, 200);
    bench.run_ms(300);
    speech_both_ways(bench, caller, target);
    digits_arrive(bench, target, caller, "159");
    hang_up(bench, 1);
    hang_up(bench, 0);
    recorded(
        bench,
        before,
        &[
            ("101", "112", Cause::NormalClearing, true),
            ("112", "102", Cause::NormalClearing, true),
        ],
    );
}

/// 101 talks to 102, flashes, asks 111, and hangs up: 102 and 111 are joined.
pub fn by_flash(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let known = bench.sip(0).call_count();
    let caller = dials(bench, 0, "102");
    rings(bench, 1);
    let held = answers(bench, 1);
    speech_both_ways(bench, caller, held);
    flash(bench, 0);
    hears(bench, caller, &DIAL);
    hears(bench, held, &HOLD);
    dial(bench, 0, "111");
    let asked = sip_rings(bench, 0, known, "101");
    hears(bench, caller, &RINGBACK);
    sip_answers(bench, asked);
    speech_both_ways(bench, caller, asked);
    bench.note("101 goes back to 102 by a flash, and to 111 by another");
    flash(bench, 0);
    speech_both_ways(bench, caller, held);
    flash(bench, 0);
    speech_both_ways(bench, caller, asked);
    hang_up(bench, 0);
    bench.run_ms(300);
    speech_both_ways(bench, held, asked);
    digits_arrive(bench, held, asked, "159");
    digits_arrive(bench, asked, held, "753");
    hang_up(bench, 1);
    sip_ends(bench, asked, 200);
    recorded(
        bench,
        before,
        &[
            ("101", "102", Cause::NormalClearing, true),
            ("101", "111", Cause::NormalClearing, true),
        ],
    );
}

/// 101 hangs up while 111 still rings: 102 waits for the answer in its place.
pub fn by_flash_ringing(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let known = bench.sip(0).call_count();
    dials(bench, 0, "102");
    rings(bench, 1);
    let held = answers(bench, 1);
    bench.run_ms(300);
    flash(bench, 0);
    hears(bench, Party::Phone(0), &DIAL);
    dial(bench, 0, "111");
    let asked = sip_rings(bench, 0, known, "101");
    hang_up(bench, 0);
    hears(bench, held, &RINGBACK);
    sip_answers(bench, asked);
    bench.run_ms(300);
    speech_both_ways(bench, held, asked);
    hang_up(bench, 1);
    sip_ends(bench, asked, 200);
    recorded(
        bench,
        before,
        &[
            ("101", "102", Cause::NormalClearing, true),
            ("101", "111", Cause::NormalClearing, false),
        ],
    );
}

/// 101 talks outside, asks 102 by flash, and hangs up: 102 has the call outside.
pub fn line_by_flash(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    let caller = dials(bench, 0, &format!("0{BY_REVERSAL}#"));
    let far = far_talks_after(bench, 0);
    bench.run_ms(500);
    speech_both_ways(bench, caller, far);
    flash(bench, 0);
    hears(bench, caller, &DIAL);
    hears(bench, far, &HOLD);
    dial(bench, 0, "102");
    rings(bench, 1);
    let asked = answers(bench, 1);
    speech_both_ways(bench, caller, asked);
    hang_up(bench, 0);
    bench.run_ms(300);
    speech_both_ways(bench, far, asked);
    digits_arrive(bench, asked, far, "159");
    hang_up(bench, 1);
    line_idle(bench, 0);
    let row = |dialled| ("101", dialled, Cause::NormalClearing, true);
    recorded(bench, before, &[row("05551234"), row("102")]);
}

/// 111 answers a call from outside and hands it over to 101, which hangs up.
pub fn line_by_refer(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let known = bench.sip(0).call_count();
    let shown = bench.phone(0).caller_id_shown().len();
    arrives(bench, 1, CidDelivery::Bell202);
    until(bench, "111 is called", 12_000, |b| {
        b.sip(0).call_count() > known
    });
    let called = sip_rings(bench, 0, known, "5559876");
    sip_answers(bench, called);
    bench.run_ms(300);
    let far = Party::Far(1);
    speech_both_ways(bench, called, far);
    bench.note("111 hands the call over to 101");
    bench.sip(0).transfer(known, "101");
    rings(bench, 0);
    sip_ends(bench, called, 200);
    hears(bench, far, &RINGBACK);
    shows(bench, 0, shown, "5559876", "ACME LTD");
    let target = answers(bench, 0);
    speech_both_ways(bench, far, target);
    digits_arrive(bench, far, target, "159");
    hang_up(bench, 0);
    line_idle(bench, 1);
    recorded(
        bench,
        before,
        &[("5559876", "", Cause::NormalClearing, true)],
    );
}
