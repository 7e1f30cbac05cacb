//! Ringing several devices, failing over, and which cause wins.

use call::LegCommand::*;
use call::LegEvent;
use telephony::{Cause, Duration, Tone};

use crate::office::*;

#[test]
fn all_devices_ring_and_the_first_answer_wins() {
    let mut o = Office::new();
    let a = o.invite("dee", "400");
    let (b, c) = (o.rings(to_phone(5)), o.rings(to_sip("shop")));
    o.on(b, LegEvent::Alerting);
    o.expect(a, Alert);
    o.on(c, LegEvent::Alerting);
    o.on(b, LegEvent::Release(Cause::UserBusy));
    o.quiet();
    o.on(c, LegEvent::Answer);
    o.expect(a, Answer);
    o.expect(a, Bridge(c));
    o.hang_up(a);
    o.expect(c, Unbridge);
    o.expect(c, Release(Cause::NormalClearing));
    let record = o.record();
    let legs: Vec<_> = record
        .legs
        .iter()
        .map(|leg| (leg.leg, leg.cause, leg.answered.is_some()))
        .collect();
    assert_eq!(
        legs,
        [
            (a, Cause::NormalClearing, true),
            (b, Cause::UserBusy, false),
            (c, Cause::NormalClearing, true)
        ]
    );
    o.empty();
}

