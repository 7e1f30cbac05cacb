//! The scorer, and the vectors, judged with a canceller that knows the echo and one that does nothing.

use super::*;
use crate::signal::FIXED_SEED;
use crate::vectors::echo::{self, limits};

/// Sin less the true echo: the best there can be.
fn oracle(vector: &Echo) -> Vec<i16> {
    let left = vector.line.iter().zip(&vector.echo);
    left.map(|(&s, e)| (f64::from(s) - e).round() as i16)
        .collect()
}

fn linear() -> Vec<Echo> {
    [
        echo::all(FIXED_SEED),
        echo::convergence(FIXED_SEED, 16),
        echo::convergence(FIXED_SEED, 64),
        echo::leak(FIXED_SEED),
    ]
    .concat()
}

#[test]
fn a_canceller_that_knows_the_echo_meets_every_demand() {
    let mut failed = Vec::new();
    for vector in linear() {
        let out = oracle(&vector);
        // Returned levels are for NLP.
        let verdicts = judge(&vector, &out).into_iter();
        failed.extend(verdicts.filter(|v| !v.passed() && v.demand.measure != Measure::Peak));
        if let Some(worst) = worst_divergence(&vector, &out, 1.0) {
            assert!(worst < -25.0, "{}: {worst}", vector.name);
        }
    }
    let text: Vec<String> = failed.iter().map(Verdict::to_string).collect();
    assert!(failed.is_empty(), "{}", text.join("\n"));
}

#[test]
fn a_canceller_that_does_nothing_fails_on_every_vector() {
    for vector in linear() {
        let verdicts = judge(&vector, &vector.line);
        // Silence and an offset have no echo to leave.
        let failed = verdicts.iter().any(|v| !v.passed());
        assert!(failed || vector.name == "nobody", "{}", vector.name);
        let worst = worst_divergence(&vector, &vector.line, 1.0);
        assert!(
            worst.is_none_or(|w| w.abs() < 0.1),
            "{}: {worst:?}",
            vector.name
        );
    }
}

#[test]
fn a_canceller_that_adds_half_the_echo_diverges() {
    for vector in echo::double_talk(FIXED_SEED) {
        let worse = vector.line.iter().zip(&vector.echo);
        let out: Vec<i16> = worse
            .map(|(&s, e)| (f64::from(s) + e / 2.0) as i16)
            .collect();
        let worst = worst_divergence(&vector, &out, 1.0).unwrap();
        assert!(
            (worst - 3.5).abs() < 0.1 && worst > limits::DIVERGENCE_DB,
            "{worst}"
        );
    }
}

#[test]
fn gain_and_error_of_the_near_end_are_measured_apart_from_the_echo() {
    let vector = echo::double_talk(FIXED_SEED).remove(1);
    let louder: Vec<f64> = vector.near.iter().map(|s| s * 1.1).collect();
    let gain = measure(&vector, &louder, Measure::NearGain, 5.5, 10.0);
    assert!((gain - 0.83).abs() < 0.01, "{gain}");
    let error = measure(&vector, &louder, Measure::NearError, 5.5, 10.0);
    assert!((error + 20.0).abs() < 0.01, "{error}");
    // The scene has the levels its name says: -15 dBm0 near, -16 of echo.
    let near = crate::signal::active_level(&vector.near);
    assert!((near + 15.0).abs() < 0.2, "{near}");
    let echo = crate::signal::active_level(&vector.echo);
    assert!((echo + 16.0).abs() < 0.7, "{echo}");
}

#[test]
fn the_meter_reads_a_burst_of_35_ms_whole() {
    let mut y = vec![0.0; 8_000];
    y[1_000..1_280].fill(rms(-20.0));
    assert!((peak(&y) + 20.0).abs() < 0.01);
    y[1_000..1_140].fill(0.0);
    assert!((peak(&y) + 23.0).abs() < 0.1);
}
