//! The FSK receiver: two matched filters of one bit, freed of each other's leakage, and an asynchronous octet reader.

use super::message::{MAX_MESSAGE, message_type};
use super::{CidError, Standard};
use crate::level::power_of_dbm0;
use core::f32::consts::TAU;
use telephony::SAMPLE_RATE_HZ;

/// Samples in the matched filters: a bit is 6.67.
const WINDOW: usize = 7;
/// Samples of one bit.
const BIT: f32 = 20.0 / 3.0;
/// Forgetting of the mark meter, in samples (12 ms).
const METER_SAMPLES: f32 = 96.0;
/// Samples between the ends of the mark meter's phase step; unambiguous to +-500 Hz.
const METER_LAG: usize = 8;
/// How far the mark frequency may be off, in Hz: half way between Bell 202 (1200) and V.23 (1300).
const MAX_OFFSET_HZ: f32 = 50.0;
/// Bits of mark between two octets at most: GR-30-CORE §2.4 allows 10 stuffed, some exchanges send more.
const MAX_STUFF_BITS: f32 = 25.0;
/// Weakest carrier, in dBm0.
const MIN_LEVEL_DBM0: f32 = -48.0;

/// A complex number.
#[derive(Clone, Copy, Debug, Default)]
struct Complex {
    re: f32,
    im: f32,
}

