use super::*;
use crate::front_end::FrontEnd;
use crate::signal::{Random, Signal};
use core::f32::consts::TAU;
use std::vec::Vec;
use telephony::FRAME_SAMPLES;

/// T.30 §4.2: 1100 +-38 Hz. Another tone begins at +-60 Hz.
const CNG_HZ: f32 = 38.0;
const NO_CNG_HZ: f32 = 60.0;
/// T.30 §4.2: 0.5 s +-15 % every 3 s +-15 %.
const CNG_MS: (f32, f32) = (500.0, 75.0);
/// V.25 §4, V.8 §6.2: 2100 +-15 Hz.
const ANSWER_HZ: f32 = 15.0;
/// V.25 §4: phase reversals every 450 +-25 ms.
const REVERSAL_MS: (f32, f32) = (450.0, 25.0);
/// V.8 §6.2: 15 +-0.1 Hz, amplitude 0.8 to 1.2 of its mean.
const MODULATION: (f32, f32) = (15.0, 0.1);
const DEPTH: f32 = 0.2;
/// T.30 §5.3.1: flags for 1 s +-15 %.
const PREAMBLE_MS: (f32, f32) = (1_000.0, 150.0);
/// The lowest level and the worst noise at which tones are found.
const LOWEST_DBM0: f32 = -40.0;
const SNR_DB: f32 = 6.0;
const FAR_BELOW_DBM0: f32 = -66.0;

fn heard(signal: &Signal) -> Vec<FaxEvent> {
    let (mut front_end, mut detector) = (FrontEnd::new(), Detector::new());
    let mut out = Vec::new();
    for frame in signal.pcm().chunks_exact(FRAME_SAMPLES) {
        detector.process(front_end.process(frame.try_into().unwrap()));
        while let Some(event) = detector.poll() {
            out.push(event);
        }
    }
    out
}

fn tones(signal: &Signal) -> Vec<FaxTone> {
    heard(signal).into_iter().map(|event| event.tone).collect()
}

/// Level and signal to noise of trial `n`: the edges first.
fn level_and_noise(n: usize, random: &mut Random) -> (f32, f32) {
    let (level, snr) = match n {
        0 => (-10.0, SNR_DB),
        1 => (LOWEST_DBM0, 30.0),
        _ => (
            random.between(LOWEST_DBM0, -5.0),
            random.between(SNR_DB, 40.0),
        ),
    };
    (level, (level - snr).max(FAR_BELOW_DBM0))
}

fn around(middle: (f32, f32), n: usize, random: &mut Random) -> f32 {
    let edges = [-1.0, 1.0];
    middle.0
        + middle.1
            * edges
                .get(n % 4)
                .copied()
                .unwrap_or(random.between(-1.0, 1.0))
}

#[test]
fn calling_tones_are_found_within_38_hz_and_none_from_60_hz_on() {
    let mut random = Random(1);
    for n in 0..40 {
        let (level, noise) = level_and_noise(n, &mut random);
        let hz = around((1_100.0, CNG_HZ), n, &mut random);
        let mut s = Signal::default();
        for _ in 0..2 {
            s.silence(random.between(2_600.0, 3_400.0));
            s.tones(&[(hz, level)], around(CNG_MS, n / 4, &mut random));
        }
        s.silence(500.0);
        s.noise(noise, &mut random);
        let list = tones(&s);
        assert_eq!(
            list,
            [FaxTone::Calling; 2],
            "{n}: {hz} Hz, {level}, noise {noise}"
        );
        let far = random.between(NO_CNG_HZ, 200.0);
        for hz in [
            1_100.0 - far,
            1_100.0 + far,
            1_100.0 - NO_CNG_HZ,
            1_100.0 + NO_CNG_HZ,
        ] {
            let mut s = Signal::default();
            s.silence(300.0);
            s.tones(&[(hz, level)], CNG_MS.0);
            s.silence(500.0);
            s.noise(noise, &mut random);
            assert_eq!(tones(&s), [], "{n}: {hz} Hz, {level}, noise {noise}");
        }
    }
}

#[test]
fn tones_of_1100_hz_that_are_too_short_too_long_or_fade_are_no_calling_tones() {
    for (ms, fade_db) in [
        (200.0, 0.0),
        (330.0, 0.0),
        (700.0, 0.0),
        (5_000.0, 0.0),
        (500.0, 8.0),
    ] {
        let mut s = Signal::default();
        s.silence(300.0);
        let from = s.0.len();
        s.tones(&[(1_100.0, -10.0)], ms);
        let len = (s.0.len() - from) as f32;
        for (k, x) in s.0[from..].iter_mut().enumerate() {
            *x *= 10f32.powf(-fade_db / 20.0 * k as f32 / len);
        }
        s.silence(1_000.0);
        assert_eq!(tones(&s), [], "{ms} ms, {fade_db} dB");
    }
}

