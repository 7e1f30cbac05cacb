//! What numbers mean, and that every string means something.

use dialplan::{Device, Extension, Origin, Plan, PlanError, Target, Verdict, WayOut};
use proptest::prelude::*;
use telephony::{Cause, LineId};

fn fxs(n: u16) -> Device {
    Device::Fxs(LineId(n))
}

fn sip(user: &str) -> Device {
    Device::Sip(user.to_owned())
}

fn office() -> Plan {
    Plan::builder()
        .extension("20", "Reception", &[fxs(0)])
        .extension("201", "Ann", &[fxs(1), sip("ann")])
        .extension("3456", "Ben", &[sip("ben")])
        .extension("500", "Empty desk", &[])
        .way_out(WayOut::Trunk("isp".into()))
        .way_out(WayOut::Lines(vec![LineId(8), LineId(9)]))
        .line_default(LineId(8), "201")
        .trunk_default("isp", "20")
        .trunk_number("isp", "5550100", "3456")
        .build()
        .expect("a plan without contradictions")
}

fn phone() -> Origin {
    Origin::Device(fxs(0))
}

/// The verdict in short: `20+` a match that may grow, `20` a final match, `?` more needed, or the cause.
fn dial(digits: &str, ended: bool) -> String {
    match office().dialled(digits, &phone(), ended) {
        Verdict::Match {
            route,
            more_possible,
        } => format!("{}{}", route.number, if more_possible { "+" } else { "" }),
        Verdict::NeedMore => "?".into(),
        Verdict::NoMatch(cause) => format!("{cause:?}"),
    }
}

#[test]
fn digits_one_by_one() {
    let expected = [
        ("", "?"),
        ("2", "?"),
        ("20", "20+"),
        ("201", "201"),
        ("2011", "UnallocatedNumber"),
        ("21", "UnallocatedNumber"),
        ("345", "?"),
        ("3456", "3456"),
        ("500", "500"),
        ("0", "?"),
        ("01", "1+"),
        ("0112", "112+"),
        ("0*67123", "*67123+"),
        ("*", "InvalidNumberFormat"),
        ("*21", "InvalidNumberFormat"),
        ("2*", "InvalidNumberFormat"),
        ("+4930", "InvalidNumberFormat"),
        ("20 1", "InvalidNumberFormat"),
        ("0é", "InvalidNumberFormat"),
    ];
    for (digits, verdict) in expected {
        assert_eq!(dial(digits, false), verdict, "{digits}");
    }
}

#[test]
fn an_ended_number_is_whole_or_wrong() {
    let expected = [
        ("", "InvalidNumberFormat"),
        ("2", "InvalidNumberFormat"),
        ("20", "20"),
        ("201", "201"),
        ("345", "InvalidNumberFormat"),
        ("0", "InvalidNumberFormat"),
        ("0555", "555"),
    ];
    for (digits, verdict) in expected {
        assert_eq!(dial(digits, true), verdict, "{digits}");
        assert_eq!(dial(&format!("{digits}#"), false), verdict, "{digits}#");
    }
    assert_eq!(dial("2#0", false), "InvalidNumberFormat");
}

#[test]
fn the_longest_outside_number_needs_no_timer() {
    let longest = "0".to_owned() + &"1".repeat(32);
    assert_eq!(dial(&longest, false), "1".repeat(32));
    assert_eq!(dial(&(longest + "1"), false), "InvalidNumberFormat");
}

#[test]
fn ways_out_are_tried_in_order() {
    let Verdict::Match { route, .. } = office().dialled("05551234", &phone(), true) else {
        panic!("no match")
    };
    let [trunk, lines] = route.steps.as_slice() else {
        panic!("{:?}", route.steps)
    };
    assert_eq!(
        trunk,
        &[Target::Trunk {
            name: "isp".into(),
            number: "5551234".into()
        }]
    );
    let [Target::Line { lines, digits }] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(
        (lines.as_slice(), digits.as_str()),
        ([LineId(8), LineId(9)].as_slice(), "5551234")
    );
    assert!(route.is_outside());
}

