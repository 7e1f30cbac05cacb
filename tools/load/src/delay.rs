//! Delay from mouth to ear, in virtual time: what the box adds, the same on every machine.

use hw_tests::{Bench, SimBench, until};

use hw_tests::sip_phone::State;

/// Time the bench's network takes one way; taken off.
const NETWORK_MS: u64 = 2;
/// A sound is there when it is above this.
const ONSET: i16 = 1_000;
const STEP_MS: u32 = 10;

pub(crate) fn measure() -> Vec<(String, String)> {
    let mut bench = SimBench::default();
    let phone = bench.phone(0);
    bench.sip(0).call("101");
    until(&mut bench, "101 rings", 5_000, |b| b.phone(0).ringing());
    phone.lift();
    until(&mut bench, "the call is up", 2_000, |b| {
        b.sip(0).state(0) == Some(State::Up)
    });
    bench.run_ms(2_000);

    let began = bench.now();
    phone.say_tone(1_000.0, -6.0);
    until(&mut bench, "the SIP phone hears", 1_000, |b| {
        loud(b.sip(0).heard_last(0, 20).samples())
    });
    let to_sip = bench.now().since(began).as_millis() as u64 - NETWORK_MS;
    phone.be_silent();
    bench.run_ms(500);

    let began = bench.now();
    bench.sip(0).say(0, Some((1_000.0, -6.0)));
    let mut waited = 0;
    while !loud(phone.heard_last(STEP_MS).samples()) && waited < 1_000 {
        bench.run_ms(STEP_MS);
        waited += STEP_MS;
    }
    let to_phone = bench.now().since(began).as_millis() as u64 - NETWORK_MS;
    vec![
        (
            "mouth to ear, analog phone to SIP, ms".to_owned(),
            format!("{to_sip} (to the last octet of its 20 ms packet)"),
        ),
        (
            "mouth to ear, SIP to analog phone, ms".to_owned(),
            format!("{to_phone} (with the jitter buffer)"),
        ),
    ]
}

fn loud(samples: &[i16]) -> bool {
    samples
        .iter()
        .any(|s| s.unsigned_abs() > ONSET.unsigned_abs())
}
