//! The world: every port with what hangs on it, and the one clock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use line_card::CardError;
use telephony::{Frame, Instant, LineId, PortCommand, PortEvent, PortKind};

use crate::config::{PortSetup, SimConfig, SimError};
use crate::exchange::Exchange;
use crate::set::Telephone;
use crate::signal::{Fnv, Rng};

/// Most ports of one kind.
const MAX_OF_A_KIND: usize = 24;
/// Events the card keeps until they are polled. A line thread that stopped polling loses the newest.
const EVENTS: usize = 16_384;
const LOG: usize = 65_536;
/// Samples in one step of 1 ms.
pub(crate) const STEP: usize = 8;

/// What a [`LogEntry`] tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// The card reported this.
    Event(PortEvent),
    /// The card was told this.
    Command(PortCommand),
    /// The world noted this (a state of the exchange line, a digit, a ring, a display).
    Note(String),
}

/// One thing that happened at a port.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// When.
    pub at: Instant,
    /// Where.
    pub line: LineId,
    /// What.
    pub what: Happening,
}

/// The lock of the world. A panic of one holder leaves it usable: the world is data of a tool, checked by nobody in flight.
pub(crate) struct Shared(Mutex<World>);

impl Shared {
    pub(crate) fn new(world: Mutex<World>) -> Self {
        Shared(world)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) type SharedWorld = Arc<Shared>;

/// What one port's far end wants to tell, gathered while a millisecond passes.
pub(crate) struct News<'a> {
    now: Instant,
    line: LineId,
    events: &'a mut VecDeque<(Instant, LineId, PortEvent)>,
    log: &'a mut VecDeque<LogEntry>,
    hash: &'a mut Fnv,
}

impl News<'_> {
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    pub(crate) fn event(&mut self, event: PortEvent) {
        if self.events.len() < EVENTS {
            self.events.push_back((self.now, self.line, event));
        }
        self.write(Happening::Event(event));
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.write(Happening::Note(text.into()));
    }

    fn write(&mut self, what: Happening) {
        let entry = LogEntry {
            at: self.now,
            line: self.line,
            what,
        };
        self.hash.text(&format!("{entry:?}"));
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back(entry);
    }
}

// One per port for the life of the world: the difference in size does not matter.
#[allow(clippy::large_enum_variant)]
enum FarEnd {
    Phone(Telephone),
    Line(Exchange),
}

struct Port {
    far: FarEnd,
    dead: bool,
}

pub(crate) struct World {
    now: Instant,
    ports: Vec<Port>,
    events: VecDeque<(Instant, LineId, PortEvent)>,
    log: VecDeque<LogEntry>,
    hash: Fnv,
    lost: bool,
}

