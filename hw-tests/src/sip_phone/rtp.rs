//! The phone's side of RTP: G.711 mu-law by its formula, RFC 4733 events, a recorder. Its own code, not the product's.

use std::net::SocketAddr;

use line_sim::Heard;
use telephony::Instant;

const SAMPLES: usize = 160;
const EVENTS: u8 = 101;

/// One call's voice at the phone.
#[derive(Debug)]
pub(super) struct Voice {
    pub(super) port: u16,
    pub(super) remote: Option<SocketAddr>,
    pub(super) sending: bool,
    mouth: Mouth,
    stream: Stream,
    keys: Keys,
    next: Option<Instant>,
    heard: Vec<(u32, Vec<i16>)>,
    digits: String,
    last_event: Option<u32>,
    pub(super) received: u32,
    now: Instant,
    heard_at: Instant,
}

/// What is being said.
#[derive(Debug, Default)]
enum Mouth {
    #[default]
    Silent,
    /// A sine of (Hz, dBm0), and its phase.
    Tone(f64, f64, f64),
    /// Samples over and over, and where it is.
    Samples(Vec<i16>, usize),
}

impl Mouth {
    fn next(&mut self) -> f64 {
        match self {
            Mouth::Silent => 0.0,
            Mouth::Tone(hz, dbm0, phase) => {
                *phase += std::f64::consts::TAU * *hz / 8_000.0;
                32_767.0 * 10f64.powf((*dbm0 - 3.17) / 20.0) * phase.sin()
            }
            Mouth::Samples(samples, at) => {
                *at += 1;
                f64::from(samples[(*at - 1) % samples.len()])
            }
        }
    }
}

/// Where the stream we send is.
#[derive(Debug)]
struct Stream {
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
}

/// Keys that are still to be sent.
#[derive(Debug, Default)]
struct Keys {
    waiting: Vec<u8>,
    /// Packets of the first of them that are out.
    sent: u32,
    /// Packets of speech until the next.
    pause: u32,
}

impl Voice {
    pub(super) fn new(port: u16) -> Self {
        Voice {
            port,
            remote: None,
            sending: true,
            mouth: Mouth::Silent,
            stream: Stream {
                sequence: port,
                timestamp: u32::from(port) * 1_000,
                ssrc: 0x5151_0000 | u32::from(port),
            },
            keys: Keys::default(),
            next: None,
            heard: Vec::new(),
            digits: String::new(),
            last_event: None,
            received: 0,
            now: Instant::ZERO,
            heard_at: Instant::ZERO,
        }
    }

    pub(super) fn say(&mut self, tone: Option<(f64, f64)>) {
        self.mouth = match (tone, &self.mouth) {
            (None, _) => Mouth::Silent,
            // No click where one tone follows another.
            (Some((hz, dbm0)), &Mouth::Tone(_, _, phase)) => Mouth::Tone(hz, dbm0, phase),
            (Some((hz, dbm0)), _) => Mouth::Tone(hz, dbm0, 0.0),
        };
    }

    pub(super) fn say_samples(&mut self, samples: &[i16]) {
        self.mouth = match samples {
            [] => Mouth::Silent,
            samples => Mouth::Samples(samples.to_vec(), 0),
        };
    }

    pub(super) fn press(&mut self, keys: &str) {
        self.keys.waiting.extend(keys.bytes());
    }

