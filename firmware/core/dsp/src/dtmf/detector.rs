use super::bank::{BAND_GAIN, BINS, Bank, Bins, HOP_RATE_HZ, HOPS, Window};
use super::verdict::{History, STANDING, judge};
use super::{DtmfEvent, digit_at, limit_hz};
use crate::front_end::Hearing;
use crate::queue::Queue;

/// Q.24 Table 1 leaves the interruption to the administration (10 to 20 ms not split, 40 ms told apart); ours is 24 ms.
const OFF_HOPS: u32 = 12;
/// Muting lasts this long after the last suspicion: longer than the delay line in front of the mute.
const MUTE_HOLD_HOPS: u32 = 12;
/// Least share of the band that two tones in a window have to carry before anything else is asked.
const CANDIDATE_SHARE: f32 = 0.5;
/// Weakest tone taken, as mean square: -44 dBm0.
const MIN_POWER: f32 = 10_400.0;
/// High over low, as power, for a first look: Q.24 asks -8 to +4 dB.
const TWIST: (f32, f32) = (0.08, 5.0);
/// Share of the band that two tones must carry to be muted, and for how many windows.
const MUTE_SHARE: f32 = 0.9;
const MUTE_HOPS: u32 = 2;
/// Hops over which a suspected tone's phase is watched: 4 ms.
const MUTE_LAG: usize = 2;
/// Tangent of the phase that each tone may turn in that time: 1.4 times what Q.24 Table 1 wants accepted, +-(1.5 % + 2 Hz).
const MUTE_TURN: Bins = mute_turns();

const fn mute_turns() -> Bins {
    let mut turns = [0.0; BINS];
    let mut bin = 0;
    while bin < BINS {
        let x = 1.4 * core::f32::consts::TAU * limit_hz(bin) * MUTE_LAG as f32 / HOP_RATE_HZ;
        // tan x = x + x^3/3 + 2x^5/15 + 17x^7/315 ...
        let x2 = x * x;
        turns[bin] = x * (1.0 + x2 * (1.0 / 3.0 + x2 * (2.0 / 15.0 + x2 * 17.0 / 315.0)));
        bin += 1;
    }
    turns
}

/// What the tones of a digit look like now.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// No digit.
    Silent,
    /// A digit was told; `low` and `high` are the powers of its tones, `off` hops it has been missing.
    Pressed {
        bins: (usize, usize),
        low: f32,
        high: f32,
        off: u32,
    },
}

/// Hears digits by the limits of ITU-T Q.24 and Q.23; how it decides is told in the module's README.
#[derive(Clone, Debug)]
pub struct Detector {
    bank: Bank,
    history: History,
    state: State,
    /// Row and column that led the last hops, and for how many.
    leader: (usize, usize),
    led: u32,
    suspicion: u32,
    mute_hold: u32,
    events: Queue<DtmfEvent, 16>,
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// In silence.
    pub const fn new() -> Self {
        Detector {
            bank: Bank::new(),
            history: History::new(),
            state: State::Silent,
            leader: (0, 4),
            led: 0,
            suspicion: 0,
            mute_hold: 0,
            events: Queue::new(),
        }
    }

    /// Listens to the next 10 ms.
    pub fn process(&mut self, hearing: &Hearing) {
        self.bank.load(&hearing.samples);
        for hop in 0..HOPS {
            let window = self.bank.window(hop);
            self.history.push(window);
            self.hear(&window);
        }
    }

    /// What was heard, oldest first.
    pub fn poll(&mut self) -> Option<DtmfEvent> {
        self.events.pop()
    }

    /// Whether a digit is suspected or present: nothing of it may reach an RTP stream that carries events. True within
    /// [`super::MUTE_LATENCY_MS`] of the tone's first sample, and until more than that after its last.
    pub fn muting(&self) -> bool {
        self.mute_hold > 0 || self.state != State::Silent
    }

    fn hear(&mut self, window: &Window) {
        self.mute_hold = self.mute_hold.saturating_sub(1);
        self.hold(window);
        let powers = window.powers();
        let Some(bins) = candidate(&powers, window.total()) else {
            self.led = 0;
            self.suspicion = 0;
            return;
        };
        self.led = if bins == self.leader { self.led + 1 } else { 1 };
        self.leader = bins;
        self.suspect(bins, window);
        let told = matches!(self.state, State::Pressed { bins: b, .. } if b == bins);
        if told || self.led < 4 {
            return;
        }
        let Some((low, high)) = judge(&self.history, bins) else {
            return;
        };
        self.release();
        self.state = State::Pressed {
            bins,
            low,
            high,
            off: 0,
        };
        self.tell(bins, DtmfEvent::Began);
    }

    /// Follows the digit that is pressed until both tones have been gone for [`OFF_HOPS`].
    fn hold(&mut self, window: &Window) {
        let State::Pressed {
            bins,
            low,
            high,
            off,
        } = &mut self.state
        else {
            return;
        };
        let (now_low, now_high) = (window.power(bins.0), window.power(bins.1));
        if now_low > STANDING * *low && now_high > STANDING * *high {
            *low += 0.1 * (now_low - *low);
            *high += 0.1 * (now_high - *high);
            *off = 0;
        } else {
            *off += 1;
            if *off >= OFF_HOPS {
                self.release();
            }
        }
    }

    fn release(&mut self) {
        if let State::Pressed { bins, .. } = self.state {
            self.state = State::Silent;
            self.tell(bins, DtmfEvent::Ended);
        }
    }

    fn tell(&mut self, bins: (usize, usize), event: fn(telephony::Digit) -> DtmfEvent) {
        if let Some(digit) = digit_at(bins.0, bins.1 - 4) {
            self.events.push(event(digit));
        }
    }

    /// The fast and generous test behind [`Detector::muting`].
    fn suspect(&mut self, bins: (usize, usize), window: &Window) {
        let before = self.history.ago(MUTE_LAG);
        let power = |bin| window.steady_power(before, bin, MUTE_TURN[bin]);
        let suspicious = match (power(bins.0), power(bins.1)) {
            (Some(low), Some(high)) => low + high > MUTE_SHARE * window.total(),
            _ => false,
        };
        self.suspicion = if suspicious { self.suspicion + 1 } else { 0 };
        if self.suspicion >= MUTE_HOPS {
            self.mute_hold = MUTE_HOLD_HOPS;
        }
    }
}

/// The loudest row and column, as bins, if they could be a digit's at all.
#[inline]
fn candidate(powers: &Bins, total: f32) -> Option<(usize, usize)> {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let p = powers;
    let low = larger(larger(p[0], p[1]), larger(p[2], p[3]));
    let high = larger(larger(p[4], p[5]), larger(p[6], p[7]));
    // Nearly all that is ever heard ends here.
    if low + high < CANDIDATE_SHARE * total || low < MIN_POWER || high < MIN_POWER {
        return None;
    }
    let row = (0..4).find(|bin| p[*bin] == low)?;
    let column = (4..8).find(|bin| p[*bin] == high)?;
    let (low, high) = (low / BAND_GAIN[row], high / BAND_GAIN[column]);
    let loud = low > MIN_POWER && high > MIN_POWER;
    (loud && high > TWIST.0 * low && high < TWIST.1 * low).then_some((row, column))
}
