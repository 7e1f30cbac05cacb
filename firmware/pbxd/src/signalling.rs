//! The signalling station: the call switch and the SIP user agent, joined by [`crate::wiring`]. Runs on the signalling thread;
//! in tests, in virtual time.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use call::{CallRecord, Switch, SwitchConfig};
use dialplan::Plan;
use dsp::tone::TonePlan;
use sip::{Flow, UserAgent};
use telephony::{CallId, Cause, Instant, LineId, PortKind};

use crate::line_station::{LineReport, LineRequest};
use crate::wiring::{InHand, Wiring};

/// The office as the settings describe it.
#[derive(Clone, Debug)]
pub struct Office {
    /// Numbers and where they lead.
    pub plan: Arc<Plan>,
    /// SIP accounts.
    pub accounts: Vec<sip::Account>,
    /// SIP trunks, with the names the plan uses.
    pub trunks: Vec<(String, sip::Trunk)>,
    /// How the media engine treats each line, and the line's country.
    pub ports: Vec<(LineId, media::PortConfig)>,
}

impl Office {
    /// The tone plan of a line; `None` when the office does not know the line.
    pub fn plan_of(&self, line: LineId) -> Option<&'static TonePlan> {
        let port = self.ports.iter().find(|(known, _)| *known == line);
        port.map(|(_, config)| config.plan)
    }
}

/// What does not change while the station runs.
pub struct SignallingConfig {
    /// What sits at each timeslot.
    pub ports: Vec<PortKind>,
    /// UDP port of each RTP session; `rtp_ports[n]` belongs to `RtpId(n)`.
    pub rtp_ports: Vec<u16>,
    /// How callers' numbers are sent to analog phones on lines that the office does not know.
    pub caller_id: dsp::caller_id::Standard,
    /// Our address as seen from a peer: what routing would choose.
    pub address_towards: Box<dyn Fn(IpAddr) -> IpAddr>,
    /// The call engine's limits and times.
    pub switch: SwitchConfig,
    /// The SIP engine's.
    pub sip: sip::Config,
    /// Randomness for the SIP engine: tags, branches, nonces.
    pub seed: [u8; 32],
}

/// What the station is given.
#[derive(Debug)]
pub enum Input<'a> {
    /// A port reports.
    Line(LineId, LineReport),
    /// The media engine reports.
    Media(media::Event),
    /// From the SIP sockets.
    Sip(sip::Input<'a>),
    /// This call's record is durable.
    CdrStored(CallId),
    /// The settings changed.
    Office(Office),
    /// The moment of [`Signalling::poll_timeout`] has come.
    Timeout,
}

/// What the station wants done.
#[derive(Debug)]
pub enum Output {
    /// Ask a port.
    Line(LineId, LineRequest),
    /// Ask the media engine.
    Media(media::Command),
    /// Send a SIP message.
    Transmit(Flow, Vec<u8>),
    /// Close a SIP connection.
    Close(Flow),
    /// Store the record, then answer [`Input::CdrStored`].
    Cdr(Box<CallRecord>),
    /// Something the operator may want to see.
    Notice(Notice),
}

/// News for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A SIP phone registered.
    Registered {
        /// Its account.
        account: String,
        /// Where it is.
        contact: String,
    },
    /// A SIP phone's registration ended.
    Unregistered {
        /// Its account.
        account: String,
        /// Where it was.
        contact: String,
    },
    /// A line lost its battery.
    LineCut(LineId),
    /// A line has its battery again.
    LineRestored(LineId),
    /// A port failed.
    PortFailed(LineId),
    /// A port works again.
    PortRecovered(LineId),
    /// A trunk's registration changed.
    Trunk {
        /// Its name.
        name: String,
        /// Whether calls can go out.
        up: bool,
    },
    /// A call is over and its record is on the disk.
    Recorded(Box<CallRecord>),
}

/// Switch, user agent and what joins them.
pub struct Signalling {
    pub(crate) switch: Switch,
    pub(crate) ua: UserAgent,
    pub(crate) wiring: Wiring,
    pub(crate) outputs: VecDeque<Output>,
    /// What the switch has ordered and is not done yet.
    pending: VecDeque<call::Output>,
}

impl Signalling {
    /// A station for `office`.
    pub fn new(now: Instant, config: SignallingConfig, office: Office) -> Self {
        let switch = Switch::new(config.switch, office.plan.clone());
        let ua = UserAgent::new(config.sip, config.seed);
        let wiring = Wiring::new(
            config.ports,
            config.rtp_ports,
            config.caller_id,
            config.address_towards,
        );
        let mut station = Signalling {
            switch,
            ua,
            wiring,
            outputs: VecDeque::new(),
            pending: VecDeque::new(),
        };
        station.handle(now, Input::Office(office));
        station
    }

