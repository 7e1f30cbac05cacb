use std::ops::Range;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use telephony::{CallId, CallerId, Cause, LineFigures, LineId, Presentation, Text};

use crate::voice::{from_column, to_column};
use crate::{Store, StoreError};

/// Most calls on one page.
const MAX_PAGE: u16 = 500;
/// Old records are looked for at every call whose id is a multiple of this: finding the oldest one to keep walks all
/// that are kept.
pub(crate) const TRIM_EVERY: u64 = 1_024;

/// A moment in milliseconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMillis(pub i64);

/// Who was on a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// The analog phone on this FXS port.
    Fxs(LineId),
    /// The SIP account of this user.
    Sip(String),
    /// Somebody on this FXO line.
    Line(LineId),
    /// Somebody on this trunk.
    Trunk(String),
}

/// One party's side of a recorded call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CdrLeg {
    /// Who.
    pub party: Party,
    /// When it was called or began to call.
    pub started: UnixMillis,
    /// When it answered; `None` when it did not.
    pub answered: Option<UnixMillis>,
    /// When it left.
    pub ended: UnixMillis,
    /// Why it left.
    pub cause: Cause,
    /// What was measured on it, when it is analog.
    pub figures: Option<LineFigures>,
}

/// The record of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cdr {
    /// Unique for the life of the database; see [`Store::reserve_call_ids`].
    pub id: CallId,
    /// When the caller began.
    pub started: UnixMillis,
    /// When the called party answered; `None` when nobody did.
    pub answered: Option<UnixMillis>,
    /// When the call was over.
    pub ended: UnixMillis,
    /// Number and name of the caller as they were shown.
    pub caller: CallerId,
    /// What was dialled; empty when nothing was.
    pub dialled: Text<64>,
    /// Why the call ended.
    pub cause: Cause,
    /// Everybody who took part, the caller first.
    pub legs: Vec<CdrLeg>,
}

/// What [`Store::insert_cdr`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is on the disk now.
    New,
    /// The same record was already there.
    Before,
}

/// Which call records to read, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Only calls before this one; `None` to begin with the newest.
    pub before: Option<CallId>,
    /// How many, at most 500.
    pub limit: u16,
}

/// Some call records, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CdrPage {
    /// The calls.
    pub calls: Vec<Cdr>,
    /// `before` of the next page; `None` when this was the last.
    pub next: Option<CallId>,
}

impl Store {
    /// Sets `count` call ids apart, never given out again even if they are not used.
    pub fn reserve_call_ids(&mut self, count: u32) -> Result<Range<u64>, StoreError> {
        let end: i64 = self
            .conn
            .prepare_cached(
                "UPDATE counter SET next = next + ?1 WHERE name = 'call' RETURNING next",
            )?
            .query_row([count], |row| row.get(0))?;
        let end = u64::try_from(end)
            .map_err(|_| StoreError::Corrupt(format!("call counter is {end}")))?;
        Ok(end - u64::from(count)..end)
    }

    /// Stores a call record and returns when it is on the disk. Storing the same record again changes nothing, so a
    /// caller that did not see the acknowledgement may try again.
    ///
    /// # Errors
    /// [`StoreError::Full`]: try again later. [`StoreError::RecordDiffers`]: the id was used for another call.
    pub fn insert_cdr(&mut self, cdr: &Cdr) -> Result<Stored, StoreError> {
        let transaction = self.conn.transaction()?;
        if let Some(there) = read_one(&transaction, cdr.id)? {
            return if there == *cdr {
                Ok(Stored::Before)
            } else {
                Err(StoreError::RecordDiffers(cdr.id))
            };
        }
        write(&transaction, cdr)?;
        if cdr.id.0.is_multiple_of(TRIM_EVERY) {
            forget_oldest(&transaction)?;
        }
        transaction.commit()?;
        Ok(Stored::New)
    }

    /// The record of one call.
    pub fn cdr(&self, id: CallId) -> Result<Option<Cdr>, StoreError> {
        read_one(&self.conn, id)
    }

