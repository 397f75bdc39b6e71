//! Who may see and do what, as the record says: which tokens there are, and which incidents only some may see.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::actor::Who;
use crate::event::IncidentEvent;
use crate::ids::IncidentId;
use crate::recorded::Recorded;
use crate::system::tokens::Tokens;

/// Who may see and do what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Access {
    /// Every token.
    pub tokens: Tokens,
    /// The incidents that are private, and who may see each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub private: BTreeMap<IncidentId, Vec<Who>>,
}

impl Access {
    /// Whether an event can change it.
    pub fn is_changed_by(event: &IncidentEvent) -> bool {
        matches!(
            event,
            IncidentEvent::System(_) | IncidentEvent::AccessLimited(_) | IncidentEvent::AccessOpened(_)
        )
    }

    /// What one more event makes of it. An import, which tells what was elsewhere, opens nothing here.
    pub fn follow(&mut self, recorded: &Recorded) {
        match &recorded.event {
            // What somebody told in an incident's stream under such a kind gives nobody anything.
            IncidentEvent::System(event) if !recorded.incident.is_incident() => {
                self.tokens.follow(event, recorded.recorded_at, &recorded.cause.actor.who);
            }
            IncidentEvent::AccessLimited(e) => {
                self.private.insert(recorded.incident.clone(), e.to.clone());
            }
            IncidentEvent::AccessOpened(_) => {
                self.private.remove(&recorded.incident);
            }
            _ => {}
        }
    }

    /// Whether they may see this incident.
    pub fn shows(&self, incident: &IncidentId, who: Option<&Who>) -> bool {
        self.private.get(incident).is_none_or(|list| who.is_some_and(|who| list.contains(who)))
    }
}
