//! Everybody does anything at any time, by seed; afterwards the box is empty and every call recorded once.

use hw_tests::sip_phone::State;
use hw_tests::{Bench, Setup};
use line_card::Fault;
use line_sim::{Behaviour, CidDelivery, Disconnect, Glare, IncomingCall};
use telephony::LineId;

use crate::{Dice, Told};

const NUMBERS: [&str; 12] = [
    "101",
    "102",
    "111",
    "112",
    "113",
    "119",
    "99",
    "05551234#",
    "05554321#",
    "05550017#",
    "0555",
    "10",
];

fn someone(dice: &mut Dice, bench: &mut Told) {
    match dice.below(20) {
        0..=8 => phone(dice, bench),
        9..=14 => sip(dice, bench),
        15..=18 => line(dice, bench),
        _ => fault(dice, bench),
    }
}

fn phone(dice: &mut Dice, bench: &mut Told) {
    let n = dice.below(2);
    let phone = bench.phone(n);
    match dice.below(10) {
        0..=2 => phone.lift(),
        3 => phone.hang_up(),
        4 => phone.hang_up_now(),
        5..=6 => {
            let number = NUMBERS[dice.below(NUMBERS.len())];
            phone.dial(number).expect("keys of a keypad");
        }
        7 => phone.pulse_dial("102").expect("digits"),
        8 => phone.flash(50 + dice.below(1_500) as u32),
        _ => phone.flash(300),
    }
}

fn sip(dice: &mut Dice, bench: &mut Told) {
    let n = dice.below(3);
    let count = bench.sip(n).call_count();
    if count == 0 || dice.below(4) == 0 {
        let number = NUMBERS[dice.below(NUMBERS.len())].trim_end_matches('#');
        if count < 200 {
            bench.sip(n).call(number);
        }
        return;
    }
    let call = count - 1 - dice.below(count.min(3));
    let other = count - 1 - dice.below(count.min(3));
    let up = |bench: &mut Told, call| bench.sip(n).state(call) == Some(State::Up);
    match (bench.sip(n).state(call), dice.below(8)) {
        (Some(State::Ringing), 0..=5) => bench.sip(n).answer(call),
        (Some(State::Up), 0) => bench.sip(n).hold(call, true),
        (Some(State::Up), 1) => bench.sip(n).hold(call, false),
        (Some(State::Up), 2) => bench.sip(n).transfer(
            call,
            NUMBERS[dice.below(NUMBERS.len())].trim_end_matches('#'),
        ),
        (Some(State::Up), 3) if call != other && up(bench, other) => {
            bench.sip(n).transfer_to_call(call, other)
        }
        (Some(State::Up), 4) => bench.sip(n).press(call, "12#"),
        (Some(State::Over(_)) | None, _) => {}
        (_, 6..=7) => bench.sip(n).hang_up(call),
        _ => {}
    }
}

fn line(dice: &mut Dice, bench: &mut Told) {
    let line = bench.line(dice.below(2));
    match dice.below(9) {
        0..=2 => {
            let cids = [
                CidDelivery::None,
                CidDelivery::Bell202,
                CidDelivery::V23BeforeRing,
                CidDelivery::Dtmf,
            ];
            let gives_up_after_ms = (dice.below(2) == 0).then(|| 1_000 + dice.below(20_000) as u32);
            let call = IncomingCall {
                gives_up_after_ms,
                ..IncomingCall::new("5559876", cids[dice.below(4)])
            };
            // A line in use takes no call.
            let _ = line.ring(call);
        }
        3 => line.caller_gives_up(),
        4 => line.far_answer(),
        5 => line.far_hang_up(),
        6 => {
            let ways = [
                Disconnect::LoopDrop { ms: 300 },
                Disconnect::Busy,
                Disconnect::Congestion,
                Disconnect::PolarityReversal,
                Disconnect::Silence,
            ];
            line.far_hang_up_by(ways[dice.below(ways.len())]);
        }
        7 => line.glare_at_next_seizure(if dice.below(2) == 0 {
            Glare::BoxWins
        } else {
            Glare::CallerWins
        }),
        _ => line.far_dial("159").expect("keys of a keypad"),
    }
}

fn fault(dice: &mut Dice, bench: &mut Told) {
    let port = LineId(dice.below(4) as u16);
    match dice.below(6) {
        0 => bench.card().inject(Fault::Dead(port)),
        1..=2 => bench.card().inject(Fault::Healed(port)),
        3 => bench.line(dice.below(2)).cut(),
        4 => bench.line(dice.below(2)).restore(),
        _ => {
            let full = dice.below(2) == 0;
            bench.set_disk_full(full);
        }
    }
}

