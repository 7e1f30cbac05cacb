//! We as client of a provider: REGISTER, again before it expires, with back-off after failures (RFC 3261 §10.2).

use telephony::{Duration, Instant};

use super::api::{Trunk, TrunkId, TrunkState};
use super::core::Waker;
use super::{Owner, UaEvent, UserAgent};
use crate::Timer;
use crate::message::{Message, Method, NameAddr, Uri};
use crate::timer::TRANSACTION_TIMEOUT;
use crate::transaction::ClientId;

/// First pause after a failed registration.
const BACK_OFF_MIN: Duration = Duration::from_secs(30);
/// Longest pause.
const BACK_OFF_MAX: Duration = Duration::from_secs(1_800);

/// One trunk and its registration.
#[derive(Debug)]
pub(super) struct TrunkClient {
    pub(super) trunk: Trunk,
    call_id: String,
    cseq: u32,
    current: Option<ClientId>,
    expires_s: u32,
    failures: u32,
    auth_tries: u8,
    state: Option<TrunkState>,
}

impl UserAgent {
    /// Replaces the trunks. Unchanged ones keep their registration; removed ones are unregistered.
    pub(super) fn set_trunks(&mut self, now: Instant, trunks: Vec<Trunk>) {
        let mut old = std::mem::take(&mut self.trunks);
        for trunk in trunks {
            let id = trunk.id;
            if let Some(same) = old.remove(&id).filter(|client| client.trunk == trunk) {
                self.trunks.insert(id, same);
                continue;
            }
            let expires_s = trunk.register_s.unwrap_or(0);
            let registers = trunk.register_s.is_some();
            let call_id = self.core.ids.token();
            let client = TrunkClient {
                trunk,
                call_id,
                cseq: 0,
                current: None,
                expires_s,
                failures: 0,
                auth_tries: 0,
                state: None,
            };
            self.trunks.insert(id, client);
            if registers {
                self.register_trunk(now, id);
            } else {
                self.core
                    .timers
                    .stop((Waker::Trunk(id), Timer::TrunkRegister));
                self.trunk_state(id, TrunkState::Up);
            }
        }
        for (id, client) in old {
            if !self.trunks.contains_key(&id) {
                self.core
                    .timers
                    .stop((Waker::Trunk(id), Timer::TrunkRegister));
            }
            if client.state == Some(TrunkState::Up) && client.trunk.register_s.is_some() {
                self.send_register(now, client, 0);
            }
        }
    }

    /// Registers now.
    pub(super) fn register_trunk(&mut self, now: Instant, id: TrunkId) {
        let Some(client) = self.trunks.remove(&id) else {
            return;
        };
        let expires = client.expires_s;
        let client = self.send_register(now, client, expires);
        let sent = client.current.is_some();
        self.trunks.insert(id, client);
        if !sent {
            // No listener of that transport and address family, or the table is full.
            self.trunk_state(id, TrunkState::Failed { status: 503 });
        }
        // If nothing comes of it, not even a time-out (the table was full), this tries again.
        self.core.timers.set(
            now,
            (Waker::Trunk(id), Timer::TrunkRegister),
            TRANSACTION_TIMEOUT * 2,
        );
    }

    fn send_register(
        &mut self,
        now: Instant,
        mut client: TrunkClient,
        expires: u32,
    ) -> TrunkClient {
        let trunk = &client.trunk;
        let Some(flow) = self.core.flow_to(trunk.transport, trunk.remote) else {
            return client;
        };
        let user = trunk
            .credentials
            .as_ref()
            .map_or("", |credentials| credentials.user.as_str());
        let address = NameAddr::new(Uri::sip(user, &trunk.domain));
        let mut request = Message::request(Method::Register, Uri::sip("", &trunk.domain));
        request.push("Max-Forwards", 70);
        let mut from = address.clone();
        from.params.set("tag", Some(self.core.ids.token()));
        request.push("From", from);
        request.push("To", address);
        client.current = None;
        client.cseq += 1;
        client.auth_tries = 0;
        request.push("Call-ID", &client.call_id);
        request.push("CSeq", format!("{} REGISTER", client.cseq));
        request.push("Contact", self.core.contact(flow));
        request.push("Expires", expires);
        request.push("User-Agent", &self.core.config.user_agent);
        if let Some(tx) = self.core.layer.send(now, &mut self.core.ids, request, flow) {
            self.clients.insert(tx, Owner::Register(client.trunk.id));
            client.current = Some(tx);
        }
        client
    }

