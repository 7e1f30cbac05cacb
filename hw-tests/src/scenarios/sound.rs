//! The box's tones, as North America defines them (GR-506-CORE §17.2): this room's own copy, so that a slip in the product's tone
//! plan is heard.

use super::party::{Party, describe};
use crate::Bench;

/// A tone that somebody should hear.
#[derive(Clone, Copy, Debug)]
pub struct Sound {
    /// What it is.
    pub name: &'static str,
    /// Its sines.
    pub hz: &'static [f32],
    /// Level of all of them together, dBm0.
    pub dbm0: f32,
    /// (on, off) in ms; `None` when it does not stop.
    pub cadence_ms: Option<(u32, u32)>,
}

const fn sound(
    name: &'static str,
    hz: &'static [f32],
    dbm0: f32,
    cadence_ms: Option<(u32, u32)>,
) -> Sound {
    Sound {
        name,
        hz,
        dbm0,
        cadence_ms,
    }
}

/// Dial tone.
pub const DIAL: Sound = sound("dial tone", &[350.0, 440.0], -13.0, None);
/// Ringback of the box.
pub const RINGBACK: Sound = sound("ringback", &[440.0, 480.0], -13.0, Some((2_000, 4_000)));
/// Ringback of the exchange, 3 dB louder than the box's.
pub const FAR_RINGBACK: Sound = sound(
    "the exchange's ringback",
    &[440.0, 480.0],
    -10.0,
    Some((2_000, 4_000)),
);
/// Busy tone.
pub const BUSY: Sound = sound("busy tone", &[480.0, 620.0], -13.0, Some((500, 500)));
/// Congestion tone (reorder).
pub const CONGESTION: Sound = sound("congestion tone", &[480.0, 620.0], -13.0, Some((250, 250)));
/// Hold tone: a soft beep every ten seconds.
pub const HOLD: Sound = sound("hold tone", &[440.0], -20.0, Some((200, 9_800)));
/// Call-waiting tone.
pub const CALL_WAITING: Sound = sound("call-waiting tone", &[440.0], -13.0, Some((300, 9_700)));

/// Tone bursts are looked at through a window this long: shorter than the shortest, long enough to tell 440 Hz from 480 Hz.
const WINDOW_MS: u32 = 150;
/// Cadences are right to this, in ms: one frame and the edges of a packet.
const CADENCE_MS: u32 = 30;

/// Waits until `who` hears `sound`, with frequencies and level right.
pub fn hears(bench: &mut dyn Bench, who: Party, sound: &Sound) {
    hears_within(bench, who, sound, 11_000);
}

/// As [`hears`], within `limit_ms`.
pub fn hears_within(bench: &mut dyn Bench, who: Party, sound: &Sound, limit_ms: u32) {
    let mut waited = 0;
    while !sounds(bench, who, sound) {
        assert!(
            waited < limit_ms,
            "{} should hear {} within {limit_ms} ms, but heard in the last 3 s: {}; at this moment: {}",
            who.name(),
            sound.name,
            describe(&who.heard_last(bench, 3_000)),
            describe(&who.heard_last(bench, WINDOW_MS)),
        );
        bench.run_ms(20);
        waited += 20;
    }
    let heard = who.heard_last(bench, WINDOW_MS);
    bench.note(&format!(
        "{} hears {}: {}",
        who.name(),
        sound.name,
        describe(&heard)
    ));
}

/// Whether `who` hears `sound` at this moment.
pub fn sounds(bench: &mut dyn Bench, who: Party, sound: &Sound) -> bool {
    let tolerance = bench.tolerance();
    let heard = who.heard_last(bench, WINDOW_MS);
    if heard.ms() < WINDOW_MS {
        return false;
    }
    let each = sound.dbm0 - 10.0 * (sound.hz.len() as f32).log10();
    let near = |dbm0: f32, plan: f32| (dbm0 - plan).abs() <= tolerance.level_db;
    if !near(heard.level_dbm0(), sound.dbm0)
        || !sound.hz.iter().all(|&hz| near(heard.tone_dbm0(hz), each))
    {
        return false;
    }
    let tones = heard.strongest_tones(sound.hz.len(), each - 15.0);
    let right = |hz: &f32| {
        tones
            .iter()
            .any(|(found, _)| (found - hz).abs() <= hz * tolerance.frequency)
    };
    tones.len() == sound.hz.len() && sound.hz.iter().all(right)
}

/// As [`hears`], and its cadence is right, measured over two cycles.
pub fn hears_cadence(bench: &mut dyn Bench, who: Party, sound: &Sound) {
    hears(bench, who, sound);
    let (on, off) = sound.cadence_ms.expect("a tone with a cadence");
    let span = 2 * (on + off) + on + 200;
    bench.run_ms(span);
    let bursts = who.heard_last(bench, span).cadence_ms(sound.dbm0 - 20.0);
    let allowed = CADENCE_MS + bench.tolerance().cadence_ms;
    let right = |(was_on, was_off): &(u32, u32)| {
        was_on.abs_diff(on) <= allowed && was_off.abs_diff(off) <= allowed
    };
    // The first burst had begun before, the last may not be over.
    let whole = bursts
        .get(1..bursts.len().saturating_sub(1))
        .unwrap_or_default();
    assert!(
        !whole.is_empty() && whole.iter().all(right),
        "{} should hear {} of {on} ms on, {off} ms off, but heard {bursts:?}",
        who.name(),
        sound.name,
    );
    bench.note(&format!(
        "{}'s {} comes {} ms on, {} ms off",
        who.name(),
        sound.name,
        whole[0].0,
        whole[0].1
    ));
}

/// Waits until `who` hears the special information tone: three rising tones, as North America has them for an unknown number
/// (GR-1162-CORE: 985.2, 1370.6 and 1776.7 Hz for 380, 274 and 380 ms).
pub fn hears_unobtainable(bench: &mut dyn Bench, who: Party) {
    let tones = [(985.2, 380), (1_370.6, 274), (1_776.7, 380)];
    for (n, &(hz, _)) in tones.iter().enumerate() {
        let part = [
            sound("", &[985.2], -13.0, None),
            sound("", &[1_370.6], -13.0, None),
            sound("", &[1_776.7], -13.0, None),
        ][n];
        let name = ["the first", "the second", "the third"][n];
        let mut waited = 0;
        while !sounds(bench, who, &part) {
            assert!(
                waited < if n == 0 { 8_000 } else { 600 },
                "{} should hear {name} of the special information tones, {hz} Hz -13.0 dBm0, but heard in the last 2 s: {}",
                who.name(),
                describe(&who.heard_last(bench, 2_000)),
            );
            bench.run_ms(20);
            waited += 20;
        }
    }
    bench.run_ms(300);
    let heard = who.heard_last(bench, 1_500);
    bench.note(&format!(
        "{} hears number unobtainable: {}",
        who.name(),
        describe(&heard)
    ));
}

/// `who` hears nothing for `ms`.
pub fn hears_nothing(bench: &mut dyn Bench, who: Party, ms: u32) {
    bench.run_ms(ms);
    let heard = who.heard_last(bench, ms.saturating_sub(200).max(100));
    let level = heard.level_dbm0();
    assert!(
        level < -45.0,
        "{} should hear nothing for {ms} ms, but heard {}",
        who.name(),
        describe(&heard)
    );
    bench.note(&format!("{} hears nothing", who.name()));
}
