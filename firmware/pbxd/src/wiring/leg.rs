//! Legs of the switch: its commands, carried out by whatever the leg is made of.

use call::{Destination, LegCommand, LegEvent};
use dialplan::Device;
use line::{FxoInput, FxsInput};
use media::{Bearer, Command};
use telephony::{CallerId, Cause, Instant, LegId, LineId, PortKind};

use super::{InHand, Way, Wiring};
use crate::line_station::LineRequest;
use crate::signalling::{Output, Signalling};

impl Wiring {
    fn way(&self, leg: LegId) -> Option<&Way> {
        self.legs.get(&leg)
    }
}

impl Signalling {
    /// Tells the switch a fact.
    pub(crate) fn leg_event(&mut self, now: Instant, leg: LegId, event: LegEvent) {
        match &event {
            // Keys may be a PIN: they are told apart only to who asks for everything.
            LegEvent::Digit(digit) => tracing::trace!(%now, %leg, %digit),
            event => tracing::info!(%now, %leg, ?event),
        }
        self.wiring.in_hand = Some(InHand::Leg(leg));
        self.switch.handle(now, call::Input::Leg(leg, event));
    }

    /// Does one thing the switch says.
    pub(crate) fn carry_out(&mut self, now: Instant, output: call::Output) {
        match output {
            call::Output::Leg(leg, command) => self.leg_command(now, leg, command),
            call::Output::Cdr(record) => self.record(now, record),
        }
    }

    fn leg_command(&mut self, now: Instant, leg: LegId, command: LegCommand) {
        tracing::info!(%now, %leg, ?command);
        self.wiring.in_hand = Some(InHand::Leg(leg));
        match command {
            LegCommand::Originate { to, caller, called } => {
                self.originate(now, leg, to, caller, called)
            }
            LegCommand::Alert => self.sip_alert(now, leg),
            LegCommand::Progress => self.sip_progress(now, leg),
            LegCommand::Answer => self.answer(now, leg),
            LegCommand::PlayTone(tone) => {
                if let Some(bearer) = self.wiring.bearer(leg) {
                    self.media(Command::PlayTone { bearer, tone });
                }
            }
            LegCommand::StopTone => {
                if let Some(bearer) = self.wiring.bearer(leg) {
                    self.media(Command::StopPlay { bearer });
                }
            }
            LegCommand::Bridge(other) => {
                self.wiring.join(leg, other);
                self.connect(leg, other);
            }
            LegCommand::Unbridge => self.unbridge(leg),
            LegCommand::CallWaiting(caller) => self.call_waiting(leg, caller),
            LegCommand::CallWaitingEnded => {
                if let Some(bearer) = self.wiring.bearer(leg) {
                    self.media(Command::StopMix { bearer });
                }
            }
            LegCommand::TransferResult(result) => self.sip_transfer_result(now, leg, result),
            LegCommand::Release(cause) => self.release(now, leg, cause),
        }
    }

    fn originate(
        &mut self,
        now: Instant,
        leg: LegId,
        to: Destination,
        caller: CallerId,
        called: String,
    ) {
        match to {
            Destination::Device(Device::Fxs(line)) => self.ring_phone(now, leg, line, caller),
            Destination::Device(Device::Sip(user)) => {
                self.invite(now, leg, sip::Target::Account(user), caller, called);
            }
            Destination::Line { line, digits } => {
                let request = LineRequest::Fxo(FxoInput::Seize { digits });
                if let Err(cause) = self.take_port(leg, line, PortKind::Fxo) {
                    return self.leg_event(now, leg, LegEvent::Release(cause));
                }
                self.outputs.push_back(Output::Line(line, request));
            }
            Destination::Trunk { name, number } => {
                let trunk = self
                    .wiring
                    .trunks
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, id)| *id);
                match trunk {
                    Some(id) => self.invite(now, leg, sip::Target::Trunk(id), caller, number),
                    None => {
                        self.leg_event(now, leg, LegEvent::Release(Cause::NoRouteToDestination))
                    }
                }
            }
        }
    }

    fn ring_phone(&mut self, now: Instant, leg: LegId, line: LineId, caller: CallerId) {
        if let Err(cause) = self.take_port(leg, line, PortKind::Fxs) {
            return self.leg_event(now, leg, LegEvent::Release(cause));
        }
        let ring = LineRequest::Fxs(FxsInput::Ring {
            caller,
            cadence: None,
        });
        self.outputs.push_back(Output::Line(line, ring));
        self.leg_event(now, leg, LegEvent::Alerting);
    }

    /// Gives the port to `leg`, or says why not.
    fn take_port(&mut self, leg: LegId, line: LineId, kind: PortKind) -> Result<(), Cause> {
        let port = self
            .wiring
            .ports
            .get_mut(line.0 as usize)
            .filter(|port| port.kind == kind);
        let port = port.ok_or(Cause::DestinationOutOfOrder)?;
        if !port.works {
            return Err(Cause::DestinationOutOfOrder);
        }
        if port.leg.is_some() || port.off_hook {
            return Err(if kind == PortKind::Fxs {
                Cause::UserBusy
            } else {
                Cause::CircuitNotAvailable
            });
        }
        port.leg = Some(leg);
        port.called = Some(leg);
        self.wiring.legs.insert(leg, Way::Port(line));
        Ok(())
    }

    fn answer(&mut self, now: Instant, leg: LegId) {
        match self.wiring.way(leg) {
            Some(Way::Port(line)) => {
                let line = *line;
                if self.wiring.ports[line.0 as usize].kind == PortKind::Fxo {
                    self.outputs
                        .push_back(Output::Line(line, LineRequest::Fxo(FxoInput::Answer)));
                    self.media(Command::DetectDtmf {
                        bearer: Bearer::Timeslot(line),
                        on: true,
                    });
                }
            }
            Some(Way::Sip(_)) => self.sip_answer(now, leg),
            None => {}
        }
    }

    fn unbridge(&mut self, leg: LegId) {
        self.wiring.part(leg);
        if let Some(bearer) = self.wiring.bearer(leg) {
            self.media(Command::Disconnect { bearer });
        }
    }

    fn call_waiting(&mut self, leg: LegId, caller: CallerId) {
        if let Some(Way::Port(line)) = self.wiring.way(leg) {
            let line = *line;
            self.outputs.push_back(Output::Line(
                line,
                LineRequest::Fxs(FxsInput::CallWaiting(caller)),
            ));
        }
    }

    /// Ends a leg of ours, whatever it is, and tells the switch.
    pub(crate) fn end_leg(&mut self, now: Instant, leg: LegId, cause: Cause) {
        self.release(now, leg, cause);
        self.leg_event(now, leg, LegEvent::Release(cause));
    }

    fn release(&mut self, now: Instant, leg: LegId, cause: Cause) {
        match self.wiring.way(leg) {
            Some(Way::Port(line)) => {
                let line = *line;
                let request = match self.wiring.ports[line.0 as usize].kind {
                    PortKind::Fxs => LineRequest::Fxs(FxsInput::Release(cause)),
                    PortKind::Fxo => LineRequest::Fxo(FxoInput::Hangup),
                };
                // The port is silenced first: what the machine wants played after the call comes later.
                self.release_bearer(now, leg, cause);
                self.outputs.push_back(Output::Line(line, request));
            }
            Some(Way::Sip(sip)) => {
                let id = sip.invite;
                self.command(now, sip::Command::Release { id, cause });
                self.release_bearer(now, leg, cause);
            }
            None => {}
        }
    }
}
