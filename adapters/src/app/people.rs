//! The directory of people, kept at hand: whoever decides something asks it who is who, and reads only what is new.

use std::sync::{Arc, Mutex, PoisonError};

use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::StoreError;
use scribe_domain::ids::{IncidentId, Revision};
use scribe_domain::system::people::People;

use super::App;

/// The directory as far as it was read.
#[derive(Debug, Clone, Default)]
struct Read {
    /// Of which edition of the record.
    edition: u64,
    /// Up to which event of its stream.
    revision: Revision,
    people: Arc<People>,
}

/// The directory as it was read last.
#[derive(Debug, Default)]
pub(super) struct Directory(Mutex<Read>);

impl App {
    /// Everybody in the directory, as it stands now: read from its own stream, which is short, and not from views of the
    /// whole record, so that a program that only appends replays nothing.
    pub async fn people(&self) -> Result<Arc<People>, StoreError> {
        let directory = &self.0.directory.0;
        let mut read = directory.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let edition = self.store().edition();
        if read.edition != edition {
            read = Read { edition, ..Read::default() };
        }
        let news = self.store().history(&IncidentId::people(), read.revision).await?;
        let Some(last) = news.last() else { return Ok(read.people) };
        let people = Arc::make_mut(&mut read.people);
        for recorded in &news {
            if let IncidentEvent::System(event) = &recorded.event {
                people.follow(event);
            }
        }
        read.revision = last.revision;
        let people = Arc::clone(&read.people);
        *directory.lock().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(people)
    }
}
