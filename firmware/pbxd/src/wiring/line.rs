//! Ports: what the line machines report, as facts about legs.

use call::LegEvent;
use dialplan::{Device, Origin};
use dsp::caller_id::{CidError, Kind, Received};
use line::{FxoEvent, FxoInput, FxsEvent, FxsInput};
use media::{Bearer, Command};
use telephony::{CallerId, Cause, Instant, LegId, LineId};

use super::Way;
use crate::line_station::{LineReport, LineRequest};
use crate::signalling::{Notice, Output, Signalling};

impl Signalling {
    /// A report of a line machine.
    pub(crate) fn line_report(&mut self, now: Instant, line: LineId, report: LineReport) {
        tracing::debug!(%now, %line, ?report, "line ->");
        let bearer = Bearer::Timeslot(line);
        match report {
            LineReport::Fxs(event) => self.fxs_event(now, line, event),
            LineReport::Fxo(event) => self.fxo_event(now, line, event),
            LineReport::Tone(Some(tone)) => self.media(Command::PlayTone { bearer, tone }),
            LineReport::Tone(None) => self.media(Command::StopPlay { bearer }),
            LineReport::SendCallerId(caller) => {
                let standard = self.wiring.caller_id(line);
                self.media(Command::SendCallerId {
                    line,
                    caller,
                    standard,
                });
            }
            LineReport::StopCallerId => self.media(Command::StopPlay { bearer }),
            LineReport::SendDigits(digits) => self.media(Command::SendDigits { bearer, digits }),
            LineReport::Listen(listen) => {
                let (caller_id, progress) = (listen.caller_id, listen.progress);
                self.media(Command::Listen {
                    line,
                    caller_id,
                    progress,
                });
            }
        }
    }

    fn fxs_event(&mut self, now: Instant, line: LineId, event: FxsEvent) {
        let leg = self.wiring.port_leg(line);
        match event {
            FxsEvent::Seized => {
                self.set_off_hook(line, true);
                self.listen_to_keys(line);
                let leg = self.new_port_leg(now, line, Cause::UserBusy);
                let setup = LegEvent::Setup {
                    origin: Origin::Device(Device::Fxs(line)),
                    caller: CallerId::default(),
                    dialled: None,
                    replaces: None,
                };
                self.leg_event(now, leg, setup);
            }
            FxsEvent::Answered => {
                self.set_off_hook(line, true);
                self.listen_to_keys(line);
                match leg {
                    Some(leg) => self.leg_event(now, leg, LegEvent::Answer),
                    // Lifted in the very moment the caller gave up: the phone hears what it would after a call.
                    None => self.tell_phone(line, FxsInput::Release(Cause::NormalClearing)),
                }
            }
            FxsEvent::RingRefused => {
                if self.wiring.is_called(line) {
                    self.port_leg_over(now, line, Cause::UserBusy);
                }
            }
            FxsEvent::Flash => self.on_leg(now, leg, LegEvent::Flash),
            FxsEvent::Digit(digit) => self.on_leg(now, leg, LegEvent::Digit(digit)),
            FxsEvent::CallWaiting(_) => {
                let bearer = Bearer::Timeslot(line);
                self.media(Command::MixTone {
                    bearer,
                    tone: telephony::Tone::CallWaiting,
                });
            }
            FxsEvent::OnHook => {
                self.set_off_hook(line, false);
                self.port_leg_over(now, line, Cause::NormalClearing);
            }
            FxsEvent::Failed => {
                self.set_off_hook(line, false);
                self.port_failed(now, line);
            }
            FxsEvent::Recovered => self.port_works(line, Notice::PortRecovered(line)),
        }
    }

    fn fxo_event(&mut self, now: Instant, line: LineId, event: FxoEvent) {
        let leg = self.wiring.port_leg(line);
        match event {
            // It rang before it heard that we seize it: it will say so, and that it rings, once more.
            FxoEvent::Incoming { .. } | FxoEvent::CallerGaveUp if self.wiring.is_called(line) => {}
            FxoEvent::Incoming { caller } => {
                let leg = self.new_port_leg(now, line, Cause::CircuitNotAvailable);
                let setup = LegEvent::Setup {
                    origin: Origin::Line(line),
                    caller,
                    dialled: None,
                    replaces: None,
                };
                self.leg_event(now, leg, setup);
            }
            FxoEvent::CallerGaveUp => self.port_leg_over(now, line, Cause::NormalClearing),
            FxoEvent::Dialled => {
                self.listen_to_keys(line);
                self.on_leg(now, leg, LegEvent::Progress { early_media: true });
            }
            FxoEvent::Alerting => self.on_leg(now, leg, LegEvent::Alerting),
            FxoEvent::Answered(by) => {
                tracing::info!(%line, ?by, "line answered");
                self.on_leg(now, leg, LegEvent::Answer);
            }
            FxoEvent::Released(cause) => self.port_leg_over(now, line, cause),
            FxoEvent::Failed => self.port_failed(now, line),
            FxoEvent::Recovered => self.port_works(line, Notice::PortRecovered(line)),
            FxoEvent::LineCut => {
                self.set_works(line, false);
                self.port_leg_over(now, line, Cause::DestinationOutOfOrder);
                self.outputs
                    .push_back(Output::Notice(Notice::LineCut(line)));
            }
            FxoEvent::LineRestored => self.port_works(line, Notice::LineRestored(line)),
        }
    }

