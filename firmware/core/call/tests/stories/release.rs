//! Hang-up from either end in every state, and events that come too late.

use call::LegCommand::*;
use call::LegEvent;
use telephony::{Cause, LegId, Tone};

use crate::office::*;

#[test]
fn the_caller_hangs_up_while_it_rings() {
    let mut o = Office::new();
    let a = o.invite("dee", "201");
    let b = o.rings(to_phone(1));
    o.on(b, LegEvent::Alerting);
    o.expect(a, Alert);
    o.hang_up(a);
    o.expect(b, Release(Cause::NormalClearing));
    let record = o.record();
    assert_eq!(
        (record.answered, record.connected, record.cause),
        (None, None, Cause::NormalClearing)
    );
    o.empty();
}

#[test]
fn every_cause_reaches_the_caller() {
    for &cause in Cause::ALL {
        let mut o = Office::new();
        let a = o.invite("dee", "302");
        let b = o.rings(to_sip("eli"));
        o.on(b, LegEvent::Release(cause));
        o.expect(a, Release(cause));
        assert_eq!(o.record().cause, cause);
        o.empty();
    }
}

#[test]
fn events_of_legs_that_are_over_are_ignored() {
    let mut o = Office::new();
    let (a, b) = o.phones_talk(1, 2);
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    for leg in [a, b, LegId(4_000)] {
        for event in [
            LegEvent::Alerting,
            LegEvent::Answer,
            LegEvent::Flash,
            LegEvent::Hold,
            LegEvent::Progress { early_media: true },
            LegEvent::Release(Cause::NormalClearing),
        ] {
            o.on(leg, event);
        }
    }
    o.empty();
}

#[test]
fn a_second_setup_of_a_leg_is_ignored() {
    let mut o = Office::new();
    let a = o.lift(1);
    o.expect(a, PlayTone(Tone::Dial));
    o.on(
        a,
        LegEvent::Setup {
            origin: dialplan::Origin::Device(fxs(2)),
            caller: Default::default(),
            dialled: Some("202".into()),
            replaces: None,
        },
    );
    o.quiet();
    o.hang_up(a);
    o.record();
    o.empty();
}
