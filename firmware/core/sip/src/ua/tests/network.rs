//! Two user agents through a network that loses, doubles and delays.

use std::collections::BTreeMap;

use telephony::{CallerId, Cause};

use super::*;

struct Net {
    seed: u64,
    loss_percent: u64,
    /// (arrival, serial) -> (to which side, flow as that side sees it, bytes)
    wire: BTreeMap<(Instant, u64), (usize, Flow, Vec<u8>)>,
    serial: u64,
}

impl Net {
    fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }

    fn carry(&mut self, now: Instant, to: usize, flow: Flow, bytes: Vec<u8>) {
        let copies = if self.random().is_multiple_of(20) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            if flow.transport == Transport::Udp && self.random() % 100 < self.loss_percent {
                continue;
            }
            // TCP keeps its order; UDP need not.
            let jitter = if flow.transport == Transport::Udp {
                self.random() % 80
            } else {
                0
            };
            self.serial += 1;
            let seen = Flow {
                transport: flow.transport,
                local: flow.remote,
                remote: flow.local,
            };
            self.wire.insert(
                (now + Duration::from_millis(20 + jitter), self.serial),
                (to, seen, bytes.clone()),
            );
            if flow.transport == Transport::Tcp {
                return;
            }
        }
    }
}

#[derive(Default, Debug)]
struct Outcome {
    answered: bool,
    released: Option<Cause>,
}

fn agent(local: &str, peer: &str, transport: Transport, seed: u8) -> UserAgent {
    let mut ua = UserAgent::new(
        Config::new("box", vec![(transport, local.parse().unwrap())]),
        [seed; 32],
    );
    let remote = peer.parse().unwrap();
    let trunk = Trunk {
        id: TrunkId(1),
        domain: "peer".into(),
        transport,
        remote,
        credentials: None,
        register_s: None,
    };
    ua.handle(
        Instant::ZERO,
        Input::Command(Command::SetTrunks(vec![trunk])),
    );
    ua
}

