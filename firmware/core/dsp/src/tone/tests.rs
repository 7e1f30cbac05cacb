use super::*;
use crate::level::{dbm0, goertzel_dbm0};
use std::vec;
use telephony::{RingCadence, Tone};

mod player;

const ALL: [Tone; 10] = [
    Tone::Dial,
    Tone::StutterDial,
    Tone::Ringback,
    Tone::Busy,
    Tone::Congestion,
    Tone::NumberUnobtainable,
    Tone::CallWaiting,
    Tone::Howler,
    Tone::Confirmation,
    Tone::Hold,
];

/// Every tone of every plan, what detectors also listen for included.
fn every_spec() -> impl Iterator<Item = (&'static str, Tone, &'static ToneSpec)> {
    let tones = PLANS.iter().flat_map(|p| ALL.map(|tone| (p, tone)));
    tones.flat_map(|(p, tone)| p.heard_as(tone).map(move |spec| (p.country, tone, spec)))
}

#[test]
fn plans_are_found_by_country() {
    let countries = "at be bg hr cy cz dk ee fi fr de gr hu ie it lv lt lu mt nl pl pt ro sk si es se gb ch no is \
        us ca mx br ar cl co pe uy ve au nz jp kr cn hk tw sg my th id ph vn in pk lk ae sa il tr eg za ke ng ru ua kz";
    for country in countries.split_whitespace() {
        assert_eq!(plan(country).unwrap().country, country);
    }
    assert_eq!(countries.split_whitespace().count(), PLANS.len());
    assert_eq!(plan("UK").unwrap().country, "gb");
    assert_eq!(plan("De").unwrap().country, "de");
    for nowhere in ["xx", "", "u", "usa", "\u{fc}s"] {
        assert!(plan(nowhere).is_none(), "{nowhere}");
    }
}

#[test]
fn every_tone_of_every_plan_plays_as_it_is_written() {
    for (country, tone, spec) in every_spec() {
        let mut player = TonePlayer::new(spec);
        let cycles = spec.cycle.iter().chain(spec.cycle);
        for (n, segment) in spec.intro.iter().chain(cycles).enumerate() {
            let mut part = vec![0i16; usize::from(segment.ms) * 8];
            player.fill(&mut part);
            let at = std::format!("{country} {tone:?} segment {n} {segment:?}");
            if segment.is_silence() {
                assert!(part.iter().all(|&s| s == 0), "{at}");
                continue;
            }
            // Sines that beat have their level over whole beats: short bursts are let off.
            let slowest = segment
                .freqs_hz
                .windows(2)
                .map(|f| f[1] - f[0])
                .fold(4_000.0, f32::min);
            let beats = slowest * f32::from(segment.ms.min(1_000)) / 1_000.0;
            let slack = if beats < 4.0 { 2.0 } else { 0.5 };
            let burst = &part[..part.len().min(8_000)];
            assert!(
                (dbm0(burst) - segment.level_dbm0).abs() < slack,
                "{at}: {}",
                dbm0(burst)
            );
            let each = segment.level_dbm0 - 10.0 * (segment.freqs_hz.len() as f32).log10();
            for &hz in segment.freqs_hz {
                let heard = goertzel_dbm0(burst, hz);
                assert!(
                    (heard - each).abs() < 3.0 * slack,
                    "{at}: {heard} at {hz} Hz for {each}"
                );
            }
        }
        assert_eq!(
            player.playing(),
            !spec.cycle.is_empty(),
            "{country} {tone:?}"
        );
    }
}

/// The same cadence of the same sound, within what E.180 lets exchanges stray (10 %).
fn alike(a: &ToneSpec, b: &ToneSpec) -> bool {
    let len = a.cycle.len();
    let near = |x: &Segment, y: &Segment| {
        let same_sound = x.freqs_hz.len() == y.freqs_hz.len()
            && x.freqs_hz
                .iter()
                .zip(y.freqs_hz)
                .all(|(x, y)| (x - y).abs() < 0.02 * x);
        same_sound && x.ms.abs_diff(y.ms) * 10 <= x.ms.min(y.ms)
    };
    len == b.cycle.len()
        && (0..len.max(1)).any(|turn| {
            let turned = b.cycle.iter().cycle().skip(turn);
            a.cycle.iter().zip(turned).all(|(x, y)| near(x, y))
        })
}

