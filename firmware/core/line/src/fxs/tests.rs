use telephony::{CallerId, Cause, Digit, LoopState, Polarity, PortEvent, RingCadence, Tone};

use super::FxsOutput::{Event as Ev, Port, SendCallerId, StopCallerId, Tone as Hear};
use super::PortCommand::{Feed, OnHookTransmission as Oht, Polarity as Pol, Ring};
use super::*;
use crate::ladder::Bench;

mod property;

machine!(Fxs, FxsInput, FxsOutput);

const CLOSE: FxsInput = FxsInput::Port(PortEvent::Loop(LoopState::Closed));
const OPEN: FxsInput = FxsInput::Port(PortEvent::Loop(LoopState::Open));
const FAIL: FxsInput = FxsInput::Port(PortEvent::Failed);
const RECOVER: FxsInput = FxsInput::Port(PortEvent::Recovered);
const BUSY: FxsInput = FxsInput::Release(Cause::UserBusy);

fn caller() -> CallerId {
    CallerId::new("200", "Ann")
}

fn ring() -> FxsInput {
    FxsInput::Ring {
        caller: caller(),
        cadence: None,
    }
}

fn idle(config: FxsConfig) -> Bench<Fxs> {
    Bench::new(Fxs::new(config))
}

/// Seized at 50 ms.
fn off_hook(config: FxsConfig) -> Bench<Fxs> {
    let mut b = idle(config);
    at!(b, 0 <- CLOSE => []);
    at!(b, 50 => [Ev(FxsEvent::Seized)]);
    b
}

fn digit(c: char) -> FxsOutput {
    Ev(FxsEvent::Digit(Digit::from_char(c).unwrap()))
}

/// `n` pulses of 60 ms break and 40 ms make from `at` on; where the last make begins.
fn pulses(b: &mut Bench<Fxs>, at: u64, n: u64) -> u64 {
    for pulse in 0..n {
        assert_eq!(b.rung(at + pulse * 100, OPEN), []);
        assert_eq!(b.rung(at + pulse * 100 + 60, CLOSE), []);
    }
    at + n * 100 - 40
}

#[test]
fn lifting_is_a_seizure_after_debounce() {
    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- CLOSE => []);
    at!(b, 49 <- OPEN => []);
    at!(b, 52 <- CLOSE => []);
    at!(b, 102 => [Ev(FxsEvent::Seized)]);
    assert_eq!(b.machine.state(), FxsState::OffHook);
}

#[test]
fn hanging_up_is_an_opening_longer_than_a_flash_and_is_guarded() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- OPEN => []);
    at!(b, 1_003 <- CLOSE => []);
    at!(b, 1_005 <- OPEN => []);
    at!(b, 2_016 => [Ev(FxsEvent::OnHook)]);
    at!(b, 2_020 <- CLOSE => []);
    at!(b, 2_300 <- OPEN => []);
    at!(b, 9_000 <- FxsInput::Timeout => []);
    assert_eq!(b.machine.state(), FxsState::Idle);
}

#[test]
fn a_phone_lifted_during_the_guard_seizes_after_it() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- OPEN => []);
    at!(b, 2_011 => [Ev(FxsEvent::OnHook)]);
    at!(b, 2_100 <- CLOSE => []);
    at!(b, 2_361 => [Ev(FxsEvent::Seized)]);
}

#[test]
fn the_flash_window_has_two_ends() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- OPEN => []);
    at!(b, 1_299 <- CLOSE => []);
    at!(b, 2_000 <- OPEN => []);
    at!(b, 2_300 <- CLOSE => []);
    at!(b, 2_310 => [Ev(FxsEvent::Flash)]);
    at!(b, 3_000 <- OPEN => []);
    at!(b, 4_000 <- CLOSE => []);
    at!(b, 4_010 => [Ev(FxsEvent::Flash)]);
    at!(b, 5_000 <- OPEN => []);
    at!(b, 6_001 <- CLOSE => []);
    // Too long: on hook, and lifted again.
    at!(b, 6_011 => [Ev(FxsEvent::OnHook)]);
    at!(b, 6_361 => [Ev(FxsEvent::Seized)]);
}

#[test]
fn without_flash_a_short_opening_hangs_up() {
    let mut config = FxsConfig::default();
    config.hook.flash_ms = None;
    let mut b = off_hook(config);
    at!(b, 1_000 <- OPEN => []);
    at!(b, 1_200 <- CLOSE => []);
    at!(b, 2_000 <- OPEN => []);
    at!(b, 2_261 => [Ev(FxsEvent::OnHook)]);
}

