//! The call engine of the office: dialling, ringing, bridging, hold, transfer and call waiting, the same for analog phones, SIP
//! phones, telephone lines and trunks.
//!
//! [`Switch`] is sans-IO: it is told facts ([`LegEvent`]) with the time, gives imperatives ([`LegCommand`]), and wants to be woken
//! at [`Switch::poll_timeout`]. A [`telephony::LegId`] is one party's side of a call: one SIP dialog, or an analog phone from off hook
//! to on hook, even while that phone has a second call held or waiting.
#![forbid(unsafe_code)]

mod call;
mod config;
mod ear;
mod hold;
mod hunt;
mod leg;
mod record;
mod release;
mod setup;
mod switch;
mod transfer;
mod waiting;
mod words;

pub use config::{SwitchConfig, Timer};
pub use dialplan::{Device, Origin};
pub use record::{CallRecord, Direction, LegRecord, MAX_LEGS};
pub use switch::Switch;
pub use words::{Destination, Input, LegCommand, LegEvent, Output, TransferTo};
