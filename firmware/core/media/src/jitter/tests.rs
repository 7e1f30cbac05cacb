use super::*;
use proptest::prelude::*;

/// A steady sine, 160 samples a packet from `n * 160`.
fn packet(n: u32) -> Vec<u8> {
    let at = |i: u32| {
        let t = f64::from(n * 160 + i) / 8_000.0;
        (8_000.0 * (core::f64::consts::TAU * 500.0 * t).sin()) as i16
    };
    (0..160).map(|i| dsp::g711::encode_ulaw(at(i))).collect()
}

fn buffer() -> JitterBuffer {
    JitterBuffer::new(JitterConfig::default())
}

/// Plays packets that arrive at these milliseconds; the frames that come out.
fn play(buffer: &mut JitterBuffer, arrivals: &[(u64, u32)], ticks: u64, base: u32) -> Vec<Frame> {
    let mut out = Vec::new();
    for tick in 0..ticks {
        for &(ms, n) in arrivals.iter().filter(|a| a.0 / 10 == tick) {
            let _ = ms;
            buffer.insert(base.wrapping_add(n * 160), Codec::Pcmu, &packet(n));
        }
        let mut frame = [1; FRAME_SAMPLES];
        buffer.pull(&mut frame, false);
        out.push(frame);
    }
    out
}

fn level(frames: &[Frame]) -> f32 {
    dsp::level::dbm0(&frames.concat())
}

#[test]
fn reordered_and_doubled_packets_play_once_in_order() {
    let mut b = buffer();
    // Across the wrap of the timestamp.
    let base = 0u32.wrapping_sub(800);
    let mut arrivals: Vec<(u64, u32)> = (0..100).map(|n| (20 * u64::from(n), n)).collect();
    for pair in arrivals.chunks_exact_mut(4) {
        (pair[1].1, pair[2].1) = (pair[2].1, pair[1].1);
    }
    arrivals.push((500, 24));
    let frames = play(&mut b, &arrivals, 200, base);
    assert_eq!(b.concealed_ms(), 0);
    let steady = level(&frames[20..]);
    assert!(
        frames[20..]
            .iter()
            .all(|f| (level(&[*f]) - steady).abs() < 0.5)
    );
}

#[test]
fn a_late_packet_stretches_the_delay_instead_of_being_lost() {
    for (late, concealed) in [(60, 10..=40), (150, 100..=130)] {
        let mut b = buffer();
        // From packet 50 on everything comes this much later than before.
        let arrivals: Vec<_> = (0..200)
            .map(|n| (20 * u64::from(n) + if n < 50 { 0 } else { late }, n))
            .collect();
        play(&mut b, &arrivals, 402 + late / 10 - 10, 77);
        assert!(
            concealed.contains(&b.concealed_ms()),
            "{late}: {}",
            b.concealed_ms()
        );
        assert!(b.depth_ms() <= 60);
    }
}

#[test]
fn the_delay_shrinks_when_the_network_calms_down() {
    let mut b = JitterBuffer::new(JitterConfig {
        start_ms: 160,
        ..JitterConfig::default()
    });
    let arrivals: Vec<_> = (0..1_000).map(|n| (20 * u64::from(n), n)).collect();
    let frames = play(&mut b, &arrivals, 1_990, 0);
    assert!(b.depth_ms() <= 70, "{}", b.depth_ms());
    assert_eq!(b.concealed_ms(), 0);
    let steady = level(&frames[20..]);
    let worst = frames[20..]
        .iter()
        .map(|f| (level(&[*f]) - steady).abs())
        .fold(0.0, f32::max);
    assert!(worst < 0.5, "splices are heard: {worst} dB");
}

#[test]
fn a_jump_of_the_timestamp_starts_over() {
    for jump in [1_000_000u32, 0x8000_0000, 0u32.wrapping_sub(90_000)] {
        let mut b = buffer();
        let arrivals: Vec<_> = (0..50).map(|n| (20 * u64::from(n), n)).collect();
        play(&mut b, &arrivals, 100, 0);
        let frames = play(&mut b, &arrivals, 100, jump);
        assert!(level(&frames[30..90]) > -15.0, "{jump}");
    }
}

#[test]
fn a_pause_is_no_loss() {
    let mut b = buffer();
    let arrivals: Vec<_> = (0..50)
        .chain(500..550)
        .map(|n| (20 * u64::from(n), n))
        .collect();
    let frames = play(&mut b, &arrivals, 1_090, 0);
    assert!(b.concealed_ms() <= 200, "{}", b.concealed_ms());
    assert!(level(&frames[300..900]) < -80.0);
    assert!(level(&frames[1_020..1_080]) > -15.0);
}

proptest! {
    /// Any order, any time, any content: no panic, a bounded depth, and a sender that behaves is heard again.
    #[test]
    fn any_arrival_is_survived(
        noise in proptest::collection::vec((0u64..2_000, any::<u32>(), 0usize..1_200, any::<bool>()), 0..80),
    ) {
        let mut b = buffer();
        let mut frame = [0; FRAME_SAMPLES];
        for ms in (0..2_000u64).step_by(10) {
            for (at, stamp, length, near) in &noise {
                if at / 10 * 10 == ms {
                    let stamp = if *near { stamp % 4_000 } else { *stamp };
                    b.insert(stamp, Codec::Pcma, &vec![0x55; *length]);
                }
            }
            b.pull(&mut frame, false);
            prop_assert!(b.depth_ms() <= 500);
        }
        let arrivals: Vec<_> = (0..100).map(|n| (20 * u64::from(n), n)).collect();
        let frames = play(&mut b, &arrivals, 200, 123_456);
        prop_assert!(level(&frames[60..190]) > -12.0);
        prop_assert!(b.depth_ms() <= 260);
    }

    /// Jitter within the bounds: once the delay is found, nothing is late and the output has no hole.
    #[test]
    fn jitter_within_bounds_leaves_no_hole(delays in proptest::collection::vec(0u64..120, 400)) {
        let mut b = buffer();
        let mut arrivals: Vec<_> = delays.iter().zip(0..).map(|(d, n)| (20 * u64::from(n) + d, n)).collect();
        arrivals.sort();
        let frames = play(&mut b, &arrivals, 780, 9);
        prop_assert!(b.depth_ms() <= 260, "{}", b.depth_ms());
        let steady = level(&frames[400..]);
        prop_assert!((-10.7..-8.5).contains(&steady), "{steady}");
    }
}
