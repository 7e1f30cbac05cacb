use dsp::caller_id;
use dsp::progress;
use dsp::tone::TonePlan;
use telephony::{Digit, Frame, LineId};

use crate::ear::Ear;
use crate::mouth::Mouth;
use crate::outputs::Outputs;
use crate::{Bearer, Event};

/// One timeslot.
#[derive(Debug)]
pub(crate) struct Port {
    pub line: LineId,
    pub peer: Option<Bearer>,
    pub ear: Ear,
    pub mouth: Mouth,
    /// A digit that began in this tick and is to be reported.
    pub began: Option<Digit>,
    caller_id: Option<caller_id::Detector>,
    progress: Option<progress::Detector>,
}

impl Port {
    pub(crate) fn new(line: LineId) -> Self {
        Port {
            line,
            peer: None,
            ear: Ear::default(),
            mouth: Mouth::new(),
            began: None,
            caller_id: None,
            progress: None,
        }
    }

    pub(crate) fn listen(&mut self, caller_id: bool, progress: bool, plan: &'static TonePlan) {
        self.caller_id = caller_id.then(caller_id::Detector::new);
        self.progress = progress.then(|| progress::Detector::new(plan));
    }

    /// Feeds the receivers.
    pub(crate) fn receive(&mut self, frame: &Frame, outputs: &mut Outputs) {
        let line = self.line;
        if let Some(detector) = &mut self.caller_id {
            detector.process(frame);
            while let Some(result) = detector.poll() {
                outputs.event(Event::CallerId { line, result });
            }
        }
        if let Some(detector) = &mut self.progress {
            detector.process(frame);
            while let Some(heard) = detector.poll() {
                outputs.event(Event::Heard { line, heard });
            }
        }
    }
}
