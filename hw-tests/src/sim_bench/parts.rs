//! The stations in lock-step: who is told what, millisecond by millisecond, and the network between.

use std::net::SocketAddr;

use media::{Channel, RtpId, Verdict};
use pbxd::signalling::{Input, Output};
use pbxd::store_thread;
use store::UnixMillis;
use telephony::Instant;

use super::{BEGAN_UNIX_MS, Deed, LATENCY, Parts, RTP_FIRST, RTP_SESSIONS};
use crate::sip_phone::Packet;

impl Parts {
    /// One millisecond.
    pub(super) fn step(&mut self, now: Instant) {
        self.now = now;
        self.lines.poll(now);
        while self
            .network
            .under_way
            .front()
            .is_some_and(|(at, _)| *at <= now)
        {
            if let Some((_, packet)) = self.network.under_way.pop_front() {
                self.deliver(packet);
            }
        }
        for phone in &mut self.phones {
            phone.poll(now);
        }
        let (due, later) = std::mem::take(&mut self.later)
            .into_iter()
            .partition(|(at, ..)| *at <= now);
        self.later = later;
        let due: Vec<(Instant, usize, Deed)> = due;
        for (_, n, act) in due {
            act(&mut self.phones[n]);
        }
        if self.station.poll_timeout().is_some_and(|at| at <= now) {
            self.station.handle(now, Input::Timeout);
        }
        if !self.disk_full && !self.waiting.is_empty() {
            for record in std::mem::take(&mut self.waiting) {
                self.store_record(record);
            }
        }
        self.settle();
    }

    /// Carries messages until nobody has one.
    pub(super) fn settle(&mut self) {
        loop {
            let mut quiet = true;
            while let Some((line, report)) = self.lines.poll_output() {
                quiet = false;
                self.station.handle(self.now, Input::Line(line, report));
            }
            while let Some(output) = self.engine.poll_output() {
                quiet = false;
                self.media_says(output);
            }
            while let Some(output) = self.station.poll_output() {
                quiet = false;
                self.station_says(output);
            }
            for n in 0..self.phones.len() {
                for packet in self.phones[n].take_output() {
                    quiet = false;
                    if packet.to != self.address {
                        self.network.last_rtp = Some(packet.clone());
                    }
                    self.send(packet);
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn media_says(&mut self, output: media::Output) {
        match output {
            media::Output::Event(event) => self.station.handle(self.now, Input::Media(event)),
            media::Output::Transmit {
                via,
                channel,
                to,
                packet,
            } => {
                let from = self.rtp_address(via, channel);
                self.send(Packet {
                    from,
                    to,
                    bytes: packet.to_vec(),
                });
            }
        }
    }

    fn rtp_address(&self, id: RtpId, channel: Channel) -> SocketAddr {
        let odd = u16::from(channel == Channel::Rtcp);
        SocketAddr::new(self.address.ip(), RTP_FIRST + 2 * id.0 + odd)
    }

    fn station_says(&mut self, output: Output) {
        match output {
            Output::Line(line, request) => self.lines.handle(self.now, line, request),
            Output::Media(command) => self.engine.handle(self.now, command),
            Output::Transmit(flow, bytes) => self.send(Packet {
                from: self.address,
                to: flow.remote,
                bytes,
            }),
            Output::Close(_) => {}
            Output::Cdr(record) if self.disk_full => self.waiting.push(*record),
            Output::Cdr(record) => self.store_record(*record),
            Output::Notice(notice) => self.notices.push(notice),
        }
    }

    fn store_record(&mut self, record: call::CallRecord) {
        let wall = |at: Instant| UnixMillis(BEGAN_UNIX_MS + at.as_millis() as i64);
        self.store
            .insert_cdr(&store_thread::cdr(&record, wall))
            .expect("the record is stored");
        self.station.handle(self.now, Input::CdrStored(record.call));
    }

    pub(super) fn send(&mut self, packet: Packet) {
        // xorshift64: seeded, so that a failing story fails again.
        self.network.random ^= self.network.random << 13;
        self.network.random ^= self.network.random >> 7;
        self.network.random ^= self.network.random << 17;
        if self.network.random % 1_000 >= u64::from(self.network.loss_per_mille) {
            self.network
                .under_way
                .push_back((self.now + LATENCY, packet));
        }
    }

    fn deliver(&mut self, packet: Packet) {
        if packet.to == self.address {
            let flow = sip::Flow {
                transport: sip::Transport::Udp,
                local: self.address,
                remote: packet.from,
            };
            self.station.handle(
                self.now,
                Input::Sip(sip::Input::Datagram {
                    flow,
                    bytes: &packet.bytes,
                }),
            );
        } else if packet.to.ip() == self.address.ip() {
            self.deliver_rtp(packet);
        } else if let Some(phone) = self
            .phones
            .iter_mut()
            .find(|p| p.address().ip() == packet.to.ip())
        {
            phone.receive(&packet);
        } else {
            self.network.stray.push(packet);
        }
    }

    fn deliver_rtp(&mut self, mut packet: Packet) {
        let Some(offset) = packet.to.port().checked_sub(RTP_FIRST) else {
            return;
        };
        let id = RtpId(offset / 2);
        let channel = if offset % 2 == 0 {
            Channel::Rtp
        } else {
            Channel::Rtcp
        };
        if usize::from(id.0) >= RTP_SESSIONS {
            return;
        }
        match self
            .engine
            .handle_packet(self.now, id, channel, packet.from, &mut packet.bytes)
        {
            Verdict::Consumed => {}
            Verdict::Forward { via, to, len } => {
                self.network.forwarded += 1;
                let from = self.rtp_address(via, Channel::Rtp);
                packet.bytes.truncate(len);
                self.send(Packet {
                    from,
                    to,
                    bytes: packet.bytes,
                });
            }
        }
    }
}
