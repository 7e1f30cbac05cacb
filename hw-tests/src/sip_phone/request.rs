//! What the phone writes: its requests, their media offers, and its answer to a challenge.

use std::fmt::Write;

use md5::{Digest, Md5};
use sha2::Sha256;

use super::SipPhone;
use super::text::{Message, finish, parameter};

impl SipPhone {
    pub(super) fn sdp(&self, n: usize, direction: &str) -> String {
        let ip = self.address.ip();
        let kind = if ip.is_ipv4() { "IP4" } else { "IP6" };
        let (port, version) = (self.calls[n].voice.port, self.calls[n].sdp_version);
        format!(
            "v=0\r\no=- {port} {version} IN {kind} {ip}\r\ns=-\r\nc=IN {kind} {ip}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
             a=fmtp:101 0-15\r\na=ptime:20\r\na={direction}\r\n"
        )
    }

    pub(super) fn contact(&self) -> String {
        format!("Contact: <sip:{}@{}>\r\n", self.user, self.address)
    }

    pub(super) fn via(&mut self) -> (String, String) {
        self.serial += 1;
        let branch = format!("z9hG4bK{}{}", self.user, self.serial);
        (
            format!(
                "Via: SIP/2.0/UDP {};branch={branch};rport\r\nMax-Forwards: 70\r\n",
                self.address
            ),
            branch,
        )
    }

    pub(super) fn send_invite(&mut self, n: usize, credentials: Option<String>) {
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
    pub(super) fn request(&mut self, n: usize, method: &str, extra: &str, body: &str) {
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

    pub(super) fn ack(&mut self, n: usize, response: &Message) {
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
    pub(super) fn ack_failure(&mut self, n: usize, response: &Message) {
        let via = response.header("via");
        let branch = via
            .split(';')
            .find_map(|part| part.trim().strip_prefix("branch="));
        let branch = branch.unwrap_or_default().to_owned();
        self.same_branch(
            n,
            "ACK",
            &branch,
            response.header("to").to_owned(),
            response.cseq(),
        );
    }

    pub(super) fn cancel(&mut self, n: usize) {
        if std::mem::replace(&mut self.calls[n].cancelled, true) {
            return;
        }
        let call = &self.calls[n];
        let (branch, to, cseq) = (call.invite_branch.clone(), call.remote.clone(), call.cseq);
        self.same_branch(n, "CANCEL", &branch, to, cseq);
    }

    pub(super) fn same_branch(
        &mut self,
        n: usize,
        method: &str,
        branch: &str,
        to: String,
        cseq: u32,
    ) {
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

    pub(super) fn register_request(
        &mut self,
        expires: u32,
        cseq: u32,
        credentials: Option<String>,
    ) -> String {
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
    pub(super) fn credentials(&self, challenge: &Message, method: &str, target: &str) -> String {
        let (name, answer) = match challenge.status() {
            Some(401) => ("www-authenticate", "Authorization"),
            _ => ("proxy-authenticate", "Proxy-Authorization"),
        };
        let ours = |c: &&str| parameter(c, "algorithm").unwrap_or("MD5") == self.algorithm;
        let chosen = challenge
            .all(name)
            .find(ours)
            .expect("the box offers the algorithm");
        let (realm, nonce) = (
            parameter(chosen, "realm").unwrap_or(""),
            parameter(chosen, "nonce").unwrap_or(""),
        );
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
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
