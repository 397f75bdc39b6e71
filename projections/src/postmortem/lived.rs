//! The life of an incident, folded once for every part of a postmortem that goes by it.

use scribe_domain::event::IncidentEvent as E;
use scribe_domain::incident::life::{Life, Situation};

use crate::amended::Entry;

/// An incident's entries, in the record's order, and the life that they tell.
#[derive(Debug)]
pub(super) struct Lived<'a> {
    entries: &'a [Entry<'a>],
    /// It remembers the places of entries; none where nothing was declared.
    pub(super) life: Option<Life<usize>>,
}

impl<'a> Lived<'a> {
    pub(super) fn of(entries: &'a [Entry<'a>]) -> Self {
        let mut life = None;
        for (place, entry) in entries.iter().enumerate() {
            entry.lived(&mut life, || place);
        }
        Self { entries, life }
    }

    /// The entries that were not taken back.
    pub(super) fn told(&self) -> impl Iterator<Item = &'a Entry<'a>> + use<'a> {
        self.entries.iter().filter(|entry| !entry.is_retracted())
    }

    /// What ended it last, whatever way it ended; none while it goes on.
    pub(super) fn ended(&self) -> Option<&'a Entry<'a>> {
        self.entries.get(self.life.as_ref()?.ended?)
    }

    /// What resolved it, or closed it unresolved; none unless it is resolved or closed.
    pub(super) fn resolution(&self) -> Option<&'a Entry<'a>> {
        let life = self.life.as_ref()?;
        let (since, ended) = (life.over_since?, life.ended?);
        let last = self.entries.get(ended)?;
        match life.situation {
            Situation::Resolved => Some(last),
            Situation::Closed => {
                let before = self.entries.get(since..ended)?;
                before.iter().rfind(|entry| matches!(*entry.event, E::Resolved(_))).or(Some(last))
            }
            _ => None,
        }
    }

    /// Since when users are no longer hit, if they aren't.
    pub(super) fn mitigated(&self) -> Option<&'a Entry<'a>> {
        self.entries.get(*self.life.as_ref()?.mitigated()?)
    }

    /// When it last turned out that it was not over.
    pub(super) fn reopened(&self) -> Option<&'a Entry<'a>> {
        self.life.as_ref()?;
        self.entries.iter().rfind(|entry| matches!(*entry.event, E::Reopened(_)) && !entry.is_retracted())
    }
}
