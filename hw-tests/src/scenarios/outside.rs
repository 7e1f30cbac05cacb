//! Calls out on the exchange lines: 0 and the number.

use line_sim::{Behaviour, Disconnect, LineState};
use telephony::Cause;

use super::party::Party;
use super::sound::{BUSY, FAR_RINGBACK, hears};
use super::steps::{
    dials, digits_arrive, hang_up, recorded, records_before, sip_calls, sip_ends, sip_hangs_up,
    sip_is, sip_is_within, speech_both_ways,
};
use crate::sip_phone::State;
use crate::{Bench, until};

/// A number that answers with a polarity reversal after 2.5 s.
pub const BY_REVERSAL: &str = "5551234";
/// A number whose answer shows in the end of ringback alone.
pub const BY_RINGBACK: &str = "5554321";

/// Both lines know the numbers of these stories.
pub fn directory(bench: &mut dyn Bench) {
    for n in 0..2 {
        let line = bench.line(n);
        line.set_number(
            BY_REVERSAL,
            Behaviour::Answer {
                after_ms: 2_500,
                polarity_reversal: true,
            },
        );
        line.set_number(BY_RINGBACK, Behaviour::answer(2_500));
        line.set_number("5550017", Behaviour::Busy);
        line.set_number("5550034", Behaviour::Congestion);
        line.set_number("5550019", Behaviour::NoAnswer);
    }
}

/// The exchange has read the number on line n.
pub fn outpulsed(bench: &mut dyn Bench, n: usize, number: &str) {
    let line = bench.line(n);
    let mut waited = 0;
    while line.digits_received() != number
        || matches!(line.state(), LineState::Idle | LineState::Dialling)
    {
        let (got, state) = (line.digits_received(), line.state());
        assert!(
            waited < 15_000,
            "line {} should get {number}, but got \"{got}\" and is {state:?}",
            n + 1
        );
        bench.run_ms(50);
        waited += 50;
    }
    bench.note(&format!("the exchange reads {number} on line {}", n + 1));
}

/// The exchange sees the loop of line n open.
pub fn line_idle(bench: &mut dyn Bench, n: usize) {
    let what = format!("line {} is given back", n + 1);
    until(bench, &what, 5_000, |b| {
        b.line(n).state() == LineState::Idle
    });
    bench.note(&format!("line {} is idle again", n + 1));
}

/// The call on line n is through.
pub fn far_talks(bench: &mut dyn Bench, n: usize) -> Party {
    let what = format!("the far party on line {} answers", n + 1);
    until(bench, &what, 8_000, |b| {
        b.line(n).state() == LineState::Talking
    });
    bench.note(&format!("the far party on line {} answers", n + 1));
    Party::Far(n)
}

/// 101 calls a number that answers with a polarity reversal; the far party hangs up.
pub fn phone_line(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    let caller = dials(bench, 0, &format!("0{BY_REVERSAL}#"));
    outpulsed(bench, 0, BY_REVERSAL);
    hears(bench, caller, &FAR_RINGBACK);
    let far = far_talks(bench, 0);
    bench.run_ms(500);
    speech_both_ways(bench, caller, far);
    digits_arrive(bench, caller, far, "1590#");
    digits_arrive(bench, far, caller, "*738");
    speech_both_ways(bench, caller, far);
    bench.note("the far party hangs up: the battery drops for 800 ms");
    bench
        .line(0)
        .far_hang_up_by(Disconnect::LoopDrop { ms: 800 });
    hears(bench, caller, &BUSY);
    line_idle(bench, 0);
    hang_up(bench, 0);
    recorded(
        bench,
        before,
        &[("101", "05551234", Cause::NormalClearing, true)],
    );
    answered_after(bench, before, 2_500);
}

/// 101 calls a number whose answer shows only in the end of ringback; 101 hangs up.
pub fn phone_line_ringback(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    let caller = dials(bench, 0, &format!("0{BY_RINGBACK}#"));
    outpulsed(bench, 0, BY_RINGBACK);
    hears(bench, caller, &FAR_RINGBACK);
    let far = far_talks(bench, 0);
    speech_both_ways(bench, caller, far);
    // The next ringback must be overdue before its end is an answer: one cycle of 6 s and a second.
    bench.run_ms(8_000);
    speech_both_ways(bench, caller, far);
    hang_up(bench, 0);
    line_idle(bench, 0);
    recorded(
        bench,
        before,
        &[("101", "05554321", Cause::NormalClearing, true)],
    );
}

/// The box's record has the answer about `ms` after the number was out.
fn answered_after(bench: &mut dyn Bench, record: usize, ms: i64) {
    let cdr = bench.records().swap_remove(record);
    let line_leg = cdr
        .legs
        .iter()
        .find(|leg| matches!(leg.party, store::Party::Line(_)))
        .expect("a leg on the line");
    let took = line_leg.answered.expect("answered").0 - line_leg.started.0;
    // Dial tone, its detection, a pause, seven digits and the exchange's own delay come before the ringing.
    assert!(
        (ms + 1_500..ms + 6_000).contains(&took),
        "the record says the answer came {took} ms after seizure"
    );
    bench.note(&format!(
        "record: answered {took} ms after the line was seized"
    ));
}

/// 111 calls a number outside, hears the exchange before the answer, talks and hangs up.
pub fn sip_line(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    let caller = sip_calls(bench, 0, &format!("0{BY_REVERSAL}"));
    outpulsed(bench, 0, BY_REVERSAL);
    sip_is(bench, caller, &State::Progress);
    hears(bench, caller, &FAR_RINGBACK);
    let far = far_talks(bench, 0);
    sip_is(bench, caller, &State::Up);
    bench.run_ms(200);
    speech_both_ways(bench, caller, far);
    digits_arrive(bench, caller, far, "1590#");
    digits_arrive(bench, far, caller, "*738");
    sip_hangs_up(bench, caller);
    line_idle(bench, 0);
    recorded(
        bench,
        before,
        &[("111", "05551234", Cause::NormalClearing, true)],
    );
}

