//! What an installer can set on an FXS port. Times in milliseconds.

use telephony::RingCadence;

/// Everything of one FXS port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FxsConfig {
    /// Lifting, hanging up, flashing.
    pub hook: HookConfig,
    /// Rotary dialling.
    pub pulse: PulseConfig,
    /// Ringing the phone.
    pub ring: RingConfig,
    /// Sending the caller's number.
    pub caller_id: CallerIdSend,
    /// What a phone gets that stays off hook after its call.
    pub release: ReleaseConfig,
}

/// Hook timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookConfig {
    /// Off hook: a change of the loop counts after it lasted this long. 10: contact bounce of dial and hook switch is
    /// below 5 ms (ETS 300 001 ch. 5), the shortest pulse break twice as long.
    pub bounce_ms: u16,
    /// On hook: the loop must be closed this long to be a seizure. 50: longer than a lightning or hook transient.
    pub seize_ms: u16,
    /// A loop opening of (least, most) is a flash; `None` switches flashes off. 300-1000 (North America, TIA-470);
    /// 80-200 is usual in Europe (ETSI ES 201 970 register recall). A country's tone plan says.
    pub flash_ms: Option<(u16, u16)>,
    /// With flashes off: a loop opening this long is on hook. 250: longer than any pulse break. With flashes on, longer
    /// than the longest flash is on hook.
    pub on_hook_ms: u16,
    /// After on hook the loop is not looked at, and no ring starts, for this long. 300: bounce of the cradle is no seizure.
    pub guard_ms: u16,
}

impl Default for HookConfig {
    fn default() -> Self {
        HookConfig {
            bounce_ms: 10,
            seize_ms: 50,
            flash_ms: Some((300, 1_000)),
            on_hook_ms: 250,
            guard_ms: 300,
        }
    }
}

/// Pulse dialling: 10 pulses a second, 60 % break (TIA-470, ETS 300 001 ch. 5), with tolerance for worn dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PulseConfig {
    /// Whether rotary dials are listened to. On.
    pub enabled: bool,
    /// Shortest and longest loop break that is a pulse. 20-120 (8 to 20 pulses a second, 33-70 % break). A shorter flash
    /// window wins: a break as long as the shortest flash is a flash.
    pub break_ms: (u16, u16),
    /// The loop closed this long after a pulse ends the digit. 200: the longest make is below 100, the shortest pause
    /// between digits 300 (TIA-470: senders give 600 and more).
    pub inter_digit_ms: u16,
}

impl Default for PulseConfig {
    fn default() -> Self {
        PulseConfig {
            enabled: true,
            break_ms: (20, 120),
            inter_digit_ms: 200,
        }
    }
}

/// Ringing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingConfig {
    /// Used when a ring brings no cadence of its own. [`RingCadence::EUROPE`].
    pub cadence: RingCadence,
    /// The loop closed this long while ringing is an answer. 30, sensible 20-40: longer than the half wave of 16 Hz
    /// ringing that leaks through a ring-trip filter; GR-506 asks for ringing off within 200 ms of the answer.
    pub trip_ms: u16,
}

impl Default for RingConfig {
    fn default() -> Self {
        RingConfig {
            cadence: RingCadence::EUROPE,
            trip_ms: 30,
        }
    }
}

/// When the caller's number is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerIdWhen {
    /// Never.
    Off,
    /// In the longest pause of the first ring cycle (GR-30 §2.3.1, ETSI EN 300 659-1: data transmission during ringing).
    AfterFirstRing,
    /// Before the first ring, after reversing the polarity if `reversal` (EN 300 659-1: data transmission prior to ringing).
    BeforeRing {
        /// Reverse the feed first, and back when the port is idle or answered.
        reversal: bool,
    },
}

/// Caller-ID sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerIdSend {
    /// When. After the first ring.
    pub when: CallerIdWhen,
    /// From the end of the burst (or the reversal) to the spill. 500 (GR-30 §2.3.1: not before 500).
    pub start_ms: u16,
    /// From the spill's end to the next burst, at least. 200 (EN 300 659-1).
    pub gap_ms: u16,
    /// The spill is given up when its end was not reported for this long. 6000: the longest MDMF spill is below 4 s.
    pub guard_ms: u16,
}

impl Default for CallerIdSend {
    fn default() -> Self {
        CallerIdSend {
            when: CallerIdWhen::AfterFirstRing,
            start_ms: 500,
            gap_ms: 200,
            guard_ms: 6_000,
        }
    }
}

/// A phone that stays off hook after its call (permanent signal).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseConfig {
    /// The feed is taken away for this long first (CPC, for answering machines and alarm panels), 50-3000; `None`: not.
    pub disconnect_open_loop_ms: Option<u16>,
    /// After the feed came back, the loop is judged after this long. 100: a phone takes that long to draw current again.
    pub feed_settle_ms: u16,
    /// The tone of the cause. 30 000.
    pub tone_ms: u32,
    /// Then the howler. 60 000. Then silence until the phone is hung up.
    pub howler_ms: u32,
}

impl Default for ReleaseConfig {
    fn default() -> Self {
        ReleaseConfig {
            disconnect_open_loop_ms: None,
            feed_settle_ms: 100,
            tone_ms: 30_000,
            howler_ms: 60_000,
        }
    }
}
