//! Engines joined by a seeded network, in virtual time.
#![allow(dead_code, reason = "every test file uses its own part of the bench")]

use std::net::SocketAddr;

use media::{
    Bearer, Channel, Command, Config, Engine, Event, Output, PortConfig, RtpId, RtpSetup, Verdict,
};
use telephony::{Codec, Frame, Instant, LineId, MediaDirection, SILENCE};

pub const PORTS: usize = 2;

struct Flying {
    due: u64,
    to: SocketAddr,
    from: SocketAddr,
    bytes: Vec<u8>,
}

pub struct Net {
    pub engines: Vec<Engine>,
    pub now_us: u64,
    /// Length of a tick by each engine's own clock, in microseconds.
    pub tick_us: Vec<u64>,
    next_tick: Vec<u64>,
    flying: Vec<Flying>,
    random: u64,
    pub delay_us: u64,
    pub jitter_us: u64,
    pub loss_percent: u64,
    /// What each port says, given engine, port and the number of its frame.
    pub say: Box<dyn FnMut(usize, usize, usize) -> Frame>,
    ticks: Vec<usize>,
    pub heard: Vec<[Vec<i16>; PORTS]>,
    pub events: Vec<(usize, Event)>,
    pub forwarded: usize,
    pub rtp_sent: usize,
}

pub fn address(engine: usize, id: u16, channel: Channel) -> SocketAddr {
    let odd = u16::from(channel == Channel::Rtcp);
    SocketAddr::from(([10, 0, engine as u8, 1], 4_000 + 2 * id + odd))
}

impl Net {
    pub fn new(engines: usize) -> Self {
        let plan = dsp::tone::plan("us").expect("a plan of dsp");
        let config = Config::new(PORTS, 4, plan);
        let mut net = Net {
            engines: (0..engines)
                .map(|n| Engine::new(config, 7 + n as u64))
                .collect(),
            now_us: 1_000_000,
            tick_us: vec![10_000; engines],
            next_tick: (0..engines as u64).map(|n| 1_000_000 + 3_100 * n).collect(),
            flying: Vec::new(),
            random: 42,
            delay_us: 5_000,
            jitter_us: 0,
            loss_percent: 0,
            say: Box::new(|_, _, _| SILENCE),
            ticks: vec![0; engines],
            heard: vec![Default::default(); engines],
            events: Vec::new(),
            forwarded: 0,
            rtp_sent: 0,
        };
        // Most tests say the same steady tone both ways, and nothing tells that from an echo.
        net.set_echo(None);
        net
    }

    /// How every port cancels echo.
    pub fn set_echo(&mut self, echo: Option<dsp::echo::Config>) {
        let plan = dsp::tone::plan("us").expect("a plan of dsp");
        let config = PortConfig {
            echo,
            ..PortConfig::new(plan)
        };
        for engine in 0..self.engines.len() {
            for line in (0..PORTS as u16).map(LineId) {
                self.tell(engine, Command::ConfigurePort { line, config });
            }
        }
    }

    pub fn now(&self) -> Instant {
        Instant::from_micros(self.now_us)
    }

    pub fn tell(&mut self, engine: usize, command: Command) {
        let now = self.now();
        self.engines[engine].handle(now, command);
        self.drain(engine);
    }

    pub fn open(
        &mut self,
        engine: usize,
        id: u16,
        far: (usize, u16),
        codec: Codec,
        events: Option<u8>,
        ptime_ms: u16,
    ) {
        let setup = RtpSetup {
            signalling: None,
            codec,
            payload_type: codec.payload_type(),
            events_payload_type: events,
            ptime_ms,
            remote: address(far.0, far.1, Channel::Rtp),
            direction: MediaDirection::SendRecv,
        };
        self.tell(
            engine,
            Command::OpenRtp {
                id: RtpId(id),
                setup,
            },
        );
    }

    pub fn connect(&mut self, engine: usize, a: Bearer, b: Bearer) {
        self.tell(engine, Command::Connect { a, b });
    }

    /// Two engines, port 0 of each to the other's port 0 through RTP.
    pub fn pair(codec: Codec, events: Option<u8>, ptime_ms: u16) -> Self {
        let mut net = Net::new(2);
        for engine in 0..2 {
            net.open(engine, 0, (1 - engine, 0), codec, events, ptime_ms);
            net.connect(engine, port(0), rtp(0));
        }
        net
    }

