//! Dialling, answers, hang-ups.

use super::*;

#[test]
fn dials_after_dial_tone_and_is_answered_by_reversal() {
    let mut b = dialled(FxoConfig::default());
    at!(b, 4_000 <- FxoInput::Heard(Heard::Ringback) => [Ev(FxoEvent::Alerting)]);
    at!(b, 9_000 <- FxoInput::Heard(Heard::Ringback) => []);
    at!(b, 10_000 <- REVERSE => []);
    at!(b, 10_030 <- FORWARD => []);
    at!(b, 11_000 <- REVERSE => []);
    at!(b, 11_050 => [Ev(FxoEvent::Answered(AnswerBy::Polarity))]);
    // Back to idle: the far end hung up.
    at!(b, 60_000 <- FORWARD => []);
    at!(b, 60_050 => [OPEN, DEAF, released(Cause::NormalClearing)]);
    at!(b, 60_100 <- FxoInput::Hangup => []);
}

#[test]
fn ringback_that_stops_is_an_answer_and_the_reversal_after_it_no_hang_up() {
    let mut b = dialled(FxoConfig::default());
    at!(b, 4_000 <- FxoInput::Heard(Heard::Ringback) => [Ev(FxoEvent::Alerting)]);
    at!(b, 9_000 <- FxoInput::Heard(Heard::Ringback) => []);
    at!(b, 16_000 => [Ev(FxoEvent::Answered(AnswerBy::RingbackStopped))]);
    at!(b, 20_000 <- REVERSE => []);
    at!(b, 30_000 <- FORWARD => []);
    at!(b, 30_050 => [OPEN, DEAF, released(Cause::NormalClearing)]);
}

#[test]
fn with_no_sign_at_all_the_timer_answers() {
    let mut b = dialled(FxoConfig::default());
    at!(b, 17_000 => [Ev(FxoEvent::Answered(AnswerBy::Timer))]);
    at!(b, 18_000 <- FxoInput::Heard(Heard::Ringback) => []);
}

#[test]
fn each_kind_of_answer_can_be_switched_off() {
    let answer = AnswerConfig {
        polarity: false,
        ringback_gone_ms: None,
        assume_ms: None,
    };
    let config = FxoConfig {
        answer,
        ..FxoConfig::default()
    };
    let mut b = dialled(config);
    at!(b, 3_000 <- FxoInput::Heard(Heard::Ringback) => [Ev(FxoEvent::Alerting)]);
    at!(b, 4_000 <- REVERSE => []);
    at!(b, 90_000 <- FxoInput::Timeout => []);
    assert_eq!(b.machine.state(), FxoState::WaitAnswer);
    at!(b, 90_100 <- FxoInput::Hangup => [OPEN, DEAF]);
}

#[test]
fn without_dial_tone_it_fails_or_dials_as_set() {
    let mut config = FxoConfig::default();
    let mut b = line(config);
    at!(b, 0 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 5_000 => [OPEN, DEAF, released(Cause::NetworkOutOfOrder)]);

    config.dial.tone = DialToneRule::Preferred;
    let mut b = line(config);
    at!(b, 0 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 5_000 => [SendDigits(digits())]);

    config.dial.tone = DialToneRule::Ignored;
    let mut b = line(config);
    at!(b, 0 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 300 => [SendDigits(digits())]);
    // Seven digits: 5 s and 14 s.
    at!(b, 19_300 => [OPEN, DEAF, released(Cause::TemporaryFailure)]);
}

#[test]
fn no_digits_take_the_line_and_send_nothing() {
    let mut b = line(FxoConfig::default());
    at!(b, 0 <- FxoInput::Seize { digits: Digits::EMPTY } => [CLOSE, FOR_TONES]);
    at!(b, 400 <- FxoInput::Heard(Heard::DialTone) => []);
    at!(b, 700 => [Ev(FxoEvent::Dialled)]);
}

