//! Transfers by SIP phones, blind and attended, and legs that replace others.

use call::LegCommand::*;
use call::{LegEvent, TransferTo};
use dialplan::Origin;
use telephony::{CallerId, Cause, Tone};

use crate::office::*;

fn to_number(number: &str) -> LegEvent {
    LegEvent::Transfer(TransferTo::Number(number.into()))
}

#[test]
fn blind_transfer_by_the_caller() {
    let mut o = Office::new();
    let (a, b) = o.sip_talks_to_phone("dee", 1);
    o.on(a, LegEvent::Hold);
    o.expect(a, Unbridge);
    o.expect(b, PlayTone(Tone::Hold));
    o.on(a, to_number("302"));
    o.expect(a, TransferResult(Ok(())));
    o.expect(a, Release(Cause::NormalClearing));
    let (c, shown) = o.originated(to_sip("eli"));
    assert_eq!(shown, "201", "who is transferred is who calls now");
    o.expect(b, StopTone);
    o.on(c, LegEvent::Alerting);
    o.expect(b, PlayTone(Tone::Ringback));
    o.on(c, LegEvent::Answer);
    o.expect(b, StopTone);
    o.expect(b, Bridge(c));
    o.hang_up(c);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    let record = o.record();
    assert_eq!(record.connected.as_deref(), Some("302"));
    assert_eq!(record.legs.len(), 3);
    o.empty();
}

