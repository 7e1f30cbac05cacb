//! DTMF receiving and sending: ITU-T Q.23, Q.24 (Annex A, Table A.1), ETSI ES 201 235-3, Telcordia GR-506-CORE §15; limits of our
//! own are marked.

use dsp_probe::score::dtmf::{Score, score};
use dsp_probe::signal::{Law, Random, float, level, level_at, music, pcm, seeds, silence, speech};
use dsp_probe::under_test::{dtmf_hits, dtmf_muting, send_digits};
use dsp_probe::vectors::dtmf::{Dtmf, Expect, KEYS, Spec, Track, frequencies, other_tones};

/// A receiver accepts (Q.24: 1.5 % + 2 Hz of AT&T; ES 201 235-3 §5.3).
const ACCEPT_OFF: (f64, f64) = (0.015, 2.0);
/// A receiver rejects (Q.24: AT&T 3.5 %).
const REJECT_OFF: f64 = 0.035;
/// High over low tone, in dB (Q.24: AT&T -8 to +4).
const TWIST_DB: (f64, f64) = (-8.0, 4.0);
/// Accepted from (Q.24: 40 ms; ours), not up to (Q.24: 20 ms; ours).
const ON_MS: (f64, f64) = (36.0, 22.0);
/// An interruption that makes no second digit, up to (Q.24: 10 to 20 ms; ours); a pause that does, from (Q.24: 40 ms; ours).
const OFF_MS: (f64, f64) = (15.0, 32.0);
/// Level of each tone (Q.24: AT&T 0 to -25 dBm; ES 201 235-3 to -35; ours to -40).
const LEVEL_DBM0: (i32, i32) = (-40, 0);
/// Signal to noise for digits of 50 ms, for 40 ms with 4 dB of twist (Q.24: BER of 1e-4 at 15 dB and more; ours).
const SNR_DB: (f64, f64) = (8.0, 10.0);
/// Digits of 2000 missed on a line that clicks (GR-506-CORE: 14 of 10 000 with tape 201; ours on our own clicks).
const IMPULSE_MISSES: usize = 5;
/// Delay and loss of an echo (Q.24: AT&T 20 ms, 10 dB).
const ECHO: (f64, f64) = (20.0, 10.0);
/// Dial tone under digits of -15 dBm0 each: North American pair, others (ES 201 235-3 §5.6; ours).
const DIAL_DBM0: (f64, f64) = (-4.0, -10.0);

fn hear(vector: &Dtmf) -> Score {
    score(vector, &dtmf_hits(&vector.samples))
}

/// Every limit is met by itself. With all of them at once one key in 200 may be missed: no clause asks for it.
const CORNERS_PER_MISS: usize = 200;

fn all_right(what: &str, vector: &Dtmf) {
    let score = hear(vector);
    assert!(score.missed() == 0 && score.wrong() == 0, "{what}: {score}");
}

#[test]
fn every_key_is_heard_in_every_law() {
    for seed in seeds() {
        for law in Law::ALL {
            let mut track = Track::new(seed, "keys");
            for key in KEYS {
                for _ in 0..10 {
                    track.press(key, Spec::at(-7.0));
                    track.loose_gap(50.0);
                }
            }
            all_right(&format!("{law:?}"), &track.done(law));
        }
    }
}

#[test]
fn both_frequencies_may_be_off_by_1_5_percent_and_2_hz() {
    let (part, hz) = ACCEPT_OFF;
    for seed in seeds() {
        let mut track = Track::new(seed, "frequency accepted");
        for (low, high) in [
            (1, 0),
            (-1, 0),
            (0, 1),
            (0, -1),
            (1, 1),
            (-1, -1),
            (1, -1),
            (-1, 1),
        ] {
            let off = |side: i32| (1.0 + part * f64::from(side), hz * f64::from(side));
            for key in KEYS {
                let spec = Spec {
                    low_off: off(low),
                    high_off: off(high),
                    group: f64::from(10 * low + high),
                    ..Spec::at(-17.0)
                };
                track.press(key, spec);
                track.loose_gap(60.0);
            }
        }
        all_right("off by the limit", &track.done(Law::A));
    }
}

#[test]
fn a_frequency_off_by_3_5_percent_is_no_digit() {
    for seed in seeds() {
        let mut track = Track::new(seed, "frequency rejected");
        for percent in [100.0 * REJECT_OFF, 4.0, 5.0, 7.0] {
            for (low, high) in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (-1.0, 1.0)] {
                for side in [-1.0, 1.0] {
                    let off = |of: f64| (1.0 + of * side * percent / 100.0, 0.0);
                    for key in KEYS {
                        let spec = Spec {
                            low_off: off(low),
                            high_off: off(high),
                            on_ms: track.random.pick(&[50.0, 100.0, 300.0]),
                            group: percent * side,
                            expect: Expect::Reject,
                            ..Spec::at(-12.0)
                        };
                        track.press(key, spec);
                        track.loose_gap(60.0);
                    }
                }
            }
        }
        all_right("off too far", &track.done(Law::A));
    }
}

