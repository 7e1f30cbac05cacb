//! The recordings that are measured on when no file is given: the suite's signals and the box's own players, the same on every
//! machine, so that two machines' results can be compared sample by sample.

use std::path::Path;

use dsp::caller_id::{ClockTime, Spill, SpillPlayer, Standard};
use dsp::dtmf::{Generator, Level, Timing};
use dsp::tone::{PLANS, TonePlan, TonePlayer, plan};
use dsp_probe::signal::{
    self, Css, FIXED_SEED, RATE, Random, add, annex_d, at_erl, css, float, hoth, pcm,
    set_active_level, white,
};
use dsp_probe::vectors::echo::Scene;
use telephony::{CallerId, Digits, FRAME_SAMPLES, Frame, SAMPLE_RATE_HZ, SILENCE, Text, Tone};

use crate::probe::{Failure, wav};

/// Writes every recording into `folder`.
pub fn write_all(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let (far, near) = echo(20);
    let recordings = [
        ("dtmf", digits()),
        ("far", far),
        ("near", near),
        ("bell202", message(Standard::Bell202)),
        ("v23", message(Standard::V23)),
        ("cid-dtmf", message(Standard::Dtmf)),
        ("tones", tones()),
        ("speech", speech(20)),
    ];
    for (name, frames) in recordings {
        wav::write(&folder.join(name).with_extension("wav"), &frames.concat())?;
    }
    Ok(())
}

/// All 16 digits at four levels, 50 ms on and 50 ms off, over noise; then as much speech.
pub fn digits() -> Vec<Frame> {
    let mut samples = Vec::new();
    for (low_dbm0, high_dbm0) in [(-6.0, -4.0), (-15.0, -17.0), (-25.0, -24.0), (-33.0, -35.0)] {
        let level = Level {
            low_dbm0,
            high_dbm0,
        };
        let timing = Timing {
            on_ms: 50,
            off_ms: 50,
        };
        let digits = Digits::parse("1234567890*#ABCD").unwrap_or_default();
        let mut generator = Generator::new(digits, timing, level);
        play(&mut samples, |out| generator.fill(out));
    }
    let mut noisy = float(&samples);
    let noise = white(noisy.len(), -60.0, &mut Random::new(FIXED_SEED, "digits"));
    add(&mut noisy, 0, &noise);
    let mut frames = frames(&pcm(&noisy));
    frames.extend(speech(6));
    frames
}

/// A far end that speaks all the time and its echo from a hybrid of 6 dB return loss, in A-law.
pub fn echo(seconds: usize) -> (Vec<Frame>, Vec<Frame>) {
    let mut random = Random::new(FIXED_SEED, "echo");
    let mut far = css(Css::SingleTalk, seconds * RATE as usize, &mut random);
    set_active_level(&mut far, -10.0);
    let mut scene = Scene::new(far, at_erl(&annex_d(2), 6.0));
    scene.noise = hoth(scene.far.len(), -65.0, &mut random);
    let echo = scene.build("echo");
    (frames(&echo.far), frames(&echo.line))
}

/// One voice at -16 dBm0.
pub fn speech(seconds: usize) -> Vec<Frame> {
    let mut random = Random::new(FIXED_SEED, "speech");
    let voice = signal::speech(seconds * RATE as usize, -16.0, &mut random);
    frames(&pcm(&voice))
}

/// Three caller-ID messages with pauses.
pub fn message(standard: Standard) -> Vec<Frame> {
    let time = ClockTime {
        month: 3,
        day: 14,
        hour: 15,
        minute: 9,
    };
    let mut samples = Vec::new();
    for (number, name) in [
        ("5551234567", "Ada Lovelace"),
        ("0301234567", "Rufnummer Berlin"),
        ("42", "Desk"),
    ] {
        let caller = CallerId {
            number: Text::new(number),
            name: Text::new(name),
            ..CallerId::default()
        };
        let mut player = SpillPlayer::new(Spill::encode(&caller, Some(time), standard));
        samples.resize(samples.len() + 4_000, 0);
        play(&mut samples, |out| player.fill(out));
    }
    samples.resize(samples.len() + 4_000, 0);
    frames(&samples)
}

/// Dial, ringing, busy and congestion tone of four countries, 4 s each.
pub fn tones() -> Vec<Frame> {
    let mut samples = Vec::new();
    for plan in ["us", "gb", "de", "fr"].into_iter().filter_map(plan) {
        for tone in [Tone::Dial, Tone::Ringback, Tone::Busy, Tone::Congestion] {
            let mut player = TonePlayer::new(plan.spec(tone));
            let mut left = 4 * SAMPLE_RATE_HZ as usize / FRAME_SAMPLES;
            play(&mut samples, |out| {
                left -= 1;
                player.fill(out) && left > 0
            });
            samples.resize(samples.len() + 2_000, 0);
        }
    }
    frames(&samples)
}

/// The plan that is listened for in measurements.
pub fn north_america() -> &'static TonePlan {
    plan("us").unwrap_or(&PLANS[0])
}

/// Appends frames until `fill` tells the last.
fn play(samples: &mut Vec<i16>, mut fill: impl FnMut(&mut [i16]) -> bool) {
    loop {
        let at = samples.len();
        samples.resize(at + FRAME_SAMPLES, 0);
        if !fill(&mut samples[at..]) {
            return;
        }
    }
}

/// Whole frames; what is left over is filled up with silence.
fn frames(samples: &[i16]) -> Vec<Frame> {
    samples
        .chunks(FRAME_SAMPLES)
        .map(|chunk| {
            let mut frame = SILENCE;
            frame[..chunk.len()].copy_from_slice(chunk);
            frame
        })
        .collect()
}
