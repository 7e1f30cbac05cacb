//! The line station: a card and one line machine a port. Runs on the line thread; in tests, in virtual time.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use line::{
    Fxo, FxoConfig, FxoEvent, FxoInput, FxoOutput, Fxs, FxsConfig, FxsEvent, FxsInput, FxsOutput,
    Listen,
};
use line_card::LineCard;
use telephony::{CallerId, Digits, Instant, LineId, PortEvent, PortKind, Tone};

/// How the machine of a port is set up.
#[derive(Clone, Debug, Default)]
pub struct LineSettings {
    /// When it is an FXS port.
    pub fxs: FxsConfig,
    /// When it is an FXO port.
    pub fxo: FxoConfig,
}

/// What signalling asks of a port.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LineRequest {
    /// For an FXS machine.
    Fxs(FxsInput),
    /// For an FXO machine.
    Fxo(FxoInput),
}

/// What a port tells signalling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LineReport {
    /// A fact about the phone.
    Fxs(FxsEvent),
    /// A fact about the exchange line.
    Fxo(FxoEvent),
    /// The machine wants this tone on its timeslot, or silence.
    Tone(Option<Tone>),
    /// The machine wants the caller's number sent now; `FxsInput::CallerIdSent` answers.
    SendCallerId(CallerId),
    /// The machine wants digits sent now; `FxoInput::DigitsSent` answers.
    SendDigits(Digits),
    /// The spill must stop.
    StopCallerId,
    /// What the machine wants to hear of.
    Listen(Listen),
}

enum Machine {
    Fxs(Box<Fxs>),
    Fxo(Box<Fxo>),
}

impl Machine {
    fn new(kind: PortKind, settings: &LineSettings) -> Machine {
        match kind {
            PortKind::Fxs => Machine::Fxs(Box::new(Fxs::new(settings.fxs))),
            PortKind::Fxo => Machine::Fxo(Box::new(Fxo::new(settings.fxo))),
        }
    }

    fn timeout(&self) -> Option<Instant> {
        match self {
            Machine::Fxs(fxs) => fxs.poll_timeout().map(|(at, _)| at),
            Machine::Fxo(fxo) => fxo.poll_timeout().map(|(at, _)| at),
        }
    }
}

/// A card with its machines.
pub struct LineStation<C> {
    card: C,
    machines: Vec<Machine>,
    settings: Vec<LineSettings>,
    reports: VecDeque<(LineId, LineReport)>,
}

impl<C: LineCard> LineStation<C> {
    /// A machine for each port of `card`. `settings[n]` are those of port `n`; a port beyond them has the defaults.
    pub fn new(card: C, mut settings: Vec<LineSettings>) -> Self {
        let kinds = card.capabilities().ports;
        settings.resize(kinds.len(), LineSettings::default());
        let machines: Vec<Machine> = kinds
            .iter()
            .zip(&settings)
            .map(|(&kind, settings)| Machine::new(kind, settings))
            .collect();
        let ports = machines.len();
        let mut station = LineStation {
            card,
            machines,
            settings,
            reports: VecDeque::new(),
        };
        for n in 0..ports {
            // A machine may want something from the start: to listen for a number before the ring.
            station.drain(Instant::ZERO, LineId(n as u16));
        }
        station
    }

    /// The card, for tests that make it fail.
    pub fn card_mut(&mut self) -> &mut C {
        &mut self.card
    }

    /// Takes a request of signalling. A request for the wrong kind of port is a bug of wiring and is logged.
    pub fn handle(&mut self, now: Instant, line: LineId, request: LineRequest) {
        self.guarded(now, line, |station| {
            match (station.machines.get_mut(line.0 as usize), request) {
                (Some(Machine::Fxs(fxs)), LineRequest::Fxs(input)) => fxs.handle(now, input),
                (Some(Machine::Fxo(fxo)), LineRequest::Fxo(input)) => fxo.handle(now, input),
                _ => tracing::error!(%line, ?request, "no such machine"),
            }
        });
    }

