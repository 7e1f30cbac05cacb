//! Signals with their truth, by what listens to them.

pub mod caller_id;
pub mod dtmf;
pub mod echo;
pub mod fax;
pub mod progress;
