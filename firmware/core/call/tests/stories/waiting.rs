//! Call waiting on an analog phone.

use call::LegCommand::*;
use call::LegEvent;
use telephony::{CallerId, Cause, Duration, LegId, Tone};

use crate::office::*;

/// Phones 1 and 2 talk; dee calls phone 2 and hears it ring.
fn knocked(o: &mut Office) -> (LegId, LegId, LegId) {
    let (a, b) = o.phones_talk(1, 2);
    let c = o.invite("dee", "202");
    o.expect(b, CallWaiting(CallerId::new("301", "Dee")));
    o.expect(c, Alert);
    (a, b, c)
}

#[test]
fn flash_takes_the_second_call_and_swaps() {
    let mut o = Office::new();
    let (a, b, c) = knocked(&mut o);
    o.on(b, LegEvent::Flash);
    o.expect(b, CallWaitingEnded);
    o.expect(c, Answer);
    o.expect(a, Unbridge);
    o.expect(a, PlayTone(Tone::Hold));
    o.expect(b, Bridge(c));
    o.on(b, LegEvent::Flash);
    o.expect(a, StopTone);
    o.expect(b, Unbridge);
    o.expect(a, Bridge(b));
    o.expect(c, PlayTone(Tone::Hold));
    o.hang_up(c);
    o.record();
    o.quiet();
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn on_hook_with_one_held_rings_back_and_joins_nobody() {
    let mut o = Office::new();
    let (a, b, c) = knocked(&mut o);
    o.on(b, LegEvent::Flash);
    o.expect(b, CallWaitingEnded);
    o.expect(c, Answer);
    o.expect(a, Unbridge);
    o.expect(a, PlayTone(Tone::Hold));
    o.expect(b, Bridge(c));
    o.hang_up(b);
    o.expect(c, Unbridge);
    o.expect(c, Release(Cause::NormalClearing));
    o.record();
    let (again, shown) = o.originated(to_phone(2));
    assert_eq!(shown, "201");
    o.expect(a, StopTone);
    o.on(again, LegEvent::Answer);
    o.expect(a, Bridge(again));
    o.hang_up(a);
    o.expect(again, Unbridge);
    o.expect(again, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn on_hook_while_one_knocks_rings_for_it() {
    let mut o = Office::new();
    let (a, b, c) = knocked(&mut o);
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    let (again, shown) = o.originated(to_phone(2));
    assert_eq!(shown, "301");
    o.on(again, LegEvent::Alerting);
    o.quiet();
    o.on(again, LegEvent::Answer);
    o.expect(c, Answer);
    o.expect(c, Bridge(again));
    o.hang_up(c);
    o.expect(again, Unbridge);
    o.expect(again, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn the_first_party_leaves_and_flash_takes_the_second() {
    let mut o = Office::new();
    let (a, b, c) = knocked(&mut o);
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.record();
    o.expect(b, PlayTone(Tone::Busy));
    o.on(b, LegEvent::Flash);
    o.expect(b, CallWaitingEnded);
    o.expect(c, Answer);
    o.expect(b, StopTone);
    o.expect(b, Bridge(c));
    o.hang_up(c);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn the_second_caller_gives_up() {
    let mut o = Office::new();
    let (a, b, c) = knocked(&mut o);
    o.hang_up(c);
    o.expect(b, CallWaitingEnded);
    assert_eq!(o.record().answered, None);
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn both_callers_leave() {
    let mut o = Office::new();
    let (a, b, c) = knocked(&mut o);
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.record();
    o.expect(b, PlayTone(Tone::Busy));
    o.hang_up(c);
    o.expect(b, CallWaitingEnded);
    o.expect(b, StopTone);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn nobody_takes_the_second_call() {
    let mut o = Office::new();
    let (a, b, c) = knocked(&mut o);
    o.wait(Duration::from_secs(60));
    o.expect(b, CallWaitingEnded);
    o.expect(c, Release(Cause::NoAnswer));
    o.record();
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn the_third_caller_hears_busy() {
    let mut o = Office::new();
    let (a, b, c) = knocked(&mut o);
    let d = o.invite("eli", "202");
    o.expect(d, Release(Cause::UserBusy));
    o.record();
    o.on(b, LegEvent::Flash);
    o.expect(b, CallWaitingEnded);
    o.expect(c, Answer);
    o.expect(a, Unbridge);
    o.expect(a, PlayTone(Tone::Hold));
    o.expect(b, Bridge(c));
    let d = o.invite("eli", "202");
    o.expect(d, Release(Cause::UserBusy));
    o.record();
    o.hang_up(a);
    o.record();
    o.hang_up(c);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_phone_without_call_waiting_is_busy() {
    let mut o = Office::new();
    let (a, b) = o.sip_talks_to_phone("dee", 4);
    let c = o.invite("eli", "204");
    o.expect(c, Release(Cause::UserBusy));
    o.record();
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_port_that_fails_takes_its_waiting_call_with_it() {
    let mut o = Office::new();
    let (a, b, c) = knocked(&mut o);
    o.on(b, LegEvent::Release(Cause::DestinationOutOfOrder));
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::DestinationOutOfOrder));
    o.record();
    o.expect(c, Release(Cause::DestinationOutOfOrder));
    o.record();
    o.empty();
}

#[test]
fn who_is_talked_to_does_not_knock() {
    let mut o = Office::new();
    let (a, b) = o.phones_talk(1, 2);
    o.on(a, LegEvent::Flash);
    o.expect(a, Unbridge);
    o.expect(a, PlayTone(Tone::Dial));
    o.expect(b, PlayTone(Tone::Hold));
    o.dial(a, "2");
    o.expect(a, StopTone);
    o.dial(a, "02");
    assert_eq!(o.record().cause, Cause::UserBusy);
    o.expect(a, PlayTone(Tone::Busy));
    o.on(a, LegEvent::Flash);
    o.expect(a, StopTone);
    o.expect(b, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

/// The consulted party stays alone; then a second call is taken. The two are strangers, so on-hook joins nobody.
#[test]
fn a_consultation_that_became_the_only_call_is_joined_to_nobody() {
    let mut o = Office::new();
    let (a, b) = o.phones_talk(1, 2);
    o.on(a, LegEvent::Flash);
    o.expect(a, Unbridge);
    o.expect(a, PlayTone(Tone::Dial));
    o.expect(b, PlayTone(Tone::Hold));
    o.dial(a, "3");
    o.expect(a, StopTone);
    o.dial(a, "01");
    let c = o.rings(to_sip("dee"));
    o.on(c, LegEvent::Answer);
    o.expect(a, Bridge(c));
    o.hang_up(b);
    o.record();
    let d = o.invite("eli", "201");
    o.expect(a, CallWaiting(CallerId::new("302", "Eli")));
    o.expect(d, Alert);
    o.on(a, LegEvent::Flash);
    o.expect(a, CallWaitingEnded);
    o.expect(d, Answer);
    o.expect(a, Unbridge);
    o.expect(a, Bridge(d));
    o.expect(c, PlayTone(Tone::Hold));
    o.hang_up(a);
    o.expect(d, Unbridge);
    o.expect(d, Release(Cause::NormalClearing));
    o.record();
    let again = o.rings(to_phone(1));
    o.expect(c, StopTone);
    o.hang_up(c);
    o.expect(again, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}
