use telephony::{Instant, LineId, Polarity, PortEvent};

use super::calls::{dial, exchange};
use super::{Rig, about};
use crate::cid::{CallerIdShown, CidStandard, Display};
use crate::{
    CidDelivery, Country, FaultSetup, Glare, IncomingCall, LineSetup, LineState, PairSetup,
    SimError,
};

fn rings(events: &[(u64, PortEvent)]) -> Vec<(u64, bool)> {
    let ring = |&(at, event): &(u64, PortEvent)| match event {
        PortEvent::Ring(on) => Some((at, on)),
        _ => None,
    };
    events.iter().filter_map(ring).collect()
}

#[test]
fn an_incoming_call_rings_in_the_countrys_cadence_until_answered() {
    let (mut rig, line) = Rig::line(LineSetup {
        country: Country::Gb,
        ..exchange()
    });
    rig.run(1_000);
    line.ring(IncomingCall::new("0", CidDelivery::None))
        .unwrap();
    assert!(matches!(
        line.ring(IncomingCall::new("0", CidDelivery::None)),
        Err(SimError::LineInUse(LineId(0)))
    ));
    rig.run(6_200);
    let seen = rings(&rig.take_events());
    let began: Vec<u64> = seen
        .iter()
        .filter(|ring| ring.1)
        .map(|ring| ring.0)
        .collect();
    assert_eq!(
        began.iter().map(|at| at - began[0]).collect::<Vec<_>>(),
        [0, 600, 3_000, 3_600, 6_000]
    );
    about((seen[1].0 - seen[0].0) as f32, 400.0, 30.0);
    rig.off_hook();
    line.far_say_tone(500.0, -20.0);
    rig.run(300);
    assert_eq!(line.state(), LineState::Talking);
    about(rig.received_last(0, 200).tone_dbm0(500.0), -20.0, 0.2);
    assert!(matches!(
        rig.take_events()[..],
        [(_, PortEvent::Ring(false))]
    ));
}

#[test]
fn a_caller_can_give_up() {
    let (mut rig, line) = Rig::line(exchange());
    let call = IncomingCall {
        gives_up_after_ms: Some(7_000),
        ..IncomingCall::new("0", CidDelivery::None)
    };
    line.ring(call).unwrap();
    rig.run(6_500);
    assert_eq!(line.state(), LineState::Ringing);
    rig.run(600);
    assert_eq!(line.state(), LineState::Idle);
    rig.run(20_000);
    assert_eq!(rings(&rig.take_events()).len(), 4, "two bursts");
}

/// Rings with caller ID for 8 s: when and what a telephone's display held to the trunk side shows, and the port's events.
fn delivered(delivery: CidDelivery, country: Country) -> (CallerIdShown, Vec<(u64, PortEvent)>) {
    let (mut rig, line) = Rig::line(LineSetup {
        country,
        ..exchange()
    });
    line.ring(IncomingCall::new("02079460123", delivery))
        .unwrap();
    rig.run(8_000);
    let mut display = Display::new();
    let mut shown = Vec::new();
    for (n, &sample) in rig.received[0].iter().enumerate() {
        shown.extend(display.push(sample.into(), Instant::from_micros(n as u64 * 125)));
    }
    assert_eq!(shown.len(), 1, "{delivery:?}");
    (shown.remove(0), rig.take_events())
}

