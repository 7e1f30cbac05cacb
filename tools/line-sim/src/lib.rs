//! line-sim
