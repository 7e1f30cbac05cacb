use super::*;
use crate::front_end::FrontEnd;
use crate::progress::{Detector, Heard, Listened};
use crate::signal::{Random, Signal};
use crate::tone::plan;
use proptest::prelude::*;
use std::string::{String, ToString};
use std::vec::Vec;
use telephony::FRAME_SAMPLES;

/// What learning must reach: frequencies within 0.5 %, times within 5 % or 10 ms.
const FREQUENCY: f32 = 0.005;
const TIME: f32 = 0.05;
const TIME_MS: f32 = 10.0;
const LEVEL_DB: f32 = 1.0;

fn frames(signal: &Signal) -> Vec<[i16; FRAME_SAMPLES]> {
    signal
        .pcm()
        .chunks_exact(FRAME_SAMPLES)
        .map(|frame| frame.try_into().unwrap())
        .collect()
}

fn learn(signal: &Signal) -> Result<LearnedTone, LearnError> {
    let (mut front_end, mut learner) = (FrontEnd::new(), Learner::new());
    for frame in frames(signal) {
        learner.process(front_end.process(&frame));
    }
    learner.learned()
}

/// `cycles` of a cadence of these sines, each of `level_dbm0`.
fn cadence(freqs_hz: &[f32], cadence_ms: &[f32], cycles: usize, level_dbm0: f32) -> Signal {
    let mut s = Signal::default();
    let parts: Vec<(f32, f32)> = freqs_hz.iter().map(|&hz| (hz, level_dbm0)).collect();
    for _ in 0..cycles {
        for pair in cadence_ms.chunks(2) {
            s.tones(&parts, pair[0]);
            s.silence(pair[1]);
        }
    }
    s
}

#[test]
fn disconnect_tones_are_learned_and_then_told() {
    let mut random = Random(31);
    let kinds: [(&[f32], &[f32]); 8] = [
        (&[425.0], &[480.0, 480.0]),
        (&[450.0], &[350.0, 350.0]),
        (&[480.0, 620.0], &[250.0, 250.0]),
        (&[350.0, 440.0], &[500.0, 300.0]),
        (&[440.0, 480.0], &[300.0, 700.0]),
        (&[400.0, 450.0], &[400.0, 200.0]),
        (&[400.0], &[400.0, 350.0, 225.0, 525.0]),
        (&[425.0], &[200.0, 150.0, 200.0, 150.0, 200.0, 600.0]),
    ];
    for (n, (freqs, times)) in kinds.iter().cycle().take(24).enumerate() {
        let off = random.between(0.9, 1.1);
        let freqs: Vec<f32> = freqs.iter().map(|hz| hz * off).collect();
        let stretch = random.between(0.8, 1.2);
        let times: Vec<f32> = times.iter().map(|ms| ms * stretch).collect();
        let level = random.between(-30.0, -8.0);
        let mut s = Signal::default();
        if n % 2 == 0 {
            s.speech(5.0, &mut random);
        }
        s.silence(300.0);
        s.0.extend(cadence(&freqs, &times, 6, level).0);
        s.silence(random.between(0.0, 900.0));
        s.noise((level - 20.0).max(-60.0), &mut random);
        let tone = learn(&s).unwrap_or_else(|e| panic!("{n} {freqs:?} {times:?}: {e}"));
        let whole = level + 10.0 * (freqs.len() as f32).log10();
        let close = |a: f32, b: f32| (a - b).abs() <= (TIME * b).max(TIME_MS);
        assert!(
            tone.freqs_hz().len() == freqs.len()
                && tone
                    .freqs_hz()
                    .iter()
                    .zip(&freqs)
                    .all(|(a, b)| (a - b).abs() <= FREQUENCY * b)
                && tone.cadence_ms().len() == times.len()
                && tone
                    .cadence_ms()
                    .iter()
                    .zip(&times)
                    .all(|(&a, &b)| close(f32::from(a), b))
                && (tone.level_dbm0.unwrap() - whole).abs() < LEVEL_DB
                && tone.cycles >= 4
                && tone.confidence > 0.4,
            "{n} {freqs:?} {times:?} {level}: {tone:?}"
        );
        // What was learned is written, read back, and ends the call.
        let again: LearnedTone = tone.to_string().parse().unwrap();
        let mut detector = Detector::new(plan("us").unwrap());
        assert!(detector.listen_learned(Listened::Learned, &again));
        let mut front_end = FrontEnd::new();
        let mut told = 0;
        for frame in frames(&s) {
            detector.process(front_end.process(&frame));
            while let Some(heard) = detector.poll() {
                told += usize::from(matches!(heard, Heard::Busy | Heard::Congestion));
            }
        }
        assert_eq!(told, 1, "{n} {again}");
    }
}

