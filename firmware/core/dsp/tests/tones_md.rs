//! TONES.md shows every tone plan as a table. This test writes it anew when `TONES_MD=write` is set, and otherwise fails when it
//! is not what the plans say.

use std::fmt::Write as _;

use dsp::tone::{CallerIdAlert, Companding, PLANS, Segment, TonePlan, ToneSpec};
use telephony::{RingCadence, Tone};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/TONES.md");
const HOW: &str = "TONES_MD=write cargo test -p dsp --test tones_md";

fn segment(s: &Segment) -> String {
    let freqs: Vec<_> = s.freqs_hz.iter().map(f32::to_string).collect();
    let sound = if s.is_silence() {
        "0".to_owned()
    } else {
        freqs.join("+")
    };
    if s.ms == Segment::FOREVER {
        sound
    } else {
        format!("{sound}/{}", s.ms)
    }
}

/// A pair of segments that comes again and again is written once.
fn segments(list: &[Segment]) -> String {
    if let [a, b, _, ..] = list
        && list.chunks(2).all(|pair| pair == [*a, *b])
    {
        return format!("{} x {} {}", list.len() / 2, segment(a), segment(b));
    }
    list.iter().map(segment).collect::<Vec<_>>().join(" ")
}

fn tone(spec: &ToneSpec) -> String {
    match (segments(spec.intro), segments(spec.cycle)) {
        (intro, cycle) if intro.is_empty() => cycle,
        (intro, cycle) => format!("{{{intro}}} {cycle}"),
    }
}

fn ring(cadence: &RingCadence) -> String {
    let bursts = cadence.bursts().iter();
    bursts
        .map(|(on, off)| format!("{on} {off}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn also(plan: &TonePlan) -> String {
    let name = |tone: &Tone| match tone {
        Tone::NumberUnobtainable => "unobtainable".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    let each = plan.also.iter();
    each.map(|(of, spec)| format!("{} {}", name(of), tone(spec)))
        .collect::<Vec<_>>()
        .join("; ")
}

fn caller_id(plan: &TonePlan) -> String {
    let codes = plan.line.dtmf_codes;
    let how = match plan.caller_id {
        dsp::caller_id::Standard::Bell202 => "Bell 202".to_owned(),
        dsp::caller_id::Standard::V23 => "V.23".to_owned(),
        dsp::caller_id::Standard::Dtmf => {
            format!(
                "DTMF {}..{}",
                codes.start().map_or(String::new(), String::from),
                codes.end()
            )
        }
    };
    let when = match plan.line.caller_id_alert {
        CallerIdAlert::FirstRing => "after the first ring",
        CallerIdAlert::RingPulse => "after a ring pulse",
        CallerIdAlert::DualTone => "after DT-AS",
        CallerIdAlert::ReversalAndDualTone => "after reversal and DT-AS",
        CallerIdAlert::Reversal => "after reversal",
        CallerIdAlert::Nothing => "before ringing",
    };
    format!("{how} {when}")
}

fn page() -> String {
    let mut out = format!(
        "# Tone plans\n\nMade from `src/tone/plans.rs` by `{HOW}`; do not edit.\n\n\
         Frequencies in Hz and times in ms: `425/480 0/480` is a cadence, `425` alone has no break, braces are played once, first.\n\n\
         ## Tones\n\n\
         | | dial | special dial | ringing | busy | congestion | unobtainable | call waiting | also heard |\n\
         |---|---|---|---|---|---|---|---|---|\n"
    );
    for p in &PLANS {
        let played = [
            Tone::Dial,
            Tone::StutterDial,
            Tone::Ringback,
            Tone::Busy,
            Tone::Congestion,
            Tone::NumberUnobtainable,
            Tone::CallWaiting,
        ];
        let row: Vec<_> = played.iter().map(|&t| tone(p.spec(t))).collect();
        let _ = writeln!(out, "| {} | {} | {} |", p.country, row.join(" | "), also(p));
    }
    out += "\n## Lines\n\n\
        | | phones ring | Hz | caller ID | flash | flash sent | clear | impedance | DC | law |\n\
        |---|---|---|---|---|---|---|---|---|---|\n";
    for p in &PLANS {
        let law = match p.line.companding {
            Companding::ALaw => "A",
            Companding::MuLaw => "mu",
        };
        let (least, most) = p.flash_ms;
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {least}-{most} | {} | {} | {} | {} | {law} |",
            p.country,
            ring(&p.ring),
            p.line.ring_hz,
            caller_id(p),
            p.line.flash_sent_ms,
            p.line.clear_ms,
            p.line.impedance.name().replace('|', "\\|"),
            p.line.dc.name(),
        );
    }
    out += "\n## Sources\n\n";
    for p in &PLANS {
        let _ = writeln!(out, "- {}: {}", p.country, p.source);
    }
    out
}

#[test]
fn tones_md_says_what_the_plans_say() {
    let page = page();
    if std::env::var("TONES_MD").is_ok_and(|v| v == "write") {
        std::fs::write(FILE, &page).expect("TONES.md can be written");
    }
    let written = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        written == page,
        "TONES.md is not what the plans say; write it anew: {HOW}"
    );
}
