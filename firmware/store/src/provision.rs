use rusqlite::{OptionalExtension, Transaction};
use telephony::{LineId, PortKind};

use crate::extension::{self, Device, Extension};
use crate::line::{self, Line};
use crate::{Store, StoreError, valid};

/// A card as its owner finds it: FXS ports first, FXO ports after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provision {
    /// Number of FXS ports.
    pub fxs: u16,
    /// Number of FXO ports.
    pub fxo: u16,
}

/// Number of the first FXS port's extension.
const FIRST_EXTENSION: u32 = 101;

impl Provision {
    fn ports(self) -> impl Iterator<Item = (LineId, PortKind)> {
        let kinds = (0..self.fxs)
            .map(|_| PortKind::Fxs)
            .chain((0..self.fxo).map(|_| PortKind::Fxo));
        (0u16..).map(LineId).zip(kinds)
    }
}

impl Store {
    /// Makes a card usable without any setting up: FXS port n gets extension 101 + n, calls on an FXO line ring the
    /// first extension. What is already set up stays as it is, so this can run at each start; a port that changed its
    /// kind is set up anew.
    pub fn provision(&mut self, card: &Provision) -> Result<(), StoreError> {
        let known = self.lines()?;
        let prefix = self.settings()?.outside_prefix;
        let transaction = self.conn.transaction()?;
        for (n, (port, kind)) in card.ports().enumerate() {
            match known.iter().find(|line| line.port == port) {
                Some(line) if line.kind == kind => continue,
                _ => {}
            }
            match kind {
                PortKind::Fxs => add_phone(&transaction, &prefix, port, n as u32)?,
                PortKind::Fxo => add_line(&transaction, port, n - usize::from(card.fxs))?,
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

/// The phone on the `n`th FXS port, with the first number from 101 + n upwards that rings nothing else.
fn add_phone(
    transaction: &Transaction<'_>,
    prefix: &str,
    port: LineId,
    n: u32,
) -> Result<(), StoreError> {
    let name = format!("Phone {}", n + 1);
    line::write(transaction, &Line::new(port, PortKind::Fxs, &name))?;
    let phone = Device::Fxs(port);
    if extension::owner_of(transaction, &phone)?.is_some() {
        return Ok(());
    }
    for number in (FIRST_EXTENSION + n..).map(|number| number.to_string()) {
        if valid::collide(&number, prefix) {
            continue;
        }
        match extension::read_one(transaction, &number)? {
            None => {
                return extension::write(transaction, &Extension::new(&number, &name, vec![phone]));
            }
            Some(mut unused) if unused.devices.is_empty() => {
                unused.devices.push(phone);
                return extension::write(transaction, &unused);
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The `n`th FXO port; its calls ring the first extension.
fn add_line(transaction: &Transaction<'_>, port: LineId, n: usize) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM device WHERE fxs_port = ?1")?
        .execute([port.0])?;
    let line = Line {
        default_destination: first_extension(transaction)?,
        ..Line::new(port, PortKind::Fxo, &format!("Line {}", n + 1))
    };
    line::write(transaction, &line)
}

fn first_extension(transaction: &Transaction<'_>) -> Result<Option<String>, StoreError> {
    let number = transaction
        .prepare_cached("SELECT number FROM extension ORDER BY length(number), number LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(number)
}
