//! Sessions through their life: source, direction, time-out, statistics; and what is played into them.

mod bench;

use std::sync::Arc;

use bench::{FREQ, Net, PEAK, address, assert_tone, port, rtp, sine};
use media::{Channel, Clip, Command, Event, RtpId, RtpSetup};
use telephony::{Codec, LineId, MediaDirection, Tone};

fn speech(sequence: u16, ssrc: u32) -> Vec<u8> {
    let mut bytes = vec![0x80, 0];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend((u32::from(sequence) * 160).to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend([0x00; 160]);
    bytes
}

fn redirect(net: &mut Net, engine: usize, far: usize, direction: MediaDirection) {
    let setup = RtpSetup {
        signalling: None,
        codec: Codec::Pcmu,
        payload_type: 0,
        events_payload_type: Some(101),
        ptime_ms: 20,
        remote: address(far, 0, Channel::Rtp),
        direction,
    };
    net.tell(
        engine,
        Command::OpenRtp {
            id: RtpId(0),
            setup,
        },
    );
}

#[test]
fn a_third_party_is_not_heard_and_gets_nothing() {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    net.say = Box::new(|_, _, frame| sine(frame, FREQ, PEAK));
    net.run(1_000);
    let thief = "203.0.113.9:9999".parse().unwrap();
    for n in 0..250 {
        net.deliver(thief, address(1, 0, Channel::Rtp), speech(n, 99));
        net.deliver(thief, address(1, 0, Channel::Rtcp), speech(n, 99));
        net.run(20);
    }
    let stats = net.engines[1].rtp_stats(RtpId(0)).unwrap();
    assert_eq!((stats.foreign, stats.lost, stats.late), (500, 0, 0));
    assert_tone(&net.heard[1][0][8_000..], 0.2, 0.2);
    let stats = net.engines[0].rtp_stats(RtpId(0)).unwrap();
    assert!(
        stats.packets_received > 290 && stats.concealed_ms == 0,
        "{stats:?}"
    );
}

#[test]
fn bad_datagrams_are_counted_and_dropped() {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    net.run(500);
    let (from, to) = (address(1, 0, Channel::Rtp), address(0, 0, Channel::Rtp));
    let whole = speech(1, 5);
    for len in 0..12 {
        net.deliver(from, to, whole[..len].to_vec());
    }
    let mut padded = whole.clone();
    padded[0] |= 0x20;
    net.deliver(from, to, padded);
    net.deliver(
        address(1, 0, Channel::Rtcp),
        address(0, 0, Channel::Rtcp),
        vec![0x81, 200, 0, 9],
    );
    assert_eq!(net.engines[0].rtp_stats(RtpId(0)).unwrap().malformed, 14);
    net.deliver(from, address(0, 3, Channel::Rtp), whole);
    assert!(net.engines[0].rtp_stats(RtpId(3)).is_none());
}

#[test]
fn silence_of_120_s_is_told_once_unless_held() {
    for (direction, expected) in [
        (MediaDirection::SendRecv, 1),
        (MediaDirection::RecvOnly, 0),
        (MediaDirection::SendOnly, 0),
        (MediaDirection::Inactive, 0),
    ] {
        let mut net = Net::new(1);
        redirect(&mut net, 0, 9, direction);
        let timeouts = |net: &Net| {
            net.events
                .iter()
                .filter(|e| matches!(e.1, Event::RtpTimeout { .. }))
                .count()
        };
        net.run(119_000);
        assert_eq!(timeouts(&net), 0);
        net.run(60_000);
        assert_eq!(timeouts(&net), expected, "{direction:?}");
    }
}

#[test]
fn directions_are_honoured() {
    for (direction, here, there) in [
        (MediaDirection::SendRecv, true, true),
        (MediaDirection::SendOnly, false, true),
        (MediaDirection::RecvOnly, true, false),
        (MediaDirection::Inactive, false, false),
    ] {
        let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
        net.say = Box::new(|_, _, frame| sine(frame, FREQ, PEAK));
        net.run(1_000);
        redirect(&mut net, 0, 1, direction);
        net.run(1_000);
        net.forget_heard();
        net.run(1_000);
        let heard = |engine: usize| dsp::level::dbm0(&net.heard[engine][0]) > -20.0;
        assert_eq!((heard(0), heard(1)), (here, there), "{direction:?}");
        redirect(&mut net, 0, 1, MediaDirection::SendRecv);
        net.run(1_000);
        net.forget_heard();
        net.run(1_000);
        assert_tone(&net.heard[0][0], 0.2, 0.2);
        assert_tone(&net.heard[1][0], 0.2, 0.2);
        assert_eq!(net.engines[1].rtp_stats(RtpId(0)).unwrap().lost, 0);
    }
}

#[test]
fn the_far_end_is_followed_when_signalling_moves_it() {
    let mut net = Net::new(3);
    for engine in 1..3 {
        net.open(engine, 0, (0, 0), Codec::Pcmu, None, 20);
        net.connect(engine, port(0), rtp(0));
    }
    redirect(&mut net, 0, 1, MediaDirection::SendRecv);
    net.connect(0, port(0), rtp(0));
    net.say = Box::new(|engine, _, frame| sine(frame, FREQ, if engine == 2 { PEAK } else { 0.0 }));
    net.run(1_000);
    assert!(dsp::level::dbm0(&net.heard[0][0]) < -60.0);
    redirect(&mut net, 0, 2, MediaDirection::SendRecv);
    net.run(1_000);
    net.forget_heard();
    net.run(1_000);
    assert_tone(&net.heard[0][0], 0.2, 0.2);
}

#[test]
fn closing_says_bye_and_tells_how_it_went() {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    net.run(20_000);
    net.tell(0, Command::CloseRtp { id: RtpId(0) });
    let stats = net.events.iter().find_map(|(_, e)| match e {
        Event::RtpClosed { stats, .. } => Some(*stats),
        _ => None,
    });
    let stats = stats.expect("closing tells");
    assert!((990..=1_001).contains(&stats.packets_sent), "{stats:?}");
    assert_eq!(stats.octets_sent, 160 * stats.packets_sent);
    assert!((980..=1_001).contains(&stats.packets_received), "{stats:?}");
    assert_eq!((stats.far_lost, stats.lost), (0, 0));
    assert!(net.engines[0].rtp_stats(RtpId(0)).is_none());
    net.tell(
        0,
        Command::Connect {
            a: port(0),
            b: rtp(0),
        },
    );
    assert_eq!(net.engines[0].refused_commands(), 1);
}

#[test]
fn a_new_session_on_an_old_socket_is_a_new_source() {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    net.say = Box::new(|_, _, frame| sine(frame, FREQ, PEAK));
    net.run(2_000);
    net.tell(0, Command::CloseRtp { id: RtpId(0) });
    redirect(&mut net, 0, 1, MediaDirection::SendRecv);
    net.connect(0, port(0), rtp(0));
    net.run(1_000);
    net.forget_heard();
    net.run(2_000);
    for engine in 0..2 {
        assert_tone(&net.heard[engine][0], 0.2, 0.2);
    }
    assert_eq!(net.engines[1].rtp_stats(RtpId(0)).unwrap().lost, 0);
}

#[test]
fn tones_replace_speech_and_reach_rtp() {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    net.say = Box::new(|_, _, frame| sine(frame, FREQ, PEAK));
    net.run(500);
    net.tell(
        0,
        Command::PlayTone {
            bearer: rtp(0),
            tone: Tone::Dial,
        },
    );
    net.run(1_000);
    net.forget_heard();
    net.run(2_000);
    let heard = &net.heard[1][0];
    assert!(
        (dsp::level::dbm0(heard) + 13.0).abs() < 0.5,
        "{}",
        dsp::level::dbm0(heard)
    );
    assert!(dsp::level::goertzel_dbm0(heard, FREQ as f32) < -45.0);
    net.tell(0, Command::StopPlay { bearer: rtp(0) });
    net.run(1_000);
    net.forget_heard();
    net.run(1_000);
    assert_tone(&net.heard[1][0], 0.2, 0.2);
}

#[test]
fn clips_play_to_their_end_and_come_back() {
    let mut net = Net::new(1);
    let samples: Vec<i16> = (1..=1_000).collect();
    let clip = Arc::new(Clip::new(samples.clone()));
    let play = |clip: &Arc<Clip>, repeat| Command::PlayClip {
        bearer: port(0),
        clip: clip.clone(),
        repeat,
    };
    net.tell(0, play(&clip, false));
    net.run(200);
    assert_eq!(net.heard[0][0][..1_000], samples[..]);
    assert!(net.heard[0][0][1_000..].iter().all(|&s| s == 0));
    assert!(matches!(net.events[0].1, Event::ClipReturned(_)));
    assert!(matches!(net.events[1].1, Event::PlayDone { bearer } if bearer == port(0)));
    net.events.clear();
    net.forget_heard();
    net.tell(0, play(&clip, true));
    net.run(500);
    assert_eq!(net.heard[0][0][1_000..2_000], samples[..]);
    net.tell(0, Command::ReleasePort { line: LineId(0) });
    net.tell(
        0,
        Command::PlayClip {
            bearer: port(77),
            clip: clip.clone(),
            repeat: false,
        },
    );
    let back = net
        .events
        .iter()
        .filter(|e| matches!(e.1, Event::ClipReturned(_)));
    assert_eq!(back.count(), 2);
    net.events.clear();
    assert_eq!(Arc::strong_count(&clip), 1);
}

#[test]
fn outputs_are_bounded_when_nobody_polls() {
    let plan = dsp::tone::plan("us").unwrap();
    let mut engine = media::Engine::new(media::Config::new(1, 1, plan), 3);
    let remote = address(1, 0, Channel::Rtp);
    let direction = MediaDirection::SendRecv;
    let setup = RtpSetup {
        signalling: None,
        codec: Codec::Pcma,
        payload_type: 8,
        events_payload_type: None,
        ptime_ms: 10,
        remote,
        direction,
    };
    let mut now = telephony::Instant::ZERO;
    engine.handle(
        now,
        Command::OpenRtp {
            id: RtpId(0),
            setup,
        },
    );
    for _ in 0..1_000 {
        now += telephony::Duration::from_millis(10);
        engine.tick(now, &[], &mut []);
    }
    let kept = core::iter::from_fn(|| engine.poll_output()).count();
    assert_eq!(kept, 72);
    assert!(engine.dropped_outputs() >= 1_000 - 72);
}
