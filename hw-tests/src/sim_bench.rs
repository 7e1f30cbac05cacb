//! The box in virtual time: its three stations in lock-step around the simulated wire and a network of scripted SIP phones.
//!
//! Nothing waits and nothing is random but by seed, so a story of minutes runs in a second or two, and always the same.

mod parts;

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use line_card::{FaultInjector, LineCard};
use line_sim::{ExchangeLine, Phone, Sim, SimCard, SimConfig, SimHighway};
use media::Engine;
use pbxd::line_station::LineStation;
use pbxd::office;
use pbxd::signalling::{InUse, Notice, Signalling, SignallingConfig};
use store::{Cdr, Extension, Page, Provision, Store};
use telephony::{Duration, FRAME_MS, Frame, Instant, PortKind, SILENCE};

use crate::sip_phone::{Packet, SipPhone};
use crate::{Bench, SipParty};

/// Password of every SIP phone of the bench.
pub const PASSWORD: &str = "correct horse battery";
/// Time a datagram takes from one end to the other.
const LATENCY: Duration = Duration::from_millis(2);
const RTP_SESSIONS: usize = 32;
const RTP_FIRST: u16 = 20_000;
/// 2026-01-01 00:00 UTC: the wall clock when the bench begins.
const BEGAN_UNIX_MS: i64 = 1_767_225_600_000;

/// What stands on the bench.
pub struct Setup {
    /// The card and what hangs on it.
    pub sim: SimConfig,
    /// SIP phones, extensions 111 and up, registered before the story begins.
    pub sip_phones: usize,
    /// Settings before the box starts.
    pub settings: store::Settings,
    /// Packets lost on the network, in per mille, by seed.
    pub loss_per_mille: u32,
    /// Changes the office before the box starts.
    pub office: fn(&mut Store),
    /// The box's code for a call with this SIP phone panics: a fault to see what else it hurts.
    pub panics_for: Option<usize>,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            sim: SimConfig::new(2, 2),
            sip_phones: 3,
            settings: store::Settings::default(),
            loss_per_mille: 0,
            office: |_| {},
            panics_for: None,
        }
    }
}

/// The bench.
pub struct SimBench {
    highway: SimHighway,
    people: line_sim::Bench,
    parts: Parts,
    rx: Vec<Frame>,
    notes: Vec<String>,
}

/// What somebody at a SIP phone will do.
type Deed = Box<dyn FnOnce(&mut SipPhone)>;

/// Everything but the highway, which drives it.
struct Parts {
    now: Instant,
    lines: LineStation<FaultInjector<SimCard>>,
    engine: Engine,
    station: Signalling,
    store: Store,
    phones: Vec<SipPhone>,
    network: Network,
    address: SocketAddr,
    tx: Vec<Frame>,
    notices: Vec<Notice>,
    disk_full: bool,
    later: Vec<(Instant, usize, Deed)>,
    waiting: Vec<call::CallRecord>,
    _folder: tempfile::TempDir,
}

/// The datagrams on their way, and what is known of those that went.
struct Network {
    under_way: VecDeque<(Instant, Packet)>,
    /// To nobody on the bench: kept for stories that look.
    stray: Vec<Packet>,
    loss_per_mille: u32,
    random: u64,
    forwarded: u64,
    last_rtp: Option<Packet>,
}

impl Default for SimBench {
    fn default() -> Self {
        SimBench::new(Setup::default())
    }
}

