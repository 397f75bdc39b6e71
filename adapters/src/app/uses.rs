//! When each token and session was used last. It decides when a session has been idle for too long, and is told in lists;
//! the record has nothing of it, and no other node of a cluster knows.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use scribe_domain::text::Label;

use crate::durable;

/// The file in the data folder.
const FILE: &str = "last-used.json";
/// What was not used for so long is forgotten.
const REMEMBERED: TimeDelta = TimeDelta::days(400);

/// When each token and session was used last, by its id.
#[derive(Debug, Default)]
pub(super) struct Uses(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    at: HashMap<Label, DateTime<Utc>>,
    /// Whether the file says something else.
    is_new: bool,
}

impl Uses {
    /// As they were kept in a data folder. A file that cannot be read is none: then a session counts as unused since it began.
    pub(super) fn of(data: Option<&Path>) -> Self {
        let read =
            |data: &Path| fs::read(data.join(FILE)).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Self(Mutex::new(Noted { at: data.and_then(read).unwrap_or_default(), is_new: false }))
    }

    pub(super) fn note(&self, id: &Label, now: DateTime<Utc>) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.at.insert(id.clone(), now);
        noted.is_new = true;
    }

    /// When this one was.
    pub(super) fn last(&self, id: &Label) -> Option<DateTime<Utc>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).at.get(id).copied()
    }

    /// Keeps them, if the file says something else.
    pub(super) fn keep(&self, data: &Path, now: DateTime<Utc>) -> io::Result<()> {
        let text = {
            let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if !noted.is_new {
                return Ok(());
            }
            noted.is_new = false;
            noted.at.retain(|_, at| now - *at < REMEMBERED);
            serde_json::to_vec(&noted.at)?
        };
        durable::write(data, FILE, &text).inspect_err(|_| {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).is_new = true;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_is_known_after_a_restart_and_a_broken_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let data = Some(folder.path());
        let now: DateTime<Utc> = "2026-11-28T06:00:00Z".parse().unwrap();
        let (old, new) = (Label::new("0f3a").unwrap(), Label::new("9b3a").unwrap());
        let uses = Uses::of(data);
        uses.keep(folder.path(), now).unwrap();
        assert!(!folder.path().join(FILE).exists(), "nothing was used");
        uses.note(&old, now - TimeDelta::days(401));
        uses.note(&new, now);
        uses.keep(folder.path(), now).unwrap();
        let again = Uses::of(data);
        assert_eq!((again.last(&old), again.last(&new)), (None, Some(now)));
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(Uses::of(data).last(&new), None);
        assert!(uses.keep(Path::new("/no/such"), now).is_ok(), "nothing is new");
        uses.note(&new, now);
        assert!(uses.keep(Path::new("/no/such"), now).is_err());
        uses.keep(folder.path(), now).unwrap();
        assert_eq!(Uses::of(data).last(&new), Some(now), "what failed is kept the next time");
    }
}
