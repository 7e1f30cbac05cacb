//! Models of the echo path: filters in partitions of 10 ms in the frequency domain.
//!
//! The step of a frequency follows from how uncertain the filter is there and how loud what is not echo is (a partitioned-block
//! frequency-domain Kalman filter: Enzner and Vary 2006; Kuech, Mabande and Enzner 2014). So double talk stops the adaptation of
//! just the frequencies it has, while it lasts, and nobody has to decide that there is double talk.

// Several arrays run along one index, and as ranges the compiler vectorises them.
#![allow(clippy::needless_range_loop)]

use super::fft::{BINS, Fft, SIZE};
use super::lanes::{C4, F4};

/// Partitions that lie side by side in the lanes.
pub(super) const LANES: usize = 4;
/// Groups of four partitions: 16 x 10 ms hold the longest tail.
pub(super) const GROUPS: usize = 4;
/// Share of a window that carries the error: 80 samples of 160.
const HALF: f32 = 0.5;
/// Squared magnitude of the error below which nothing is learnt: about the last bit of 16.
const LEAST_NOISE: f32 = 100.0;
/// Forgetting of the power that is not echo, a block.
const FORGET: f32 = 0.2;

/// One real value a frequency.
pub(super) type Bins = [f32; BINS];

/// One complex value a frequency.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    pub re: Bins,
    pub im: Bins,
}

impl Spectrum {
    /// One lane of four spectra.
    pub fn of_lane(spectra: &[C4; BINS], lane: usize) -> Self {
        Spectrum {
            re: core::array::from_fn(|bin| spectra[bin].re.0[lane]),
            im: core::array::from_fn(|bin| spectra[bin].im.0[lane]),
        }
    }

    pub fn power(&self) -> Bins {
        core::array::from_fn(|bin| self.re[bin] * self.re[bin] + self.im[bin] * self.im[bin])
    }
}

/// The far end's spectra of the last blocks, the newest in lane 0 of group 0.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub spectra: [[C4; BINS]; GROUPS],
    /// Groups in use.
    pub groups: usize,
    /// 1.0 where the newest block teaches something, 0.0 where it has nothing but the sidelobes of a tone.
    taught: Bins,
    /// The newest block is a tone or two.
    pub tones: bool,
    /// For how many blocks they have stood.
    standing: u32,
}

impl History {
    pub fn new(groups: usize) -> Self {
        History {
            spectra: [[C4::ZERO; BINS]; GROUPS],
            groups: groups.clamp(1, GROUPS),
            taught: [1.0; BINS],
            tones: false,
            standing: 0,
        }
    }

    /// Takes the newest block's spectrum from lane 0.
    pub fn push(&mut self, newest: &[C4; BINS]) {
        for group in (1..self.groups).rev() {
            let (older, newer) = self.spectra.split_at_mut(group);
            for (x, from) in newer[0].iter_mut().zip(&older[group - 1]) {
                x.re = x.re.shifted_in(from.re.0[LANES - 1]);
                x.im = x.im.shifted_in(from.im.0[LANES - 1]);
            }
        }
        for (x, from) in self.spectra[0].iter_mut().zip(newest) {
            x.re = x.re.shifted_in(from.re.0[0]);
            x.im = x.im.shifted_in(from.im.0[0]);
        }
        self.weigh(newest);
    }

    /// A tone teaches about its own frequency. What a filter learns beside it is the line's noise.
    fn weigh(&mut self, newest: &[C4; BINS]) {
        let power: Bins = core::array::from_fn(|bin| {
            let (re, im) = (newest[bin].re.0[0], newest[bin].im.0[0]);
            re * re + im * im
        });
        let (mut sum, mut squares, mut most) = (1.0, 1.0, 1.0);
        for &p in &power[ABOVE_DC..] {
            sum += p;
            squares += p * p;
            most = greater(most, p);
        }
        self.tones = sum * (sum / squares) < TONES;
        self.standing = if self.tones {
            self.standing.saturating_add(1)
        } else {
            0
        };
        let least = if self.standing > TONE_BLOCKS {
            BESIDE_TONE * most
        } else {
            0.0
        };
        self.taught = power.map(|p| if p >= least { 1.0 } else { 0.0 });
    }
}

/// Frequencies that carry a block of the far end, as (sum of powers)^2 / sum of (powers^2): two sines make up to six, a vowel has more.
const TONES: f32 = 8.0;
/// First frequency that counts: direct current of the far end is no tone.
const ABOVE_DC: usize = 2;
/// A vowel stands shorter than this, a tone longer (80 ms).
const TONE_BLOCKS: u32 = 8;
/// Share of the strongest frequency's power (-20 dB) below which a frequency holds a tone's sidelobes.
const BESIDE_TONE: f32 = 0.01;

