//! What people do, step by step, and what is measured on the way.

use telephony::Cause;

use super::party::{Party, describe};
use super::sound::{DIAL, hears};
use crate::sip_phone::State;
use crate::{Bench, Tolerance, until};

/// Everybody says tones of this level.
const SPEECH_DBM0: f32 = -10.0;
/// Two mouths' frequencies. A pair is chosen that neither ear heard just now, so that old sound cannot pass for new. None is near
/// a keypad's or an exchange's, and all are high enough for one lost sample to turn the phase by 56 degrees.
const PAIRS_HZ: [(f32, f32); 3] = [(1_270.0, 1_555.0), (1_255.0, 1_575.0), (1_285.0, 1_535.0)];
/// Loudest that an ear may hear of the keys when it gets them as events, and for how long, ms.
const KEY_DBM0: f32 = -40.0;
/// How long each ear is measured.
const MEASURE_MS: u32 = 1_000;

/// Both say a tone at once; each ear is measured: frequency, level, no gap, no jump of the phase.
pub fn speech_both_ways(bench: &mut dyn Bench, a: Party, b: Party) {
    let tolerance = bench.tolerance();
    speech_within(bench, a, b, &tolerance);
}

/// As [`speech_both_ways`] on a path that is allowed more.
pub fn speech_within(bench: &mut dyn Bench, a: Party, b: Party, tolerance: &Tolerance) {
    let (hz_a, hz_b) = fresh_pair(bench, a, b);
    a.say(bench, Some((hz_a, SPEECH_DBM0)));
    b.say(bench, Some((hz_b, SPEECH_DBM0)));
    bench.run_ms(tolerance.settle_ms + MEASURE_MS);
    measure(bench, (a, hz_a), (b, hz_b), tolerance);
    measure(bench, (b, hz_b), (a, hz_a), tolerance);
    a.say(bench, None);
    b.say(bench, None);
    bench.run_ms(300);
}

fn fresh_pair(bench: &mut dyn Bench, a: Party, b: Party) -> (f32, f32) {
    let heard = [a.heard_last(bench, 1_000), b.heard_last(bench, 1_000)];
    let fresh = |hz: f32| {
        heard
            .iter()
            .all(|ear| ear.tone_dbm0(hz) < SPEECH_DBM0 - 20.0)
    };
    PAIRS_HZ
        .into_iter()
        .find(|&(a, b)| fresh(a) && fresh(b))
        .unwrap_or(PAIRS_HZ[0])
}

/// `ear`, which says a tone of its own, hears the one of `mouth`.
fn measure(
    bench: &mut dyn Bench,
    (mouth, hz): (Party, f32),
    (ear, own_hz): (Party, f32),
    tolerance: &Tolerance,
) {
    let (mouth, name) = (mouth.name(), ear.name());
    let heard = ear.heard_last(bench, MEASURE_MS);
    let said = format!("{mouth} says {hz} Hz {SPEECH_DBM0:.1} dBm0");
    let found = heard.dominant_hz().unwrap_or(0.0);
    assert!(
        heard.ms() >= MEASURE_MS * 9 / 10 && (found - hz).abs() <= hz * tolerance.frequency,
        "{said}, but {name} hears {} in {} ms",
        describe(&heard),
        heard.ms(),
    );
    let level = heard.tone_dbm0(found);
    assert!(
        (level - SPEECH_DBM0).abs() <= tolerance.level_db,
        "{said}, but {name} hears it at {level:.1} dBm0 (all that {name} hears: {})",
        describe(&heard),
    );
    let gaps = heard.gaps(SPEECH_DBM0 - 12.0, 2);
    assert!(
        gaps.len() <= tolerance.gaps,
        "{said}, but {name} hears it with gaps: {gaps:?}"
    );
    // Looked for in blocks of 10 ms, and again shifted by half a block: a jump in the middle of one shows half in each neighbour.
    let mut jumps = heard.phase_jumps(hz);
    jumps.extend(heard.part(5, MEASURE_MS).phase_jumps(hz));
    assert!(
        jumps.len() <= tolerance.jumps,
        "{said}, but {name} hears its phase jump at {jumps:?} ms"
    );
    // Its own echo is no flaw of the path.
    let power = |dbm0: f32| 10f32.powf(dbm0 / 10.0);
    let rest = power(heard.rest_dbm0(found)) - power(heard.tone_dbm0(own_hz));
    let rest = 10.0 * rest.max(1e-10).log10();
    assert!(
        rest <= tolerance.rest_dbm0,
        "{said}, but {name} hears {rest:.1} dBm0 of something else beside it: {}",
        describe(&heard)
    );
    let flaws = match (gaps.len(), jumps.len()) {
        (0, 0) => "no gap".to_owned(),
        (gaps, jumps) => format!("{gaps} gaps, {jumps} jumps"),
    };
    bench.note(&format!(
        "{said}; {name} hears {found:.1} Hz {level:.1} dBm0, {flaws}"
    ));
}

