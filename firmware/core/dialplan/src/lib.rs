//! Which number leads where: pure, total, without I/O or clock.
//!
//! Digits in, [`Verdict`] out: every string is a [`Verdict::Match`], needs more digits, or is refused with a
//! [`telephony::Cause`]. A [`Plan`] is built once by [`PlanBuilder`], which rejects a contradiction with a [`PlanError`]; from
//! then on no question to it can fail.
#![forbid(unsafe_code)]

mod builder;
mod plan;
mod route;

pub use builder::{PlanBuilder, PlanError, WayOut};
pub use plan::{Extension, Plan, Verdict};
pub use route::{Device, Origin, Route, Target};

/// Fewest digits of an internal number.
pub const MIN_NUMBER_DIGITS: usize = 2;
/// Most digits of an internal number.
pub const MAX_NUMBER_DIGITS: usize = 6;
/// Most digits behind the outside prefix. E.164 §6.2.1 has 15; carrier and authorisation codes come on top.
pub const MAX_OUTSIDE_DIGITS: usize = 32;
/// Most devices of one extension: all of them ring at once.
pub const MAX_DEVICES: usize = 16;
/// Most digits of the outside prefix.
pub const MAX_PREFIX_DIGITS: usize = 3;
