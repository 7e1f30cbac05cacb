//! The machines in virtual time, against the schedules of RFC 3261 §17.

use telephony::Instant;

use super::*;
use crate::Transport;
use crate::framing::parse;
use crate::message::Uri;

fn flow(transport: Transport) -> Flow {
    Flow {
        transport,
        local: "10.0.0.1:5060".parse().unwrap(),
        remote: "10.0.0.2:5060".parse().unwrap(),
    }
}

fn request(method: Method) -> Message {
    let mut message = Message::request(method, Uri::sip("b", "10.0.0.2"));
    message.push("From", "<sip:a@10.0.0.1>;tag=f");
    message.push("To", "<sip:b@10.0.0.2>");
    message.push("Call-ID", "call");
    message.push("CSeq", format!("1 {method}"));
    message
}

struct Bench {
    layer: Layer,
    ids: Ids,
    /// (milliseconds, first line) of everything sent.
    sent: Vec<(u64, String)>,
    last: Vec<u8>,
    events: Vec<(u64, TxEvent)>,
}

impl Bench {
    fn new() -> Bench {
        let layer = Layer::new(100, Vec::new());
        Bench {
            layer,
            ids: Ids::new([7; 32]),
            sent: Vec::new(),
            last: Vec::new(),
            events: Vec::new(),
        }
    }

    fn drain(&mut self, now: Instant) {
        while let Some((_, bytes)) = self.layer.poll_transmit() {
            let line = String::from_utf8_lossy(&bytes)
                .lines()
                .next()
                .unwrap_or("")
                .to_owned();
            self.sent.push((now.as_millis(), line));
            self.last = bytes;
        }
        while let Some(event) = self.layer.poll_event() {
            self.events.push((now.as_millis(), event));
        }
    }

    fn run(&mut self, until_ms: u64) {
        while let Some((at, _)) = self
            .layer
            .next_timer()
            .filter(|(at, _)| at.as_millis() <= until_ms)
        {
            self.layer.expire(at);
            self.drain(at);
        }
    }

    fn times(&self, start: &str) -> Vec<u64> {
        self.sent
            .iter()
            .filter(|(_, line)| line.starts_with(start))
            .map(|(at, _)| *at)
            .collect()
    }

    /// Answers the last thing sent.
    fn answer(&mut self, at_ms: u64, status: u16, transport: Transport) {
        let sent = parse(&self.last).unwrap();
        let response = Message::response_to(&sent, status, "X", (status > 100).then_some("t"));
        let now = Instant::from_millis(at_ms);
        self.layer.receive(now, response, flow(transport));
        self.drain(now);
    }

    fn start(&mut self, method: Method, transport: Transport) -> ClientId {
        let tx = self
            .layer
            .send(
                Instant::ZERO,
                &mut self.ids,
                request(method),
                flow(transport),
            )
            .unwrap();
        self.drain(Instant::ZERO);
        tx
    }

    fn arrive(&mut self, at_ms: u64, method: Method, branch: &str, transport: Transport) {
        self.run(at_ms);
        let mut message = request(method);
        message.push_front("Via", format!("SIP/2.0/UDP 10.0.0.2;branch={branch}"));
        self.layer
            .receive(Instant::from_millis(at_ms), message, flow(transport));
        self.drain(Instant::from_millis(at_ms));
    }

    fn respond(&mut self, at_ms: u64, tx: ServerId, method: Method, status: u16) {
        let mut asked = request(method);
        asked.push_front("Via", "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKp");
        let response = Message::response_to(&asked, status, "X", Some("t"));
        self.layer
            .respond(Instant::from_millis(at_ms), tx, &response);
        self.drain(Instant::from_millis(at_ms));
    }

    fn server(&self) -> ServerId {
        let find = |(_, event): &(u64, TxEvent)| match event {
            TxEvent::Request { tx, .. } => Some(*tx),
            _ => None,
        };
        self.events.iter().find_map(find).unwrap()
    }
}

#[test]
fn timers_a_and_b_on_udp() {
    let mut bench = Bench::new();
    let tx = bench.start(Method::Invite, Transport::Udp);
    bench.run(100_000);
    assert_eq!(
        bench.times("INVITE"),
        [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]
    );
    assert_eq!(
        bench.events,
        [
            (32_000, TxEvent::Failed { tx, status: 408 }),
            (32_000, TxEvent::Gone { tx })
        ]
    );
    assert_eq!(bench.layer.len(), (0, 0));
}

