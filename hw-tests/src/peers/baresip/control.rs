//! baresip's `ctrl_tcp`: JSON objects in netstrings (`<length>:<text>,`) both ways.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Longest message taken.
const MESSAGE: usize = 65_536;

/// The commanding end.
pub(super) struct Control(Mutex<TcpStream>);

impl Control {
    /// Connects as soon as baresip listens.
    pub(super) fn connect(port: u16, limit: Duration) -> io::Result<(Control, Receiver<Event>)> {
        let until = Instant::now() + limit;
        let stream = loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > until => return Err(error),
                Err(_) => std::thread::park_timeout(Duration::from_millis(20)),
            }
        };
        let (out, events) = channel();
        let input = BufReader::new(stream.try_clone()?);
        std::thread::Builder::new()
            .name("baresip control".to_owned())
            .spawn(move || read(input, &out))?;
        Ok((Control(Mutex::new(stream)), events))
    }

    /// Sends a command; its effects come as events.
    pub(super) fn command(&self, command: &str, parameter: Option<&str>) {
        let parameter = parameter
            .map(|p| format!(",\"params\":\"{p}\""))
            .unwrap_or_default();
        let text = format!("{{\"command\":\"{command}\"{parameter}}}");
        let mut stream = self.0.lock().expect("nobody panics while writing");
        // A baresip that is gone shows in the test as what did not happen.
        let _ = write!(stream, "{}:{text},", text.len());
    }
}

fn read(mut input: BufReader<TcpStream>, out: &Sender<Event>) {
    loop {
        let mut length = Vec::new();
        if input.read_until(b':', &mut length).unwrap_or(0) == 0 {
            return;
        }
        let length = std::str::from_utf8(&length)
            .ok()
            .and_then(|text| text.trim_end_matches(':').parse().ok());
        let Some(length) = length.filter(|&length: &usize| length < MESSAGE) else {
            return;
        };
        let mut text = vec![0; length + 1];
        if input.read_exact(&mut text).is_err() {
            return;
        }
        let text = String::from_utf8_lossy(&text[..length]).into_owned();
        tracing::trace!(text, "baresip");
        if out.send(Event(text)).is_err() {
            return;
        }
    }
}

/// A flat JSON object of baresip.
pub(super) struct Event(String);

impl Event {
    /// The text of a member; `None` when there is none or it is no text.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let member = format!("\"{name}\":\"");
        let mut rest = self.0[self.0.find(&member)? + member.len()..].chars();
        let mut value = String::new();
        loop {
            match rest.next()? {
                '"' => return Some(value),
                '\\' => value.push(match rest.next()? {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                }),
                other => value.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_and_unescaped() {
        let event = Event(
            r#"{"event":true,"type":"CALL_INCOMING","peeruri":"sip:a\/b@h","param":"say \"x\""}"#
                .to_owned(),
        );
        assert_eq!(event.get("type").as_deref(), Some("CALL_INCOMING"));
        assert_eq!(event.get("peeruri").as_deref(), Some("sip:a/b@h"));
        assert_eq!(event.get("param").as_deref(), Some("say \"x\""));
        assert_eq!(event.get("id"), None);
        assert_eq!(event.get("event"), None);
    }
}
