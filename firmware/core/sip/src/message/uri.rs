//! URIs and what wraps them. `rsip` 0.4 drops a URI's headers (Refer-To needs its `Replaces`) and rejects escapes in the
//! user part (RFC 4475 §3.1.1.2), so these read the untyped header values themselves.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::syntax::{Params, quote, split_outside, unescape, unquote};

/// The part of a URI before the colon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:` (RFC 3966); the number is [`Uri::user`].
    Tel,
    /// Any other; the rest of the URI is kept in [`Uri::host`].
    Other(String),
}

/// A SIP, SIPS or tel URI (RFC 3261 §19.1). Other schemes are kept as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    /// The scheme.
    pub scheme: Scheme,
    /// User part with its escapes, password cut off; empty when there is none.
    pub user: String,
    /// Host name, IPv4 address, or IPv6 address in brackets.
    pub host: String,
    /// Port, where given.
    pub port: Option<u16>,
    /// Parameters.
    pub params: Params,
    /// What follows `?`, unparsed; empty when there is none.
    pub headers: String,
}

impl Uri {
    /// A `sip:` URI; `user` is escaped as needed.
    pub fn sip(user: &str, host: &str) -> Uri {
        let user = super::syntax::escape_user(user);
        let (params, headers) = (Params::default(), String::new());
        Uri {
            scheme: Scheme::Sip,
            user,
            host: host.to_owned(),
            port: None,
            params,
            headers,
        }
    }

    /// Reads a URI; `None` when it is malformed.
    pub fn parse(text: &str) -> Option<Uri> {
        if text
            .bytes()
            .any(|b| b <= b' ' || b == 0x7F || b == b'<' || b == b'>' || b == b'"')
        {
            return None;
        }
        let (scheme, rest) = text.split_once(':')?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "sip" => Scheme::Sip,
            "sips" => Scheme::Sips,
            "tel" => return Uri::parse_tel(rest),
            other if is_scheme(other) => {
                let (params, headers) = (Params::default(), String::new());
                let host = rest.to_owned();
                return Some(Uri {
                    scheme: Scheme::Other(scheme.to_owned()),
                    user: String::new(),
                    host,
                    port: None,
                    params,
                    headers,
                });
            }
            _ => return None,
        };
        // The user part may hold ";" and "?", so it is cut off first.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) if !user.is_empty() => (user, rest),
            Some(_) => return None,
            None => ("", rest),
        };
        let user = user.split_once(':').map_or(user, |(user, _password)| user);
        let (rest, headers) = rest.split_once('?').unwrap_or((rest, ""));
        let (hostport, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = split_host_port(hostport)?;
        let params = Params::parse(params);
        Some(Uri {
            scheme,
            user: user.to_owned(),
            host: host.to_owned(),
            port,
            params,
            headers: headers.to_owned(),
        })
    }

    fn parse_tel(rest: &str) -> Option<Uri> {
        let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
        let visual = |b: u8| b.is_ascii_alphanumeric() || b"+-.()*#%".contains(&b);
        if number.is_empty() || !number.bytes().all(visual) {
            return None;
        }
        let user: String = number.chars().filter(|c| !"-.()".contains(*c)).collect();
        let params = Params::parse(params);
        Some(Uri {
            scheme: Scheme::Tel,
            user,
            host: String::new(),
            port: None,
            params,
            headers: String::new(),
        })
    }

    /// The user part with its escapes resolved, its own parameters (`;phone-context=`, RFC 3966) cut off.
    pub fn user_text(&self) -> String {
        let user = self
            .user
            .split_once(';')
            .map_or(self.user.as_str(), |(user, _)| user);
        unescape(user)
    }

    /// Where a request to this URI goes, if its host is an address (RFC 3263 §4: port 5060 by default).
    pub fn address(&self) -> Option<SocketAddr> {
        match self.scheme {
            Scheme::Sip | Scheme::Sips => Some(SocketAddr::new(
                host_ip(&self.host)?,
                self.port.unwrap_or(5060),
            )),
            Scheme::Tel | Scheme::Other(_) => None,
        }
    }

    /// The header `name` of the part after `?`, escapes resolved.
    pub fn header(&self, name: &str) -> Option<String> {
        let pairs = self
            .headers
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs
            .into_iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| unescape(v))
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scheme {
            Scheme::Sip => f.write_str("sip:")?,
            Scheme::Sips => f.write_str("sips:")?,
            Scheme::Tel => return write!(f, "tel:{}{}", self.user, self.params),
            Scheme::Other(scheme) => return write!(f, "{scheme}:{}", self.host),
        }
        if !self.user.is_empty() {
            write!(f, "{}@", self.user)?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.params)?;
        if !self.headers.is_empty() {
            write!(f, "?{}", self.headers)?;
        }
        Ok(())
    }
}

