//! PJSIP through pjsua2.

use hw_tests::live::{LiveBench, LiveSetup};
use hw_tests::peers::{Account, Pjsua};

use crate::office::{Turn, add_baresip, add_pjsip, open, tell_with_pjsip};

fn alone() -> LiveBench {
    let mut bench = open(LiveSetup::default());
    add_pjsip(&mut bench, 0);
    bench
}

#[test]
fn calls_a_phone_and_is_called_by_it() {
    let _turn = Turn::take();
    tell_with_pjsip(alone, &["sip_phone", "phone_sip"]);
}

#[test]
fn is_refused_with_a_wrong_password() {
    let _turn = Turn::take();
    let bench = open(LiveSetup::default());
    let wrong = Account {
        password: "guessed".to_owned(),
        ..Account::of(&bench, 0)
    };
    let status = Pjsua::start(&wrong).unwrap().registered().unwrap();
    assert!(matches!(status, 401 | 403), "{status}");
    bench.stop().unwrap();
}

#[test]
fn calls_outside_and_gets_calls_from_outside() {
    let _turn = Turn::take();
    tell_with_pjsip(alone, &["sip_line", "line_sip"]);
}

#[test]
fn meets_baresip() {
    let _turn = Turn::take();
    let both = || {
        let mut bench = alone();
        add_baresip(&mut bench, 1);
        bench
    };
    tell_with_pjsip(both, &["sip_sip"]);
}

#[test]
fn holds_and_hands_over_in_both_ways() {
    let _turn = Turn::take();
    let two = || {
        let mut bench = alone();
        add_pjsip(&mut bench, 1);
        bench
    };
    tell_with_pjsip(two, &["hold_by_sip", "transfer_blind", "transfer_attended"]);
}

#[test]
fn works_over_tcp() {
    let _turn = Turn::take();
    let over_tcp = || {
        let mut bench = open(LiveSetup::default());
        let account = Account {
            tcp: true,
            ..Account::of(&bench, 0)
        };
        let pjsua = Pjsua::start(&account).unwrap();
        assert_eq!(pjsua.registered().unwrap(), 200);
        bench.add(pjsua);
        bench
    };
    tell_with_pjsip(over_tcp, &["sip_phone", "phone_sip"]);
}
