//! Bytes to one message: line ends, folding, compact names, bounds, and what RFC 3261 §8.1.1 and §20 make mandatory.
//!
//! `rsip` 0.4 refuses folded headers, unknown methods and escaped URIs (RFC 4475), and says nothing an answer could be
//! made of. So messages are cut here, and what cannot be a message is answered from a minimal scan of its headers.

mod stream;

pub use stream::{Frame, StreamBuffer};

use crate::message::{
    Message, NameAddr, Scheme, Start, Uri, canonical, is_token, method_of, parse_cseq,
};

/// Longest message, in bytes: what a UDP datagram can hold.
pub const MAX_MESSAGE: usize = 65_535;
/// Most header lines in a message.
pub const MAX_HEADERS: usize = 200;

/// Headers that may stand once only (RFC 3261 §7.3.1 table 2).
const SINGLE: &[&str] = &[
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Max-Forwards",
    "Content-Length",
    "Content-Type",
    "Refer-To",
    "Replaces",
];

/// Bytes that are no message we can work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status} {reason}")]
pub struct Malformed {
    /// The status that says so: 400, 405, 413, 416, 501, 505.
    pub status: u16,
    /// Reason phrase.
    pub reason: &'static str,
    /// The response to send, all but our To tag; `None` for responses, ACKs, and bytes an answer cannot be made of.
    pub reply: Option<Box<Message>>,
}

/// Reads one whole message. Never panics; this is also the fuzz target.
///
/// # Errors
/// [`Malformed`], with the answer RFC 3261 §21.4.1 asks for where one can be made.
pub fn parse(bytes: &[u8]) -> Result<Message, Malformed> {
    if bytes.len() > MAX_MESSAGE {
        return Err(silent(513, "Message Too Large"));
    }
    let (head, body) = split_head(bytes).ok_or(silent(400, "No Header Section"))?;
    let head = std::str::from_utf8(head).map_err(|_| silent(400, "Not UTF-8"))?;
    let mut lines = head
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let first = lines.next().unwrap_or("");
    let (headers, mut problem) = scan(lines);
    let start = match parse_start(first) {
        Ok(start) => start,
        Err(Problem(status, reason)) => return Err(answerable(first, &headers, status, reason)),
    };
    let mut message = match start {
        Start::Request { method, uri } => Message::request(method, uri),
        Start::Response { status, reason } => Message::response(status, &reason),
    };
    for (name, value) in &headers {
        message.push(name, value);
    }
    problem = problem.or_else(|| check(&message).err());
    match body_of(&message, body) {
        Ok(body) => message.body = body.to_vec(),
        Err(body_problem) => problem = problem.or(Some(body_problem)),
    }
    message.remove("Content-Length");
    match problem {
        Some(Problem(status, reason)) => Err(answerable(first, &headers, status, reason)),
        None => Ok(message),
    }
}

#[derive(Clone, Copy, Debug)]
struct Problem(u16, &'static str);

fn silent(status: u16, reason: &'static str) -> Malformed {
    Malformed {
        status,
        reason,
        reply: None,
    }
}

/// The header section without its empty line, and the rest.
fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    while let Some(newline) = bytes[at..].iter().position(|&b| b == b'\n') {
        let end = at + newline;
        let rest = &bytes[end + 1..];
        if let Some(body) = rest
            .strip_prefix(b"\r\n")
            .or_else(|| rest.strip_prefix(b"\n"))
        {
            return Some((&bytes[..end], body));
        }
        at = end + 1;
    }
    None
}

/// Unfolds (RFC 3261 §7.3.1) and names headers. What cannot be read is skipped and reported.
fn scan<'a>(lines: impl Iterator<Item = &'a str>) -> (Vec<(String, String)>, Option<Problem>) {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut problem = None;
    for line in lines {
        if line.contains(['\r', '\0']) {
            problem = problem.or(Some(Problem(400, "Control Character In Header")));
            continue;
        }
        if line.starts_with([' ', '\t']) {
            match headers.last_mut() {
                Some((_, value)) => {
                    let more = line.trim();
                    if !value.is_empty() && !more.is_empty() {
                        value.push(' ');
                    }
                    value.push_str(more);
                }
                None => problem = problem.or(Some(Problem(400, "Folded First Header"))),
            }
            continue;
        }
        match line
            .split_once(':')
            .map(|(name, value)| (name.trim_end(), value.trim()))
        {
            Some((name, value)) if is_token(name) => {
                if headers.len() == MAX_HEADERS {
                    return (headers, Some(Problem(400, "Too Many Headers")));
                }
                headers.push((canonical(name).unwrap_or(name).to_owned(), value.to_owned()));
            }
            _ => problem = problem.or(Some(Problem(400, "Malformed Header Line"))),
        }
    }
    (headers, problem)
}

