//! Line echo cancelling: ITU-T G.168 (2015) §6.4.2, tests 2 to 9 and 15, §7 for the disabler; limits and their source are in
//! `dsp_probe::vectors::echo::limits`.

use crate::none;
use dsp_probe::score::echo::{Limit, Measure, judge, worst_divergence};
use dsp_probe::signal::{
    Css, FIXED_SEED, Law, RATE, Random, active_level, annex_d, at_erl, css, float, level, pcm,
    seeds, set_active_level, silence, speech,
};
use dsp_probe::under_test::{Report, cancel};
use dsp_probe::vectors::echo::{self, Echo, Scene, limits};
use dsp_probe::vectors::fax::{FaxLine, answer};

/// Judges all vectors with the linear canceller, or with its NLP.
fn judged(vectors: Vec<Echo>, tail_ms: u16, nlp: bool) {
    let mut failures = Vec::new();
    for vector in vectors {
        let out = cancel(tail_ms, nlp, &vector.far, &vector.line).out;
        let missed = judge(&vector, &out).into_iter().filter(|v| !v.passed());
        failures.extend(missed.map(|v| format!("{v} (tail {tail_ms} ms)")));
    }
    none(failures);
}

#[test]
fn test_2_every_path_and_law_converges_in_16_ms_of_tail() {
    for seed in seeds() {
        judged(echo::convergence(seed, 16), 16, false);
    }
}

#[test]
fn test_2_every_path_and_law_converges_in_64_ms_of_tail() {
    for seed in seeds() {
        judged(echo::convergence(seed, 64), 64, false);
    }
}

#[test]
fn test_2_hybrids_of_any_line_converge_in_32_ms_of_tail() {
    for seed in seeds() {
        judged(echo::hybrids(seed), 32, false);
    }
}

#[test]
fn test_2_return_losses_from_0_to_24_db() {
    for seed in seeds() {
        judged(echo::return_losses(seed), 16, false);
    }
}

#[test]
fn test_2a_with_nlp_minus_65_dbm0_come_back_at_most() {
    for seed in seeds() {
        judged(echo::levels(seed), 16, true);
    }
}

#[test]
fn test_2a_with_nlp_every_path_comes_back_below_minus_65_dbm0() {
    for seed in seeds() {
        let vectors = echo::convergence(seed, 16).into_iter().map(|mut vector| {
            vector.demands.clear();
            vector.demand(
                Measure::Peak,
                1.0,
                10.0,
                Limit::AtMost(limits::RETURNED_DBM0),
            )
        });
        judged(vectors.collect(), 32, true);
    }
}

#[test]
fn test_2_speech_converges_it() {
    for seed in seeds() {
        judged(echo::speaking(seed), 16, false);
    }
}

#[test]
fn test_2_a_new_path_is_learned_in_a_second() {
    for seed in seeds() {
        judged(echo::new_path(seed), 16, false);
    }
}

#[test]
fn test_2c_room_noise_while_it_learns() {
    for seed in seeds() {
        judged(echo::noisy(seed), 16, false);
    }
}

#[test]
fn test_3a_a_soft_near_end_while_it_learns() {
    for seed in seeds() {
        judged(echo::low_double_talk(seed), 16, false);
    }
}

#[test]
fn test_3b_strong_double_talk_keeps_25_db_and_the_near_end_whole() {
    for tail_ms in [16, 32] {
        for seed in seeds() {
            judged(echo::double_talk(seed), tail_ms, false);
        }
    }
}

#[test]
fn test_3b_with_nlp_the_near_end_comes_through_double_talk() {
    for seed in seeds() {
        let vectors = echo::double_talk(seed).into_iter().map(|mut vector| {
            vector.demands.retain(|d| d.measure == Measure::NearGain);
            vector
        });
        // At -25 dBm0 the near end is 9 dB below the echo: what is left of the echo decides there.
        judged(vectors.skip(1).collect(), 16, true);
    }
}

#[test]
fn test_3c_a_conversation_of_synthetic_voices() {
    for tail_ms in [16, 32, 64] {
        for seed in seeds() {
            judged(echo::conversations(seed), tail_ms, false);
        }
    }
}

#[test]
fn test_3c_with_nlp_the_near_end_alone_is_left_alone() {
    for seed in seeds() {
        let vectors = echo::conversations(seed).into_iter().map(|mut vector| {
            vector
                .demands
                .retain(|d| d.from_s >= 14.0 && d.to_s <= 18.0);
            vector
        });
        judged(vectors.collect(), 32, true);
    }
}

#[test]
fn test_4_two_minutes_of_silence_leak_at_most_2_db() {
    for seed in seeds() {
        judged(echo::leak(seed), 16, false);
    }
}

#[test]
fn test_5_an_opened_path_returns_nothing() {
    for seed in seeds() {
        judged(echo::opened(seed), 16, false);
    }
}

