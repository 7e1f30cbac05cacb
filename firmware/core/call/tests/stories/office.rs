//! An office of phones and lines around one [`Switch`], in virtual time. A story says what happens and, line by line, every
//! command that follows; a command that is not expected fails the story.

use std::collections::VecDeque;
use std::sync::Arc;

use call::{CallRecord, Destination, Input, LegCommand, LegEvent, Output, Switch, SwitchConfig};
use dialplan::{Device, Extension, Origin, Plan, WayOut};
use telephony::{CallerId, Cause, Digit, Digits, Duration, Instant, LegId, LineId};

pub fn fxs(n: u16) -> Device {
    Device::Fxs(LineId(n))
}

pub fn sip(user: &str) -> Device {
    Device::Sip(user.to_owned())
}

pub fn to_phone(n: u16) -> Destination {
    Destination::Device(fxs(n))
}

pub fn to_sip(user: &str) -> Destination {
    Destination::Device(sip(user))
}

pub fn to_line(n: u16, digits: &str) -> Destination {
    Destination::Line {
        line: LineId(n),
        digits: Digits::parse(digits).expect("digits"),
    }
}

pub fn to_trunk(number: &str) -> Destination {
    Destination::Trunk {
        name: "isp".into(),
        number: number.into(),
    }
}

/// Phones 1 to 3 are 201 to 203, phone 4 is 204 without call waiting; dee, eli and fay are 301 to 303; 400 rings phone 5 and
/// `shop`; 40 is `desk`; nobody is at 500. Outside: trunk `isp`, then lines 10 and 11. Line 10 rings 201, line 11 rings dee.
pub fn plan() -> Plan {
    let quiet = Extension {
        number: "204".into(),
        name: "Dot".into(),
        devices: vec![fxs(4)],
        call_waiting: false,
    };
    Plan::builder()
        .extension("201", "Ann", &[fxs(1)])
        .extension("202", "Ben", &[fxs(2)])
        .extension("203", "Cem", &[fxs(3)])
        .add(quiet)
        .extension("301", "Dee", &[sip("dee")])
        .extension("302", "Eli", &[sip("eli")])
        .extension("303", "Fay", &[sip("fay")])
        .extension("400", "Shop", &[fxs(5), sip("shop")])
        .extension("40", "Desk", &[sip("desk")])
        .extension("500", "Empty desk", &[])
        .way_out(WayOut::Trunk("isp".into()))
        .way_out(WayOut::Lines(vec![LineId(10), LineId(11)]))
        .line_default(LineId(10), "201")
        .line_default(LineId(11), "301")
        .trunk_default("isp", "302")
        .build()
        .expect("a plan without contradictions")
}

pub struct Office {
    pub switch: Switch,
    pub now: Instant,
    out: VecDeque<Output>,
}

impl Office {
    pub fn new() -> Self {
        Office::with(SwitchConfig::default())
    }

    pub fn with(config: SwitchConfig) -> Self {
        Office {
            switch: Switch::new(config, Arc::new(plan())),
            now: Instant::from_millis(5_000),
            out: VecDeque::new(),
        }
    }

    pub fn input(&mut self, input: Input) {
        self.switch.handle(self.now, input);
        self.out
            .extend(std::iter::from_fn(|| self.switch.poll_output()));
    }

    /// Something happens on `leg`.
    pub fn on(&mut self, leg: LegId, event: LegEvent) {
        assert_eq!(
            self.out.front(),
            None,
            "not expected before {leg} {event:?}"
        );
        self.input(Input::Leg(leg, event));
    }

    pub fn setup(
        &mut self,
        origin: Origin,
        caller: CallerId,
        dialled: Option<&str>,
        replaces: Option<LegId>,
    ) -> LegId {
        let leg = self.switch.new_leg_id();
        self.on(
            leg,
            LegEvent::Setup {
                origin,
                caller,
                dialled: dialled.map(str::to_owned),
                replaces,
            },
        );
        leg
    }

    /// Lifts an idle analog phone.
    pub fn lift(&mut self, phone: u16) -> LegId {
        self.setup(Origin::Device(fxs(phone)), CallerId::default(), None, None)
    }

    /// A SIP phone sends an INVITE.
    pub fn invite(&mut self, user: &str, number: &str) -> LegId {
        self.setup(
            Origin::Device(sip(user)),
            CallerId::new("anything", ""),
            Some(number),
            None,
        )
    }

