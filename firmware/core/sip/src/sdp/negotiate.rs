//! Offer and answer (RFC 3264) for one audio stream.
use std::net::{IpAddr, SocketAddr};

use telephony::{Codec, MediaDirection};

use super::parse::payload_type;
use super::types::net_address;
use super::{Fmtp, Media, Origin, Protocol, RtpMap, Sdp, SdpError};

/// The payload type our offers give to telephone events, as most phones do.
pub const EVENTS_PAYLOAD_TYPE: u8 = 101;

/// Packet lengths the box sends, in milliseconds: whole media frames of 10 ms.
const PTIME_STEP_MS: u16 = 10;
const PTIME_MAX_MS: u16 = 60;

/// What the box can do for one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalMedia {
    /// Where we receive RTP; RTCP is one port above.
    pub rtp: SocketAddr,
    /// Our codecs in order of preference, at least one.
    pub codecs: Vec<Codec>,
    /// Whether we take and send RFC 4733 events.
    pub events: bool,
    /// Which way we let speech flow.
    pub direction: MediaDirection,
    /// Our session id of `o=`, the same for the whole call.
    pub session_id: u64,
    /// Our version of `o=`: one more for every description that differs from the last one sent (RFC 3264 §8).
    pub version: u64,
    /// Packet length we like, in milliseconds.
    pub ptime_ms: u16,
}

/// What both sides agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where to send RTP. The address is unspecified (`0.0.0.0`) when the other side holds the old way (RFC 2543); then
    /// `direction` does not send.
    pub remote: SocketAddr,
    /// Where to send RTCP (RFC 3605, else one port above RTP).
    pub remote_rtcp: SocketAddr,
    /// The codec.
    pub codec: Codec,
    /// Its payload type, 0 to 127, both ways.
    pub payload_type: u8,
    /// Payload type of telephone events when both sides have them.
    pub events_payload_type: Option<u8>,
    /// Packet length to send, in milliseconds: a multiple of 10, 10 to 60.
    pub ptime_ms: u16,
    /// Which way speech flows, seen from the box.
    pub direction: MediaDirection,
}

/// An offer of one audio stream with all our codecs.
pub fn offer(local: &LocalMedia) -> Sdp {
    let codecs = local
        .codecs
        .iter()
        .map(|&codec| (codec, codec.payload_type()));
    describe(
        local,
        audio(
            local,
            codecs,
            local.events.then_some(EVENTS_PAYLOAD_TYPE),
            local.ptime_ms,
        ),
    )
}

/// A later offer of the same call: the payload types of `agreed` keep their meaning (RFC 3264 §8.3.2), its codec comes first.
pub fn reoffer(local: &LocalMedia, agreed: &Negotiated) -> Sdp {
    let first = local
        .codecs
        .iter()
        .filter(|&&codec| codec == agreed.codec)
        .map(|&codec| (codec, agreed.payload_type));
    let rest = local
        .codecs
        .iter()
        .filter(|&&codec| codec != agreed.codec)
        .map(|&codec| (codec, codec.payload_type()));
    let free = if agreed.payload_type == EVENTS_PAYLOAD_TYPE {
        EVENTS_PAYLOAD_TYPE + 1
    } else {
        EVENTS_PAYLOAD_TYPE
    };
    let events = agreed.events_payload_type.unwrap_or(free);
    describe(
        local,
        audio(
            local,
            first.chain(rest),
            local.events.then_some(events),
            local.ptime_ms,
        ),
    )
}

