use super::limits::*;
use super::{Echo, Scene};
use crate::score::echo::{Limit, Measure};
use crate::signal::{
    Css, Law, PATHS, RATE, Random, annex_d, at_erl, css, hoth, random_hybrid, set_active_level,
    silence, speech, tones,
};

/// Samples of `s` seconds.
fn seconds(s: f64) -> usize {
    (s * RATE) as usize
}

/// The composite source signal of one end.
fn talk(kind: Css, s: f64, dbm0: f64, random: &mut Random) -> Vec<f64> {
    let mut x = css(kind, seconds(s), random);
    set_active_level(&mut x, dbm0);
    x
}

fn far(s: f64, random: &mut Random) -> Vec<f64> {
    talk(Css::SingleTalk, s, FAR_DBM0, random)
}

/// Silence, but `x` from `from_s` to `to_s`.
fn only(mut x: Vec<f64>, from_s: f64, to_s: f64) -> Vec<f64> {
    let end = seconds(to_s).min(x.len());
    x[..seconds(from_s).min(end)].fill(0.0);
    x[end..].fill(0.0);
    x
}

/// Test 2: every path of Annex D in every law, for a tail of `tail_ms`: 16 or longer.
pub fn convergence(seed: u64, tail_ms: u16) -> Vec<Echo> {
    let mut out = Vec::new();
    let talk = far(10.0, &mut Random::new(seed, "convergence"));
    for section in PATHS {
        for law in Law::ALL {
            let mut scene = Scene::new(talk.clone(), at_erl(&annex_d(section), ERL_DB));
            scene.law = law;
            let vector = scene.build(format!("D.{section} {law:?}"));
            out.push(if tail_ms == 16 {
                let [soon, later, steady] = SHORT_TAIL_DB;
                vector
                    .erle(0.5, 1.0, soon)
                    .erle(1.0, 2.0, later)
                    .erle(5.0, 10.0, steady)
            } else {
                let [later, steady] = LONG_TAIL_DB;
                vector.erle(1.0, 2.0, later).erle(5.0, 10.0, steady)
            });
        }
    }
    out
}

/// Hybrids nobody tuned for, behind 6 to 14 dB of loss, in A-law.
pub fn hybrids(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "hybrids");
    (0..8)
        .map(|n| {
            let path = at_erl(&random_hybrid(&mut random), random.between(6.0, 14.0));
            let scene = Scene::new(far(10.0, &mut random), path);
            let [later, steady] = HYBRID_DB;
            scene
                .build(format!("hybrid {n}"))
                .erle(1.0, 2.0, later)
                .erle(5.0, 10.0, steady)
        })
        .collect()
}

/// Echo return losses from 0 to 24 dB. The coder's noise does not fall with the echo: what is left to reach does.
pub fn return_losses(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "return losses");
    [0.0, 3.0, 6.0, 9.0, 12.0, 18.0, 24.0]
        .map(|erl| {
            let scene = Scene::new(far(10.0, &mut random), at_erl(&annex_d(2), erl));
            let less = f64::max(0.0, erl - ERL_DB);
            let vector = scene.build(format!("loss {erl} dB"));
            // Below the least loss a canceller is made for, it has to be stable and of some use.
            if erl < ERL_DB / 2.0 {
                return vector.erle(5.0, 10.0, 10.0);
            }
            vector.erle(1.0, 2.0, 18.0).erle(5.0, 10.0, 30.0 - less)
        })
        .to_vec()
}

/// Far ends from 0 to -30 dBm0, for NLP: what is returned once a second has gone.
pub fn levels(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "levels");
    [0.0, -5.0, -10.0, -15.0, -20.0, -25.0, -30.0]
        .map(|dbm0| {
            let x = talk(Css::SingleTalk, 10.0, dbm0, &mut random);
            let over = f64::max(0.0, dbm0 + 10.0) / 10.0;
            let most = RETURNED_DBM0 + over * (RETURNED_LOUD_DBM0 - RETURNED_DBM0);
            let scene = Scene::new(x, at_erl(&annex_d(2), ERL_DB));
            let vector = scene.build(format!("far {dbm0} dBm0"));
            vector.demand(Measure::Peak, 1.0, 10.0, Limit::AtMost(most))
        })
        .to_vec()
}

