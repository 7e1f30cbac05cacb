//! Outgoing calls.

use telephony::{CallerId, Cause};

use super::*;

fn call(bench: &mut Bench) -> InviteId {
    let id = bench.ua.new_invite_id();
    let target = Target::Account("bob".into());
    let caller = CallerId::new("100", "Ann \"A\"");
    bench.command(Command::Invite {
        id,
        target,
        caller,
        called: "200".into(),
        offer: media(5_000),
    });
    id
}

#[test]
fn the_first_2xx_wins_and_the_others_are_cancelled() {
    let mut bench = Bench::new(Transport::Udp);
    bench.register_bob("10.0.0.2:5062");
    bench.register_bob("10.0.0.2:5064");
    let id = call(&mut bench);
    let (second, first) = (
        send!(bench, "INVITE sip:bob@10.0.0.2:5064"),
        send!(bench, "INVITE sip:bob@10.0.0.2:5062"),
    );
    assert_ne!(first.call_id(), second.call_id());
    assert_eq!(first.from().unwrap().display, "Ann \"A\"");
    bench.reply(&first, 180, "t1", None);
    event!(bench, UaEvent::Alerting { .. });
    bench.reply(&second, 183, "t2", Some(&media(6_000)));
    assert_eq!(
        event!(bench, UaEvent::Progress { sdp, .. } => port(&sdp)),
        6_000
    );
    bench.reply(&first, 200, "t1", Some(&media(6_002)));
    let ack = send!(bench, "ACK sip:bob@10.0.0.2:5062");
    assert_eq!(
        (ack.cseq(), ack.call_id()),
        (Some((1, "ACK")), first.call_id())
    );
    let cancel = send!(bench, "CANCEL sip:bob@10.0.0.2:5064");
    assert_eq!(cancel.via(), second.via());
    assert!(cancel.get("Reason").unwrap().contains("cause=200"));
    assert_eq!(
        event!(bench, UaEvent::Answered { sdp, .. } => port(&sdp)),
        6_002
    );
    // The answer came again: the ACK was lost.
    bench.reply(&first, 200, "t1", Some(&media(6_002)));
    assert_eq!(send!(bench, "ACK"), ack);
    // The other phone answered in the same moment: acknowledged and hung up.
    bench.reply(&cancel, 200, "t2", None);
    bench.reply(&second, 200, "t2", Some(&media(6_000)));
    let late = send!(bench, "ACK");
    assert_eq!(late.call_id(), second.call_id());
    let bye = send!(bench, "BYE");
    assert_eq!(
        (bye.call_id(), bye.cseq()),
        (second.call_id(), Some((2, "BYE")))
    );
    bench.quiet();
    bench.command(Command::Release {
        id,
        cause: Cause::NormalClearing,
    });
    event!(bench, UaEvent::Released { .. });
}

#[test]
fn a_proxy_may_fork_downstream() {
    let mut bench = Bench::new(Transport::Udp);
    bench.register_bob("10.0.0.2:5062");
    call(&mut bench);
    let invite = send!(bench, "INVITE");
    bench.reply(&invite, 183, "x", Some(&media(6_000)));
    bench.reply(&invite, 183, "y", Some(&media(6_002)));
    event!(bench, UaEvent::Progress { .. });
    event!(bench, UaEvent::Progress { .. });
    // y answers without SDP: its early answer stands.
    bench.reply(&invite, 200, "y", None);
    assert_eq!(send!(bench, "ACK").to_tag().as_deref(), Some("y"));
    assert_eq!(
        event!(bench, UaEvent::Answered { sdp, .. } => port(&sdp)),
        6_002
    );
    bench.reply(&invite, 200, "x", Some(&media(6_000)));
    assert_eq!(send!(bench, "ACK").to_tag().as_deref(), Some("x"));
    assert_eq!(send!(bench, "BYE").to_tag().as_deref(), Some("x"));
    bench.quiet();
}

#[test]
fn the_best_failure_is_told() {
    let mut bench = Bench::new(Transport::Udp);
    bench.register_bob("10.0.0.2:5062");
    bench.register_bob("10.0.0.2:5064");
    call(&mut bench);
    let (one, two) = (send!(bench, "INVITE"), send!(bench, "INVITE"));
    bench.reply(&one, 486, "t1", None);
    send!(bench, "ACK");
    assert!(bench.events.is_empty(), "the other phone still rings");
    bench.reply(&two, 503, "t2", None);
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::UserBusy,
            status: Some(486),
            ..
        }
    );
}

