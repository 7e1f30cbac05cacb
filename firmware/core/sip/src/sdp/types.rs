use core::fmt;
use std::net::IpAddr;

use telephony::MediaDirection;

/// A session description, reduced to what a voice call needs. Bandwidth, times, keys and contact lines are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdp {
    /// `o=`.
    pub origin: Origin,
    /// `s=`; `-` when it is missing or empty.
    pub name: String,
    /// `c=` of the session.
    pub connection: Option<IpAddr>,
    /// Direction attribute of the session, seen from the describer.
    pub direction: Option<MediaDirection>,
    /// Other attributes of the session.
    pub attributes: Vec<Attribute>,
    /// `m=` sections in order, at most [`super::MAX_MEDIA`].
    pub media: Vec<Media>,
}

/// `o=` (RFC 8866 §5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// User name, `-` for none.
    pub username: String,
    /// Session identifier.
    pub session_id: u64,
    /// Version of the description: rises with every change.
    pub version: u64,
    /// Network and address types and address as written (`IN IP4 192.0.2.1`): an identifier only, never sent to.
    pub address: String,
}

/// An `a=` line that has no field of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Before the colon.
    pub name: String,
    /// After the colon; `None` for a property without one.
    pub value: Option<String>,
}

/// The transport of a media line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `RTP/AVP` (RFC 3551).
    RtpAvp,
    /// `RTP/SAVP` (RFC 3711). Parsed, not negotiated.
    RtpSavp,
    /// Anything else, as written.
    Other(String),
}

impl Protocol {
    /// As it stands in `m=`.
    pub fn as_str(&self) -> &str {
        match self {
            Protocol::RtpAvp => "RTP/AVP",
            Protocol::RtpSavp => "RTP/SAVP",
            Protocol::Other(name) => name,
        }
    }

    /// Whether formats are RTP payload types: `RTP/AVP`, `RTP/SAVPF`, `UDP/TLS/RTP/SAVPF` and the like.
    pub fn is_rtp(&self) -> bool {
        self.as_str().split('/').any(|part| part == "RTP")
    }
}

/// `a=rtpmap` (RFC 8866 §6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// 0 to 127.
    pub payload_type: u8,
    /// Encoding name as written; compare without case.
    pub encoding: String,
    /// RTP clock, in Hz.
    pub clock_hz: u32,
    /// Channels, 1 when not written.
    pub channels: u8,
}

/// `a=fmtp` (RFC 8866 §6.15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fmtp {
    /// 0 to 127.
    pub payload_type: u8,
    /// Parameters as written.
    pub parameters: String,
}

/// `a=rtcp` (RFC 3605).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// Port of RTCP.
    pub port: u16,
    /// Its address when it is not the one of `c=`.
    pub address: Option<IpAddr>,
}

/// One `m=` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`, `application` and so on.
    pub kind: String,
    /// Port; 0 means refused or off (RFC 3264 §5.1, §6).
    pub port: u16,
    /// Number of port pairs, 1 when not written.
    pub port_count: u16,
    /// Transport.
    pub protocol: Protocol,
    /// Formats in order of preference, 1 to [`super::MAX_FORMATS`]. Payload types (0 to 127) when the transport is RTP.
    pub formats: Vec<String>,
    /// `c=` of this section; overrides that of the session.
    pub connection: Option<IpAddr>,
    /// Direction attribute of this section, seen from the describer; overrides that of the session.
    pub direction: Option<MediaDirection>,
    /// `a=rtpmap` lines (RTP only).
    pub rtpmaps: Vec<RtpMap>,
    /// `a=fmtp` lines (RTP only).
    pub fmtps: Vec<Fmtp>,
    /// `a=ptime`, in milliseconds, not 0 (RTP only).
    pub ptime_ms: Option<u16>,
    /// `a=maxptime`, in milliseconds, not 0 (RTP only).
    pub maxptime_ms: Option<u16>,
    /// `a=rtcp` (RTP only).
    pub rtcp: Option<Rtcp>,
    /// Other attributes of this section.
    pub attributes: Vec<Attribute>,
}

/// What is wrong with a line of a session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not a letter, `=` and a value.
    #[error("not of the form <letter>=<value>")]
    NotALine,
    /// A letter RFC 8866 does not know: the description must be refused (§5).
    #[error("unknown type letter {0:?}")]
    UnknownType(char),
    /// A line that must be here is missing, or stands elsewhere.
    #[error("expected {0}=")]
    Expected(char),
    /// A line that may stand once stands again.
    #[error("second {0}= line")]
    Repeated(char),
    /// A line that belongs to the session stands in a media section.
    #[error("{0}= cannot stand in a media section")]
    NotInMedia(char),
    /// `v=` is not 0.
    #[error("version is not 0")]
    Version,
    /// `o=` is not six fields with numbers where they belong.
    #[error("malformed o=")]
    Origin,
    /// `c=` or the address of `a=rtcp` is not one IPv4 or IPv6 unicast address.
    #[error("not an IPv4 or IPv6 unicast address")]
    Address,
    /// `m=` is malformed.
    #[error("malformed m=")]
    Media,
    /// A format of an RTP section is not a payload type of 0 to 127.
    #[error("payload type is not a number of 0 to 127")]
    PayloadType,
    /// More than [`super::MAX_MEDIA`] sections.
    #[error("more than 16 media sections")]
    TooManyMedia,
    /// More than [`super::MAX_FORMATS`] formats.
    #[error("more than 64 formats")]
    TooManyFormats,
    /// An attribute the box understands has a malformed value.
    #[error("malformed a={0}")]
    Attribute(&'static str),
}