/// `from` presses keys; `to` gets each once, in its own way, and a SIP phone no more of the tone itself than a blip.
pub fn digits_arrive(bench: &mut dyn Bench, from: Party, to: Party, keys: &str) {
    let known = match to {
        Party::Phone(n) => {
            bench.phone(n).forget();
            0
        }
        Party::Far(n) => {
            bench.line(n).forget();
            0
        }
        Party::Sip(n, call) => bench.sip(n).digits(call).len(),
    };
    from.press(bench, keys);
    let span = keys.len() as u32 * 300 + 800;
    bench.run_ms(span);
    let (way, got) = match to {
        Party::Phone(n) => ("as DTMF", bench.phone(n).heard().digits()),
        Party::Far(n) => ("as DTMF", bench.line(n).far_heard().digits()),
        Party::Sip(n, call) => (
            "as RFC 4733 events",
            bench.sip(n).digits(call)[known..].to_owned(),
        ),
    };
    let (presser, name) = (from.name(), to.name());
    assert_eq!(
        got, keys,
        "{presser} presses {keys}: {name} gets these digits {way} instead"
    );
    let mut leak = String::new();
    if matches!(to, Party::Sip(..)) {
        let bursts = to.heard_last(bench, span).cadence_ms(KEY_DBM0);
        let longest = bursts.iter().map(|(on, _)| *on).max().unwrap_or(0);
        assert!(
            longest <= bench.tolerance().key_leak_ms,
            "{presser} presses {keys}: {name} gets the events and hears the keys as well, for up to {longest} ms: {bursts:?}"
        );
        leak = format!(", and of the tones {longest} ms");
    }
    bench.note(&format!(
        "{presser} presses {keys}; {name} gets {got} {way}{leak}"
    ));
}

/// 101 + n is lifted and hears dial tone.
pub fn lift(bench: &mut dyn Bench, n: usize) -> Party {
    let phone = bench.phone(n);
    phone.forget();
    phone.lift();
    bench.note(&format!("{} is lifted", Party::Phone(n).name()));
    hears(bench, Party::Phone(n), &DIAL);
    Party::Phone(n)
}

/// 101 + n is lifted and dials. The first digit ends dial tone.
pub fn dials(bench: &mut dyn Bench, n: usize, keys: &str) -> Party {
    let party = lift(bench, n);
    dial(bench, n, keys);
    party
}

/// 101 + n, already hearing dial tone, dials.
pub fn dial(bench: &mut dyn Bench, n: usize, keys: &str) {
    bench.note(&format!("{} dials {keys}", Party::Phone(n).name()));
    bench.phone(n).dial(keys).expect("keys of a keypad");
    hands_done(bench, n);
}

/// Waits until the hands at 101 + n have done what they were asked.
pub fn hands_done(bench: &mut dyn Bench, n: usize) {
    until(
        bench,
        &format!("{} dials", Party::Phone(n).name()),
        30_000,
        |b| b.phone(n).hands_idle(),
    );
}