/// The exchange says busy, congestion, unknown number; each is a cause of its own, and the line is given back.
pub fn refused(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    for (number, cause, status) in [
        ("05550017", Cause::UserBusy, 486),
        ("05550034", Cause::NoCircuitAvailable, 503),
        ("05550001", Cause::UnallocatedNumber, 404),
    ] {
        let at = records_before(bench);
        let caller = sip_calls(bench, 0, number);
        sip_is_within(bench, caller, &State::Over(status), 25_000);
        bench.note(&format!("111's call to {number} ends with {status}"));
        line_idle(bench, 0);
        recorded(bench, at, &[("111", number, cause, false)]);
    }
    let caller = dials(bench, 0, "05550017#");
    outpulsed(bench, 0, "5550017");
    // First the exchange's busy tone is heard, then, when the box has given the line back, its own.
    line_idle(bench, 0);
    hears(bench, caller, &BUSY);
    hang_up(bench, 0);
    assert_eq!(bench.records().len(), before + 4, "one record a call");
}

/// The far party hangs up in every way exchanges have of saying so.
pub fn every_disconnect(bench: &mut dyn Bench) {
    directory(bench);
    // An exchange that reverses the battery at the answer turns it back at the end, whatever else it does: the other signs are
    // tried on answers without.
    for (number, how) in [
        (BY_REVERSAL, Disconnect::PolarityReversal),
        (BY_RINGBACK, Disconnect::LoopDrop { ms: 400 }),
        (BY_RINGBACK, Disconnect::Busy),
        (BY_RINGBACK, Disconnect::Congestion),
        (BY_RINGBACK, Disconnect::NumberUnobtainable),
    ] {
        let before = records_before(bench);
        let caller = dials(bench, 0, &format!("0{number}#"));
        outpulsed(bench, 0, number);
        let far = far_talks(bench, 0);
        // Until the next ringback is overdue.
        bench.run_ms(if number == BY_RINGBACK { 8_000 } else { 1_000 });
        speech_both_ways(bench, caller, far);
        bench.note(&format!("the far party hangs up: {how:?}"));
        bench.line(0).far_hang_up_by(how);
        let what = format!("the box notices {how:?}");
        until(bench, &what, 10_000, |b| {
            b.line(0).state() == LineState::Idle
        });
        bench.note("the box gives the line back");
        hears(bench, caller, &BUSY);
        hang_up(bench, 0);
        let dialled = format!("0{number}");
        recorded(
            bench,
            before,
            &[("101", &dialled, Cause::NormalClearing, true)],
        );
    }
}

/// As [`far_talks`], from the moment of dialling.
pub fn far_talks_after(bench: &mut dyn Bench, n: usize) -> Party {
    outpulsed(bench, n, BY_REVERSAL);
    far_talks(bench, n)
}

/// Nobody hangs up but the caller while the far party still rings; and the far party refuses while it rings.
pub fn before_the_answer(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    let caller = dials(bench, 0, "05550019#");
    outpulsed(bench, 0, "5550019");
    hears(bench, caller, &FAR_RINGBACK);
    hang_up(bench, 0);
    line_idle(bench, 0);
    recorded(
        bench,
        before,
        &[("101", "05550019", Cause::NormalClearing, false)],
    );

    let before = records_before(bench);
    let caller = sip_calls(bench, 0, "05550019");
    outpulsed(bench, 0, "5550019");
    hears(bench, caller, &FAR_RINGBACK);
    sip_hangs_up(bench, caller);
    sip_ends(bench, caller, 487);
    line_idle(bench, 0);
    recorded(
        bench,
        before,
        &[("111", "05550019", Cause::NormalClearing, false)],
    );

    let before = records_before(bench);
    let caller = sip_calls(bench, 0, "05550019");
    outpulsed(bench, 0, "5550019");
    hears(bench, caller, &FAR_RINGBACK);
    bench.note("the far party refuses: busy tone");
    bench.line(0).far_hang_up_by(Disconnect::Busy);
    sip_ends(bench, caller, 486);
    line_idle(bench, 0);
    recorded(
        bench,
        before,
        &[("111", "05550019", Cause::UserBusy, false)],
    );
}

/// Both lines are taken: a third caller hears congestion, a SIP phone gets 503.
pub fn all_lines_busy(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    let first = sip_calls(bench, 0, &format!("0{BY_REVERSAL}"));
    far_talks_after(bench, 0);
    let second = sip_calls(bench, 1, &format!("0{BY_REVERSAL}"));
    far_talks_after(bench, 1);
    let third = dials(bench, 0, &format!("0{BY_REVERSAL}#"));
    hears(bench, third, &super::sound::CONGESTION);
    hang_up(bench, 0);
    let fourth = sip_calls(bench, 2, &format!("0{BY_REVERSAL}"));
    sip_ends(bench, fourth, 503);
    speech_both_ways(bench, first, Party::Far(0));
    speech_both_ways(bench, second, Party::Far(1));
    sip_hangs_up(bench, first);
    sip_hangs_up(bench, second);
    line_idle(bench, 0);
    line_idle(bench, 1);
    let row = |caller| (caller, "05551234", Cause::NormalClearing, true);
    let refused = |caller| (caller, "05551234", Cause::NoCircuitAvailable, false);
    recorded(
        bench,
        before,
        &[row("111"), row("112"), refused("101"), refused("113")],
    );
}
