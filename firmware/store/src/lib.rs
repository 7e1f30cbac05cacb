//! What the box remembers: settings, extensions, SIP accounts, lines, trunks and call records, in one SQLite file.
//!
//! [`Store`] is a plain struct that blocks; the daemon gives it a thread of its own. Every call that changes something
//! returns after the change is on the disk (`synchronous=FULL`), or leaves everything as it was.
//!
//! Rooms of this crate: [`Store::open`] (lock, integrity, migrations), then one file per table.
#![forbid(unsafe_code)]

mod account;
mod cdr;
mod error;
mod extension;
mod line;
mod lock;
mod migration;
mod open;
mod provision;
mod settings;
mod trunk;
mod valid;
mod voice;

#[cfg(test)]
mod tests;

pub use account::SipAccount;
pub use cdr::{Cdr, CdrLeg, CdrPage, Page, Party, Stored, UnixMillis};
pub use error::StoreError;
pub use extension::{Device, Extension};
pub use line::Line;
pub use migration::SCHEMA_VERSION;
pub use open::{Opened, SetAside};
pub use provision::Provision;
pub use settings::{Saved, Settings};
pub use trunk::{Trunk, TrunkCredentials, TrunkTransport};
pub use voice::Voice;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// Name of the database in the data folder.
pub const DATABASE_FILE: &str = "tipring.db";

/// The open database and the lock on its data folder.
#[derive(Debug)]
pub struct Store {
    conn: Connection,
    path: PathBuf,
    /// Held until the store is dropped: keeps a second copy of the program out.
    _lock: lock::FolderLock,
}

impl Store {
    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
