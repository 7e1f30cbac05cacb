//! Who is asking: digest towards accounts (RFC 3261 §22), source address towards trunks; our answers to trunks' challenges.

use telephony::Instant;

use super::api::TrunkId;
use super::{Account, UaEvent, UserAgent};
use crate::digest::{self, Ha1, Verdict};
use crate::message::Message;
use crate::transaction::ServerId;
use crate::{Flow, Transport};

impl UserAgent {
    /// Replaces the accounts. Calls go on; contacts of removed accounts are forgotten (and reported).
    pub fn set_accounts(&mut self, now: Instant, accounts: Vec<Account>) {
        self.accounts = accounts
            .into_iter()
            .map(|account| (account.user.clone(), account))
            .collect();
        let registered: Vec<String> = self
            .registrar
            .users()
            .map(|(user, _)| user.to_owned())
            .collect();
        for account in registered
            .into_iter()
            .filter(|user| !self.accounts.contains_key(user))
        {
            for contact in self.contacts(now, &account) {
                self.core.tell(UaEvent::Unregistered {
                    account: account.clone(),
                    contact,
                });
            }
            // Our own Call-ID: no REGISTER of the phone's can be out of order with it.
            let call_id = self.core.ids.token();
            let flow = Flow {
                transport: Transport::Udp,
                local: unspecified(),
                remote: unspecified(),
            };
            let _ = self
                .registrar
                .register(now, &account, &[], true, Some(0), &call_id, 1, flow);
        }
    }

    /// The account that proved itself, or `None` after the request was answered: 401/407, or 400.
    pub(super) fn authenticate(
        &mut self,
        now: Instant,
        tx: ServerId,
        request: &Message,
        status: u16,
    ) -> Option<String> {
        let method = request.method().map(|m| m.to_string()).unwrap_or_default();
        let uri = request.uri().map(ToString::to_string).unwrap_or_default();
        let realm = self.core.config.domain.clone();
        let headers = request
            .all("Authorization")
            .chain(request.all("Proxy-Authorization"));
        let mine = headers
            .into_iter()
            .find(|value| digest::realm(value).is_none_or(|r| r == realm));
        let mut stale = false;
        if let Some(value) = mine {
            let account = digest::username(value).and_then(|user| self.accounts.get(&user));
            let ha1 = account.map(|a| Ha1 {
                md5: a.ha1_md5,
                sha256: a.ha1_sha256,
            });
            match self
                .core
                .challenger
                .check(now, &method, value, &uri, ha1.as_ref())
            {
                Verdict::Ok { username } => return Some(username),
                Verdict::Stale => stale = true,
                Verdict::Wrong => tracing::info!(user = ?digest::username(value), "digest refused"),
                Verdict::Malformed(error) => {
                    tracing::info!(%error, "digest malformed");
                    self.core.reply(now, tx, request, 400);
                    return None;
                }
            }
        }
        let name = if status == 407 {
            "Proxy-Authenticate"
        } else {
            "WWW-Authenticate"
        };
        let tag = self.core.ids.token();
        let mut response = self.core.response(request, status, &tag);
        for value in self.core.challenger.challenges(now, stale) {
            response.push(name, value);
        }
        // Whoever asks may be anybody under a forged address: one answer, and nothing is kept (RFC 3261 §26.3.2.4).
        self.core.layer.respond_once(tx, &response);
        None
    }

    /// The trunk a request comes from: by its address and port, or by its address alone when nobody of ours is meant to
    /// call (on loopback everybody has the same address).
    pub(super) fn trunk_of(&self, request: &Message, flow: Flow) -> Option<TrunkId> {
        let remotes = || {
            self.trunks
                .iter()
                .map(|(id, client)| (*id, client.trunk.remote))
        };
        let exact = remotes().find(|(_, remote)| *remote == flow.remote);
        let is_account = request
            .from()
            .is_some_and(|from| self.accounts.contains_key(&from.uri.user_text()));
        let by_address = || {
            let same =
                |(_, remote): &(TrunkId, std::net::SocketAddr)| remote.ip() == flow.remote.ip();
            remotes()
                .find(same)
                .filter(|_| !is_account && !flow.remote.ip().is_loopback())
        };
        exact.or_else(by_address).map(|(id, _)| id)
    }

    /// The same request with the answer to a trunk's challenge (RFC 3261 §22.2); `None` when it has no credentials or they
    /// were refused already.
    pub(super) fn authorize(
        &mut self,
        trunk: TrunkId,
        request: &Message,
        response: &Message,
    ) -> Option<Message> {
        let credentials = self.trunks.get(&trunk)?.trunk.credentials.as_ref()?;
        let (ask, answer) = match response.status() {
            401 => ("WWW-Authenticate", "Authorization"),
            407 => ("Proxy-Authenticate", "Proxy-Authorization"),
            _ => return None,
        };
        let all: Vec<&str> = response.all(ask).collect();
        let realm = all.iter().find_map(|value| digest::realm(value))?;
        let of_realm: Vec<&str> = all
            .into_iter()
            .filter(|v| digest::realm(v).as_ref() == Some(&realm))
            .collect();
        let is_stale = of_realm
            .iter()
            .any(|value| value.to_ascii_lowercase().contains("stale=true"));
        if request.get(answer).is_some() && !is_stale {
            return None;
        }
        let (method, uri) = (request.method()?.to_string(), request.uri()?.to_string());
        let ha1 = Ha1::from_password(&credentials.user, &realm, &credentials.password);
        let cnonce = self.core.ids.token();
        let value = digest::respond(
            &of_realm,
            &method,
            &uri,
            &credentials.user,
            &ha1,
            &cnonce,
            1,
        )
        .ok()?;
        let mut again = request.clone();
        again.remove("Via");
        again.set(
            "CSeq",
            format!("{} {method}", request.cseq_number().wrapping_add(1)),
        );
        again.set(answer, value);
        Some(again)
    }
}

fn unspecified() -> std::net::SocketAddr {
    (std::net::Ipv4Addr::UNSPECIFIED, 0).into()
}
