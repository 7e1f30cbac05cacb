//! Caller identification: messages, the modems that carry them, and the line between.

mod messages;
mod modem;

pub use messages::{Absence, Message, Standard, damaged, mdmf, random_message, sdmf};
pub use modem::{Around, Line, alerting, dtmf_digits, mark_space, on_line, read_clean};