#[test]
fn a_6xx_stops_everything() {
    let mut bench = Bench::new(Transport::Tcp);
    bench.register_bob("10.0.0.2:5062");
    bench.register_bob("10.0.0.2:5064");
    call(&mut bench);
    let (one, two) = (send!(bench, "INVITE"), send!(bench, "INVITE"));
    bench.reply(&two, 180, "t2", None);
    event!(bench, UaEvent::Alerting { .. });
    bench.reply(&one, 603, "t1", None);
    send!(bench, "ACK");
    send!(bench, "CANCEL");
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::CallRejected,
            status: Some(603),
            ..
        }
    );
    bench.reply(&two, 487, "t2", None);
    send!(bench, "ACK");
    assert!(bench.ua.usages.is_empty());
}

#[test]
fn nobody_registered_and_nobody_there() {
    let mut bench = Bench::new(Transport::Udp);
    call(&mut bench);
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::SubscriberAbsent,
            status: None,
            ..
        }
    );
    let id = bench.ua.new_invite_id();
    let target = Target::Uri("sip:x@name.example".into());
    bench.command(Command::Invite {
        id,
        target,
        caller: CallerId::default(),
        called: "x".into(),
        offer: media(1),
    });
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::NoRouteToDestination,
            ..
        }
    );

    bench.register_bob("10.0.0.2:5062");
    let id = call(&mut bench);
    bench.pass(31_999);
    assert_eq!(bench.transmits.len(), 7);
    assert!(bench.events.is_empty());
    bench.pass(1);
    assert_eq!(
        bench.event(),
        UaEvent::Released {
            id,
            cause: Cause::RecoveryOnTimerExpiry,
            status: Some(408)
        }
    );
}

#[test]
fn giving_up_waits_for_a_provisional_and_survives_a_crossing_200() {
    let mut bench = Bench::new(Transport::Udp);
    bench.register_bob("10.0.0.2:5062");
    let id = call(&mut bench);
    let invite = send!(bench, "INVITE");
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
    bench.reply(&invite, 180, "t", None);
    let cancel = send!(bench, "CANCEL");
    assert!(cancel.get("Reason").unwrap().contains("Q.850;cause=16"));
    bench.reply(&invite, 200, "t", Some(&media(6_000)));
    send!(bench, "ACK");
    let bye = send!(bench, "BYE");
    bench.quiet();
    bench.reply(&cancel, 481, "t", None);
    bench.reply(&bye, 200, "t", None);
    bench.pass(100_000);
    bench.quiet();
    assert!(bench.ua.usages.is_empty() && bench.ua.tags.is_empty() && bench.ua.clients.is_empty());
}

#[test]
fn an_answer_without_media_is_hung_up() {
    let mut bench = Bench::new(Transport::Udp);
    bench.register_bob("10.0.0.2:5062");
    call(&mut bench);
    let invite = send!(bench, "INVITE");
    bench.reply(&invite, 200, "t", None);
    send!(bench, "ACK");
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
fn a_dead_connection_fails_the_call() {
    let mut bench = Bench::new(Transport::Tcp);
    bench.register_bob("10.0.0.2:5062");
    call(&mut bench);
    send!(bench, "INVITE");
    let flow = bench.flow;
    bench.input(Input::StreamClosed { flow });
    let events: Vec<UaEvent> = bench.events.drain(..).collect();
    assert!(
        matches!(
            events[..],
            [
                UaEvent::Unregistered { .. },
                UaEvent::Released {
                    cause: Cause::TemporaryFailure,
                    status: Some(503),
                    ..
                }
            ]
        ),
        "{events:?}"
    );
}

#[test]
fn a_called_phone_may_speak_before_it_answers() {
    let mut bench = Bench::new(Transport::Udp);
    bench.register_bob("10.0.0.2:5062");
    call(&mut bench);
    let invite = send!(bench, "INVITE");
    bench.reply(&invite, 183, "t", None);
    let (call_id, tag) = (invite.call_id().to_owned(), invite.from_tag());
    let cases = [
        ("UPDATE", "", 200),
        ("UPDATE", "Content-Type: application/sdp\n\nv=0\n", 500),
        ("BYE", "", 481),
    ];
    for (n, (method, rest, status)) in cases.into_iter().enumerate() {
        let head = bench
            .head(method, &format!("e{n}"), &tag, n as u32 + 1)
            .replace("Call-ID: c1", &format!("Call-ID: {call_id}"));
        recv!(bench, "{head}\n{rest}");
        assert_eq!(bench.sent().status(), status, "{method} {rest}");
    }
    bench.reply(&invite, 200, "t", Some(&media(6_000)));
    send!(bench, "ACK");
    event!(bench, UaEvent::Answered { .. });
}
