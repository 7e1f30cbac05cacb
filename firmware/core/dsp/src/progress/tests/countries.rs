//! Every tone of every plan.

use super::*;
use crate::tone::{Segment, ToneSpec};
use std::format;
use std::string::String;

/// Levels of a sine at the box: E.180 §3 sends -10 +-5 dBm0 in all, lines lose up to 20 dB of it.
const LEVELS_DBM0: [f32; 3] = [-33.0, -18.0, -4.0];
/// E.180 §3: times of a cadence +-10 %.
const CADENCE: f32 = 0.10;
/// Signal to noise of a bad line.
const SNR_DB: f32 = 15.0;
/// What a party is cut off for, in the order in which it is told where a plan has one sound for two of them.
const CLEARING: [(Tone, Heard); 3] = [
    (Tone::Busy, Heard::Busy),
    (Tone::Congestion, Heard::Congestion),
    (Tone::NumberUnobtainable, Heard::NumberUnobtainable),
];

/// Whether nobody can tell the two: the same sounds in the same cadence, each within what exchanges may be off.
fn alike(a: &ToneSpec, b: &ToneSpec) -> bool {
    let near = |(x, y): (&Segment, &Segment)| {
        let hz = x.freqs_hz.iter().zip(y.freqs_hz);
        x.freqs_hz.len() == y.freqs_hz.len()
            && hz.into_iter().all(|(x, y)| (x - y).abs() < FREQUENCY * x)
            && f32::from(x.ms.abs_diff(y.ms)) <= CADENCE * f32::from(x.ms)
    };
    let turned = |by: usize| b.cycle.iter().cycle().skip(by);
    a.cycle.len() == b.cycle.len()
        && (0..b.cycle.len()).any(|by| a.cycle.iter().zip(turned(by)).all(near))
}

/// What is told of `tone`: it, or what comes before it and is the same sound.
fn told_of(plan: &TonePlan, tone: Tone) -> Heard {
    told_of_form(plan, tone, plan.spec(tone))
}

/// The same of one form of `tone`.
fn told_of_form(plan: &TonePlan, tone: Tone, sent: &ToneSpec) -> Heard {
    let first = CLEARING
        .iter()
        .find(|(other, _)| *other == tone || plan.heard_as(*other).any(|spec| alike(sent, spec)));
    first.map(|(_, heard)| *heard).unwrap()
}

