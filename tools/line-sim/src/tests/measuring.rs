use super::about;
use crate::cid::Display;
use crate::dtmf::Keypad;
use crate::fsk::{Demodulator, Modem, Received, modulate};
use crate::measure::Heard;
use crate::mouth::Mouth;
use crate::signal::{Rng, peak, rms, to_i16};
use crate::{Gap, SimConfig, SimError};

fn tone(hz: f32, dbm0: f32, ms: usize) -> Vec<i16> {
    let mut mouth = Mouth::default();
    mouth.say_tone(hz, dbm0);
    (0..ms * 8).map(|_| to_i16(mouth.next())).collect()
}

fn noise(dbm0: f32, ms: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    (0..ms * 8).map(|_| rng.gauss() * rms(dbm0)).collect()
}

#[test]
fn a_full_scale_sine_is_3_17_dbm0() {
    let heard = Heard::new(tone(1_004.0, 3.17, 1_000));
    assert_eq!(heard.samples().iter().max(), Some(&32_767));
    about(heard.level_dbm0(), 3.17, 0.01);
    about(heard.tone_dbm0(1_004.0), 3.17, 0.01);
    assert_eq!(Heard::new(vec![0; 800]).level_dbm0(), -100.0);
    assert_eq!(Heard::new(Vec::new()).tone_dbm0(1_000.0), -100.0);
}

#[test]
fn levels_and_frequencies_are_measured() {
    for (hz, dbm0) in [
        (60.0, -10.0),
        (404.0, -20.0),
        (1_004.3, -13.0),
        (2_750.0, -35.0),
        (3_400.0, -3.0),
    ] {
        let heard = Heard::new(tone(hz, dbm0, 500));
        about(heard.tone_dbm0(hz), dbm0, 0.1);
        about(heard.dominant_hz().unwrap(), hz, hz * 0.001);
    }
    assert_eq!(Heard::new(vec![3; 8_000]).dominant_hz(), None);
}

#[test]
fn a_frequency_is_found_in_noise_and_between_silences() {
    let mut samples = vec![0; 4_000];
    samples.extend(tone(621.7, -20.0, 150));
    samples.extend(vec![0; 4_000]);
    let noisy: Vec<i16> = samples
        .iter()
        .zip(noise(-50.0, 2_000, 3))
        .map(|(&s, n)| to_i16(f32::from(s) + n))
        .collect();
    about(Heard::new(noisy).dominant_hz().unwrap(), 621.7, 0.62);
}

#[test]
fn the_strongest_tones_come_first() {
    let mixed = tone(440.0, -12.0, 600)
        .iter()
        .zip(tone(350.0, -16.0, 600))
        .map(|(a, b)| a + b)
        .collect();
    let tones = Heard::new(mixed).strongest_tones(4, -50.0);
    assert_eq!(tones.len(), 2, "{tones:?}");
    about(tones[0].0, 440.0, 0.5);
    about(tones[0].1, -12.0, 0.2);
    about(tones[1].0, 350.0, 0.5);
    about(tones[1].1, -16.0, 0.2);
}

#[test]
fn gaps_jumps_and_the_rest_are_seen() {
    let whole = tone(1_000.0, -10.0, 1_000);
    let heard = Heard::new(whole.clone());
    assert_eq!(heard.gaps(-40.0, 5), []);
    assert_eq!(heard.phase_jumps(1_000.0), Vec::<u32>::new());
    assert!(
        heard.rest_dbm0(1_000.0) < -60.0,
        "{}",
        heard.rest_dbm0(1_000.0)
    );

    let mut holed = whole.clone();
    holed[2_400..2_560].fill(0);
    let gaps = Heard::new(holed).gaps(-40.0, 5);
    assert!(
        matches!(
            gaps[..],
            [Gap {
                at_ms: 299..=301,
                ms: 18..=20
            }]
        ),
        "{gaps:?}"
    );

    // A lost stretch of 3 ms: no silence anywhere, but the sine jumps.
    let cut: Vec<i16> = [
        &tone(1_030.0, -10.0, 400)[..],
        &tone(1_030.0, -10.0, 1_000)[3_203..],
    ]
    .concat();
    let heard = Heard::new(cut);
    assert_eq!(heard.gaps(-40.0, 5), []);
    assert!(!heard.phase_jumps(1_030.0).is_empty());
}

#[test]
fn cadences_are_measured() {
    let (on, off) = (tone(425.0, -10.0, 480), vec![0; 480 * 8]);
    let heard = Heard::new([&off[..], &on[..], &off[..], &on[..], &off[..]].concat());
    let cadence = heard.cadence_ms(-30.0);
    assert_eq!(cadence.len(), 2, "{cadence:?}");
    about(cadence[0].0 as f32, 480.0, 3.0);
    about(cadence[0].1 as f32, 480.0, 3.0);
}

