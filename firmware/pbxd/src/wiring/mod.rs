//! Translates between the engines, which do not know each other: ports and SIP dialogs on one side, legs on the other, bearers
//! below. Every step of a call passes here once, so a trace of this module is the trace of the call.

mod bearer;
mod figures;
mod leg;
mod line;
mod sip;

use std::collections::HashMap;
use std::net::IpAddr;

use ::sip::sdp::{LocalMedia, Negotiated, Sdp};
use ::sip::{InviteId, TrunkId};
use dsp::caller_id::Standard;
use media::RtpId;
use telephony::{LegId, LineId, PortKind};

use bearer::RtpPool;
use figures::Figures;

/// One physical pair.
struct Port {
    kind: PortKind,
    /// The leg that uses it.
    leg: Option<LegId>,
    /// The leg it was told to ring or seize for. What the machine refuses or gives up is about this one only: its reports cross
    /// our requests.
    called: Option<LegId>,
    /// FXS: the receiver is off, with or without a leg.
    off_hook: bool,
    /// Neither failed nor cut.
    works: bool,
    /// How callers' numbers are sent to the phone there.
    caller_id: Standard,
}

/// What a leg is made of.
enum Way {
    Port(LineId),
    Sip(Box<SipLeg>),
}

struct SipLeg {
    invite: InviteId,
    rtp: RtpId,
    /// Where its signalling comes from.
    peer: IpAddr,
    local: LocalMedia,
    /// The caller's offer, until it is answered.
    offer: Option<Sdp>,
    agreed: Option<Negotiated>,
    /// The far side holds us.
    held: bool,
}

/// Whose code runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InHand {
    /// A leg.
    Leg(LegId),
    /// A SIP call that is no leg yet.
    Invite(InviteId),
}

/// The tables that say what belongs to what.
pub(crate) struct Wiring {
    ports: Vec<Port>,
    legs: HashMap<LegId, Way>,
    invites: HashMap<InviteId, LegId>,
    /// Bridges, both ways.
    bridges: HashMap<LegId, LegId>,
    /// Bridges that the switch has ordered and that are not made yet, both ways.
    soon: HashMap<LegId, LegId>,
    rtp: RtpPool,
    rtp_legs: HashMap<RtpId, LegId>,
    address_towards: Box<dyn Fn(IpAddr) -> IpAddr>,
    pub(crate) figures: Figures,
    pub(crate) trunks: Vec<(String, TrunkId)>,
    /// Whose code runs: if it panics, this call is ended.
    pub(crate) in_hand: Option<InHand>,
    next_session: u64,
}

impl Wiring {
    pub(crate) fn new(
        ports: Vec<PortKind>,
        rtp_ports: Vec<u16>,
        caller_id: Standard,
        address_towards: Box<dyn Fn(IpAddr) -> IpAddr>,
    ) -> Self {
        let port = |kind| Port {
            kind,
            leg: None,
            called: None,
            off_hook: false,
            works: true,
            caller_id,
        };
        Wiring {
            ports: ports.into_iter().map(port).collect(),
            legs: HashMap::new(),
            invites: HashMap::new(),
            bridges: HashMap::new(),
            soon: HashMap::new(),
            rtp: RtpPool::new(rtp_ports),
            rtp_legs: HashMap::new(),
            address_towards,
            figures: Figures::default(),
            trunks: Vec::new(),
            in_hand: None,
            next_session: 1,
        }
    }

    pub(crate) fn legs(&self) -> usize {
        self.legs.len()
    }

    pub(crate) fn every_leg(&self) -> Vec<LegId> {
        let mut legs: Vec<_> = self.legs.keys().copied().collect();
        legs.sort_unstable();
        legs
    }

    pub(crate) fn rtp_in_use(&self) -> usize {
        self.rtp.in_use()
    }

    /// Drops everything known of a leg, without telling anybody.
    pub(crate) fn forget(&mut self, leg: LegId) {
        self.part(leg);
        match self.legs.remove(&leg) {
            Some(Way::Port(line)) => {
                if let Some(port) = self.ports.get_mut(line.0 as usize) {
                    port.leg = port.leg.filter(|&other| other != leg);
                    port.called = port.called.filter(|&other| other != leg);
                }
            }
            Some(Way::Sip(sip)) => {
                self.invites.remove(&sip.invite);
                self.rtp_legs.remove(&sip.rtp);
            }
            None => {}
        }
    }

    /// The switch has ordered this bridge.
    pub(crate) fn expect_bridge(&mut self, a: LegId, b: LegId) {
        self.soon.insert(a, b);
        self.soon.insert(b, a);
    }

    /// Every bridge that was ordered is made.
    pub(crate) fn expect_no_bridges(&mut self) {
        self.soon.clear();
    }

    /// Notes a bridge; earlier ones of either end with it.
    fn join(&mut self, a: LegId, b: LegId) {
        self.part(a);
        self.part(b);
        self.bridges.insert(a, b);
        self.bridges.insert(b, a);
    }

    /// Notes that the bridge of `leg`, if there is one, is over.
    fn part(&mut self, leg: LegId) {
        if let Some(peer) = self.bridges.remove(&leg) {
            self.bridges.remove(&peer);
        }
    }

    /// Whether the port is in use for a call of ours, not for one that came from it.
    fn is_called(&self, line: LineId) -> bool {
        let port = self.ports.get(line.0 as usize);
        port.is_some_and(|port| port.leg.is_some() && port.leg == port.called)
    }

    /// How callers' numbers are sent to the phone on `line` from now on.
    pub(crate) fn set_caller_id(&mut self, line: LineId, standard: Standard) {
        if let Some(port) = self.ports.get_mut(line.0 as usize) {
            port.caller_id = standard;
        }
    }

    fn caller_id(&self, line: LineId) -> Standard {
        let port = self.ports.get(line.0 as usize);
        port.map_or(Standard::Bell202, |port| port.caller_id)
    }

    fn port_leg(&self, line: LineId) -> Option<LegId> {
        self.ports.get(line.0 as usize)?.leg
    }
}