/// `From`, `To`, `Contact`, `Route` and their like: a URI with a name and parameters (RFC 3261 §20.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// Display name without quotes; empty when there is none.
    pub display: String,
    /// The URI.
    pub uri: Uri,
    /// Header parameters (`tag`, `expires`, ...).
    pub params: Params,
}

impl NameAddr {
    /// A URI without a name or parameters.
    pub fn new(uri: Uri) -> NameAddr {
        NameAddr {
            display: String::new(),
            uri,
            params: Params::default(),
        }
    }

    /// Reads one value; `None` when it is malformed.
    pub fn parse(text: &str) -> Option<NameAddr> {
        let text = text.trim();
        let open = find_outside_quotes(text, b'<');
        let Some(open) = open else {
            // Without brackets, everything after ";" belongs to the header (RFC 3261 §20.10).
            let (uri, params) = text.split_once(';').unwrap_or((text, ""));
            let uri = Uri::parse(uri.trim())?;
            return Some(NameAddr {
                display: String::new(),
                uri,
                params: Params::parse(params),
            });
        };
        let close = open + text[open..].find('>')?;
        let display = text[..open].trim();
        if display.matches('"').count() == 1 {
            return None;
        }
        let rest = text[close + 1..].trim();
        let params = match rest.strip_prefix(';') {
            Some(params) => Params::parse(params),
            None if rest.is_empty() => Params::default(),
            None => return None,
        };
        Some(NameAddr {
            display: unquote(display),
            uri: Uri::parse(text[open + 1..close].trim())?,
            params,
        })
    }

    /// Reads a comma-separated list; `None` when one value is malformed.
    pub fn parse_list(text: &str) -> Option<Vec<NameAddr>> {
        split_outside(text, b',')
            .into_iter()
            .map(NameAddr::parse)
            .collect()
    }

    /// The tag, where it has one.
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.display.is_empty() {
            write!(f, "{} ", quote(&self.display))?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

/// One Via value (RFC 3261 §20.42).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// `UDP`, `TCP`, ... as written.
    pub transport: String,
    /// Host of sent-by.
    pub host: String,
    /// Port of sent-by.
    pub port: Option<u16>,
    /// `branch`, `received`, `rport`, ...
    pub params: Params,
}

impl Via {
    /// Reads one value; `None` when it is malformed.
    pub fn parse(text: &str) -> Option<Via> {
        let (head, params) = text.split_once(';').unwrap_or((text, ""));
        // "SIP / 2.0 / UDP host:port", with spaces allowed around the slashes.
        let mut parts = head.trim().splitn(3, '/');
        let (protocol, version, rest) = (
            parts.next()?.trim(),
            parts.next()?.trim(),
            parts.next()?.trim(),
        );
        if !protocol.eq_ignore_ascii_case("SIP") || version != "2.0" {
            return None;
        }
        let (transport, sent_by) = rest.split_once([' ', '\t'])?;
        let sent_by: String = sent_by.split_whitespace().collect();
        let (host, port) = split_host_port(&sent_by)?;
        let params = Params::parse(params);
        Some(Via {
            transport: transport.to_owned(),
            host: host.to_owned(),
            port,
            params,
        })
    }

    /// The branch parameter; empty when it has none.
    pub fn branch(&self) -> &str {
        self.params.get("branch").unwrap_or("")
    }