#[test]
fn the_high_tone_may_be_8_db_weaker_and_4_db_stronger() {
    for seed in seeds() {
        let mut track = Track::new(seed, "twist");
        for dbm0 in [-5.0, -20.0, -30.0] {
            let mut twist = TWIST_DB.0;
            while twist <= TWIST_DB.1 {
                for key in KEYS {
                    let spec = Spec {
                        group: twist,
                        ..Spec::twisted(dbm0, twist)
                    };
                    track.press(key, spec);
                    track.loose_gap(60.0);
                }
                twist += 1.0;
            }
        }
        all_right("twist", &track.done(Law::Mu));
    }
}

#[test]
fn corners_of_frequency_twist_level_and_timing_at_once() {
    let (part, hz) = ACCEPT_OFF;
    for seed in seeds() {
        let mut track = Track::new(seed, "corners");
        for (low, high) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0)] {
            for twist in [TWIST_DB.0, 0.0, TWIST_DB.1] {
                for dbm0 in [-3.0, -25.0, -30.0] {
                    for _ in 0..12 {
                        let spec = Spec {
                            on_ms: 40.0,
                            low_off: (1.0 + part * low, hz * low),
                            high_off: (1.0 + part * high, hz * high),
                            group: twist,
                            ..Spec::twisted(dbm0, twist)
                        };
                        let key = track.key();
                        track.press(key, spec);
                        track.loose_gap(40.0);
                    }
                }
            }
        }
        let score = hear(&track.done(Law::A));
        let allowed = score.sent() / CORNERS_PER_MISS;
        assert!(
            score.missed() <= allowed && score.wrong() == 0,
            "corners: {score}"
        );
    }
}

#[test]
fn digits_from_36_ms_are_heard_and_up_to_22_ms_are_not() {
    for seed in seeds() {
        let mut track = Track::new(seed, "length");
        let lengths = (0..7).map(|n| ON_MS.1 - 2.0 * f64::from(n));
        for ms in lengths.chain((0..18).map(|n| ON_MS.0 + 2.0 * f64::from(n))) {
            let spec = Spec {
                on_ms: ms,
                group: ms,
                expect: if ms >= ON_MS.0 {
                    Expect::Accept
                } else {
                    Expect::Reject
                },
                ..Spec::default()
            };
            track.presses(30, spec, 80.0);
        }
        all_right("length", &track.done(Law::A));
    }
}

#[test]
fn gaps_to_15_ms_split_no_digit_and_from_32_ms_they_do() {
    for seed in seeds() {
        let mut track = Track::new(seed, "pause");
        for ms in [1.0, 2.0, 5.0, 8.0, 10.0, 12.0, 15.0, 32.0, 35.0, 40.0, 60.0] {
            for _ in 0..30 {
                let key = track.key();
                let on_ms = track.random.pick(&[45.0, 60.0, 100.0]);
                let first = Spec {
                    on_ms,
                    group: ms,
                    ..Spec::default()
                };
                let expect = if ms <= OFF_MS.0 {
                    Expect::Merge
                } else {
                    Expect::Accept
                };
                assert!(ms <= OFF_MS.0 || ms >= OFF_MS.1);
                track.press(key, first);
                track.gap(ms);
                track.press(key, Spec { expect, ..first });
                track.loose_gap(150.0);
            }
        }
        all_right("pause", &track.done(Law::A));
    }
}

#[test]
fn a_thousand_digits_at_40_and_40_ms() {
    for seed in seeds() {
        let mut track = Track::new(seed, "rate");
        let spec = Spec {
            on_ms: 40.0,
            ..Spec::default()
        };
        for _ in 0..1_000 {
            let key = track.key();
            track.press(key, spec);
            track.gap(40.0);
        }
        all_right("40/40", &track.done(Law::A));
    }
}

#[test]
fn levels_from_0_to_minus_40_dbm0_a_tone() {
    for seed in seeds() {
        for law in [Law::A, Law::Mu] {
            let mut track = Track::new(seed, "level");
            for dbm0 in LEVEL_DBM0.0..=LEVEL_DBM0.1 {
                for key in KEYS {
                    let spec = Spec {
                        group: f64::from(dbm0),
                        ..Spec::at(f64::from(dbm0))
                    };
                    track.press(key, spec);
                    track.loose_gap(60.0);
                }
            }
            all_right("level", &track.done(law));
        }
    }
}

