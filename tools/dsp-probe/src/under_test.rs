//! The only place of the suite that knows the detectors: samples in, what they said out. When a detector changes its shape, this
//! file changes and no test does.

use crate::signal::Law;
use crate::vectors::caller_id::{Absence, Message, Standard};
use dsp::dtmf::DtmfEvent;
use dsp::front_end::{FrontEnd, Hearing};
use dsp::{caller_id, dtmf, echo, fax, g711, plc, progress, tone};
use telephony::{CallerId, Digits, FRAME_SAMPLES, Frame, Presentation};

pub use dsp::echo::Report;
pub use dsp::progress::Heard;

/// A digit that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigitHit {
    /// Samples heard when it was told.
    pub at: usize,
    /// Which.
    pub key: char,
}

/// A caller-ID message that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Samples heard when it was told.
    pub at: usize,
    /// How it came.
    pub standard: Standard,
    /// What it says.
    pub message: Message,
}

/// Tones of fax machines and modems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaxTone {
    /// Calling tone (T.30 §4.1.2).
    Cng,
    /// Answer tone without reversals (T.30 §4.1.1 CED, V.25 ANS).
    Ced,
    /// Answer tone with phase reversals (V.25).
    AnsPr,
    /// Amplitude-modulated answer tone with or without reversals (V.8).
    AnsAm,
    /// Flags of V.21 channel 2 (T.30 §5.3.1).
    V21,
}

/// What an analyser learned of an unknown line's busy tone.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// Frequencies in Hz, ascending.
    pub frequencies_hz: Vec<f32>,
    /// Sound, silence, sound, ... of one cycle, in ms.
    pub cadence_ms: Vec<f32>,
}

/// What a canceller made of a line.
pub struct Cancelled {
    /// Sout.
    pub out: Vec<i16>,
    /// What it knew after each frame.
    pub reports: Vec<Report>,
}

/// Calls `with` for each frame, the last one filled up with silence; also with the number of samples up to its end.
fn frames(samples: &[i16], mut with: impl FnMut(usize, &Frame)) {
    for (n, chunk) in samples.chunks(FRAME_SAMPLES).enumerate() {
        let mut frame: Frame = [0; FRAME_SAMPLES];
        frame[..chunk.len()].copy_from_slice(chunk);
        with((n + 1) * FRAME_SAMPLES, &frame);
    }
}

/// Calls `with` for each frame as the front end hears it.
fn hearings(samples: &[i16], mut with: impl FnMut(usize, &Hearing)) {
    let mut front_end = FrontEnd::new();
    frames(samples, |at, frame| with(at, front_end.process(frame)));
}

/// Calls `with` for each frame as the front end hears it, and for each digit event in it first.
fn with_digits(samples: &[i16], mut with: impl FnMut(usize, Result<&Hearing, DtmfEvent>)) {
    let mut digits = dtmf::Detector::new();
    hearings(samples, |at, hearing| {
        digits.process(hearing);
        while let Some(event) = digits.poll() {
            with(at, Err(event));
        }
        with(at, Ok(hearing));
    });
}

/// Digits heard.
pub fn dtmf_hits(samples: &[i16]) -> Vec<DigitHit> {
    let mut detector = dtmf::Detector::new();
    let mut hits = Vec::new();
    hearings(samples, |at, hearing| {
        detector.process(hearing);
        while let Some(event) = detector.poll() {
            if let DtmfEvent::Began(digit) = event {
                let key = digit.as_char();
                hits.push(DigitHit { at, key });
            }
        }
    });
    hits
}

/// Whether the DTMF detector asked for muting, after each frame.
pub fn dtmf_muting(samples: &[i16]) -> Vec<bool> {
    let mut detector = dtmf::Detector::new();
    let mut muting = Vec::new();
    hearings(samples, |_, hearing| {
        detector.process(hearing);
        while detector.poll().is_some() {}
        muting.push(detector.muting());
    });
    muting
}

/// Digits as our generator sends them, at the levels of the low and the high tone.
pub fn send_digits(keys: &str, on_ms: u16, off_ms: u16, low_dbm0: f32, high_dbm0: f32) -> Vec<i16> {
    let digits = Digits::parse(keys).unwrap_or_default();
    let timing = dtmf::Timing { on_ms, off_ms };
    let level = dtmf::Level {
        low_dbm0,
        high_dbm0,
    };
    let mut generator = dtmf::Generator::new(digits, timing, level);
    let length = keys.len() * usize::from(on_ms + off_ms) * 8;
    let mut out = vec![0; length];
    generator.fill(&mut out);
    out
}

/// What a canceller makes of the near end `line` (Sin) of a path that was sent `far` (Rin).
pub fn cancel(tail_ms: u16, nlp: bool, far: &[i16], line: &[i16]) -> Cancelled {
    let mut canceller = echo::Canceller::new(echo::Config { tail_ms, nlp });
    let (mut out, mut reports) = (Vec::with_capacity(line.len()), Vec::new());
    let mut near: Vec<Frame> = Vec::new();
    frames(line, |_, frame| near.push(*frame));
    let mut near = near.into_iter();
    frames(&far[..far.len().min(line.len())], |_, far| {
        let mut frame = near.next().unwrap_or([0; FRAME_SAMPLES]);
        canceller.process(far, &mut frame);
        out.extend_from_slice(&frame);
        reports.push(canceller.report());
    });
    out.truncate(line.len());
    Cancelled { out, reports }
}

