//! Any bytes as a session description: no panic, the same after it is written, and an answer for every offer that has one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::sdp::{LocalMedia, accept, answer, offer, parse};
use telephony::{Codec, MediaDirection};

fuzz_target!(|bytes: &[u8]| {
    let Ok(description) = parse(bytes) else {
        return;
    };
    let written = description.to_string();
    let again = parse(written.as_bytes())
        .unwrap_or_else(|error| panic!("what we wrote does not read: {error}\n{written}"));
    assert_eq!(again.to_string(), written);

    let local = LocalMedia {
        rtp: ([192, 0, 2, 1], 10_000).into(),
        codecs: vec![Codec::Pcma, Codec::Pcmu],
        events: true,
        direction: MediaDirection::SendRecv,
        session_id: 1,
        version: 1,
        ptime_ms: 20,
    };
    if let Ok((ours, agreed)) = answer(&description, &local) {
        let ours = ours.to_string();
        parse(ours.as_bytes())
            .unwrap_or_else(|error| panic!("our answer does not read: {error}\n{ours}"));
        assert!(
            agreed.payload_type < 128 && agreed.events_payload_type.is_none_or(|kind| kind < 128)
        );
    }
    let _ours = offer(&local);
    let _agreed = accept(&local, &description);
});
