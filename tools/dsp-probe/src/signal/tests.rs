use super::*;

fn close(got: f64, want: f64, tolerance: f64) {
    assert!(
        (got - want).abs() <= tolerance,
        "{got} is not {want} +-{tolerance}"
    );
}

#[test]
fn a_sine_of_0_dbm0_is_3_17_db_below_full_scale() {
    let x = tones(80_000, &[(1_020.0, 0.0)], &mut Random::new(1, "sine"));
    close(level(&x), 0.0, 0.01);
    close(level_at(&x, 1_020.0), 0.0, 0.01);
    close(
        x.iter().copied().fold(0.0, f64::max),
        32_767.0 / ratio(3.17),
        5.0,
    );
    // 4096 / 4096 of A-law's and 8159 / 8159 of mu-law's range are within 16 bits (G.711 Tables 1 and 2).
    close(20.0 * libm::log10(32_767.0 / peak(0.0)), 3.17, 1e-9);
}

#[test]
fn tones_keep_frequency_and_level_over_minutes() {
    let x = tones(
        8_000 * 120,
        &[(697.0, -11.0), (1_209.0, -9.0)],
        &mut Random::new(2, "tones"),
    );
    close(level_at(&x[x.len() - 8_000..], 697.0), -11.0, 0.01);
    close(level_at(&x[x.len() - 8_000..], 1_209.0), -9.0, 0.01);
    assert!(level_at(&x, 697.5) < -60.0);
}

#[test]
fn noise_has_its_level_and_its_spectrum() {
    for seed in seeds() {
        let mut random = Random::new(seed, "noise");
        let x = white(160_000, -30.0, &mut random);
        close(level(&x), -30.0, 0.1);
        close(band(&x, 300.0), band(&x, 3_000.0), 1.5);
        let y = hoth(160_000, -40.0, &mut random);
        close(level(&y), -40.0, 0.1);
        // P.800 Table B.1: 24.9 dB at 300 Hz, 16.2 at 1000, 8.2 at 3000.
        close(band(&y, 300.0) - band(&y, 1_000.0), 8.7, 1.5);
        close(band(&y, 1_000.0) - band(&y, 3_000.0), 8.0, 1.5);
    }
}

/// Mean density around `hz`, in dB over anything.
fn band(x: &[f64], hz: f64) -> f64 {
    let sum: f64 = x
        .chunks_exact(800)
        .flat_map(|c| [-30.0, 0.0, 30.0].map(|d| libm::pow(10.0, level_at(c, hz + d) / 10.0)))
        .sum();
    10.0 * libm::log10(sum)
}

#[test]
fn g711_is_as_far_from_linear_as_the_recommendation_says() {
    // G.712 Figure: a sine of -10 dBm0 comes back with 37 to 39 dB of signal to quantising distortion; -45 dBm0 above 22.
    let mut random = Random::new(3, "g711");
    for law in [Law::A, Law::Mu] {
        for (dbm0, least, most) in [
            (-10.0, 36.5, 40.0),
            (-30.0, 34.0, 40.0),
            (-45.0, 23.0, 33.0),
        ] {
            let x = tones(80_000, &[(1_013.0, dbm0)], &mut random);
            let y = float(&law.through(&x));
            let error: Vec<f64> = x.iter().zip(&y).map(|(a, b)| a - b).collect();
            let snr = level(&x) - level(&error);
            assert!((least..most).contains(&snr), "{law:?} {dbm0}: {snr}");
        }
        // Once through is through.
        for s in -32_768..32_768 {
            let once = law.quantise(f64::from(s));
            assert_eq!(law.quantise(once), once);
        }
    }
    // Hand-read from the tables: largest, smallest, and both sides of a segment's edge (A-law 64, mu-law 31 and 95).
    let read = [
        (Law::A, 32_767.0, 32_256.0),
        (Law::A, 0.0, 8.0),
        (Law::A, -9.0, -8.0),
        (Law::A, 511.0, 504.0),
        (Law::A, 512.0, 528.0),
        (Law::Mu, 32_767.0, 32_124.0),
        (Law::Mu, 3.0, 0.0),
        (Law::Mu, 4.0, 8.0),
        (Law::Mu, 123.0, 120.0),
        (Law::Mu, 124.0, 132.0),
        (Law::Mu, -380.0, -396.0),
    ];
    for (law, x, y) in read {
        assert_eq!(law.quantise(x), y, "{law:?} {x}");
    }
}

