//! What a detector said of a vector, against the vector's truth, as typed figures for tests, plots and benches.

pub mod caller_id;
pub mod dtmf;
pub mod echo;
pub mod plc;
pub mod progress;
