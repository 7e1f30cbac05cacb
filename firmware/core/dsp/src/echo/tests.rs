use super::*;
use crate::level::{dbm0, peak_of_sine};
use crate::signal::{Random, Signal};
use std::vec::Vec;

/// An echo path: a delay, and a decaying ring of random sign.
fn hybrid(delay: usize, erl_db: f32, random: &mut Random) -> Vec<f32> {
    let mut path = std::vec![0.0; delay];
    path.extend((0..48).map(|n| random.normal() * (-(n as f32) / 10.0).exp()));
    let power: f32 = path.iter().map(|h| h * h).sum();
    let gain = 10f32.powf(-erl_db / 20.0) / power.sqrt();
    path.iter().map(|h| h * gain).collect()
}

fn through(path: &[f32], far: &[i16]) -> Vec<f32> {
    (0..far.len())
        .map(|n| {
            let taps = path.iter().zip(far[..=n].iter().rev());
            taps.map(|(h, &x)| h * f32::from(x)).sum()
        })
        .collect()
}

fn pcm(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|&x| to_i16(x)).collect()
}

/// What comes out.
fn cancel(canceller: &mut Canceller, far: &[i16], near: &[i16]) -> Vec<i16> {
    let mut out = Vec::new();
    for (far, near) in far.as_chunks::<80>().0.iter().zip(near.as_chunks::<80>().0) {
        let mut frame = *near;
        canceller.process(far, &mut frame);
        out.extend(frame);
    }
    out
}

fn noise(seconds: f32, level_dbm0: f32, random: &mut Random) -> Vec<i16> {
    let mut signal = Signal::default();
    signal.silence(seconds * 1_000.0);
    signal.noise(level_dbm0, random);
    signal.pcm()
}

fn linear() -> Config {
    Config {
        nlp: false,
        ..Config::default()
    }
}

#[test]
fn echo_goes_and_the_report_says_what_the_line_is_like() {
    let mut random = Random(31);
    for (delay, erl_db) in [(0, 6.0), (40, 12.0), (160, 20.0)] {
        let path = hybrid(delay, erl_db, &mut random);
        let far = noise(4.0, -12.0, &mut random);
        let near = pcm(&through(&path, &far));
        let mut canceller = Canceller::new(linear());
        assert_eq!(canceller.report(), Report::default());
        let out = cancel(&mut canceller, &far, &near);
        let (echo, left) = (dbm0(&near[16_000..]), dbm0(&out[16_000..]));
        assert!(echo - left > 35.0, "{echo} to {left} dBm0");
        let report = canceller.report();
        let erl = report.erl_db.expect("the far end spoke");
        assert!((erl - erl_db).abs() < 1.0, "{erl} instead of {erl_db} dB");
        let erle = report.erle_db.expect("the far end spoke");
        assert!(erle > 20.0, "{erle} dB");
        let tail = report.tail_found_ms.expect("a path was found");
        let end = (delay as f32 + 48.0) / 8.0;
        assert!(
            (end - 5.0..=end + 1.0).contains(&tail),
            "{tail} for {end} ms"
        );
        assert!(!report.disabled);
    }
}

#[test]
fn every_tail_that_can_be_set_is_cancelled_to_its_end() {
    let mut random = Random(32);
    for tail_ms in [0, 8, 16, 32, 64, 128, 200] {
        let config = Config {
            tail_ms,
            nlp: false,
        };
        let longest = usize::from(tail_ms.clamp(8, 128)) * 8;
        let path = hybrid(longest - 48, 10.0, &mut random);
        let far = noise(4.0, -15.0, &mut random);
        let near = pcm(&through(&path, &far));
        let out = cancel(&mut Canceller::new(config), &far, &near);
        let erle = dbm0(&near[24_000..]) - dbm0(&out[24_000..]);
        assert!(erle > 25.0, "tail of {tail_ms} ms: {erle} dB");
    }
}

#[test]
fn the_near_end_is_not_touched_while_the_far_end_is_silent() {
    let mut random = Random(33);
    let mut speech = Signal::default();
    speech.speech(5.0, &mut random);
    let near = speech.pcm();
    let far = std::vec![0i16; near.len()];
    let out = cancel(&mut Canceller::new(Config::default()), &far, &near);
    assert_eq!(out[..], near[..out.len()]);
}

