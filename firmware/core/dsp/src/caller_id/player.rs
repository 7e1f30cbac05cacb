use super::alert::AlertTone;
use super::{Spill, Standard};
use crate::dtmf::{Generator, Level, Timing};
use crate::level::peak_of_sine;
use crate::oscillator::to_i16;
use core::f32::consts::TAU;
use telephony::{Digits, SAMPLE_RATE_HZ};

/// EN 300 659-1 §6.1.1: -13.5 dBm +-1.5 dB at the network's end of the line; GR-30-CORE §2.2 the same.
const LEVEL_DBM0: f32 = -13.5;
/// Alternating bits before the message, first 0, last 1 (EN 300 659-1 §6.2.1).
const SEIZURE_BITS: u32 = 300;
/// Mark bits after them (EN 300 659-1 §6.2.2: 180 +-25).
const MARK_BITS: u32 = 180;
/// Mark bits before a message to a phone in a call, which has no alternating bits (EN 300 659-2 §6.2: 80 +-25).
const IN_CALL_MARK_BITS: u32 = 80;
/// Silence between the alerting tone and the message (EN 300 659-1 §6.1.2: 45 to 500 ms).
const ALERT_GAP_SAMPLES: u32 = 100 * SAMPLE_RATE_HZ / 1_000;
/// Mark bits behind the checksum, so that the last stop bit is heard whole.
const TAIL_BITS: u32 = 10;
/// Start, eight data, stop.
const OCTET_BITS: u32 = 10;
/// One bit at 1200 bit/s is 20 thirds of a sample.
const THIRDS_PER_BIT: u32 = 20;
/// EN 300 659-1 Annex B: 70 ms each.
const DTMF_TIMING: Timing = Timing {
    on_ms: 70,
    off_ms: 70,
};
const DTMF_LEVEL: Level = Level {
    low_dbm0: -11.0,
    high_dbm0: -9.0,
};

/// Samples a spill takes.
pub(super) fn samples(spill: &Spill) -> u32 {
    let octets = spill.as_bytes().len() as u32;
    if spill.standard() == Standard::Dtmf {
        let digit_ms = u32::from(DTMF_TIMING.on_ms) + u32::from(DTMF_TIMING.off_ms);
        return octets * digit_ms * SAMPLE_RATE_HZ / 1_000;
    }
    (Preamble::AT_REST.bits(octets) * THIRDS_PER_BIT).div_ceil(3)
}

/// What precedes the octets.
#[derive(Clone, Copy, Debug)]
struct Preamble {
    seizure_bits: u32,
    mark_bits: u32,
}

impl Preamble {
    const AT_REST: Preamble = Preamble {
        seizure_bits: SEIZURE_BITS,
        mark_bits: MARK_BITS,
    };
    const IN_CALL: Preamble = Preamble {
        seizure_bits: 0,
        mark_bits: IN_CALL_MARK_BITS,
    };

    /// Bits of a whole transmission.
    fn bits(self, octets: u32) -> u32 {
        self.seizure_bits + self.mark_bits + octets * OCTET_BITS + TAIL_BITS
    }
}

/// Sends a [`Spill`].
#[derive(Clone, Debug)]
pub struct SpillPlayer {
    alert: Option<AlertTone>,
    /// Silence behind the alerting tone still to come, in samples.
    gap: u32,
    sender: Sender,
}

// Both variants live in place on the media thread, which cannot allocate.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug)]
enum Sender {
    Fsk(Modulator),
    Dtmf(Generator),
}

impl SpillPlayer {
    /// Ready to send to a phone at rest: FSK at -13.5 dBm0 (EN 300 659-1 §6.1.1), DTMF at -11 and -9 dBm0.
    pub fn new(spill: Spill) -> Self {
        Self::with(spill, Preamble::AT_REST)
    }

    /// The same with the alerting tone DT-AS before it, as some countries want it before the first ring (EN 300 659-1 §5.4).
    pub fn alerted(spill: Spill) -> Self {
        SpillPlayer {
            alert: Some(AlertTone::at_rest()),
            gap: ALERT_GAP_SAMPLES,
            ..Self::new(spill)
        }
    }

