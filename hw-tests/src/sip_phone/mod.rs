//! A SIP phone for virtual time: a person's SIP phone, written from the RFCs with plain text, sharing no code with the product.
//! The real stacks (baresip, SIPp, PJSIP) meet the daemon in `tests/peers.rs`, in real time.

mod again;
mod rtp;
mod text;

use std::fmt::Write;
use std::net::SocketAddr;

use line_sim::Heard;
use md5::{Digest, Md5};
use sha2::Sha256;
use telephony::Instant;

use again::Again;
use rtp::Voice;
use text::{Message, finish, parameter, tag, uri};

/// A datagram on the bench's network.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Sender.
    pub from: SocketAddr,
    /// Receiver.
    pub to: SocketAddr,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Where one of the phone's calls is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// INVITE sent.
    Calling,
    /// 180 received.
    Ringback,
    /// 183 received: early media.
    Progress,
    /// INVITE received, 180 sent.
    Ringing,
    /// Talking.
    Up,
    /// Over, with the status that ended it: 200 for BYE.
    Over(u16),
}

/// One call of the phone, in the order they were made.
#[derive(Debug)]
pub struct PhoneCall {
    state: State,
    call_id: String,
    local: String,
    remote: String,
    target: String,
    cseq: u32,
    invite: Option<Message>,
    invite_branch: String,
    voice: Voice,
    held: bool,
    transfer: Option<u16>,
    reason: Option<String>,
    sdp_version: u32,
    cancelled: bool,
}

/// The phone.
#[derive(Debug)]
pub struct SipPhone {
    user: String,
    password: String,
    domain: String,
    algorithm: &'static str,
    address: SocketAddr,
    server: SocketAddr,
    calls: Vec<PhoneCall>,
    out: Vec<Packet>,
    serial: u32,
    registered: Option<u16>,
    caller: Option<String>,
    answers_with: Option<u16>,
    rtp_base: u16,
    again: Again,
    register_cseq: u32,
}

impl SipPhone {
    /// A phone at `address` with an account of the box at `server`.
    pub fn new(user: &str, password: &str, domain: &str, address: SocketAddr, server: SocketAddr) -> Self {
        SipPhone {
            user: user.to_owned(),
            password: password.to_owned(),
            domain: domain.to_owned(),
            algorithm: "MD5",
            address,
            server,
            calls: Vec::new(),
            out: Vec::new(),
            serial: 0,
            registered: None,
            caller: None,
            answers_with: None,
            rtp_base: 4_000,
            again: Again::default(),
            register_cseq: 0,
        }
    }

    /// Uses this digest algorithm: `MD5` or `SHA-256`.
    pub fn use_digest(&mut self, algorithm: &'static str) {
        self.algorithm = algorithm;
    }

    /// The first call uses this UDP port for RTP, each further one the next even port. 4000 when not set.
    pub fn use_rtp_ports(&mut self, first: u16) {
        self.rtp_base = first;
    }

    /// Our RTP port of call `n`, and where the box wants its RTP.
    pub fn rtp(&self, n: usize) -> Option<(u16, SocketAddr)> {
        let voice = &self.calls.get(n)?.voice;
        Some((voice.port, voice.remote?))
    }

    fn next_rtp_port(&self) -> u16 {
        self.rtp_base.wrapping_add((2 * self.calls.len()) as u16)
    }

    /// Uses another password from now on.
    pub fn use_password(&mut self, password: &str) {
        self.password = password.to_owned();
    }