/// Answers `offer`: the first audio section over RTP/AVP that has one of our codecs is taken, every other one refused with
/// port 0 in its place (RFC 3264 §6). The codec is the offerer's favourite among ours, and the only one in the answer, so that
/// it cannot change without a new offer.
///
/// # Errors
/// [`SdpError`] whose [`SdpError::status`] is 488 when nothing can be agreed to.
pub fn answer(offer: &Sdp, local: &LocalMedia) -> Result<(Sdp, Negotiated), SdpError> {
    let mut reason = SdpError::NoAudio;
    let taken = offer
        .media
        .iter()
        .enumerate()
        .filter(|(_, media)| is_our_kind(media))
        .find_map(|(index, media)| match agree(local, offer, media) {
            Ok(agreed) => Some((index, agreed)),
            Err(error) => {
                reason = error;
                None
            }
        });
    let (index, agreed) = taken.ok_or(reason)?;

    let codec = core::iter::once((agreed.codec, agreed.payload_type));
    let mut ours = audio(local, codec, agreed.events_payload_type, agreed.ptime_ms);
    ours.direction = Some(agreed.direction);
    let mut sdp = describe(local, ours);
    let ours = core::mem::take(&mut sdp.media);
    sdp.media = offer.media.iter().take(index).map(refused).collect();
    sdp.media.extend(ours);
    sdp.media
        .extend(offer.media.iter().skip(index + 1).map(refused));
    Ok((sdp, agreed))
}

/// Takes the answer to an [`offer`] or [`reoffer`] of `local`.
///
/// An answer that lists several codecs is taken at its first one that we offered. A direction that does not fit the offered one
/// (`sendrecv` to `sendonly`) is cut down to what both sides allow.
///
/// # Errors
/// When the answer does not have the offer's shape, refuses the media, or leaves no codec.
pub fn accept(local: &LocalMedia, answer: &Sdp) -> Result<Negotiated, SdpError> {
    let [media] = &answer.media[..] else {
        return Err(SdpError::MediaCount {
            offered: 1,
            answered: answer.media.len(),
        });
    };
    if !media.kind.eq_ignore_ascii_case("audio") || media.protocol != Protocol::RtpAvp {
        return Err(SdpError::MediaMismatch);
    }
    if media.port == 0 {
        return Err(SdpError::Refused);
    }
    agree(local, answer, media)
}

fn is_our_kind(media: &Media) -> bool {
    media.kind.eq_ignore_ascii_case("audio")
        && media.protocol == Protocol::RtpAvp
        && media.port != 0
}

/// Agrees to one media section of the other side, offer or answer.
fn agree(local: &LocalMedia, theirs: &Sdp, media: &Media) -> Result<Negotiated, SdpError> {
    let types = media
        .formats
        .iter()
        .filter_map(|format| payload_type(format));
    let common = types.filter_map(|pt| codec_of(media, pt).map(|codec| (codec, pt)));
    let (codec, payload_type) = common
        .into_iter()
        .find(|(codec, _)| local.codecs.contains(codec))
        .ok_or(SdpError::NoCommonCodec)?;
    let address = media
        .connection
        .or(theirs.connection)
        .ok_or(SdpError::NoConnection)?;
    let on_hold = address.is_unspecified();
    if !on_hold && address.is_ipv4() != local.rtp.is_ipv4() {
        return Err(SdpError::AddressFamily);
    }
    let described = media.direction.or(theirs.direction).unwrap_or_default();
    let (they_send, they_receive) = flows(described);
    let (we_send, we_receive) = flows(local.direction);
    Ok(Negotiated {
        remote: SocketAddr::new(address, media.port),
        remote_rtcp: rtcp_address(media, address),
        codec,
        payload_type,
        events_payload_type: if local.events { events_of(media) } else { None },
        ptime_ms: packet_length(local, media),
        direction: direction(we_send && they_receive && !on_hold, we_receive && they_send),
    })
}

/// The codec a payload type stands for: by `a=rtpmap`, else the static assignment of RFC 3551 Table 4.
fn codec_of(media: &Media, pt: u8) -> Option<Codec> {
    match media.rtpmaps.iter().find(|map| map.payload_type == pt) {
        Some(map) => Codec::ALL.iter().copied().find(|codec| {
            map.encoding.eq_ignore_ascii_case(codec.name())
                && map.clock_hz == codec.clock_hz()
                && map.channels == 1
        }),
        None => Codec::ALL
            .iter()
            .copied()
            .find(|codec| codec.payload_type() == pt),
    }
}

