//! REGISTER and digest.

use super::*;

fn head(bench: &Bench, n: u32, extra: &str) -> String {
    let transport = bench.flow.transport.name();
    let remote = bench.flow.remote;
    format!(
        "REGISTER sip:box SIP/2.0\nVia: SIP/2.0/{transport} {remote};branch=z9hG4bKr{n};rport\nFrom: <sip:alice@box>;tag=r\nTo: <sip:alice@box>\n\
         Call-ID: reg\nCSeq: {n} REGISTER{extra}"
    )
}

/// Sends it through its challenge; the final response.
fn register(bench: &mut Bench, n: u32, extra: &str) -> Message {
    let first = head(bench, n, extra);
    recv!(bench, "{first}");
    let challenge = send!(bench, "SIP/2.0 401");
    let value = Bench::credentials(&challenge, "alice", "secret", "REGISTER", "sip:box");
    let second = head(bench, n + 1, extra);
    recv!(bench, "{second}\nAuthorization: {value}");
    bench.sent()
}

#[test]
fn contacts_come_expire_and_go() {
    let mut bench = Bench::new(Transport::Udp);
    let ok = register(
        &mut bench,
        1,
        "\nContact: <sip:alice@10.0.0.2:5062>\nExpires: 100",
    );
    assert_eq!(
        ok.get("Contact"),
        Some("<sip:alice@10.0.0.2:5062>;expires=100")
    );
    event!(bench, UaEvent::Registered { account, .. } => assert_eq!(account, "alice"));
    bench.pass(50_000);
    let ok = register(
        &mut bench,
        3,
        "\nContact: <sip:alice@10.0.0.2:5062>;expires=100, <sip:alice@10.0.0.3>;q=0.5;expires=9999999",
    );
    assert_eq!(
        ok.all("Contact").collect::<Vec<_>>(),
        [
            "<sip:alice@10.0.0.2:5062>;expires=100",
            "<sip:alice@10.0.0.3>;expires=7200;q=0.500"
        ]
    );
    event!(bench, UaEvent::Registered { contact, .. } => assert_eq!(contact, "sip:alice@10.0.0.3"));
    bench.quiet();
    bench.pass(99_000);
    assert_eq!(bench.ua.poll_timeout().unwrap().1, Timer::Registration);
    bench.quiet();
    bench.pass(2_000);
    event!(bench, UaEvent::Unregistered { contact, .. } => assert_eq!(contact, "sip:alice@10.0.0.2:5062"));
    let query = register(&mut bench, 5, "");
    assert_eq!((query.status(), query.all("Contact").count()), (200, 1));
    let none = register(&mut bench, 7, "\nContact: *\nExpires: 0");
    assert_eq!((none.status(), none.all("Contact").count()), (200, 0));
    event!(bench, UaEvent::Unregistered { .. });
    assert!(bench.ua.contacts(bench.now, "alice").is_empty());
}

#[test]
fn what_a_registrar_refuses() {
    let mut bench = Bench::new(Transport::Udp);
    let brief = register(
        &mut bench,
        1,
        "\nContact: <sip:alice@10.0.0.2>\nExpires: 10",
    );
    assert_eq!(
        (brief.status(), brief.get("Min-Expires")),
        (423, Some("60"))
    );
    assert_eq!(
        register(&mut bench, 3, "\nContact: *\nExpires: 10").status(),
        400
    );
    let many = "\nContact: <sip:a@1.1.1.1>, <sip:a@1.1.1.2>, <sip:a@1.1.1.3>, <sip:a@1.1.1.4>";
    assert_eq!(register(&mut bench, 5, many).status(), 403);
    let first = head(&bench, 7, "").replace("To: <sip:alice@box>", "To: <sip:bob@box>");
    recv!(bench, "{first}");
    let challenge = send!(bench, "SIP/2.0 401");
    let value = Bench::credentials(&challenge, "alice", "secret", "REGISTER", "sip:box");
    let second = head(&bench, 8, "").replace("To: <sip:alice@box>", "To: <sip:bob@box>");
    recv!(bench, "{second}\nAuthorization: {value}");
    send!(bench, "SIP/2.0 403");
    assert!(bench.events.is_empty());
}

