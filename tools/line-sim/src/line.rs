//! The people and the exchange behind an exchange line.

use std::path::Path;
use std::sync::Arc;

use telephony::LineId;

use crate::config::{Behaviour, Disconnect, Glare, IncomingCall, PairSetup, SimError};
use crate::exchange::{Exchange, LineState};
use crate::measure::Heard;
use crate::mouth;
use crate::world::SharedWorld;

/// The exchange line of one FXO port: the switch that serves it and the far party of its call.
#[derive(Clone)]
pub struct ExchangeLine {
    world: SharedWorld,
    line: LineId,
}

impl ExchangeLine {
    pub(crate) fn new(world: &SharedWorld, line: LineId) -> Self {
        ExchangeLine {
            world: Arc::clone(world),
            line,
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Exchange) -> T) -> T {
        look(self.world.lock().exchange_line(self.line))
    }

    /// Which port.
    pub fn line(&self) -> LineId {
        self.line
    }

    /// What the line is doing.
    pub fn state(&self) -> LineState {
        self.with(|exchange| exchange.state())
    }

    /// Whether the box holds the loop closed.
    pub fn is_seized(&self) -> bool {
        self.with(|exchange| exchange.loop_closed())
    }

    /// Digits dialled by the box in the present call, or in the last one when the line is idle.
    pub fn digits_received(&self) -> String {
        self.with(|exchange| exchange.digits_received())
    }

    /// Lengths of the flashes seen since the start of the world, ms (the last 64).
    pub fn flashes_ms(&self) -> Vec<u32> {
        self.with(|exchange| exchange.flashes())
    }

    /// Adds a number, or changes what it does.
    pub fn set_number(&self, number: &str, behaviour: Behaviour) {
        self.with(|exchange| exchange.set_number(number, behaviour));
    }

    /// The pair and its hybrid are other ones from now on.
    pub fn set_pair(&self, setup: PairSetup) {
        self.with(|exchange| exchange.set_pair(setup));
    }

    /// From loop closure to dial tone, from now on, ms.
    pub fn set_dial_tone_delay(&self, ms: u32) {
        self.with(|exchange| exchange.setup.dial_tone_delay_ms = ms);
    }

    /// A call arrives.
    ///
    /// # Errors
    /// [`SimError::LineInUse`] unless the line is idle; [`SimError::NotADigit`] when the number cannot be sent that way.
    pub fn ring(&self, call: IncomingCall) -> Result<(), SimError> {
        let line = self.line;
        self.with(|exchange| exchange.ring(line, call))
    }

    /// The caller gives up: ringing stops. Does nothing unless it rings.
    pub fn caller_gives_up(&self) {
        self.with(|exchange| exchange.caller_gives_up());
    }

    /// Glare: a call arrives at the very moment of the next seizure, once.
    pub fn glare_at_next_seizure(&self, outcome: Glare) {
        self.with(|exchange| exchange.arm_glare(outcome));
    }

    /// The far party hangs up first, told as the line's setup says.
    pub fn far_hang_up(&self) {
        self.with(|exchange| exchange.far_hang_up(None));
    }

    /// The far party hangs up first, told in this way. Also ends ringback, as a far end that refuses would.
    pub fn far_hang_up_by(&self, how: Disconnect) {
        self.with(|exchange| exchange.far_hang_up(Some(how)));
    }

    /// The far party, called by the box and still ringing, answers now.
    pub fn far_answer(&self) {
        self.with(|exchange| exchange.far_answer());
    }

    /// The far party says a sine of `hz` at `dbm0` until told otherwise.
    pub fn far_say_tone(&self, hz: f32, dbm0: f32) {
        self.with(|exchange| exchange.far.mouth.say_tone(hz, dbm0));
    }

    /// The far party says `samples` (8 kHz), then is silent.
    pub fn far_say(&self, samples: &[i16]) {
        self.with(|exchange| exchange.far.mouth.say(samples));
    }

    /// The far party says a WAV file (8 kHz, mono, 16 bit), then is silent.
    ///
    /// # Errors
    /// [`SimError::Wav`]
    pub fn far_say_wav(&self, path: impl AsRef<Path>) -> Result<(), SimError> {
        let samples = mouth::read_wav(path.as_ref())?;
        self.far_say(&samples);
        Ok(())
    }

    /// The far party presses keys (DTMF), instead of what it was saying.
    ///
    /// # Errors
    /// [`SimError::NotADigit`]
    pub fn far_dial(&self, keys: &str) -> Result<(), SimError> {
        let samples = crate::dtmf::Keypad::default().samples(keys)?;
        self.far_say(&samples);
        Ok(())
    }

    /// The far party stops talking.
    pub fn far_be_silent(&self) {
        self.with(|exchange| exchange.far.mouth.be_silent());
    }

    /// What the far party heard since [`ExchangeLine::forget`]; silence while it was not connected.
    pub fn far_heard(&self) -> Heard {
        self.with(|exchange| exchange.far.ear.heard())
    }

    /// The last `ms` of [`ExchangeLine::far_heard`].
    pub fn far_heard_last(&self, ms: u32) -> Heard {
        self.with(|exchange| exchange.far.ear.heard_last(ms))
    }

    /// [`ExchangeLine::far_heard`], then the far ear's memory starts afresh.
    pub fn take_far_heard(&self) -> Heard {
        self.with(|exchange| {
            let heard = exchange.far.ear.heard();
            exchange.far.ear.forget();
            heard
        })
    }

    /// The far ear's memory starts afresh.
    pub fn forget(&self) {
        self.with(|exchange| exchange.far.ear.forget());
    }

    /// The cable is cut: no battery, no sound, every call on it gone.
    pub fn cut(&self) {
        self.with(|exchange| exchange.cut());
    }

    /// The cable is mended.
    pub fn restore(&self) {
        self.with(|exchange| exchange.restore());
    }
}