impl SimBench {
    /// Sets everything up and lets the SIP phones register.
    pub fn new(setup: Setup) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the database");
        let (mut store, _) = Store::open(folder.path()).expect("a fresh database");
        store
            .put_settings(&setup.settings)
            .expect("settings of the bench are valid");
        let (card, highway, people) = Sim::new(setup.sim).expect("the simulated card").split();
        let ports = card.capabilities().ports.to_vec();
        provision(&mut store, &ports, setup.sip_phones);
        crate::scenarios::office(&mut store).expect("an office for stories");
        (setup.office)(&mut store);
        let address = SocketAddr::new(
            IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
            setup.settings.sip_port,
        );
        let plan = dsp::tone::plan(&setup.settings.country).expect("a country with a tone plan");
        let engine = Engine::new(media::Config::new(ports.len(), RTP_SESSIONS, plan), 7);
        let mut sip =
            sip::Config::new(&setup.settings.domain, vec![(sip::Transport::Udp, address)]);
        sip.offer_sha256 = setup.settings.sip_sha256;
        sip.local_names.push(address.ip().to_string());
        let panics_for = setup.panics_for.map(|n| phone_address(n).ip());
        let config = SignallingConfig {
            ports: ports.clone(),
            rtp_ports: (0..RTP_SESSIONS as u16)
                .map(|n| RTP_FIRST + 2 * n)
                .collect(),
            caller_id: plan.caller_id,
            address_towards: Box::new(move |peer| {
                assert!(
                    panics_for != Some(peer),
                    "the fault this bench was asked for"
                );
                address.ip()
            }),
            switch: call::SwitchConfig {
                first_digit: Duration::from_secs(setup.settings.first_digit_s.into()),
                inter_digit: Duration::from_secs(setup.settings.inter_digit_s.into()),
                no_answer: Duration::from_secs(setup.settings.no_answer_s.into()),
                first_call: telephony::CallId(
                    store.reserve_call_ids(1_000_000).expect("call ids").start,
                ),
                ..call::SwitchConfig::default()
            },
            sip,
            seed: [7; 32],
        };
        let office = office::read(&store).expect("the office of the bench");
        let domain = setup.settings.domain.clone();
        let phone = |n: usize| {
            let at = phone_address(n);
            SipPhone::new(&(111 + n).to_string(), PASSWORD, &domain, at, address)
        };
        let count = ports.len();
        let settings = office::line_settings(&office, count, plan);
        let lines = LineStation::new(FaultInjector::new(card), settings);
        let station = Signalling::new(Instant::ZERO, config, office);
        let parts = Parts {
            now: Instant::ZERO,
            lines,
            engine,
            station,
            store,
            phones: (0..setup.sip_phones).map(phone).collect(),
            network: Network {
                under_way: VecDeque::new(),
                stray: Vec::new(),
                loss_per_mille: setup.loss_per_mille,
                random: 0x9E37_79B9_7F4A_7C15,
                forwarded: 0,
                last_rtp: None,
            },
            address,
            tx: vec![SILENCE; count],
            notices: Vec::new(),
            disk_full: false,
            later: Vec::new(),
            waiting: Vec::new(),
            _folder: folder,
        };
        let mut bench = SimBench {
            highway,
            people,
            parts,
            rx: vec![SILENCE; count],
            notes: Vec::new(),
        };
        for phone in &mut bench.parts.phones {
            phone.register(3_600);
        }
        let registering = |bench: &SimBench| {
            bench
                .parts
                .phones
                .iter()
                .any(|phone| phone.registered().is_none())
        };
        // At once; when packets are lost, after some more.
        while registering(&bench) && bench.now() < Instant::from_millis(20_000) {
            bench.run_ms(100);
        }
        for (n, phone) in bench.parts.phones.iter().enumerate() {
            assert_eq!(phone.registered(), Some(200), "SIP phone {n} registers");
        }
        bench
    }

    /// SIP phone `n` itself, for what only a scripted phone can do.
    pub fn sip_phone(&mut self, n: usize) -> &mut SipPhone {
        &mut self.parts.phones[n]
    }

    /// The card, to make ports fail.
    pub fn card(&mut self) -> &mut FaultInjector<SimCard> {
        self.parts.lines.card_mut()
    }

    /// The people and faults of the simulated wire.
    pub fn people(&self) -> &line_sim::Bench {
        &self.people
    }

    /// The person at SIP phone `n` does something `after_ms` from now: finer than the frames of 10 ms that [`Bench::run_ms`] counts.
    pub fn later(&mut self, after_ms: u32, n: usize, act: impl FnOnce(&mut SipPhone) + 'static) {
        let at = self.parts.now + Duration::from_millis(after_ms.into());
        self.parts.later.push((at, n, Box::new(act)));
    }

    /// Now, by the bench's clock.
    pub fn now(&self) -> Instant {
        self.parts.now
    }

    /// What calls occupy in the box.
    pub fn in_use(&self) -> InUse {
        self.parts.station.in_use()
    }

    /// News the box had for people.
    pub fn notices(&self) -> &[Notice] {
        &self.parts.notices
    }

    /// Makes the store refuse records, as on a full disk, until told otherwise.
    pub fn set_disk_full(&mut self, full: bool) {
        self.parts.disk_full = full;
    }

    /// Sends a datagram to the box's SIP port from `from`.
    pub fn send_datagram(&mut self, from: SocketAddr, bytes: &[u8]) {
        let packet = Packet {
            from,
            to: self.parts.address,
            bytes: bytes.to_vec(),
        };
        self.parts.send(packet);
    }

    /// Sends a datagram from anywhere to anywhere on the box.
    pub fn send_packet(&mut self, packet: Packet) {
        self.parts.send(packet);
    }

    /// Datagrams the box sent to addresses where no phone of the bench is.
    pub fn take_stray(&mut self) -> Vec<Packet> {
        std::mem::take(&mut self.parts.network.stray)
    }

    /// RTP packets that were passed on as they came, undecoded.
    pub fn forwarded(&self) -> u64 {
        self.parts.network.forwarded
    }

    /// The last whole RTP packet that a SIP phone sent.
    pub fn last_rtp(&self) -> Option<&Packet> {
        self.parts.network.last_rtp.as_ref()
    }

    /// The notes so far.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Hangs everything up, waits, and checks that the box is empty: nothing leaked, every call recorded.
    pub fn finish(&mut self) {
        for phone in self.people.phones() {
            if phone.is_off_hook() {
                phone.hang_up();
            }
        }
        for n in 0..self.parts.phones.len() {
            for call in 0..self.parts.phones[n].call_count() {
                self.parts.phones[n].hang_up(call);
            }
        }
        for line in self.people.lines() {
            line.caller_gives_up();
            line.far_hang_up_by(line_sim::Disconnect::LoopDrop { ms: 600 });
        }
        self.set_disk_full(false);
        // 8 s of ring time-out (a line whose caller gave up), 2 s of guard, 32 s of SIP timers.
        self.run_ms(12_000);
        let empty = InUse {
            calls: 0,
            legs: 0,
            rtp_sessions: 0,
        };
        assert_eq!(
            self.in_use(),
            empty,
            "everything is given back when every call is over"
        );
    }
}

