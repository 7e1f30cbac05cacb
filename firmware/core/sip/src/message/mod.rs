//! One SIP message: `rsip`'s methods and headers, with typed readers for what the user agent needs.
//!
//! `rsip` is named in this module only. Its own parser and its typed URIs are not used: they reject folded headers,
//! unknown methods and escapes in user parts, drop URI headers, and print bodies lossily.

mod header;
mod syntax;
mod uri;

use std::fmt;

pub use rsip::Method;
pub use syntax::Params;
pub use uri::{NameAddr, Scheme, Uri, Via};

pub(crate) use header::canonical;
pub(crate) use syntax::{is_token, quote, split_outside, unquote};
pub(crate) use uri::{host_ip, host_of};

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// A request.
    Request {
        /// Its method.
        method: Method,
        /// Its Request-URI.
        uri: Uri,
    },
    /// A response.
    Response {
        /// 100 to 699.
        status: u16,
        /// Reason phrase.
        reason: String,
    },
}

/// A SIP message. [`crate::framing::parse`] makes them of bytes, [`Message::to_bytes`] makes bytes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The first line.
    pub start: Start,
    headers: rsip::Headers,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

impl Message {
    /// A request without headers.
    pub fn request(method: Method, uri: Uri) -> Message {
        Message {
            start: Start::Request { method, uri },
            headers: rsip::Headers::default(),
            body: Vec::new(),
        }
    }

    /// A response without headers.
    pub fn response(status: u16, reason: &str) -> Message {
        let start = Start::Response {
            status,
            reason: reason.to_owned(),
        };
        Message {
            start,
            headers: rsip::Headers::default(),
            body: Vec::new(),
        }
    }

    /// A response to `request` with what every response repeats of it (RFC 3261 §8.2.6.2) and our tag in To.
    pub fn response_to(
        request: &Message,
        status: u16,
        reason: &str,
        to_tag: Option<&str>,
    ) -> Message {
        let mut response = Message::response(status, reason);
        for name in [
            "Via",
            "Record-Route",
            "From",
            "To",
            "Call-ID",
            "CSeq",
            "Timestamp",
        ] {
            if name == "Record-Route" && !(101..300).contains(&status) {
                continue;
            }
            for value in request.all(name) {
                response.push(name, value);
            }
        }
        if let (Some(tag), Some(mut to)) = (to_tag, request.to())
            && to.tag().is_none()
        {
            to.params.set("tag", Some(tag.to_owned()));
            response.set("To", to);
        }
        response
    }

    /// The method; `None` for a response.
    pub fn method(&self) -> Option<Method> {
        match &self.start {
            Start::Request { method, .. } => Some(*method),
            Start::Response { .. } => None,
        }
    }

    /// The Request-URI; `None` for a response.
    pub fn uri(&self) -> Option<&Uri> {
        match &self.start {
            Start::Request { uri, .. } => Some(uri),
            Start::Response { .. } => None,
        }
    }

    /// The status; 0 for a request.
    pub fn status(&self) -> u16 {
        match &self.start {
            Start::Request { .. } => 0,
            Start::Response { status, .. } => *status,
        }
    }

