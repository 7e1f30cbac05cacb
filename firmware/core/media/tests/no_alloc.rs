//! Nothing is allocated or freed once the engine is made.

use std::net::SocketAddr;
use std::sync::Arc;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use dsp::caller_id::Standard;
use dsp::echo;
use media::{
    Bearer, Channel, Clip, Command, Config, Engine, Event, Output, PortConfig, RtpId, RtpSetup,
    Verdict,
};
use telephony::{CallerId, Codec, Digits, Instant, LineId, MediaDirection, SILENCE, Tone};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn a_minute_of_everything_allocates_nothing() {
    let plan = dsp::tone::plan("us").unwrap();
    let mut engine = Engine::new(Config::new(2, 2, plan), 1);
    let clips = [
        Arc::new(Clip::new(vec![5; 1_000])),
        Arc::new(Clip::new(vec![6; 500])),
    ];
    let far: SocketAddr = "192.0.2.1:4000".parse().unwrap();
    let digits = Digits::parse("0123456789*#").unwrap();
    let (phone, line) = (Bearer::Timeslot(LineId(0)), LineId(1));
    let (mut clips_back, mut closed, mut sent) = (0, 0, 0);
    let mut forwarded = 0;
    assert_no_alloc(|| {
        let mut now = Instant::ZERO;
        let setup = |codec: Codec| RtpSetup {
            signalling: None,
            codec,
            payload_type: codec.payload_type(),
            events_payload_type: Some(101),
            ptime_ms: 20,
            remote: far,
            direction: MediaDirection::SendRecv,
        };
        for n in 0..6_000u64 {
            now = Instant::from_millis(1_000 + 10 * n);
            let rtp = |id| Bearer::Rtp(RtpId(id));
            match n {
                0 => {
                    for id in 0..2 {
                        engine.handle(
                            now,
                            Command::OpenRtp {
                                id: RtpId(id),
                                setup: setup(Codec::Pcmu),
                            },
                        );
                    }
                    engine.handle(
                        now,
                        Command::Connect {
                            a: phone,
                            b: rtp(0),
                        },
                    );
                    for (tail_ms, line) in [(128, LineId(0)), (8, line)] {
                        let config = PortConfig {
                            echo: Some(echo::Config { tail_ms, nlp: true }),
                            rx_gain_db: 3.0,
                            tx_gain_db: -3.0,
                            plan,
                        };
                        engine.handle(now, Command::ConfigurePort { line, config });
                    }
                    engine.handle(
                        now,
                        Command::Listen {
                            line,
                            caller_id: true,
                            progress: true,
                        },
                    );
                    engine.handle(
                        now,
                        Command::DetectDtmf {
                            bearer: Bearer::Timeslot(line),
                            on: true,
                        },
                    );
                    engine.handle(
                        now,
                        Command::PlayTone {
                            bearer: phone,
                            tone: Tone::Dial,
                        },
                    );
                }
                100 => engine.handle(
                    now,
                    Command::PlayClip {
                        bearer: phone,
                        clip: clips[0].clone(),
                        repeat: true,
                    },
                ),
                200 => engine.handle(
                    now,
                    Command::PlayClip {
                        bearer: phone,
                        clip: clips[1].clone(),
                        repeat: false,
                    },
                ),
                300 => engine.handle(
                    now,
                    Command::SendDigits {
                        bearer: rtp(0),
                        digits,
                    },
                ),
                301 => engine.handle(
                    now,
                    Command::SendDigits {
                        bearer: Bearer::Timeslot(line),
                        digits,
                    },
                ),
                900 => {
                    let caller = CallerId::new("5550100", "Somebody");
                    engine.handle(
                        now,
                        Command::SendCallerId {
                            line,
                            caller,
                            standard: Standard::Bell202,
                        },
                    );
                }
                1_500 => engine.handle(
                    now,
                    Command::Connect {
                        a: rtp(0),
                        b: rtp(1),
                    },
                ),
                2_500 => engine.handle(
                    now,
                    Command::MixTone {
                        bearer: rtp(1),
                        tone: Tone::CallWaiting,
                    },
                ),
                3_500 => engine.handle(
                    now,
                    Command::OpenRtp {
                        id: RtpId(1),
                        setup: setup(Codec::Pcma),
                    },
                ),
                4_500 => engine.handle(now, Command::CloseRtp { id: RtpId(1) }),
                5_000 => {
                    engine.handle(now, Command::MeasurePort { line: LineId(0) });
                    engine.handle(now, Command::ReleasePort { line: LineId(0) });
                }
                _ => {}
            }
            if n % 2 == 0 && n % 38 != 0 {
                let mut packet = [0x55; 172];
                packet[0] = 0x80;
                packet[1] = 0;
                packet[2..4].copy_from_slice(&(n as u16 / 2).to_be_bytes());
                packet[4..8].copy_from_slice(&(n as u32 * 80).to_be_bytes());
                packet[8..12].copy_from_slice(&7u32.to_be_bytes());
                for id in 0..2 {
                    let verdict = engine.handle_packet(
                        now,
                        RtpId(id),
                        Channel::Rtp,
                        far,
                        &mut packet.clone(),
                    );
                    forwarded += usize::from(verdict != Verdict::Consumed);
                }
            }
            let mut tx = [SILENCE; 2];
            engine.tick(now, &[[100; 80]; 2], &mut tx);
            while let Some(output) = engine.poll_output() {
                match output {
                    Output::Transmit { .. } => sent += 1,
                    Output::Event(Event::ClipReturned(_)) => clips_back += 1,
                    Output::Event(Event::RtpClosed { .. } | Event::PortMeasured { .. }) => {
                        closed += 1
                    }
                    Output::Event(_) => {}
                }
            }
        }
        assert_eq!(engine.dropped_outputs() + engine.refused_commands(), 0);
        assert_eq!(now.as_millis(), 60_990);
    });
    assert_eq!((clips_back, closed), (2, 2));
    assert!(sent > 3_000 && forwarded > 900, "{sent} {forwarded}");
}
