use std::net::{IpAddr, SocketAddr};

use proptest::prelude::*;
use telephony::{Codec, MediaDirection};

use super::*;

const PHONE: &str = "v=0\no=- 20518 0 IN IP4 203.0.113.1\ns= \nc=IN IP4 203.0.113.1\nt=0 0\n\
                     m=audio 49170 RTP/AVP 9 8 0 96\na=rtpmap:96 telephone-event/8000\na=fmtp:96 0-15\n\
                     a=ptime:30\na=rtcp:53020 IN IP4 203.0.113.2\na=sendonly\na=ssrc:1 cname:x\n";

fn local() -> LocalMedia {
    LocalMedia {
        rtp: "192.0.2.1:4000".parse().unwrap(),
        codecs: vec![Codec::Pcmu, Codec::Pcma],
        events: true,
        direction: MediaDirection::SendRecv,
        session_id: 42,
        version: 7,
        ptime_ms: 20,
    }
}

fn read(text: &str) -> Sdp {
    parse(text.as_bytes()).unwrap()
}

/// An offer with these lines behind `m=`'s port and protocol.
fn audio_offer(connection: &str, rest: &str) -> Sdp {
    read(&format!(
        "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc={connection}\r\nt=0 0\r\nm=audio 5004 {rest}\r\n"
    ))
}

#[test]
fn a_phones_offer_is_read_and_answered() {
    let (sdp, agreed) = answer(&read(PHONE), &local()).unwrap();
    assert_eq!(
        agreed,
        Negotiated {
            remote: "203.0.113.1:49170".parse().unwrap(),
            remote_rtcp: "203.0.113.2:53020".parse().unwrap(),
            codec: Codec::Pcma,
            payload_type: 8,
            events_payload_type: Some(96),
            ptime_ms: 30,
            direction: MediaDirection::RecvOnly,
        }
    );
    assert_eq!(
        sdp.to_string(),
        "v=0\r\no=- 42 7 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 96\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=ptime:30\r\na=recvonly\r\n"
    );
}

#[test]
fn our_offer_reads_as_phones_expect() {
    assert_eq!(
        offer(&local()).to_string(),
        "v=0\r\no=- 42 7 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
         a=ptime:20\r\na=sendrecv\r\n"
    );
    let v6 = LocalMedia {
        rtp: "[2001:db8::1]:4000".parse().unwrap(),
        ..local()
    };
    assert!(offer(&v6).to_string().contains("c=IN IP6 2001:db8::1\r\n"));
}

#[test]
fn a_later_offer_keeps_the_payload_types() {
    let agreed = answer(&read(PHONE), &local()).unwrap().1;
    let again = reoffer(
        &LocalMedia {
            version: 8,
            ..local()
        },
        &agreed,
    );
    assert_eq!(
        (&again.media[0].formats[..], again.origin.version),
        (&["8", "0", "96"].map(String::from)[..], 8)
    );
}

#[test]
fn errors_name_the_line_and_what() {
    let head = "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n";
    let cases = [
        ("".to_owned(), 1, Fault::Expected('v')),
        ("v=1\r\n".to_owned(), 1, Fault::Version),
        ("v=0\r\ns=-\r\n".to_owned(), 2, Fault::Expected('o')),
        ("v=0\r\no=- 1 IN IP4 h\r\n".to_owned(), 2, Fault::Origin),
        ("v=0\r\no=- +1 1 IN IP4 h\r\n".to_owned(), 2, Fault::Origin),
        (
            format!("{head}c=IN IP4 192.0.2.9\r\n"),
            6,
            Fault::Repeated('c'),
        ),
        (format!("{head}x=1\r\n"), 6, Fault::UnknownType('x')),
        (format!("{head}\r\na=x\r\n"), 6, Fault::NotALine),
        (format!("{head}a\r\n"), 6, Fault::NotALine),
        (format!("{head}m=audio 5004 RTP/AVP\r\n"), 6, Fault::Media),
        (
            format!("{head}m=audio 65536 RTP/AVP 0\r\n"),
            6,
            Fault::Media,
        ),
        (
            format!("{head}m=audio 5004/0 RTP/AVP 0\r\n"),
            6,
            Fault::Media,
        ),
        (
            format!("{head}m=audio 5004 RTP/AVP 128\r\n"),
            6,
            Fault::PayloadType,
        ),
        (
            format!("{head}m=audio 5004 RTP/AVP 0{}\r\n", " 1".repeat(64)),
            6,
            Fault::TooManyFormats,
        ),
        (
            format!("{head}{}", "m=audio 0 RTP/AVP 0\r\n".repeat(17)),
            22,
            Fault::TooManyMedia,
        ),
        (
            format!("{head}m=audio 5004 RTP/AVP 0\r\ns=-\r\n"),
            7,
            Fault::NotInMedia('s'),
        ),
        (
            format!("{head}m=audio 5004 RTP/AVP 0\r\nc=IN IP4 224.0.0.1/127\r\n"),
            7,
            Fault::Address,
        ),
        (
            format!("{head}m=audio 5004 RTP/AVP 0\r\na=rtpmap:0 PCMU\r\n"),
            7,
            Fault::Attribute("rtpmap"),
        ),
        (
            format!("{head}m=audio 5004 RTP/AVP 0\r\na=ptime:0\r\n"),
            7,
            Fault::Attribute("ptime"),
        ),
        (
            format!("{head}m=audio 5004 RTP/AVP 0\r\na=rtcp:x\r\n"),
            7,
            Fault::Attribute("rtcp"),
        ),
    ];
    for (text, line, fault) in cases {
        assert_eq!(
            parse(text.as_bytes()),
            Err(SdpError::Line { line, fault }),
            "{text:?}"
        );
        assert_eq!(SdpError::Line { line, fault }.status(), 400);
    }
    assert_eq!(
        parse(&[b'v'; MAX_BYTES + 1]),
        Err(SdpError::TooLong { len: MAX_BYTES + 1 })
    );
}

