//! The receiver's limits. The network's side of the standards is narrower; ours are what a receiver on a bad line needs.

use super::*;

/// Signalling rate: 1 % by GR-30-CORE §2.2 and EN 300 659-1 §6.1.1; ours 2 %.
const BAUD: [f64; 4] = [1_176.0, 1_188.0, 1_212.0, 1_224.0];
/// Tones: 1 % by GR-30-CORE §2.2, 1.5 % by EN 300 659-1 §6.1.1.
const TONES: [f64; 2] = [0.985, 1.015];
/// Levels at the telephone: -12 to -32 dBm by GR-30-CORE, -8 to -36 dBV by EN 300 659-1 §6.1.2; ours in dBm0.
const LEVELS_DBM0: [f64; 6] = [-5.0, -20.0, -28.0, -34.0, -38.0, -42.0];
/// Mark against space: 6 dB by EN 300 659-1 §6.1.2, 10 dB by GR-30-CORE; ours 10 dB.
const TWIST_DB: [f64; 4] = [-10.0, -6.0, 6.0, 10.0];
/// White noise from 0 to 4 kHz below the signal, in dB, and the share of messages that must arrive. EN 300 659-1 §6.1.2 asks for 25 dB.
const NOISE: [(f32, f32); 5] = [
    (25.0, 1.0),
    (16.0, 1.0),
    (12.0, 1.0),
    (10.0, 0.95),
    (8.0, 0.5),
];
const MESSAGES: u64 = 40;
/// Messages of every other impairment.
const FEW: u64 = 10;

/// A message on a line, with what may be wrong with it.
#[derive(Clone, Copy)]
struct Sent {
    standard: Standard,
    level_dbm0: f64,
    twist_db: f64,
    baud: f64,
    tones: f64,
    seizure: usize,
    mark: usize,
    stuffed: u64,
}

impl Sent {
    fn by(standard: Standard) -> Self {
        Sent {
            standard,
            level_dbm0: -13.5,
            twist_db: 0.0,
            baud: 1_200.0,
            tones: 1.0,
            seizure: 300,
            mark: 180,
            stuffed: 0,
        }
    }

    fn line(&self, octets: &[u8], random: &mut Random) -> Signal {
        let mut bits: Vec<bool> = (0..self.seizure).map(|n| n % 2 == 1).collect();
        bits.resize(self.seizure + self.mark, true);
        for octet in octets {
            bits.push(false);
            bits.extend((0..8).map(|place| octet >> place & 1 == 1));
            let stuffed = if self.stuffed > 0 {
                random.next() % (self.stuffed + 1)
            } else {
                0
            };
            bits.resize(bits.len() + 1 + stuffed as usize, true);
        }
        bits.resize(bits.len() + 10, true);
        let (mark_hz, space_hz) = self.standard.mark_space_hz();
        let mut signal = Signal::default();
        signal.silence(random.between(200.0, 450.0));
        let mut phase = 0.0f64;
        // Edges between samples are placed to a sixteenth.
        for step in 0..(bits.len() as f64 * 128_000.0 / self.baud) as usize {
            let at = (step as f64 * self.baud / 128_000.0) as usize;
            let mark = bits.get(at).copied().unwrap_or(true);
            let (hz, twist) = if mark {
                (mark_hz, 0.5)
            } else {
                (space_hz, -0.5)
            };
            phase += core::f64::consts::TAU * f64::from(hz) * self.tones / 128_000.0;
            if step % 16 == 0 {
                let level = self.level_dbm0 + twist * self.twist_db;
                let peak = f64::from(peak_of_sine(level as f32));
                signal.0.push((peak * phase.sin()) as f32);
            }
        }
        signal.silence(300.0);
        signal
    }
}

