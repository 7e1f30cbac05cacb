//! SIPp with the scenarios in `sipp/`.

use std::time::Duration;

use hw_tests::live::{LiveBench, LiveSetup};
use hw_tests::peers::{Account, Sipp};
use hw_tests::scenarios::steps;
use hw_tests::{Bench, SipParty, until};
use pbxd::signalling::Notice;
use telephony::Cause;

use crate::office::{Turn, add_baresip, open};

const LIMIT: Duration = Duration::from_secs(60);

/// A SIPp with account `n`, registered.
fn registered(bench: &LiveBench, n: usize, tcp: bool) -> Sipp {
    let sipp = Sipp::new(&Account {
        tcp,
        ..Account::of(bench, n)
    })
    .unwrap();
    sipp.start("register").unwrap().all_succeed(1, LIMIT);
    sipp
}

#[test]
fn calls_and_is_called_over_udp() {
    let _turn = Turn::take();
    let bench = open(LiveSetup::default());
    let caller = registered(&bench, 0, false);
    let called = registered(&bench, 1, false);
    let answering = called.calls(20, 20, 20).start("answer").unwrap();
    caller
        .dials("112")
        .calls(20, 2, 5)
        .start("call")
        .unwrap()
        .all_succeed(20, LIMIT);
    answering.all_succeed(20, LIMIT);
    all_recorded(bench, 20);
}

#[test]
fn calls_and_is_called_over_tcp() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    let caller = registered(&bench, 0, true);
    // A registration over TCP lasts as long as its connection.
    let called = Sipp::new(&Account {
        tcp: true,
        ..Account::of(&bench, 1)
    })
    .unwrap();
    let answering = called
        .start_with("register_and_stay", Some("answer"))
        .unwrap();
    until(&mut bench, "112 registers", 5_000, |b| {
        b.notices()
            .iter()
            .any(|n| matches!(n, Notice::Registered { account, .. } if account == "112"))
    });
    caller
        .dials("112")
        .calls(20, 2, 5)
        .start("call")
        .unwrap()
        .all_succeed(20, LIMIT);
    drop(answering);
    all_recorded(bench, 20);
}

fn all_recorded(bench: LiveBench, calls: usize) {
    let records = bench.stop().unwrap();
    let good = records
        .iter()
        .filter(|cdr| cdr.answered.is_some() && cdr.cause == Cause::NormalClearing)
        .count();
    assert_eq!((records.len(), good), (calls, calls), "{records:?}");
}

#[test]
fn calls_over_ipv6() {
    let _turn = Turn::take();
    let bench = open(LiveSetup {
        ipv6: true,
        ..LiveSetup::default()
    });
    let server = bench.sip_address_v6().unwrap();
    let caller = Sipp::new(&Account {
        server,
        ..Account::of(&bench, 0)
    })
    .unwrap();
    caller.start("register").unwrap().all_succeed(1, LIMIT);
    let called = registered(&bench, 1, false);
    let answering = called.calls(5, 5, 5).start("answer").unwrap();
    caller
        .dials("112")
        .calls(5, 1, 5)
        .start("call")
        .unwrap()
        .all_succeed(5, LIMIT);
    answering.all_succeed(5, LIMIT);
    all_recorded(bench, 5);
}

#[test]
fn a_wrong_password_and_an_unknown_user_are_refused() {
    let _turn = Turn::take();
    let bench = open(LiveSetup::default());
    for (user, password) in [("111", "guessed"), ("999", "first-secret")] {
        let account = Account {
            user: user.to_owned(),
            password: password.to_owned(),
            ..Account::of(&bench, 0)
        };
        let sipp = Sipp::new(&account).unwrap().dials("101");
        sipp.start("register_refused")
            .unwrap()
            .all_succeed(1, LIMIT);
        sipp.start("call_unauthorized")
            .unwrap()
            .all_succeed(1, LIMIT);
    }
    assert!(
        bench.phone(0).rings().is_empty(),
        "the phone rang for a stranger"
    );
    assert_eq!(bench.stop().unwrap(), [], "a stranger's call was recorded");
}

#[test]
fn an_unknown_number_is_refused() {
    let _turn = Turn::take();
    let bench = open(LiveSetup::default());
    let caller = registered(&bench, 0, false);
    caller
        .dials("777")
        .start("call_refused")
        .unwrap()
        .all_succeed(1, LIMIT);
    let causes: Vec<_> = bench.stop().unwrap().iter().map(|cdr| cdr.cause).collect();
    assert_eq!(causes, [Cause::UnallocatedNumber]);
}

#[test]
fn calls_baresip_through_the_box() {
    let _turn = Turn::take();
    let mut bench = open(LiveSetup::default());
    add_baresip(&mut bench, 0);
    let caller = registered(&bench, 1, false);
    let calling = caller.dials("111").start("call").unwrap();
    let called = steps::sip_rings(&mut bench, 0, 0, "112");
    steps::sip_answers(&mut bench, called);
    calling.all_succeed(1, LIMIT);
    steps::sip_ends(&mut bench, called, 200);
    assert_eq!(SipParty::call_count(bench.sip(0)), 1);
    bench.stop().unwrap();
}
