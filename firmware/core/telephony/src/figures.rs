use crate::Decibels;

/// What was measured on an analog leg of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineFigures {
    /// Echo return loss: how far the line's echo lies below what was sent. `None`: nothing was sent to learn it by, or no canceller.
    pub erl_db: Option<Decibels>,
    /// Echo return loss enhancement: how much of that echo the canceller takes away by itself.
    pub erle_db: Option<Decibels>,
    /// Where the line's echo ends, in milliseconds.
    pub echo_tail_ms: Option<u16>,
    /// A modem's or fax machine's tone turned the canceller off (ITU-T G.168 §7).
    pub echo_disabled: bool,
    /// Mean level of what came from the line, pauses left out, in dBm0; `None`: nothing came.
    pub rx_dbm0: Option<Decibels>,
    /// Mean level of what went to the line, pauses left out, in dBm0; `None`: nothing went.
    pub tx_dbm0: Option<Decibels>,
}
