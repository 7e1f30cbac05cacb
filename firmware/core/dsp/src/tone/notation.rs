//! How the table of plans writes a tone: `425/480 0/480` is 425 Hz for 480 ms and a pause of 480 ms, over and over; `350+440` alone
//! is a tone without a break; what stands in braces is played once, first. It all becomes constants.

use super::Segment;

/// Level of a tone: ITU-T E.180 §3 gives exchanges -10 dBm0 +-5 dB.
const LEVEL_DBM0: f32 = -13.0;

/// A segment of the notation: a frequency of 0 is a pause.
pub(super) const fn segment(freqs_hz: &'static [f32], ms: u16) -> Segment {
    match freqs_hz {
        [hz] if *hz == 0.0 => Segment::off(ms),
        _ => Segment::on(freqs_hz, LEVEL_DBM0, ms),
    }
}

/// A [`ToneSpec`](super::ToneSpec) in the notation.
macro_rules! tone {
    (@ $($hz:literal $(+ $more:literal)* / $ms:literal)+) => {
        &[$(segment(&[$hz as f32 $(, $more as f32)*], $ms)),+]
    };
    ($hz:literal $(+ $more:literal)*) => {
        tone!({} $hz $(+ $more)*)
    };
    ({ $($intro:tt)+ }) => {
        ToneSpec::once(tone!(@ $($intro)+))
    };
    ({} $hz:literal $(+ $more:literal)*) => {
        ToneSpec::repeating(&[segment(&[$hz as f32 $(, $more as f32)*], Segment::FOREVER)])
    };
    ({ $($intro:tt)+ } $hz:literal $(+ $more:literal)*) => {
        ToneSpec { intro: tone!(@ $($intro)+), ..tone!({} $hz $(+ $more)*) }
    };
    ({ $($intro:tt)+ } $($cycle:tt)+) => {
        ToneSpec { intro: tone!(@ $($intro)+), cycle: tone!(@ $($cycle)+) }
    };
    ($($cycle:tt)+) => {
        ToneSpec::repeating(tone!(@ $($cycle)+))
    };
}

/// Ten short bursts, then the tone itself: the message-waiting dial tone of GR-506, kept in every plan that names no other.
macro_rules! stutter {
    ($($sound:tt)+) => {
        tone!({
            $($sound)+/100 0/100 $($sound)+/100 0/100 $($sound)+/100 0/100 $($sound)+/100 0/100 $($sound)+/100 0/100
            $($sound)+/100 0/100 $($sound)+/100 0/100 $($sound)+/100 0/100 $($sound)+/100 0/100 $($sound)+/100 0/100
        } $($sound)+)
    };
}

/// The box's own tones on a sound of the country: three bursts for a confirmation, a soft beep every ten seconds on hold.
macro_rules! own {
    ($hz:literal $(+ $more:literal)*) => {
        OwnTones {
            howler: HOWLER,
            confirmation: tone!({
                $hz $(+ $more)*/100 0/100 $hz $(+ $more)*/100 0/100 $hz $(+ $more)*/100 0/100
            }),
            hold: ToneSpec::repeating(&[
                Segment::on(&[$hz as f32 $(, $more as f32)*], -20.0, 200),
                Segment::off(9_800),
            ]),
        }
    };
}

/// Where a plan's figures come from: its tones, then its line. Without words for the line: impedance and DC termination are those
/// of the chip makers' country tables (`table`) or, like the rest, what is usual there (`usual`).
macro_rules! cite {
    (table $tones:literal) => {
        cite!($tones, "impedance, DC: Silicon Labs' Si3050 country table as DAHDI has it; caller ID, flash, ringing Hz, law: convention")
    };
    (usual $tones:literal) => {
        cite!($tones, "all by convention")
    };
    ($tones:literal, $line:literal) => {
        concat!("tones: ", $tones, "; line: ", $line)
    };
}
