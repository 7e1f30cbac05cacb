//! Everything that messages can say, both ways.

use super::*;
use telephony::Digits;

fn read(spill: &Spill) -> message::Message {
    message::decode(spill.as_bytes()).unwrap()
}

#[test]
fn all_that_is_known_beside_number_and_name() {
    let details = Details {
        kind: Kind::CallSetup,
        name_absence: Some(Absence::Unavailable),
        call_type: Some(CallType::Voice),
        called: "5550100".into(),
        first_called: "5550199".into(),
        complementary: "004930123".into(),
        redirecting: "5550123".into(),
        forwarding: Some(Forwarding::NoReply),
        user: Some(CallingUser::Payphone),
        lamp: Some(true),
        waiting: Some(3),
        charge: "0.25".into(),
        long_distance: true,
    };
    let spill = Spill::encode_details(&CallerId::new("0301", ""), NOON, &details, Standard::V23);
    assert_eq!(read(&spill).details, details);
    assert_eq!(read(&spill).time, NOON);
}

#[test]
fn messages_waiting_in_both_formats() {
    for on in [true, false] {
        let sdmf = read(&Spill::encode_sdmf_lamp(on));
        assert_eq!(
            (sdmf.details.kind, sdmf.details.lamp),
            (Kind::MessageWaiting, Some(on))
        );
        let details = Details {
            kind: Kind::MessageWaiting,
            lamp: Some(on),
            waiting: Some(7),
            ..Details::default()
        };
        let mdmf = Spill::encode_details(&CallerId::default(), None, &details, Standard::V23);
        // EN 300 659-3 §5.2 and §5.4.6: type 0x82, visual indicator 0xFF or 0.
        let lamp = if on { 0xFF } else { 0 };
        assert_eq!(&mdmf.as_bytes()[..8], [0x82, 6, 0x0B, 1, lamp, 0x13, 1, 7]);
        assert_eq!(read(&mdmf).details, details);
    }
    // GR-30-CORE: three times 0x42 lights the lamp.
    assert_eq!(
        Spill::encode_sdmf_lamp(true).as_bytes()[..5],
        [6, 3, 0x42, 0x42, 0x42]
    );
}

#[test]
fn the_charge_of_a_call() {
    let details = Details {
        kind: Kind::Charge,
        charge: "12 UNITS".into(),
        ..Details::default()
    };
    let spill = Spill::encode_details(&CallerId::default(), None, &details, Standard::V23);
    assert_eq!(spill.as_bytes()[0], 0x86);
    assert_eq!(read(&spill).details, details);
}

#[test]
fn what_no_standard_allows_is_refused_and_what_it_may_add_is_skipped() {
    let sealed = |octets: &[u8]| {
        let mut octets = octets.to_vec();
        let sum = octets.iter().fold(0u8, |sum, b| sum.wrapping_add(*b));
        octets.push(sum.wrapping_neg());
        message::decode(&octets)
    };
    let bad = |parameter| Err(CidError::BadParameter { parameter });
    assert_eq!(sealed(b"\x80\x0A\x01\x0813221205"), bad(1), "month 13");
    assert_eq!(
        sealed(b"\x80\x05\x02\x0312X"),
        bad(2),
        "a letter in a number"
    );
    assert_eq!(
        sealed(b"\x80\x04\x07\x02A\x03"),
        bad(7),
        "a control character in a name"
    );
    assert_eq!(sealed(b"\x80\x04\x04\x02PP"), bad(4), "two reasons");
    assert_eq!(
        sealed(b"\x80\x04\x02\x0712"),
        bad(2),
        "longer than the message"
    );
    assert_eq!(sealed(b"\x80\x00"), bad(0), "nothing in it");
    assert_eq!(sealed(b"\x06\x03BoB"), bad(6), "a lamp both on and off");
    assert_eq!(
        sealed(b"\x55\x01A"),
        Err(CidError::UnknownMessage { message_type: 0x55 })
    );
    let read = sealed(b"\x80\x09\xE0\x02xy\x02\x0312*").unwrap();
    assert_eq!(read.caller.number.as_str(), "12*");
}

