//! Messages that cross between the threads: what a port reports was said before it heard what it was told.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use call::SwitchConfig;
use dialplan::{Device, Plan, WayOut};
use line::{FxoEvent, FxsEvent, FxsInput};
use media::{Bearer, Command, Event};
use pbxd::line_station::{LineReport, LineRequest};
use pbxd::signalling::{InUse, Input, Office, Output, Signalling, SignallingConfig};
use telephony::{CallerId, Cause, Digit, Instant, LineId, PortKind, Tone};

const NOW: Instant = Instant::from_millis(1);
const PHONE_1: LineId = LineId(0);
const PHONE_2: LineId = LineId(1);
const LINE: LineId = LineId(2);

/// Two phones, 101 and 102, and a line whose calls ring 102.
fn station() -> Signalling {
    let plan = Plan::builder()
        .extension("101", "", &[Device::Fxs(PHONE_1)])
        .extension("102", "", &[Device::Fxs(PHONE_2)])
        .way_out(WayOut::Lines(vec![LINE]))
        .line_default(LINE, "102")
        .build()
        .expect("a plan without contradiction");
    let config = SignallingConfig {
        ports: vec![PortKind::Fxs, PortKind::Fxs, PortKind::Fxo],
        rtp_ports: vec![20_000],
        caller_id: dsp::caller_id::Standard::Bell202,
        address_towards: Box::new(|_| IpAddr::V4(Ipv4Addr::LOCALHOST)),
        switch: SwitchConfig::default(),
        sip: sip::Config::new("box", Vec::new()),
        seed: [1; 32],
    };
    let office = Office {
        plan: Arc::new(plan),
        accounts: Vec::new(),
        trunks: Vec::new(),
        ports: Vec::new(),
    };
    Signalling::new(NOW, config, office)
}

/// What the station wants after this; records are stored at once.
fn tell(station: &mut Signalling, input: Input<'_>) -> Vec<Output> {
    station.handle(NOW, input);
    let mut wanted = Vec::new();
    while let Some(output) = station.poll_output() {
        if let Output::Cdr(record) = &output {
            station.handle(NOW, Input::CdrStored(record.call));
        }
        wanted.push(output);
    }
    wanted
}

fn phone(station: &mut Signalling, line: LineId, event: FxsEvent) -> Vec<Output> {
    tell(station, Input::Line(line, LineReport::Fxs(event)))
}

fn line(station: &mut Signalling, event: FxoEvent) -> Vec<Output> {
    tell(station, Input::Line(LINE, LineReport::Fxo(event)))
}

fn dial(station: &mut Signalling, from: LineId, keys: &str) -> Vec<Output> {
    let press = |key| Event::Digit {
        bearer: Bearer::Timeslot(from),
        digit: Digit::from_char(key).expect("a key"),
    };
    keys.chars()
        .flat_map(|key| tell(station, Input::Media(press(key))))
        .collect()
}

fn plays(wanted: &[Output], line: LineId, tone: Tone) -> bool {
    let at = Bearer::Timeslot(line);
    let fits = |o: &Output| matches!(o, Output::Media(Command::PlayTone { bearer, tone: t }) if *bearer == at && *t == tone);
    wanted.iter().any(fits)
}

fn releases(wanted: &[Output], line: LineId, cause: Cause) -> bool {
    let release = LineRequest::Fxs(FxsInput::Release(cause));
    let fits =
        |o: &Output| matches!(o, Output::Line(l, request) if *l == line && *request == release);
    wanted.iter().any(fits)
}

const EMPTY: InUse = InUse {
    calls: 0,
    legs: 0,
    rtp_sessions: 0,
};

