//! SIP (RFC 3261) without sockets: framing, messages, transactions, dialogs, registrar, digest, SDP, and the user agent over them.
//!
//! Layers, bottom up; each knows only those below it:
//! [`framing`] (bytes to one message) and [`message`] (headers, URIs; the only modules that name `rsip`), `transaction`
//! (RFC 3261 §17 client and server machines), `dialog` (§12), and [`UserAgent`], which makes calls of them.
//! [`digest`], [`registrar`], [`sdp`] and [`cause`] are leaves.
#![forbid(unsafe_code)]

pub mod cause;
pub mod digest;
pub mod framing;
pub mod message;
pub mod registrar;
pub mod sdp;

mod dialog;
mod flow;
mod ids;
mod timer;
mod transaction;
mod ua;

pub use flow::{Flow, Transport};
pub use timer::Timer;
pub use ua::{
    Account, Command, Config, Credentials, Input, InviteId, Limits, Output, ReferOutcome, ReferTo,
    Target, Trunk, TrunkId, TrunkState, UaEvent, UserAgent,
};
