//! The box meets real SIP phones: baresip, PJSIP and SIPp, in real time over real sockets.
//!
//! Each test starts a box of its own at ports of its own. A phone that is not installed fails its tests: `tools/test` installs
//! them all.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "peers/baresip.rs"]
mod baresip;
#[path = "peers/office.rs"]
mod office;
#[path = "peers/pjsip.rs"]
mod pjsip;
#[path = "peers/sipp.rs"]
mod sipp;
