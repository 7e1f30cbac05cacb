use telephony::{
    CallerId, Cause, Digits, HookState, Polarity, PortCommand, PortEvent, Presentation,
};

use super::FxoOutput::{Event as Ev, Listen as Hear, Port, SendDigits};
use super::*;
use crate::ladder::Bench;

mod calls;
mod incoming;
mod property;

machine!(Fxo, FxoInput, FxoOutput);

const RING: FxoInput = FxoInput::Port(PortEvent::Ring(true));
const PAUSE: FxoInput = FxoInput::Port(PortEvent::Ring(false));
const BATTERY: FxoInput = FxoInput::Port(PortEvent::Battery(true));
const NO_BATTERY: FxoInput = FxoInput::Port(PortEvent::Battery(false));
const REVERSE: FxoInput = FxoInput::Port(PortEvent::Polarity(Polarity::Reverse));
const FORWARD: FxoInput = FxoInput::Port(PortEvent::Polarity(Polarity::Forward));
const FAIL: FxoInput = FxoInput::Port(PortEvent::Failed);
const RECOVER: FxoInput = FxoInput::Port(PortEvent::Recovered);
const CLOSE: FxoOutput = Port(PortCommand::Hook(HookState::OffHook));
const OPEN: FxoOutput = Port(PortCommand::Hook(HookState::OnHook));
const DEAF: FxoOutput = Hear(Listen {
    caller_id: false,
    progress: false,
});
const FOR_CALLER: FxoOutput = Hear(Listen {
    caller_id: true,
    progress: false,
});
const FOR_TONES: FxoOutput = Hear(Listen {
    caller_id: false,
    progress: true,
});

fn ann() -> CallerId {
    CallerId::new("5550100", "Ann")
}

fn incoming(caller: CallerId) -> FxoOutput {
    Ev(FxoEvent::Incoming { caller })
}

fn nobody() -> CallerId {
    CallerId {
        presentation: Presentation::Unavailable,
        ..CallerId::default()
    }
}

fn released(cause: Cause) -> FxoOutput {
    Ev(FxoEvent::Released(cause))
}

fn digits() -> Digits {
    Digits::parse("5550123").unwrap()
}

fn seize() -> FxoInput {
    FxoInput::Seize { digits: digits() }
}

fn line(config: FxoConfig) -> Bench<Fxo> {
    Bench::new(Fxo::new(config))
}

/// Reported at 5 000 ms, ringing.
fn offered() -> Bench<Fxo> {
    let mut b = line(FxoConfig::default());
    at!(b, 0 <- RING => []);
    at!(b, 1_000 <- PAUSE => [FOR_CALLER]);
    at!(b, 2_500 <- FxoInput::CallerId(ann()) => [DEAF, incoming(ann())]);
    at!(b, 5_000 <- RING => []);
    b
}

/// Answered by us at 5 200 ms.
fn taken() -> Bench<Fxo> {
    let mut b = offered();
    at!(b, 5_200 <- FxoInput::Answer => [CLOSE, FOR_TONES]);
    at!(b, 5_250 <- PAUSE => []);
    b
}

/// Digits out at 2 000 ms.
fn dialled(config: FxoConfig) -> Bench<Fxo> {
    let mut b = line(config);
    at!(b, 0 <- seize() => [CLOSE, FOR_TONES]);
    at!(b, 400 <- FxoInput::Heard(Heard::DialTone) => []);
    at!(b, 700 => [SendDigits(digits())]);
    at!(b, 2_000 <- FxoInput::DigitsSent => [Ev(FxoEvent::Dialled)]);
    b
}
