/// A speech codec of the RTP side (RFC 3551 §6 static payload types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 mu-law, 64 kbit/s.
    Pcmu,
    /// G.711 A-law, 64 kbit/s.
    Pcma,
}

impl Codec {
    /// Every codec the box speaks.
    pub const ALL: &'static [Codec] = &[Codec::Pcmu, Codec::Pcma];

    /// The static payload type (RFC 3551 Table 4).
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// The encoding name of `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The RTP clock, in Hz.
    pub const fn clock_hz(self) -> u32 {
        8_000
    }
}

/// Which way speech flows, seen from the box (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum MediaDirection {
    /// Both ways.
    #[default]
    SendRecv,
    /// From the box only: the other side is held by us.
    SendOnly,
    /// To the box only: the other side holds us.
    RecvOnly,
    /// Neither way.
    Inactive,
}