    /// Takes what the card has to say, and lets due timers fire.
    pub fn poll(&mut self, now: Instant) {
        while let Some((line, event)) = self.card.poll_event() {
            tracing::trace!(%now, %line, ?event, "port");
            self.port_event(now, line, event);
        }
        for n in 0..self.machines.len() {
            if self.machines[n].timeout().is_some_and(|at| at <= now) {
                let request = match self.machines[n] {
                    Machine::Fxs(_) => LineRequest::Fxs(FxsInput::Timeout),
                    Machine::Fxo(_) => LineRequest::Fxo(FxoInput::Timeout),
                };
                self.handle(now, LineId(n as u16), request);
            }
        }
    }

    /// When a machine next wants to be polled.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.machines.iter().filter_map(Machine::timeout).min()
    }

    /// The next report.
    pub fn poll_output(&mut self) -> Option<(LineId, LineReport)> {
        self.reports.pop_front()
    }

    fn port_event(&mut self, now: Instant, line: LineId, event: PortEvent) {
        self.guarded(now, line, |station| station.tell(now, line, event));
    }

    /// Runs `step` for one port and carries out what its machine says. A panic costs that port its call and nobody else: the
    /// machine starts anew as after a fault of the port, which brings the port to rest and tells signalling.
    fn guarded(&mut self, now: Instant, line: LineId, step: impl FnOnce(&mut Self)) {
        let result = catch_unwind(AssertUnwindSafe(|| {
            step(self);
            self.drain(now, line);
        }));
        if result.is_ok() {
            return;
        }
        tracing::error!(%line, "line machine panicked; it starts anew");
        let n = line.0 as usize;
        let Some(&kind) = self.card.capabilities().ports.get(n) else {
            return;
        };
        self.machines[n] = Machine::new(kind, &self.settings[n]);
        let anew = catch_unwind(AssertUnwindSafe(|| {
            for event in [PortEvent::Failed, PortEvent::Recovered] {
                self.tell(now, line, event);
                self.drain(now, line);
            }
        }));
        if anew.is_err() {
            tracing::error!(%line, "line machine panicked again");
        }
    }

    fn tell(&mut self, now: Instant, line: LineId, event: PortEvent) {
        match self.machines.get_mut(line.0 as usize) {
            Some(Machine::Fxs(fxs)) => fxs.handle(now, FxsInput::Port(event)),
            Some(Machine::Fxo(fxo)) => fxo.handle(now, FxoInput::Port(event)),
            None => tracing::error!(%line, ?event, "the card reports a port it does not have"),
        }
    }

    fn drain(&mut self, now: Instant, line: LineId) {
        loop {
            let (command, report) = match self.machines.get_mut(line.0 as usize) {
                Some(Machine::Fxs(fxs)) => match fxs.poll_output() {
                    None => return,
                    Some(FxsOutput::Port(command)) => (Some(command), None),
                    Some(FxsOutput::Event(event)) => (None, Some(LineReport::Fxs(event))),
                    Some(FxsOutput::Tone(tone)) => (None, Some(LineReport::Tone(tone))),
                    Some(FxsOutput::SendCallerId(caller)) => {
                        (None, Some(LineReport::SendCallerId(caller)))
                    }
                    Some(FxsOutput::StopCallerId) => (None, Some(LineReport::StopCallerId)),
                },
                Some(Machine::Fxo(fxo)) => match fxo.poll_output() {
                    None => return,
                    Some(FxoOutput::Port(command)) => (Some(command), None),
                    Some(FxoOutput::Event(event)) => (None, Some(LineReport::Fxo(event))),
                    Some(FxoOutput::SendDigits(digits)) => {
                        (None, Some(LineReport::SendDigits(digits)))
                    }
                    Some(FxoOutput::Listen(listen)) => (None, Some(LineReport::Listen(listen))),
                },
                None => return,
            };
            if let Some(report) = report {
                tracing::debug!(%now, %line, ?report, "line");
                self.reports.push_back((line, report));
            }
            let Some(command) = command else { continue };
            if let Err(error) = self.card.command(line, command) {
                tracing::warn!(%line, %error, ?command, "the card refused");
                // A port that refuses a command counts as failed until it says it has recovered.
                self.tell(now, line, PortEvent::Failed);
            }
        }
    }
}
