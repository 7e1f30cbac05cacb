use super::*;
use crate::signal::{Random, Signal};
use crate::tone::plan;
use std::string::String;
use std::vec::Vec;
use telephony::{Digits, Tone};

fn heard(pcm: &[i16]) -> String {
    let mut detector = Detector::new();
    let mut out = String::new();
    let mut pressed = None;
    for chunk in pcm.chunks(80) {
        detector.process(chunk);
        while let Some(event) = detector.poll() {
            match event {
                DtmfEvent::Began(digit) => {
                    assert_eq!(pressed, None, "{digit} began before the last ended");
                    pressed = Some(digit);
                    out.push(digit.as_char());
                }
                DtmfEvent::Ended(digit) => {
                    assert_eq!(pressed, Some(digit));
                    pressed = None;
                }
            }
        }
    }
    out
}

const ALL: &str = "0123456789*#ABCD";

/// Digits with everything that Q.24 lets vary.
struct Keys {
    low_dbm0: f32,
    high_dbm0: f32,
    low_factor: f32,
    high_factor: f32,
    on_ms: f32,
    off_ms: f32,
}

const NOMINAL: Keys = Keys {
    low_dbm0: -10.0,
    high_dbm0: -10.0,
    low_factor: 1.0,
    high_factor: 1.0,
    on_ms: 50.0,
    off_ms: 50.0,
};

impl Keys {
    fn press(&self, digits: &str) -> Signal {
        let mut s = Signal::default();
        s.silence(103.4);
        for c in digits.chars() {
            let (low, high) = frequencies_hz(Digit::from_char(c).unwrap());
            s.tones(
                &[
                    (low * self.low_factor, self.low_dbm0),
                    (high * self.high_factor, self.high_dbm0),
                ],
                self.on_ms,
            );
            s.silence(self.off_ms);
        }
        s.silence(100.0);
        s
    }
}

fn random_digits(count: usize, random: &mut Random) -> String {
    (0..count)
        .map(|_| ALL.as_bytes()[(random.next() % 16) as usize] as char)
        .collect()
}

#[test]
fn levels_from_0_to_minus_40_dbm0_through_both_laws() {
    for level in [0.0, -3.0, -10.0, -20.0, -30.0, -40.0] {
        let pcm = Keys {
            low_dbm0: level,
            high_dbm0: level,
            ..NOMINAL
        }
        .press(ALL)
        .pcm();
        let ulaw: Vec<i16> = pcm
            .iter()
            .map(|&x| crate::g711::decode_ulaw(crate::g711::encode_ulaw(x)))
            .collect();
        let alaw: Vec<i16> = pcm
            .iter()
            .map(|&x| crate::g711::decode_alaw(crate::g711::encode_alaw(x)))
            .collect();
        for pcm in [pcm, ulaw, alaw] {
            assert_eq!(heard(&pcm), ALL, "{level} dBm0");
        }
    }
    assert_eq!(
        heard(
            &Keys {
                low_dbm0: -52.0,
                high_dbm0: -52.0,
                ..NOMINAL
            }
            .press(ALL)
            .pcm()
        ),
        ""
    );
}

/// Q.24 Table 1: +-(1.5 % + 2 Hz) operates, +-3.5 % does not, each tone alone and both.
#[test]
fn frequency_offsets() {
    for sign in [-1.0f32, 1.0] {
        for c in ALL.chars() {
            let (low, high) = frequencies_hz(Digit::from_char(c).unwrap());
            let inside = |hz: f32| 1.0 + sign * (0.015 + 2.0 / hz);
            let text = std::format!("{c}");
            for (l, h) in [
                (inside(low), 1.0),
                (1.0, inside(high)),
                (inside(low), inside(high)),
            ] {
                let keys = Keys {
                    low_factor: l,
                    high_factor: h,
                    ..NOMINAL
                };
                assert_eq!(heard(&keys.press(&text).pcm()), text, "{l} {h}");
            }
            let outside = 1.0 + sign * 0.035;
            for (l, h) in [(outside, 1.0), (1.0, outside), (outside, outside)] {
                let keys = Keys {
                    low_factor: l,
                    high_factor: h,
                    ..NOMINAL
                };
                assert_eq!(heard(&keys.press(&text).pcm()), "", "{c} {l} {h}");
            }
        }
    }
}

