//! Tones of fax machines and modems: ITU-T T.30 §4.1, V.8 §3, V.21, V.25 §3; signal to noise and level are ours.

use crate::none;
use dsp_probe::signal::{Law, Random, music, seeds, speech};
use dsp_probe::under_test::{FaxTone, fax_tones};
use dsp_probe::vectors::dtmf::{Spec, Track, other_tones};
use dsp_probe::vectors::fax::{FaxLine, false_calling, on_line};
use dsp_probe::vectors::progress::{DEVIATIONS, TONES, alone};

/// T.30 §4.1.2: 1100 Hz +-38; not at +-60 (ours).
const CNG_HZ: (f64, f64) = (38.0, 60.0);
/// T.30 §4.1.1 and V.25 §3.1: 2100 Hz +-15.
const ANSWER_HZ: f64 = 15.0;
/// V.21 §3: +-6 Hz and the drift of a carrier system.
const V21_HZ: f64 = 12.0;

const TONES_OF_FAX: [FaxTone; 5] = [
    FaxTone::Cng,
    FaxTone::Ced,
    FaxTone::AnsPr,
    FaxTone::AnsAm,
    FaxTone::V21,
];

fn heard_on(line: FaxLine, what: &str) {
    let mut failures = Vec::new();
    for seed in seeds() {
        for tone in TONES_OF_FAX {
            for side in [-1.0, 0.0, 1.0] {
                let mut random = Random::new(seed, "fax");
                let most = match tone {
                    FaxTone::Cng => CNG_HZ.0,
                    FaxTone::V21 => V21_HZ,
                    _ => ANSWER_HZ,
                };
                let line = FaxLine {
                    off_hz: most * side,
                    ..line
                };
                let (samples, end) = on_line(tone, &line, &mut random);
                let said = fax_tones(&samples);
                let right = said
                    .iter()
                    .any(|&(at, said)| said == tone && at < end + 800);
                // An answer tone may be called plain until its first reversal or its modulation is heard, never something else.
                let wrong = said
                    .iter()
                    .any(|&(_, said)| said != tone && !early(said, tone));
                if !right || wrong {
                    failures.push(format!("{what} {:+} Hz {tone:?}: {said:?}", line.off_hz));
                }
            }
        }
    }
    none(failures);
}

fn early(said: FaxTone, of: FaxTone) -> bool {
    matches!(
        (said, of),
        (FaxTone::Ced, FaxTone::AnsPr | FaxTone::AnsAm) | (FaxTone::AnsPr, FaxTone::AnsAm)
    )
}

#[test]
fn every_tone_within_its_tolerance_is_heard() {
    let line = FaxLine {
        dbm0: -12.0,
        noise_dbm0: -60.0,
        off_hz: 0.0,
    };
    heard_on(line, "good line");
}

#[test]
fn every_tone_of_minus_40_dbm0_is_heard() {
    let line = FaxLine {
        dbm0: -40.0,
        noise_dbm0: -70.0,
        off_hz: 0.0,
    };
    heard_on(line, "-40 dBm0");
}

#[test]
fn every_tone_6_db_over_noise_is_heard() {
    let line = FaxLine {
        dbm0: -20.0,
        noise_dbm0: -26.0,
        off_hz: 0.0,
    };
    heard_on(line, "6 dB");
}

#[test]
fn a_tone_60_hz_beside_the_calling_tone_is_none() {
    for seed in seeds() {
        let mut random = Random::new(seed, "beside");
        for off in [CNG_HZ.1, 70.0, 80.0, 120.0] {
            for hz in [1_100.0 - off, 1_100.0 + off] {
                let said = fax_tones(&false_calling(hz, &mut random));
                assert!(said.is_empty(), "{hz} Hz: {said:?}");
            }
        }
    }
}

#[test]
fn speech_music_digits_and_call_progress_are_no_fax() {
    for seed in seeds() {
        let mut random = Random::new(seed, "no fax");
        for _ in 0..5 {
            let voice = speech(8_000 * 60, -14.0, &mut random);
            assert_eq!(fax_tones(&Law::A.through(&voice)), []);
            let tune = music(8_000 * 30, -14.0, &mut random);
            assert_eq!(fax_tones(&Law::Mu.through(&tune)), []);
        }
        let mut track = Track::new(seed, "no fax");
        track.presses(200, Spec::at(-8.0), 40.0);
        assert_eq!(fax_tones(&track.done(Law::A).samples), []);
        for tone in &TONES {
            let samples = alone(tone, 4_000.0, &DEVIATIONS[0], &mut random);
            assert_eq!(fax_tones(&samples), [], "{tone:?}");
        }
        // Single tones of a second among these are near 1100 and 2100 Hz, but are no half second and have company.
        let digits_and_pairs = other_tones(seed);
        let said = fax_tones(&digits_and_pairs);
        assert!(
            said.iter()
                .all(|(_, tone)| *tone != FaxTone::Cng && *tone != FaxTone::V21),
            "{said:?}"
        );
    }
}
