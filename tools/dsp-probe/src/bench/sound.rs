//! The recordings that are measured on when no file is given. Plain f32 arithmetic and the box's own players: the same on every
//! machine, so that two machines' results can be compared sample by sample.

use std::path::Path;

use dsp::caller_id::{ClockTime, Spill, SpillPlayer, Standard};
use dsp::dtmf::{Generator, Level, Timing};
use dsp::level::peak_of_sine;
use dsp::tone::{PLANS, TonePlayer};
use telephony::{CallerId, Digits, FRAME_SAMPLES, Frame, SAMPLE_RATE_HZ, Text, Tone};

use crate::probe::{Failure, wav};

/// Writes every recording into `folder`.
pub fn write_all(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let (far, near) = echo(20);
    let (far, near) = (far.concat(), near.concat());
    let recordings = [
        ("dtmf", digits().concat()),
        ("far", far),
        ("near", near),
        ("bell202", message(Standard::Bell202).concat()),
        ("v23", message(Standard::V23).concat()),
        ("cid-dtmf", message(Standard::Dtmf).concat()),
        ("tones", tones().concat()),
        ("speech", speech(20).concat()),
    ];
    for (name, samples) in recordings {
        wav::write(&folder.join(name).with_extension("wav"), &samples)?;
    }
    Ok(())
}

/// All 16 digits at four levels, 50 ms on and 50 ms off, over noise; then as much speech-like sound.
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
    let mut noise = Noise(1);
    let peak = peak_of_sine(-55.0);
    for sample in &mut samples {
        *sample = clip(f32::from(*sample) + peak * noise.next());
    }
    let mut frames = frames(&samples);
    frames.extend(speech(6));
    frames
}

/// What a hybrid of 6 dB return loss makes of speech-like sound: far end and near end.
pub fn echo(seconds: usize) -> (Vec<Frame>, Vec<Frame>) {
    let far = speech(seconds);
    let path = hybrid();
    let samples = far.concat();
    let mut noise = Noise(2);
    let floor = peak_of_sine(-62.0);
    let near: Vec<i16> = (0..samples.len())
        .map(|n| {
            let heard: f32 = path
                .iter()
                .take(n + 1)
                .enumerate()
                .map(|(delay, h)| h * f32::from(samples[n - delay]))
                .sum();
            clip(heard + floor * noise.next())
        })
        .collect();
    (far, frames(&near))
}

/// An echo path of 13 ms: 4 ms of nothing, then a ringing that dies away, with a quarter of the power of what goes in.
fn hybrid() -> Vec<f32> {
    let mut path = vec![0.0; 32];
    // A turn of 53 degrees a sample (3-4-5), shrinking by 0.93.
    let (mut re, mut im) = (1.0f32, 0.0f32);
    for _ in 0..72 {
        path.push(re);
        (re, im) = (0.93 * (0.6 * re - 0.8 * im), 0.93 * (0.8 * re + 0.6 * im));
    }
    let power: f32 = path.iter().map(|h| h * h).sum();
    let gain = (0.25 / power).sqrt();
    path.iter().map(|h| h * gain).collect()
}

/// Noise of the shape of speech in syllables of 250 ms with pauses of 100 ms, at about -12 dBm0 while it sounds.
pub fn speech(seconds: usize) -> Vec<Frame> {
    const SYLLABLE: usize = 2_000;
    const PAUSE: usize = 800;
    let mut noise = Noise(3);
    let (mut low, mut before) = (0.0f32, 0.0f32);
    let peak = peak_of_sine(-3.0);
    let samples: Vec<i16> = (0..seconds * SAMPLE_RATE_HZ as usize)
        .map(|n| {
            // Falls by 6 dB an octave above 600 Hz, and has no direct current.
            low += 0.38 * (noise.next() - low);
            let shaped = low - before;
            before += 0.1 * (low - before);
            let place = n % (SYLLABLE + PAUSE);
            if place < SYLLABLE {
                let edge = place.min(SYLLABLE - place).min(200) as f32 / 200.0;
                clip(peak * edge * shaped)
            } else {
                0
            }
        })
        .collect();
    frames(&samples)
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

/// Dial, ringing, busy and congestion tone of the first plans, 4 s each.
pub fn tones() -> Vec<Frame> {
    let mut samples = Vec::new();
    for plan in PLANS.iter().take(4) {
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
            let mut frame = telephony::SILENCE;
            frame[..chunk.len()].copy_from_slice(chunk);
            frame
        })
        .collect()
}

fn clip(x: f32) -> i16 {
    x.round() as i16
}

/// White, even between -1 and 1 (SplitMix64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}