#[test]
fn twist_from_minus_8_to_plus_4_db() {
    for (low, high) in [
        (-7.0, -15.0),
        (-7.0, -11.0),
        (-11.0, -7.0),
        (-20.0, -28.0),
        (-24.0, -20.0),
    ] {
        let keys = Keys {
            low_dbm0: low,
            high_dbm0: high,
            ..NOMINAL
        };
        assert_eq!(heard(&keys.press(ALL).pcm()), ALL, "{low} {high}");
    }
    for (low, high) in [(-5.0, -19.0), (-17.0, -7.0)] {
        let keys = Keys {
            low_dbm0: low,
            high_dbm0: high,
            ..NOMINAL
        };
        assert_eq!(heard(&keys.press(ALL).pcm()), "", "{low} {high}");
    }
}

#[test]
fn tones_of_36_ms_are_digits_and_tones_of_22_ms_are_not() {
    for (on_ms, expected) in [(36.0, ALL), (22.0, "")] {
        assert_eq!(
            heard(
                &Keys {
                    on_ms,
                    off_ms: 77.3,
                    ..NOMINAL
                }
                .press(ALL)
                .pcm()
            ),
            expected,
            "{on_ms} ms"
        );
    }
}

#[test]
fn digits_of_40_ms_and_pauses_of_40_ms_are_never_missed_or_split() {
    let digits = random_digits(1_000, &mut Random(4));
    assert_eq!(
        heard(
            &Keys {
                on_ms: 40.0,
                off_ms: 40.0,
                ..NOMINAL
            }
            .press(&digits)
            .pcm()
        ),
        digits
    );
}

#[test]
fn an_interruption_of_15_ms_does_not_split_and_one_of_32_ms_does() {
    for (gap, expected) in [
        (5.0, "7"),
        (10.0, "7"),
        (15.0, "7"),
        (32.0, "77"),
        (40.0, "77"),
    ] {
        let mut s = Signal::default();
        let tones = [(852.0, -10.0), (1_209.0, -8.0)];
        s.silence(50.0);
        s.tones(&tones, 80.0);
        s.silence(gap);
        s.tones(&tones, 80.0);
        s.silence(80.0);
        assert_eq!(heard(&s.pcm()), expected, "{gap} ms");
    }
}

#[test]
fn noise_of_10_db_below_the_digits_hides_none() {
    let mut random = Random(24);
    let digits = random_digits(300, &mut random);
    let mut s = Keys {
        low_dbm0: -13.0,
        high_dbm0: -13.0,
        ..NOMINAL
    }
    .press(&digits);
    s.noise(-20.0, &mut random);
    assert_eq!(heard(&s.pcm()), digits);
}

#[test]
fn dial_tone_hum_and_direct_current_hide_none() {
    for (interference, offset) in [
        (&[(350.0, -10.0), (440.0, -10.0)][..], 0),
        (&[(425.0, -10.0)], 0),
        (&[(50.0, -10.0)], 0),
        (&[], 1_500),
    ] {
        let mut s = Keys {
            low_dbm0: -15.0,
            high_dbm0: -15.0,
            ..NOMINAL
        }
        .press(ALL);
        let mut under = Signal::default();
        under.tones(interference, s.0.len() as f32 / 8.0 + 1.0);
        s.0.iter_mut()
            .zip(&under.0)
            .for_each(|(x, y)| *x += y + offset as f32);
        assert_eq!(heard(&s.pcm()), ALL, "{interference:?} {offset}");
    }
}

