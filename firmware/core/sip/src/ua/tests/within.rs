//! What happens within an answered call.

use telephony::{Cause, Digit};

use super::*;

#[test]
fn the_peer_holds_and_resumes() {
    let mut bench = Bench::new(Transport::Udp);
    let (id, tag) = bench.established();
    let hold = bench
        .head("INVITE", "h1", &tag, 3)
        .replace(":5062>", ":5099>");
    let sdp = media(4_000).to_string().replace("a=sendrecv", "a=sendonly");
    recv!(bench, "{hold}\nContent-Type: application/sdp\n\n{sdp}");
    send!(bench, "SIP/2.0 100");
    assert_eq!(
        event!(bench, UaEvent::Reoffer { offer: Some(sdp), .. } => port(&sdp)),
        4_000
    );
    bench.command(Command::AnswerReinvite {
        id,
        answer: Ok(media(5_000)),
    });
    let ok = send!(bench, "SIP/2.0 200");
    assert_eq!(ok.to_tag().as_deref(), Some(tag.as_str()));
    bench.pass(500);
    send!(bench, "SIP/2.0 200");
    let ack = bench.head("ACK", "h2", &tag, 3);
    recv!(bench, "{ack}");
    bench.pass(40_000);
    bench.quiet();
    bench.command(Command::Release {
        id,
        cause: Cause::NormalClearing,
    });
    let bye = send!(bench, "BYE sip:alice@10.0.0.2:5099");
    assert_eq!(
        bye.cseq(),
        Some((1, "BYE")),
        "the re-INVITE refreshed the target"
    );
}

#[test]
fn a_refused_offer_leaves_the_call() {
    let mut bench = Bench::new(Transport::Udp);
    let (id, tag) = bench.established();
    let update = bench.head("UPDATE", "u1", &tag, 3);
    recv!(
        bench,
        "{update}\nContent-Type: application/sdp\n\n{}",
        media(4_000)
    );
    event!(bench, UaEvent::Reoffer { .. });
    bench.command(Command::AnswerReinvite {
        id,
        answer: Err(Cause::BearerNotImplemented),
    });
    send!(bench, "SIP/2.0 488");
    let update = bench.head("UPDATE", "u2", &tag, 4);
    recv!(
        bench,
        "{update}\nContent-Type: application/sdp\n\n{}",
        media(4_000)
    );
    event!(bench, UaEvent::Reoffer { .. });
    bench.command(Command::AnswerReinvite {
        id,
        answer: Ok(media(5_000)),
    });
    assert!(!send!(bench, "SIP/2.0 200").body.is_empty());
    let refresh = bench.head("UPDATE", "u3", &tag, 5);
    recv!(bench, "{refresh}");
    send!(bench, "SIP/2.0 200");
    bench.pass(40_000);
    bench.quiet();
    let old = bench.head("UPDATE", "u4", &tag, 4);
    recv!(bench, "{old}");
    send!(bench, "SIP/2.0 500");
}

#[test]
fn our_reinvite_meets_theirs() {
    let mut bench = Bench::new(Transport::Udp);
    let (id, tag) = bench.established();
    bench.command(Command::Reinvite {
        id,
        offer: media(5_002),
    });
    let ours = send!(bench, "INVITE sip:alice@");
    assert!(ours.to_tag().is_some());
    let theirs = bench.head("INVITE", "g1", &tag, 3);
    recv!(
        bench,
        "{theirs}\nContent-Type: application/sdp\n\n{}",
        media(4_000)
    );
    send!(bench, "SIP/2.0 491");
    let ack = bench.head("ACK", "g1", &tag, 3);
    recv!(bench, "{ack}");
    bench.reply(&ours, 491, "a1", None);
    send!(bench, "ACK");
    // The peer made the Call-ID: we wait 0 to 2 s (RFC 3261 §14.1).
    assert!(bench.pass_until_sent() <= 2_000);
    let again = send!(bench, "INVITE");
    assert_eq!(again.cseq(), Some((2, "INVITE")));
    bench.reply(&again, 200, "a1", Some(&media(4_004)));
    let ack = send!(bench, "ACK");
    assert_eq!(ack.cseq(), Some((2, "ACK")));
    assert_eq!(
        event!(bench, UaEvent::ReofferAnswered { result: Ok(sdp), .. } => port(&sdp)),
        4_004
    );
    bench.reply(&again, 200, "a1", Some(&media(4_004)));
    assert_eq!(send!(bench, "ACK"), ack);
}