#[test]
fn what_phones_leave_out_or_add_is_tolerated() {
    let sdp = read(
        "v=0\no=- 1 1 IN IP4 h\nm=audio 5004 RTP/AVP 0 \na=ptime:20.0\nb=AS:64\ni=x\nc=IN IP6 ::1\n\n\n",
    );
    assert_eq!((sdp.name.as_str(), sdp.media[0].ptime_ms), ("-", Some(20)));
    let latin = parse(b"v=0\no=M\xfcller 1 1 IN IP4 h\ns=\xe4\n").unwrap();
    assert_eq!(
        (latin.origin.username.as_str(), latin.name.as_str()),
        ("M?ller", "?")
    );
}

#[test]
fn other_media_sections_are_refused_in_their_place() {
    let offered = audio_offer(
        "IN IP4 192.0.2.9",
        "RTP/SAVP 0\r\nm=video 5006 RTP/AVP 31\r\nm=audio 5008 RTP/AVP 18\r\nm=audio 5010 RTP/AVP 0\r\n\
         m=audio 5012 RTP/AVP 8\r\nm=application 9 UDP/BFCP *",
    );
    let (sdp, agreed) = answer(&offered, &local()).unwrap();
    let shape: Vec<_> = sdp
        .media
        .iter()
        .map(|m| (m.kind.as_str(), m.port, m.protocol.as_str()))
        .collect();
    let expected = [
        ("audio", 0, "RTP/SAVP"),
        ("video", 0, "RTP/AVP"),
        ("audio", 0, "RTP/AVP"),
        ("audio", 4000, "RTP/AVP"),
        ("audio", 0, "RTP/AVP"),
        ("application", 0, "UDP/BFCP"),
    ];
    assert_eq!(shape, expected);
    assert_eq!(
        (agreed.remote.port(), agreed.remote_rtcp.port()),
        (5010, 5011)
    );
    assert_eq!(parse(&sdp.to_bytes()), Ok(sdp));
}

#[test]
fn an_offer_that_cannot_be_agreed_to_is_a_488() {
    let v4 = "IN IP4 192.0.2.9";
    let cases = [
        (audio_offer(v4, "RTP/AVP 18 3"), SdpError::NoCommonCodec),
        (
            audio_offer(v4, "RTP/AVP 0\r\na=rtpmap:0 PCMU/16000"),
            SdpError::NoCommonCodec,
        ),
        (audio_offer(v4, "RTP/SAVP 0"), SdpError::NoAudio),
        (
            audio_offer("IN IP6 2001:db8::9", "RTP/AVP 0"),
            SdpError::AddressFamily,
        ),
        (
            read("v=0\no=- 1 1 IN IP4 h\nm=audio 0 RTP/AVP 0\n"),
            SdpError::NoAudio,
        ),
        (
            read("v=0\no=- 1 1 IN IP4 h\nm=audio 9 RTP/AVP 0\n"),
            SdpError::NoConnection,
        ),
    ];
    for (offered, error) in cases {
        assert_eq!(answer(&offered, &local()), Err(error));
        assert_eq!(error.status(), 488);
    }
}

