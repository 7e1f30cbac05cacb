use proptest::prelude::*;

use super::*;

const USER: &str = "21";

fn contact(uri: &str) -> ContactUpdate {
    ContactUpdate {
        uri: uri.to_owned(),
        expires: None,
        q_milli: 1000,
        instance: None,
        reg_id: None,
    }
}

fn expiring(uri: &str, seconds: u32) -> ContactUpdate {
    ContactUpdate {
        expires: Some(seconds),
        ..contact(uri)
    }
}

fn at(seconds: u64) -> Instant {
    Instant::from_millis(seconds * 1000)
}

fn uris(bindings: &[Binding<u8>]) -> Vec<&str> {
    bindings
        .iter()
        .map(|binding| binding.uri.as_str())
        .collect()
}

#[test]
fn a_contact_is_bound_refreshed_and_runs_out() {
    let mut r = Registrar::new(Limits::default());
    let bound = r
        .register(
            at(0),
            USER,
            &[contact("sip:21@10.0.0.5")],
            false,
            Some(120),
            "a",
            1,
            7,
        )
        .unwrap();
    assert_eq!((bound[0].remaining_s(at(0)), bound[0].flow), (120, 7));
    assert_eq!(r.poll_timeout(), Some(at(120)));
    let bound = r
        .register(
            at(100),
            USER,
            &[contact("SIP:21@10.0.0.5;x=1")],
            false,
            Some(120),
            "a",
            2,
            8,
        )
        .unwrap();
    assert_eq!((bound.len(), bound[0].flow), (1, 8));
    assert_eq!(r.expire(at(120)), []);
    assert_eq!(r.bindings(at(219), USER).len(), 1);
    assert_eq!(r.bindings(at(220), USER), []);
    assert_eq!(
        r.expire(at(220)),
        [(USER.to_owned(), "SIP:21@10.0.0.5;x=1".to_owned())]
    );
    assert_eq!(
        (r.expire(at(220)).len(), r.poll_timeout(), r.users().count()),
        (0, None, 0)
    );
}

#[test]
fn lengths_are_asked_granted_and_refused() {
    let mut r = Registrar::new(Limits::default());
    let mut granted = |cseq, own, header| {
        let update = ContactUpdate {
            expires: own,
            ..contact("sip:a@h")
        };
        r.register(at(0), USER, &[update], false, header, "a", cseq, 0_u8)
            .map(|b| b[0].remaining_s(at(0)))
    };
    assert_eq!(granted(1, None, None), Ok(3600));
    assert_eq!(granted(2, Some(100), Some(200)), Ok(100));
    assert_eq!(granted(3, None, Some(86_400)), Ok(3600));
    assert_eq!(
        granted(4, Some(59), None),
        Err(RegisterError::IntervalTooBrief { min_s: 60 })
    );
    assert_eq!(granted(5, Some(60), None), Ok(60));
}

#[test]
fn nothing_of_a_refused_request_is_applied() {
    let mut r = Registrar::new(Limits::default());
    r.register(
        at(0),
        USER,
        &[contact("sip:a@h"), contact("sip:b@h")],
        false,
        None,
        "a",
        5,
        1_u8,
    )
    .unwrap();
    let before = r.bindings(at(0), USER);
    let late = r.register(
        at(1),
        USER,
        &[expiring("sip:c@h", 60), expiring("sip:a@h", 0)],
        false,
        None,
        "a",
        5,
        2,
    );
    assert_eq!(late, Err(RegisterError::OutOfOrder { cseq: 5, have: 5 }));
    let brief = r.register(
        at(1),
        USER,
        &[expiring("sip:a@h", 0), expiring("sip:b@h", 5)],
        false,
        None,
        "a",
        6,
        2,
    );
    assert_eq!(brief, Err(RegisterError::IntervalTooBrief { min_s: 60 }));
    let bad = r.register(
        at(1),
        USER,
        &[expiring("sip:a@h", 0), contact("tel:21")],
        false,
        None,
        "a",
        6,
        2,
    );
    assert_eq!(
        bad,
        Err(RegisterError::BadContact {
            uri: "tel:21".to_owned()
        })
    );
    assert_eq!(
        r.register(at(1), USER, &[], true, None, "b", 1, 2),
        Err(RegisterError::BadWildcard)
    );
    let late = r.register(at(1), USER, &[], true, Some(0), "a", 5, 2);
    assert_eq!(late, Err(RegisterError::OutOfOrder { cseq: 5, have: 5 }));
    assert_eq!(r.bindings(at(1), USER), before);
    assert_eq!(
        r.register(at(1), USER, &[], true, Some(0), "a", 6, 2),
        Ok(vec![])
    );
    assert_eq!(r.users().count(), 0);
}