/// Why a description cannot be read, or an offer or answer cannot be agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Longer than [`super::MAX_BYTES`].
    #[error("session description of {len} bytes is too long")]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// A line is wrong.
    #[error("session description line {line}: {fault}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        fault: Fault,
    },
    /// The offer has no audio over RTP/AVP that is switched on.
    #[error("no audio over RTP/AVP")]
    NoAudio,
    /// No codec of the other side is ours.
    #[error("no common codec")]
    NoCommonCodec,
    /// Neither the session nor the media section has `c=`.
    #[error("no connection address")]
    NoConnection,
    /// The other side's media address is of another IP version than ours.
    #[error("media address of another IP version")]
    AddressFamily,
    /// The answer has not as many media sections as the offer (RFC 3264 §6).
    #[error("answer has {answered} media sections, offer had {offered}")]
    MediaCount {
        /// In the offer.
        offered: usize,
        /// In the answer.
        answered: usize,
    },
    /// The answer's media section is of another kind or transport than the offer's.
    #[error("answer's media section is not the offered kind")]
    MediaMismatch,
    /// The answer refuses the media (port 0).
    #[error("media refused by the answer")]
    Refused,
}

impl SdpError {
    /// The SIP status an offer with this fault is refused with: 400 when it cannot be read, 488 when it cannot be agreed to.
    pub const fn status(&self) -> u16 {
        match self {
            SdpError::TooLong { .. } | SdpError::Line { .. } => 400,
            _ => 488,
        }
    }
}

fn direction_name(direction: MediaDirection) -> &'static str {
    match direction {
        MediaDirection::SendRecv => "sendrecv",
        MediaDirection::SendOnly => "sendonly",
        MediaDirection::RecvOnly => "recvonly",
        MediaDirection::Inactive => "inactive",
    }
}

fn write_connection(f: &mut fmt::Formatter<'_>, address: Option<IpAddr>) -> fmt::Result {
    match address {
        Some(address) => write!(f, "c={}\r\n", net_address(address)),
        None => Ok(()),
    }
}

/// `IN IP4 192.0.2.1`.
pub(super) fn net_address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => format!("IN IP4 {v4}"),
        IpAddr::V6(v6) => format!("IN IP6 {v6}"),
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "a={}:{value}\r\n", self.name),
            None => write!(f, "a={}\r\n", self.name),
        }
    }
}

impl fmt::Display for Sdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let o = &self.origin;
        write!(
            f,
            "v=0\r\no={} {} {} {}\r\ns={}\r\n",
            o.username, o.session_id, o.version, o.address, self.name
        )?;
        write_connection(f, self.connection)?;
        f.write_str("t=0 0\r\n")?;
        if let Some(direction) = self.direction {
            write!(f, "a={}\r\n", direction_name(direction))?;
        }
        for attribute in &self.attributes {
            attribute.fmt(f)?;
        }
        self.media.iter().try_for_each(|media| media.fmt(f))
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={} {}", self.kind, self.port)?;
        if self.port_count != 1 {
            write!(f, "/{}", self.port_count)?;
        }
        write!(f, " {}", self.protocol.as_str())?;
        for format in &self.formats {
            write!(f, " {format}")?;
        }
        f.write_str("\r\n")?;
        write_connection(f, self.connection)?;
        for map in &self.rtpmaps {
            write!(
                f,
                "a=rtpmap:{} {}/{}",
                map.payload_type, map.encoding, map.clock_hz
            )?;
            if map.channels != 1 {
                write!(f, "/{}", map.channels)?;
            }
            f.write_str("\r\n")?;
        }
        for fmtp in &self.fmtps {
            write!(f, "a=fmtp:{} {}\r\n", fmtp.payload_type, fmtp.parameters)?;
        }
        if let Some(ms) = self.ptime_ms {
            write!(f, "a=ptime:{ms}\r\n")?;
        }
        if let Some(ms) = self.maxptime_ms {
            write!(f, "a=maxptime:{ms}\r\n")?;
        }
        if let Some(rtcp) = self.rtcp {
            match rtcp.address {
                Some(address) => write!(f, "a=rtcp:{} {}\r\n", rtcp.port, net_address(address))?,
                None => write!(f, "a=rtcp:{}\r\n", rtcp.port)?,
            }
        }
        if let Some(direction) = self.direction {
            write!(f, "a={}\r\n", direction_name(direction))?;
        }
        self.attributes
            .iter()
            .try_for_each(|attribute| attribute.fmt(f))
    }
}

impl Sdp {
    /// The description as sent, with CRLF line ends.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}