    pub(super) fn register_response(
        &mut self,
        now: Instant,
        tx: ClientId,
        id: TrunkId,
        response: &Message,
    ) {
        let Some(client) = self
            .trunks
            .get_mut(&id)
            .filter(|client| client.current == Some(tx))
        else {
            return;
        };
        match response.status() {
            ..200 => {}
            200..300 => {
                let granted = granted(response).unwrap_or(client.expires_s).max(20);
                client.failures = 0;
                client.current = None;
                let again = Duration::from_millis(u64::from(granted) * 500);
                self.core
                    .timers
                    .set(now, (Waker::Trunk(id), Timer::TrunkRegister), again);
                self.trunk_state(id, TrunkState::Up);
            }
            423 if client.failures < 3 => {
                let least = response
                    .get("Min-Expires")
                    .and_then(|text| text.trim().parse::<u32>().ok());
                let Some(least) =
                    least.filter(|&least| least > client.expires_s && least <= 86_400 * 7)
                else {
                    return self.register_failed(now, tx, id, 423);
                };
                client.expires_s = least;
                client.failures += 1;
                self.register_trunk(now, id);
            }
            status => {
                let request = self
                    .core
                    .layer
                    .request_of(tx)
                    .map(|(request, flow)| (request.clone(), flow));
                let tries = client.auth_tries;
                if tries < 3
                    && let Some((request, flow)) = request
                    && let Some(again) = self.authorize(id, &request, response)
                {
                    let cseq = again.cseq_number();
                    let sent = self.core.layer.send(now, &mut self.core.ids, again, flow);
                    if let (Some(tx), Some(client)) = (sent, self.trunks.get_mut(&id)) {
                        client.cseq = cseq;
                        client.auth_tries = tries + 1;
                        client.current = Some(tx);
                        self.clients.insert(tx, Owner::Register(id));
                        return;
                    }
                }
                self.register_failed(now, tx, id, status);
            }
        }
    }

    pub(super) fn register_failed(&mut self, now: Instant, tx: ClientId, id: TrunkId, status: u16) {
        let Some(client) = self
            .trunks
            .get_mut(&id)
            .filter(|client| client.current == Some(tx))
        else {
            return;
        };
        client.current = None;
        client.failures = client.failures.saturating_add(1);
        let pause = BACK_OFF_MIN * 2_u32.saturating_pow(client.failures.min(10) - 1);
        let jitter = Duration::from_millis(self.core.ids.below(5_000));
        self.core.timers.set(
            now,
            (Waker::Trunk(id), Timer::TrunkRegister),
            pause.min(BACK_OFF_MAX) + jitter,
        );
        self.trunk_state(id, TrunkState::Failed { status });
    }

    fn trunk_state(&mut self, trunk: TrunkId, state: TrunkState) {
        if let Some(client) = self
            .trunks
            .get_mut(&trunk)
            .filter(|client| client.state != Some(state))
        {
            client.state = Some(state);
            self.core.tell(UaEvent::TrunkState { trunk, state });
        }
    }
}

/// Seconds granted: our Contact's `expires`, else the Expires header.
fn granted(response: &Message) -> Option<u32> {
    let contacts: Vec<NameAddr> = response
        .all("Contact")
        .filter_map(NameAddr::parse_list)
        .flatten()
        .collect();
    // Contacts of other devices may stand beside ours; the shortest is safe for all.
    let shortest = contacts
        .iter()
        .filter_map(|c| c.params.get("expires")?.parse::<u32>().ok())
        .min();
    shortest.or_else(|| response.get("Expires")?.trim().parse().ok())
}
