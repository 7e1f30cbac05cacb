use super::*;
use crate::signal::Signal;

#[test]
fn a_full_scale_sine_is_3_17_dbm0_and_levels_add_as_powers() {
    let mut full = Signal::default();
    full.tones(&[(1_000.0, FULL_SCALE_DBM0)], 100.0);
    assert!((dbm0(&full.pcm()) - 3.17).abs() < 0.01);
    let mut two = Signal::default();
    two.tones(&[(440.0, -16.0), (480.0, -16.0)], 1_000.0);
    assert!(
        (dbm0(&two.pcm()) + 12.99).abs() < 0.02,
        "{}",
        dbm0(&two.pcm())
    );
    assert!((goertzel_dbm0(&two.pcm(), 440.0) + 16.0).abs() < 0.05);
    assert!(goertzel_dbm0(&two.pcm(), 600.0) < -50.0);
    assert_eq!(dbm0(&[0; 80]), SILENCE_DBM0);
    assert_eq!(dbm0(&[]), SILENCE_DBM0);
}

#[test]
fn goertzel_keeps_its_precision_over_ten_seconds() {
    let mut long = Signal::default();
    long.tones(&[(1_004.0, -20.0)], 10_000.0);
    assert!((goertzel_dbm0(&long.pcm(), 1_004.0) + 20.0).abs() < 0.1);
}

#[test]
fn gain_is_exact_and_clips_instead_of_wrapping() {
    let mut s = [1_000i16, -1_000, 20_000, -20_000];
    Gain::new(6.0206).apply(&mut s);
    assert_eq!(s, [2_000, -2_000, 32_767, -32_768]);
    let mut untouched = [7i16, -7];
    Gain::UNITY.apply(&mut untouched);
    assert_eq!(untouched, [7, -7]);
    Gain::new(-99.0).apply(&mut untouched);
    assert_eq!(untouched, [0, 0]);
}

/// Factors by hand: 10^(dB/20).
#[test]
fn every_decibel_is_within_a_twentieth() {
    for (db, thousandths) in [
        (-40.0, 10),
        (-20.0, 100),
        (-12.0, 251),
        (-6.0, 501),
        (-3.0, 708),
        (0.0, 1_000),
        (3.0, 1_413),
        (6.0, 1_995),
        (12.0, 3_981),
        (20.0, 10_000),
        (24.0, 15_849),
    ] {
        let mut one = [1_000i16];
        Gain::new(db).apply(&mut one);
        assert_eq!(one, [thousandths], "{db} dB");
    }
    let mut s = Signal::default();
    s.tones(&[(1_000.0, -21.0)], 100.0);
    for db in -20..=20 {
        let mut pcm = s.pcm();
        Gain::new(db as f32).apply(&mut pcm);
        assert!(
            (dbm0(&pcm) - (-21.0 + db as f32)).abs() < 0.05,
            "{db} dB: {}",
            dbm0(&pcm)
        );
    }
    for out_of_range in [-61.0, f32::NEG_INFINITY, f32::NAN] {
        let mut one = [20_000i16];
        Gain::new(out_of_range).apply(&mut one);
        assert_eq!(one, [0]);
    }
}

#[test]
fn a_port_changes_its_gain_without_a_click() {
    let mut s = Signal::default();
    s.tones(&[(200.0, -10.0)], 100.0);
    let mut port = PortGain::new(Gain::UNITY);
    let mut out = std::vec::Vec::new();
    for (n, chunk) in s.pcm().as_chunks::<FRAME_SAMPLES>().0.iter().enumerate() {
        match n {
            3 => port.set(Gain::new(-12.0)),
            6 => port.set(Gain::new(6.0)),
            _ => {}
        }
        let mut frame = *chunk;
        port.apply(&mut frame);
        out.extend_from_slice(&frame);
    }
    for (frames, level) in [(0..3, -10.0), (4..6, -22.0), (7..10, -4.0)] {
        let part = &out[frames.start * FRAME_SAMPLES..frames.end * FRAME_SAMPLES];
        assert!((dbm0(part) - level).abs() < 0.05, "{}", dbm0(part));
    }
    // The sine itself moves 0.157 of its peak a sample; the gain adds a seventieth of the way of 2.
    let step = |from: usize, to: usize| {
        out[from..to]
            .windows(2)
            .map(|w| (w[1] - w[0]).unsigned_abs())
            .max()
    };
    assert!(step(0, 500) <= Some(1_300), "{:?}", step(0, 500));
    assert!(step(0, 800) <= Some(2_400), "{:?}", step(0, 800));
}

#[test]
fn the_dc_blocker_takes_the_offset_and_leaves_speech() {
    let mut s = Signal::default();
    s.tones(&[(1_000.0, -10.0)], 500.0);
    let mut pcm: std::vec::Vec<i16> = s.pcm().iter().map(|x| x + 2_000).collect();
    DcBlock::new().apply(&mut pcm);
    let settled = &pcm[800..];
    let mean = settled.iter().map(|&x| i64::from(x)).sum::<i64>() / settled.len() as i64;
    assert!(mean.abs() < 5, "{mean}");
    assert!((goertzel_dbm0(settled, 1_000.0) + 10.0).abs() < 0.5);
}