    pub fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 11
    }

    fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let rtp = to.port().is_multiple_of(2);
        self.rtp_sent += usize::from(rtp);
        if rtp && self.random() % 100 < self.loss_percent {
            return;
        }
        let jitter = if self.jitter_us > 0 {
            self.random() % self.jitter_us
        } else {
            0
        };
        let due = self.now_us + self.delay_us + jitter;
        let bytes = bytes.to_vec();
        self.flying.push(Flying {
            due,
            to,
            from,
            bytes,
        });
    }

    fn drain(&mut self, engine: usize) {
        while let Some(output) = self.engines[engine].poll_output() {
            match output {
                Output::Event(event) => self.events.push((engine, event)),
                Output::Transmit {
                    via,
                    channel,
                    to,
                    packet,
                } => {
                    self.send(address(engine, via.0, channel), to, &packet);
                }
            }
        }
    }

    /// Hands a datagram to whoever owns `to`.
    pub fn deliver(&mut self, from: SocketAddr, to: SocketAddr, mut bytes: Vec<u8>) {
        let SocketAddr::V4(v4) = to else { return };
        let engine = usize::from(v4.ip().octets()[2]);
        if v4.ip().octets()[0] != 10 || engine >= self.engines.len() {
            return;
        }
        let (id, odd) = ((to.port() - 4_000) / 2, to.port() % 2);
        let channel = if odd == 1 {
            Channel::Rtcp
        } else {
            Channel::Rtp
        };
        let now = self.now();
        match self.engines[engine].handle_packet(now, RtpId(id), channel, from, &mut bytes) {
            Verdict::Consumed => {}
            Verdict::Forward { via, to, len } => {
                self.forwarded += 1;
                bytes.truncate(len);
                self.send(address(engine, via.0, Channel::Rtp), to, &bytes);
            }
        }
        self.drain(engine);
    }

    /// Lets time pass.
    pub fn run(&mut self, ms: u64) {
        let end = self.now_us + ms * 1_000;
        loop {
            let tick = (0..self.engines.len())
                .min_by_key(|&n| self.next_tick[n])
                .expect("a net has engines");
            let packet = (0..self.flying.len()).min_by_key(|&n| self.flying[n].due);
            let packet = packet.filter(|&n| self.flying[n].due <= self.next_tick[tick]);
            let due = packet.map_or(self.next_tick[tick], |n| self.flying[n].due);
            if due >= end {
                self.now_us = end;
                return;
            }
            self.now_us = due;
            match packet {
                Some(n) => {
                    let Flying {
                        to, from, bytes, ..
                    } = self.flying.swap_remove(n);
                    self.deliver(from, to, bytes);
                }
                None => self.tick(tick),
            }
        }
    }

    fn tick(&mut self, engine: usize) {
        let frame = self.ticks[engine];
        let mut rx = [SILENCE; PORTS];
        for (port, rx) in rx.iter_mut().enumerate() {
            *rx = (self.say)(engine, port, frame);
        }
        let mut tx = [SILENCE; PORTS];
        let now = self.now();
        self.engines[engine].tick(now, &rx, &mut tx);
        for (port, tx) in tx.iter().enumerate() {
            self.heard[engine][port].extend_from_slice(tx);
        }
        self.ticks[engine] += 1;
        self.next_tick[engine] += self.tick_us[engine];
        self.drain(engine);
    }

    /// Digits reported by an engine for a bearer.
    pub fn digits(&self, engine: usize, at: Bearer) -> String {
        let of = |e: &(usize, Event)| match e {
            (n, Event::Digit { bearer, digit }) if *n == engine && *bearer == at => {
                Some(digit.as_char())
            }
            _ => None,
        };
        self.events.iter().filter_map(of).collect()
    }

    pub fn forget_heard(&mut self) {
        for ear in self.heard.iter_mut().flatten() {
            ear.clear();
        }
    }
}

pub fn port(n: u16) -> Bearer {
    Bearer::Timeslot(LineId(n))
}

pub fn rtp(n: u16) -> Bearer {
    Bearer::Rtp(RtpId(n))
}

/// Frame `n` of an endless sine of `peak`.
pub fn sine(n: usize, freq_hz: f64, peak: f64) -> Frame {
    core::array::from_fn(|i| {
        let t = (n * 80 + i) as f64 / 8_000.0;
        (peak * (core::f64::consts::TAU * freq_hz * t).sin()).round() as i16
    })
}

/// -10 dBm0.
pub const PEAK: f64 = 32_767.0 * 0.219_53;
pub const FREQ: f64 = 1_004.0;

/// Level within `db`, frequency right, and no step: a sine obeys x[n+1] = 2 cos w x[n] - x[n-1].
pub fn assert_tone(samples: &[i16], db: f32, roughness: f64) {
    assert!(samples.len() > 4_000, "{}", samples.len());
    let level = dsp::level::dbm0(samples);
    assert!((level + 10.0).abs() < db, "level {level}");
    for part in samples.chunks_exact(800) {
        let pure = dsp::level::goertzel_dbm0(part, FREQ as f32);
        assert!(
            (pure + 10.0).abs() < db + 0.05,
            "level at the frequency {pure}"
        );
    }
    let w = core::f64::consts::TAU * FREQ / 8_000.0;
    let step = samples
        .windows(3)
        .map(|x| f64::from(x[2]) - 2.0 * w.cos() * f64::from(x[1]) + f64::from(x[0]))
        .fold(0.0, |most, step| step.abs().max(most));
    assert!(
        step < roughness * PEAK,
        "a step of {} of the peak",
        step / PEAK
    );
}