    /// Incoming calls are refused with this status instead of ringing.
    pub fn refuse_with(&mut self, status: Option<u16>) {
        self.answers_with = status;
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Registers for `expires` seconds; 0 removes.
    pub fn register(&mut self, expires: u32) {
        self.registered = None;
        let request = self.register_request(expires, 1, None);
        self.send(request);
    }

    /// The final status of the last REGISTER.
    pub fn registered(&self) -> Option<u16> {
        self.registered
    }

    /// Calls a number; the call's index is one more than the last.
    pub fn call(&mut self, number: &str) {
        self.serial += 1;
        let target = format!("sip:{number}@{}", self.domain);
        let call = PhoneCall {
            state: State::Calling,
            call_id: format!("{}-{}@{}", self.user, self.serial, self.address.ip()),
            local: format!("<sip:{}@{}>;tag=l{}", self.user, self.domain, self.serial),
            remote: format!("<{target}>"),
            target,
            cseq: 1,
            invite: None,
            invite_branch: String::new(),
            voice: Voice::new(self.next_rtp_port()),
            held: false,
            transfer: None,
            reason: None,
            sdp_version: 1,
            cancelled: false,
        };
        self.calls.push(call);
        self.send_invite(self.calls.len() - 1, None);
    }

    /// Where call `n` is.
    pub fn state(&self, n: usize) -> Option<&State> {
        self.calls.get(n).map(|call| &call.state)
    }

    /// How many calls it made or got.
    pub fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// The From header of the last call that came.
    pub fn caller_shown(&self) -> Option<&str> {
        self.caller.as_deref()
    }

    /// The Reason header that came with the end of call `n`.
    pub fn reason(&self, n: usize) -> Option<&str> {
        self.calls[n].reason.as_deref()
    }

    /// The status of the last transfer asked for on call `n`, as its NOTIFY told.
    pub fn transfer_status(&self, n: usize) -> Option<u16> {
        self.calls[n].transfer
    }

    /// Answers call `n`.
    pub fn answer(&mut self, n: usize) {
        let body = self.sdp(n, "sendrecv");
        let contact = self.contact();
        let call = &mut self.calls[n];
        call.state = State::Up;
        let invite = call.invite.as_ref().expect("only an incoming call is answered");
        let response = invite.response(200, "OK", tag(&call.local), &contact, &body);
        self.send(response);
    }

    /// Hangs up or refuses call `n`, in whatever state.
    pub fn hang_up(&mut self, n: usize) {
        match self.calls[n].state {
            State::Up => {
                self.request(n, "BYE", "", "");
                self.calls[n].state = State::Over(200);
            }
            State::Ringing => {
                let call = &mut self.calls[n];
                let invite = call.invite.as_ref().expect("it rings because of an INVITE");
                let response = invite.response(486, "Busy Here", tag(&call.local), "", "");
                call.state = State::Over(486);
                self.send(response);
            }
            State::Calling | State::Ringback | State::Progress => self.cancel(n),
            State::Over(_) => {}
        }
    }

    /// Puts the other party on hold, or takes it back.
    pub fn hold(&mut self, n: usize, on: bool) {
        self.calls[n].held = on;
        self.calls[n].sdp_version += 1;
        self.calls[n].voice.sending = !on;
        let direction = if on { "sendonly" } else { "sendrecv" };
        let body = self.sdp(n, direction);
        let contact = self.contact();
        self.request(n, "INVITE", &contact, &body);
    }

    /// Hands the party of call `n` over to a number (RFC 3515).
    pub fn transfer(&mut self, n: usize, number: &str) {
        self.calls[n].transfer = None;
        let to = format!("Refer-To: <sip:{number}@{}>\r\n{}", self.domain, self.contact());
        self.request(n, "REFER", &to, "");
    }

    /// Hands the party of call `n` over to the party of call `other` (RFC 3891).
    pub fn transfer_to_call(&mut self, n: usize, other: usize) {
        self.calls[n].transfer = None;
        let call = &self.calls[other];
        let replaces = format!("{};to-tag={};from-tag={}", call.call_id, tag(&call.remote), tag(&call.local));
        let escaped = replaces.replace('@', "%40").replace(';', "%3B").replace('=', "%3D");
        let to = format!("Refer-To: <{}?Replaces={escaped}>\r\n{}", call.target, self.contact());
        self.request(n, "REFER", &to, "");
    }

    /// Presses keys in call `n`, sent as RFC 4733 events.
    pub fn press(&mut self, n: usize, keys: &str) {
        self.calls[n].voice.press(keys);
    }

    /// Says a tone of `hz` at `dbm0` in call `n`; `None`: silence.
    pub fn say(&mut self, n: usize, tone: Option<(f64, f64)>) {
        self.calls[n].voice.say(tone);
    }

    /// What call `n` heard last.
    pub fn heard_last(&self, n: usize, ms: u32) -> Heard {
        self.calls[n].voice.heard_last(ms)
    }

    /// Digits that came as RFC 4733 events in call `n`, each once.
    pub fn digits(&self, n: usize) -> &str {
        self.calls[n].voice.digits()
    }

    /// RTP packets that came in call `n`.
    pub fn rtp_received(&self, n: usize) -> u32 {
        self.calls[n].voice.received
    }

    /// Forgets what call `n` heard.
    pub fn forget(&mut self, n: usize) {
        self.calls[n].voice.forget();
    }

    /// Sends no more RTP in call `n`, as a phone whose microphone process died.
    pub fn fall_mute(&mut self, n: usize) {
        self.calls[n].voice.sending = false;
    }

    /// Lets time pass: RTP is sent, and again what was not answered.
    pub fn poll(&mut self, now: Instant) {
        for bytes in self.again.due(now) {
            self.out.push(Packet { from: self.address, to: self.server, bytes });
        }
        for call in &mut self.calls {
            let talking = matches!(call.state, State::Up | State::Progress);
            if let (true, Some(bytes), Some(to)) = (talking, call.voice.poll(now), call.voice.remote) {
                let from = SocketAddr::new(self.address.ip(), call.voice.port);
                self.out.push(Packet { from, to, bytes });
            }
        }
    }

    /// What it has sent since it was asked last.
    pub fn take_output(&mut self) -> Vec<Packet> {
        std::mem::take(&mut self.out)
    }

    /// Takes a datagram. Returns whether it was for this phone.
    pub fn receive(&mut self, packet: &Packet) -> bool {
        if packet.to.ip() != self.address.ip() {
            return false;
        }
        if packet.to == self.address {
            let message = Message::parse(&packet.bytes);
            if let Some(bytes) = self.again.received(&message) {
                self.out.push(Packet { from: self.address, to: self.server, bytes });
                return true;
            }
            match message.status() {
                Some(status) => self.response(&message, status),
                None => self.incoming_request(&message),
            }
        } else if let Some(call) = self.calls.iter_mut().find(|c| c.voice.port == packet.to.port()) {
            call.voice.receive(&packet.bytes);
        }
        true
    }

    fn response(&mut self, message: &Message, status: u16) {
        if message.method() == "REGISTER" {
            return self.register_response(message, status);
        }
        let Some(n) = self.calls.iter().position(|c| c.call_id == message.header("call-id")) else { return };
        match (message.method(), status) {
            ("INVITE", 100) => {}
            ("INVITE", 180..=199) => {
                let call = &mut self.calls[n];
                let early = !message.body.is_empty();
                if matches!(call.state, State::Calling | State::Ringback) {
                    call.state = if early { State::Progress } else { State::Ringback };
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
                    let credentials = self.credentials(message, "INVITE", &self.calls[n].target.clone());
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

    fn register_response(&mut self, message: &Message, status: u16) {
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

    fn incoming_request(&mut self, message: &Message) {
        let known = self.calls.iter().position(|c| c.call_id == message.header("call-id"));
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
                    let response = invite.response(487, "Request Terminated", tag(&call.local), "", "");
                    self.send(response);
                }
            }
            ("BYE", Some(n)) => {
                self.calls[n].reason = message.get("reason").map(str::to_owned);
                self.calls[n].state = State::Over(200);
                self.send(message.response(200, "OK", "", "", ""));
            }
            ("NOTIFY", Some(n)) => {
                let fragment = message.body.split(' ').nth(1).and_then(|code| code.parse().ok());
                self.calls[n].transfer = fragment;
                self.send(message.response(200, "OK", "", "", ""));
            }
            ("ACK", _) => {}
            (_, Some(_)) => self.send(message.response(200, "OK", "", "", "")),
            (_, None) => self.send(message.response(481, "Call Does Not Exist", "x", "", "")),
        }
    }

    fn incoming_call(&mut self, message: &Message) {
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
    fn learn_media(&mut self, n: usize, sdp: &str) {
        let line = |prefix: &str| sdp.lines().find_map(|l| l.strip_prefix(prefix));
        let Some(media) = line("m=audio ") else { return };
        let port: u16 = media.split(' ').next().and_then(|p| p.parse().ok()).expect("m=audio has a port");
        let host = line("c=IN IP4 ").or(line("c=IN IP6 ")).expect("c= is there");
        self.calls[n].voice.remote = Some(SocketAddr::new(host.parse().expect("c= has an address"), port));
    }

    fn sdp(&self, n: usize, direction: &str) -> String {
        let ip = self.address.ip();
        let kind = if ip.is_ipv4() { "IP4" } else { "IP6" };
        let (port, version) = (self.calls[n].voice.port, self.calls[n].sdp_version);
        format!(
            "v=0\r\no=- {port} {version} IN {kind} {ip}\r\ns=-\r\nc=IN {kind} {ip}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
             a=fmtp:101 0-15\r\na=ptime:20\r\na={direction}\r\n"
        )
    }

    fn contact(&self) -> String {
        format!("Contact: <sip:{}@{}>\r\n", self.user, self.address)
    }

    fn via(&mut self) -> (String, String) {
        self.serial += 1;
        let branch = format!("z9hG4bK{}{}", self.user, self.serial);
        (format!("Via: SIP/2.0/UDP {};branch={branch};rport\r\nMax-Forwards: 70\r\n", self.address), branch)
    }

    fn send_invite(&mut self, n: usize, credentials: Option<String>) {
        let (via, branch) = self.via();
        let (contact, body) = (self.contact(), self.sdp(n, "sendrecv"));
        let call = &mut self.calls[n];
        call.invite_branch = branch;
        let mut request = format!(
            "INVITE {} SIP/2.0\r\n{via}From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} INVITE\r\n{contact}{}",
            call.target,
            call.local,
            call.remote,
            call.call_id,
            call.cseq,
            credentials.unwrap_or_default(),
        );
        finish(&mut request, &body);
        self.send(request);
    }

    /// A request inside the dialog of call `n`.
    fn request(&mut self, n: usize, method: &str, extra: &str, body: &str) {
        let (via, _) = self.via();
        let call = &mut self.calls[n];
        call.cseq += 1;
        let mut request = format!(
            "{method} {} SIP/2.0\r\n{via}From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} {method}\r\n{extra}",
            call.target, call.local, call.remote, call.call_id, call.cseq,
        );
        finish(&mut request, body);
        self.send(request);
    }

    fn ack(&mut self, n: usize, response: &Message) {
        let (via, _) = self.via();
        let call = &self.calls[n];
        let mut request = format!(
            "ACK {} SIP/2.0\r\n{via}From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} ACK\r\n",
            call.target,
            call.local,
            response.header("to"),
            call.call_id,
            response.cseq(),
        );
        finish(&mut request, "");
        self.send(request);
    }

    /// ACK of a failure: the INVITE's own branch (RFC 3261 §17.1.1.3).
    fn ack_failure(&mut self, n: usize, response: &Message) {
        let via = response.header("via");
        let branch = via.split(';').find_map(|part| part.trim().strip_prefix("branch="));
        let branch = branch.unwrap_or_default().to_owned();
        self.same_branch(n, "ACK", &branch, response.header("to").to_owned(), response.cseq());
    }

    fn cancel(&mut self, n: usize) {
        if std::mem::replace(&mut self.calls[n].cancelled, true) {
            return;
        }
        let call = &self.calls[n];
        let (branch, to, cseq) = (call.invite_branch.clone(), call.remote.clone(), call.cseq);
        self.same_branch(n, "CANCEL", &branch, to, cseq);
    }

    fn same_branch(&mut self, n: usize, method: &str, branch: &str, to: String, cseq: u32) {
        let call = &self.calls[n];
        let mut request = String::new();
        let _ = write!(
            request,
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch={branch};rport\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {to}\r\n\
             Call-ID: {}\r\nCSeq: {cseq} {method}\r\n",
            call.target, self.address, call.local, call.call_id,
        );
        finish(&mut request, "");
        self.send(request);
    }

    fn register_request(&mut self, expires: u32, cseq: u32, credentials: Option<String>) -> String {
        self.register_cseq = cseq;
        let (via, _) = self.via();
        let aor = format!("<sip:{}@{}>", self.user, self.domain);
        let mut request = format!(
            "REGISTER sip:{} SIP/2.0\r\n{via}From: {aor};tag=r{}\r\nTo: {aor}\r\nCall-ID: reg-{}-{}@{}\r\nCSeq: {} REGISTER\r\n\
             Expires: {expires}\r\n{}{}",
            self.domain,
            self.serial,
            self.user,
            self.serial / 2,
            self.address.ip(),
            cseq,
            self.contact(),
            credentials.unwrap_or_default(),
        );
        finish(&mut request, "");
        request
    }

    /// RFC 7616 §3.4 with qop=auth.
    fn credentials(&self, challenge: &Message, method: &str, target: &str) -> String {
        let (name, answer) = match challenge.status() {
            Some(401) => ("www-authenticate", "Authorization"),
            _ => ("proxy-authenticate", "Proxy-Authorization"),
        };
        let ours = |c: &&str| parameter(c, "algorithm").unwrap_or("MD5") == self.algorithm;
        let chosen = challenge.all(name).find(ours).expect("the box offers the algorithm");
        let (realm, nonce) = (parameter(chosen, "realm").unwrap_or(""), parameter(chosen, "nonce").unwrap_or(""));
        let hash = |text: String| match self.algorithm {
            "SHA-256" => hex(&Sha256::digest(text)),
            _ => hex(&Md5::digest(text)),
        };
        let ha1 = hash(format!("{}:{realm}:{}", self.user, self.password));
        let ha2 = hash(format!("{method}:{target}"));
        let response = hash(format!("{ha1}:{nonce}:00000001:c0ffee:auth:{ha2}"));
        format!(
            "{answer}: Digest username=\"{}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{target}\", response=\"{response}\", \
             algorithm={}, cnonce=\"c0ffee\", qop=auth, nc=00000001\r\n",
            self.user, self.algorithm,
        )
    }

    fn send(&mut self, message: String) {
        tracing::trace!(phone = self.user, "{}", message.lines().next().unwrap_or_default());
        self.again.sent(message.as_bytes());
        self.out.push(Packet { from: self.address, to: self.server, bytes: message.into_bytes() });
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl crate::SipParty for SipPhone {
    fn call(&mut self, number: &str) {
        SipPhone::call(self, number);
    }
    fn answer(&mut self, n: usize) {
        SipPhone::answer(self, n);
    }
    fn hang_up(&mut self, n: usize) {
        SipPhone::hang_up(self, n);
    }
    fn hold(&mut self, n: usize, on: bool) {
        SipPhone::hold(self, n, on);
    }
    fn transfer(&mut self, n: usize, number: &str) {
        SipPhone::transfer(self, n, number);
    }
    fn transfer_to_call(&mut self, n: usize, other: usize) {
        SipPhone::transfer_to_call(self, n, other);
    }
    fn press(&mut self, n: usize, keys: &str) {
        SipPhone::press(self, n, keys);
    }
    fn say(&mut self, n: usize, tone: Option<(f64, f64)>) {
        SipPhone::say(self, n, tone);
    }
    fn state(&self, n: usize) -> Option<State> {
        SipPhone::state(self, n).cloned()
    }
    fn call_count(&self) -> usize {
        SipPhone::call_count(self)
    }
    fn heard_last(&self, n: usize, ms: u32) -> Heard {
        SipPhone::heard_last(self, n, ms)
    }
    fn digits(&self, n: usize) -> String {
        SipPhone::digits(self, n).to_owned()
    }
    fn caller_shown(&self) -> Option<String> {
        let user = uri(SipPhone::caller_shown(self)?).strip_prefix("sip:")?;
        Some(user.split('@').next().unwrap_or_default().to_owned())
    }
}
