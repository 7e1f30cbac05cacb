//! Any datagram at any moment: no panic, bounded outputs, and the call goes on.

mod bench;

use bench::{FREQ, Net, PEAK, address, port, rtp, sine};
use media::Channel;
use proptest::prelude::*;
use telephony::Codec;

/// A datagram, likely one that looks like RTP of a known payload type.
fn datagram() -> impl Strategy<Value = (u16, bool, Vec<u8>)> {
    let types = prop_oneof![Just(0u8), Just(8), Just(101), Just(0x80 | 101), any::<u8>()];
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    (0u16..2, any::<bool>(), types, any::<bool>(), bytes).prop_map(
        |(id, control, kind, likely, mut bytes)| {
            if likely && bytes.len() > 12 {
                bytes[0] = 0x80;
                bytes[1] = if control { 200 + kind % 4 } else { kind };
                // Near enough to the stream to be taken, now and then.
                bytes[2] = 0;
                let source = bytes[8] % 3;
                bytes[8..12].copy_from_slice(&[0, 0, 0, source]);
            }
            (id, control, bytes)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_datagrams_are_survived(
        datagrams in proptest::collection::vec(datagram(), 1..60),
        relayed: bool,
        transcoded: bool,
    ) {
        let mut net = Net::new(1);
        let other = if transcoded { Codec::Pcma } else { Codec::Pcmu };
        net.open(0, 0, (7, 0), Codec::Pcmu, Some(101), 20);
        net.open(0, 1, (7, 1), other, Some(96), 20);
        let far = if relayed { rtp(1) } else { port(0) };
        net.connect(0, rtp(0), far);
        for (id, control, bytes) in datagrams {
            let channel = if control { Channel::Rtcp } else { Channel::Rtp };
            net.deliver(address(7, id, channel), address(0, id, channel), bytes);
            net.run(7);
        }
        // A well-behaved sender on that address is then heard on the timeslot, when the keys that waited have sounded.
        net.connect(0, rtp(0), port(0));
        for n in 0..300u16 {
            let mut bytes = vec![0x80, 0];
            bytes.extend(n.wrapping_add(30_000).to_be_bytes());
            bytes.extend((u32::from(n) * 160).to_be_bytes());
            bytes.extend([9, 9, 9, 9]);
            let frames = [sine(2 * usize::from(n), FREQ, PEAK), sine(2 * usize::from(n) + 1, FREQ, PEAK)];
            bytes.extend(frames.iter().flatten().map(|&s| dsp::g711::encode_ulaw(s)));
            net.deliver(address(7, 0, Channel::Rtp), address(0, 0, Channel::Rtp), bytes);
            net.run(20);
        }
        let heard = &net.heard[0][0];
        let level = dsp::level::dbm0(&heard[heard.len() - 8_000..]);
        prop_assert!((level + 10.0).abs() < 0.5, "{}", level);
        prop_assert_eq!(net.engines[0].dropped_outputs(), 0);
    }
}
