//! The rules every plan keeps, tried when the crate is compiled: a plan that breaks one does not build, and the compiler's message
//! names country, field and rule.

use super::{Segment, TonePlan, ToneSpec};
use telephony::RingCadence;

/// Most segments of an intro or a cycle.
const MAX_SEGMENTS: usize = 24;
/// Longest cycle of a cadence: Italy's call waiting has 15 s.
const MAX_CYCLE_MS: u32 = 20_000;
/// Longest cycle of ringing, and of the tone that goes with it.
const MAX_RING_MS: u32 = 12_000;
/// Shortest sound or pause: shorter ones no exchange's relay made.
const MIN_SEGMENT_MS: u16 = 20;
/// A flash is longer than the break of a dial pulse: 67 ms at ten a second and 67 % break (ETS 300 001 ch. 5).
const MIN_FLASH_MS: u16 = 70;

/// Every plan, and that each country has one.
pub(super) const fn plans(plans: &[TonePlan]) {
    let mut n = 0;
    while n < plans.len() {
        plan(&plans[n]);
        if n > 0 && !before(plans[n - 1].country, plans[n].country) {
            fail(
                plans[n].country,
                "country",
                "codes ascend and each is there once",
            );
        }
        n += 1;
    }
}

/// One plan.
pub(super) const fn plan(plan: &TonePlan) {
    let at = plan.country;
    let [b'a'..=b'z', b'a'..=b'z'] = at.as_bytes() else {
        fail(at, "country", "two lower-case letters of ISO 3166");
    };
    if plan.source.len() < 10 {
        fail(at, "source", "names where the figures come from");
    }
    tone(at, "dial", &plan.dial);
    tone(at, "stutter_dial", &plan.stutter_dial);
    tone(at, "call_waiting", &plan.call_waiting);
    tone(at, "number_unobtainable", &plan.number_unobtainable);
    tone(at, "howler", &plan.own.howler);
    tone(at, "confirmation", &plan.own.confirmation);
    tone(at, "hold", &plan.own.hold);
    cadence(at, "ringback", &plan.ringback, MAX_RING_MS);
    cadence(at, "busy", &plan.busy, MAX_RING_MS);
    cadence(at, "congestion", &plan.congestion, MAX_RING_MS);
    let mut also = plan.also;
    while let [(_, spec), rest @ ..] = also {
        tone(at, "also", spec);
        also = rest;
    }
    ring(at, &plan.ring);
    line(at, plan);
}

const fn line(at: &str, plan: &TonePlan) {
    let (shortest, longest) = plan.flash_ms;
    if shortest >= longest || longest > 2_000 {
        fail(
            at,
            "flash_ms",
            "the shortest flash is below the longest, that one at most 2 s",
        );
    }
    if shortest < MIN_FLASH_MS {
        fail(at, "flash_ms", "a flash is longer than a dial pulse, 70 ms");
    }
    let line = &plan.line;
    if line.flash_sent_ms < shortest || line.flash_sent_ms > longest {
        fail(at, "flash_sent_ms", "a flash sent is a flash here");
    }
    if line.ring_hz < 16 || line.ring_hz > 50 {
        fail(at, "ring_hz", "16 to 50 Hz");
    }
    if line.clear_ms < 80 || line.clear_ms > 3_000 {
        fail(at, "clear_ms", "80 to 3000 ms");
    }
}

/// A tone that pauses: it is told from others by its rhythm.
const fn cadence(at: &str, field: &str, spec: &ToneSpec, longest_ms: u32) {
    tone(at, field, spec);
    let ([first, .., last], true) = (spec.cycle, spec.intro.is_empty()) else {
        fail(at, field, "sounds and pauses, nothing before them");
    };
    if first.is_silence() || !last.is_silence() {
        fail(at, field, "begins with a sound and ends with a pause");
    }
    if spec.cycle_ms() > longest_ms {
        fail(at, field, "a cycle is at most 12 s");
    }
}

const fn tone(at: &str, field: &str, spec: &ToneSpec) {
    if spec.intro.len() > MAX_SEGMENTS || spec.cycle.len() > MAX_SEGMENTS {
        fail(at, field, "at most 24 segments");
    }
    if spec.intro.is_empty() && spec.cycle.is_empty() {
        fail(at, field, "is empty");
    }
    if spec.cycle.len() == 1 && spec.cycle[0].is_silence() {
        fail(at, field, "is silent");
    }
    if spec.cycle.len() > 1 && spec.cycle_ms() > MAX_CYCLE_MS {
        fail(at, field, "a cycle is at most 20 s");
    }
    segments(at, field, spec.intro);
    segments(at, field, spec.cycle);
}

const fn segments(at: &str, field: &str, mut list: &[Segment]) {
    while let [segment, rest @ ..] = list {
        if segment.ms < MIN_SEGMENT_MS {
            fail(at, field, "a segment lasts 20 ms or more");
        }
        if let [next, ..] = rest
            && segment.is_silence()
            && next.is_silence()
        {
            fail(at, field, "two pauses in a row are one");
        }
        if !segment.is_silence() {
            sound(at, field, segment);
        }
        list = rest;
    }
}

const fn sound(at: &str, field: &str, segment: &Segment) {
    if segment.freqs_hz.len() > Segment::MAX_FREQS {
        fail(at, field, "at most four frequencies");
    }
    if !(segment.level_dbm0 >= -30.0 && segment.level_dbm0 <= 0.0) {
        fail(at, field, "levels are -30 to 0 dBm0");
    }
    let mut freqs = segment.freqs_hz;
    while let [hz, rest @ ..] = freqs {
        if !(*hz >= 15.0 && *hz <= 3_400.0) {
            fail(at, field, "frequencies are 15 to 3400 Hz");
        }
        if let [next, ..] = rest
            && *next <= *hz
        {
            fail(at, field, "frequencies ascend, each once");
        }
        freqs = rest;
    }
}

const fn ring(at: &str, ring: &RingCadence) {
    let bursts = ring.len as usize;
    if bursts == 0 || bursts > ring.bursts_ms.len() {
        fail(at, "ring", "one to four bursts");
    }
    let (mut n, mut cycle_ms) = (0, 0);
    while n < bursts {
        let (on_ms, off_ms) = ring.bursts_ms[n];
        if on_ms < 100 || off_ms < 100 {
            fail(at, "ring", "bursts and pauses last 100 ms or more");
        }
        cycle_ms += on_ms as u32 + off_ms as u32;
        n += 1;
    }
    if cycle_ms > MAX_RING_MS {
        fail(at, "ring", "a cycle is at most 12 s");
    }
}

/// Whether `a` sorts before `b`; both are two letters.
const fn before(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a[0] < b[0] || (a[0] == b[0] && a[1] < b[1])
}

/// Stops the compiler with `country: field: rule`. Constants cannot be formatted, so the text is put together here.
const fn fail(country: &str, field: &str, rule: &str) -> ! {
    let parts = [
        country.as_bytes(),
        b": ",
        field.as_bytes(),
        b": ",
        rule.as_bytes(),
    ];
    let mut text = [b' '; 128];
    let (mut part, mut len) = (0, 0);
    while part < parts.len() {
        let mut n = 0;
        while n < parts[part].len() && len < text.len() {
            text[len] = parts[part][n];
            n += 1;
            len += 1;
        }
        part += 1;
    }
    match core::str::from_utf8(text.split_at(len).0) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("a plan breaks a rule, and its country code is not ASCII"),
    }
}
