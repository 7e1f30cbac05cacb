//! Call progress: ITU-T E.180 and its Supplement 2; tolerances and times are ours.

use crate::none;
use dsp_probe::score::progress::{clears, is_tone, word};
use dsp_probe::signal::{Law, Random, add, music, seeds, silence, speech, white};
use dsp_probe::under_test::{Heard, heard, learn};
use dsp_probe::vectors::dtmf::{Spec, Track};
use dsp_probe::vectors::progress::{
    DEVIATIONS, Deviation, Meaning, TONES, ToneOf, alone, sound, special,
};

/// Share of tones that are heard for what they are, in percent.
const HEARD_PERCENT: f64 = 99.5;
/// Cycles of busy tone after which the line is given up.
const HANG_UP_CYCLES: f64 = 4.0;

fn countries() -> Vec<&'static str> {
    let mut all: Vec<&str> = TONES.iter().map(|tone| tone.country).collect();
    all.dedup();
    all
}

fn meanings(tone: &ToneOf) -> Vec<Heard> {
    // Two tones of one country that sound alike are heard as either.
    let same =
        |t: &&ToneOf| t.country == tone.country && t.hz == tone.hz && t.cadence == tone.cadence;
    TONES.iter().filter(same).map(|t| word(t.meaning)).collect()
}

#[test]
fn tones_of_sixteen_countries_are_heard_for_what_they_are() {
    let (mut sent, mut missed) = (0, Vec::new());
    for seed in seeds() {
        let mut random = Random::new(seed, "tones");
        for tone in &TONES {
            let ms = if tone.cadence.is_empty() {
                4_000.0
            } else {
                (4.0 * tone.cycle_ms()).clamp(6_000.0, 25_000.0)
            };
            for (n, how) in DEVIATIONS.iter().enumerate() {
                sent += 1;
                let samples = alone(tone, ms, how, &mut random);
                let said = heard(tone.country, &samples);
                let alike = meanings(tone);
                let right = said.as_ref().is_some_and(|said| {
                    said.iter().any(|(_, h)| alike.contains(h))
                        && said.iter().all(|(_, h)| !is_tone(*h) || alike.contains(h))
                });
                if !right {
                    missed.push(format!(
                        "{} {:?} deviation {n}: {said:?}",
                        tone.country, tone.meaning
                    ));
                }
            }
        }
    }
    let percent = 100.0 * (sent - missed.len()) as f64 / sent as f64;
    if percent < HEARD_PERCENT {
        none(missed);
    }
}

#[test]
fn special_information_tones_are_heard_in_every_country() {
    let mut missed = Vec::new();
    for seed in seeds() {
        let mut random = Random::new(seed, "special");
        for country in countries() {
            let said = heard(country, &special(&mut random));
            let right = said.as_ref().is_some_and(|said| {
                said.iter().any(|(_, h)| *h == word(Meaning::Special))
                    && !said
                        .iter()
                        .any(|(_, h)| is_tone(*h) && *h != Heard::NumberUnobtainable)
            });
            if !right {
                missed.push(format!("{country}: {said:?}"));
            }
        }
    }
    none(missed);
}

#[test]
fn busy_after_speech_is_told_within_four_cycles() {
    let mut missed = Vec::new();
    for seed in seeds() {
        let mut random = Random::new(seed, "disconnect");
        for tone in TONES
            .iter()
            .filter(|t| matches!(t.meaning, Meaning::Busy | Meaning::Congestion))
        {
            for _ in 0..2 {
                let how = Deviation {
                    dbm0: random.between(-28.0, -12.0),
                    off: random.between(0.98, 1.02),
                    pace: random.between(0.95, 1.05),
                    noise_dbm0: -58.0,
                };
                let mut x = speech(32_000, random.between(-24.0, -12.0), &mut random);
                let start = x.len();
                x.extend(tone.sound(10.0 * tone.cycle_ms(), &how, &mut random));
                let noise = white(x.len(), how.noise_dbm0, &mut random);
                add(&mut x, 0, &noise);
                let said = heard(tone.country, &Law::A.through(&x));
                // Ends of cycles are heard by the next burst, and speech may end within one: half a cycle and 100 ms on top.
                let cycle = tone.cycle_ms() * how.pace;
                let last = start + ((HANG_UP_CYCLES * cycle + 100.0) * 8.0) as usize;
                let first = said
                    .as_ref()
                    .and_then(|said| said.iter().find(|(_, h)| clears(*h)));
                if !first.is_some_and(|(at, _)| (start..=last).contains(at)) {
                    missed.push(format!(
                        "{} {:?}: {first:?}, start {start}, last {last}",
                        tone.country, tone.meaning
                    ));
                }
            }
        }
    }
    none(missed);
}