#[test]
fn pulses_are_digits_and_ten_are_zero() {
    let mut b = off_hook(FxsConfig::default());
    assert_eq!(pulses(&mut b, 1_000, 1), 1_060);
    at!(b, 1_260 => [digit('1')]);
    pulses(&mut b, 2_000, 9);
    at!(b, 3_060 => [digit('9')]);
    pulses(&mut b, 4_000, 10);
    at!(b, 5_160 => [digit('0')]);
    // Eleven come from no dial.
    pulses(&mut b, 6_000, 11);
    at!(b, 9_000 <- FxsInput::Timeout => []);
}

#[test]
fn pulse_breaks_have_limits_and_may_bounce() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- OPEN => []);
    at!(b, 1_019 <- CLOSE => []);
    at!(b, 1_500 <- OPEN => []);
    at!(b, 1_621 <- CLOSE => []);
    // 60 ms with bounce at both edges: one pulse.
    at!(b, 2_000 <- OPEN => []);
    at!(b, 2_002 <- CLOSE => []);
    at!(b, 2_004 <- OPEN => []);
    at!(b, 2_060 <- CLOSE => []);
    at!(b, 2_062 <- OPEN => []);
    at!(b, 2_064 <- CLOSE => []);
    at!(b, 2_264 => [digit('1')]);
}

#[test]
fn pulse_dialling_can_be_off_and_a_hang_up_drops_a_half_dialled_digit() {
    let mut config = FxsConfig::default();
    config.pulse.enabled = false;
    let mut b = off_hook(config);
    pulses(&mut b, 1_000, 3);
    at!(b, 3_000 <- FxsInput::Timeout => []);

    let mut b = off_hook(FxsConfig::default());
    pulses(&mut b, 1_000, 3);
    at!(b, 1_300 <- OPEN => []);
    at!(b, 2_311 => [Ev(FxsEvent::OnHook)]);
}

#[test]
fn a_short_european_flash_is_no_pulse() {
    let mut config = FxsConfig::default();
    config.hook.flash_ms = Some((80, 200));
    let mut b = off_hook(config);
    at!(b, 1_000 <- OPEN => []);
    at!(b, 1_090 <- CLOSE => []);
    at!(b, 1_100 => [Ev(FxsEvent::Flash)]);
    pulses(&mut b, 2_000, 2);
    at!(b, 2_360 => [digit('2')]);
    at!(b, 3_000 <- OPEN => []);
    at!(b, 3_211 => [Ev(FxsEvent::OnHook)]);
}

#[test]
fn rings_in_cadence_with_the_caller_id_in_the_first_pause() {
    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    at!(b, 1_000 => [Port(Ring(false)), Port(Oht(true))]);
    at!(b, 1_500 => [SendCallerId(caller())]);
    at!(b, 2_400 <- FxsInput::CallerIdSent => [Port(Oht(false))]);
    at!(b, 5_000 => [Port(Ring(true))]);
    at!(b, 6_000 => [Port(Ring(false))]);
    at!(b, 10_000 => [Port(Ring(true))]);
    at!(b, 10_300 <- FxsInput::StopRing => [Port(Ring(false))]);
    at!(b, 30_000 <- FxsInput::Timeout => []);
    assert_eq!(b.machine.state(), FxsState::Idle);
}

#[test]
fn several_bursts_a_cycle_put_the_caller_id_into_the_long_pause() {
    let mut b = idle(FxsConfig::default());
    let cadence = Some(RingCadence::two(400, 200, 400, 2_000));
    at!(b, 0 <- FxsInput::Ring { caller: caller(), cadence } => [Port(Ring(true))]);
    at!(b, 400 => [Port(Ring(false))]);
    at!(b, 600 => [Port(Ring(true))]);
    at!(b, 1_000 => [Port(Ring(false)), Port(Oht(true))]);
    at!(b, 1_500 => [SendCallerId(caller())]);
    // The spill outlasts the pause: the next burst waits for it, and 200 ms more.
    at!(b, 3_400 <- FxsInput::CallerIdSent => [Port(Oht(false))]);
    at!(b, 3_600 => [Port(Ring(true))]);
    at!(b, 4_000 => [Port(Ring(false))]);
}

#[test]
fn a_spill_without_end_is_given_up() {
    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    at!(b, 1_000 => [Port(Ring(false)), Port(Oht(true))]);
    at!(b, 1_500 => [SendCallerId(caller())]);
    at!(b, 7_500 => [StopCallerId, Port(Oht(false))]);
    at!(b, 7_600 <- FxsInput::CallerIdSent => []);
    at!(b, 7_700 => [Port(Ring(true))]);
}