#[test]
fn timer_b_alone_on_tcp() {
    let mut bench = Bench::new();
    bench.start(Method::Invite, Transport::Tcp);
    bench.run(100_000);
    assert_eq!(bench.times("INVITE"), [0]);
    assert_eq!(bench.events[0].0, 32_000);
}

#[test]
fn timers_e_f_and_k() {
    let mut bench = Bench::new();
    bench.start(Method::Bye, Transport::Udp);
    bench.run(100_000);
    assert_eq!(
        bench.times("BYE"),
        [
            0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500
        ]
    );
    assert_eq!(bench.events[0].0, 32_000);

    let mut bench = Bench::new();
    let tx = bench.start(Method::Bye, Transport::Udp);
    bench.answer(100, 100, Transport::Udp);
    bench.run(10_000);
    assert_eq!(
        bench.times("BYE"),
        [0, 500, 4_500, 8_500],
        "Proceeding repeats every T2"
    );
    bench.answer(10_000, 200, Transport::Udp);
    bench.answer(10_100, 200, Transport::Udp);
    bench.run(100_000);
    let finals = bench.events.iter().filter(
        |(_, e)| matches!(e, TxEvent::Response { response, .. } if response.status() == 200),
    );
    assert_eq!(finals.count(), 1);
    assert_eq!(bench.events.last(), Some(&(15_000, TxEvent::Gone { tx })));
}

#[test]
fn timer_d_repeats_the_ack_and_m_takes_every_2xx() {
    let mut bench = Bench::new();
    let tx = bench.start(Method::Invite, Transport::Udp);
    let invite = bench.last.clone();
    bench.answer(100, 180, Transport::Udp);
    bench.answer(1_000, 486, Transport::Udp);
    assert_eq!(bench.times("ACK"), [1_000]);
    bench.last = invite;
    bench.answer(1_500, 486, Transport::Udp);
    assert_eq!(bench.times("ACK"), [1_000, 1_500]);
    let ack = parse(&bench.last).unwrap();
    assert_eq!(
        (ack.cseq(), ack.to_tag().as_deref()),
        (Some((1, "ACK")), Some("t"))
    );
    bench.run(100_000);
    assert_eq!(
        bench.times("INVITE"),
        [0],
        "a provisional response stops A and B"
    );
    assert_eq!(bench.events.last(), Some(&(33_000, TxEvent::Gone { tx })));

    let mut bench = Bench::new();
    let tx = bench.start(Method::Invite, Transport::Tcp);
    bench.answer(100, 200, Transport::Tcp);
    bench.answer(600, 200, Transport::Tcp);
    assert_eq!(bench.events.len(), 2);
    bench.run(100_000);
    assert_eq!(bench.events.last(), Some(&(32_100, TxEvent::Gone { tx })));
}

#[test]
fn timer_c_and_a_cancel_nobody_answers() {
    let mut bench = Bench::new();
    let tx = bench.start(Method::Invite, Transport::Udp);
    bench.answer(100, 180, Transport::Udp);
    bench.run(200_000);
    assert_eq!(
        bench.events.last(),
        Some(&(181_100, TxEvent::Overdue { tx }))
    );
    let now = Instant::from_millis(181_100);
    assert!(bench.layer.may_cancel(tx));
    bench.layer.cancel(now, tx, None);
    bench.drain(now);
    let cancel = parse(&bench.last).unwrap();
    assert_eq!(
        (cancel.method(), cancel.cseq()),
        (Some(Method::Cancel), Some((1, "CANCEL")))
    );
    bench.run(400_000);
    assert!(
        bench
            .events
            .contains(&(213_100, TxEvent::Failed { tx, status: 408 }))
    );
    assert_eq!(bench.layer.len(), (0, 0));
}

#[test]
fn timers_g_h_and_i() {
    let mut bench = Bench::new();
    bench.arrive(0, Method::Invite, "z9hG4bKp", Transport::Udp);
    let tx = bench.server();
    bench.respond(0, tx, Method::Invite, 180);
    bench.arrive(200, Method::Invite, "z9hG4bKp", Transport::Udp);
    assert_eq!(
        bench.times("SIP/2.0 180"),
        [0, 200],
        "a repeated INVITE gets the last response"
    );
    bench.respond(1_000, tx, Method::Invite, 486);
    bench.run(100_000);
    let schedule = [
        1_000, 1_500, 2_500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500, 32_500,
    ];
    assert_eq!(bench.times("SIP/2.0 486"), schedule);
    assert_eq!(bench.layer.len(), (0, 0));

    let mut bench = Bench::new();
    bench.arrive(0, Method::Invite, "z9hG4bKp", Transport::Udp);
    let tx = bench.server();
    bench.respond(0, tx, Method::Invite, 486);
    bench.arrive(700, Method::Ack, "z9hG4bKp", Transport::Udp);
    bench.arrive(800, Method::Ack, "z9hG4bKp", Transport::Udp);
    bench.run(5_699);
    assert_eq!(
        (bench.times("SIP/2.0 486"), bench.layer.len().1),
        (vec![0, 500], 1)
    );
    bench.run(5_700);
    assert_eq!(bench.layer.len().1, 0);
    assert_eq!(
        bench.events.len(),
        1,
        "the ACK of a failure is nobody else's"
    );
}

