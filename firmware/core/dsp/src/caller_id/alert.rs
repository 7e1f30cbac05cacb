//! The tone that announces caller identification: CAS of a call that waits (Telcordia GR-30-CORE, GR-575-CORE) and DT-AS (ETSI EN
//! 300 659-1 §5.4, EN 300 659-2): 2130 Hz and 2750 Hz together.

use crate::front_end::Hearing;
use crate::level::{peak_of_sine, power_of_dbm0};
use crate::oscillator::{Oscillator, to_i16};
use crate::queue::Queue;
use core::f32::consts::TAU;
use telephony::{FRAME_SAMPLES, SAMPLE_RATE_HZ};

/// The two tones, in Hz (GR-30-CORE; EN 300 659-1 §5.4.1).
const TONES_HZ: [f32; 2] = [2_130.0, 2_750.0];
/// Each tone's level at our end of the line (GR-30-CORE: -15 dBm).
const LEVEL_DBM0: f32 = -15.0;
/// Length during a call: 80 to 85 ms (GR-575-CORE; EN 300 659-2: 75 to 85 ms).
const CALL_MS: u32 = 82;
/// Length before ringing (EN 300 659-1 §5.4.1: 100 +-10 ms).
const IDLE_MS: u32 = 100;

/// Plays the tone.
#[derive(Clone, Debug)]
pub struct AlertTone {
    tones: [Oscillator; 2],
    left: u32,
}

impl AlertTone {
    /// For a phone that is in use: CAS.
    pub fn in_call() -> Self {
        Self::of(CALL_MS)
    }

    /// For a phone at rest: DT-AS before ringing.
    pub fn at_rest() -> Self {
        Self::of(IDLE_MS)
    }

    fn of(ms: u32) -> Self {
        AlertTone {
            tones: TONES_HZ.map(Oscillator::new),
            left: ms * SAMPLE_RATE_HZ / 1_000,
        }
    }

    /// Samples still to come.
    pub(super) fn left(&self) -> u32 {
        self.left
    }

    /// Overwrites `out`, silence behind the end. `false` when all is sent.
    pub fn fill(&mut self, out: &mut [i16]) -> bool {
        let peak = peak_of_sine(LEVEL_DBM0);
        for s in out {
            *s = if self.left == 0 {
                0
            } else {
                self.left -= 1;
                let [low, high] = &mut self.tones;
                to_i16(peak * (low.next() + high.next()))
            };
        }
        self.left > 0
    }
}

/// Samples in a look: 5 ms.
const LOOK: usize = 40;
/// Share of all energy that the two tones have at least.
const SHARE: f32 = 0.6;
/// Farthest their levels may lie apart, as power: GR-30-CORE and EN 300 659-2 ask for 6 dB; 8 for noise.
const TWIST: f32 = 6.3;
/// Weakest tone, in dBm0: EN 300 659-2 and GR-30-CORE ask for -32 dBm at the telephone; the line to us costs some.
const MIN_LEVEL_DBM0: f32 = -42.0;
/// Looks full of the tone: 60 ms of the 75 that must be taken, up to 120 ms; 110 is the longest sent.
const LOOKS: core::ops::RangeInclusive<u32> = 12..=24;
/// Looks after which the tone is suspected.
const SUSPECT_LOOKS: u32 = 4;
/// How far a tone may be off: 0.5 % must be taken (EN 300 659-1 §5.4.1), here 1 %.
const MAX_OFF: f32 = 0.01;
/// How steady its phase must be from look to look (1 is a sine); the lower the more noise is taken.
const STEADY: f32 = 0.93;

/// Hears the tone, for an exchange line on which a second call may come.
///
/// A look counts when both tones are strong, about equal and all there is above the voice's first formants (the line's second
/// difference is what is measured). As many looks as the tone is long, at the right pace of both phases, are the tone.
#[derive(Clone, Debug)]
pub struct CasDetector {
    past: [f32; 2],
    tones: [Tone; 2],
    looks: u32,
    events: Queue<CasHeard, 4>,
}

/// The alerting tone was heard and is just over. Told once, within 15 ms of its end: the answer is due within 100 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CasHeard {
    /// How long it was, to 5 ms below.
    pub length_ms: u32,
}

#[derive(Clone, Debug)]
struct Tone {
    cos: [f32; LOOK],
    sin: [f32; LOOK],
    /// What the phase should turn by from look to look.
    turn: (f32, f32),
    /// |H|^2 of the second difference.
    gain: f32,
    /// Tangent of the phase's excess at [`MAX_OFF`].
    max_tangent: f32,
    before: (f32, f32),
    now: (f32, f32),
    steps: (f32, f32),
    power: f32,
}