#[test]
fn every_key_is_read_once_over_twist_level_and_speed() {
    let all = "0123456789*#ABCD";
    for low_dbm0 in [-25.0, -8.0, -3.0] {
        for twist_db in [-6.0, 0.0, 4.0] {
            for (ms, detune_percent) in [(45, 1.5), (45, 0.0), (100, -1.5)] {
                let keypad = Keypad {
                    low_dbm0,
                    twist_db,
                    on_ms: ms,
                    off_ms: ms,
                    detune_percent,
                };
                let heard = Heard::new(keypad.samples(all).unwrap());
                assert_eq!(heard.digits(), all, "{keypad:?}");
            }
        }
    }
    let short = Keypad {
        on_ms: 20,
        ..Keypad::default()
    }
    .samples("123")
    .unwrap();
    assert_eq!(Heard::new(short).digits(), "", "a click is no key");
    let twice = Keypad::default().samples("1155#").unwrap();
    assert_eq!(Heard::new(twice).digits(), "1155#");
    let long = Keypad {
        on_ms: 2_000,
        ..Keypad::default()
    }
    .samples("7")
    .unwrap();
    assert_eq!(Heard::new(long).digits(), "7");
    assert!(matches!(
        Keypad::default().samples("12x"),
        Err(SimError::NotADigit('x'))
    ));
}

#[test]
fn tones_and_noise_are_no_keys() {
    let dial = tone(350.0, -13.0, 3_000)
        .iter()
        .zip(tone(440.0, -13.0, 3_000))
        .map(|(a, b)| a + b)
        .collect();
    assert_eq!(Heard::new(dial).digits(), "");
    assert_eq!(Heard::new(tone(697.0, -6.0, 1_000)).digits(), "");
    let hiss = noise(-15.0, 20_000, 9).into_iter().map(to_i16).collect();
    assert_eq!(Heard::new(hiss).digits(), "");
}

fn demodulate(samples: &[f32]) -> (Vec<u8>, Option<Modem>) {
    let mut demodulator = Demodulator::new();
    let (mut bytes, mut modem, mut began) = (Vec::new(), None, false);
    for &sample in samples {
        match demodulator.push(sample) {
            Some(Received::Marks) => began = true,
            Some(Received::Byte(byte, by)) if began => {
                bytes.push(byte);
                modem = Some(by);
            }
            _ => {}
        }
    }
    (bytes, modem)
}

#[test]
fn fsk_of_both_standards_comes_through_noise() {
    let message: Vec<u8> = (0..=255).collect();
    for modem in [Modem::Bell202, Modem::V23] {
        for level in [-36.0, -13.5, -3.0] {
            for marks in [60, 180] {
                let clean = modulate(modem, peak(level), 300, marks, &message);
                assert_eq!(
                    demodulate(&clean),
                    (message.clone(), Some(modem)),
                    "{modem:?} {level} clean"
                );
                let ms = clean.len() / 8 + 1;
                let noisy: Vec<f32> = clean
                    .iter()
                    .zip(noise(level - 22.0, ms, 5))
                    .map(|(a, b)| a + b)
                    .collect();
                assert_eq!(
                    demodulate(&noisy),
                    (message.clone(), Some(modem)),
                    "{modem:?} {level} noisy"
                );
            }
        }
    }
}

#[test]
fn a_recording_goes_through_a_wav_file() {
    let path = std::env::temp_dir().join(format!("line-sim-{}.wav", std::process::id()));
    let heard = Heard::new(tone(440.0, -10.0, 250));
    heard.write_wav(&path).unwrap();
    let (mut rig, phone) = super::Rig::phone(Default::default());
    phone.lift();
    rig.run(100);
    phone.say_wav(&path).unwrap();
    assert!(phone.is_talking());
    rig.run(300);
    assert!(!phone.is_talking());
    assert_eq!(
        rig.received_last(0, 300).samples()[..2_000],
        *heard.samples()
    );
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(phone.say_wav(&path), Err(SimError::Wav { .. })));
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    hound::WavWriter::create(&path, spec)
        .unwrap()
        .finalize()
        .unwrap();
    assert!(
        phone
            .say_wav(&path)
            .unwrap_err()
            .to_string()
            .contains("44100 Hz")
    );
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn an_ear_remembers_so_much_and_no_more() {
    let config = SimConfig {
        ear_seconds: 2,
        ..SimConfig::new(1, 0)
    };
    let mut rig = super::Rig::new(config);
    let phone = rig.bench.phones().remove(0);
    rig.run(5_000);
    assert_eq!(phone.heard().ms(), 2_000);
    assert_eq!(phone.take_heard().ms(), 2_000);
    rig.run(30);
    assert_eq!(phone.heard().ms(), 30);
    assert_eq!(phone.heard_last(u32::MAX).ms(), 30);
}

#[test]
fn any_message_with_a_right_checksum_is_shown_or_counted() {
    let mut rng = Rng::new(11);
    for _ in 0..300 {
        let mut display = Display::new();
        let length = rng.between(0, 40) as u8;
        let kind = if rng.unit() < 0.5 { 0x80 } else { 0x04 };
        let mut message = vec![kind, length];
        for _ in 0..length {
            let most = if rng.unit() < 0.5 { 12 } else { 255 };
            message.push(rng.between(0, most) as u8);
        }
        let sum = message
            .iter()
            .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        message.push(sum.wrapping_neg());
        let sound = modulate(Modem::Bell202, peak(-13.5), 50, 60, &message);
        for sample in sound.into_iter().chain([0.0; 1_000]) {
            display.push(sample, telephony::Instant::ZERO);
        }
        assert_eq!(
            display.shown().len() as u32 + display.spoilt(),
            1,
            "{message:02X?}"
        );
    }
}
