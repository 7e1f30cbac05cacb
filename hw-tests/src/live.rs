//! The whole daemon in real time.
/// (being written)
pub struct LiveBench;