#[test]
fn timers_j_and_l() {
    let mut bench = Bench::new();
    bench.arrive(0, Method::Options, "z9hG4bKp", Transport::Udp);
    let tx = bench.server();
    bench.arrive(10, Method::Options, "z9hG4bKp", Transport::Udp);
    assert!(bench.sent.is_empty(), "Trying absorbs");
    bench.respond(20, tx, Method::Options, 200);
    bench.arrive(30_000, Method::Options, "z9hG4bKp", Transport::Udp);
    assert_eq!(bench.times("SIP/2.0 200"), [20, 30_000]);
    bench.run(32_020);
    assert_eq!(bench.layer.len().1, 0);

    let mut bench = Bench::new();
    bench.arrive(0, Method::Invite, "z9hG4bKp", Transport::Udp);
    let tx = bench.server();
    bench.respond(0, tx, Method::Invite, 200);
    bench.arrive(300, Method::Invite, "z9hG4bKp", Transport::Udp);
    assert_eq!(
        bench.times("SIP/2.0 200"),
        [0],
        "Accepted absorbs; the user agent repeats"
    );
    bench.respond(500, tx, Method::Invite, 200);
    assert_eq!(bench.times("SIP/2.0 200"), [0, 500]);
    bench.arrive(600, Method::Ack, "z9hG4bKother", Transport::Udp);
    assert!(matches!(
        bench.events.last(),
        Some((600, TxEvent::Ack { .. }))
    ));
    bench.run(32_000);
    assert_eq!(bench.layer.len().1, 0);
}

#[test]
fn responses_follow_rport_and_received() {
    let mut via = Via::parse("SIP/2.0/UDP 192.168.1.9:5070;branch=z9hG4bKa;rport").unwrap();
    let mut seen = flow(Transport::Udp);
    seen.remote = "10.0.0.2:40000".parse().unwrap();
    stamp(&mut via, seen);
    assert_eq!(
        via.to_string(),
        "SIP/2.0/UDP 192.168.1.9:5070;branch=z9hG4bKa;rport=40000;received=10.0.0.2"
    );
    assert_eq!(reply_flow(&via, seen).remote.port(), 40_000);
    let mut via = Via::parse("SIP/2.0/UDP 192.168.1.9:5070;branch=z9hG4bKa").unwrap();
    stamp(&mut via, seen);
    assert_eq!(
        reply_flow(&via, seen).remote,
        "10.0.0.2:5070".parse().unwrap()
    );
}

#[test]
fn merged_old_style_and_too_many_requests_are_refused() {
    let mut bench = Bench::new();
    bench.layer.limit = 2;
    bench.arrive(0, Method::Invite, "z9hG4bKp", Transport::Udp);
    bench.arrive(1, Method::Invite, "z9hG4bKother", Transport::Udp);
    assert_eq!(bench.times("SIP/2.0 482"), [1]);
    bench.arrive(2, Method::Options, "old", Transport::Udp);
    assert_eq!(bench.times("SIP/2.0 400 Branch"), [2]);
    bench.arrive(3, Method::Options, "z9hG4bKx", Transport::Udp);
    bench.arrive(4, Method::Info, "z9hG4bKy", Transport::Udp);
    assert_eq!(bench.times("SIP/2.0 503"), [4]);
    assert!(parse(&bench.last).unwrap().get("Retry-After").is_some());
    assert_eq!(bench.layer.len(), (0, 2));
}

#[test]
fn a_broken_transport_fails_what_waits_on_it() {
    let mut bench = Bench::new();
    let tx = bench.start(Method::Bye, Transport::Tcp);
    bench
        .layer
        .transport_failed(Instant::from_millis(5), flow(Transport::Tcp));
    bench.drain(Instant::from_millis(5));
    assert_eq!(bench.events[0], (5, TxEvent::Failed { tx, status: 503 }));
    assert_eq!(bench.layer.next_timer(), None);
}
