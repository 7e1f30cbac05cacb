//! The person at a telephone.

use std::path::Path;
use std::sync::Arc;

use telephony::{Instant, LineId};

use crate::cid::CallerIdShown;
use crate::config::{PairSetup, SimError};
use crate::hands::Action;
use crate::measure::Heard;
use crate::mouth;
use crate::set::Telephone;
use crate::world::SharedWorld;

/// One burst of the telephone's bell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RingBurst {
    /// When the bell began.
    pub began: Instant,
    /// How long it sounded so far, ms.
    pub on_ms: u32,
    /// Frequency of the ringing voltage, Hz, measured; 0 before the second cycle.
    pub hz: f32,
}

/// The person at the telephone of one FXS port.
///
/// The hands do one thing after the other: [`lift`](Phone::lift), [`dial`](Phone::dial), [`hang_up`](Phone::hang_up) and the
/// like wait their turn. The mouth speaks at once, whether anybody can hear it or not, and is mute while a key is down.
#[derive(Clone)]
pub struct Phone {
    world: SharedWorld,
    line: LineId,
}

impl Phone {
    pub(crate) fn new(world: &SharedWorld, line: LineId) -> Self {
        Phone {
            world: Arc::clone(world),
            line,
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Telephone) -> T) -> T {
        look(self.world.lock().telephone(self.line))
    }

    /// Which port.
    pub fn line(&self) -> LineId {
        self.line
    }

    /// The pair and its hybrid are other ones from now on.
    pub fn set_pair(&self, setup: PairSetup) {
        self.with(|set| set.set_pair(setup));
    }

    /// Lifts the handset.
    pub fn lift(&self) {
        self.with(|set| set.hands.add(Action::Lift));
    }

    /// Hangs up, after everything asked for before.
    pub fn hang_up(&self) {
        self.with(|set| set.hands.add(Action::HangUp));
    }

    /// Forgets what else was to be done and hangs up at once.
    pub fn hang_up_now(&self) {
        self.with(|set| {
            set.hands.drop_everything();
            set.hands.add(Action::HangUp);
        });
    }

    /// Opens the loop for `ms`.
    pub fn flash(&self, ms: u32) {
        self.with(|set| set.hands.add(Action::Flash(ms)));
    }

    /// Opens the loop for the telephone's own flash time.
    pub fn flash_key(&self) {
        self.with(|set| {
            let ms = set.setup.flash_ms;
            set.hands.add(Action::Flash(ms));
        });
    }

    /// Does nothing for `ms`.
    pub fn wait(&self, ms: u32) {
        self.with(|set| set.hands.add(Action::Wait(ms)));
    }

    /// Presses keys: `0`-`9`, `*`, `#`, `A`-`D`.
    ///
    /// # Errors
    /// [`SimError::NotADigit`] for any other character (nothing is dialled), [`SimError::HandsFull`] when too much is waiting.
    pub fn dial(&self, keys: &str) -> Result<(), SimError> {
        let keys: Vec<char> = keys.chars().map(|key| key.to_ascii_uppercase()).collect();
        if let Some(&wrong) = keys
            .iter()
            .find(|&&key| crate::dtmf::pair_of(key).is_none())
        {
            return Err(SimError::NotADigit(wrong));
        }
        self.queue(keys.into_iter().map(Action::Key))
    }

    /// Turns the dial: `0`-`9`, one pulse for `1` to ten for `0`.
    ///
    /// # Errors
    /// As [`Phone::dial`].
    pub fn pulse_dial(&self, digits: &str) -> Result<(), SimError> {
        if let Some(wrong) = digits.chars().find(|digit| !digit.is_ascii_digit()) {
            return Err(SimError::NotADigit(wrong));
        }
        self.queue(
            digits
                .bytes()
                .map(|digit| Action::Pulses(if digit == b'0' { 10 } else { digit - b'0' })),
        )
    }