/// Runs `calls` calls from side 0 to side 1; either side hangs up, some are given up early, some put on hold.
fn run(seed: u64, loss_percent: u64, transport: Transport, calls: usize) -> (usize, usize) {
    let mut sides = [
        agent("10.0.0.1:5060", "10.0.0.2:5060", transport, 1),
        agent("10.0.0.2:5060", "10.0.0.1:5060", transport, 2),
    ];
    let mut net = Net {
        seed,
        loss_percent,
        wire: BTreeMap::new(),
        serial: 0,
    };
    let mut plans: BTreeMap<(Instant, u64), (usize, Command)> = BTreeMap::new();
    let mut outcomes: [BTreeMap<InviteId, Outcome>; 2] = Default::default();
    for n in 0..calls {
        let id = sides[0].new_invite_id();
        let at = Instant::from_millis(1_000 + 300 * n as u64);
        let (target, caller) = (Target::Trunk(TrunkId(1)), CallerId::new("100", ""));
        plans.insert(
            (at, n as u64),
            (
                0,
                Command::Invite {
                    id,
                    target,
                    caller,
                    called: n.to_string(),
                    offer: media(5_000),
                },
            ),
        );
        outcomes[0].insert(id, Outcome::default());
        if net.random().is_multiple_of(5) {
            let early = at + Duration::from_millis(net.random() % 3_000);
            plans.insert(
                (early, 1_000_000 + n as u64),
                (
                    0,
                    Command::Release {
                        id,
                        cause: Cause::NormalClearing,
                    },
                ),
            );
        }
    }
    let mut serial = 10_000_000;
    loop {
        let next = [
            plans.keys().next().map(|k| k.0),
            net.wire.keys().next().map(|k| k.0),
        ];
        let wakes = sides
            .iter()
            .map(|side| side.poll_timeout().map(|(at, _)| at));
        let Some(now) = next.into_iter().chain(wakes).flatten().min() else {
            break;
        };
        assert!(now < Instant::from_millis(4 * 3_600_000), "it must end");
        if let Some(&key) = plans.keys().next().filter(|key| key.0 <= now) {
            let (side, command) = plans.remove(&key).unwrap();
            sides[side].handle(now, Input::Command(command));
        } else if let Some(&key) = net.wire.keys().next().filter(|key| key.0 <= now) {
            let (side, flow, bytes) = net.wire.remove(&key).unwrap();
            match transport {
                Transport::Udp => sides[side].handle(
                    now,
                    Input::Datagram {
                        flow,
                        bytes: &bytes,
                    },
                ),
                Transport::Tcp => sides[side].handle(
                    now,
                    Input::Stream {
                        flow,
                        bytes: &bytes,
                    },
                ),
            }
        } else {
            sides
                .iter_mut()
                .for_each(|side| side.handle(now, Input::Timeout));
        }
        for side in 0..2 {
            while let Some(output) = sides[side].poll_output() {
                let event = match output {
                    Output::Transmit { flow, bytes } => {
                        net.carry(now, 1 - side, flow, bytes);
                        continue;
                    }
                    Output::Close { .. } => continue,
                    Output::Event(event) => event,
                };
                let mut later = |net: &mut Net, most_ms: u64, command: Command| {
                    serial += 1;
                    plans.insert(
                        (now + Duration::from_millis(net.random() % most_ms), serial),
                        (side, command),
                    );
                };
                match event {
                    UaEvent::Incoming { id, .. } => {
                        outcomes[side].insert(id, Outcome::default());
                        later(&mut net, 200, Command::Ring { id });
                        let refuse = net.random().is_multiple_of(6);
                        let command = if refuse {
                            Command::Release {
                                id,
                                cause: Cause::UserBusy,
                            }
                        } else {
                            Command::Answer {
                                id,
                                sdp: media(6_000),
                            }
                        };
                        later(&mut net, 4_000, command);
                        later(
                            &mut net,
                            60_000,
                            Command::Reinvite {
                                id,
                                offer: media(6_002),
                            },
                        );
                        later(
                            &mut net,
                            90_000,
                            Command::Release {
                                id,
                                cause: Cause::NormalClearing,
                            },
                        );
                    }
                    UaEvent::Answered { id, .. } => {
                        outcomes[side].get_mut(&id).unwrap().answered = true;
                        later(
                            &mut net,
                            60_000,
                            Command::Reinvite {
                                id,
                                offer: media(5_002),
                            },
                        );
                        later(
                            &mut net,
                            90_000,
                            Command::Release {
                                id,
                                cause: Cause::NormalClearing,
                            },
                        );
                    }
                    UaEvent::Reoffer { id, .. } => later(
                        &mut net,
                        500,
                        Command::AnswerReinvite {
                            id,
                            answer: Ok(media(7_000)),
                        },
                    ),
                    UaEvent::Released { id, cause, .. } => {
                        let outcome = outcomes[side].get_mut(&id).unwrap();
                        assert!(outcome.released.replace(cause).is_none(), "told twice");
                    }
                    _ => {}
                }
            }
        }
    }
    for (side, ua) in sides.iter().enumerate() {
        assert!(
            outcomes[side]
                .values()
                .all(|outcome| outcome.released.is_some()),
            "every call ends with a cause"
        );
        assert!(
            ua.usages.is_empty()
                && ua.tags.is_empty()
                && ua.clients.is_empty()
                && ua.offered.is_empty(),
            "nothing is left over"
        );
        assert_eq!(ua.calls(), 0);
    }
    let answered = outcomes[0]
        .values()
        .filter(|outcome| outcome.answered)
        .count();
    let lost = outcomes[0]
        .values()
        .filter(|o| matches!(o.released, Some(Cause::RecoveryOnTimerExpiry)))
        .count();
    (answered, lost)
}

#[test]
fn every_call_completes_or_ends_with_a_cause() {
    for seed in 1..=4 {
        let (answered, lost) = run(seed * 7_919, 20, Transport::Udp, 100);
        assert!(answered >= 50, "seed {seed}: {answered} answered");
        assert_eq!(lost, 0, "seed {seed}: retransmission overcomes 20 % loss");
    }
}

#[test]
fn a_terrible_network_still_leaves_nothing_behind() {
    run(99, 70, Transport::Udp, 60);
    run(98, 100, Transport::Udp, 10);
}

#[test]
fn tcp_needs_no_retransmission() {
    let (answered, lost) = run(4_242, 0, Transport::Tcp, 100);
    assert!(answered >= 50);
    assert_eq!(lost, 0);
}
