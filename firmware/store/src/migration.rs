//! The schema, as the steps that led to it. A step is never changed once released; a change is a new step.

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

/// One step: what it is for, and its SQL.
struct Migration {
    what: &'static str,
    sql: &'static str,
}

/// Step `n` leads from version `n` to `n + 1` (`PRAGMA user_version`).
const MIGRATIONS: &[Migration] = &[
    Migration {
        what: "settings, extensions, lines, trunks, calls",
        sql: include_str!("migration/1_first.sql"),
    },
    Migration {
        what: "legs of calls, call ids",
        sql: include_str!("migration/2_legs.sql"),
    },
    Migration {
        what: "sound of each line, figures of analog legs",
        sql: include_str!("migration/3_voice.sql"),
    },
];

/// The schema version this program makes and knows.
pub const SCHEMA_VERSION: u32 = MIGRATIONS.len() as u32;

/// Every table, and the version that brought it.
pub(crate) const TABLES: &[(u32, &str)] = &[
    (1, "setting"),
    (1, "extension"),
    (1, "device"),
    (1, "sip_account"),
    (1, "line"),
    (1, "trunk"),
    (1, "cdr"),
    (2, "cdr_leg"),
    (2, "counter"),
];

/// The version of an open database; 0 when it is empty.
pub(crate) fn version(conn: &Connection) -> Result<u32, StoreError> {
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    u32::try_from(version).map_err(|_| StoreError::Corrupt(format!("schema version {version}")))
}

/// Brings the database from version `from` to [`SCHEMA_VERSION`], each step in a transaction of its own.
pub(crate) fn migrate(conn: &mut Connection, from: u32) -> Result<(), StoreError> {
    migrate_to(conn, from, SCHEMA_VERSION)
}

pub(crate) fn migrate_to(conn: &mut Connection, from: u32, to: u32) -> Result<(), StoreError> {
    for (step, migration) in (1..=to).zip(MIGRATIONS).skip(from as usize) {
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration.sql)?;
        transaction.pragma_update(None, "user_version", step)?;
        transaction.commit()?;
        tracing::info!(step, what = migration.what, "database migrated");
    }
    Ok(())
}