#[test]
fn tones_of_one_plan_differ_but_for_those_known_to_be_one() {
    use Tone::{Busy, Congestion, Dial, NumberUnobtainable, Ringback};
    let listened = [Dial, Ringback, Busy, Congestion, NumberUnobtainable];
    let mut one = vec![];
    for plan in &PLANS {
        for (n, &a) in listened.iter().enumerate() {
            for &b in &listened[n + 1..] {
                let clash = plan
                    .heard_as(a)
                    .any(|x| plan.heard_as(b).any(|y| alike(x, y)));
                if clash {
                    one.push((plan.country, a, b));
                }
            }
        }
    }
    let known = [
        ("au", Busy, Congestion),
        ("br", Congestion, NumberUnobtainable),
        ("hu", Busy, Congestion),
        ("is", Busy, Congestion),
        ("jp", Busy, Congestion),
        ("ke", Busy, Congestion),
        ("mx", Busy, Congestion),
        ("ph", Congestion, NumberUnobtainable),
        ("pl", Busy, Congestion),
        ("pt", Congestion, NumberUnobtainable),
    ];
    assert_eq!(one, known);
}

/// What each broken plan is refused for.
#[test]
fn a_plan_that_breaks_a_rule_is_refused_by_name_and_rule() {
    const SOUND: &[Segment] = &[Segment::on(&[425.0], -13.0, 300)];
    const SHORT: &[Segment] = &[Segment::on(&[425.0], -13.0, 300), Segment::off(10)];
    const LOUD: &[Segment] = &[Segment::on(&[425.0], 3.0, 300)];
    const DOWN: &[Segment] = &[Segment::on(&[440.0, 350.0], -13.0, 300)];
    const TWICE: &[Segment] = &[Segment::on(&[440.0, 440.0], -13.0, 300)];
    const HIGH: &[Segment] = &[Segment::on(&[440.0, 3_600.0], -13.0, 300)];
    const NAN: &[Segment] = &[Segment::on(&[f32::NAN], -13.0, 300)];
    const PAUSES: &[Segment] = &[
        Segment::on(&[425.0], -13.0, 300),
        Segment::off(100),
        Segment::off(100),
    ];
    const LATE: &[Segment] = &[Segment::off(300), Segment::on(&[425.0], -13.0, 300)];
    const LONG: &[Segment] = &[Segment::on(&[425.0], -13.0, 1_000), Segment::off(19_001)];
    const RARE: &[Segment] = &[Segment::on(&[425.0], -13.0, 1_000), Segment::off(11_001)];
    const ALSO: &[(Tone, ToneSpec)] = &[(Tone::Busy, ToneSpec::repeating(LOUD))];
    type Break = fn(&mut TonePlan);
    let broken: [(&str, Break); 24] = [
        ("DE: country: ", |p| p.country = "DE"),
        ("deu: country: ", |p| p.country = "deu"),
        ("de: source: ", |p| p.source = ""),
        ("de: busy: sounds and pauses", |p| {
            p.busy = ToneSpec::repeating(SOUND)
        }),
        ("de: busy: sounds and pauses", |p| p.busy.intro = SOUND),
        ("de: busy: begins", |p| p.busy = ToneSpec::repeating(LATE)),
        ("de: ringback: a cycle is at most 12 s", |p| {
            p.ringback = ToneSpec::repeating(RARE)
        }),
        ("de: dial: a segment lasts", |p| {
            p.dial = ToneSpec::repeating(SHORT)
        }),
        ("de: dial: levels", |p| p.dial = ToneSpec::repeating(LOUD)),
        ("de: dial: frequencies ascend", |p| {
            p.dial = ToneSpec::repeating(DOWN)
        }),
        ("de: dial: frequencies ascend", |p| {
            p.dial = ToneSpec::repeating(TWICE)
        }),
        ("de: dial: frequencies are", |p| {
            p.dial = ToneSpec::repeating(HIGH)
        }),
        ("de: dial: frequencies are", |p| {
            p.dial = ToneSpec::repeating(NAN)
        }),
        ("de: dial: is empty", |p| p.dial = ToneSpec::repeating(&[])),
        ("de: dial: is silent", |p| {
            p.dial = ToneSpec::repeating(&LATE[..1])
        }),
        ("de: hold: two pauses", |p| {
            p.own.hold = ToneSpec::repeating(PAUSES)
        }),
        ("de: call_waiting: a cycle is at most 20 s", |p| {
            p.call_waiting = ToneSpec::repeating(LONG)
        }),
        ("de: also: levels", |p| p.also = ALSO),
        ("de: ring: one to four", |p| p.ring.len = 5),
        ("de: ring: a cycle", |p| {
            p.ring = RingCadence::one(2_000, 10_001)
        }),
        ("de: ring: bursts", |p| {
            p.ring = RingCadence::two(400, 0, 400, 2_000)
        }),
        ("de: flash_ms: the shortest", |p| p.flash_ms = (400, 400)),
        ("de: flash_ms: a flash is longer", |p| {
            p.flash_ms = (60, 400)
        }),
        ("de: flash_sent_ms: ", |p| p.line.flash_sent_ms = 600),
    ];
    let refused = |plans: &[TonePlan]| {
        let plans = plans.to_vec();
        let why = std::panic::catch_unwind(move || check::plans(&plans)).err()?;
        why.downcast_ref::<std::string::String>().cloned()
    };
    let good = *plan("de").unwrap();
    assert_eq!(refused(&[good]), None);
    for (rule, spoil) in broken {
        let mut bad = good;
        spoil(&mut bad);
        let why = refused(&[bad]).unwrap_or_default();
        assert!(why.starts_with(rule), "{rule}: {why:?}");
    }
    let why = refused(&[good, good]).unwrap_or_default();
    assert!(why.starts_with("de: country: codes ascend"), "{why:?}");
}

