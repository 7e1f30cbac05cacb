//! The store thread: the only owner of the database.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use call::CallRecord;
use dialplan::{Device, Origin};
use store::{Cdr, CdrLeg, Party, Store, StoreError, UnixMillis};
use telephony::{CallId, Instant, Text};

use crate::clock::Clock;
use crate::mailbox::Sender;

/// How often a record that found the disk full is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Records that wait for room on the disk at most: twice what the switch keeps.
const WAITING: usize = 2_048;

/// What the thread is told.
pub enum ToStore {
    /// Keep this record.
    Cdr(Box<CallRecord>),
    /// Write what waits, once more, and end.
    Stop,
}

/// Runs until told to stop or until every sender is gone. A record is acknowledged when it is on the disk; one that finds no room
/// waits and is tried again, and so does every one behind it.
pub fn run(clock: Clock, mut store: Store, inbox: &Receiver<ToStore>, mut stored: Sender<CallId>) {
    let mut waiting: VecDeque<Box<CallRecord>> = VecDeque::new();
    let mut running = true;
    while running {
        let patience = if waiting.is_empty() {
            Duration::MAX
        } else {
            RETRY
        };
        match inbox.recv_timeout(patience) {
            Ok(ToStore::Cdr(record)) => {
                if waiting.len() == WAITING {
                    let lost = waiting.pop_front();
                    tracing::error!(?lost, "too many call records wait: the oldest is lost");
                }
                waiting.push_back(record);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Ok(ToStore::Stop) | Err(RecvTimeoutError::Disconnected) => running = false,
        }
        while let Some(record) = waiting.front() {
            match insert(&mut store, &clock, record) {
                Ok(()) => {
                    stored.send(record.call);
                    waiting.pop_front();
                }
                Err(error) => {
                    let left = waiting.len();
                    tracing::error!(%error, waiting = left, "call records wait for room in the database");
                    break;
                }
            }
        }
    }
    if !waiting.is_empty() {
        tracing::error!(
            lost = waiting.len(),
            "stopped with call records that could not be stored"
        );
    }
}

/// Puts one record on the disk. A record that is refused for good is logged whole and counts as done: it must not stop the others.
fn insert(store: &mut Store, clock: &Clock, record: &CallRecord) -> Result<(), StoreError> {
    let cdr = cdr(record, |at| UnixMillis(clock.unix_ms(at)));
    match store.insert_cdr(&cdr) {
        Ok(_) => Ok(()),
        Err(error @ (StoreError::RecordDiffers(_) | StoreError::Invalid { .. })) => {
            tracing::error!(%error, ?cdr, "call record refused");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The record as the database keeps it; `wall` gives a moment's wall-clock time.
pub fn cdr(record: &CallRecord, wall: impl Fn(Instant) -> UnixMillis) -> Cdr {
    let leg = |leg: &call::LegRecord| CdrLeg {
        party: party(&leg.place),
        started: wall(leg.started),
        answered: leg.answered.map(&wall),
        ended: wall(leg.ended),
        cause: leg.cause,
        figures: leg.figures,
    };
    Cdr {
        id: record.call,
        started: wall(record.started),
        answered: record.answered.map(&wall),
        ended: wall(record.ended),
        caller: record.caller,
        dialled: Text::new(&record.dialled),
        cause: record.cause,
        legs: record.legs.iter().map(leg).collect(),
    }
}

fn party(place: &Origin) -> Party {
    match place {
        Origin::Device(Device::Fxs(line)) => Party::Fxs(*line),
        Origin::Device(Device::Sip(user)) => Party::Sip(user.clone()),
        Origin::Line(line) => Party::Line(*line),
        Origin::Trunk(name) => Party::Trunk(name.clone()),
    }
}
