use super::{MAX_MESSAGE, canonical, parse_length};

/// What a byte stream is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// One whole message, for [`parse`](super::parse).
    Message(Vec<u8>),
    /// A double CRLF: answer with a CRLF (RFC 5626 §3.5.1).
    Ping,
    /// The framing is lost: no or a bad Content-Length, or a message beyond [`MAX_MESSAGE`]. Holds the header section as
    /// far as it is known. Nothing follows; close the connection.
    Broken(Vec<u8>),
}

/// Cuts one connection's bytes into messages by Content-Length (RFC 3261 §18.3). Holds at most one message and what
/// arrived with it.
#[derive(Debug, Default)]
pub struct StreamBuffer {
    bytes: Vec<u8>,
    /// Up to here there is no end of the header section.
    scanned: usize,
    /// Length of the message at the front, once its header section is complete.
    whole: Option<usize>,
    broken: bool,
}

impl StreamBuffer {
    /// An empty buffer.
    pub fn new() -> StreamBuffer {
        StreamBuffer::default()
    }

    /// Appends bytes, then takes every whole frame. Bytes after [`Frame::Broken`] are dropped.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        // In pieces, so that a burst of many messages never makes the buffer larger than one message and a piece.
        for piece in bytes.chunks(16 * 1024) {
            if self.broken {
                break;
            }
            self.bytes.extend_from_slice(piece);
            while let Some(frame) = self.next() {
                frames.push(frame);
            }
        }
        frames
    }

    /// Bytes of an unfinished message.
    pub fn pending(&self) -> usize {
        self.bytes.len()
    }

    fn next(&mut self) -> Option<Frame> {
        if self.broken {
            return None;
        }
        if self.whole.is_none() {
            match self.skip_line_ends() {
                Skip::Ping => return Some(Frame::Ping),
                Skip::Wait => return None,
                Skip::Message => {}
            }
            let Some(head) = self.find_head_end() else {
                return (self.bytes.len() > MAX_MESSAGE).then(|| self.break_off());
            };
            match content_length(&self.bytes[..head]) {
                Some(body) if head.saturating_add(body) <= MAX_MESSAGE => {
                    self.whole = Some(head + body)
                }
                _ => {
                    self.bytes.truncate(head);
                    return Some(self.break_off());
                }
            }
        }
        let whole = self.whole.filter(|&whole| self.bytes.len() >= whole)?;
        let rest = self.bytes.split_off(whole);
        let message = std::mem::replace(&mut self.bytes, rest);
        self.whole = None;
        self.scanned = 0;
        Some(Frame::Message(message))
    }

    fn skip_line_ends(&mut self) -> Skip {
        loop {
            match self.bytes.as_slice() {
                [b'\r', b'\n', b'\r', b'\n', ..] => {
                    self.bytes.drain(..4);
                    return Skip::Ping;
                }
                [] | [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => return Skip::Wait,
                [b'\r', b'\n', ..] => drop(self.bytes.drain(..2)),
                [b'\n', ..] => drop(self.bytes.drain(..1)),
                _ => return Skip::Message,
            }
        }
    }

    /// Length of the header section with its empty line.
    fn find_head_end(&mut self) -> Option<usize> {
        let mut at = self.scanned;
        while let Some(newline) = self.bytes[at..].iter().position(|&b| b == b'\n') {
            let next = at + newline + 1;
            match &self.bytes[next..] {
                [b'\n', ..] => return Some(next + 1),
                [b'\r', b'\n', ..] => return Some(next + 2),
                [] | [b'\r'] => {
                    self.scanned = next - 1;
                    return None;
                }
                _ => at = next,
            }
        }
        self.scanned = self.bytes.len();
        None
    }

    fn break_off(&mut self) -> Frame {
        self.broken = true;
        let mut head = std::mem::take(&mut self.bytes);
        head.truncate(MAX_MESSAGE);
        Frame::Broken(head)
    }
}

enum Skip {
    Ping,
    Wait,
    Message,
}

/// The value of Content-Length; `None` when it is missing, malformed, or given twice differently.
fn content_length(head: &[u8]) -> Option<usize> {
    let mut found: Option<usize> = None;
    for line in head.split(|&b| b == b'\n') {
        let Some(colon) = line.iter().position(|&b| b == b':') else {
            continue;
        };
        let Ok(name) = std::str::from_utf8(&line[..colon]) else {
            continue;
        };
        if line.starts_with(b" ")
            || line.starts_with(b"\t")
            || canonical(name.trim_end()) != Some("Content-Length")
        {
            continue;
        }
        let length = parse_length(std::str::from_utf8(&line[colon + 1..]).ok()?.trim())?;
        if found.is_some_and(|earlier| earlier != length) {
            return None;
        }
        found = Some(length);
    }
    found
}
