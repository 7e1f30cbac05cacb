//! What an installer can set on an FXO port. Times in milliseconds.

/// Everything of one FXO port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FxoConfig {
    /// Calls coming in.
    pub ring: RingDetect,
    /// The caller's number.
    pub caller_id: CallerIdReceive,
    /// Calls going out.
    pub dial: DialConfig,
    /// How an answer is noticed.
    pub answer: AnswerConfig,
    /// How a hang-up is noticed.
    pub disconnect: DisconnectConfig,
    /// The pair itself.
    pub line: LineConfig,
}

/// Ring detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingDetect {
    /// A shorter burst is no ring. 100: shorter than the 160-200 ms ring pulse of some exchanges, longer than a dial tap.
    pub min_burst_ms: u16,
    /// No burst for this long: the caller gave up. 8000 (chan_dahdi ringtimeout, UCM).
    pub timeout_ms: u16,
    /// A burst this soon after another belongs to the same ring. 1000 (400-200-400 in the United Kingdom, BT SIN 351).
    pub same_ring_ms: u16,
}

impl Default for RingDetect {
    fn default() -> Self {
        RingDetect {
            min_burst_ms: 100,
            timeout_ms: 8_000,
            same_ring_ms: 1_000,
        }
    }
}

/// What begins the caller ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerIdStart {
    /// The line has none: calls are reported as soon as the first burst is valid.
    Off,
    /// The end of the first ring.
    AfterRing,
    /// A polarity reversal before the first ring.
    Polarity,
    /// The signal itself before the first ring (DTMF of China, Taiwan, the Nordic countries): always listened for.
    BeforeRing,
}

/// Caller-ID reception. A line of `Polarity` or `BeforeRing` that gave nothing before the ring is heard after it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerIdReceive {
    /// What begins it. After the first ring.
    pub start: CallerIdStart,
    /// Listen this long after the first ring; the second ring ends it earlier. 4000 (longest pause in use: 4 s).
    pub window_ms: u16,
    /// After the reversal or the number, a ring must follow within this. 5000.
    pub before_ring_ms: u16,
}

impl Default for CallerIdReceive {
    fn default() -> Self {
        CallerIdReceive {
            start: CallerIdStart::AfterRing,
            window_ms: 4_000,
            before_ring_ms: 5_000,
        }
    }
}

/// What dial tone means for dialling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialToneRule {
    /// Without it the call fails: `NetworkOutOfOrder`, so that another line is tried.
    Required,
    /// Waited for; after the wait the digits are sent anyway.
    Preferred,
    /// Not waited for: the digits are sent after the dial delay.
    Ignored,
}

/// Outgoing calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialConfig {
    /// Required: digits sent into a line without dial tone reach nobody, or a caller (glare).
    pub tone: DialToneRule,
    /// How long dial tone is waited for. 5000 (ETS 300 001 ch. 4: exchanges give it within 5 s but for overload).
    pub tone_wait_ms: u16,
    /// From dial tone (or off hook, when not waited for) to the first digit. 300.
    pub delay_ms: u16,
    /// The digits' end must be reported within this, plus 2 s a digit (a rotary `0`). 5000.
    pub sent_guard_ms: u16,
    /// A ring this long between off hook and the first digit is glare. 40: longer than what the own hook relay makes in the
    /// detector, shorter than the 200 ms in which the exchange takes our loop for the answer (GR-506).
    pub glare_ms: u16,
}

impl Default for DialConfig {
    fn default() -> Self {
        DialConfig {
            tone: DialToneRule::Required,
            tone_wait_ms: 5_000,
            delay_ms: 300,
            sent_guard_ms: 5_000,
            glare_ms: 40,
        }
    }
}

/// Answer supervision of outgoing calls: the first that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerConfig {
    /// A polarity reversal after the last digit is the answer. On.
    pub polarity: bool,
    /// Ringback was heard, then not for this long. 7000: longer than the longest cycle, 2 s + 4 s (tone plan: cycle + 1 s).
    /// `None`: off.
    pub ringback_gone_ms: Option<u16>,
    /// Nothing else told within this after the last digit. 15 000, because many lines have no supervision; ringback stops
    /// it when `ringback_gone_ms` is set. `None`: off.
    pub assume_ms: Option<u32>,
}

impl Default for AnswerConfig {
    fn default() -> Self {
        AnswerConfig {
            polarity: true,
            ringback_gone_ms: Some(7_000),
            assume_ms: Some(15_000),
        }
    }
}

/// Hang-up of the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisconnectConfig {
    /// Battery gone this long while off hook. 200, 50-3000 (UCM current-disconnect threshold). `None`: off.
    pub loop_drop_ms: Option<u16>,
    /// Polarity changed. On.
    pub polarity: bool,
    /// A change of polarity this soon after the answer belongs to the answer. 600 (chan_dahdi polarityonanswerdelay, UCM).
    pub polarity_guard_ms: u16,
    /// Busy, congestion or special information tone in an answered call. On.
    pub tones: bool,
    /// Dial tone in an answered call. On.
    pub dial_tone: bool,
}

impl Default for DisconnectConfig {
    fn default() -> Self {
        DisconnectConfig {
            loop_drop_ms: Some(200),
            polarity: true,
            polarity_guard_ms: 600,
            tones: true,
            dial_tone: true,
        }
    }
}

/// Timing of the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineConfig {
    /// After on hook the line is not used for this long. 2000: the exchange must notice the release.
    pub guard_ms: u16,
    /// Loop opening of a flash to the exchange. 750 (chan_dahdi flash).
    pub flash_ms: u16,
    /// A polarity must last this long to count. 50: shorter is a transient.
    pub polarity_ms: u16,
    /// Battery gone this long on hook: the line is cut. 1000.
    pub cut_ms: u16,
    /// Battery back this long: the line is restored. 1000: a line being plugged in bounces.
    pub restore_ms: u16,
}

impl Default for LineConfig {
    fn default() -> Self {
        LineConfig {
            guard_ms: 2_000,
            flash_ms: 750,
            polarity_ms: 50,
            cut_ms: 1_000,
            restore_ms: 1_000,
        }
    }
}
