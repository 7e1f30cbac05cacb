//! SIP (RFC 3261) without sockets: framing, messages, transactions, dialogs, registrar, digest, SDP, and the user agent over them.
#![forbid(unsafe_code)]

pub mod digest;
pub mod registrar;
pub mod sdp;
