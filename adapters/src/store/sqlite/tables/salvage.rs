//! Reading past what is not as it was written: what can still be made out of an append whose sum is wrong.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use scribe_domain::event_store::{Kept, Lost, Salvaged, StoreError};
use scribe_domain::ids::Position;
use serde::Deserialize;

use super::query::missing;
use super::row::{AppendRow, COLUMNS};
use crate::store::sqlite::error::Trouble;

/// At most `limit` events after a position, read or lost, and the rest of the append in which that is reached. How many
/// are lost is told by where the next append begins, and not by the one that is not as it was written; of the record's
/// last append, by its number and its text together, if they agree.
pub(in crate::store::sqlite) fn salvage(
    connection: &Connection,
    after: Position,
    limit: usize,
) -> Result<Vec<Salvaged>, Trouble> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, (SELECT incident FROM streams WHERE key = appends.stream) AS incident,
             lead(first_position) OVER (ORDER BY first_position) AS next
         FROM appends WHERE first_position >= coalesce(
             (SELECT first_position FROM appends WHERE first_position <= ?1
              ORDER BY first_position DESC LIMIT 1), 0)
         ORDER BY first_position"
    ))?;
    let from = i64::try_from(after.0).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = statement.query([from])?;
    let (mut page, mut reached) = (Vec::new(), after.0);
    while page.len() < limit
        && let Some(row) = rows.next()?
    {
        let first: u64 = row.get(0)?;
        if first > reached.saturating_add(1) {
            return Err(missing(&format!("position {}", reached.saturating_add(1))));
        }
        match AppendRow::of(row) {
            Ok(append) => {
                let mut kept: Vec<Kept> = Vec::new();
                append.kept(append.seen_by(reached), usize::MAX, &mut kept)?;
                reached = append.last_position();
                page.extend(kept.into_iter().map(Salvaged::Whole));
            }
            Err(Trouble::Record(StoreError::Damaged(why))) => {
                let (next, lines) = (row.get::<_, Option<u64>>("next")?, lines(row)?);
                let next = match next {
                    Some(next) => next,
                    None if lines.len() as u64 == row.get::<_, u64>(2)?.saturating_mul(2) => {
                        first.saturating_add(lines.len() as u64 / 2)
                    }
                    None => return Err(StoreError::Damaged(why).into()),
                };
                let headers = headers(row, &lines, next.saturating_sub(first));
                let lost = (first..next).zip(headers).filter(|(position, _)| *position > reached);
                page.extend(lost.map(|(position, header)| {
                    Salvaged::Lost(Lost { position: Position(position), header, why: why.clone() })
                }));
                reached = next.saturating_sub(1);
            }
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(page)
}

/// The lines of an append's text; none if it is no text.
fn lines<'r>(row: &'r rusqlite::Row<'_>) -> Result<Vec<&'r str>, Trouble> {
    let text = match row.get_ref("events")? {
        ValueRef::Text(text) => std::str::from_utf8(text).unwrap_or_default(),
        _ => "",
    };
    Ok(text.lines().collect())
}

/// The headers of an append's events, each if it reads and names the incident that the append stands under.
fn headers(row: &rusqlite::Row<'_>, lines: &[&str], count: u64) -> Vec<Option<Box<str>>> {
    #[derive(Deserialize)]
    struct Of<'a> {
        incident: &'a str,
    }
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let incident: Option<String> = row.get("incident").ok().flatten();
    let (Some(incident), true) = (incident, Some(lines.len()) == count.checked_mul(2)) else {
        return vec![None; count];
    };
    let is_its_own =
        |header: &&str| serde_json::from_str(header).is_ok_and(|of: Of<'_>| of.incident == incident);
    let header = |line: &&str| Some(*line).filter(is_its_own).map(Box::from);
    lines.iter().step_by(2).map(header).collect()
}