#[test]
fn blind_transfer_of_a_line_to_a_phone() {
    let mut o = Office::new();
    let a = o.line_rings(11, "5559999");
    let b = o.rings(to_sip("dee"));
    o.on(b, LegEvent::Answer);
    o.expect(a, Answer);
    o.expect(a, Bridge(b));
    o.on(b, to_number("202"));
    o.expect(b, TransferResult(Ok(())));
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    let (c, shown) = o.originated(to_phone(2));
    assert_eq!(shown, "5559999");
    o.on(c, LegEvent::Alerting);
    o.expect(a, PlayTone(Tone::Ringback));
    o.on(c, LegEvent::Answer);
    o.expect(a, StopTone);
    o.expect(a, Bridge(c));
    o.hang_up(a);
    o.expect(c, Unbridge);
    o.expect(c, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_blind_transfer_whose_target_fails_releases_the_party() {
    let mut o = Office::new();
    let (a, b) = o.sip_talks_to_phone("dee", 1);
    o.on(a, to_number("302"));
    o.expect(a, TransferResult(Ok(())));
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    let c = o.rings(to_sip("eli"));
    o.on(c, LegEvent::Release(Cause::UserBusy));
    o.expect(b, Release(Cause::UserBusy));
    assert_eq!(o.record().cause, Cause::UserBusy);
    o.empty();
}

#[test]
fn a_transfer_that_leads_nowhere_changes_nothing() {
    let mut o = Office::new();
    let (a, b) = o.sip_talks_to_phone("dee", 1);
    o.on(a, to_number("999"));
    o.expect(a, TransferResult(Err(Cause::UnallocatedNumber)));
    o.on(a, LegEvent::Transfer(TransferTo::Leg(b)));
    o.expect(a, TransferResult(Err(Cause::FacilityRejected)));
    o.on(a, LegEvent::Transfer(TransferTo::Leg(a)));
    o.expect(a, TransferResult(Err(Cause::FacilityRejected)));
    o.quiet();
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn attended_transfer_joins_the_two_others() {
    let mut o = Office::new();
    let (a1, b) = o.sip_talks_to_phone("dee", 1);
    o.on(a1, LegEvent::Hold);
    o.expect(a1, Unbridge);
    o.expect(b, PlayTone(Tone::Hold));
    let (a2, c) = o.sip_talks_to_phone("dee", 2);
    o.on(a1, LegEvent::Transfer(TransferTo::Leg(a2)));
    o.record();
    o.expect(a1, TransferResult(Ok(())));
    o.expect(a1, Release(Cause::NormalClearing));
    o.expect(a2, Unbridge);
    o.expect(a2, Release(Cause::NormalClearing));
    o.expect(b, StopTone);
    o.expect(b, Bridge(c));
    o.hang_up(c);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn attended_transfer_while_the_second_call_rings() {
    let mut o = Office::new();
    let (a1, b) = o.sip_talks_to_phone("dee", 1);
    let a2 = o.invite("dee", "302");
    let c = o.rings(to_sip("eli"));
    o.on(c, LegEvent::Alerting);
    o.expect(a2, Alert);
    o.on(a1, LegEvent::Transfer(TransferTo::Leg(a2)));
    o.record();
    o.expect(a1, TransferResult(Ok(())));
    o.expect(a1, Unbridge);
    o.expect(a1, Release(Cause::NormalClearing));
    o.expect(a2, Release(Cause::NormalClearing));
    o.expect(b, PlayTone(Tone::Ringback));
    o.on(c, LegEvent::Answer);
    o.expect(b, StopTone);
    o.expect(b, Bridge(c));
    o.hang_up(b);
    o.expect(c, Unbridge);
    o.expect(c, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn nobody_transfers_a_stranger_s_call() {
    let mut o = Office::new();
    let (a, b) = o.sip_talks_to_phone("dee", 1);
    let (c, d) = o.sip_talks_to_phone("eli", 2);
    o.on(a, LegEvent::Transfer(TransferTo::Leg(c)));
    o.expect(a, TransferResult(Err(Cause::FacilityRejected)));
    for (caller, called) in [(a, b), (c, d)] {
        o.hang_up(caller);
        o.expect(called, Unbridge);
        o.expect(called, Release(Cause::NormalClearing));
        o.record();
    }
    o.empty();
}

#[test]
fn a_setup_that_replaces_takes_the_leg_s_place() {
    let mut o = Office::new();
    let (a, b) = o.sips_talk("dee", "302", "eli");
    let c = o.setup(
        Origin::Device(sip("fay")),
        CallerId::default(),
        Some("301"),
        Some(a),
    );
    o.expect(c, Answer);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.expect(b, Bridge(c));
    o.hang_up(c);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    let record = o.record();
    assert_eq!(
        (record.legs.len(), record.connected.as_deref()),
        (3, Some("303"))
    );
    o.empty();
}

#[test]
fn a_setup_that_replaces_nothing_is_refused() {
    let mut o = Office::new();
    let (a, b) = o.phones_talk(1, 2);
    for replaced in [a, telephony::LegId(999)] {
        let c = o.setup(
            Origin::Device(sip("fay")),
            CallerId::default(),
            Some("301"),
            Some(replaced),
        );
        o.expect(c, Release(Cause::FacilityRejected));
        o.record();
    }
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_trunk_cannot_transfer_and_an_unanswered_leg_neither() {
    let mut o = Office::new();
    let a = o.setup(
        Origin::Trunk("isp".into()),
        CallerId::default(),
        Some("1"),
        None,
    );
    let b = o.rings(to_sip("eli"));
    o.on(b, to_number("201"));
    o.expect(b, TransferResult(Err(Cause::FacilityRejected)));
    o.on(b, LegEvent::Answer);
    o.expect(a, Answer);
    o.expect(a, Bridge(b));
    o.on(a, to_number("201"));
    o.expect(a, TransferResult(Err(Cause::FacilityRejected)));
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn nobody_is_transferred_to_himself() {
    let mut o = Office::new();
    let (a1, b) = o.sip_talks_to_phone("dee", 1);
    let a2 = o.invite("dee", "201");
    o.expect(b, CallWaiting(CallerId::new("301", "Dee")));
    o.expect(a2, Alert);
    o.on(a1, LegEvent::Transfer(TransferTo::Leg(a2)));
    o.expect(a1, TransferResult(Err(Cause::FacilityRejected)));
    o.hang_up(a2);
    o.expect(b, CallWaitingEnded);
    o.record();
    o.hang_up(a1);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}
