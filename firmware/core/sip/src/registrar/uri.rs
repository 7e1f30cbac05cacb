//! Comparison of SIP URIs (RFC 3261 §19.1.4).

/// Parameters that must stand in both URIs or in neither; any other one counts only when both have it.
const DECISIVE: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

/// A SIP URI taken apart, nothing decoded.
struct Parts<'a> {
    secure: bool,
    user: Option<&'a str>,
    host: &'a str,
    port: Option<u16>,
    parameters: Vec<(&'a str, &'a str)>,
    headers: Vec<(&'a str, &'a str)>,
}

/// Whether two URIs name the same resource (RFC 3261 §19.1.4).
///
/// Scheme, host and parameters compare without case, the user part with it; `%41` equals `A`. A missing port is not 5060, and
/// `transport` written in one URI only makes them differ. What is not a SIP or SIPS URI is equal to itself only.
pub fn same_uri(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (Some(a), Some(b)) = (parts(a), parts(b)) else {
        return false;
    };
    let same_user = match (a.user, b.user) {
        (Some(a), Some(b)) => decoded(a) == decoded(b),
        (None, None) => true,
        _ => false,
    };
    a.secure == b.secure
        && same_user
        && a.host.eq_ignore_ascii_case(b.host)
        && a.port == b.port
        && same_parameters(&a, &b)
        && same_parameters(&b, &a)
        && a.headers.len() == b.headers.len()
        && a.headers
            .iter()
            .all(|header| b.headers.iter().any(|other| same_pair(header, other)))
        && b.headers
            .iter()
            .all(|header| a.headers.iter().any(|other| same_pair(header, other)))
}

/// Whether `uri` is a SIP or SIPS URI with a host.
pub(super) fn is_sip(uri: &str) -> bool {
    !uri.contains(|c: char| c.is_control() || matches!(c, ' ' | '<' | '>' | '"'))
        && parts(uri).is_some()
}

fn parts(uri: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = uri.split_once(':')?;
    let secure = scheme.eq_ignore_ascii_case("sips");
    if !secure && !scheme.eq_ignore_ascii_case("sip") {
        return None;
    }
    let (rest, headers) = match rest
        .rfind('@')
        .map_or(rest.find('?'), |at| rest[at..].find('?').map(|q| at + q))
    {
        Some(question) => (&rest[..question], &rest[question + 1..]),
        None => (rest, ""),
    };
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, rest),
    };
    let mut fields = rest.split(';');
    let authority = fields.next()?;
    let colon = authority
        .rfind(':')
        .filter(|&at| !authority[at..].contains(']'));
    let (host, port) = match colon {
        Some(at) => (&authority[..at], Some(authority[at + 1..].parse().ok()?)),
        None => (authority, None),
    };
    if host.is_empty() {
        return None;
    }
    Some(Parts {
        secure,
        user,
        host,
        port,
        parameters: fields
            .filter(|field| !field.is_empty())
            .map(name_and_value)
            .collect(),
        headers: headers
            .split('&')
            .filter(|field| !field.is_empty())
            .map(name_and_value)
            .collect(),
    })
}

fn name_and_value(field: &str) -> (&str, &str) {
    field.split_once('=').unwrap_or((field, ""))
}

fn same_parameters(a: &Parts<'_>, b: &Parts<'_>) -> bool {
    a.parameters.iter().all(|parameter| {
        match b
            .parameters
            .iter()
            .find(|other| same_text(parameter.0, other.0))
        {
            Some(other) => same_pair(parameter, other),
            None => !DECISIVE
                .iter()
                .any(|name| parameter.0.eq_ignore_ascii_case(name)),
        }
    })
}

fn same_pair(a: &(&str, &str), b: &(&str, &str)) -> bool {
    same_text(a.0, b.0) && same_text(a.1, b.1)
}

fn same_text(a: &str, b: &str) -> bool {
    decoded(a).eq_ignore_ascii_case(&decoded(b))
}

/// Percent escapes of characters that need none undone (§19.1.4: unreserved ones only), other escapes in upper case.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digit = |offset: usize| {
            bytes
                .get(at + offset)
                .and_then(|&b| char::from(b).to_digit(16))
        };
        match (bytes[at], digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => {
                let byte = (high * 16 + low) as u8;
                if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
                    out.push(byte);
                } else {
                    out.extend(bytes[at..at + 3].to_ascii_uppercase());
                }
                at += 3;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