impl World {
    pub(crate) fn new(config: SimConfig) -> Result<Self, SimError> {
        if config.ports.is_empty() {
            return Err(SimError::NoPorts);
        }
        for kind in [PortKind::Fxs, PortKind::Fxo] {
            let got = config
                .ports
                .iter()
                .filter(|port| kind_of(port) == kind)
                .count();
            if got > MAX_OF_A_KIND {
                return Err(SimError::TooManyPorts { kind, got });
            }
        }
        let ear = config.ear_seconds.clamp(1, 3_600) as usize * telephony::SAMPLE_RATE_HZ as usize;
        let mut seeds = Rng::new(config.seed);
        let ports = config.ports.into_iter().map(|setup| {
            let rng = Rng::new(seeds.next());
            let far = match setup {
                PortSetup::Fxs(setup) => FarEnd::Phone(Telephone::new(setup, ear, rng)),
                PortSetup::Fxo(setup) => FarEnd::Line(Exchange::new(setup, ear, rng)),
            };
            Port { far, dead: false }
        });
        Ok(World {
            now: Instant::ZERO,
            ports: ports.collect(),
            events: VecDeque::new(),
            log: VecDeque::new(),
            hash: Fnv::default(),
            lost: false,
        })
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    pub(crate) fn kinds(&self) -> Vec<PortKind> {
        self.ports.iter().map(|port| port.far.kind()).collect()
    }

    pub(crate) fn kind(&self, line: LineId) -> Option<PortKind> {
        self.ports.get(line.0 as usize).map(|port| port.far.kind())
    }

    /// The telephone at `line`: its handle was only made for a port that has one.
    pub(crate) fn telephone(&mut self, line: LineId) -> &mut Telephone {
        match &mut self.ports[line.0 as usize].far {
            FarEnd::Phone(set) => set,
            FarEnd::Line(_) => unreachable!("{line} has no telephone, and ports do not change"),
        }
    }

    /// The exchange line at `line`: its handle was only made for a port that has one.
    pub(crate) fn exchange_line(&mut self, line: LineId) -> &mut Exchange {
        match &mut self.ports[line.0 as usize].far {
            FarEnd::Line(exchange) => exchange,
            FarEnd::Phone(_) => {
                unreachable!("{line} has no exchange line, and ports do not change")
            }
        }
    }

    pub(crate) fn poll_event(&mut self) -> Option<(Instant, LineId, PortEvent)> {
        self.events.pop_front()
    }

    pub(crate) fn command(&mut self, line: LineId, command: PortCommand) -> Result<(), CardError> {
        let (port, mut news) = self.port(line).ok_or(CardError::NoSuchPort(line))?;
        if port.dead {
            return Err(CardError::Failed(line));
        }
        let done = match &mut port.far {
            FarEnd::Phone(set) => set.command(command),
            FarEnd::Line(exchange) => exchange.command(command),
        };
        if !done {
            return Err(CardError::NotForThisPort(line, command));
        }
        news.write(Happening::Command(command));
        Ok(())
    }

    /// Millisecond `ms` (0 to 9) of a frame: `tx[n]` goes out of, `rx[n]` comes in at port `n`.
    pub(crate) fn step_ms(
        &mut self,
        ms: usize,
        tx: &[Frame],
        rx: &mut [Frame],
    ) -> Result<Instant, CardError> {
        if self.lost {
            return Err(CardError::HighwayLost);
        }
        self.now += telephony::Duration::from_millis(1);
        let span = ms * STEP..(ms + 1) * STEP;
        for n in 0..self.ports.len() {
            let mut sent = [0; STEP];
            if let Some(frame) = tx.get(n) {
                sent.copy_from_slice(&frame[span.clone()]);
            }
            let mut received = [0; STEP];
            let (port, mut news) = self.port(LineId(n as u16)).expect("n counts the ports");
            let dead = port.dead;
            match &mut port.far {
                FarEnd::Phone(set) => set.step(dead, &sent, &mut received, &mut news),
                FarEnd::Line(exchange) => exchange.step(dead, &sent, &mut received, &mut news),
            }
            self.hash.samples(&sent);
            self.hash.samples(&received);
            if let Some(frame) = rx.get_mut(n) {
                frame[span.clone()].copy_from_slice(&received);
            }
        }
        Ok(self.now)
    }

    fn port(&mut self, line: LineId) -> Option<(&mut Port, News<'_>)> {
        let World {
            now,
            ports,
            events,
            log,
            hash,
            ..
        } = self;
        let port = ports.get_mut(line.0 as usize)?;
        Some((
            port,
            News {
                now: *now,
                line,
                events,
                log,
                hash,
            },
        ))
    }

    pub(crate) fn kill_port(&mut self, line: LineId) {
        if let Some((port, mut news)) = self.port(line)
            && !port.dead
        {
            port.dead = true;
            news.event(PortEvent::Failed);
        }
    }

    pub(crate) fn heal_port(&mut self, line: LineId) {
        if let Some((port, mut news)) = self.port(line)
            && port.dead
        {
            port.dead = false;
            news.event(PortEvent::Recovered);
            match &mut port.far {
                FarEnd::Phone(set) => set.chip_was_reset(),
                FarEnd::Line(exchange) => exchange.chip_was_reset(),
            }
        }
    }

    pub(crate) fn lose_highway(&mut self) {
        self.lost = true;
    }

    pub(crate) fn find_highway(&mut self) {
        self.lost = false;
    }

    pub(crate) fn log(&self) -> Vec<LogEntry> {
        self.log.iter().cloned().collect()
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        self.hash.value()
    }
}

impl FarEnd {
    fn kind(&self) -> PortKind {
        match self {
            FarEnd::Phone(_) => PortKind::Fxs,
            FarEnd::Line(_) => PortKind::Fxo,
        }
    }
}

fn kind_of(setup: &PortSetup) -> PortKind {
    match setup {
        PortSetup::Fxs(_) => PortKind::Fxs,
        PortSetup::Fxo(_) => PortKind::Fxo,
    }
}
