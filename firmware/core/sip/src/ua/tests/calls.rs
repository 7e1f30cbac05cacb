//! Incoming calls.

use telephony::Cause;

use super::*;

#[test]
fn a_call_from_invite_to_bye() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut bench = Bench::new(transport);
        let id = bench.incoming("", &media(4_000).to_string());
        bench.command(Command::Ring { id });
        let ringing = send!(bench, "SIP/2.0 180");
        assert_eq!(
            ringing.get("Contact").unwrap().contains("transport=tcp"),
            transport == Transport::Tcp
        );
        bench.command(Command::Progress {
            id,
            sdp: media(5_000),
        });
        let progress = send!(bench, "SIP/2.0 183");
        assert_eq!(progress.to_tag(), ringing.to_tag());
        assert_eq!(port(&sdp::parse(&progress.body).unwrap()), 5_000);
        bench.command(Command::Answer {
            id,
            sdp: media(5_000),
        });
        let ok = send!(bench, "SIP/2.0 200");
        let tag = ok.to_tag().unwrap();
        assert_eq!(
            (ok.content_type().as_str(), ok.cseq()),
            ("application/sdp", Some((2, "INVITE")))
        );
        let ack = bench.head("ACK", "ack", &tag, 2);
        recv!(bench, "{ack}");
        bench.pass(60_000);
        bench.quiet();
        let bye = bench.head("BYE", "bye", &tag, 3);
        recv!(bench, "{bye}\nReason: Q.850;cause=31");
        send!(bench, "SIP/2.0 200");
        event!(
            bench,
            UaEvent::Released {
                cause: Cause::NormalUnspecified,
                status: None,
                ..
            }
        );
        assert_eq!(bench.ua.calls(), 0);
        let again = bench.head("BYE", "bye2", &tag, 4);
        recv!(bench, "{again}");
        send!(bench, "SIP/2.0 481");
        bench.pass(100_000);
        bench.quiet();
        assert!(
            bench.ua.usages.is_empty() && bench.ua.tags.is_empty() && bench.ua.clients.is_empty()
        );
    }
}

#[test]
fn the_caller_is_the_account_and_the_number_is_unescaped() {
    let mut bench = Bench::new(Transport::Udp);
    let head = bench
        .head("INVITE", "i1", "", 1)
        .replace("sip:100@", "sip:%2A100@");
    recv!(bench, "{head}");
    let challenge = send!(bench, "SIP/2.0 407");
    let value = Bench::credentials(
        &challenge,
        "alice",
        "secret",
        "INVITE",
        "sip:%2A100@10.0.0.1",
    );
    let head = bench
        .head("INVITE", "i2", "", 2)
        .replace("sip:100@", "sip:%2A100@")
        .replace("<sip:alice@box>", "<sip:boss@box>");
    recv!(bench, "{head}\nProxy-Authorization: {value}");
    send!(bench, "SIP/2.0 100");
    match bench.event() {
        UaEvent::Incoming {
            account,
            caller,
            called,
            offer,
            replaces,
            source,
            ..
        } => {
            assert_eq!(
                (
                    account.as_deref(),
                    caller.number.as_str(),
                    caller.name.as_str()
                ),
                (Some("alice"), "alice", "Phone alice")
            );
            assert_eq!((called.as_str(), offer, replaces), ("*100", None, None));
            assert_eq!(source, "10.0.0.2:5062".parse().unwrap());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lost_ack_repeats_the_200_and_then_hangs_up() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut bench = Bench::new(transport);
        let id = bench.incoming("", &media(4_000).to_string());
        let start = bench.now.as_millis();
        bench.command(Command::Answer {
            id,
            sdp: media(5_000),
        });
        bench.pass(31_900);
        let schedule = [
            0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
        ];
        assert_eq!(bench.times("SIP/2.0 200", start), schedule, "{transport:?}");
        assert!(bench.events.is_empty());
        bench.pass(200);
        event!(
            bench,
            UaEvent::Released {
                cause: Cause::RecoveryOnTimerExpiry,
                ..
            }
        );
        let bye = send!(bench, "BYE");
        assert_eq!(
            bye.get("Reason").unwrap(),
            "Q.850;cause=102;text=\"recovery on timer expiry\""
        );
        assert_eq!((bye.call_id(), bye.to_tag().as_deref()), ("c1", Some("a1")));
    }
}

#[test]
fn a_lost_200_is_repeated_until_the_ack() {
    let mut bench = Bench::new(Transport::Udp);
    let id = bench.incoming("", &media(4_000).to_string());
    bench.command(Command::Answer {
        id,
        sdp: media(5_000),
    });
    let first = send!(bench, "SIP/2.0 200");
    bench.pass(500);
    assert_eq!(send!(bench, "SIP/2.0 200"), first);
    let ack = bench.head("ACK", "x", &first.to_tag().unwrap(), 2);
    recv!(bench, "{ack}");
    bench.pass(40_000);
    bench.quiet();
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let mut bench = Bench::new(Transport::Udp);
    let id = bench.incoming("", &media(4_000).to_string());
    bench.command(Command::Answer {
        id,
        sdp: media(5_000),
    });
    let tag = send!(bench, "SIP/2.0 200").to_tag().unwrap();
    bench.command(Command::Release {
        id,
        cause: Cause::NormalClearing,
    });
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::NormalClearing,
            ..
        }
    );
    bench.quiet();
    let ack = bench.head("ACK", "x", &tag, 2);
    recv!(bench, "{ack}");
    send!(bench, "BYE sip:alice@10.0.0.2:5062");
}

