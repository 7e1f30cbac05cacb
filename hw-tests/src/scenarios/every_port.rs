//! Every port talks at once, each mouth with a tone of its own; no ear hears another call.

use line_sim::LineState;
use telephony::Cause;

use super::outside::{BY_REVERSAL, directory, far_talks_after, line_idle};
use super::party::Party;
use super::sound::{CALL_WAITING, HOLD, hears};
use super::steps::{
    dials, flash, hang_up, recorded, records_before, sip_answers, sip_calls, sip_ends,
    sip_hangs_up, sip_is, sip_rings,
};
use crate::sip_phone::State;
use crate::{Bench, until};

/// Every mouth's frequency: none is another's harmonic, mirror or intermodulation product of two, nor near a keypad's.
const TONES_HZ: [f32; 6] = [1_013.0, 1_069.0, 1_127.0, 1_271.0, 1_553.0, 1_613.0];
const SPEECH_DBM0: f32 = -10.0;
/// Loudest that another call may be heard.
const CROSSTALK_DBM0: f32 = -60.0;

/// 101 and 102 talk to the two exchange lines and 111 to 112; then 111 calls 101, 112 calls 102, and each phone has two calls.
pub fn story(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    let known = bench.sip(1).call_count();
    let a = dials(bench, 0, &format!("0{BY_REVERSAL}#"));
    let far_a = far_talks_after(bench, 0);
    let b = dials(bench, 1, &format!("0{BY_REVERSAL}#"));
    let far_b = far_talks_after(bench, 1);
    let c = sip_calls(bench, 0, "112");
    let d = sip_rings(bench, 1, known, "111");
    sip_answers(bench, d);
    sip_is(bench, c, &State::Up);
    bench.run_ms(500);
    everybody_talks(bench, &[(a, far_a), (b, far_b), (c, d)]);
    sip_hangs_up(bench, c);
    sip_ends(bench, d, 200);

    let e = sip_calls(bench, 0, "101");
    let f = sip_calls(bench, 1, "102");
    hears(bench, a, &CALL_WAITING);
    bench.run_ms(300);
    flash(bench, 0);
    flash(bench, 1);
    sip_is(bench, e, &State::Up);
    sip_is(bench, f, &State::Up);
    hears(bench, far_a, &HOLD);
    everybody_talks(bench, &[(a, e), (b, f)]);
    flash(bench, 0);
    flash(bench, 1);
    bench.run_ms(300);
    everybody_talks(bench, &[(a, far_a), (b, far_b)]);
    bench.note("every party hangs up");
    sip_hangs_up(bench, e);
    sip_hangs_up(bench, f);
    hang_up(bench, 0);
    hang_up(bench, 1);
    line_idle(bench, 0);
    line_idle(bench, 1);
    let row = |caller, dialled| (caller, dialled, Cause::NormalClearing, true);
    recorded(
        bench,
        before,
        &[
            row("101", "05551234"),
            row("102", "05551234"),
            row("111", "112"),
            row("111", "101"),
            row("112", "102"),
        ],
    );
}

/// The two phones talk to each other while both lines talk to SIP phones.
pub fn lines_and_sip(bench: &mut dyn Bench) {
    directory(bench);
    let before = records_before(bench);
    let a = sip_calls(bench, 0, &format!("0{BY_REVERSAL}"));
    let far_a = far_talks_after(bench, 0);
    let b = sip_calls(bench, 1, &format!("0{BY_REVERSAL}"));
    let far_b = far_talks_after(bench, 1);
    let c = dials(bench, 0, "102");
    super::steps::rings(bench, 1);
    let d = super::steps::answers(bench, 1);
    bench.run_ms(500);
    everybody_talks(bench, &[(a, far_a), (b, far_b), (c, d)]);
    sip_hangs_up(bench, a);
    until(bench, "line 1 is given back", 5_000, |b| {
        b.line(0).state() == LineState::Idle
    });
    everybody_talks(bench, &[(b, far_b), (c, d)]);
    hang_up(bench, 0);
    hang_up(bench, 1);
    everybody_talks(bench, &[(b, far_b)]);
    sip_hangs_up(bench, b);
    line_idle(bench, 1);
    let row = |caller, dialled| (caller, dialled, Cause::NormalClearing, true);
    recorded(
        bench,
        before,
        &[
            row("111", "05551234"),
            row("112", "05551234"),
            row("101", "102"),
        ],
    );
}

fn everybody_talks(bench: &mut dyn Bench, calls: &[(Party, Party)]) {
    let tolerance = bench.tolerance();
    let mut mouths = Vec::new();
    for (n, &(left, right)) in calls.iter().enumerate() {
        mouths.push((left, right, TONES_HZ[2 * n]));
        mouths.push((right, left, TONES_HZ[2 * n + 1]));
    }
    for &(mouth, _, hz) in &mouths {
        mouth.say(bench, Some((hz, SPEECH_DBM0)));
    }
    bench.run_ms(tolerance.settle_ms + 1_000);
    for &(mouth, ear, hz) in &mouths {
        let heard = ear.heard_last(bench, 1_000);
        let (mouth_name, name) = (mouth.name(), ear.name());
        let level = heard.tone_dbm0(hz);
        let found = heard.dominant_hz().unwrap_or(0.0);
        assert!(
            (level - SPEECH_DBM0).abs() <= tolerance.level_db
                && (found - hz).abs() <= hz * tolerance.frequency,
            "{mouth_name} says {hz} Hz {SPEECH_DBM0:.1} dBm0, but {name} hears {}",
            super::party::describe(&heard),
        );
        let others = mouths.iter().filter(|(m, e, _)| *m != ear && *e != ear);
        let loudest = others
            .map(|&(m, _, hz)| (heard.tone_dbm0(hz), m, hz))
            .max_by(|x, y| x.0.total_cmp(&y.0));
        let mut crosstalk = String::new();
        if let Some((dbm0, other, hz)) = loudest {
            assert!(
                dbm0 <= CROSSTALK_DBM0,
                "{name} hears {}, who is in another call, at {dbm0:.1} dBm0 ({hz} Hz)",
                other.name()
            );
            crosstalk = format!("; of other calls at most {dbm0:.1} dBm0");
        }
        bench.note(&format!(
            "{mouth_name} says {hz} Hz; {name} hears {found:.1} Hz {level:.1} dBm0{crosstalk}"
        ));
    }
    for &(mouth, _, _) in &mouths {
        mouth.say(bench, None);
    }
    bench.run_ms(300);
}
