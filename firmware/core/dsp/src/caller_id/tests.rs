use super::*;
use crate::front_end::FrontEnd;
use crate::level::{peak_of_sine, power_of_dbm0};
use crate::signal::{Random, Signal};
use proptest::prelude::*;
use std::string::String;
use std::vec::Vec;
use telephony::Presentation;

mod formats;
mod impaired;
mod waiting;

const NOON: Option<ClockTime> = Some(ClockTime {
    month: 11,
    day: 22,
    hour: 12,
    minute: 5,
});
const FSK: [Standard; 2] = [Standard::Bell202, Standard::V23];
const ALL: [Standard; 3] = [Standard::Bell202, Standard::V23, Standard::Dtmf];
/// What the player sends at.
const SENT_DBM0: f32 = -13.5;

fn line(spill: Spill) -> Signal {
    let mut s = Signal::default();
    s.silence(200.0);
    let mut player = SpillPlayer::new(spill);
    let mut frame = [0i16; 80];
    loop {
        let more = player.fill(&mut frame);
        s.samples(&frame);
        if !more {
            break;
        }
    }
    s.silence(700.0);
    s
}

/// What is told of a channel, each with the octets it was told of.
fn listen(pcm: &[i16]) -> Vec<(Result<Received, CidError>, Vec<u8>)> {
    let (mut front_end, mut detector) = (FrontEnd::new(), Detector::new());
    let mut dtmf = crate::dtmf::Detector::new();
    let mut out = Vec::new();
    for frame in pcm.as_chunks::<80>().0 {
        let hearing = front_end.process(frame);
        dtmf.process(hearing);
        while let Some(event) = dtmf.poll() {
            detector.digit(event);
        }
        detector.process(hearing);
        while let Some(result) = detector.poll() {
            out.push((result, detector.octets().to_vec()));
        }
    }
    out
}

fn heard(pcm: &[i16]) -> Vec<Result<Received, CidError>> {
    listen(pcm).into_iter().map(|(result, _)| result).collect()
}

fn caller() -> CallerId {
    CallerId::new("03012345678", "MEIER ANNA")
}

#[test]
fn the_octets_are_those_of_gr_30() {
    let spill = Spill::encode(&CallerId::new("6125551234", "DOE"), NOON, Standard::Bell202);
    let mut expected = b"\x80\x1B\x01\x0811221205\x02\x0A6125551234\x07\x03DOE".to_vec();
    let sum = expected.iter().fold(0u8, |sum, b| sum.wrapping_add(*b));
    expected.push(sum.wrapping_neg());
    assert_eq!(spill.as_bytes(), expected);
    let sdmf = Spill::encode_sdmf(&CallerId::new("6125551234", "DOE"), NOON.unwrap());
    assert_eq!(&sdmf.as_bytes()[..20], b"\x04\x12112212056125551234");
    assert_eq!(
        message::decode(sdmf.as_bytes())
            .unwrap()
            .caller
            .number
            .as_str(),
        "6125551234"
    );
    assert_eq!(
        Spill::encode(&caller(), None, Standard::Dtmf).as_bytes(),
        b"A03012345678C"
    );
}

#[test]
fn a_caller_arrives_by_every_standard_which_is_named() {
    for standard in ALL {
        let spill = Spill::encode(&caller(), NOON, standard);
        let signal = line(spill);
        let sent_ms = signal.0.len() as u64 / 8 - 900;
        assert!(
            sent_ms.abs_diff(spill.duration().as_millis() as u64) <= 10,
            "{standard:?}: {sent_ms} ms"
        );
        let results = heard(&signal.pcm());
        let [Ok(received)] = results[..] else {
            panic!("{standard:?}: {results:?}")
        };
        assert_eq!(
            (received.standard, received.caller.number),
            (standard, caller().number)
        );
        if standard != Standard::Dtmf {
            assert_eq!((received.caller, received.time), (caller(), NOON));
        }
    }
}