fn soak(seed: u64, minutes: u32, loss_per_mille: u32) {
    let mut setup = Setup {
        loss_per_mille,
        ..Setup::default()
    };
    setup.sim.seed = seed;
    setup.settings.no_answer_s = 30;
    let mut bench = Told::new(setup);
    for n in 0..2 {
        let line = bench.line(n);
        line.set_number(
            "5551234",
            Behaviour::Answer {
                after_ms: 2_000,
                polarity_reversal: true,
            },
        );
        line.set_number("5554321", Behaviour::answer(2_000));
        line.set_number("5550017", Behaviour::Busy);
    }
    let mut dice = Dice::new(seed);
    bench.note(&format!("seed {seed}"));
    while bench.now().as_millis() < u64::from(minutes) * 60_000 {
        someone(&mut dice, &mut bench);
        let pause = [10, 40, 150, 600, 2_500][dice.below(5)];
        bench.run_ms(pause);
    }
    for port in 0..4 {
        bench.card().inject(Fault::Healed(LineId(port)));
    }
    for n in 0..2 {
        bench.line(n).restore();
        bench.phone(n).hang_up_now();
    }
    bench.set_disk_full(false);
    bench.run_ms(5_000);
    all_recorded(&mut bench);
    if loss_per_mille > 0 {
        return;
    }
    // Nothing that happened may be in the way of what comes.
    use_up_glare(&mut bench);
    bench.normal_calls();
    bench.story("phone_line");
    bench.story("phone_phone");
    all_recorded(&mut bench);
    bench.finish();
}

/// Glare may be waiting for the next seizure of either line: both are seized.
fn use_up_glare(bench: &mut Told) {
    for n in 0..2 {
        bench.sip(n).call("05550017");
        bench.run_ms(9_000);
    }
    settle(bench);
    for n in 0..2 {
        bench.sip(n).call("05550017");
    }
    bench.run_ms(20_000);
    settle(bench);
}

/// Everybody hangs up whatever is left, until the box is empty.
fn settle(bench: &mut Told) {
    for _ in 0..12 {
        for n in 0..3 {
            for call in 0..bench.sip(n).call_count() {
                bench.sip(n).hang_up(call);
            }
        }
        for n in 0..2 {
            bench.phone(n).hang_up_now();
            bench.line(n).caller_gives_up();
            bench
                .line(n)
                .far_hang_up_by(Disconnect::LoopDrop { ms: 600 });
        }
        bench.run_ms(5_000);
        if bench.in_use().calls == 0 {
            break;
        }
    }
    bench.run_ms(40_000);
    let left = bench.in_use();
    assert_eq!(
        (left.calls, left.legs, left.rtp_sessions),
        (0, 0, 0),
        "calls, legs, RTP sessions are left when everybody hung up"
    );
}

/// Call ids are given one by one: a call that is not recorded leaves a hole, one that is recorded twice would not be stored.
fn all_recorded(bench: &mut Told) {
    settle(bench);
    let ids: Vec<u64> = bench.records().iter().map(|cdr| cdr.id.0).collect();
    let holes: Vec<u64> = match (ids.first(), ids.last()) {
        (Some(&first), Some(&last)) if ids.len() < 500 => {
            (first..=last).filter(|id| !ids.contains(id)).collect()
        }
        _ => Vec::new(),
    };
    assert!(
        holes.is_empty(),
        "calls {holes:?} of {:?} have no record",
        (ids.first(), ids.last())
    );
    for cdr in bench.records() {
        assert!(cdr.ended >= cdr.started, "{} ended before it began", cdr.id);
    }
    bench.note(&format!("{} calls, each recorded once", ids.len()));
}

/// Seeds 1 to `default`, or those of `SOAK=first..last`.
pub(crate) fn seeds(default: u64) -> std::ops::RangeInclusive<u64> {
    let Ok(wanted) = std::env::var("SOAK") else {
        return 1..=default;
    };
    let (first, last) = wanted.split_once("..").expect("SOAK=first..last");
    let seed = |text: &str| text.parse::<u64>().expect("SOAK=first..last, two numbers");
    seed(first)..=seed(last)
}

#[test]
fn anything_at_any_time() {
    for seed in seeds(8) {
        soak(seed, 5, 0);
    }
}

/// As above, and of every hundred packets two are lost.
#[test]
fn anything_at_any_time_with_loss() {
    for seed in seeds(4) {
        soak(1_000 + seed, 5, 20);
    }
}
