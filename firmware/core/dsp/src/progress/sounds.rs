//! Which of the sounds listened for is on the line now: one answer each 10 ms, from the shared spectrum.

use super::runs::Kind;
use crate::spectrum::Spectrum;
use crate::tone::Segment;

/// Most different sounds of one plan, the three of the special information tone among them.
pub(super) const MAX_SOUNDS: usize = 14;
/// Exchanges may be 3 % off (the limit asked of this detector; E.180 Supplement 2 lists up to +-25 Hz of 425 Hz).
const TOLERANCE: f32 = 0.037;
/// The sines of one tone are off together, within this.
const APART: f32 = 0.015;
/// E.180 §7.1 allows the special information tones +-50 Hz; North America's lower ones are 913.8 Hz and 1428.5 Hz.
const SIT_HZ: [f32; 3] = [950.0, 1_400.0, 1_800.0];
const SIT_TOLERANCE_HZ: f32 = 60.0;
/// Sines closer than this have one lobe in the spectrum.
const MERGED_HZ: f32 = 70.0;
/// Half the width of a sine's lobe under the window, a little more than its two bins.
const LOBE_HZ: f32 = 40.0;
/// Least share of the voice band's power that the sound has, and each of its lobes.
const MIN_SHARE: f32 = 0.7;
const MIN_EACH: f32 = 0.09;
/// Most second moment of a single sine: noise and edges add to it. Half of what the closest pair has (413 and 438 Hz).
const SINGLE_HZ2: f32 = 70.0;
/// Second moment of a pair as a share of what equal levels give, as it beats and with 6 dB of difference between the two.
const PAIR_SHARE: core::ops::Range<f32> = 0.42..2.4;

/// Sines of one sound that the spectrum shows as one.
#[derive(Clone, Copy, Debug, Default)]
struct Merged {
    /// Lowest and highest sine, and their mean.
    first_hz: f32,
    last_hz: f32,
    hz: f32,
    variance_hz2: f32,
}

/// A set of sounds, a bit each.
pub(super) type Set = u16;

/// What was heard in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// The index of the sound that fits best.
    pub index: u8,
    /// All that fit: 437 Hz is 425 Hz 3 % high, and 450 Hz 3 % low.
    pub fitting: Set,
    /// Share of the voice band's power that it has, 0 to 1.
    pub share: f32,
}

/// A set of sines listened for.
#[derive(Clone, Copy, Debug, Default)]
struct Chord {
    freqs_hz: [f32; Segment::MAX_FREQS],
    lobes: [Merged; Segment::MAX_FREQS],
    len: usize,
    /// How far the lowest lobe may be off.
    tolerance_hz: f32,
}

/// All sounds listened for.
#[derive(Clone, Debug)]
pub(super) struct Sounds {
    chords: [Chord; MAX_SOUNDS],
    len: usize,
}

impl Sounds {
    /// The special information tone's three, with the indices 0 to 2.
    pub fn new() -> Self {
        let mut sounds = Sounds {
            chords: [Chord::default(); MAX_SOUNDS],
            len: 0,
        };
        for hz in SIT_HZ {
            sounds.push(Chord::new(&[hz], SIT_TOLERANCE_HZ));
        }
        sounds
    }

    /// The index of the sound of these sines, which is added if it is new. `None` when there is no room.
    pub fn learn(&mut self, freqs_hz: &[f32]) -> Option<u8> {
        let chord = Chord::new(freqs_hz, 0.0);
        let known = self.chords[SIT_HZ.len()..self.len]
            .iter()
            .position(|c| c.freqs_hz == chord.freqs_hz);
        known
            .map(|n| (n + SIT_HZ.len()) as u8)
            .or_else(|| self.push(chord))
    }

    fn push(&mut self, chord: Chord) -> Option<u8> {
        *self.chords.get_mut(self.len)? = chord;
        self.len += 1;
        Some((self.len - 1) as u8)
    }

    /// Whether the sound is one sine.
    pub fn is_single(&self, index: u8) -> bool {
        let chord = &self.chords[usize::from(index) % MAX_SOUNDS];
        chord.freqs_hz[1] == 0.0
    }

    /// Whether an exchange may be off so far that one of the two is heard as the other.
    pub fn may_be(&self, a: Kind, b: Kind) -> bool {
        let (Kind::Tone(a), Kind::Tone(b)) = (a, b) else {
            return false;
        };
        let [a, b] = [a, b].map(|index| &self.chords[usize::from(index) % MAX_SOUNDS]);
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= TOLERANCE * (a + b);
        a.freqs_hz.iter().zip(&b.freqs_hz).all(near)
    }

