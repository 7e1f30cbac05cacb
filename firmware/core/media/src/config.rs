use dsp::tone::TonePlan;
use telephony::Duration;

/// Bounds of the playout delay, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitterConfig {
    /// Least; default 20.
    pub min_ms: u16,
    /// At the start of a stream; default 40.
    pub start_ms: u16,
    /// Most; default 200, not above 300.
    pub max_ms: u16,
}

impl Default for JitterConfig {
    fn default() -> Self {
        JitterConfig {
            min_ms: 20,
            start_ms: 40,
            max_ms: 200,
        }
    }
}

/// How large an engine is. Everything is allocated by [`crate::Engine::new`], nothing later.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Timeslots of the highway.
    pub ports: usize,
    /// RTP sessions.
    pub rtp_sessions: usize,
    /// What tones sound like, unless a port's own configuration says otherwise.
    pub plan: &'static TonePlan,
    /// Silence of the far end that ends in [`crate::Event::RtpTimeout`]; default 120 s.
    pub rtp_timeout: Duration,
    /// Playout delay.
    pub jitter: JitterConfig,
    /// Outputs kept until polled; more are dropped and counted, but for ends of sessions, which have places of their own.
    /// Default: 64 and four for each port and session.
    pub outputs: usize,
}

impl Config {
    /// The defaults for this many timeslots and sessions.
    pub fn new(ports: usize, rtp_sessions: usize, plan: &'static TonePlan) -> Self {
        Config {
            ports,
            rtp_sessions,
            plan,
            rtp_timeout: Duration::from_secs(120),
            jitter: JitterConfig::default(),
            outputs: 64 + 4 * (ports + rtp_sessions),
        }
    }
}