#[test]
fn the_composite_source_signal_has_the_times_of_annex_c() {
    let mut random = Random::new(4, "css");
    for (kind, voiced, pause, half) in [
        (Css::SingleTalk, 48.62, 101.38, 350.0),
        (Css::DoubleTalk, 72.69, 127.31, 400.0),
    ] {
        let mut x = css(kind, samples(4.0 * half), &mut random);
        set_active_level(&mut x, -10.0);
        close(active_level(&x), -10.0, 0.01);
        let at = |ms: f64| samples(ms);
        assert_eq!(power(&x[at(half - pause) + 1..at(half)]), 0.0);
        close(
            level(&x[..at(voiced)]),
            level(&x[at(voiced)..at(voiced + 200.0)]),
            1.5,
        );
        // The second half is the first inverted; the noise of double talk is fresh.
        let same = if kind == Css::SingleTalk {
            half - pause
        } else {
            voiced
        };
        for n in 0..at(same) - 2 {
            close(x[n + at(half)], -x[n], 1e-6);
        }
        // Band-limited to 3.6 kHz.
        let noise = &x[at(voiced) + 8..at(voiced + 190.0)];
        assert!(band(noise, 3_900.0) < band(noise, 1_000.0) - 20.0);
    }
}

#[test]
fn annex_d_paths_have_the_echo_return_loss_their_gains_promise() {
    let mut random = Random::new(5, "annex d");
    let x = css(Css::SingleTalk, 28_000, &mut random);
    for section in PATHS {
        let path = annex_d(section);
        assert!((64..=128).contains(&path.len()));
        let erl = level(&x) - level(&convolve(&x, &path));
        close(erl, 0.0, 1.0);
        let at_12 = convolve(&x, &at_erl(&path, 12.0));
        close(level(&x) - level(&at_12), 12.0, 0.3);
    }
    assert!(annex_d(1).is_empty() && annex_d(10).is_empty());
}

#[test]
fn random_hybrids_are_paths_a_line_can_have() {
    for seed in seeds() {
        let mut random = Random::new(seed, "hybrid");
        let x = css(Css::SingleTalk, 11_200, &mut random);
        let mut longest = 0;
        for _ in 0..60 {
            let h = random_hybrid(&mut random);
            assert!(h.iter().all(|tap| tap.is_finite()) && h.len() <= 256);
            longest = longest.max(h.len());
            // A passive port never sends back more than it got.
            let erl = level(&x) - level(&convolve(&x, &h));
            assert!((-0.5..60.0).contains(&erl), "{erl} dB");
            // Causal: what the inverse transform wraps to the end is cut off and was little.
            let early = power(&h[..2]) * 2.0 / (power(&h) * h.len() as f64);
            assert!(early < 0.05, "{early}");
        }
        assert!(longest > 64);
    }
}

#[test]
fn resampling_moves_frequencies_and_nothing_else() {
    let x = tones(16_000, &[(1_000.0, -10.0)], &mut Random::new(6, "resample"));
    for speed in [0.7, 0.85, 1.0, 1.17, 1.45] {
        let y = resample(&x, speed);
        close(y.len() as f64, 16_000.0 / speed, 1.0);
        let y = &y[200..y.len() - 200];
        close(level_at(y, 1_000.0 * speed), -10.0, 0.1);
        close(level(y), -10.0, 0.1);
    }
    let high = tones(16_000, &[(3_500.0, -10.0)], &mut Random::new(6, "resample"));
    assert!(level(&resample(&high, 1.4)) < -50.0);
}

#[test]
fn synthetic_speech_has_the_level_the_pauses_and_the_band_of_speech() {
    for seed in seeds() {
        let mut random = Random::new(seed, "speech");
        let x = speech(160_000, -16.0, &mut random);
        close(active_level(&x), -16.0, 0.1);
        let quiet = x.chunks(80).filter(|c| level(c) < -60.0).count();
        assert!((100..1_200).contains(&quiet), "{quiet} of 2000 frames");
        assert!(x.iter().all(|s| s.is_finite()));
        assert!(band(&x, 500.0) > band(&x, 3_000.0));
        close(active_level(&music(80_000, -16.0, &mut random)), -16.0, 0.1);
    }
}

#[test]
fn another_name_or_seed_gives_other_numbers_the_same_ones_the_same() {
    let first = |seed, name| Random::new(seed, name).bits();
    assert_eq!(first(1, "a"), first(1, "a"));
    assert_ne!(first(1, "a"), first(2, "a"));
    assert_ne!(first(1, "a"), first(1, "b"));
    let mut random = Random::new(7, "normal");
    let x: Vec<f64> = (0..100_000).map(|_| random.normal()).collect();
    close(power(&x), 1.0, 0.02);
    close(x.iter().sum::<f64>() / 1e5, 0.0, 0.02);
}
