//! The simulated wire: a line card whose ports end in simulated telephones and exchange lines, with audio.
//!
//! [`Sim::new`] builds one world and hands out three handles to it: [`SimCard`] (the control half of the card), [`SimHighway`]
//! (its speech half, and the clock of the world) and [`Bench`] (the people at the telephones and exchange lines).
//! The world moves only inside [`SimHighway::exchange`](line_card::Highway::exchange), 10 ms at a time in steps of 1 ms, so a
//! test runs in virtual time; [`Paced`] slows it to a real clock.
//!
//! Nothing here uses the product's signal code: a mistake there must not be able to pass because it is made twice.
//!
//! Levels: linear 16-bit at 8 kHz, a full-scale sine is +3.17 dBm0.
#![forbid(unsafe_code)]

mod alert;
mod bench;
mod cid;
mod config;
mod dialled;
mod dtmf;
mod ear;
mod exchange;
mod fsk;
mod hands;
mod hybrid;
mod line;
mod measure;
mod mouth;
mod paced;
mod pair;
mod phone;
mod ringer;
mod set;
mod signal;
mod sim;
mod tones;
mod world;

#[cfg(test)]
mod tests;

pub use bench::Bench;
pub use cid::{CallerIdShown, CidStandard};
pub use config::{
    Behaviour, CallingNumber, CidDelivery, Country, Disconnect, EchoPath, FaultSetup, Glare, Hum,
    IncomingCall, LineSetup, PairSetup, PhoneSetup, PortSetup, PulseSetup, RingSource, Rule,
    SimConfig, SimError,
};
pub use dtmf::Keypad;
pub use exchange::LineState;
pub use hybrid::{Hybrid, Impedance, Wire};
pub use line::ExchangeLine;
pub use measure::{Gap, Heard};
pub use paced::Paced;
pub use phone::{Phone, RingBurst};
pub use sim::{Sim, SimCard, SimHighway};
pub use world::{Happening, LogEntry};
