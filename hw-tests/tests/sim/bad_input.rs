//! What strangers and broken phones send: wrong passwords, malformed messages, foreign and damaged RTP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use hw_tests::scenarios::steps::{
    dials, hang_up, recorded, records_before, sip_answers, sip_ends, sip_rings, speech_both_ways,
};
use hw_tests::scenarios::{Party, describe};
use hw_tests::sip_phone::{Packet, SipPhone, State};
use hw_tests::{Bench, PASSWORD, Setup, until};
use telephony::Cause;

use crate::{Dice, Told};

fn stranger(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 99)), port)
}

fn box_address() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 5060)
}

/// Lets a phone that is not one of the bench's exchange messages with the box.
fn exchange(bench: &mut Told, phone: &mut SipPhone, ms: u32) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    for _ in 0..ms / 10 {
        phone.poll(bench.now());
        for packet in phone.take_output() {
            sent.push(packet.bytes.clone());
            bench.send_packet(packet);
        }
        bench.run_ms(10);
        for packet in bench.take_stray() {
            phone.receive(&packet);
        }
    }
    sent
}

#[test]
fn a_wrong_password() {
    let mut bench = Told::new(Setup {
        settings: store::Settings {
            sip_sha256: true,
            ..store::Settings::default()
        },
        ..Setup::default()
    });
    let before = records_before(&mut bench.0);
    bench.sip_phone(0).use_password("wrong");
    bench.sip_phone(0).register(3_600);
    bench.run_ms(1_000);
    let status = bench.sip_phone(0).registered();
    assert!(
        matches!(status, Some(401 | 403)),
        "a REGISTER with a wrong password got {status:?}"
    );
    bench.sip_phone(0).call("101");
    bench.run_ms(2_000);
    let state = bench.sip(0).state(0);
    assert!(
        matches!(state, Some(State::Over(401 | 403 | 407))),
        "a call with a wrong password is {state:?}"
    );
    assert!(
        !bench.phone(0).ringing(),
        "101 rings for a caller with a wrong password"
    );
    assert_eq!(
        bench.records().len(),
        before,
        "a caller with a wrong password has a call record"
    );
    bench.note("wrong password: REGISTER and INVITE refused, nothing rings, nothing is recorded");
    bench.sip_phone(0).use_password(PASSWORD);
    for algorithm in ["SHA-256", "MD5"] {
        bench.sip_phone(0).use_digest(algorithm);
        bench.sip_phone(0).register(3_600);
        bench.run_ms(500);
        assert_eq!(
            bench.sip_phone(0).registered(),
            Some(200),
            "the right password by {algorithm}"
        );
    }
    bench.normal_calls();
    bench.finish();
}

#[test]
fn an_unknown_user() {
    let mut bench = Told::new(Setup::default());
    let before = records_before(&mut bench.0);
    let mut phone = SipPhone::new(
        "999",
        PASSWORD,
        "tipring.local",
        stranger(5060),
        box_address(),
    );
    phone.register(3_600);
    exchange(&mut bench, &mut phone, 1_000);
    let status = phone.registered();
    assert!(
        matches!(status, Some(401 | 403 | 404)),
        "REGISTER of an unknown user got {status:?}"
    );
    phone.call("101");
    exchange(&mut bench, &mut phone, 1_000);
    let state = phone.state(0);
    assert!(
        matches!(state, Some(State::Over(401 | 403 | 404 | 407))),
        "a call of an unknown user is {state:?}"
    );
    // 102 is an extension, but has no SIP account.
    let mut phone = SipPhone::new(
        "102",
        PASSWORD,
        "tipring.local",
        stranger(5062),
        box_address(),
    );
    phone.register(3_600);
    exchange(&mut bench, &mut phone, 1_000);
    assert!(
        matches!(phone.registered(), Some(401 | 403 | 404)),
        "an analog extension registered by SIP"
    );
    assert_eq!(
        bench.records().len(),
        before,
        "an unknown caller has a call record"
    );
    bench.normal_calls();
    bench.finish();
}

