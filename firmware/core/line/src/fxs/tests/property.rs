//! Random stories: whatever comes, the machine keeps its promises.

use proptest::prelude::*;
use telephony::Duration;

use super::*;

fn inputs() -> impl Strategy<Value = FxsInput> {
    let cadence = prop_oneof![
        Just(None),
        Just(Some(RingCadence::two(400, 200, 400, 2_000))),
        (any::<[(u16, u16); 4]>(), 0u8..9)
            .prop_map(|(bursts_ms, len)| Some(RingCadence { bursts_ms, len })),
        Just(Some(RingCadence::one(0, 0))),
    ];
    prop_oneof![
        8 => prop_oneof![Just(OPEN), Just(CLOSE)],
        3 => cadence.prop_map(|cadence| FxsInput::Ring { caller: caller(), cadence }),
        1 => Just(FxsInput::StopRing),
        2 => prop::sample::select(Cause::ALL).prop_map(FxsInput::Release),
        1 => Just(FxsInput::CallWaiting(caller())),
        1 => Just(FxsInput::CallerIdSent),
        1 => prop_oneof![Just(FAIL), Just(RECOVER)],
        1 => Just(FxsInput::Timeout),
    ]
}

fn configs() -> impl Strategy<Value = FxsConfig> {
    (
        any::<bool>(),
        0u16..400,
        prop::option::of(0u16..900),
        prop::option::of((0u16..400, 0u16..1_200)),
        0u8..4,
    )
        .prop_map(|(pulse, trip_ms, disconnect, flash_ms, when)| {
            let mut config = FxsConfig::default();
            config.pulse.enabled = pulse;
            config.ring.trip_ms = trip_ms;
            config.hook.flash_ms = flash_ms;
            config.release.disconnect_open_loop_ms = disconnect;
            config.caller_id.when = match when {
                0 => CallerIdWhen::Off,
                1 => CallerIdWhen::AfterFirstRing,
                n => CallerIdWhen::BeforeRing { reversal: n == 2 },
            };
            config
        })
}

/// Watches the outputs of a story.
#[derive(Default)]
struct Watch {
    ringer_on: bool,
    may_answer: bool,
    off_hook: bool,
    spill: bool,
}

impl Watch {
    fn see(&mut self, output: &FxsOutput) {
        match *output {
            Port(Ring(on)) => {
                assert!(!(on && self.off_hook), "rings into an ear");
                assert!(!(on && self.spill), "rings over the caller ID");
                self.ringer_on = on;
                self.may_answer |= on;
            }
            SendCallerId(_) => {
                assert!(!self.ringer_on, "caller ID over ringing");
                self.spill = true;
            }
            StopCallerId => self.spill = false,
            Ev(event @ (FxsEvent::Answered | FxsEvent::Seized)) => {
                assert!(!self.off_hook, "{event:?} while off hook");
                assert!(!self.ringer_on, "{event:?} with the ringer on");
                if event == FxsEvent::Answered {
                    assert!(self.may_answer, "answered without a ring, or twice");
                }
                self.may_answer = false;
                self.off_hook = true;
            }
            Ev(FxsEvent::OnHook) => {
                assert!(self.off_hook, "hung up twice");
                self.off_hook = false;
            }
            Ev(FxsEvent::Failed) => {
                assert!(!self.ringer_on, "failed with the ringer on");
                *self = Watch::default();
            }
            Ev(FxsEvent::Flash | FxsEvent::Digit(_)) => assert!(self.off_hook),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn promises_hold_in_every_story(config in configs(), story in prop::collection::vec((0u64..1_500, inputs()), 1..120)) {
        let mut b = idle(config);
        let mut watch = Watch::default();
        for (after_ms, input) in story {
            let at = b.now + Duration::from_millis(after_ms);
            for (_, output) in b.run_before(at) {
                watch.see(&output);
            }
            b.now = at;
            match input {
                FxsInput::CallerIdSent => watch.spill = false,
                // A lift the machine is judging when the ring comes answers it without a burst.
                FxsInput::Ring { .. } => watch.may_answer = true,
                _ => {}
            }
            b.machine.handle(at, input);
            for output in b.drain() {
                watch.see(&output);
            }
            prop_assert_eq!(watch.ringer_on && b.machine.state() != FxsState::Ringing, false);
        }
        prop_assert_eq!(b.machine.dropped(), 0);
        b.machine.handle(b.now, RECOVER);
        b.machine.handle(b.now, FxsInput::StopRing);
        b.machine.handle(b.now, OPEN);
        let end = b.now + Duration::from_secs(10);
        b.drain().iter().for_each(|output| watch.see(output));
        b.run_before(end).iter().for_each(|(_, output)| watch.see(output));
        prop_assert_eq!(b.machine.state(), FxsState::Idle);
        prop_assert!(!watch.ringer_on);
        prop_assert!(!watch.off_hook);
        prop_assert_eq!(b.machine.poll_timeout(), None);
    }
}
