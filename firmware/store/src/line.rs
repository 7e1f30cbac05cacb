use rusqlite::params;
use telephony::{LineId, PortKind};

use crate::voice::to_column;
use crate::{Device, Store, StoreError, Voice, extension, valid};

/// A physical pair of the card and how its calls are treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Position on the card.
    pub port: LineId,
    /// What faces the pair.
    pub kind: PortKind,
    /// For people; at most 64 bytes.
    pub name: String,
    /// Whether the box uses it.
    pub enabled: bool,
    /// FXO: the extension that rings when a call comes in. `None`: the call is not answered.
    pub default_destination: Option<String>,
    /// How its sound is treated.
    pub voice: Voice,
}

impl Line {
    /// A line as a fresh box has it: used, with the defaults of [`Voice`].
    pub fn new(port: LineId, kind: PortKind, name: &str) -> Line {
        Line {
            port,
            kind,
            name: name.to_owned(),
            enabled: true,
            default_destination: None,
            voice: Voice::default(),
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        valid::field("name", &self.name, valid::name)?;
        self.voice.check()?;
        let Some(number) = &self.default_destination else {
            return Ok(());
        };
        valid::field("default_destination", number, valid::number)?;
        match self.kind {
            PortKind::Fxo => Ok(()),
            PortKind::Fxs => Err(StoreError::Invalid {
                field: "default_destination",
                value: number.clone(),
                why: "only an FXO port has one: calls come in there",
            }),
        }
    }
}

impl Store {
    /// Every line, by position.
    pub fn lines(&self) -> Result<Vec<Line>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT port, kind, name, enabled, default_destination, echo_cancel, echo_tail_ms, nlp, rx_gain_db,
                 tx_gain_db, country FROM line ORDER BY port",
        )?;
        let mut rows = statement.query([])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            lines.push(Line {
                port: LineId(row.get(0)?),
                kind: kind_from(row.get_ref(1)?.as_str().unwrap_or_default())?,
                name: row.get(2)?,
                enabled: row.get(3)?,
                default_destination: row.get(4)?,
                voice: Voice::read(row, 5)?,
            });
        }
        Ok(lines)
    }

    /// Adds or replaces a line.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] names the field; [`StoreError::NoSuch`] when the destination is no extension;
    /// [`StoreError::Taken`] when an extension has a phone on a port that shall face the exchange.
    pub fn put_line(&mut self, line: &Line) -> Result<(), StoreError> {
        line.check()?;
        let transaction = self.conn.transaction()?;
        extension::check_destination(&transaction, line.default_destination.as_deref())?;
        if line.kind == PortKind::Fxo {
            let phone = Device::Fxs(line.port);
            if let Some(owner) = extension::owner_of(&transaction, &phone)? {
                return Err(StoreError::Taken {
                    what: phone.to_string(),
                    by: format!("extension {owner}"),
                });
            }
        }
        write(&transaction, line)?;
        transaction.commit()?;
        Ok(())
    }

    /// Removes a line.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when there is none at that position.
    pub fn remove_line(&mut self, port: LineId) -> Result<(), StoreError> {
        match self
            .conn
            .execute("DELETE FROM line WHERE port = ?1", [port.0])?
        {
            0 => Err(StoreError::NoSuch {
                what: "line",
                key: port.0.to_string(),
            }),
            _ => Ok(()),
        }
    }
}

/// Writes a checked line.
pub(crate) fn write(conn: &rusqlite::Connection, line: &Line) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO line (port, kind, name, enabled, default_destination, echo_cancel, echo_tail_ms, nlp, rx_gain_db,
             tx_gain_db, country) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (port) DO UPDATE SET kind = excluded.kind, name = excluded.name, enabled = excluded.enabled,
             default_destination = excluded.default_destination, echo_cancel = excluded.echo_cancel,
             echo_tail_ms = excluded.echo_tail_ms, nlp = excluded.nlp, rx_gain_db = excluded.rx_gain_db,
             tx_gain_db = excluded.tx_gain_db, country = excluded.country",
    )?
    .execute(params![
        line.port.0,
        kind_name(line.kind),
        line.name,
        line.enabled,
        line.default_destination,
        line.voice.echo_cancel,
        line.voice.echo_tail_ms,
        line.voice.nlp,
        to_column(line.voice.rx_gain_db),
        to_column(line.voice.tx_gain_db),
        line.voice.country,
    ])?;
    Ok(())
}

const fn kind_name(kind: PortKind) -> &'static str {
    match kind {
        PortKind::Fxs => "fxs",
        PortKind::Fxo => "fxo",
    }
}

fn kind_from(name: &str) -> Result<PortKind, StoreError> {
    match name {
        "fxs" => Ok(PortKind::Fxs),
        "fxo" => Ok(PortKind::Fxo),
        _ => Err(StoreError::Corrupt(format!("line kind \"{name}\""))),
    }
}