    /// The first value of a header, by its canonical name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .map(header::parts)
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// All values of a header, line by line.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.headers
            .iter()
            .map(header::parts)
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// The comma-separated tokens of all lines of a header (Require, Supported, Allow, ...).
    pub fn tokens<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.all(name)
            .flat_map(|v| v.split(','))
            .map(str::trim)
            .filter(|t| !t.is_empty())
    }

    /// Appends a header.
    pub fn push(&mut self, name: &str, value: impl fmt::Display) {
        self.headers.push(header::build(name, value.to_string()));
    }

    /// Puts a header before all others.
    pub fn push_front(&mut self, name: &str, value: impl fmt::Display) {
        let mut all: Vec<rsip::Header> = std::mem::take(&mut self.headers).into();
        all.insert(0, header::build(name, value.to_string()));
        self.headers = all.into();
    }

    /// Replaces a header, in its place if it is there.
    pub fn set(&mut self, name: &str, value: impl fmt::Display) {
        let fresh = header::build(name, value.to_string());
        if let Some(slot) = self
            .headers
            .iter_mut()
            .find(|h| header::parts(h).0.eq_ignore_ascii_case(name))
        {
            *slot = fresh;
            return;
        }
        self.headers.push(fresh);
    }

    /// Removes all lines of a header.
    pub fn remove(&mut self, name: &str) {
        self.headers
            .retain(|h| !header::parts(h).0.eq_ignore_ascii_case(name));
    }

    /// Replaces the body and its Content-Type.
    pub fn set_body(&mut self, content_type: &str, body: Vec<u8>) {
        self.set("Content-Type", content_type);
        self.body = body;
    }

    /// The topmost Via.
    pub fn via(&self) -> Option<Via> {
        let line = self.get("Via")?;
        Via::parse(split_outside(line, b',').first()?)
    }

    /// Replaces the topmost Via, the others of its line untouched.
    pub fn set_via(&mut self, via: &Via) {
        let Some(line) = self.get("Via") else { return };
        let mut parts: Vec<String> = split_outside(line, b',')
            .into_iter()
            .map(str::to_owned)
            .collect();
        parts[0] = via.to_string();
        self.set("Via", parts.join(","));
    }

    /// How many Via values there are.
    pub fn via_count(&self) -> usize {
        self.all("Via")
            .map(|line| split_outside(line, b',').len())
            .sum()
    }

    /// From.
    pub fn from(&self) -> Option<NameAddr> {
        NameAddr::parse(self.get("From")?)
    }

    /// To.
    pub fn to(&self) -> Option<NameAddr> {
        NameAddr::parse(self.get("To")?)
    }

    /// Tag of From; empty when there is none.
    pub fn from_tag(&self) -> String {
        self.from()
            .and_then(|a| a.tag().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Tag of To; `None` outside a dialog.
    pub fn to_tag(&self) -> Option<String> {
        self.to().and_then(|a| a.tag().map(str::to_owned))
    }

    /// Call-ID; empty when there is none.
    pub fn call_id(&self) -> &str {
        self.get("Call-ID").unwrap_or("")
    }

    /// CSeq: number and method.
    pub fn cseq(&self) -> Option<(u32, &str)> {
        parse_cseq(self.get("CSeq")?)
    }

    /// The number of CSeq; 0 when it is missing.
    pub fn cseq_number(&self) -> u32 {
        self.cseq().map_or(0, |(number, _)| number)
    }

    /// The first Contact; `None` when there is none or it is malformed or `*`.
    pub fn contact(&self) -> Option<NameAddr> {
        NameAddr::parse_list(self.get("Contact")?)?
            .into_iter()
            .next()
    }

    /// Media type of the body in lower case, parameters cut off; empty when there is none.
    pub fn content_type(&self) -> String {
        let value = self.get("Content-Type").unwrap_or("");
        value
            .split(';')
            .next()
            .unwrap_or("")
            .trim()
            .to_ascii_lowercase()
    }

    /// The message as it goes on the wire, with its Content-Length.
    pub fn to_bytes(&self) -> Vec<u8> {
        use fmt::Write;
        let mut head = String::with_capacity(512 + self.body.len());
        // Writing to a String cannot fail.
        let _ = match &self.start {
            Start::Request { method, uri } => write!(head, "{method} {uri} SIP/2.0\r\n"),
            Start::Response { status, reason } => write!(head, "SIP/2.0 {status} {reason}\r\n"),
        };
        for header in self.headers.iter() {
            let (name, value) = header::parts(header);
            if name != "Content-Length" {
                let _ = write!(head, "{name}: {value}\r\n");
            }
        }
        let _ = write!(head, "Content-Length: {}\r\n\r\n", self.body.len());
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// `314159 INVITE`; the number is below 2^32 (RFC 3261 §8.1.1.5 asks for 2^31 of senders).
pub(crate) fn parse_cseq(text: &str) -> Option<(u32, &str)> {
    let (number, method) = text.trim().split_once([' ', '\t'])?;
    let method = method.trim();
    if !number.bytes().all(|b| b.is_ascii_digit()) || !is_token(method) {
        return None;
    }
    Some((number.parse().ok()?, method))
}

/// The method of that name. SIP methods are case-sensitive (RFC 3261 §7.1); `rsip`'s own reader is not.
pub(crate) fn method_of(name: &str) -> Option<Method> {
    name.parse::<Method>()
        .ok()
        .filter(|method| method.to_string() == name)
}
