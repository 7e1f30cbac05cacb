//! Taking out or repeating a few milliseconds of a signal where it resembles itself, so that the joint is not heard.

use telephony::{FRAME_SAMPLES, Frame};

/// Shortest piece (5 ms).
pub(crate) const SHORTEST: usize = 40;
/// Longest piece (20 ms): one period of a voice of 50 Hz.
pub(crate) const LONGEST: usize = 160;
/// Samples a splice looks at.
pub(crate) const SPAN: usize = FRAME_SAMPLES + LONGEST;

/// Whether a frame is quiet enough to be cut anywhere: mean magnitude below about -50 dBm0.
pub(crate) fn is_quiet(frame: &Frame) -> bool {
    let sum: u32 = frame.iter().map(|&s| u32::from(s.unsigned_abs())).sum();
    sum < 45 * FRAME_SAMPLES as u32
}

/// `span` begins at the cursor. Makes a frame that begins as `span` and ends as `span` some samples later; returns how many.
pub(crate) fn shorten(span: &[i16; SPAN], out: &mut Frame) -> usize {
    let lag = best(|lag| (0, lag), span);
    fade(&span[..FRAME_SAMPLES], &span[lag..lag + FRAME_SAMPLES], out);
    lag
}

/// `span` begins [`LONGEST`] before the cursor. Makes a frame that begins as at the cursor and ends as some samples earlier;
/// returns how many.
pub(crate) fn lengthen(span: &[i16; SPAN], out: &mut Frame) -> usize {
    let lag = best(|lag| (LONGEST, LONGEST - lag), span);
    let from = LONGEST - lag;
    fade(&span[LONGEST..], &span[from..from + FRAME_SAMPLES], out);
    lag
}

/// The lag whose two pieces correlate best.
fn best(pieces: impl Fn(usize) -> (usize, usize), span: &[i16; SPAN]) -> usize {
    let mut best = (f32::MIN, SHORTEST);
    for lag in SHORTEST..=LONGEST {
        let (a, b) = pieces(lag);
        let (mut cross, mut energy) = (0.0f32, 1.0f32);
        for n in 0..FRAME_SAMPLES {
            let (x, y) = (f32::from(span[a + n]), f32::from(span[b + n]));
            cross += x * y;
            energy += x * x + y * y;
        }
        let likeness = 2.0 * cross / energy;
        if likeness > best.0 {
            best = (likeness, lag);
        }
    }
    best.1
}

fn fade(from: &[i16], to: &[i16], out: &mut Frame) {
    for (n, sample) in out.iter_mut().enumerate() {
        let weight = n as i32 + 1;
        let whole = FRAME_SAMPLES as i32 + 1;
        *sample =
            ((i32::from(from[n]) * (whole - weight) + i32::from(to[n]) * weight) / whole) as i16;
    }
}
