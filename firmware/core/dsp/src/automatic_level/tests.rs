use super::*;
use crate::level::dbm0;
use crate::signal::{Random, Signal};
use proptest::prelude::*;
use std::vec::Vec;

fn play(level: &mut AutomaticLevel, pcm: &[i16], activity: Activity) -> Vec<i16> {
    let mut out = Vec::new();
    for chunk in pcm.as_chunks::<FRAME_SAMPLES>().0 {
        let mut frame = *chunk;
        level.process(&mut frame, activity);
        out.extend_from_slice(&frame);
    }
    out
}

fn tone(level_dbm0: f32, ms: f32) -> Vec<i16> {
    let mut signal = Signal::default();
    signal.tones(&[(400.0, level_dbm0)], ms);
    signal.pcm()
}

/// In, out, gain after ten seconds: by hand from target -16, at most +15 and -12 dB.
#[test]
fn levels_by_hand() {
    for (comes, goes) in [
        (-28.0, -16.0),
        (-16.0, -16.0),
        (-10.0, -16.0),
        (-4.0, -16.0),
        (0.0, -12.0),
        (-31.0, -16.0),
        (-40.0, -25.0),
    ] {
        let mut level = AutomaticLevel::new(Settings::default());
        let out = play(&mut level, &tone(comes, 10_000.0), Activity::Speech);
        let settled = dbm0(&out[72_000..]);
        assert!((settled - goes).abs() < 0.1, "{comes} became {settled}");
        assert!(
            (level.gain_db() - (goes - comes)).abs() < 0.1,
            "{comes}: {}",
            level.gain_db()
        );
    }
}

/// 12 dB up take 4 s after the first 200 ms, 12 dB down one second.
#[test]
fn the_gain_moves_3_db_a_second_up_and_12_down() {
    let mut level = AutomaticLevel::new(Settings::default());
    play(&mut level, &tone(-31.0, 190.0), Activity::Speech);
    assert_eq!(level.gain_db(), 0.0);
    play(&mut level, &tone(-31.0, 1_000.0), Activity::Speech);
    assert!((level.gain_db() - 3.0).abs() < 0.05, "{}", level.gain_db());
    play(&mut level, &tone(-31.0, 3_000.0), Activity::Speech);
    assert!((level.gain_db() - 12.0).abs() < 0.1, "{}", level.gain_db());
    let mut level = AutomaticLevel::new(Settings::default());
    play(&mut level, &tone(-4.0, 690.0), Activity::Speech);
    assert!((level.gain_db() + 6.0).abs() < 0.15, "{}", level.gain_db());
}

#[test]
fn pauses_do_not_pump_and_gaps_in_speech_hardly_count() {
    let mut level = AutomaticLevel::new(Settings::default());
    play(&mut level, &tone(-28.0, 8_000.0), Activity::Speech);
    let before = level.gain_db();
    let mut hiss = Signal::default();
    hiss.silence(20_000.0);
    hiss.noise(-55.0, &mut Random(3));
    let out = play(&mut level, &hiss.pcm(), Activity::Pause);
    assert_eq!(level.gain_db(), before);
    assert!((dbm0(&out) + 55.0 - before).abs() < 0.2, "{}", dbm0(&out));
    // A held gap of 150 ms at -55 dBm0 that counts as speech.
    play(&mut level, &hiss.pcm()[..1_200], Activity::Speech);
    assert!((level.gain_db() - before).abs() < 0.3);
}

#[test]
fn speech_of_any_level_comes_near_the_target() {
    let mut signal = Signal::default();
    signal.speech(30.0, &mut Random(8));
    let pcm = signal.pcm();
    for scale_db in [-14.0, -6.0, 0.0, 4.0] {
        let mut scaled = Signal::default();
        scaled.samples(&pcm);
        scaled.scale(scale_db);
        let mut level = AutomaticLevel::new(Settings::default());
        let scaled = scaled.pcm();
        let mut heard = crate::front_end::FrontEnd::new();
        let mut voice = crate::vad::VoiceActivity::new();
        let mut out = Vec::new();
        for chunk in scaled.as_chunks::<FRAME_SAMPLES>().0 {
            let speech = voice.process(heard.process(chunk));
            let mut frame = *chunk;
            level.process(
                &mut frame,
                if speech {
                    Activity::Speech
                } else {
                    Activity::Pause
                },
            );
            out.extend_from_slice(&frame);
        }
        let settled = &out[80_000..];
        assert!(
            (dbm0(settled) + 16.0).abs() < 3.0,
            "{scale_db} dB: {}",
            dbm0(settled)
        );
    }
}

/// A gain of 15 dB and then a shout: no sample is clipped, none beyond the ceiling, and no step beyond what the shout has itself.
#[test]
fn a_shout_is_limited_not_clipped() {
    let mut level = AutomaticLevel::new(Settings::default());
    play(&mut level, &tone(-40.0, 8_000.0), Activity::Speech);
    let shout = tone(2.0, 500.0);
    let out = play(&mut level, &shout, Activity::Speech);
    let peak = out.iter().map(|x| x.unsigned_abs()).max();
    assert!(peak <= Some(32_000), "{peak:?}");
    let run = out
        .windows(3)
        .filter(|w| w[0].unsigned_abs() >= 31_990 && w[0] == w[1] && w[1] == w[2])
        .count();
    assert_eq!(run, 0);
    let steepest = |pcm: &[i16]| {
        pcm.windows(2)
            .map(|w| (i32::from(w[1]) - i32::from(w[0])).abs())
            .max()
    };
    assert!(
        steepest(&out) <= steepest(&shout).map(|s| s * 3 / 2),
        "{:?}",
        steepest(&out)
    );
}

#[test]
fn tones_pass_as_they_came() {
    let mut level = AutomaticLevel::new(Settings::default());
    play(&mut level, &tone(-31.0, 8_000.0), Activity::Speech);
    let digit = tone(-9.0, 100.0);
    let out = play(&mut level, &digit, Activity::Tones);
    assert_eq!(out[FRAME_SAMPLES..], digit[FRAME_SAMPLES..]);
    assert!(level.gain_db() > 14.0);
}

/// Plain arithmetic only: the same samples on x86-64 and aarch64.
#[test]
fn levels_are_the_same_on_every_machine() {
    let mut random = Random(79);
    let pcm: Vec<i16> = (0..80_000)
        .map(|n| ((random.next() >> 56) as i16 - 128) * (1 + n as i16 / 400))
        .collect();
    let mut level = AutomaticLevel::new(Settings::default());
    let out = play(&mut level, &pcm, Activity::Speech);
    assert_eq!(crate::signal::fingerprint(&out), 0xe04dfa34599d2838);
}

proptest! {
    #[test]
    fn anything_stays_below_the_ceiling(
        frames in prop::collection::vec((prop::array::uniform32(any::<i16>()), any::<bool>()), 1..60),
        target_dbm0 in any::<f32>(), max_gain_db in any::<f32>(),
    ) {
        let mut level = AutomaticLevel::new(Settings { target_dbm0, max_gain_db, ..Settings::default() });
        for (seed, speech) in frames {
            let mut frame: Frame = core::array::from_fn(|i| seed[i % 32]);
            level.process(&mut frame, if speech { Activity::Speech } else { Activity::Pause });
            prop_assert!(frame.iter().all(|x| x.unsigned_abs() <= 32_001));
            prop_assert!(level.gain_db().is_finite());
        }
    }
}