#[test]
fn all_devices_of_an_extension_are_one_step() {
    let Verdict::Match { route, .. } = office().dialled("201", &phone(), false) else {
        panic!("no match")
    };
    assert_eq!(
        route.steps,
        [[Target::Device(fxs(1)), Target::Device(sip("ann"))]]
    );
    assert_eq!(
        (
            route.number.as_str(),
            route.name.as_str(),
            route.is_outside()
        ),
        ("201", "Ann", false)
    );
}

#[test]
fn who_comes_from_outside_cannot_go_outside() {
    for origin in [Origin::Line(LineId(8)), Origin::Trunk("isp".into())] {
        assert_eq!(
            office().dialled("0555", &origin, true),
            Verdict::NoMatch(Cause::OutgoingBarred)
        );
        assert!(matches!(
            office().dialled("201", &origin, true),
            Verdict::Match { .. }
        ));
    }
    let no_way_out = Plan::builder().extension("20", "", &[]).build().unwrap();
    assert_eq!(
        no_way_out.dialled("05", &phone(), false),
        Verdict::NoMatch(Cause::NoRouteToDestination)
    );
}

#[test]
fn calls_from_outside_find_their_destination() {
    let plan = office();
    let to =
        |origin: Origin, called: &str| plan.incoming(&origin, called).map(|route| route.number);
    assert_eq!(to(Origin::Line(LineId(8)), ""), Ok("201".into()));
    assert_eq!(
        to(Origin::Line(LineId(9)), ""),
        Err(Cause::NoRouteToDestination)
    );
    assert_eq!(
        to(Origin::Trunk("isp".into()), "5550100"),
        Ok("3456".into())
    );
    assert_eq!(to(Origin::Trunk("isp".into()), "0900123"), Ok("20".into()));
    assert_eq!(
        to(Origin::Trunk("other".into()), "1"),
        Err(Cause::NoRouteToDestination)
    );
    assert_eq!(to(phone(), "20"), Ok("20".into()));
    assert_eq!(to(phone(), "2"), Err(Cause::InvalidNumberFormat));
}

#[test]
fn contradictions_are_named() {
    let b = Plan::builder;
    let cases = [
        (
            b().extension("2", "", &[]).build(),
            "\"2\" is not an internal number: it needs 2 to 6 digits, 0 to 9",
        ),
        (
            b().extension("1234567", "", &[]).build(),
            "\"1234567\" is not an internal number: it needs 2 to 6 digits, 0 to 9",
        ),
        (
            b().extension("2a", "", &[]).build(),
            "\"2a\" is not an internal number: it needs 2 to 6 digits, 0 to 9",
        ),
        (
            b().extension("20", "", &[])
                .extension("20", "", &[])
                .build(),
            "the number 20 is given twice",
        ),
        (
            b().extension("01", "", &[]).build(),
            "the number 01 collides with the outside prefix 0",
        ),
        (
            b().outside_prefix("900").extension("90", "", &[]).build(),
            "the number 90 collides with the outside prefix 900",
        ),
        (
            b().outside_prefix("").build(),
            "\"\" cannot be the outside prefix: it needs 1 to 3 digits, 0 to 9",
        ),
        (
            b().extension("20", "", &[fxs(1)])
                .extension("21", "", &[fxs(1)])
                .build(),
            "the phone on line 1 is used twice: by 20 and by 21",
        ),
        (
            b().extension("20", "", &[sip("")]).build(),
            "an account or trunk has an empty name",
        ),
        (
            b().way_out(WayOut::Lines(vec![])).build(),
            "a way out names no line",
        ),
        (
            b().way_out(WayOut::Lines(vec![LineId(1), LineId(1)]))
                .build(),
            "line 1 is given twice",
        ),
        (
            b().extension("20", "", &[fxs(1)])
                .way_out(WayOut::Lines(vec![LineId(1)]))
                .build(),
            "line 1 cannot be a phone's port and a telephone line at once",
        ),
        (
            b().line_default(LineId(3), "20").build(),
            "calls on line 3 go to 20, which is no extension",
        ),
        (
            b().trunk_default("isp", "20").build(),
            "calls on trunk isp go to 20, which is no extension",
        ),
        (
            b().extension("20", "", &[])
                .line_default(LineId(3), "20")
                .line_default(LineId(3), "20")
                .build(),
            "line 3 is given twice",
        ),
    ];
    for (result, message) in cases {
        assert_eq!(result.unwrap_err().to_string(), message);
    }
    let many: Vec<_> = (0..17).map(fxs).collect();
    let result = Plan::builder().extension("20", "", &many).build();
    assert_eq!(
        result.unwrap_err(),
        PlanError::TooManyDevices {
            number: "20".into(),
            count: 17
        }
    );
}

