//! The flash of an analog phone: consult, back, swap, transfer.

use call::LegCommand::*;
use call::{LegEvent, SwitchConfig};
use telephony::{Cause, LegId, Tone};

use crate::office::*;

/// Phone 1 talks to `b`, flashes and hears dial tone.
fn flashed(o: &mut Office) -> (LegId, LegId) {
    let (a, b) = o.phones_talk(1, 2);
    o.on(a, LegEvent::Flash);
    o.expect(a, Unbridge);
    o.expect(a, PlayTone(Tone::Dial));
    o.expect(b, PlayTone(Tone::Hold));
    (a, b)
}

/// And dials dee.
fn consulting(o: &mut Office) -> (LegId, LegId, LegId) {
    let (a, b) = flashed(o);
    o.dial(a, "3");
    o.expect(a, StopTone);
    o.dial(a, "01");
    let (c, shown) = o.originated(to_sip("dee"));
    assert_eq!(shown, "201");
    (a, b, c)
}

#[test]
fn flash_and_flash_again_before_the_answer() {
    let mut o = Office::new();
    let (a, b, c) = consulting(&mut o);
    o.on(c, LegEvent::Alerting);
    o.expect(a, PlayTone(Tone::Ringback));
    o.on(a, LegEvent::Flash);
    o.expect(c, Release(Cause::NormalClearing));
    assert_eq!(o.record().dialled, "301");
    o.expect(a, StopTone);
    o.expect(b, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn flash_during_dial_tone_goes_back() {
    let mut o = Office::new();
    let (a, b) = flashed(&mut o);
    o.on(a, LegEvent::Flash);
    o.record();
    o.expect(a, StopTone);
    o.expect(b, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn flash_after_the_answer_swaps_and_on_hook_joins() {
    let mut o = Office::new();
    let (a, b, c) = consulting(&mut o);
    o.on(c, LegEvent::Answer);
    o.expect(a, Bridge(c));
    o.on(a, LegEvent::Flash);
    o.expect(a, Unbridge);
    o.expect(b, StopTone);
    o.expect(a, Bridge(b));
    o.expect(c, PlayTone(Tone::Hold));
    o.on(a, LegEvent::Flash);
    o.expect(a, Unbridge);
    o.expect(c, StopTone);
    o.expect(a, Bridge(c));
    o.expect(b, PlayTone(Tone::Hold));
    o.hang_up(a);
    o.expect(c, Unbridge);
    let consult = o.record();
    assert_eq!(
        (consult.dialled.as_str(), consult.connected.as_deref()),
        ("301", Some("301"))
    );
    o.expect(b, StopTone);
    o.expect(b, Bridge(c));
    o.hang_up(b);
    o.expect(c, Unbridge);
    o.expect(c, Release(Cause::NormalClearing));
    let record = o.record();
    assert_eq!(
        (record.dialled.as_str(), record.connected.as_deref()),
        ("202", Some("301"))
    );
    assert_eq!(record.legs.len(), 3);
    o.empty();
}

#[test]
fn on_hook_while_it_rings_transfers_and_the_answer_connects() {
    let mut o = Office::new();
    let (a, b, c) = consulting(&mut o);
    o.on(c, LegEvent::Alerting);
    o.expect(a, PlayTone(Tone::Ringback));
    o.hang_up(a);
    o.record();
    o.expect(b, StopTone);
    o.expect(b, PlayTone(Tone::Ringback));
    o.on(c, LegEvent::Answer);
    o.expect(b, StopTone);
    o.expect(b, Bridge(c));
    o.hang_up(c);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_transfer_to_a_phone_nobody_answers_ends() {
    let mut o = Office::new();
    let (a, b, c) = consulting(&mut o);
    o.hang_up(a);
    o.record();
    o.expect(b, StopTone);
    o.wait(telephony::Duration::from_secs(60));
    o.expect(c, Release(Cause::NormalClearing));
    o.expect(b, Release(Cause::NoUserResponding));
    o.record();
    o.empty();
}

#[test]
fn a_wrong_number_is_heard_and_flash_goes_back() {
    let mut o = Office::new();
    let (a, b) = flashed(&mut o);
    o.dial(a, "9");
    assert_eq!(o.record().cause, Cause::UnallocatedNumber);
    o.expect(a, StopTone);
    o.expect(a, PlayTone(Tone::NumberUnobtainable));
    o.dial(a, "123");
    o.quiet();
    o.on(a, LegEvent::Flash);
    o.expect(a, StopTone);
    o.expect(b, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn on_hook_during_a_wrong_number_rings_back() {
    let mut o = Office::new();
    let (a, b) = flashed(&mut o);
    o.dial(a, "9");
    o.record();
    o.expect(a, StopTone);
    o.expect(a, PlayTone(Tone::NumberUnobtainable));
    o.hang_up(a);
    let (again, shown) = o.originated(to_phone(1));
    assert_eq!(shown, "202");
    o.expect(b, StopTone);
    o.on(again, LegEvent::Alerting);
    o.expect(b, PlayTone(Tone::Ringback));
    o.on(again, LegEvent::Answer);
    o.expect(b, StopTone);
    o.expect(b, Bridge(again));
    o.hang_up(b);
    o.expect(again, Unbridge);
    o.expect(again, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn on_hook_while_dialling_rings_back() {
    let mut o = Office::new();
    let (a, b) = flashed(&mut o);
    o.hang_up(a);
    o.record();
    let again = o.rings(to_phone(1));
    o.expect(b, StopTone);
    o.hang_up(b);
    o.expect(again, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn the_consulted_party_hangs_up() {
    let mut o = Office::new();
    let (a, b, c) = consulting(&mut o);
    o.on(c, LegEvent::Answer);
    o.expect(a, Bridge(c));
    o.hang_up(c);
    o.expect(a, Unbridge);
    o.record();
    o.expect(a, PlayTone(Tone::Busy));
    o.on(a, LegEvent::Flash);
    o.expect(a, StopTone);
    o.expect(b, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn the_held_party_hangs_up() {
    let mut o = Office::new();
    let (a, b, c) = consulting(&mut o);
    o.on(c, LegEvent::Answer);
    o.expect(a, Bridge(c));
    o.hang_up(b);
    o.record();
    o.quiet();
    o.hang_up(a);
    o.expect(c, Unbridge);
    o.expect(c, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn both_sides_hold_each_other() {
    let mut o = Office::new();
    let (a, b) = flashed(&mut o);
    o.on(b, LegEvent::Flash);
    o.expect(b, StopTone);
    o.expect(b, PlayTone(Tone::Dial));
    o.on(a, LegEvent::Flash);
    o.record();
    o.expect(a, StopTone);
    o.expect(a, PlayTone(Tone::Hold));
    o.on(b, LegEvent::Flash);
    o.record();
    o.expect(a, StopTone);
    o.expect(b, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_dead_port_transfers_nobody() {
    let mut o = Office::new();
    let (a, b, c) = consulting(&mut o);
    o.on(c, LegEvent::Answer);
    o.expect(a, Bridge(c));
    o.on(a, LegEvent::Release(Cause::TemporaryFailure));
    o.expect(c, Unbridge);
    o.expect(c, Release(Cause::TemporaryFailure));
    o.record();
    o.expect(b, StopTone);
    o.expect(b, Release(Cause::TemporaryFailure));
    o.record();
    o.empty();
}

#[test]
fn no_consult_beyond_the_limit() {
    let mut o = Office::with(SwitchConfig {
        max_calls: 1,
        ..SwitchConfig::default()
    });
    let (a, b) = o.phones_talk(1, 2);
    o.on(a, LegEvent::Flash);
    o.expect(a, Unbridge);
    o.expect(a, PlayTone(Tone::Congestion));
    o.expect(b, PlayTone(Tone::Hold));
    o.on(a, LegEvent::Flash);
    o.expect(a, StopTone);
    o.expect(b, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_flash_without_a_call_to_hold_means_nothing() {
    let mut o = Office::new();
    let a = o.lift(1);
    o.expect(a, PlayTone(Tone::Dial));
    o.on(a, LegEvent::Flash);
    o.quiet();
    o.dial(a, "2");
    o.expect(a, StopTone);
    o.dial(a, "02");
    let b = o.rings(to_phone(2));
    o.on(a, LegEvent::Flash);
    o.on(b, LegEvent::Flash);
    o.quiet();
    o.hang_up(a);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}
