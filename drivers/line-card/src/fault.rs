use telephony::{LineId, LoopState, Polarity, PortCommand, PortEvent};

use crate::{Capabilities, CardError, LineCard};

/// A fault to inject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The port refuses commands and reports nothing more; the box learns it by [`PortEvent::Failed`].
    Dead(LineId),
    /// The port works again, and says so by [`PortEvent::Recovered`].
    Healed(LineId),
}

const PORTS: usize = 64;
/// [`PortEvent::Recovered`], and what of loop, ring, battery and polarity differs from idle.
const NEWS: usize = 5;

/// One port: what it would say, and what it still has to say.
#[derive(Clone, Copy)]
struct Port {
    dead: bool,
    closed: bool,
    ringing: bool,
    battery: bool,
    polarity: Polarity,
    news: [Option<PortEvent>; NEWS],
}

impl Port {
    const IDLE: Port = Port {
        dead: false,
        closed: false,
        ringing: false,
        battery: true,
        polarity: Polarity::Forward,
        news: [None; NEWS],
    };

    fn learn(&mut self, event: PortEvent) {
        match event {
            PortEvent::Loop(state) => self.closed = state == LoopState::Closed,
            PortEvent::Ring(on) => self.ringing = on,
            PortEvent::Battery(on) => self.battery = on,
            PortEvent::Polarity(polarity) => self.polarity = polarity,
            PortEvent::Failed | PortEvent::Recovered => {}
        }
    }

    fn recovered(&self) -> [Option<PortEvent>; NEWS] {
        let reversed = self.polarity != Polarity::Forward;
        [
            Some(PortEvent::Recovered),
            self.closed.then_some(PortEvent::Loop(LoopState::Closed)),
            self.ringing.then_some(PortEvent::Ring(true)),
            (!self.battery).then_some(PortEvent::Battery(false)),
            reversed.then_some(PortEvent::Polarity(self.polarity)),
        ]
    }
}

/// Middleware that makes ports fail and heal on request. A healed port says what differs from idle, as a chip does after a reset.
pub struct FaultInjector<C> {
    card: C,
    ports: [Port; PORTS],
}

impl<C: LineCard> FaultInjector<C> {
    /// Wraps `card`; the first 64 ports can be made to fail.
    pub fn new(card: C) -> Self {
        FaultInjector {
            card,
            ports: [Port::IDLE; PORTS],
        }
    }

    /// Makes `fault` happen. The port's news comes out of the next [`LineCard::poll_event`].
    pub fn inject(&mut self, fault: Fault) {
        let (Fault::Dead(line) | Fault::Healed(line)) = fault;
        if let Some(port) = self.ports.get_mut(line.0 as usize) {
            port.dead = matches!(fault, Fault::Dead(_));
            port.news = if port.dead {
                [Some(PortEvent::Failed), None, None, None, None]
            } else {
                port.recovered()
            };
        }
    }

    /// The wrapped card.
    pub fn card_mut(&mut self) -> &mut C {
        &mut self.card
    }

    fn is_dead(&self, line: LineId) -> bool {
        self.ports
            .get(line.0 as usize)
            .is_some_and(|port| port.dead)
    }
}

impl<C: LineCard> LineCard for FaultInjector<C> {
    fn capabilities(&self) -> Capabilities<'_> {
        self.card.capabilities()
    }

    fn poll_event(&mut self) -> Option<(LineId, PortEvent)> {
        for (n, port) in self.ports.iter_mut().enumerate() {
            if let Some(event) = port.news.iter_mut().find_map(Option::take) {
                return Some((LineId(n as u16), event));
            }
        }
        loop {
            let (line, event) = self.card.poll_event()?;
            if let Some(port) = self.ports.get_mut(line.0 as usize) {
                port.learn(event);
            }
            if !self.is_dead(line) {
                return Some((line, event));
            }
        }
    }

    fn command(&mut self, line: LineId, command: PortCommand) -> Result<(), CardError> {
        if self.is_dead(line) {
            return Err(CardError::Failed(line));
        }
        self.card.command(line, command)
    }
}
