use dsp::tone::TonePlan;
use telephony::{Frame, LineId};

use crate::Bearer;
use crate::ear::Ear;
use crate::mouth::Mouth;
use crate::pair::Pair;
use crate::words::PortConfig;

/// One timeslot.
#[derive(Debug)]
pub(crate) struct Port {
    pub line: LineId,
    pub peer: Option<Bearer>,
    /// Tones of the line's country.
    pub plan: &'static TonePlan,
    pub ear: Ear,
    pub mouth: Mouth,
    pub pair: Pair,
}

impl Port {
    pub(crate) fn new(line: LineId, config: &PortConfig) -> Self {
        Port {
            line,
            peer: None,
            plan: config.plan,
            ear: Ear::default(),
            mouth: Mouth::new(),
            pair: Pair::new(config),
        }
    }

    pub(crate) fn configure(&mut self, config: &PortConfig) {
        self.plan = config.plan;
        self.pair.configure(config);
    }

    /// Turns receivers on, anew, or off.
    pub(crate) fn listen(&mut self, caller_id: bool, progress: bool) {
        let listener = &mut self.mouth.listener;
        listener.listen_for_caller_id(caller_id);
        listener.listen_for_progress(progress.then_some(self.plan));
    }

    /// Whether it carries a call, or what leads to one. A line that waits for a caller's number does not.
    fn is_in_use(&self) -> bool {
        self.peer.is_some()
            || self.mouth.report
            || self.ear.is_busy()
            || self.mouth.listener.hears_progress()
    }

    /// What came in, without the echo of what went out: as detectors hear it, and as the other party does.
    pub(crate) fn receive(&mut self, frame: &Frame) -> (Frame, Frame) {
        let mut said = *frame;
        let heard = self.pair.receive(&mut said, self.is_in_use());
        (heard, said)
    }

    /// What goes out.
    pub(crate) fn send(&mut self, frame: &mut Frame) {
        self.pair.send(frame);
        self.mouth.sent.push(frame);
    }
}