#[test]
fn what_teaches_no_tone_says_why() {
    let mut random = Random(32);
    let mut silence = Signal::default();
    silence.silence(5_000.0);
    silence.noise(-60.0, &mut random);
    assert_eq!(learn(&silence), Err(LearnError::Silence));
    let mut speech = Signal::default();
    speech.speech(20.0, &mut random);
    assert_eq!(learn(&speech), Err(LearnError::Speech));
    let mut dial = Signal::default();
    dial.tones(&[(425.0, -15.0)], 8_000.0);
    assert!(matches!(learn(&dial), Err(LearnError::NoRhythm { lasted_ms }) if lasted_ms > 7_900));
    // The third cycle's pause may go on.
    let two = cadence(&[425.0], &[500.0, 500.0], 3, -15.0);
    assert_eq!(learn(&two), Err(LearnError::TooFewCycles { heard: 2 }));
    let ringing = cadence(&[425.0], &[1_000.0, 4_000.0], 6, -15.0);
    assert!(
        matches!(learn(&ringing), Err(LearnError::Ringing { cycle_ms }) if (4_900..5_100).contains(&cycle_ms))
    );
    let mut irregular = Signal::default();
    for ms in [200.0, 900.0, 350.0, 120.0, 600.0] {
        irregular.tones(&[(425.0, -15.0)], ms);
        irregular.silence(1_000.0 - ms * 0.8);
    }
    assert_eq!(learn(&irregular), Err(LearnError::Irregular { bursts: 5 }));
}

#[test]
fn only_a_minute_is_learned_from_and_an_hour_does_no_harm() {
    let mut learner = Learner::new();
    let mut front_end = FrontEnd::new();
    let minute = frames(&cadence(&[425.0], &[250.0, 250.0], 120, -15.0));
    for frame in minute.iter().cycle().take(6_000 * 10) {
        learner.process(front_end.process(frame));
    }
    let tone = learner.learned().unwrap();
    assert!((118..=120).contains(&tone.cycles), "{tone:?}");
}

#[test]
fn tones_set_by_hand_are_read() {
    let tone: LearnedTone = "f1=480@-32,f2=620@-32,c=500/500".parse().unwrap();
    assert_eq!(tone.freqs_hz(), [480.0, 620.0]);
    assert_eq!(tone.cadence_ms(), [500, 500]);
    assert!((tone.level_dbm0.unwrap() + 29.0).abs() < 0.1);
    let tone: LearnedTone = " F1 = 425.5 , c = 400/350 - 225/525 ".parse().unwrap();
    assert_eq!(tone.freqs_hz(), [425.5]);
    assert_eq!(tone.cadence_ms(), [400, 350, 225, 525]);
    assert_eq!(tone.level_dbm0, None);
    assert_eq!(tone.to_string(), "f1=425.5,c=400/350-225/525");
}