fn spill(standard: Standard, random: &mut Random) -> Spill {
    let number: String = (0..4 + random.next() % 12)
        .map(|_| char::from(b'0' + (random.next() % 10) as u8))
        .collect();
    let name: String = (0..random.next() % 16)
        .map(|_| char::from(b'A' + (random.next() % 26) as u8))
        .collect();
    let time = ClockTime {
        month: 1 + (random.next() % 12) as u8,
        day: 1 + (random.next() % 28) as u8,
        hour: (random.next() % 24) as u8,
        minute: (random.next() % 60) as u8,
    };
    let caller = CallerId::new(&number, &name);
    if standard == Standard::Bell202 && random.next() % 5 == 0 {
        return Spill::encode_sdmf(&caller, time);
    }
    Spill::encode(&caller, Some(time), standard)
}

/// How many of `count` messages arrive as sent, over either law of G.711. Anything else that is told fails the test.
fn arrived(
    sent: Sent,
    count: u64,
    seed: u64,
    mut harm: impl FnMut(&mut Signal, &mut Random),
) -> u64 {
    let mut random = Random(seed);
    let mut arrived = 0;
    for n in 0..count {
        let spill = spill(sent.standard, &mut random);
        let mut signal = sent.line(spill.as_bytes(), &mut random);
        harm(&mut signal, &mut random);
        let law = |x: i16| match n % 2 {
            0 => crate::g711::decode_ulaw(crate::g711::encode_ulaw(x)),
            _ => crate::g711::decode_alaw(crate::g711::encode_alaw(x)),
        };
        let pcm: Vec<i16> = signal.pcm().into_iter().map(law).collect();
        let told: Vec<_> = listen(&pcm)
            .into_iter()
            .filter(|(r, _)| r.is_ok())
            .collect();
        assert!(told.len() <= 1, "told {} times", told.len());
        for (result, octets) in told {
            assert_eq!(result.map(|r| r.standard), Ok(sent.standard));
            assert_eq!(octets, spill.as_bytes(), "a wrong message");
            arrived += 1;
        }
    }
    arrived
}

fn all_arrive(what: &str, sent: Sent, harm: impl FnMut(&mut Signal, &mut Random)) {
    let got = arrived(sent, FEW, 11, harm);
    assert_eq!(got, FEW, "{what} by {:?}", sent.standard);
}

fn untouched(signal: &mut Signal, random: &mut Random) {
    signal.noise(-68.0, random);
}

#[test]
fn white_noise() {
    for standard in FSK {
        for (below_db, share) in NOISE {
            let sent = Sent::by(standard);
            let level = sent.level_dbm0 as f32 - below_db;
            let got = arrived(sent, MESSAGES, below_db as u64, |signal, random| {
                signal.noise(level, random);
            });
            assert!(
                got as f32 >= share * MESSAGES as f32,
                "{standard:?} {below_db} dB: {got} of {MESSAGES}"
            );
        }
    }
}

#[test]
fn noise_too_strong_to_read_makes_no_wrong_message() {
    for standard in FSK {
        for below_db in [6.0, 5.0, 4.0, 2.0] {
            let sent = Sent::by(standard);
            let level = sent.level_dbm0 as f32 - below_db;
            arrived(sent, 100, 500 + below_db as u64, |signal, random| {
                signal.noise(level, random);
            });
        }
    }
}

#[test]
fn levels_twist_clock_and_tones() {
    for standard in FSK {
        for level_dbm0 in LEVELS_DBM0 {
            let sent = Sent {
                level_dbm0,
                ..Sent::by(standard)
            };
            all_arrive(&std::format!("{level_dbm0} dBm0"), sent, untouched);
        }
        for twist_db in TWIST_DB {
            let sent = Sent {
                twist_db,
                ..Sent::by(standard)
            };
            all_arrive(&std::format!("twist {twist_db} dB"), sent, untouched);
        }
        for baud in BAUD {
            let sent = Sent {
                baud,
                ..Sent::by(standard)
            };
            all_arrive(&std::format!("{baud} bit/s"), sent, untouched);
        }
        for tones in TONES {
            let sent = Sent {
                tones,
                ..Sent::by(standard)
            };
            all_arrive(&std::format!("tones times {tones}"), sent, untouched);
        }
    }
}

