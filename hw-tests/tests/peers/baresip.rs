//! baresip (Debian package baresip-core).

use hw_tests::Bench;
use hw_tests::live::LiveSetup;
use hw_tests::peers::{Account, Baresip};
use pbxd::signalling::Notice;

use crate::office::{Turn, add_baresip, add_pjsip, open, tell};

#[test]
fn registers_with_digest_and_not_with_a_wrong_password() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    let wrong = Account { password: "guessed".to_owned(), ..Account::of(&bench, 0) };
    let refused = Baresip::start(&wrong).unwrap().registered().unwrap_err().to_string();
    assert!(refused.contains("401") || refused.contains("403"), "baresip says: {refused}");
    assert!(bench.notices().is_empty(), "nobody is registered: {:?}", bench.notices());
    add_baresip(&mut bench, 0);
    bench.run_ms(50);
    let news: Vec<_> = bench.notices().iter().cloned().collect();
    assert!(matches!(&news[..], [Notice::Registered { account, .. }] if account == "111"), "{news:?}");
    bench.stop().unwrap();
}

#[test]
fn unknown_users_are_refused() {
    let _turn = Turn::take();
    let bench = open(LiveSetup::default());
    let unknown = Account { user: "999".to_owned(), ..Account::of(&bench, 0) };
    let refused = Baresip::start(&unknown).unwrap().registered().unwrap_err().to_string();
    assert!(refused.contains("401") || refused.contains("403") || refused.contains("404"), "baresip says: {refused}");
    bench.stop().unwrap();
}

#[test]
fn calls_a_phone_and_is_called_by_it() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    add_baresip(&mut bench, 0);
    tell(&mut bench, &["sip_phone", "phone_sip"]);
    bench.stop().unwrap();
}

#[test]
fn holds_resumes_and_hands_over() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    add_baresip(&mut bench, 0);
    tell(&mut bench, &["hold_by_sip", "transfer_blind"]);
    bench.stop().unwrap();
}

#[test]
fn hangs_up_and_is_hung_up_on_in_every_state() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    add_baresip(&mut bench, 0);
    tell(&mut bench, &["sip_hangs_up"]);
    bench.stop().unwrap();
}

#[test]
fn talks_to_the_lines() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    add_baresip(&mut bench, 0);
    tell(&mut bench, &["line_sip", "sip_line"]);
    bench.stop().unwrap();
}

#[test]
fn works_over_tcp() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    let baresip = Baresip::start(&Account { tcp: true, ..Account::of(&bench, 0) }).unwrap();
    baresip.registered().unwrap();
    bench.add(baresip);
    tell(&mut bench, &["sip_phone", "phone_sip"]);
    bench.stop().unwrap();
}

#[test]
fn meets_pjsip() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    add_baresip(&mut bench, 0);
    add_pjsip(&mut bench, 1);
    tell(&mut bench, &["sip_sip", "called_sip_hangs_up"]);
    bench.stop().unwrap();
}
