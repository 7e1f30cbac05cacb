use telephony::{CallId, Cause, Decibels, LineFigures, LineId, Presentation};

use super::{call, fresh, reopen};
use crate::cdr::TRIM_EVERY;
use crate::{Extension, Page, Party, Store, StoreError, Stored};

#[test]
fn a_record_comes_back_as_it_was_after_a_restart() {
    let (folder, mut store) = fresh();
    let mut wanted = call(1);
    wanted.answered = None;
    wanted.cause = Cause::UserBusy;
    wanted.caller.presentation = Presentation::Private;
    wanted.legs[1].party = Party::Trunk("city".to_owned());
    wanted.legs.push(wanted.legs[0].clone());
    wanted.legs[2].party = Party::Line(LineId(3));
    let db = |tenths| Some(Decibels::from_tenths(tenths));
    wanted.legs[0].figures = Some(LineFigures::default());
    wanted.legs[2].figures = Some(LineFigures {
        erl_db: db(83),
        erle_db: db(307),
        echo_tail_ms: Some(27),
        echo_disabled: true,
        rx_dbm0: db(-191),
        tx_dbm0: db(-160),
    });
    assert_eq!(store.insert_cdr(&wanted).unwrap(), Stored::New);
    drop(store);
    let (store, opened) = reopen(&folder);
    assert!(!opened.fresh);
    assert_eq!(store.cdr(CallId(1)).unwrap(), Some(wanted));
    assert_eq!(store.cdr(CallId(2)).unwrap(), None);
}

#[test]
fn a_record_is_stored_once_however_often_it_is_sent() {
    let (_folder, mut store) = fresh();
    assert_eq!(store.insert_cdr(&call(7)).unwrap(), Stored::New);
    assert_eq!(store.insert_cdr(&call(7)).unwrap(), Stored::Before);
    let mut other = call(7);
    other.cause = Cause::NoAnswer;
    let error = store.insert_cdr(&other).unwrap_err();
    assert!(
        matches!(error, StoreError::RecordDiffers(CallId(7))),
        "{error}"
    );
    assert_eq!(store.cdr(CallId(7)).unwrap(), Some(call(7)));
}

#[test]
fn pages_run_from_the_newest_to_the_oldest_without_gap() {
    let (_folder, mut store) = fresh();
    for id in 1..=25 {
        store.insert_cdr(&call(id)).unwrap();
    }
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = store.cdrs(Page { before, limit: 10 }).unwrap();
        assert!(page.calls.len() <= 10);
        seen.extend(page.calls.iter().map(|cdr| cdr.id.0));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
}

#[test]
fn the_oldest_records_go_when_there_are_too_many() {
    let (_folder, mut store) = fresh();
    store.put_setting("keep_calls", "1000").unwrap();
    store
        .conn
        .pragma_update(None, "synchronous", "off")
        .unwrap();
    for id in 1..=2 * TRIM_EVERY {
        store.insert_cdr(&call(id)).unwrap();
    }
    let count = |sql: &str| -> u64 {
        store
            .conn
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
            .unsigned_abs()
    };
    assert_eq!(count("SELECT count(*) FROM cdr"), 1_000);
    assert_eq!(count("SELECT min(call_id) FROM cdr"), 2 * TRIM_EVERY - 999);
    assert_eq!(count("SELECT count(*) FROM cdr_leg"), 2_000);
}

#[test]
fn call_ids_are_never_given_twice() {
    let (folder, mut store) = fresh();
    let first = store.reserve_call_ids(100).unwrap();
    let second = store.reserve_call_ids(10).unwrap();
    drop(store);
    let (mut store, _) = reopen(&folder);
    let third = store.reserve_call_ids(1).unwrap();
    assert_eq!((first, second, third), (1..101, 101..111, 111..112));
}

/// Lets the database grow by `pages` and no more, as a full disk would.
fn limit(store: &Store, pages: i64) {
    let now: i64 = store
        .conn
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    store
        .conn
        .pragma_update_and_check(None, "max_page_count", now + pages, |row| {
            row.get::<_, i64>(0)
        })
        .unwrap();
}

#[test]
fn a_full_disk_leaves_nothing_half_done_and_passes() {
    let (folder, mut store) = fresh();
    limit(&store, 3);
    let refused = (1..10_000).find_map(|id| match store.insert_cdr(&call(id)) {
        Ok(_) => None,
        Err(error) => Some((id, error)),
    });
    let (id, error) = refused.expect("three pages do not hold ten thousand calls");
    assert!(matches!(error, StoreError::Full), "{error}");
    assert!(id > 1, "the first calls fitted");
    assert_eq!(store.cdr(CallId(id)).unwrap(), None);
    let legs: i64 = store
        .conn
        .query_row("SELECT count(*) FROM cdr_leg", [], |row| row.get(0))
        .unwrap();
    assert_eq!(
        legs.unsigned_abs(),
        2 * (id - 1),
        "no legs without their call"
    );

    limit(&store, 0);
    let devices = (0..8)
        .map(|n| crate::Device::Sip(format!("{n:0>32}")))
        .collect::<Vec<_>>();
    let refused = (100..10_000).find_map(|number| {
        let devices = if number == 100 {
            devices.clone()
        } else {
            Vec::new()
        };
        let extension = Extension::new(&number.to_string(), &"x".repeat(64), devices);
        store
            .put_extension(&extension)
            .err()
            .map(|error| (number, error))
    });
    let (number, error) = refused.expect("the file cannot grow");
    assert!(matches!(error, StoreError::Full), "{error}");
    assert!(
        store
            .extensions()
            .unwrap()
            .iter()
            .all(|e| e.number != number.to_string())
    );

    limit(&store, 1_000);
    assert_eq!(
        store.insert_cdr(&call(id)).unwrap(),
        Stored::New,
        "works again"
    );
    drop(store);
    let (store, opened) = reopen(&folder);
    assert_eq!(opened.set_aside, None);
    assert_eq!(store.cdr(CallId(id)).unwrap(), Some(call(id)));
}