#[test]
fn test_6_tones_do_not_make_it_forget() {
    for seed in seeds() {
        judged(echo::tones_through(seed), 16, false);
    }
}

#[test]
fn test_7_a_tone_for_two_minutes_is_cancelled() {
    for seed in seeds() {
        judged(echo::steady_tone(seed), 16, false);
    }
}

#[test]
fn test_9_comfort_noise_is_within_2_db_of_the_line() {
    for seed in seeds() {
        judged(echo::comfort(seed), 16, true);
    }
}

#[test]
fn a_path_anywhere_in_the_tail_is_found() {
    for tail_ms in [16, 32, 64, 128] {
        judged(echo::anywhere(FIXED_SEED, tail_ms), tail_ms, false);
    }
}

#[test]
fn a_second_reflection_is_cancelled_too() {
    for seed in seeds() {
        judged(echo::double_reflection(seed), 64, false);
    }
}

#[test]
fn clocks_2_ppm_apart_are_followed() {
    for seed in seeds() {
        judged(echo::skew(seed), 16, false);
    }
}

#[test]
fn test_15_a_clipping_line_an_offset_and_nobody() {
    for seed in seeds() {
        judged(echo::faults(seed), 16, false);
    }
}

#[test]
fn no_vector_makes_a_canceller_of_any_tail_diverge() {
    let mut failures = Vec::new();
    for vector in echo::all(FIXED_SEED) {
        for tail_ms in [8, 16, 32, 64, 128] {
            let out = cancel(tail_ms, false, &vector.far, &vector.line).out;
            let worst = worst_divergence(&vector, &out, 1.0);
            if worst.is_some_and(|worst| worst > limits::DIVERGENCE_DB) {
                let name = &vector.name;
                failures.push(format!(
                    "{name}: {worst:.1?} dB worse than nothing (tail {tail_ms} ms)"
                ));
            }
            // A canceller that never works never diverges: the longest tail has to take something away from every echo.
            let some = worst_divergence(&vector, &out, 5.0);
            let hard = vector.name.contains("noise") || vector.name.contains("conversation");
            if tail_ms == 32
                && vector.path_ms < 32.0
                && !hard
                && some.is_some_and(|some| some > -3.0)
            {
                failures.push(format!(
                    "{}: {some:.1?} dB at worst after 5 s, nothing cancelled",
                    vector.name
                ));
            }
        }
    }
    none(failures);
}

#[test]
fn a_path_longer_than_the_tail_is_found_as_far_as_it_goes_and_never_made_worse() {
    let mut random = Random::new(FIXED_SEED, "too long");
    let mut x = css(Css::SingleTalk, 80_000, &mut random);
    set_active_level(&mut x, -10.0);
    let path = [vec![0.0; 500], at_erl(&annex_d(3), 6.0)].concat();
    let vector = Scene::new(x, path).build("beyond the tail");
    for tail_ms in [8, 16, 32] {
        let out = cancel(tail_ms, false, &vector.far, &vector.line).out;
        let worst = worst_divergence(&vector, &out, 0.0);
        assert!(
            worst.is_some_and(|w| w < limits::DIVERGENCE_DB),
            "{worst:?}"
        );
    }
}

/// Output over input, in dB, of the loudest 10 ms; input under -50 dBm0 counts as that.
fn louder(line: &[i16], out: &[i16]) -> f64 {
    let frames = line.chunks(80).zip(out.chunks(80));
    let differences = frames.map(|(s, y)| level(&float(y)) - level(&float(s)).max(-50.0));
    differences.fold(f64::MIN, f64::max)
}

#[test]
fn whatever_comes_nothing_is_louder_than_the_line_by_3_db() {
    for seed in seeds() {
        let mut random = Random::new(seed, "whatever");
        let mut any = |n: usize| (0..n).map(|_| random.bits() as i16).collect::<Vec<i16>>();
        let square = |period: usize| -> Vec<i16> {
            let half = move |n: usize| {
                if (n / period).is_multiple_of(2) {
                    i16::MAX
                } else {
                    i16::MIN
                }
            };
            (0..80_000).map(half).collect()
        };
        let half: Vec<i16> = square(4).iter().map(|s| s / 2).collect();
        let cases: [(&str, Vec<i16>, Vec<i16>); 9] = [
            ("any, any", any(80_000), any(80_000)),
            ("any, nothing", any(80_000), vec![0; 80_000]),
            ("nothing, any", vec![0; 80_000], any(80_000)),
            ("square, square", square(4), square(4)),
            ("square, half of it", square(4), half),
            ("slow square, fast square", square(400), square(1)),
            ("square, any", square(13), any(80_000)),
            (
                "all low, all low",
                vec![i16::MIN; 80_000],
                vec![i16::MIN; 80_000],
            ),
            ("short", any(81), any(81)),
        ];
        for (name, far, line) in cases {
            for tail_ms in [8, 32, 128] {
                for nlp in [false, true] {
                    let out = cancel(tail_ms, nlp, &far, &line);
                    assert_eq!(out.out.len(), line.len());
                    let louder = louder(&line, &out.out);
                    assert!(
                        louder <= limits::LOUDER_DB,
                        "{name} {tail_ms} {nlp}: {louder:.1} dB"
                    );
                    for report in &out.reports {
                        sane(report);
                    }
                }
                recovers(tail_ms, &far, &line, name);
            }
        }
    }
}