    fn queue(&self, mut actions: impl Iterator<Item = Action>) -> Result<(), SimError> {
        let all_fit = self.with(|set| actions.all(|action| set.hands.add(action)));
        if all_fit {
            Ok(())
        } else {
            Err(SimError::HandsFull(self.line))
        }
    }

    /// Whether the hands have nothing more to do.
    pub fn hands_idle(&self) -> bool {
        self.with(|set| set.hands.is_idle())
    }

    /// Whether the handset is lifted.
    pub fn is_off_hook(&self) -> bool {
        self.with(|set| set.hands.is_off_hook())
    }

    /// Loop current now, mA: 0 on hook, about 20 off hook, negative when the battery is reversed.
    pub fn loop_current_ma(&self) -> f32 {
        self.with(|set| set.loop_current_ma())
    }

    /// Says a sine of `hz` at `dbm0` until told otherwise.
    pub fn say_tone(&self, hz: f32, dbm0: f32) {
        self.with(|set| set.mouth.say_tone(hz, dbm0));
    }

    /// Says `samples` (8 kHz), then is silent.
    pub fn say(&self, samples: &[i16]) {
        self.with(|set| set.mouth.say(samples));
    }

    /// Says a WAV file (8 kHz, mono, 16 bit), then is silent.
    ///
    /// # Errors
    /// [`SimError::Wav`]
    pub fn say_wav(&self, path: impl AsRef<Path>) -> Result<(), SimError> {
        let samples = mouth::read_wav(path.as_ref())?;
        self.say(&samples);
        Ok(())
    }

    /// Stops talking.
    pub fn be_silent(&self) {
        self.with(|set| set.mouth.be_silent());
    }

    /// Whether the mouth is at it.
    pub fn is_talking(&self) -> bool {
        self.with(|set| set.mouth.is_talking())
    }

    /// What the ear heard since [`Phone::forget`], oldest first, as far back as it remembers. While neither loop current nor
    /// on-hook transmission carried sound it heard silence.
    pub fn heard(&self) -> Heard {
        self.with(|set| set.ear.heard())
    }

    /// The last `ms` of [`Phone::heard`].
    pub fn heard_last(&self, ms: u32) -> Heard {
        self.with(|set| set.ear.heard_last(ms))
    }

    /// [`Phone::heard`], then the ear's memory starts afresh.
    pub fn take_heard(&self) -> Heard {
        self.with(|set| {
            let heard = set.ear.heard();
            set.ear.forget();
            heard
        })
    }

    /// The ear's memory starts afresh.
    pub fn forget(&self) {
        self.with(|set| set.ear.forget());
    }

    /// Whether the bell sounds at this moment.
    pub fn ringing(&self) -> bool {
        self.with(|set| set.ringer.is_sounding())
    }

    /// The bursts of the bell since the start of the world, oldest first (the last 256).
    pub fn rings(&self) -> Vec<RingBurst> {
        self.with(|set| set.ringer.bursts())
    }

    /// Cadence of the bell: (on, off) ms of every burst that another one followed. See [`Phone::rings`].
    pub fn ring_cadence_ms(&self) -> Vec<(u32, u32)> {
        let rings = self.rings();
        let pairs = rings.iter().zip(rings.iter().skip(1));
        pairs
            .map(|(a, b)| (a.on_ms, (b.began - a.began).as_millis() as u32 - a.on_ms))
            .collect()
    }

    /// How long ringing voltage stood on the pair with the handset lifted, ms in all: more than a ring trip's worth hurts.
    pub fn rung_in_the_ear_ms(&self) -> u32 {
        self.with(|set| set.ringer.in_the_ear_ms())
    }

    /// What the caller-ID display showed since the start of the world, oldest first (the last 64).
    pub fn caller_id_shown(&self) -> Vec<CallerIdShown> {
        self.with(|set| set.display.shown())
    }

    /// Caller-ID messages that began but did not come through whole (checksum, framing).
    pub fn caller_id_spoilt(&self) -> u32 {
        self.with(|set| set.display.spoilt())
    }
}
