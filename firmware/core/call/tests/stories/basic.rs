//! Phone to phone, phone to SIP, SIP to phone, SIP to SIP.

use call::Direction;
use call::LegCommand::*;
use call::LegEvent;
use telephony::{Cause, Duration, Tone};

use crate::office::*;

#[test]
fn phone_to_phone() {
    let mut o = Office::new();
    let a = o.lift(1);
    o.expect(a, PlayTone(Tone::Dial));
    o.dial(a, "2");
    o.expect(a, StopTone);
    o.dial(a, "02");
    let (b, shown) = o.originated(to_phone(2));
    assert_eq!(shown, "201");
    o.on(b, LegEvent::Alerting);
    o.expect(a, PlayTone(Tone::Ringback));
    o.wait(Duration::from_secs(5));
    o.on(b, LegEvent::Answer);
    o.expect(a, StopTone);
    o.expect(a, Bridge(b));
    o.wait(Duration::from_secs(3_600));
    o.dial(a, "5#*");
    o.quiet();
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    let record = o.record();
    assert_eq!(
        (record.direction, record.cause),
        (Direction::Internal, Cause::NormalClearing)
    );
    assert_eq!(
        (record.dialled.as_str(), record.connected.as_deref()),
        ("202", Some("202"))
    );
    assert_eq!(
        record.answered.unwrap().since(record.started),
        Duration::from_secs(5)
    );
    assert_eq!(
        record.ended.since(record.started),
        Duration::from_secs(3_605)
    );
    o.empty();
}

#[test]
fn phone_to_sip() {
    let mut o = Office::new();
    let a = o.lift(1);
    o.expect(a, PlayTone(Tone::Dial));
    o.dial(a, "3");
    o.expect(a, StopTone);
    o.dial(a, "01");
    let b = o.rings(to_sip("dee"));
    o.on(b, LegEvent::Alerting);
    o.expect(a, PlayTone(Tone::Ringback));
    o.on(b, LegEvent::Alerting);
    o.quiet();
    o.on(b, LegEvent::Answer);
    o.expect(a, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn sip_to_phone() {
    let mut o = Office::new();
    let a = o.invite("dee", "201");
    let (b, shown) = o.originated(to_phone(1));
    assert_eq!(
        shown, "301",
        "an account is its extension, whatever its From says"
    );
    o.on(b, LegEvent::Alerting);
    o.expect(a, Alert);
    o.on(b, LegEvent::Answer);
    o.expect(a, Answer);
    o.expect(a, Bridge(b));
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn sip_to_sip_with_early_media() {
    let mut o = Office::new();
    let a = o.invite("dee", "302");
    let b = o.rings(to_sip("eli"));
    o.on(b, LegEvent::Progress { early_media: true });
    o.expect(a, Progress);
    o.expect(a, Bridge(b));
    o.on(b, LegEvent::Alerting);
    o.quiet();
    o.on(b, LegEvent::Answer);
    o.expect(a, Answer);
    o.quiet();
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn two_calls_at_once_do_not_mix() {
    let mut o = Office::new();
    let (a, b) = o.phones_talk(1, 2);
    let (c, d) = o.sip_talks_to_phone("dee", 3);
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    assert_eq!(o.switch.calls(), 1);
    o.hang_up(c);
    o.expect(d, Unbridge);
    o.expect(d, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}