#[test]
fn the_caller_id_may_come_before_the_ring_or_not_at_all() {
    let mut config = FxsConfig::default();
    config.caller_id.when = CallerIdWhen::BeforeRing { reversal: true };
    let mut b = idle(config);
    at!(b, 0 <- ring() => [Port(Pol(Polarity::Reverse)), Port(Oht(true))]);
    at!(b, 500 => [SendCallerId(caller())]);
    at!(b, 1_300 <- FxsInput::CallerIdSent => [Port(Oht(false))]);
    at!(b, 1_500 => [Port(Ring(true))]);
    at!(b, 2_000 <- CLOSE => []);
    at!(b, 2_030 => [Port(Ring(false)), Port(Pol(Polarity::Forward)), Ev(FxsEvent::Answered)]);

    config.caller_id.when = CallerIdWhen::Off;
    let mut b = idle(config);
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    at!(b, 1_000 => [Port(Ring(false))]);
    at!(b, 5_000 => [Port(Ring(true))]);
}

#[test]
fn ring_trip_in_a_burst_in_a_pause_and_in_the_caller_id() {
    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    at!(b, 500 <- CLOSE => []);
    at!(b, 530 => [Port(Ring(false)), Ev(FxsEvent::Answered)]);

    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    at!(b, 1_000 => [Port(Ring(false)), Port(Oht(true))]);
    at!(b, 1_200 <- CLOSE => []);
    at!(b, 1_230 => [Port(Oht(false)), Ev(FxsEvent::Answered)]);

    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    at!(b, 1_000 => [Port(Ring(false)), Port(Oht(true))]);
    at!(b, 1_500 => [SendCallerId(caller())]);
    at!(b, 1_600 <- CLOSE => []);
    at!(b, 1_630 => [StopCallerId, Port(Oht(false)), Ev(FxsEvent::Answered)]);
    at!(b, 60_000 <- FxsInput::CallerIdSent => []);
    assert_eq!(b.machine.state(), FxsState::OffHook);
}

#[test]
fn bounce_and_leaking_ringing_do_not_answer() {
    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    for half_wave in 0..20 {
        assert_eq!(b.rung(100 + half_wave * 40, CLOSE), []);
        assert_eq!(b.rung(120 + half_wave * 40, OPEN), []);
    }
    at!(b, 1_000 => [Port(Ring(false)), Port(Oht(true))]);
    assert_eq!(b.machine.state(), FxsState::Ringing);
}

#[test]
fn no_burst_begins_while_the_loop_closes() {
    let mut b = idle(FxsConfig {
        caller_id: CallerIdSend {
            when: CallerIdWhen::Off,
            ..Default::default()
        },
        ..Default::default()
    });
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    at!(b, 1_000 => [Port(Ring(false))]);
    at!(b, 4_990 <- CLOSE => []);
    at!(b, 5_010 <- OPEN => []);
    at!(b, 5_030 => [Port(Ring(true))]);
    at!(b, 6_030 => [Port(Ring(false))]);
    at!(b, 10_025 <- CLOSE => []);
    at!(b, 10_055 => [Ev(FxsEvent::Answered)]);
}

#[test]
fn glare_a_phone_just_being_lifted_answers_the_ring() {
    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- CLOSE => []);
    at!(b, 20 <- ring() => []);
    at!(b, 30 => [Ev(FxsEvent::Answered)]);
    at!(b, 9_000 <- ring() => [Ev(FxsEvent::RingRefused)]);
    at!(b, 9_100 <- FxsInput::StopRing => []);
}

#[test]
fn lifting_just_as_the_caller_gives_up_is_a_seizure() {
    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    at!(b, 500 <- CLOSE => []);
    at!(b, 520 <- FxsInput::StopRing => [Port(Ring(false))]);
    at!(b, 550 => [Ev(FxsEvent::Seized)]);
}

#[test]
fn a_ring_waits_for_the_guard_and_can_be_taken_back() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- OPEN => []);
    at!(b, 2_011 => [Ev(FxsEvent::OnHook)]);
    at!(b, 2_100 <- ring() => []);
    at!(b, 2_311 => [Port(Ring(true))]);
    at!(b, 2_400 <- BUSY => [Port(Ring(false))]);

    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- OPEN => []);
    at!(b, 2_011 => [Ev(FxsEvent::OnHook)]);
    at!(b, 2_100 <- ring() => []);
    at!(b, 2_200 <- FxsInput::StopRing => []);
    at!(b, 9_000 <- FxsInput::Timeout => []);
}

#[test]
fn a_new_cadence_counts_from_the_next_burst() {
    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    let cadence = Some(RingCadence::one(300, 700));
    at!(b, 500 <- FxsInput::Ring { caller: caller(), cadence } => []);
    at!(b, 1_000 => [Port(Ring(false)), Port(Oht(true))]);
    at!(b, 1_500 => [SendCallerId(caller())]);
    at!(b, 1_600 <- FxsInput::CallerIdSent => [Port(Oht(false))]);
    at!(b, 1_800 => [Port(Ring(true))]);
    at!(b, 2_100 => [Port(Ring(false))]);
}

