//! Opening: lock the folder, check the file, set a damaged one aside, migrate.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::lock::FolderLock;
use crate::migration::{self, SCHEMA_VERSION};
use crate::{DATABASE_FILE, Store, StoreError};

/// How long to wait for an operator's `sqlite3` that holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A damaged database that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is now; `-wal` and `-shm` files, if there were any, stand beside it.
    pub path: PathBuf,
    /// What was wrong with it.
    pub reason: String,
}

/// What [`Store::open`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The database.
    pub path: PathBuf,
    /// Whether it was made just now.
    pub fresh: bool,
    /// The schema version it had, when it was brought up to date.
    pub migrated_from: Option<u32>,
    /// The damaged database in whose place a fresh one was made.
    pub set_aside: Option<SetAside>,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        if let Some(SetAside { path: kept, reason }) = &self.set_aside {
            let kept = kept.display();
            return write!(
                f,
                "the database was damaged ({reason}); it was kept as {kept}, and a fresh one made at {path}: \
                 extensions, lines and passwords must be set again"
            );
        }
        match (self.fresh, self.migrated_from) {
            (true, _) => write!(f, "made a fresh database at {path}"),
            (false, Some(from)) => write!(
                f,
                "database {path} brought from version {from} to {SCHEMA_VERSION}"
            ),
            (false, None) => write!(f, "database {path}"),
        }
    }
}

/// How an attempt to open a file can fail: for good, or because the file is damaged.
enum Attempt {
    Damaged(String),
    Failed(StoreError),
}

impl From<StoreError> for Attempt {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt(reason) => Attempt::Damaged(reason),
            error => Attempt::Failed(error),
        }
    }
}

impl From<rusqlite::Error> for Attempt {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl Store {
    /// Opens the database in `folder`, making both if they are not there.
    ///
    /// A damaged database is kept beside as `tipring.db.corrupt-<n>` and a fresh one is made; [`Opened`] says so.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another copy has the folder, [`StoreError::TooNew`] for a database of a newer
    /// program (left untouched), [`StoreError::Folder`] or [`StoreError::Full`] when the folder cannot be used.
    pub fn open(folder: &Path) -> Result<(Store, Opened), StoreError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| StoreError::Folder {
                path: folder.to_owned(),
                error,
            })?;
        let lock = FolderLock::take(folder)?;
        let path = folder.join(DATABASE_FILE);
        let (opened, set_aside) = match open_file(&path) {
            Ok(opened) => (opened, None),
            Err(Attempt::Failed(error)) => return Err(error),
            Err(Attempt::Damaged(reason)) => {
                let kept = set_aside(&path)?;
                tracing::error!(%reason, kept = %kept.display(), "the database is damaged and was set aside");
                let opened = open_file(&path).map_err(|attempt| match attempt {
                    Attempt::Damaged(reason) => StoreError::Corrupt(reason),
                    Attempt::Failed(error) => error,
                })?;
                (opened, Some(SetAside { path: kept, reason }))
            }
        };
        let (conn, from) = opened;
        let fresh = from == 0;
        if fresh {
            // The directory entry of a new file is durable only after this (fsync(2)).
            sync_folder(folder)?;
        }
        let migrated_from = (!fresh && from < SCHEMA_VERSION).then_some(from);
        Ok((
            Store {
                conn,
                path: path.clone(),
                _lock: lock,
            },
            Opened {
                path,
                fresh,
                migrated_from,
                set_aside,
            },
        ))
    }
}

/// Opens and migrates one file; returns the version it had.
fn open_file(path: &Path) -> Result<(Connection, u32), Attempt> {
    let failed = |error| StoreError::Folder {
        path: path.to_owned(),
        error,
    };
    // Made before SQLite does, so that nobody else can read it: it holds HA1s and trunk passwords.
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    let mut conn = Connection::open(path)?;
    match prepare(&mut conn, path) {
        Ok(from) => Ok((conn, from)),
        Err(attempt) => {
            // Closing would copy the write-ahead log into the file: keep the evidence as it is.
            let _kept = conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            Err(attempt)
        }
    }
}

fn prepare(conn: &mut Connection, path: &Path) -> Result<u32, Attempt> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    let from = migration::version(conn)?;
    if from > SCHEMA_VERSION {
        return Err(StoreError::TooNew {
            path: path.to_owned(),
            found: from,
            known: SCHEMA_VERSION,
        }
        .into());
    }
    let verdict: String = conn.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Attempt::Damaged(verdict));
    }
    is_ours(conn, from)?;
    conn.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update(None, "foreign_keys", "on")?;
    migration::migrate(conn, from)?;
    Ok(from)
}

/// Whether the tables of its version are there and, before the first, no others: a sound file may still be another
/// program's.
fn is_ours(conn: &Connection, version: u32) -> Result<(), Attempt> {
    let mut statement = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let found = statement.query_map([], |row| row.get(0))?;
    let found = found.collect::<Result<Vec<String>, _>>()?;
    if version == 0 && !found.is_empty() {
        return Err(Attempt::Damaged("it is of another program".to_owned()));
    }
    for (since, table) in migration::TABLES {
        if *since <= version && !found.iter().any(|name| name == table) {
            return Err(Attempt::Damaged(format!("it has no table \"{table}\"")));
        }
    }
    Ok(())
}

/// Renames the database and its companions to the first free `….corrupt-<n>`.
fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let kept = (1u32..)
        .map(|n| with_suffix(path, &format!(".corrupt-{n}")))
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| with_suffix(path, ".corrupt"));
    for companion in ["-wal", "-shm", ""] {
        let from = with_suffix(path, companion);
        match std::fs::rename(&from, with_suffix(&kept, companion)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::Folder { path: from, error }),
        }
    }
    if let Some(folder) = path.parent() {
        sync_folder(folder)?;
    }
    Ok(kept)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder)
        .and_then(|handle| handle.sync_all())
        .map_err(|error| StoreError::Folder {
            path: folder.to_owned(),
            error,
        })
}
