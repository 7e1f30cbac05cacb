//! The three handles of one world.

use std::sync::{Arc, Mutex};

use line_card::{Capabilities, CardError, Highway, LineCard};
use telephony::{Frame, Instant, LineId, PortCommand, PortEvent, PortKind};

use crate::bench::Bench;
use crate::config::{SimConfig, SimError};
use crate::world::{Shared, SharedWorld, World};

/// A simulated card with its telephones and exchange lines, not yet taken apart.
pub struct Sim {
    world: SharedWorld,
    kinds: Vec<PortKind>,
}

impl Sim {
    /// Builds the world: every handset down, every line idle, time zero.
    ///
    /// # Errors
    /// [`SimError::TooManyPorts`], [`SimError::NoPorts`]
    pub fn new(config: SimConfig) -> Result<Self, SimError> {
        let world = World::new(config)?;
        let kinds = world.kinds();
        Ok(Sim {
            world: Arc::new(Shared::new(Mutex::new(world))),
            kinds,
        })
    }

    /// The card's two halves, and the people.
    pub fn split(self) -> (SimCard, SimHighway, Bench) {
        let card = SimCard {
            world: Arc::clone(&self.world),
            kinds: self.kinds,
        };
        let highway = SimHighway {
            world: Arc::clone(&self.world),
        };
        (card, highway, Bench::new(self.world))
    }
}

/// The control half of the simulated card.
pub struct SimCard {
    world: SharedWorld,
    kinds: Vec<PortKind>,
}

impl SimCard {
    /// As [`LineCard::poll_event`], with the moment it happened (1 ms resolution).
    pub fn poll_stamped(&mut self) -> Option<(Instant, LineId, PortEvent)> {
        self.world.lock().poll_event()
    }

    /// The moment up to which the world has been simulated.
    pub fn now(&self) -> Instant {
        self.world.lock().now()
    }
}

impl LineCard for SimCard {
    fn capabilities(&self) -> Capabilities<'_> {
        Capabilities { ports: &self.kinds }
    }

    fn poll_event(&mut self) -> Option<(LineId, PortEvent)> {
        self.poll_stamped().map(|(_, line, event)| (line, event))
    }

    fn command(&mut self, line: LineId, command: PortCommand) -> Result<(), CardError> {
        self.world.lock().command(line, command)
    }
}

/// The speech half of the simulated card. Exchanging frames is what moves the world; it never blocks (see [`Paced`](crate::Paced)).
pub struct SimHighway {
    world: SharedWorld,
}

impl SimHighway {
    /// As [`Highway::exchange`], pausing after each of the ten milliseconds: `each_ms` is called with the world's time and may
    /// poll the card and command it, so that line machines see events as finely as a card with an interrupt would show them.
    ///
    /// # Errors
    /// [`CardError::HighwayLost`] after [`Bench::lose_highway`].
    pub fn exchange_stepped(
        &mut self,
        tx: &[Frame],
        rx: &mut [Frame],
        mut each_ms: impl FnMut(Instant),
    ) -> Result<(), CardError> {
        for ms in 0..telephony::FRAME_MS as usize {
            let now = self.world.lock().step_ms(ms, tx, rx)?;
            each_ms(now);
        }
        Ok(())
    }
}

impl Highway for SimHighway {
    fn exchange(&mut self, tx: &[Frame], rx: &mut [Frame]) -> Result<(), CardError> {
        self.exchange_stepped(tx, rx, |_| {})
    }
}
