use telephony::{LineId, Polarity, PortCommand, PortEvent, RingCadence};

use super::{Rig, about, loop_changes};
use crate::cid::{CidStandard, mdmf, sdmf};
use crate::dtmf::Keypad;
use crate::fsk::{Modem, modulate};
use crate::signal::{peak, to_i16};
use crate::{
    CallingNumber, CidDelivery, EchoPath, FaultSetup, Hum, IncomingCall, PairSetup, PhoneSetup,
    PulseSetup, RingSource, SimError,
};

fn steady() -> PhoneSetup {
    PhoneSetup {
        bounce_ms: 0,
        ..PhoneSetup::default()
    }
}

#[test]
fn the_hook_bounces_as_configured() {
    for bounce_ms in [2, 5, 12] {
        let (mut rig, phone) = Rig::phone(PhoneSetup {
            bounce_ms,
            ..PhoneSetup::default()
        });
        rig.run(100);
        phone.lift();
        rig.run(100);
        let up = loop_changes(&rig.take_events());
        assert!(up.len() >= 3 && up.len() % 2 == 1, "{up:?}");
        assert_eq!((up[0], up[up.len() - 1].1), ((101, true), true));
        assert!(
            up[up.len() - 1].0 - up[0].0 <= u64::from(bounce_ms),
            "{up:?}"
        );
        phone.hang_up();
        rig.run(100);
        let down = loop_changes(&rig.take_events());
        assert!(down.len() >= 3 && !down[down.len() - 1].1, "{down:?}");
    }
    let (mut rig, phone) = Rig::phone(steady());
    phone.lift();
    phone.lift();
    rig.run(50);
    assert_eq!(loop_changes(&rig.take_events()), [(1, true)]);
    about(phone.loop_current_ma(), 20.0, 0.1);
}

#[test]
fn flashes_and_pulses_have_their_times() {
    let pulse = PulseSetup {
        break_ms: 66,
        make_ms: 34,
        pause_ms: 800,
        bounce_ms: 0,
    };
    let (mut rig, phone) = Rig::phone(PhoneSetup { pulse, ..steady() });
    phone.pulse_dial("7").unwrap();
    phone.flash(300);
    rig.run(1_000);
    assert_eq!(rig.take_events(), [], "on hook neither does anything");
    phone.lift();
    phone.wait(99);
    phone.flash(300);
    phone.wait(99);
    phone.pulse_dial("20").unwrap();
    rig.run(5_000);
    let changes = loop_changes(&rig.take_events());
    let opens: Vec<u64> = changes
        .iter()
        .filter(|change| !change.1)
        .map(|change| change.0 - 1_000)
        .collect();
    let lengths: Vec<u64> = changes[1..]
        .chunks(2)
        .map(|pair| pair[1].0 - pair[0].0)
        .collect();
    assert_eq!(opens[0], 101);
    assert_eq!(lengths[0], 300);
    assert_eq!(lengths[1..], [66; 12]);
    assert_eq!(opens[2] - opens[1], 100);
    assert_eq!(
        opens[3] - opens[2],
        900,
        "the pause between digits follows the last make"
    );
    assert!(phone.hands_idle());
}

#[test]
fn hanging_up_now_forgets_what_was_to_be_dialled() {
    let (mut rig, phone) = Rig::phone(steady());
    phone.lift();
    phone.dial("123456789").unwrap();
    rig.run(500);
    phone.hang_up_now();
    rig.run(10);
    assert!(!phone.is_off_hook() && phone.hands_idle());
    assert!(matches!(phone.dial("12z"), Err(SimError::NotADigit('Z'))));
    assert!(matches!(
        phone.pulse_dial("1*"),
        Err(SimError::NotADigit('*'))
    ));
    let much = "1".repeat(1_001);
    assert!(matches!(
        phone.dial(&much),
        Err(SimError::HandsFull(LineId(0)))
    ));
}

#[test]
fn a_mouth_is_heard_through_the_pair_only_off_hook() {
    let pair = PairSetup {
        attenuation_db: 3.5,
        ..PairSetup::default()
    };
    let (mut rig, phone) = Rig::phone(PhoneSetup { pair, ..steady() });
    phone.say_tone(1_010.0, -10.0);
    rig.run(300);
    about(rig.received_last(0, 300).level_dbm0(), -100.0, 0.0);
    phone.lift();
    rig.run(600);
    let heard = rig.received_last(0, 500);
    about(heard.tone_dbm0(1_010.0), -13.5, 0.1);
    about(heard.dominant_hz().unwrap(), 1_010.0, 1.0);
    rig.says[0].say_tone(440.0, -20.0);
    phone.be_silent();
    rig.run(600);
    about(phone.heard_last(500).tone_dbm0(440.0), -23.5, 0.1);
    phone.hang_up();
    rig.run(600);
    about(phone.heard_last(500).level_dbm0(), -100.0, 0.0);
    rig.tell(PortCommand::OnHookTransmission(true));
    rig.run(600);
    about(phone.heard_last(500).tone_dbm0(440.0), -23.5, 0.1);
}