#[test]
fn a_phone_lifted_as_it_was_about_to_ring_dials_and_the_caller_hears_busy() {
    let mut station = station();
    phone(&mut station, PHONE_1, FxsEvent::Seized);
    dial(&mut station, PHONE_1, "102");
    let wanted = phone(&mut station, PHONE_2, FxsEvent::Seized);
    assert!(plays(&wanted, PHONE_2, Tone::Dial), "{wanted:?}");
    assert!(releases(&wanted, PHONE_1, Cause::UserBusy), "{wanted:?}");
    let wanted = phone(&mut station, PHONE_2, FxsEvent::RingRefused);
    assert!(wanted.is_empty(), "who lifted keeps dialling: {wanted:?}");
    phone(&mut station, PHONE_1, FxsEvent::OnHook);
    let wanted = dial(&mut station, PHONE_2, "101");
    let rings = |o: &Output| {
        matches!(
            o,
            Output::Line(PHONE_1, LineRequest::Fxs(FxsInput::Ring { .. }))
        )
    };
    assert!(wanted.iter().any(rings), "{wanted:?}");
    phone(&mut station, PHONE_2, FxsEvent::OnHook);
    assert_eq!(station.in_use(), EMPTY);
}

#[test]
fn a_call_that_came_in_as_the_line_was_seized_is_taken_when_it_says_so_again() {
    let mut station = station();
    let caller = CallerId::new("5551234", "");
    phone(&mut station, PHONE_1, FxsEvent::Seized);
    dial(&mut station, PHONE_1, "05550100#");
    let wanted = line(&mut station, FxoEvent::Incoming { caller });
    assert!(wanted.is_empty(), "{wanted:?}");
    let wanted = line(&mut station, FxoEvent::Released(Cause::CircuitNotAvailable));
    assert!(
        releases(&wanted, PHONE_1, Cause::CircuitNotAvailable),
        "{wanted:?}"
    );
    let wanted = line(&mut station, FxoEvent::Incoming { caller });
    let rings = |o: &Output| {
        matches!(
            o,
            Output::Line(PHONE_2, LineRequest::Fxs(FxsInput::Ring { .. }))
        )
    };
    assert!(wanted.iter().any(rings), "{wanted:?}");
    line(&mut station, FxoEvent::CallerGaveUp);
    phone(&mut station, PHONE_1, FxsEvent::OnHook);
    assert_eq!(station.in_use(), EMPTY);
}

/// Records and questions for figures in `wanted`: (legs with figures, ports asked).
fn records_and_questions(wanted: &[Output]) -> (Vec<usize>, Vec<LineId>) {
    let records = wanted.iter().filter_map(|o| match o {
        Output::Cdr(record) => Some(record.legs.iter().filter(|l| l.figures.is_some()).count()),
        _ => None,
    });
    let asked = wanted.iter().filter_map(|o| match o {
        Output::Media(Command::MeasurePort { line }) => Some(*line),
        _ => None,
    });
    (records.collect(), asked.collect())
}

/// 101 calls 102 and hangs up before it answers; what the station wants from then on.
fn short_call(station: &mut Signalling) -> Vec<Output> {
    phone(station, PHONE_1, FxsEvent::Seized);
    dial(station, PHONE_1, "102");
    phone(station, PHONE_1, FxsEvent::OnHook)
}

#[test]
fn a_record_waits_for_the_figures_of_its_lines() {
    let mut station = station();
    let wanted = short_call(&mut station);
    let (records, mut asked) = records_and_questions(&wanted);
    assert_eq!((records, asked.len()), (vec![], 2), "{wanted:?}");
    let figures = media::PortFigures {
        rx_dbm0: Some(-20.04),
        ..media::PortFigures::default()
    };
    let mut answer = |line| {
        tell(
            &mut station,
            Input::Media(Event::PortMeasured { line, figures }),
        )
    };
    let last = asked.pop().expect("two questions");
    assert_eq!(records_and_questions(&answer(asked[0])).0, []);
    let wanted = answer(last);
    assert_eq!(records_and_questions(&wanted).0, [2]);
    let levels = wanted.iter().find_map(|o| match o {
        Output::Cdr(record) => Some(record.legs[0].figures?.rx_dbm0?.tenths()),
        _ => None,
    });
    assert_eq!(levels, Some(-200));
    assert!(answer(last).is_empty(), "an answer nobody asked for");
}

#[test]
fn a_record_does_not_wait_for_ever() {
    let mut station = station();
    short_call(&mut station);
    let until = station.poll_timeout().expect("the record waits");
    station.handle(until, Input::Timeout);
    let wanted: Vec<_> = std::iter::from_fn(|| station.poll_output()).collect();
    assert_eq!(records_and_questions(&wanted).0, [0], "{wanted:?}");
    assert_eq!(station.poll_timeout(), None);
}