#[test]
fn cancel_before_and_after_the_answer() {
    let mut bench = Bench::new(Transport::Udp);
    let id = bench.incoming("", &media(4_000).to_string());
    bench.command(Command::Ring { id });
    send!(bench, "SIP/2.0 180");
    let cancel = bench.head("CANCEL", "i2", "", 2);
    recv!(
        bench,
        "{cancel}\nReason: SIP;cause=200;text=\"Call completed elsewhere\""
    );
    send!(bench, "SIP/2.0 200");
    let terminated = send!(bench, "SIP/2.0 487");
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::NormalClearing,
            status: Some(487),
            ..
        }
    );
    // The owner answers in the same moment: too late, and harmless.
    bench.command(Command::Answer {
        id,
        sdp: media(5_000),
    });
    bench.quiet();
    bench.pass(500);
    send!(bench, "SIP/2.0 487");
    let ack = bench.head("ACK", "i2", &terminated.to_tag().unwrap(), 2);
    recv!(bench, "{ack}");
    bench.pass(40_000);
    bench.quiet();

    let mut bench = Bench::new(Transport::Udp);
    let id = bench.incoming("", &media(4_000).to_string());
    bench.command(Command::Answer {
        id,
        sdp: media(5_000),
    });
    send!(bench, "SIP/2.0 200");
    let cancel = bench.head("CANCEL", "i2", "", 2);
    recv!(bench, "{cancel}");
    send!(bench, "SIP/2.0 200");
    bench.quiet();
    let stray = bench.head("CANCEL", "nothing", "", 2);
    recv!(bench, "{stray}");
    send!(bench, "SIP/2.0 481");
}

#[test]
fn refusals_carry_status_and_reason() {
    for (cause, start) in [
        (Cause::UserBusy, 486),
        (Cause::UnallocatedNumber, 404),
        (Cause::SwitchingCongestion, 503),
    ] {
        let mut bench = Bench::new(Transport::Udp);
        let id = bench.incoming("", &media(4_000).to_string());
        bench.command(Command::Release { id, cause });
        let refusal = bench.sent();
        assert_eq!(refusal.status(), start);
        assert!(
            refusal
                .get("Reason")
                .unwrap()
                .starts_with(&format!("Q.850;cause={};", cause.code()))
        );
        let status = Some(start);
        assert_eq!(bench.event(), UaEvent::Released { id, cause, status });
    }
}

#[test]
fn delayed_offer_is_answered_in_the_ack() {
    let mut bench = Bench::new(Transport::Udp);
    let id = bench.incoming("", "");
    bench.command(Command::Progress {
        id,
        sdp: media(5_000),
    });
    assert!(send!(bench, "SIP/2.0 183").body.is_empty());
    bench.command(Command::Answer {
        id,
        sdp: media(5_000),
    });
    let tag = send!(bench, "SIP/2.0 200").to_tag().unwrap();
    let ack = bench.head("ACK", "x", &tag, 2);
    recv!(
        bench,
        "{ack}\nContent-Type: application/sdp\n\n{}",
        media(4_002)
    );
    assert_eq!(
        event!(bench, UaEvent::AnswerReceived { sdp, .. } => port(&sdp)),
        4_002
    );

    let mut bench = Bench::new(Transport::Udp);
    let id = bench.incoming("", "");
    bench.command(Command::Answer {
        id,
        sdp: media(5_000),
    });
    let tag = send!(bench, "SIP/2.0 200").to_tag().unwrap();
    let ack = bench.head("ACK", "x", &tag, 2);
    recv!(bench, "{ack}");
    send!(bench, "BYE");
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::BearerNotImplemented,
            ..
        }
    );
}

