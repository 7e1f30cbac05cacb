//! A phone left off its hook.

use telephony::Cause;

use super::sound::{CONGESTION, hears_nothing, hears_within};
use super::steps::{
    answers, dials, hang_up, lift, recorded, records_before, rings, speech_both_ways,
};
use crate::Bench;

/// 101 lies beside its telephone: dial tone, congestion tone, howler, silence; hung up, it works again.
pub fn story(bench: &mut dyn Bench) {
    let before = records_before(bench);
    let first_ms = u32::from(bench.settings().first_digit_s) * 1_000;
    let phone = lift(bench, 0);
    hears_within(bench, phone, &CONGESTION, first_ms + 1_000);
    let mut waited = 0;
    // GR-506-CORE §17.2.7: 1400, 2060, 2450 and 2600 Hz together, 100 ms on, 100 ms off, 0 dBm0.
    loop {
        let heard = phone.heard_last(bench, 80);
        if [1_400.0, 2_060.0, 2_450.0, 2_600.0]
            .iter()
            .all(|&hz| (heard.tone_dbm0(hz) + 6.0).abs() < 2.0)
        {
            break;
        }
        assert!(
            waited < 40_000,
            "101 should hear the howler after 30 s, but hears {}",
            super::party::describe(&phone.heard_last(bench, 1_000))
        );
        bench.run_ms(20);
        waited += 20;
    }
    bench.run_ms(2_000);
    let heard = phone.heard_last(bench, 2_000);
    let bursts = heard.cadence_ms(-20.0);
    let whole = bursts
        .get(1..bursts.len().saturating_sub(1))
        .unwrap_or_default();
    let right = |&(on, off): &(u32, u32)| on.abs_diff(100) <= 15 && off.abs_diff(100) <= 15;
    assert!(
        whole.len() >= 8 && whole.iter().all(right),
        "the howler comes {bursts:?} ms, not 100 ms on, 100 ms off"
    );
    // Half of the time 0 dBm0.
    let level = heard.level_dbm0() + 3.0;
    assert!(
        (level - 0.0).abs() < 1.0,
        "the howler is {level:.1} dBm0, not 0"
    );
    bench.note(&format!(
        "101 hears the howler {waited} ms after congestion tone: {level:.1} dBm0"
    ));
    assert!(
        (28_000..=31_000).contains(&waited),
        "the howler comes after {waited} ms of congestion tone, not 30 s"
    );
    bench.run_ms(59_000);
    hears_nothing(bench, phone, 2_000);
    hang_up(bench, 0);
    let caller = dials(bench, 0, "102");
    rings(bench, 1);
    let called = answers(bench, 1);
    speech_both_ways(bench, caller, called);
    hang_up(bench, 0);
    hang_up(bench, 1);
    recorded(
        bench,
        before,
        &[
            ("101", "", Cause::RecoveryOnTimerExpiry, false),
            ("101", "102", Cause::NormalClearing, true),
        ],
    );
}
