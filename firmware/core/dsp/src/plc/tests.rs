use super::*;
use crate::level::{dbm0, goertzel_dbm0};
use crate::signal::{Random, Signal};
use std::vec::Vec;

const DELAY: usize = Concealer::DELAY_SAMPLES;

/// Plays `pcm` with the frames of `lost` missing.
fn play(pcm: &[i16], lost: &[usize]) -> Vec<i16> {
    let mut concealer = Concealer::new();
    let mut out = Vec::new();
    for (n, chunk) in pcm.as_chunks::<FRAME_SAMPLES>().0.iter().enumerate() {
        let mut frame = *chunk;
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
    let step = |w: &[i16]| (i32::from(w[1]) - i32::from(w[0])).abs();
    pcm.windows(2).map(step).max().expect("two samples")
}

fn tones(parts: &[(f32, f32)], ms: f32) -> Vec<i16> {
    let mut s = Signal::default();
    s.tones(parts, ms);
    s.pcm()
}

fn speech(seconds: f32, seed: u64) -> Vec<i16> {
    let mut s = Signal::default();
    s.speech(seconds, &mut Random(seed));
    s.pcm()
}

/// Level of what differs, of the frames `frames` after the delay.
fn error_dbm0(out: &[i16], pcm: &[i16], frames: core::ops::Range<usize>) -> f32 {
    let error: Vec<i16> = out[DELAY..]
        .iter()
        .zip(pcm)
        .map(|(a, b)| a.saturating_sub(*b))
        .collect();
    dbm0(&error[frames.start * FRAME_SAMPLES..frames.end * FRAME_SAMPLES])
}

#[test]
fn without_loss_speech_is_only_delayed() {
    let pcm = speech(1.0, 1);
    let out = play(&pcm, &[]);
    assert_eq!(out[DELAY..], pcm[..out.len() - DELAY]);
}

#[test]
fn no_sample_that_arrived_is_changed() {
    let pcm = speech(2.0, 2);
    let out = play(
        &pcm,
        &[20, 30, 31, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 100],
    );
    for good in [0..20, 21..30, 32..50, 60..100, 101..190] {
        let good = good.start * FRAME_SAMPLES..good.end * FRAME_SAMPLES;
        // The 30 samples before a loss are played from the past as well.
        assert_eq!(out[good.start + DELAY..good.end + DELAY], pcm[good]);
    }
}

#[test]
fn a_lost_frame_of_a_periodic_sound_is_hardly_there() {
    for hz in [100.0f32, 133.3, 160.0, 200.0, 310.0] {
        let pcm = tones(&[(hz, -15.0), (2.0 * hz, -18.0), (3.0 * hz, -22.0)], 400.0);
        let out = play(&pcm, &[20, 30, 31]);
        let limit = steepest(&pcm) * 5 / 4;
        assert!(
            steepest(&out[80..]) <= limit,
            "{hz} Hz: {} > {limit}",
            steepest(&out[80..])
        );
        let error = error_dbm0(&out, &pcm, 20..21);
        assert!(error < dbm0(&pcm) - 12.0, "{hz} Hz: {error}");
        assert_eq!(error_dbm0(&out, &pcm, 21..30), crate::level::SILENCE_DBM0);
    }
}

/// Pulses of 120 Hz through formants: what a lost frame makes of them is nearer than the level of the sound, and not louder.
#[test]
fn a_lost_frame_of_a_vowel_resembles_it() {
    let (mut y, mut s) = ([[0.0f32; 2]; 2], Signal::default());
    for n in 0..8_000 {
        let mut x = if n % 66 == 0 { 3_000.0 } else { 0.0 };
        for (state, (r, hz)) in y.iter_mut().zip([(0.97f32, 600.0f32), (0.95, 1_400.0)]) {
            let w = core::f32::consts::TAU * hz / 8_000.0;
            let next = x + 2.0 * r * w.cos() * state[0] - r * r * state[1];
            *state = [next, state[0]];
            x = next;
        }
        s.0.push(x);
    }
    let pcm = s.pcm();
    for first in 40..60 {
        let out = play(&pcm, &[first, first + 1]);
        let error = error_dbm0(&out, &pcm, first..first + 2);
        assert!(
            error < dbm0(&pcm) - 7.0,
            "frame {first}: {error} of {}",
            dbm0(&pcm)
        );
        let made = dbm0(&out[first * FRAME_SAMPLES + DELAY..(first + 2) * FRAME_SAMPLES]);
        assert!((made - dbm0(&pcm)).abs() < 1.5, "frame {first}: {made}");
    }
}

#[test]
fn lost_noise_stays_noise_of_about_its_level() {
    let mut s = Signal::default();
    s.silence(4_000.0);
    s.noise(-30.0, &mut Random(9));
    let pcm = s.pcm();
    let lost: Vec<usize> = (20..400).step_by(10).collect();
    let out = play(&pcm, &lost);
    let made: Vec<i16> = lost
        .iter()
        .flat_map(|n| out[n * FRAME_SAMPLES + DELAY..(n + 1) * FRAME_SAMPLES].to_vec())
        .collect();
    assert!((-36.0..-29.0).contains(&dbm0(&made)), "{}", dbm0(&made));
}

/// A digit with 10 or 20 ms missing stays one digit: both tones go on at their level.
#[test]
fn dtmf_goes_on_through_a_lost_packet() {
    for (low, high) in [
        (697.0, 1_209.0),
        (770.0, 1_477.0),
        (852.0, 1_336.0),
        (941.0, 1_633.0),
    ] {
        let pcm = tones(&[(low, -12.0), (high, -10.0)], 200.0);
        for lost in [std::vec![8], std::vec![8, 9]] {
            let out = play(&pcm, &lost);
            let gap = &out[8 * FRAME_SAMPLES + DELAY..][..lost.len() * FRAME_SAMPLES];
            let levels = [
                goertzel_dbm0(gap, low) + 12.0,
                goertzel_dbm0(gap, high) + 10.0,
            ];
            assert!(
                levels.iter().all(|l| l.abs() < 2.5),
                "{low} + {high} Hz, {lost:?}: {levels:?}"
            );
        }
    }
}

#[test]
fn a_long_loss_fades_to_silence_and_speech_comes_back_without_a_click() {
    let pcm = tones(&[(120.0, -10.0)], 600.0);
    let lost: Vec<usize> = (20..40).collect();
    let out = play(&pcm, &lost);
    assert!(dbm0(&out[20 * 80..22 * 80]) > -12.0);
    assert!(out[28 * 80 + DELAY..40 * 80].iter().all(|&x| x == 0));
    // The way up takes 3.75 ms.
    assert!(
        steepest(&out[80..]) <= pcm.iter().map(|x| i32::from(*x)).max().unwrap_or(0) / 4,
        "{}",
        steepest(&out)
    );
    assert!((dbm0(&out[45 * 80..55 * 80]) + 10.0).abs() < 0.6);
}

#[test]
fn recovery_steps_no_more_than_speech_itself() {
    for seed in 0..20 {
        let pcm = speech(2.0, 40 + seed);
        let mut random = Random(seed);
        let lost: Vec<usize> = (10..200)
            .filter(|_| random.between(0.0, 1.0) < 0.2)
            .collect();
        let out = play(&pcm, &lost);
        assert!(
            steepest(&out) <= steepest(&pcm) * 5 / 4,
            "seed {seed}: {} {}",
            steepest(&out),
            steepest(&pcm)
        );
    }
}

#[test]
fn a_thousand_lost_frames_are_silence_and_the_next_is_whole() {
    let pcm = speech(11.0, 3);
    let lost: Vec<usize> = (20..1_020).collect();
    let out = play(&pcm, &lost);
    assert!(out[29 * 80..1_020 * 80].iter().all(|&x| x == 0));
    assert_eq!(
        out[1_020 * 80 + DELAY..],
        pcm[1_020 * 80..out.len() - DELAY]
    );
}

#[test]
fn random_loss_of_speech_keeps_its_level() {
    let mut random = Random(7);
    let pcm = speech(20.0, 7);
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
    let mut gaps = play(&pcm, &[]);
    for &n in &lost {
        gaps[n * 80 + DELAY..]
            .iter_mut()
            .take(80)
            .for_each(|x| *x = 0);
    }
    let (concealed, gaps) = (
        error_dbm0(&out, &pcm, 0..1_990),
        error_dbm0(&gaps, &pcm, 0..1_990),
    );
    assert!(concealed < gaps - 1.5, "{concealed} for gaps of {gaps}");
}

#[test]
fn loss_from_the_first_frame_is_silence() {
    assert!(play(&[0; 800], &[0, 1, 2, 3]).iter().all(|&x| x == 0));
    let pcm = speech(1.0, 5);
    let out = play(&pcm, &[0, 1, 2]);
    assert!(out[..3 * 80].iter().all(|&x| x == 0));
    assert_eq!(out[3 * 80 + DELAY..], pcm[3 * 80..out.len() - DELAY]);
}

/// Whatever comes and goes missing: nothing is louder than what was heard, and all of it is a number.
#[test]
fn hostile_samples_stay_bounded() {
    let mut random = Random(11);
    for kind in 0..4 {
        let pcm: Vec<i16> = (0..80_000)
            .map(|n| match kind {
                0 => random.next() as i16,
                1 => {
                    if n % 2 == 0 {
                        i16::MAX
                    } else {
                        i16::MIN
                    }
                }
                2 => {
                    if random.next().is_multiple_of(500) {
                        i16::MIN
                    } else {
                        0
                    }
                }
                _ => i16::MAX,
            })
            .collect();
        let lost: Vec<usize> = (0..1_000)
            .filter(|_| random.between(0.0, 1.0) < 0.3)
            .collect();
        assert_eq!(play(&pcm, &lost).len(), pcm.len());
    }
    let quiet = tones(&[(1_000.0, -40.0)], 1_000.0);
    let loudest = |pcm: &[i16]| pcm.iter().map(|x| x.unsigned_abs()).max();
    assert!(loudest(&play(&quiet, &[20, 21, 40, 41, 42, 43, 60])) <= loudest(&quiet));
}

/// Plain arithmetic only: the same samples on x86-64 and aarch64.
#[test]
fn concealment_is_the_same_on_every_machine() {
    let mut random = Random(77);
    let mut low = 0;
    let pcm: Vec<i16> = (0..16_000)
        .map(|n| {
            low += ((random.next() >> 52) as i32 - 2_048 - low) / 4;
            (low + if n % 70 < 3 { 8_000 } else { 0 }) as i16
        })
        .collect();
    let lost: Vec<usize> = (5..200)
        .filter(|_| random.between(0.0, 1.0) < 0.25)
        .collect();
    assert_eq!(
        crate::signal::fingerprint(&play(&pcm, &lost)),
        0x8a08b727ad5d1c12
    );
}
