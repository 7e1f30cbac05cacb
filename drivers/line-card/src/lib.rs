//! The one seam between the box and its telephone hardware.
//!
//! A card has ports (FXS feeds phones, FXO faces exchange lines) and a PCM highway. The line thread owns the [`LineCard`],
//! the media thread its [`Highway`]; the two halves of one card are made together and used apart.
#![no_std]
#![forbid(unsafe_code)]

mod fault;
mod trace;

pub use fault::{Fault, FaultInjector};
pub use telephony::{Frame, LineId, PortCommand, PortEvent, PortKind};
pub use trace::{Trace, Tracer};

use core::fmt;

/// What a card has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities<'a> {
    /// What sits at each position: `ports[n]` is [`LineId`]`(n)`, and timeslot `n` of the highway.
    pub ports: &'a [PortKind],
}

/// Why a card refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardError {
    /// The card has no such port.
    NoSuchPort(LineId),
    /// The port cannot do that (ringing on an FXO port, say).
    NotForThisPort(LineId, PortCommand),
    /// The port does not answer.
    Failed(LineId),
    /// The highway's clock stopped or the device went away.
    HighwayLost,
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CardError::NoSuchPort(line) => write!(f, "{line}: the card has no such port"),
            CardError::NotForThisPort(line, command) => {
                write!(f, "{line}: this kind of port cannot do {command:?}")
            }
            CardError::Failed(line) => write!(f, "{line}: the port does not answer"),
            CardError::HighwayLost => f.write_str("the PCM highway stopped"),
        }
    }
}

impl core::error::Error for CardError {}

/// The control half of a card: raw events in, commands out. Used by the line thread only.
pub trait LineCard {
    /// What the card has; does not change while it is open.
    fn capabilities(&self) -> Capabilities<'_>;

    /// The next raw event, if one is there. Does not block.
    fn poll_event(&mut self) -> Option<(LineId, PortEvent)>;

    /// Tells a port to do something.
    ///
    /// # Errors
    /// The port is absent, of the wrong kind, or failed. The card as a whole goes on.
    fn command(&mut self, line: LineId, command: PortCommand) -> Result<(), CardError>;
}

/// The speech half of a card: one frame a timeslot each 10 ms. Used by the media thread only.
pub trait Highway {
    /// Sends `tx[n]` to and receives `rx[n]` from timeslot `n`. Blocks until the next 10 ms of the card's own clock are
    /// complete: this is the box's media clock.
    ///
    /// # Errors
    /// [`CardError::HighwayLost`] when the clock is gone; a single failed port gives silence instead.
    fn exchange(&mut self, tx: &[Frame], rx: &mut [Frame]) -> Result<(), CardError>;
}