/// Caller-ID messages heard, good ones only.
pub fn caller_ids(samples: &[i16]) -> Vec<Shown> {
    let mut detector = caller_id::Detector::new();
    let mut shown = Vec::new();
    with_digits(samples, |at, heard| {
        match heard {
            Err(event) => detector.digit(event),
            Ok(hearing) => detector.process(hearing),
        }
        while let Some(result) = detector.poll() {
            let Ok(received) = result else { continue };
            shown.push(Shown {
                at,
                standard: standard(received.standard),
                message: message(&received),
            });
        }
    });
    shown
}

fn standard(standard: caller_id::Standard) -> Standard {
    match standard {
        caller_id::Standard::Bell202 => Standard::Bell202,
        caller_id::Standard::V23 => Standard::V23,
        caller_id::Standard::Dtmf => Standard::Dtmf,
    }
}

fn message(received: &caller_id::Received) -> Message {
    Message {
        number: received.caller.number.as_str().to_owned(),
        name: received.caller.name.as_str().to_owned(),
        time: received.time.map(|t| [t.month, t.day, t.hour, t.minute]),
        absence: match received.caller.presentation {
            Presentation::Allowed => None,
            Presentation::Private => Some(Absence::Private),
            Presentation::Unavailable => Some(Absence::Unavailable),
        },
    }
}

/// A message as our sender sends it; the single data message format when `single`.
pub fn send_caller_id(message: &Message, by: Standard, single: bool) -> Vec<i16> {
    let mut caller = CallerId::new(&message.number, &message.name);
    caller.presentation = match message.absence {
        None => Presentation::Allowed,
        Some(Absence::Private) => Presentation::Private,
        Some(Absence::Unavailable) => Presentation::Unavailable,
    };
    let time = message
        .time
        .map(|[month, day, hour, minute]| caller_id::ClockTime {
            month,
            day,
            hour,
            minute,
        });
    let by = match by {
        Standard::Bell202 => caller_id::Standard::Bell202,
        Standard::V23 => caller_id::Standard::V23,
        Standard::Dtmf => caller_id::Standard::Dtmf,
    };
    let spill = match time {
        Some(time) if single => caller_id::Spill::encode_sdmf(&caller, time),
        _ => caller_id::Spill::encode(&caller, time, by),
    };
    let mut out = vec![0; spill.duration().as_micros() as usize / 125 + 800];
    caller_id::SpillPlayer::new(spill).fill(&mut out);
    out
}

/// Alerting signals of type II caller identification heard (CPE alerting signal, dual-tone alerting signal): samples at each.
pub fn alerts(samples: &[i16]) -> Vec<usize> {
    let mut detector = caller_id::CasDetector::new();
    let mut at_each = Vec::new();
    hearings(samples, |at, hearing| {
        detector.process(hearing);
        while detector.poll().is_some() {
            at_each.push(at);
        }
    });
    at_each
}

/// What the plan of `country` hears, with the samples heard by then. `None` when there is no such plan.
pub fn heard(country: &str, samples: &[i16]) -> Option<Vec<(usize, Heard)>> {
    let mut detector = progress::Detector::new(tone::plan(country)?);
    let mut said = Vec::new();
    with_digits(samples, |at, heard| {
        match heard {
            Err(event) => detector.digit(event),
            Ok(hearing) => detector.process(hearing),
        }
        while let Some(heard) = detector.poll() {
            said.push((at, heard));
        }
    });
    Some(said)
}

/// The busy tone learned from a recording.
pub fn learn(recording: &[i16]) -> Option<Learned> {
    let mut learner = progress::learn::Learner::new();
    hearings(recording, |_, hearing| learner.process(hearing));
    let learned = learner.learned().ok()?;
    Some(Learned {
        frequencies_hz: learned.freqs_hz().to_vec(),
        cadence_ms: learned
            .cadence_ms()
            .iter()
            .map(|&ms| f32::from(ms))
            .collect(),
    })
}

/// Fax and modem tones heard, with the samples heard by then.
pub fn fax_tones(samples: &[i16]) -> Vec<(usize, FaxTone)> {
    let mut detector = fax::Detector::new();
    let mut tones = Vec::new();
    hearings(samples, |at, hearing| {
        detector.process(hearing);
        while let Some(event) = detector.poll() {
            let tone = match event.tone {
                fax::FaxTone::Calling => FaxTone::Cng,
                fax::FaxTone::Answer => FaxTone::Ced,
                fax::FaxTone::AnswerReversed => FaxTone::AnsPr,
                fax::FaxTone::AnswerModulated | fax::FaxTone::AnswerModulatedReversed => {
                    FaxTone::AnsAm
                }
                fax::FaxTone::Preamble => FaxTone::V21,
            };
            tones.push((at, tone));
        }
    });
    tones
}

/// `sample` through our coder and back.
pub fn g711(law: Law, sample: i16) -> i16 {
    match law {
        Law::Linear => sample,
        Law::A => g711::decode_alaw(g711::encode_alaw(sample)),
        Law::Mu => g711::decode_ulaw(g711::encode_ulaw(sample)),
    }
}

/// `samples` with the frames marked in `lost` concealed, brought back to their own time.
pub fn conceal(samples: &[i16], lost: &[bool]) -> Vec<i16> {
    let mut concealer = plc::Concealer::new();
    let mut out = Vec::with_capacity(samples.len());
    let mut lost = lost.iter();
    let padded = [samples, &[0; 2 * FRAME_SAMPLES]].concat();
    frames(&padded, |_, frame| {
        let mut frame = *frame;
        if lost.next().copied().unwrap_or(false) {
            concealer.lost(&mut frame);
        } else {
            concealer.good(&mut frame);
        }
        out.extend_from_slice(&frame);
    });
    out.drain(..plc::Concealer::DELAY_SAMPLES);
    out.truncate(samples.len());
    out
}