/// Speech at the far end.
pub fn speaking(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "speaking");
    (2..6)
        .map(|section| {
            let x = speech(seconds(15.0), -16.0, &mut random);
            let scene = Scene::new(x, at_erl(&annex_d(section), 10.0));
            scene
                .build(format!("speech over D.{section}"))
                .erle(3.0, 15.0, SPEECH_DB)
        })
        .collect()
}

/// Test 2, reconvergence: another path at 10 s.
pub fn new_path(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "new path");
    [(2, 5), (9, 3), (4, 7)]
        .map(|(before, after)| {
            let mut scene = Scene::new(far(20.0, &mut random), at_erl(&annex_d(before), ERL_DB));
            scene.paths.push((10.0, at_erl(&annex_d(after), ERL_DB)));
            let vector = scene.build(format!("D.{before} becomes D.{after}"));
            vector
                .erle(5.0, 10.0, NEW_PATH_DB)
                .erle(11.0, 12.0, NEW_PATH_DB)
                .erle(15.0, 20.0, NEW_PATH_DB)
        })
        .to_vec()
}

/// Test 2C: Hoth noise from the near end for 10 s, then none.
pub fn noisy(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "noisy");
    [
        (-30.0, NOISE_DB[1]),
        (-40.0, NOISE_DB[0]),
        (-50.0, NOISE_DB[0]),
    ]
    .map(|(dbm0, least)| {
        let mut scene = Scene::new(far(15.0, &mut random), at_erl(&annex_d(3), ERL_DB));
        scene.noise = hoth(seconds(10.0), dbm0, &mut random);
        scene
            .build(format!("noise {dbm0} dBm0"))
            .erle(10.2, 15.0, least)
    })
    .to_vec()
}

/// Test 3A: a near end of -30 dBm0 while it learns.
pub fn low_double_talk(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "low double talk");
    let mut scene = Scene::new(far(15.0, &mut random), at_erl(&annex_d(2), ERL_DB));
    scene.near = only(talk(Css::DoubleTalk, 15.0, -30.0, &mut random), 0.0, 10.0);
    vec![scene.build("low double talk").erle(10.2, 15.0, 20.0)]
}

/// Test 3B: a strong near end from 5 to 10 s.
pub fn double_talk(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "double talk");
    [-25.0, -15.0, -10.0, -5.0]
        .map(|dbm0| {
            let mut scene = Scene::new(far(20.0, &mut random), at_erl(&annex_d(4), ERL_DB));
            scene.near = only(talk(Css::DoubleTalk, 20.0, dbm0, &mut random), 5.0, 10.0);
            scene
                .build(format!("double talk {dbm0} dBm0"))
                .erle(3.0, 5.0, 25.0)
                .demand(
                    Measure::Subtracted,
                    5.5,
                    10.0,
                    Limit::AtLeast(DOUBLE_TALK_DB),
                )
                .demand(
                    Measure::NearGain,
                    5.5,
                    10.0,
                    Limit::Within(0.0, NEAR_GAIN_DB),
                )
                .erle(10.0, 10.5, 20.0)
                .erle(11.0, 20.0, 25.0)
        })
        .to_vec()
}

/// Test 3C: two people. Far end alone to 6 s, both to 14, near alone to 18, both to 24, far alone to 30.
pub fn conversation(
    name: String,
    far: Vec<f64>,
    near: Vec<f64>,
    path: Vec<f64>,
    random: &mut Random,
) -> Echo {
    let mut scene = Scene::new(far, path);
    scene.far[seconds(14.0)..seconds(18.0)].fill(0.0);
    scene.near = only(near, 6.0, 24.0);
    scene.noise = hoth(scene.far.len(), -62.0, random);
    scene
        .build(name)
        .erle(3.0, 6.0, 22.0)
        .demand(
            Measure::Subtracted,
            6.0,
            14.0,
            Limit::AtLeast(CONVERSATION_DB),
        )
        .demand(
            Measure::NearGain,
            6.0,
            14.0,
            Limit::Within(0.0, NEAR_GAIN_DB),
        )
        .demand(
            Measure::NearGain,
            14.0,
            18.0,
            Limit::Within(0.0, NEAR_GAIN_DB),
        )
        .demand(Measure::NearError, 14.2, 18.0, Limit::AtMost(NEAR_ERROR_DB))
        // Ours: voices of any kind, and half a second after both talked.
        .erle(24.5, 30.0, 20.0)
}