/// Hangs up 101 + n.
pub fn hang_up(bench: &mut dyn Bench, n: usize) {
    bench.phone(n).hang_up();
    until(bench, "the handset is down", 3_000, |b| {
        !b.phone(n).is_off_hook() && b.phone(n).hands_idle()
    });
    bench.note(&format!("{} hangs up", Party::Phone(n).name()));
    // The opening must last longer than the longest flash of 1.1 s.
    bench.run_ms(1_300);
}

/// 101 + n answers its ringing.
pub fn answers(bench: &mut dyn Bench, n: usize) -> Party {
    let (phone, name) = (bench.phone(n), Party::Phone(n).name());
    let hurt = phone.rung_in_the_ear_ms();
    phone.lift();
    bench.run_ms(400);
    let rung = phone.rung_in_the_ear_ms() - hurt;
    assert!(
        !phone.ringing() && rung <= 200,
        "{name} is lifted, and ringing voltage stays on for {rung} ms: at most 200 (GR-506)"
    );
    bench.note(&format!("{name} answers"));
    Party::Phone(n)
}

/// 101 + n flashes for 300 ms.
pub fn flash(bench: &mut dyn Bench, n: usize) {
    bench.note(&format!("{} flashes", Party::Phone(n).name()));
    bench.phone(n).flash(300);
    bench.run_ms(600);
}

/// The bell of 101 + n begins to ring.
pub fn rings(bench: &mut dyn Bench, n: usize) {
    let name = Party::Phone(n).name();
    until(bench, &format!("{name} rings"), 5_000, |b| {
        b.phone(n).ringing()
    });
    bench.run_ms(200);
    let hz = bench.phone(n).rings().last().map_or(0.0, |burst| burst.hz);
    bench.note(&format!("{name} rings, {hz:.1} Hz"));
}

/// The bell of 101 + n stops, and stays quiet for longer than a pause of ringing.
pub fn stops_ringing(bench: &mut dyn Bench, n: usize, limit_ms: u32) {
    let name = Party::Phone(n).name();
    let mut quiet = 0;
    let mut waited = 0;
    while quiet < 4_500 {
        assert!(
            waited < limit_ms + 4_500,
            "{name} still rings after {waited} ms"
        );
        bench.run_ms(50);
        waited += 50;
        quiet = if bench.phone(n).ringing() {
            0
        } else {
            quiet + 50
        };
    }
    bench.note(&format!("{name} has stopped ringing"));
}

/// The display of 101 + n shows a number and name, once more than `known` times.
pub fn shows(bench: &mut dyn Bench, n: usize, known: usize, number: &str, caller_name: &str) {
    let name = Party::Phone(n).name();
    let mut waited = 0;
    while bench.phone(n).caller_id_shown().len() <= known {
        let spoilt = bench.phone(n).caller_id_spoilt();
        assert!(
            waited < 12_000,
            "{name} should show {number}, but shows nothing ({spoilt} messages spoilt)"
        );
        bench.run_ms(50);
        waited += 50;
    }
    let shown = bench
        .phone(n)
        .caller_id_shown()
        .pop()
        .expect("there is one");
    assert_eq!(
        (shown.number.as_str(), shown.name.as_str()),
        (number, caller_name),
        "{name} shows another caller"
    );
    bench.note(&format!(
        "{name} shows {number} \"{caller_name}\" by {:?}",
        shown.standard
    ));
}

/// 111 + n calls a number.
pub fn sip_calls(bench: &mut dyn Bench, n: usize, number: &str) -> Party {
    let call = bench.sip(n).call_count();
    bench.sip(n).call(number);
    bench.note(&format!("{} calls {number}", 111 + n));
    Party::Sip(n, call)
}