#[test]
fn a_known_line_is_remembered_and_its_figures_begin_anew() {
    let mut random = Random(34);
    let path = hybrid(20, 8.0, &mut random);
    let mut canceller = Canceller::new(linear());
    let far = noise(3.0, -15.0, &mut random);
    cancel(&mut canceller, &far, &pcm(&through(&path, &far)));
    cancel(&mut canceller, &[0; 800], &[0; 800]);
    canceller.begin_call();
    assert_eq!(canceller.report().erl_db, None);
    let far = noise(0.3, -15.0, &mut random);
    let near = pcm(&through(&path, &far));
    let out = cancel(&mut canceller, &far, &near);
    assert!(dbm0(&near) - dbm0(&out) > 30.0);
}

/// A 2100 Hz answer tone of 3 s.
fn answer_tone(hz: f32, level_dbm0: f32, reversal_ms: Option<usize>) -> Vec<i16> {
    let peak = peak_of_sine(level_dbm0);
    let sample = |n: usize| {
        let turns = reversal_ms.map_or(0, |ms| n / (8 * ms));
        let sign = if turns.is_multiple_of(2) { 1.0 } else { -1.0 };
        sign * peak * (core::f32::consts::TAU * hz * n as f32 / 8_000.0).sin()
    };
    pcm(&(0..24_000).map(sample).collect::<Vec<_>>())
}

/// G.168 §7: what an answer tone at the near end does to a converged canceller. Frames until it let everything through.
fn frames_until_off(tone: &[i16]) -> Option<usize> {
    let mut random = Random(35);
    let path = hybrid(10, 8.0, &mut random);
    let mut canceller = Canceller::new(Config::default());
    let far = noise(2.0, -15.0, &mut random);
    cancel(&mut canceller, &far, &pcm(&through(&path, &far)));
    let silent = [0; 80];
    for (n, frame) in tone.as_chunks::<80>().0.iter().enumerate() {
        canceller.process(&silent, &mut { *frame });
        if canceller.report().disabled {
            return Some(n);
        }
    }
    None
}

#[test]
fn an_answer_tone_with_reversals_switches_it_off_within_a_second() {
    for (hz, level, ms) in [
        (2_100.0, -12.0, 450),
        (2_079.0, -20.0, 450),
        (2_121.0, -6.0, 450),
        (2_100.0, -31.0, 425),
        (2_115.0, -15.0, 475),
    ] {
        let frames = frames_until_off(&answer_tone(hz, level, Some(ms)));
        assert!(
            frames.is_some_and(|f| f <= 100),
            "{hz} Hz at {level} dBm0: {frames:?}"
        );
    }
}

#[test]
fn tones_without_reversals_off_frequency_or_too_weak_do_not_switch_it_off() {
    for (hz, level, ms) in [
        (2_100.0, -12.0, None),
        (1_900.0, -12.0, Some(450)),
        (2_200.0, -12.0, Some(450)),
        (2_100.0, -40.0, Some(450)),
        (2_100.0, -12.0, Some(200)),
        (2_100.0, -12.0, Some(1_000)),
    ] {
        let frames = frames_until_off(&answer_tone(hz, level, ms));
        assert_eq!(frames, None, "{hz} Hz at {level} dBm0, {ms:?}");
    }
}

#[test]
fn switched_off_it_lets_everything_through_and_comes_back_after_silence() {
    let mut random = Random(36);
    let path = hybrid(10, 8.0, &mut random);
    let mut canceller = Canceller::new(linear());
    let far = noise(2.0, -15.0, &mut random);
    let near = pcm(&through(&path, &far));
    cancel(&mut canceller, &far, &near);
    let tone = answer_tone(2_100.0, -12.0, Some(450));
    cancel(&mut canceller, &std::vec![0; tone.len()], &tone);
    assert_eq!(cancel(&mut canceller, &far, &near)[..], near[..]);
    // G.168 §7.6: silent for 400 ms at the most.
    cancel(&mut canceller, &[0; 3_200], &[0; 3_200]);
    let out = cancel(&mut canceller, &far, &near);
    assert!(dbm0(&near) - dbm0(&out) > 30.0);
    assert!(canceller.report().disabled, "the call's record keeps it");
}

#[test]
fn speech_does_not_switch_it_off() {
    let mut random = Random(37);
    let mut speech = Signal::default();
    speech.speech(120.0, &mut random);
    assert_eq!(frames_until_off(&speech.pcm()), None);
}

