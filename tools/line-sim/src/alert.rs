//! How an exchange announces a call: alert signals, caller ID, ringing.

use std::collections::VecDeque;

use telephony::RingCadence;

use crate::cid;
use crate::config::{CidDelivery, IncomingCall, SimError};
use crate::dtmf::Keypad;
use crate::fsk::{Modem, modulate};
use crate::signal::{Sine, peak};
use crate::world::STEP;

/// Level of the FSK, dBm0 (GR-30-CORE: -13.5 at the exchange).
const FSK_DBM0: f32 = -13.5;
/// Level of each frequency of the dual tone alert signal, dBm0.
const ALERT_DBM0: f32 = -16.0;
/// From the end of the first ring to the FSK, ms (GR-30-CORE: 500 to 1,500 of silence around it).
const AFTER_RING_MS: u32 = 500;
/// Least silence from the end of the FSK to the next ring, ms.
const BEFORE_NEXT_RING_MS: u32 = 200;

/// One thing after the other on the line.
#[derive(Debug)]
enum Cue {
    Reverse,
    Silence(u32),
    Ring(u32),
    Sound(VecDeque<f32>),
}

/// What an alert does in one millisecond.
#[derive(Debug, Default)]
pub(crate) struct Alerting {
    pub(crate) ring: bool,
    pub(crate) reverse: bool,
    pub(crate) gave_up: bool,
    pub(crate) sound: [f32; STEP],
}

/// A call being announced.
#[derive(Debug)]
pub(crate) struct Alert {
    cues: VecDeque<Cue>,
    cadence: RingCadence,
    since_ring_ms: Option<u32>,
    gives_up_after_ms: Option<u32>,
}

impl Alert {
    pub(crate) fn new(call: &IncomingCall, cadence: RingCadence) -> Result<Self, SimError> {
        let mut cues = VecDeque::new();
        match call.caller_id {
            CidDelivery::None => {}
            CidDelivery::Bell202 => {
                after_ring(&mut cues, cadence, &fsk(Modem::Bell202, &cid::mdmf(call)))
            }
            CidDelivery::Bell202Sdmf => {
                after_ring(&mut cues, cadence, &fsk(Modem::Bell202, &cid::sdmf(call)))
            }
            CidDelivery::V23AfterRing => {
                after_ring(&mut cues, cadence, &fsk(Modem::V23, &cid::mdmf(call)))
            }
            CidDelivery::V23BeforeRing => {
                // EN 300 659-1 §6.1.2c: 100 ms or more, DT-AS of 100 ms, 45 to 500 ms, FSK, 200 to 500 ms, ringing.
                cues.extend([
                    Cue::Reverse,
                    Cue::Silence(150),
                    Cue::Sound(dual_tone_alert()),
                    Cue::Silence(150),
                ]);
                cues.extend([
                    Cue::Sound(fsk(Modem::V23, &cid::mdmf(call)).into()),
                    Cue::Silence(350),
                ]);
            }
            CidDelivery::Dtmf => keys(&mut cues, &cid::keys(call, 'A'))?,
            CidDelivery::DtmfAfterReversal => {
                cues.extend([Cue::Reverse, Cue::Silence(250)]);
                keys(&mut cues, &cid::keys(call, 'D'))?;
            }
        }
        Ok(Alert {
            cues,
            cadence,
            since_ring_ms: None,
            gives_up_after_ms: call.gives_up_after_ms,
        })
    }

    /// The next millisecond.
    pub(crate) fn step(&mut self) -> Alerting {
        let mut now = Alerting::default();
        loop {
            if self.cues.is_empty() {
                ring_once(&mut self.cues, self.cadence);
            }
            match self.cues.front_mut() {
                Some(Cue::Reverse) => {
                    now.reverse = true;
                    self.cues.pop_front();
                    continue;
                }
                Some(Cue::Silence(ms)) if *ms > 0 => *ms -= 1,
                Some(Cue::Ring(ms)) if *ms > 0 => {
                    *ms -= 1;
                    now.ring = true;
                    self.since_ring_ms.get_or_insert(0);
                }
                Some(Cue::Sound(samples)) if !samples.is_empty() => {
                    now.sound
                        .iter_mut()
                        .for_each(|sound| *sound = samples.pop_front().unwrap_or(0.0));
                }
                _ => {
                    self.cues.pop_front();
                    continue;
                }
            }
            break;
        }
        if let Some(ms) = &mut self.since_ring_ms {
            *ms = ms.saturating_add(1);
            now.gave_up = self.gives_up_after_ms.is_some_and(|limit| *ms >= limit);
        }
        now
    }
}

/// One cycle of ringing. A cadence without any time in it would never end: it rings one second in five.
fn ring_once(cues: &mut VecDeque<Cue>, cadence: RingCadence) {
    let cadence = if cadence.cycle().is_zero() {
        RingCadence::EUROPE
    } else {
        cadence
    };
    for &(on, off) in cadence.bursts() {
        cues.extend([Cue::Ring(on.into()), Cue::Silence(off.into())]);
    }
}

/// A first cycle with `sound` in its last silence, which is lengthened if need be.
fn after_ring(cues: &mut VecDeque<Cue>, cadence: RingCadence, sound: &[f32]) {
    ring_once(cues, cadence);
    let Some(Cue::Silence(off)) = cues.pop_back() else {
        return;
    };
    let sound_ms = (sound.len() / STEP) as u32;
    let after = off
        .saturating_sub(AFTER_RING_MS + sound_ms)
        .max(BEFORE_NEXT_RING_MS);
    cues.extend([
        Cue::Silence(AFTER_RING_MS),
        Cue::Sound(sound.to_vec().into()),
        Cue::Silence(after),
    ]);
}

/// Seizure of 300 bits and 180 marks come before a message on hook (GR-30-CORE §2.3; EN 300 659-1 §5.3 allows the same).
fn fsk(modem: Modem, message: &[u8]) -> Vec<f32> {
    modulate(modem, peak(FSK_DBM0), 300, 180, message)
}

/// 2,130 Hz and 2,750 Hz for 100 ms (EN 300 659-1 §5.2).
fn dual_tone_alert() -> VecDeque<f32> {
    let (mut low, mut high) = (
        Sine::new(2_130.0, peak(ALERT_DBM0)),
        Sine::new(2_750.0, peak(ALERT_DBM0)),
    );
    (0..100 * STEP).map(|_| low.next() + high.next()).collect()
}

fn keys(cues: &mut VecDeque<Cue>, keys: &str) -> Result<(), SimError> {
    let samples = Keypad {
        on_ms: 70,
        off_ms: 70,
        ..Keypad::default()
    }
    .samples(keys)?;
    cues.push_back(Cue::Sound(samples.into_iter().map(f32::from).collect()));
    // EN 300 659-1 Annex B: 200 to 500 ms from the last key to ringing.
    cues.push_back(Cue::Silence(300));
    Ok(())
}
