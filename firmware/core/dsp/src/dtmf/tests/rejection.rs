//! What is not a digit.

use super::*;
use crate::tone::{TonePlayer, plan};
use proptest::prelude::*;
use telephony::Tone;

/// Q.24 Table 1 (signal simulation by speech), strictest for all sixteen: one false digit in so many calls.
const CALLS_PER_HIT: usize = 1_500;

/// Synthetic vowels, each taken for a call: two sharp formants on a gliding voice, which is nearer to a digit than any real
/// one. Ten minutes are some 1700 of them.
#[test]
fn vowels() {
    let (mut hits, mut vowels) = (String::new(), 0);
    for seed in 99..102 {
        let mut s = Signal::default();
        s.speech(600.0, &mut Random(seed));
        hits += &heard(&s.pcm());
        vowels += 1_700;
    }
    assert!(hits.len() <= vowels / CALLS_PER_HIT, "{hits}");
}

#[test]
fn call_progress_tones() {
    for country in ["us", "gb", "de", "cn"] {
        for tone in [
            Tone::Dial,
            Tone::Busy,
            Tone::Ringback,
            Tone::NumberUnobtainable,
            Tone::Howler,
        ] {
            let mut pcm = std::vec![0i16; 40_000];
            TonePlayer::new(plan(country).unwrap().spec(tone)).fill(&mut pcm);
            assert_eq!(heard(&pcm), "", "{country} {tone:?}");
        }
    }
}

/// One tone of a digit alone, and two of one group.
#[test]
fn half_a_digit() {
    for hz in LOW_HZ.iter().chain(&HIGH_HZ) {
        let mut s = Signal::default();
        s.silence(50.0);
        s.tones(&[(*hz, -10.0)], 200.0);
        s.silence(50.0);
        assert_eq!(heard(&s.pcm()), "", "{hz}");
    }
    for group in [LOW_HZ, HIGH_HZ] {
        let mut s = Signal::default();
        s.silence(50.0);
        s.tones(&[(group[0], -10.0), (group[2], -10.0)], 200.0);
        s.silence(50.0);
        assert_eq!(heard(&s.pcm()), "", "{group:?}");
    }
}

#[test]
fn noise_alone() {
    let mut s = Signal::default();
    s.silence(60_000.0);
    s.noise(-10.0, &mut Random(3));
    assert_eq!(heard(&s.pcm()), "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever was heard before, full scale or not, a digit after half a second of silence is heard.
    #[test]
    fn anything_then_a_digit(
        noise in proptest::collection::vec(any::<i16>(), 0..4_000),
        square in proptest::bool::ANY,
        key in 0usize..16,
    ) {
        let mut pcm = noise;
        if square {
            pcm.iter_mut().for_each(|x| *x = if *x < 0 { i16::MIN } else { i16::MAX });
        }
        pcm.extend([0; 4_000]);
        let digit = &ALL[key..=key];
        pcm.extend(NOMINAL.press(digit).pcm());
        prop_assert!(heard(&pcm).ends_with(digit));
    }
}
