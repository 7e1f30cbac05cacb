//! A hybrid at a port: what the other party hears of itself, and what becomes of the party behind the hybrid.

mod bench;

use bench::{Net, port, sine};
use dsp::echo;
use dsp::level::{dbm0, goertzel_dbm0, peak_of_sine};
use telephony::Frame;

/// Port 0, with a hybrid that sends everything back `delay` samples later and `erl_db` quieter, talks to port 1. Each says what
/// its closure gives for the number of a frame. Gives what port 1 hears in the last second of `ms`.
fn over_hybrid(
    (delay, erl_db): (usize, f32),
    ms: u64,
    mut near: impl FnMut(usize) -> Frame,
    mut far: impl FnMut(usize) -> Frame,
) -> Vec<i16> {
    let mut net = Net::new(1);
    net.set_echo(Some(echo::Config::default()));
    net.connect(0, port(0), port(1));
    let loss = 10f32.powf(-erl_db / 20.0);
    for frame in 0..(ms / 10) as usize {
        let sent = &net.heard[0][0];
        let mut said = near(frame);
        for (n, sample) in said.iter_mut().enumerate() {
            // While this frame comes in, the one that the last tick made goes out.
            let at = (sent.len() + n).checked_sub(80 + delay);
            let echo = at.map_or(0.0, |at| loss * f32::from(sent[at]));
            *sample = sample.saturating_add(echo.round() as i16);
        }
        let other = far(frame);
        net.say = Box::new(move |_, port, _| [said, other][port]);
        net.run(10);
    }
    let heard = &net.heard[0][1];
    heard[heard.len() - 8_000..].to_vec()
}

/// White noise of about -15 dBm0, by seed (SplitMix64).
fn noise(seed: u64) -> impl FnMut(usize) -> Frame {
    let mut state = seed;
    move |_| {
        core::array::from_fn(|_| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z >> 40) as i32 % 9_000 - 4_500) as i16
        })
    }
}

fn silence(_: usize) -> Frame {
    [0; 80]
}

fn tone(hz: f64, level_dbm0: f32) -> impl FnMut(usize) -> Frame {
    move |frame| sine(frame, hz, f64::from(peak_of_sine(level_dbm0)))
}

#[test]
fn an_echo_is_taken_out_however_soon_it_comes() {
    for delay in [0, 1, 79, 80, 200] {
        let heard = over_hybrid((delay, 8.0), 4_000, silence, noise(7));
        let level = dbm0(&heard);
        assert!(
            level < -45.0,
            "{level} dBm0 with a delay of {delay} samples"
        );
    }
}

/// Syllables of noise: 200 ms, and 100 ms of pause.
fn syllables(seed: u64) -> impl FnMut(usize) -> Frame {
    let mut noise = noise(seed);
    move |frame| {
        let loud = noise(frame);
        if frame % 30 < 20 { loud } else { [0; 80] }
    }
}

#[test]
fn who_speaks_behind_the_hybrid_is_heard_as_it_is() {
    let alone = dbm0(&over_hybrid((30, 60.0), 1_500, syllables(3), silence));
    for erl_db in [8.0, 20.0] {
        let heard = over_hybrid((30, erl_db), 6_000, syllables(3), noise(7));
        let level = dbm0(&heard);
        assert!(
            (level - alone).abs() < 1.0,
            "{level} dBm0 instead of {alone}"
        );
    }
}

/// Both begin at once, before anything is known of the line, and each with a single tone: the canceller's hardest double talk.
#[test]
fn tones_both_ways_leave_each_other_alone() {
    for (near_hz, far_hz) in [(1_270.0, 1_555.0), (1_555.0, 1_270.0), (1_255.0, 1_575.0)] {
        let heard = over_hybrid((6, 20.0), 1_500, tone(near_hz, -10.0), tone(far_hz, -10.0));
        let level = goertzel_dbm0(&heard, near_hz as f32);
        assert!((level + 10.0).abs() < 1.0, "{near_hz} Hz at {level} dBm0");
        // What is left beside the tone and the other one's echo.
        let power = |dbm0: f32| 10f32.powf(dbm0 / 10.0);
        let echo = goertzel_dbm0(&heard, far_hz as f32);
        let rest = power(dbm0(&heard)) - power(level) - power(echo);
        let rest = 10.0 * rest.max(1e-9).log10();
        assert!(
            rest < -38.0,
            "{near_hz} and {far_hz} Hz: {rest} dBm0 beside them"
        );
        assert!(echo < -29.0, "{near_hz} and {far_hz} Hz: echo {echo} dBm0");
    }
}
