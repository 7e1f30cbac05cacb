//! Call stories, and the benches they run on: one file a story under `scenarios`, each written once for every bench.
//!
//! [`SimBench`] runs the box's three stations in virtual time around the simulated wire. [`LiveBench`] runs the whole daemon in
//! real time, with real SIP phones.

mod bench;
pub mod live;
pub mod peers;
pub mod scenarios;
mod sim_bench;
pub mod sip_phone;

pub use bench::{Bench, SipParty, Tolerance, until};
pub use live::LiveBench;
pub use sim_bench::{PASSWORD, Setup, SimBench};