#[test]
fn a_rebooted_phone_replaces_its_old_address() {
    let mut r = Registrar::new(Limits::default());
    let phone = |uri: &str, reg_id| ContactUpdate {
        instance: Some("<urn:uuid:1>".into()),
        reg_id,
        ..contact(uri)
    };
    r.register(
        at(0),
        USER,
        &[phone("sip:a@h:1000", None)],
        false,
        None,
        "a",
        900,
        1_u8,
    )
    .unwrap();
    let bound = r
        .register(
            at(9),
            USER,
            &[phone("sip:a@h:2000", None)],
            false,
            None,
            "b",
            1,
            2,
        )
        .unwrap();
    assert_eq!(uris(&bound), ["sip:a@h:2000"]);
    let bound = r
        .register(
            at(9),
            USER,
            &[phone("sip:a@h:3000", Some(2))],
            false,
            None,
            "c",
            1,
            3,
        )
        .unwrap();
    assert_eq!(
        uris(&bound),
        ["sip:a@h:3000", "sip:a@h:2000"],
        "another flow of the phone stands beside the first"
    );
}

#[test]
fn contacts_come_by_preference_then_by_age() {
    let mut r = Registrar::new(Limits::default());
    let low = ContactUpdate {
        q_milli: 300,
        ..contact("sip:low@h")
    };
    r.register(
        at(0),
        USER,
        &[contact("sip:old@h")],
        false,
        None,
        "a",
        1,
        0_u8,
    )
    .unwrap();
    r.register(at(1), USER, &[low], false, None, "b", 1, 0)
        .unwrap();
    let bound = r
        .register(at(2), USER, &[contact("sip:new@h")], false, None, "c", 1, 0)
        .unwrap();
    assert_eq!(uris(&bound), ["sip:new@h", "sip:old@h", "sip:low@h"]);
}

#[test]
fn every_bound_holds() {
    let limits = Limits {
        contacts_per_user: 2,
        users: 2,
        total: 3,
        ..Limits::default()
    };
    let mut r = Registrar::new(limits);
    let three = [contact("sip:1@h"), contact("sip:2@h"), contact("sip:3@h")];
    let refused = r.register(at(0), "a", &three, false, None, "a", 1, 0_u8);
    assert_eq!(refused, Err(RegisterError::TooManyContacts { limit: 2 }));
    r.register(at(0), "a", &three[..2], false, Some(60), "a", 1, 0)
        .unwrap();
    assert_eq!(
        r.register(at(0), "b", &three[..2], false, None, "b", 1, 0),
        Err(RegisterError::Full)
    );
    r.register(at(0), "b", &three[..1], false, None, "b", 1, 0)
        .unwrap();
    assert_eq!(
        r.register(at(0), "c", &three[..1], false, None, "c", 1, 0),
        Err(RegisterError::Full)
    );
    r.register(at(1), "a", &three[..2], false, Some(60), "a", 2, 0)
        .expect("a refresh needs no room");
    assert_eq!(r.expire(at(61)).len(), 2);
    r.register(at(61), "c", &three[..2], false, None, "c", 2, 0)
        .expect("room is free again");
}

#[test]
fn a_closed_flow_takes_its_contacts_along() {
    let mut r = Registrar::new(Limits::default());
    r.register(at(0), "a", &[contact("sip:1@h")], false, None, "a", 1, 1_u8)
        .unwrap();
    r.register(at(0), "a", &[contact("sip:2@h")], false, None, "b", 1, 2)
        .unwrap();
    r.register(at(0), "b", &[contact("sip:3@h")], false, None, "c", 1, 1)
        .unwrap();
    let gone = r.remove_flow(&1);
    assert_eq!(
        gone,
        [
            ("a".to_owned(), "sip:1@h".to_owned()),
            ("b".to_owned(), "sip:3@h".to_owned())
        ]
    );
    assert_eq!(uris(&r.bindings(at(0), "a")), ["sip:2@h"]);
}

#[test]
fn a_contact_that_ran_out_unseen_is_still_named() {
    let mut r = Registrar::new(Limits::default());
    r.register(
        at(0),
        USER,
        &[expiring("sip:old@h", 60), contact("sip:b@h")],
        false,
        None,
        "a",
        1,
        0_u8,
    )
    .unwrap();
    r.register(
        at(70),
        USER,
        &[contact("sip:new@h")],
        false,
        None,
        "b",
        1,
        0,
    )
    .unwrap();
    assert_eq!(r.poll_timeout(), Some(Instant::ZERO));
    assert_eq!(
        r.expire(at(70)),
        [(USER.to_owned(), "sip:old@h".to_owned())]
    );
    assert_eq!(r.poll_timeout(), Some(at(3600)));
}

#[test]
fn uris_compare_as_in_rfc_3261_section_19_1_4() {
    let equal = [
        (
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtLanTa.CoM;Transport=tcp",
        ),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:carol@chicago.com;newparam=5",
            "sip:carol@chicago.com;security=on",
        ),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:DB8::1]:5070", "sip:a@[2001:db8::1]:5070"),
    ];
    let different = [
        (
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP",
        ),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        (
            "sip:bob@biloxi.com",
            "sip:bob@biloxi.com:6000;transport=tcp",
        ),
        (
            "sip:carol@chicago.com",
            "sip:carol@chicago.com?Subject=next%20meeting",
        ),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        (
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;security=off",
        ),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("sip:biloxi.com", "sip:bob@biloxi.com"),
    ];
    for (a, b) in equal {
        assert!(same_uri(a, b) && same_uri(b, a), "{a} = {b}");
    }
    for (a, b) in different {
        assert!(!same_uri(a, b) && !same_uri(b, a), "{a} /= {b}");
    }
}

