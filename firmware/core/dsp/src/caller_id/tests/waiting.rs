//! Type II: the alerting tone, its answer, and the message to a phone in a call.

use super::*;
use crate::dtmf::DtmfEvent;
use telephony::Digit;

/// EN 300 659-2 §5 and GR-575-CORE: tones within 0.5 %, 75 to 85 ms, -32 dBm and 6 dB of twist at the telephone.
const OFF: [f32; 3] = [-0.005, 0.0, 0.005];
const LENGTHS_MS: [f32; 2] = [75.0, 85.0];
const LEVELS_DBM0: [f32; 2] = [-9.0, -32.0];
const TWIST_DB: [f32; 3] = [-6.0, 0.0, 6.0];

fn alerts(pcm: &[i16]) -> usize {
    let (mut front_end, mut detector) = (FrontEnd::new(), CasDetector::new());
    let mut count = 0;
    for frame in pcm.as_chunks::<80>().0 {
        detector.process(front_end.process(frame));
        count += core::iter::from_fn(|| detector.poll()).count();
    }
    count
}

fn alert(off: f32, ms: f32, level: f32, twist_db: f32, start_ms: f32) -> Signal {
    let mut signal = Signal::default();
    signal.silence(start_ms);
    let tones = [
        (2_130.0 * (1.0 + off), level + twist_db / 2.0),
        (2_750.0 * (1.0 - off), level - twist_db / 2.0),
    ];
    signal.tones(&tones, ms);
    signal.silence(200.0);
    signal
}

#[test]
fn the_alerting_tone_is_heard_to_its_limits() {
    let mut random = Random(9);
    for off in OFF {
        for ms in LENGTHS_MS {
            for level in LEVELS_DBM0 {
                for twist in TWIST_DB {
                    let start = random.between(50.0, 70.0);
                    let mut signal = alert(off, ms, level, twist, start);
                    signal.noise(level - 20.0, &mut random);
                    let what = (off, ms, level, twist);
                    assert_eq!(alerts(&signal.pcm()), 1, "{what:?}");
                }
            }
        }
    }
    let mut at_rest = alert(0.0, 110.0, -20.0, 0.0, 55.0);
    at_rest.noise(-32.0, &mut random);
    assert_eq!(alerts(&at_rest.pcm()), 1, "DT-AS of EN 300 659-1");
}

#[test]
fn what_is_not_the_alerting_tone_is_not_heard() {
    for (off, ms, level, twist) in [
        (0.02, 80.0, -15.0, 0.0),
        (0.0, 45.0, -15.0, 0.0),
        (0.0, 160.0, -15.0, 0.0),
        (0.0, 80.0, -55.0, 0.0),
        (0.0, 80.0, -15.0, 14.0),
    ] {
        let signal = alert(off, ms, level, twist, 50.0);
        assert_eq!(alerts(&signal.pcm()), 0, "{off} {ms} {level} {twist}");
    }
    let mut speech = Signal::default();
    speech.speech(60.0, &mut Random(3));
    assert_eq!(alerts(&speech.pcm()), 0);
}

/// What a phone hears of a sender, and when the tone it answers was over, in ms.
fn sent(answer: Option<(u32, char)>) -> (Signal, Option<Type2Outcome>) {
    let mut sender = Type2Sender::new(Spill::encode(&caller(), NOON, Standard::V23));
    let mut signal = Signal::default();
    let mut frame = [0i16; 80];
    let mut outcome = None;
    for n in 0..400 {
        if let Some((at_ms, digit)) = answer {
            let digit = Digit::from_char(digit).unwrap();
            if n * 10 == at_ms {
                sender.digit(DtmfEvent::Began(digit));
            } else if n * 10 == at_ms + 60 {
                sender.digit(DtmfEvent::Ended(digit));
            }
        }
        let more = sender.fill(&mut frame);
        assert_eq!(more, sender.muting());
        signal.samples(&frame);
        if let Some(told) = sender.poll() {
            assert_eq!(outcome.replace(told), None, "told once");
            assert!(!more);
        }
    }
    (signal, outcome)
}

#[test]
fn a_phone_that_answers_gets_the_message_and_one_that_does_not_gets_its_call_back() {
    // The tone is over after 102 ms; the answer may begin 160 ms later and is told within 50 ms.
    for (at_ms, digit) in [(150, 'D'), (300, 'D'), (200, 'A')] {
        let (signal, outcome) = sent(Some((at_ms, digit)));
        assert_eq!(outcome, Some(Type2Outcome::Sent));
        assert_eq!(alerts(&signal.pcm()), 1);
        assert!(matches!(heard(&signal.pcm())[..], [Ok(r)] if r.caller == caller()));
    }
    for answer in [None, Some((50, 'D')), Some((330, 'D')), Some((150, '5'))] {
        let (signal, outcome) = sent(answer);
        assert_eq!(outcome, Some(Type2Outcome::NotAcknowledged), "{answer:?}");
        assert_eq!(heard(&signal.pcm()), []);
    }
    let dtmf = Spill::encode(&caller(), NOON, Standard::Dtmf);
    let mut sender = Type2Sender::new(dtmf);
    assert_eq!(sender.poll(), Some(Type2Outcome::NotAcknowledged));
    assert!(!sender.muting());
}

#[test]
fn a_phone_at_rest_is_alerted_before_the_message() {
    let mut player = SpillPlayer::alerted(Spill::encode(&caller(), NOON, Standard::V23));
    let mut signal = Signal::default();
    // Frames that end neither with the tone nor with the silence behind it.
    let mut part = [0i16; 77];
    while player.fill(&mut part) {
        signal.samples(&part);
    }
    signal.samples(&part);
    signal.silence(300.0);
    assert_eq!(alerts(&signal.pcm()), 1);
    assert!(matches!(heard(&signal.pcm())[..], [Ok(r)] if r.caller == caller()));
}