#[test]
fn an_impedance_is_named_by_its_values() {
    for z in Impedance::ALL {
        let (series, parallel, nanofarads) = z.values();
        let name = match parallel {
            0 => std::format!("{series}R"),
            _ => std::format!("{series}R+({parallel}R||{nanofarads}n)"),
        };
        assert_eq!(z.name(), name);
        assert_eq!(Impedance::of_name(&name), Some(z));
    }
    assert_eq!(Impedance::of_name("600"), None);
}

#[test]
fn cadences_keep_their_times() {
    for (country, tone, times) in [
        ("us", Tone::Busy, &[500, 500, 500][..]),
        ("gb", Tone::Ringback, &[400, 200, 400, 2_000, 400]),
        ("de", Tone::Busy, &[480, 480, 480]),
        ("cn", Tone::Congestion, &[700, 700, 700]),
    ] {
        let mut player = TonePlayer::new(plan(country).unwrap().spec(tone));
        for (n, &ms) in times.iter().enumerate() {
            let mut part = vec![0i16; ms * 8];
            assert!(player.fill(&mut part));
            let heard = dbm0(&part);
            if n % 2 == 0 {
                assert!(
                    (heard + 13.0).abs() < 0.5,
                    "{country} {tone:?} part {n}: {heard}"
                );
            } else {
                assert!(
                    part.iter().all(|&s| s == 0),
                    "{country} {tone:?} part {n}: {heard}"
                );
            }
        }
    }
}

#[test]
fn a_continuous_tone_has_no_step_where_its_segment_repeats() {
    let mut player = TonePlayer::new(plan("us").unwrap().spec(Tone::Dial));
    let mut out = vec![0i16; 70 * 8_000];
    assert!(player.fill(&mut out));
    let steepest = |s: &[i16]| {
        s.windows(2)
            .map(|w| (i32::from(w[1]) - i32::from(w[0])).abs())
            .max()
            .unwrap()
    };
    assert!(steepest(&out) <= steepest(&out[..8_000]) + 2);
    assert!(
        (dbm0(&out[69 * 8_000..]) + 13.0).abs() < 0.05,
        "the level drifts"
    );
}

#[test]
fn confirmation_ends_and_mixing_adds() {
    let mut player = TonePlayer::new(plan("us").unwrap().spec(Tone::Confirmation));
    let mut frames = 0;
    let mut frame = [0i16; 80];
    while player.fill(&mut frame) {
        frames += 1;
    }
    assert_eq!(frames, 59, "600 ms");
    assert!(!player.fill(&mut frame));
    assert_eq!(frame, [0; 80]);
    let mut speech = [1_000i16; 80];
    let mut alone = [0i16; 80];
    TonePlayer::new(plan("de").unwrap().spec(Tone::Busy)).fill(&mut alone);
    TonePlayer::new(plan("de").unwrap().spec(Tone::Busy)).add(&mut speech);
    assert!(
        speech
            .iter()
            .zip(alone)
            .all(|(&sum, tone)| (sum - tone - 1_000).abs() <= 1)
    );
}
