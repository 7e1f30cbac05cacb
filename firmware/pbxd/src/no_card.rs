//! A box without telephone sockets: SIP only.

use line_card::{
    Capabilities, CardError, Frame, Highway, LineCard, LineId, PortCommand, PortEvent,
};

/// A card with no port. Its highway carries nothing and never waits: the media thread's own timer is the clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCard;

impl LineCard for NoCard {
    fn capabilities(&self) -> Capabilities<'_> {
        Capabilities { ports: &[] }
    }

    fn poll_event(&mut self) -> Option<(LineId, PortEvent)> {
        None
    }

    fn command(&mut self, line: LineId, _command: PortCommand) -> Result<(), CardError> {
        Err(CardError::NoSuchPort(line))
    }
}

impl Highway for NoCard {
    fn exchange(&mut self, _tx: &[Frame], _rx: &mut [Frame]) -> Result<(), CardError> {
        Ok(())
    }
}
