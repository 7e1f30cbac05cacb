//! Dialogs (RFC 3261 §12): one type for both roles.

use crate::Flow;
use crate::message::{Message, Method, NameAddr, Uri, Via, host_ip, split_outside};

/// Which side of the dialog we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// We sent the request that made it.
    Uac,
    /// We received it.
    Uas,
}

/// What both sides agree on while they are in a call.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub(crate) role: Role,
    pub(crate) call_id: String,
    /// Our name with our tag: From of our requests.
    local: NameAddr,
    /// The peer's name with its tag.
    remote: NameAddr,
    pub(crate) local_seq: u32,
    remote_seq: Option<u32>,
    /// Route values, in the order our requests carry them (§12.1).
    route_set: Vec<String>,
    remote_target: Uri,
    /// Our Contact.
    contact: String,
    /// The flow the dialog was made on.
    flow: Flow,
    /// The peer sits behind a NAT: its Contact is no use, requests go to the flow.
    behind_nat: bool,
}

/// How a request's CSeq stands to those before it (§12.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    InOrder,
    /// Lower than one we have seen: 500.
    OutOfOrder,
}

impl Dialog {
    /// Ours after we answer `invite` under `local_tag` (§12.1.1). `None` when it has no usable Contact.
    pub(crate) fn uas(
        invite: &Message,
        local_tag: &str,
        contact: String,
        flow: Flow,
    ) -> Option<Dialog> {
        let mut local = invite.to()?;
        local.params.set("tag", Some(local_tag.to_owned()));
        let behind_nat = invite.via().is_none_or(|via| is_behind_nat(&via, flow));
        Some(Dialog {
            role: Role::Uas,
            call_id: invite.call_id().to_owned(),
            local,
            remote: invite.from()?,
            local_seq: 0,
            remote_seq: Some(invite.cseq_number()),
            route_set: routes(invite),
            remote_target: invite.contact()?.uri,
            contact,
            flow,
            behind_nat,
        })
    }

    /// Ours after `response` to our `invite` (§12.1.2). `None` when it has no tag or no usable Contact.
    pub(crate) fn uac(
        invite: &Message,
        response: &Message,
        flow: Flow,
        behind_nat: bool,
    ) -> Option<Dialog> {
        let remote = response.to()?;
        remote.tag()?;
        let mut route_set = routes(response);
        route_set.reverse();
        Some(Dialog {
            role: Role::Uac,
            call_id: invite.call_id().to_owned(),
            local: invite.from()?,
            remote,
            local_seq: invite.cseq_number(),
            remote_seq: None,
            route_set,
            remote_target: response.contact()?.uri,
            contact: invite.get("Contact")?.to_owned(),
            flow,
            behind_nat,
        })
    }

    pub(crate) fn local_tag(&self) -> &str {
        self.local.tag().unwrap_or("")
    }

    pub(crate) fn remote_tag(&self) -> &str {
        self.remote.tag().unwrap_or("")
    }

    pub(crate) fn contact(&self) -> &str {
        &self.contact
    }

    /// Whether a request belongs to this dialog (§12.2.2). A peer of RFC 2543 has no tag; that matches only itself.
    pub(crate) fn owns(&self, request: &Message) -> bool {
        request.call_id() == self.call_id
            && request.to_tag().as_deref() == Some(self.local_tag())
            && request.from_tag() == self.remote_tag()
    }

    /// Checks and remembers the CSeq of a request other than ACK and CANCEL.
    pub(crate) fn check_cseq(&mut self, request: &Message) -> Order {
        let seq = request.cseq_number();
        match self.remote_seq {
            Some(last) if seq <= last => Order::OutOfOrder,
            _ => {
                self.remote_seq = Some(seq);
                Order::InOrder
            }
        }
    }

    /// Target refresh by INVITE or UPDATE (§12.2.2).
    pub(crate) fn refresh(&mut self, message: &Message) {
        if let Some(contact) = message.contact() {
            self.remote_target = contact.uri;
        }
    }

    /// The peer was heard on this flow: its connection may be a new one, its NAT binding another.
    pub(crate) fn heard_on(&mut self, flow: Flow) {
        self.flow = flow;
    }

    /// A request in the dialog with the next CSeq, without Via (§12.2.1.1).
    pub(crate) fn request(&mut self, method: Method) -> Message {
        self.local_seq = self.local_seq.wrapping_add(1);
        self.request_with_cseq(method, self.local_seq)
    }

    /// The ACK of a 2xx to the INVITE with this CSeq (§13.2.2.4).
    pub(crate) fn ack(&self, invite_cseq: u32) -> Message {
        self.request_with_cseq(Method::Ack, invite_cseq)
    }

