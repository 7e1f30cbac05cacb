//! Hold and resume by SIP phones.

use call::LegCommand::*;
use call::LegEvent;
use telephony::{Cause, Tone};

use crate::office::*;

#[test]
fn hold_and_resume() {
    let mut o = Office::new();
    let (a, b) = o.sip_talks_to_phone("dee", 1);
    o.on(a, LegEvent::Hold);
    o.expect(a, Unbridge);
    o.expect(b, PlayTone(Tone::Hold));
    o.on(a, LegEvent::Hold);
    o.quiet();
    o.on(a, LegEvent::Resume);
    o.expect(b, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(a);
    o.expect(b, Unbridge);
    o.expect(b, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn both_sides_hold() {
    let mut o = Office::new();
    let (a, b) = o.sips_talk("dee", "302", "eli");
    o.on(a, LegEvent::Hold);
    o.expect(a, Unbridge);
    o.expect(b, PlayTone(Tone::Hold));
    o.on(b, LegEvent::Hold);
    o.expect(b, StopTone);
    o.on(a, LegEvent::Resume);
    o.expect(a, PlayTone(Tone::Hold));
    o.on(b, LegEvent::Resume);
    o.expect(a, StopTone);
    o.expect(a, Bridge(b));
    o.hang_up(b);
    o.expect(a, Unbridge);
    o.expect(a, Release(Cause::NormalClearing));
    o.record();
    o.empty();
}

#[test]
fn hung_up_on_hold_from_either_side() {
    for holder_leaves in [true, false] {
        let mut o = Office::new();
        let (a, b) = o.sip_talks_to_phone("dee", 1);
        o.on(a, LegEvent::Hold);
        o.expect(a, Unbridge);
        o.expect(b, PlayTone(Tone::Hold));
        if holder_leaves {
            o.hang_up(a);
            o.expect(b, StopTone);
            o.expect(b, Release(Cause::NormalClearing));
        } else {
            o.hang_up(b);
            o.expect(a, Release(Cause::NormalClearing));
        }
        o.record();
        o.empty();
    }
}

#[test]
fn a_phone_and_a_sip_phone_hold_each_other() {
    let mut o = Office::new();
    let (a, b) = o.sip_talks_to_phone("dee", 1);
    o.on(a, LegEvent::Hold);
    o.expect(a, Unbridge);
    o.expect(b, PlayTone(Tone::Hold));
    o.on(b, LegEvent::Flash);
    o.expect(b, StopTone);
    o.expect(b, PlayTone(Tone::Dial));
    o.on(a, LegEvent::Resume);
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