    /// Call records, newest first.
    pub fn cdrs(&self, page: Page) -> Result<CdrPage, StoreError> {
        let limit = page.limit.clamp(1, MAX_PAGE);
        let before = page
            .before
            .map_or(i64::MAX, |id| i64::try_from(id.0).unwrap_or(i64::MAX));
        let mut statement = self.conn.prepare_cached(
            "SELECT call_id FROM cdr WHERE call_id < ?1 ORDER BY call_id DESC LIMIT ?2",
        )?;
        let ids = statement.query_map(params![before, limit + 1], |row| row.get::<_, i64>(0))?;
        let mut ids = ids
            .map(|id| id.map(|id| CallId(id.unsigned_abs())))
            .collect::<Result<Vec<_>, _>>()?;
        let more = ids.len() > usize::from(limit);
        ids.truncate(limit.into());
        let next = ids.last().copied().filter(|_| more);
        let mut calls = Vec::with_capacity(ids.len());
        for id in ids {
            calls.extend(read_one(&self.conn, id)?);
        }
        Ok(CdrPage { calls, next })
    }
}

/// Keeps the newest `keep_calls` records. Ids are handed out in order, so the oldest calls have the lowest.
fn forget_oldest(conn: &Connection) -> Result<(), StoreError> {
    let keep: Option<String> = conn
        .prepare_cached("SELECT value FROM setting WHERE key = 'keep_calls'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let keep = keep
        .and_then(|text| text.parse().ok())
        .unwrap_or(crate::Settings::default().keep_calls);
    conn.prepare_cached(
        "DELETE FROM cdr
         WHERE call_id <= (SELECT call_id FROM cdr ORDER BY call_id DESC LIMIT 1 OFFSET ?1)",
    )?
    .execute([keep])?;
    Ok(())
}

/// The call's key in the table: SQLite integers are signed.
fn key(id: CallId) -> Result<i64, StoreError> {
    let why = "must be below 2^63";
    i64::try_from(id.0).map_err(|_| StoreError::Invalid {
        field: "id",
        value: id.0.to_string(),
        why,
    })
}

fn write(conn: &Connection, cdr: &Cdr) -> Result<(), StoreError> {
    let key = key(cdr.id)?;
    conn.prepare_cached(
        "INSERT INTO cdr (call_id, started_ms, answered_ms, ended_ms, caller_number, caller_name, presentation,
             dialled, cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        key,
        cdr.started.0,
        cdr.answered.map(|at| at.0),
        cdr.ended.0,
        cdr.caller.number.as_str(),
        cdr.caller.name.as_str(),
        presentation_code(cdr.caller.presentation),
        cdr.dialled.as_str(),
        cdr.cause.code(),
    ])?;
    for (position, leg) in (0i64..).zip(&cdr.legs) {
        let (kind, name) = party_columns(&leg.party);
        conn.prepare_cached(
            "INSERT INTO cdr_leg (call_id, position, party_kind, party, started_ms, answered_ms, ended_ms, cause,
                 erl_db, erle_db, echo_tail_ms, echo_disabled, rx_dbm0, tx_dbm0)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            key,
            position,
            kind,
            name,
            leg.started.0,
            leg.answered.map(|at| at.0),
            leg.ended.0,
            leg.cause.code(),
            leg.figures.and_then(|f| f.erl_db).map(to_column),
            leg.figures.and_then(|f| f.erle_db).map(to_column),
            leg.figures.and_then(|f| f.echo_tail_ms),
            leg.figures.map(|f| f.echo_disabled),
            leg.figures.and_then(|f| f.rx_dbm0).map(to_column),
            leg.figures.and_then(|f| f.tx_dbm0).map(to_column),
        ])?;
    }
    Ok(())
}