#[test]
fn nothing_makes_it_louder_than_what_came_in() {
    let mut random = Random(38);
    let loud =
        |random: &mut Random| -> Vec<i16> { (0..80_000).map(|_| random.next() as i16).collect() };
    let square: Vec<i16> = (0..80_000)
        .map(|n| if n / 13 % 2 == 0 { i16::MAX } else { i16::MIN })
        .collect();
    let pairs = [
        (loud(&mut random), loud(&mut random)),
        (square.clone(), loud(&mut random)),
        (loud(&mut random), square.clone()),
        (square.clone(), square),
    ];
    for (n, (far, near)) in pairs.iter().enumerate() {
        for nlp in [false, true] {
            let config = Config { nlp, ..linear() };
            let out = cancel(&mut Canceller::new(config), far, near);
            assert!(dbm0(&out) < dbm0(near) + 1.0, "pair {n}");
        }
    }
}

/// Speech-like far end: bursts of noise with pauses.
fn talk(seconds: f32, random: &mut Random) -> Vec<i16> {
    let mut far = noise(seconds, -12.0, random);
    for (n, sample) in far.iter_mut().enumerate() {
        if n / 800 % 3 == 2 {
            *sample = 0;
        }
    }
    far
}

/// The loudest frame of `out` against the five of `near` around it, in dB; frames below -45 dBm0 do not count.
fn louder_db(out: &[i16], near: &[i16]) -> f32 {
    let frames =
        |x: &[i16]| -> Vec<f32> { x.as_chunks::<80>().0.iter().map(|f| dbm0(f)).collect() };
    let (out, near) = (frames(out), frames(near));
    let around = |n: usize| {
        let window = &near[n.saturating_sub(2)..(n + 3).min(near.len())];
        window.iter().fold(-99.0f32, |most, &l| most.max(l))
    };
    let louder = out.iter().enumerate().filter(|(_, l)| **l > -45.0);
    louder.map(|(n, l)| l - around(n)).fold(-99.0, f32::max)
}

#[test]
fn keys_under_the_boxs_own_dial_tone_are_heard_before_anything_is_known_of_the_line() {
    use crate::front_end::FrontEnd;
    use crate::{dtmf, tone};
    let mut random = Random(41);
    for country in ["us", "de", "cn"] {
        let plan = tone::plan(country).expect("a plan");
        let mut heard = 0;
        for key in "1234567890*#ABCD".chars() {
            let path = hybrid(8, 6.0, &mut random);
            let mut far = std::vec![0i16; 8_000];
            tone::TonePlayer::new(&plan.dial).fill(&mut far);
            let mut near = through(&path, &far);
            let digits = telephony::Digits::parse(&std::format!("{key}")).expect("a key");
            let timing = dtmf::Timing {
                on_ms: 80,
                off_ms: 80,
            };
            let level = dtmf::Level {
                low_dbm0: -24.0,
                high_dbm0: -24.0,
            };
            let mut press = [0i16; 640];
            dtmf::Generator::new(digits, timing, level).fill(&mut press);
            for (n, x) in press.into_iter().enumerate() {
                near[2_400 + n] += f32::from(x);
            }
            let mut canceller = Canceller::new(Config::default());
            let (mut front_end, mut detector) = (FrontEnd::new(), dtmf::Detector::new());
            let near = pcm(&near);
            for (far, near) in far.as_chunks::<80>().0.iter().zip(near.as_chunks::<80>().0) {
                let linear = canceller.process(far, &mut { *near });
                detector.process(front_end.process(&linear));
            }
            let began = |event| matches!(event, dtmf::DtmfEvent::Began(d) if d.as_char() == key);
            heard += usize::from(core::iter::from_fn(|| detector.poll()).any(began));
        }
        assert_eq!(heard, 16, "{country}");
    }
}

#[test]
fn it_comes_back_from_a_modem_without_a_burst() {
    let mut random = Random(42);
    for tail_ms in [32, 128] {
        let path = hybrid(40, 8.0, &mut random);
        let mut canceller = Canceller::new(Config { tail_ms, nlp: true });
        let far = talk(3.0, &mut random);
        cancel(&mut canceller, &far, &pcm(&through(&path, &far)));
        let tone = answer_tone(2_100.0, -12.0, Some(450));
        cancel(&mut canceller, &std::vec![0; tone.len()], &tone);
        let (data, back) = (
            noise(4.0, -12.0, &mut random),
            noise(4.0, -12.0, &mut random),
        );
        cancel(&mut canceller, &data, &back);
        let quiet = noise(0.6, -69.0, &mut random);
        let out = cancel(&mut canceller, &std::vec![0; quiet.len()], &quiet);
        let louder = louder_db(&out, &quiet);
        assert!(louder < 3.0, "tail of {tail_ms} ms: {louder} dB");
    }
}