    /// Takes one input and carries it through. A panic in it ends the call it belongs to, not the station.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.wiring.in_hand = None;
        if catch_unwind(AssertUnwindSafe(|| self.carry(now, input))).is_ok() {
            return;
        }
        let in_hand = self.wiring.in_hand.take();
        tracing::error!(?in_hand, "a call's code panicked; the call is ended");
        let Some(in_hand) = in_hand else { return };
        if catch_unwind(AssertUnwindSafe(|| self.abort(now, in_hand))).is_err() {
            tracing::error!(?in_hand, "ending the call panicked too; it is forgotten");
            if let InHand::Leg(leg) = in_hand {
                self.wiring.forget(leg);
            }
        }
    }

    fn carry(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Line(line, report) => self.line_report(now, line, report),
            Input::Media(event) => self.media_event(now, event),
            Input::Sip(input) => self.ua.handle(now, input),
            Input::CdrStored(call) => self.recorded(now, call),
            Input::Office(office) => self.set_office(now, office),
            Input::Timeout => {
                self.ua.handle(now, sip::Input::Timeout);
                self.switch.handle(now, call::Input::Timeout);
                self.hand_out_records(now);
            }
        }
        self.settle(now);
    }

    fn recorded(&mut self, now: Instant, call: CallId) {
        if let Some(record) = self.switch.unstored().find(|record| record.call == call) {
            let mut record = Box::new(record.clone());
            self.wiring.figures.fill(&mut record);
            self.outputs
                .push_back(Output::Notice(Notice::Recorded(record)));
        }
        self.switch.handle(now, call::Input::CdrStored(call));
    }

    fn abort(&mut self, now: Instant, in_hand: InHand) {
        let cause = Cause::TemporaryFailure;
        match in_hand {
            InHand::Leg(leg) => self.end_leg(now, leg, cause),
            InHand::Invite(id) => self.command(now, sip::Command::Release { id, cause }),
        }
        self.settle(now);
    }

    /// Lets switch and user agent talk until neither has anything to say.
    fn settle(&mut self, now: Instant) {
        loop {
            self.wiring.in_hand = None;
            if let Some(output) = self.pending.pop_front() {
                self.carry_out(now, output);
            } else if self.hear_switch() {
            } else if let Some(output) = self.ua.poll_output() {
                match output {
                    sip::Output::Transmit { flow, bytes } => {
                        self.outputs.push_back(Output::Transmit(flow, bytes))
                    }
                    sip::Output::Close { flow } => self.outputs.push_back(Output::Close(flow)),
                    sip::Output::Event(event) => self.ua_event(now, event),
                }
            } else {
                return;
            }
        }
    }

    /// Takes everything the switch has to say to one event. It is kept here, so that a panic over one of its orders does not lose the
    /// others; and an answer's codec is chosen knowing the bridge that follows.
    fn hear_switch(&mut self) -> bool {
        self.wiring.expect_no_bridges();
        while let Some(output) = self.switch.poll_output() {
            if let call::Output::Leg(a, call::LegCommand::Bridge(b)) = output {
                self.wiring.expect_bridge(a, b);
            }
            self.pending.push_back(output);
        }
        !self.pending.is_empty()
    }

    fn set_office(&mut self, now: Instant, office: Office) {
        self.switch.handle(now, call::Input::SetPlan(office.plan));
        self.ua.set_accounts(now, office.accounts);
        for (line, config) in office.ports {
            self.wiring.set_caller_id(line, config.plan.caller_id);
            self.media(media::Command::ConfigurePort { line, config });
        }
        let (names, trunks): (Vec<_>, Vec<_>) = office.trunks.into_iter().unzip();
        self.wiring.trunks = names.into_iter().zip(trunks.iter().map(|t| t.id)).collect();
        self.ua
            .handle(now, sip::Input::Command(sip::Command::SetTrunks(trunks)));
    }

    /// Ends every call, as the daemon is about to stop.
    pub fn shut_down(&mut self, now: Instant) {
        for leg in self.wiring.every_leg() {
            self.end_leg(now, leg, Cause::NormalUnspecified);
            self.settle(now);
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to wake with [`Input::Timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        let switch = self.switch.poll_timeout().map(|(at, _)| at);
        let ua = self.ua.poll_timeout().map(|(at, _)| at);
        let figures = self.wiring.figures.poll_timeout();
        switch.into_iter().chain(ua).chain(figures).min()
    }

    /// Calls going on.
    pub fn calls(&self) -> usize {
        self.switch.calls()
    }

    /// Legs, bearers and ports in use: all zero when every call is over. For tests of leaks.
    pub fn in_use(&self) -> InUse {
        InUse {
            calls: self.switch.calls(),
            legs: self.switch.legs().max(self.wiring.legs()),
            rtp_sessions: self.wiring.rtp_in_use(),
        }
    }

    /// Records the store has not acknowledged.
    pub fn unstored(&self) -> impl Iterator<Item = &CallRecord> {
        self.switch.unstored()
    }
}

/// What calls occupy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse {
    /// Calls.
    pub calls: usize,
    /// Legs.
    pub legs: usize,
    /// RTP sessions not yet closed.
    pub rtp_sessions: usize,
}
