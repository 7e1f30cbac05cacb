use super::learn::LearnedTone;
use super::*;
use crate::dtmf::DtmfEvent;
use crate::front_end::FrontEnd;
use crate::signal::{Random, Signal};
use crate::tone::{PLANS, TonePlan, TonePlayer, plan};
use std::vec::Vec;
use telephony::{Digit, FRAME_SAMPLES, Tone};

mod countries;

/// E.180 Supplement 2 lists exchanges of +-25 Hz at 425 Hz at most and mostly within 3 %.
const FREQUENCY: f32 = 0.03;
/// Disconnect within so many cycles.
const DISCONNECT_CYCLES: usize = 4;
/// From the sound to what is told: half a window and three frames.
const LATENCY_MS: usize = 80;

fn played(plan: &'static TonePlan, tone: Tone, ms: usize) -> Vec<i16> {
    let mut pcm = std::vec![0i16; ms * 8];
    TonePlayer::new(plan.spec(tone)).fill(&mut pcm);
    pcm
}

/// What was heard, and after how many milliseconds.
fn heard(plan: &'static TonePlan, pcm: &[i16]) -> Vec<(usize, Heard)> {
    heard_by(&mut Detector::new(plan), pcm)
}

fn heard_by(detector: &mut Detector, pcm: &[i16]) -> Vec<(usize, Heard)> {
    let mut front_end = FrontEnd::new();
    let mut out = Vec::new();
    for (n, frame) in pcm.chunks_exact(FRAME_SAMPLES).enumerate() {
        detector.process(front_end.process(frame.try_into().unwrap()));
        while let Some(heard) = detector.poll() {
            out.push((n * 10 + 10, heard));
        }
    }
    out
}

/// A tone of `plan` from an exchange whose frequencies and times are off, each sine of `level_dbm0`.
fn off(plan: &TonePlan, tone: Tone, cycles: usize, by: (f32, f32), level_dbm0: f32) -> Signal {
    let cycle = match tone {
        Tone::Busy => plan.busy.cycle,
        Tone::Congestion => plan.congestion.cycle,
        _ => plan.ringback.cycle,
    };
    let mut s = Signal::default();
    for segment in cycle.iter().cycle().take(cycles * cycle.len()) {
        let ms = f32::from(segment.ms) * (1.0 + by.1);
        let parts: Vec<(f32, f32)> = segment
            .freqs_hz
            .iter()
            .map(|hz| (hz * (1.0 + by.0), level_dbm0))
            .collect();
        s.tones(&parts, ms);
    }
    s
}

fn kinds(list: &[(usize, Heard)]) -> Vec<Heard> {
    list.iter().map(|(_, heard)| *heard).collect()
}

#[test]
fn an_answer_with_speech_ends_ringback_at_once() {
    let plan = plan("us").unwrap();
    let mut s = Signal::default();
    s.samples(&played(plan, Tone::Ringback, 7_000));
    s.speech(4.0, &mut Random(2));
    let list = kinds(&heard(plan, &s.pcm()));
    assert!(
        list.starts_with(&[Heard::Ringback, Heard::RingbackEnded]) && list.contains(&Heard::Speech),
        "{list:?}"
    );
}

#[test]
fn special_information_tones_at_the_edges_of_e180_are_told() {
    for shift in [-30.0f32, 0.0, 20.0] {
        for ms in [270.0, 330.0, 390.0] {
            let mut s = Signal::default();
            s.silence(100.0);
            for hz in [950.0, 1_400.0, 1_800.0] {
                s.tones(&[(hz + shift, -18.0)], ms);
                // Up to 30 ms.
                s.silence((shift + 30.0) * 0.6);
            }
            s.silence(1_000.0);
            let pcm = s.pcm();
            for plan in &PLANS {
                let list = kinds(&heard(plan, &pcm));
                assert_eq!(
                    list,
                    [Heard::NumberUnobtainable],
                    "{}: {shift} Hz {ms} ms",
                    plan.country
                );
            }
        }
    }
}