#[test]
fn caller_id_comes_in_every_standard_at_its_place() {
    for (delivery, country, standard, bursts_before) in [
        (CidDelivery::Bell202, Country::Us, CidStandard::Bell202, 1),
        (
            CidDelivery::Bell202Sdmf,
            Country::Tw,
            CidStandard::Bell202,
            1,
        ),
        (CidDelivery::V23AfterRing, Country::De, CidStandard::V23, 1),
        (CidDelivery::V23AfterRing, Country::Gb, CidStandard::V23, 2),
        (CidDelivery::V23BeforeRing, Country::Gb, CidStandard::V23, 0),
        (CidDelivery::Dtmf, Country::Tw, CidStandard::Dtmf, 0),
        (
            CidDelivery::DtmfAfterReversal,
            Country::Cn,
            CidStandard::Dtmf,
            0,
        ),
    ] {
        let (shown, events) = delivered(delivery, country);
        assert_eq!(
            (shown.number.as_str(), shown.standard),
            ("02079460123", standard)
        );
        let at = shown.at.as_millis();
        let earlier = rings(&events)
            .iter()
            .filter(|ring| ring.1 && ring.0 < at)
            .count();
        assert_eq!(earlier, bursts_before, "{delivery:?}");
        let later = rings(&events)
            .iter()
            .filter(|ring| ring.1 && ring.0 > at)
            .count();
        assert!(later > 0, "{delivery:?}: ringing goes on");
        let reversed = events
            .iter()
            .any(|(_, event)| *event == PortEvent::Polarity(Polarity::Reverse));
        let announces = matches!(
            delivery,
            CidDelivery::V23BeforeRing | CidDelivery::DtmfAfterReversal
        );
        assert_eq!(reversed, announces, "{delivery:?}");
    }
}

#[test]
fn glare_connects_the_caller_instead_of_dial_tone() {
    let (mut rig, line) = Rig::line(exchange());
    line.glare_at_next_seizure(Glare::CallerWins);
    line.far_say_tone(600.0, -18.0);
    rig.run(100);
    dial(&mut rig, "100");
    assert_eq!(
        (line.state(), line.digits_received().as_str()),
        (LineState::Talking, "")
    );
    let seen = rings(&rig.take_events());
    assert!(
        matches!(seen[..], [(101, true), (102..=150, false)]),
        "{seen:?}"
    );
    about(rig.received_last(0, 300).tone_dbm0(600.0), -18.0, 0.5);
    assert!(
        line.far_heard().digits().contains("100"),
        "the caller hears the box dial"
    );
    rig.on_hook();
    rig.run(600);
    rig.off_hook();
    rig.run(500);
    assert_eq!(line.state(), LineState::DialTone, "only once");
}

#[test]
fn glare_that_the_box_wins_rings_once_and_gives_dial_tone() {
    let (mut rig, line) = Rig::line(exchange());
    line.glare_at_next_seizure(Glare::BoxWins);
    dial(&mut rig, "200");
    rig.run(600);
    assert_eq!(line.state(), LineState::Busy);
    assert_eq!(rings(&rig.take_events()).len(), 2);
}

#[test]
fn seizing_while_the_first_ring_begins_answers_the_caller() {
    let (mut rig, line) = Rig::line(exchange());
    line.ring(IncomingCall::new("5551000", CidDelivery::None))
        .unwrap();
    rig.off_hook();
    rig.run(500);
    assert_eq!(line.state(), LineState::Talking);
}

#[test]
fn a_ring_glitch_is_shorter_than_any_ringing() {
    let faults = FaultSetup {
        ring_glitches_per_min: 60.0,
        ..FaultSetup::default()
    };
    let (mut rig, line) = Rig::line(LineSetup {
        faults,
        ..exchange()
    });
    rig.run(60_000);
    let seen = rings(&rig.take_events());
    assert!(seen.len() > 20, "{}", seen.len());
    assert!(
        seen.chunks_exact(2)
            .all(|pair| pair[0].1 && pair[1].0 - pair[0].0 < 80),
        "{seen:?}"
    );
    assert_eq!(line.state(), LineState::Idle);
}

#[test]
fn crackle_comes_in_bursts() {
    let faults = FaultSetup {
        noise_bursts_per_min: 120.0,
        noise_burst_dbm0: -12.0,
        ..FaultSetup::default()
    };
    let pair = PairSetup {
        attenuation_db: 6.0,
        ..PairSetup::default()
    };
    let (mut rig, _) = Rig::line(LineSetup {
        faults,
        pair,
        ..exchange()
    });
    rig.run(30_000);
    let bursts = rig.received_last(0, 30_000).cadence_ms(-30.0);
    assert!((30..=90).contains(&bursts.len()), "{}", bursts.len());
    assert!(bursts.iter().all(|&(on, _)| on < 60), "{bursts:?}");
}
