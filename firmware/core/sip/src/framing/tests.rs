use proptest::prelude::*;

use super::*;

fn options(extra: &str) -> String {
    format!(
        "OPTIONS sip:box@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:box@10.0.0.1>\r\n\
         Call-ID: c\r\nCSeq: 1 OPTIONS\r\n{extra}\r\n"
    )
}

#[test]
fn folded_compact_and_odd_but_good() {
    let text = "INVITE sip:%2a21%23@box:5060;user=phone SIP/2.0\r\nv:  SIP / 2.0 / UDP\r\n 10.0.0.2;branch=z9hG4bKa\r\nf: \"A\\\"B\"\r\n\t<sip:a@b>;tag=1\r\n\
                t : sip:box@x\r\ni: c\r\nCSEQ: 1\r\n  INVITE\r\nX-New:\r\nl: 3\r\n\r\nabcdef";
    let message = parse(text.as_bytes()).unwrap();
    assert_eq!(message.method(), Some(crate::message::Method::Invite));
    assert_eq!(message.uri().unwrap().user_text(), "*21#");
    assert_eq!(message.via().unwrap().branch(), "z9hG4bKa");
    assert_eq!(message.from().unwrap().display, "A\"B");
    assert_eq!(message.cseq(), Some((1, "INVITE")));
    assert_eq!(message.body, b"abc");
    assert_eq!(parse(&message.to_bytes()).unwrap(), message);
}

#[test]
fn bad_requests_get_an_answer_and_bad_responses_none() {
    let cases = [
        ("OPTIONS sip:a b@c SIP/2.0", 400),
        ("OPTIONS <sip:a@c> SIP/2.0", 400),
        ("OPTIONS sip:a@c  SIP/2.0", 400),
        ("OPTIONS sip:a@c SIP/7.0", 505),
        ("OPTIONS nobody:knows SIP/2.0", 416),
        ("NEWMETHOD sip:a@c SIP/2.0", 501),
        ("options sip:a@c SIP/2.0", 501),
    ];
    for (line, status) in cases {
        let text = options("").replace("OPTIONS sip:box@10.0.0.1 SIP/2.0", line);
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.status, status, "{line}");
        let reply = error.reply.expect(line);
        assert_eq!((reply.status(), reply.call_id()), (status, "c"));
    }
    for extra in [
        "Content-Length: 5\r\n",
        "Content-Length: -1\r\n",
        "Max-Forwards: 300\r\n",
        "To: <sip:again@x>\r\n",
        "no colon\r\n",
        "Contact: \"\r\n",
    ] {
        let error = parse(options(extra).as_bytes()).unwrap_err();
        assert_eq!(
            (error.status, error.reply.is_some()),
            (400, true),
            "{extra}"
        );
    }
    let many: String = (0..MAX_HEADERS).map(|n| format!("X-{n}: y\r\n")).collect();
    assert_eq!(
        parse(options(&many).as_bytes()).unwrap_err().reason,
        "Too Many Headers"
    );
    let response = options("").replace("OPTIONS sip:box@10.0.0.1 SIP/2.0", "SIP/2.0 99 Odd");
    assert_eq!(parse(response.as_bytes()).unwrap_err().reply, None);
    let ack = options("")
        .replace("OPTIONS sip:", "ACK sip:a b")
        .replace("1 OPTIONS", "1 ACK");
    assert_eq!(parse(ack.as_bytes()).unwrap_err().reply, None);
    assert_eq!(parse(b"garbage").unwrap_err().reply, None);
    assert_eq!(parse(&[b'a'; MAX_MESSAGE + 1]).unwrap_err().status, 513);
}

#[test]
fn a_stream_without_length_is_broken_and_answered() {
    let mut stream = StreamBuffer::new();
    let frames = stream.push(options("").as_bytes());
    let [Frame::Broken(head)] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert!(parse(head).is_ok());
    assert!(
        stream
            .push(options("Content-Length: 0\r\n").as_bytes())
            .is_empty()
    );
    let mut stream = StreamBuffer::new();
    assert!(matches!(
        stream.push(options("Content-Length: 99999\r\n").as_bytes())[..],
        [Frame::Broken(_)]
    ));
    let mut stream = StreamBuffer::new();
    let flood = stream.push(&vec![b'x'; 3 * MAX_MESSAGE]);
    assert!(matches!(flood[..], [Frame::Broken(_)]));
    assert_eq!(stream.pending(), 0);
}

proptest! {
    #[test]
    fn splits_anywhere_give_the_same_frames(cuts in proptest::collection::vec(0usize..2_000, 0..40), pings in 0usize..3) {
        let mut bytes = Vec::new();
        for body in ["", "v=0\r\n", "\r\n\r\n\r\n"] {
            bytes.extend_from_slice(options(&format!("l: {}\r\n", body.len())).as_bytes());
            bytes.extend_from_slice(body.as_bytes());
            for _ in 0..pings {
                bytes.extend_from_slice(b"\r\n\r\n");
            }
        }
        let whole = StreamBuffer::new().push(&bytes);
        let messages = whole.iter().filter(|f| matches!(f, Frame::Message(_))).count();
        prop_assert_eq!((messages, whole.len()), (3, 3 + 3 * pings));
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c % (bytes.len() + 1)).collect();
        cuts.push(0);
        cuts.push(bytes.len());
        cuts.sort_unstable();
        let mut stream = StreamBuffer::new();
        let split: Vec<Frame> = cuts.windows(2).flat_map(|w| stream.push(&bytes[w[0]..w[1]])).collect();
        prop_assert_eq!(split, whole);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = parse(&bytes);
        let _ = StreamBuffer::new().push(&bytes);
    }

    #[test]
    fn what_is_printed_reads_back(user in "[a-z0-9*#+]{1,12}", name in "\\PC{0,20}", body in proptest::collection::vec(any::<u8>(), 0..50)) {
        let mut message = parse(options("").as_bytes()).unwrap();
        let mut from = NameAddr::new(Uri::sip(&user, "[2001:db8::1]"));
        from.display = name.trim().to_owned();
        let tagged = format!("{from};tag=1");
        message.set("From", &tagged);
        message.set_body("application/octet-stream", body);
        let again = parse(&message.to_bytes()).unwrap();
        prop_assert_eq!(again.from().unwrap().uri.user_text(), user);
        prop_assert_eq!(again.from().unwrap().display, from.display);
        prop_assert_eq!(&again, &message);
    }
}
