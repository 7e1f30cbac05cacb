use telephony::{HookState, LineId, Polarity, PortCommand, PortEvent};

use super::{Rig, about};
use crate::dtmf::Keypad;
use crate::measure::Heard;
use crate::{
    Behaviour, CidDelivery, Disconnect, IncomingCall, LineSetup, LineState, PairSetup, PortSetup,
    SimConfig, SimError,
};

pub(super) fn exchange() -> LineSetup {
    LineSetup::default()
        .number("100", Behaviour::answer(3_000))
        .number(
            "101",
            Behaviour::Answer {
                after_ms: 1_000,
                polarity_reversal: true,
            },
        )
        .number("200", Behaviour::Busy)
        .number("300", Behaviour::Congestion)
        .number("400", Behaviour::NumberUnobtainable)
        .number("500", Behaviour::NoAnswer)
        .number("5001", Behaviour::Busy)
}

pub(super) fn dial(rig: &mut Rig, number: &str) {
    rig.off_hook();
    rig.run(500);
    let keys = Keypad::default().samples(number).unwrap();
    rig.box_says(0, &keys);
    rig.run(keys.len() as u32 / 8);
}

/// Dials the number that answers with a reversal, and waits for the answer.
fn talk(rig: &mut Rig, line: &crate::ExchangeLine) {
    dial(rig, "101");
    rig.run_until(3_000, |_| line.state() == LineState::Talking);
    rig.take_events();
}

#[test]
fn dial_tone_comes_after_its_delay_and_goes_with_the_first_digit() {
    let (mut rig, line) = Rig::line(LineSetup {
        dial_tone_delay_ms: 450,
        ..exchange()
    });
    rig.run(100);
    assert_eq!(line.state(), LineState::Idle);
    rig.off_hook();
    rig.run(1_450);
    let heard = rig.received_last(0, 1_450);
    let first = heard
        .samples()
        .iter()
        .position(|&sample| sample != 0)
        .unwrap();
    about(first as f32 / 8.0, 450.0, 2.0);
    let tones = heard.last_ms(500).strongest_tones(2, -30.0);
    about(tones[0].0 + tones[1].0, 790.0, 0.8);
    about(heard.last_ms(500).level_dbm0(), -10.0, 0.2);
    rig.box_says(0, &Keypad::default().samples("1").unwrap());
    rig.run(200);
    assert_eq!(line.state(), LineState::Dialling);
    about(rig.received_last(0, 20).level_dbm0(), -100.0, 0.0);
    assert_eq!(line.digits_received(), "1");
}

#[test]
fn a_called_party_rings_answers_and_talks() {
    let (mut rig, line) = Rig::line(exchange());
    line.far_say_tone(700.0, -15.0);
    dial(&mut rig, "100");
    rig.run(1_000);
    assert_eq!(
        (line.state(), line.digits_received().as_str()),
        (LineState::Ringback, "100")
    );
    let ringback = rig.received_last(0, 300).strongest_tones(2, -30.0);
    about(ringback[0].0 + ringback[1].0, 920.0, 1.0);
    let waited = rig.run_until(4_000, |_| line.state() == LineState::Talking);
    assert!((2_000..=3_000).contains(&waited), "{waited}");
    rig.says[0].say_tone(1_500.0, -9.0);
    rig.run(600);
    about(rig.received_last(0, 500).tone_dbm0(700.0), -15.0, 0.2);
    about(line.far_heard_last(500).tone_dbm0(1_500.0), -9.0, 0.1);
    assert_eq!(rig.take_events(), [], "no reversal was asked for");
    rig.on_hook();
    rig.run(490);
    assert_eq!(line.state(), LineState::Talking);
    rig.run(20);
    assert_eq!(line.state(), LineState::Idle);
    about(line.far_heard_last(300).level_dbm0(), -100.0, 0.0);
}