/// Test 3C between synthetic voices.
pub fn conversations(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "conversations");
    (0..3)
        .map(|n| {
            let far = speech(seconds(30.0), -16.0, &mut random);
            let near = speech(seconds(30.0), -18.0, &mut random);
            let path = at_erl(&annex_d(3 + 2 * n), 8.0);
            conversation(format!("conversation {n}"), far, near, path, &mut random)
        })
        .collect()
}

/// Test 4: 120 s of silence between two times 5 s of talk.
pub fn leak(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "leak");
    let mut x = far(5.0, &mut random);
    x.extend(silence(120_000.0));
    x.extend(far(5.0, &mut random));
    let mut scene = Scene::new(x, at_erl(&annex_d(2), ERL_DB));
    scene.noise = hoth(seconds(130.0), -65.0, &mut random);
    let vector = scene.build("leak").erle(3.0, 5.0, 26.0);
    vec![vector.demand(
        Measure::ErleSince(5.0),
        125.0,
        125.7,
        Limit::AtLeast(-LEAK_DB),
    )]
}

/// Test 5: the path opens at 10 s, so that there is no echo any more.
pub fn opened(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "opened");
    let mut scene = Scene::new(far(15.0, &mut random), at_erl(&annex_d(2), ERL_DB));
    scene.paths.push((10.0, vec![0.0]));
    let vector = scene.build("opened").erle(5.0, 10.0, 20.0);
    vec![vector.demand(Measure::Level, 11.0, 15.0, Limit::AtMost(OPENED_DBM0))]
}

/// Test 6: every tone and pair of the Recommendation and of a telephone line through a converged canceller, 5 s each in the
/// Recommendation, 2 s here; then talk again.
pub fn tones_through(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "tones through");
    let sounds: [&[f64]; 15] = [
        &[697.0],
        &[941.0],
        &[1336.0],
        &[1633.0],
        &[697.0, 1209.0],
        &[770.0, 1336.0],
        &[852.0, 1477.0],
        &[941.0, 1633.0],
        &[350.0, 440.0],
        &[425.0],
        &[480.0, 620.0],
        &[1004.0],
        &[2100.0],
        &[300.0],
        &[3000.0],
    ];
    let mut x = far(5.0, &mut random);
    let mut news = vec![0.0];
    for sound in sounds {
        news.push(x.len() as f64 / RATE);
        let parts: Vec<(f64, f64)> = sound.iter().map(|&hz| (hz, -11.0)).collect();
        x.extend(tones(seconds(2.0), &parts, &mut random));
    }
    let end = x.len() as f64 / RATE;
    x.extend(far(5.0, &mut random));
    let mut vector = Scene::new(x, at_erl(&annex_d(2), ERL_DB)).build("tones through");
    vector.news = news;
    let mut vector = vector.erle(3.0, 5.0, 26.0);
    for n in 0..sounds.len() {
        let from_s = 5.0 + 2.0 * n as f64;
        vector = vector.erle(from_s + 0.1, from_s + 2.0, UNDER_TONES_DB);
    }
    let vector = vector.erle(end, end + 0.5, AFTER_TONES_DB);
    vec![vector.erle(end + 2.0, end + 5.0, AFTER_TONES_DB)]
}

/// Test 7: a tone into a canceller that knows nothing, for 120 s.
pub fn steady_tone(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "steady tone");
    let x = tones(
        seconds(120.0),
        &[(697.0, -11.0), (1_209.0, -9.0)],
        &mut random,
    );
    let vector = Scene::new(x, at_erl(&annex_d(2), ERL_DB)).build("steady tone");
    let vector = vector.demand(Measure::Level, 0.0, 10.0, Limit::AtMost(-8.0));
    vec![vector.erle(10.0, 120.0, STEADY_TONE_DB)]
}

