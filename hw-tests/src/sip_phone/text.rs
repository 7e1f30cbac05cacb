//! SIP messages as text. Shares nothing with the product's stack: header names in full, one line each, as the box sends them.

use std::fmt::Write;

/// A message taken apart.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) first: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Message {
    /// Reads a message; what is not one is a fault of the box and fails the test.
    pub(super) fn parse(bytes: &[u8]) -> Message {
        let text = std::str::from_utf8(bytes).expect("the box sends UTF-8");
        let (head, body) = text
            .split_once("\r\n\r\n")
            .expect("a message has an empty line");
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let header = |line: &str| {
            let (name, value) = line.split_once(':').expect("a header has a colon");
            (name.trim().to_ascii_lowercase(), value.trim().to_owned())
        };
        let headers: Vec<_> = lines.map(header).collect();
        let message = Message {
            first,
            headers,
            body: body.to_owned(),
        };
        let length = message.get("content-length").and_then(|l| l.parse().ok());
        assert_eq!(
            length,
            Some(message.body.len()),
            "Content-Length of {}",
            message.first
        );
        message
    }

    /// `None` for a request.
    pub(super) fn status(&self) -> Option<u16> {
        self.first.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// The method of a request, or of what a response answers.
    pub(super) fn method(&self) -> &str {
        match self.status() {
            None => self.first.split(' ').next().unwrap_or_default(),
            Some(_) => self.header("cseq").split(' ').nth(1).unwrap_or_default(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// A header that must be there.
    pub(super) fn header(&self, name: &str) -> &str {
        self.get(name)
            .unwrap_or_else(|| panic!("{} has no {name}", self.first))
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    pub(super) fn cseq(&self) -> u32 {
        self.header("cseq")
            .split(' ')
            .next()
            .and_then(|n| n.parse().ok())
            .expect("CSeq has a number")
    }

    /// A response to this request.
    pub(super) fn response(
        &self,
        status: u16,
        reason: &str,
        to_tag: &str,
        extra: &str,
        body: &str,
    ) -> String {
        let mut out = format!("SIP/2.0 {status} {reason}\r\n");
        for via in self.all("via") {
            let _ = write!(out, "Via: {via}\r\n");
        }
        for route in self.all("record-route") {
            let _ = write!(out, "Record-Route: {route}\r\n");
        }
        let to = self.header("to");
        let tag = if to.contains(";tag=") || status == 100 {
            String::new()
        } else {
            format!(";tag={to_tag}")
        };
        let _ = write!(
            out,
            "From: {}\r\nTo: {to}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\n{extra}",
            self.header("from"),
            self.header("call-id"),
            self.header("cseq"),
        );
        finish(&mut out, body);
        out
    }
}

/// Ends a message: its body, and what describes it.
pub(super) fn finish(out: &mut String, body: &str) {
    if body.starts_with("v=0") {
        out.push_str("Content-Type: application/sdp\r\n");
    }
    let _ = write!(out, "Content-Length: {}\r\n\r\n{body}", body.len());
}

/// `tag` of a From or To.
pub(super) fn tag(header: &str) -> &str {
    header
        .split(";tag=")
        .nth(1)
        .and_then(|rest| rest.split(';').next())
        .unwrap_or_default()
}

/// The URI between `<` and `>`, or the whole.
pub(super) fn uri(header: &str) -> &str {
    match header.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or_default(),
        None => header.split(';').next().unwrap_or_default(),
    }
}

/// A parameter of a challenge, without its quotes.
pub(super) fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split([',', ' ']).find_map(|part| {
        let (n, value) = part.trim().split_once('=')?;
        (n == name).then(|| value.trim_matches('"'))
    })
}
