//! Call records read while the daemon has the database.

use std::io;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use store::{Cdr, DATABASE_FILE, Page, Store};

/// Every call record in the data folder, oldest first.
///
/// The daemon holds the lock of its folder, so the records are read from a consistent copy.
pub(super) fn read(folder: &Path) -> io::Result<Vec<Cdr>> {
    let copy = tempfile::tempdir()?;
    let target = copy.path().join(DATABASE_FILE);
    let database =
        Connection::open_with_flags(folder.join(DATABASE_FILE), OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(io::Error::other)?;
    let busy = std::time::Duration::from_secs(5);
    database.busy_timeout(busy).map_err(io::Error::other)?;
    database
        .execute("VACUUM INTO ?1", [target.to_string_lossy()])
        .map_err(io::Error::other)?;
    let (store, _) = Store::open(copy.path()).map_err(io::Error::other)?;
    let mut records = Vec::new();
    let mut page = Page {
        before: None,
        limit: 500,
    };
    loop {
        let found = store.cdrs(page).map_err(io::Error::other)?;
        records.extend(found.calls);
        match found.next {
            Some(next) => page.before = Some(next),
            None => break,
        }
    }
    records.reverse();
    Ok(records)
}