#[test]
fn a_ringing_call_is_kept_alive_every_minute() {
    let mut bench = Bench::new(Transport::Udp);
    let id = bench.incoming("", &media(4_000).to_string());
    let start = bench.now.as_millis();
    bench.command(Command::Ring { id });
    bench.pass(150_000);
    assert_eq!(bench.times("SIP/2.0 180", start), [0, 60_000, 120_000]);
}

#[test]
fn what_cannot_be_taken_is_refused_by_the_book() {
    let mut bench = Bench::new(Transport::Udp);
    let cases = [
        ("INVITE", "Require: 100rel, replaces", 420),
        ("SUBSCRIBE", "Event: presence", 405),
        ("MESSAGE", "", 405),
        ("REFER", "Refer-To: <sip:1@box>", 403),
        ("NOTIFY", "Event: keep-alive", 481),
        ("OPTIONS", "", 200),
        ("FROBNICATE", "", 501),
    ];
    for (n, (method, extra, status)) in cases.into_iter().enumerate() {
        let head = bench.head(method, &format!("x{n}"), "", 1);
        recv!(bench, "{head}\n{extra}");
        let response = bench.sent();
        assert_eq!(response.status(), status, "{method}");
        match status {
            420 => assert_eq!(response.get("Unsupported"), Some("100rel")),
            405 | 501 => assert!(response.get("Allow").unwrap().contains("INVITE")),
            200 => assert!(response.get("Accept").is_some() && response.get("Supported").is_some()),
            _ => {}
        }
        assert!(response.to_tag().is_some(), "{method}");
    }
    let looped = bench
        .head("INVITE", "loop", "", 9)
        .replace("Max-Forwards: 70", "Max-Forwards: 0");
    recv!(bench, "{looped}");
    send!(bench, "SIP/2.0 483");
    for (n, method) in ["INVITE", "BYE", "INFO", "UPDATE", "REFER"]
        .into_iter()
        .enumerate()
    {
        let head = bench.head(method, &format!("s{n}"), "nobody", 20);
        recv!(bench, "{head}");
        send!(bench, "SIP/2.0 481");
    }
}

#[test]
fn bodies_that_are_no_sdp() {
    for (headers, status) in [
        ("Content-Type: text/plain", 415),
        ("Content-Type: application/sdp\nContent-Encoding: gzip", 415),
        ("Content-Type: application/sdp", 400),
    ] {
        let mut bench = Bench::new(Transport::Udp);
        let head = bench.head("INVITE", "i1", "", 1);
        recv!(bench, "{head}");
        let challenge = send!(bench, "SIP/2.0 407");
        let value = Bench::credentials(&challenge, "alice", "secret", "INVITE", "sip:100@10.0.0.1");
        let head = bench.head("INVITE", "i2", "", 2);
        recv!(
            bench,
            "{head}\nProxy-Authorization: {value}\n{headers}\n\nhello\n"
        );
        assert_eq!(bench.sent().status(), status);
        assert!(bench.events.is_empty());
    }
}

#[test]
fn ipv6_has_brackets_everywhere() {
    let mut bench = Bench::new(Transport::Udp);
    bench.flow = flow(Transport::Udp, "[2001:db8::2]:5062");
    let (id, _) = bench.established();
    bench.command(Command::Release {
        id,
        cause: Cause::NormalClearing,
    });
    let (_, to, bytes) = bench.transmits[0].clone();
    assert_eq!(to.remote, "[2001:db8::2]:5062".parse().unwrap());
    let bye = crate::framing::parse(&bytes).unwrap();
    assert_eq!(
        bye.uri().unwrap().to_string(),
        "sip:alice@[2001:db8::2]:5062"
    );
    assert!(
        bye.get("Via")
            .unwrap()
            .starts_with("SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK")
    );
}
