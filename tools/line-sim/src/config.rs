//! What the world is made of before it moves.

use telephony::{LineId, PortKind, RingCadence};

use crate::dtmf::Keypad;

/// What went wrong in setting up or driving the simulation.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// A card has 1 to 24 ports of each kind.
    #[error(
        "a simulated card has at most 24 ports of each kind, {got} {kind:?} ports were asked for"
    )]
    TooManyPorts {
        /// The kind there are too many of.
        kind: PortKind,
        /// How many were asked for.
        got: usize,
    },
    /// A card without ports.
    #[error("a simulated card needs at least one port")]
    NoPorts,
    /// No telephone is at that port.
    #[error("{0}: no telephone there")]
    NotAPhone(LineId),
    /// No exchange line is at that port.
    #[error("{0}: no exchange line there")]
    NotALine(LineId),
    /// The character cannot be dialled that way.
    #[error("{0:?} cannot be dialled")]
    NotADigit(char),
    /// The person has too much to do already (1,000 actions wait).
    #[error("{0}: too many actions are waiting")]
    HandsFull(LineId),
    /// The line is not idle, so no call can arrive on it.
    #[error("{0}: the line is in use or cut")]
    LineInUse(LineId),
    /// A WAV file could not be read or written, or is not 8 kHz mono.
    #[error("{path}: {reason}")]
    Wav {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The whole world.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// What sits at each position of the card: `ports[n]` is `LineId(n)` and timeslot `n`.
    pub ports: Vec<PortSetup>,
    /// Seed of everything random. Same seed, same commands at the same times: the same world, bit by bit.
    pub seed: u64,
    /// How much of what it hears each ear remembers, in seconds (default 60).
    pub ear_seconds: u32,
}

impl SimConfig {
    /// `fxs` default telephones followed by `fxo` default exchange lines.
    pub fn new(fxs: usize, fxo: usize) -> Self {
        let phones = (0..fxs).map(|_| PortSetup::Fxs(PhoneSetup::default()));
        let lines = (0..fxo).map(|_| PortSetup::Fxo(LineSetup::default()));
        SimConfig {
            ports: phones.chain(lines).collect(),
            ..SimConfig::default()
        }
    }
}

impl Default for SimConfig {
    fn default() -> Self {
        SimConfig {
            ports: Vec::new(),
            seed: 1,
            ear_seconds: 60,
        }
    }
}

/// One port and what is at the other end of its pair.
#[derive(Clone, Debug)]
pub enum PortSetup {
    /// An FXS port with a telephone.
    Fxs(PhoneSetup),
    /// An FXO port with an exchange line.
    Fxo(LineSetup),
}

/// The two-wire pair and the port's hybrid.
#[derive(Clone, Debug)]
pub struct PairSetup {
    /// Loss of the pair in each direction, dB (default 0).
    pub attenuation_db: f32,
    /// Echo return loss of the port's hybrid, dB: how far what the box sends comes back to it below itself (default 20).
    pub echo_return_loss_db: f32,
    /// Shape of the echo.
    pub echo_path: EchoPath,
    /// White gaussian noise added towards both ends, dBm0 (default none).
    pub noise_dbm0: Option<f32>,
    /// Mains hum added towards both ends (default none).
    pub hum: Option<Hum>,
}

impl Default for PairSetup {
    fn default() -> Self {
        PairSetup {
            attenuation_db: 0.0,
            echo_return_loss_db: 20.0,
            echo_path: EchoPath::default(),
            noise_dbm0: None,
            hum: None,
        }
    }
}

/// Impulse response of the echo, scaled so that its energy gives the pair's echo return loss for white noise.
#[derive(Clone, Debug)]
pub struct EchoPath(pub Vec<f32>);

impl EchoPath {
    /// No dispersion: one tap after `delay` samples, so that the loss is the same at every frequency.
    pub fn flat(delay: usize) -> Self {
        let mut taps = vec![0.0; delay + 1];
        taps[delay] = 1.0;
        EchoPath(taps)
    }
}

impl Default for EchoPath {
    /// A mismatched hybrid on a short loop: 0.5 ms of delay, then 2 ms of dispersion.
    fn default() -> Self {
        EchoPath(vec![
            0.0, 0.0, 0.0, 0.0, 0.12, -0.31, 1.0, 0.46, -0.28, 0.17, -0.11, 0.08, -0.05, 0.04,
            -0.02, 0.01, 0.01, -0.01, 0.005, -0.005,
        ])
    }
}

/// Mains induction.
#[derive(Clone, Copy, Debug)]
pub struct Hum {
    /// 50 or 60 Hz.
    pub mains_hz: f32,
    /// Level of the fundamental, dBm0. The harmonics 2 to 5 are 6 dB apart below it, the odd ones stronger.
    pub level_dbm0: f32,
}

/// Ringing voltage of an FXS port.
#[derive(Clone, Copy, Debug)]
pub struct RingSource {
    /// Frequency, Hz (default 25).
    pub hz: f32,
    /// Voltage at the telephone, V rms (default 60).
    pub volts_rms: f32,
}

