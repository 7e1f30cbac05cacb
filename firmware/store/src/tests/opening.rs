use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::Connection;
use telephony::{CallId, LineFigures};

use super::{call, fresh, reopen};
use crate::{DATABASE_FILE, SCHEMA_VERSION, Settings, Store, StoreError, Voice, migration};

#[test]
fn a_second_opener_is_told_who_has_the_folder() {
    let (folder, store) = fresh();
    let error = Store::open(folder.path()).unwrap_err();
    let StoreError::InUse { pid, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*pid, Some(std::process::id()));
    assert!(
        error
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    drop(store);
    reopen(&folder);
}

#[test]
fn only_the_daemons_user_can_read_the_database() {
    let (folder, mut store) = fresh();
    store.insert_cdr(&call(1)).unwrap();
    for file in [DATABASE_FILE, "tipring.db-wal", "tipring.db-shm"] {
        let mode = fs::metadata(folder.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{file} has mode {mode:o}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let error = Store::open(Path::new("/dev/null/tipring")).unwrap_err();
    assert!(
        error.to_string().starts_with("/dev/null/tipring: "),
        "{error}"
    );
}

#[test]
fn every_commit_is_synchronous_and_in_the_write_ahead_log() {
    let (_folder, store) = fresh();
    let pragma = |name| {
        store
            .conn
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let mode: String = store
        .conn
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    assert_eq!(pragma("synchronous"), 2, "FULL");
    assert_eq!(pragma("foreign_keys"), 1);
    assert_eq!(pragma("user_version"), i64::from(SCHEMA_VERSION));
}

/// A closed database with 300 calls, several pages long.
fn used() -> tempfile::TempDir {
    let (folder, mut store) = fresh();
    store
        .conn
        .pragma_update(None, "synchronous", "off")
        .unwrap();
    for id in 1..=300 {
        store.insert_cdr(&call(id)).unwrap();
    }
    folder
}

/// `damage`d, a database is kept byte for byte and a fresh one made in its place.
fn is_set_aside(damage: impl FnOnce(&mut Vec<u8>)) {
    let folder = used();
    let path = folder.path().join(DATABASE_FILE);
    let mut bytes = fs::read(&path).unwrap();
    damage(&mut bytes);
    fs::write(&path, &bytes).unwrap();

    let (mut store, opened) = reopen(&folder);
    assert!(opened.fresh);
    let kept = opened.set_aside.clone().expect("the damage was seen").path;
    assert_eq!(kept, folder.path().join("tipring.db.corrupt-1"));
    assert!(
        opened.to_string().contains("tipring.db.corrupt-1"),
        "{opened}"
    );
    assert!(
        fs::read(&kept).unwrap() == bytes,
        "the original was kept as it was"
    );
    assert_eq!(store.settings().unwrap(), Settings::default());
    store.insert_cdr(&call(1)).unwrap();
    drop(store);
    let (store, opened) = reopen(&folder);
    assert_eq!((opened.fresh, opened.set_aside), (false, None));
    assert_eq!(store.cdr(CallId(1)).unwrap(), Some(call(1)));
}

/// A row of bytes that looks like nothing (splitmix64).
fn noise(seed: u64) -> impl Iterator<Item = u8> {
    (seed..).map(|n| {
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (n >> 56) as u8
    })
}

#[test]
fn random_bytes_are_set_aside() {
    is_set_aside(|bytes| *bytes = noise(1).take(40_000).collect());
}

#[test]
fn random_bytes_within_the_tables_are_set_aside() {
    is_set_aside(|bytes| {
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8_192]
            .iter_mut()
            .zip(noise(2))
            .for_each(|(byte, noise)| *byte = noise);
    });
}

#[test]
fn a_truncated_file_is_set_aside() {
    is_set_aside(|bytes| bytes.truncate(bytes.len() / 2));
}

#[test]
fn a_file_cut_within_its_header_is_set_aside() {
    is_set_aside(|bytes| bytes.truncate(60));
}

#[test]
fn another_programs_database_is_set_aside() {
    for (version, words) in [(0, "another program"), (1, "no table \"setting\"")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DATABASE_FILE);
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("CREATE TABLE stamps (country TEXT)")
            .unwrap();
        conn.pragma_update(None, "user_version", version).unwrap();
        drop(conn);
        let before = fs::read(&path).unwrap();
        let kept = reopen(&folder).1.set_aside.expect("it is not ours");
        assert!(kept.reason.contains(words), "{}", kept.reason);
        assert!(fs::read(kept.path).unwrap() == before);
    }
}

#[test]
fn a_second_damaged_file_does_not_overwrite_the_first() {
    let folder = tempfile::tempdir().unwrap();
    for n in 1..=3 {
        let junk: Vec<u8> = noise(n).take(5_000).collect();
        fs::write(folder.path().join(DATABASE_FILE), &junk).unwrap();
        let (store, opened) = reopen(&folder);
        let kept = opened.set_aside.unwrap().path;
        assert_eq!(kept, folder.path().join(format!("tipring.db.corrupt-{n}")));
        assert!(fs::read(kept).unwrap() == junk);
        drop(store);
    }
}

#[test]
fn the_write_ahead_log_of_a_damaged_file_is_kept_with_it() {
    let folder = used();
    let path = folder.path().join(DATABASE_FILE);
    // What a crash leaves: commits in the log that are not in the file yet.
    let conn = Connection::open(&path).unwrap();
    conn.execute("UPDATE cdr SET dialled = 'log' WHERE call_id = 1", [])
        .unwrap();
    conn.set_db_config(
        rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
        true,
    )
    .unwrap();
    drop(conn);
    let log = fs::read(folder.path().join("tipring.db-wal")).unwrap();
    assert!(!log.is_empty());
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0xa5);
    fs::write(&path, &bytes).unwrap();

    let (_store, opened) = reopen(&folder);
    assert!(opened.set_aside.is_some());
    assert!(fs::read(folder.path().join("tipring.db.corrupt-1")).unwrap() == bytes);
    assert!(fs::read(folder.path().join("tipring.db.corrupt-1-wal")).unwrap() == log);
}

#[test]
fn a_database_of_a_newer_program_is_left_untouched() {
    let (folder, store) = fresh();
    store
        .conn
        .pragma_update(None, "user_version", SCHEMA_VERSION + 1)
        .unwrap();
    drop(store);
    let path = folder.path().join(DATABASE_FILE);
    let before = fs::read(&path).unwrap();
    let error = Store::open(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::TooNew { .. }), "{error}");
    assert!(error.to_string().contains("newer version"), "{error}");
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn a_database_of_version_1_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let conn = Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
    conn.execute_batch(include_str!("version_1.sql")).unwrap();
    drop(conn);

    let (mut store, opened) = reopen(&folder);
    assert_eq!(opened.migrated_from, Some(1));
    assert!(opened.to_string().contains("from version 1"), "{opened}");
    assert_eq!(store.settings().unwrap().domain, "box.example.com");
    let extensions = store.extensions().unwrap();
    assert_eq!(extensions.len(), 2);
    assert_eq!(extensions[1].name, "Anna");
    assert_eq!(store.sip_accounts().unwrap()[0].user, "anna");
    assert_eq!(store.lines().unwrap().len(), 2);
    assert_eq!(store.trunks().unwrap()[0].domain, "provider.example.com");
    let old = store
        .cdr(CallId(41))
        .unwrap()
        .expect("old calls are still there");
    assert_eq!((old.dialled.as_str(), old.legs.len()), ("0301234", 0));
    assert_eq!(
        store.reserve_call_ids(1).unwrap(),
        42..43,
        "ids go on after the last call"
    );
    drop(store);
    assert_eq!(reopen(&folder).1.migrated_from, None);
}

