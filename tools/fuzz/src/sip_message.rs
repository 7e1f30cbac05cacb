//! Any bytes, as a datagram and as a stream: no panic, and what was read reads the same after it is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::framing::{Frame, StreamBuffer, parse};
use sip::message::Message;

fuzz_target!(|bytes: &[u8]| {
    match parse(bytes) {
        Ok(message) => {
            look_at(&message);
            let written = message.to_bytes();
            let again = parse(&written).unwrap_or_else(|error| {
                panic!(
                    "what we wrote does not read: {error}\n{}",
                    String::from_utf8_lossy(&written)
                )
            });
            assert_eq!(again.to_bytes(), written);
        }
        Err(malformed) => {
            if let Some(reply) = malformed.reply {
                look_at(&reply);
            }
        }
    }
    stream(bytes);
});

/// Every typed view of a message.
fn look_at(message: &Message) {
    let _views = (
        message.method(),
        message.uri().map(ToString::to_string),
        message.status(),
    );
    let _parties = (
        message.from(),
        message.to(),
        message.contact(),
        message.via(),
    );
    let _ids = (
        message.from_tag(),
        message.to_tag(),
        message.cseq(),
        message.via_count(),
    );
    let _body = message.content_type();
}

/// However the network cuts a stream, the same messages come out.
fn stream(bytes: &[u8]) {
    let mut whole = StreamBuffer::new();
    let expected = whole.push(bytes);
    let mut pieces = StreamBuffer::new();
    let size = bytes.first().map_or(1, |&byte| usize::from(byte) + 1);
    let got: Vec<Frame> = bytes
        .chunks(size)
        .flat_map(|piece| pieces.push(piece))
        .collect();
    assert_eq!(kinds(&got), kinds(&expected));
}

/// How much of a broken header section is kept depends on the pieces it came in; whole messages do not.
fn kinds(frames: &[Frame]) -> Vec<Option<&[u8]>> {
    let kind = |frame| match frame {
        &Frame::Message(ref bytes) => Some(bytes.as_slice()),
        Frame::Ping => Some(b"ping".as_slice()),
        Frame::Broken(_) => None,
    };
    frames.iter().map(kind).collect()
}