/// Good messages of every kind: a phone of the house registers, calls, holds, hands over, cancels and hangs up.
fn good_messages(bench: &mut Told) -> Vec<Vec<u8>> {
    let mut phone = SipPhone::new(
        "113",
        PASSWORD,
        "tipring.local",
        stranger(5060),
        box_address(),
    );
    let mut good = Vec::new();
    phone.register(3_600);
    good.extend(exchange(bench, &mut phone, 200));
    phone.call("111");
    good.extend(exchange(bench, &mut phone, 300));
    let n = bench.sip(0).call_count() - 1;
    bench.sip(0).answer(n);
    good.extend(exchange(bench, &mut phone, 300));
    phone.hold(0, true);
    good.extend(exchange(bench, &mut phone, 200));
    phone.hold(0, false);
    good.extend(exchange(bench, &mut phone, 200));
    phone.transfer(0, "112");
    good.extend(exchange(bench, &mut phone, 300));
    bench.sip(0).hang_up(n);
    phone.call("102");
    good.extend(exchange(bench, &mut phone, 300));
    phone.hang_up(1);
    good.extend(exchange(bench, &mut phone, 300));
    phone.call("111");
    good.extend(exchange(bench, &mut phone, 300));
    let n = bench.sip(0).call_count() - 1;
    bench.sip(0).answer(n);
    good.extend(exchange(bench, &mut phone, 300));
    phone.hang_up(2);
    good.extend(exchange(bench, &mut phone, 300));
    phone.register(0);
    good.extend(exchange(bench, &mut phone, 300));
    good.retain(|bytes| bytes.first().is_some_and(u8::is_ascii_uppercase));
    assert!(good.len() >= 15, "{} good messages", good.len());
    good
}

