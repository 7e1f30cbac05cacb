use std::fmt;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use telephony::LineId;

use crate::{Store, StoreError, valid};

/// Most devices of one extension; all of them ring at once.
const MAX_DEVICES: usize = 8;

/// What rings when an extension is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// The analog phone on this FXS port.
    Fxs(LineId),
    /// The SIP account of this user.
    Sip(String),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Fxs(line) => write!(f, "FXS port {}", line.0),
            Device::Sip(user) => write!(f, "SIP user {user}"),
        }
    }
}

/// A dialable inside number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// 2 to 6 digits; does not collide with the outside prefix.
    pub number: String,
    /// Shown to called parties; may be empty. At most 64 bytes.
    pub name: String,
    /// Whether it can call and be called.
    pub enabled: bool,
    /// Whether a second call is announced while one is up.
    pub call_waiting: bool,
    /// What rings. A device belongs to one extension. At most 8.
    pub devices: Vec<Device>,
}

impl Extension {
    /// An enabled extension with call waiting.
    pub fn new(number: &str, name: &str, devices: Vec<Device>) -> Extension {
        Extension {
            number: number.to_owned(),
            name: name.to_owned(),
            enabled: true,
            call_waiting: true,
            devices,
        }
    }

    fn check(&self, outside_prefix: &str) -> Result<(), StoreError> {
        valid::field("number", &self.number, valid::number)?;
        valid::field("name", &self.name, valid::name)?;
        if valid::collide(&self.number, outside_prefix) {
            let why = "collides with the outside prefix";
            return Err(StoreError::Invalid {
                field: "number",
                value: self.number.clone(),
                why,
            });
        }
        if self.devices.len() > MAX_DEVICES {
            let why = "an extension has at most 8 devices";
            return Err(StoreError::Invalid {
                field: "devices",
                value: self.devices.len().to_string(),
                why,
            });
        }
        for (n, device) in self.devices.iter().enumerate() {
            if let Device::Sip(user) = device {
                valid::field("devices", user, valid::sip_user)?;
            }
            if self.devices[..n].contains(device) {
                return Err(StoreError::Invalid {
                    field: "devices",
                    value: device.to_string(),
                    why: "is there twice",
                });
            }
        }
        Ok(())
    }
}

impl Store {
    /// Every extension, by number.
    pub fn extensions(&self) -> Result<Vec<Extension>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT number, name, enabled, call_waiting FROM extension ORDER BY number",
        )?;
        let extensions = statement.query_map([], |row| {
            Ok(Extension {
                number: row.get(0)?,
                name: row.get(1)?,
                enabled: row.get(2)?,
                call_waiting: row.get(3)?,
                devices: Vec::new(),
            })
        })?;
        let mut extensions = extensions.collect::<Result<Vec<_>, _>>()?;

        let mut statement = self.conn.prepare_cached(
            "SELECT extension, fxs_port, sip_user FROM device ORDER BY extension, position",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let owner: String = row.get(0)?;
            let device = device_from(row.get(1)?, row.get(2)?)?;
            if let Ok(n) = extensions.binary_search_by(|e| e.number.cmp(&owner)) {
                extensions[n].devices.push(device);
            }
        }
        Ok(extensions)
    }

    /// Adds or replaces an extension with its devices, all or nothing. Devices that stay keep their passwords.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] names the field; [`StoreError::Taken`] when a device belongs to another extension.
    pub fn put_extension(&mut self, extension: &Extension) -> Result<(), StoreError> {
        extension.check(&self.settings()?.outside_prefix)?;
        let transaction = self.conn.transaction()?;
        write(&transaction, extension)?;
        transaction.commit()?;
        Ok(())
    }

    /// Removes an extension, its devices and their passwords.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when there is none of that number, [`StoreError::Taken`] when a line or trunk sends its
    /// calls there.
    pub fn remove_extension(&mut self, number: &str) -> Result<(), StoreError> {
        let transaction = self.conn.transaction()?;
        if let Some(by) = sends_calls_to(&transaction, number)? {
            return Err(StoreError::Taken {
                what: format!("extension {number}"),
                by,
            });
        }
        match transaction.execute("DELETE FROM extension WHERE number = ?1", [number])? {
            0 => {
                return Err(StoreError::NoSuch {
                    what: "extension",
                    key: number.to_owned(),
                });
            }
            _ => transaction.commit()?,
        }
        Ok(())
    }
}

/// The line or trunk whose calls go to `number`.
fn sends_calls_to(conn: &Connection, number: &str) -> Result<Option<String>, StoreError> {
    let by = conn
        .prepare_cached(
            "SELECT 'line ' || port FROM line WHERE default_destination = ?1
             UNION ALL SELECT 'trunk ' || name FROM trunk WHERE default_destination = ?1 LIMIT 1",
        )?
        .query_row([number], |row| row.get(0))
        .optional()?;
    Ok(by)
}