    fn request_with_cseq(&self, method: Method, cseq: u32) -> Message {
        let first = self
            .route_set
            .first()
            .and_then(|route| NameAddr::parse(route));
        let strict = first
            .as_ref()
            .filter(|route| route.uri.params.get("lr").is_none());
        let mut request = match strict {
            Some(route) => {
                let mut uri = route.uri.clone();
                uri.params.remove("method");
                uri.headers.clear();
                Message::request(method, uri)
            }
            None => {
                let mut uri = self.remote_target.clone();
                uri.headers.clear();
                Message::request(method, uri)
            }
        };
        request.push("Max-Forwards", 70);
        if strict.is_some() {
            for route in &self.route_set[1..] {
                request.push("Route", route);
            }
            request.push("Route", format!("<{}>", self.remote_target));
        } else {
            for route in &self.route_set {
                request.push("Route", route);
            }
        }
        request.push("From", &self.local);
        request.push("To", &self.remote);
        request.push("Call-ID", &self.call_id);
        request.push("CSeq", format!("{cseq} {method}"));
        if !matches!(method, Method::Bye | Method::Ack) {
            request.push("Contact", &self.contact);
        }
        request
    }

    /// Where requests go: over the connection or back to a NAT, else to the first route or the target when that is an
    /// address (§12.2.1.1), else where the dialog came from.
    pub(crate) fn next_hop(&self) -> Flow {
        let mut flow = self.flow;
        if flow.transport.is_reliable() || self.behind_nat {
            return flow;
        }
        let hop = match self.route_set.first() {
            Some(route) => NameAddr::parse(route).map(|route| route.uri),
            None => Some(self.remote_target.clone()),
        };
        let hop = hop.filter(|uri| {
            uri.params
                .get("transport")
                .is_none_or(|t| t.eq_ignore_ascii_case("udp"))
        });
        if let Some(address) = hop
            .and_then(|uri| uri.address())
            .filter(|a| a.is_ipv6() == flow.remote.is_ipv6() && a.port() != 0)
        {
            flow.remote = address;
        }
        flow
    }
}

/// Whether the peer that wrote this Via sees itself under another address than we see it.
pub(crate) fn is_behind_nat(via: &Via, flow: Flow) -> bool {
    host_ip(&via.host) != Some(flow.remote.ip())
}

fn routes(message: &Message) -> Vec<String> {
    let lines = message
        .all("Record-Route")
        .flat_map(|line| split_outside(line, b','));
    lines
        .map(|route| route.trim().to_owned())
        .filter(|route| NameAddr::parse(route).is_some())
        .take(20)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Transport;

    fn flow() -> Flow {
        let (local, remote) = (
            "10.0.0.1:5060".parse().unwrap(),
            "10.0.0.2:5060".parse().unwrap(),
        );
        Flow {
            transport: Transport::Udp,
            local,
            remote,
        }
    }

    fn invite(extra: &str) -> Message {
        let text = format!(
            "INVITE sip:box@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKa\r\n{extra}From: <sip:a@b>;tag=1\r\nTo: <sip:box@10.0.0.1>\r\n\
             Call-ID: c\r\nCSeq: 7 INVITE\r\nContact: <sip:a@10.0.0.2:5070>\r\n\r\n"
        );
        crate::framing::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn loose_routes_in_order_and_strict_ones_swapped() {
        let loose = "Record-Route: <sip:10.0.0.9;lr>, <sip:10.0.0.8;lr>\r\n";
        let mut dialog = Dialog::uas(&invite(loose), "t", "<sip:10.0.0.1>".into(), flow()).unwrap();
        let bye = dialog.request(Method::Bye);
        assert_eq!(bye.uri().unwrap().to_string(), "sip:a@10.0.0.2:5070");
        assert_eq!(
            bye.all("Route").collect::<Vec<_>>(),
            ["<sip:10.0.0.9;lr>", "<sip:10.0.0.8;lr>"]
        );
        assert_eq!(dialog.next_hop().remote, "10.0.0.9:5060".parse().unwrap());

        let strict = "Record-Route: <sip:10.0.0.9>\r\n";
        let mut dialog =
            Dialog::uas(&invite(strict), "t", "<sip:10.0.0.1>".into(), flow()).unwrap();
        let bye = dialog.request(Method::Bye);
        assert_eq!(bye.uri().unwrap().to_string(), "sip:10.0.0.9");
        assert_eq!(
            bye.all("Route").collect::<Vec<_>>(),
            ["<sip:a@10.0.0.2:5070>"]
        );
    }

    #[test]
    fn cseq_must_grow() {
        let mut dialog = Dialog::uas(&invite(""), "t", String::new(), flow()).unwrap();
        assert_eq!(dialog.check_cseq(&invite("")), Order::OutOfOrder);
        let mut next = invite("");
        next.set("CSeq", "9 INVITE");
        assert_eq!(dialog.check_cseq(&next), Order::InOrder);
        assert_eq!(dialog.check_cseq(&next), Order::OutOfOrder);
        assert_eq!(dialog.next_hop().remote.port(), 5070);
    }
}
