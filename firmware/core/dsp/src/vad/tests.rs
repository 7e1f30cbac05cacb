use super::*;
use crate::front_end::FrontEnd;
use crate::level::SILENCE_DBM0;
use crate::signal::{Random, Signal};
use std::vec::Vec;

/// Which frames of `pcm` are speech, and what the detector knows at the end.
fn judge(pcm: &[i16]) -> (Vec<bool>, VoiceActivity) {
    let (mut front_end, mut voice) = (FrontEnd::new(), VoiceActivity::new());
    let told = pcm
        .as_chunks::<FRAME_SAMPLES>()
        .0
        .iter()
        .map(|frame| voice.process(front_end.process(frame)))
        .collect();
    (told, voice)
}

fn share(told: &[bool]) -> f32 {
    told.iter().filter(|t| **t).count() as f32 / told.len() as f32
}

/// Adds noise of `level_dbm0` through one pole to all of `signal`.
fn add_noise(signal: &mut Signal, level_dbm0: f32, pole: f32, random: &mut Random) {
    let deviation = power_of_dbm0(level_dbm0).sqrt() * (1.0 - pole * pole).sqrt();
    let mut y = 0.0;
    for x in &mut signal.0 {
        y = deviation * random.normal() + pole * y;
        *x += y;
    }
}

#[test]
fn noise_alone_is_no_speech_whatever_its_level_and_colour() {
    for pole in [0.0, 0.5, -0.7, 0.8] {
        for level_dbm0 in [-68.0, -55.0, -45.0, -35.0] {
            let mut signal = Signal::default();
            signal.silence(20_000.0);
            add_noise(&mut signal, level_dbm0, pole, &mut Random(21));
            let (told, voice) = judge(&signal.pcm());
            // It may start as speech, and is known after two seconds and a half.
            let late = share(&told[250..]);
            assert!(late < 0.002, "{level_dbm0} dBm0, {pole}: {late}");
            let level = voice.background().level_dbm0();
            assert!(
                (level - level_dbm0).abs() < 1.0,
                "{level_dbm0} dBm0, {pole}: {level}"
            );
        }
    }
}

/// Bursts of a vowel of 400 ms with a second between them, in noise 10, 15 and 30 dB below.
#[test]
fn speech_is_heard_at_once_and_held_a_little() {
    for (snr_db, pole) in [(30.0, 0.0), (15.0, 0.8), (15.0, 0.0), (10.0, 0.0)] {
        let mut random = Random(31);
        let mut signal = Signal::default();
        signal.silence(3_000.0);
        let bursts = 20;
        for n in 0..bursts {
            let pitch = 100.0 + 5.0 * n as f32;
            let parts: Vec<(f32, f32)> = (1..12)
                .map(|h| (pitch * h as f32, -24.0 - 1.5 * h as f32))
                .collect();
            signal.tones(&parts, 400.0);
            signal.silence(1_000.0);
        }
        let level = crate::level::dbm0(&signal.pcm()[24_000..27_200]);
        add_noise(&mut signal, level - snr_db, pole, &mut random);
        let (told, _) = judge(&signal.pcm());
        for n in 0..bursts {
            let start = 300 + 140 * n;
            let missed = told[start..start + 40].iter().filter(|t| !**t).count();
            assert!(
                missed <= 2,
                "{snr_db} dB, {pole}, burst {n}: {missed} of 40 frames missed"
            );
            let pause = share(&told[start + 40 + 20..start + 140]);
            assert!(
                pause < 0.1,
                "{snr_db} dB, {pole}, burst {n}: {pause} of the pause"
            );
        }
        let held = told[340..].iter().position(|t| !t);
        assert!(
            held.is_some_and(|frames| (14..=20).contains(&frames)),
            "{held:?}"
        );
    }
}

#[test]
fn silence_and_what_is_too_quiet_are_no_speech() {
    let (told, voice) = judge(&[0; 16_000]);
    assert!(told.iter().all(|t| !t));
    assert!(
        voice.background().level_dbm0() < -75.0 && voice.background().level_dbm0() >= SILENCE_DBM0
    );
    let mut quiet = Signal::default();
    quiet.tones(&[(500.0, -62.0)], 2_000.0);
    assert!(judge(&quiet.pcm()).0.iter().all(|t| !t));
}

/// A fan is switched on: speech for two to three seconds, then background. Switched off: background at once.
#[test]
fn a_background_that_rises_is_learnt_in_three_seconds() {
    let mut signal = Signal::default();
    signal.silence(4_000.0);
    signal.noise(-60.0, &mut Random(5));
    let mut fan = Signal::default();
    fan.silence(6_000.0);
    fan.noise(-38.0, &mut Random(6));
    let quiet = signal.pcm();
    let all = [&quiet[..], &fan.pcm(), &quiet].concat();
    let (told, voice) = judge(&all);
    assert!(share(&told[100..400]) < 0.01);
    assert!(share(&told[402..500]) > 0.95);
    assert!(
        share(&told[720..1_000]) < 0.01,
        "{}",
        share(&told[720..1_000])
    );
    assert!(share(&told[1_000..]) < 0.01);
    assert!((voice.background().level_dbm0() + 60.0).abs() < 1.0);
}

#[test]
fn hostile_samples_leave_a_number() {
    let mut random = Random(1);
    for kind in 0..4 {
        let pcm: Vec<i16> = (0..80_000)
            .map(|n: i32| match kind {
                0 => random.next() as i16,
                1 => [i16::MIN, i16::MAX][n as usize % 2],
                2 => i16::MIN,
                _ => {
                    if n % 4_000 < 80 {
                        random.next() as i16
                    } else {
                        0
                    }
                }
            })
            .collect();
        let (_, mut voice) = judge(&pcm);
        assert!(voice.background().level_dbm0().is_finite());
        // And it still hears.
        let mut after = Signal::default();
        after.silence(8_000.0);
        after.noise(-50.0, &mut Random(2));
        let mut front_end = FrontEnd::new();
        let told: Vec<bool> = after
            .pcm()
            .as_chunks()
            .0
            .iter()
            .map(|f| voice.process(front_end.process(f)))
            .collect();
        assert!(share(&told[300..]) < 0.01, "kind {kind}");
    }
}

/// Plain arithmetic only: the same decisions and levels on x86-64 and aarch64.
#[test]
fn decisions_are_the_same_on_every_machine() {
    let mut random = Random(78);
    let pcm: Vec<i16> = (0..80_000)
        .map(|n| {
            ((random.next() >> 56) as i16 - 128)
                * if n / 4_000 % 3 == 0 {
                    40
                } else {
                    1 + (n / 20_000) as i16
                }
        })
        .collect();
    let (told, voice) = judge(&pcm);
    let told: Vec<i16> = told.iter().map(|t| i16::from(*t)).collect();
    assert_eq!(crate::signal::fingerprint(&told), 0x747a21319afde62d);
    assert_eq!(voice.background().power().to_bits(), 0x473e0d1b);
}
