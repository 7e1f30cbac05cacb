use super::*;
use crate::level::{dbm0, goertzel_dbm0};
use std::vec;

#[test]
fn plans_are_found_by_country() {
    for country in ["us", "gb", "de", "fr", "cn", "tw"] {
        assert_eq!(plan(country).unwrap().country, country);
    }
    assert_eq!(plan("UK").unwrap().country, "gb");
    assert!(plan("xx").is_none());
}

#[test]
fn every_tone_of_every_plan_sounds_at_its_level_and_frequencies() {
    let all = [
        Tone::Dial,
        Tone::StutterDial,
        Tone::Ringback,
        Tone::Busy,
        Tone::Congestion,
        Tone::NumberUnobtainable,
        Tone::CallWaiting,
        Tone::Howler,
        Tone::Confirmation,
        Tone::Hold,
    ];
    for plan in &PLANS {
        for tone in all {
            let spec = plan.spec(tone);
            let first = spec
                .intro
                .iter()
                .chain(spec.cycle)
                .find(|s| !s.is_silence())
                .unwrap();
            let mut burst = vec![0i16; usize::from(first.ms.min(1_000)) * 8];
            TonePlayer::new(spec).fill(&mut burst);
            assert!(
                (dbm0(&burst) - first.level_dbm0).abs() < 0.5,
                "{} {tone:?}: {}",
                plan.country,
                dbm0(&burst)
            );
            for &hz in first.freqs_hz {
                let each = first.level_dbm0 - 10.0 * (first.freqs_hz.len() as f32).log10();
                let heard = goertzel_dbm0(&burst, hz);
                assert!(
                    (heard - each).abs() < 1.5,
                    "{} {tone:?} {hz} Hz: {heard} for {each}",
                    plan.country
                );
            }
        }
    }
}

#[test]
fn cadences_keep_their_times() {
    for (country, tone, times) in [
        ("us", Tone::Busy, &[500, 500, 500][..]),
        ("gb", Tone::Ringback, &[400, 200, 400, 2_000, 400]),
        ("de", Tone::Busy, &[480, 480, 480]),
        ("cn", Tone::Congestion, &[700, 700, 700]),
    ] {
        let mut player = TonePlayer::new(plan(country).unwrap().spec(tone));
        for (n, &ms) in times.iter().enumerate() {
            let mut part = vec![0i16; ms * 8];
            assert!(player.fill(&mut part));
            let heard = dbm0(&part);
            if n % 2 == 0 {
                assert!(
                    (heard + 13.0).abs() < 0.5,
                    "{country} {tone:?} part {n}: {heard}"
                );
            } else {
                assert!(
                    part.iter().all(|&s| s == 0),
                    "{country} {tone:?} part {n}: {heard}"
                );
            }
        }
    }
}

#[test]
fn a_continuous_tone_has_no_step_where_its_segment_repeats() {
    let mut player = TonePlayer::new(plan("us").unwrap().spec(Tone::Dial));
    let mut out = vec![0i16; 70 * 8_000];
    assert!(player.fill(&mut out));
    let steepest = |s: &[i16]| {
        s.windows(2)
            .map(|w| (i32::from(w[1]) - i32::from(w[0])).abs())
            .max()
            .unwrap()
    };
    assert!(steepest(&out) <= steepest(&out[..8_000]) + 2);
    assert!(
        (dbm0(&out[69 * 8_000..]) + 13.0).abs() < 0.05,
        "the level drifts"
    );
}

#[test]
fn confirmation_ends_and_mixing_adds() {
    let mut player = TonePlayer::new(plan("us").unwrap().spec(Tone::Confirmation));
    let mut frames = 0;
    let mut frame = [0i16; 80];
    while player.fill(&mut frame) {
        frames += 1;
    }
    assert_eq!(frames, 59, "600 ms");
    assert!(!player.fill(&mut frame));
    assert_eq!(frame, [0; 80]);
    let mut speech = [1_000i16; 80];
    let mut alone = [0i16; 80];
    TonePlayer::new(plan("de").unwrap().spec(Tone::Busy)).fill(&mut alone);
    TonePlayer::new(plan("de").unwrap().spec(Tone::Busy)).add(&mut speech);
    assert!(
        speech
            .iter()
            .zip(alone)
            .all(|(&sum, tone)| (sum - tone - 1_000).abs() <= 1)
    );
}
