//! A telephone on an FXS port, its pair and the port.

use telephony::{HookState, LoopState, Polarity, PortCommand, PortEvent};

use crate::cid::Display;
use crate::config::{PairSetup, PhoneSetup};
use crate::ear::Ear;
use crate::hands::Hands;
use crate::mouth::Mouth;
use crate::pair::{Faults, Pair, Path};
use crate::ringer::Ringer;
use crate::signal::{Rng, Sine, ratio, to_i16};
use crate::world::{News, STEP};

/// Loop current of a lifted telephone, mA.
const LOOP_MA: f32 = 20.0;

/// What the port of the card does to the pair.
#[derive(Debug)]
struct Slic {
    ring: bool,
    feed: bool,
    polarity: Polarity,
    on_hook_transmission: bool,
    reported: LoopState,
}

impl Slic {
    const RESET: Slic = Slic {
        ring: false,
        feed: true,
        polarity: Polarity::Forward,
        on_hook_transmission: false,
        reported: LoopState::Open,
    };
}

/// A telephone, its pair and its port.
#[derive(Debug)]
pub(crate) struct Telephone {
    pub(crate) setup: PhoneSetup,
    pub(crate) hands: Hands,
    pub(crate) mouth: Mouth,
    pub(crate) ear: Ear,
    pub(crate) ringer: Ringer,
    pub(crate) display: Display,
    port: Slic,
    pair: Pair,
    faults: Faults,
    key: Option<(char, Sine, Sine)>,
    closed: bool,
    current_ma: f32,
}

impl Telephone {
    pub(crate) fn new(setup: PhoneSetup, ear: usize, mut rng: Rng) -> Self {
        Telephone {
            hands: Hands::new(&setup, Rng::new(rng.next())),
            mouth: Mouth::default(),
            ear: Ear::new(ear),
            ringer: Ringer::new(&setup),
            display: Display::new(),
            port: Slic::RESET,
            pair: Pair::new(&setup.pair, Rng::new(rng.next())),
            faults: Faults::new(setup.faults, Rng::new(rng.next())),
            key: None,
            closed: false,
            current_ma: 0.0,
            setup,
        }
    }

    pub(crate) fn set_pair(&mut self, setup: PairSetup) {
        self.pair.change(&setup);
        self.setup.pair = setup;
    }

    pub(crate) fn loop_current_ma(&self) -> f32 {
        self.current_ma
    }

    /// Obeys the card; `false` if an FXS port cannot do that.
    pub(crate) fn command(&mut self, command: PortCommand) -> bool {
        match command {
            PortCommand::Ring(on) => self.port.ring = on,
            PortCommand::Feed(on) => self.port.feed = on,
            PortCommand::Polarity(polarity) => self.port.polarity = polarity,
            PortCommand::OnHookTransmission(on) => self.port.on_hook_transmission = on,
            PortCommand::Hook(HookState::OnHook | HookState::OffHook) => return false,
        }
        true
    }

    pub(crate) fn chip_was_reset(&mut self) {
        self.port = Slic::RESET;
    }

    pub(crate) fn step(
        &mut self,
        dead: bool,
        sent: &[i16; STEP],
        received: &mut [i16; STEP],
        news: &mut News,
    ) {
        let (closed, key) = self.hands.step();
        self.closed = closed;
        let powered = (self.port.feed || self.port.ring) && !dead;
        let sign = if self.port.polarity == Polarity::Forward {
            1.0
        } else {
            -1.0
        };
        self.current_ma = if powered && closed {
            LOOP_MA * sign
        } else {
            0.0
        };
        self.ringer.step(self.port.ring && !dead, closed, news);
        let wrong = self.faults.step();
        if !dead {
            self.report(wrong.loop_detector, news);
        }
        self.press(key);
        let speaks = powered && closed;
        let path = match (
            speaks,
            self.port.on_hook_transmission && self.port.feed && !dead,
        ) {
            (false, false) => Path::Open,
            _ => Path::Through,
        };
        let sidetone = self.setup.sidetone_db.map_or(0.0, |db| ratio(-db));
        for (sent, received) in sent.iter().zip(received.iter_mut()) {
            let spoken = self.mouth.next();
            let keyed = self
                .key
                .as_mut()
                .map(|(_, low, high)| low.next() + high.next());
            let said = if speaks { keyed.unwrap_or(spoken) } else { 0.0 };
            let (there, here) = self.pair.pass(path, f32::from(*sent), said, wrong.crackle);
            *received = to_i16(there);
            self.ear.push(to_i16(here + said * sidetone));
            if self.setup.caller_id
                && !self.hands.is_off_hook()
                && let Some(shown) = self.display.push(here, news.now())
            {
                news.note(format!(
                    "the display shows {:?} {:?} by {:?}",
                    shown.number, shown.name, shown.standard
                ));
            }
        }
    }

    fn report(&mut self, glitch: bool, news: &mut News) {
        let flows = self.current_ma.abs() >= self.setup.detect_ma;
        let state = if flows != glitch {
            LoopState::Closed
        } else {
            LoopState::Open
        };
        if state != self.port.reported {
            self.port.reported = state;
            news.event(PortEvent::Loop(state));
        }
    }

    fn press(&mut self, key: Option<char>) {
        match (key, &self.key) {
            (None, _) => self.key = None,
            (Some(new), Some((old, ..))) if new == *old => {}
            (Some(new), _) => {
                self.key = self
                    .setup
                    .keypad
                    .sound(new)
                    .map(|(low, high)| (new, low, high))
            }
        }
    }
}
