//! Call stories.