/// An answer tone of `hz`.
fn answer(hz: f32, level: f32, reversal_ms: Option<f32>, modulation_hz: Option<f32>) -> Signal {
    let mut s = Signal::default();
    s.tones(&[(hz, level)], 3_300.0);
    for (k, x) in s.0.iter_mut().enumerate() {
        let ms = k as f32 / 8.0;
        if reversal_ms.is_some_and(|every| (ms / every) as u32 % 2 == 1) {
            *x = -*x;
        }
        if let Some(hz) = modulation_hz {
            *x *= 1.0 + DEPTH * (TAU * hz * ms / 1_000.0).sin();
        }
    }
    s
}

#[test]
fn answer_tones_are_told_with_their_reversals_and_modulation() {
    let mut random = Random(2);
    for n in 0..40 {
        let (level, noise) = level_and_noise(n, &mut random);
        let hz = around((2_100.0, ANSWER_HZ), n, &mut random);
        let reversal = around(REVERSAL_MS, n / 2, &mut random);
        let modulation = around(MODULATION, n, &mut random);
        for (reversals, modulated, expected) in [
            (None, None, FaxTone::Answer),
            (Some(reversal), None, FaxTone::AnswerReversed),
            (None, Some(modulation), FaxTone::AnswerModulated),
            (
                Some(reversal),
                Some(modulation),
                FaxTone::AnswerModulatedReversed,
            ),
        ] {
            let mut s = Signal::default();
            s.silence(random.between(100.0, 300.0));
            let from = s.0.len() as u64;
            s.0.extend(answer(hz, level, reversals, modulated).0);
            s.silence(300.0);
            s.noise(noise, &mut random);
            let list = heard(&s);
            assert!(
                list.len() == 1 && list[0].tone == expected && list[0].from.abs_diff(from) < 160,
                "{n}: {hz} Hz {level} noise {noise} {reversals:?} {modulated:?}: {list:?}"
            );
        }
        let away = random.between(40.0, 300.0);
        for hz in [2_100.0 - away, 2_100.0 + away] {
            let mut s = answer(hz, level, None, None);
            s.noise(noise, &mut random);
            assert_eq!(tones(&s), [], "{hz} Hz");
        }
    }
}

/// Bits at 300 bit/s on the high channel of V.21, 1 lower.
fn v21(bits: impl Iterator<Item = bool>, level: f32) -> Signal {
    let peak = crate::level::peak_of_sine(level);
    let (mut s, mut phase) = (Signal::default(), 0.0f32);
    for (n, one) in bits.enumerate() {
        let end = (n + 1) * 80 / 3;
        while s.0.len() < end {
            s.0.push(peak * phase.sin());
            phase = (phase + TAU * if one { 1_650.0 } else { 1_850.0 } / 8_000.0) % TAU;
        }
    }
    s
}

#[test]
fn preambles_are_told_once_and_other_data_is_none() {
    let mut random = Random(3);
    for n in 0..40 {
        let (level, noise) = level_and_noise(n, &mut random);
        let bits = (around(PREAMBLE_MS, n, &mut random) * 0.3) as usize;
        let flags = (0..bits).map(|k| !matches!(k % 8, 0 | 7));
        let mut s = Signal::default();
        s.silence(random.between(100.0, 300.0));
        s.0.extend(v21(flags, level).0);
        s.silence(100.0);
        s.noise(noise, &mut random);
        assert_eq!(
            tones(&s),
            [FaxTone::Preamble],
            "{n}: {level}, noise {noise}"
        );
        let mut s = v21(
            (0..600)
                .map(|_| random.next() & 1 == 1)
                .collect::<Vec<_>>()
                .into_iter(),
            level,
        );
        s.noise(noise, &mut random);
        assert_eq!(tones(&s), [], "{n}: other data");
    }
}

#[test]
fn speech_digits_and_progress_tones_are_nobody_s_tones() {
    let mut s = Signal::default();
    let mut random = Random(4);
    s.speech(300.0, &mut random);
    for low in crate::dtmf::LOW_HZ {
        for high in crate::dtmf::HIGH_HZ {
            s.tones(&[(low, -10.0), (high, -8.0)], 500.0);
            s.silence(500.0);
        }
    }
    for hz in [
        350.0, 425.0, 480.0, 620.0, 950.0, 1_400.0, 1_800.0, 1_004.0, 1_300.0, 2_280.0,
    ] {
        s.tones(&[(hz, -10.0)], 500.0);
        s.silence(500.0);
        s.tones(&[(hz, -10.0)], 3_000.0);
        s.silence(500.0);
    }
    assert_eq!(tones(&s), []);
}