impl Default for RingSource {
    fn default() -> Self {
        RingSource {
            hz: 25.0,
            volts_rms: 60.0,
        }
    }
}

/// How a dial makes pulses.
#[derive(Clone, Copy, Debug)]
pub struct PulseSetup {
    /// Loop open, ms of each pulse (default 60).
    pub break_ms: u32,
    /// Loop closed, ms of each pulse (default 40; 60 + 40 is 10 pulses a second).
    pub make_ms: u32,
    /// Pause between digits, ms (default 700).
    pub pause_ms: u32,
    /// Contact bounce at each edge, up to this many ms (default 0).
    pub bounce_ms: u32,
}

impl Default for PulseSetup {
    fn default() -> Self {
        PulseSetup {
            break_ms: 60,
            make_ms: 40,
            pause_ms: 700,
            bounce_ms: 0,
        }
    }
}

/// A telephone and its pair.
#[derive(Clone, Debug)]
pub struct PhoneSetup {
    /// The pair it hangs on.
    pub pair: PairSetup,
    /// The ringing voltage its port makes.
    pub ring: RingSource,
    /// Frequencies its ringer answers to, Hz (default 16 to 68: REN type B).
    pub ringer_hz: (f32, f32),
    /// The hook contact bounces up to this many ms at each movement (default 4; 0 for a perfect switch).
    pub bounce_ms: u32,
    /// Loop-current detection of its port works when this much flows, mA; the phone draws 20 (default 10).
    pub detect_ma: f32,
    /// Length of [`Phone::flash`](crate::Phone::flash) when none is given, ms (default 300).
    pub flash_ms: u32,
    /// The keypad.
    pub keypad: Keypad,
    /// The dial.
    pub pulse: PulseSetup,
    /// How far below itself the phone hears its own mouth, dB (default: not at all).
    pub sidetone_db: Option<f32>,
    /// Has a caller-ID display (default yes).
    pub caller_id: bool,
    /// Faults of this pair.
    pub faults: FaultSetup,
}

impl Default for PhoneSetup {
    fn default() -> Self {
        PhoneSetup {
            pair: PairSetup::default(),
            ring: RingSource::default(),
            ringer_hz: (16.0, 68.0),
            bounce_ms: 4,
            detect_ma: 10.0,
            flash_ms: 300,
            keypad: Keypad::default(),
            pulse: PulseSetup::default(),
            sidetone_db: None,
            caller_id: true,
            faults: FaultSetup::default(),
        }
    }
}

/// Seeded random faults, as many a minute on average. All default to none.
#[derive(Clone, Copy, Debug)]
pub struct FaultSetup {
    /// FXS: the loop detector reports the wrong state for up to `loop_glitch_ms`.
    pub loop_glitches_per_min: f32,
    /// Longest loop glitch, ms (default 3: shorter than any debounce).
    pub loop_glitch_ms: u32,
    /// FXO: the ring detector fires for up to `ring_glitch_ms` without ringing.
    pub ring_glitches_per_min: f32,
    /// Longest ring glitch, ms (default 40).
    pub ring_glitch_ms: u32,
    /// Crackle: 2 to 20 ms of noise on the pair.
    pub noise_bursts_per_min: f32,
    /// Level of the crackle, dBm0 (default -15).
    pub noise_burst_dbm0: f32,
}

impl Default for FaultSetup {
    fn default() -> Self {
        FaultSetup {
            loop_glitches_per_min: 0.0,
            loop_glitch_ms: 3,
            ring_glitches_per_min: 0.0,
            ring_glitch_ms: 40,
            noise_bursts_per_min: 0.0,
            noise_burst_dbm0: -15.0,
        }
    }
}

/// Whose tones an exchange line gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Country {
    /// United States (ANSI T1.401).
    #[default]
    Us,
    /// United Kingdom (BT SIN 350).
    Gb,
    /// Germany (1 TR 110).
    De,
    /// China (YDN 065).
    Cn,
    /// Taiwan (ITU-T E.180 supplement 2).
    Tw,
    /// France (ITU-T E.180 supplement 2).
    Fr,
}

/// What happens when a number is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Behaviour {
    /// Ringback for `after_ms`, then the far party answers.
    Answer {
        /// Ringing this long, ms.
        after_ms: u32,
        /// The exchange reverses the battery at answer, and back when the far party hangs up.
        polarity_reversal: bool,
    },
    /// Busy tone.
    Busy,
    /// Congestion tone.
    Congestion,
    /// Special information tone.
    NumberUnobtainable,
    /// Ringback for ever.
    NoAnswer,
}

impl Behaviour {
    /// Answers after `after_ms` of ringback, without a polarity reversal.
    pub fn answer(after_ms: u32) -> Self {
        Behaviour::Answer {
            after_ms,
            polarity_reversal: false,
        }
    }
}