/// Test 9: Hoth noise of -45 dBm0, from 30 s of -55; the far end is silent from 10 to 20 and from 30 to 45 s.
pub fn comfort(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "comfort");
    let mut scene = Scene::new(far(60.0, &mut random), at_erl(&annex_d(2), 10.0));
    scene.far[seconds(10.0)..seconds(20.0)].fill(0.0);
    scene.far[seconds(30.0)..seconds(45.0)].fill(0.0);
    scene.noise = hoth(seconds(30.0), -45.0, &mut random);
    scene.noise.extend(hoth(seconds(30.0), -55.0, &mut random));
    let vector = scene.build("comfort noise");
    let loud = Limit::Within(-45.0, COMFORT_DB);
    let soft = Limit::Within(-55.0, COMFORT_DB);
    let vector = vector.demand(Measure::LevelUnderFar, 22.0, 30.0, loud);
    vec![vector.demand(Measure::LevelUnderFar, 47.0, 60.0, soft)]
}

/// A path that ends in any place of a tail of `tail_ms`, up to its last millisecond.
pub fn anywhere(seed: u64, tail_ms: u16) -> Vec<Echo> {
    let mut random = Random::new(seed, "anywhere");
    let path = at_erl(&annex_d(3), ERL_DB);
    let room = usize::from(tail_ms) * 8 - path.len().min(usize::from(tail_ms) * 8);
    [0.0, 0.33, 0.66, 1.0]
        .map(|part| {
            let delay = (room as f64 * part) as usize;
            let moved = [vec![0.0; delay], path.clone()].concat();
            let vector =
                Scene::new(far(10.0, &mut random), moved).build(format!("{delay} samples late"));
            vector.erle(5.0, 10.0, ANYWHERE_DB)
        })
        .to_vec()
}

/// A second hybrid behind the first, 22 ms later and 8 dB weaker: within 64 ms.
pub fn double_reflection(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "double reflection");
    let mut path = at_erl(&annex_d(2), 8.0);
    let second = at_erl(&annex_d(6), 16.0);
    path.resize(180 + second.len(), 0.0);
    crate::signal::add(&mut path, 180, &second);
    let vector = Scene::new(far(10.0, &mut random), path).build("double reflection");
    vec![vector.erle(5.0, 10.0, ANYWHERE_DB)]
}

/// Clocks of the two directions 2 millionths apart, either way.
pub fn skew(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "skew");
    [2.0, -2.0]
        .map(|ppm| {
            let mut scene = Scene::new(far(20.0, &mut random), at_erl(&annex_d(2), 8.0));
            scene.law = Law::Linear;
            scene.skew_ppm = ppm;
            scene
                .build(format!("skew {ppm} ppm"))
                .erle(5.0, 20.0, SKEW_DB)
        })
        .to_vec()
}

/// A line that clips, a coder with an offset (test 15), a line on which nobody speaks: nothing may get worse.
pub fn faults(seed: u64) -> Vec<Echo> {
    let mut random = Random::new(seed, "faults");
    let path = at_erl(&annex_d(2), ERL_DB);
    let mut clipping = Scene::new(talk(Css::SingleTalk, 10.0, 0.0, &mut random), path.clone());
    clipping.clip = 12_000.0;
    let mut offset = Scene::new(far(10.0, &mut random), path.clone());
    offset.offset = 200.0;
    let quiet = Scene::new(silence(10_000.0), path);
    vec![
        clipping.build("clipping").erle(5.0, 10.0, 10.0),
        offset
            .build("offset")
            .demand(Measure::Subtracted, 5.0, 10.0, Limit::AtLeast(25.0)),
        quiet
            .build("nobody")
            .demand(Measure::Level, 0.0, 10.0, Limit::AtMost(-60.0)),
    ]
}

/// Every vector above that a canceller without NLP is asked to stand, for the hunt after divergence.
pub fn all(seed: u64) -> Vec<Echo> {
    [
        convergence(seed, 16).into_iter().step_by(3).collect(),
        hybrids(seed),
        return_losses(seed),
        levels(seed),
        speaking(seed),
        new_path(seed),
        noisy(seed),
        low_double_talk(seed),
        double_talk(seed),
        conversations(seed),
        opened(seed),
        tones_through(seed),
        steady_tone(seed),
        anywhere(seed, 128),
        double_reflection(seed),
        skew(seed),
        faults(seed),
    ]
    .concat()
}
