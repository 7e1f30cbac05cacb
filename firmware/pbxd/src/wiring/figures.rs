//! What is measured on analog legs: asked of the media engine when a leg ends, logged, and put into the records of its calls.
//!
//! The media engine answers within a few of its ticks. A record waits that long for its figures, and no longer than
//! [`PATIENCE`]: a record without figures is better than none.

use std::collections::{BTreeMap, VecDeque};

use call::CallRecord;
use media::{Command, PortFigures};
use telephony::{Decibels, Duration, Instant, LegId, LineFigures, LineId};

use super::Way;
use crate::signalling::{Output, Signalling};

/// How long a record waits.
const PATIENCE: Duration = Duration::from_secs(1);
/// Legs whose figures are kept: one that has left its call by transfer is in a record that may be written much later.
const KEPT: usize = 256;

/// Figures, and who waits for them.
#[derive(Default)]
pub(crate) struct Figures {
    known: BTreeMap<LegId, LineFigures>,
    /// Questions without an answer, oldest first.
    asked: VecDeque<(LineId, LegId)>,
    /// Records, and until when each waits.
    waiting: VecDeque<(Instant, Box<CallRecord>)>,
}

impl Figures {
    /// When a record has waited long enough.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.iter().map(|(until, _)| *until).min()
    }

    /// Puts into `record` what is known.
    pub(crate) fn fill(&self, record: &mut CallRecord) {
        for leg in &mut record.legs {
            leg.figures = self.known.get(&leg.leg).copied();
        }
    }

    fn is_asked(&self, leg: LegId) -> bool {
        self.asked.iter().any(|(_, asked)| *asked == leg)
    }

    /// The answer of `line`: whose it is.
    fn answered(&mut self, line: LineId, figures: LineFigures) -> Option<LegId> {
        let at = self.asked.iter().position(|(asked, _)| *asked == line)?;
        let (_, leg) = self.asked.remove(at)?;
        self.known.insert(leg, figures);
        if self.known.len() > KEPT {
            self.known.pop_first();
        }
        Some(leg)
    }
}

impl Signalling {
    /// Asks for the figures of a leg while its port still has them.
    pub(super) fn measure(&mut self, line: LineId, leg: LegId) {
        self.wiring.figures.asked.push_back((line, leg));
        self.media(Command::MeasurePort { line });
    }

    /// A call is over: its record goes to the store when its figures are there. A leg that goes on in another call is measured up
    /// to here.
    pub(super) fn record(&mut self, now: Instant, record: CallRecord) {
        for leg in &record.legs {
            if let Some(&Way::Port(line)) = self.wiring.legs.get(&leg.leg) {
                self.measure(line, leg.leg);
            }
        }
        let waiting = (now + PATIENCE, Box::new(record));
        self.wiring.figures.waiting.push_back(waiting);
        self.hand_out_records(now);
    }

    /// The media engine's answer.
    pub(super) fn port_measured(&mut self, now: Instant, line: LineId, figures: PortFigures) {
        let figures = line_figures(&figures);
        if let Some(leg) = self.wiring.figures.answered(line, figures) {
            tracing::info!(%now, %leg, %line, ?figures, "measured");
            self.hand_out_records(now);
        }
    }

    /// Hands out the records that have all their figures, or have waited long enough.
    pub(crate) fn hand_out_records(&mut self, now: Instant) {
        let figures = &mut self.wiring.figures;
        for (until, mut record) in std::mem::take(&mut figures.waiting) {
            let incomplete = record.legs.iter().any(|leg| figures.is_asked(leg.leg));
            if incomplete && now < until {
                figures.waiting.push_back((until, record));
                continue;
            }
            if incomplete {
                tracing::warn!(call = %record.call, "not measured in time");
                let of_call = |leg: LegId| record.legs.iter().any(|l| l.leg == leg);
                figures.asked.retain(|(_, leg)| !of_call(*leg));
            }
            figures.fill(&mut record);
            self.outputs.push_back(Output::Cdr(record));
        }
    }
}

/// What the media engine measured, in the words of a record.
fn line_figures(figures: &PortFigures) -> LineFigures {
    // Nothing was sent: what the canceller knows is of calls before.
    let echo = figures.echo.filter(|_| figures.tx_dbm0.is_some());
    let echo = echo.unwrap_or_default();
    LineFigures {
        erl_db: echo.erl_db.map(Decibels::from_db),
        erle_db: echo.erle_db.map(Decibels::from_db),
        echo_tail_ms: echo.tail_found_ms.map(|ms| ms.ceil() as u16),
        echo_disabled: echo.disabled,
        rx_dbm0: figures.rx_dbm0.map(Decibels::from_db),
        tx_dbm0: figures.tx_dbm0.map(Decibels::from_db),
    }
}
