//! Overlap dialling, its timers, and numbers that lead nowhere.

use std::sync::Arc;

use call::LegCommand::*;
use call::{Input, LegEvent, SwitchConfig, Timer};
use dialplan::Plan;
use telephony::{Cause, Duration, LegId, Tone};

use crate::office::*;

fn lifted(o: &mut Office, first: &str) -> LegId {
    let a = o.lift(1);
    o.expect(a, PlayTone(Tone::Dial));
    if !first.is_empty() {
        o.dial(a, first);
        o.expect(a, StopTone);
    }
    a
}

#[test]
fn nobody_dials_for_16_seconds() {
    let mut o = Office::new();
    let a = lifted(&mut o, "");
    assert!(matches!(
        o.switch.poll_timeout(),
        Some((_, Timer::FirstDigit(_)))
    ));
    o.wait(Duration::from_millis(15_999));
    o.quiet();
    o.wait(Duration::from_millis(1));
    o.expect(a, StopTone);
    o.expect(a, Release(Cause::RecoveryOnTimerExpiry));
    assert_eq!(o.record().cause, Cause::RecoveryOnTimerExpiry);
    o.empty();
}

#[test]
fn the_next_digit_does_not_come_for_4_seconds() {
    let mut o = Office::new();
    let a = lifted(&mut o, "2");
    o.wait(Duration::from_millis(3_999));
    o.dial(a, "0");
    o.wait(Duration::from_millis(3_999));
    o.quiet();
    o.wait(Duration::from_millis(1));
    o.expect(a, Release(Cause::InvalidNumberFormat));
    let record = o.record();
    assert_eq!(
        (record.dialled.as_str(), record.cause),
        ("20", Cause::InvalidNumberFormat)
    );
    o.empty();
}

#[test]
fn a_number_that_begins_another_waits_for_the_timer() {
    let mut o = Office::new();
    let a = lifted(&mut o, "4");
    o.dial(a, "0");
    o.quiet();
    o.wait(Duration::from_secs(4));
    let b = o.rings(to_sip("desk"));
    o.hang_up(a);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_pound_sends() {
    let mut o = Office::new();
    let a = lifted(&mut o, "4");
    o.dial(a, "0#");
    let b = o.rings(to_sip("desk"));
    o.hang_up(a);
    o.expect(b, Release(Cause::NormalClearing));
    assert_eq!(o.record().dialled, "40");
    o.empty();
}

#[test]
fn a_wrong_number_is_refused_at_its_first_wrong_digit() {
    let mut o = Office::new();
    let a = lifted(&mut o, "9");
    o.expect(a, Release(Cause::UnallocatedNumber));
    o.record();
    let a = lifted(&mut o, "*");
    o.expect(a, Release(Cause::InvalidNumberFormat));
    o.record();
    let b = o.invite("dee", "999");
    o.expect(b, Release(Cause::UnallocatedNumber));
    o.record();
    let b = o.invite("dee", "20");
    o.expect(b, Release(Cause::InvalidNumberFormat));
    assert_eq!(o.record().dialled, "20");
    o.empty();
}

#[test]
fn hung_up_while_dialling() {
    let mut o = Office::new();
    let a = lifted(&mut o, "2");
    o.hang_up(a);
    let record = o.record();
    assert_eq!(record.legs[0].answered, None);
    assert_eq!(
        (record.dialled.as_str(), record.cause),
        ("2", Cause::NormalClearing)
    );
    let b = o.lift(2);
    o.expect(b, PlayTone(Tone::Dial));
    o.hang_up(b);
    o.record();
    o.empty();
}

#[test]
fn more_digits_than_any_number_has() {
    let mut o = Office::new();
    let a = lifted(&mut o, "0");
    o.dial(a, &"1".repeat(31));
    o.quiet();
    o.dial(a, "1");
    let b = o.rings(to_trunk(&"1".repeat(32)));
    o.dial(a, &"1".repeat(100));
    o.quiet();
    o.hang_up(a);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_new_plan_applies_at_the_next_call() {
    let mut o = Office::new();
    let a = lifted(&mut o, "2");
    let plan = Plan::builder()
        .extension("777", "New", &[sip("new")])
        .build()
        .unwrap();
    o.input(Input::SetPlan(Arc::new(plan)));
    o.dial(a, "02");
    let b = o.rings(to_phone(2));
    o.hang_up(a);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    let a = lifted(&mut o, "7");
    o.dial(a, "77");
    let b = o.rings(to_sip("new"));
    o.on(b, LegEvent::Release(Cause::SubscriberAbsent));
    o.expect(a, Release(Cause::SubscriberAbsent));
    o.record();
    o.empty();
}

#[test]
fn beyond_the_limit_callers_are_refused() {
    let mut o = Office::with(SwitchConfig {
        max_calls: 1,
        ..SwitchConfig::default()
    });
    let a = lifted(&mut o, "");
    let b = o.invite("dee", "202");
    o.expect(b, Release(Cause::SwitchingCongestion));
    o.quiet();
    assert_eq!(o.switch.refused_calls(), 1);
    o.hang_up(a);
    o.record();
    o.empty();
}
