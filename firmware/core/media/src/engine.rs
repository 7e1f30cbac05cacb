//! The engine's verbs, and its commands.

use std::net::SocketAddr;

use dsp::caller_id::{Spill, SpillPlayer};
use dsp::tone::TonePlayer;
use telephony::{Digits, Frame, Instant, LineId, SILENCE, Tone};

use crate::ear::Ear;
use crate::mouth::Mouth;
use crate::outputs::Outputs;
use crate::port::Port;
use crate::random::Random;
use crate::session::Session;
use crate::words::{PortConfig, RtpSetup};
use crate::{Bearer, Channel, Command, Config, Event, Output, RtpId, RtpStats, Verdict};

/// The media engine: every voice path of the box.
///
/// A tick gives the frames of all timeslots and takes theirs; packets are handled as they come. Nothing is allocated after
/// [`Engine::new`], and nothing here blocks.
#[derive(Debug)]
pub struct Engine {
    pub(crate) config: Config,
    pub(crate) ports: Vec<Port>,
    pub(crate) sessions: Vec<Session>,
    /// What each party said in this tick, as it goes on to its peer.
    pub(crate) port_said: Vec<Frame>,
    pub(crate) rtp_said: Vec<Frame>,
    pub(crate) outputs: Outputs,
    pub(crate) random: Random,
    /// Whose speech is being worked on.
    pub(crate) in_hand: Option<Bearer>,
    refused: u64,
    /// The code for this bearer panics.
    #[cfg(test)]
    pub(crate) fault: Option<Bearer>,
}

impl Engine {
    /// An engine of this size. `seed` makes SSRCs, sequence numbers and RTCP intervals; take it from a random source.
    pub fn new(config: Config, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let sessions = config.rtp_sessions.min(usize::from(u16::MAX));
        let ports = config.ports.min(usize::from(u16::MAX));
        Engine {
            ports: (0..ports)
                .map(|n| Port::new(LineId(n as u16), &PortConfig::new(config.plan)))
                .collect(),
            sessions: (0..sessions)
                .map(|n| Session::new(RtpId(n as u16), &config, &mut random))
                .collect(),
            port_said: vec![SILENCE; ports],
            rtp_said: vec![SILENCE; sessions],
            outputs: Outputs::new(
                config.outputs,
                16 + 2 * (ports + sessions),
                4 * (ports + sessions),
            ),
            random,
            in_hand: None,
            refused: 0,
            #[cfg(test)]
            fault: None,
            config,
        }
    }

    /// Carries out a command.
    pub fn handle(&mut self, now: Instant, command: Command) {
        self.in_hand = Some(command.bearer());
        if self.try_handle(now, command).is_none() {
            self.refused += 1;
        }
    }

    /// After a panic of [`handle`](Self::handle), [`tick`](Self::tick) or [`handle_packet`](Self::handle_packet): closes the session
    /// or releases the port whose code it was, tells [`Event::Failed`], and leaves every other voice path as it is.
    pub fn recover(&mut self, now: Instant) {
        let Some(bearer) = self.in_hand.take() else {
            return;
        };
        let _gone = match bearer {
            Bearer::Rtp(id) => self.close(now, id),
            Bearer::Timeslot(line) => self.release_port(line),
        };
        self.outputs.event(Event::Failed { bearer });
    }

    /// `None` when a port or session is not there.
    fn try_handle(&mut self, now: Instant, command: Command) -> Option<()> {
        match command {
            Command::OpenRtp { id, setup } => self.open(now, id, setup),
            Command::CloseRtp { id } => self.close(now, id),
            Command::Connect { a, b } => self.connect(a, b),
            Command::Disconnect { bearer } => {
                self.ear(bearer)?;
                self.disconnect(bearer);
                Some(())
            }
            Command::PlayTone { bearer, tone } => {
                let player = self.player(bearer, tone);
                let clip = self.ear(bearer)?.play_tone(player);
                self.outputs.clip(clip);
                Some(())
            }
            Command::PlayClip {
                bearer,
                clip,
                repeat,
            } => {
                let back = match self.ear(bearer) {
                    Some(ear) => ear.play_clip(clip, repeat),
                    None => {
                        self.refused += 1;
                        Some(clip)
                    }
                };
                self.outputs.clip(back);
                Some(())
            }
            Command::StopPlay { bearer } => {
                let clip = self.ear(bearer)?.stop();
                self.outputs.clip(clip);
                Some(())
            }
            Command::MixTone { bearer, tone } => {
                let player = self.player(bearer, tone);
                self.ear(bearer)?.mix(player);
                Some(())
            }
            Command::StopMix { bearer } => {
                self.ear(bearer)?.stop_mix();
                Some(())
            }
            Command::SendDigits { bearer, digits } => self.send_digits(bearer, digits),
            Command::SendCallerId {
                line,
                caller,
                standard,
            } => {
                let spill = Spill::encode(&caller, None, standard);
                self.ear(Bearer::Timeslot(line))?
                    .send_spill(SpillPlayer::new(spill));
                Some(())
            }
            Command::Listen {
                line,
                caller_id,
                progress,
            } => {
                self.port(line)?.listen(caller_id, progress);
                Some(())
            }
            Command::ReleasePort { line } => self.release_port(line),
            Command::ConfigurePort { line, config } => {
                self.port(line)?.configure(&config);
                Some(())
            }
            Command::MeasurePort { line } => {
                let figures = self.port(line)?.pair.figures();
                self.outputs.event(Event::PortMeasured { line, figures });
                Some(())
            }
            Command::DetectDtmf { bearer, on } => {
                self.mouth(bearer)?.report = on;
                Some(())
            }
        }
    }

