//! Who hears whom: the tick, and packets that go straight through.

use std::net::SocketAddr;

use dsp::dtmf::DtmfEvent;
use dsp::listener;
use telephony::{Frame, Instant, SILENCE};

use crate::ear::Done;
use crate::event_receiver::Key;
use crate::inbound::Received;
use crate::rtp::Header;
use crate::{Bearer, Channel, Engine, Event, RtpId, Verdict, rtp};

impl Engine {
    /// 10 ms of the highway: `rx[n]` came from timeslot `n`, `tx[n]` becomes what goes there.
    pub fn tick(&mut self, now: Instant, rx: &[Frame], tx: &mut [Frame]) {
        self.hear_ports(rx);
        self.hear_sessions(now);
        self.feed_ports(tx);
        self.feed_sessions();
    }

    /// Notes whose code runs: [`Engine::recover`] ends this one if it panics.
    pub(crate) fn take_in_hand(&mut self, bearer: Bearer) {
        self.in_hand = Some(bearer);
        #[cfg(test)]
        assert_ne!(self.fault, self.in_hand);
    }

    /// Timeslots to [`Engine::port_said`], digits and signals reported. Whoever listens does so behind the echo canceller's
    /// filter, so that what the box says does not come back to it, before its suppressor, which would blind, and before the gain: limits of level are those of the line.
    fn hear_ports(&mut self, rx: &[Frame]) {
        let Engine {
            ports,
            sessions,
            outputs,
            ..
        } = self;
        for (n, port) in ports.iter_mut().enumerate() {
            self.in_hand = Some(Bearer::Timeslot(port.line));
            #[cfg(test)]
            assert_ne!(self.fault, self.in_hand);
            let (heard, mut frame) = port.receive(rx.get(n).unwrap_or(&SILENCE));
            let events = match port.peer {
                Some(Bearer::Rtp(id)) => sessions.get_mut(usize::from(id.0)),
                _ => None,
            };
            let mut events = events.filter(|s| s.takes_events().is_some());
            let (line, report) = (port.line, port.mouth.report);
            let digits = report || events.is_some();
            port.mouth.listener.listen_for_fax(port.peer.is_some());
            port.mouth.process(&heard, digits, |event| match event {
                listener::Event::CallerId(result) => {
                    outputs.event(Event::CallerId { line, result });
                }
                listener::Event::Progress(heard) => outputs.event(Event::Heard { line, heard }),
                listener::Event::Fax(tone) => outputs.event(Event::Fax { line, tone }),
                listener::Event::Digit(digit) => {
                    let sender = events.as_mut().map(|s| &mut s.outbound.events);
                    match (digit, sender) {
                        (DtmfEvent::Began(digit), Some(sender)) => sender.press(digit),
                        (DtmfEvent::Ended(_), Some(sender)) => sender.release(),
                        (_, None) => {}
                    }
                    if let (DtmfEvent::Began(digit), true) = (digit, report) {
                        let bearer = Bearer::Timeslot(line);
                        outputs.event(Event::Digit { bearer, digit });
                    }
                }
            });
            port.mouth.delay(&mut frame, events.is_some());
            port.pair.amplify(&mut frame);
            self.port_said[n] = frame;
        }
    }

    /// RTP sessions to [`Engine::rtp_said`]; their timers.
    fn hear_sessions(&mut self, now: Instant) {
        for n in 0..self.sessions.len() {
            if self.sessions[n].setup.is_none() {
                continue;
            }
            let id = self.sessions[n].id;
            self.take_in_hand(Bearer::Rtp(id));
            let decodes = self.decodes(id);
            let session = &mut self.sessions[n];
            session.tick_control(now, &mut self.random, &mut self.outputs);
            if !session.expects_speech() {
                session.inbound.heard = now;
            } else if !session.inbound.timed_out
                && now.since(session.inbound.heard) >= self.config.rtp_timeout
            {
                session.inbound.timed_out = true;
                self.outputs.event(Event::RtpTimeout { id });
            }
            let mut frame = SILENCE;
            if decodes {
                session.inbound.pull(&mut frame);
            } else {
                session.inbound.jitter.reset();
            }
            let listens = session.listens();
            let (outputs, bearer) = (&mut self.outputs, Bearer::Rtp(id));
            session.mouth.process(&frame, listens, |event| {
                if let listener::Event::Digit(DtmfEvent::Began(digit)) = event {
                    outputs.event(Event::Digit { bearer, digit });
                }
            });
            self.rtp_said[n] = frame;
            let key = session.inbound.tick_keys(now);
            self.keys(id, [key, None, None], false);
        }
    }

