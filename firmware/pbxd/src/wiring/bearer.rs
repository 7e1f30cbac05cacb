//! Bearers: which voice path a leg has, and the RTP sessions there are to give.

use std::collections::VecDeque;

use media::{Bearer, Command, Event, RtpId, RtpSetup};
use sip::sdp::Negotiated;
use telephony::{Cause, Instant, LegId};

use super::{Way, Wiring};
use crate::signalling::{Output, Signalling};

/// RTP sessions and their UDP ports. A session is given again only after the media engine has closed it, the longest unused
/// one first: late packets of one call do not reach the next.
pub(super) struct RtpPool {
    ports: Vec<u16>,
    free: VecDeque<RtpId>,
}

impl RtpPool {
    pub(super) fn new(ports: Vec<u16>) -> Self {
        let free = (0..ports.len()).map(|n| RtpId(n as u16)).collect();
        RtpPool { ports, free }
    }

    pub(super) fn take(&mut self) -> Option<(RtpId, u16)> {
        let id = self.free.pop_front()?;
        Some((id, self.ports[id.0 as usize]))
    }

    pub(super) fn give_back(&mut self, id: RtpId) {
        if (id.0 as usize) < self.ports.len() && !self.free.contains(&id) {
            self.free.push_back(id);
        }
    }

    pub(super) fn in_use(&self) -> usize {
        self.ports.len() - self.free.len()
    }
}

impl Wiring {
    /// The leg's voice path, once there is one.
    pub(super) fn bearer(&self, leg: LegId) -> Option<Bearer> {
        match self.legs.get(&leg)? {
            Way::Port(line) => Some(Bearer::Timeslot(*line)),
            Way::Sip(sip) => sip.agreed.is_some().then_some(Bearer::Rtp(sip.rtp)),
        }
    }

    fn leg_of(&self, bearer: Bearer) -> Option<LegId> {
        match bearer {
            Bearer::Timeslot(line) => self.port_leg(line),
            Bearer::Rtp(id) => self.rtp_legs.get(&id).copied(),
        }
    }
}

impl Signalling {
    pub(crate) fn media(&mut self, command: Command) {
        tracing::debug!(?command, "-> media");
        self.outputs.push_back(Output::Media(command));
    }

    /// Opens or changes the RTP session of a SIP leg to what was agreed; a bridge that waited for it is made.
    pub(super) fn open_rtp(&mut self, leg: LegId, agreed: Negotiated) {
        let Some(Way::Sip(sip)) = self.wiring.legs.get_mut(&leg) else {
            return;
        };
        let setup = RtpSetup {
            codec: agreed.codec,
            payload_type: agreed.payload_type,
            events_payload_type: agreed.events_payload_type,
            ptime_ms: agreed.ptime_ms,
            remote: agreed.remote,
            direction: agreed.direction,
            signalling: Some(sip.peer),
        };
        let first = sip.agreed.is_none();
        let id = sip.rtp;
        sip.agreed = Some(agreed);
        self.media(Command::OpenRtp { id, setup });
        if first && let Some(&peer) = self.wiring.bridges.get(&leg) {
            self.connect(leg, peer);
        }
    }

    pub(super) fn connect(&mut self, a: LegId, b: LegId) {
        if let (Some(a), Some(b)) = (self.wiring.bearer(a), self.wiring.bearer(b)) {
            self.media(Command::Connect { a, b });
        }
    }

    /// Frees what a leg occupied below: the bridge and the RTP session, or the port's players and detectors.
    pub(crate) fn release_bearer(&mut self, _now: Instant, leg: LegId, _cause: Cause) {
        match self.wiring.legs.get(&leg) {
            Some(Way::Port(line)) => {
                let line = *line;
                self.measure(line, leg);
                self.media(Command::ReleasePort { line });
            }
            Some(Way::Sip(sip)) => {
                let (id, opened) = (sip.rtp, sip.agreed.is_some());
                if opened {
                    self.media(Command::CloseRtp { id });
                } else {
                    self.wiring.rtp.give_back(id);
                }
            }
            None => {}
        }
        self.wiring.forget(leg);
    }

    /// A report of the media engine.
    pub(crate) fn media_event(&mut self, now: Instant, event: Event) {
        tracing::debug!(%now, ?event, "media ->");
        match event {
            Event::Digit { bearer, digit } => {
                if let Some(leg) = self.wiring.leg_of(bearer) {
                    self.leg_event(now, leg, call::LegEvent::Digit(digit));
                }
            }
            Event::CallerId { line, result } => self.caller_id_received(line, result),
            Event::Heard { line, heard } => self.progress_heard(line, heard),
            Event::Fax { line, tone } => tracing::info!(%line, ?tone, "a fax machine or modem"),
            Event::DigitsSent {
                bearer: Bearer::Timeslot(line),
            } => self.digits_sent(line),
            Event::CallerIdSent { line } => self.caller_id_sent(line),
            Event::PortMeasured { line, figures } => self.port_measured(now, line, figures),
            Event::RtpTimeout { id } => {
                if let Some(&leg) = self.wiring.rtp_legs.get(&id) {
                    tracing::warn!(%leg, "no RTP for the time limit: the call is ended");
                    self.end_leg(now, leg, Cause::RecoveryOnTimerExpiry);
                }
            }
            Event::Failed { bearer } => {
                if let Some(leg) = self.wiring.leg_of(bearer) {
                    self.end_leg(now, leg, Cause::TemporaryFailure);
                }
            }
            Event::RtpClosed { id, stats } => {
                tracing::info!(?id, ?stats, "RTP session closed");
                self.wiring.rtp.give_back(id);
            }
            _ => {}
        }
    }
}