    /// The port begins a call of its own. One of ours that was about to reach it in that moment is over, for `cause`.
    fn new_port_leg(&mut self, now: Instant, line: LineId, cause: Cause) -> LegId {
        if let Some(crossed) = self.wiring.port_leg(line) {
            self.wiring.forget(crossed);
            self.leg_event(now, crossed, LegEvent::Release(cause));
        }
        let leg = self.switch.new_leg_id();
        if let Some(port) = self.wiring.ports.get_mut(line.0 as usize) {
            port.leg = Some(leg);
        }
        self.wiring.legs.insert(leg, Way::Port(line));
        leg
    }

    fn on_leg(&mut self, now: Instant, leg: Option<LegId>, event: LegEvent) {
        if let Some(leg) = leg {
            self.leg_event(now, leg, event);
        }
    }

    /// The port's part in its call is over, by its own doing.
    fn port_leg_over(&mut self, now: Instant, line: LineId, cause: Cause) {
        match self.wiring.port_leg(line) {
            Some(leg) => {
                self.release_bearer(now, leg, cause);
                self.leg_event(now, leg, LegEvent::Release(cause));
            }
            None => self.media(Command::ReleasePort { line }),
        }
    }

    fn port_failed(&mut self, now: Instant, line: LineId) {
        self.set_works(line, false);
        self.port_leg_over(now, line, Cause::TemporaryFailure);
        self.outputs
            .push_back(Output::Notice(Notice::PortFailed(line)));
    }

    fn port_works(&mut self, line: LineId, notice: Notice) {
        self.set_works(line, true);
        self.outputs.push_back(Output::Notice(notice));
    }

    fn set_works(&mut self, line: LineId, works: bool) {
        if let Some(port) = self.wiring.ports.get_mut(line.0 as usize) {
            port.works = works;
        }
    }

    fn set_off_hook(&mut self, line: LineId, off_hook: bool) {
        if let Some(port) = self.wiring.ports.get_mut(line.0 as usize) {
            port.off_hook = off_hook;
        }
    }

    fn listen_to_keys(&mut self, line: LineId) {
        self.media(Command::DetectDtmf {
            bearer: Bearer::Timeslot(line),
            on: true,
        });
    }

    fn tell_phone(&mut self, line: LineId, input: FxsInput) {
        self.outputs
            .push_back(Output::Line(line, LineRequest::Fxs(input)));
    }

    fn tell_exchange(&mut self, line: LineId, input: FxoInput) {
        self.outputs
            .push_back(Output::Line(line, LineRequest::Fxo(input)));
    }

    pub(super) fn caller_id_received(&mut self, line: LineId, result: Result<Received, CidError>) {
        match result {
            Ok(received) if received.details.kind == Kind::CallSetup => {
                self.tell_exchange(line, FxoInput::CallerId(received.caller));
            }
            // The network's mailbox or the charge of a call: nobody calls.
            Ok(received) => tracing::info!(%line, ?received, "message of the exchange"),
            Err(error) => tracing::warn!(%line, ?error, "caller ID not readable"),
        }
    }

    pub(super) fn caller_id_sent(&mut self, line: LineId) {
        self.tell_phone(line, FxsInput::CallerIdSent);
    }

    pub(super) fn digits_sent(&mut self, line: LineId) {
        self.tell_exchange(line, FxoInput::DigitsSent);
    }

    pub(super) fn progress_heard(&mut self, line: LineId, heard: dsp::progress::Heard) {
        use dsp::progress::Heard;
        let heard = match heard {
            Heard::DialTone => line::Heard::DialTone,
            Heard::Ringback => line::Heard::Ringback,
            Heard::Busy => line::Heard::Busy,
            Heard::Congestion => line::Heard::Congestion,
            Heard::NumberUnobtainable => line::Heard::NumberUnobtainable,
            Heard::DialToneEnded | Heard::RingbackEnded | Heard::Speech => return,
        };
        self.tell_exchange(line, FxoInput::Heard(heard));
    }
}
