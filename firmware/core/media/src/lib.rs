//! Voice paths: RTP and RTCP, jitter buffer, RFC 4733 digits, players, and the cross-connect of timeslots and RTP.
//!
//! [`Engine`] has no thread, clock or socket. It is told commands, ticks of the 8 kHz highway and datagrams, each with its
//! time, and polled for what to send and tell. Everything it needs is allocated by [`Engine::new`].
//!
//! A tick hears every party (echo taken out of lines, digits out of speech, jitter buffers), then feeds every ear (tones and clips
//! instead of speech, digits) and packs what RTP sessions are to be sent. Between two sessions of one codec nothing of that
//! happens: a packet is rewritten where it lies and goes on ([`Verdict::Forward`]).
#![forbid(unsafe_code)]

mod config;
mod control;
mod crossconnect;
mod ear;
mod engine;
mod event_receiver;
mod event_sender;
mod inbound;
mod jitter;
mod latch;
mod mouth;
mod outbound;
mod outputs;
mod pair;
mod port;
mod random;
mod reception;
pub mod rtcp;
pub mod rtp;
mod sent;
mod session;
mod splice;
mod stats;
pub mod wav;
mod words;

pub use config::{Config, JitterConfig};
pub use engine::Engine;
pub use event_receiver::EventPayload;
pub use jitter::{JitterBuffer, Placed};
pub use stats::RtpStats;
pub use words::{
    Bearer, Channel, Clip, Command, Event, Output, Packet, PortConfig, PortFigures, RtpId,
    RtpSetup, Verdict,
};