    /// The packet due now: every 20 ms.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.now = now;
        self.remote?;
        let due = *self.next.get_or_insert(now);
        if now < due {
            return None;
        }
        self.next = Some(due + std::time::Duration::from_millis(20));
        if !self.sending {
            // The media clock goes on.
            self.stream.timestamp = self.stream.timestamp.wrapping_add(SAMPLES as u32);
            return None;
        }
        let packet = if self.keys.pause > 0 {
            self.keys.pause -= 1;
            self.speech()
        } else if let Some(&key) = self.keys.waiting.first() {
            self.event(key)
        } else {
            self.speech()
        };
        self.stream.sequence = self.stream.sequence.wrapping_add(1);
        Some(packet)
    }

    fn header(&self, payload_type: u8, timestamp: u32) -> Vec<u8> {
        let mut packet = vec![0x80, payload_type];
        packet.extend(self.stream.sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(self.stream.ssrc.to_be_bytes());
        packet
    }

    fn speech(&mut self) -> Vec<u8> {
        let mut packet = self.header(0, self.stream.timestamp);
        for _ in 0..SAMPLES {
            packet.push(mu_law(self.mouth.next()));
        }
        self.stream.timestamp = self.stream.timestamp.wrapping_add(SAMPLES as u32);
        packet
    }

    /// RFC 4733 §2.5: five updates and three ends, 20 ms apart, one timestamp.
    fn event(&mut self, key: u8) -> Vec<u8> {
        let code = b"0123456789*#ABCD"
            .iter()
            .position(|&k| k == key)
            .expect("a DTMF key") as u8;
        let mut packet = self.header(
            EVENTS | if self.keys.sent == 0 { 0x80 } else { 0 },
            self.stream.timestamp,
        );
        let end = self.keys.sent >= 5;
        let duration = (self.keys.sent + 1).min(6) as u16 * SAMPLES as u16;
        packet.extend([code, 10 | if end { 0x80 } else { 0 }]);
        packet.extend(duration.to_be_bytes());
        self.keys.sent += 1;
        if self.keys.sent == 8 {
            self.keys.waiting.remove(0);
            self.keys.sent = 0;
            self.keys.pause = 5;
            self.stream.timestamp = self.stream.timestamp.wrapping_add(8 * SAMPLES as u32);
        }
        packet
    }

    pub(super) fn receive(&mut self, packet: &[u8]) {
        assert!(
            packet.len() > 12 && packet[0] & 0xC0 == 0x80,
            "RTP version 2 with a payload"
        );
        self.received += 1;
        if packet[1] & 0x7F != EVENTS {
            self.heard_at = self.now;
        }
        let timestamp = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
        let payload = &packet[12..];
        match packet[1] & 0x7F {
            0 => self
                .heard
                .push((timestamp, payload.iter().map(|&b| linear_mu(b)).collect())),
            8 => self
                .heard
                .push((timestamp, payload.iter().map(|&b| linear_a(b)).collect())),
            EVENTS => {
                if self.last_event != Some(timestamp) {
                    self.last_event = Some(timestamp);
                    self.digits
                        .push(b"0123456789*#ABCD"[usize::from(payload[0] & 15)].into());
                }
            }
            other => panic!("payload type {other} was not agreed"),
        }
    }

    pub(super) fn digits(&self) -> &str {
        &self.digits
    }

    /// The last `ms` heard, in the order of their timestamps; a stretch that did not come is silence.
    pub(super) fn heard_last(&self, ms: u32) -> Heard {
        let mut packets: Vec<_> = self
            .heard
            .iter()
            .rev()
            .take(ms as usize / 10 + 20)
            .collect();
        packets.reverse();
        let Some(&&(mut first, _)) = packets.first() else {
            return Heard::new(Vec::new());
        };
        let mut samples = Vec::new();
        for (timestamp, speech) in packets {
            let since = timestamp.wrapping_sub(first) as i32;
            // Far ahead or far behind: the stream began anew. A little behind: it came too late to be heard.
            if since.unsigned_abs() as usize > samples.len() + 8_000 {
                samples.clear();
                first = *timestamp;
            }
            let Ok(at) = usize::try_from(timestamp.wrapping_sub(first) as i32) else {
                continue;
            };
            samples.resize(samples.len().max(at + speech.len()), 0);
            samples[at..at + speech.len()].copy_from_slice(speech);
        }
        // What has not come for three packets is silence by now.
        let quiet_ms = self.now.since(self.heard_at).as_millis() as usize;
        if quiet_ms > 60 {
            samples.resize(samples.len() + (quiet_ms - 20).min(ms as usize) * 8, 0);
        }
        Heard::new(samples).last_ms(ms)
    }

    pub(super) fn forget(&mut self) {
        self.heard.clear();
        self.digits.clear();
    }
}

/// ITU-T G.711 Table 2: mu-law of a 16-bit sample, written from the segment formula.
fn mu_law(sample: f64) -> u8 {
    let sign = if sample < 0.0 { 0x80u8 } else { 0 };
    let magnitude = (sample.abs() / 4.0).min(8_158.0) + 33.0;
    let exponent = (magnitude.log2().floor() as i32 - 5).clamp(0, 7);
    let mantissa = ((magnitude / 2f64.powi(exponent + 1)) as u8) & 0x0F;
    !(sign | (exponent as u8) << 4 | mantissa)
}

fn linear_mu(code: u8) -> i16 {
    let code = !code;
    let exponent = i32::from(code >> 4 & 7);
    let magnitude = ((i32::from(code & 15) * 2 + 33) << exponent) - 33;
    (if code & 0x80 != 0 {
        -magnitude
    } else {
        magnitude
    } * 4) as i16
}

/// ITU-T G.711 Table 1.
fn linear_a(code: u8) -> i16 {
    let code = code ^ 0x55;
    let exponent = i32::from(code >> 4 & 7);
    let mantissa = i32::from(code & 15);
    let magnitude = if exponent == 0 {
        mantissa * 2 + 1
    } else {
        (mantissa * 2 + 33) << (exponent - 1)
    };
    (if code & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    } * 8) as i16
}