#[test]
fn white_noise_8_db_below_hides_no_digit() {
    for seed in seeds() {
        for snr in [SNR_DB.0, SNR_DB.0 + 3.0, SNR_DB.0 + 7.0] {
            let mut track = Track::new(seed, "noise");
            track.presses(500, Spec::at(-13.0), 50.0);
            track.noise(0, Spec::at(-13.0).level_dbm0() - snr);
            all_right(&format!("{snr} dB"), &track.done(Law::Mu));
        }
    }
}

#[test]
fn white_noise_10_db_below_hides_no_short_twisted_digit() {
    for seed in seeds() {
        let mut track = Track::new(seed, "hard noise");
        let spec = Spec {
            on_ms: 40.0,
            ..Spec::twisted(-22.0, -4.0)
        };
        track.presses(500, spec, 45.0);
        track.noise(0, spec.level_dbm0() - SNR_DB.1);
        all_right("noise", &track.done(Law::A));
    }
}

#[test]
fn clicks_cost_at_most_5_of_2000_digits() {
    for seed in seeds() {
        let mut track = Track::new(seed, "clicks");
        track.presses(2_000, Spec::at(-16.0), 50.0);
        track.impulses(7.0);
        let score = hear(&track.done(Law::Mu));
        assert!(
            score.missed() <= IMPULSE_MISSES && score.wrong() <= IMPULSE_MISSES,
            "{score}"
        );
    }
}

#[test]
fn noise_and_clicks_alone_are_no_digits() {
    for seed in seeds() {
        let mut track = Track::new(seed, "noise alone");
        track.gap(60_000.0);
        track.noise(0, -20.0);
        track.impulses(10.0);
        all_right("noise alone", &track.done(Law::A));
    }
}

#[test]
fn hum_and_direct_current_hide_no_digit() {
    for seed in seeds() {
        for hz in [50.0, 60.0] {
            let mut track = Track::new(seed, "hum");
            track.presses(160, Spec::at(-18.0), 50.0);
            track.tones(0, &[(hz, -15.0), (3.0 * hz, -25.0)]);
            all_right(&format!("hum {hz}"), &track.done(Law::A));
        }
        for offset in [-1_500.0, 1_500.0, 4_000.0] {
            let mut track = Track::new(seed, "direct current");
            track.presses(160, Spec::at(-18.0), 50.0);
            track.signal.iter_mut().for_each(|s| *s += offset);
            all_right(&format!("offset {offset}"), &track.done(Law::Linear));
        }
    }
}

#[test]
fn a_third_tone_20_db_below_hides_no_digit() {
    for seed in seeds() {
        for _ in 0..3 {
            let mut track = Track::new(seed, "third tone");
            track.presses(100, Spec::at(-15.0), 50.0);
            let hz = track.random.between(500.0, 3_000.0);
            track.tones(0, &[(hz, -35.0)]);
            all_right(&format!("{hz:.0} Hz"), &track.done(Law::A));
        }
    }
}

#[test]
fn echoes_to_20_ms_and_minus_10_db_hide_and_repeat_no_digit() {
    for seed in seeds() {
        for ms in [5.0, 10.0, 15.0, ECHO.0] {
            let mut track = Track::new(seed, "echo");
            track.presses(200, Spec::default(), 50.0);
            track.echo(0, ms, ECHO.1);
            all_right(&format!("{ms} ms"), &track.done(Law::A));
        }
    }
}

#[test]
fn dial_tone_under_the_digits_hides_none() {
    let (us, others) = DIAL_DBM0;
    for seed in seeds() {
        for (hz, dbm0) in [
            (&[350.0, 440.0][..], us),
            (&[425.0], others),
            (&[350.0, 450.0], others),
            (&[330.0, 440.0], others),
            (&[400.0], others),
            (&[450.0], others),
        ] {
            for below in [0.0, 6.0, 12.0] {
                let mut track = Track::new(seed, "dial tone");
                track.presses(96, Spec::at(-15.0), 50.0);
                let parts: Vec<(f64, f64)> = hz.iter().map(|&hz| (hz, dbm0 - below)).collect();
                track.tones(0, &parts);
                all_right(&format!("{parts:?}"), &track.done(Law::A));
            }
        }
    }
}

#[test]
fn other_tones_of_the_network_are_no_digits() {
    for seed in seeds() {
        let hits = dtmf_hits(&other_tones(seed));
        assert!(hits.is_empty(), "{hits:?}");
    }
}