#[test]
fn the_hybrid_returns_the_echo_it_was_set_to() {
    for loss in [12.0, 26.0] {
        let pair = PairSetup {
            echo_return_loss_db: loss,
            echo_path: EchoPath::flat(9),
            ..PairSetup::default()
        };
        let (mut rig, phone) = Rig::phone(PhoneSetup { pair, ..steady() });
        phone.lift();
        rig.says[0].say_tone(820.0, 0.0);
        rig.run(600);
        about(rig.received_last(0, 500).tone_dbm0(820.0), -loss, 0.1);
    }
    // The dispersive default: right for white noise, which here comes over the pair's own talker.
    let (mut rig, phone) = Rig::phone(steady());
    phone.lift();
    rig.run(10);
    let mut rng = crate::signal::Rng::new(4);
    let hiss: Vec<i16> = (0..40_000)
        .map(|_| to_i16(rng.gauss() * crate::signal::rms(-12.0)))
        .collect();
    rig.box_says(0, &hiss);
    rig.run(5_000);
    about(rig.received_last(0, 4_900).level_dbm0(), -32.0, 0.5);
}

#[test]
fn noise_and_hum_are_as_loud_as_asked() {
    let pair = PairSetup {
        noise_dbm0: Some(-45.0),
        ..PairSetup::default()
    };
    let (mut rig, phone) = Rig::phone(PhoneSetup { pair, ..steady() });
    phone.lift();
    rig.run(2_000);
    about(rig.received_last(0, 1_900).level_dbm0(), -45.0, 0.5);
    about(phone.heard_last(1_900).level_dbm0(), -45.0, 0.5);
    let pair = PairSetup {
        hum: Some(Hum {
            mains_hz: 50.0,
            level_dbm0: -30.0,
        }),
        ..PairSetup::default()
    };
    let (mut rig, phone) = Rig::phone(PhoneSetup { pair, ..steady() });
    phone.lift();
    rig.run(1_000);
    let heard = phone.heard_last(900);
    about(heard.tone_dbm0(50.0), -30.0, 0.3);
    about(heard.tone_dbm0(150.0), -36.0, 0.3);
}

#[test]
fn keys_go_to_the_box_and_silence_the_mouth() {
    let keypad = Keypad {
        low_dbm0: -12.0,
        twist_db: 3.0,
        on_ms: 60,
        off_ms: 50,
        detune_percent: 0.0,
    };
    let (mut rig, phone) = Rig::phone(PhoneSetup { keypad, ..steady() });
    phone.say_tone(1_000.0, -10.0);
    phone.lift();
    phone.wait(200);
    phone.dial("0123456789*#abcd").unwrap();
    rig.run(200 + 16 * 110 + 100);
    assert_eq!(rig.received_last(0, 3_000).digits(), "0123456789*#ABCD");
    let key = super::Heard::new(rig.received[0].clone()).part(210, 40);
    about(key.tone_dbm0(941.0), -12.0, 0.5);
    about(key.tone_dbm0(1_336.0), -9.0, 0.5);
}

fn ring(rig: &mut Rig, cadence: RingCadence, cycles: usize) {
    for _ in 0..cycles {
        for &(on, off) in cadence.bursts() {
            rig.tell(PortCommand::Ring(true));
            rig.run(on.into());
            rig.tell(PortCommand::Ring(false));
            rig.run(off.into());
        }
    }
}

#[test]
fn the_bell_knows_cadence_and_frequency() {
    let (mut rig, phone) = Rig::phone(steady());
    ring(&mut rig, RingCadence::two(400, 200, 400, 2_000), 2);
    assert_eq!(
        phone.ring_cadence_ms(),
        [(400, 200), (400, 2_000), (400, 200)]
    );
    assert_eq!(phone.rings()[1].began.as_millis(), 601);
    about(phone.rings()[3].hz, 25.0, 0.1);
    assert!(!phone.ringing());
    let source = RingSource {
        hz: 90.0,
        ..RingSource::default()
    };
    for setup in [
        PhoneSetup {
            ring: source,
            ..steady()
        },
        PhoneSetup {
            ring: RingSource {
                volts_rms: 30.0,
                ..RingSource::default()
            },
            ..steady()
        },
    ] {
        let (mut rig, phone) = Rig::phone(setup);
        ring(&mut rig, RingCadence::EUROPE, 1);
        assert!(
            phone.rings().is_empty(),
            "neither a wrong frequency nor a weak voltage rings"
        );
    }
}