fn read_one(conn: &Connection, id: CallId) -> Result<Option<Cdr>, StoreError> {
    let key = key(id)?;
    let mut statement = conn.prepare_cached(
        "SELECT started_ms, answered_ms, ended_ms, caller_number, caller_name, presentation, dialled, cause
         FROM cdr WHERE call_id = ?1",
    )?;
    let cdr = statement
        .query_row([key], |row| cdr_from(id, row))
        .optional()?;
    let Some(mut cdr) = cdr else { return Ok(None) };
    let mut statement = conn.prepare_cached(
        "SELECT party_kind, party, started_ms, answered_ms, ended_ms, cause, erl_db, erle_db, echo_tail_ms,
             echo_disabled, rx_dbm0, tx_dbm0 FROM cdr_leg WHERE call_id = ?1 ORDER BY position",
    )?;
    let legs = statement.query_map([key], leg_from)?;
    cdr.legs = legs.collect::<Result<_, _>>()?;
    Ok(Some(cdr))
}

fn cdr_from(id: CallId, row: &Row<'_>) -> rusqlite::Result<Cdr> {
    let text = |n: usize| -> rusqlite::Result<String> { row.get(n) };
    Ok(Cdr {
        id,
        started: UnixMillis(row.get(0)?),
        answered: row.get::<_, Option<i64>>(1)?.map(UnixMillis),
        ended: UnixMillis(row.get(2)?),
        caller: CallerId {
            number: Text::new(&text(3)?),
            name: Text::new(&text(4)?),
            presentation: presentation_from(row.get(5)?),
        },
        dialled: Text::new(&text(6)?),
        cause: cause_at(row, 7)?,
        legs: Vec::new(),
    })
}

fn leg_from(row: &Row<'_>) -> rusqlite::Result<CdrLeg> {
    let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
    let line = || {
        name.parse()
            .map(LineId)
            .map_err(|_| rusqlite::Error::InvalidColumnType(1, name.clone(), Type::Text))
    };
    let party = match kind.as_str() {
        "fxs" => Party::Fxs(line()?),
        "sip" => Party::Sip(name),
        "line" => Party::Line(line()?),
        "trunk" => Party::Trunk(name),
        _ => return Err(rusqlite::Error::InvalidColumnType(0, kind, Type::Text)),
    };
    Ok(CdrLeg {
        party,
        started: UnixMillis(row.get(2)?),
        answered: row.get::<_, Option<i64>>(3)?.map(UnixMillis),
        ended: UnixMillis(row.get(4)?),
        cause: cause_at(row, 5)?,
        figures: figures_at(row, 6)?,
    })
}

/// From six columns that begin at `first`. Whether the canceller was disabled is known of every leg that was measured.
fn figures_at(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<LineFigures>> {
    let Some(echo_disabled) = row.get(first + 3)? else {
        return Ok(None);
    };
    let db = |n: usize| row.get::<_, Option<f64>>(n).map(|db| db.map(from_column));
    Ok(Some(LineFigures {
        erl_db: db(first)?,
        erle_db: db(first + 1)?,
        echo_tail_ms: row.get(first + 2)?,
        echo_disabled,
        rx_dbm0: db(first + 4)?,
        tx_dbm0: db(first + 5)?,
    }))
}

fn cause_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Cause> {
    let code: u8 = row.get(column)?;
    Cause::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(
        column,
        code.into(),
    ))
}

fn party_columns(party: &Party) -> (&'static str, String) {
    match party {
        Party::Fxs(line) => ("fxs", line.0.to_string()),
        Party::Sip(user) => ("sip", user.clone()),
        Party::Line(line) => ("line", line.0.to_string()),
        Party::Trunk(name) => ("trunk", name.clone()),
    }
}

const fn presentation_code(presentation: Presentation) -> &'static str {
    match presentation {
        Presentation::Allowed => "allowed",
        Presentation::Private => "private",
        Presentation::Unavailable => "unavailable",
    }
}

/// The table's CHECK admits only the three.
fn presentation_from(code: String) -> Presentation {
    match code.as_str() {
        "private" => Presentation::Private,
        "unavailable" => Presentation::Unavailable,
        _ => Presentation::Allowed,
    }
}