#[test]
fn dtmf_of_every_format_there_and_back() {
    let hidden = |presentation| CallerId {
        presentation,
        ..CallerId::new("0301234", "")
    };
    let no_details = Details::default();
    let cases = [
        (DtmfFormat::Etsi, "A5550100C", "B10C", "B00C"),
        (DtmfFormat::Denmark, "A5550100#", "D1#", "D3#"),
        (
            DtmfFormat::Netherlands,
            "D5550100C",
            "D0000000000C",
            "D0000000000C",
        ),
    ];
    for (format, number, private, unavailable) in cases {
        let open = CallerId::new("5550100", "");
        for (caller, digits) in [
            (open, number),
            (hidden(Presentation::Private), private),
            (hidden(Presentation::Unavailable), unavailable),
        ] {
            let spill = Spill::encode_dtmf(&caller, &no_details, format);
            assert_eq!(spill.as_bytes(), digits.as_bytes());
            let results = listen(&line(spill).pcm());
            let [(Ok(received), octets)] = &results[..] else {
                panic!("{digits}: {results:?}")
            };
            assert_eq!(octets, digits.as_bytes());
            assert_eq!(received.standard, Standard::Dtmf);
            assert_eq!(received.caller.number.is_empty(), digits != number);
            let told = received.caller.presentation;
            // The Netherlands do not tell why.
            assert!(told == caller.presentation || format == DtmfFormat::Netherlands);
        }
    }
}

#[test]
fn dtmf_with_all_its_fields() {
    let spelled = |text: &str| digits::decode(&Digits::parse(text).unwrap());
    let forwarded = spelled("A5550100D5550199D5550123B99C").unwrap();
    assert_eq!(forwarded.caller.number.as_str(), "5550100");
    assert_eq!(
        forwarded.details.redirecting.as_str(),
        "5550123",
        "the last one"
    );
    let details = Details {
        redirecting: "5550199".into(),
        ..Details::default()
    };
    let spill = Spill::encode_dtmf(&CallerId::new("5550100", ""), &details, DtmfFormat::Etsi);
    assert_eq!(spill.as_bytes(), b"A5550100D5550199C");
    for (text, presentation) in [
        ("D1#", Presentation::Private),
        ("D2#", Presentation::Unavailable),
        ("D3#", Presentation::Unavailable),
        ("B10C", Presentation::Private),
        ("B00C", Presentation::Unavailable),
        ("A5550100B10C", Presentation::Private),
        ("D0000000000C", Presentation::Unavailable),
        ("AC", Presentation::Unavailable),
    ] {
        let caller = spelled(text).unwrap().caller;
        assert_eq!(
            (caller.presentation, caller.number.as_str()),
            (presentation, ""),
            "{text}"
        );
    }
    assert_eq!(
        spelled("B5550100#").unwrap().caller.number.as_str(),
        "5550100"
    );
    for text in ["A*C", "A123", "C", "#", "A12A34C", "B1C", "ADC"] {
        assert_eq!(spelled(text), Err(CidError::BadDigits), "{text}");
    }
}

/// Plays digits with the pauses after them that are asked for.
fn keyed(digits: &str, pause_ms: impl Fn(usize) -> f32) -> Vec<Result<Received, CidError>> {
    let mut signal = Signal::default();
    signal.silence(100.0);
    for (n, c) in digits.chars().enumerate() {
        let digit = telephony::Digit::from_char(c).unwrap();
        let (low, high) = crate::dtmf::frequencies_hz(digit);
        signal.tones(&[(low, -9.0), (high, -9.0)], 70.0);
        signal.silence(pause_ms(n));
    }
    signal.silence(700.0);
    heard(&signal.pcm())
}

#[test]
fn dtmf_that_lost_a_digit_on_the_way_is_not_told() {
    assert!(matches!(keyed("A5550100C", |_| 70.0)[..], [Ok(_)]));
    // One of ten digits was not heard: its place is empty.
    let lost = keyed("A555100C", |n| if n == 3 { 210.0 } else { 70.0 });
    assert_eq!(lost, [Err(CidError::BadDigits)]);
    let cut = keyed("A5550100", |_| 70.0);
    assert_eq!(cut, [Err(CidError::BadDigits)]);
    assert_eq!(
        keyed("5550100#", |_| 70.0),
        [],
        "digits without a start code are a person's"
    );
}

proptest! {
    #[test]
    fn no_digits_make_the_reader_panic(text in "[0-9A-D*#]{0,40}") {
        let _ = digits::decode(&Digits::parse(&text).unwrap());
    }

    #[test]
    fn details_are_decoded_as_encoded(number in "[0-9]{1,20}", octets in any::<[u8; 4]>(), lamp in any::<Option<bool>>(), far in any::<bool>()) {
        let details = Details {
            call_type: Some(CallType::of(octets[0])),
            forwarding: Some(Forwarding::of(octets[1])),
            user: Some(CallingUser::of(octets[2])),
            waiting: Some(octets[3]),
            redirecting: telephony::Text::new(&number),
            lamp,
            long_distance: far,
            ..Details::default()
        };
        let spill = Spill::encode_details(&CallerId::new("1", "X"), NOON, &details, Standard::Bell202);
        prop_assert_eq!(message::decode(spill.as_bytes()).map(|m| m.details), Ok(details));
    }
}
