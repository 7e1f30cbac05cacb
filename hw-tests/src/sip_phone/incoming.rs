//! What the phone does with what comes: answers to its requests, and requests of the box.

use std::net::SocketAddr;

use super::rtp::Voice;
use super::text::{Message, tag, uri};
use super::{PhoneCall, SipPhone, State};

impl SipPhone {
    pub(super) fn response(&mut self, message: &Message, status: u16) {
        if message.method() == "REGISTER" {
            return self.register_response(message, status);
        }
        let Some(n) = self
            .calls
            .iter()
            .position(|c| c.call_id == message.header("call-id"))
        else {
            return;
        };
        match (message.method(), status) {
            ("INVITE", 100) => {}
            ("INVITE", 180..=199) => {
                let call = &mut self.calls[n];
                let early = !message.body.is_empty();
                if matches!(call.state, State::Calling | State::Ringback) {
                    call.state = if early {
                        State::Progress
                    } else {
                        State::Ringback
                    };
                }
                if early {
                    self.learn_media(n, &message.body);
                }
            }
            ("INVITE", 200) => {
                let call = &mut self.calls[n];
                call.remote = message.header("to").to_owned();
                call.target = uri(message.header("contact")).to_owned();
                self.learn_media(n, &message.body);
                self.ack(n, message);
                let call = &mut self.calls[n];
                if call.cancelled && !matches!(call.state, State::Over(_)) {
                    // The answer crossed our CANCEL (RFC 3261 §9.1): hang up what we no longer want.
                    call.state = State::Over(200);
                    self.request(n, "BYE", "", "");
                } else if !matches!(call.state, State::Over(_)) {
                    call.state = State::Up;
                }
            }
            ("INVITE", _) => {
                self.ack_failure(n, message);
                if matches!(status, 401 | 407) && message.cseq() == 1 {
                    if self.calls[n].cseq > 1 {
                        return;
                    }
                    if self.calls[n].cancelled {
                        self.calls[n].state = State::Over(487);
                        return;
                    }
                    let credentials =
                        self.credentials(message, "INVITE", &self.calls[n].target.clone());
                    self.calls[n].cseq = 2;
                    self.send_invite(n, Some(credentials));
                } else if self.calls[n].state != State::Up {
                    self.calls[n].reason = message.get("reason").map(str::to_owned);
                    self.calls[n].state = State::Over(status);
                }
            }
            (_, 401 | 407) => panic!("a request inside a dialog was challenged"),
            _ => {}
        }
    }

    pub(super) fn register_response(&mut self, message: &Message, status: u16) {
        if message.cseq() != self.register_cseq {
            return;
        }
        if status == 401 && message.cseq() == 1 {
            let target = format!("sip:{}", self.domain);
            let credentials = self.credentials(message, "REGISTER", &target);
            let request = self.register_request(3_600, 2, Some(credentials));
            self.send(request);
        } else if status >= 200 {
            self.registered = Some(status);
        }
    }

    pub(super) fn incoming_request(&mut self, message: &Message) {
        let known = self
            .calls
            .iter()
            .position(|c| c.call_id == message.header("call-id"));
        match (message.method(), known) {
            ("INVITE", None) => self.incoming_call(message),
            ("INVITE", Some(n)) => {
                self.learn_media(n, &message.body);
                let body = self.sdp(n, "sendrecv");
                let contact = self.contact();
                self.calls[n].invite = Some(message.clone());
                self.send(message.response(200, "OK", "", &contact, &body));
            }
            ("CANCEL", Some(n)) => {
                self.send(message.response(200, "OK", tag(&self.calls[n].local), "", ""));
                let call = &mut self.calls[n];
                call.reason = message.get("reason").map(str::to_owned);
                if call.state == State::Ringing {
                    call.state = State::Over(487);
                    let invite = call.invite.as_ref().expect("a CANCEL follows an INVITE");
                    let response =
                        invite.response(487, "Request Terminated", tag(&call.local), "", "");
                    self.send(response);
                }
            }
            ("BYE", Some(n)) => {
                self.calls[n].reason = message.get("reason").map(str::to_owned);
                self.calls[n].state = State::Over(200);
                self.send(message.response(200, "OK", "", "", ""));
            }
            ("NOTIFY", Some(n)) => {
                let fragment = message
                    .body
                    .split(' ')
                    .nth(1)
                    .and_then(|code| code.parse().ok());
                self.calls[n].transfer = fragment;
                self.send(message.response(200, "OK", "", "", ""));
            }
            ("ACK", _) => {}
            (_, Some(_)) => self.send(message.response(200, "OK", "", "", "")),
            (_, None) => self.send(message.response(481, "Call Does Not Exist", "x", "", "")),
        }
    }

    pub(super) fn incoming_call(&mut self, message: &Message) {
        self.serial += 1;
        self.caller = Some(message.header("from").to_owned());
        let call = PhoneCall {
            state: State::Ringing,
            call_id: message.header("call-id").to_owned(),
            local: format!("{};tag=l{}", message.header("to"), self.serial),
            remote: message.header("from").to_owned(),
            target: uri(message.header("contact")).to_owned(),
            cseq: 0,
            invite: Some(message.clone()),
            invite_branch: String::new(),
            voice: Voice::new(self.next_rtp_port()),
            held: false,
            transfer: None,
            reason: None,
            sdp_version: 1,
            cancelled: false,
        };
        self.calls.push(call);
        let n = self.calls.len() - 1;
        self.learn_media(n, &message.body);
        let local = tag(&self.calls[n].local).to_owned();
        let contact = self.contact();
        match self.answers_with {
            None => self.send(message.response(180, "Ringing", &local, &contact, "")),
            Some(status) => {
                self.calls[n].state = State::Over(status);
                self.send(message.response(status, "No", &local, "", ""));
            }
        }
    }

    /// Where the box wants our RTP.
    pub(super) fn learn_media(&mut self, n: usize, sdp: &str) {
        let line = |prefix: &str| sdp.lines().find_map(|l| l.strip_prefix(prefix));
        let Some(media) = line("m=audio ") else {
            return;
        };
        let port: u16 = media
            .split(' ')
            .next()
            .and_then(|p| p.parse().ok())
            .expect("m=audio has a port");
        let host = line("c=IN IP4 ")
            .or(line("c=IN IP6 "))
            .expect("c= is there");
        self.calls[n].voice.remote = Some(SocketAddr::new(
            host.parse().expect("c= has an address"),
            port,
        ));
    }
}
