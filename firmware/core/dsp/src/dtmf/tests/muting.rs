use super::*;

/// Whether the detector asked for muting at the end of each frame.
fn muted(pcm: &[i16]) -> Vec<bool> {
    let (mut front_end, mut detector) = (FrontEnd::new(), Detector::new());
    frames(pcm)
        .map(|frame| {
            detector.process(front_end.process(&frame));
            detector.muting()
        })
        .collect()
}

/// From [`MUTE_LATENCY_MS`] after the first sample to as long after the last, without a hole.
fn check(keys: Keys, c: char, noise_dbm0: f32, random: &mut Random, what: &str) {
    let mut s = Signal::default();
    s.silence(100.0 + random.between(0.0, 10.0));
    let start = s.0.len();
    keys.key(c, &mut s);
    let end = s.0.len();
    s.silence(100.0);
    s.noise(noise_dbm0, random);
    let muted = muted(&s.pcm());
    let latency = MUTE_LATENCY_MS as usize * 8;
    let first = (start + latency).div_ceil(FRAME_SAMPLES) - 1;
    let last = (end + latency) / FRAME_SAMPLES - 1;
    assert!(
        muted[first..=last].iter().all(|&m| m),
        "{c}: {what}, {:?}",
        &muted[first..=last]
    );
}

#[test]
fn begins_within_its_latency_and_outlasts_the_tone() {
    let seed = fresh_seed();
    let mut random = Random(seed);
    for c in ALL.chars() {
        for level in [-40.0, -25.0, -10.0, 0.0] {
            check(
                Keys::level(level),
                c,
                -75.0,
                &mut random,
                &std::format!("{level} dBm0, seed {seed}"),
            );
        }
        for sign in [-1.0f32, 1.0] {
            let (low, high) = frequencies_hz(Digit::from_char(c).unwrap());
            let (part, more) = FREQUENCY_ACCEPT;
            let keys = Keys {
                low_factor: 1.0 + sign * (part + more / low),
                high_factor: 1.0 + sign * (part + more / high),
                on_ms: ACCEPT_MS,
                ..NOMINAL
            };
            check(
                keys,
                c,
                -75.0,
                &mut random,
                &std::format!("off frequency, seed {seed}"),
            );
        }
    }
}

#[test]
fn holds_in_noise() {
    let mut random = Random(5);
    for c in ALL.repeat(10).chars() {
        check(
            Keys::level(-13.0),
            c,
            -10.0 - SIGNAL_TO_NOISE_DB,
            &mut random,
            "noise",
        );
    }
}

/// Muting cuts holes into speech: of synthetic vowels, which are purer than a voice, not more than one part in a hundred.
#[test]
fn leaves_speech_alone() {
    let mut s = Signal::default();
    s.speech(300.0, &mut Random(12));
    let muted = muted(&s.pcm());
    let count = muted.iter().filter(|&&m| m).count();
    assert!(count * 100 < muted.len(), "{count} of {}", muted.len());
}