fn sane(report: &Report) {
    let in_range =
        |x: Option<f32>| x.is_none_or(|x| x.is_finite() && (-100.0..=200.0).contains(&x));
    let all = in_range(report.erl_db) && in_range(report.erle_db) && in_range(report.tail_found_ms);
    assert!(all, "{report:?}");
}

/// After the worst, talk converges it again.
fn recovers(tail_ms: u16, far: &[i16], line: &[i16], name: &str) {
    let mut random = Random::new(FIXED_SEED, "recovers");
    let mut x = css(Css::SingleTalk, 48_000, &mut random);
    set_active_level(&mut x, -10.0);
    let path = annex_d(2)[..60].to_vec();
    let vector = Scene::new(x, at_erl(&path, 6.0)).build("after");
    let far = [far, &vector.far].concat();
    let line = [line, &vector.line].concat();
    let out = cancel(tail_ms, false, &far, &line).out;
    let after = &out[out.len() - 48_000..];
    let worst = worst_divergence(&vector, after, 4.0);
    assert!(
        worst.is_some_and(|w| w < -15.0),
        "{name}, tail {tail_ms}: {worst:?} dB 4 s later"
    );
}

#[test]
fn silence_stays_silent_and_the_near_end_alone_is_not_touched() {
    for nlp in [false, true] {
        let nothing = vec![0; 40_000];
        assert_eq!(cancel(32, nlp, &nothing, &nothing).out, nothing);
        let near = pcm(&speech(
            40_000,
            -16.0,
            &mut Random::new(FIXED_SEED, "near alone"),
        ));
        let out = cancel(32, nlp, &nothing, &near).out;
        let error: Vec<f64> = float(&out)
            .iter()
            .zip(float(&near))
            .map(|(a, b)| a - b)
            .collect();
        assert!(level(&error) - level(&float(&near)) < limits::NEAR_ERROR_DB);
    }
}

#[test]
fn what_is_reported_is_what_is_there() {
    for seed in seeds() {
        let mut random = Random::new(seed, "reported");
        for (erl, late_ms) in [(6.0, 0.0), (12.0, 20.0), (20.0, 40.0)] {
            let mut x = css(Css::SingleTalk, 80_000, &mut random);
            set_active_level(&mut x, -10.0);
            let path = [silence(late_ms), at_erl(&annex_d(2), erl)].concat();
            let vector = Scene::new(x, path).build("reported");
            let run = cancel(64, false, &vector.far, &vector.line);
            let report = run.reports[run.reports.len() - 1];
            let found = report.erl_db.unwrap_or(f32::MAX);
            assert!(
                (f64::from(found) - erl).abs() < 2.0,
                "{report:?} for {erl} dB"
            );
            // D.2 has most of its energy in its first 1.5 ms and fades until 8.
            let tail = f64::from(report.tail_found_ms.unwrap_or(f32::MAX));
            assert!(
                (late_ms + 1.0..late_ms + 12.0).contains(&tail),
                "{report:?} for {late_ms} ms"
            );
            let demand = vector.erle(9.0, 10.0, 0.0);
            let truth = judge(&demand, &run.out)[0].value;
            let erle = f64::from(report.erle_db.unwrap_or(f32::MAX));
            assert!((erle - truth).abs() < 6.0, "{report:?} for ERLE {truth:.1}");
            assert!(!report.disabled);
        }
        let silent = cancel(32, true, &[0; 8_000], &[0; 8_000]);
        assert_eq!(silent.reports[99], Report::default());
    }
}

/// A tone of 3 s with talk before and after it, on an echo path: Rin carries all.
fn with_tone(tone: Vec<f64>, seed: u64) -> (Vec<f64>, usize, usize) {
    let mut random = Random::new(seed, "disabler");
    let mut x = css(Css::SingleTalk, 40_000, &mut random);
    set_active_level(&mut x, -10.0);
    let start = x.len();
    x.extend(tone);
    let end = x.len();
    // Shorter pauses than the hold time of §7.4 (250 ms +-150) do not bring it back: a second does.
    x.extend(silence(1_000.0));
    let mut talk = css(Css::SingleTalk, 40_000, &mut random);
    set_active_level(&mut talk, -10.0);
    x.extend(talk);
    (x, start, end)
}

