//! Bad input: mutated messages, broken streams, floods.

use super::*;

struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

fn mutate(random: &mut Random, good: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(8) {
            0 => bytes[at] = random.below(256) as u8,
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, random.below(256) as u8),
            3 => bytes.truncate(at.max(1)),
            4 => {
                let end = (at + random.below(40)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            5 => {
                let end = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            6 => bytes.splice(at..at, *b"\r\n").for_each(drop),
            _ => bytes
                .splice(at..at, b"4294967296;<\"%00".iter().copied())
                .for_each(drop),
        }
        if bytes.is_empty() {
            bytes.push(b'X');
        }
    }
    bytes
}

#[test]
fn a_thousand_mutations_get_an_answer_or_silence() {
    let mut random = Random(0x5EED);
    let mut counts = std::collections::BTreeMap::new();
    for round in 0..1_000 {
        let mut bench = Bench::new(if round % 2 == 0 {
            Transport::Udp
        } else {
            Transport::Tcp
        });
        let body = media(4_000).to_string();
        let (method, tag) = match round % 6 {
            0 => ("INVITE", String::new()),
            1 => ("OPTIONS", String::new()),
            2 => ("REGISTER", String::new()),
            3 => ("REFER", bench.established().1),
            4 => ("INVITE", bench.established().1),
            _ => ("INFO", bench.established().1),
        };
        bench.transmits.clear();
        let head = bench.head(method, "m", &tag, 10).replace('\n', "\r\n");
        let body = body.replace("\r\n", "\n").replace('\n', "\r\n");
        let extra = "Refer-To: <sip:200@box?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\nContent-Type: application/sdp";
        let good = format!(
            "{head}\r\n{extra}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let bad = mutate(&mut random, good.as_bytes());
        bench.bytes(&bad);
        bench.pass(400);
        for (_, _, bytes) in &bench.transmits {
            if let Ok(message) = crate::framing::parse(bytes) {
                *counts.entry(message.status()).or_insert(0) += 1;
            }
        }
        // Whatever it was, the box still works.
        bench.transmits.clear();
        bench.flow = flow(bench.flow.transport, "10.0.0.9:5062");
        let probe = bench
            .head("OPTIONS", "probe", "", 1)
            .replace("Call-ID: c1", "Call-ID: probe");
        recv!(bench, "{probe}");
        assert!(
            bench
                .transmits
                .iter()
                .any(|(_, _, b)| b.starts_with(b"SIP/2.0 200")),
            "round {round}"
        );
    }
    assert!(counts.get(&400).is_some_and(|n| *n > 50), "{counts:?}");
}

#[test]
fn a_flood_is_answered_503_and_forgotten() {
    let mut bench = Bench::new(Transport::Udp);
    bench.ua = UserAgent::new(
        Config {
            limits: Limits {
                transactions: 100,
                ..Limits::default()
            },
            ..Config::new("box", vec![(Transport::Udp, BOX.parse().unwrap())])
        },
        [1; 32],
    );
    for n in 0..150 {
        let head = bench.head("OPTIONS", &format!("f{n}"), "", n);
        recv!(bench, "{head}");
    }
    let refused = bench.times("SIP/2.0 503", 0).len();
    assert_eq!(refused, 50);
    bench.pass(40_000);
    let head = bench.head("OPTIONS", "after", "", 200);
    recv!(bench, "{head}");
    send!(bench, "SIP/2.0 200");
}

/// RFC 3261 §26.3.2.4: who has not said who he is gets one challenge, and nothing is kept for him. Repeated answers would go to
/// whomever a forged source names.
#[test]
fn strangers_get_one_challenge_and_take_no_room() {
    let mut bench = Bench::new(Transport::Udp);
    bench.ua = UserAgent::new(
        Config {
            limits: Limits {
                transactions: 100,
                ..Limits::default()
            },
            ..Config::new("box", vec![(Transport::Udp, BOX.parse().unwrap())])
        },
        [1; 32],
    );
    for n in 0..150 {
        let head = bench.head("INVITE", &format!("f{n}"), "", n);
        recv!(bench, "{head}");
    }
    let head = bench.head("OPTIONS", "meanwhile", "", 200);
    recv!(bench, "{head}");
    bench.pass(40_000);
    let mut counts = BTreeMap::new();
    for (_, _, bytes) in &bench.transmits {
        let status = crate::framing::parse(bytes).unwrap().status();
        *counts.entry(status).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([(200, 1), (407, 150)]));
}

#[test]
fn streams_ping_break_and_idle_out() {
    let mut bench = Bench::new(Transport::Tcp);
    bench.bytes(b"\r\n\r\n");
    assert_eq!(bench.transmits.pop_front().unwrap().2, b"\r\n");
    let head = bench.head("OPTIONS", "x", "", 1).replace('\n', "\r\n");
    bench.bytes(format!("{head}\r\nContent-Length: nine\r\n\r\n").as_bytes());
    send!(bench, "SIP/2.0 400");
    assert_eq!(bench.closed, [bench.flow]);
    bench.closed.clear();
    bench.flow = flow(Transport::Tcp, "10.0.0.7:1000");
    bench.bytes(b"OPT");
    bench.pass(32_000);
    assert_eq!(bench.closed, [bench.flow]);
    bench.quiet();
}

#[test]
fn keep_alive_datagrams_are_silent() {
    let mut bench = Bench::new(Transport::Udp);
    for bytes in [
        &b"\r\n\r\n"[..],
        b"\0\0\0\0",
        b"",
        b"hello",
        b"SIP/2.0 200 OK\r\n\r\n",
    ] {
        bench.bytes(bytes);
    }
    bench.quiet();
}
