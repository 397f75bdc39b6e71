//! Who may see and do what, as the record says: which tokens there are, who is who, and which incidents only some may see.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::actor::Who;
use crate::event::IncidentEvent;
use crate::ids::IncidentId;
use crate::recorded::Recorded;
use crate::system::SystemEvent;
use crate::system::people::People;
use crate::system::sessions::Sessions;
use crate::system::tokens::Tokens;

/// Who may see and do what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Access {
    /// Every token.
    pub tokens: Tokens,
    /// Every session.
    #[serde(default)]
    pub sessions: Sessions,
    /// The directory of people.
    #[serde(default, skip_serializing_if = "People::is_empty")]
    pub people: People,
    /// The incidents that are private, and who may see each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub private: BTreeMap<IncidentId, Vec<Who>>,
}

/// What an event says of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessChange {
    /// Something was decided about the program itself.
    Decided(SystemEvent),
    /// Only these may see an incident from here on.
    Limited(IncidentId, Vec<Who>),
    /// Everybody may see it again.
    Opened(IncidentId),
}

/// What an event that cannot be read may have said of it, by what its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayHaveChanged {
    /// It was of a kind that says nothing of it.
    Nothing,
    /// Who may see its incident.
    ItsIncident,
    /// Who knows.
    Anything,
}

impl MayHaveChanged {
    /// By its incident and its kind. A kind that nobody knows is one of which a letter may be wrong.
    pub fn by(incident: &IncidentId, kind: &str) -> Self {
        match kind {
            // Whoever began a session that cannot be read is not let in by it.
            "private_seen" | "settings_changed" | "session_began" | "time_stamped" => Self::Nothing,
            _ if !incident.is_incident() => Self::Anything,
            "access_limited" | "access_opened" => Self::ItsIncident,
            kind if IncidentEvent::KINDS.contains(&kind) => Self::Nothing,
            _ => Self::Anything,
        }
    }
}

impl AccessChange {
    /// What this event says of it, if anything.
    pub fn of(recorded: &Recorded) -> Option<Self> {
        match &recorded.event {
            // That the record was stamped gives nobody anything, and its tokens are long: they have a list of their own.
            IncidentEvent::System(SystemEvent::TimeStamped(_)) => None,
            // What somebody told in an incident's stream under such a kind gives nobody anything.
            IncidentEvent::System(event) if !recorded.incident.is_incident() => {
                Some(Self::Decided(event.clone()))
            }
            IncidentEvent::AccessLimited(e) => Some(Self::Limited(recorded.incident.clone(), e.to.clone())),
            IncidentEvent::AccessOpened(_) => Some(Self::Opened(recorded.incident.clone())),
            _ => None,
        }
    }
}

impl Access {
    /// What one more change makes of it, by whom and when it was recorded.
    pub fn follow(&mut self, change: &AccessChange, at: DateTime<Utc>, by: &Who) {
        match change {
            AccessChange::Decided(event) => {
                self.tokens.follow(event, at, by);
                self.sessions.follow(event, at);
                self.people.follow(event);
            }
            AccessChange::Limited(incident, to) => {
                self.private.insert(incident.clone(), to.clone());
            }
            AccessChange::Opened(incident) => {
                self.private.remove(incident);
            }
        }
    }

    /// Whether they may see this incident, by whichever of their names the list has them.
    pub fn shows(&self, incident: &IncidentId, who: Option<&Who>) -> bool {
        self.private.get(incident).is_none_or(|list| self.people.is_on(who)(list))
    }

    /// The private incidents that they may not see, and those that they may.
    pub fn private_to(&self, who: Option<&Who>) -> (BTreeSet<IncidentId>, BTreeSet<IncidentId>) {
        let is_on = self.people.is_on(who);
        let (mut hidden, mut shown) = (BTreeSet::new(), BTreeSet::new());
        for (incident, list) in &self.private {
            let side = if is_on(list) { &mut shown } else { &mut hidden };
            side.insert(incident.clone());
        }
        (hidden, shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_may_have_changed_what_its_kind_says_and_anything_if_that_is_not_known() {
        let incident: IncidentId = "20230104-a".parse().unwrap();
        for kind in IncidentEvent::KINDS {
            let says = kind.starts_with("access_");
            let expected = if says { MayHaveChanged::ItsIncident } else { MayHaveChanged::Nothing };
            assert_eq!(MayHaveChanged::by(&incident, kind), expected, "{kind}");
        }
        assert_eq!(MayHaveChanged::by(&incident, "accesr_limited"), MayHaveChanged::Anything);
        for kind in SystemEvent::KINDS {
            let looks = ["private_seen", "settings_changed", "session_began", "time_stamped"].contains(kind);
            let expected = if looks { MayHaveChanged::Nothing } else { MayHaveChanged::Anything };
            assert_eq!(MayHaveChanged::by(&IncidentId::system(), kind), expected, "{kind}");
        }
    }
}
