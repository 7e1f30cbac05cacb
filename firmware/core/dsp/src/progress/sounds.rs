//! Which of a plan's sounds is on the line now, one answer each 10 ms.

use crate::level::power_of_dbm0;
use crate::oscillator::step;
use crate::tone::{Segment, TonePlan, ToneSpec};

/// Samples of one hop (10 ms).
const HOP: usize = 80;
/// Milliseconds of one hop.
pub(super) const HOP_MS: u32 = 10;
/// Hops in the window of a plan's tones (20 ms: +-3 % of 620 Hz keep 60 % of their power, 40 Hz away 5 % are left).
const WIDE: usize = 2;
/// Hops in the window of the special information tones, which may be 50 Hz off (E.180 §7.1).
const NARROW: usize = 2;
const PLAN_BINS: usize = 10;
/// Two bins for each of the three frequencies, which E.180 and GR-1162 put between 900 and 1850 Hz.
const SIT_HZ: [f32; 6] = [932.0, 968.0, 1_375.0, 1_410.0, 1_780.0, 1_815.0];
const BINS: usize = PLAN_BINS + SIT_HZ.len();
/// Most different sounds of one plan.
pub(super) const MAX_SOUNDS: usize = 8;
/// Least share of the power a sound's tones have together, and each alone.
const MIN_SHARE: f32 = 0.45;
const MIN_EACH: f32 = 0.13;
/// Tones of one sound are at least so far apart.
const MIN_SPACING_HZ: f32 = 35.0;
/// Below this nothing is heard.
const SILENCE_DBM0: f32 = -46.0;
/// Pauses between bursts are at least this much quieter than the bursts (9 dB).
const PAUSE: f32 = 0.126;
/// How long the level of the last burst is remembered.
const MEMORY_HOPS: u32 = 200;
/// A burst is at least this long; what is shorter is speech that happens to look like one.
const BURST_HOPS: u32 = 5;

/// What one hop holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    /// Nothing, or noise well below the last tone.
    Silence,
    /// The plan's sound of this index, see [`Sounds::index_of`].
    Tone(u8),
    /// First, second or third frequency of the special information tone.
    Sit(u8),
    /// Anything else.
    Other,
}

#[derive(Clone, Copy, Debug, Default)]
struct Hop {
    re: [f32; BINS],
    im: [f32; BINS],
    energy: f32,
}

/// The listener of one plan.
#[derive(Clone, Debug)]
pub(super) struct Sounds {
    /// Different sets of frequencies, in the plan's order.
    sets: [&'static [f32]; MAX_SOUNDS],
    freqs_hz: [f32; PLAN_BINS],
    /// Rotation of each bin in one sample, and its phase now.
    steps: [(f32, f32); BINS],
    phases: [(f32, f32); BINS],
    hops: [Hop; WIDE],
    current: Hop,
    filled: usize,
    burst_power: f32,
    since_burst: u32,
    tone_hops: u32,
}

impl Sounds {
    pub fn new(plan: &'static TonePlan) -> Self {
        let mut sounds = Sounds {
            sets: [&[]; MAX_SOUNDS],
            freqs_hz: [0.0; PLAN_BINS],
            steps: [(1.0, 0.0); BINS],
            phases: [(1.0, 0.0); BINS],
            hops: [Hop::default(); WIDE],
            current: Hop::default(),
            filled: 0,
            burst_power: 0.0,
            since_burst: 0,
            tone_hops: 0,
        };
        let listened = [
            &plan.dial,
            &plan.stutter_dial,
            &plan.ringback,
            &plan.busy,
            &plan.congestion,
            &plan.number_unobtainable,
        ];
        for spec in listened {
            for segment in spec.intro.iter().chain(spec.cycle) {
                sounds.learn(segment);
            }
        }
        let all = sounds.freqs_hz.iter().chain(&SIT_HZ);
        for (slot, &hz) in sounds.steps.iter_mut().zip(all) {
            *slot = step(hz);
        }
        sounds
    }

    fn learn(&mut self, segment: &Segment) {
        // The special information tone has listeners of its own.
        // Neither has a sound whose tones beat so slowly that it cannot be told from either (German special dial tone).
        let beats = segment
            .freqs_hz
            .windows(2)
            .any(|pair| pair[1] - pair[0] < MIN_SPACING_HZ);
        if segment.is_silence()
            || beats
            || segment.freqs_hz[0] > 700.0
            || self.sets.contains(&segment.freqs_hz)
        {
            return;
        }
        if let Some(slot) = self.sets.iter_mut().find(|s| s.is_empty()) {
            *slot = segment.freqs_hz;
        }
        for &hz in segment.freqs_hz {
            if !self.freqs_hz.contains(&hz)
                && let Some(slot) = self.freqs_hz.iter_mut().find(|f| **f == 0.0)
            {
                *slot = hz;
            }
        }
    }