#[test]
fn a_call_that_joins_the_tone_late_is_cleared_within_four_cycles() {
    for plan in &PLANS {
        let cycle = plan.busy.cycle_ms() as usize;
        for part in 1..8 {
            let pcm = played(plan, Tone::Busy, 7 * cycle);
            let joined = &pcm[part * cycle..];
            let list = heard(plan, joined);
            assert!(
                list.len() == 1
                    && list[0].1 == Heard::Busy
                    && list[0].0 <= DISCONNECT_CYCLES * cycle + LATENCY_MS,
                "{} {part}/8 of a cycle: {list:?}",
                plan.country
            );
        }
    }
}

#[test]
fn keys_over_a_busy_tone_and_a_party_that_still_speaks_hold_it_off() {
    let plan = plan("us").unwrap();
    let cycle = plan.busy.cycle_ms() as usize;
    let pcm = played(plan, Tone::Busy, 12 * cycle);
    let mut detector = Detector::new(plan);
    let mut front_end = FrontEnd::new();
    for (n, frame) in pcm.chunks_exact(FRAME_SAMPLES).enumerate() {
        if n % 200 == 150 {
            detector.digit(DtmfEvent::Began(Digit::from_char('5').unwrap()));
        }
        detector.process(front_end.process(frame.try_into().unwrap()));
        assert_eq!(detector.poll(), None, "{} ms", n * 10);
    }
    // Two of three parties: the third one's exchange sends busy tone, and nobody minds.
    let mut conference = Signal::default();
    conference.samples(&played(plan, Tone::Busy, 60_000));
    conference.scale(-6.0);
    let mut random = Random(4);
    let mut at = 8 * 2_300;
    while at + 8 * 3_000 < conference.0.len() {
        let mut word = Signal::default();
        word.speech(0.8, &mut random);
        for (x, y) in conference.0[at..].iter_mut().zip(&word.0) {
            *x += y;
        }
        at += 8 * random.between(2_000.0, 5_500.0) as usize;
    }
    let list = heard(plan, &conference.pcm());
    assert!(!list.iter().any(|(_, h)| *h == Heard::Busy), "{list:?}");
}

#[test]
fn pairs_that_beat_slowly_are_told_from_one_sine() {
    // Tones of Australia and Japan; the burst begins where the beat is strongest.
    for (freqs_hz, other) in [([413.0, 438.0], 425.0), ([384.0, 416.0], 400.0)] {
        let own = std::format!("f1={},f2={},c=400/300", freqs_hz[0], freqs_hz[1]);
        let single = std::format!("f1={other},c=400/300");
        let mut pair = Signal::default();
        let mut sine = Signal::default();
        for _ in 0..5 {
            pair.tones(&freqs_hz.map(|hz| (hz, -15.0)), 400.0);
            pair.silence(300.0);
            sine.tones(&[(other, -15.0)], 400.0);
            sine.silence(300.0);
        }
        for (text, told, untold) in [(&own, &pair, &sine), (&single, &sine, &pair)] {
            let tone: LearnedTone = text.parse().unwrap();
            let mut detector = Detector::new(plan("us").unwrap());
            detector.listen_learned(Listened::Learned, &tone);
            assert_eq!(
                kinds(&heard_by(&mut detector.clone(), &told.pcm())),
                [Heard::Busy],
                "{text}"
            );
            assert!(
                !kinds(&heard_by(&mut detector, &untold.pcm())).contains(&Heard::Busy),
                "{text}"
            );
        }
    }
}