/// The payload type of telephone events at 8 kHz (RFC 4733 §2.5.1), which must also stand in `m=`.
fn events_of(media: &Media) -> Option<u8> {
    media
        .formats
        .iter()
        .filter_map(|format| payload_type(format))
        .find(|&pt| {
            let map = media.rtpmaps.iter().find(|map| map.payload_type == pt);
            map.is_some_and(|map| {
                map.encoding.eq_ignore_ascii_case("telephone-event") && map.clock_hz == 8_000
            })
        })
}

fn rtcp_address(media: &Media, address: IpAddr) -> SocketAddr {
    match media.rtcp {
        Some(rtcp) => SocketAddr::new(rtcp.address.unwrap_or(address), rtcp.port),
        None => SocketAddr::new(address, media.port.saturating_add(1)),
    }
}

/// What the other side likes, else what we like, within its maximum and in whole media frames.
fn packet_length(local: &LocalMedia, media: &Media) -> u16 {
    let liked = media.ptime_ms.unwrap_or(local.ptime_ms);
    let longest = media.maxptime_ms.unwrap_or(PTIME_MAX_MS).min(PTIME_MAX_MS);
    let frames = liked.min(longest) / PTIME_STEP_MS;
    frames.max(1) * PTIME_STEP_MS
}

/// (sends, receives)
fn flows(direction: MediaDirection) -> (bool, bool) {
    match direction {
        MediaDirection::SendRecv => (true, true),
        MediaDirection::SendOnly => (true, false),
        MediaDirection::RecvOnly => (false, true),
        MediaDirection::Inactive => (false, false),
    }
}

fn direction(send: bool, receive: bool) -> MediaDirection {
    match (send, receive) {
        (true, true) => MediaDirection::SendRecv,
        (true, false) => MediaDirection::SendOnly,
        (false, true) => MediaDirection::RecvOnly,
        (false, false) => MediaDirection::Inactive,
    }
}

fn describe(local: &LocalMedia, media: Media) -> Sdp {
    let address = local.rtp.ip();
    Sdp {
        origin: Origin {
            username: String::from("-"),
            session_id: local.session_id,
            version: local.version,
            address: net_address(address),
        },
        name: String::from("-"),
        connection: Some(address),
        direction: None,
        attributes: Vec::new(),
        media: vec![media],
    }
}

fn audio(
    local: &LocalMedia,
    codecs: impl Iterator<Item = (Codec, u8)>,
    events: Option<u8>,
    ptime_ms: u16,
) -> Media {
    let mut rtpmaps: Vec<RtpMap> = codecs
        .map(|(codec, payload_type)| RtpMap {
            payload_type,
            encoding: codec.name().to_owned(),
            clock_hz: codec.clock_hz(),
            channels: 1,
        })
        .collect();
    if let Some(payload_type) = events {
        let encoding = String::from("telephone-event");
        rtpmaps.push(RtpMap {
            payload_type,
            encoding,
            clock_hz: 8_000,
            channels: 1,
        });
    }
    let fmtps = events.map(|payload_type| Fmtp {
        payload_type,
        parameters: String::from("0-15"),
    });
    Media {
        kind: String::from("audio"),
        port: local.rtp.port(),
        port_count: 1,
        protocol: Protocol::RtpAvp,
        formats: rtpmaps
            .iter()
            .map(|map| map.payload_type.to_string())
            .collect(),
        connection: None,
        direction: Some(local.direction),
        rtpmaps,
        fmtps: fmtps.into_iter().collect(),
        ptime_ms: Some(ptime_ms.max(1)),
        maxptime_ms: None,
        rtcp: None,
        attributes: Vec::new(),
    }
}

/// The place of a media section in an answer that does not take it (RFC 3264 §6: port 0, some format).
fn refused(media: &Media) -> Media {
    Media {
        kind: media.kind.clone(),
        port: 0,
        port_count: 1,
        protocol: media.protocol.clone(),
        formats: media.formats.clone(),
        connection: None,
        direction: None,
        rtpmaps: Vec::new(),
        fmtps: Vec::new(),
        ptime_ms: None,
        maxptime_ms: None,
        rtcp: None,
        attributes: Vec::new(),
    }
}