#[test]
fn speech_music_and_digits_never_clear_a_call() {
    let mut wrong = Vec::new();
    for seed in seeds() {
        let mut random = Random::new(seed, "never busy");
        let mut sounds: Vec<Vec<i16>> = (0..6)
            .map(|n| {
                let dbm0 = random.between(-22.0, -10.0);
                let x = if n < 4 {
                    speech(8_000 * 60, dbm0, &mut random)
                } else {
                    music(8_000 * 60, dbm0, &mut random)
                };
                Law::A.through(&x)
            })
            .collect();
        let mut track = Track::new(seed, "never busy");
        track.presses(300, Spec::at(-10.0), 60.0);
        sounds.push(track.done(Law::A).samples);
        for country in countries() {
            for (n, samples) in sounds.iter().enumerate() {
                let said = heard(country, samples).unwrap_or_default();
                let tones: Vec<_> = said.iter().filter(|(_, h)| is_tone(*h)).collect();
                if !tones.is_empty() {
                    wrong.push(format!("{country} sound {n}: {tones:?}"));
                }
            }
        }
    }
    none(wrong);
}

#[test]
fn a_busy_tone_with_another_cadence_or_frequency_is_none() {
    for seed in seeds() {
        let mut random = Random::new(seed, "other cadence");
        let how = &DEVIATIONS[0];
        for country in countries() {
            let busy = TONES
                .iter()
                .find(|t| t.country == country && t.meaning == Meaning::Busy);
            let Some(busy) = busy else { continue };
            let off: Vec<f64> = busy.hz.iter().map(|hz| hz * 1.2).collect();
            for (hz, cadence) in [
                (busy.hz, [130.0, 1_700.0]),
                (&off[..], [busy.cadence[0], busy.cadence[1]]),
            ] {
                let mut x = silence(500.0);
                x.extend(sound(hz, &cadence, 12_000.0, how, &mut random));
                let said = heard(country, &Law::A.through(&x)).unwrap_or_default();
                let told: Vec<_> = said.iter().filter(|(_, h)| clears(*h)).collect();
                assert!(told.is_empty(), "{country} {hz:?} {cadence:?}: {told:?}");
            }
        }
    }
}

#[test]
fn what_comes_is_no_tone_and_no_panic() {
    let mut random = Random::new(seeds()[1], "anything");
    let any: Vec<i16> = (0..160_000).map(|_| random.bits() as i16).collect();
    let square: Vec<i16> = (0..160_000)
        .map(|n| if n / 9 % 2 == 0 { i16::MAX } else { i16::MIN })
        .collect();
    for country in countries() {
        for samples in [&any, &square, &vec![i16::MIN; 16_000]] {
            let said = heard(country, samples).unwrap_or_default();
            assert!(said.iter().all(|(_, h)| !clears(*h)), "{country}: {said:?}");
        }
    }
}

#[test]
fn an_unknown_busy_tone_is_learned_from_a_recording() {
    let mut missed = Vec::new();
    for seed in seeds() {
        let mut random = Random::new(seed, "learned");
        for n in 0..12 {
            let low = random.between(300.0, 600.0);
            let hz = if n % 2 == 0 {
                vec![low]
            } else {
                vec![low, low + random.between(60.0, 250.0)]
            };
            let cadence = match n % 3 {
                2 => vec![
                    random.between(200.0, 300.0),
                    random.between(200.0, 300.0),
                    random.between(400.0, 600.0),
                    250.0,
                ],
                _ => vec![random.between(170.0, 800.0), random.between(170.0, 800.0)],
            };
            let how = Deviation {
                dbm0: random.between(-25.0, -10.0),
                off: 1.0,
                pace: 1.0,
                noise_dbm0: -50.0,
            };
            let mut x = speech(24_000, -20.0, &mut random);
            x.extend(silence(random.between(100.0, 900.0)));
            x.extend(sound(&hz, &cadence, 10_000.0, &how, &mut random));
            let noise = white(x.len(), how.noise_dbm0, &mut random);
            add(&mut x, 0, &noise);
            let learned = learn(&Law::A.through(&x));
            let near = |got: &[f32], want: &[f64], to: &dyn Fn(f64) -> f64| {
                got.len() == want.len()
                    && got
                        .iter()
                        .zip(want)
                        .all(|(g, w)| (f64::from(*g) - w).abs() <= to(*w))
            };
            let right = learned.as_ref().is_some_and(|l| {
                // A cadence of four parts may begin with either burst.
                let turned: Vec<f64> = cadence
                    .iter()
                    .cycle()
                    .skip(2)
                    .take(cadence.len())
                    .copied()
                    .collect();
                let fits = |c: &[f64]| near(&l.cadence_ms, c, &|ms| 15.0 + 0.02 * ms);
                near(&l.frequencies_hz, &hz, &|hz| 0.01 * hz) && (fits(&cadence) || fits(&turned))
            });
            if !right {
                missed.push(format!("{hz:.0?} {cadence:.0?}: {learned:?}"));
            }
        }
        // Nothing is learned from what is no tone.
        let talk = speech(8_000 * 20, -16.0, &mut random);
        assert_eq!(learn(&Law::A.through(&talk)), None);
    }
    none(missed);
}
