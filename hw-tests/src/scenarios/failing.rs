//! Calls that come to nothing: what the caller hears, and what the record says.

use telephony::Cause;

use super::sound::{
    BUSY, CONGESTION, DIAL, RINGBACK, hears, hears_cadence, hears_unobtainable, hears_within,
    sounds,
};
use super::steps::{
    dial, dials, hang_up, lift, recorded, records_before, rings, sip_calls, sip_ends, sip_hangs_up,
    sip_is, sip_is_within, sip_rings, stops_ringing,
};
use crate::sip_phone::State;
use crate::{Bench, until};

/// 102 is in use, 111 refuses: the caller hears busy tone.
pub fn busy(bench: &mut dyn Bench) {
    let before = records_before(bench);
    lift(bench, 1);
    let caller = dials(bench, 0, "102");
    hears_cadence(bench, caller, &BUSY);
    hang_up(bench, 0);
    let sip = sip_calls(bench, 0, "102");
    sip_ends(bench, sip, 486);
    hang_up(bench, 1);
    let none = ("102", "", Cause::NormalClearing, false);
    recorded(
        bench,
        before,
        &[
            none,
            ("101", "102", Cause::UserBusy, false),
            ("111", "102", Cause::UserBusy, false),
        ],
    );

    let before = records_before(bench);
    let known = bench.sip(1).call_count();
    let caller = dials(bench, 0, "112");
    let called = sip_rings(bench, 1, known, "101");
    bench.note("112 refuses with 486");
    sip_hangs_up(bench, called);
    hears(bench, caller, &BUSY);
    hang_up(bench, 0);
    recorded(bench, before, &[("101", "112", Cause::UserBusy, false)]);
}

/// Nobody answers at 102: after the time that is set the caller hears busy tone, and 102 is quiet.
pub fn no_answer(bench: &mut dyn Bench) {
    let limit_ms = u32::from(bench.settings().no_answer_s) * 1_000;
    let before = records_before(bench);
    let caller = dials(bench, 0, "102");
    rings(bench, 1);
    hears(bench, caller, &RINGBACK);
    hears_within(bench, caller, &BUSY, limit_ms + 2_000);
    stops_ringing(bench, 1, 100);
    hang_up(bench, 0);
    recorded(bench, before, &[("101", "102", Cause::NoAnswer, false)]);
    let cdr = bench.records().swap_remove(before);
    let rung = cdr
        .legs
        .iter()
        .find(|leg| leg.party == store::Party::Fxs(telephony::LineId(1)))
        .expect("102 has a leg");
    assert_eq!(
        rung.cause,
        Cause::NoAnswer,
        "102's leg ends with another cause"
    );
    let rung = rung.ended.0 - rung.started.0;
    assert!(
        rung.abs_diff(i64::from(limit_ms)) < 200,
        "102 rang for {rung} ms, set are {limit_ms} ms"
    );
    let caller = sip_calls(bench, 0, "102");
    sip_is(bench, caller, &State::Ringback);
    sip_is_within(bench, caller, &State::Over(480), limit_ms + 2_000);
    bench.note("111's call ends with 480");
    recorded(bench, before + 1, &[("111", "102", Cause::NoAnswer, false)]);
    stops_ringing(bench, 1, 100);
}

/// A number that does not exist.
pub fn unknown(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let caller = dials(bench, 0, "99");
    hears_unobtainable(bench, caller);
    hang_up(bench, 0);
    let sip = sip_calls(bench, 0, "999");
    sip_ends(bench, sip, 404);
    recorded(
        bench,
        before,
        &[
            ("101", "9", Cause::UnallocatedNumber, false),
            ("111", "999", Cause::UnallocatedNumber, false),
        ],
    );
}

/// 119 is a SIP extension where no phone is registered.
pub fn unregistered(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let caller = dials(bench, 0, "119");
    hears_unobtainable(bench, caller);
    hang_up(bench, 0);
    let sip = sip_calls(bench, 0, "119");
    sip_ends(bench, sip, 480);
    recorded(
        bench,
        before,
        &[
            ("101", "119", Cause::SubscriberAbsent, false),
            ("111", "119", Cause::SubscriberAbsent, false),
        ],
    );
}

/// The timers of dialling: 16 s to the first digit, 4 s to the next; `#` ends the wait.
pub fn timers(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let (first_ms, inter_ms) = (
        u32::from(bench.settings().first_digit_s) * 1_000,
        u32::from(bench.settings().inter_digit_s) * 1_000,
    );
    let caller = lift(bench, 0);
    bench.run_ms(first_ms - 1_500);
    assert!(
        sounds(bench, caller, &DIAL),
        "101 should hear dial tone for {first_ms} ms"
    );
    hears_cadence(bench, caller, &CONGESTION);
    hang_up(bench, 0);
    recorded(
        bench,
        before,
        &[("101", "", Cause::RecoveryOnTimerExpiry, false)],
    );

    let caller = dials(bench, 0, "10");
    bench.run_ms(inter_ms - 700);
    let quiet = caller.heard_last(bench, inter_ms - 1_200).level_dbm0();
    assert!(
        quiet < -45.0,
        "101 dialled 10 and should hear nothing for {inter_ms} ms, but hears {quiet:.1} dBm0"
    );
    hears_unobtainable(bench, caller);
    hang_up(bench, 0);
    recorded(
        bench,
        before + 1,
        &[("101", "10", Cause::InvalidNumberFormat, false)],
    );

    super::outside::directory(bench);
    lift(bench, 0);
    dial(bench, 0, "05550019");
    let waited = until_seized(bench, inter_ms + 2_000);
    assert!(
        waited >= inter_ms - 500,
        "line 1 is seized {waited} ms after the last digit, not {inter_ms}"
    );
    bench.note(&format!(
        "line 1 is seized {waited} ms after the last digit"
    ));
    hang_up(bench, 0);
    super::outside::line_idle(bench, 0);
    bench.run_ms(2_500);
    lift(bench, 0);
    dial(bench, 0, "05550019#");
    let waited = until_seized(bench, inter_ms);
    assert!(waited < 500, "line 1 is seized {waited} ms after #");
    bench.note(&format!("line 1 is seized {waited} ms after #"));
    hang_up(bench, 0);
    super::outside::line_idle(bench, 0);
    let row = ("101", "05550019", Cause::NormalClearing, false);
    recorded(bench, before + 2, &[row, row]);
}

fn until_seized(bench: &mut dyn Bench, limit_ms: u32) -> u32 {
    let mut waited = 0;
    until(bench, "line 1 is seized", limit_ms, |b| {
        waited += 20;
        b.line(0).is_seized()
    });
    waited
}
