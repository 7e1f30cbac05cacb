//! One call story per test, as a ladder: what happens, and every command that follows.

mod basic;
mod dialling;
mod flash;
mod hunting;
mod lines;
mod office;
mod records;
mod release;
mod sip_hold;
mod sip_transfer;
mod waiting;
