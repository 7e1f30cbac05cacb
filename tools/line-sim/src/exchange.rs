//! The exchange behind an FXO port's pair: one subscriber line of it, as far as the subscriber can tell.

use std::collections::VecDeque;

use telephony::{HookState, LineId, Polarity, PortCommand, PortEvent};

use crate::alert::{Alert, Alerting};
use crate::config::{
    Behaviour, Disconnect, Glare, IncomingCall, LineSetup, PairSetup, Rule, SimError,
};
use crate::dialled::Dialled;
use crate::ear::Ear;
use crate::mouth::Mouth;
use crate::pair::{Faults, Pair, Path};
use crate::signal::{Rng, to_i16};
use crate::tones::{Player, Signal};
use crate::world::{News, STEP};

/// What an exchange line is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineState {
    /// Nothing.
    Idle,
    /// A call arrives: alert signals, caller ID and ringing.
    Ringing,
    /// Seized, no dial tone yet.
    Seized,
    /// Dial tone.
    DialTone,
    /// Digits arrive.
    Dialling,
    /// All digits are there, the call is on its way.
    Routing,
    /// The called party is rung; ringback.
    Ringback,
    /// Connected with the far party.
    Talking,
    /// Busy tone.
    Busy,
    /// Congestion tone.
    Congestion,
    /// Special information tone.
    NumberUnobtainable,
    /// The far party left; the battery is off for a moment to say so.
    LoopDrop,
    /// The far party left; silence.
    FarGone,
    /// The cable is cut.
    Cut,
}

/// What the box's DAA tells about the line.
#[derive(Debug)]
struct Daa {
    hook_closed: bool,
    ring: bool,
    ring_ms: u32,
    battery: bool,
    polarity: Polarity,
}

impl Daa {
    const RESET: Daa = Daa {
        hook_closed: false,
        ring: false,
        ring_ms: 0,
        battery: true,
        polarity: Polarity::Forward,
    };
}

/// Ringing voltage stands this long before the ring detector says so, ms.
const RING_DETECT_MS: u32 = 15;
/// And this long after it ended, ms.
const RING_RELEASE_MS: u32 = 30;

/// The far party of the line's call.
#[derive(Debug)]
pub(crate) struct Party {
    pub(crate) mouth: Mouth,
    pub(crate) ear: Ear,
}

/// The subscriber line.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) setup: LineSetup,
    pub(crate) far: Party,
    state: LineState,
    state_ms: u32,
    called: Option<Behaviour>,
    dialled: Dialled,
    alert: Option<Alert>,
    glare: Option<Glare>,
    polarity: Polarity,
    tone: Option<Player>,
    drop_ms: u32,
    daa: Daa,
    pair: Pair,
    faults: Faults,
    notes: VecDeque<String>,
}

impl Exchange {
    pub(crate) fn new(setup: LineSetup, ear: usize, mut rng: Rng) -> Self {
        Exchange {
            far: Party {
                mouth: Mouth::default(),
                ear: Ear::new(ear),
            },
            state: LineState::Idle,
            state_ms: 0,
            called: None,
            dialled: Dialled::new(setup.clear_ms),
            alert: None,
            glare: None,
            polarity: Polarity::Forward,
            tone: None,
            drop_ms: 0,
            daa: Daa::RESET,
            pair: Pair::new(&setup.pair, Rng::new(rng.next())),
            faults: Faults::new(setup.faults, Rng::new(rng.next())),
            notes: VecDeque::new(),
            setup,
        }
    }

    pub(crate) fn state(&self) -> LineState {
        self.state
    }

    pub(crate) fn digits_received(&self) -> String {
        self.dialled.number().to_owned()
    }

    pub(crate) fn flashes(&self) -> Vec<u32> {
        self.dialled.flashes()
    }

    pub(crate) fn loop_closed(&self) -> bool {
        self.daa.hook_closed && self.has_battery()
    }

    fn has_battery(&self) -> bool {
        !matches!(self.state, LineState::Cut | LineState::LoopDrop)
    }

    /// Obeys the card; `false` if an FXO port cannot do that.
    pub(crate) fn command(&mut self, command: PortCommand) -> bool {
        if let PortCommand::Hook(hook) = command {
            self.daa.hook_closed = hook == HookState::OffHook;
            return true;
        }
        false
    }

    pub(crate) fn chip_was_reset(&mut self) {
        self.daa = Daa::RESET;
    }

    pub(crate) fn set_pair(&mut self, setup: PairSetup) {
        self.pair.change(&setup);
        self.setup.pair = setup;
    }

    pub(crate) fn set_number(&mut self, number: &str, behaviour: Behaviour) {
        self.setup.numbers.retain(|rule| rule.number != number);
        self.setup.numbers.push(Rule {
            number: number.to_owned(),
            behaviour,
        });
    }

    fn note(&mut self, text: String) {
        if self.notes.len() < 64 {
            self.notes.push_back(text);
        }
    }

