use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use telephony::CallId;

/// Why the store could not do it. Nothing is half done when one of these comes back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder or a file in it cannot be used.
    #[error("{}: {error}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another copy of the program has this data folder open.
    #[error("{}: the data folder is in use by {}; stop that one, or choose another data folder", folder.display(), name_of(*pid))]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// The other process, when it has already written its id.
        pid: Option<u32>,
    },
    /// A newer program made the database.
    #[error("{}: made by a newer version of this program (schema {found}, this one knows {known}); it was left untouched", path.display())]
    TooNew {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// No room on the disk. The change was not made; it can be tried again when there is space.
    #[error("the disk with the database is full; the change was not made")]
    Full,
    /// A value cannot be accepted.
    #[error("{field} \"{value}\": {why}")]
    Invalid {
        /// Name of the field.
        field: &'static str,
        /// What was given.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// In use elsewhere.
    #[error("{what} is used by {by}")]
    Taken {
        /// The thing wanted.
        what: String,
        /// Who has it.
        by: String,
    },
    /// There is no such thing.
    #[error("there is no {what} \"{key}\"")]
    NoSuch {
        /// Kind of thing.
        what: &'static str,
        /// Its name.
        key: String,
    },
    /// A different record is already stored under this call.
    #[error("{0}: a different record of this call is already stored")]
    RecordDiffers(CallId),
    /// The database is damaged. When it is opened next, it is set aside and a fresh one is made.
    #[error("the database is damaged ({0}); restart to set it aside and begin with a fresh one")]
    Corrupt(String),
    /// SQLite refused for another reason.
    #[error("database: {0}")]
    Sqlite(rusqlite::Error),
}

fn name_of(pid: Option<u32>) -> String {
    pid.map_or_else(
        || "another copy of this program".to_owned(),
        |pid| format!("process {pid}"),
    )
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            // ENOSPC when the shared-memory file beside the database cannot grow arrives as an I/O error.
            Some(ErrorCode::SystemIoFailure)
                if error
                    .sqlite_error()
                    .is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) =>
            {
                StoreError::Full
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Corrupt(error.to_string())
            }
            _ => StoreError::Sqlite(error),
        }
    }
}