#[test]
fn what_a_number_does_is_heard() {
    for (number, state, cadence) in [
        ("200", LineState::Busy, Some(500)),
        ("300", LineState::Congestion, Some(250)),
        ("400", LineState::NumberUnobtainable, None),
        ("999", LineState::NumberUnobtainable, None),
        ("5001", LineState::Busy, Some(500)),
        ("500", LineState::Ringback, None),
    ] {
        let (mut rig, line) = Rig::line(exchange());
        dial(&mut rig, number);
        rig.run_until(4_500, |_| line.state() == state);
        rig.run(4_000);
        assert_eq!(line.state(), state, "{number}");
        let heard = rig.received_last(0, 3_900);
        if let Some(ms) = cadence {
            let (on, off) = heard.cadence_ms(-30.0)[1];
            about(on as f32, ms as f32, 4.0);
            about(off as f32, ms as f32, 4.0);
        }
        if state == LineState::NumberUnobtainable {
            let sit = heard.cadence_ms(-30.0)[1];
            about(sit.0 as f32, 990.0, 5.0);
        }
    }
}

#[test]
fn pulses_are_read_and_flashes_are_not_digits() {
    let (mut rig, line) = Rig::line(LineSetup {
        dtmf: false,
        ..exchange()
    });
    rig.off_hook();
    rig.run(500);
    for pulses in [3, 10, 1] {
        for _ in 0..pulses {
            rig.on_hook();
            rig.run(60);
            rig.off_hook();
            rig.run(40);
        }
        rig.run(600);
    }
    assert_eq!(line.digits_received(), "301");
    rig.box_says(0, &Keypad::default().samples("9").unwrap());
    rig.run(300);
    assert_eq!(
        line.digits_received(),
        "301",
        "this exchange reads pulses only"
    );
    rig.on_hook();
    rig.run(300);
    rig.off_hook();
    rig.run(100);
    assert_eq!(line.flashes_ms(), [300]);
    assert_eq!(line.digits_received(), "301");
}

#[test]
fn digits_before_dial_tone_are_lost() {
    let (mut rig, line) = Rig::line(LineSetup {
        dial_tone_delay_ms: 2_000,
        ..exchange()
    });
    dial(&mut rig, "100");
    rig.run(2_000);
    assert_eq!(
        (line.state(), line.digits_received().as_str()),
        (LineState::DialTone, "")
    );
    rig.run(20_000);
    assert_eq!(
        line.state(),
        LineState::Congestion,
        "nothing was dialled in 20 s"
    );
}

#[test]
fn answer_is_told_by_polarity() {
    let (mut rig, line) = Rig::line(exchange());
    dial(&mut rig, "101");
    rig.run_until(3_000, |_| line.state() == LineState::Talking);
    rig.run(10);
    assert!(matches!(
        rig.take_events()[..],
        [(_, PortEvent::Polarity(Polarity::Reverse))]
    ));
    rig.on_hook();
    rig.run(600);
    assert!(matches!(
        rig.take_events()[..],
        [(_, PortEvent::Polarity(Polarity::Forward))]
    ));
}

#[test]
fn every_way_of_hanging_up_shows_as_it_should() {
    let polarity = PortEvent::Polarity(Polarity::Forward);
    for (how, state, events) in [
        (Disconnect::Busy, LineState::Busy, vec![polarity]),
        (
            Disconnect::Congestion,
            LineState::Congestion,
            vec![polarity],
        ),
        (
            Disconnect::NumberUnobtainable,
            LineState::NumberUnobtainable,
            vec![polarity],
        ),
        (
            Disconnect::PolarityReversal,
            LineState::FarGone,
            vec![polarity],
        ),
        (Disconnect::Silence, LineState::FarGone, vec![]),
    ] {
        let (mut rig, line) = Rig::line(exchange());
        line.far_say_tone(1_000.0, -10.0);
        talk(&mut rig, &line);
        rig.run(100);
        rig.take_events();
        line.far_hang_up_by(how);
        rig.run(1_300);
        assert_eq!(line.state(), state);
        let seen: Vec<_> = rig
            .take_events()
            .into_iter()
            .map(|(_, event)| event)
            .collect();
        assert_eq!(seen, events, "{how:?}");
        let heard = rig.received_last(0, 1_200);
        assert!(heard.tone_dbm0(1_000.0) < -40.0, "the far mouth is gone");
        assert_eq!(heard.level_dbm0() > -20.0, state != LineState::FarGone);
        rig.on_hook();
        rig.run(600);
        assert_eq!(line.state(), LineState::Idle);
    }
}

