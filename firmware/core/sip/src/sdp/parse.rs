use std::net::IpAddr;
use std::str::FromStr;

use telephony::MediaDirection;

use super::{Attribute, Fault, Fmtp, Media, Origin, Protocol, Rtcp, RtpMap, Sdp, SdpError};

/// Longest description read, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;
/// Most media sections read.
pub const MAX_MEDIA: usize = 16;
/// Most formats of one media section.
pub const MAX_FORMATS: usize = 64;

/// Reads a session description (RFC 8866 §5).
///
/// `v=` and `o=` must stand first. Tolerated, because phones send it: lines that end in LF alone, missing `s=` and `t=`,
/// empty lines at the end, optional lines out of order, text that is not UTF-8 (such bytes become `?`), unknown attributes.
///
/// # Errors
/// [`SdpError::TooLong`], or [`SdpError::Line`] with the first line that is wrong.
pub fn parse(bytes: &[u8]) -> Result<Sdp, SdpError> {
    if bytes.len() > MAX_BYTES {
        return Err(SdpError::TooLong { len: bytes.len() });
    }
    let text = lenient_text(bytes);
    let body = text.trim_end_matches(['\r', '\n']);
    let mut lines = (1..).zip(body.split('\n'));
    let mut next = |wanted: char| {
        let (line, text) = lines.next().unwrap_or((1, ""));
        let found = split_line(text)
            .ok()
            .filter(|(letter, _)| *letter == wanted);
        let (_, value) = found.ok_or(SdpError::Line {
            line,
            fault: Fault::Expected(wanted),
        })?;
        Ok::<_, SdpError>((line, value))
    };

    let (line, version) = next('v')?;
    if version != "0" {
        return Err(SdpError::Line {
            line,
            fault: Fault::Version,
        });
    }
    let (line, value) = next('o')?;
    let origin = origin(value).map_err(|fault| SdpError::Line { line, fault })?;
    let mut reader = Reader {
        sdp: Sdp {
            origin,
            name: String::from("-"),
            connection: None,
            direction: None,
            attributes: Vec::new(),
            media: Vec::new(),
        },
        seen: Vec::new(),
    };
    for (line, text) in lines {
        let taken = split_line(text).and_then(|(letter, value)| reader.line(letter, value));
        taken.map_err(|fault| SdpError::Line { line, fault })?;
    }
    Ok(reader.sdp)
}

fn lenient_text(bytes: &[u8]) -> String {
    match core::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes
            .iter()
            .map(|&b| if b.is_ascii() { char::from(b) } else { '?' })
            .collect(),
    }
}

fn split_line(text: &str) -> Result<(char, &str), Fault> {
    let text = text.strip_suffix('\r').unwrap_or(text);
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(letter), Some('=')) if letter.is_ascii_lowercase() => {
            let value = chars.as_str();
            if value.contains(['\r', '\0']) {
                Err(Fault::NotALine)
            } else {
                Ok((letter, value))
            }
        }
        _ => Err(Fault::NotALine),
    }
}

struct Reader {
    sdp: Sdp,
    seen: Vec<char>,
}

impl Reader {
    fn line(&mut self, letter: char, value: &str) -> Result<(), Fault> {
        let in_media = !self.sdp.media.is_empty();
        match letter {
            'm' => {
                if self.sdp.media.len() == MAX_MEDIA {
                    return Err(Fault::TooManyMedia);
                }
                self.seen.clear();
                self.sdp.media.push(media(value)?);
            }
            'c' => {
                self.once('c')?;
                let address = Some(address(value)?);
                match self.sdp.media.last_mut() {
                    Some(media) => media.connection = address,
                    None => self.sdp.connection = address,
                }
            }
            'a' => match self.sdp.media.last_mut() {
                Some(media) => media_attribute(media, value)?,
                None => match direction(value) {
                    Some(direction) => self.sdp.direction = Some(direction),
                    None => self.sdp.attributes.push(attribute(value)?),
                },
            },
            's' | 'u' | 'e' | 'p' | 't' | 'r' | 'z' | 'v' | 'o' if in_media => {
                return Err(Fault::NotInMedia(letter));
            }
            'v' | 'o' => return Err(Fault::Repeated(letter)),
            's' => {
                self.once('s')?;
                if !value.is_empty() {
                    self.sdp.name = value.to_owned();
                }
            }
            'i' | 'u' | 'k' => self.once(letter)?,
            'e' | 'p' | 'b' | 't' | 'r' | 'z' => {}
            other => return Err(Fault::UnknownType(other)),
        }
        Ok(())
    }

    fn once(&mut self, letter: char) -> Result<(), Fault> {
        if self.seen.contains(&letter) {
            return Err(Fault::Repeated(letter));
        }
        self.seen.push(letter);
        Ok(())
    }
}

/// Decimal digits only: `FromStr` of integers also takes a sign.
fn number<T: FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

fn origin(value: &str) -> Result<Origin, Fault> {
    let fields: Vec<&str> = value.split_ascii_whitespace().collect();
    let [username, id, version, net, kind, address] = fields[..] else {
        return Err(Fault::Origin);
    };
    Ok(Origin {
        username: username.to_owned(),
        session_id: number(id).ok_or(Fault::Origin)?,
        version: number(version).ok_or(Fault::Origin)?,
        address: format!("{net} {kind} {address}"),
    })
}

