//! An analog phone calls another.

use telephony::Cause;

use super::party::Party;
use super::sound::{BUSY, RINGBACK, hears, hears_cadence, hears_nothing};
use super::steps::{
    answers, dials, digits_arrive, hang_up, lift, recorded, records_before, rings, shows,
    speech_both_ways,
};
use crate::Bench;

/// 101 calls 102; they talk and press keys; 101 hangs up.
pub fn story(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let bursts = bench.phone(1).rings().len();
    let shown = bench.phone(1).caller_id_shown().len();
    let caller = dials(bench, 0, "102");
    rings(bench, 1);
    hears_cadence(bench, caller, &RINGBACK);
    shows(bench, 1, shown, "101", "Phone 1");
    let cadence: Vec<_> = bench.phone(1).ring_cadence_ms().split_off(bursts);
    let right = |&(on, off): &(u32, u32)| on.abs_diff(2_000) <= 20 && off.abs_diff(4_000) <= 20;
    assert!(
        !cadence.is_empty() && cadence.iter().all(right),
        "102 rings {cadence:?} ms, not 2000 ms on, 4000 ms off"
    );
    bench.note(&format!(
        "102 rings {} ms on, {} ms off",
        cadence[0].0, cadence[0].1
    ));
    let called = answers(bench, 1);
    speech_both_ways(bench, caller, called);
    digits_arrive(bench, caller, called, "1590#");
    digits_arrive(bench, called, caller, "*738D");
    speech_both_ways(bench, caller, called);
    hang_up(bench, 0);
    hears_cadence(bench, called, &BUSY);
    hang_up(bench, 1);
    recorded(
        bench,
        before,
        &[("101", "102", Cause::NormalClearing, true)],
    );
}

/// A worn rotary dial: 101 dials 102 by pulses, and 0 with ten of them.
pub fn pulse(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let caller = lift(bench, 0);
    bench.note("101 turns the dial: 102");
    bench.phone(0).pulse_dial("102").expect("digits");
    super::steps::hands_done(bench, 0);
    rings(bench, 1);
    hears(bench, caller, &RINGBACK);
    let called = answers(bench, 1);
    speech_both_ways(bench, caller, called);
    hang_up(bench, 0);
    hang_up(bench, 1);
    recorded(
        bench,
        before,
        &[("101", "102", Cause::NormalClearing, true)],
    );
}

/// The called phone hangs up first, and nothing is heard of a call that is over.
pub fn called_hangs_up(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let caller = dials(bench, 0, "102");
    rings(bench, 1);
    let called = answers(bench, 1);
    speech_both_ways(bench, caller, called);
    hang_up(bench, 1);
    hears(bench, caller, &BUSY);
    hang_up(bench, 0);
    hears_nothing(bench, Party::Phone(0), 500);
    recorded(
        bench,
        before,
        &[("101", "102", Cause::NormalClearing, true)],
    );
}
