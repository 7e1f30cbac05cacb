//! baresip (Debian package baresip-core).

use hw_tests::Bench;
use hw_tests::live::{LiveBench, LiveSetup};
use hw_tests::peers::{Account, Baresip};
use hw_tests::scenarios::{self, steps};
use hw_tests::sip_phone::State;
use pbxd::signalling::Notice;
use telephony::Cause;

use crate::office::{Turn, add_baresip, add_pjsip, open, tell, tell_with_pjsip};

#[test]
fn registers_with_digest_and_not_with_a_wrong_password() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    let wrong = Account {
        password: "guessed".to_owned(),
        ..Account::of(&bench, 0)
    };
    let refused = Baresip::start(&wrong)
        .unwrap()
        .registered()
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("401") || refused.contains("403"),
        "baresip says: {refused}"
    );
    assert!(
        bench.notices().is_empty(),
        "nobody is registered: {:?}",
        bench.notices()
    );
    add_baresip(&mut bench, 0);
    bench.run_ms(50);
    let news: Vec<_> = bench.notices().iter().cloned().collect();
    assert!(
        matches!(&news[..], [Notice::Registered { account, .. }] if account == "111"),
        "{news:?}"
    );
    bench.stop().unwrap();
}

#[test]
fn unknown_users_are_refused() {
    let _turn = Turn::take();
    let bench = open(LiveSetup::default());
    let unknown = Account {
        user: "999".to_owned(),
        ..Account::of(&bench, 0)
    };
    let refused = Baresip::start(&unknown)
        .unwrap()
        .registered()
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("401") || refused.contains("403") || refused.contains("404"),
        "baresip says: {refused}"
    );
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
    every_end(&mut bench);
    bench.stop().unwrap();
}

fn every_end(bench: &mut LiveBench) {
    bench.note("while the other rings");
    let caller = steps::sip_calls(bench, 0, "102");
    steps::rings(bench, 1);
    steps::sip_is(bench, caller, &State::Ringback);
    steps::sip_hangs_up(bench, caller);
    steps::sip_ends(bench, caller, 487);
    steps::stops_ringing(bench, 1, 100);
    bench.note("while it rings: the caller, then baresip itself");
    steps::dials(bench, 0, "111");
    let called = steps::sip_rings(bench, 0, 1, "101");
    steps::hang_up(bench, 0);
    steps::sip_ends(bench, called, 487);
    let caller = steps::dials(bench, 0, "111");
    let called = steps::sip_rings(bench, 0, 2, "101");
    steps::sip_hangs_up(bench, called);
    scenarios::hears(bench, caller, &scenarios::BUSY);
    steps::hang_up(bench, 0);
    bench.note("while it holds: baresip, then the other");
    for (call, baresip_ends) in [(3, true), (4, false)] {
        let caller = steps::dials(bench, 0, "111");
        let called = steps::sip_rings(bench, 0, call, "101");
        steps::sip_answers(bench, called);
        bench.sip(0).hold(call, true);
        scenarios::hears(bench, caller, &scenarios::HOLD);
        if baresip_ends {
            steps::sip_hangs_up(bench, called);
            scenarios::hears(bench, caller, &scenarios::BUSY);
        }
        steps::hang_up(bench, 0);
        steps::sip_ends(bench, called, 200);
    }
    let rows: [steps::Row<'_>; 5] = [
        ("111", "102", Cause::NormalClearing, false),
        ("101", "111", Cause::NormalClearing, false),
        ("101", "111", Cause::UserBusy, false),
        ("101", "111", Cause::NormalClearing, true),
        ("101", "111", Cause::NormalClearing, true),
    ];
    steps::recorded(bench, 0, &rows);
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
    let baresip = Baresip::start(&Account {
        tcp: true,
        ..Account::of(&bench, 0)
    })
    .unwrap();
    baresip.registered().unwrap();
    bench.add(baresip);
    tell(&mut bench, &["sip_phone", "phone_sip"]);
    bench.stop().unwrap();
}

#[test]
fn meets_pjsip() {
    let _turn = Turn::take();
    let stage = || {
        let mut bench = open(LiveSetup::default());
        add_baresip(&mut bench, 0);
        add_pjsip(&mut bench, 1);
        bench
    };
    tell_with_pjsip(stage, &["sip_sip", "called_sip_hangs_up"]);
}

#[test]
fn talks_over_ipv6() {
    let _turn = Turn::take();
    let stage = || {
        let mut bench = open(LiveSetup {
            ipv6: true,
            ..LiveSetup::default()
        });
        let server = bench.sip_address_v6().unwrap();
        let baresip = Baresip::start(&Account {
            server,
            ..Account::of(&bench, 0)
        })
        .unwrap();
        baresip.registered().unwrap();
        bench.add(baresip);
        // The other one speaks IPv4: the box stands between.
        add_pjsip(&mut bench, 1);
        bench
    };
    tell_with_pjsip(stage, &["sip_phone", "sip_sip"]);
}
