//! Any text as dialled digits: no panic, an ended number never needs more, and a dead end stays one.
#![no_main]

use std::sync::LazyLock;

use dialplan::{Device, Origin, Plan, Verdict, WayOut};
use libfuzzer_sys::fuzz_target;
use telephony::LineId;

static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    Plan::builder()
        .outside_prefix("0")
        .extension("101", "Kitchen", &[Device::Fxs(LineId(0))])
        .extension("1011", "Cellar", &[Device::Fxs(LineId(1))])
        .extension("20", "Anna", &[Device::Sip("anna".to_owned())])
        .extension("999999", "Nobody", &[])
        .way_out(WayOut::Lines(vec![LineId(2), LineId(3)]))
        .way_out(WayOut::Trunk("city".to_owned()))
        .line_default(LineId(2), "101")
        .trunk_default("city", "20")
        .build()
        .expect("the plan does not contradict itself")
});

fuzz_target!(|text: &str| {
    let phone = Origin::Device(Device::Fxs(LineId(0)));
    for origin in [
        phone,
        Origin::Line(LineId(2)),
        Origin::Trunk("city".to_owned()),
    ] {
        let _route = PLAN.incoming(&origin, text);
        assert_ne!(
            PLAN.dialled(text, &origin, true),
            Verdict::NeedMore,
            "an ended number needs no more"
        );
        // Digit by digit, as a phone does it.
        let mut dead = false;
        for (end, _) in text.char_indices().skip(1).chain([(text.len(), ' ')]) {
            let verdict = PLAN.dialled(&text[..end], &origin, false);
            assert!(
                !dead || matches!(verdict, Verdict::NoMatch(_)),
                "{:?} leads somewhere after a dead end",
                &text[..end]
            );
            dead = matches!(verdict, Verdict::NoMatch(_));
        }
    }
});
