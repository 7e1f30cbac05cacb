//! What hours of real speech and music must not do to a detector, and what people talking at once must not do to a canceller.
//!
//! The recordings are Debian's: asterisk-core-sounds-{en,es,fr,it,ru}-wav, asterisk-prompt-it-menardi-wav and
//! asterisk-moh-opsound-wav, which `tools/setup test` installs. The tests are ignored unless asked for; asked for without the
//! recordings, they fail.

use dsp_probe::score::echo::{judge, worst_divergence};
use dsp_probe::score::progress::{clears, is_tone};
use dsp_probe::signal::{
    FIXED_SEED, Law, Random, active_level, annex_d, at_erl, float, level, random_hybrid, read_wav,
    resample, seeds, set_active_level, wav_files,
};
use dsp_probe::under_test::{Heard, alerts, caller_ids, cancel, dtmf_hits, fax_tones, heard};
use dsp_probe::vectors::dtmf::{HIGH_HZ, LOW_HZ};
use dsp_probe::vectors::echo::{conversation, limits};
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::thread;

const SPEECH: &str = "/usr/share/asterisk/sounds";
const MUSIC: &str = "/usr/share/asterisk/moh";
/// What there is at least, at its own speed, in hours.
const SPEECH_HOURS: f64 = 2.0;
const MUSIC_HOURS: f64 = 0.2;
/// Each hour of speech is five hours of other voices.
const SPEEDS: [f64; 5] = [1.0, 0.85, 0.92, 1.08, 1.17];
/// Speeds the hard fragments are looked for at.
const MINED_SPEEDS: [f64; 12] = [
    0.7, 0.76, 0.82, 0.88, 0.94, 1.0, 1.06, 1.13, 1.2, 1.28, 1.36, 1.45,
];
/// Fragments kept, and digits allowed in them.
const FRAGMENTS: usize = 1_500;
const FRAGMENT_HITS: usize = 1;
/// Alerting tones of call waiting allowed in all hours.
const ALERT_HITS: usize = 1;
/// How much louder than the echo a second of a random conversation may be: in one of some eighty it was 6 dB, for less than a second.
const ANY_DIVERGENCE_DB: f64 = 8.0;
/// Level speech is brought to.
const DBM0: f64 = -16.0;

const WITHOUT: [&str; 5] = ["beep", "tone", "dtmf", "silence", "tt-monkeys"];

/// The recordings below `folder` that hold no tone, folders of one voice each (`en_US_f_Allison`) when `voices`.
fn recordings(folder: &str, voices: bool) -> Vec<PathBuf> {
    let voice = |path: &Path| {
        let below = path.strip_prefix(folder).unwrap_or(path);
        let name = below
            .iter()
            .next()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.contains("_f_") || name.contains("_m_")
    };
    let toneless = |path: &Path| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        !WITHOUT.iter().any(|word| name.contains(word))
    };
    // The voices are reached by links of other names too: one path each.
    let files = wav_files(Path::new(folder)).into_iter();
    files
        .filter(|p| (!voices || voice(p)) && toneless(p))
        .collect()
}

/// All of them as samples; fails when they are not there.
fn corpus(folder: &str, voices: bool, least_hours: f64) -> Vec<Vec<f64>> {
    let sounds: Vec<Vec<f64>> = recordings(folder, voices)
        .iter()
        .filter_map(|path| read_wav(path).ok())
        .filter(|x| x.len() >= 800)
        .map(|x| float(&x))
        .collect();
    let hours = hours(&sounds);
    println!("{folder}: {} recordings, {hours:.2} h", sounds.len());
    assert!(
        hours >= least_hours,
        "{folder}: {hours:.2} h of recordings, wanted {least_hours}; see tools/setup test"
    );
    sounds
}

fn hours<T>(sounds: &[Vec<T>]) -> f64 {
    sounds.iter().map(Vec::len).sum::<usize>() as f64 / 28.8e6
}

fn speech() -> Vec<Vec<f64>> {
    corpus(SPEECH, true, SPEECH_HOURS)
}

fn music() -> Vec<Vec<f64>> {
    corpus(MUSIC, false, MUSIC_HOURS)
}

