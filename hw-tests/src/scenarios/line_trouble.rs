//! Trouble on exchange lines: glare, a cut cable.

use line_sim::{CidDelivery, Glare};
use telephony::Cause;

use super::inside::arrives;
use super::outside::{BY_REVERSAL, directory, far_talks_after, line_idle};
use super::sound::{BUSY, CONGESTION, hears};
use super::steps::{
    answers, dials, hang_up, recorded, records_before, rings, sip_calls, sip_ends, sip_hangs_up,
    sip_is, speech_both_ways,
};
use crate::sip_phone::State;
use crate::{Bench, until};

/// A call arrives on line 1 in the moment the box wants it, before and at the seizure; the call goes out on line 2, or on line 1
/// when the exchange lets the box have it.
pub fn glare(bench: &mut dyn Bench) {
    directory(bench);
    // It rings already, the number has not come yet.
    let before = records_before(bench);
    arrives(bench, 0, CidDelivery::Bell202);
    bench.run_ms(500);
    let caller = sip_calls(bench, 0, &format!("0{BY_REVERSAL}"));
    let far = far_talks_after(bench, 1);
    sip_is(bench, caller, &State::Up);
    bench.run_ms(300);
    speech_both_ways(bench, caller, far);
    until(bench, "101 rings", 12_000, |b| b.phone(0).ringing());
    bench.note("101 rings for the call on line 1");
    let called = answers(bench, 0);
    speech_both_ways(bench, called, super::party::Party::Far(0));
    hang_up(bench, 0);
    sip_hangs_up(bench, caller);
    line_idle(bench, 0);
    line_idle(bench, 1);
    recorded(
        bench,
        before,
        &[
            ("111", "05551234", Cause::NormalClearing, true),
            ("5559876", "", Cause::NormalClearing, true),
        ],
    );
    bench.run_ms(2_500);

    for (outcome, on) in [(Glare::BoxWins, 0), (Glare::CallerWins, 1)] {
        let before = records_before(bench);
        bench.line(0).glare_at_next_seizure(outcome);
        bench.note(&format!(
            "a call arrives on line 1 as the box seizes it: {outcome:?}"
        ));
        let caller = sip_calls(bench, 0, &format!("0{BY_REVERSAL}"));
        let far = far_talks_after(bench, on);
        sip_is(bench, caller, &State::Up);
        bench.run_ms(300);
        speech_both_ways(bench, caller, far);
        sip_hangs_up(bench, caller);
        line_idle(bench, 0);
        line_idle(bench, 1);
        recorded(
            bench,
            before,
            &[("111", "05551234", Cause::NormalClearing, true)],
        );
        bench.run_ms(2_500);
    }
}

/// The cable of line 1 is cut before a call, then line 2's in one.
pub fn cut(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    bench.line(0).cut();
    bench.note("the cable of line 1 is cut");
    bench.run_ms(2_000);
    let caller = dials(bench, 0, &format!("0{BY_REVERSAL}#"));
    let far = far_talks_after(bench, 1);
    bench.run_ms(500);
    speech_both_ways(bench, caller, far);
    bench.line(1).cut();
    bench.note("the cable of line 2 is cut");
    hears(bench, caller, &BUSY);
    hang_up(bench, 0);
    recorded(
        bench,
        before,
        &[("101", "05551234", Cause::NormalClearing, true)],
    );
    bench.run_ms(2_500);
    let before = records_before(bench);
    let caller = dials(bench, 0, &format!("0{BY_REVERSAL}#"));
    hears(bench, caller, &CONGESTION);
    hang_up(bench, 0);
    let sip = sip_calls(bench, 0, &format!("0{BY_REVERSAL}"));
    sip_ends(bench, sip, 502);
    recorded(
        bench,
        before,
        &[
            ("101", "05551234", Cause::DestinationOutOfOrder, false),
            ("111", "05551234", Cause::DestinationOutOfOrder, false),
        ],
    );
    bench.line(0).restore();
    bench.line(1).restore();
    bench.note("the cables are mended");
    bench.run_ms(2_000);
    let before = records_before(bench);
    arrives(bench, 0, CidDelivery::Bell202);
    until(bench, "101 rings", 12_000, |b| b.phone(0).ringing());
    rings(bench, 0);
    let called = answers(bench, 0);
    speech_both_ways(bench, called, super::party::Party::Far(0));
    hang_up(bench, 0);
    line_idle(bench, 0);
    recorded(
        bench,
        before,
        &[("5559876", "", Cause::NormalClearing, true)],
    );
}