/// Whether calls may be sent to `number`: there is such an extension.
pub(crate) fn check_destination(conn: &Connection, number: Option<&str>) -> Result<(), StoreError> {
    let Some(number) = number else { return Ok(()) };
    let found: u32 = conn
        .prepare_cached("SELECT count(*) FROM extension WHERE number = ?1")?
        .query_row([number], |row| row.get(0))?;
    match found {
        0 => Err(StoreError::NoSuch {
            what: "extension",
            key: number.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Whether the port faces an exchange, where no phone can be.
fn is_exchange_line(conn: &Connection, device: &Device) -> Result<bool, StoreError> {
    let Device::Fxs(line) = device else {
        return Ok(false);
    };
    let found: u32 = conn
        .prepare_cached("SELECT count(*) FROM line WHERE port = ?1 AND kind = 'fxo'")?
        .query_row([line.0], |row| row.get(0))?;
    Ok(found > 0)
}

/// Writes a checked extension within a transaction.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    extension: &Extension,
) -> Result<(), StoreError> {
    let Extension {
        number,
        name,
        enabled,
        call_waiting,
        devices,
    } = extension;
    transaction
        .prepare_cached(
            "INSERT INTO extension (number, name, enabled, call_waiting) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (number) DO UPDATE SET name = excluded.name, enabled = excluded.enabled,
                 call_waiting = excluded.call_waiting",
        )?
        .execute(params![number, name, enabled, call_waiting])?;

    for device in devices_of(transaction, number)? {
        if !devices.contains(&device) {
            let (port, user) = columns(&device);
            transaction
                .prepare_cached("DELETE FROM device WHERE fxs_port IS ?1 AND sip_user IS ?2")?
                .execute(params![port, user])?;
        }
    }
    for (position, device) in (0i64..).zip(devices) {
        let (port, user) = columns(device);
        if let Some(owner) = owner_of(transaction, device)?.filter(|owner| owner != number) {
            return Err(StoreError::Taken {
                what: device.to_string(),
                by: format!("extension {owner}"),
            });
        }
        if is_exchange_line(transaction, device)? {
            return Err(StoreError::Taken {
                what: device.to_string(),
                by: "a telephone line".to_owned(),
            });
        }
        let moved = transaction
            .prepare_cached(
                "UPDATE device SET position = ?3 WHERE fxs_port IS ?1 AND sip_user IS ?2",
            )?
            .execute(params![port, user, position])?;
        if moved == 0 {
            transaction
                .prepare_cached("INSERT INTO device (extension, position, fxs_port, sip_user) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![number, position, port, user])?;
        }
    }
    Ok(())
}

/// The extension that has `device`.
pub(crate) fn owner_of(
    transaction: &Transaction<'_>,
    device: &Device,
) -> Result<Option<String>, StoreError> {
    let (port, user) = columns(device);
    let owner = transaction
        .prepare_cached("SELECT extension FROM device WHERE fxs_port IS ?1 AND sip_user IS ?2")?
        .query_row(params![port, user], |row| row.get(0))
        .optional()?;
    Ok(owner)
}

/// One extension.
pub(crate) fn read_one(
    transaction: &Transaction<'_>,
    number: &str,
) -> Result<Option<Extension>, StoreError> {
    let extension = transaction
        .prepare_cached("SELECT name, enabled, call_waiting FROM extension WHERE number = ?1")?
        .query_row([number], |row| {
            Ok(Extension {
                number: number.to_owned(),
                name: row.get(0)?,
                enabled: row.get(1)?,
                call_waiting: row.get(2)?,
                devices: Vec::new(),
            })
        })
        .optional()?;
    let Some(mut extension) = extension else {
        return Ok(None);
    };
    extension.devices = devices_of(transaction, number)?;
    Ok(Some(extension))
}

fn devices_of(transaction: &Transaction<'_>, number: &str) -> Result<Vec<Device>, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT fxs_port, sip_user FROM device WHERE extension = ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([number])?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        devices.push(device_from(row.get(0)?, row.get(1)?)?);
    }
    Ok(devices)
}

fn columns(device: &Device) -> (Option<u16>, Option<&str>) {
    match device {
        Device::Fxs(line) => (Some(line.0), None),
        Device::Sip(user) => (None, Some(user)),
    }
}

fn device_from(port: Option<u16>, user: Option<String>) -> Result<Device, StoreError> {
    match (port, user) {
        (Some(port), None) => Ok(Device::Fxs(LineId(port))),
        (None, Some(user)) => Ok(Device::Sip(user)),
        _ => Err(StoreError::Corrupt(
            "a device is neither FXS nor SIP".to_owned(),
        )),
    }
}
