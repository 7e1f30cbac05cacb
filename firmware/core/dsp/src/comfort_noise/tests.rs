use super::*;
use crate::level::{dbm0, goertzel_dbm0};
use crate::signal::{Random, Signal};
use proptest::prelude::*;
use std::vec::Vec;

fn frames(pcm: &[i16]) -> impl Iterator<Item = [f32; FRAME_SAMPLES]> + '_ {
    pcm.as_chunks::<FRAME_SAMPLES>()
        .0
        .iter()
        .map(|f| f.map(f32::from))
}

fn heard(pcm: &[i16]) -> Background {
    let mut background = Background::new();
    frames(pcm).for_each(|f| background.observe(&f));
    background
}

fn noise(background: &Background, seed: u32, seconds: usize) -> Vec<i16> {
    let mut generator = NoiseGenerator::new(seed);
    (0..seconds * 100)
        .flat_map(|_| generator.frame(background))
        .collect()
}

/// White noise through one or two poles: hiss, rumble, and a resonance.
fn coloured(level_dbm0: f32, a: [f32; 2], seed: u64) -> Vec<i16> {
    let mut random = Random(seed);
    let (mut y1, mut y2) = (0.0, 0.0);
    let mut signal = Signal::default();
    for _ in 0..16_000 {
        let y = random.normal() - a[0] * y1 - a[1] * y2;
        (y1, y2) = (y, y1);
        signal.0.push(1_000.0 * y);
    }
    let wanted = level_dbm0 - dbm0(&signal.pcm().iter().map(|x| x / 4).collect::<Vec<_>>()) - 12.04;
    signal.scale(wanted);
    signal.pcm()
}

/// RFC 3389 §3.1's example: 0 dBov is a square wave of full scale, +6.18 dBm0.
#[test]
fn a_square_wave_of_full_scale_is_0_dbov() {
    let square: Vec<i16> = (0..800)
        .map(|n| if n % 8 < 4 { 32_767 } else { -32_767 })
        .collect();
    assert!((dbm0(&square) - OVERLOAD_DBM0).abs() < 0.01);
    let payload = Payload::new(dbm0(&square), &[]);
    let mut octets = [0; Payload::MAX_OCTETS];
    assert_eq!((payload.emit(&mut octets), octets[0]), (1, 0));
}

/// By hand from §3.2: N = 0, 1, 126, 127, 128, 254.
#[test]
fn coefficients_by_hand() {
    let payload = Payload::parse(&[56, 0, 1, 126, 127, 128, 254]).expect("valid");
    let expected = [
        -0.999_938_96,
        -0.992_065_4,
        -0.007_873_535,
        0.0,
        0.007_873_535,
        0.999_938_96,
    ];
    assert_eq!(payload.reflection(), expected);
    assert!((payload.level_dbm0() + 49.82).abs() < 1e-4);
    let mut octets = [0; Payload::MAX_OCTETS];
    assert_eq!(payload.emit(&mut octets), 7);
    assert_eq!(octets[..7], [56, 0, 1, 126, 127, 128, 254]);
}

#[test]
fn what_is_no_payload_says_why() {
    assert_eq!(Payload::parse(&[]), Err(PayloadError::Empty));
    assert_eq!(Payload::parse(&[50; 18]), Err(PayloadError::TooLong(18)));
    assert_eq!(Payload::parse(&[0x80, 127]), Err(PayloadError::Level(0x80)));
    assert_eq!(
        Payload::parse(&[50, 127, 255]),
        Err(PayloadError::Reserved(1))
    );
    assert_eq!(
        std::format!("{}", PayloadError::TooLong(18)),
        "comfort noise of 18 octets"
    );
}

#[test]
fn levels_out_of_range_go_to_the_end_of_it() {
    for (level_dbm0, octet) in [
        (20.0, 0),
        (6.18, 0),
        (-43.82, 50),
        (-200.0, 127),
        (f32::NAN, 0),
    ] {
        let mut octets = [0; Payload::MAX_OCTETS];
        Payload::new(level_dbm0, &[f32::NAN, 7.0, -7.0]).emit(&mut octets);
        assert_eq!(octets[0], octet, "{level_dbm0}");
        assert_eq!(octets[2..4], [254, 0]);
    }
}

