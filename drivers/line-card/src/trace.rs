use telephony::{LineId, PortCommand, PortEvent};

use crate::{Capabilities, CardError, LineCard};

/// Everything that can cross the seam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// The card reported this.
    Event(LineId, PortEvent),
    /// The card was told this.
    Command(LineId, PortCommand),
    /// The card refused.
    Refused(CardError),
}

/// Middleware that shows everything crossing the seam to `sink`.
pub struct Tracer<C, F> {
    card: C,
    sink: F,
}

impl<C: LineCard, F: FnMut(Trace)> Tracer<C, F> {
    /// Wraps `card`.
    pub fn new(card: C, sink: F) -> Self {
        Tracer { card, sink }
    }
}

impl<C: LineCard, F: FnMut(Trace)> LineCard for Tracer<C, F> {
    fn capabilities(&self) -> Capabilities<'_> {
        self.card.capabilities()
    }

    fn poll_event(&mut self) -> Option<(LineId, PortEvent)> {
        let (line, event) = self.card.poll_event()?;
        (self.sink)(Trace::Event(line, event));
        Some((line, event))
    }

    fn command(&mut self, line: LineId, command: PortCommand) -> Result<(), CardError> {
        (self.sink)(Trace::Command(line, command));
        let result = self.card.command(line, command);
        if let Err(error) = result {
            (self.sink)(Trace::Refused(error));
        }
        result
    }
}