/// Each of `sounds`, at `speed` and a usual level, through the coder that its place decides, with a pause behind it.
fn played(sounds: &[Vec<f64>], speed: f64) -> Vec<Vec<i16>> {
    on_all_cores(sounds, |n, sound| {
        let mut x = if speed == 1.0 {
            sound.clone()
        } else {
            resample(sound, speed)
        };
        set_active_level(&mut x, DBM0);
        x.extend([0.0; 800]);
        // Which law takes turns with the speed as well, so that over the speeds each recording goes through both.
        let law = if (n + (speed * 100.0) as usize).is_multiple_of(2) {
            Law::A
        } else {
            Law::Mu
        };
        law.through(&x)
    })
}

/// `work` over all of them, in order.
fn on_all_cores<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(cores).max(1);
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = items
            .chunks(share)
            .enumerate()
            .map(|(k, chunk)| {
                scope.spawn(move || {
                    let each = chunk.iter().enumerate();
                    each.map(|(n, item)| work(k * share + n, item))
                        .collect::<Vec<R>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|t| t.join().expect("a worker panicked"))
            .collect()
    })
}

/// One stream of all, so that detectors keep their state from one to the next as on a line; in pieces of about 20 minutes.
fn streams(sounds: &[Vec<i16>]) -> Vec<Vec<i16>> {
    let mut out: Vec<Vec<i16>> = vec![Vec::new()];
    for sound in sounds {
        if out.last().is_some_and(|s| s.len() > 9_600_000) {
            out.push(Vec::new());
        }
        if let Some(last) = out.last_mut() {
            last.extend_from_slice(sound);
        }
    }
    out
}

/// Somebody who listens, and what it is called.
type Listener<'a> = (String, &'a (dyn Fn(&[i16]) -> Vec<String> + Sync));

/// Nothing is heard by any of `listeners` in speech and in music at all of `speeds`; what is heard is shown.
fn never(listeners: &[Listener], speeds: &[f64]) {
    seldom(listeners, speeds, 0);
}

/// As [`never`], but for `allowed` times in all.
fn seldom(listeners: &[Listener], speeds: &[f64], allowed: usize) {
    let (speech, music) = (speech(), music());
    let (mut all, mut heard) = (0.0, vec![0; listeners.len()]);
    for &speed in speeds {
        for (name, sounds) in [("speech", &speech), ("music", &music)] {
            let streams = streams(&played(sounds, speed));
            all += hours(&streams);
            for ((what, listen), heard) in listeners.iter().zip(&mut heard) {
                for hits in on_all_cores(&streams, |_, stream| listen(stream)) {
                    *heard += hits.len();
                    if !hits.is_empty() {
                        let first = &hits[..hits.len().min(5)];
                        println!("{what}, {name} at {speed}: {} {first:?}", hits.len());
                    }
                }
            }
        }
    }
    for ((what, _), heard) in listeners.iter().zip(&heard) {
        println!("{what}: {heard} in {all:.1} h");
    }
    assert!(
        heard.iter().all(|n| *n <= allowed),
        "something was heard in {all:.1} h"
    );
}

/// As text.
fn shown<T: std::fmt::Debug>(hits: Vec<T>) -> Vec<String> {
    hits.iter().map(|hit| format!("{hit:?}")).collect()
}

#[test]
#[ignore = "needs Debian's speech packages: tools/setup test"]
fn no_digit_in_all_hours_of_speech_and_music() {
    never(&[("digits".to_owned(), &|x| shown(dtmf_hits(x)))], &SPEEDS);
}

#[test]
#[ignore = "needs Debian's speech packages: tools/setup test"]
fn no_caller_in_all_hours_of_speech_and_music() {
    never(
        &[("callers".to_owned(), &|x| shown(caller_ids(x)))],
        &SPEEDS,
    );
}

#[test]
#[ignore = "needs Debian's speech packages: tools/setup test"]
fn at_most_one_alert_of_call_waiting_in_all_hours_of_speech_and_music() {
    // One place of one recording, played slower, has both tones for 60 ms. What follows it is a mute of 100 ms and no message.
    seldom(
        &[("alerts".to_owned(), &|x| shown(alerts(x)))],
        &SPEEDS,
        ALERT_HITS,
    );
}

