//! One press, one report, one tone: whatever the way.

mod bench;

use bench::{Net, port, rtp};
use dsp::dtmf::{DtmfEvent, Generator, Level, Timing};
use dsp::echo;
use dsp::listener::{self, Listener};
use media::{Command, Event};
use telephony::{Codec, Digits, Frame, SILENCE};

/// What a receiver of its own hears on a line.
fn receiver(samples: &[i16]) -> String {
    let mut listener = Listener::new();
    listener.listen_for_digits(true);
    let mut out = String::new();
    for frame in samples.as_chunks::<80>().0 {
        listener.process(frame);
        while let Some(event) = listener.poll() {
            if let listener::Event::Digit(DtmfEvent::Began(digit)) = event {
                out.push(digit.as_char());
            }
        }
    }
    out
}

/// Port 0 of engine 0 presses these, from half a second on.
fn press(net: &mut Net, digits: &str) {
    let timing = Timing {
        on_ms: 80,
        off_ms: 80,
    };
    let mut keypad = Generator::new(
        Digits::parse(digits).expect("digits of this test"),
        timing,
        Level::default(),
    );
    net.say = Box::new(move |engine, port, frame| {
        let mut out = SILENCE;
        if engine == 0 && port == 0 && frame >= 50 {
            keypad.fill(&mut out);
        }
        out
    });
}

fn detect(net: &mut Net, engine: usize, bearer: media::Bearer) {
    net.tell(engine, Command::DetectDtmf { bearer, on: true });
}

const ALL: &str = "0123456789*#ABCD11";

#[test]
fn in_band_to_events_to_in_band() {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    detect(&mut net, 0, port(0));
    press(&mut net, ALL);
    net.run(5_000);
    assert_eq!(net.digits(0, port(0)), ALL);
    assert_eq!(net.digits(1, rtp(0)), ALL);
    assert_eq!(receiver(&net.heard[1][0]), ALL);
}

#[test]
fn nothing_of_the_tone_leaks_beside_the_events() {
    // Engine 1 knows no events, so all it decodes is the speech of engine 0.
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    net.open(1, 0, (0, 0), Codec::Pcmu, None, 20);
    press(&mut net, ALL);
    net.run(5_000);
    let loudest = net.heard[1][0].iter().map(|s| s.unsigned_abs()).max();
    assert!(loudest < Some(40), "{loudest:?}");
    assert!(
        net.engines[1]
            .rtp_stats(media::RtpId(0))
            .unwrap()
            .unknown_payload
            > 50
    );
}

#[test]
fn without_events_digits_stay_in_band() {
    let mut net = Net::pair(Codec::Pcma, None, 20);
    detect(&mut net, 0, port(0));
    detect(&mut net, 1, rtp(0));
    press(&mut net, ALL);
    net.run(5_000);
    assert_eq!(net.digits(0, port(0)), ALL);
    assert_eq!(net.digits(1, rtp(0)), ALL);
    assert_eq!(receiver(&net.heard[1][0]), ALL);
}

#[test]
fn a_lossy_network_neither_doubles_nor_loses_digits() {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    (net.loss_percent, net.jitter_us) = (5, 30_000);
    press(&mut net, ALL);
    net.run(6_000);
    assert_eq!(net.digits(1, rtp(0)), ALL);
    assert_eq!(receiver(&net.heard[1][0]), ALL);
}

/// Lets a second pass in steps of a frame. A hybrid sends a third of what port `at` of `engine` hears back, a frame later, and
/// what `keypad` says goes on top of it.
fn with_echo(net: &mut Net, (engine, at): (usize, usize), mut keypad: impl FnMut() -> Frame) {
    for _ in 0..100 {
        let heard = &net.heard[engine][at];
        let start = heard.len().saturating_sub(80);
        let mut frame = keypad();
        for (sample, &back) in frame.iter_mut().zip(&heard[start..]) {
            *sample = sample.saturating_add(back / 3);
        }
        net.say = Box::new(move |n, port, _| {
            if (n, port) == (engine, at) {
                frame
            } else {
                SILENCE
            }
        });
        net.run(10);
    }
}

#[test]
fn timeslot_to_timeslot_reports_the_presser_only() {
    let mut net = Net::new(1);
    net.connect(0, port(0), port(1));
    detect(&mut net, 0, port(0));
    detect(&mut net, 0, port(1));
    let digits = Digits::parse("159").unwrap();
    let mut keypad = Generator::new(digits, Timing::default(), Level::default());
    // The other end's hybrid sends a quarter of it back, 10 ms later.
    let mut back = SILENCE;
    net.say = Box::new(move |_, port, _| {
        if port == 1 {
            return back;
        }
        let mut pressed = SILENCE;
        keypad.fill(&mut pressed);
        back = pressed.map(|s| s / 4);
        pressed
    });
    net.run(1_500);
    assert_eq!(net.digits(0, port(0)), "159");
    assert_eq!(net.digits(0, port(1)), "");
    assert_eq!(receiver(&net.heard[0][1]), "159");
}

