//! The wire against itself: the test is the box.

mod calls;
mod faults;
mod incoming;
mod measuring;
mod phones;

use line_card::{Highway, LineCard};
use telephony::{Frame, HookState, Instant, LineId, LoopState, PortCommand, PortEvent, SILENCE};

use crate::config::{PhoneSetup, PortSetup, SimConfig};
use crate::measure::Heard;
use crate::mouth::Mouth;
use crate::signal::to_i16;
use crate::{Bench, ExchangeLine, LineSetup, Phone, Sim, SimCard, SimHighway};

/// A box without any sense: it says what it is told to, remembers what it hears, and can join two ports.
struct Rig {
    card: SimCard,
    highway: SimHighway,
    bench: Bench,
    says: Vec<Mouth>,
    joined: Option<(usize, usize)>,
    rx: Vec<Frame>,
    events: Vec<(Instant, LineId, PortEvent)>,
    received: Vec<Vec<i16>>,
}

impl Rig {
    fn new(config: SimConfig) -> Rig {
        let ports = config.ports.len();
        let (card, highway, bench) = Sim::new(config).unwrap().split();
        Rig {
            card,
            highway,
            bench,
            says: (0..ports).map(|_| Mouth::default()).collect(),
            joined: None,
            rx: vec![SILENCE; ports],
            events: Vec::new(),
            received: vec![Vec::new(); ports],
        }
    }

    fn phone(setup: PhoneSetup) -> (Rig, Phone) {
        let rig = Rig::new(SimConfig {
            ports: vec![PortSetup::Fxs(setup)],
            ..SimConfig::default()
        });
        let phone = rig.bench.phone(LineId(0)).unwrap();
        (rig, phone)
    }

    fn line(setup: LineSetup) -> (Rig, ExchangeLine) {
        let rig = Rig::new(SimConfig {
            ports: vec![PortSetup::Fxo(setup)],
            ..SimConfig::default()
        });
        let line = rig.bench.line(LineId(0)).unwrap();
        (rig, line)
    }

    fn run(&mut self, ms: u32) {
        for _ in 0..ms / 10 {
            let mut tx: Vec<Frame> = self
                .says
                .iter_mut()
                .map(|mouth| std::array::from_fn(|_| to_i16(mouth.next())))
                .collect();
            if let Some((a, b)) = self.joined {
                (tx[a], tx[b]) = (self.rx[b], self.rx[a]);
            }
            self.highway.exchange(&tx, &mut self.rx).unwrap();
            for (heard, frame) in self.received.iter_mut().zip(&self.rx) {
                heard.extend(frame);
            }
            while let Some(event) = self.card.poll_stamped() {
                self.events.push(event);
            }
        }
    }

    /// Runs until `done`, at most `ms`; how long it took.
    fn run_until(&mut self, ms: u32, mut done: impl FnMut(&Rig) -> bool) -> u32 {
        for passed in (0..ms).step_by(10) {
            if done(self) {
                return passed;
            }
            self.run(10);
        }
        panic!("did not happen within {ms} ms");
    }

    fn tell(&mut self, command: PortCommand) {
        self.card.command(LineId(0), command).unwrap();
    }

    fn off_hook(&mut self) {
        self.tell(PortCommand::Hook(HookState::OffHook));
    }

    fn on_hook(&mut self) {
        self.tell(PortCommand::Hook(HookState::OnHook));
    }

    fn box_says(&mut self, line: usize, samples: &[i16]) {
        self.says[line].say(samples);
    }

    /// What came in at `line` in the last `ms`.
    fn received_last(&self, line: usize, ms: u32) -> Heard {
        Heard::new(self.received[line].clone()).last_ms(ms)
    }

    fn take_events(&mut self) -> Vec<(u64, PortEvent)> {
        std::mem::take(&mut self.events)
            .into_iter()
            .map(|(at, _, event)| (at.as_millis(), event))
            .collect()
    }
}

fn loop_changes(events: &[(u64, PortEvent)]) -> Vec<(u64, bool)> {
    let change = |&(at, event): &(u64, PortEvent)| match event {
        PortEvent::Loop(state) => Some((at, state == LoopState::Closed)),
        _ => None,
    };
    events.iter().filter_map(change).collect()
}

#[track_caller]
fn about(measured: f32, wanted: f32, within: f32) {
    assert!(
        (measured - wanted).abs() <= within,
        "measured {measured}, wanted {wanted} within {within}"
    );
}
