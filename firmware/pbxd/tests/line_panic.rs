//! A panic in the code of one port costs that port its call, brings it to rest, and harms no other.

use std::cell::RefCell;
use std::rc::Rc;

use line::{FxsEvent, FxsInput};
use line_card::{Capabilities, CardError, LineCard, LineId, PortCommand, PortEvent, PortKind};
use pbxd::line_station::{LineReport, LineRequest, LineSettings, LineStation};
use telephony::{CallerId, Instant};

const BROKEN: LineId = LineId(0);
const SOUND: LineId = LineId(1);

/// Two phones; ringing the first panics.
struct Card(Rc<RefCell<Vec<(LineId, PortCommand)>>>);

impl LineCard for Card {
    fn capabilities(&self) -> Capabilities<'_> {
        Capabilities {
            ports: &[PortKind::Fxs, PortKind::Fxs],
        }
    }

    fn poll_event(&mut self) -> Option<(LineId, PortEvent)> {
        None
    }

    fn command(&mut self, line: LineId, command: PortCommand) -> Result<(), CardError> {
        assert!(
            (line, command) != (BROKEN, PortCommand::Ring(true)),
            "the fault of this test"
        );
        self.0.borrow_mut().push((line, command));
        Ok(())
    }
}

#[test]
fn the_port_is_brought_to_rest_and_the_others_ring() {
    let told = Rc::new(RefCell::new(Vec::new()));
    let mut station = LineStation::new(Card(told.clone()), vec![LineSettings::default()]);
    let ring = LineRequest::Fxs(FxsInput::Ring {
        caller: CallerId::default(),
        cadence: None,
    });
    let now = Instant::from_millis(1);
    station.handle(now, BROKEN, ring);
    station.handle(now, SOUND, ring);
    let reports: Vec<_> = std::iter::from_fn(|| station.poll_output()).collect();
    for event in [FxsEvent::Failed, FxsEvent::Recovered] {
        assert!(
            reports.contains(&(BROKEN, LineReport::Fxs(event))),
            "{reports:?}"
        );
    }
    assert!(
        reports.iter().all(|(line, _)| *line == BROKEN),
        "{reports:?}"
    );
    let told = told.borrow();
    assert!(
        told.contains(&(BROKEN, PortCommand::Ring(false))),
        "{told:?}"
    );
    assert!(told.contains(&(SOUND, PortCommand::Ring(true))), "{told:?}");
}
