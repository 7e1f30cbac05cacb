//! A model of what was commanded; each command is checked against it.

use std::collections::{BTreeMap, BTreeSet};

use call::{Destination, Input, LegCommand, LegEvent, Output, Switch, SwitchConfig, TransferTo};
use dialplan::{Device, Origin, WayOut};
use telephony::{CallId, CallerId, Cause, Digit, Duration, Instant, LegId, LineId, Tone};

use crate::office::{ACCOUNTS, Dice, LINES, NUMBERS, PHONES, plan};

/// What the model knows of a live leg.
struct Seen {
    place: Origin,
    rung: bool,
    answered: bool,
    progressed: bool,
    tone: Option<Tone>,
    bridge: Option<LegId>,
    waiting: bool,
}

#[derive(Default)]
pub struct Counts {
    pub bridges: u32,
    pub waiting: u32,
    pub transfers: u32,
    pub hold_tones: u32,
    pub dead_events: u32,
    pub records: u32,
    pub joined_three: u32,
}

/// The switch, and beside it what it commanded.
pub struct World {
    switch: Switch,
    /// Print every input and output: run a failing seed with `MODEL_TRACE=1`.
    trace: bool,
    now: Instant,
    dice: Dice,
    legs: BTreeMap<LegId, Seen>,
    over: Vec<LegId>,
    /// Phones that are off hook without a leg: their call ended, the receiver is not back.
    off_hook: BTreeSet<LineId>,
    to_store: Vec<CallId>,
    stored: BTreeSet<CallId>,
    pub counts: Counts,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let config = SwitchConfig {
            max_calls: 10,
            ..SwitchConfig::default()
        };
        World {
            switch: Switch::new(config, plan(WayOut::Lines(vec![LineId(10), LineId(11)]))),
            trace: std::env::var_os("MODEL_TRACE").is_some(),
            now: Instant::from_millis(1_000),
            dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            legs: BTreeMap::new(),
            over: Vec::new(),
            off_hook: BTreeSet::new(),
            to_store: Vec::new(),
            stored: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    fn input(&mut self, input: Input) {
        let transferor = match &input {
            Input::Leg(leg, LegEvent::Transfer(_)) if self.legs.contains_key(leg) => Some(*leg),
            _ => None,
        };
        let mut widowed = self.foresee(&input);
        if self.trace {
            println!("> {input:?}");
        }
        self.switch.handle(self.now, input);
        let mut results = 0;
        let mut busy = Vec::new();
        while let Some(output) = self.switch.poll_output() {
            if self.trace {
                println!("  {output:?}");
            }
            match output {
                Output::Cdr(record) => {
                    assert!(
                        self.stored.insert(record.call),
                        "two records of {}",
                        record.call
                    );
                    assert!(record.started <= record.ended);
                    self.counts.joined_three += u32::from(record.legs.len() > 2);
                    self.counts.records += 1;
                    self.to_store.push(record.call);
                }
                Output::Leg(leg, command) => {
                    if let LegCommand::TransferResult(result) = &command {
                        assert_eq!(Some(leg), transferor);
                        results += 1;
                        self.counts.transfers += u32::from(result.is_ok());
                    }
                    self.command(leg, command, &mut widowed, &mut busy);
                }
            }
        }
        assert_eq!(
            results,
            u32::from(transferor.is_some()),
            "one result for one transfer"
        );
        assert_eq!(widowed, None, "the survivor of a bridge was not told");
        for leg in busy {
            self.input(Input::Leg(leg, LegEvent::Release(Cause::UserBusy)));
        }
        assert_eq!(self.switch.legs(), self.legs.len());
    }

    /// What an input itself changes; a bridge whose other leg must be told is returned.
    fn foresee(&mut self, input: &Input) -> Option<(LegId, LegId)> {
        match input {
            Input::Leg(leg, LegEvent::Setup { origin, .. }) => {
                self.begin(*leg, origin.clone(), false)
            }
            Input::Leg(leg, LegEvent::Answer) => {
                if let Some(seen) = self.legs.get_mut(leg).filter(|seen| seen.rung) {
                    seen.answered = true;
                }
            }
            Input::Leg(leg, LegEvent::Release(cause)) => {
                if let Some(seen) = self.end(*leg) {
                    let widowed = seen.bridge.map(|other| (*leg, other));
                    if let Origin::Device(Device::Fxs(line)) = seen.place
                        && *cause != Cause::NormalClearing
                        && seen.answered
                    {
                        self.off_hook.insert(line);
                    }
                    return widowed;
                }
            }
            _ => {}
        }
        None
    }

    fn begin(&mut self, leg: LegId, place: Origin, rung: bool) {
        let answered = !rung && matches!(place, Origin::Device(Device::Fxs(_)));
        let seen = Seen {
            place,
            rung,
            answered,
            progressed: false,
            tone: None,
            bridge: None,
            waiting: false,
        };
        assert!(self.legs.insert(leg, seen).is_none(), "{leg} begins twice");
    }

    fn end(&mut self, leg: LegId) -> Option<Seen> {
        let seen = self.legs.remove(&leg)?;
        self.over.push(leg);
        Some(seen)
    }

    fn command(
        &mut self,
        leg: LegId,
        command: LegCommand,
        widowed: &mut Option<(LegId, LegId)>,
        busy: &mut Vec<LegId>,
    ) {
        if let LegCommand::Originate { to, .. } = &command {
            return self.originate(leg, to, busy);
        }
        if matches!(command, LegCommand::Unbridge)
            && widowed.is_some_and(|(_, survivor)| survivor == leg)
        {
            *widowed = None;
            self.seen(leg, &command).bridge = None;
            return;
        }
        let seen = self.seen(leg, &command);
        match command {
            LegCommand::Originate { .. } => unreachable!("handled above"),
            LegCommand::Alert => assert!(!seen.answered && !seen.rung && !seen.progressed),
            LegCommand::Progress => {
                assert!(
                    !seen.answered
                        && !seen.rung
                        && !seen.progressed
                        && !matches!(seen.place, Origin::Line(_))
                );
                seen.progressed = true;
            }
            LegCommand::Answer => {
                assert!(!seen.answered && !seen.rung, "{leg} answered twice");
                seen.answered = true;
            }
            LegCommand::PlayTone(tone) => {
                assert!(
                    seen.tone.is_none() && seen.bridge.is_none(),
                    "{leg} hears two things"
                );
                assert!(
                    seen.answered || seen.progressed,
                    "{leg} has no voice path for {tone:?}"
                );
                seen.tone = Some(tone);
                self.counts.hold_tones += u32::from(tone == Tone::Hold);
            }
            LegCommand::StopTone => assert!(seen.tone.take().is_some(), "{leg} hears no tone"),
            LegCommand::Bridge(other) => {
                assert_ne!(leg, other);
                for (one, two) in [(leg, other), (other, leg)] {
                    let seen = self.seen(one, &LegCommand::Bridge(two));
                    assert!(
                        seen.tone.is_none() && seen.bridge.is_none(),
                        "{one} hears two things"
                    );
                    seen.bridge = Some(two);
                }
                self.counts.bridges += 1;
            }
            LegCommand::Unbridge => {
                let other = seen.bridge.take().expect("a bridge to end");
                assert_eq!(
                    self.seen(other, &LegCommand::Unbridge).bridge.take(),
                    Some(leg)
                );
            }
            LegCommand::CallWaiting(_) => {
                assert!(!seen.waiting && matches!(seen.place, Origin::Device(Device::Fxs(_))));
                seen.waiting = true;
                self.counts.waiting += 1;
            }
            LegCommand::CallWaitingEnded => {
                assert!(std::mem::take(&mut seen.waiting), "nothing waited")
            }
            LegCommand::TransferResult(_) => {}
            LegCommand::Release(_) => self.released(leg),
        }
    }

    fn seen(&mut self, leg: LegId, command: &LegCommand) -> &mut Seen {
        self.legs
            .get_mut(&leg)
            .unwrap_or_else(|| panic!("{leg} is not there for {command:?}"))
    }

    fn originate(&mut self, leg: LegId, to: &Destination, busy: &mut Vec<LegId>) {
        let place = match to {
            Destination::Device(device) => Origin::Device(device.clone()),
            Destination::Line { line, .. } => Origin::Line(*line),
            Destination::Trunk { name, .. } => Origin::Trunk(name.clone()),
        };
        let single = matches!(place, Origin::Line(_) | Origin::Device(Device::Fxs(_)));
        assert!(
            !single || self.legs.values().all(|seen| seen.place != place),
            "{place} is in use"
        );
        if matches!(&place, Origin::Device(Device::Fxs(line)) if self.off_hook.contains(line)) {
            busy.push(leg);
        }
        self.begin(leg, place, true);
    }

    fn released(&mut self, leg: LegId) {
        let seen = self.end(leg).expect("live");
        assert_eq!(
            (seen.tone, seen.bridge, seen.waiting),
            (None, None, false),
            "{leg} released with something on"
        );
        if let Origin::Device(Device::Fxs(line)) = seen.place
            && seen.answered
        {
            self.off_hook.insert(line);
        }
    }

    fn setup(&mut self) {
        let (origin, dialled) = match self.dice.below(8) {
            0..=3 => (
                Origin::Device(Device::Fxs(LineId(self.dice.pick(&PHONES)))),
                None,
            ),
            4..=5 => {
                let number = self.dice.pick(&NUMBERS);
                (
                    Origin::Device(Device::Sip(self.dice.pick(&ACCOUNTS).into())),
                    Some(number.to_owned()),
                )
            }
            6 => (Origin::Line(LineId(self.dice.pick(&LINES))), None),
            _ => (Origin::Trunk("isp".into()), Some("5550100".to_owned())),
        };
        let used = self.legs.values().any(|seen| seen.place == origin);
        match &origin {
            Origin::Device(Device::Fxs(line)) if used || self.off_hook.contains(line) => {
                self.off_hook.remove(line);
                return;
            }
            Origin::Line(_) if used => return,
            Origin::Device(Device::Sip(_)) | Origin::Trunk(_) if self.legs.len() > 12 => return,
            _ => {}
        }
        let replaces = (self.dice.below(12) == 0).then(|| self.any_leg());
        let leg = self.switch.new_leg_id();
        self.input(Input::Leg(
            leg,
            LegEvent::Setup {
                origin,
                caller: CallerId::default(),
                dialled,
                replaces,
            },
        ));
    }

    fn any_leg(&mut self) -> LegId {
        let live: Vec<_> = self.legs.keys().copied().collect();
        match self.dice.below(20) {
            0 if !self.over.is_empty() => {
                self.counts.dead_events += 1;
                let recent = self.over.len().saturating_sub(10);
                self.dice.pick(&self.over[recent..])
            }
            _ if !live.is_empty() => self.dice.pick(&live),
            _ => LegId(u32::MAX),
        }
    }

    fn cause(&mut self) -> Cause {
        if self.dice.below(3) > 0 {
            Cause::NormalClearing
        } else {
            self.dice.pick(Cause::ALL)
        }
    }

    pub fn step(&mut self) {
        let leg = self.any_leg();
        // A phone put down once has no second release to send; everything else may come at any moment.
        let event = match self.dice.below(24) {
            0..=3 => return self.setup(),
            4..=6 => LegEvent::Answer,
            7 => LegEvent::Alerting,
            8 => LegEvent::Progress {
                early_media: self.dice.below(4) > 0,
            },
            9..=12 => LegEvent::Flash,
            13 => LegEvent::Hold,
            14 => LegEvent::Resume,
            15 => LegEvent::Transfer(TransferTo::Number(self.dice.pick(&NUMBERS).to_owned())),
            16 => {
                let place = self.legs.get(&leg).map(|seen| seen.place.clone());
                let sibling = self
                    .legs
                    .iter()
                    .find(|(id, seen)| **id != leg && Some(&seen.place) == place.as_ref());
                let second = sibling.map(|(id, _)| *id);
                LegEvent::Transfer(TransferTo::Leg(second.unwrap_or_else(|| self.any_leg())))
            }
            17..=18 => {
                let number = self.dice.pick(&NUMBERS);
                for digit in number.chars() {
                    self.input(Input::Leg(
                        leg,
                        LegEvent::Digit(Digit::from_char(digit).expect("a digit")),
                    ));
                }
                return;
            }
            19 => LegEvent::Release(self.cause()),
            20 => {
                let ms = 1 + self.dice.below(8_000) as u64;
                return self.pass(Duration::from_millis(ms));
            }
            21 if self.dice.below(8) == 0 => return self.pass(Duration::from_secs(61)),
            21 => {
                self.off_hook.clear();
                return;
            }
            22 => return self.store(),
            _ if self.dice.below(50) == 0 => {
                let lines = self
                    .dice
                    .pick(&[vec![LineId(10)], vec![LineId(11), LineId(10)]]);
                return self.input(Input::SetPlan(plan(WayOut::Lines(lines))));
            }
            _ => LegEvent::Answer,
        };
        self.input(Input::Leg(leg, event));
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some((at, _)) = self.switch.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.now = until;
    }

    fn store(&mut self) {
        for call in std::mem::take(&mut self.to_store) {
            self.input(Input::CdrStored(call));
        }
    }

    /// Everybody leaves, in random order; phones that are rung back or transferred to leave too.
    pub fn close(&mut self) {
        for _ in 0..200 {
            let live: Vec<_> = self.legs.keys().copied().collect();
            if live.is_empty() {
                break;
            }
            let leg = self.dice.pick(&live);
            let cause = self.cause();
            self.input(Input::Leg(leg, LegEvent::Release(cause)));
        }
        self.store();
        assert!(self.legs.is_empty());
        assert_eq!(
            (
                self.switch.calls(),
                self.switch.legs(),
                self.switch.unstored().count()
            ),
            (0, 0, 0)
        );
        assert_eq!(self.switch.poll_timeout(), None);
        assert_eq!(self.switch.dropped_records(), 0);
        // Calls are numbered from 1 without gaps, so each of them left its record.
        let last = self.stored.last().map_or(0, |call| call.0);
        assert_eq!(self.stored.len() as u64, last);
    }
}
