//! The daemon: sockets, threads, clocks and wiring around the engines of `firmware/core`.
//!
//! Three stations run the engines, each a struct without thread or clock: [`line_station`] (a card and its line machines),
//! [`media::Engine`] (speech), [`signalling`] (the call switch and SIP, joined by `wiring`). [`daemon`] gives each a thread and
//! real sockets; tests run the same stations in virtual time.

pub mod clock;
pub mod daemon;
pub mod line_station;
pub mod line_thread;
pub mod mailbox;
pub mod media_thread;
pub mod no_card;
pub mod office;
pub mod rtp_ports;
pub mod signalling;
pub mod sip_sockets;
pub mod store_thread;
pub mod sys;
mod threads;
mod wiring;