    /// A datagram came to a session's socket. It may be rewritten in place.
    pub fn handle_packet(
        &mut self,
        now: Instant,
        id: RtpId,
        channel: Channel,
        from: SocketAddr,
        packet: &mut [u8],
    ) -> Verdict {
        match channel {
            Channel::Rtp => self.rtp_datagram(now, id, from, packet),
            Channel::Rtcp => {
                self.take_in_hand(Bearer::Rtp(id));
                if let Some(session) = self.open_session(id) {
                    session.control_datagram(now, from, packet);
                }
                Verdict::Consumed
            }
        }
    }

    /// The next thing to do; ask until `None` after each `handle`, `tick` and burst of packets.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.poll()
    }

    /// How a session is doing; `None` when it is not open.
    pub fn rtp_stats(&self, id: RtpId) -> Option<RtpStats> {
        let session = self.sessions.get(usize::from(id.0))?;
        session.setup.map(|_| session.stats())
    }

    /// Outputs dropped because nobody polled.
    pub fn dropped_outputs(&self) -> u64 {
        self.outputs.dropped
    }

    /// Commands that named a port or session that does not exist or is not open, or more digits than may wait.
    pub fn refused_commands(&self) -> u64 {
        self.refused
    }

    fn open(&mut self, now: Instant, id: RtpId, setup: RtpSetup) -> Option<()> {
        let session = self.sessions.get_mut(usize::from(id.0))?;
        let fits = setup.payload_type < 128 && setup.events_payload_type.is_none_or(|t| t < 128);
        if !fits {
            return None;
        }
        session.open(now, setup, &mut self.random);
        Some(())
    }

    fn close(&mut self, now: Instant, id: RtpId) -> Option<()> {
        self.open_session(id)?;
        self.disconnect(Bearer::Rtp(id));
        let session = self.sessions.get_mut(usize::from(id.0))?;
        session.leave(now, &mut self.outputs);
        let clip = session.ear.clear();
        self.outputs.clip(clip);
        session.setup = None;
        session.inbound.jitter.reset();
        let stats = session.stats();
        self.outputs.event(Event::RtpClosed { id, stats });
        Some(())
    }

    fn connect(&mut self, a: Bearer, b: Bearer) -> Option<()> {
        self.ear(a)?;
        self.ear(b)?;
        if a == b {
            return None;
        }
        if self.peer(a) != Some(b) {
            self.disconnect(a);
            self.disconnect(b);
            self.link(a, Some(b));
            self.link(b, Some(a));
        }
        Some(())
    }

    fn disconnect(&mut self, bearer: Bearer) {
        if let Some(peer) = self.peer(bearer) {
            self.link(peer, None);
            self.link(bearer, None);
        }
    }

    /// Sets one side's peer. Keys that the old peer held down are let go.
    fn link(&mut self, bearer: Bearer, peer: Option<Bearer>) {
        match bearer {
            Bearer::Timeslot(line) => {
                if let Some(port) = self.port(line) {
                    port.peer = peer;
                    port.ear.release();
                }
            }
            Bearer::Rtp(id) => {
                if let Some(session) = self.open_session(id) {
                    session.peer = peer;
                    session.ear.release();
                    session.outbound.events.release();
                    session.outbound.forget_relay();
                }
            }
        }
    }

    pub(crate) fn peer(&self, bearer: Bearer) -> Option<Bearer> {
        match bearer {
            Bearer::Timeslot(line) => self.ports.get(usize::from(line.0))?.peer,
            Bearer::Rtp(id) => self.sessions.get(usize::from(id.0))?.peer,
        }
    }

    fn send_digits(&mut self, bearer: Bearer, digits: Digits) -> Option<()> {
        if let Bearer::Rtp(id) = bearer {
            let session = self.open_session(id)?;
            if session.takes_events().is_some() {
                session.outbound.events.dial(digits);
                return Some(());
            }
        }
        self.ear(bearer)?.dial(digits).then_some(())
    }

    fn release_port(&mut self, line: LineId) -> Option<()> {
        let bearer = Bearer::Timeslot(line);
        self.ear(bearer)?;
        self.disconnect(bearer);
        let port = self.port(line)?;
        port.mouth = Mouth::new();
        port.pair.begin_anew();
        let clip = port.ear.clear();
        self.outputs.clip(clip);
        Some(())
    }

    /// A tone as it sounds to this party: on a line, in the line's country.
    fn player(&self, bearer: Bearer, tone: Tone) -> TonePlayer {
        let plan = match bearer {
            Bearer::Timeslot(line) => self.ports.get(usize::from(line.0)).map(|port| port.plan),
            Bearer::Rtp(_) => None,
        };
        TonePlayer::new(plan.unwrap_or(self.config.plan).spec(tone))
    }

    pub(crate) fn port(&mut self, line: LineId) -> Option<&mut Port> {
        self.ports.get_mut(usize::from(line.0))
    }

    pub(crate) fn open_session(&mut self, id: RtpId) -> Option<&mut Session> {
        let session = self.sessions.get_mut(usize::from(id.0))?;
        session.setup.is_some().then_some(session)
    }

    pub(crate) fn ear(&mut self, bearer: Bearer) -> Option<&mut Ear> {
        match bearer {
            Bearer::Timeslot(line) => self.port(line).map(|p| &mut p.ear),
            Bearer::Rtp(id) => self.open_session(id).map(|s| &mut s.ear),
        }
    }

    fn mouth(&mut self, bearer: Bearer) -> Option<&mut Mouth> {
        match bearer {
            Bearer::Timeslot(line) => self.port(line).map(|p| &mut p.mouth),
            Bearer::Rtp(id) => self.open_session(id).map(|s| &mut s.mouth),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use telephony::{Codec, Duration, MediaDirection, SILENCE};

    use super::*;
    use crate::RtpSetup;

    fn events(engine: &mut Engine) -> Vec<Event> {
        let event = |output| match output {
            Output::Event(event) => Some(event),
            Output::Transmit { .. } => None,
        };
        std::iter::from_fn(|| engine.poll_output())
            .filter_map(event)
            .collect()
    }

    #[test]
    fn a_panic_ends_one_voice_path_and_the_others_go_on() {
        let plan = dsp::tone::plan("us").expect("a plan");
        let port = |n| Bearer::Timeslot(LineId(n));
        let session = Bearer::Rtp(RtpId(0));
        for fault in [port(2), session] {
            let mut engine = Engine::new(Config::new(3, 1, plan), 1);
            let mut now = Instant::ZERO;
            let setup = RtpSetup {
                signalling: None,
                codec: Codec::Pcmu,
                payload_type: 0,
                events_payload_type: None,
                ptime_ms: 20,
                remote: "192.0.2.1:4000".parse().expect("an address"),
                direction: MediaDirection::SendRecv,
            };
            engine.handle(
                now,
                Command::OpenRtp {
                    id: RtpId(0),
                    setup,
                },
            );
            let (a, b) = (port(2), session);
            engine.handle(now, Command::Connect { a, b });
            let (a, b) = (port(0), port(1));
            engine.handle(now, Command::Connect { a, b });
            engine.fault = Some(fault);
            let mut tx = [SILENCE; 3];
            let rx = [[1_000; 80], SILENCE, SILENCE];
            let mut tick = |engine: &mut Engine, tx: &mut [_]| {
                now += Duration::from_millis(10);
                let ticked = catch_unwind(AssertUnwindSafe(|| engine.tick(now, &rx, tx)));
                if ticked.is_err() {
                    engine.recover(now);
                }
                ticked.is_ok()
            };
            assert!(!tick(&mut engine, &mut tx));
            let told = events(&mut engine);
            assert!(
                told.iter()
                    .any(|e| matches!(e, Event::Failed { bearer } if *bearer == fault)),
                "{told:?}"
            );
            let closed = |e: &Event| matches!(e, Event::RtpClosed { .. });
            assert_eq!(told.iter().any(closed), fault == session);
            engine.fault = None;
            assert!(tick(&mut engine, &mut tx));
            assert_eq!(tx[1], rx[0], "the other call goes on");
            assert_eq!(engine.rtp_stats(RtpId(0)).is_none(), fault == session);
        }
    }
}
