//! Session descriptions (RFC 8866) and the offer/answer model (RFC 3264), as far as one audio call needs them.
//!
//! [`parse()`] reads, [`Sdp::to_bytes`] writes; [`offer`], [`answer`] and [`accept`] agree on codec, addresses and direction.
mod negotiate;
mod parse;
#[cfg(test)]
mod tests;
mod types;

pub use negotiate::{EVENTS_PAYLOAD_TYPE, LocalMedia, Negotiated, accept, answer, offer, reoffer};
pub use parse::{MAX_BYTES, MAX_FORMATS, MAX_MEDIA, parse};
pub use types::{Attribute, Fault, Fmtp, Media, Origin, Protocol, Rtcp, RtpMap, Sdp, SdpError};
