//! Telephone lines: calls that come in, calls that go out, glare, faults.

use call::Direction;
use call::LegCommand::*;
use call::LegEvent;
use dialplan::Origin;
use telephony::{CallerId, Cause, Duration, Tone};

use crate::office::*;

#[test]
fn a_line_is_answered_when_the_phone_is() {
    let mut o = Office::new();
    let a = o.line_rings(10, "5559999");
    let (b, shown) = o.originated(to_phone(1));
    assert_eq!(shown, "5559999");
    o.on(b, LegEvent::Alerting);
    o.expect(a, Alert);
    o.on(b, LegEvent::Answer);
    o.expect(a, Answer);
    o.expect(a, Bridge(b));
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    let record = o.record();
    assert_eq!(
        (record.direction, record.dialled.as_str()),
        (Direction::Incoming, "")
    );
    assert_eq!(record.origin, Origin::Line(telephony::LineId(10)));
    o.empty();
}

#[test]
fn a_line_rings_a_sip_phone_and_hears_no_early_media() {
    let mut o = Office::new();
    let a = o.line_rings(11, "5559999");
    let b = o.rings(to_sip("dee"));
    o.on(b, LegEvent::Progress { early_media: true });
    o.quiet();
    o.on(b, LegEvent::Answer);
    o.expect(a, Answer);
    o.expect(a, Bridge(b));
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn the_caller_on_the_line_gives_up() {
    let mut o = Office::new();
    let a = o.line_rings(10, "");
    let b = o.rings(to_phone(1));
    o.hang_up(a);
    o.expect(b, Release(Cause::NormalClearing));
    assert_eq!(o.record().answered, None);
    o.empty();
}

#[test]
fn a_line_whose_destination_fails_is_never_answered() {
    let mut o = Office::new();
    let a = o.line_rings(10, "");
    let b = o.rings(to_phone(1));
    o.wait(Duration::from_secs(60));
    o.expect(b, Release(Cause::NormalClearing));
    o.expect(a, Release(Cause::NoUserResponding));
    o.record();
    let a = o.line_rings(12, "");
    o.expect(a, Release(Cause::NoRouteToDestination));
    o.record();
    o.empty();
}

#[test]
fn calls_on_a_trunk_find_the_extension() {
    let mut o = Office::new();
    let a = o.setup(
        Origin::Trunk("isp".into()),
        CallerId::new("0301234", ""),
        Some("5550100"),
        None,
    );
    let (b, shown) = o.originated(to_sip("eli"));
    assert_eq!(shown, "0301234");
    o.hang_up(a);
    o.expect(b, Release(Cause::NormalClearing));
    let record = o.record();
    assert_eq!(
        (record.direction, record.dialled.as_str()),
        (Direction::Incoming, "5550100")
    );
    o.empty();
}

/// Dials outside from dee past the trunk.
fn outside(o: &mut Office, user: &str) -> telephony::LegId {
    let a = o.invite(user, "0777");
    let trunk = o.rings(to_trunk("777"));
    o.on(trunk, LegEvent::Release(Cause::NetworkOutOfOrder));
    a
}

#[test]
fn one_line_is_never_given_twice() {
    let mut o = Office::new();
    let a = outside(&mut o, "dee");
    let la = o.rings(to_line(10, "777"));
    let b = outside(&mut o, "eli");
    let lb = o.rings(to_line(11, "777"));
    let c = outside(&mut o, "fay");
    o.expect(c, Release(Cause::NoCircuitAvailable));
    o.record();
    for (caller, line) in [(a, la), (b, lb)] {
        o.hang_up(caller);
        o.expect(line, Release(Cause::NormalClearing));
        assert_eq!(o.record().direction, Direction::Outgoing);
    }
    o.empty();
}

#[test]
fn a_line_that_rings_in_is_not_seized() {
    let mut o = Office::new();
    let caller = o.line_rings(10, "");
    let phone = o.rings(to_phone(1));
    let a = outside(&mut o, "dee");
    let line = o.rings(to_line(11, "777"));
    o.hang_up(a);
    o.expect(line, Release(Cause::NormalClearing));
    o.record();
    o.hang_up(caller);
    o.expect(phone, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn glare_takes_the_next_line_and_the_incoming_call_rings() {
    let mut o = Office::new();
    let a = outside(&mut o, "dee");
    let line = o.rings(to_line(10, "777"));
    let caller = o.line_rings(10, "5559999");
    let phone = o.rings(to_phone(1));
    o.on(line, LegEvent::Release(Cause::CircuitNotAvailable));
    let next = o.rings(to_line(11, "777"));
    o.on(next, LegEvent::Release(Cause::CircuitNotAvailable));
    o.expect(a, Release(Cause::CircuitNotAvailable));
    o.record();
    o.hang_up(caller);
    o.expect(phone, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_line_cut_in_a_call_ends_that_call_only() {
    let mut o = Office::new();
    let (p, q) = o.phones_talk(2, 3);
    let a = o.line_rings(10, "");
    let b = o.rings(to_phone(1));
    o.on(b, LegEvent::Answer);
    o.expect(a, Answer);
    o.expect(a, Bridge(b));
    o.on(a, LegEvent::Release(Cause::DestinationOutOfOrder));
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::DestinationOutOfOrder));
    assert_eq!(o.record().cause, Cause::DestinationOutOfOrder);
    o.hang_up(p);
    o.expect(q, Unbridge);
    o.expect(q, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn a_line_s_caller_cannot_flash_or_dial() {
    let mut o = Office::new();
    let a = o.line_rings(10, "");
    let b = o.rings(to_phone(1));
    o.on(b, LegEvent::Answer);
    o.expect(a, Answer);
    o.expect(a, Bridge(b));
    o.on(a, LegEvent::Flash);
    o.dial(a, "0#");
    o.quiet();
    o.on(b, LegEvent::Flash);
    o.expect(a, Unbridge);
    o.expect(a, PlayTone(Tone::Hold));
    o.expect(b, PlayTone(Tone::Dial));
    o.hang_up(a);
    o.record();
    o.quiet();
    o.hang_up(b);
    o.record();
    o.empty();
}
