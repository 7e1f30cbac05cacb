use line_card::{CardError, Highway, LineCard};
use telephony::{HookState, LineId, PortCommand, PortEvent, PortKind, SILENCE};

use super::{Rig, about};
use crate::{
    Behaviour, CidDelivery, FaultSetup, IncomingCall, LineSetup, LineState, Paced, PairSetup,
    PhoneSetup, PortSetup, Sim, SimConfig, SimError,
};

#[test]
fn a_killed_port_is_silent_and_refuses_until_healed() {
    let mut rig = Rig::new(SimConfig::new(2, 1));
    let phone = rig.bench.phone(LineId(0)).unwrap();
    phone.lift();
    phone.say_tone(1_000.0, -10.0);
    rig.run(100);
    rig.take_events();
    rig.bench.kill_port(LineId(0));
    rig.bench.kill_port(LineId(0));
    rig.run(100);
    assert_eq!(rig.take_events(), [(100, PortEvent::Failed)]);
    about(rig.received_last(0, 90).level_dbm0(), -100.0, 0.0);
    let refused = rig.card.command(LineId(0), PortCommand::Ring(true));
    assert_eq!(refused, Err(CardError::Failed(LineId(0))));
    assert_eq!(
        rig.card.command(LineId(1), PortCommand::Ring(false)),
        Ok(()),
        "the others go on"
    );
    about(phone.loop_current_ma(), 0.0, 0.0);
    rig.bench.heal_port(LineId(0));
    rig.run(100);
    let events: Vec<_> = rig
        .take_events()
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    assert_eq!(
        events,
        [
            PortEvent::Recovered,
            PortEvent::Loop(telephony::LoopState::Closed)
        ]
    );
    about(rig.received_last(0, 90).level_dbm0(), -10.0, 0.5);
    assert_eq!(
        rig.card.command(LineId(9), PortCommand::Ring(true)),
        Err(CardError::NoSuchPort(LineId(9)))
    );
}

#[test]
fn a_killed_line_port_lets_go_of_the_loop() {
    let (mut rig, line) = Rig::line(LineSetup::default());
    rig.off_hook();
    rig.run(500);
    assert_eq!(line.state(), LineState::DialTone);
    rig.bench.kill_port(LineId(0));
    line.cut();
    rig.run(600);
    line.restore();
    line.cut();
    rig.run(100);
    rig.bench.heal_port(LineId(0));
    rig.run(10);
    let events: Vec<_> = rig
        .take_events()
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    assert_eq!(
        events,
        [
            PortEvent::Failed,
            PortEvent::Recovered,
            PortEvent::Battery(false)
        ]
    );
    assert!(!line.is_seized());
}

#[test]
fn the_highway_can_be_lost() {
    let mut rig = Rig::new(SimConfig::new(1, 0));
    rig.bench.lose_highway();
    let result = rig.highway.exchange(&[SILENCE], &mut [SILENCE]);
    assert_eq!(result, Err(CardError::HighwayLost));
    rig.bench.find_highway();
    rig.run(10);
    assert_eq!(rig.bench.now().as_millis(), 10);
}

#[test]
fn a_card_has_1_to_24_ports_of_each_kind() {
    assert!(matches!(
        Sim::new(SimConfig::new(0, 0)),
        Err(SimError::NoPorts)
    ));
    let too_many = Sim::new(SimConfig::new(3, 25));
    assert!(matches!(
        too_many,
        Err(SimError::TooManyPorts {
            kind: PortKind::Fxo,
            got: 25
        })
    ));
    let mut rig = Rig::new(SimConfig::new(24, 24));
    assert_eq!(rig.card.capabilities().ports.len(), 48);
    for (n, phone) in rig.bench.phones().iter().enumerate() {
        phone.lift();
        phone.say_tone(400.0 + 50.0 * n as f32, -10.0);
    }
    for line in 24..48 {
        rig.card
            .command(LineId(line), PortCommand::Hook(HookState::OffHook))
            .unwrap();
    }
    rig.run(1_000);
    for n in 0..24 {
        about(
            rig.received_last(n, 500).dominant_hz().unwrap(),
            400.0 + 50.0 * n as f32,
            1.0,
        );
    }
    assert!(
        rig.bench
            .lines()
            .iter()
            .all(|line| line.state() == LineState::DialTone)
    );
}

/// A busy minute with everything random switched on.
fn story(seed: u64) -> (u64, usize) {
    let faults = FaultSetup {
        loop_glitches_per_min: 30.0,
        ring_glitches_per_min: 30.0,
        noise_bursts_per_min: 60.0,
        ..FaultSetup::default()
    };
    let pair = PairSetup {
        noise_dbm0: Some(-60.0),
        ..PairSetup::default()
    };
    let ports = vec![
        PortSetup::Fxs(PhoneSetup {
            pair: pair.clone(),
            faults,
            ..PhoneSetup::default()
        }),
        PortSetup::Fxo(
            LineSetup {
                pair,
                faults,
                ..LineSetup::default()
            }
            .number("12", Behaviour::answer(500)),
        ),
    ];
    let mut rig = Rig::new(SimConfig {
        ports,
        seed,
        ..SimConfig::default()
    });
    let (phone, line) = (rig.bench.phones().remove(0), rig.bench.lines().remove(0));
    rig.joined = Some((0, 1));
    phone.lift();
    rig.card
        .command(LineId(1), PortCommand::Hook(HookState::OffHook))
        .unwrap();
    phone.wait(1_000);
    phone.dial("12").unwrap();
    rig.run(6_000);
    phone.hang_up();
    rig.card
        .command(LineId(1), PortCommand::Hook(HookState::OnHook))
        .unwrap();
    rig.run(1_000);
    line.ring(IncomingCall::new("77", CidDelivery::Bell202))
        .unwrap();
    rig.run(8_000);
    (rig.bench.fingerprint(), rig.bench.log().len())
}

#[test]
fn equal_seeds_make_equal_worlds() {
    let (first, entries) = story(7);
    assert!(entries > 20);
    assert_eq!(story(7), (first, entries));
    assert_ne!(story(8).0, first);
}

#[test]
fn events_are_seen_to_the_millisecond_when_stepped() {
    let (mut card, mut highway, bench) = Sim::new(SimConfig::new(1, 0)).unwrap().split();
    let phone = bench.phone(LineId(0)).unwrap();
    phone.wait(14);
    phone.lift();
    let mut seen = Vec::new();
    for _ in 0..5 {
        let step = |now| {
            while let Some((at, _, event)) = card.poll_stamped() {
                assert_eq!(at, now);
                seen.push((now.as_millis(), event));
            }
        };
        highway
            .exchange_stepped(&[SILENCE], &mut [SILENCE], step)
            .unwrap();
    }
    assert_eq!(seen[0], (15, PortEvent::Loop(telephony::LoopState::Closed)));
}

#[test]
fn a_paced_world_keeps_the_time_of_the_real_clock() {
    let (_, highway, bench) = Sim::new(SimConfig::new(1, 1)).unwrap().split();
    let mut paced = Paced::new(highway);
    let start = std::time::Instant::now();
    for _ in 0..20 {
        paced.exchange(&[SILENCE; 2], &mut [SILENCE; 2]).unwrap();
    }
    let took = start.elapsed().as_millis();
    assert_eq!(bench.now().as_millis(), 200);
    assert!(took >= 199, "{took} ms: the clock must not run ahead");
}
