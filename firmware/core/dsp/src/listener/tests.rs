use super::*;
use crate::caller_id::Standard;
use crate::dtmf::{Generator, Level, Timing};
use crate::tone::{TonePlayer, plan};
use std::vec::Vec;
use telephony::{Digits, FRAME_SAMPLES, SILENCE};

fn everything() -> Listener {
    let mut listener = Listener::new();
    listener.listen_for_digits(true);
    listener.listen_for_caller_id(true);
    listener.listen_for_progress(plan("us"));
    listener
}

fn keys(digits: &str) -> Generator {
    let digits = Digits::parse(digits).expect("digits of this test");
    Generator::new(digits, Timing::default(), Level::default())
}

/// What `listener` tells of `frames`, and whether it asked for muting at any time.
fn hear(listener: &mut Listener, frames: impl Iterator<Item = Frame>) -> (Vec<Event>, bool) {
    let (mut told, mut muted) = (Vec::new(), false);
    for frame in frames {
        listener.process(&frame);
        muted |= listener.muting();
        told.extend(core::iter::from_fn(|| listener.poll()));
    }
    (told, muted)
}

fn digits_of(told: &[Event]) -> std::string::String {
    let began = |event: &Event| match event {
        Event::Digit(DtmfEvent::Began(digit)) => Some(digit.as_char()),
        _ => None,
    };
    told.iter().filter_map(began).collect()
}

#[test]
fn what_one_detector_mutes_another_hears() {
    let mut keys = keys("A5551234C");
    let frames = (0..400).map(|_| {
        let mut frame = SILENCE;
        keys.fill(&mut frame);
        frame
    });
    let (told, muted) = hear(&mut everything(), frames);
    assert!(muted, "digits ask for muting");
    assert_eq!(digits_of(&told), "A5551234C");
    let numbers: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            Event::CallerId(Ok(message)) => Some((message.standard, message.caller.number)),
            _ => None,
        })
        .collect();
    assert_eq!(numbers.len(), 1, "{told:?}");
    assert_eq!(numbers[0].0, Standard::Dtmf);
    assert_eq!(numbers[0].1.as_str(), "5551234");
}

#[test]
fn a_key_under_a_dial_tone_is_heard_and_so_is_the_dial_tone() {
    let us = plan("us").expect("a plan");
    let mut dial = TonePlayer::new(&us.dial);
    let mut keys = keys("5");
    let frames = (0..200).map(|n| {
        let mut tone = SILENCE;
        dial.fill(&mut tone);
        let mut key = SILENCE;
        if (50..120).contains(&n) {
            keys.fill(&mut key);
        }
        // The exchange's dial tone arrives 10 dB below the key.
        core::array::from_fn::<i16, FRAME_SAMPLES, _>(|n| key[n].saturating_add(tone[n] / 3))
    });
    let (told, muted) = hear(&mut everything(), frames);
    assert!(muted);
    assert_eq!(digits_of(&told), "5");
    let dial_tone = |event: &&Event| **event == Event::Progress(Heard::DialTone);
    assert!(told.iter().any(|event| dial_tone(&event)), "{told:?}");
}

#[test]
fn what_is_not_listened_for_is_not_told() {
    let mut listener = Listener::new();
    let busy = &plan("us").expect("a plan").busy;
    let mut sound = TonePlayer::new(busy);
    let mut frames = move || {
        let mut frame = SILENCE;
        sound.fill(&mut frame);
        frame
    };
    let (told, muted) = hear(&mut listener, (0..400).map(|_| frames()));
    assert_eq!((told, muted), (Vec::new(), false));
    listener.listen_for_progress(plan("us"));
    let (told, _) = hear(&mut listener, (0..400).map(|_| frames()));
    assert_eq!(told, [Event::Progress(Heard::Busy)]);
    listener.listen_for_progress(None);
    assert!(!listener.hears_progress());
}
