use super::*;
use crate::signal::{Random, Signal};
use crate::tone::{TonePlan, TonePlayer, plan};
use std::vec::Vec;
use telephony::Tone;

/// The countries this detector was made for; others have cadenced dial tones, and tones that differ by less than it can tell.
fn plans() -> impl Iterator<Item = &'static TonePlan> {
    ["us", "gb", "de", "fr", "cn", "tw"]
        .into_iter()
        .map(|country| plan(country).unwrap())
}

fn played(plan: &'static TonePlan, tone: Tone, ms: usize) -> Vec<i16> {
    let mut pcm = std::vec![0i16; ms * 8];
    TonePlayer::new(plan.spec(tone)).fill(&mut pcm);
    pcm
}

/// What was heard, and after how many milliseconds.
fn heard(plan: &'static TonePlan, pcm: &[i16]) -> Vec<(usize, Heard)> {
    let mut detector = Detector::new(plan);
    let mut out = Vec::new();
    for (n, chunk) in pcm.chunks(80).enumerate() {
        detector.process(chunk);
        while let Some(heard) = detector.poll() {
            out.push((n * 10 + 10, heard));
        }
    }
    out
}

fn kinds(list: &[(usize, Heard)]) -> Vec<Heard> {
    list.iter().map(|(_, heard)| *heard).collect()
}

#[test]
fn busy_and_congestion_are_told_once_after_three_cycles_in_every_country() {
    for plan in plans() {
        for (tone, expected) in [
            (Tone::Busy, Heard::Busy),
            (Tone::Congestion, Heard::Congestion),
        ] {
            let cycle = plan.spec(tone).cycle_ms() as usize;
            for level in [-30.0, -10.0, 10.0] {
                let mut s = Signal::default();
                s.silence(317.0);
                s.samples(&played(plan, tone, 8 * cycle));
                s.scale(level);
                s.noise(-55.0, &mut Random(5));
                let list = heard(plan, &s.pcm());
                assert_eq!(
                    kinds(&list),
                    [expected],
                    "{} {tone:?} {level} dB",
                    plan.country
                );
                assert!(
                    list[0].0 > 317 + 3 * cycle - 60 && list[0].0 < 317 + 4 * cycle,
                    "{} {tone:?}: {list:?}",
                    plan.country
                );
            }
            let mut two = played(plan, tone, 2 * cycle + cycle / 2);
            two.extend_from_slice(&[0; 16_000]);
            assert_eq!(
                heard(plan, &two),
                [],
                "{} {tone:?}: two bursts and a half",
                plan.country
            );
        }
    }
}

#[test]
fn dial_tone_is_told_at_its_time_and_its_end_too() {
    for plan in plans() {
        let mut pcm = played(plan, Tone::Dial, 3_000);
        pcm.extend_from_slice(&[0; 8_000]);
        let list = heard(plan, &pcm);
        assert_eq!(
            kinds(&list),
            [Heard::DialTone, Heard::DialToneEnded],
            "{}",
            plan.country
        );
        let due = Detector::new(plan).dial_tone_ms() as usize;
        assert!(
            list[0].0.abs_diff(due) <= 40 && list[1].0.abs_diff(3_000) <= 60,
            "{} {list:?}",
            plan.country
        );
    }
    assert_eq!(Detector::new(plan("us").unwrap()).dial_tone_ms(), 300);
}

#[test]
fn ringback_is_told_each_cycle_and_its_end_when_it_stops() {
    for plan in plans() {
        let cycle = plan.ringback.cycle_ms() as usize;
        let mut pcm = played(plan, Tone::Ringback, 3 * cycle);
        pcm.extend_from_slice(&[0; 56_000]);
        let list = kinds(&heard(plan, &pcm));
        assert_eq!(
            list,
            [
                Heard::Ringback,
                Heard::Ringback,
                Heard::Ringback,
                Heard::RingbackEnded
            ],
            "{}",
            plan.country
        );
    }
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
fn number_unobtainable_of_every_country_is_told_once() {
    for plan in plans() {
        let list = kinds(&heard(plan, &played(plan, Tone::NumberUnobtainable, 7_000)));
        assert_eq!(list, [Heard::NumberUnobtainable], "{}", plan.country);
    }
}

#[test]
fn special_information_tones_at_the_edges_of_e180_are_told() {
    for shift in [-30.0f32, 0.0, 20.0] {
        for ms in [270.0, 330.0, 390.0] {
            let mut s = Signal::default();
            s.silence(100.0);
            for hz in [950.0, 1_400.0, 1_800.0] {
                s.tones(&[(hz + shift, -18.0)], ms);
            }
            s.silence(1_000.0);
            let list = kinds(&heard(plan("us").unwrap(), &s.pcm()));
            assert!(
                list.contains(&Heard::NumberUnobtainable),
                "{shift} Hz {ms} ms: {list:?}"
            );
        }
    }
}

#[test]
fn busy_tone_shifted_in_frequency_and_cadence_is_told() {
    for plan in plans() {
        let burst = plan.busy.first_sound().unwrap();
        for (frequency, cadence) in [(1.025, 1.08), (0.975, 0.92)] {
            let mut s = Signal::default();
            let each = -20.0;
            for _ in 0..5 {
                let parts: Vec<(f32, f32)> = burst
                    .freqs_hz
                    .iter()
                    .map(|hz| (hz * frequency, each))
                    .collect();
                s.tones(&parts, f32::from(burst.ms) * cadence);
                s.silence(f32::from(burst.ms) * cadence);
            }
            s.noise(-45.0, &mut Random(8));
            assert_eq!(
                kinds(&heard(plan, &s.pcm())),
                [Heard::Busy],
                "{} {frequency} {cadence}",
                plan.country
            );
        }
    }
}

#[test]
fn busy_after_speech_is_told_within_four_cycles() {
    for plan in plans() {
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
    for plan in plans() {
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
