//! What was sent to a party lately: a digit that is heard from it may be that, come back.

use dsp::{dtmf, level};
use telephony::{Digit, FRAME_SAMPLES, Frame, SILENCE};

/// Frames remembered: the longest echo tail (128 ms) and the time a digit takes to be told (40 ms), with a margin.
const FRAMES: usize = 24;
/// Frames that are looked at together: 30 ms tell the tones of the keypad apart.
pub(crate) const WINDOW: usize = 3;

/// The last [`FRAMES`] frames.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    frames: [Frame; FRAMES],
    next: usize,
}

impl Sent {
    pub(crate) const fn new() -> Self {
        Sent {
            frames: [SILENCE; FRAMES],
            next: 0,
        }
    }

    pub(crate) fn push(&mut self, frame: &Frame) {
        self.frames[self.next] = *frame;
        self.next = (self.next + 1) % FRAMES;
    }

    /// Whether `digit`, just heard in `heard`, is what was sent: its two tones, alone, and no quieter than they came back. A
    /// line gives back less than it gets; a digit of the party's own that is not being sent to it is never taken for an echo.
    pub(crate) fn is_echo(&self, digit: Digit, heard: &[Frame; WINDOW]) -> bool {
        let (low_hz, high_hz) = dtmf::frequencies_hz(digit);
        let pair = |samples: &[i16]| {
            [low_hz, high_hz].map(|hz| level::power_of_dbm0(level::goertzel_dbm0(samples, hz)))
        };
        let [low_back, high_back] = pair(heard.as_flattened());
        (0..FRAMES - WINDOW).step_by(WINDOW - 1).any(|age| {
            let mut window = [0; WINDOW * FRAME_SAMPLES];
            for (n, to) in window.chunks_exact_mut(FRAME_SAMPLES).enumerate() {
                to.copy_from_slice(&self.frames[(self.next + age + n) % FRAMES]);
            }
            let [low, high] = pair(&window);
            let all = level::power_of_dbm0(level::dbm0(&window));
            low >= low_back
                && high >= high_back
                && low.min(high) > 0.1 * all
                && low + high > 0.5 * all
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dsp::dtmf::{Generator, Level, Timing};
    use telephony::Digits;

    fn keys(text: &str) -> Generator {
        let digits = Digits::parse(text).expect("digits of this test");
        Generator::new(digits, Timing::default(), Level::default())
    }

    fn next(generator: &mut Generator, loss: i16) -> Frame {
        let mut frame = SILENCE;
        generator.fill(&mut frame);
        frame.map(|s| s / loss)
    }

    #[test]
    fn the_same_digit_is_an_echo_only_when_it_was_sent_and_louder() {
        for (sent, heard, loss, echo) in [
            ("5", "5", 2, true),
            ("5", "5", 8, true),
            ("5", "6", 2, false),
            ("5", "2", 2, false),
            ("", "5", 2, false),
        ] {
            let (mut out, mut back) = (keys(sent), keys(heard));
            let mut history = Sent::new();
            let mut ear = [SILENCE; WINDOW];
            for _ in 0..5 {
                let back = next(&mut back, loss);
                ear.rotate_left(1);
                ear[WINDOW - 1] = back;
                if !sent.is_empty() {
                    history.push(&next(&mut out, 1));
                }
            }
            let digit = Digits::parse(heard).expect("a digit").iter().next();
            let digit = digit.expect("one digit");
            assert_eq!(history.is_echo(digit, &ear), echo, "{sent} {heard} {loss}");
        }
    }

    #[test]
    fn a_tail_of_128_ms_is_remembered_and_half_a_second_is_not() {
        for (silence_ms, echo) in [(100, true), (500, false)] {
            let mut out = keys("9");
            let mut history = Sent::new();
            let heard: [Frame; 8] = core::array::from_fn(|_| {
                let frame = next(&mut out, 1);
                history.push(&frame);
                frame.map(|s| s / 3)
            });
            for _ in 0..silence_ms / 10 {
                history.push(&SILENCE);
            }
            let ear = [heard[2], heard[3], heard[4]];
            let digit = Digits::parse("9").expect("a digit").iter().next();
            assert_eq!(history.is_echo(digit.expect("one"), &ear), echo);
        }
    }
}