/// A number the exchange knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The number, all of its digits.
    pub number: String,
    /// What calling it does.
    pub behaviour: Behaviour,
}

/// How a far party that hangs up first is told to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// Battery removed for `ms` (CPC, open switching interval), then silence.
    LoopDrop {
        /// How long, ms.
        ms: u32,
    },
    /// Busy tone until we hang up.
    Busy,
    /// Congestion tone until we hang up.
    Congestion,
    /// Number-unobtainable tone until we hang up.
    NumberUnobtainable,
    /// Polarity reverses from what it was, then silence.
    PolarityReversal,
    /// Nothing but silence.
    Silence,
}

/// How an incoming call brings the caller's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CidDelivery {
    /// Not at all.
    #[default]
    None,
    /// Bell 202 FSK, multiple-data message, between the first and second ring (GR-30-CORE).
    Bell202,
    /// Bell 202 FSK, single-data message (number only), between the first and second ring.
    Bell202Sdmf,
    /// V.23 FSK between the first and second ring (ETSI EN 300 659-1 §6.1.1).
    V23AfterRing,
    /// Polarity reversal, dual tone alert signal, V.23 FSK, then ringing (ETSI EN 300 659-1 §6.1.2c, BT SIN 242).
    V23BeforeRing,
    /// DTMF before the first ring: `A` number `C`, or `B00C`/`B10C` for none (ETSI EN 300 659-1 Annex B).
    Dtmf,
    /// DTMF before the first ring, announced by a polarity reversal and started with `D`.
    DtmfAfterReversal,
}

/// What the caller's number display may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallingNumber {
    /// This number.
    Number(String),
    /// Withheld ("P").
    Private,
    /// Not known ("O").
    Unavailable,
}

/// A call from the exchange.
#[derive(Clone, Debug)]
pub struct IncomingCall {
    /// The caller.
    pub from: CallingNumber,
    /// The caller's name, if the exchange sends names. FSK multiple-data messages only.
    pub name: Option<String>,
    /// How the number is brought.
    pub caller_id: CidDelivery,
    /// The caller gives up after this long from the first ring, ms; `None`: never.
    pub gives_up_after_ms: Option<u32>,
    /// Spoils one byte of the FSK message so that its checksum fails.
    pub spoilt: bool,
}

impl IncomingCall {
    /// A call from `number` that rings for ever.
    pub fn new(number: &str, caller_id: CidDelivery) -> Self {
        IncomingCall {
            from: CallingNumber::Number(number.to_owned()),
            name: None,
            caller_id,
            gives_up_after_ms: None,
            spoilt: false,
        }
    }
}

/// Who gets the line when a call arrives at the very moment the box seizes it. Either way the box's ring detector fires as its
/// loop closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glare {
    /// The caller: no dial tone, the box finds itself connected to the far party.
    CallerWins,
    /// The box: dial tone as usual, the caller hears busy.
    BoxWins,
}

/// An exchange line and its pair.
#[derive(Clone, Debug)]
pub struct LineSetup {
    /// The pair.
    pub pair: PairSetup,
    /// Whose tones and ringing.
    pub country: Country,
    /// Ringing, unless the country's own is wanted.
    pub cadence: Option<RingCadence>,
    /// From loop closure to dial tone, ms (default 300).
    pub dial_tone_delay_ms: u32,
    /// From the last digit to what the called number does, ms (default 400).
    pub post_dial_delay_ms: u32,
    /// Digits that could go on are taken as complete after this pause, ms (default 3,000).
    pub inter_digit_ms: u32,
    /// No digit for this long after dial tone began: congestion tone, ms (default 20,000).
    pub first_digit_ms: u32,
    /// The loop open for longer than this clears the call; shorter is a flash or a dial pulse, ms (default 500).
    pub clear_ms: u32,
    /// The numbers it knows.
    pub numbers: Vec<Rule>,
    /// What every other number does.
    pub unknown: Behaviour,
    /// How the far party's hanging up is told when nothing else is said.
    pub disconnect: Disconnect,
    /// Reads DTMF (default yes); dial pulses are always read.
    pub dtmf: bool,
    /// Faults of this pair.
    pub faults: FaultSetup,
}

impl Default for LineSetup {
    fn default() -> Self {
        LineSetup {
            pair: PairSetup::default(),
            country: Country::default(),
            cadence: None,
            dial_tone_delay_ms: 300,
            post_dial_delay_ms: 400,
            inter_digit_ms: 3_000,
            first_digit_ms: 20_000,
            clear_ms: 500,
            numbers: Vec::new(),
            unknown: Behaviour::NumberUnobtainable,
            disconnect: Disconnect::LoopDrop { ms: 800 },
            dtmf: true,
            faults: FaultSetup::default(),
        }
    }
}

impl LineSetup {
    /// Adds a number.
    pub fn number(mut self, number: &str, behaviour: Behaviour) -> Self {
        self.numbers.push(Rule {
            number: number.to_owned(),
            behaviour,
        });
        self
    }
}
