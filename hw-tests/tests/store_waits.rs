//! A call record that the database does not take waits, is tried again, and is acknowledged when it is on the disk.

use std::os::fd::AsFd;
use std::sync::mpsc::sync_channel;

use call::{CallRecord, Direction, Origin};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use pbxd::clock::Clock;
use pbxd::mailbox::{Receiver, mailbox};
use pbxd::store_thread::{self, ToStore};
use rusqlite::Connection;
use store::{DATABASE_FILE, Store};
use telephony::{CallId, CallerId, Cause, Instant, LineId};

/// Longer than the store waits for a lock (5 s): the attempt fails.
const LOCKED_MS: u16 = 6_000;
/// The next attempt, and the write.
const RETRY_MS: u16 = 8_000;

fn record() -> CallRecord {
    CallRecord {
        call: CallId(1),
        direction: Direction::Internal,
        started: Instant::ZERO,
        answered: None,
        ended: Instant::from_millis(10),
        caller: CallerId::new("101", ""),
        origin: Origin::Line(LineId(0)),
        dialled: "102".to_owned(),
        connected: None,
        cause: Cause::UserBusy,
        legs: Vec::new(),
        legs_left_out: 0,
    }
}

/// The next acknowledgement within `ms`.
fn stored(inbox: &mut Receiver<CallId>, ms: u16) -> Option<CallId> {
    let mut fds = [PollFd::new(inbox.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::from(ms)).expect("a pipe can be waited for");
    inbox.clear();
    inbox.receive()
}

#[test]
fn a_record_waits_until_the_database_takes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = Store::open(folder.path()).expect("a fresh database");
    let database = folder.path().join(DATABASE_FILE);
    let other = Connection::open(&database).expect("a second hand on the database");
    let (acknowledge, mut inbox) = mailbox::<CallId, 8>().expect("a mailbox");
    let (orders, taken) = sync_channel(8);
    let clock = Clock::start();
    let thread = std::thread::spawn(move || store_thread::run(clock, store, &taken, acknowledge));

    other.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    let order = ToStore::Cdr(Box::new(record()));
    assert!(orders.send(order).is_ok());
    assert_eq!(
        stored(&mut inbox, LOCKED_MS),
        None,
        "nothing is on the disk"
    );
    other
        .execute_batch("ROLLBACK")
        .expect("the lock is given back");
    assert_eq!(stored(&mut inbox, RETRY_MS), Some(CallId(1)));
    let count = "SELECT count(*) FROM cdr WHERE call_id = 1";
    let count: i64 = other
        .query_row(count, [], |row| row.get(0))
        .expect("a count");
    assert_eq!(count, 1);
    drop(orders);
    thread
        .join()
        .expect("it ends when nobody is left to give orders");
}