fn parse_start(line: &str) -> Result<Start, Problem> {
    let is_version = |text: &str| text.eq_ignore_ascii_case("SIP/2.0");
    if line
        .get(..4)
        .is_some_and(|l| l.eq_ignore_ascii_case("SIP/"))
    {
        let mut parts = line.splitn(3, ' ');
        let (version, code) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let status = code
            .parse::<u16>()
            .ok()
            .filter(|s| (100..700).contains(s) && code.len() == 3);
        return match status {
            Some(status) if is_version(version) => Ok(Start::Response {
                status,
                reason: parts.next().unwrap_or("").to_owned(),
            }),
            _ => Err(Problem(400, "Malformed Status Line")),
        };
    }
    let parts: Vec<&str> = line.split(' ').collect();
    let [name, uri, version] = parts[..] else {
        return Err(Problem(400, "Malformed Request Line"));
    };
    if !is_token(name) {
        return Err(Problem(400, "Malformed Method"));
    }
    if !is_version(version) {
        return Err(if version.starts_with("SIP/") {
            Problem(505, "Version Not Supported")
        } else {
            Problem(400, "Malformed Request Line")
        });
    }
    let uri = Uri::parse(uri).ok_or(Problem(400, "Malformed Request-URI"))?;
    if matches!(uri.scheme, Scheme::Other(_)) {
        return Err(Problem(416, "Unsupported URI Scheme"));
    }
    let method = method_of(name).ok_or(Problem(501, "Not Implemented"))?;
    Ok(Start::Request { method, uri })
}

/// What every message must have (RFC 3261 §8.1.1, §8.2.6.2), and must not have twice.
fn check(message: &Message) -> Result<(), Problem> {
    for name in SINGLE {
        if message.all(name).count() > 1 {
            return Err(Problem(400, "Header Repeated"));
        }
    }
    if message.via().is_none() {
        return Err(Problem(400, "Missing Or Malformed Via"));
    }
    if message.from().is_none_or(|from| from.tag().is_none()) {
        return Err(Problem(400, "Missing Or Malformed From"));
    }
    if message.to().is_none() {
        return Err(Problem(400, "Missing Or Malformed To"));
    }
    if message.call_id().is_empty() || message.call_id().contains(char::is_whitespace) {
        return Err(Problem(400, "Missing Or Malformed Call-ID"));
    }
    let (_, method) = message
        .cseq()
        .ok_or(Problem(400, "Missing Or Malformed CSeq"))?;
    if message.method().is_some_and(|m| m.to_string() != method) {
        return Err(Problem(400, "CSeq Does Not Match Method"));
    }
    if let Some(hops) = message.get("Max-Forwards")
        && hops.parse::<u8>().is_err()
    {
        return Err(Problem(400, "Malformed Max-Forwards"));
    }
    let contact = message.get("Contact");
    if contact.is_some_and(|c| c.trim() != "*" && NameAddr::parse_list(c).is_none()) {
        return Err(Problem(400, "Malformed Contact"));
    }
    Ok(())
}

/// Cuts the body to Content-Length (RFC 3261 §18.3); without one it is all that follows.
fn body_of<'a>(message: &Message, rest: &'a [u8]) -> Result<&'a [u8], Problem> {
    let Some(length) = message.get("Content-Length") else {
        return Ok(rest);
    };
    match parse_length(length) {
        Some(length) => rest
            .get(..length)
            .ok_or(Problem(400, "Body Shorter Than Content-Length")),
        None => Err(Problem(400, "Malformed Content-Length")),
    }
}

fn parse_length(text: &str) -> Option<usize> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        None
    } else {
        text.parse().ok()
    }
}

/// The answer to something request-like, from what of its headers could be read.
fn answerable(
    first: &str,
    headers: &[(String, String)],
    status: u16,
    reason: &'static str,
) -> Malformed {
    let method = first.split(' ').next().unwrap_or("");
    let is_response = first
        .get(..4)
        .is_some_and(|l| l.eq_ignore_ascii_case("SIP/"));
    let find = |name: &str| {
        headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    let complete = ["Via", "From", "To", "Call-ID", "CSeq"]
        .iter()
        .all(|name| find(name).is_some());
    let cseq_is_ack = find("CSeq")
        .and_then(parse_cseq)
        .is_some_and(|(_, m)| m == "ACK");
    if is_response || !is_token(method) || method == "ACK" || cseq_is_ack || !complete {
        return silent(status, reason);
    }
    let mut reply = Message::response(status, reason);
    for (name, value) in headers.iter().filter(|(name, _)| name == "Via") {
        reply.push(name, value);
    }
    for name in ["From", "To", "Call-ID", "CSeq"] {
        if let Some(value) = find(name) {
            reply.push(name, value);
        }
    }
    Malformed {
        status,
        reason,
        reply: Some(Box::new(reply)),
    }
}

#[cfg(test)]
mod tests;