#[test]
#[ignore = "needs Debian's speech packages: tools/setup test"]
fn no_fax_in_all_hours_of_speech_and_music() {
    never(
        &[("fax tones".to_owned(), &|x| shown(fax_tones(x)))],
        &SPEEDS,
    );
}

/// What the plan of `country` hears in `x` that is one of `wanted`.
fn said(country: &str, x: &[i16], wanted: fn(Heard) -> bool) -> Vec<String> {
    let said = heard(country, x).unwrap_or_default();
    shown(said.into_iter().filter(|(_, h)| wanted(*h)).collect())
}

/// Countries with every shape of busy tone: two tones, one tone of 400 to 450 Hz, short, long and uneven cadences.
const COUNTRIES: [&str; 10] = ["us", "gb", "de", "fr", "cn", "es", "ru", "br", "in", "jp"];

fn never_said(wanted: fn(Heard) -> bool, countries: &[&'static str]) {
    for country in countries {
        assert!(heard(country, &[0; 80]).is_some(), "no plan for {country}");
    }
    let listen: Vec<_> = countries
        .iter()
        .map(|country| move |x: &[i16]| said(country, x, wanted))
        .collect();
    let listeners: Vec<Listener> = countries
        .iter()
        .zip(&listen)
        .map(|(country, listen)| (format!("plan of {country}"), listen as _))
        .collect();
    never(&listeners, &SPEEDS[..1]);
}

#[test]
#[ignore = "needs Debian's speech packages: tools/setup test"]
fn no_call_is_cleared_by_speech_or_music_in_any_country() {
    never_said(clears, &COUNTRIES);
}

#[test]
#[ignore = "needs Debian's speech packages: tools/setup test"]
fn no_dial_tone_or_ringing_in_the_hours_of_speech_and_music() {
    never_said(is_tone, &["us", "gb", "de"]);
}

/// A fragment half a second long around the place that resembles a digit most, and how much it does.
struct Fragment {
    likeness: f64,
    samples: Vec<i16>,
}

/// Looks for digits far too eagerly: the share of the energy of 20 ms in one low and one high frequency, the least of four
/// windows 5 ms apart. Up to six places of a recording.
fn resembling(x: &[f64]) -> Vec<Fragment> {
    const WINDOW: usize = 160;
    const HOP: usize = 40;
    let hamming: Vec<f64> = (0..WINDOW)
        .map(|n| 0.54 - 0.46 * (TAU * n as f64 / (WINDOW - 1) as f64).cos())
        .collect();
    let gain: f64 = hamming.iter().sum();
    let energy_gain: f64 = hamming.iter().map(|w| w * w).sum();
    let table: Vec<(f64, f64)> = LOW_HZ
        .iter()
        .chain(&HIGH_HZ)
        .flat_map(|hz| {
            let hamming = &hamming;
            (0..WINDOW).map(move |n| {
                let angle = TAU * hz * n as f64 / 8_000.0;
                (hamming[n] * angle.cos(), hamming[n] * angle.sin())
            })
        })
        .collect();
    let floor = dsp_probe::signal::rms(-38.0).powi(2);
    let looks: Vec<(f64, usize)> = (0..x.len().saturating_sub(WINDOW) / HOP)
        .map(|hop| {
            let window = &x[hop * HOP..hop * HOP + WINDOW];
            let energy: f64 = window
                .iter()
                .zip(&hamming)
                .map(|(s, w)| (s * w) * (s * w))
                .sum();
            // Two tones that count are together at least twice the floor.
            if energy / energy_gain < 0.5 * floor {
                return (0.0, 0);
            }
            let mut powers = [0.0; 8];
            for (power, row) in powers.iter_mut().zip(table.chunks(WINDOW)) {
                let (re, im) = row
                    .iter()
                    .zip(window)
                    .fold((0.0, 0.0), |(re, im), ((c, s), x)| (re + c * x, im + s * x));
                *power = 2.0 * (re * re + im * im) / (gain * gain);
            }
            let best = |from: usize| {
                (from..from + 4)
                    .max_by(|&a, &b| powers[a].total_cmp(&powers[b]))
                    .unwrap_or(from)
            };
            let (low, high) = (best(0), best(4));
            let twist = 10.0 * ((powers[high] + 1e-9) / (powers[low] + 1e-9)).log10();
            let strong = powers[low] > floor && powers[high] > floor;
            let share = (powers[low] + powers[high]) / (energy / energy_gain + 1e-6);
            let likely = strong && (-12.0..8.0).contains(&twist);
            (if likely { share.min(1.2) } else { 0.0 }, 4 * low + high)
        })
        .collect();
    let mut places: Vec<(f64, usize)> = looks
        .windows(4)
        .enumerate()
        .filter(|(_, four)| four.iter().all(|l| l.1 == four[0].1))
        .map(|(hop, four)| (four.iter().map(|l| l.0).fold(f64::MAX, f64::min), hop * HOP))
        .filter(|(likeness, _)| *likeness > 0.3)
        .collect();
    places.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut kept: Vec<(f64, usize)> = Vec::new();
    for (likeness, at) in places {
        // Each place once: two looks at one vowel are one fragment.
        if kept.len() < 6 && kept.iter().all(|(_, other)| at.abs_diff(*other) > 1_600) {
            kept.push((likeness, at));
        }
    }
    kept.into_iter()
        .map(|(likeness, at)| Fragment {
            likeness,
            samples: Law::Mu.through(&x[at.saturating_sub(1_600)..(at + 2_400).min(x.len())]),
        })
        .collect()
}

/// A line's emphasis of high frequencies, level kept.
fn emphasised(x: &[f64]) -> Vec<f64> {
    let mut before = 0.0;
    let mut y: Vec<f64> = x
        .iter()
        .map(|s| {
            let out = s - 0.75 * before;
            before = *s;
            out
        })
        .collect();
    set_active_level(&mut y, active_level(x));
    y
}

#[test]
#[ignore = "needs Debian's speech packages: tools/setup test"]
fn the_hardest_fragments_of_speech_hold_at_most_one_digit_in_1500() {
    let sounds = speech();
    let mut scanned = 0.0;
    let mut fragments: Vec<Fragment> = Vec::new();
    for speed in MINED_SPEEDS {
        let found = on_all_cores(&sounds, |_, sound| {
            let mut x = resample(sound, speed);
            set_active_level(&mut x, -14.0);
            let mut found = resembling(&x);
            found.extend(resembling(&emphasised(&x)));
            (x.len(), found)
        });
        for (length, found) in found {
            scanned += 2.0 * length as f64 / 28.8e6;
            fragments.extend(found);
        }
        fragments.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
        fragments.truncate(FRAGMENTS);
    }
    assert_eq!(fragments.len(), FRAGMENTS);
    let stream: Vec<i16> = fragments
        .iter()
        .flat_map(|f| f.samples.iter().copied().chain([0; 480]))
        .collect();
    let hits = dtmf_hits(&stream);
    println!(
        "hard fragments: {} digits in {FRAGMENTS} of {scanned:.1} h, likeness {:.2} to {:.2}: {hits:?}",
        hits.len(),
        fragments[0].likeness,
        fragments[FRAGMENTS - 1].likeness
    );
    assert!(
        hits.len() <= FRAGMENT_HITS,
        "{} digits in {FRAGMENTS} fragments",
        hits.len()
    );
}

/// Recordings one behind the other, from the first loud sample, `seconds` of it.
fn talk(sounds: &[Vec<f64>], seconds: usize, dbm0: f64, random: &mut Random) -> Vec<f64> {
    let mut x: Vec<f64> = Vec::new();
    while x.len() < (seconds + 2) * 8_000 {
        x.extend(&sounds[random.below(sounds.len())]);
        x.extend([0.0; 2_400]);
    }
    let start = x.iter().position(|s| s.abs() > 300.0).unwrap_or(0);
    let mut x = x[start..(start + seconds * 8_000).min(x.len())].to_vec();
    x.resize(seconds * 8_000, 0.0);
    set_active_level(&mut x, dbm0);
    x
}

/// Some recordings have a direct current of a twentieth of full scale, which no line passes.
fn without_direct_current(x: &[f64]) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    x.iter().map(|v| v - mean).collect()
}