impl Tone {
    fn new(hz: f32) -> Self {
        let w = TAU * hz / SAMPLE_RATE_HZ as f32;
        let difference = 2.0 * libm::sinf(0.5 * w);
        let turn = w * LOOK as f32;
        // Raised cosine, mean 1: of the strong tone nothing is seen at the weak one's frequency.
        let weight = |n: usize| 1.0 - libm::cosf(TAU * (n as f32 + 0.5) / LOOK as f32);
        Tone {
            cos: core::array::from_fn(|n| weight(n) * libm::cosf(w * n as f32)),
            sin: core::array::from_fn(|n| -weight(n) * libm::sinf(w * n as f32)),
            turn: (libm::cosf(turn), libm::sinf(turn)),
            gain: difference * difference * difference * difference,
            max_tangent: libm::tanf(MAX_OFF * turn),
            before: (0.0, 0.0),
            now: (0.0, 0.0),
            steps: (0.0, 0.0),
            power: 0.0,
        }
    }

    /// Looks at 5 ms; the mean square of the tone as filtered.
    fn look(&mut self, line: &[f32; LOOK]) -> f32 {
        self.before = self.now;
        self.now = (inner(line, &self.cos), inner(line, &self.sin));
        let (re, im) = self.now;
        2.0 * (re * re + im * im) / (LOOK * LOOK) as f32
    }

    fn begin(&mut self) {
        self.steps = (0.0, 0.0);
        self.power = 0.0;
    }

    /// The last two looks are of the tone.
    fn go_on(&mut self) {
        let ((then_re, then_im), (re, im)) = (self.before, self.now);
        let step = (then_re * re + then_im * im, then_re * im - then_im * re);
        self.steps.0 += step.0 * self.turn.0 + step.1 * self.turn.1;
        self.steps.1 += step.1 * self.turn.0 - step.0 * self.turn.1;
        self.power += 0.5 * (then_re * then_re + then_im * then_im + re * re + im * im);
    }

    /// Whether the phase has kept its pace since [`Self::begin`].
    fn steady(&self) -> bool {
        let (re, im) = self.steps;
        re > 0.0
            && im.abs() < self.max_tangent * re
            && re * re + im * im > (STEADY * self.power) * (STEADY * self.power)
    }
}

impl Default for CasDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl CasDetector {
    /// In silence.
    pub fn new() -> Self {
        CasDetector {
            past: [0.0; 2],
            tones: TONES_HZ.map(Tone::new),
            looks: 0,
            events: Queue::new(),
        }
    }

    /// Listens to the next 10 ms.
    pub fn process(&mut self, hearing: &Hearing) {
        let mut line = [0.0f32; FRAME_SAMPLES];
        let x = &hearing.samples;
        line[0] = x[0] - 2.0 * self.past[1] + self.past[0];
        line[1] = x[1] - 2.0 * x[0] + self.past[1];
        for n in 2..FRAME_SAMPLES {
            line[n] = x[n] - 2.0 * x[n - 1] + x[n - 2];
        }
        self.past = [x[FRAME_SAMPLES - 2], x[FRAME_SAMPLES - 1]];
        for look in line.as_chunks::<LOOK>().0 {
            self.look(look);
        }
    }

    /// What was heard, oldest first.
    pub fn poll(&mut self) -> Option<CasHeard> {
        self.events.pop()
    }

    /// Whether the tone is suspected: whoever talks here should be silent, so that it is heard, and hears it not.
    pub fn muting(&self) -> bool {
        self.looks >= SUSPECT_LOOKS
    }

    fn look(&mut self, line: &[f32; LOOK]) {
        let total = inner(line, line) / LOOK as f32;
        let [low, high] = &mut self.tones;
        let powers = [low.look(line), high.look(line)];
        let sent = [powers[0] / low.gain, powers[1] / high.gain];
        let weakest = power_of_dbm0(MIN_LEVEL_DBM0);
        let present = powers[0] + powers[1] > SHARE * total
            && sent[0] > weakest
            && sent[1] > weakest
            && sent[0] < TWIST * sent[1]
            && sent[1] < TWIST * sent[0];
        if present {
            self.looks = self.looks.saturating_add(1);
            let next = if self.looks == 1 {
                Tone::begin
            } else {
                Tone::go_on
            };
            self.tones.iter_mut().for_each(next);
            return;
        }
        let steady = self.tones.iter().all(Tone::steady);
        if LOOKS.contains(&self.looks) && steady {
            let length_ms = self.looks * 5;
            self.events.push(CasHeard { length_ms });
        }
        self.looks = 0;
    }
}

/// The inner product, added up in eight lanes.
#[inline]
fn inner(a: &[f32; LOOK], b: &[f32; LOOK]) -> f32 {
    let mut lanes = [0.0f32; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for n in 0..8 {
            lanes[n] += a[n] * b[n];
        }
    }
    for width in [4, 2, 1] {
        for n in 0..width {
            lanes[n] += lanes[n + width];
        }
    }
    lanes[0]
}
