//! The people's end of the world.

use telephony::{Instant, LineId, PortKind};

use crate::config::SimError;
use crate::line::ExchangeLine;
use crate::phone::Phone;
use crate::world::{LogEntry, SharedWorld};

/// Everybody at the other ends of the pairs, and the hand that breaks things. Cheap to clone.
#[derive(Clone)]
pub struct Bench {
    world: SharedWorld,
}

impl Bench {
    pub(crate) fn new(world: SharedWorld) -> Self {
        Bench { world }
    }

    /// The moment up to which the world has been simulated.
    pub fn now(&self) -> Instant {
        self.world.lock().now()
    }

    /// The telephone at `line`.
    ///
    /// # Errors
    /// [`SimError::NotAPhone`]
    pub fn phone(&self, line: LineId) -> Result<Phone, SimError> {
        match self.world.lock().kind(line) {
            Some(PortKind::Fxs) => Ok(Phone::new(&self.world, line)),
            _ => Err(SimError::NotAPhone(line)),
        }
    }

    /// The exchange line at `line`.
    ///
    /// # Errors
    /// [`SimError::NotALine`]
    pub fn line(&self, line: LineId) -> Result<ExchangeLine, SimError> {
        match self.world.lock().kind(line) {
            Some(PortKind::Fxo) => Ok(ExchangeLine::new(&self.world, line)),
            _ => Err(SimError::NotALine(line)),
        }
    }

    /// Every telephone, by position.
    pub fn phones(&self) -> Vec<Phone> {
        let kinds = self.world.lock().kinds();
        (0..)
            .map(LineId)
            .zip(kinds)
            .filter(|(_, kind)| *kind == PortKind::Fxs)
            .map(|(line, _)| Phone::new(&self.world, line))
            .collect()
    }

    /// Every exchange line, by position.
    pub fn lines(&self) -> Vec<ExchangeLine> {
        let kinds = self.world.lock().kinds();
        (0..)
            .map(LineId)
            .zip(kinds)
            .filter(|(_, kind)| *kind == PortKind::Fxo)
            .map(|(line, _)| ExchangeLine::new(&self.world, line))
            .collect()
    }

    /// The port's chip stops: it reports [`Failed`](telephony::PortEvent::Failed), refuses commands, carries silence; a phone
    /// loses its battery, a line sees the loop open. Does nothing for a port the card does not have.
    pub fn kill_port(&self, line: LineId) {
        self.world.lock().kill_port(line);
    }

    /// The chip works again, as after a reset: [`Recovered`](telephony::PortEvent::Recovered), then whatever differs from idle.
    pub fn heal_port(&self, line: LineId) {
        self.world.lock().heal_port(line);
    }

    /// The clock of the highway stops: every further exchange is [`HighwayLost`](line_card::CardError::HighwayLost).
    pub fn lose_highway(&self) {
        self.world.lock().lose_highway();
    }

    /// The clock runs again.
    pub fn find_highway(&self) {
        self.world.lock().find_highway();
    }

    /// What happened at the ports, oldest first (the last 65,536).
    pub fn log(&self) -> Vec<LogEntry> {
        self.world.lock().log()
    }

    /// A hash over every sample both ways on every port and every log entry since time zero: equal runs have equal hashes.
    pub fn fingerprint(&self) -> u64 {
        self.world.lock().fingerprint()
    }
}
