use proptest::prelude::*;
use telephony::{Duration, Instant};

use super::hash::{Qop, hex, hmac_sha256, response, unhex};
use super::*;

const REALM: &str = "pbx.example";
const URI: &str = "sip:pbx.example";

fn challenger() -> Challenger {
    Challenger::new([7; 32], REALM)
}

fn alice() -> Ha1 {
    Ha1::from_password("alice", REALM, "wonder")
}

fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

fn answer_to(challenges: &[String], nc: u32) -> String {
    let challenges: Vec<&str> = challenges.iter().map(String::as_str).collect();
    respond(
        &challenges,
        "REGISTER",
        URI,
        "alice",
        &alice(),
        "c0ffee",
        nc,
    )
    .unwrap()
}

fn ok() -> Verdict {
    Verdict::Ok {
        username: "alice".to_owned(),
    }
}

#[test]
fn the_examples_of_rfc_7616_section_3_9_1() {
    let ha1 = Ha1::from_password("Mufasa", "http-auth@example.org", "Circle of Life");
    let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    let qop = Qop {
        nc: "00000001",
        cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    };
    let of = |algorithm| {
        hex(&response(
            algorithm,
            &ha1,
            "GET",
            "/dir/index.html",
            nonce,
            Some(&qop),
        ))
    };
    assert_eq!(of(Algorithm::Md5), "8ca523f5e9506fed4657c9700eebdbec");
    assert_eq!(
        of(Algorithm::Sha256),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
}

#[test]
fn the_example_of_rfc_2617_section_3_5() {
    let ha1 = Ha1::from_password("Mufasa", "testrealm@host.com", "Circle Of Life");
    let challenge = "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
                     nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    let header = respond(
        &[challenge],
        "GET",
        "/dir/index.html",
        "Mufasa",
        &ha1,
        "0a4f113b",
        1,
    )
    .unwrap();
    let parameters = Parameters::parse(&header).unwrap();
    assert_eq!(
        parameters.get("response"),
        Some("6629fae49393a05397450978507c4ef1")
    );
    assert_eq!(
        parameters.get("opaque"),
        Some("5ccc069c403ebaf9f0171e9517f40e41")
    );
    assert_eq!(parameters.get("nc"), Some("00000001"));
    assert_eq!(parameters.get("algorithm"), None);
}

#[test]
fn hmac_is_that_of_rfc_4231() {
    let cases: [(&[u8], &[u8], &str); 5] = [
        (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to \
              be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (key, message, mac) in cases {
        assert_eq!(hex(&hmac_sha256(key, message)), mac);
    }
}

#[test]
fn both_sides_agree_in_both_algorithms() {
    let mut server = challenger();
    let challenges = server.challenges(at(1), false);
    assert!(challenges[0].contains("SHA-256") && challenges[1].contains("algorithm=MD5"));
    let strong = answer_to(&challenges, 1);
    assert!(strong.contains("algorithm=SHA-256"));
    assert_eq!(username(&strong).as_deref(), Some("alice"));
    assert_eq!(realm(&challenges[0]).as_deref(), Some(REALM));
    assert_eq!(
        server.check(at(1), "REGISTER", &strong, URI, Some(&alice())),
        ok()
    );
    let weak = answer_to(&server.challenges(at(1), false)[1..], 1);
    assert!(weak.contains("algorithm=MD5"));
    assert_eq!(
        server.check(at(1), "REGISTER", &weak, URI, Some(&alice())),
        ok()
    );
}

#[test]
fn each_count_is_taken_once_in_any_order_within_the_window() {
    let mut server = challenger();
    let challenges = server.challenges(at(0), false);
    let mut take = |nc| {
        server.check(
            at(1),
            "REGISTER",
            &answer_to(&challenges, nc),
            URI,
            Some(&alice()),
        )
    };
    for (nc, verdict) in [
        (5, ok()),
        (5, Verdict::Stale),
        (3, ok()),
        (3, Verdict::Stale),
        (4, ok()),
        (6, ok()),
    ] {
        assert_eq!(take(nc), verdict, "nc {nc}");
    }
    assert_eq!(take(100), ok());
    assert_eq!(take(37), ok(), "63 behind is in the window");
    assert_eq!(take(36), Verdict::Stale, "64 behind is not");
    assert_eq!(take(u32::MAX), ok());
    assert_eq!(take(100), Verdict::Stale);
}

#[test]
fn forgetting_a_nonce_never_lets_a_replay_in() {
    let mut server = challenger().with_replay_capacity(2);
    let sets: Vec<_> = (0..4).map(|_| server.challenges(at(0), false)).collect();
    for set in &sets[..3] {
        assert_eq!(
            server.check(at(1), "REGISTER", &answer_to(set, 1), URI, Some(&alice())),
            ok()
        );
        assert!(server.remembered() <= 2);
    }
    for set in &sets[..3] {
        assert_eq!(
            server.check(at(2), "REGISTER", &answer_to(set, 1), URI, Some(&alice())),
            Verdict::Stale
        );
    }
    assert_eq!(
        server.check(
            at(2),
            "REGISTER",
            &answer_to(&sets[3], 1),
            URI,
            Some(&alice())
        ),
        ok()
    );
    let late = server.challenges(at(400), false);
    assert_eq!(
        server.check(
            at(400),
            "REGISTER",
            &answer_to(&late, 1),
            URI,
            Some(&alice())
        ),
        ok()
    );
    assert_eq!(server.remembered(), 1, "nonces past their life are dropped");
}

#[test]
fn an_old_or_foreign_nonce_is_stale_only_for_who_knows_the_password() {
    let mut server = challenger();
    let challenges = server.challenges(at(0), false);
    let header = answer_to(&challenges, 1);
    let other = Ha1::from_password("alice", REALM, "guess");
    assert_eq!(
        server.check(at(301), "REGISTER", &header, URI, Some(&alice())),
        Verdict::Stale
    );
    assert_eq!(
        server.check(at(301), "REGISTER", &header, URI, Some(&other)),
        Verdict::Wrong
    );
    assert_eq!(
        server.check(at(301), "REGISTER", &header, URI, None),
        Verdict::Wrong
    );
    assert_eq!(
        server.check(at(300), "REGISTER", &header, URI, Some(&alice())),
        ok()
    );
    let mut restarted = Challenger::new([8; 32], REALM);
    assert_eq!(
        restarted.check(at(1), "REGISTER", &header, URI, Some(&alice())),
        Verdict::Stale
    );
    assert!(
        server
            .challenges(at(1), true)
            .iter()
            .all(|challenge| challenge.ends_with("stale=true"))
    );
    let mut short = challenger().with_nonce_life(Duration::from_secs(2));
    let header = answer_to(&short.challenges(at(0), false), 1);
    assert_eq!(
        short.check(at(3), "REGISTER", &header, URI, Some(&alice())),
        Verdict::Stale
    );
}

#[test]
fn what_is_wrong_is_told_apart() {
    let mut server = challenger();
    let challenges = server.challenges(at(0), false);
    let good = answer_to(&challenges, 1);
    let mut check = |header: &str, method: &str, uri: &str| {
        server.check(at(1), method, header, uri, Some(&alice()))
    };
    assert_eq!(check(&good, "INVITE", URI), Verdict::Wrong);
    assert_eq!(
        check(&good.replace(REALM, "other"), "REGISTER", "sip:other"),
        Verdict::Wrong
    );
    let cases = [
        ("Basic YTpi".to_owned(), DigestError::NotDigest),
        ("Digest".to_owned(), DigestError::NotDigest),
        (
            good.replace("nc=00000001", "nc=1"),
            DigestError::BadValue {
                name: "nc",
                value: "1".into(),
            },
        ),
        (
            good.replace("nc=00000001", "nc=00000000"),
            DigestError::BadValue {
                name: "nc",
                value: "00000000".into(),
            },
        ),
        (good.replace(", qop=auth", ""), DigestError::Missing("qop")),
        (
            good.replace("qop=auth", "qop=auth-int"),
            DigestError::BadValue {
                name: "qop",
                value: "auth-int".into(),
            },
        ),
        (
            good.replace("SHA-256", "MD5-sess"),
            DigestError::BadValue {
                name: "algorithm",
                value: "MD5-sess".into(),
            },
        ),
        (
            format!("{good}, QOP=auth"),
            DigestError::Duplicate("qop".into()),
        ),
        (
            format!("{good}, x=\"open"),
            DigestError::Syntax { at: good.len() + 2 },
        ),
        (format!("Digest {}", "x".repeat(5000)), DigestError::TooLong),
    ];
    for (header, error) in cases {
        assert_eq!(
            check(&header, "REGISTER", URI),
            Verdict::Malformed(error),
            "{header}"
        );
    }
    let elsewhere = Verdict::Malformed(DigestError::UriMismatch { uri: URI.into() });
    assert_eq!(check(&good, "REGISTER", "sip:21@pbx.example"), elsewhere);
    assert_eq!(check(&good, "REGISTER", "sip:evil.example"), elsewhere);
    assert_eq!(
        check(&good, "REGISTER", "SIP:PBX.example:5060;transport=udp"),
        ok(),
        "the same resource"
    );
}

#[test]
fn headers_are_read_in_any_spelling() {
    let mut server = challenger();
    let good = answer_to(&server.challenges(at(0), false), 1);
    let odd = good
        .replacen("Digest ", "dIGEST \t, ", 1)
        .replace("nc=", "foo=bar,, NC = ")
        .replace("qop=auth", "qop=\"auth\"");
    assert_eq!(
        server.check(at(0), "REGISTER", &odd, URI, Some(&alice())),
        ok()
    );
    assert_eq!(
        username(r#"Digest realm=x, username="a\"b\\c""#).as_deref(),
        Some(r#"a"b\c"#)
    );
    assert_eq!(
        username("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe").as_deref(),
        Some("Jäsøn Doe")
    );
    assert_eq!(username("Digest username*=UTF-8''J%C3"), None);
}

#[test]
fn the_way_of_rfc_2069_is_refused_unless_asked_for() {
    let mut server = challenger();
    let challenge = server.challenges(at(0), false)[1].replace(", qop=\"auth\"", "");
    let header = respond(&[&challenge], "REGISTER", URI, "alice", &alice(), "c", 1).unwrap();
    assert!(!header.contains("qop") && !header.contains("cnonce"));
    let missing = Verdict::Malformed(DigestError::Missing("qop"));
    assert_eq!(
        server.check(at(1), "REGISTER", &header, URI, Some(&alice())),
        missing
    );
    let mut server = server.accept_without_qop(true);
    assert_eq!(
        server.check(at(1), "REGISTER", &header, URI, Some(&alice())),
        ok()
    );
    assert_eq!(
        server.check(at(1), "REGISTER", &header, URI, Some(&alice())),
        Verdict::Stale
    );
}

#[test]
fn a_client_refuses_what_it_cannot_answer() {
    let ha1 = alice();
    let ask = |challenge: &str| respond(&[challenge], "INVITE", URI, "alice", &ha1, "c", 1);
    let unusable = Err(DigestError::NoUsableChallenge);
    assert_eq!(
        ask("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256"),
        unusable
    );
    assert_eq!(
        ask("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\""),
        unusable
    );
    assert_eq!(
        ask("Digest realm=\"r\""),
        Err(DigestError::Missing("nonce"))
    );
    assert_eq!(respond(&[], "INVITE", URI, "alice", &ha1, "c", 1), unusable);
    let injected = respond(
        &["Digest realm=\"r\", nonce=\"n\""],
        "INVITE",
        URI,
        "a\r\nX: y",
        &ha1,
        "c",
        1,
    );
    assert!(matches!(
        injected,
        Err(DigestError::BadValue {
            name: "username",
            ..
        })
    ));
}

#[test]
fn secrets_are_not_printed() {
    assert_eq!(format!("{:?}", alice()), "Ha1(secret)");
    let printed = format!("{:?}", Challenger::new([0xab; 32], REALM));
    assert!(
        !printed.contains("171") && !printed.contains("secret"),
        "{printed}"
    );
}

proptest! {
    #[test]
    fn reading_never_panics(header in "(Digest )?[a-z=\\\\\", *%'0-9é\t]{0,60}", uri in ".{0,30}") {
        let _ = (username(&header), realm(&header), challenger().check(at(0), "X", &header, &uri, None));
        let _ = respond(&[&header], "X", &uri, "u", &alice(), "c", 1);
    }

    #[test]
    fn any_user_and_password_agree(user in "[^\\p{Cc}]{1,20}", password in ".{0,20}", nc in 1_u32..) {
        let mut server = challenger();
        let ha1 = Ha1::from_password(&user, REALM, &password);
        let challenges = server.challenges(at(0), false);
        let header = respond(&[&challenges[1]], "INVITE", URI, &user, &ha1, "c", nc).unwrap();
        let known = username(&header);
        prop_assert_eq!(known.as_deref(), Some(user.as_str()));
        prop_assert_eq!(server.check(at(0), "INVITE", &header, URI, Some(&ha1)), Verdict::Ok { username: user });
    }

    #[test]
    fn hex_round_trips(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        prop_assert_eq!(unhex(&hex(&bytes)), Some(bytes));
    }
}
