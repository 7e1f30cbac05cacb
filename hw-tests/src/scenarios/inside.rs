//! Calls that come in on the exchange lines: line 1 rings 101, line 2 rings 111.

use line_sim::{CidDelivery, Disconnect, IncomingCall, LineState};
use telephony::Cause;

use super::outside::line_idle;
use super::party::Party;
use super::sound::{BUSY, hears};
use super::steps::{
    answers, digits_arrive, hang_up, recorded, records_before, rings, shows, sip_answers, sip_ends,
    sip_hangs_up, sip_rings, speech_both_ways, stops_ringing,
};
use crate::{Bench, until};

const CALLER: &str = "5559876";

/// A call arrives on line n.
pub fn arrives(bench: &mut dyn Bench, n: usize, caller_id: CidDelivery) {
    let call = IncomingCall {
        name: Some("ACME LTD".to_owned()),
        ..IncomingCall::new(CALLER, caller_id)
    };
    bench.line(n).ring(call).expect("an idle line rings");
    bench.note(&format!(
        "{CALLER} calls on line {}, number sent by {caller_id:?}",
        n + 1
    ));
}

fn name_of(caller_id: CidDelivery) -> &'static str {
    match caller_id {
        CidDelivery::Bell202 | CidDelivery::V23AfterRing | CidDelivery::V23BeforeRing => "ACME LTD",
        _ => "",
    }
}

fn connected(bench: &mut dyn Bench, n: usize) -> Party {
    let what = format!("line {} is answered", n + 1);
    until(bench, &what, 3_000, |b| {
        b.line(n).state() == LineState::Talking
    });
    Party::Far(n)
}

/// A call from outside rings 101, which shows the number however it was sent; 101 hangs up.
pub fn line_phone(bench: &mut dyn Bench) {
    for caller_id in [
        CidDelivery::Bell202,
        CidDelivery::Bell202Sdmf,
        CidDelivery::V23AfterRing,
        CidDelivery::V23BeforeRing,
        CidDelivery::Dtmf,
        CidDelivery::DtmfAfterReversal,
    ] {
        line_phone_by(bench, caller_id);
    }
}

fn line_phone_by(bench: &mut dyn Bench, caller_id: CidDelivery) {
    let before = records_before(bench);
    let shown = bench.phone(0).caller_id_shown().len();
    arrives(bench, 0, caller_id);
    until(bench, "101 rings", 12_000, |b| b.phone(0).ringing());
    rings(bench, 0);
    shows(bench, 0, shown, CALLER, name_of(caller_id));
    let called = answers(bench, 0);
    let far = connected(bench, 0);
    speech_both_ways(bench, called, far);
    if caller_id == CidDelivery::Bell202 {
        digits_arrive(bench, called, far, "1590#");
        digits_arrive(bench, far, called, "*738");
    }
    hang_up(bench, 0);
    line_idle(bench, 0);
    recorded(bench, before, &[(CALLER, "", Cause::NormalClearing, true)]);
    // The exchange and the box both rest before the next call.
    bench.run_ms(2_500);
}

/// A call from outside rings 111, which shows the number; the caller hangs up.
pub fn line_sip(bench: &mut dyn Bench) {
    for caller_id in [
        CidDelivery::Bell202,
        CidDelivery::V23BeforeRing,
        CidDelivery::Dtmf,
    ] {
        let before = records_before(bench);
        let known = bench.sip(0).call_count();
        arrives(bench, 1, caller_id);
        until(bench, "111 is called", 12_000, |b| {
            b.sip(0).call_count() > known
        });
        let called = sip_rings(bench, 0, known, CALLER);
        sip_answers(bench, called);
        let far = connected(bench, 1);
        speech_both_ways(bench, called, far);
        digits_arrive(bench, called, far, "1590#");
        digits_arrive(bench, far, called, "*738");
        bench.note("the caller hangs up: the battery drops for 800 ms");
        bench
            .line(1)
            .far_hang_up_by(Disconnect::LoopDrop { ms: 800 });
        sip_ends(bench, called, 200);
        line_idle(bench, 1);
        recorded(bench, before, &[(CALLER, "", Cause::NormalClearing, true)]);
        bench.run_ms(2_500);
    }
}

/// The caller gives up while 101 rings, and while 111 rings.
pub fn gives_up(bench: &mut dyn Bench) {
    let before = records_before(bench);
    arrives(bench, 0, CidDelivery::Bell202);
    until(bench, "101 rings", 12_000, |b| b.phone(0).ringing());
    bench.note("101 rings");
    bench.line(0).caller_gives_up();
    bench.note("the caller gives up");
    // No ring for 8 s means that nobody is there any more: 4 s of pause and as much again.
    stops_ringing(bench, 0, 8_500);
    recorded(bench, before, &[(CALLER, "", Cause::NormalClearing, false)]);
    let before = records_before(bench);
    let known = bench.sip(0).call_count();
    arrives(bench, 1, CidDelivery::Bell202);
    until(bench, "111 is called", 12_000, |b| {
        b.sip(0).call_count() > known
    });
    let called = sip_rings(bench, 0, known, CALLER);
    bench.line(1).caller_gives_up();
    bench.note("the caller gives up");
    sip_ends(bench, called, 487);
    recorded(bench, before, &[(CALLER, "", Cause::NormalClearing, false)]);
}

/// A caller who was answered hangs up in every way exchanges have of saying so.
pub fn every_disconnect(bench: &mut dyn Bench) {
    for how in [
        Disconnect::LoopDrop { ms: 400 },
        Disconnect::Busy,
        Disconnect::Congestion,
        Disconnect::PolarityReversal,
    ] {
        let before = records_before(bench);
        arrives(bench, 0, CidDelivery::Bell202);
        until(bench, "101 rings", 12_000, |b| b.phone(0).ringing());
        let called = answers(bench, 0);
        let far = connected(bench, 0);
        speech_both_ways(bench, called, far);
        bench.note(&format!("the caller hangs up: {how:?}"));
        bench.line(0).far_hang_up_by(how);
        line_idle_within(bench, how);
        hears(bench, called, &BUSY);
        hang_up(bench, 0);
        recorded(bench, before, &[(CALLER, "", Cause::NormalClearing, true)]);
        bench.run_ms(2_500);
    }
}

fn line_idle_within(bench: &mut dyn Bench, how: Disconnect) {
    let what = format!("the box notices {how:?}");
    until(bench, &what, 10_000, |b| {
        b.line(0).state() == LineState::Idle
    });
    bench.note("the box gives the line back");
}

/// A SIP phone refuses a call from outside: there is nobody else, so the caller hears it ring on, and the record says why.
pub fn refused(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let known = bench.sip(0).call_count();
    arrives(bench, 1, CidDelivery::Bell202);
    until(bench, "111 is called", 12_000, |b| {
        b.sip(0).call_count() > known
    });
    let called = sip_rings(bench, 0, known, CALLER);
    sip_hangs_up(bench, called);
    recorded(bench, before, &[(CALLER, "", Cause::UserBusy, false)]);
    assert!(
        !bench.line(1).is_seized(),
        "line 2 is answered though 111 refused"
    );
    bench.line(1).caller_gives_up();
    bench.run_ms(9_000);
}