/// `IN IP4 192.0.2.1` or `IN IP6 2001:db8::1`; a TTL (`/127`) makes it multicast, which no call uses.
fn address(value: &str) -> Result<IpAddr, Fault> {
    let fields: Vec<&str> = value.split_ascii_whitespace().collect();
    let ip = match fields[..] {
        ["IN", "IP4", address] => address.parse().ok().map(IpAddr::V4),
        ["IN", "IP6", address] => address.parse().ok().map(IpAddr::V6),
        _ => None,
    };
    ip.filter(|ip| !ip.is_multicast()).ok_or(Fault::Address)
}

fn media(value: &str) -> Result<Media, Fault> {
    let mut fields = value.split_ascii_whitespace();
    let kind = fields.next().ok_or(Fault::Media)?.to_owned();
    let port = fields.next().ok_or(Fault::Media)?;
    let (port, count) = port.split_once('/').unwrap_or((port, "1"));
    let protocol = match fields.next().ok_or(Fault::Media)? {
        "RTP/AVP" => Protocol::RtpAvp,
        "RTP/SAVP" => Protocol::RtpSavp,
        other => Protocol::Other(other.to_owned()),
    };
    let formats: Vec<String> = fields.take(MAX_FORMATS + 1).map(str::to_owned).collect();
    if formats.is_empty() {
        return Err(Fault::Media);
    }
    if formats.len() > MAX_FORMATS {
        return Err(Fault::TooManyFormats);
    }
    if protocol.is_rtp() && formats.iter().any(|format| payload_type(format).is_none()) {
        return Err(Fault::PayloadType);
    }
    Ok(Media {
        kind,
        port: number(port).ok_or(Fault::Media)?,
        port_count: number(count)
            .filter(|&count| count != 0)
            .ok_or(Fault::Media)?,
        protocol,
        formats,
        connection: None,
        direction: None,
        rtpmaps: Vec::new(),
        fmtps: Vec::new(),
        ptime_ms: None,
        maxptime_ms: None,
        rtcp: None,
        attributes: Vec::new(),
    })
}

pub(super) fn payload_type(format: &str) -> Option<u8> {
    number(format).filter(|&pt: &u8| pt < 128)
}

fn direction(value: &str) -> Option<MediaDirection> {
    Some(match value.trim_ascii_end() {
        "sendrecv" => MediaDirection::SendRecv,
        "sendonly" => MediaDirection::SendOnly,
        "recvonly" => MediaDirection::RecvOnly,
        "inactive" => MediaDirection::Inactive,
        _ => return None,
    })
}

fn attribute(value: &str) -> Result<Attribute, Fault> {
    let (name, value) = match value.split_once(':') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (value, None),
    };
    if name.is_empty() {
        return Err(Fault::Attribute("(no name)"));
    }
    Ok(Attribute {
        name: name.to_owned(),
        value,
    })
}

fn media_attribute(media: &mut Media, line: &str) -> Result<(), Fault> {
    if let Some(direction) = direction(line) {
        media.direction = Some(direction);
        return Ok(());
    }
    let other = attribute(line)?;
    let value = match &other.value {
        Some(value) if media.protocol.is_rtp() => value.trim_ascii(),
        _ => {
            media.attributes.push(other);
            return Ok(());
        }
    };
    match other.name.as_str() {
        "rtpmap" => media
            .rtpmaps
            .push(rtpmap(value).ok_or(Fault::Attribute("rtpmap"))?),
        "fmtp" => media
            .fmtps
            .push(fmtp(value).ok_or(Fault::Attribute("fmtp"))?),
        "ptime" => media.ptime_ms = Some(milliseconds(value).ok_or(Fault::Attribute("ptime"))?),
        "maxptime" => {
            media.maxptime_ms = Some(milliseconds(value).ok_or(Fault::Attribute("maxptime"))?)
        }
        "rtcp" => media.rtcp = Some(rtcp(value)?),
        _ => media.attributes.push(other),
    }
    Ok(())
}

/// Whole milliseconds; some phones write `20.0`.
fn milliseconds(value: &str) -> Option<u16> {
    let whole = value.split('.').next()?;
    number(whole).filter(|&ms| ms != 0)
}

fn rtpmap(value: &str) -> Option<RtpMap> {
    let (pt, rest) = value.split_once([' ', '\t'])?;
    let mut parts = rest.trim_ascii().split('/');
    let encoding = parts
        .next()
        .filter(|name| !name.is_empty() && !name.contains([' ', '\t']))?;
    let clock_hz = number(parts.next()?).filter(|&hz| hz != 0)?;
    // RFC 8866 §6.6: for audio the parameters are the number of channels; anything else is read as one.
    let channels = parts
        .next()
        .and_then(number)
        .filter(|&n| n != 0)
        .unwrap_or(1);
    Some(RtpMap {
        payload_type: payload_type(pt)?,
        encoding: encoding.to_owned(),
        clock_hz,
        channels,
    })
}

fn fmtp(value: &str) -> Option<Fmtp> {
    let (pt, parameters) = value.split_once([' ', '\t'])?;
    Some(Fmtp {
        payload_type: payload_type(pt)?,
        parameters: parameters.trim_ascii().to_owned(),
    })
}

fn rtcp(value: &str) -> Result<Rtcp, Fault> {
    let (port, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
    Ok(Rtcp {
        port: number(port).ok_or(Fault::Attribute("rtcp"))?,
        address: if rest.is_empty() {
            None
        } else {
            Some(address(rest)?)
        },
    })
}
