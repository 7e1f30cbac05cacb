//! Rings, the caller's number, the cut line.

use super::*;

#[test]
fn a_ring_is_reported_with_its_number_and_rings_out() {
    let mut b = offered();
    at!(b, 6_000 <- PAUSE => []);
    at!(b, 14_000 => [Ev(FxoEvent::CallerGaveUp)]);
    at!(b, 14_001 <- FxoInput::Answer => []);
    assert_eq!(b.machine.state(), FxoState::Idle);
}

#[test]
fn without_a_number_the_second_ring_or_the_window_reports() {
    let mut b = line(FxoConfig::default());
    at!(b, 0 <- RING => []);
    at!(b, 1_000 <- PAUSE => [FOR_CALLER]);
    at!(b, 3_000 <- RING => []);
    at!(b, 3_100 => [DEAF, incoming(nobody())]);

    let mut b = line(FxoConfig::default());
    at!(b, 0 <- RING => []);
    at!(b, 1_000 <- PAUSE => [FOR_CALLER]);
    at!(b, 5_000 => [DEAF, incoming(nobody())]);
    at!(b, 5_500 <- FxoInput::CallerId(ann()) => []);
    at!(b, 9_000 => [Ev(FxoEvent::CallerGaveUp)]);
}

#[test]
fn a_short_burst_is_no_ring_and_no_second_ring() {
    let mut b = line(FxoConfig::default());
    at!(b, 0 <- RING => []);
    at!(b, 99 <- PAUSE => []);
    at!(b, 1_000 <- RING => []);
    at!(b, 2_000 <- PAUSE => [FOR_CALLER]);
    at!(b, 3_500 <- RING => []);
    at!(b, 3_550 <- PAUSE => []);
    at!(b, 4_000 <- FxoInput::CallerId(ann()) => [DEAF, incoming(ann())]);
}

#[test]
fn two_bursts_of_one_ring_are_one_ring() {
    let mut b = line(FxoConfig::default());
    at!(b, 0 <- RING => []);
    at!(b, 400 <- PAUSE => [FOR_CALLER]);
    at!(b, 600 <- RING => []);
    at!(b, 700 => [DEAF]);
    at!(b, 1_000 <- PAUSE => [FOR_CALLER]);
    at!(b, 3_000 <- RING => []);
    at!(b, 3_100 => [DEAF, incoming(nobody())]);
}

#[test]
fn a_number_announced_before_the_ring_is_reported_at_once() {
    let mut config = FxoConfig::default();
    config.caller_id.start = CallerIdStart::Polarity;
    let mut b = line(config);
    at!(b, 0 <- REVERSE => []);
    at!(b, 50 => [FOR_CALLER]);
    at!(b, 1_000 <- FxoInput::CallerId(ann()) => []);
    at!(b, 1_500 <- RING => []);
    at!(b, 1_600 => [DEAF, incoming(ann())]);

    config.caller_id.start = CallerIdStart::BeforeRing;
    let mut b = line(config);
    assert_eq!(b.drain(), [FOR_CALLER]);
    at!(b, 0 <- FxoInput::CallerId(ann()) => []);
    at!(b, 100 <- seize() => [released(Cause::CircuitNotAvailable)]);
    at!(b, 500 <- RING => []);
    at!(b, 530 <- PAUSE => []);
    at!(b, 900 <- RING => []);
    at!(b, 1_000 => [DEAF, incoming(ann())]);
}

#[test]
fn an_announcement_without_a_ring_is_forgotten() {
    let mut config = FxoConfig::default();
    config.caller_id.start = CallerIdStart::Polarity;
    let mut b = line(config);
    at!(b, 0 <- REVERSE => []);
    at!(b, 30 <- FORWARD => []);
    at!(b, 1_000 <- REVERSE => []);
    at!(b, 1_050 => [FOR_CALLER]);
    at!(b, 2_000 <- FxoInput::CallerId(ann()) => []);
    at!(b, 7_000 => [DEAF]);
    // A later ring without a number falls back to the window after it.
    at!(b, 8_000 <- RING => []);
    at!(b, 9_000 <- PAUSE => [FOR_CALLER]);
    at!(b, 13_000 => [DEAF, incoming(nobody())]);
}