/// Engine 2 between engine 0 (events 101) and engine 1.
fn relay(events: Option<u8>, codec: Codec) -> Net {
    let mut net = Net::new(3);
    net.open(0, 0, (2, 0), Codec::Pcmu, Some(101), 20);
    net.open(1, 0, (2, 1), codec, events, 20);
    net.open(2, 0, (0, 0), Codec::Pcmu, Some(101), 20);
    net.open(2, 1, (1, 0), codec, events, 20);
    net.connect(0, port(0), rtp(0));
    net.connect(1, port(0), rtp(0));
    net.connect(2, rtp(0), rtp(1));
    press(&mut net, ALL);
    net.run(6_000);
    net
}

#[test]
fn events_cross_a_relay_however_the_far_side_takes_digits() {
    for (events, codec) in [
        (Some(96), Codec::Pcmu),
        (Some(96), Codec::Pcma),
        (None, Codec::Pcmu),
        (None, Codec::Pcma),
    ] {
        let net = relay(events, codec);
        assert_eq!(net.digits(2, rtp(0)), ALL, "{events:?} {codec:?}");
        assert_eq!(receiver(&net.heard[1][0]), ALL, "{events:?} {codec:?}");
        let stats = net.engines[1].rtp_stats(media::RtpId(0)).unwrap();
        assert_eq!(
            (stats.lost, stats.duplicates, stats.unknown_payload),
            (0, 0, 0),
            "{events:?} {codec:?}"
        );
    }
}

#[test]
fn sent_digits_arrive_and_are_told_sent() {
    for events in [Some(101), None] {
        let mut net = Net::pair(Codec::Pcmu, events, 20);
        let digits = Digits::parse("0612").unwrap();
        net.run(300);
        net.tell(
            0,
            Command::SendDigits {
                bearer: rtp(0),
                digits,
            },
        );
        net.tell(
            0,
            Command::SendDigits {
                bearer: port(1),
                digits,
            },
        );
        net.tell(
            0,
            Command::SendDigits {
                bearer: port(1),
                digits: Digits::parse("9").expect("digits"),
            },
        );
        net.run(2_000);
        assert_eq!(receiver(&net.heard[1][0]), "0612");
        assert_eq!(receiver(&net.heard[0][1]), "06129");
        let sent = net
            .events
            .iter()
            .filter(|(_, e)| matches!(e, Event::DigitsSent { .. }));
        assert_eq!(sent.count(), 3);
    }
}

/// With the canceller, and without: it has heard nothing of the line before the first digit.
#[test]
fn the_echo_of_dialling_is_not_a_press() {
    for echo in [None, Some(echo::Config::default())] {
        dialling_has_an_echo(echo);
    }
}

fn dialling_has_an_echo(echo: Option<echo::Config>) {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    net.set_echo(echo);
    detect(&mut net, 1, port(0));
    net.tell(
        0,
        Command::SendDigits {
            bearer: rtp(0),
            digits: Digits::parse("42").expect("digits"),
        },
    );
    with_echo(&mut net, (1, 0), || SILENCE);
    assert_eq!(receiver(&net.heard[1][0]), "42");
    assert_eq!(net.digits(1, port(0)), "");
    assert_eq!(net.digits(0, rtp(0)), "");
}

#[test]
fn a_key_pressed_while_digits_are_sent_to_the_phone_is_heard() {
    for echo in [None, Some(echo::Config::default())] {
        a_key_is_pressed_meanwhile(echo);
    }
}

fn a_key_is_pressed_meanwhile(echo: Option<echo::Config>) {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    net.set_echo(echo);
    detect(&mut net, 1, port(0));
    net.tell(
        0,
        Command::SendDigits {
            bearer: rtp(0),
            digits: Digits::parse("4242").expect("digits"),
        },
    );
    // Between two of the digits that come from the far end, while the echo of the first may still come back.
    let mut keypad = Generator::new(
        Digits::parse("9").expect("digits"),
        Timing {
            on_ms: 60,
            off_ms: 60,
        },
        Level::default(),
    );
    const FIRST: usize = 41;
    let mut frame = 0;
    with_echo(&mut net, (1, 0), || {
        frame += 1;
        let mut out = SILENCE;
        if frame > FIRST {
            keypad.fill(&mut out);
        }
        out
    });
    assert_eq!(receiver(&net.heard[1][0]), "4242");
    assert_eq!(net.digits(1, port(0)), "9");
    assert_eq!(net.digits(0, rtp(0)), "9", "and the far end is told");
}
