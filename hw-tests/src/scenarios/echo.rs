//! A call over a bad hybrid. A SIP phone hears its own voice come back when the box's echo canceller does not take it away; the
//! other party must not suffer from that.

use line_sim::{EchoPath, Hybrid, Impedance, PairSetup, Wire};
use store::{CdrLeg, Party as Leg};
use telephony::{Cause, Decibels};

use super::outside::{BY_REVERSAL, directory, far_talks, line_idle, outpulsed};
use super::party::Party;
use super::speech::Voice;
use super::steps::{
    dials, hang_up, recorded, records_before, sip_answers, sip_calls, sip_ends, sip_hangs_up,
    sip_is, sip_rings,
};
use crate::Bench;
use crate::sip_phone::State;

/// What the port gets back of what it sends, white noise, dB. A hybrid in order gives 14 to 20.
const ERL_DB: f32 = 8.0;
/// When the echo comes from the other end of a carrier system once more, ms: within the default tail of 32.
const AGAIN_MS: u32 = 18;

/// The SIP phone's voice, and the other one. Syllables of both never stay in step.
const FAR: Voice = Voice {
    seed: 11,
    syllable_ms: 400,
    dbm0: -17.0,
};
const NEAR: Voice = Voice {
    seed: 23,
    syllable_ms: 500,
    dbm0: -17.0,
};
/// Whole syllables of both.
const MEASURE_MS: u32 = 4_000;
/// Time a canceller may take to learn the line from speech.
const LEARN_MS: u32 = 5_000;
/// Loudest that the SIP phone may hear itself then: 33 dB below its voice, and the line's noise is in it.
const RETURNED_DBM0: f32 = -50.0;
/// How far the SIP phone may hear the other party from as loud as it speaks, alone or in double talk, dB.
const INTACT_DB: f32 = 1.0;

/// Three kilometres of thin wire on a port that expects 600 ohm, and a carrier system behind them.
pub fn bad_pair() -> PairSetup {
    let hybrid = Hybrid {
        loop_m: 3_000.0,
        wire: Wire::Mm04,
        far: Impedance::TBR21,
        balance: Impedance::R600,
    };
    PairSetup {
        echo_return_loss_db: ERL_DB,
        echo_path: EchoPath::of(&hybrid).and_again(AGAIN_MS, 6.0),
        noise_dbm0: Some(-62.0),
        ..PairSetup::default()
    }
}

/// 101, on a bad hybrid, calls 111.
pub fn phone(bench: &mut dyn Bench) {
    on_phone(bench, bad_pair(), true);
}

/// 101 calls 111 over this pair. Gives how loud 111 hears itself, in dBm0; `judge`: that, and what the record says, must be right.
pub fn on_phone(bench: &mut dyn Bench, pair: PairSetup, judge: bool) -> f32 {
    let before = records_before(bench);
    let erl_db = pair.echo_return_loss_db;
    bench.phone(0).set_pair(pair);
    let known = bench.sip(0).call_count();
    dials(bench, 0, "111");
    let far = sip_rings(bench, 0, known, "101");
    sip_answers(bench, far);
    let returned = speaks_alone(bench, far, erl_db, judge);
    both_speak(bench, far, Party::Phone(0), judge);
    bench.phone(0).set_pair(PairSetup::default());
    hang_up(bench, 0);
    sip_ends(bench, far, 200);
    recorded(
        bench,
        before,
        &[("101", "111", Cause::NormalClearing, true)],
    );
    if judge {
        figures(bench, before, |leg| matches!(leg, Leg::Fxs(_)));
    }
    returned
}

/// 111 calls outside on a line with a bad hybrid.
pub fn line(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    bench.line(0).set_pair(bad_pair());
    let far = sip_calls(bench, 0, &format!("0{BY_REVERSAL}"));
    outpulsed(bench, 0, BY_REVERSAL);
    let near = far_talks(bench, 0);
    sip_is(bench, far, &State::Up);
    speaks_alone(bench, far, ERL_DB, true);
    both_speak(bench, far, near, true);
    bench.line(0).set_pair(PairSetup::default());
    sip_hangs_up(bench, far);
    line_idle(bench, 0);
    recorded(
        bench,
        before,
        &[(
            "111",
            &format!("0{BY_REVERSAL}"),
            Cause::NormalClearing,
            true,
        )],
    );
    figures(bench, before, |leg| matches!(leg, Leg::Line(_)));
}