/// The naive registrar: one flat list, no cache, no index; contacts are `sip:<n>@h`.
#[derive(Default)]
struct Model(Vec<(usize, usize, u64, usize, u32, u8)>);

#[derive(Clone, Debug)]
enum Step {
    Register {
        user: usize,
        contacts: Vec<(usize, u32)>,
        call: usize,
        cseq: u32,
        flow: u8,
    },
    Clear {
        user: usize,
        call: usize,
        cseq: u32,
    },
    Wait(u64),
    Expire,
    Close(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let expires = prop_oneof![Just(0_u32), Just(30), 60_u32..400];
    let contacts = proptest::collection::vec((0..5_usize, expires), 1..4);
    prop_oneof![
        6 => (0..3_usize, contacts, 0..3_usize, 0..20_u32, 0..3_u8)
            .prop_map(|(user, contacts, call, cseq, flow)| Step::Register { user, contacts, call, cseq, flow }),
        1 => (0..3_usize, 0..3_usize, 0..20_u32).prop_map(|(user, call, cseq)| Step::Clear { user, call, cseq }),
        3 => (0..200_u64).prop_map(Step::Wait),
        2 => Just(Step::Expire),
        1 => (0..3_u8).prop_map(Step::Close),
    ]
}

impl Model {
    fn register(
        &mut self,
        now: u64,
        user: usize,
        contacts: &[(usize, u32)],
        call: usize,
        cseq: u32,
        flow: u8,
    ) -> bool {
        let alive = |b: &&(usize, usize, u64, usize, u32, u8)| b.0 == user && b.2 > now;
        let mut mine: Vec<_> = self.0.iter().filter(alive).copied().collect();
        let stale = |n| {
            self.0
                .iter()
                .filter(alive)
                .any(|b| b.1 == n && b.3 == call && cseq <= b.4)
        };
        for &(n, expires) in contacts {
            if stale(n) || expires > 0 && expires < 60 {
                return false;
            }
            mine.retain(|b| b.1 != n);
            if expires > 0 {
                mine.push((user, n, now + u64::from(expires), call, cseq, flow));
            }
            if mine.len() > 3 {
                return false;
            }
        }
        self.0.retain(|b| b.0 != user);
        self.0.extend(mine);
        true
    }
}

proptest! {
    #[test]
    fn behaves_like_the_naive_model(steps in proptest::collection::vec(step(), 1..60)) {
        let mut model = Model::default();
        let mut r = Registrar::new(Limits { contacts_per_user: 3, ..Limits::default() });
        let mut now = 0;
        for step in steps {
            match step {
                Step::Register { user, contacts, call, cseq, flow } => {
                    let updates: Vec<_> = contacts.iter().map(|(n, s)| expiring(&format!("sip:{n}@h"), *s)).collect();
                    let call_id = call.to_string();
                    let result = r.register(at(now), &user.to_string(), &updates, false, None, &call_id, cseq, flow);
                    prop_assert_eq!(result.is_ok(), model.register(now, user, &contacts, call, cseq, flow));
                }
                Step::Clear { user, call, cseq } => {
                    let result = r.register(at(now), &user.to_string(), &[], true, Some(0), &call.to_string(), cseq, 0);
                    let stale = |b: &(usize, usize, u64, usize, u32, u8)| b.0 == user && b.2 > now && b.3 == call && cseq <= b.4;
                    let refused = model.0.iter().any(stale);
                    prop_assert_eq!(result.is_err(), refused);
                    if !refused {
                        model.0.retain(|b| b.0 != user);
                    }
                }
                Step::Wait(seconds) => now += seconds,
                Step::Expire => {
                    r.expire(at(now));
                    model.0.retain(|b| b.2 > now);
                    prop_assert_eq!(r.poll_timeout(), model.0.iter().map(|b| at(b.2)).min());
                }
                Step::Close(flow) => {
                    r.remove_flow(&flow);
                    model.0.retain(|b| b.5 != flow);
                }
            }
            for user in 0..3 {
                let mut ours: Vec<_> = r.bindings(at(now), &user.to_string()).into_iter()
                    .map(|b| (b.uri, b.expires_at, b.flow, b.cseq)).collect();
                let mut theirs: Vec<_> = model.0.iter().filter(|b| b.0 == user && b.2 > now)
                    .map(|b| (format!("sip:{}@h", b.1), at(b.2), b.5, b.4)).collect();
                ours.sort();
                theirs.sort();
                prop_assert_eq!(ours, theirs);
            }
        }
    }

    #[test]
    fn comparison_is_symmetric_and_never_panics(a in "(sips?:)?[a-c%4@:;=?&\\[\\]é0-9.]{0,20}", b in ".{0,20}") {
        prop_assert!(same_uri(&a, &a));
        prop_assert_eq!(same_uri(&a, &b), same_uri(&b, &a));
        let _ = uri::is_sip(&a);
    }
}
