//! Call waiting on an analog phone.

use line_sim::{CidDelivery, Disconnect, LineState};
use telephony::Cause;

use super::inside::arrives;
use super::outside::line_idle;
use super::party::Party;
use super::sound::{CALL_WAITING, HOLD, hears};
use super::steps::{
    answers, dials, flash, hang_up, recorded, records_before, rings, sip_calls, sip_ends,
    sip_hangs_up, sip_is, speech_both_ways, stops_ringing,
};
use crate::sip_phone::State;
use crate::{Bench, until};

/// 101 talks to 102; 111 calls 101; flashes swap the two.
pub fn story(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let phone = dials(bench, 0, "102");
    rings(bench, 1);
    let first = answers(bench, 1);
    speech_both_ways(bench, phone, first);
    let second = sip_calls(bench, 0, "101");
    sip_is(bench, second, &State::Ringback);
    hears(bench, phone, &CALL_WAITING);
    bench.run_ms(400);
    speech_both_ways(bench, phone, first);
    flash(bench, 0);
    sip_is(bench, second, &State::Up);
    hears(bench, first, &HOLD);
    speech_both_ways(bench, phone, second);
    flash(bench, 0);
    hears(bench, second, &HOLD);
    speech_both_ways(bench, phone, first);
    flash(bench, 0);
    hears(bench, first, &HOLD);
    speech_both_ways(bench, phone, second);
    bench.note("111 hangs up; a flash brings 102 back");
    sip_hangs_up(bench, second);
    flash(bench, 0);
    speech_both_ways(bench, phone, first);
    hang_up(bench, 0);
    hang_up(bench, 1);
    recorded(
        bench,
        before,
        &[
            ("101", "102", Cause::NormalClearing, true),
            ("111", "101", Cause::NormalClearing, true),
        ],
    );
}

/// The waiting caller gives up; another one waits, and rings 101 when it hangs up.
pub fn given_up(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let phone = dials(bench, 0, "102");
    rings(bench, 1);
    let first = answers(bench, 1);
    bench.run_ms(300);
    let second = sip_calls(bench, 0, "101");
    sip_is(bench, second, &State::Ringback);
    hears(bench, phone, &CALL_WAITING);
    sip_hangs_up(bench, second);
    sip_ends(bench, second, 487);
    speech_both_ways(bench, phone, first);
    let third = sip_calls(bench, 1, "101");
    sip_is(bench, third, &State::Ringback);
    hears(bench, phone, &CALL_WAITING);
    hang_up(bench, 0);
    until(bench, "101 rings for the call that waited", 3_000, |b| {
        b.phone(0).ringing()
    });
    bench.note("101 rings for the call that waited");
    let phone = answers(bench, 0);
    sip_is(bench, third, &State::Up);
    speech_both_ways(bench, phone, third);
    hang_up(bench, 0);
    hang_up(bench, 1);
    stops_ringing(bench, 0, 100);
    recorded(
        bench,
        before,
        &[
            ("101", "102", Cause::NormalClearing, true),
            ("111", "101", Cause::NormalClearing, false),
            ("112", "101", Cause::NormalClearing, true),
        ],
    );
}

/// A call from outside knocks while 101 talks to 102; 101 turns to it by a flash, and back.
pub fn from_outside(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let phone = dials(bench, 0, "102");
    rings(bench, 1);
    let first = answers(bench, 1);
    speech_both_ways(bench, phone, first);
    arrives(bench, 0, CidDelivery::Bell202);
    hears(bench, phone, &CALL_WAITING);
    bench.run_ms(400);
    flash(bench, 0);
    until(bench, "line 1 is answered", 3_000, |b| {
        b.line(0).state() == LineState::Talking
    });
    let far = Party::Far(0);
    hears(bench, first, &HOLD);
    speech_both_ways(bench, phone, far);
    flash(bench, 0);
    hears(bench, far, &HOLD);
    speech_both_ways(bench, phone, first);
    flash(bench, 0);
    bench.run_ms(300);
    bench.note("the caller from outside hangs up; a flash brings 102 back");
    bench
        .line(0)
        .far_hang_up_by(Disconnect::LoopDrop { ms: 800 });
    line_idle(bench, 0);
    flash(bench, 0);
    speech_both_ways(bench, phone, first);
    hang_up(bench, 1);
    hang_up(bench, 0);
    recorded(
        bench,
        before,
        &[
            ("101", "102", Cause::NormalClearing, true),
            ("5559876", "", Cause::NormalClearing, true),
        ],
    );
}