/// Whether two thirds of its tenths of a second are within 40 dB of the loudest: some recordings are mostly silence.
fn speaks(x: &[f64]) -> bool {
    let power = |part: &[f64]| part.iter().map(|v| v * v).sum::<f64>();
    let powers: Vec<f64> = x.chunks_exact(800).map(power).collect();
    let most = powers.iter().fold(0.0, |most: f64, &p| most.max(p));
    let loud = powers.iter().filter(|p| **p > 1e-4 * most).count();
    3 * loud > 2 * powers.len()
}

#[test]
#[ignore = "needs Debian's speech packages: tools/setup test"]
fn test_3c_people_talking_at_once_keep_15_db_and_are_heard_whole() {
    let sounds = speech();
    let long: Vec<Vec<f64>> = sounds
        .into_iter()
        .filter(|x| x.len() > 12_000)
        .map(|x| without_direct_current(&x[..x.len().min(40_000)]))
        .filter(|x| speaks(x))
        .collect();
    let (ours, theirs): (Vec<_>, Vec<_>) =
        long.into_iter().enumerate().partition(|(n, _)| n % 2 == 0);
    let only = |x: Vec<(usize, Vec<f64>)>| x.into_iter().map(|(_, x)| x).collect::<Vec<_>>();
    let (far, near) = (only(ours), only(theirs));
    let mut scenes = Vec::new();
    for seed in seeds() {
        let mut random = Random::new(seed, "people");
        for n in 0..6 {
            let path = match n {
                0..3 => annex_d(3 * n % 8 + 2),
                _ => random_hybrid(&mut random),
            };
            // Nothing can be measured of an echo while nobody speaks.
            let mut talks = || loop {
                let x = talk(&far, 30, -16.0, &mut random);
                if x.chunks_exact(8_000).all(|second| level(second) > -40.0) {
                    break x;
                }
            };
            let x = talks();
            let y = talk(&near, 30, -18.0, &mut random);
            let name = format!("people {n} of seed {seed}");
            scenes.push(conversation(name, x, y, at_erl(&path, 8.0), &mut random));
        }
    }
    let mut missed = Vec::new();
    for vector in &scenes {
        for tail_ms in [16, 32, 64] {
            if vector.path_ms > f64::from(tail_ms) {
                continue;
            }
            let out = cancel(tail_ms, false, &vector.far, &vector.line).out;
            let failed = judge(vector, &out).into_iter().filter(|v| !v.passed());
            missed.extend(failed.map(|v| format!("{v} (tail {tail_ms} ms)")));
            let worst = worst_divergence(vector, &out, 1.0).unwrap_or(0.0);
            println!(
                "{} tail {tail_ms} ms: at worst {worst:.1} dB of the echo",
                vector.name
            );
            let fixed = vector.name.ends_with(&format!("seed {FIXED_SEED}"));
            if worst
                > if fixed {
                    limits::DIVERGENCE_DB
                } else {
                    ANY_DIVERGENCE_DB
                }
            {
                missed.push(format!(
                    "{} diverged by {worst:.1} dB (tail {tail_ms} ms)",
                    vector.name
                ));
            }
        }
    }
    println!("{} conversations of 30 s", scenes.len());
    assert!(
        missed.is_empty(),
        "{} limits missed:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

#[test]
#[ignore = "needs Debian's speech packages: tools/setup test"]
fn an_hour_of_speech_does_not_disable_a_canceller() {
    let mut random = Random::new(FIXED_SEED, "an hour");
    let sounds = speech();
    let x = Law::A.through(&talk(&sounds, 1_800, -12.0, &mut random));
    let y = Law::A.through(&talk(&sounds, 1_800, -12.0, &mut random));
    let reports = cancel(8, true, &x, &y).reports;
    let disabled = reports.iter().filter(|r| r.disabled).count();
    assert_eq!(disabled, 0, "frames disabled of {}", reports.len());
}