#[test]
fn withheld_and_unknown_numbers_stay_so() {
    for presentation in [Presentation::Private, Presentation::Unavailable] {
        for standard in ALL {
            let hidden = CallerId {
                presentation,
                ..CallerId::new("0301234", "")
            };
            let results = heard(&line(Spill::encode(&hidden, None, standard)).pcm());
            let [Ok(received)] = results[..] else {
                panic!("{standard:?}: {results:?}")
            };
            assert_eq!(received.caller.presentation, presentation, "{standard:?}");
            assert_eq!(
                received.caller.number.as_str(),
                "",
                "{standard:?}: the number leaks"
            );
        }
    }
}

#[test]
fn a_wrong_checksum_and_a_message_cut_short_are_told_as_such() {
    for standard in FSK {
        let whole = line(Spill::encode(&caller(), NOON, standard));
        // 480 bits of preamble, then octets of 10 bits: half of octet 20 becomes noise of the same level.
        let mut hit = whole.pcm();
        let at = 1_600 + (480 + 205) * 20 / 3;
        let power = power_of_dbm0(SENT_DBM0 + 6.0).sqrt();
        let mut random = Random(3);
        hit[at..at + 120]
            .iter_mut()
            .for_each(|x| *x = (power * random.normal()) as i16);
        let results = heard(&hit);
        assert!(matches!(results[..], [Err(_)]), "{standard:?} {results:?}");
        let mut wrong = Spill::empty(standard);
        let good = Spill::encode(&caller(), NOON, standard);
        let (sum, octets) = good.as_bytes().split_last().unwrap();
        wrong.extend(octets);
        wrong.extend(&[sum ^ 1]);
        let results = heard(&line(wrong).pcm());
        assert!(
            matches!(results[..], [Err(CidError::Checksum { .. })]),
            "{standard:?} {results:?}"
        );
        let mut cut = whole.pcm();
        cut[at..].fill(0);
        let results = heard(&cut);
        assert!(
            matches!(results[..], [Err(CidError::CutShort { got, .. })] if got >= 20),
            "{standard:?} {results:?}"
        );
        let mut late = whole.pcm();
        late[..at].fill(0);
        assert!(
            heard(&late).iter().all(Result::is_err),
            "{standard:?}: the beginning was missing"
        );
    }
}

#[test]
fn ringing_tones_speech_and_noise_are_no_message() {
    let mut s = Signal::default();
    s.tones(&[(25.0, 0.0)], 1_000.0);
    s.speech(60.0, &mut Random(17));
    s.tones(&[(1_200.0, -13.0)], 500.0);
    s.tones(&[(1_300.0, -13.0)], 500.0);
    s.noise(-40.0, &mut Random(18));
    let results = heard(&s.pcm());
    assert!(results.iter().all(Result::is_err), "{results:?}");
}

#[test]
fn names_lose_their_accents_not_their_letters() {
    let spill = Spill::encode(
        &CallerId::new("1", "Jürgen Ångström 王"),
        None,
        Standard::V23,
    );
    assert_eq!(
        message::decode(spill.as_bytes())
            .unwrap()
            .caller
            .name
            .as_str(),
        "Jurgen Angstrom"
    );
}

proptest! {
    #[test]
    fn no_octets_make_the_reader_panic(mut octets in proptest::collection::vec(any::<u8>(), 0..258), seal in any::<bool>()) {
        if seal && octets.len() >= 3 {
            octets[0] = if octets[0] & 1 == 0 { 0x80 } else { 0x04 };
            octets[1] = (octets.len() - 3) as u8;
            let last = octets.len() - 1;
            octets[last] = octets[..last].iter().fold(0u8, |sum, b| sum.wrapping_add(*b)).wrapping_neg();
        }
        let _ = message::decode(&octets);
    }

    #[test]
    fn what_is_encoded_is_decoded(number in "[0-9+*#]{1,20}", name in "[A-Za-z][ -~]{0,48}[a-z]", month in 1u8..=12, minute in 0u8..60) {
        let caller = CallerId::new(&number, &name);
        let time = Some(ClockTime { month, day: 31, hour: 23, minute });
        let spill = Spill::encode(&caller, time, Standard::V23);
        let read = message::decode(spill.as_bytes()).map(|m| (m.caller, m.time));
        prop_assert_eq!(read, Ok((caller, time)));
        let mut broken = spill.as_bytes().to_vec();
        broken[5] ^= 0x10;
        let rejected = matches!(message::decode(&broken), Err(CidError::Checksum { .. }));
        prop_assert!(rejected);
    }
}
