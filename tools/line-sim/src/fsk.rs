//! 1200 bit/s FSK: a sender and a receiver of its own (Bell 202; ITU-T V.23 mode 2).

use std::f64::consts::TAU;

use telephony::SAMPLE_RATE_HZ;

use crate::signal::dbm0_of_power;

const BIT_RATE: f64 = 1_200.0;
/// Samples in a bit: 6 and two thirds.
const BIT: f32 = (SAMPLE_RATE_HZ as f64 / BIT_RATE) as f32;
/// Both standards have their mark and space around this, Hz.
const CENTRE_HZ: f64 = 1_700.0;
/// Weakest carrier received, dBm0.
const WEAKEST_DBM0: f32 = -45.0;

/// The pair of frequencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Modem {
    /// Mark 1,200 Hz, space 2,200 Hz.
    Bell202,
    /// Mark 1,300 Hz, space 2,100 Hz.
    V23,
}

impl Modem {
    fn hz(self, mark: bool) -> f64 {
        match (self, mark) {
            (Modem::Bell202, true) => 1_200.0,
            (Modem::Bell202, false) => 2_200.0,
            (Modem::V23, true) => 1_300.0,
            (Modem::V23, false) => 2_100.0,
        }
    }
}

/// Samples of: `seizure` alternating bits, `marks` mark bits, `message` in 8N1 frames, 10 marks.
pub(crate) fn modulate(
    modem: Modem,
    peak: f32,
    seizure: usize,
    marks: usize,
    message: &[u8],
) -> Vec<f32> {
    let mut bits: Vec<bool> = (0..seizure).map(|n| n % 2 == 1).collect();
    bits.extend(std::iter::repeat_n(true, marks));
    for byte in message {
        bits.push(false);
        bits.extend((0..8).map(|n| byte >> n & 1 == 1));
        bits.push(true);
    }
    bits.extend([true; 10]);
    let count = (bits.len() as f64 * f64::from(SAMPLE_RATE_HZ) / BIT_RATE) as usize;
    let mut turns = 0.0f64;
    (0..count)
        .map(|n| {
            let bit = (n as f64 * BIT_RATE / f64::from(SAMPLE_RATE_HZ)) as usize;
            turns = (turns + modem.hz(bits[bit.min(bits.len() - 1)]) / f64::from(SAMPLE_RATE_HZ))
                .fract();
            (turns * TAU).sin() as f32 * peak
        })
        .collect()
}

/// What came off the carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Thirty or more mark bits in a row: a message may begin.
    Marks,
    /// A byte, and whose frequencies it had.
    Byte(u8, Modem),
    /// A byte without its stop bit.
    BadFrame,
    /// The carrier went away.
    Lost,
}

/// Taps of the low-pass behind the mixer: passes the 500 Hz of deviation and the keying, stops the image at 2,900 Hz and up.
const TAPS: usize = 9;

/// Samples of mark after which its deviation tells the standard: 500 Hz or 400 Hz.
const SETTLED: u32 = 20;

/// An FM discriminator around 1,700 Hz with a start-stop receiver behind it.
#[derive(Debug)]
pub(crate) struct Demodulator {
    turns: f64,
    mixed: [(f32, f32); TAPS],
    last: (f32, f32),
    power: f32,
    carrier: bool,
    deviation: [f32; 3],
    was: f32,
    marks: u32,
    frame: Option<Frame>,
    spread: f32,
}

#[derive(Debug)]
struct Frame {
    until_bit: f32,
    bits: u16,
    count: u8,
}

impl Demodulator {
    pub(crate) fn new() -> Self {
        Demodulator {
            turns: 0.0,
            mixed: [(0.0, 0.0); TAPS],
            last: (0.0, 0.0),
            power: 0.0,
            carrier: false,
            deviation: [0.0; 3],
            was: 0.0,
            marks: 0,
            frame: None,
            spread: 450.0,
        }
    }

    /// Takes one sample.
    pub(crate) fn push(&mut self, sample: f32) -> Option<Received> {
        self.power += (sample * sample - self.power) / 40.0;
        let carrier = dbm0_of_power(f64::from(self.power)) > WEAKEST_DBM0;
        if !carrier {
            let lost = std::mem::replace(&mut self.carrier, false);
            (self.marks, self.frame) = (0, None);
            return lost.then_some(Received::Lost);
        }
        self.carrier = true;
        let hz = self.discriminate(sample);
        self.slice(hz)
    }

    /// Deviation from the centre, Hz: negative for mark.
    fn discriminate(&mut self, sample: f32) -> f32 {
        let angle = self.turns * TAU;
        self.turns = (self.turns + CENTRE_HZ / f64::from(SAMPLE_RATE_HZ)).fract();
        self.mixed.rotate_left(1);
        self.mixed[TAPS - 1] = (sample * angle.cos() as f32, -sample * angle.sin() as f32);
        let (mut re, mut im) = (0.0, 0.0);
        for (n, (i, q)) in self.mixed.iter().enumerate() {
            // Hamming-shaped.
            let weight = 0.54 - 0.46 * (std::f32::consts::TAU * n as f32 / (TAPS - 1) as f32).cos();
            re += weight * i;
            im += weight * q;
        }
        let (before_re, before_im) = std::mem::replace(&mut self.last, (re, im));
        let turn = (im * before_re - re * before_im).atan2(re * before_re + im * before_im);
        self.deviation.rotate_left(1);
        self.deviation[2] = turn / std::f32::consts::TAU * SAMPLE_RATE_HZ as f32;
        self.deviation.iter().sum::<f32>() / 3.0
    }

    fn slice(&mut self, hz: f32) -> Option<Received> {
        let was = std::mem::replace(&mut self.was, hz);
        let Some(frame) = &mut self.frame else {
            return self.wait_for_start(was, hz);
        };
        frame.until_bit -= 1.0;
        if frame.until_bit > 0.0 {
            return None;
        }
        // The middle of the bit lies between the last sample and this one.
        let level = hz + (was - hz) * -frame.until_bit;
        frame.until_bit += BIT;
        let mark = level < 0.0;
        if frame.count == 0 {
            // The start bit's own middle: not a space is a glitch, not a byte.
            if mark {
                self.frame = None;
                return None;
            }
        } else if frame.count <= 8 {
            frame.bits |= u16::from(mark) << (frame.count - 1);
        } else {
            let byte = frame.bits as u8;
            self.frame = None;
            self.marks = 0;
            let modem = if self.spread > 450.0 {
                Modem::Bell202
            } else {
                Modem::V23
            };
            return Some(if mark {
                Received::Byte(byte, modem)
            } else {
                Received::BadFrame
            });
        }
        frame.count += 1;
        None
    }

    fn wait_for_start(&mut self, was: f32, hz: f32) -> Option<Received> {
        if was < 0.0 && hz >= 0.0 {
            let since_crossing = hz / (hz - was);
            self.frame = Some(Frame {
                until_bit: BIT / 2.0 - since_crossing,
                bits: 0,
                count: 0,
            });
            return None;
        }
        if hz < 0.0 {
            self.marks += 1;
            if self.marks > SETTLED {
                self.spread += (hz.abs() - self.spread) / 16.0;
            }
            if self.marks == (30.0 * BIT) as u32 {
                return Some(Received::Marks);
            }
        }
        None
    }
}