/// 111 + n rings: the call after the `known` ones, and shows who calls.
pub fn sip_rings(bench: &mut dyn Bench, n: usize, known: usize, caller: &str) -> Party {
    let party = Party::Sip(n, known);
    sip_is(bench, party, &State::Ringing);
    let shown = bench.sip(n).caller_shown().unwrap_or_default();
    assert_eq!(
        shown,
        caller,
        "{} rings and shows another caller",
        party.name()
    );
    bench.note(&format!("{} rings and shows {shown}", party.name()));
    party
}

/// A SIP party answers.
pub fn sip_answers(bench: &mut dyn Bench, party: Party) {
    let Party::Sip(n, call) = party else {
        panic!("{} is no SIP phone", party.name())
    };
    bench.sip(n).answer(call);
    bench.note(&format!("{} answers", party.name()));
    sip_is(bench, party, &State::Up);
}

/// A SIP party hangs up.
pub fn sip_hangs_up(bench: &mut dyn Bench, party: Party) {
    let Party::Sip(n, call) = party else {
        panic!("{} is no SIP phone", party.name())
    };
    bench.sip(n).hang_up(call);
    bench.note(&format!("{} hangs up", party.name()));
    bench.run_ms(100);
}

/// Waits until a SIP party's call is in `state`.
pub fn sip_is(bench: &mut dyn Bench, party: Party, state: &State) {
    sip_is_within(bench, party, state, 8_000);
}

/// As [`sip_is`], within `limit_ms`.
pub fn sip_is_within(bench: &mut dyn Bench, party: Party, state: &State, limit_ms: u32) {
    let Party::Sip(n, call) = party else {
        panic!("{} is no SIP phone", party.name())
    };
    let mut waited = 0;
    while bench.sip(n).state(call).as_ref() != Some(state) {
        let is = bench.sip(n).state(call);
        assert!(
            waited < limit_ms,
            "{}'s call should be {state:?} within {limit_ms} ms, but is {is:?}",
            party.name()
        );
        bench.run_ms(20);
        waited += 20;
    }
}

/// The SIP party's call ends with this status (200: BYE).
pub fn sip_ends(bench: &mut dyn Bench, party: Party, status: u16) {
    sip_is_within(bench, party, &State::Over(status), 20_000);
    let how = if status == 200 {
        "by BYE".to_owned()
    } else {
        format!("with {status}")
    };
    bench.note(&format!("{}'s call ends {how}", party.name()));
}

/// What a record must say: caller, dialled, cause, whether it was answered.
pub type Row<'a> = (&'a str, &'a str, Cause, bool);

/// How many records there are before a story.
pub fn records_before(bench: &mut dyn Bench) -> usize {
    bench.records().len()
}

/// The calls since `before` are over and recorded, each once, in the order they began.
pub fn recorded(bench: &mut dyn Bench, before: usize, rows: &[Row<'_>]) {
    let mut waited = 0;
    while bench.records().len() < before + rows.len() && waited < 8_000 {
        bench.run_ms(100);
        waited += 100;
    }
    bench.run_ms(200);
    let records = bench.records();
    let mut got: Vec<_> = records[before..]
        .iter()
        .map(|cdr| {
            (
                cdr.caller.number.to_string(),
                cdr.dialled.to_string(),
                cdr.cause,
                cdr.answered.is_some(),
            )
        })
        .collect();
    let mut wanted: Vec<_> = rows
        .iter()
        .map(|row| (row.0.to_owned(), row.1.to_owned(), row.2, row.3))
        .collect();
    if !bench.tolerance().in_order {
        got.sort();
        wanted.sort();
    }
    assert_eq!(
        got, wanted,
        "the call records (caller, dialled, cause, answered) on the left are not those of this story"
    );
    for (caller, dialled, cause, answered) in got {
        let answered = if answered { "answered" } else { "not answered" };
        bench.note(&format!(
            "record: {caller} called \"{dialled}\", {answered}, cause {cause}"
        ));
    }
}