#[test]
fn tones_before_the_answer_are_causes() {
    for (heard, cause) in [
        (Heard::Busy, Cause::UserBusy),
        (Heard::Congestion, Cause::NoCircuitAvailable),
        (Heard::NumberUnobtainable, Cause::UnallocatedNumber),
    ] {
        let mut b = dialled(FxoConfig::default());
        at!(b, 3_000 <- FxoInput::Heard(Heard::DialTone) => []);
        at!(b, 4_000 <- FxoInput::Heard(heard) => [OPEN, DEAF, released(cause)]);
        let mut b = line(FxoConfig::default());
        at!(b, 0 <- seize() => [CLOSE, FOR_TONES]);
        at!(b, 400 <- FxoInput::Heard(heard) => [OPEN, DEAF, released(Cause::NoCircuitAvailable)]);
    }
}

#[test]
fn tones_in_a_call_are_a_hang_up_unless_switched_off() {
    for heard in [
        Heard::Busy,
        Heard::Congestion,
        Heard::NumberUnobtainable,
        Heard::DialTone,
    ] {
        let mut b = taken();
        at!(b, 9_000 <- FxoInput::Heard(Heard::Ringback) => []);
        at!(b, 10_000 <- FxoInput::Heard(heard) => [OPEN, DEAF, released(Cause::NormalClearing)]);

        let mut b = taken();
        b.machine.config.disconnect.tones = false;
        b.machine.config.disconnect.dial_tone = false;
        at!(b, 10_000 <- FxoInput::Heard(heard) => []);
    }
}

#[test]
fn a_loop_drop_is_a_hang_up_in_every_state_off_hook() {
    let mut b = taken();
    at!(b, 10_000 <- NO_BATTERY => []);
    at!(b, 10_199 <- BATTERY => []);
    at!(b, 11_000 <- NO_BATTERY => []);
    at!(b, 11_200 => [OPEN, DEAF, released(Cause::NormalClearing)]);
    at!(b, 11_500 <- BATTERY => []);
    at!(b, 20_000 <- FxoInput::Timeout => []);
    assert_eq!(b.machine.state(), FxoState::Idle);

    let mut b = dialled(FxoConfig::default());
    at!(b, 3_000 <- NO_BATTERY => []);
    at!(b, 3_200 => [OPEN, DEAF, released(Cause::NormalUnspecified)]);
    // It stays away: the line is cut.
    at!(b, 6_200 => [Ev(FxoEvent::LineCut)]);

    let mut b = line(FxoConfig::default());
    at!(b, 0 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 100 <- NO_BATTERY => []);
    at!(b, 300 => [OPEN, DEAF, released(Cause::NetworkOutOfOrder)]);

    let mut b = taken();
    b.machine.config.disconnect.loop_drop_ms = None;
    at!(b, 10_000 <- NO_BATTERY => []);
    at!(b, 60_000 <- FxoInput::Timeout => []);
    assert_eq!(b.machine.state(), FxoState::Talking);
}

#[test]
fn a_reversal_with_our_answer_is_part_of_it_and_a_later_one_a_hang_up() {
    let mut b = taken();
    at!(b, 5_400 <- REVERSE => []);
    at!(b, 9_000 <- FORWARD => []);
    at!(b, 9_050 => [OPEN, DEAF, released(Cause::NormalClearing)]);

    let mut b = taken();
    b.machine.config.disconnect.polarity = false;
    at!(b, 9_000 <- REVERSE => []);
    at!(b, 20_000 <- FxoInput::Timeout => []);
    assert_eq!(b.machine.state(), FxoState::Talking);
}

