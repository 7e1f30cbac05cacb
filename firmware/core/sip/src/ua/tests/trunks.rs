//! We as client of a provider.

use telephony::{CallerId, Cause};

use super::*;

fn trunk(register_s: Option<u32>) -> Trunk {
    let credentials = Some(Credentials {
        user: "4711".into(),
        password: "geheim".into(),
    });
    let remote = "198.51.100.7:5060".parse().unwrap();
    Trunk {
        id: TrunkId(1),
        domain: "provider.example".into(),
        transport: Transport::Udp,
        remote,
        credentials,
        register_s,
    }
}

fn bench(register_s: Option<u32>) -> Bench {
    let mut bench = Bench::new(Transport::Udp);
    bench.flow = flow(Transport::Udp, "198.51.100.7:5060");
    bench.command(Command::SetTrunks(vec![trunk(register_s)]));
    bench
}

const CHALLENGE: &str = "Digest realm=\"provider\", nonce=\"n\", qop=\"auth\", algorithm=MD5";

fn challenge(bench: &mut Bench, request: &Message, status: u16) {
    let mut response = Message::response_to(request, status, "Who", Some("p"));
    response.push(
        if status == 401 {
            "WWW-Authenticate"
        } else {
            "Proxy-Authenticate"
        },
        CHALLENGE,
    );
    bench.bytes(&response.to_bytes());
}

#[test]
fn registers_again_and_backs_off() {
    let mut bench = bench(Some(600));
    let first = send!(bench, "REGISTER sip:provider.example SIP/2.0");
    assert_eq!(first.get("Expires"), Some("600"));
    challenge(&mut bench, &first, 401);
    let second = send!(bench, "REGISTER");
    assert_eq!(
        (second.cseq(), second.call_id()),
        (Some((2, "REGISTER")), first.call_id())
    );
    assert!(
        second
            .get("Authorization")
            .unwrap()
            .starts_with("Digest username=\"4711\", realm=\"provider\"")
    );
    let mut ok = Message::response_to(&second, 200, "OK", Some("p"));
    ok.push("Contact", "<sip:10.0.0.1:5060>;expires=300");
    bench.bytes(&ok.to_bytes());
    assert_eq!(
        bench.event(),
        UaEvent::TrunkState {
            trunk: TrunkId(1),
            state: TrunkState::Up
        }
    );
    bench.pass(149_000);
    bench.quiet();
    bench.pass(1_000);
    let refresh = send!(bench, "REGISTER");
    challenge(&mut bench, &refresh, 401);
    let again = send!(bench, "REGISTER");
    challenge(&mut bench, &again, 401);
    assert_eq!(
        bench.event(),
        UaEvent::TrunkState {
            trunk: TrunkId(1),
            state: TrunkState::Failed { status: 401 }
        }
    );
    bench.quiet();
    bench.pass(29_999);
    bench.quiet();
    bench.pass(5_001);
    let start = bench.now.as_millis();
    // Nobody answers any more: 32 s of trying, then a longer pause each time.
    bench.pass(4_000_000);
    let starts: Vec<u64> = bench.times("REGISTER", start.saturating_sub(6_000));
    let pauses: Vec<u64> = starts
        .windows(2)
        .map(|w| w[1] - w[0])
        .filter(|p| *p > 20_000)
        .collect();
    assert!(pauses.windows(2).take(5).all(|w| w[1] > w[0]), "{pauses:?}");
    assert!(pauses.iter().all(|p| *p <= 1_800_000 + 6_000), "{pauses:?}");
}

#[test]
fn a_challenged_call_is_repeated_with_credentials() {
    let mut bench = bench(None);
    event!(
        bench,
        UaEvent::TrunkState {
            state: TrunkState::Up,
            ..
        }
    );
    let id = bench.ua.new_invite_id();
    let target = Target::Trunk(TrunkId(1));
    let caller = CallerId::new("100", "Ann");
    bench.command(Command::Invite {
        id,
        target,
        caller,
        called: "030123".into(),
        offer: media(5_000),
    });
    let first = send!(bench, "INVITE sip:030123@provider.example SIP/2.0");
    assert_eq!(
        first.from().unwrap().uri.to_string(),
        "sip:4711@provider.example"
    );
    challenge(&mut bench, &first, 407);
    send!(bench, "ACK");
    let second = send!(bench, "INVITE");
    assert_eq!(
        (second.cseq(), second.from_tag()),
        (Some((2, "INVITE")), first.from_tag())
    );
    bench.reply(&second, 200, "t", Some(&media(6_000)));
    let ack = send!(bench, "ACK");
    assert_eq!(ack.cseq(), Some((2, "ACK")));
    assert!(ack.get("Proxy-Authorization").is_some());
    event!(bench, UaEvent::Answered { .. });
    bench.command(Command::Reinvite {
        id,
        offer: media(5_002),
    });
    let reinvite = send!(bench, "INVITE");
    challenge(&mut bench, &reinvite, 407);
    send!(bench, "ACK");
    let reinvite = send!(bench, "INVITE");
    assert_eq!(reinvite.cseq(), Some((4, "INVITE")));
    bench.reply(&reinvite, 200, "t", Some(&media(6_002)));
    send!(bench, "ACK");
    event!(bench, UaEvent::ReofferAnswered { result: Ok(_), .. });
    bench.command(Command::Release {
        id,
        cause: Cause::NormalClearing,
    });
    let bye = send!(bench, "BYE");
    assert_eq!(bye.cseq(), Some((5, "BYE")));
    challenge(&mut bench, &bye, 407);
    assert!(send!(bench, "BYE").get("Proxy-Authorization").is_some());
}

#[test]
fn refused_credentials_are_not_repeated() {
    let mut bench = bench(None);
    event!(bench, UaEvent::TrunkState { .. });
    let id = bench.ua.new_invite_id();
    let (target, caller) = (Target::Trunk(TrunkId(1)), CallerId::new("100", ""));
    bench.command(Command::Invite {
        id,
        target,
        caller,
        called: "1".into(),
        offer: media(5_000),
    });
    for _ in 0..2 {
        let invite = send!(bench, "INVITE");
        challenge(&mut bench, &invite, 407);
        send!(bench, "ACK");
    }
    event!(
        bench,
        UaEvent::Released {
            cause: Cause::CallRejected,
            status: Some(407),
            ..
        }
    );
    bench.quiet();
}

#[test]
fn a_trunk_calls_without_a_challenge() {
    let mut bench = bench(None);
    event!(bench, UaEvent::TrunkState { .. });
    let head = bench
        .head("INVITE", "t1", "", 1)
        .replace("<sip:alice@box>", "\"Zoë\" <sip:+4930@provider.example>");
    recv!(bench, "{head}");
    send!(bench, "SIP/2.0 100");
    event!(bench, UaEvent::Incoming { account: None, trunk: Some(TrunkId(1)), caller, .. } => {
        assert_eq!((caller.number.as_str(), caller.name.as_str()), ("+4930", "Zoë"));
    });
    let head = bench
        .head("INVITE", "t2", "", 1)
        .replace("Call-ID: c1", "Call-ID: c2");
    recv!(bench, "{head}\nPrivacy: id");
    send!(bench, "SIP/2.0 100");
    event!(bench, UaEvent::Incoming { caller, .. } => {
        assert_eq!(caller.presentation, telephony::Presentation::Private);
        assert!(caller.number.is_empty());
    });
}