    /// Whether a session's speech is decoded: somebody hears it who cannot be given its packets.
    fn decodes(&self, id: RtpId) -> bool {
        let Some(session) = self.sessions.get(usize::from(id.0)) else {
            return false;
        };
        session.receives()
            && match session.peer {
                None => session.listens(),
                Some(Bearer::Timeslot(_)) => true,
                Some(Bearer::Rtp(to)) => !self.relays(id, to),
            }
    }

    /// Whether packets of speech go from one session to another as they are.
    fn relays(&self, from: RtpId, to: RtpId) -> bool {
        let session = |id: RtpId| self.sessions.get(usize::from(id.0));
        match (session(from), session(to)) {
            (Some(from), Some(to)) => from.relays_to(to),
            _ => false,
        }
    }

    /// What a bearer's peer said in this tick.
    fn said(&self, peer: Option<Bearer>) -> Frame {
        let frame = match peer {
            Some(Bearer::Timeslot(line)) => self.port_said.get(usize::from(line.0)),
            Some(Bearer::Rtp(id)) => self.rtp_said.get(usize::from(id.0)),
            None => None,
        };
        frame.copied().unwrap_or(SILENCE)
    }

    fn feed_ports(&mut self, tx: &mut [Frame]) {
        for n in 0..self.ports.len() {
            self.take_in_hand(Bearer::Timeslot(self.ports[n].line));
            let mut frame = self.said(self.ports[n].peer);
            let done = self.ports[n].ear.hear(&mut frame);
            self.report(Bearer::Timeslot(self.ports[n].line), done);
            self.ports[n].send(&mut frame);
            if let Some(tx) = tx.get_mut(n) {
                *tx = frame;
            }
        }
        for frame in tx.iter_mut().skip(self.ports.len()) {
            *frame = SILENCE;
        }
    }

    fn feed_sessions(&mut self) {
        for n in 0..self.sessions.len() {
            let Some(setup) = self.sessions[n].setup else {
                continue;
            };
            let (id, peer) = (self.sessions[n].id, self.sessions[n].peer);
            self.take_in_hand(Bearer::Rtp(id));
            let mut frame = self.said(peer);
            let relayed = matches!(peer, Some(Bearer::Rtp(from)) if self.relays(from, id));
            let session = &mut self.sessions[n];
            let busy = session.ear.is_busy();
            let done = session.ear.hear(&mut frame);
            if session.listens() {
                session.mouth.sent.push(&frame);
            }
            let (to, outbound) = (session.destination(), &mut session.outbound);
            match (to, setup.events_payload_type) {
                (Some(to), Some(payload_type)) if outbound.events.is_busy() => {
                    if let Some(packet) = outbound.event(payload_type) {
                        self.outputs.transmit(id, Channel::Rtp, to, packet);
                    }
                }
                // Nobody may hear them; their time passes all the same.
                _ => drop(outbound.events.tick(outbound.clock())),
            }
            let speech = to.filter(|_| (busy || !relayed) && !outbound.events.is_sounding());
            match speech {
                None => outbound.pause(),
                Some(to) => {
                    let packet =
                        outbound.speech(&frame, setup.codec, setup.payload_type, setup.ptime_ms);
                    if let Some(packet) = packet {
                        self.outputs.transmit(id, Channel::Rtp, to, packet);
                    }
                }
            }
            outbound.advance();
            let digits = outbound.events.take_done();
            self.report(
                Bearer::Rtp(id),
                Done {
                    digits: done.digits || digits,
                    ..done
                },
            );
        }
    }

