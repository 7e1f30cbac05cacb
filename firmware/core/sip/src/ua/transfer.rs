//! Transfer: REFER and the NOTIFYs about it (RFC 3515), Replaces (RFC 3891).

use telephony::Instant;

use super::api::{InviteId, ReferOutcome, ReferTo};
use super::core::Waker;
use super::usage::State;
use super::{Owner, UaEvent, UserAgent};
use crate::Timer;
use crate::cause::{phrase, to_status};
use crate::message::{Message, Method, NameAddr, Params, Scheme};
use crate::timer::TRANSACTION_TIMEOUT;
use crate::transaction::ServerId;

/// What a Replaces header names.
pub(super) enum Replaced {
    /// There is no such header.
    None,
    Call(InviteId),
    /// Answer with this status.
    Refused(u16),
}

impl UserAgent {
    /// The call an INVITE is to take the place of (RFC 3891 §3).
    pub(super) fn replaced_by(&self, request: &Message) -> Replaced {
        let Some(value) = request.get("Replaces") else {
            return Replaced::None;
        };
        let Some(parsed) = parse_replaces(value) else {
            return Replaced::Refused(400);
        };
        match self.find_replaced(&parsed) {
            Some((id, State::Confirmed | State::Accepted)) if parsed.early_only => {
                tracing::debug!(call = id.0, "Replaces for early dialogs only");
                Replaced::Refused(486)
            }
            Some((id, State::Confirmed | State::Accepted)) => Replaced::Call(id),
            Some((_, State::Leaving(_) | State::Over)) => Replaced::Refused(603),
            _ => Replaced::Refused(481),
        }
    }

    /// RFC 3891 §3 compares `to-tag` with our tag; in a REFER some phones write the tags from their own side.
    fn find_replaced(&self, replaces: &Replaces) -> Option<(InviteId, State)> {
        for (ours, theirs) in [
            (&replaces.to_tag, &replaces.from_tag),
            (&replaces.from_tag, &replaces.to_tag),
        ] {
            let usage = self.tags.get(ours).and_then(|id| self.usages.get(id));
            if let Some(usage) = usage
                && let Some(dialog) = &usage.dialog
                && dialog.call_id == replaces.call_id
                && dialog.remote_tag() == theirs.as_str()
            {
                return Some((usage.id, usage.state));
            }
        }
        None
    }

    /// REFER within a call. The dialog stays what it is: requests are not states.
    pub(super) fn refer(&mut self, now: Instant, id: InviteId, tx: ServerId, request: &Message) {
        let Some(usage) = self.usages.get(&id) else {
            return;
        };
        if usage.state != State::Confirmed {
            return self.core.reply(now, tx, request, 481);
        }
        if usage.transfer.is_some() {
            return self.core.reply(now, tx, request, 491);
        }
        let to = match self.refer_target(request) {
            Ok(ReferTo::Replaces(other)) if other == id => {
                return self.core.reply(now, tx, request, 400);
            }
            Ok(to) => to,
            Err(status) => return self.core.reply(now, tx, request, status),
        };
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let Some(dialog) = &usage.dialog else { return };
        usage.transfer = Some(request.cseq_number());
        let mut response = self.core.response(request, 202, dialog.local_tag());
        response.push("Contact", dialog.contact());
        self.core.layer.respond(now, tx, &response);
        self.notify(now, id, 100, false);
        self.core.tell(UaEvent::Refer { id, to });
    }

    fn refer_target(&self, request: &Message) -> Result<ReferTo, u16> {
        let refer_to = request
            .get("Refer-To")
            .and_then(NameAddr::parse)
            .ok_or(400_u16)?;
        let uri = refer_to.uri;
        if matches!(uri.scheme, Scheme::Other(_)) {
            return Err(416);
        }
        if uri
            .params
            .get("method")
            .is_some_and(|method| method != "INVITE")
        {
            return Err(501);
        }
        match uri.header("Replaces") {
            Some(value) => {
                let replaces = parse_replaces(&value).ok_or(400_u16)?;
                match self.find_replaced(&replaces) {
                    Some((id, State::Confirmed | State::Accepted | State::Calling)) => {
                        Ok(ReferTo::Replaces(id))
                    }
                    _ => Err(481),
                }
            }
            None if uri.user.is_empty() => Err(484),
            None => Ok(ReferTo::Number(uri.user_text())),
        }
    }

    pub(super) fn refer_result(&mut self, now: Instant, id: InviteId, outcome: ReferOutcome) {
        let Some(usage) = self.usages.get(&id) else {
            return;
        };
        if usage.transfer.is_none() || usage.state != State::Confirmed {
            return;
        }
        match outcome {
            ReferOutcome::Trying => self.notify(now, id, 180, false),
            ReferOutcome::Accepted => {
                self.notify(now, id, 200, true);
                self.core.timers.set(
                    now,
                    (Waker::Call(id), Timer::TransferDone),
                    TRANSACTION_TIMEOUT,
                );
            }
            ReferOutcome::Failed(cause) => self.notify(now, id, to_status(cause), true),
        }
    }

    fn notify(&mut self, now: Instant, id: InviteId, status: u16, last: bool) {
        let Some(usage) = self.usages.get_mut(&id) else {
            return;
        };
        let (Some(cseq), Some(dialog)) = (usage.transfer, &mut usage.dialog) else {
            return;
        };
        let mut request = dialog.request(Method::Notify);
        request.push("Event", format!("refer;id={cseq}"));
        request.push(
            "Subscription-State",
            if last {
                "terminated;reason=noresource"
            } else {
                "active;expires=180"
            },
        );
        request.push("User-Agent", &self.core.config.user_agent);
        let line = format!("SIP/2.0 {status} {}\r\n", phrase(status));
        request.set_body("message/sipfrag;version=2.0", line.into_bytes());
        let hop = dialog.next_hop();
        if last {
            usage.transfer = None;
        }
        if let Some(tx) = self.core.layer.send(now, &mut self.core.ids, request, hop) {
            self.clients.insert(tx, Owner::Notify);
        }
    }
}

struct Replaces {
    call_id: String,
    to_tag: String,
    from_tag: String,
    early_only: bool,
}

/// `call-id;to-tag=x;from-tag=y[;early-only]` (RFC 3891 §6.1).
fn parse_replaces(value: &str) -> Option<Replaces> {
    let (call_id, params) = value.split_once(';')?;
    let params = Params::parse(params);
    let tag = |name: &str| {
        params
            .get(name)
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
    };
    Some(Replaces {
        call_id: call_id.trim().to_owned(),
        to_tag: tag("to-tag")?,
        from_tag: tag("from-tag")?,
        early_only: params.get("early-only").is_some(),
    })
}
