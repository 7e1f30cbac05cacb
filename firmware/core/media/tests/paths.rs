//! Speech through the engine, measured at the far ear.

mod bench;

use bench::{FREQ, Net, PEAK, PORTS, assert_tone, port, rtp, sine};
use media::{Command, RtpId};
use telephony::Codec;

/// G.711 alone leaves this much of a step at -10 dBm0; a phase jump of 20 degrees leaves 0.35.
const ROUGH: f64 = 0.2;

fn everybody_speaks(net: &mut Net) {
    net.say = Box::new(|_, _, frame| sine(frame, FREQ, PEAK));
}

#[test]
fn timeslot_to_timeslot_is_untouched() {
    let mut net = Net::new(1);
    net.connect(0, port(0), port(1));
    everybody_speaks(&mut net);
    net.run(2_000);
    for ear in 0..PORTS {
        let heard = &net.heard[0][ear];
        assert_eq!(heard[..80], sine(0, FREQ, PEAK));
        assert_tone(heard, 0.02, 0.01);
    }
}

#[test]
fn timeslot_to_rtp_to_timeslot_is_gap_free() {
    for (codec, ptime) in [
        (Codec::Pcmu, 20),
        (Codec::Pcma, 20),
        (Codec::Pcmu, 10),
        (Codec::Pcma, 30),
        (Codec::Pcmu, 60),
    ] {
        let mut net = Net::pair(codec, Some(101), ptime);
        everybody_speaks(&mut net);
        net.run(8_000);
        for engine in 0..2 {
            assert_tone(&net.heard[engine][0][4_000..], 0.2, ROUGH);
            let stats = net.engines[engine].rtp_stats(RtpId(0)).unwrap();
            assert_eq!(
                (stats.lost, stats.late, stats.concealed_ms),
                (0, 0, 0),
                "{codec:?} {ptime}"
            );
            assert!(
                stats
                    .rtt
                    .is_some_and(|rtt| (9..13).contains(&rtt.as_millis())),
                "{:?}",
                stats.rtt
            );
        }
    }
}

#[test]
fn jitter_is_taken_out() {
    let mut net = Net::pair(Codec::Pcmu, Some(101), 20);
    net.jitter_us = 30_000;
    everybody_speaks(&mut net);
    net.run(20_000);
    for engine in 0..2 {
        // The first second may find its delay.
        assert_tone(&net.heard[engine][0][8_000..], 0.2, ROUGH);
        let stats = net.engines[engine].rtp_stats(RtpId(0)).unwrap();
        assert_eq!(stats.lost, 0);
        assert!(
            stats.jitter.as_millis() > 3 && stats.depth_ms < 120,
            "{stats:?}"
        );
    }
}

#[test]
fn heavy_jitter_and_loss_stay_bounded_and_are_counted() {
    let mut net = Net::pair(Codec::Pcma, None, 20);
    (net.jitter_us, net.loss_percent) = (80_000, 3);
    everybody_speaks(&mut net);
    net.run(30_000);
    let heard = &net.heard[1][0][16_000..];
    let level = dsp::level::dbm0(heard);
    assert!((level + 10.0).abs() < 0.5, "{level}");
    let stats = net.engines[1].rtp_stats(RtpId(0)).unwrap();
    assert!((20..80).contains(&stats.lost), "{stats:?}");
    assert!(
        stats.concealed_ms >= 20 * stats.lost / 2 && stats.concealed_ms < 40 * stats.lost,
        "{stats:?}"
    );
    assert!(stats.depth_ms < 220, "{stats:?}");
}

#[test]
fn clock_drift_is_followed_without_a_gap() {
    for tick_us in [10_003, 9_997] {
        let mut net = Net::pair(Codec::Pcmu, None, 20);
        net.tick_us[0] = tick_us;
        everybody_speaks(&mut net);
        net.run(120_000);
        for engine in 0..2 {
            let stats = net.engines[engine].rtp_stats(RtpId(0)).unwrap();
            assert_eq!((stats.late, stats.lost), (0, 0));
            assert!((15..80).contains(&stats.depth_ms), "{stats:?}");
            assert!(stats.concealed_ms <= 20, "{stats:?}");
            assert_tone(&net.heard[engine][0][8_000..], 0.2, ROUGH);
        }
    }
}

/// Two phones' engines and a third between them.
fn through_a_third(near: Codec, far: Codec, events: Option<u8>) -> Net {
    let mut net = Net::new(3);
    net.open(0, 0, (2, 0), near, Some(101), 20);
    net.open(1, 0, (2, 1), far, events, 30);
    net.open(2, 0, (0, 0), near, Some(101), 20);
    net.open(2, 1, (1, 0), far, events, 20);
    net.connect(0, port(0), rtp(0));
    net.connect(1, port(0), rtp(0));
    net.connect(2, rtp(0), rtp(1));
    net
}

#[test]
fn one_codec_is_forwarded_undecoded() {
    let mut net = through_a_third(Codec::Pcmu, Codec::Pcmu, Some(96));
    everybody_speaks(&mut net);
    net.run(6_000);
    assert!(net.forwarded > 450, "{}", net.forwarded);
    for engine in 0..2 {
        assert_tone(&net.heard[engine][0][8_000..], 0.2, ROUGH);
        let stats = net.engines[engine].rtp_stats(RtpId(0)).unwrap();
        assert_eq!((stats.lost, stats.duplicates), (0, 0));
    }
    assert_eq!(net.engines[2].rtp_stats(RtpId(0)).unwrap().depth_ms, 0);
}

#[test]
fn two_codecs_are_transcoded() {
    let mut net = through_a_third(Codec::Pcmu, Codec::Pcma, Some(96));
    everybody_speaks(&mut net);
    net.run(6_000);
    assert_eq!(net.forwarded, 0);
    for engine in 0..2 {
        assert_tone(&net.heard[engine][0][8_000..], 0.2, 0.35);
    }
}

#[test]
fn a_tone_mixed_into_relayed_speech_leaves_one_stream() {
    let mut net = through_a_third(Codec::Pcmu, Codec::Pcmu, Some(96));
    everybody_speaks(&mut net);
    net.run(2_000);
    let tone = telephony::Tone::CallWaiting;
    net.tell(
        2,
        Command::MixTone {
            bearer: rtp(1),
            tone,
        },
    );
    net.run(2_000);
    net.tell(2, Command::StopPlay { bearer: rtp(1) });
    net.run(3_000);
    let stats = net.engines[1].rtp_stats(RtpId(0)).unwrap();
    assert_eq!(
        (stats.lost, stats.duplicates, stats.foreign),
        (0, 0, 0),
        "{stats:?}"
    );
    net.forget_heard();
    net.run(2_000);
    assert_tone(&net.heard[1][0], 0.2, ROUGH);
}
