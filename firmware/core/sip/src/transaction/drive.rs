//! Runs the machines: an event in, their actions carried out.

use telephony::Instant;

use super::matching::failure_ack;
use super::{ClientId, Layer, ServerId, Tx, TxEvent, client, server};
use crate::Timer;
use crate::message::{Message, Method};

impl Layer {
    pub(super) fn drive_client(
        &mut self,
        now: Instant,
        tx: ClientId,
        event: client::Event,
        response: Option<Message>,
    ) {
        let Some(client) = self.clients.get_mut(&tx) else {
            return;
        };
        let invite = client.request.method() == Some(Method::Invite);
        let step = if invite {
            client::invite
        } else {
            client::non_invite
        };
        let (state, actions) = step(client.state, event, client.flow.transport.is_reliable());
        if state != client.state {
            tracing::debug!(
                tx = tx.0,
                "client {:?} => {state:?} on {event:?}",
                client.state
            );
            client.state = state;
        }
        self.act_client(now, tx, actions, response);
        if state == client::State::Gone {
            self.remove_client(tx);
        }
    }

    pub(super) fn act_client(
        &mut self,
        now: Instant,
        tx: ClientId,
        actions: Vec<client::Action>,
        response: Option<Message>,
    ) {
        for action in actions {
            let Some(client) = self.clients.get_mut(&tx) else {
                return;
            };
            let key = |timer| (Tx::Client(tx), timer);
            match action {
                client::Action::Send => self.out.push_back((client.flow, client.bytes.clone())),
                client::Action::Ack => {
                    let made = || {
                        response
                            .as_ref()
                            .map(|response| failure_ack(&client.request, response).to_bytes())
                    };
                    client.ack = client.ack.take().or_else(made);
                    self.out
                        .extend(client.ack.clone().map(|ack| (client.flow, ack)));
                }
                client::Action::Deliver => {
                    if let Some(response) = &response {
                        self.events.push_back(TxEvent::Response {
                            tx,
                            response: Box::new(response.clone()),
                        });
                    }
                }
                client::Action::Fail(status) => {
                    self.events.push_back(TxEvent::Failed { tx, status })
                }
                client::Action::Overdue => self.events.push_back(TxEvent::Overdue { tx }),
                client::Action::Set(timer, after) => self.timers.set(now, key(timer), after),
                client::Action::Double(timer, most) => {
                    client.interval = (client.interval * 2).min(most);
                    self.timers.set(now, key(timer), client.interval);
                }
                client::Action::Stop(timer) => self.timers.stop(key(timer)),
            }
        }
    }

    fn remove_client(&mut self, tx: ClientId) {
        if let Some(client) = self.clients.remove(&tx) {
            self.client_keys.remove(&client.key);
            for timer in [
                Timer::A,
                Timer::B,
                Timer::C,
                Timer::D,
                Timer::E,
                Timer::F,
                Timer::K,
                Timer::M,
                Timer::CancelDone,
            ] {
                self.timers.stop((Tx::Client(tx), timer));
            }
            self.events.push_back(TxEvent::Gone { tx });
        }
    }

    /// Returns whether an ACK is for the user agent.
    pub(super) fn drive_server(
        &mut self,
        now: Instant,
        tx: ServerId,
        event: server::Event,
        response: Option<&Message>,
    ) -> bool {
        let Some(server) = self.servers.get_mut(&tx) else {
            return false;
        };
        let step = if server.invite {
            server::invite
        } else {
            server::non_invite
        };
        let (state, actions) = step(server.state, event, server.reply_to.transport.is_reliable());
        if state != server.state {
            tracing::debug!(
                tx = tx.0,
                "server {:?} => {state:?} on {event:?}",
                server.state
            );
            server.state = state;
        }
        let mut pass_ack = false;
        for action in actions {
            let key = |timer| (Tx::Server(tx), timer);
            match action {
                server::Action::Respond => {
                    server.last = response.map(Message::to_bytes);
                    self.out
                        .extend(server.last.clone().map(|bytes| (server.reply_to, bytes)));
                }
                server::Action::Repeat => self
                    .out
                    .extend(server.last.clone().map(|bytes| (server.reply_to, bytes))),
                server::Action::PassAck => pass_ack = true,
                server::Action::Set(timer, after) => self.timers.set(now, key(timer), after),
                server::Action::Double(timer, most) => {
                    server.interval = (server.interval * 2).min(most);
                    self.timers.set(now, key(timer), server.interval);
                }
                server::Action::Stop(timer) => self.timers.stop(key(timer)),
            }
        }
        if state == server::State::Gone {
            self.remove_server(tx);
        }
        pass_ack
    }

    pub(super) fn remove_server(&mut self, tx: ServerId) {
        if let Some(server) = self.servers.remove(&tx) {
            self.server_keys.remove(&server.key);
            if let Some(merge_key) = &server.merge_key {
                self.merge_keys.remove(merge_key);
            }
            for timer in [Timer::G, Timer::H, Timer::I, Timer::J, Timer::L] {
                self.timers.stop((Tx::Server(tx), timer));
            }
        }
    }
}