impl Complex {
    fn times(self, other: Complex) -> Complex {
        Complex {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    fn conj(self) -> Complex {
        Complex {
            re: self.re,
            im: -self.im,
        }
    }

    fn minus(self, other: Complex) -> Complex {
        Complex {
            re: self.re - other.re,
            im: self.im - other.im,
        }
    }

    fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// No message: waiting for the start bit that follows a long mark.
    Hunt,
    /// Between octets; `waited` in samples since the last stop bit.
    Idle { waited: f32 },
    /// Inside an octet: `next` samples until bit `bit` (0 start, 1-8 data, 9 stop) is sampled.
    Octet { bit: u8, next: f32, value: u8 },
}

/// One standard's receiver.
#[derive(Clone, Debug)]
pub(super) struct Fsk {
    standard: Standard,
    /// The two filters and their common leakage.
    mark: [Complex; WINDOW],
    space: [Complex; WINDOW],
    leak: Complex,
    past: [f32; WINDOW],
    /// Complex mark amplitudes of the last samples, newest last, for the mark meter.
    marks: [Complex; METER_LAG],
    meter: Meter,
    mark_level: f32,
    space_level: f32,
    difference: f32,
    state: State,
    octets: [u8; MAX_MESSAGE],
    len: u16,
}

/// How long and how purely the line has been at mark.
#[derive(Clone, Copy, Debug, Default)]
struct Meter {
    step: Complex,
    power: f32,
    share: f32,
}

/// What came of a message.
pub(super) type Outcome = Result<([u8; MAX_MESSAGE], usize), CidError>;

impl Fsk {
    pub fn new(standard: Standard) -> Self {
        let (mark_hz, space_hz) = standard.mark_space_hz();
        let filter = |hz: f32| {
            core::array::from_fn(|i| {
                let angle =
                    TAU * hz * (i as f32 - (WINDOW - 1) as f32 / 2.0) / SAMPLE_RATE_HZ as f32;
                Complex {
                    re: libm::cosf(angle),
                    im: -libm::sinf(angle),
                }
            })
        };
        let (mark, space): ([Complex; WINDOW], [Complex; WINDOW]) =
            (filter(mark_hz), filter(space_hz));
        let leak = mark
            .iter()
            .zip(&space)
            .fold(Complex::default(), |sum, (m, s)| {
                let p = m.times(s.conj());
                Complex {
                    re: sum.re + p.re / WINDOW as f32,
                    im: sum.im + p.im / WINDOW as f32,
                }
            });
        Fsk {
            standard,
            mark,
            space,
            leak,
            past: [0.0; WINDOW],
            marks: [Complex::default(); METER_LAG],
            meter: Meter::default(),
            mark_level: 0.0,
            space_level: 0.0,
            difference: 0.0,
            state: State::Hunt,
            octets: [0; MAX_MESSAGE],
            len: 0,
        }
    }

    pub fn standard(&self) -> Standard {
        self.standard
    }

    /// Takes one sample.
    pub fn push(&mut self, sample: f32) -> Option<Outcome> {
        self.past.rotate_left(1);
        self.past[WINDOW - 1] = sample;
        let (mut m, mut s) = (Complex::default(), Complex::default());
        for ((x, fm), fs) in self.past.iter().zip(&self.mark).zip(&self.space) {
            m.re += x * fm.re;
            m.im += x * fm.im;
            s.re += x * fs.re;
            s.im += x * fs.im;
        }
        // Least squares of both tones together: a strong tone leaves nothing in the weak one's filter.
        let (m, s) = (
            m.minus(self.leak.times(s)),
            s.minus(self.leak.conj().times(m)),
        );
        let (mark, space) = (libm::sqrtf(m.power()), libm::sqrtf(s.power()));
        self.follow(mark, space);
        let before = self.difference;
        self.difference = mark / self.mark_level.max(1.0) - space / self.space_level.max(1.0);
        self.meter(m);
        self.read(before, mark, space)
    }

    /// Keeps the level of each tone while it is the one that is sent, so that twist does not move the bit edges.
    fn follow(&mut self, mark: f32, space: f32) {
        if self.state == State::Hunt && self.meter.power < 0.01 * mark.max(space) * mark.max(space)
        {
            (self.mark_level, self.space_level) = (mark.max(space), mark.max(space));
        }
        let track =
            |level: f32, now: f32| level + if now > level { 0.3 } else { 0.01 } * (now - level);
        if self.difference > 0.0 {
            self.mark_level = track(self.mark_level, mark);
        } else {
            self.space_level = track(self.space_level, space);
        }
        // Beyond 14 dB of twist it is not this signal any more.
        self.mark_level = self.mark_level.max(0.2 * self.space_level);
        self.space_level = self.space_level.max(0.2 * self.mark_level);
    }

    fn meter(&mut self, m: Complex) {
        let then = self.marks[0];
        self.marks.rotate_left(1);
        self.marks[METER_LAG - 1] = m;
        let step = then.conj().times(m);
        let forget = |held: &mut f32, now: f32| *held += (now - *held) / METER_SAMPLES;
        forget(&mut self.meter.step.re, step.re);
        forget(&mut self.meter.step.im, step.im);
        forget(&mut self.meter.power, m.power());
        forget(
            &mut self.meter.share,
            if self.difference > 0.0 { 1.0 } else { 0.0 },
        );
    }

    /// Whether the line has been at this standard's mark for some 25 ms.
    fn marking(&self) -> bool {
        let meter = &self.meter;
        // |M| of a sine of peak A is A WINDOW / 2: its square is WINDOW^2 / 2 times the mean square.
        let weakest = power_of_dbm0(MIN_LEVEL_DBM0) * (WINDOW * WINDOW) as f32 / 2.0;
        if meter.share < 0.85
            || meter.power < weakest
            || meter.step.power() < 0.5 * meter.power * meter.power
        {
            return false;
        }
        let (mark_hz, _) = self.standard.mark_space_hz();
        let turn = mark_hz * METER_LAG as f32 / SAMPLE_RATE_HZ as f32;
        let nominal = TAU * (turn - libm::floorf(turn));
        let offset = libm::atan2f(meter.step.im, meter.step.re) - nominal;
        let wrapped = offset - TAU * libm::roundf(offset / TAU);
        wrapped.abs() < TAU * MAX_OFFSET_HZ * METER_LAG as f32 / SAMPLE_RATE_HZ as f32
    }

    fn read(&mut self, before: f32, mark: f32, space: f32) -> Option<Outcome> {
        let falling = before > 0.0 && self.difference <= 0.0;
        // The edge lies between the two samples, this far before now.
        let since_edge = if falling {
            self.difference / (self.difference - before)
        } else {
            0.0
        };
        match self.state {
            State::Hunt if falling && self.marking() => {
                self.len = 0;
                self.state = State::Octet {
                    bit: 0,
                    next: BIT / 2.0 - since_edge,
                    value: 0,
                };
                None
            }
            State::Hunt => None,
            State::Idle { .. } if falling => {
                self.state = State::Octet {
                    bit: 0,
                    next: BIT / 2.0 - since_edge,
                    value: 0,
                };
                None
            }
            State::Idle { waited } => {
                let gone = mark < 0.25 * self.mark_level && space < 0.25 * self.space_level;
                let waited = waited + if gone { 4.0 } else { 1.0 };
                self.state = State::Idle { waited };
                (waited > MAX_STUFF_BITS * BIT)
                    .then(|| self.give_up())
                    .flatten()
            }
            State::Octet { bit, next, value } if next > 1.0 => {
                self.state = State::Octet {
                    bit,
                    next: next - 1.0,
                    value,
                };
                None
            }
            State::Octet { bit, next, value } => {
                let at = before + next * (self.difference - before);
                self.sampled(bit, at > 0.0, next, value)
            }
        }
    }

    fn sampled(&mut self, bit: u8, one: bool, next: f32, value: u8) -> Option<Outcome> {
        match bit {
            0 if one => {
                // A click, not a start bit.
                self.state = if self.len == 0 {
                    State::Hunt
                } else {
                    State::Idle { waited: BIT }
                };
                None
            }
            0..=8 => {
                let value = if bit > 0 {
                    value >> 1 | u8::from(one) << 7
                } else {
                    0
                };
                self.state = State::Octet {
                    bit: bit + 1,
                    next: next - 1.0 + BIT,
                    value,
                };
                None
            }
            _ => self.octet(value),
        }
    }

    fn octet(&mut self, value: u8) -> Option<Outcome> {
        self.state = State::Idle { waited: 0.0 };
        self.octets[usize::from(self.len)] = value;
        self.len += 1;
        if self.len == 1 {
            let known = [
                message_type::SDMF,
                message_type::SDMF_WAITING,
                message_type::MDMF,
                message_type::MDMF_WAITING,
                message_type::CHARGE,
            ];
            if !known.contains(&value) {
                self.state = State::Hunt;
            }
            return None;
        }
        (self.len == self.expected()).then(|| {
            self.state = State::Hunt;
            self.meter = Meter::default();
            Ok((self.octets, usize::from(self.len)))
        })
    }

    /// Octets of the message being read, as far as its length is known.
    fn expected(&self) -> u16 {
        if self.len < 2 {
            3
        } else {
            u16::from(self.octets[1]) + 3
        }
    }

    fn give_up(&mut self) -> Option<Outcome> {
        self.state = State::Hunt;
        self.meter = Meter::default();
        // Type and length alone are as likely noise as a message.
        let error = CidError::CutShort {
            got: self.len,
            expected: self.expected(),
        };
        (self.len > 2).then_some(Err(error))
    }
}