#[test]
fn speech_and_call_progress_tones_are_not_digits() {
    let mut random = Random(99);
    let mut s = Signal::default();
    s.speech(600.0, &mut random);
    let hits = heard(&s.pcm());
    // Two sharp formants and no other harmonic are harder than a voice: some 1 700 vowels, a hit in fewer than 60 of them.
    assert!(
        hits.len() <= 28,
        "ten minutes of synthetic vowels, {}: {hits}",
        hits.len()
    );
    for country in ["us", "gb", "de", "cn"] {
        for tone in [
            Tone::Dial,
            Tone::Busy,
            Tone::Ringback,
            Tone::NumberUnobtainable,
            Tone::Howler,
        ] {
            let mut pcm = std::vec![0i16; 40_000];
            crate::tone::TonePlayer::new(plan(country).unwrap().spec(tone)).fill(&mut pcm);
            assert_eq!(heard(&pcm), "", "{country} {tone:?}");
        }
    }
}

#[test]
fn muting_begins_within_its_latency_and_outlasts_the_tone() {
    for level in [-40.0, -25.0, -10.0, 0.0] {
        for c in ALL.chars() {
            let pcm = Keys {
                low_dbm0: level,
                high_dbm0: level,
                on_ms: 50.0,
                off_ms: 100.0,
                ..NOMINAL
            }
            .press(&std::format!("{c}"))
            .pcm();
            let start = 827;
            let mut detector = Detector::new();
            let mut muted = Vec::new();
            for chunk in pcm.chunks(8) {
                detector.process(chunk);
                muted.push(detector.muting());
            }
            let first = muted.iter().position(|&m| m).unwrap() * 8;
            let last = muted.iter().rposition(|&m| m).unwrap() * 8;
            let latency = (first - start) as u32 / 8 + 1;
            assert!(latency <= MUTE_LATENCY_MS, "{c} at {level}: {latency} ms");
            assert!(
                last > start + 400 + MUTE_LATENCY_MS as usize * 8,
                "{c} at {level}"
            );
            assert!(
                muted[first / 8..=last / 8].iter().all(|&m| m),
                "{c} at {level}: a hole"
            );
        }
    }
}

#[test]
fn what_the_generator_sends_the_detector_hears_once() {
    for timing in [
        Timing::default(),
        Timing {
            on_ms: 40,
            off_ms: 40,
        },
        Timing {
            on_ms: 70,
            off_ms: 70,
        },
    ] {
        let digits = Digits::parse("0123456789*#ABCD5577").unwrap();
        let mut generator = Generator::new(digits, timing, Level::default());
        let mut pcm = Vec::new();
        let mut frame = [0i16; 80];
        while generator.fill(&mut frame) {
            pcm.extend_from_slice(&frame);
        }
        pcm.extend_from_slice(&frame);
        pcm.extend_from_slice(&[0; 800]);
        let sent = 20 * (usize::from(timing.on_ms) + usize::from(timing.off_ms)) * 8;
        assert_eq!(pcm.len() - 800, sent);
        assert_eq!(heard(&pcm), digits.as_str(), "{timing:?}");
    }
    let mut none = Generator::new(Digits::EMPTY, Timing::default(), Level::default());
    assert!(!none.fill(&mut [0; 80]));
}

#[test]
fn generator_levels_are_those_asked_for() {
    let mut generator = Generator::new(
        Digits::parse("5").unwrap(),
        Timing {
            on_ms: 1_000,
            off_ms: 0,
        },
        Level::default(),
    );
    let mut pcm = [0i16; 8_000];
    assert!(!generator.fill(&mut pcm));
    assert!((crate::level::goertzel_dbm0(&pcm, 770.0) + 6.0).abs() < 0.2);
    assert!((crate::level::goertzel_dbm0(&pcm, 1_336.0) + 4.0).abs() < 0.2);
}