#[test]
fn directions_are_mirrored_and_the_old_hold_is_known() {
    use MediaDirection::{Inactive, RecvOnly, SendOnly, SendRecv};
    let ours = |address: &str, attribute: &str, direction| {
        let offered = audio_offer(
            &format!("IN IP4 {address}"),
            &format!("RTP/AVP 0\r\na={attribute}"),
        );
        let (sdp, agreed) = answer(
            &offered,
            &LocalMedia {
                direction,
                ..local()
            },
        )
        .unwrap();
        assert_eq!(sdp.media[0].direction, Some(agreed.direction));
        agreed.direction
    };
    assert_eq!(ours("192.0.2.9", "sendrecv", SendRecv), SendRecv);
    assert_eq!(ours("192.0.2.9", "sendonly", SendRecv), RecvOnly);
    assert_eq!(ours("192.0.2.9", "recvonly", SendRecv), SendOnly);
    assert_eq!(ours("192.0.2.9", "inactive", SendRecv), Inactive);
    assert_eq!(ours("192.0.2.9", "sendrecv", SendOnly), SendOnly);
    assert_eq!(ours("192.0.2.9", "sendonly", SendOnly), Inactive);
    assert_eq!(ours("0.0.0.0", "sendrecv", SendRecv), RecvOnly);
    assert_eq!(ours("0.0.0.0", "recvonly", SendRecv), Inactive);
    let session =
        read("v=0\no=- 1 1 IN IP4 h\nc=IN IP4 192.0.2.9\na=inactive\nm=audio 9 RTP/AVP 0\n");
    assert_eq!(answer(&session, &local()).unwrap().1.direction, Inactive);
}

#[test]
fn dynamic_payload_types_stand_for_what_they_are_mapped_to() {
    let rest = "RTP/AVP 100 97 98\r\na=rtpmap:100 pcma/8000/1\r\na=rtpmap:97 telephone-event/48000\r\n\
                a=rtpmap:98 Telephone-Event/8000";
    let agreed = answer(&audio_offer("IN IP4 192.0.2.9", rest), &local())
        .unwrap()
        .1;
    assert_eq!(
        (
            agreed.codec,
            agreed.payload_type,
            agreed.events_payload_type
        ),
        (Codec::Pcma, 100, Some(98))
    );
    let deaf = LocalMedia {
        events: false,
        ..local()
    };
    assert_eq!(
        answer(&audio_offer("IN IP4 192.0.2.9", rest), &deaf)
            .unwrap()
            .1
            .events_payload_type,
        None
    );
}

#[test]
fn packet_lengths_are_whole_frames_the_other_side_can_take() {
    let length = |attributes: &str| {
        let offered = audio_offer("IN IP4 192.0.2.9", &format!("RTP/AVP 0\r\na=x{attributes}"));
        answer(&offered, &local()).unwrap().1.ptime_ms
    };
    assert_eq!(length(""), 20);
    assert_eq!(length("\r\na=ptime:25"), 20);
    assert_eq!(length("\r\na=ptime:5"), 10);
    assert_eq!(length("\r\na=ptime:200"), 60);
    assert_eq!(length("\r\na=maxptime:10"), 10);
}

#[test]
fn an_answer_must_fit_the_offer() {
    let v4 = "IN IP4 192.0.2.9";
    let held = LocalMedia {
        direction: MediaDirection::SendOnly,
        ..local()
    };
    let careless = accept(&held, &audio_offer(v4, "RTP/AVP 8\r\na=sendrecv")).unwrap();
    assert_eq!(
        (careless.codec, careless.direction),
        (Codec::Pcma, MediaDirection::SendOnly)
    );
    let cases = [
        (
            audio_offer(v4, "RTP/AVP 0\r\nm=video 0 RTP/AVP 31"),
            SdpError::MediaCount {
                offered: 1,
                answered: 2,
            },
        ),
        (
            read("v=0\no=- 1 1 IN IP4 h\n"),
            SdpError::MediaCount {
                offered: 1,
                answered: 0,
            },
        ),
        (audio_offer(v4, "RTP/SAVP 0"), SdpError::MediaMismatch),
        (audio_offer(v4, "RTP/AVP 18"), SdpError::NoCommonCodec),
        (
            read("v=0\no=- 1 1 IN IP4 h\nm=audio 0 RTP/AVP 0\n"),
            SdpError::Refused,
        ),
    ];
    for (answered, error) in cases {
        assert_eq!(accept(&local(), &answered), Err(error));
    }
}

fn direction() -> impl Strategy<Value = MediaDirection> {
    use MediaDirection::{Inactive, RecvOnly, SendOnly, SendRecv};
    prop_oneof![
        Just(SendRecv),
        Just(SendOnly),
        Just(RecvOnly),
        Just(Inactive)
    ]
}

fn ip() -> impl Strategy<Value = IpAddr> {
    any::<IpAddr>().prop_filter("unicast", |ip| !ip.is_multicast())
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let one = ("x-[a-z]{1,8}", proptest::option::of("[ -~é]{0,20}"));
    proptest::collection::vec(
        one.prop_map(|(name, value)| Attribute { name, value }),
        0..4,
    )
}