#[test]
fn left_off_hook_cause_tone_howler_silence() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- BUSY => [Hear(Some(Tone::Busy))]);
    at!(b, 2_000 <- ring() => [Ev(FxsEvent::RingRefused)]);
    at!(b, 31_000 => [Hear(Some(Tone::Howler))]);
    at!(b, 91_000 => [Hear(None)]);
    assert_eq!(b.machine.state(), FxsState::LockedOut);
    at!(b, 100_000 <- BUSY => []);
    at!(b, 500_000 <- OPEN => []);
    at!(b, 501_011 => [Ev(FxsEvent::OnHook)]);
    at!(b, 502_000 <- ring() => [Port(Ring(true))]);
}

#[test]
fn hanging_up_ends_cause_tone_and_howler() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- BUSY => [Hear(Some(Tone::Busy))]);
    at!(b, 2_000 <- OPEN => []);
    at!(b, 3_011 => [Hear(None), Ev(FxsEvent::OnHook)]);

    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- BUSY => [Hear(Some(Tone::Busy))]);
    at!(b, 31_000 => [Hear(Some(Tone::Howler))]);
    at!(b, 32_000 <- OPEN => []);
    at!(b, 33_011 => [Hear(None), Ev(FxsEvent::OnHook)]);
}

#[test]
fn a_flash_that_crosses_a_release_says_nothing() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- OPEN => []);
    at!(b, 1_200 <- BUSY => [Hear(Some(Tone::Busy))]);
    at!(b, 1_500 <- CLOSE => []);
    pulses(&mut b, 2_000, 3);
    at!(b, 31_200 => [Hear(Some(Tone::Howler))]);
}

#[test]
fn a_hang_up_that_crosses_a_release_is_one_hang_up() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- OPEN => []);
    at!(b, 1_900 <- BUSY => [Hear(Some(Tone::Busy))]);
    at!(b, 2_011 => [Hear(None), Ev(FxsEvent::OnHook)]);
}

#[test]
fn the_feed_is_taken_away_first_where_set() {
    let mut config = FxsConfig::default();
    config.release.disconnect_open_loop_ms = Some(800);
    let mut b = off_hook(config);
    at!(b, 1_000 <- BUSY => [Port(Feed(false))]);
    at!(b, 1_010 <- OPEN => []);
    at!(b, 1_800 => [Port(Feed(true))]);
    at!(b, 1_850 <- CLOSE => []);
    at!(b, 1_900 => [Hear(Some(Tone::Busy))]);
    at!(b, 20_000 <- FxsInput::Timeout => []);

    // An answering machine that hung up meanwhile.
    let mut b = off_hook(config);
    at!(b, 1_000 <- BUSY => [Port(Feed(false))]);
    at!(b, 1_010 <- OPEN => []);
    at!(b, 1_800 => [Port(Feed(true))]);
    at!(b, 1_900 => [Hear(Some(Tone::Busy))]);
    at!(b, 2_911 => [Hear(None), Ev(FxsEvent::OnHook)]);
}

#[test]
fn a_waiting_call_is_told_only_in_a_call() {
    let mut b = off_hook(FxsConfig::default());
    at!(b, 1_000 <- FxsInput::CallWaiting(caller()) => [Ev(FxsEvent::CallWaiting(caller()))]);
    at!(b, 2_000 <- BUSY => [Hear(Some(Tone::Busy))]);
    at!(b, 3_000 <- FxsInput::CallWaiting(caller()) => []);
}

#[test]
fn failure_ends_everything_and_recovery_begins_afresh() {
    let mut b = idle(FxsConfig::default());
    at!(b, 0 <- ring() => [Port(Ring(true))]);
    at!(b, 500 <- FAIL => [Port(Ring(false)), Ev(FxsEvent::Failed)]);
    at!(b, 600 <- ring() => [Ev(FxsEvent::RingRefused)]);
    at!(b, 700 <- CLOSE => []);
    let told = [Ring(false), Oht(false), Pol(Polarity::Forward), Feed(true)].map(Port);
    let [a, c, d, e] = told;
    at!(b, 9_000 <- RECOVER => [a, c, d, e, Ev(FxsEvent::Recovered)]);
    at!(b, 9_350 => [Ev(FxsEvent::Seized)]);
    at!(b, 9_400 <- BUSY => [Hear(Some(Tone::Busy))]);
    at!(b, 9_500 <- FAIL => [Hear(None), Ev(FxsEvent::Failed)]);
    at!(b, 9_600 <- FAIL => []);
}
