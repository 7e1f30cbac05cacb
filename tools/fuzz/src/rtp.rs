//! Any packets to an engine with a phone, two connected RTP sessions and a clock: no panic, nothing unbounded, and a
//! forwarded packet stays inside its buffer.
#![no_main]

use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use media::{Bearer, Channel, Command, Config, Engine, RtpId, RtpSetup, Verdict};
use telephony::{Codec, Duration, Instant, LineId, MediaDirection, SILENCE};

/// Frames an input may let pass; more than a minute only repeats.
const MAX_TICKS: u32 = 1_000;

fuzz_target!(|bytes: &[u8]| {
    let plan = dsp::tone::plan("us").expect("the plan of the default country is there");
    let mut engine = Engine::new(Config::new(1, 3, plan), 1);
    let mut now = Instant::ZERO;
    open(&mut engine, now);

    let mut rest = bytes;
    let mut ticks = 0;
    // Each packet: session and channel, sender, 10 ms frames that pass afterwards, length; then its octets.
    while let [what, sender, pause, length, tail @ ..] = rest {
        let (octets, after) = tail.split_at(usize::from(*length).min(tail.len()));
        rest = after;
        let mut packet = octets.to_vec();
        let channel = if what & 4 == 0 {
            Channel::Rtp
        } else {
            Channel::Rtcp
        };
        let from = SocketAddr::from(([192, 0, 2, sender & 3], 20_000));
        let verdict =
            engine.handle_packet(now, RtpId(u16::from(what & 3)), channel, from, &mut packet);
        if let Verdict::Forward { len, .. } = verdict {
            assert!(len <= packet.len());
        }
        for _ in 0..pause & 15 {
            ticks += 1;
            if ticks > MAX_TICKS {
                return;
            }
            now += Duration::from_millis(10);
            engine.tick(now, &[SILENCE], &mut [SILENCE]);
        }
        while engine.poll_output().is_some() {}
    }
});

/// Session 0 speaks with the phone, 1 and 2 with each other; 3 does not exist.
fn open(engine: &mut Engine, now: Instant) {
    for n in 0..3u16 {
        let setup = RtpSetup {
            signalling: None,
            codec: if n == 2 { Codec::Pcma } else { Codec::Pcmu },
            payload_type: if n == 2 { 8 } else { 0 },
            events_payload_type: (n != 1).then_some(101),
            ptime_ms: 20,
            remote: SocketAddr::from(([192, 0, 2, n as u8], 20_000)),
            direction: MediaDirection::SendRecv,
        };
        engine.handle(
            now,
            Command::OpenRtp {
                id: RtpId(n),
                setup,
            },
        );
    }
    let phone = Bearer::Timeslot(LineId(0));
    engine.handle(
        now,
        Command::Connect {
            a: phone,
            b: Bearer::Rtp(RtpId(0)),
        },
    );
    engine.handle(
        now,
        Command::Connect {
            a: Bearer::Rtp(RtpId(1)),
            b: Bearer::Rtp(RtpId(2)),
        },
    );
}
