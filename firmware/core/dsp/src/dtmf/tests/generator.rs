//! What the generator sends, by Q.23 and ES 201 235-2 (Transmitters).

use super::*;
use crate::level::{dbm0_of_power, goertzel_dbm0};
use crate::oscillator::Oscillator;
use telephony::Digits;

/// Q.23 §4 and ES 201 235-2 (Frequency tolerances) allow 1.5 %; ours.
const FREQUENCY_PART: f32 = 0.001;
/// ES 201 235-2 (Unwanted frequency components): 20 dB below the softer tone; ours.
const UNWANTED_DB: f32 = -60.0;
/// ES 201 235-2 (Rise time).
const RISE_MS: usize = 7;

fn send(digits: &str, timing: Timing, level: Level) -> Vec<i16> {
    let mut generator = Generator::new(Digits::parse(digits).unwrap(), timing, level);
    let mut pcm = Vec::new();
    let mut frame = [0i16; FRAME_SAMPLES];
    while generator.fill(&mut frame) {
        pcm.extend_from_slice(&frame);
    }
    pcm.extend_from_slice(&frame);
    pcm
}

/// One digit for a second, without its edges.
fn steady(digit: char, level: Level) -> Vec<i16> {
    let timing = Timing {
        on_ms: 1_000,
        off_ms: 0,
    };
    send(&digit.to_string(), timing, level)[100..7_900].to_vec()
}

/// Amplitudes of cosine and sine at `hz`.
fn correlate(x: &[f64], hz: f64) -> (f64, f64) {
    let w = core::f64::consts::TAU * hz / 8_000.0;
    let scale = 2.0 / x.len() as f64;
    x.iter().enumerate().fold((0.0, 0.0), |(c, s), (n, x)| {
        let (sin, cos) = (w * n as f64).sin_cos();
        (c + scale * x * cos, s + scale * x * sin)
    })
}

/// Takes the sine at `hz` out.
fn remove(x: &mut [f64], hz: f64) {
    let (c, s) = correlate(x, hz);
    let w = core::f64::consts::TAU * hz / 8_000.0;
    for (n, x) in x.iter_mut().enumerate() {
        let (sin, cos) = (w * n as f64).sin_cos();
        *x -= c * cos + s * sin;
    }
}

#[test]
fn levels_frequencies_and_nothing_else() {
    for c in ALL.chars() {
        let level = Level::default();
        let pcm = steady(c, level);
        let (low, high) = frequencies_hz(Digit::from_char(c).unwrap());
        for (hz, dbm0) in [(low, level.low_dbm0), (high, level.high_dbm0)] {
            let at = goertzel_dbm0(&pcm, hz);
            assert!((at - dbm0).abs() < 0.1, "{c}: {at} dBm0 at {hz}");
            for off in [1.0 - FREQUENCY_PART, 1.0 + FREQUENCY_PART] {
                assert!(goertzel_dbm0(&pcm, hz * off) < at, "{c}: not at {hz}");
            }
        }
        let mut rest: Vec<f64> = pcm.iter().map(|&x| f64::from(x)).collect();
        for _ in 0..4 {
            remove(&mut rest, f64::from(low));
            remove(&mut rest, f64::from(high));
        }
        let power = rest.iter().map(|x| x * x).sum::<f64>() / rest.len() as f64;
        let unwanted = dbm0_of_power(power as f32) - level.low_dbm0;
        assert!(unwanted < UNWANTED_DB, "{c}: {unwanted} dB");
    }
}

/// 0 dBm0 a tone is more than 16 bits hold: softer, with the same twist, and as pure.
#[test]
fn what_would_clip_is_softer() {
    let level = Level {
        low_dbm0: 0.0,
        high_dbm0: 2.0,
    };
    let pcm = steady('5', level);
    let (low, high) = (goertzel_dbm0(&pcm, 770.0), goertzel_dbm0(&pcm, 1_336.0));
    assert!((high - low - 2.0).abs() < 0.1, "{low} {high}");
    assert!(goertzel_dbm0(&pcm, 2.0 * 1_336.0 - 770.0) < low - 50.0);
}

/// To the sample, and from silence to nearly full level within the rise time; no step is larger than the tone's own.
#[test]
fn timing_and_edges() {
    let timing = Timing {
        on_ms: 65,
        off_ms: 70,
    };
    let pcm = send("5D", timing, Level::default());
    let (on, off) = (65 * 8, 70 * 8);
    assert_eq!(pcm.len(), 2 * (on + off));
    for digit in pcm.chunks(on + off) {
        assert!(digit[on..].iter().all(|&x| x == 0));
        let peak = digit.iter().map(|x| x.unsigned_abs()).max().unwrap();
        let early = &digit[..RISE_MS * 8];
        assert!(early.iter().any(|x| x.unsigned_abs() > peak / 10 * 9));
        // Two sines of those peaks and frequencies move at most this far in a sample.
        let most = 11_400.0 * 0.75 + 14_400.0 * 1.3;
        let edges = [0, i32::from(digit[0]), i32::from(digit[on - 1]), 0];
        assert!(edges.windows(2).all(|e| (e[1] - e[0]).abs() < 2_000));
        let moves = digit.windows(2).map(|w| i32::from(w[1]) - i32::from(w[0]));
        assert!(moves.map(i32::abs).max().unwrap() < most as i32);
    }
}

#[test]
fn no_digit_is_shorter_than_a_receiver_must_accept() {
    let timing = Timing {
        on_ms: 5,
        off_ms: 40,
    };
    assert_eq!(send("1", timing, Level::default()).len(), 80 * 8);
}

#[test]
fn what_is_sent_is_heard_once() {
    for (on_ms, off_ms) in [(100, 100), (40, 40), (70, 70), (1_000, 200)] {
        let timing = Timing { on_ms, off_ms };
        let digits = "0123456789*#ABCD5577";
        let mut pcm = send(digits, timing, Level::default());
        pcm.extend_from_slice(&[0; 800]);
        assert_eq!(heard(&pcm), digits, "{timing:?}");
    }
    let mut none = Generator::new(Digits::EMPTY, Timing::default(), Level::default());
    assert!(!none.fill(&mut [0; 80]));
}

/// An hour of the oscillator neither fades nor drifts.
#[test]
fn long_tones_stay_where_they_are() {
    let mut oscillator = Oscillator::new(1_633.0);
    let skipped = 3_600 * 8_000;
    for _ in 0..skipped {
        oscillator.next();
    }
    let x: Vec<f64> = (0..8_000).map(|_| f64::from(oscillator.next())).collect();
    let (c, s) = correlate(&x, 1_633.0);
    assert!(((c * c + s * s).sqrt() - 1.0).abs() < 1e-3);
}
