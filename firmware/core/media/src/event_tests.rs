use super::*;
use crate::event_sender::EventSender;
use proptest::prelude::*;
use telephony::Digits;

fn header(timestamp: u32, marker: bool) -> Header {
    Header {
        marker,
        payload_type: 101,
        sequence: 0,
        timestamp,
        ssrc: 1,
    }
}

/// Everything a sender sends, one tick each 10 ms, as (tick, marker, timestamp, event).
fn sent(
    sender: &mut EventSender,
    ticks: u64,
    mut at: impl FnMut(u64, &mut EventSender),
) -> Vec<(u64, bool, u32, EventPayload)> {
    let mut out = Vec::new();
    for tick in 0..ticks {
        at(tick, sender);
        if let Some(packet) = sender.tick(5_000 + 80 * tick as u32) {
            let event = EventPayload::parse(&packet.payload).unwrap();
            out.push((tick, packet.marker, packet.timestamp, event));
        }
    }
    out
}

/// The digits a receiver makes of packets.
fn heard(packets: &[(u64, bool, u32, EventPayload)]) -> (String, String) {
    let mut receiver = EventReceiver::default();
    let (mut downs, mut ups) = (String::new(), String::new());
    let mut take = |key: Option<Key>| match key {
        Some(Key::Down(digit)) => downs.push(digit.as_char()),
        Some(Key::Up(digit)) => ups.push(digit.as_char()),
        None => {}
    };
    let last = packets.last().map_or(0, |p| p.0);
    for tick in 0..last + 40 {
        let now = Instant::from_millis(10 * tick);
        for &(_, marker, timestamp, event) in packets.iter().filter(|p| p.0 == tick) {
            receiver
                .packet(now, &header(timestamp, marker), event)
                .into_iter()
                .for_each(&mut take);
        }
        take(receiver.tick(now));
    }
    (downs, ups)
}

#[test]
fn a_dialled_digit_is_100_ms_with_three_ends() {
    let mut sender = EventSender::default();
    sender.dial(Digits::parse("5").unwrap());
    let packets = sent(&mut sender, 40, |_, _| {});
    let shape: Vec<_> = packets
        .iter()
        .map(|p| (p.0, p.1, p.3.duration, p.3.end))
        .collect();
    assert_eq!(
        shape,
        [
            (0, true, 80, false),
            (2, false, 240, false),
            (4, false, 400, false),
            (6, false, 560, false),
            (8, false, 720, false),
            (9, false, 800, true),
            (11, false, 800, true),
            (13, false, 800, true),
        ]
    );
    assert!(
        packets
            .iter()
            .all(|p| p.2 == 5_000 && p.3.code == 5 && p.3.volume == 10)
    );
    assert!(sender.take_done() && !sender.take_done() && !sender.is_busy());
}

#[test]
fn presses_keep_their_length_and_40_ms_between_them() {
    let mut sender = EventSender::default();
    let digit = |c| Digit::from_char(c).unwrap();
    let packets = sent(&mut sender, 80, |tick, sender| match tick {
        0 => sender.press(digit('1')),
        20 => {
            sender.release();
            sender.press(digit('2'));
            sender.release();
        }
        _ => {}
    });
    let ends: Vec<_> = packets
        .iter()
        .filter(|p| p.3.end)
        .map(|p| (p.3.code, p.3.duration))
        .collect();
    assert_eq!(
        ends,
        [
            (1, 1_680),
            (1, 1_680),
            (1, 1_680),
            (2, 320),
            (2, 320),
            (2, 320)
        ]
    );
    let second = packets.iter().find(|p| p.3.code == 2).unwrap();
    assert!(second.1 && second.2 - (5_000 + 1_680) >= 320);
    assert_eq!(heard(&packets), ("12".into(), "12".into()));
}

#[test]
fn a_press_longer_than_a_segment_is_one_digit() {
    let mut sender = EventSender::default();
    let packets = sent(&mut sender, 2_100, |tick, sender| match tick {
        0 => sender.press(Digit::POUND),
        2_000 => sender.release(),
        _ => {}
    });
    let mut starts: Vec<_> = packets.iter().map(|p| p.2).collect();
    starts.dedup();
    assert_eq!(starts, [5_000, 5_000 + 65_535, 5_000 + 2 * 65_535]);
    assert_eq!(packets.iter().filter(|p| p.1).count(), 1);
    assert_eq!(heard(&packets), ("#".into(), "#".into()));
}

#[test]
fn payloads_too_short_are_refused() {
    assert_eq!(EventPayload::parse(&[1, 2, 3]), None);
    let event = EventPayload {
        code: 11,
        end: true,
        volume: 63,
        duration: 0xFFFF,
    };
    assert_eq!(EventPayload::parse(&event.emit()), Some(event));
}

proptest! {
    /// Whatever is lost, doubled or swapped with a neighbour: one digit a press, as long as one packet of each came.
    #[test]
    fn one_digit_a_press(
        fates in proptest::collection::vec(0u8..5, 80),
        text in "[0-9*#A-D]{1,8}",
    ) {
        let mut sender = EventSender::default();
        sender.dial(Digits::parse(&text).unwrap());
        let whole = sent(&mut sender, 200, |_, _| {});
        let mut packets = Vec::new();
        for (packet, fate) in whole.iter().zip(fates.iter().cycle()) {
            match fate {
                0 => {}
                1 => packets.extend([*packet, *packet]),
                2 if !packets.is_empty() => {
                    let mut early = *packet;
                    let last = packets.len() - 1;
                    early.0 = packets[last].0;
                    packets.insert(last, early);
                }
                _ => packets.push(*packet),
            }
        }
        let mut expected = String::new();
        for (n, c) in text.chars().enumerate() {
            if packets.iter().any(|p| p.2 == 5_000 + 1_600 * n as u32) {
                expected.push(c);
            }
        }
        let (downs, ups) = heard(&packets);
        prop_assert_eq!(&downs, &ups);
        // A packet that overtakes the first of the next digit may end it early, never double it.
        prop_assert!(downs == expected, "{} {}", downs, expected);
    }

    #[test]
    fn any_packets_tell_balanced_keys(
        raw in proptest::collection::vec((any::<u8>(), any::<u16>(), any::<bool>(), 0u32..4, any::<bool>()), 0..60),
    ) {
        let packets: Vec<_> = raw
            .iter()
            .enumerate()
            .map(|(n, &(code, duration, marker, stamp, end))| {
                let event = EventPayload { code: code % 18, end, volume: 0, duration };
                (n as u64, marker, stamp * 0xFFFF, event)
            })
            .collect();
        let (downs, ups) = heard(&packets);
        prop_assert_eq!(downs, ups);
    }
}