/// A filter for the echo path.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub weights: [[C4; BINS]; GROUPS],
    /// Power of what the filter leaves and its step does not take.
    noise: Bins,
}

impl Filter {
    pub const NEW: Filter = Filter {
        weights: [[C4::ZERO; BINS]; GROUPS],
        noise: [0.0; BINS],
    };

    /// The echo this filter expects, as spectrum.
    pub fn predict(&self, far: &History) -> Spectrum {
        let mut out = Spectrum {
            re: [0.0; BINS],
            im: [0.0; BINS],
        };
        for bin in 0..BINS {
            let mut sum = self.weights[0][bin] * far.spectra[0][bin];
            for group in 1..far.groups {
                sum += self.weights[group][bin] * far.spectra[group][bin];
            }
            out.re[bin] = sum.re.sum();
            out.im[bin] = sum.im.sum();
        }
        out
    }

    /// How to use a block that left `error` of squared magnitude `power`, where the uncertainty makes `doubt` of it likely to be
    /// echo.
    fn lesson(&mut self, taught: &Bins, doubt: &Bins, power: &Bins) -> Bins {
        let expected = spread(doubt);
        let mut gain = [0.0; BINS];
        for bin in 0..BINS {
            let (low, high) = (bin.saturating_sub(1), (bin + 1).min(BINS - 1));
            let around = 0.25 * (power[low] + power[high]) + 0.5 * power[bin];
            let noise = greater(self.noise[bin], around) + LEAST_NOISE;
            let total = 1.0 / (expected[bin] + noise);
            gain[bin] = HALF * total * taught[bin];
            self.noise[bin] += FORGET * (around * noise * total - self.noise[bin]);
        }
        gain
    }

    /// Adds the step in `room`, cut to the first half of its window: the other half would wrap around (overlap-save).
    fn step(&mut self, group: usize, room: &mut Room) {
        room.fft.inverse(&room.spectra, &mut room.time);
        room.time[SIZE / 2..].fill(F4::ZERO);
        room.fft.forward(&room.time, &mut room.spectra);
        for (weight, step) in self.weights[group].iter_mut().zip(&room.spectra) {
            *weight += *step;
        }
    }
}

/// Where a block is worked on: kept, because clearing it each time would cost more than using it.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub fft: Fft,
    pub time: [F4; SIZE],
    pub spectra: [C4; BINS],
}

impl Room {
    pub const NEW: Room = Room {
        fft: Fft::NEW,
        time: [F4::ZERO; SIZE],
        spectra: [C4::ZERO; BINS],
    };
}

/// The filter whose residue goes on to the far end: sure of itself, and disturbed by little.
#[derive(Clone, Debug)]
pub(super) struct Steady {
    pub filter: Filter,
    /// Variance of each weight.
    uncertainty: [[F4; BINS]; GROUPS],
    /// Least variance; zero in lanes beyond the tail.
    least: [F4; GROUPS],
}

/// Uncertainty of the first 10 ms in the beginning; each further block is less likely to hold echo, down to a twentieth.
const FIRST_GUESS: f32 = 0.5;
const GUESS_DECAY: f32 = 0.6;
const GUESS_FLOOR: f32 = 0.05;
/// Share of a weight's power by which it may have changed from one block to the next: clocks that drift by 2 ppm, warmth.
const DRIFT: f32 = 2e-7;
/// How much of what theory says a block takes from the uncertainty: weights of neighbouring frequencies are not independent.
const CONFIDENCE: f32 = 0.2;

impl Steady {
    pub fn new(partitions: usize) -> Self {
        let mut steady = Steady {
            filter: Filter::NEW,
            uncertainty: [[F4::ZERO; BINS]; GROUPS],
            least: lanes_in_use(partitions, 1e-12),
        };
        steady
            .doubt_all(|at| FIRST_GUESS * greater(libm::powf(GUESS_DECAY, at as f32), GUESS_FLOOR));
        steady
    }

    /// Sets the uncertainty of each partition in use.
    fn doubt_all(&mut self, of_partition: impl Fn(usize) -> f32) {
        for (group, bins) in self.uncertainty.iter_mut().enumerate() {
            let used = self.least[group].0;
            let value = F4(core::array::from_fn(|lane| {
                if used[lane] > 0.0 {
                    of_partition(group * LANES + lane)
                } else {
                    0.0
                }
            }));
            bins.fill(value);
        }
    }

