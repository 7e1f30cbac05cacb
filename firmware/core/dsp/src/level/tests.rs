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