#[test]
fn synthetic_speech_and_music_are_no_digits() {
    for seed in seeds() {
        let mut random = Random::new(seed, "talk off");
        for minute in 0..10 {
            let sound = match minute {
                0..8 => speech(8_000 * 60, random.between(-22.0, -10.0), &mut random),
                _ => music(8_000 * 60, -16.0, &mut random),
            };
            let hits = dtmf_hits(&Law::Mu.through(&sound));
            assert!(hits.is_empty(), "minute {minute}: {hits:?}");
        }
    }
}

#[test]
fn any_samples_at_all_are_no_digits_and_no_panic() {
    for seed in seeds() {
        let mut random = Random::new(seed, "anything");
        let any: Vec<i16> = (0..80_000).map(|_| random.bits() as i16).collect();
        assert!(dtmf_hits(&any).is_empty());
        let square: Vec<i16> = (0..80_000)
            .map(|n| if n / 4 % 2 == 0 { i16::MAX } else { i16::MIN })
            .collect();
        assert!(dtmf_hits(&square).is_empty());
        assert!(dtmf_hits(&[i16::MIN; 8_000]).is_empty());
        assert!(dtmf_hits(&[7; 1]).is_empty());
    }
}

/// What may leak into RTP is what came before muting was asked for: with 10 ms of frame on top of the detector's own time.
#[test]
fn muting_is_asked_for_before_the_leading_edge_has_left() {
    let most = dsp::dtmf::MUTE_LATENCY_MS as usize * 8 + 80;
    for seed in seeds() {
        for dbm0 in [-3.0, -13.0, -25.0] {
            let mut track = Track::new(seed, "muting");
            track.presses(96, Spec::at(dbm0), 200.0);
            track.noise(0, dbm0 - 25.0);
            let vector = track.done(Law::A);
            let muting = dtmf_muting(&vector.samples);
            for press in &vector.presses {
                let by = (press.start + most) / 80;
                assert!(muting[by.min(press.end / 80)], "{press:?}");
                let still = (press.end / 80..press.end / 80 + 2).all(|frame| muting[frame]);
                assert!(still, "let go too soon: {press:?}");
                // Half a gap later the voice path is open again.
                assert!(!muting[press.end / 80 + 18], "never let go: {press:?}");
            }
        }
    }
}

#[test]
fn speech_is_muted_for_less_than_2_percent_of_its_time() {
    for seed in seeds() {
        let x = speech(8_000 * 120, -16.0, &mut Random::new(seed, "muted speech"));
        let muting = dtmf_muting(&Law::A.through(&x));
        let share = muting.iter().filter(|m| **m).count() as f64 / muting.len() as f64;
        assert!(share < 0.02, "{:.1} %", share * 100.0);
    }
}

#[test]
fn our_digits_have_the_frequencies_levels_and_purity_of_q_23() {
    for key in KEYS {
        let sent = float(&send_digits(&key.to_string(), 200, 100, -6.0, -4.0));
        let steady = &sent[80..1_520];
        let (low, high) = frequencies(key);
        let close = |hz: f64, dbm0: f64| (level_at(steady, hz) - dbm0).abs() < 0.3;
        assert!(close(low, -6.0) && close(high, -4.0), "{key}");
        // Q.23 §3: within 1.5 %; ours within 0.1 %, else these would fall.
        assert!(level_at(steady, low * 1.02) < -25.0);
        // Q.23 §3: distortion products at least 20 dB below the fundamentals; ours 50.
        let total = level(steady);
        let of = |dbm0: f64| libm_power(dbm0);
        let pure = libm_power(level_at(steady, low)) + of(level_at(steady, high));
        assert!((of(total) - pure).abs() < 0.01 * pure, "{key}: {total}");
        for hz in [2.0 * low, 2.0 * high, high - low, high + low, 3.0 * low] {
            if hz < 3_900.0 && (hz - low).abs() > 60.0 && (hz - high).abs() > 60.0 {
                assert!(
                    level_at(steady, hz) < -54.0,
                    "{key} {hz}: {}",
                    level_at(steady, hz)
                );
            }
        }
        assert!(level(&sent[1_616..]) < -60.0);
    }
}

fn libm_power(dbm0: f64) -> f64 {
    10f64.powf(dbm0 / 10.0)
}

#[test]
fn what_we_send_we_hear_at_every_allowed_timing() {
    let keys = "0123456789*#ABCD";
    for (on, off) in [(40, 40), (50, 50), (70, 70), (100, 100), (65, 35)] {
        let sent = [pcm(&silence(100.0)), send_digits(keys, on, off, -9.0, -7.0)].concat();
        let heard: String = dtmf_hits(&sent).iter().map(|hit| hit.key).collect();
        assert_eq!(heard, keys, "{on}/{off}");
    }
}