#[test]
fn the_owner_of_the_call_id_backs_off_longer() {
    let mut bench = Bench::new(Transport::Udp);
    bench.register_bob("10.0.0.2:5062");
    let id = bench.ua.new_invite_id();
    let (target, caller) = (
        Target::Account("bob".into()),
        telephony::CallerId::new("1", ""),
    );
    bench.command(Command::Invite {
        id,
        target,
        caller,
        called: "2".into(),
        offer: media(5_000),
    });
    let invite = send!(bench, "INVITE");
    bench.reply(&invite, 200, "t", Some(&media(6_000)));
    send!(bench, "ACK");
    event!(bench, UaEvent::Answered { .. });
    for offer in [5_002, 5_004] {
        bench.command(Command::Reinvite {
            id,
            offer: media(offer),
        });
    }
    let ours = send!(bench, "INVITE");
    bench.quiet();
    bench.reply(&ours, 491, "t", None);
    send!(bench, "ACK");
    let waited = bench.pass_until_sent();
    assert!((2_100..=4_000).contains(&waited), "{waited}");
    let again = send!(bench, "INVITE");
    assert_eq!(
        port(&sdp::parse(&again.body).unwrap()),
        5_004,
        "the newest offer is sent"
    );
    bench.reply(&again, 488, "t", None);
    send!(bench, "ACK");
    event!(
        bench,
        UaEvent::ReofferAnswered {
            result: Err(Cause::BearerNotImplemented),
            ..
        }
    );
    bench.quiet();
    bench.command(Command::Reinvite {
        id,
        offer: media(5_006),
    });
    let gone = send!(bench, "INVITE");
    bench.reply(&gone, 481, "t", None);
    send!(bench, "ACK");
    send!(bench, "BYE");
    event!(bench, UaEvent::ReofferAnswered { result: Err(_), .. });
    event!(
        bench,
        UaEvent::Released {
            status: Some(481),
            ..
        }
    );
}

#[test]
fn after_refer_the_call_still_takes_bye() {
    let mut bench = Bench::new(Transport::Udp);
    let (id, tag) = bench.established();
    let refer = bench.head("REFER", "r1", &tag, 3);
    recv!(
        bench,
        "{refer}\nr: <sip:*200@box;user=phone>\nb: <sip:alice@box>"
    );
    let accepted = send!(bench, "SIP/2.0 202");
    assert!(accepted.get("Contact").is_some());
    let notify = send!(bench, "NOTIFY sip:alice@10.0.0.2:5062");
    assert_eq!(
        (notify.get("Event"), notify.body.as_slice()),
        (Some("refer;id=3"), &b"SIP/2.0 100 Trying\r\n"[..])
    );
    assert!(
        notify
            .get("Subscription-State")
            .unwrap()
            .starts_with("active")
    );
    assert_eq!(
        bench.event(),
        UaEvent::Refer {
            id,
            to: ReferTo::Number("*200".into())
        }
    );
    let second = bench.head("REFER", "r2", &tag, 4);
    recv!(bench, "{second}\nRefer-To: <sip:300@box>");
    send!(bench, "SIP/2.0 491");
    let bye = bench.head("BYE", "r3", &tag, 5);
    recv!(bench, "{bye}");
    send!(bench, "SIP/2.0 200");
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::NormalClearing,
            ..
        }
    );
    bench.command(Command::ReferResult {
        id,
        outcome: ReferOutcome::Accepted,
    });
    bench.quiet();
}

