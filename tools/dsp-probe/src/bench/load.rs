//! `dsp-probe load`: every channel of a box at once over generated sound, for a program that counts instructions. The sound is made
//! before, the same amount whatever `--seconds` says: the difference of two lengths is the channels' work alone.

use std::io::Write;

use clap::{Args, ValueEnum};
use dsp::echo::{Canceller, Config};
use dsp::front_end::FrontEnd;
use dsp::{caller_id, dtmf, fax, progress};
use telephony::{Frame, SAMPLE_RATE_HZ};

use super::sound;
use crate::probe::Failure;

/// Frames a second.
const FRAMES: usize = SAMPLE_RATE_HZ as usize / telephony::FRAME_SAMPLES;
/// Length of the sound that is heard again and again, in seconds; each port is at another place of it.
const LOOP_SECONDS: usize = 12;

#[derive(Args)]
pub struct Arguments {
    /// Channels
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    ports: u16,
    /// Length of the sound each of them hears
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=3_600))]
    seconds: u32,
    /// Only these parts of a channel
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Tail of the echo canceller
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(8..=128))]
    tail_ms: u16,
}

/// A part of a channel.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What feeds the detectors, which is always there
    FrontEnd,
    /// Echo canceller with its nonlinear processor
    Ec,
    Dtmf,
    /// Call progress tones
    Progress,
    /// Caller ID of both FSK standards; by digits it is the DTMF detector's
    Cid,
    /// Fax and modem tones
    Fax,
}

/// One port's DSP.
struct Channel {
    front_end: FrontEnd,
    canceller: Canceller,
    dtmf: dtmf::Detector,
    progress: progress::Detector,
    caller_id: caller_id::Detector,
    fax: fax::Detector,
}

impl Channel {
    fn new(tail_ms: u16) -> Self {
        Channel {
            front_end: FrontEnd::new(),
            canceller: Canceller::new(Config { tail_ms, nlp: true }),
            dtmf: dtmf::Detector::new(),
            progress: progress::Detector::new(sound::north_america()),
            caller_id: caller_id::Detector::new(),
            fax: fax::Detector::new(),
        }
    }

    /// 10 ms.
    fn process(&mut self, far: &Frame, mut near: Frame, runs: impl Fn(Part) -> bool) -> u64 {
        let mut heard = 0u64;
        if runs(Part::Ec) {
            self.canceller.process(far, &mut near);
        }
        let hearing = self.front_end.process(&near);
        if runs(Part::Dtmf) {
            self.dtmf.process(hearing);
            while let Some(event) = self.dtmf.poll() {
                self.caller_id.digit(event);
                self.progress.digit(event);
                heard += 1;
            }
        }
        if runs(Part::Progress) {
            self.progress.process(hearing);
            while self.progress.poll().is_some() {
                heard += 1;
            }
        }
        if runs(Part::Cid) {
            self.caller_id.process(hearing);
            while self.caller_id.poll().is_some() {
                heard += 1;
            }
        }
        if runs(Part::Fax) {
            self.fax.process(hearing);
            while self.fax.poll().is_some() {
                heard += 1;
            }
        }
        heard = heard.wrapping_add(u64::from(hearing.power.to_bits()));
        near.iter().fold(heard, |sum, &s| {
            sum.wrapping_mul(31)
                .wrapping_add(u64::from(s.cast_unsigned()))
        })
    }
}

pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let runs = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let (far, near) = two_way();
    let mut channels: Vec<_> = (0..arguments.ports)
        .map(|_| Channel::new(arguments.tail_ms))
        .collect();
    let mut sum = 0u64;
    for n in 0..arguments.seconds as usize * FRAMES {
        for (port, channel) in channels.iter_mut().enumerate() {
            let at = (n + 37 * port) % far.len();
            sum = sum.wrapping_add(channel.process(&far[at], near[at], runs));
        }
    }
    writeln!(
        out,
        "{} ports, {} s each, sum of what came out {sum:016x}",
        arguments.ports, arguments.seconds
    )?;
    Ok(())
}

/// A call as a port has it: echo all the time, and from the near end digits, a caller-ID message, tones, speech and pauses.
fn two_way() -> (Vec<Frame>, Vec<Frame>) {
    let (far, mut near) = sound::echo(LOOP_SECONDS);
    let own = [
        sound::digits(),
        sound::message(caller_id::Standard::Bell202),
        sound::tones(),
    ];
    let own = own.iter().flat_map(|part| part.iter().take(3 * FRAMES));
    for (near, own) in near.iter_mut().zip(own) {
        for (sample, own) in near.iter_mut().zip(own) {
            *sample = sample.saturating_add(*own);
        }
    }
    (far, near)
}
