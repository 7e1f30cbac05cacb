//! What a line card reports and what it can be told: raw facts of a port, before debounce and timing.

use crate::Duration;

/// What faces the pair. *Our* port: FXS feeds a phone, FXO faces the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortKind {
    /// Feeds an analog phone: battery, ringing, loop-current detection.
    Fxs,
    /// Is an analog phone to an exchange line: hook relay, ring and battery detection.
    Fxo,
}

/// The current loop as the hardware sees it this instant, with bounce and flashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopState {
    /// No loop current flows.
    Open,
    /// Loop current flows.
    Closed,
}

/// Whether the phone is in use, after debounce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookState {
    /// Idle.
    OnHook,
    /// In use.
    OffHook,
}

/// Polarity of the battery between tip and ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// The idle polarity (tip positive to ring).
    Forward,
    /// Reversed: answer or disconnect supervision, or a caller-ID alert.
    Reverse,
}

/// A raw fact from a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortEvent {
    /// FXS: loop current appeared or went. Bounce, dial pulses and flashes included; during ringing this is ring trip.
    Loop(LoopState),
    /// FXO: a ring burst began (`true`) or ended (`false`) at the tip-ring detector.
    Ring(bool),
    /// FXO: exchange battery is there (`true`) or gone (`false`). Gone while off hook is a disconnect (CPC); gone for long is a cut line.
    Battery(bool),
    /// FXO: the exchange's polarity is now this.
    Polarity(Polarity),
    /// The port stopped working: chip fault, thermal shutdown, span lost. Its call ends; others go on.
    Failed,
    /// The port works again.
    Recovered,
}

/// A request to a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortCommand {
    /// FXS: ringing voltage on (`true`) or off. The line machine makes the cadence.
    Ring(bool),
    /// FXS: battery on (`true`, the normal state) or removed (`false`: open loop towards the phone, CPC).
    Feed(bool),
    /// FXS: polarity of the feed.
    Polarity(Polarity),
    /// FXS: let speech-band signals through while on hook (caller-ID FSK, MWI).
    OnHookTransmission(bool),
    /// FXO: close the loop (`OffHook`) or open it.
    Hook(HookState),
}

/// Ring on and off times, repeated while ringing. Pairs beyond `len` are unused; at most four bursts a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingCadence {
    /// (on, off) in milliseconds.
    pub bursts_ms: [(u16, u16); 4],
    /// Bursts in use, 1 to 4.
    pub len: u8,
}

impl RingCadence {
    /// 1 s on, 4 s off: Germany, China, most of Europe (ETSI ES 201 970 Annex A).
    pub const EUROPE: RingCadence = RingCadence::one(1_000, 4_000);
    /// 2 s on, 4 s off: North America (ANSI T1.401).
    pub const NORTH_AMERICA: RingCadence = RingCadence::one(2_000, 4_000);

    /// A cadence of one burst.
    pub const fn one(on_ms: u16, off_ms: u16) -> Self {
        RingCadence {
            bursts_ms: [(on_ms, off_ms), (0, 0), (0, 0), (0, 0)],
            len: 1,
        }
    }

    /// A cadence of two bursts, as 400-200-400-2000 in the United Kingdom (BT SIN 351).
    pub const fn two(on1_ms: u16, off1_ms: u16, on2_ms: u16, off2_ms: u16) -> Self {
        RingCadence {
            bursts_ms: [(on1_ms, off1_ms), (on2_ms, off2_ms), (0, 0), (0, 0)],
            len: 2,
        }
    }

    /// The bursts in use.
    pub fn bursts(&self) -> &[(u16, u16)] {
        &self.bursts_ms[..(self.len as usize).min(4)]
    }

    /// One whole cycle.
    pub fn cycle(&self) -> Duration {
        Duration::from_millis(
            self.bursts()
                .iter()
                .map(|&(on, off)| u64::from(on) + u64::from(off))
                .sum(),
        )
    }
}
