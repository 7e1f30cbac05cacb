//! What is asked of a canceller. The Recommendation's own limits are weaker where both are given: test 2B of G.168 asks for 20 dB
//! of combined loss after 1 s; ours are set so that no open canceller known reaches them all.

/// Level of the far end in most tests (G.168 §6.4.2: L_Rin from -30 to 0 dBm0, reported at -10).
pub const FAR_DBM0: f64 = -10.0;
/// Lowest echo return loss a canceller is made for (G.168 §6.4.2: 6 dB).
pub const ERL_DB: f64 = 6.0;
/// Tail of 16 ms, D.2 to D.9: enhancement from 0.5 to 1, 1 to 2 and 5 to 10 s (test 2B; ours).
pub const SHORT_TAIL_DB: [f64; 3] = [20.0, 30.0, 36.0];
/// Tail of 64 ms: from 1 to 2 and 5 to 10 s (test 2B; ours).
pub const LONG_TAIL_DB: [f64; 2] = [24.0, 34.0];
/// Any other hybrid within its tail: from 1 to 2 and 5 to 10 s (ours).
pub const HYBRID_DB: [f64; 2] = [20.0, 32.0];
/// Returned echo with NLP, far end up to -10 dBm0 and above (test 2A, Figure 10).
pub const RETURNED_DBM0: f64 = -65.0;
/// The same at 0 dBm0; -60 at -5 (test 2A, Figure 10: a straight line from -10 to 0).
pub const RETURNED_LOUD_DBM0: f64 = -55.0;
/// A second after a new path (test 2B, reconvergence; ours).
pub const NEW_PATH_DB: f64 = 30.0;
/// With speech at the far end, from 3 s on (ours).
pub const SPEECH_DB: f64 = 25.0;
/// Behind Hoth noise of -40 dBm0 and less, and of -30 (test 2C; ours).
pub const NOISE_DB: [f64; 2] = [22.0, 16.0];
/// Subtracted under double talk by the composite source signal (test 3B; ours).
pub const DOUBLE_TALK_DB: f64 = 25.0;
/// Subtracted under double talk by speech (test 3C; ours).
pub const CONVERSATION_DB: f64 = 15.0;
/// Near end's gain, to either side (ours).
pub const NEAR_GAIN_DB: f64 = 0.5;
/// Error of the near end alone (ours).
pub const NEAR_ERROR_DB: f64 = -30.0;
/// What two minutes of silence may cost (test 4 allows 10 dB; ours).
pub const LEAK_DB: f64 = 2.0;
/// Returned within a second after the path opened, far end at -10 dBm0 (test 5: -37 dBm0).
pub const OPENED_DBM0: f64 = -37.0;
/// Enhancement in the half second after two minutes of tones, and under them (test 6 allows 10 dB of loss; ours).
pub const AFTER_TONES_DB: f64 = 30.0;
/// Under each tone.
pub const UNDER_TONES_DB: f64 = 10.0;
/// A tone for two minutes into an unconverged canceller (test 7; ours).
pub const STEADY_TONE_DB: f64 = 20.0;
/// Comfort noise, to either side of the near end's noise (test 9: 2 dB).
pub const COMFORT_DB: f64 = 2.0;
/// A path moved to anywhere in the tail, or with a second reflection (ours).
pub const ANYWHERE_DB: f64 = 26.0;
/// Clocks 2 millionths apart (ours).
pub const SKEW_DB: f64 = 22.0;
/// How much worse than no canceller at all it may be at any time once it had a second to learn (tests 3B, 6 and 7).
pub const DIVERGENCE_DB: f64 = 1.0;
/// How much louder than Sin Sout may be, whatever comes (ours).
pub const LOUDER_DB: f64 = 3.0;