prop_compose! {
    fn media()(
        kind in "[a-z]{1,8}", port: u16, port_count in 1_u16..4, which in 0..3_usize,
        types in proptest::collection::vec(0..128_u8, 1..=MAX_FORMATS),
        connection in proptest::option::of(ip()), direction in proptest::option::of(direction()),
        maps in proptest::collection::vec((0..128_u8, "[A-Za-z0-9-]{1,10}", 1_u32.., 1_u8..), 0..5),
        fmtps in proptest::collection::vec((0..128_u8, "[!-~]([ -~]{0,20}[!-~])?"), 0..5),
        times in (proptest::option::of(1_u16..), proptest::option::of(1_u16..)),
        rtcp in proptest::option::of((any::<u16>(), proptest::option::of(ip()))),
        attributes in attributes(),
    ) -> Media {
        let protocol = [Protocol::RtpAvp, Protocol::RtpSavp, Protocol::Other("UDP/TLS/RTP/SAVPF".into())];
        Media {
            kind, port, port_count, protocol: protocol[which].clone(),
            formats: types.iter().map(u8::to_string).collect(),
            connection, direction,
            rtpmaps: maps.into_iter().map(|(payload_type, encoding, clock_hz, channels)|
                RtpMap { payload_type, encoding, clock_hz, channels }).collect(),
            fmtps: fmtps.into_iter().map(|(payload_type, parameters)| Fmtp { payload_type, parameters }).collect(),
            ptime_ms: times.0, maxptime_ms: times.1,
            rtcp: rtcp.map(|(port, address)| Rtcp { port, address }),
            attributes,
        }
    }
}

prop_compose! {
    fn sdp()(
        username in "[!-~]{1,10}", session_id: u64, version: u64, name in "[ -~é]{1,20}",
        connection in proptest::option::of(ip()), direction in proptest::option::of(direction()),
        attributes in attributes(), media in proptest::collection::vec(media(), 0..=8),
    ) -> Sdp {
        let origin = Origin { username, session_id, version, address: "IN IP4 host.example".into() };
        Sdp { origin, name, connection, direction, attributes, media }
    }
}

prop_compose! {
    fn any_local()(
        v6: bool, port in 1_u16.., both: bool, first: bool, events: bool, direction in direction(), ptime_ms in 1_u16..100,
    ) -> LocalMedia {
        let ip: IpAddr = if v6 { "2001:db8::1".parse().unwrap() } else { "192.0.2.1".parse().unwrap() };
        let (one, other) = if first { (Codec::Pcmu, Codec::Pcma) } else { (Codec::Pcma, Codec::Pcmu) };
        let codecs = if both { vec![one, other] } else { vec![one] };
        LocalMedia { rtp: SocketAddr::new(ip, port), codecs, events, direction, session_id: 1, version: 1, ptime_ms }
    }
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn reading_lines_never_panics(lines in proptest::collection::vec("[vosctmabikx]=?[ -~]{0,30}|a=(rtpmap|fmtp|rtcp|ptime):[0-9/ A-Z]{0,12}|m=audio [0-9]{1,5} RTP/AVP [0-9 ]{1,9}", 0..12)) {
        let text = format!("v=0\no=- 1 1 IN IP4 h\n{}", lines.join("\n"));
        if let Ok(sdp) = parse(text.as_bytes()) {
            prop_assert_eq!(parse(&sdp.to_bytes()), Ok(sdp.clone()));
            let _ = (answer(&sdp, &local()), accept(&local(), &sdp));
        }
    }

    #[test]
    fn what_is_written_is_read_back(sdp in sdp()) {
        prop_assert_eq!(parse(&sdp.to_bytes()), Ok(sdp));
    }

    #[test]
    fn an_answer_is_always_accepted(caller in any_local(), callee in any_local()) {
        let offered = parse(&offer(&caller).to_bytes()).unwrap();
        let common = caller.codecs.iter().find(|codec| callee.codecs.contains(codec));
        match answer(&offered, &callee) {
            Ok((answered, theirs)) => {
                let ours = accept(&caller, &parse(&answered.to_bytes()).unwrap()).unwrap();
                prop_assert_eq!((Some(&ours.codec), ours.payload_type), (common, theirs.payload_type));
                prop_assert_eq!((ours.codec, ours.events_payload_type), (theirs.codec, theirs.events_payload_type));
                prop_assert_eq!((ours.remote, theirs.remote), (callee.rtp, caller.rtp));
                let mirrored = match theirs.direction {
                    MediaDirection::SendOnly => MediaDirection::RecvOnly,
                    MediaDirection::RecvOnly => MediaDirection::SendOnly,
                    same => same,
                };
                prop_assert_eq!(ours.direction, mirrored);
            }
            Err(SdpError::AddressFamily) => prop_assert!(caller.rtp.is_ipv4() != callee.rtp.is_ipv4()),
            Err(SdpError::NoCommonCodec) => prop_assert!(common.is_none()),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