#[test]
fn mistakes_in_tones_set_by_hand_are_named_with_their_place() {
    for (text, error) in [
        ("", SyntaxError::UnknownField { at: 0 }),
        ("c=500/500", SyntaxError::NoFrequency),
        ("f1=425", SyntaxError::NoCadence),
        ("f2=425,c=500/500", SyntaxError::FieldOutOfOrder { at: 0 }),
        (
            "f1=425,f1=450,c=500/500",
            SyntaxError::FieldOutOfOrder { at: 7 },
        ),
        (
            "f1=425,c=500/500,c=1/1",
            SyntaxError::FieldOutOfOrder { at: 17 },
        ),
        (
            "f1=425,c=500/500,f2=450",
            SyntaxError::FieldOutOfOrder { at: 17 },
        ),
        ("f5=425,c=500/500", SyntaxError::UnknownField { at: 0 }),
        ("f1=425,d=500/500", SyntaxError::UnknownField { at: 7 }),
        ("f1=,c=500/500", SyntaxError::BadNumber { at: 3 }),
        ("f1=four,c=500/500", SyntaxError::BadNumber { at: 3 }),
        (
            "f1=NaN,c=500/500",
            SyntaxError::FrequencyOutOfRange { at: 3 },
        ),
        (
            "f1=50,c=500/500",
            SyntaxError::FrequencyOutOfRange { at: 3 },
        ),
        ("f1=425@,c=500/500", SyntaxError::BadNumber { at: 7 }),
        (
            "f1=425@-90,c=500/500",
            SyntaxError::LevelOutOfRange { at: 7 },
        ),
        ("f1=425@-9,f2=450,c=500/500", SyntaxError::LevelMissing),
        ("f1=425,c=500", SyntaxError::NoPause { at: 9 }),
        ("f1=425,c=0", SyntaxError::NoPause { at: 9 }),
        ("f1=425,c=500/0", SyntaxError::NoPause { at: 13 }),
        ("f1=425,c=20/500", SyntaxError::TimeOutOfRange { at: 9 }),
        ("f1=425,c=500/20000", SyntaxError::TimeOutOfRange { at: 13 }),
        ("f1=425,c=500/99999", SyntaxError::BadNumber { at: 13 }),
        (
            "f1=425,c=90/90-90/90-90/90-90/90",
            SyntaxError::TooManyBursts { at: 27 },
        ),
    ] {
        assert_eq!(text.parse::<LearnedTone>(), Err(error), "{text}");
        assert!(!error.to_string().is_empty());
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,80}") {
        let _ = text.parse::<LearnedTone>();
    }

    #[test]
    fn text_near_the_syntax_is_read_or_refused(text in "(f[0-9]=[0-9.@-]{0,9},?){0,5}(c=[0-9/-]{0,30})?") {
        if let Ok(tone) = text.parse::<LearnedTone>() {
            prop_assert!(!tone.freqs_hz().is_empty() && tone.cadence_ms().len() >= 2);
            prop_assert!(tone.cadence_ms().len() % 2 == 0);
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        freqs in prop::collection::vec(200u16..3_400, 1..=4),
        level in prop::option::of(-45i8..=3),
        times in prop::collection::vec((60u16..10_000, 60u16..10_000), 1..=3),
    ) {
        let mut text = String::new();
        for (n, hz) in freqs.iter().enumerate() {
            text += &std::format!("f{}={hz}", n + 1);
            text += &level.map_or(String::new(), |l| std::format!("@{l}"));
            text.push(',');
        }
        let bursts: Vec<String> = times.iter().map(|(on, off)| std::format!("{on}/{off}")).collect();
        text += &std::format!("c={}", bursts.join("-"));
        let tone: LearnedTone = text.parse().unwrap();
        let again: LearnedTone = tone.to_string().parse().unwrap();
        prop_assert_eq!(tone.freqs_hz(), again.freqs_hz());
        prop_assert_eq!(tone.cadence_ms(), again.cadence_ms());
        prop_assert_eq!(tone.level_dbm0.is_some(), again.level_dbm0.is_some());
    }
}