    fn report(&mut self, bearer: Bearer, done: Done) {
        self.outputs.clip(done.clip);
        if done.play {
            self.outputs.event(Event::PlayDone { bearer });
        }
        if done.digits {
            self.outputs.event(Event::DigitsSent { bearer });
        }
        if let (true, Bearer::Timeslot(line)) = (done.spill, bearer) {
            self.outputs.event(Event::CallerIdSent { line });
        }
    }

    /// A datagram of an RTP socket.
    pub(crate) fn rtp_datagram(
        &mut self,
        now: Instant,
        id: RtpId,
        from: SocketAddr,
        packet: &mut [u8],
    ) -> Verdict {
        self.take_in_hand(Bearer::Rtp(id));
        let Some(session) = self.open_session(id) else {
            return Verdict::Consumed;
        };
        let Some(setup) = session.setup else {
            return Verdict::Consumed;
        };
        let received = session.inbound.datagram(now, from, packet, &setup);
        if let Received::Speech { codec, .. } = received {
            session.heard_codec = codec;
        }
        let to = match session.peer {
            Some(Bearer::Rtp(to)) if session.receives() => {
                Some(to).filter(|&to| self.relays(id, to))
            }
            _ => None,
        };
        match received {
            Received::Nothing => Verdict::Consumed,
            Received::Speech {
                header,
                codec,
                octets,
                fresh,
            } => {
                if let Some(to) = to {
                    let payload_type = self.sessions[usize::from(to.0)]
                        .setup
                        .map(|s| s.payload_type);
                    return self.forward(to, header, payload_type, octets, fresh, packet);
                }
                if self.decodes(id)
                    && let Ok(whole) = rtp::parse(packet)
                {
                    self.sessions[usize::from(id.0)]
                        .inbound
                        .keep(&header, codec, whole.payload);
                }
                Verdict::Consumed
            }
            Received::Event {
                header,
                keys,
                octets,
                fresh,
            } => {
                let taker =
                    to.and_then(|to| Some((to, self.sessions[usize::from(to.0)].takes_events()?)));
                self.keys(id, keys, taker.is_some());
                match taker {
                    Some((to, payload_type)) => {
                        self.forward(to, header, Some(payload_type), octets, fresh, packet)
                    }
                    None => Verdict::Consumed,
                }
            }
        }
    }

    fn forward(
        &mut self,
        via: RtpId,
        header: Header,
        payload_type: Option<u8>,
        octets: usize,
        fresh: bool,
        packet: &mut [u8],
    ) -> Verdict {
        let Some(session) = self.open_session(via) else {
            return Verdict::Consumed;
        };
        if fresh {
            session.outbound.forget_relay();
        }
        let (Some(to), Some(payload_type)) = (session.destination(), payload_type) else {
            return Verdict::Consumed;
        };
        match session.outbound.relay(&header, payload_type, octets) {
            Some(ours) => {
                ours.write_into(packet);
                let len = packet.len();
                Verdict::Forward { via, to, len }
            }
            None => Verdict::Consumed,
        }
    }

    /// Keys of a session that came as events: reported, and passed on unless their packets are.
    fn keys(&mut self, id: RtpId, keys: [Option<Key>; 3], forwarded: bool) {
        for key in keys.into_iter().flatten() {
            if let Key::Down(digit) = key {
                let bearer = Bearer::Rtp(id);
                self.outputs.event(Event::Digit { bearer, digit });
            }
            let peer = self.peer(Bearer::Rtp(id)).filter(|_| !forwarded);
            let receives = self
                .sessions
                .get(usize::from(id.0))
                .is_some_and(|s| s.receives());
            let Some(peer) = peer.filter(|_| receives) else {
                continue;
            };
            if let Bearer::Rtp(to) = peer
                && let Some(session) = self.open_session(to)
                && session.takes_events().is_some()
            {
                match key {
                    Key::Down(digit) => session.outbound.events.press(digit),
                    Key::Up(_) => session.outbound.events.release(),
                }
            } else if let Some(ear) = self.ear(peer) {
                match key {
                    Key::Down(digit) => ear.press(digit),
                    Key::Up(_) => ear.release(),
                }
            }
        }
    }
}