#[test]
fn call_waiting_is_the_extension_s() {
    let quiet = Extension {
        number: "21".into(),
        name: String::new(),
        devices: vec![fxs(2)],
        call_waiting: false,
    };
    let plan = Plan::builder()
        .extension("20", "", &[fxs(1)])
        .add(quiet)
        .build()
        .unwrap();
    assert!(plan.call_waiting(&fxs(1)));
    assert!(!plan.call_waiting(&fxs(2)));
    assert!(!plan.call_waiting(&fxs(3)));
    assert_eq!(
        plan.extension_of(&fxs(2)).map(|e| e.number.as_str()),
        Some("21")
    );
}

/// A plan of random numbers; those that collide are left out.
fn plans() -> impl Strategy<Value = Plan> {
    (
        proptest::collection::btree_set("[1-9][0-9]{1,5}", 0..12),
        "0|9|00|81",
        any::<bool>(),
    )
        .prop_map(|(numbers, prefix, out)| {
            let mut builder = Plan::builder().outside_prefix(&prefix);
            for number in numbers
                .iter()
                .filter(|n| !n.starts_with(&prefix) && !prefix.starts_with(n.as_str()))
            {
                builder = builder.extension(number, "", &[sip(number)]);
            }
            if out {
                builder = builder.way_out(WayOut::Lines(vec![LineId(1)]));
            }
            builder.build().expect("colliding numbers are left out")
        })
}

proptest! {
    #[test]
    fn every_string_has_a_verdict(plan in plans(), text in ".{0,60}", ended: bool) {
        let verdict = plan.dialled(&text, &phone(), ended);
        if ended {
            prop_assert_ne!(&verdict, &Verdict::NeedMore);
        }
        if let Verdict::Match { route, more_possible } = verdict {
            prop_assert!(!route.steps.is_empty());
            prop_assert!(!(ended && more_possible));
        }
    }

    #[test]
    fn a_beginning_of_a_match_is_never_refused(plan in plans(), text in "[0-9*#]{0,40}") {
        if matches!(plan.dialled(&text, &phone(), false), Verdict::Match { .. }) {
            for end in 0..text.len() {
                let verdict = plan.dialled(&text[..end], &phone(), false);
                prop_assert!(!matches!(verdict, Verdict::NoMatch(_)), "{} of {}: {:?}", &text[..end], text, verdict);
            }
        }
    }

    #[test]
    fn every_number_is_reached_digit_by_digit(plan in plans()) {
        for extension in plan.extensions() {
            let verdict = plan.dialled(&extension.number, &phone(), false);
            prop_assert!(matches!(&verdict, Verdict::Match { route, .. } if route.number == extension.number), "{:?}", verdict);
            for end in 0..extension.number.len() {
                let verdict = plan.dialled(&extension.number[..end], &phone(), false);
                prop_assert!(!matches!(verdict, Verdict::NoMatch(_)));
            }
        }
    }

    #[test]
    fn a_final_match_cannot_grow(plan in plans(), text in "[0-9*]{1,8}", next in "[0-9*]") {
        if let Verdict::Match { more_possible: false, .. } = plan.dialled(&text, &phone(), false) {
            let longer = plan.dialled(&(text + &next), &phone(), false);
            prop_assert!(matches!(longer, Verdict::NoMatch(_)));
        }
    }
}