#[test]
fn lifting_while_it_rings_trips_the_ring() {
    let (mut rig, phone) = Rig::phone(steady());
    rig.tell(PortCommand::Ring(true));
    rig.run(500);
    assert!(phone.ringing());
    phone.lift();
    rig.run(60);
    assert!(!phone.ringing());
    assert_eq!(loop_changes(&rig.take_events()), [(501, true)]);
    rig.tell(PortCommand::Ring(false));
    rig.run(100);
    assert_eq!(phone.rung_in_the_ear_ms(), 60);
}

#[test]
fn the_box_can_take_battery_and_reverse_it() {
    let (mut rig, phone) = Rig::phone(steady());
    phone.lift();
    rig.run(10);
    rig.tell(PortCommand::Polarity(Polarity::Reverse));
    rig.run(10);
    about(phone.loop_current_ma(), -20.0, 0.1);
    rig.tell(PortCommand::Feed(false));
    rig.run(10);
    about(phone.loop_current_ma(), 0.0, 0.0);
    rig.tell(PortCommand::Feed(true));
    rig.run(10);
    assert_eq!(
        loop_changes(&rig.take_events()),
        [(1, true), (21, false), (31, true)]
    );
    let hook = PortCommand::Hook(telephony::HookState::OffHook);
    let refused = line_card::LineCard::command(&mut rig.card, LineId(0), hook);
    assert_eq!(
        refused,
        Err(line_card::CardError::NotForThisPort(LineId(0), hook))
    );
}

#[test]
fn the_display_reads_every_standard_on_hook() {
    let call = IncomingCall {
        name: Some("Jürgen".to_owned()),
        ..IncomingCall::new("0301234567", CidDelivery::Bell202)
    };
    let secret = IncomingCall {
        from: CallingNumber::Private,
        ..call.clone()
    };
    let spoilt = IncomingCall {
        spoilt: true,
        ..call.clone()
    };
    let fsk = |modem, message: &[u8]| -> Vec<i16> {
        modulate(modem, peak(-13.5), 300, 180, message)
            .into_iter()
            .map(to_i16)
            .collect()
    };
    let (mut rig, phone) = Rig::phone(steady());
    let messages = [
        fsk(Modem::Bell202, &mdmf(&call)),
        fsk(Modem::V23, &sdmf(&call)),
        Keypad::default().samples("D0301234567C").unwrap(),
        fsk(Modem::V23, &mdmf(&secret)),
        fsk(Modem::Bell202, &mdmf(&spoilt)),
    ];
    for message in &messages {
        // Without on-hook transmission nothing gets through.
        rig.box_says(0, message);
        rig.run(3_000);
    }
    assert_eq!(phone.caller_id_shown(), []);
    rig.tell(PortCommand::OnHookTransmission(true));
    for message in &messages {
        rig.box_says(0, message);
        rig.run(3_000);
    }
    let shown = phone.caller_id_shown();
    let seen: Vec<_> = shown
        .iter()
        .map(|s| (s.number.as_str(), s.name.as_str(), s.standard))
        .collect();
    assert_eq!(
        seen,
        [
            ("0301234567", "Jürgen", CidStandard::Bell202),
            ("0301234567", "", CidStandard::V23),
            ("0301234567", "", CidStandard::Dtmf),
            ("", "Jürgen", CidStandard::V23),
        ]
    );
    assert_eq!(shown[3].presentation, telephony::Presentation::Private);
    assert_eq!(phone.caller_id_spoilt(), 1);
    assert_eq!(rig.take_events(), []);
}

#[test]
fn glitches_are_short_and_seeded() {
    let faults = FaultSetup {
        loop_glitches_per_min: 120.0,
        loop_glitch_ms: 3,
        ..FaultSetup::default()
    };
    let (mut rig, _) = Rig::phone(PhoneSetup { faults, ..steady() });
    rig.run(60_000);
    let events = rig.take_events();
    assert!(
        events
            .iter()
            .all(|(_, event)| matches!(event, PortEvent::Loop(_)))
    );
    let changes = loop_changes(&events);
    assert!((120..=360).contains(&changes.len()), "{}", changes.len());
    assert!(
        changes
            .chunks_exact(2)
            .all(|pair| pair[0].1 && pair[1].0 - pair[0].0 <= 3)
    );
}