    fn set_state(&mut self, state: LineState) {
        self.note(format!("{:?} => {state:?}", self.state));
        self.state = state;
        self.state_ms = 0;
        let signal = match state {
            LineState::DialTone => Some(Signal::Dial),
            LineState::Ringback => Some(Signal::Ringback),
            LineState::Busy => Some(Signal::Busy),
            LineState::Congestion => Some(Signal::Congestion),
            LineState::NumberUnobtainable => Some(Signal::NumberUnobtainable),
            _ => None,
        };
        self.tone = signal.map(|signal| Player::new(self.setup.country, signal));
        if state != LineState::Ringing {
            self.alert = None;
        }
        if matches!(state, LineState::Idle | LineState::Cut) {
            self.polarity = Polarity::Forward;
            self.called = None;
        }
    }

    pub(crate) fn ring(&mut self, line: LineId, call: IncomingCall) -> Result<(), SimError> {
        if self.state != LineState::Idle || self.daa.hook_closed {
            return Err(SimError::LineInUse(line));
        }
        let cadence = self
            .setup
            .cadence
            .unwrap_or_else(|| crate::tones::ringing(self.setup.country));
        let alert = Alert::new(&call, cadence)?;
        self.dialled.forget();
        self.set_state(LineState::Ringing);
        self.alert = Some(alert);
        Ok(())
    }

    pub(crate) fn caller_gives_up(&mut self) {
        if self.state == LineState::Ringing {
            self.set_state(LineState::Idle);
        }
    }

    pub(crate) fn arm_glare(&mut self, outcome: Glare) {
        self.glare = Some(outcome);
    }

    pub(crate) fn far_answer(&mut self) {
        if self.state == LineState::Ringback {
            let reversal = matches!(
                self.called,
                Some(Behaviour::Answer {
                    polarity_reversal: true,
                    ..
                })
            );
            self.answered(reversal);
        }
    }

    fn answered(&mut self, polarity_reversal: bool) {
        if polarity_reversal {
            self.polarity = Polarity::Reverse;
        }
        self.set_state(LineState::Talking);
    }

    pub(crate) fn far_hang_up(&mut self, how: Option<Disconnect>) {
        let how = how.unwrap_or(self.setup.disconnect);
        match self.state {
            LineState::Ringing => return self.caller_gives_up(),
            LineState::Talking | LineState::Ringback => {}
            _ => return,
        }
        let answered_by_reversal = self.state == LineState::Talking
            && matches!(
                self.called,
                Some(Behaviour::Answer {
                    polarity_reversal: true,
                    ..
                })
            );
        if how == Disconnect::PolarityReversal {
            self.polarity = opposite(self.polarity);
        } else if answered_by_reversal && how != Disconnect::Silence {
            self.polarity = Polarity::Forward;
        }
        let state = match how {
            Disconnect::LoopDrop { ms } => {
                self.drop_ms = ms;
                LineState::LoopDrop
            }
            Disconnect::Busy => LineState::Busy,
            Disconnect::Congestion => LineState::Congestion,
            Disconnect::NumberUnobtainable => LineState::NumberUnobtainable,
            Disconnect::PolarityReversal | Disconnect::Silence => LineState::FarGone,
        };
        self.set_state(state);
    }

    pub(crate) fn cut(&mut self) {
        if self.state != LineState::Cut {
            self.set_state(LineState::Cut);
        }
    }

    pub(crate) fn restore(&mut self) {
        if self.state == LineState::Cut {
            self.set_state(LineState::Idle);
        }
    }

    pub(crate) fn step(
        &mut self,
        dead: bool,
        sent: &[i16; STEP],
        received: &mut [i16; STEP],
        news: &mut News,
    ) {
        if dead {
            self.daa.hook_closed = false;
        }
        let closed = self.loop_closed();
        self.state_ms = self.state_ms.saturating_add(1);
        if self.state != LineState::Cut && self.state != LineState::LoopDrop {
            self.watch_loop(closed);
        }
        self.move_on(closed);
        let alerting = self.alert();
        let wrong = self.faults.step();
        if !dead {
            self.report(alerting.ring || wrong.ring_detector, news);
        }
        let path = match (self.has_battery() && !dead, self.loop_closed()) {
            (false, _) => Path::Open,
            (true, false) => Path::ListenOnly,
            (true, true) => Path::Through,
        };
        let connected = self.state == LineState::Talking && path == Path::Through;
        for (n, (sent, received)) in sent.iter().zip(received.iter_mut()).enumerate() {
            let far = self.far.mouth.next();
            let tone = self.tone.as_mut().map_or(0.0, Player::next);
            let said = alerting.sound[n] + tone + if connected { far } else { 0.0 };
            let (there, here) = self.pair.pass(path, f32::from(*sent), said, wrong.crackle);
            *received = to_i16(there);
            self.far.ear.push(if connected { to_i16(here) } else { 0 });
            if path == Path::Through && self.takes_digits() && self.setup.dtmf {
                self.dialled.hear(here);
            }
        }
        while let Some(note) = self.notes.pop_front() {
            news.note(note);
        }
    }

    fn takes_digits(&self) -> bool {
        matches!(self.state, LineState::DialTone | LineState::Dialling)
    }