fn none(wrong: Vec<String>) {
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn busy_and_congestion_are_told_once_after_three_cycles_in_every_country() {
    let mut wrong = Vec::new();
    for plan in &PLANS {
        for tone in [Tone::Busy, Tone::Congestion] {
            let expected = told_of(plan, tone);
            let cycle = plan.spec(tone).cycle_ms() as usize;
            let due = 317 + 3 * cycle - 60..317 + 4 * cycle;
            for level in [-30.0, -10.0, 10.0] {
                let mut s = Signal::default();
                s.silence(317.0);
                s.samples(&played(plan, tone, 8 * cycle));
                s.scale(level);
                s.noise(-55.0, &mut Random(5));
                let list = heard(plan, &s.pcm());
                if kinds(&list) != [expected] || !due.contains(&list[0].0) {
                    wrong.push(format!(
                        "{} {tone:?} {level} dB, {due:?}: {list:?}",
                        plan.country
                    ));
                }
            }
            let mut two = played(plan, tone, 2 * cycle + cycle / 2);
            two.extend_from_slice(&[0; 16_000]);
            let list = heard(plan, &two);
            if !list.is_empty() {
                wrong.push(format!(
                    "{} {tone:?}: two bursts and a half: {list:?}",
                    plan.country
                ));
            }
        }
    }
    none(wrong);
}

#[test]
fn dial_tone_is_told_at_its_time_and_its_end_too() {
    let mut wrong = Vec::new();
    for plan in &PLANS {
        let mut pcm = played(plan, Tone::Dial, 6_000);
        pcm.extend_from_slice(&[0; 16_000]);
        let list = heard(plan, &pcm);
        let due = Detector::new(plan).dial_tone_ms() as usize;
        // A cadenced one is over when no burst comes behind its longest pause.
        let pauses = plan.dial.cycle.iter().filter(|s| s.is_silence());
        let pause = pauses.map(|s| usize::from(s.ms) * 5 / 4 + 200).max();
        if kinds(&list) != [Heard::DialTone, Heard::DialToneEnded]
            || list[0].0.abs_diff(due) > LATENCY_MS
            || !(6_000 - LATENCY_MS..6_000 + LATENCY_MS + pause.unwrap_or(0)).contains(&list[1].0)
        {
            wrong.push(format!("{} due {due}: {list:?}", plan.country));
        }
    }
    none(wrong);
    assert_eq!(Detector::new(plan("us").unwrap()).dial_tone_ms(), 300);
}

#[test]
fn ringback_is_told_each_cycle_and_its_end_when_it_stops() {
    let mut wrong = Vec::new();
    for plan in &PLANS {
        let cycle = plan.ringback.cycle_ms() as usize;
        let mut pcm = played(plan, Tone::Ringback, 3 * cycle);
        pcm.extend_from_slice(&[0; 56_000]);
        let list = heard(plan, &pcm);
        let expected = [
            Heard::Ringback,
            Heard::Ringback,
            Heard::Ringback,
            Heard::RingbackEnded,
        ];
        let each = list.iter().zip(0..).all(|((ms, _), n)| ms / cycle == n);
        if kinds(&list) != expected || !each {
            wrong.push(format!("{} each {cycle}: {list:?}", plan.country));
        }
    }
    none(wrong);
}

#[test]
fn number_unobtainable_of_every_country_is_told_once() {
    let mut wrong = Vec::new();
    for plan in &PLANS {
        let spec = plan.number_unobtainable;
        let cycles = if spec.is_continuous() {
            0
        } else {
            4 * spec.cycle_ms() as usize
        };
        let mut list = heard(
            plan,
            &played(plan, Tone::NumberUnobtainable, cycles.max(7_000)),
        );
        // Bursts for which dial tone does not wait.
        let dial_ms = Detector::new(plan).dial_tone_ms();
        if spec.cycle.len() > 1 && spec.cycle.iter().any(|s| u32::from(s.ms) > dial_ms) {
            list.retain(|(_, h)| !matches!(h, Heard::DialTone | Heard::DialToneEnded));
        }
        if kinds(&list) != [told_of(plan, Tone::NumberUnobtainable)] {
            wrong.push(format!("{}: {list:?}", plan.country));
        }
    }
    none(wrong);
}

#[test]
fn tones_at_the_edges_of_frequency_cadence_level_and_noise_are_told() {
    let mut random = Random(21);
    let mut wrong = Vec::new();
    for plan in &PLANS {
        for tone in [Tone::Busy, Tone::Congestion, Tone::Ringback] {
            let expected = match tone {
                Tone::Ringback => Heard::Ringback,
                _ => told_of(plan, tone),
            };
            for n in 0..12 {
                let edge = |bit: usize| if n >> bit & 1 == 0 { -1.0 } else { 1.0 };
                let by = (edge(0) * FREQUENCY, edge(1) * CADENCE);
                let level = LEVELS_DBM0[n % 3];
                let mut s = Signal::default();
                s.silence(random.between(100.0, 200.0));
                s.0.extend(off(plan, tone, 4, by, level).0);
                s.silence(1_000.0);
                s.noise((level - SNR_DB).max(-60.0), &mut random);
                let list = kinds(&heard(plan, &s.pcm()));
                let others = [Heard::Busy, Heard::Congestion, Heard::DialTone];
                if !list.contains(&expected)
                    || list.iter().any(|h| *h != expected && others.contains(h))
                {
                    wrong.push(format!(
                        "{} {tone:?} {by:?} {level} dBm0: {list:?}",
                        plan.country
                    ));
                }
            }
        }
    }
    none(wrong);
}

#[test]
fn what_other_exchanges_of_a_country_send_is_told_too() {
    let mut wrong = Vec::new();
    for plan in &PLANS {
        for (tone, spec) in plan.also {
            let cycle = if spec.is_continuous() {
                3_000
            } else {
                spec.cycle_ms() as usize
            };
            let mut pcm = std::vec![0i16; 5 * cycle * 8];
            TonePlayer::new(spec).fill(&mut pcm);
            let list = heard(plan, &pcm);
            let expected = match tone {
                Tone::Dial => Heard::DialTone,
                Tone::Ringback => Heard::Ringback,
                _ => told_of_form(plan, *tone, spec),
            };
            let ended = |h: &Heard| matches!(h, Heard::DialToneEnded | Heard::RingbackEnded);
            if !list.iter().any(|(_, h)| *h == expected)
                || list.iter().any(|(_, h)| *h != expected && !ended(h))
            {
                wrong.push(format!("{} {tone:?} {spec:?}: {list:?}", plan.country));
            }
        }
    }
    none(wrong);
}
