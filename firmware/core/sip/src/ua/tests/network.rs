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

struct World {
    sides: [UserAgent; 2],
    net: Net,
    transport: Transport,
    /// What the owner of a side will do: (moment, serial) -> (side, command).
    plans: BTreeMap<(Instant, u64), (usize, Command)>,
    outcomes: [BTreeMap<InviteId, Outcome>; 2],
    serial: u64,
}

impl World {
    fn new(seed: u64, loss_percent: u64, transport: Transport) -> World {
        let (one, two) = ("10.0.0.1:5060", "10.0.0.2:5060");
        World {
            sides: [agent(one, two, transport, 1), agent(two, one, transport, 2)],
            net: Net {
                seed,
                loss_percent,
                wire: BTreeMap::new(),
                serial: 0,
            },
            transport,
            plans: BTreeMap::new(),
            outcomes: Default::default(),
            serial: 0,
        }
    }

    fn plan(&mut self, at: Instant, side: usize, command: Command) {
        self.serial += 1;
        self.plans.insert((at, self.serial), (side, command));
    }

    /// Within `most_ms` from now.
    fn later(&mut self, now: Instant, side: usize, most_ms: u64, command: Command) {
        let after = Duration::from_millis(self.net.random() % most_ms);
        self.plan(now + after, side, command);
    }

    /// Calls from side 0 to side 1, one in five given up early.
    fn plan_calls(&mut self, calls: u64) {
        for n in 0..calls {
            let id = self.sides[0].new_invite_id();
            let at = Instant::from_millis(1_000 + 300 * n);
            let (target, caller) = (Target::Trunk(TrunkId(1)), CallerId::new("100", ""));
            let (called, offer) = (n.to_string(), media(5_000));
            self.plan(
                at,
                0,
                Command::Invite {
                    id,
                    target,
                    caller,
                    called,
                    offer,
                },
            );
            self.outcomes[0].insert(id, Outcome::default());
            if self.net.random().is_multiple_of(5) {
                self.later(
                    at,
                    0,
                    3_000,
                    Command::Release {
                        id,
                        cause: Cause::NormalClearing,
                    },
                );
            }
        }
    }

    fn next(&self) -> Option<Instant> {
        let due = [
            self.plans.keys().next().map(|k| k.0),
            self.net.wire.keys().next().map(|k| k.0),
        ];
        let wakes = self
            .sides
            .iter()
            .map(|side| side.poll_timeout().map(|(at, _)| at));
        due.into_iter().chain(wakes).flatten().min()
    }

    fn step(&mut self, now: Instant) {
        if let Some(&key) = self.plans.keys().next().filter(|key| key.0 <= now) {
            let (side, command) = self.plans.remove(&key).unwrap();
            return self.sides[side].handle(now, Input::Command(command));
        }
        if let Some(&key) = self.net.wire.keys().next().filter(|key| key.0 <= now) {
            let (side, flow, bytes) = self.net.wire.remove(&key).unwrap();
            return match self.transport {
                Transport::Udp => self.sides[side].handle(
                    now,
                    Input::Datagram {
                        flow,
                        bytes: &bytes,
                    },
                ),
                Transport::Tcp => self.sides[side].handle(
                    now,
                    Input::Stream {
                        flow,
                        bytes: &bytes,
                    },
                ),
            };
        }
        self.sides
            .iter_mut()
            .for_each(|side| side.handle(now, Input::Timeout));
    }

    fn drain(&mut self, now: Instant) {
        for side in 0..2 {
            while let Some(output) = self.sides[side].poll_output() {
                match output {
                    Output::Transmit { flow, bytes } => self.net.carry(now, 1 - side, flow, bytes),
                    Output::Close { .. } => {}
                    Output::Event(event) => self.react(now, side, event),
                }
            }
        }
    }

    /// Side 1 rings, then answers or refuses; both put on hold and hang up when they like.
    fn react(&mut self, now: Instant, side: usize, event: UaEvent) {
        let hang_up = |id| Command::Release {
            id,
            cause: Cause::NormalClearing,
        };
        match event {
            UaEvent::Incoming { id, .. } => {
                self.outcomes[side].insert(id, Outcome::default());
                self.later(now, side, 200, Command::Ring { id });
                let refuse = self.net.random().is_multiple_of(6);
                let busy = Command::Release {
                    id,
                    cause: Cause::UserBusy,
                };
                let answer = Command::Answer {
                    id,
                    sdp: media(6_000),
                };
                self.later(now, side, 4_000, if refuse { busy } else { answer });
                self.later(
                    now,
                    side,
                    60_000,
                    Command::Reinvite {
                        id,
                        offer: media(6_002),
                    },
                );
                self.later(now, side, 90_000, hang_up(id));
            }
            UaEvent::Answered { id, .. } => {
                self.outcomes[side].get_mut(&id).unwrap().answered = true;
                self.later(
                    now,
                    side,
                    60_000,
                    Command::Reinvite {
                        id,
                        offer: media(5_002),
                    },
                );
                self.later(now, side, 90_000, hang_up(id));
            }
            UaEvent::Reoffer { id, .. } => {
                self.later(
                    now,
                    side,
                    500,
                    Command::AnswerReinvite {
                        id,
                        answer: Ok(media(7_000)),
                    },
                );
            }
            UaEvent::Released { id, cause, .. } => {
                let outcome = self.outcomes[side].get_mut(&id).unwrap();
                assert!(outcome.released.replace(cause).is_none(), "told twice");
            }
            _ => {}
        }
    }

    fn check(&self) {
        for (side, ua) in self.sides.iter().enumerate() {
            let ended = self.outcomes[side]
                .values()
                .all(|outcome| outcome.released.is_some());
            assert!(ended, "every call ends with a cause");
            assert!(
                ua.usages.is_empty() && ua.tags.is_empty(),
                "no call is left over"
            );
            assert!(
                ua.clients.is_empty() && ua.offered.is_empty(),
                "no transaction is left over"
            );
            assert_eq!(ua.calls(), 0);
        }
    }
}

/// How many of `calls` were answered, and how many ended because nobody was heard.
fn run(seed: u64, loss_percent: u64, transport: Transport, calls: u64) -> (usize, usize) {
    let mut world = World::new(seed, loss_percent, transport);
    world.plan_calls(calls);
    while let Some(now) = world.next() {
        assert!(now < Instant::from_millis(4 * 3_600_000), "it must end");
        world.step(now);
        world.drain(now);
    }
    world.check();
    let answered = world.outcomes[0]
        .values()
        .filter(|outcome| outcome.answered)
        .count();
    let unheard = |o: &&Outcome| matches!(o.released, Some(Cause::RecoveryOnTimerExpiry));
    (answered, world.outcomes[0].values().filter(unheard).count())
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