    /// The sound that `segment` is; silence for a pause and for tones not listened for.
    pub fn index_of(&self, segment: &Segment) -> Sound {
        let found = self
            .sets
            .iter()
            .position(|s| !s.is_empty() && *s == segment.freqs_hz);
        found.map_or(Sound::Silence, |i| Sound::Tone(i as u8))
    }

    /// Whether `spec` is made of sounds listened for.
    pub fn knows(&self, spec: &ToneSpec) -> bool {
        let audible = |s: &Segment| s.is_silence() || self.index_of(s) != Sound::Silence;
        !spec.cycle.is_empty() && spec.cycle.iter().all(audible)
    }

    /// Takes one sample; an answer each 10 ms.
    pub fn push(&mut self, sample: i16) -> Option<Sound> {
        let x = f32::from(sample);
        self.current.energy += x * x;
        for bin in 0..BINS {
            let (c, s) = self.phases[bin];
            self.current.re[bin] += x * c;
            self.current.im[bin] -= x * s;
            let (dc, ds) = self.steps[bin];
            self.phases[bin] = (c * dc - s * ds, s * dc + c * ds);
        }
        self.filled += 1;
        if self.filled < HOP {
            return None;
        }
        self.filled = 0;
        for (c, s) in &mut self.phases {
            let gain = 1.5 - 0.5 * (*c * *c + *s * *s);
            *c *= gain;
            *s *= gain;
        }
        self.hops.rotate_left(1);
        self.hops[WIDE - 1] = core::mem::take(&mut self.current);
        Some(self.classify())
    }

    fn classify(&mut self) -> Sound {
        let energy: f32 = self.hops.iter().map(|h| h.energy).sum();
        let power = energy / (WIDE * HOP) as f32;
        self.since_burst = self.since_burst.saturating_add(1);
        if self.since_burst > MEMORY_HOPS {
            self.burst_power = 0.0;
        }
        if power < power_of_dbm0(SILENCE_DBM0).max(PAUSE * self.burst_power) {
            self.tone_hops = 0;
            return Sound::Silence;
        }
        let sound = self
            .plan_sound()
            .or_else(|| self.sit_sound())
            .unwrap_or(Sound::Other);
        if sound != Sound::Other {
            self.tone_hops += 1;
            if self.tone_hops >= BURST_HOPS {
                self.burst_power = power;
                self.since_burst = 0;
            }
        } else {
            self.tone_hops = 0;
        }
        sound
    }

    /// Share of the power that is at `bin`, over the last `hops` hops.
    fn share(&self, bin: usize, hops: usize) -> f32 {
        let (mut re, mut im, mut energy) = (0.0, 0.0, 0.0);
        for hop in &self.hops[WIDE - hops..] {
            re += hop.re[bin];
            im += hop.im[bin];
            energy += hop.energy;
        }
        2.0 * (re * re + im * im) / ((hops * HOP) as f32 * energy.max(1.0))
    }

    fn plan_sound(&self) -> Option<Sound> {
        let shares: [f32; PLAN_BINS] = core::array::from_fn(|bin| {
            if self.freqs_hz[bin] > 0.0 {
                self.share(bin, WIDE)
            } else {
                0.0
            }
        });
        let mut best = None;
        for (index, set) in self.sets.iter().enumerate().filter(|(_, s)| !s.is_empty()) {
            let of = |hz: &f32| {
                self.freqs_hz
                    .iter()
                    .position(|f| f == hz)
                    .map_or(0.0, |bin| shares[bin])
            };
            let sum: f32 = set.iter().map(of).sum();
            let each = set.iter().all(|hz| of(hz) > MIN_EACH);
            if each && sum > MIN_SHARE && best.is_none_or(|(held, _)| sum > held) {
                best = Some((sum, Sound::Tone(index as u8)));
            }
        }
        best.map(|(_, sound)| sound)
    }

    fn sit_sound(&self) -> Option<Sound> {
        let heard = |n: &u8| {
            let bin = PLAN_BINS + 2 * usize::from(*n);
            self.share(bin, NARROW).max(self.share(bin + 1, NARROW)) > MIN_SHARE
        };
        (0..3u8).find(heard).map(Sound::Sit)
    }
}