#[test]
fn the_line_rests_after_a_call_and_a_seizure_waits_for_it() {
    let mut b = taken();
    at!(b, 10_000 <- FxoInput::Hangup => [OPEN, DEAF]);
    at!(b, 10_500 <- seize() => []);
    at!(b, 12_000 => [CLOSE, FOR_TONES]);

    let mut b = taken();
    at!(b, 10_000 <- FxoInput::Hangup => [OPEN, DEAF]);
    at!(b, 10_500 <- seize() => []);
    at!(b, 11_000 <- FxoInput::Hangup => []);
    at!(b, 30_000 <- FxoInput::Timeout => []);
    assert_eq!(b.machine.state(), FxoState::Idle);

    // A caller was faster.
    let mut b = taken();
    at!(b, 10_000 <- FxoInput::Hangup => [OPEN, DEAF]);
    at!(b, 10_500 <- seize() => []);
    at!(b, 11_500 <- RING => [released(Cause::CircuitNotAvailable)]);
    at!(b, 12_600 <- PAUSE => [FOR_CALLER]);
    at!(b, 16_600 => [DEAF, incoming(nobody())]);
}

#[test]
fn glare_gives_way_to_the_caller() {
    let mut b = line(FxoConfig::default());
    at!(b, 0 <- RING => []);
    at!(b, 50 <- seize() => [released(Cause::CircuitNotAvailable)]);
    at!(b, 1_000 <- PAUSE => [FOR_CALLER]);

    let mut b = line(FxoConfig::default());
    at!(b, 0 <- seize() => [CLOSE, FOR_TONES]);
    // What the own relay makes in the detector.
    at!(b, 5 <- RING => []);
    at!(b, 25 <- PAUSE => []);
    at!(b, 100 <- RING => []);
    at!(b, 140 => [OPEN, released(Cause::CircuitNotAvailable), DEAF]);
    at!(b, 1_100 <- PAUSE => [FOR_CALLER]);
    at!(b, 2_000 <- FxoInput::CallerId(ann()) => [DEAF, incoming(ann())]);

    let mut b = line(FxoConfig::default());
    at!(b, 0 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 400 <- FxoInput::Heard(Heard::DialTone) => []);
    at!(b, 500 <- RING => []);
    at!(b, 540 => [OPEN, released(Cause::CircuitNotAvailable), DEAF]);
    // The exchange took our loop for the answer: no ring is left.
    at!(b, 550 <- PAUSE => []);
    assert_eq!(b.machine.state(), FxoState::Idle);
}

#[test]
fn a_flash_opens_the_loop_and_is_not_a_loop_drop() {
    let mut b = taken();
    at!(b, 10_000 <- FxoInput::Flash => [OPEN]);
    at!(b, 10_020 <- NO_BATTERY => []);
    at!(b, 10_750 => [CLOSE]);
    at!(b, 10_800 <- BATTERY => []);
    at!(b, 20_000 <- FxoInput::Flash => [OPEN]);
    at!(b, 20_100 <- FxoInput::Hangup => [OPEN, DEAF]);
    at!(b, 30_000 <- FxoInput::Flash => []);

    let mut b = taken();
    at!(b, 10_000 <- FxoInput::Flash => [OPEN]);
    at!(b, 10_020 <- NO_BATTERY => []);
    at!(b, 10_750 => [CLOSE]);
    at!(b, 11_750 => [OPEN, DEAF, released(Cause::NormalClearing)]);
}

#[test]
fn hanging_up_ends_every_state_off_hook() {
    let mut b = line(FxoConfig::default());
    at!(b, 0 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 100 <- FxoInput::Hangup => [OPEN, DEAF]);
    at!(b, 3_000 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 3_400 <- FxoInput::Heard(Heard::DialTone) => []);
    at!(b, 3_500 <- FxoInput::Hangup => [OPEN, DEAF]);
    at!(b, 6_000 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 6_400 <- FxoInput::Heard(Heard::DialTone) => []);
    at!(b, 6_700 => [SendDigits(digits())]);
    at!(b, 6_800 <- FxoInput::Hangup => [OPEN, DEAF]);
    at!(b, 6_900 <- FxoInput::DigitsSent => []);
    assert_eq!(b.machine.state(), FxoState::Guard);
}

#[test]
fn a_second_seizure_of_a_line_in_use_changes_nothing() {
    let mut b = taken();
    at!(b, 9_000 <- seize() => []);
    assert_eq!(b.machine.state(), FxoState::Talking);
}