#[test]
fn noise_has_the_level_and_the_spectrum_of_what_was_heard() {
    let kinds = [
        [0.0, 0.0],
        [-0.9, 0.0],
        [0.7, 0.0],
        [-1.6, 0.9],
        [-0.5, 0.8],
    ];
    for (kind, level_dbm0) in kinds
        .into_iter()
        .flat_map(|k| [-60.0, -45.0, -30.0].map(|l| (k, l)))
    {
        let original = coloured(level_dbm0, kind, 5);
        let background = heard(&original);
        let copy = noise(&background, 9, 2);
        let long = dbm0(&original[8_000..]);
        assert!(
            (dbm0(&copy[80..]) - long).abs() < 1.0,
            "{kind:?} at {level_dbm0}: {} for {long}",
            dbm0(&copy[80..])
        );
        for hz in [300.0, 800.0, 1_500.0, 2_300.0, 3_200.0] {
            let band = |pcm: &[i16]| {
                let powers = pcm[80..]
                    .chunks_exact(80)
                    .map(|c| power_of_dbm0(goertzel_dbm0(c, hz)));
                dbm0_of_power(powers.sum::<f32>() / (pcm.len() / 80 - 1) as f32)
            };
            // Rounding to 16 bits is white noise of about -92 dBm0.
            if band(&original) > -80.0 {
                assert!(
                    (band(&copy) - band(&original)).abs() < 2.5,
                    "{kind:?} {level_dbm0} {hz} Hz: {} {}",
                    band(&copy),
                    band(&original)
                );
            }
        }
    }
}

/// Over the wire and back: half a decibel of the level's step, and what the coefficients' steps do.
#[test]
fn noise_survives_the_payload() {
    for kind in [[0.0, 0.0], [-0.9, 0.0], [-1.6, 0.9]] {
        let original = coloured(-48.0, kind, 6);
        let mut octets = [0; Payload::MAX_OCTETS];
        let len = heard(&original).payload(ORDER).emit(&mut octets);
        assert_eq!(len, 9);
        let received = Payload::parse(&octets[..len]).expect("own payload");
        let copy = noise(&Background::from(&received), 3, 2);
        assert!(
            (dbm0(&copy[80..]) + 48.0).abs() < 1.0,
            "{kind:?}: {}",
            dbm0(&copy[80..])
        );
    }
}

#[test]
fn nothing_heard_is_silence_and_no_seed_is_like_another() {
    assert!(noise(&Background::new(), 1, 1).iter().all(|&x| x == 0));
    assert_eq!(Background::new().level_dbm0(), SILENCE_DBM0);
    let white = Background::white(-40.0);
    let (a, b) = (noise(&white, 1, 4), noise(&white, 2, 4));
    assert_eq!(a, noise(&white, 1, 4));
    let sum: Vec<i16> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
    assert!((dbm0(&a[80..]) + 40.0).abs() < 0.2, "{}", dbm0(&a[80..]));
    assert!(
        (dbm0(&sum[80..]) + 36.99).abs() < 0.3,
        "{}",
        dbm0(&sum[80..])
    );
}

/// The first frame starts from nothing and a change of level is reached in a frame: no click.
#[test]
fn noise_begins_and_changes_without_a_step() {
    let mut generator = NoiseGenerator::new(4);
    let first = generator.frame(&Background::white(-30.0));
    assert!(
        first[..8].iter().all(|x| x.abs() < 150),
        "{:?}",
        &first[..8]
    );
    let second = generator.frame(&Background::white(-30.0));
    assert!(dbm0(&second) > -33.0);
    let third = generator.frame(&Background::new());
    assert!(third[72..].iter().all(|x| x.abs() < 150));
}

/// Plain arithmetic only: the same samples on x86-64 and aarch64.
#[test]
fn noise_is_the_same_on_every_machine() {
    let payload = Payload::parse(&[50, 40, 170, 127, 130]).expect("valid");
    let copy = noise(&Background::from(&payload), 7, 1);
    assert_eq!(crate::signal::fingerprint(&copy), 0x3ac978e26d483c0d);
}

proptest! {
    #[test]
    fn any_octets_are_refused_or_give_noise_of_their_level(octets in prop::collection::vec(any::<u8>(), 0..40), seed: u32) {
        if let Ok(payload) = Payload::parse(&octets) {
            let mut written = [0; Payload::MAX_OCTETS];
            let len = payload.emit(&mut written);
            prop_assert_eq!(&written[..len], &octets[..]);
            let background = Background::from(&payload);
            let mut generator = NoiseGenerator::new(seed);
            let mut samples = [0.0; FRAME_SAMPLES];
            for _ in 0..20 {
                generator.fill(&background, &mut samples);
                prop_assert!(samples.iter().all(|x| x.is_finite()));
            }
        }
    }

    #[test]
    fn any_frames_give_a_background_that_can_be_played(samples in prop::collection::vec(any::<i16>(), 800)) {
        let background = heard(&samples);
        prop_assert!(background.level_dbm0() <= OVERLOAD_DBM0 + 0.1);
        let mut generator = NoiseGenerator::new(1);
        let mut out = [0.0; FRAME_SAMPLES];
        for _ in 0..50 {
            generator.fill(&background, &mut out);
            prop_assert!(out.iter().all(|x| x.abs() < 1e6));
        }
    }
}
