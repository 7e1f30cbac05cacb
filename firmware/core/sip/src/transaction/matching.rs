//! Which transaction a message belongs to, where its responses go, and what follows from it.

use crate::message::{Message, Method, Uri, Via, host_ip};
use crate::{Flow, Transport};

/// Branch, sent-by and method (RFC 3261 §17.2.3).
pub(super) fn server_key(via: &Via, method: &str) -> String {
    format!("{} {} {method}", via.branch(), via.sent_by())
}

/// Notes where a request really came from (RFC 3261 §18.2.1, RFC 3581 §4).
pub(super) fn stamp(via: &mut Via, flow: Flow) {
    let asked = via.params.get("rport").is_some();
    if asked {
        via.params
            .set("rport", Some(flow.remote.port().to_string()));
    }
    via.params.remove("received");
    if asked || host_ip(&via.host) != Some(flow.remote.ip()) {
        via.params
            .set("received", Some(flow.remote.ip().to_string()));
    }
}

/// Where responses go (RFC 3261 §18.2.2, RFC 3581 §4): the connection, or the source address with rport or sent-by's port.
pub(crate) fn reply_flow(via: &Via, flow: Flow) -> Flow {
    let mut reply = flow;
    if flow.transport == Transport::Udp && via.params.get("rport").is_none() {
        reply.remote.set_port(via.port.unwrap_or(5060));
    }
    reply
}

/// A request of the same transaction: the ACK of a failure, or CANCEL (RFC 3261 §9.1, §17.1.1.3).
pub(super) fn follow_up(invite: &Message, method: Method) -> Message {
    let uri = invite
        .uri()
        .cloned()
        .unwrap_or_else(|| Uri::sip("", "invalid"));
    let mut request = Message::request(method, uri);
    for name in ["Via", "Max-Forwards", "From", "Call-ID", "Route"] {
        for value in invite.all(name) {
            request.push(name, value);
        }
    }
    request.push("CSeq", format!("{} {method}", invite.cseq_number()));
    request
}

pub(super) fn failure_ack(invite: &Message, response: &Message) -> Message {
    let mut ack = follow_up(invite, Method::Ack);
    ack.push("To", response.get("To").unwrap_or(""));
    ack
}
