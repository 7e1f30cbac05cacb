//! REGISTER (RFC 3261 §10.3) in front of the registrar.

use std::collections::HashSet;

use telephony::Instant;

use super::{UaEvent, UserAgent};
use crate::message::{Message, NameAddr, host_ip, unquote};
use crate::registrar::{Binding, ContactUpdate, RegisterError};
use crate::transaction::ServerId;
use crate::{Flow, Transport};

impl UserAgent {
    pub(super) fn register(&mut self, now: Instant, tx: ServerId, request: &Message, flow: Flow) {
        let Some(user) = self.authenticate(now, tx, request, 401) else {
            return;
        };
        // An account may change its own contacts only.
        if request.to().map(|to| to.uri.user_text()).as_deref() != Some(user.as_str()) {
            return self.core.reply(now, tx, request, 403);
        }
        let Some((contacts, wildcard)) = updates(request) else {
            return self.core.reply(now, tx, request, 400);
        };
        let before = self.registrar.bindings(now, &user);
        let header = request.get("Expires").map(expires);
        let fresh = contacts
            .iter()
            .filter(|c| c.expires.or(header) != Some(0) && !is_known(&before, c))
            .count();
        let allowed = self
            .accounts
            .get(&user)
            .map_or(0, |account| account.max_contacts);
        if fresh > 0 && before.len() + fresh > allowed {
            return self.core.reply(now, tx, request, 403);
        }
        let seq = request.cseq_number();
        let reach = reach(&contacts, flow);
        let result = self.registrar.register(
            now,
            &user,
            &contacts,
            wildcard,
            header,
            request.call_id(),
            seq,
            reach,
        );
        match result {
            Ok(bindings) => {
                self.confirm_registration(now, tx, request, &bindings);
                self.tell_registration(&user, &before, &bindings);
            }
            Err(RegisterError::IntervalTooBrief { min_s }) => {
                self.core.reply_with(
                    now,
                    tx,
                    request,
                    423,
                    &[("Min-Expires", &min_s.to_string())],
                );
            }
            Err(error) => {
                tracing::info!(user, %error, "registration refused");
                self.core.reply(now, tx, request, error.status());
            }
        }
    }

    fn confirm_registration(
        &mut self,
        now: Instant,
        tx: ServerId,
        request: &Message,
        bindings: &[Binding<Flow>],
    ) {
        let tag = self.core.ids.token();
        let mut response = self.core.response(request, 200, &tag);
        for binding in bindings {
            let q = binding.q_milli;
            let q = if q == 1_000 {
                String::new()
            } else {
                format!(";q=0.{q:03}")
            };
            response.push(
                "Contact",
                format!("<{}>;expires={}{q}", binding.uri, binding.remaining_s(now)),
            );
        }
        response.push("Supported", super::core::SUPPORTED);
        self.core.layer.respond(now, tx, &response);
    }

    fn tell_registration(&mut self, user: &str, before: &[Binding<Flow>], after: &[Binding<Flow>]) {
        let was: HashSet<&str> = before.iter().map(|b| b.uri.as_str()).collect();
        let is: HashSet<&str> = after.iter().map(|b| b.uri.as_str()).collect();
        for contact in was.difference(&is) {
            self.core.tell(UaEvent::Unregistered {
                account: user.to_owned(),
                contact: (*contact).to_owned(),
            });
        }
        for contact in is.difference(&was) {
            self.core.tell(UaEvent::Registered {
                account: user.to_owned(),
                contact: (*contact).to_owned(),
            });
        }
    }
}

/// Whether a contact refreshes one in force: the same URI, or the same phone and flow (RFC 5626 §6).
fn is_known(bindings: &[Binding<Flow>], update: &ContactUpdate) -> bool {
    bindings.iter().any(|b| {
        let same_phone =
            b.instance.is_some() && b.instance == update.instance && b.reg_id == update.reg_id;
        same_phone || b.uri == update.uri
    })
}

/// Where calls for this contact go: back over the flow; over UDP to the contact itself when it names the address it came
/// from, for a phone may send and receive on different ports.
fn reach(contacts: &[ContactUpdate], flow: Flow) -> Flow {
    let mut reach = flow;
    if let [contact] = contacts
        && flow.transport == Transport::Udp
        && let Some(uri) = crate::message::Uri::parse(&contact.uri)
        && host_ip(&uri.host) == Some(flow.remote.ip())
        && uri
            .params
            .get("transport")
            .is_none_or(|t| t.eq_ignore_ascii_case("udp"))
        && let Some(address) = uri.address()
        && address.port() != 0
    {
        reach.remote = address;
    }
    reach
}

/// Contacts and whether it is the wildcard; `None` when one is malformed.
fn updates(request: &Message) -> Option<(Vec<ContactUpdate>, bool)> {
    let (mut contacts, mut wildcard) = (Vec::new(), false);
    for line in request.all("Contact") {
        if line.trim() == "*" {
            wildcard = true;
            continue;
        }
        for contact in NameAddr::parse_list(line)? {
            contacts.push(ContactUpdate {
                uri: contact.uri.to_string(),
                expires: contact.params.get("expires").map(expires),
                q_milli: contact.params.get("q").map_or(Some(1_000), q_milli)?,
                instance: contact.params.get("+sip.instance").map(unquote),
                reg_id: contact.params.get("reg-id").and_then(|id| id.parse().ok()),
            });
        }
    }
    Some((contacts, wildcard))
}

/// A malformed value counts as 3600 (RFC 3261 §20.10, §20.19), one too large as the largest.
fn expires(text: &str) -> u32 {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        3_600
    } else {
        text.parse().unwrap_or(u32::MAX)
    }
}

/// `0.5` as 500 (RFC 3261 §25.1 `qvalue`).
fn q_milli(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let milli = format!("{fraction:0<3}").parse::<u16>().ok()?;
    match (whole, milli) {
        ("0", _) => Some(milli),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_values() {
        for (text, milli) in [
            ("1", 1_000),
            ("1.0", 1_000),
            ("0.5", 500),
            ("0.125", 125),
            ("0", 0),
            ("0.", 0),
        ] {
            assert_eq!(q_milli(text), Some(milli), "{text}");
        }
        for text in ["1.1", "2", "0.1234", "-1", "", "0.x"] {
            assert_eq!(q_milli(text), None, "{text}");
        }
        assert_eq!(
            (expires("60"), expires("x"), expires("99999999999")),
            (60, 3_600, u32::MAX)
        );
    }
}