#[test]
fn a_loop_drop_takes_the_battery_for_its_time() {
    let (mut rig, line) = Rig::line(LineSetup {
        disconnect: Disconnect::LoopDrop { ms: 350 },
        ..exchange()
    });
    dial(&mut rig, "100");
    rig.run_until(5_000, |_| line.state() == LineState::Talking);
    line.far_hang_up();
    rig.run(1_000);
    let events = rig.take_events();
    assert!(
        matches!(
            events[..],
            [
                (_, PortEvent::Battery(false)),
                (_, PortEvent::Battery(true))
            ]
        ),
        "{events:?}"
    );
    assert_eq!(events[1].0 - events[0].0, 350);
    assert_eq!(line.state(), LineState::FarGone);
}

#[test]
fn a_cut_line_is_dead_until_mended() {
    let (mut rig, line) = Rig::line(exchange());
    rig.off_hook();
    rig.run(1_000);
    line.cut();
    rig.run(500);
    about(rig.received_last(0, 400).level_dbm0(), -100.0, 0.0);
    assert!(matches!(
        line.ring(IncomingCall::new("1", CidDelivery::None)),
        Err(SimError::LineInUse(_))
    ));
    rig.on_hook();
    rig.run(10_000);
    line.restore();
    rig.run(10);
    assert_eq!(line.state(), LineState::Idle);
    let events: Vec<_> = rig
        .take_events()
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    assert_eq!(
        events,
        [PortEvent::Battery(false), PortEvent::Battery(true)]
    );
}

#[test]
fn a_phone_and_a_line_talk_through_a_box_that_joins_them() {
    let pair = PairSetup {
        attenuation_db: 2.0,
        ..PairSetup::default()
    };
    let ports = vec![
        PortSetup::Fxs(Default::default()),
        PortSetup::Fxo(LineSetup { pair, ..exchange() }),
    ];
    let mut rig = Rig::new(SimConfig {
        ports,
        ..SimConfig::default()
    });
    let (phone, line) = (rig.bench.phones().remove(0), rig.bench.lines().remove(0));
    assert!(matches!(
        rig.bench.phone(LineId(1)),
        Err(SimError::NotAPhone(LineId(1)))
    ));
    assert!(matches!(
        rig.bench.line(LineId(7)),
        Err(SimError::NotALine(LineId(7)))
    ));
    rig.joined = Some((0, 1));
    phone.lift();
    let hook = PortCommand::Hook(HookState::OffHook);
    line_card::LineCard::command(&mut rig.card, LineId(1), hook).unwrap();
    rig.run(600);
    about(phone.heard_last(200).level_dbm0(), -12.0, 0.5);
    phone.dial("100").unwrap();
    rig.run_until(6_000, |_| line.state() == LineState::Talking);
    phone.say_tone(1_010.0, -10.0);
    line.far_say_tone(620.0, -12.0);
    phone.forget();
    line.forget();
    rig.run(2_000);
    for (heard, hz, dbm0) in [
        (line.far_heard(), 1_010.0, -12.0),
        (phone.heard(), 620.0, -14.0),
    ] {
        let heard: Heard = heard.last_ms(1_900);
        about(heard.dominant_hz().unwrap(), hz, hz * 0.001);
        about(heard.tone_dbm0(hz), dbm0, 0.3);
        assert_eq!(heard.gaps(-30.0, 5), []);
        assert_eq!(heard.phase_jumps(hz), Vec::<u32>::new());
    }
    line.far_dial("42#").unwrap();
    phone.be_silent();
    rig.run(1_000);
    assert_eq!(phone.heard_last(1_000).digits(), "42#");
}
