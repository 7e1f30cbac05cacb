use std::net::SocketAddr;

use telephony::{Codec, Instant, MediaDirection};

use crate::control::Control;
use crate::ear::Ear;
use crate::inbound::{self, Inbound};
use crate::mouth::Mouth;
use crate::outbound::Outbound;
use crate::outputs::Outputs;
use crate::random::Random;
use crate::words::RtpSetup;
use crate::{Bearer, Channel, Config, RtpId, RtpStats, rtcp};

/// One RTP session, open or not.
#[derive(Debug)]
pub(crate) struct Session {
    pub id: RtpId,
    /// `None` while it is closed.
    pub setup: Option<RtpSetup>,
    pub peer: Option<Bearer>,
    pub ear: Ear,
    pub mouth: Mouth,
    pub inbound: Inbound,
    pub outbound: Outbound,
    pub control: Control,
    /// Codec of the speech that came last.
    pub heard_codec: Codec,
}

impl Session {
    pub(crate) fn new(id: RtpId, config: &Config, random: &mut Random) -> Self {
        Session {
            id,
            setup: None,
            peer: None,
            ear: Ear::default(),
            mouth: Mouth::new(),
            inbound: Inbound::new(config.jitter),
            outbound: Outbound::new(random),
            control: Control::new(Instant::ZERO, random),
            heard_codec: Codec::Pcmu,
        }
    }

    /// Opens it, or changes it when it is open.
    pub(crate) fn open(&mut self, now: Instant, setup: RtpSetup, random: &mut Random) {
        if self.setup.is_none() {
            self.inbound.open(now, setup.remote);
            self.outbound = Outbound::new(random);
            self.control = Control::new(now, random);
            self.mouth = Mouth::new();
        } else {
            self.inbound.latch.renew(now, setup.remote);
            self.inbound.heard = now;
            self.inbound.timed_out = false;
            self.outbound.pause();
            self.outbound.forget_relay();
            if setup.events_payload_type.is_none() {
                self.outbound.events.clear();
            }
        }
        self.heard_codec = setup.codec;
        self.setup = Some(setup);
    }

    pub(crate) fn receives(&self) -> bool {
        self.setup.is_some_and(|s| inbound::receives(s.direction))
    }

    /// Whether silence of the far end is a fault. While either side holds the other it is not: many phones send nothing then.
    pub(crate) fn expects_speech(&self) -> bool {
        self.setup
            .is_some_and(|s| s.direction == MediaDirection::SendRecv)
    }

    /// Where RTP goes now; `None` when none is to be sent.
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        let setup = self.setup.filter(|s| inbound::sends(s.direction))?;
        self.inbound
            .latch
            .destination()
            .filter(|_| setup.payload_type < 128)
    }

    /// Payload type of the events it may be sent.
    pub(crate) fn takes_events(&self) -> Option<u8> {
        let setup = self.setup.filter(|s| inbound::sends(s.direction))?;
        setup.events_payload_type
    }

    /// Whether digits are to be heard in its speech.
    pub(crate) fn listens(&self) -> bool {
        self.mouth.report && self.setup.is_some_and(|s| s.events_payload_type.is_none())
    }

    /// Whether speech of this session can go on to `to` as it is.
    pub(crate) fn relays_to(&self, to: &Session) -> bool {
        self.receives()
            && !self.listens()
            && to.setup.is_some_and(|s| s.codec == self.heard_codec)
            && !to.ear.is_busy()
            && !to.outbound.events.is_sounding()
    }

    /// A datagram of the RTCP socket.
    pub(crate) fn control_datagram(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        if self
            .inbound
            .latch
            .destination()
            .is_none_or(|to| to.ip() != from.ip())
        {
            self.inbound.count_foreign();
            return;
        }
        let Ok(items) = rtcp::parse(datagram) else {
            self.inbound.count_malformed();
            return;
        };
        self.inbound.heard = now;
        self.inbound.timed_out = false;
        let ours = self.outbound.ssrc;
        self.control
            .received(now, from, items, ours, &mut self.inbound.reception);
    }

    /// Sends a report when it is time.
    pub(crate) fn tick_control(
        &mut self,
        now: Instant,
        random: &mut Random,
        outputs: &mut Outputs,
    ) {
        let report = self
            .control
            .tick(now, random, &self.outbound, &mut self.inbound.reception);
        let to = self
            .inbound
            .latch
            .destination()
            .and_then(|to| self.control.destination(to));
        if let (Some(packet), Some(to)) = (report, to) {
            outputs.transmit(self.id, Channel::Rtcp, to, packet);
        }
    }

    /// The last report, with BYE.
    pub(crate) fn leave(&mut self, now: Instant, outputs: &mut Outputs) {
        let packet = self
            .control
            .report(now, &self.outbound, &mut self.inbound.reception, true);
        let to = self
            .inbound
            .latch
            .destination()
            .and_then(|to| self.control.destination(to));
        if let Some(to) = to {
            outputs.transmit(self.id, Channel::Rtcp, to, packet);
        }
    }

    pub(crate) fn stats(&self) -> RtpStats {
        RtpStats {
            packets_sent: self.outbound.packets,
            octets_sent: self.outbound.octets,
            rtt: self.control.rtt,
            far_lost: self.control.far_lost,
            ..self.inbound.stats()
        }
    }
}