    /// Host and port of sent-by, for matching (RFC 3261 §17.2.3).
    pub fn sent_by(&self) -> String {
        format!(
            "{}:{}",
            self.host.to_ascii_lowercase(),
            self.port.unwrap_or(5060)
        )
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.params)
    }
}

/// An address as host of a URI or sent-by: IPv6 in brackets.
pub(crate) fn host_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// The address in a host, brackets or not; `None` for a name.
pub(crate) fn host_ip(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .unwrap_or(host)
        .parse()
        .ok()
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

fn find_outside_quotes(text: &str, wanted: u8) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == wanted && !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn split_host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if text.starts_with('[') {
        let end = text.find(']')? + 1;
        let rest = &text[end..];
        host_ip(&text[..end])?;
        (
            &text[..end],
            if rest.is_empty() {
                None
            } else {
                Some(rest.strip_prefix(':')?)
            },
        )
    } else {
        text.split_once(':')
            .map_or((text, None), |(host, port)| (host, Some(port)))
    };
    if host.is_empty()
        || !host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b))
    {
        return None;
    }
    let port = match port {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits.parse().ok()?),
        Some(_) => return None,
        None => None,
    };
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_print_as_they_were_read() {
        for text in [
            "sip:alice@example.com",
            "sip:10.0.0.1:5070;transport=tcp;lr",
            "sip:*21%23@[2001:db8::1]:5062;ob?Replaces=a%3Bto-tag%3Db",
            "sips:+4930123;phone-context=x@gw.example.com",
            "tel:+4930123;isub=1",
            "mailto:a@b",
        ] {
            assert_eq!(Uri::parse(text).expect(text).to_string(), text);
        }
        for text in [
            "",
            "sip:",
            "sip:@host",
            "alice@host",
            "sip:a b@c",
            "sip:a@b:x",
            "sip:a@b:99999",
            "sip:a@[::1",
            "<sip:a@b>",
        ] {
            assert_eq!(Uri::parse(text), None, "{text}");
        }
    }

    #[test]
    fn user_parts_resolve() {
        assert_eq!(
            Uri::parse("sip:%2A21%23:secret@box").unwrap().user_text(),
            "*21#"
        );
        assert_eq!(
            Uri::parse("sip:0123;phone-context=+49@box")
                .unwrap()
                .user_text(),
            "0123"
        );
        assert_eq!(
            Uri::parse("tel:+49-30-123").unwrap().user_text(),
            "+4930123"
        );
        let uri = Uri::parse("sip:b@c?Replaces=id%40h%3Bto-tag%3D1%3Bfrom-tag%3D2").unwrap();
        assert_eq!(uri.header("replaces").unwrap(), "id@h;to-tag=1;from-tag=2");
        assert_eq!(
            Uri::parse("sip:a@[::1]:5070").unwrap().address(),
            Some("[::1]:5070".parse().unwrap())
        );
        assert_eq!(Uri::parse("sip:a@host").unwrap().address(), None);
    }

    #[test]
    fn name_addrs_and_vias() {
        let from = NameAddr::parse(r#""A <x> \"B\"" <sip:a@b;lr>;tag=1;x"#).unwrap();
        assert_eq!(
            (from.display.as_str(), from.tag()),
            ("A <x> \"B\"", Some("1"))
        );
        assert_eq!(NameAddr::parse("sip:a@b;tag=7").unwrap().tag(), Some("7"));
        assert_eq!(NameAddr::parse("Bob <sip:a@b").map(|n| n.display), None);
        assert_eq!(NameAddr::parse("\"Bob <sip:a@b>"), None);
        assert_eq!(
            NameAddr::parse_list("<sip:a@b>, \"x,y\" <sip:c@d>;q=0.5")
                .unwrap()
                .len(),
            2
        );
        let via = Via::parse("SIP / 2.0 / UDP  [::1]:5061 ;branch=z9hG4bKx;rport").unwrap();
        assert_eq!(
            via.to_string(),
            "SIP/2.0/UDP [::1]:5061;branch=z9hG4bKx;rport"
        );
        assert_eq!(Via::parse("SIP/2.0/UDP"), None);
        assert_eq!(Via::parse("HTTP/1.1/TCP host"), None);
    }
}