    /// Takes over a filter that has proven better, with that filter's doubt.
    pub fn take(&mut self, better: &Filter) {
        self.filter = better.clone();
        self.doubt_all(|_| READY);
    }

    /// Learns from the spectrum of 80 zeros and the residue. Gives the power of echo that may be in the residue by the filter's own
    /// doubt, as sum of squared magnitudes.
    pub fn learn(&mut self, far: &History, error: &Spectrum, room: &mut Room) -> f32 {
        let mut doubt = [0.0; BINS];
        for bin in 0..BINS {
            let mut sum = far.spectra[0][bin].power() * self.uncertainty[0][bin];
            for group in 1..far.groups {
                sum += far.spectra[group][bin].power() * self.uncertainty[group][bin];
            }
            doubt[bin] = sum.sum();
        }
        let gain = self.filter.lesson(&far.taught, &doubt, &error.power());
        for group in 0..far.groups {
            let least = self.least[group];
            for bin in 0..BINS {
                let x = far.spectra[group][bin];
                let p = self.uncertainty[group][bin];
                let share = p * gain[bin];
                room.spectra[bin] = x.scaled(share).conj().times(error.re[bin], error.im[bin]);
                let kept = p - share * x.power() * p * CONFIDENCE;
                let drifted = self.filter.weights[group][bin].power() * DRIFT;
                self.uncertainty[group][bin] = (kept + drifted).at_least(least);
            }
            self.filter.step(group, room);
        }
        HALF * doubt.iter().sum::<f32>()
    }
}

/// Uncertainty of the filter that stands ready for a changed path.
const READY: f32 = 0.1;

/// The filter that always believes the path may have changed: quick, never precise, and the better of the two when it has.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub filter: Filter,
    uncertainty: [F4; GROUPS],
}

impl Ready {
    pub fn new(partitions: usize) -> Self {
        Ready {
            filter: Filter::NEW,
            uncertainty: lanes_in_use(partitions, READY),
        }
    }

    /// Learns from the spectrum of 80 zeros and the residue.
    pub fn learn(&mut self, far: &History, error: &Spectrum, room: &mut Room) {
        let mut doubt = [0.0; BINS];
        for bin in 0..BINS {
            let mut sum = far.spectra[0][bin].power() * self.uncertainty[0];
            for group in 1..far.groups {
                sum += far.spectra[group][bin].power() * self.uncertainty[group];
            }
            doubt[bin] = sum.sum();
        }
        let gain = self.filter.lesson(&far.taught, &doubt, &error.power());
        for group in 0..far.groups {
            for bin in 0..BINS {
                let share = self.uncertainty[group] * gain[bin];
                let x = far.spectra[group][bin];
                room.spectra[bin] = x.scaled(share).conj().times(error.re[bin], error.im[bin]);
            }
            self.filter.step(group, room);
        }
    }
}

fn lanes_in_use(partitions: usize, value: f32) -> [F4; GROUPS] {
    core::array::from_fn(|group| {
        F4(core::array::from_fn(|lane| {
            if group * LANES + lane < partitions {
                value
            } else {
                0.0
            }
        }))
    })
}

/// What a window of half the length makes of a power spectrum: a main lobe of 100 Hz to each side, and sidelobes that fall slowly,
/// here as an envelope. Without them a tone of the far end would drive the weights of all the frequencies it is not at.
fn spread(x: &Bins) -> Bins {
    const CENTRE: f32 = 0.25;
    const BESIDE: f32 = 0.101;
    const FAR: f32 = 0.02;
    const FALL: f32 = 0.8;
    let mut envelope = *x;
    let mut reach = 1;
    let mut fall = FALL;
    // Doubling the reach each time: the greatest of x[k +- n] FALL^n for n up to 15.
    while reach < 16 {
        let before = envelope;
        for bin in reach..BINS {
            envelope[bin] = greater(envelope[bin], fall * before[bin - reach]);
        }
        for bin in 0..BINS - reach {
            envelope[bin] = greater(envelope[bin], fall * before[bin + reach]);
        }
        reach *= 2;
        fall *= fall;
    }
    core::array::from_fn(|bin| {
        let (low, high) = (bin.saturating_sub(1), (bin + 1).min(BINS - 1));
        let lobe = CENTRE * x[bin] + BESIDE * (x[low] + x[high]);
        greater(lobe, FAR * envelope[bin])
    })
}

/// `f32::max` without its care for NaN, which costs a vector unit three instructions.
#[inline(always)]
pub(super) fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}