#[test]
fn beeps_that_are_no_plan_s_tones_are_not_told() {
    for plan in &PLANS {
        let mut s = Signal::default();
        // An alarm, a reversing lorry, a modem that calls (V.25), a microwave oven, an answering machine.
        for (hz, on, pause) in [
            (1_000.0, 500.0, 500.0),
            (1_250.0, 500.0, 500.0),
            (1_300.0, 500.0, 2_000.0),
            (2_048.0, 250.0, 250.0),
            (520.0, 375.0, 375.0),
        ] {
            for _ in 0..8 {
                s.tones(&[(hz, -15.0)], on);
                s.silence(pause);
            }
        }
        s.noise(-55.0, &mut Random(6));
        // Somebody is there: a sound that no exchange sends.
        let mut list = kinds(&heard(plan, &s.pcm()));
        list.retain(|h| *h != Heard::Speech);
        assert_eq!(list, [], "{}", plan.country);
    }
}

#[test]
fn where_a_plan_has_two_tones_near_each_other_either_is_told_at_its_edge() {
    let de = plan("de").unwrap();
    for (hz, off) in [(425.0, FREQUENCY), (450.0, -FREQUENCY), (437.5, 0.0)] {
        let mut detector = Detector::new(de);
        let other: LearnedTone = "f1=450,c=480/480".parse().unwrap();
        assert!(detector.listen_learned(Listened::Busy, &other));
        let mut s = Signal::default();
        for _ in 0..5 {
            s.tones(&[(hz * (1.0 + off), -15.0)], 480.0);
            s.silence(480.0);
        }
        assert_eq!(kinds(&heard_by(&mut detector, &s.pcm())), [Heard::Busy]);
    }
}

#[test]
fn a_tone_s_first_sample_and_its_end_are_known_while_it_sounds() {
    let us = plan("us").unwrap();
    let mut s = Signal::default();
    s.silence(333.0);
    s.samples(&played(us, Tone::Busy, 6_000));
    let mut detector = Detector::new(us);
    heard_by(&mut detector, &s.pcm());
    let (first, last) = detector.sounding(Listened::Busy).unwrap();
    assert!(
        first.abs_diff(333 * 8) < 80 && last == (6_330 * 8),
        "{first} {last}"
    );
    assert_eq!(detector.sounding(Listened::Congestion), None);
    s.silence(2_000.0);
    let mut detector = Detector::new(us);
    heard_by(&mut detector, &s.pcm());
    assert_eq!(detector.sounding(Listened::Busy), None);
}

#[test]
fn busy_after_speech_is_told_within_four_cycles() {
    for plan in &PLANS {
        let mut s = Signal::default();
        s.speech(20.0, &mut Random(3));
        let start = s.0.len() / 8;
        let cycle = plan.busy.cycle_ms() as usize;
        s.samples(&played(plan, Tone::Busy, 6 * cycle));
        let list = heard(plan, &s.pcm());
        let busy: Vec<_> = list.iter().filter(|(_, h)| *h == Heard::Busy).collect();
        assert!(
            busy.len() == 1 && busy[0].0 > start && busy[0].0 < start + 4 * cycle + 60,
            "{} {list:?}",
            plan.country
        );
    }
}

#[test]
fn digits_at_busy_rate_and_speech_are_never_busy() {
    let never = [
        Heard::Busy,
        Heard::Congestion,
        Heard::NumberUnobtainable,
        Heard::DialTone,
        Heard::Ringback,
    ];
    for plan in &PLANS {
        let mut s = Signal::default();
        let burst = f32::from(plan.busy.first_sound().unwrap().ms);
        for low in [697.0, 770.0, 852.0, 941.0] {
            for _ in 0..5 {
                s.tones(&[(low, -10.0), (1_336.0, -8.0)], burst);
                s.silence(burst);
            }
        }
        s.speech(300.0, &mut Random(11));
        for _ in 0..20 {
            // Noise bursts in busy's cadence: a busy tone is a tone.
            let mut noise = Signal::default();
            noise.silence(burst);
            noise.noise(-15.0, &mut Random(12));
            s.samples(&noise.pcm());
            s.silence(burst);
        }
        let list = heard(plan, &s.pcm());
        assert!(
            !list.iter().any(|(_, h)| never.contains(h)),
            "{} {list:?}",
            plan.country
        );
    }
}