#[test]
fn the_others_stop_ringing() {
    let mut o = Office::new();
    let a = o.invite("dee", "400");
    let (b, c) = (o.rings(to_phone(5)), o.rings(to_sip("shop")));
    o.on(b, LegEvent::Answer);
    o.expect(c, Release(Cause::NormalClearing));
    o.expect(a, Answer);
    o.expect(a, Bridge(b));
    o.on(c, LegEvent::Answer);
    o.quiet();
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn busy_beats_no_answer_beats_absent() {
    let cases = [
        ([Cause::UserBusy, Cause::SubscriberAbsent], Cause::UserBusy),
        ([Cause::SubscriberAbsent, Cause::UserBusy], Cause::UserBusy),
        ([Cause::NoAnswer, Cause::SubscriberAbsent], Cause::NoAnswer),
        (
            [Cause::SubscriberAbsent, Cause::DestinationOutOfOrder],
            Cause::SubscriberAbsent,
        ),
        ([Cause::NoAnswer, Cause::CallRejected], Cause::CallRejected),
    ];
    for (causes, heard) in cases {
        let mut o = Office::new();
        let a = o.invite("dee", "400");
        let legs = [o.rings(to_phone(5)), o.rings(to_sip("shop"))];
        o.on(legs[0], LegEvent::Release(causes[0]));
        o.quiet();
        o.on(legs[1], LegEvent::Release(causes[1]));
        o.expect(a, Release(heard));
        assert_eq!(o.record().cause, heard);
        o.empty();
    }
}

#[test]
fn nobody_answers_for_60_seconds() {
    let mut o = Office::new();
    let a = o.lift(1);
    o.expect(a, PlayTone(Tone::Dial));
    o.dial(a, "2");
    o.expect(a, StopTone);
    o.dial(a, "02");
    let b = o.rings(to_phone(2));
    o.on(b, LegEvent::Alerting);
    o.expect(a, PlayTone(Tone::Ringback));
    o.wait(Duration::from_millis(59_999));
    o.quiet();
    o.wait(Duration::from_millis(1));
    o.expect(b, Release(Cause::NormalClearing));
    o.expect(a, StopTone);
    o.expect(a, Release(Cause::NoAnswer));
    assert_eq!(o.record().cause, Cause::NoAnswer);
    o.empty();
}

#[test]
fn one_busy_and_one_silent_is_busy_in_the_end() {
    let mut o = Office::new();
    let a = o.invite("dee", "400");
    let (b, c) = (o.rings(to_phone(5)), o.rings(to_sip("shop")));
    o.on(b, LegEvent::Release(Cause::UserBusy));
    o.wait(Duration::from_secs(60));
    o.expect(c, Release(Cause::NormalClearing));
    o.expect(a, Release(Cause::UserBusy));
    o.record();
    o.empty();
}

#[test]
fn nobody_is_there() {
    let mut o = Office::new();
    let a = o.invite("dee", "500");
    o.expect(a, Release(Cause::SubscriberAbsent));
    o.record();
    o.empty();
}

#[test]
fn ones_own_number_is_busy() {
    let mut o = Office::new();
    let a = o.invite("dee", "301");
    o.expect(a, Release(Cause::UserBusy));
    o.record();
    let b = o.lift(1);
    o.expect(b, PlayTone(Tone::Dial));
    o.dial(b, "2");
    o.expect(b, StopTone);
    o.dial(b, "01");
    o.expect(b, Release(Cause::UserBusy));
    o.record();
    o.empty();
}

#[test]
fn a_phone_that_rings_dials_or_hears_a_tone_is_busy() {
    let mut o = Office::new();
    let a = o.lift(1);
    o.expect(a, PlayTone(Tone::Dial));
    let b = o.invite("dee", "201");
    o.expect(b, Release(Cause::UserBusy));
    o.record();
    let c = o.invite("dee", "202");
    let d = o.rings(to_phone(2));
    let e = o.invite("eli", "202");
    o.expect(e, Release(Cause::UserBusy));
    o.record();
    o.hang_up(a);
    o.record();
    o.hang_up(c);
    o.expect(d, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_trunk_that_fails_is_followed_by_a_line() {
    let mut o = Office::new();
    let a = o.invite("dee", "05551234");
    let b = o.rings(to_trunk("5551234"));
    o.on(b, LegEvent::Release(Cause::TemporaryFailure));
    let c = o.rings(to_line(10, "5551234"));
    o.on(c, LegEvent::Progress { early_media: true });
    o.expect(a, Progress);
    o.expect(a, Bridge(c));
    o.on(c, LegEvent::Answer);
    o.expect(a, Answer);
    o.hang_up(a);
    o.expect(c, Unbridge);
    o.expect(c, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_trunk_that_is_silent_is_followed_by_a_line_too() {
    let mut o = Office::new();
    let a = o.invite("dee", "05551234");
    let b = o.rings(to_trunk("5551234"));
    o.wait(Duration::from_secs(60));
    o.expect(b, Release(Cause::NormalClearing));
    let c = o.rings(to_line(10, "5551234"));
    o.hang_up(a);
    o.expect(c, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn an_answer_from_the_called_party_is_final() {
    for cause in [
        Cause::UserBusy,
        Cause::UnallocatedNumber,
        Cause::CallRejected,
    ] {
        let mut o = Office::new();
        let a = o.invite("dee", "05551234");
        let b = o.rings(to_trunk("5551234"));
        o.on(b, LegEvent::Release(cause));
        o.expect(a, Release(cause));
        o.record();
        o.empty();
    }
}

#[test]
fn ringback_after_early_media_that_failed_is_a_tone() {
    let mut o = Office::new();
    let a = o.invite("dee", "05551234");
    let b = o.rings(to_trunk("5551234"));
    o.on(b, LegEvent::Progress { early_media: true });
    o.expect(a, Progress);
    o.expect(a, Bridge(b));
    o.on(b, LegEvent::Release(Cause::NetworkOutOfOrder));
    o.expect(a, Unbridge);
    let c = o.rings(to_line(10, "5551234"));
    o.on(c, LegEvent::Alerting);
    o.expect(a, PlayTone(Tone::Ringback));
    o.on(c, LegEvent::Answer);
    o.expect(a, Answer);
    o.expect(a, StopTone);
    o.expect(a, Bridge(c));
    o.hang_up(c);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn early_media_of_one_among_several_counts_as_ringing() {
    let mut o = Office::new();
    let a = o.invite("dee", "400");
    let (b, c) = (o.rings(to_phone(5)), o.rings(to_sip("shop")));
    o.on(c, LegEvent::Progress { early_media: true });
    o.expect(a, Alert);
    o.on(c, LegEvent::Progress { early_media: false });
    o.quiet();
    o.hang_up(a);
    o.expect(b, Release(Cause::NormalClearing));
    o.expect(c, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn ringback_stops_when_the_next_way_is_tried() {
    let mut o = Office::new();
    let a = o.lift(1);
    o.expect(a, PlayTone(Tone::Dial));
    o.dial(a, "0");
    o.expect(a, StopTone);
    o.dial(a, "777#");
    let b = o.rings(to_trunk("777"));
    o.on(b, LegEvent::Alerting);
    o.expect(a, PlayTone(Tone::Ringback));
    o.on(b, LegEvent::Release(Cause::NetworkOutOfOrder));
    let c = o.rings(to_line(10, "777"));
    o.expect(a, StopTone);
    o.on(c, LegEvent::Alerting);
    o.expect(a, PlayTone(Tone::Ringback));
    o.hang_up(a);
    o.expect(c, Release(Cause::NormalClearing));
    assert_eq!(o.record().dialled, "0777");
    o.empty();
}