    /// Seizure, answer, pulses, flashes and clearing, as the line relay sees them.
    fn watch_loop(&mut self, closed: bool) {
        let takes_digits = self.takes_digits();
        self.dialled.watch(closed, takes_digits);
        if self.dialled.cleared() && !matches!(self.state, LineState::Idle | LineState::Ringing) {
            self.set_state(LineState::Idle);
        }
    }

    fn move_on(&mut self, closed: bool) {
        match self.state {
            LineState::Idle if closed => self.seized(),
            LineState::Ringing if closed => self.set_state(LineState::Talking),
            LineState::Seized if self.state_ms >= self.setup.dial_tone_delay_ms => {
                self.dialled.forget();
                self.set_state(LineState::DialTone);
            }
            LineState::DialTone if self.dialled.has_begun() => self.set_state(LineState::Dialling),
            LineState::DialTone if self.state_ms >= self.setup.first_digit_ms => {
                self.set_state(LineState::Congestion)
            }
            LineState::Dialling => self.collect(),
            LineState::Routing if self.state_ms >= self.setup.post_dial_delay_ms => self.route(),
            LineState::Ringback => {
                if let Some(Behaviour::Answer {
                    after_ms,
                    polarity_reversal,
                }) = self.called
                    && self.state_ms >= after_ms
                {
                    self.answered(polarity_reversal);
                }
            }
            LineState::LoopDrop if self.state_ms > self.drop_ms => {
                self.set_state(LineState::FarGone)
            }
            _ => {}
        }
    }

    fn seized(&mut self) {
        self.dialled.forget();
        let glare = self.glare.take();
        if let Some(outcome) = glare {
            self.note(format!("glare: {outcome:?}"));
            self.daa.ring_ms = RING_DETECT_MS + 1;
        }
        self.set_state(match glare {
            Some(Glare::CallerWins) => LineState::Talking,
            Some(Glare::BoxWins) | None => LineState::Seized,
        });
    }

    fn collect(&mut self) {
        let number = self.dialled.number();
        let rules = &self.setup.numbers;
        let known = rules.iter().find(|rule| rule.number == number);
        let could_go_on = rules
            .iter()
            .any(|rule| rule.number.len() > number.len() && rule.number.starts_with(number));
        let paused = self.dialled.silent_ms() >= self.setup.inter_digit_ms;
        let behaviour = match (known, could_go_on) {
            _ if number.is_empty() || self.dialled.key_is_down() => None,
            (Some(rule), false) => Some(rule.behaviour.clone()),
            (Some(rule), true) if paused => Some(rule.behaviour.clone()),
            (None, _) if paused => Some(self.setup.unknown.clone()),
            _ => None,
        };
        if behaviour.is_some() {
            self.note(format!("the box dialled {}", self.dialled.number()));
            self.called = behaviour;
            self.set_state(LineState::Routing);
        } else if number.is_empty() && self.state_ms >= self.setup.first_digit_ms {
            self.set_state(LineState::Congestion);
        }
    }

    fn route(&mut self) {
        let state = match self.called {
            Some(Behaviour::Answer { .. } | Behaviour::NoAnswer) => LineState::Ringback,
            Some(Behaviour::Busy) => LineState::Busy,
            Some(Behaviour::Congestion) => LineState::Congestion,
            Some(Behaviour::NumberUnobtainable) | None => LineState::NumberUnobtainable,
        };
        self.set_state(state);
    }

    fn alert(&mut self) -> Alerting {
        let Some(alert) = &mut self.alert else {
            return Alerting::default();
        };
        let alerting = alert.step();
        if alerting.reverse {
            self.polarity = opposite(self.polarity);
        }
        if alerting.gave_up {
            self.set_state(LineState::Idle);
        }
        alerting
    }

    /// What the DAA reports this millisecond.
    fn report(&mut self, ringing: bool, news: &mut News) {
        let battery = self.has_battery();
        if battery != self.daa.battery {
            self.daa.battery = battery;
            news.event(PortEvent::Battery(battery));
        }
        if battery && self.polarity != self.daa.polarity {
            self.daa.polarity = self.polarity;
            news.event(PortEvent::Polarity(self.polarity));
        }
        // The count goes up while it rings and down when it does not; the detector has hysteresis.
        let daa = &mut self.daa;
        if ringing {
            daa.ring_ms = if daa.ring {
                RING_RELEASE_MS
            } else {
                daa.ring_ms + 1
            };
        } else if daa.ring || daa.ring_ms <= RING_DETECT_MS {
            daa.ring_ms = daa.ring_ms.saturating_sub(1);
        }
        if !daa.ring && daa.ring_ms > RING_DETECT_MS {
            (daa.ring, daa.ring_ms) = (true, RING_RELEASE_MS);
            news.event(PortEvent::Ring(true));
        } else if daa.ring && daa.ring_ms == 0 {
            daa.ring = false;
            news.event(PortEvent::Ring(false));
        }
    }
}

fn opposite(polarity: Polarity) -> Polarity {
    match polarity {
        Polarity::Forward => Polarity::Reverse,
        Polarity::Reverse => Polarity::Forward,
    }
}