    /// For a phone in a call, which has answered the alerting tone: FSK without channel seizure (EN 300 659-2 §6.2).
    pub fn without_seizure(spill: Spill) -> Self {
        Self::with(spill, Preamble::IN_CALL)
    }

    fn with(spill: Spill, preamble: Preamble) -> Self {
        let sender = if spill.standard() == Standard::Dtmf {
            let text = core::str::from_utf8(spill.as_bytes()).unwrap_or("");
            let digits = Digits::parse(text).unwrap_or_default();
            Sender::Dtmf(Generator::new(digits, DTMF_TIMING, DTMF_LEVEL))
        } else {
            Sender::Fsk(Modulator::new(spill, preamble))
        };
        SpillPlayer {
            alert: None,
            gap: 0,
            sender,
        }
    }

    /// Overwrites `out`, silence behind the end. `false` when all is sent.
    pub fn fill(&mut self, out: &mut [i16]) -> bool {
        let mut out = out;
        if let Some(alert) = &mut self.alert {
            let tone = out.len().min(alert.left() as usize);
            let (now, rest) = out.split_at_mut(tone);
            alert.fill(now);
            out = rest;
        }
        let silent = out.len().min(self.gap as usize);
        let (now, rest) = out.split_at_mut(silent);
        now.fill(0);
        self.gap -= silent as u32;
        match &mut self.sender {
            Sender::Fsk(modulator) => modulator.fill(rest),
            Sender::Dtmf(generator) => generator.fill(rest),
        }
    }
}

/// Phase-continuous FSK; bit edges fall between samples, so the phase moves in thirds of one.
#[derive(Clone, Debug)]
struct Modulator {
    spill: Spill,
    preamble: Preamble,
    third: u32,
    thirds: u32,
    re: f32,
    im: f32,
    mark: (f32, f32),
    space: (f32, f32),
    peak: f32,
}

impl Modulator {
    fn new(spill: Spill, preamble: Preamble) -> Self {
        let third_of_a_sample = |hz: f32| {
            let angle = TAU * hz / (3 * SAMPLE_RATE_HZ) as f32;
            (libm::cosf(angle), libm::sinf(angle))
        };
        let (mark_hz, space_hz) = spill.standard().mark_space_hz();
        Modulator {
            spill,
            preamble,
            third: 0,
            thirds: preamble.bits(spill.as_bytes().len() as u32) * THIRDS_PER_BIT,
            re: 1.0,
            im: 0.0,
            mark: third_of_a_sample(mark_hz),
            space: third_of_a_sample(space_hz),
            peak: peak_of_sine(LEVEL_DBM0),
        }
    }

    fn fill(&mut self, out: &mut [i16]) -> bool {
        for s in out {
            *s = if self.third < self.thirds {
                to_i16(self.im * self.peak)
            } else {
                0
            };
            for _ in 0..3 {
                let (c, d) = if self.bit(self.third / THIRDS_PER_BIT) {
                    self.mark
                } else {
                    self.space
                };
                (self.re, self.im) = (self.re * c - self.im * d, self.re * d + self.im * c);
                self.third = self.third.saturating_add(1);
            }
            let gain = 1.5 - 0.5 * (self.re * self.re + self.im * self.im);
            self.re *= gain;
            self.im *= gain;
        }
        self.third < self.thirds
    }

    /// Whether bit `n` of the transmission is a mark.
    fn bit(&self, n: u32) -> bool {
        let Preamble {
            seizure_bits,
            mark_bits,
        } = self.preamble;
        if n < seizure_bits {
            return n % 2 == 1;
        }
        let Some(n) = n.checked_sub(seizure_bits + mark_bits) else {
            return true;
        };
        match (
            self.spill.as_bytes().get((n / OCTET_BITS) as usize),
            n % OCTET_BITS,
        ) {
            (None, _) | (_, 9) => true,
            (_, 0) => false,
            (Some(octet), place) => octet >> (place - 1) & 1 == 1,
        }
    }
}