    /// Whether the sound's level beats under the window, as close pairs do.
    pub fn beats(&self, index: u8) -> bool {
        let chord = &self.chords[usize::from(index) % MAX_SOUNDS];
        chord.lobes.iter().any(|lobe| lobe.variance_hz2 > 0.0)
    }

    /// The sounds that fit, if any does.
    pub fn classify(&self, spectrum: &Spectrum) -> Option<Found> {
        let mut best: Option<(f32, Found)> = None;
        let mut fitting = 0;
        for (n, chord) in self.chords[..self.len].iter().enumerate() {
            let Some((off, share)) = chord.fit(spectrum) else {
                continue;
            };
            fitting |= 1 << n;
            if best.is_none_or(|(least, _)| off < least) {
                let index = n as u8;
                let found = Found {
                    index,
                    fitting,
                    share,
                };
                best = Some((off, found));
            }
        }
        best.map(|(_, found)| Found { fitting, ..found })
    }
}

impl Chord {
    /// Of up to four sines. `tolerance_hz` 0: the usual one, in proportion to the frequency.
    fn new(freqs_hz: &[f32], tolerance_hz: f32) -> Self {
        let mut chord = Chord::default();
        let len = freqs_hz.len().min(Segment::MAX_FREQS);
        let sorted = &mut chord.freqs_hz[..len];
        sorted.copy_from_slice(&freqs_hz[..len]);
        sorted.sort_unstable_by(f32::total_cmp);
        for group in sorted.chunk_by(|a, b| b - a < MERGED_HZ) {
            let count = group.len() as f32;
            let hz = group.iter().sum::<f32>() / count;
            chord.lobes[chord.len] = Merged {
                first_hz: group[0],
                last_hz: group[group.len() - 1],
                hz,
                variance_hz2: group.iter().map(|f| (f - hz) * (f - hz)).sum::<f32>() / count,
            };
            chord.len += 1;
        }
        chord.tolerance_hz = tolerance_hz.max(TOLERANCE * chord.lobes[0].hz);
        chord
    }

    /// How far what is heard is from this sound, 0 a perfect fit, and its share of the power. `None`: no fit.
    fn fit(&self, spectrum: &Spectrum) -> Option<(f32, f32)> {
        let (mut share, mut off) = (0.0, 0.0);
        // Where the lowest lobe is off, the others are by the same ratio: they come from one clock.
        let (mut ratio, mut tolerance_hz) = (1.0, self.tolerance_hz);
        for (n, merged) in self.lobes[..self.len].iter().enumerate() {
            let mut low_hz = merged.first_hz * ratio - tolerance_hz - LOBE_HZ;
            let mut high_hz = merged.last_hz * ratio + tolerance_hz + LOBE_HZ;
            // Neighbours share what lies between them.
            if n > 0 {
                low_hz = low_hz.max((self.lobes[n - 1].hz + merged.hz) / 2.0 * ratio);
            }
            if n + 1 < self.len {
                high_hz = high_hz.min((self.lobes[n + 1].hz + merged.hz) / 2.0 * ratio);
            }
            let lobe = spectrum.lobe(Spectrum::bin_of(low_hz), Spectrum::bin_of(high_hz));
            let part = lobe.power / spectrum.power.max(1.0);
            let detuned = (lobe.hz - merged.hz * ratio).abs();
            if part < MIN_EACH || detuned > tolerance_hz {
                return None;
            }
            let spread_fits = if merged.variance_hz2 == 0.0 {
                // Of several sines, each has the others' skirts in its lobe.
                lobe.variance_hz2 < SINGLE_HZ2 * self.len as f32
            } else {
                PAIR_SHARE.contains(&(lobe.variance_hz2 / merged.variance_hz2))
            };
            if !spread_fits {
                return None;
            }
            share += part;
            let widened = (lobe.variance_hz2 - merged.variance_hz2).abs();
            off += detuned / tolerance_hz + widened / (merged.variance_hz2 + SINGLE_HZ2);
            if n == 0 {
                ratio = lobe.hz / merged.hz;
                tolerance_hz = 0.0;
            }
            tolerance_hz = tolerance_hz.max(APART * merged.hz);
        }
        (self.len > 0 && share > MIN_SHARE).then_some((off / self.len.max(1) as f32, share))
    }
}