#[test]
fn section_7_a_2100_hz_tone_with_reversals_disables_it_and_silence_brings_it_back() {
    for seed in seeds() {
        let mut random = Random::new(seed, "disabler tone");
        // §7.2: 2100 Hz +-21, -31 to 0 dBm0; reversals each 450 ms +-25; V.8's modulation as well.
        for (dbm0, off_hz, modulated) in [
            (-12.0, 0.0, false),
            (-6.0, 21.0, false),
            (-28.0, -21.0, false),
            (-12.0, 10.0, true),
        ] {
            let line = FaxLine {
                dbm0,
                noise_dbm0: -70.0,
                off_hz,
            };
            let tone = answer(3_300.0, &line, true, modulated, &mut random);
            let (x, start, end) = with_tone(tone, seed);
            let vector = Scene::new(x, at_erl(&annex_d(2), 10.0)).build("disabler");
            let run = cancel(32, true, &vector.far, &vector.line);
            let disabled = |at: usize| run.reports[at / 80].disabled;
            let what = format!("{dbm0} dBm0 {off_hz:+} Hz modulated {modulated}");
            assert!(
                (0..start).step_by(80).all(|at| !disabled(at)),
                "{what}: too early"
            );
            // §7.3: within 1 s of the first tone with reversals; three reversals are 1.35 s.
            assert!(disabled(start + 8 * 1_500), "{what}: not within 1.5 s");
            // Disabled is transparent.
            let window = start + 8 * 1_600..end;
            assert_eq!(
                run.out[window.clone()],
                vector.line[window],
                "{what}: not transparent"
            );
            assert!(!disabled(end + 8 * 900), "{what}: never again enabled");
            let after = vector.erle(end as f64 / RATE + 2.0, end as f64 / RATE + 5.0, 20.0);
            none(
                judge(&after, &run.out)
                    .iter()
                    .filter(|v| !v.passed())
                    .map(|v| v.to_string())
                    .collect(),
            );
        }
    }
}

#[test]
fn section_7_the_tone_is_also_heard_from_the_near_end() {
    let mut random = Random::new(FIXED_SEED, "near disabler");
    let line = FaxLine {
        dbm0: -12.0,
        noise_dbm0: -70.0,
        off_hz: 0.0,
    };
    let near = [
        silence(1_000.0),
        answer(3_000.0, &line, true, true, &mut random),
    ]
    .concat();
    let near = Law::A.through(&near);
    let run = cancel(32, true, &vec![0; near.len()], &near);
    assert!(run.reports[100 + 150].disabled);
    assert_eq!(run.out[8 * 2_600..], near[8 * 2_600..]);
}

#[test]
fn section_7_without_reversals_or_in_speech_it_stays_on() {
    for seed in seeds() {
        let mut random = Random::new(seed, "no disabler");
        for off_hz in [0.0, 15.0, -15.0] {
            let line = FaxLine {
                dbm0: -12.0,
                noise_dbm0: -70.0,
                off_hz,
            };
            let tone = answer(3_300.0, &line, false, false, &mut random);
            let (x, start, end) = with_tone(tone, seed);
            let vector = Scene::new(x, at_erl(&annex_d(2), 10.0)).build("plain tone");
            let run = cancel(32, false, &vector.far, &vector.line);
            assert!(run.reports.iter().all(|r| !r.disabled), "{off_hz:+} Hz");
            // And the tone is cancelled like any other.
            let at = |n: usize| n as f64 / RATE;
            let vector = vector.erle(at(start) + 0.5, at(end), 10.0);
            let vector = vector.erle(at(end) + 1.0, at(end) + 3.0, 25.0);
            none(
                judge(&vector, &run.out)
                    .iter()
                    .filter(|v| !v.passed())
                    .map(|v| v.to_string())
                    .collect(),
            );
        }
        let voice = speech(8_000 * 60, -12.0, &mut random);
        assert!((active_level(&voice) + 12.0).abs() < 0.1);
        let voice = Law::A.through(&voice);
        let run = cancel(8, true, &voice, &voice);
        assert!(run.reports.iter().all(|r| !r.disabled));
    }
}

#[test]
fn the_tail_is_kept_within_8_to_128_ms() {
    let vector = &echo::hybrids(FIXED_SEED)[0];
    for tail_ms in [0, 7, 129, u16::MAX] {
        let kept = tail_ms.clamp(*dsp::echo::TAIL_MS.start(), *dsp::echo::TAIL_MS.end());
        let n = 8_000;
        let out = cancel(tail_ms, false, &vector.far[..n], &vector.line[..n]).out;
        assert_eq!(
            out,
            cancel(kept, false, &vector.far[..n], &vector.line[..n]).out
        );
    }
}