#[test]
fn short_preambles_and_stuffed_bits() {
    for standard in FSK {
        // EN 300 659-2 §6.2 (80 bits, during a call) and the shortest mark that is sent anywhere.
        for (seizure, mark, stuffed) in [
            (0, 80, 0),
            (0, 55, 0),
            (96, 55, 0),
            (300, 180, 5),
            (300, 180, 20),
        ] {
            let sent = Sent {
                seizure,
                mark,
                stuffed,
                ..Sent::by(standard)
            };
            let what = std::format!("seizure {seizure}, mark {mark}, stuffed {stuffed}");
            all_arrive(&what, sent, untouched);
        }
    }
}

#[test]
fn hum_clicks_ringing_before_and_speech_after() {
    for standard in FSK {
        let sent = Sent::by(standard);
        all_arrive("hum as strong as the signal", sent, |signal, random| {
            let hz = [50.0, 60.0][(random.next() % 2) as usize];
            let mut hum = Signal::default();
            hum.tones(
                &[(hz, -13.5), (3.0 * hz, -30.0)],
                signal.0.len() as f32 / 8.0 + 1.0,
            );
            signal.0.iter_mut().zip(&hum.0).for_each(|(x, y)| *x += y);
        });
        all_arrive("clicks", sent, |signal, random| {
            for _ in 0..2 {
                let at = (random.next() % 1_500) as usize;
                signal.0[at..at + 6].iter_mut().for_each(|x| *x += 13_000.0);
            }
        });
        all_arrive("a ring's tail", sent, |signal, _| {
            for (n, x) in signal.0[..1_200].iter_mut().enumerate() {
                let t = n as f32;
                *x += 20_000.0
                    * (core::f32::consts::TAU * 25.0 * t / 8_000.0).sin()
                    * (-t / 300.0).exp();
            }
        });
        all_arrive("speech before and after", sent, |signal, random| {
            let mut whole = Signal::default();
            whole.speech(1.0, random);
            whole.0.extend_from_slice(&signal.0);
            whole.speech(1.0, random);
            *signal = whole;
        });
    }
}

#[test]
fn a_message_sent_twice_is_told_twice_and_once_only_once() {
    let mut random = Random(77);
    for standard in FSK {
        let sent = Sent::by(standard);
        let octets = spill(standard, &mut random);
        let mut signal = sent.line(octets.as_bytes(), &mut random);
        signal.0.extend(sent.line(octets.as_bytes(), &mut random).0);
        assert_eq!(listen(&signal.pcm()).len(), 2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Well-sent octets of any kind: what is told is what was sent, and nothing is told that is no message.
    #[test]
    fn random_octets_are_no_message(mut octets in proptest::collection::vec(any::<u8>(), 3..60), known in any::<bool>(), seed in any::<u64>()) {
        if known {
            octets[0] = 0x80;
            octets[1] = (octets.len() - 3) as u8;
        }
        let valid = message::decode(&octets).is_ok();
        let mut random = Random(seed);
        let standard = FSK[(seed % 2) as usize];
        let signal = Sent::by(standard).line(&octets, &mut random);
        let told: Vec<_> = listen(&signal.pcm()).into_iter().filter(|(r, _)| r.is_ok()).collect();
        prop_assert!(told.iter().all(|(_, heard)| valid && *heard == octets));
    }

    #[test]
    fn random_sound_is_no_message(seed in any::<u64>(), level in -40.0f32..0.0, share in 0.0f32..1.0) {
        let mut random = Random(seed);
        let mut signal = Signal::default();
        for _ in 0..60 {
            let ms = random.between(1.0, 60.0);
            let hz = random.between(1_100.0, 2_300.0);
            signal.tones(&[(hz, level)], ms);
            if random.between(0.0, 1.0) < share {
                signal.tones(&[(1_300.0, level)], 50.0);
            }
        }
        signal.noise(level - 20.0, &mut random);
        prop_assert!(listen(&signal.pcm()).iter().all(|(r, _)| r.is_err()));
    }
}
