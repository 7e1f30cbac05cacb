//! Tests as ladders in virtual time: `at!(bench, 1000 <- input => [outputs])`.
//!
//! Each rung asserts that nothing came out since the rung before, and that exactly these outputs come at its millisecond.
//! Without `<- input` the rung is a timer's.

use core::fmt::Debug;

use telephony::Instant;

pub(crate) trait Machine {
    type Input: Copy + Debug;
    type Output: Debug + PartialEq;
    const TIMEOUT: Self::Input;
    fn handle(&mut self, now: Instant, input: Self::Input);
    fn poll_output(&mut self) -> Option<Self::Output>;
    fn wake(&self) -> Option<Instant>;
}

macro_rules! machine {
    ($machine:ty, $input:ty, $output:ty) => {
        impl crate::ladder::Machine for $machine {
            type Input = $input;
            type Output = $output;
            const TIMEOUT: $input = <$input>::Timeout;
            fn handle(&mut self, now: telephony::Instant, input: $input) {
                self.handle(now, input);
            }
            fn poll_output(&mut self) -> Option<$output> {
                self.poll_output()
            }
            fn wake(&self) -> Option<telephony::Instant> {
                self.poll_timeout().map(|(at, _)| at)
            }
        }
    };
}

pub(crate) struct Bench<M> {
    pub machine: M,
    pub now: Instant,
}

impl<M: Machine> Bench<M> {
    pub(crate) fn new(machine: M) -> Self {
        Bench {
            machine,
            now: Instant::ZERO,
        }
    }

    pub(crate) fn drain(&mut self) -> Vec<M::Output> {
        core::iter::from_fn(|| self.machine.poll_output()).collect()
    }

    /// Fires the timers before `until`; gives what came out and when.
    pub(crate) fn run_before(&mut self, until: Instant) -> Vec<(Instant, M::Output)> {
        let mut out = Vec::new();
        while let Some(at) = self.machine.wake().filter(|at| *at < until) {
            self.now = self.now.max(at);
            self.machine.handle(self.now, M::TIMEOUT);
            let now = self.now;
            out.extend(self.drain().into_iter().map(|output| (now, output)));
        }
        out
    }

    pub(crate) fn rung(&mut self, at_ms: u64, input: M::Input) -> Vec<M::Output> {
        let at = Instant::from_millis(at_ms);
        assert!(at >= self.now, "rungs go down: {at} after {}", self.now);
        let early = self.run_before(at);
        assert!(early.is_empty(), "before {at}: {early:?}");
        self.now = at;
        self.machine.handle(at, input);
        self.drain()
    }
}

macro_rules! at {
    ($bench:ident, $ms:literal => [$($output:expr),* $(,)?]) => {{
        let out = $bench.rung($ms, crate::ladder::timeout(&$bench));
        assert_eq!(out, vec![$($output),*], "at {} ms", $ms);
    }};
    ($bench:ident, $ms:literal <- $input:expr => [$($output:expr),* $(,)?]) => {{
        let input = $input;
        let out = $bench.rung($ms, input);
        assert_eq!(out, vec![$($output),*], "at {} ms, {input:?}", $ms);
    }};
}

pub(crate) fn timeout<M: Machine>(_of: &Bench<M>) -> M::Input {
    M::TIMEOUT
}