/// The SIP phone speaks, and hears itself come back from a hybrid of `erl_db`: how loud.
fn speaks_alone(bench: &mut dyn Bench, far: Party, erl_db: f32, judge: bool) -> f32 {
    let said = FAR.level_dbm0();
    say(bench, far, &FAR, LEARN_MS + 2 * MEASURE_MS);
    bench.run_ms(LEARN_MS + MEASURE_MS);
    let returned = far.heard_last(bench, MEASURE_MS).level_dbm0();
    let name = far.name();
    bench.note(&format!(
        "{name} speaks at {said:.1} dBm0 over a hybrid of {erl_db} dB and hears itself at {returned:.1} dBm0"
    ));
    assert!(
        !judge || returned <= RETURNED_DBM0,
        "{name} speaks at {said:.1} dBm0 and hears itself at {returned:.1} dBm0: at most {RETURNED_DBM0} after {LEARN_MS} ms"
    );
    returned
}

/// The other party speaks while the SIP phone does, then alone: it is heard as loud as it is, each time.
fn both_speak(bench: &mut dyn Bench, far: Party, near: Party, judge: bool) {
    let said = NEAR.level_dbm0();
    let (name, other) = (far.name(), near.name());
    for both in [true, false] {
        if both {
            say(bench, far, &FAR, 3 * MEASURE_MS);
        } else {
            far.say(bench, None);
        }
        say(bench, near, &NEAR, 3 * MEASURE_MS);
        bench.run_ms(bench.tolerance().settle_ms + MEASURE_MS);
        let heard = far.heard_last(bench, MEASURE_MS).level_dbm0();
        let how = if both {
            "both speak"
        } else {
            "it speaks alone"
        };
        bench.note(&format!(
            "{other} speaks at {said:.1} dBm0; {name} hears it at {heard:.1} dBm0 while {how}"
        ));
        assert!(
            !judge || (heard - said).abs() <= INTACT_DB,
            "{other} speaks at {said:.1} dBm0, but {name} hears {heard:.1} dBm0 while {how}"
        );
    }
    near.say(bench, None);
    bench.run_ms(300);
}

/// `who` begins to speak; it has enough to say for `ms`.
fn say(bench: &mut dyn Bench, who: Party, voice: &Voice, ms: u32) {
    let samples = voice.says(ms as usize);
    match who {
        Party::Phone(n) => bench.phone(n).say(&samples),
        Party::Far(n) => bench.line(n).far_say(&samples),
        Party::Sip(n, call) => bench.sip(n).say_samples(call, &samples),
    }
}

/// The record has what was measured on the leg.
fn figures(bench: &mut dyn Bench, record: usize, is_analog: fn(&Leg) -> bool) {
    let cdr = bench.records().swap_remove(record);
    let (analog, others): (Vec<CdrLeg>, Vec<CdrLeg>) =
        cdr.legs.into_iter().partition(|leg| is_analog(&leg.party));
    assert!(
        others.iter().all(|leg| leg.figures.is_none()),
        "only a leg on a line has figures: {others:?}"
    );
    let figures = analog[0].figures.expect("an analog leg is measured");
    let db = |figure: Option<Decibels>| figure.map_or(f32::NAN, Decibels::db);
    let (erl, erle) = (db(figures.erl_db), db(figures.erle_db));
    let (rx, tx) = (db(figures.rx_dbm0), db(figures.tx_dbm0));
    let tail = figures.echo_tail_ms.unwrap_or(0);
    bench.note(&format!(
        "record: echo return loss {erl} dB, {erle} dB of it cancelled, echo ends after {tail} ms; levels {rx} dBm0 in, {tx} dBm0 out"
    ));
    // Speech has other frequencies than the white noise that the hybrid's figure is of.
    assert!((erl - ERL_DB).abs() <= 5.0, "echo return loss: {figures:?}");
    // Learning the line, and double talk, are in it.
    assert!(erle >= 10.0, "cancelled: {figures:?}");
    let reflection = AGAIN_MS as u16;
    assert!(
        (reflection..=reflection + 20).contains(&tail),
        "end of the echo: {figures:?}"
    );
    assert!(!figures.echo_disabled, "{figures:?}");
    // Pauses do not count: a syllable is louder than speech with its pauses. Digits that were dialled do.
    let active = |level: f32, said: f32| (-1.0..=6.0).contains(&(level - said));
    assert!(active(rx, NEAR.dbm0), "level in: {figures:?}");
    assert!(active(tx, FAR.dbm0), "level out: {figures:?}");
}