#[test]
fn a_line_without_caller_id_reports_the_first_burst() {
    let mut config = FxoConfig::default();
    config.caller_id.start = CallerIdStart::Off;
    let mut b = line(config);
    at!(b, 0 <- FxoInput::CallerId(ann()) => []);
    at!(b, 0 <- RING => []);
    at!(b, 100 => [incoming(nobody())]);
}

#[test]
fn a_caller_who_gives_up_before_the_report_is_not_reported() {
    let mut config = FxoConfig::default();
    config.caller_id.window_ms = 9_000;
    let mut b = line(config);
    at!(b, 0 <- RING => []);
    at!(b, 1_000 <- PAUSE => [FOR_CALLER]);
    at!(b, 9_000 => [DEAF]);
    assert_eq!(b.machine.state(), FxoState::Idle);
}

#[test]
fn an_unwanted_ring_rings_out_unheard() {
    let mut b = offered();
    at!(b, 5_200 <- FxoInput::Hangup => []);
    at!(b, 5_300 <- seize() => [released(Cause::CircuitNotAvailable)]);
    at!(b, 6_000 <- PAUSE => []);
    at!(b, 10_000 <- RING => []);
    at!(b, 11_000 <- PAUSE => []);
    at!(b, 18_999 <- FxoInput::Timeout => []);
    assert_eq!(b.machine.state(), FxoState::RingIgnored);
    at!(b, 19_001 <- seize() => [CLOSE, FOR_TONES]);
}

#[test]
fn a_seizure_that_crosses_an_incoming_call_loses() {
    let mut b = offered();
    at!(b, 5_200 <- seize() => [released(Cause::CircuitNotAvailable), incoming(ann())]);
    at!(b, 5_300 <- FxoInput::Answer => [CLOSE, FOR_TONES]);
}

#[test]
fn a_cut_line_is_told_once_and_restored_once() {
    let mut b = line(FxoConfig::default());
    at!(b, 0 <- NO_BATTERY => []);
    at!(b, 900 <- BATTERY => []);
    at!(b, 2_000 <- NO_BATTERY => []);
    at!(b, 2_500 <- seize() => [released(Cause::DestinationOutOfOrder)]);
    at!(b, 3_000 => [Ev(FxoEvent::LineCut)]);
    at!(b, 4_000 <- seize() => [released(Cause::DestinationOutOfOrder)]);
    at!(b, 5_000 <- BATTERY => []);
    at!(b, 5_900 <- NO_BATTERY => []);
    at!(b, 6_000 <- BATTERY => []);
    at!(b, 7_000 => [Ev(FxoEvent::LineRestored)]);
    at!(b, 8_000 <- seize() => [CLOSE, FOR_TONES]);
}

#[test]
fn a_line_cut_while_ringing_ends_the_call_but_not_within_a_burst() {
    let mut b = offered();
    at!(b, 5_100 <- NO_BATTERY => []);
    at!(b, 6_500 <- PAUSE => []);
    at!(b, 7_100 => [Ev(FxoEvent::CallerGaveUp), Ev(FxoEvent::LineCut)]);
}

#[test]
fn a_cut_line_stays_cut_over_a_failure_of_its_port() {
    let mut b = line(FxoConfig::default());
    at!(b, 0 <- NO_BATTERY => []);
    at!(b, 1_000 => [Ev(FxoEvent::LineCut)]);
    at!(b, 2_000 <- FAIL => [Ev(FxoEvent::Failed)]);
    at!(b, 2_500 <- BATTERY => []);
    at!(b, 3_000 <- RECOVER => [OPEN, Ev(FxoEvent::Recovered)]);
    at!(b, 6_000 => [Ev(FxoEvent::LineRestored)]);
}

#[test]
fn a_failed_port_ends_a_ring_and_refuses_seizures() {
    let mut b = offered();
    at!(b, 5_100 <- FAIL => [Ev(FxoEvent::Failed)]);
    at!(b, 5_200 <- seize() => [released(Cause::DestinationOutOfOrder)]);
    at!(b, 5_300 <- FxoInput::Answer => []);
    at!(b, 5_400 <- PAUSE => []);
    at!(b, 5_410 <- NO_BATTERY => []);
    at!(b, 6_500 <- BATTERY => []);
    at!(b, 6_600 <- RECOVER => [OPEN, Ev(FxoEvent::Recovered)]);
    at!(b, 9_000 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 9_100 <- FAIL => [OPEN, DEAF, Ev(FxoEvent::Failed)]);
}