fn mutate(dice: &mut Dice, good: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = good[dice.below(good.len())].clone();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(9) {
            0 => bytes[at] = dice.below(256) as u8,
            1 => bytes.truncate(at),
            2 => bytes.insert(at, b"\r\n\0 ;:,<>\"%@=\xff"[dice.below(14)]),
            3 => {
                bytes.remove(at);
            }
            4 => {
                let end = (at + dice.below(40)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = dice.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            5 => {
                let other = &good[dice.below(good.len())];
                bytes.truncate(at);
                bytes.extend_from_slice(&other[dice.below(other.len())..]);
            }
            6 => {
                let huge: Vec<u8> = b"9"
                    .iter()
                    .copied()
                    .cycle()
                    .take(1 + dice.below(300))
                    .collect();
                bytes.splice(at..at, huge);
            }
            7 => lines(&mut bytes, |lines| {
                let n = dice.below(lines.len());
                lines.remove(n);
            }),
            _ => lines(&mut bytes, |lines| {
                let n = dice.below(lines.len());
                let line = lines[n].clone();
                lines.insert(dice.below(lines.len()), line);
            }),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

fn lines(bytes: &mut Vec<u8>, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
    change(&mut lines);
    *bytes = lines.join(&b'\n');
}

/// A thousand damaged messages, while a call goes on.
#[test]
fn a_thousand_damaged_messages() {
    for seed in crate::soak::seeds(1) {
        damaged_messages(10 + seed);
    }
}

fn damaged_messages(seed: u64) {
    let mut bench = Told::new(Setup::default());
    let good = good_messages(&mut bench);
    let known = bench.sip(1).call_count();
    let caller = dials(&mut bench.0, 0, "112");
    let called = sip_rings(&mut bench.0, 1, known, "101");
    sip_answers(&mut bench.0, called);
    bench.take_stray();
    let mut dice = Dice::new(seed);
    let mut statuses = std::collections::BTreeMap::new();
    for n in 0..1_000 {
        let bytes = mutate(&mut dice, &good);
        bench.send_datagram(stranger(5060), &bytes);
        if n % 4 == 0 {
            bench.run_ms(10);
        }
        for packet in bench.take_stray() {
            let text = String::from_utf8_lossy(&packet.bytes).into_owned();
            let Some(status) = text
                .strip_prefix("SIP/2.0 ")
                .and_then(|rest| rest.get(..3)?.parse::<u16>().ok())
            else {
                continue;
            };
            assert_ne!(
                status,
                500,
                "an internal error answers: {}",
                String::from_utf8_lossy(&bytes)
            );
            *statuses.entry(status).or_insert(0) += 1;
        }
    }
    bench.note(&format!(
        "1000 damaged messages are answered (status: times) {statuses:?}"
    ));
    let bad: u32 = statuses
        .iter()
        .filter(|(status, _)| **status >= 400)
        .map(|(_, times)| *times)
        .sum();
    assert!(
        bad >= 100,
        "only {bad} of 1000 damaged messages were refused: {statuses:?}"
    );
    speech_both_ways(&mut bench.0, caller, called);
    hang_up(&mut bench.0, 0);
    sip_ends(&mut bench.0, called, 200);
    // Calls that some of them began ring in vain, or wait for an ACK, and end.
    bench.run_ms(70_000);
    bench.take_stray();
    for n in 0..3 {
        bench.sip_phone(n).register(3_600);
        bench.run_ms(500);
        assert_eq!(
            bench.sip_phone(n).registered(),
            Some(200),
            "SIP phone {n} registers afterwards"
        );
    }
    bench.normal_calls();
    bench.finish();
}

/// Garbage, truncated packets and foreign streams reach the ports of a call: neither ear notices.
#[test]
fn damaged_and_foreign_rtp() {
    let mut bench = Told::new(Setup::default());
    let before = records_before(&mut bench.0);
    let known = bench.sip(0).call_count();
    let caller = dials(&mut bench.0, 0, "111");
    let called = sip_rings(&mut bench.0, 0, known, "101");
    sip_answers(&mut bench.0, called);
    bench.run_ms(500);
    let (port, media) = bench.sip_phone(0).rtp(known).expect("111 has a voice path");
    let phone_at = SocketAddr::new(bench.sip_phone(0).address().ip(), port);
    caller.say(&mut bench.0, Some((1_060.0, -10.0)));
    called.say(&mut bench.0, Some((1_270.0, -10.0)));
    bench.run_ms(500);
    let rtcp = SocketAddr::new(media.ip(), media.port() + 1);
    let mut dice = Dice::new(3);
    let mut loud = rtp_header(0, 0xBAD5_EED5);
    loud.extend([0x00; 160]);
    for n in 0..600u16 {
        let mut own = bench
            .last_rtp()
            .map(|packet| packet.bytes.clone())
            .unwrap_or_default();
        own.truncate(dice.below(60));
        let garbage: Vec<u8> = (0..dice.below(300))
            .map(|_| dice.below(256) as u8)
            .collect();
        loud[2..4].copy_from_slice(&n.to_be_bytes());
        loud[4..8].copy_from_slice(&(u32::from(n) * 160).to_be_bytes());
        // From the phone's own address: its last packet again but cut off, garbage. From elsewhere: a well-formed loud stream, and garbage to RTCP.
        for (from, to, bytes) in [
            (phone_at, media, own),
            (phone_at, media, no_rtp(garbage.clone())),
            (stranger(4_000), media, loud.clone()),
            (stranger(4_001), rtcp, garbage),
        ] {
            bench.send_packet(Packet { from, to, bytes });
        }
        bench.run_ms(10);
    }
    for (mouth, hz, ear) in [(caller, 1_060.0, called), (called, 1_270.0, caller)] {
        let heard = ear.heard_last(&mut bench.0, 5_000);
        let level = heard.tone_dbm0(hz);
        assert!(
            (level + 10.0).abs() < 1.0,
            "{} hears {}, not {}'s {hz} Hz",
            ear.name(),
            describe(&heard),
            mouth.name()
        );
        let (gaps, rest) = (heard.gaps(-22.0, 2), heard.rest_dbm0(hz));
        assert!(gaps.is_empty(), "{} hears gaps: {gaps:?}", ear.name());
        assert!(
            rest < -28.0,
            "{} hears {rest:.1} dBm0 of something else",
            ear.name()
        );
        bench.note(&format!(
            "{} hears {}'s {hz} Hz at {level:.1} dBm0, no gap, anything else {rest:.1} dBm0",
            ear.name(),
            mouth.name()
        ));
    }
    let got = bench
        .take_stray()
        .into_iter()
        .filter(|packet| packet.to == stranger(4_000))
        .count();
    assert_eq!(got, 0, "the stranger gets {got} packets of the call");
    mouth_shut(&mut bench, caller, called);
    speech_both_ways(&mut bench.0, caller, called);
    hang_up(&mut bench.0, 0);
    sip_ends(&mut bench.0, called, 200);
    recorded(
        &mut bench.0,
        before,
        &[("101", "111", Cause::NormalClearing, true)],
    );
    bench.finish();
}

fn mouth_shut(bench: &mut Told, a: Party, b: Party) {
    a.say(&mut bench.0, None);
    b.say(&mut bench.0, None);
    bench.run_ms(1_500);
}

fn rtp_header(payload_type: u8, ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type, 0, 0, 0, 0, 0, 0];
    packet.extend(ssrc.to_be_bytes());
    packet
}

/// Makes sure that it is not RTP by chance: version 2 would be speech of another source.
fn no_rtp(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(first) = bytes.first_mut() {
        *first &= 0x3F;
    }
    bytes
}

/// Datagrams that are no SIP at all: empty, keep-alives, STUN, binary, 64 kB.
#[test]
fn no_sip_at_all() {
    let mut bench = Told::new(Setup::default());
    let mut dice = Dice::new(5);
    let mut stun = vec![0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42];
    stun.extend([7; 12]);
    for bytes in [
        &b""[..],
        b"\r\n\r\n",
        b"\r\n",
        b"\0",
        &stun,
        &[b'A'; 65_000],
        b"INVITE",
        b"SIP/2.0 200 OK\r\n\r\n",
    ] {
        bench.send_datagram(stranger(5060), bytes);
        bench.run_ms(20);
    }
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..dice.below(1_500))
            .map(|_| dice.below(256) as u8)
            .collect();
        bench.send_datagram(stranger(5060), &bytes);
    }
    bench.run_ms(500);
    until(&mut bench.0, "the box is empty", 1_000, |b| {
        b.in_use().calls == 0
    });
    bench.normal_calls();
    bench.finish();
}