#[test]
fn a_database_of_version_2_gets_the_sound_of_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
    conn.execute_batch(include_str!("version_1.sql")).unwrap();
    migration::migrate_to(&mut conn, 1, 2).unwrap();
    conn.execute_batch(
        "INSERT INTO cdr_leg VALUES (41, 0, 'fxs', '0', 1700000100000, 1700000104000, 1700000164000, 16)",
    )
    .unwrap();
    drop(conn);

    let (mut store, opened) = reopen(&folder);
    assert_eq!(opened.migrated_from, Some(2));
    let lines = store.lines().unwrap();
    assert_eq!((lines.len(), lines[1].name.as_str()), (2, "Line 1"));
    assert!(lines.iter().all(|line| line.voice == Voice::default()));
    let mut old = store.cdr(CallId(41)).unwrap().unwrap();
    assert_eq!((old.legs.len(), old.legs[0].figures), (1, None));
    old.id = CallId(42);
    old.legs[0].figures = Some(LineFigures::default());
    store.insert_cdr(&old).unwrap();
    assert_eq!(store.cdr(CallId(42)).unwrap(), Some(old));
}

#[test]
fn a_step_that_fails_leaves_the_version_before_it() {
    let mut conn = Connection::open_in_memory().unwrap();
    migration::migrate_to(&mut conn, 0, 1).unwrap();
    conn.execute_batch("CREATE TABLE counter (in_the_way TEXT)")
        .unwrap();
    let error = migration::migrate(&mut conn, 1).unwrap_err();
    assert!(matches!(error, StoreError::Sqlite(_)), "{error}");
    assert_eq!(migration::version(&conn).unwrap(), 1);
    let legs: i64 = conn
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'cdr_leg'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(legs, 0, "the whole step was undone");
}
