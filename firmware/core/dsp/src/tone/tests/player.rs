//! What holds for any tone however its samples are asked for.

use super::*;
use proptest::prelude::*;
use std::vec::Vec;

fn any_spec() -> impl Strategy<Value = &'static ToneSpec> {
    let all: Vec<_> = every_spec().map(|(_, _, spec)| spec).collect();
    proptest::sample::select(all)
}

/// Runs of sound and of silence, in samples. A sine's own zeros are short and no silence.
fn runs(pcm: &[i16]) -> Vec<(bool, usize)> {
    let mut out: Vec<(bool, usize)> = Vec::new();
    for part in pcm.chunk_by(|a, b| (*a == 0) == (*b == 0)) {
        let sounds = part[0] != 0 || part.len() < 40;
        match out.last_mut() {
            Some((was, len)) if *was == sounds => *len += part.len(),
            _ => out.push((sounds, part.len())),
        }
    }
    out
}

proptest! {
    #[test]
    fn it_does_not_matter_how_many_samples_are_asked_for_at_once(
        spec in any_spec(),
        sizes in prop::collection::vec(0usize..700, 1..200),
    ) {
        let total = sizes.iter().sum();
        let mut whole = vec![0i16; total];
        let goes_on = TonePlayer::new(spec).fill(&mut whole);
        let mut player = TonePlayer::new(spec);
        let mut parts = Vec::new();
        for &size in &sizes {
            let mut part = vec![7i16; size];
            player.fill(&mut part);
            parts.extend(part);
        }
        prop_assert_eq!(parts, whole);
        prop_assert_eq!(player.playing(), goes_on);
    }

    /// A sine keeps x[n+1] + x[n-1] = 2 cos(w) x[n]: a jump of phase or of level breaks it by far more than rounding does.
    #[test]
    fn one_sine_runs_on_without_a_step(hz in 15.0f32..3_400.0, ms in 20u16..2_000, level in -30.0f32..0.0) {
        let freqs: &'static [f32] = std::vec![hz].leak();
        let cycle: &'static [Segment] = std::vec![Segment::on(freqs, level, ms)].leak();
        let spec: &'static ToneSpec = std::boxed::Box::leak(std::boxed::Box::new(ToneSpec::repeating(cycle)));
        let mut pcm = vec![0i16; 24_000];
        prop_assert!(TonePlayer::new(spec).fill(&mut pcm));
        let turn = 2.0 * (std::f32::consts::TAU * hz / 8_000.0).cos();
        for w in pcm.windows(3) {
            let broken = f32::from(w[2]) + f32::from(w[0]) - turn * f32::from(w[1]);
            prop_assert!(broken.abs() < 2.5, "{} at {:?}", broken, w);
        }
        prop_assert!((dbm0(&pcm) - level).abs() < 0.25, "{} for {level}", dbm0(&pcm));
    }

    #[test]
    fn mixing_is_adding(spec in any_spec(), under in -8_000i16..8_000) {
        let mut alone = vec![0i16; 4_000];
        TonePlayer::new(spec).fill(&mut alone);
        let mut mixed = vec![under; 4_000];
        TonePlayer::new(spec).add(&mut mixed);
        // The howler's four sines clip at their highest by themselves: what is cut off there cannot be added up.
        for (m, a) in mixed.iter().zip(alone).filter(|(_, a)| a.unsigned_abs() < 32_767) {
            let sum = (i32::from(a) + i32::from(under)).clamp(-32_768, 32_767);
            prop_assert!((i32::from(*m) - sum).abs() <= 1);
        }
    }
}

/// Two hours of a cadence, minute by minute: not one sample early or late, as loud at the end as at the beginning.
#[test]
fn hours_of_a_cadence_keep_its_time_to_the_sample() {
    const MINUTES: usize = 120;
    for (country, tone) in [
        ("us", Tone::Busy),
        ("ke", Tone::Ringback),
        ("se", Tone::Congestion),
    ] {
        let spec = plan(country).unwrap().spec(tone);
        let cycle = spec.cycle_ms() as usize * 8;
        let mut player = TonePlayer::new(spec);
        let mut first = vec![0i16; cycle];
        player.fill(&mut first);
        let wanted: Vec<_> = spec
            .cycle
            .iter()
            .map(|s| (!s.is_silence(), usize::from(s.ms) * 8))
            .collect();
        let mut played = cycle;
        while played < MINUTES * 60 * 8_000 {
            let mut again = vec![0i16; cycle];
            assert!(player.fill(&mut again));
            played += cycle;
            assert_eq!(again, first, "{country} {tone:?} after {played} samples");
        }
        // The sample at a sine's start is 0: it ends the pause's run one late.
        let heard = runs(&first[1..]);
        assert_eq!(heard.len(), wanted.len(), "{country} {tone:?}: {heard:?}");
        for (h, w) in heard.iter().zip(&wanted) {
            assert!(
                h.0 == w.0 && h.1.abs_diff(w.1) <= 2,
                "{heard:?} for {wanted:?}"
            );
        }
    }
}

/// Rounding gathers in no oscillator: after an hour each sine still is where and as loud as it began.
#[test]
fn hours_of_dial_tone_keep_its_frequency_and_level() {
    for country in ["us", "de", "jp"] {
        let spec = plan(country).unwrap().spec(Tone::Dial);
        let mut player = TonePlayer::new(spec);
        let mut second = vec![0i16; 8_000];
        for _ in 0..3_600 {
            assert!(player.fill(&mut second));
        }
        assert!(
            (dbm0(&second) + 13.0).abs() < 0.05,
            "{country}: {}",
            dbm0(&second)
        );
        for &hz in spec.cycle[0].freqs_hz {
            let each = -13.0 - 10.0 * (spec.cycle[0].freqs_hz.len() as f32).log10();
            let heard = goertzel_dbm0(&second, hz);
            assert!((heard - each).abs() < 0.1, "{country} {hz} Hz: {heard}");
        }
    }
}
