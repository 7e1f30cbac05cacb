//! Random stories: whatever comes, the machine keeps its promises.

use proptest::prelude::*;
use telephony::Duration;

use super::*;

fn inputs() -> impl Strategy<Value = FxoInput> {
    let heard = prop::sample::select(
        &[
            Heard::DialTone,
            Heard::DialTone,
            Heard::Ringback,
            Heard::Ringback,
            Heard::Busy,
            Heard::Congestion,
            Heard::NumberUnobtainable,
        ][..],
    );
    prop_oneof![
        6 => prop::sample::select(&[RING, PAUSE, BATTERY, NO_BATTERY, BATTERY, REVERSE, FORWARD][..]),
        4 => heard.prop_map(FxoInput::Heard),
        3 => prop::sample::select(&[FxoInput::Answer, FxoInput::Hangup, FxoInput::Flash, FxoInput::DigitsSent][..]),
        3 => "[0-9*#]{0,40}".prop_map(|text| FxoInput::Seize { digits: Digits::parse(&text).unwrap() }),
        1 => Just(FxoInput::CallerId(ann())),
        1 => prop::sample::select(&[FAIL, RECOVER, FxoInput::Timeout][..]),
    ]
}

fn configs() -> impl Strategy<Value = FxoConfig> {
    let start = prop::sample::select(
        &[
            CallerIdStart::Off,
            CallerIdStart::AfterRing,
            CallerIdStart::Polarity,
            CallerIdStart::BeforeRing,
        ][..],
    );
    let tone = prop::sample::select(
        &[
            DialToneRule::Required,
            DialToneRule::Preferred,
            DialToneRule::Ignored,
        ][..],
    );
    (
        start,
        tone,
        0u16..300,
        prop::option::of(0u16..400),
        prop::option::of(0u32..20_000),
        0u16..3_000,
    )
        .prop_map(
            |(start, tone, min_burst_ms, loop_drop_ms, assume_ms, times_ms)| {
                let mut config = FxoConfig::default();
                config.caller_id.start = start;
                config.dial.tone = tone;
                config.ring.min_burst_ms = min_burst_ms;
                config.disconnect.loop_drop_ms = loop_drop_ms;
                config.answer.assume_ms = assume_ms;
                config.line.guard_ms = times_ms;
                config.line.cut_ms = times_ms;
                config.line.flash_ms = times_ms;
                config
            },
        )
}

/// Watches the outputs of a story.
#[derive(Default)]
struct Watch {
    off_hook: bool,
    answered: bool,
    offered: bool,
    cut: bool,
    failed: bool,
}

impl Watch {
    fn see(&mut self, output: &FxoOutput) {
        match *output {
            CLOSE => {
                assert!(!self.failed, "closed the loop of a failed port");
                self.off_hook = true;
                self.offered = false;
            }
            OPEN => self.off_hook = false,
            SendDigits(digits) => assert!(
                self.off_hook && !digits.is_empty(),
                "digits into an open loop"
            ),
            Ev(FxoEvent::Answered(_)) => {
                assert!(
                    self.off_hook && !self.answered,
                    "answered twice, or on hook"
                );
                self.answered = true;
            }
            Ev(FxoEvent::Alerting | FxoEvent::Dialled) => assert!(self.off_hook && !self.answered),
            Ev(FxoEvent::Released(_)) => {
                assert!(!self.off_hook, "released with the loop closed");
                self.answered = false;
            }
            Ev(FxoEvent::Incoming { .. }) => {
                assert!(!self.off_hook, "incoming while off hook");
                self.offered = true;
            }
            Ev(FxoEvent::CallerGaveUp) => {
                assert!(self.offered, "gave up a call that was not reported");
                self.offered = false;
            }
            Ev(FxoEvent::LineCut) => assert!(!core::mem::replace(&mut self.cut, true), "cut twice"),
            Ev(FxoEvent::LineRestored) => {
                assert!(core::mem::take(&mut self.cut), "restored without a cut")
            }
            Ev(FxoEvent::Failed) => {
                assert!(!self.off_hook);
                *self = Watch {
                    cut: self.cut,
                    failed: true,
                    ..Watch::default()
                };
            }
            Ev(FxoEvent::Recovered) => self.failed = false,
            Hear(listen) => assert!(!(listen.caller_id && self.off_hook), "caller ID off hook"),
            Port(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn promises_hold_in_every_story(config in configs(), story in prop::collection::vec((0u64..2_500, inputs()), 1..120)) {
        let mut b = line(config);
        let mut watch = Watch::default();
        for (after_ms, input) in story {
            let at = b.now + Duration::from_millis(after_ms);
            for (_, output) in b.run_before(at) {
                watch.see(&output);
            }
            b.now = at;
            let before = b.machine.state();
            b.machine.handle(at, input);
            for output in b.drain() {
                watch.see(&output);
            }
            if input == FxoInput::Hangup && !watch.off_hook {
                watch.answered = false;
                watch.offered &= before != FxoState::Offered;
            }
        }
        prop_assert_eq!(b.machine.dropped(), 0);
        for input in [RECOVER, PAUSE, BATTERY, FxoInput::Hangup, FxoInput::Hangup] {
            b.machine.handle(b.now, input);
        }
        b.drain().iter().for_each(|output| watch.see(output));
        let end = b.now + Duration::from_secs(30);
        b.run_before(end).iter().for_each(|(_, output)| watch.see(output));
        prop_assert_eq!(b.machine.state(), FxoState::Idle);
        prop_assert!(!watch.off_hook && !watch.cut);
        prop_assert_eq!(b.machine.poll_timeout(), None);
    }
}
