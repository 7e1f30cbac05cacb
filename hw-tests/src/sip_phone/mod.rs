//! A SIP phone for virtual time: a person's SIP phone, written from the RFCs with plain text, sharing no code with the product.
//! The real stacks (baresip, SIPp, PJSIP) meet the daemon in `tests/peers.rs`, in real time.

mod again;
mod incoming;
mod request;
mod rtp;
mod text;

use std::net::SocketAddr;

use line_sim::Heard;
use telephony::Instant;

use again::Again;
use rtp::Voice;
use text::{Message, tag, uri};

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
    pub fn new(
        user: &str,
        password: &str,
        domain: &str,
        address: SocketAddr,
        server: SocketAddr,
    ) -> Self {
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
        let invite = call
            .invite
            .as_ref()
            .expect("only an incoming call is answered");
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
        let to = format!(
            "Refer-To: <sip:{number}@{}>\r\n{}",
            self.domain,
            self.contact()
        );
        self.request(n, "REFER", &to, "");
    }

    /// Hands the party of call `n` over to the party of call `other` (RFC 3891).
    pub fn transfer_to_call(&mut self, n: usize, other: usize) {
        self.calls[n].transfer = None;
        let call = &self.calls[other];
        let replaces = format!(
            "{};to-tag={};from-tag={}",
            call.call_id,
            tag(&call.remote),
            tag(&call.local)
        );
        let escaped = replaces
            .replace('@', "%40")
            .replace(';', "%3B")
            .replace('=', "%3D");
        let to = format!(
            "Refer-To: <{}?Replaces={escaped}>\r\n{}",
            call.target,
            self.contact()
        );
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

    /// Says these samples over and over in call `n`.
    pub fn say_samples(&mut self, n: usize, samples: &[i16]) {
        self.calls[n].voice.say_samples(samples);
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
            self.out.push(Packet {
                from: self.address,
                to: self.server,
                bytes,
            });
        }
        for call in &mut self.calls {
            let talking = matches!(call.state, State::Up | State::Progress);
            if let (true, Some(bytes), Some(to)) =
                (talking, call.voice.poll(now), call.voice.remote)
            {
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
                self.out.push(Packet {
                    from: self.address,
                    to: self.server,
                    bytes,
                });
                return true;
            }
            match message.status() {
                Some(status) => self.response(&message, status),
                None => self.incoming_request(&message),
            }
        } else if let Some(call) = self
            .calls
            .iter_mut()
            .find(|c| c.voice.port == packet.to.port())
        {
            call.voice.receive(&packet.bytes);
        }
        true
    }

    fn send(&mut self, message: String) {
        tracing::trace!(
            phone = self.user,
            "{}",
            message.lines().next().unwrap_or_default()
        );
        self.again.sent(message.as_bytes());
        self.out.push(Packet {
            from: self.address,
            to: self.server,
            bytes: message.into_bytes(),
        });
    }
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
    fn say_samples(&mut self, n: usize, samples: &[i16]) {
        SipPhone::say_samples(self, n, samples);
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