#[test]
fn wrong_unknown_stale_and_malformed() {
    let mut bench = Bench::new(Transport::Udp);
    for (n, user, password) in [(1, "alice", "wrong"), (3, "nobody", "secret")] {
        let first = head(&bench, n, "");
        recv!(bench, "{first}");
        let challenge = send!(bench, "SIP/2.0 401");
        let value = Bench::credentials(&challenge, user, password, "REGISTER", "sip:box");
        let second = head(&bench, n + 1, "");
        recv!(bench, "{second}\nAuthorization: {value}");
        let again = send!(bench, "SIP/2.0 401");
        assert!(
            !again.get("WWW-Authenticate").unwrap().contains("stale"),
            "{user}"
        );
    }
    let first = head(&bench, 5, "");
    recv!(bench, "{first}");
    let challenge = send!(bench, "SIP/2.0 401");
    let value = Bench::credentials(&challenge, "alice", "secret", "REGISTER", "sip:box");
    bench.pass(400_000);
    let late = head(&bench, 6, "");
    recv!(bench, "{late}\nAuthorization: {value}");
    assert!(
        send!(bench, "SIP/2.0 401")
            .get("WWW-Authenticate")
            .unwrap()
            .contains("stale=true")
    );
    let broken = head(&bench, 7, "");
    recv!(
        bench,
        "{broken}\nAuthorization: Digest username=\"alice\", realm=\"box\""
    );
    send!(bench, "SIP/2.0 400");
    bench.quiet();
}

#[test]
fn a_closed_connection_takes_its_contacts_along() {
    let mut bench = Bench::new(Transport::Tcp);
    register(
        &mut bench,
        1,
        "\nContact: <sip:alice@192.168.7.7:9;transport=tcp>\nExpires: 600",
    );
    event!(bench, UaEvent::Registered { .. });
    let id = bench.ua.new_invite_id();
    let (target, caller) = (
        Target::Account("alice".into()),
        telephony::CallerId::new("1", ""),
    );
    bench.command(Command::Invite {
        id,
        target,
        caller,
        called: "2".into(),
        offer: media(5_000),
    });
    let (_, to, _) = bench.transmits[0];
    assert_eq!(to, bench.flow, "calls come back over the connection");
    let flow = bench.flow;
    bench.input(Input::StreamClosed { flow });
    event!(bench, UaEvent::Unregistered { .. });
}

#[test]
fn removed_accounts_lose_their_contacts() {
    let mut bench = Bench::new(Transport::Udp);
    bench.register_bob("10.0.0.2:5064");
    bench.ua.set_accounts(bench.now, Vec::new());
    bench.input(Input::Timeout);
    event!(bench, UaEvent::Unregistered { account, .. } => assert_eq!(account, "bob"));
    bench.pass(700_000);
    bench.quiet();
}

#[test]
fn behind_a_nat_the_flow_counts_and_at_home_the_contact() {
    for (contact, expected) in [
        ("192.168.1.5:5060", "10.0.0.2:5062"),
        ("10.0.0.2:5070", "10.0.0.2:5070"),
    ] {
        let mut bench = Bench::new(Transport::Udp);
        register(
            &mut bench,
            1,
            &format!("\nContact: <sip:alice@{contact}>\nExpires: 600"),
        );
        event!(bench, UaEvent::Registered { .. });
        let id = bench.ua.new_invite_id();
        let (target, caller) = (
            Target::Account("alice".into()),
            telephony::CallerId::new("1", ""),
        );
        bench.command(Command::Invite {
            id,
            target,
            caller,
            called: "2".into(),
            offer: media(5_000),
        });
        let (_, to, _) = bench.transmits[0];
        assert_eq!(to.remote, expected.parse().unwrap());
        assert!(
            send!(bench, "INVITE")
                .uri()
                .unwrap()
                .to_string()
                .contains(contact)
        );
    }
}
