use super::*;
use crate::level::dbm0;
use crate::signal::{Random, Signal};
use std::vec::Vec;

/// Plays `pcm` with the frames of `lost` missing.
fn play(pcm: &[i16], lost: &[usize]) -> Vec<i16> {
    let mut concealer = Concealer::new();
    let mut out = Vec::new();
    for (n, chunk) in pcm.chunks_exact(FRAME_SAMPLES).enumerate() {
        let mut frame: Frame = chunk.try_into().unwrap();
        if lost.contains(&n) {
            concealer.lost(&mut frame)
        } else {
            concealer.good(&mut frame)
        }
        out.extend_from_slice(&frame);
    }
    out
}

fn steepest(pcm: &[i16]) -> i32 {
    pcm.windows(2)
        .map(|w| (i32::from(w[1]) - i32::from(w[0])).abs())
        .max()
        .unwrap()
}

#[test]
fn without_loss_speech_is_only_delayed() {
    let mut s = Signal::default();
    s.speech(1.0, &mut Random(1));
    let pcm = s.pcm();
    let out = play(&pcm, &[]);
    let whole = out.len() - Concealer::DELAY_SAMPLES;
    assert_eq!(out[Concealer::DELAY_SAMPLES..], pcm[..whole]);
}

#[test]
fn a_lost_frame_of_a_periodic_sound_is_hardly_there() {
    for hz in [100.0f32, 133.3, 160.0, 200.0] {
        let mut s = Signal::default();
        s.tones(&[(hz, -15.0), (2.0 * hz, -18.0), (3.0 * hz, -22.0)], 400.0);
        let pcm = s.pcm();
        let out = play(&pcm, &[20, 30, 31]);
        let limit = steepest(&pcm) * 3 / 2;
        assert!(
            steepest(&out[80..]) <= limit,
            "{hz} Hz: {} > {limit}",
            steepest(&out[80..])
        );
        let error: Vec<i16> = out[30..].iter().zip(&pcm).map(|(a, b)| a - b).collect();
        let at = 20 * FRAME_SAMPLES;
        assert!(
            dbm0(&error[at..at + 80]) < dbm0(&pcm) - 12.0,
            "{hz} Hz: {}",
            dbm0(&error[at..at + 80])
        );
        assert!(
            dbm0(&error[at + 240..at + 640]) < -80.0,
            "{hz} Hz: not back after the loss"
        );
    }
}

#[test]
fn a_long_loss_fades_to_silence_within_70_ms_and_speech_comes_back_without_a_click() {
    let mut s = Signal::default();
    s.tones(&[(120.0, -10.0)], 600.0);
    let pcm = s.pcm();
    let lost: Vec<usize> = (20..40).collect();
    let out = play(&pcm, &lost);
    assert!(dbm0(&out[20 * 80..22 * 80]) > -14.0);
    assert!(out[27 * 80 + 30..40 * 80].iter().all(|&x| x == 0));
    assert!(
        steepest(&out[80..]) <= 2 * steepest(&pcm),
        "{}",
        steepest(&out)
    );
    assert!((dbm0(&out[45 * 80..55 * 80]) + 10.0).abs() < 0.6);
}

#[test]
fn random_loss_of_speech_keeps_its_level() {
    let mut random = Random(7);
    let mut s = Signal::default();
    s.speech(20.0, &mut random);
    let pcm = s.pcm();
    let lost: Vec<usize> = (0..2_000)
        .filter(|_| random.between(0.0, 1.0) < 0.05)
        .collect();
    let out = play(&pcm, &lost);
    assert!(
        (dbm0(&out) - dbm0(&pcm)).abs() < 0.5,
        "{} {}",
        dbm0(&out),
        dbm0(&pcm)
    );
    let error = |heard: &[i16]| {
        dbm0(
            &heard[30..]
                .iter()
                .zip(&pcm)
                .map(|(a, b)| a.saturating_sub(*b))
                .collect::<Vec<_>>(),
        )
    };
    let mut gaps = play(&pcm, &[]);
    for &n in &lost {
        gaps[n * 80 + 30..].iter_mut().take(80).for_each(|x| *x = 0);
    }
    assert!(
        error(&out) < error(&gaps),
        "{} is no better than gaps, {}",
        error(&out),
        error(&gaps)
    );
}

#[test]
fn loss_from_the_first_frame_is_silence() {
    assert!(play(&[0; 800], &[0, 1, 2, 3]).iter().all(|&x| x == 0));
}