#[test]
fn a_transfer_is_reported_to_its_end() {
    let mut bench = Bench::new(Transport::Udp);
    let (id, tag) = bench.established();
    for (n, outcome, body, over) in [
        (
            3,
            ReferOutcome::Failed(Cause::UserBusy),
            "SIP/2.0 486 Busy Here\r\n",
            false,
        ),
        (4, ReferOutcome::Accepted, "SIP/2.0 200 OK\r\n", true),
    ] {
        let refer = bench.head("REFER", &format!("r{n}"), &tag, n);
        recv!(bench, "{refer}\nRefer-To: 200 <sip:200@box>");
        send!(bench, "SIP/2.0 202");
        send!(bench, "NOTIFY");
        event!(bench, UaEvent::Refer { .. });
        bench.command(Command::ReferResult {
            id,
            outcome: ReferOutcome::Trying,
        });
        let trying = send!(bench, "NOTIFY");
        assert!(String::from_utf8_lossy(&trying.body).starts_with("SIP/2.0 180"));
        bench.command(Command::ReferResult { id, outcome });
        let last = send!(bench, "NOTIFY");
        assert_eq!(String::from_utf8_lossy(&last.body), body);
        assert!(
            last.get("Subscription-State")
                .unwrap()
                .starts_with("terminated")
        );
        bench.reply(&last, 200, "a1", None);
        bench.transmits.clear();
        bench.pass(40_000);
        let byes = bench.times("BYE", 0).len();
        assert_eq!(
            byes > 0,
            over,
            "a phone that stays on the line after a transfer is hung up"
        );
    }
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::NormalClearing,
            ..
        }
    );
}

#[test]
fn attended_transfer_names_the_other_call() {
    let mut bench = Bench::new(Transport::Udp);
    bench.register_bob("10.0.0.2:5062");
    let (first, tag) = bench.established();
    let other = bench.ua.new_invite_id();
    let (target, caller) = (
        Target::Account("bob".into()),
        telephony::CallerId::new("1", ""),
    );
    bench.command(Command::Invite {
        id: other,
        target,
        caller,
        called: "2".into(),
        offer: media(5_000),
    });
    let invite = send!(bench, "INVITE");
    bench.reply(&invite, 200, "bobtag", Some(&media(6_000)));
    send!(bench, "ACK");
    event!(bench, UaEvent::Answered { .. });
    let (call_id, ours) = (invite.call_id().to_owned(), invite.from_tag());

    for (n, to_tag, from_tag, status) in [
        (3, ours.as_str(), "bobtag", 202),
        (4, "x", "bobtag", 481),
        (5, "bobtag", ours.as_str(), 202),
    ] {
        let refer = bench.head("REFER", &format!("r{n}"), &tag, n);
        recv!(
            bench,
            "{refer}\nRefer-To: <sip:200@box?Replaces={call_id}%3Bto-tag%3D{to_tag}%3Bfrom-tag%3D{from_tag}>"
        );
        assert_eq!(bench.sent().status(), status);
        if status == 202 {
            send!(bench, "NOTIFY");
            assert_eq!(
                bench.event(),
                UaEvent::Refer {
                    id: first,
                    to: ReferTo::Replaces(other)
                }
            );
            bench.command(Command::ReferResult {
                id: first,
                outcome: ReferOutcome::Failed(Cause::CallRejected),
            });
            send!(bench, "NOTIFY");
        }
    }
}

