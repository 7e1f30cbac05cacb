use telephony::{LineId, PortCommand, PortEvent};

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

/// Middleware that makes ports fail and heal on request.
pub struct FaultInjector<C> {
    card: C,
    dead: [bool; PORTS],
    news: [Option<PortEvent>; PORTS],
}

impl<C: LineCard> FaultInjector<C> {
    /// Wraps `card`; the first 64 ports can be made to fail.
    pub fn new(card: C) -> Self {
        FaultInjector {
            card,
            dead: [false; PORTS],
            news: [None; PORTS],
        }
    }

    /// Makes `fault` happen. The port's news comes out of the next [`LineCard::poll_event`].
    pub fn inject(&mut self, fault: Fault) {
        let (line, dead, event) = match fault {
            Fault::Dead(line) => (line, true, PortEvent::Failed),
            Fault::Healed(line) => (line, false, PortEvent::Recovered),
        };
        if let Some(slot) = self.dead.get_mut(line.0 as usize) {
            *slot = dead;
            self.news[line.0 as usize] = Some(event);
        }
    }

    /// The wrapped card.
    pub fn card_mut(&mut self) -> &mut C {
        &mut self.card
    }

    fn is_dead(&self, line: LineId) -> bool {
        self.dead.get(line.0 as usize).copied().unwrap_or(false)
    }
}

impl<C: LineCard> LineCard for FaultInjector<C> {
    fn capabilities(&self) -> Capabilities<'_> {
        self.card.capabilities()
    }

    fn poll_event(&mut self) -> Option<(LineId, PortEvent)> {
        for (n, news) in self.news.iter_mut().enumerate() {
            if let Some(event) = news.take() {
                return Some((LineId(n as u16), event));
            }
        }
        loop {
            let (line, event) = self.card.poll_event()?;
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
