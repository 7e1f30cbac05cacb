//! Records wait for the store, within bounds.

use call::LegEvent;
use call::{Input, LegCommand, MAX_LEGS, SwitchConfig, TransferTo};
use telephony::{CallId, Cause};

use crate::office::*;

#[test]
fn a_call_is_forgotten_when_its_record_is_stored() {
    let mut o = Office::with(SwitchConfig {
        first_call: CallId(70),
        ..SwitchConfig::default()
    });
    let a = o.invite("dee", "999");
    o.expect(a, LegCommand::Release(Cause::UnallocatedNumber));
    assert_eq!(
        o.switch
            .unstored()
            .map(|record| record.call)
            .collect::<Vec<_>>(),
        [CallId(70)]
    );
    o.input(Input::CdrStored(CallId(69)));
    assert_eq!(o.switch.unstored().count(), 1);
    assert_eq!(o.record().call, CallId(70));
    o.empty();
}

#[test]
fn a_store_that_does_not_answer_costs_the_oldest_record_only() {
    let mut o = Office::with(SwitchConfig {
        max_unstored: 2,
        max_calls: 2,
        ..SwitchConfig::default()
    });
    for n in 0..5 {
        let leg = o.switch.new_leg_id();
        let setup = LegEvent::Setup {
            origin: dialplan::Origin::Device(sip("dee")),
            caller: Default::default(),
            dialled: Some("999".into()),
            replaces: None,
        };
        o.switch.handle(o.now, Input::Leg(leg, setup));
        assert_eq!(
            o.switch.poll_output(),
            Some(call::Output::Leg(
                leg,
                LegCommand::Release(Cause::UnallocatedNumber)
            ))
        );
        assert!(
            matches!(o.switch.poll_output(), Some(call::Output::Cdr(record)) if record.call == CallId(1 + n))
        );
    }
    assert_eq!(
        o.switch
            .unstored()
            .map(|record| record.call)
            .collect::<Vec<_>>(),
        [CallId(4), CallId(5)]
    );
    assert_eq!(o.switch.dropped_records(), 3);
    assert_eq!(o.switch.calls(), 0);
}

#[test]
fn a_call_handed_on_and_on_keeps_a_bounded_record() {
    let mut o = Office::new();
    let (_, held) = o.sip_talks_to_phone("dee", 1);
    let mut talking = None;
    for n in 0..50 {
        let number = if n % 2 == 0 { "302" } else { "303" };
        let from = talking.unwrap_or(telephony::LegId(1));
        o.on(from, LegEvent::Transfer(TransferTo::Number(number.into())));
        o.expect(from, LegCommand::TransferResult(Ok(())));
        o.expect(from, LegCommand::Unbridge);
        o.expect(from, LegCommand::Release(Cause::NormalClearing));
        let next = o.rings(to_sip(if n % 2 == 0 { "eli" } else { "fay" }));
        o.on(next, LegEvent::Answer);
        o.expect(held, LegCommand::Bridge(next));
        talking = Some(next);
    }
    o.hang_up(held);
    o.expect(talking.unwrap(), LegCommand::Unbridge);
    o.expect(talking.unwrap(), LegCommand::Release(Cause::NormalClearing));
    let record = o.record();
    assert_eq!(
        (record.legs.len(), record.legs_left_out),
        (MAX_LEGS, 52 - MAX_LEGS as u32)
    );
    o.empty();
}