#[test]
fn an_invite_may_replace_a_call() {
    for (to_tag, status) in [("OURS", 0), ("nobody", 481)] {
        let mut bench = Bench::new(Transport::Udp);
        let (id, tag) = bench.established();
        let to_tag = to_tag.replace("OURS", &tag);
        let swap = |head: String| {
            head.replace("Call-ID: c1", "Call-ID: c2")
                .replace("tag=a1", "tag=new")
        };
        let head = swap(bench.head("INVITE", "n1", "", 1));
        recv!(bench, "{head}");
        let challenge = send!(bench, "SIP/2.0 407");
        let value = Bench::credentials(&challenge, "alice", "secret", "INVITE", "sip:100@10.0.0.1");
        let head = swap(bench.head("INVITE", "n2", "", 2));
        recv!(
            bench,
            "{head}\nProxy-Authorization: {value}\nReplaces: c1;to-tag={to_tag};from-tag=a1\nRequire: replaces"
        );
        match status {
            0 => {
                send!(bench, "SIP/2.0 100");
                assert_eq!(
                    event!(bench, UaEvent::Incoming { replaces, .. } => replaces),
                    Some(id)
                );
            }
            status => assert_eq!(bench.sent().status(), status),
        }
    }
}

#[test]
fn digits_by_info() {
    let mut bench = Bench::new(Transport::Tcp);
    let (_, tag) = bench.established();
    let cases = [
        (
            "application/dtmf-relay",
            "Signal=5\nDuration=160\n",
            Some('5'),
        ),
        ("application/dtmf-relay", "Signal= *\n", Some('*')),
        (
            "application/dtmf-relay",
            "Duration=100\nSignal=11\n",
            Some('#'),
        ),
        ("application/dtmf", "7", Some('7')),
        ("application/dtmf", "flash", None),
        ("text/plain", "5", None),
    ];
    for (n, (kind, body, digit)) in cases.into_iter().enumerate() {
        let head = bench.head("INFO", &format!("d{n}"), &tag, 10 + n as u32);
        recv!(bench, "{head}\nContent-Type: {kind}\n\n{body}");
        let status = bench.sent().status();
        match digit {
            Some(c) => {
                assert_eq!(status, 200);
                assert_eq!(
                    event!(bench, UaEvent::Digit { digit, .. } => digit),
                    Digit::from_char(c).unwrap()
                );
            }
            None => assert!(status == 400 || status == 415),
        }
    }
    bench.quiet();
}

#[test]
fn bye_ends_whatever_is_going_on() {
    let mut bench = Bench::new(Transport::Udp);
    let (_, tag) = bench.established();
    let hold = bench.head("INVITE", "h1", &tag, 3);
    recv!(
        bench,
        "{hold}\nContent-Type: application/sdp\n\n{}",
        media(4_000)
    );
    send!(bench, "SIP/2.0 100");
    event!(bench, UaEvent::Reoffer { .. });
    let bye = bench.head("BYE", "b", &tag, 4);
    recv!(bench, "{bye}");
    send!(bench, "SIP/2.0 200");
    send!(bench, "SIP/2.0 487");
    event!(bench, UaEvent::Released { .. });
}

#[test]
fn a_reinvite_can_be_cancelled() {
    let mut bench = Bench::new(Transport::Udp);
    let (id, tag) = bench.established();
    let hold = bench.head("INVITE", "h1", &tag, 3);
    recv!(
        bench,
        "{hold}\nContent-Type: application/sdp\n\n{}",
        media(4_000)
    );
    send!(bench, "SIP/2.0 100");
    event!(bench, UaEvent::Reoffer { .. });
    let cancel = bench.head("CANCEL", "h1", &tag, 3);
    recv!(bench, "{cancel}");
    send!(bench, "SIP/2.0 200");
    send!(bench, "SIP/2.0 487");
    bench.command(Command::AnswerReinvite {
        id,
        answer: Ok(media(1)),
    });
    bench.quiet();
    assert_eq!(bench.ua.calls(), 1);
}

#[test]
fn a_phone_that_reconnects_is_reached_on_its_new_connection() {
    let mut bench = Bench::new(Transport::Tcp);
    let (id, tag) = bench.established();
    bench.flow.remote.set_port(50_123);
    let info = bench.head("INFO", "n1", &tag, 3);
    recv!(bench, "{info}");
    send!(bench, "SIP/2.0 200");
    bench.command(Command::Release {
        id,
        cause: Cause::NormalClearing,
    });
    assert_eq!(bench.transmits[0].1, bench.flow);
    send!(bench, "BYE");
}