/// Where SIP phone `n` is.
fn phone_address(n: usize) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 11 + n as u8)), 5060)
}

fn provision(store: &mut Store, ports: &[PortKind], sip_phones: usize) {
    let count = |kind| ports.iter().filter(|&&k| k == kind).count() as u16;
    store
        .provision(&Provision {
            fxs: count(PortKind::Fxs),
            fxo: count(PortKind::Fxo),
        })
        .expect("ports have extensions");
    for n in 0..sip_phones {
        let user = (111 + n).to_string();
        let device = vec![store::Device::Sip(user.clone())];
        store
            .put_extension(&Extension::new(&user, &format!("Desk {user}"), device))
            .expect("an extension");
        store.set_sip_password(&user, PASSWORD).expect("a password");
    }
}

impl Bench for SimBench {
    fn run_ms(&mut self, ms: u32) {
        for _ in 0..ms.div_ceil(FRAME_MS as u32) {
            let tx = std::mem::take(&mut self.parts.tx);
            let parts = &mut self.parts;
            self.highway
                .exchange_stepped(&tx, &mut self.rx, |now| parts.step(now))
                .expect("the highway runs");
            parts.tx = tx;
            parts.engine.tick(parts.now, &self.rx, &mut parts.tx);
            parts.settle();
        }
    }

    fn phone(&self, n: usize) -> Phone {
        self.people
            .phones()
            .into_iter()
            .nth(n)
            .expect("a phone of that number")
    }

    fn line(&self, n: usize) -> ExchangeLine {
        self.people
            .lines()
            .into_iter()
            .nth(n)
            .expect("a line of that number")
    }

    fn sip(&mut self, n: usize) -> &mut dyn SipParty {
        &mut self.parts.phones[n]
    }

    fn note(&mut self, text: &str) {
        tracing::info!("{text}");
        self.notes.push(text.to_owned());
    }

    fn settings(&self) -> store::Settings {
        self.parts.store.settings().expect("settings can be read")
    }

    fn records(&mut self) -> Vec<Cdr> {
        let mut calls = self
            .parts
            .store
            .cdrs(Page {
                before: None,
                limit: 500,
            })
            .expect("records can be read")
            .calls;
        calls.reverse();
        calls
    }
}