    /// A telephone line rings.
    pub fn line_rings(&mut self, line: u16, caller: &str) -> LegId {
        self.setup(
            Origin::Line(LineId(line)),
            CallerId::new(caller, ""),
            None,
            None,
        )
    }

    pub fn dial(&mut self, leg: LegId, digits: &str) {
        for digit in digits.chars() {
            self.on(
                leg,
                LegEvent::Digit(Digit::from_char(digit).expect("a digit")),
            );
        }
    }

    /// A party ends its leg.
    pub fn hang_up(&mut self, leg: LegId) {
        self.on(leg, LegEvent::Release(Cause::NormalClearing));
    }

    fn next(&mut self, wanted: &str) -> Output {
        self.out
            .pop_front()
            .unwrap_or_else(|| panic!("nothing came; expected {wanted}"))
    }

    /// The next command.
    #[track_caller]
    pub fn expect(&mut self, leg: LegId, command: LegCommand) {
        let wanted = Output::Leg(leg, command);
        let got = self.next(&format!("{wanted:?}"));
        assert_eq!(got, wanted);
    }

    /// The next command is an Originate: its leg, and who is shown to call.
    #[track_caller]
    pub fn originated(&mut self, wanted: Destination) -> (LegId, String) {
        match self.next(&format!("Originate {wanted:?}")) {
            Output::Leg(leg, LegCommand::Originate { to, caller, .. }) => {
                assert_eq!(to, wanted);
                (leg, caller.number.as_str().to_owned())
            }
            other => panic!("{other:?}, not Originate {wanted:?}"),
        }
    }

    #[track_caller]
    pub fn rings(&mut self, wanted: Destination) -> LegId {
        self.originated(wanted).0
    }

    /// The next output is a record; it is stored.
    #[track_caller]
    pub fn record(&mut self) -> CallRecord {
        match self.next("a record") {
            Output::Cdr(record) => {
                self.switch.handle(self.now, Input::CdrStored(record.call));
                record
            }
            other => panic!("{other:?}, not a record"),
        }
    }

    /// Nothing more came.
    #[track_caller]
    pub fn quiet(&mut self) {
        assert_eq!(self.out.front(), None);
    }

    /// Time passes; timers fire at their moments.
    pub fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some((at, _)) = self.switch.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = at;
            self.input(Input::Timeout);
        }
        self.now = until;
    }

    /// Nothing is left of any call.
    #[track_caller]
    pub fn empty(&mut self) {
        self.quiet();
        assert_eq!(
            (
                self.switch.calls(),
                self.switch.legs(),
                self.switch.unstored().count()
            ),
            (0, 0, 0)
        );
        assert_eq!(self.switch.poll_timeout(), None);
    }

    /// Two analog phones in conversation: the legs of caller and called.
    #[track_caller]
    pub fn phones_talk(&mut self, caller: u16, called: u16) -> (LegId, LegId) {
        let a = self.lift(caller);
        self.expect(a, LegCommand::PlayTone(telephony::Tone::Dial));
        self.on(a, LegEvent::Digit(Digit::from_char('2').expect("a digit")));
        self.expect(a, LegCommand::StopTone);
        self.dial(a, &format!("0{called}"));
        let b = self.rings(to_phone(called));
        self.on(b, LegEvent::Answer);
        self.expect(a, LegCommand::Bridge(b));
        (a, b)
    }

    /// A SIP phone calls an analog phone, which answers.
    #[track_caller]
    pub fn sip_talks_to_phone(&mut self, user: &str, called: u16) -> (LegId, LegId) {
        let a = self.invite(user, &format!("20{called}"));
        let b = self.rings(to_phone(called));
        self.on(b, LegEvent::Answer);
        self.expect(a, LegCommand::Answer);
        self.expect(a, LegCommand::Bridge(b));
        (a, b)
    }

    /// A SIP phone calls another, which answers.
    #[track_caller]
    pub fn sips_talk(&mut self, caller: &str, number: &str, called: &str) -> (LegId, LegId) {
        let a = self.invite(caller, number);
        let b = self.rings(to_sip(called));
        self.on(b, LegEvent::Answer);
        self.expect(a, LegCommand::Answer);
        self.expect(a, LegCommand::Bridge(b));
        (a, b)
    }
}
