//! The RTP stream a session sends: one SSRC, sequence numbers and timestamps without a break, whatever it is made of.

use telephony::{Codec, FRAME_SAMPLES, Frame};

use crate::event_sender::{EventOut, EventSender};
use crate::random::Random;
use crate::rtp::Header;
use crate::words::Packet;

/// Longest packet: 60 ms.
const LONGEST: usize = 480;
const TICK: u32 = FRAME_SAMPLES as u32;

/// How a relayed stream's numbers become ours.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    ssrc: u32,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// First sequence number relayed, as sent: an earlier one would repeat what went out before.
    first: u16,
}

/// The sending half of a session.
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    pub ssrc: u32,
    /// The next sequence number.
    sequence: u16,
    /// Timestamp of the present tick.
    clock: u32,
    /// Latest timestamp of speech sent.
    latest: u32,
    buffer: [u8; LONGEST],
    filled: usize,
    buffer_timestamp: u32,
    /// Speech pauses: its next packet is marked.
    paused: bool,
    mapping: Option<Mapping>,
    pub events: EventSender,
    pub packets: u64,
    pub octets: u64,
}

impl Outbound {
    pub(crate) fn new(random: &mut Random) -> Self {
        let clock = random.next_u32();
        Outbound {
            ssrc: random.next_u32(),
            sequence: random.next_u32() as u16,
            clock,
            latest: clock,
            buffer: [0; LONGEST],
            filled: 0,
            buffer_timestamp: 0,
            paused: true,
            mapping: None,
            events: EventSender::default(),
            packets: 0,
            octets: 0,
        }
    }

    /// Timestamp of the present moment.
    pub(crate) fn clock(&self) -> u32 {
        self.clock
    }

    /// The tick is over.
    pub(crate) fn advance(&mut self) {
        self.clock = self.clock.wrapping_add(TICK);
    }

    /// Speech is not sent now; what is half collected is dropped.
    pub(crate) fn pause(&mut self) {
        self.filled = 0;
        self.paused = true;
    }

    /// The next relayed packet starts a new stretch of numbers.
    pub(crate) fn forget_relay(&mut self) {
        self.mapping = None;
    }

    /// The event packet of this tick.
    pub(crate) fn event(&mut self, payload_type: u8) -> Option<Packet> {
        self.take_over();
        let EventOut {
            marker,
            timestamp,
            payload,
        } = self.events.tick(self.clock)?;
        Some(self.packet(marker, payload_type, timestamp, &payload))
    }

    /// 10 ms of speech; a packet when it is full.
    pub(crate) fn speech(
        &mut self,
        frame: &Frame,
        codec: Codec,
        payload_type: u8,
        ptime_ms: u16,
    ) -> Option<Packet> {
        self.take_over();
        if self.filled == 0 {
            self.buffer_timestamp = self.clock;
        }
        let encode = match codec {
            Codec::Pcmu => dsp::g711::encode_ulaw,
            Codec::Pcma => dsp::g711::encode_alaw,
        };
        let room = self.buffer[self.filled..].iter_mut();
        for (octet, &sample) in room.zip(frame) {
            *octet = encode(sample);
        }
        self.filled += FRAME_SAMPLES;
        let whole = usize::from(ptime_ms.clamp(10, 60) / 10) * FRAME_SAMPLES;
        if self.filled < whole {
            return None;
        }
        let marker = core::mem::take(&mut self.paused);
        let buffer = self.buffer;
        let packet = self.packet(
            marker,
            payload_type,
            self.buffer_timestamp,
            &buffer[..self.filled],
        );
        self.latest = self.buffer_timestamp;
        self.filled = 0;
        Some(packet)
    }

    /// From relaying to our own packets: their clock must not be behind what was relayed.
    fn take_over(&mut self) {
        if self.mapping.take().is_none() {
            return;
        }
        self.paused = true;
        let next = self.latest.wrapping_add(2 * TICK);
        if (next.wrapping_sub(self.clock) as i32) > 0 {
            self.clock = next;
        }
    }

    fn packet(&mut self, marker: bool, payload_type: u8, timestamp: u32, payload: &[u8]) -> Packet {
        let header = Header {
            marker,
            payload_type,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.count(payload.len());
        let mut packet = Packet::new();
        packet.push(&header.emit());
        packet.push(payload);
        packet
    }

    fn count(&mut self, octets: usize) {
        self.packets += 1;
        self.octets += octets as u64;
    }

    /// The header under which a received packet goes on; `None` for one from before the relaying began.
    pub(crate) fn relay(
        &mut self,
        from: &Header,
        payload_type: u8,
        octets: usize,
    ) -> Option<Header> {
        self.filled = 0;
        let known = self.mapping.filter(|m| m.ssrc == from.ssrc);
        let mapping = known.unwrap_or_else(|| {
            let behind = self.latest.wrapping_add(TICK).wrapping_sub(self.clock) as i32;
            let timestamp = self.clock.wrapping_add(behind.max(0) as u32);
            Mapping {
                ssrc: from.ssrc,
                sequence_offset: self.sequence.wrapping_sub(from.sequence),
                timestamp_offset: timestamp.wrapping_sub(from.timestamp),
                first: self.sequence,
            }
        });
        let sequence = from.sequence.wrapping_add(mapping.sequence_offset);
        let timestamp = from.timestamp.wrapping_add(mapping.timestamp_offset);
        if known.is_some() && (sequence.wrapping_sub(mapping.first) as i16) < 0 {
            return None;
        }
        // `first` follows the stream, or half a circle later everything would look like the past.
        let first = if sequence.wrapping_sub(mapping.first) > 1_000 {
            sequence.wrapping_sub(500)
        } else {
            mapping.first
        };
        self.mapping = Some(Mapping { first, ..mapping });
        if (sequence.wrapping_sub(self.sequence) as i16) >= 0 {
            self.sequence = sequence.wrapping_add(1);
        }
        if (timestamp.wrapping_sub(self.latest) as i32) > 0 {
            self.latest = timestamp;
        }
        self.count(octets);
        Some(Header {
            marker: from.marker || known.is_none(),
            payload_type,
            sequence,
            timestamp,
            ssrc: self.ssrc,
        })
    }
}
