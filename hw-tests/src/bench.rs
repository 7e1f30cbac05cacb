//! What a scenario can count on, wherever it runs: people at telephones, exchange lines and SIP phones around one box.

use line_sim::{ExchangeLine, Heard, Phone};
use store::Cdr;

use crate::sip_phone::State;

/// A box with parties around it. Extension 101 + n is analog phone n, 111 + n is SIP phone n; 119 is a SIP extension without a
/// phone. Calls on line 0 go to 101, on other lines to 111 (`scenarios::office` sets that up).
pub trait Bench {
    /// Lets time pass, in milliseconds of the bench's clock.
    fn run_ms(&mut self, ms: u32);

    /// The person at analog phone `n` (extension 101 + n).
    fn phone(&self, n: usize) -> Phone;

    /// Exchange line `n` and the world behind it.
    fn line(&self, n: usize) -> ExchangeLine;

    /// The person at SIP phone `n` (extension 111 + n), which is registered.
    fn sip(&mut self, n: usize) -> &mut dyn SipParty;

    /// Tells a reader what happened: one plain line.
    fn note(&mut self, text: &str);

    /// Call records on the disk, oldest first, of the calls since the bench began.
    fn records(&mut self) -> Vec<Cdr>;

    /// The settings the box runs with.
    fn settings(&self) -> store::Settings {
        store::Settings::default()
    }

    /// How far a measured figure may be from the plan.
    fn tolerance(&self) -> Tolerance {
        Tolerance::default()
    }
}

/// How far what an ear heard may be from what it should hear.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Of a frequency, as a share of it.
    pub frequency: f32,
    /// Of a level, dB.
    pub level_db: f32,
    /// Gaps in a steady tone.
    pub gaps: usize,
    /// Jumps of its phase.
    pub jumps: usize,
    /// What an ear may hear besides the tones said in its call (clicks, distortion, noise), dBm0.
    pub rest_dbm0: f32,
    /// Time a voice path has after it was made until it is judged, ms.
    pub settle_ms: u32,
    /// Of each part of a cadence, in ms, beyond what a frame of 10 ms explains.
    pub cadence_ms: u32,
    /// How long the tone of a key that travels as an event may be heard as well, ms.
    pub key_leak_ms: u32,
    /// Whether calls that parties make in one moment begin in the order they were told to.
    pub in_order: bool,
}

impl Default for Tolerance {
    /// What the plan asks: 0.5 %, 1 dB, no gap.
    fn default() -> Self {
        Tolerance {
            frequency: 0.005,
            level_db: 1.0,
            gaps: 0,
            jumps: 0,
            rest_dbm0: -38.0,
            settle_ms: 300,
            cadence_ms: 0,
            key_leak_ms: 25,
            in_order: true,
        }
    }
}

/// A SIP phone and the person at it. Calls are counted from 0 in the order they were made or came.
pub trait SipParty {
    /// Calls a number.
    fn call(&mut self, number: &str);
    /// Answers call `n`.
    fn answer(&mut self, n: usize);
    /// Hangs up, cancels or refuses (486) call `n`.
    fn hang_up(&mut self, n: usize);
    /// Puts the other party on hold, or takes it back.
    fn hold(&mut self, n: usize, on: bool);
    /// Hands the party of call `n` over to a number, by REFER.
    fn transfer(&mut self, n: usize, number: &str);
    /// Hands the party of call `n` over to the party of call `other`, by REFER with Replaces.
    fn transfer_to_call(&mut self, n: usize, other: usize);
    /// Presses keys (RFC 4733).
    fn press(&mut self, n: usize, keys: &str);
    /// Says a sine of (Hz, dBm0), or nothing.
    fn say(&mut self, n: usize, tone: Option<(f64, f64)>);
    /// Says these samples (8 kHz) over and over, until it is told to say something else.
    fn say_samples(&mut self, n: usize, samples: &[i16]);
    /// Where call `n` is; `None` when there was no such call.
    fn state(&self, n: usize) -> Option<State>;
    /// How many calls there were.
    fn call_count(&self) -> usize;
    /// What call `n` heard last.
    fn heard_last(&self, n: usize, ms: u32) -> Heard;
    /// Digits that came in call `n` (RFC 4733), each once.
    fn digits(&self, n: usize) -> String;
    /// The number shown for the last call that came.
    fn caller_shown(&self) -> Option<String>;
}

/// Lets time pass until `done`, looking every 20 ms.
///
/// # Panics
/// When it takes longer than `limit_ms`: `what` did not happen.
pub fn until<B: Bench + ?Sized>(
    bench: &mut B,
    what: &str,
    limit_ms: u32,
    mut done: impl FnMut(&mut B) -> bool,
) {
    let mut waited = 0;
    while !done(bench) {
        assert!(waited < limit_ms, "{what}: not within {limit_ms} ms");
        bench.run_ms(20);
        waited += 20;
    }
}
