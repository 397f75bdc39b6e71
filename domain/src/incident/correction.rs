//! What may be corrected or retracted, and how a correction applies.
//!
//! Facts that people told may be corrected. What *authorises* something (a tier, a role, an approval, the
//! line that ran, a deploy hold) may not: it is changed by an event of its own, so that nobody gains a
//! right by correcting the past. When any of them happened may be corrected, since clocks disagree.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::event::IncidentEvent;

/// The event with these fields corrected; the error says which field is wrong and why.
pub fn corrected(event: &IncidentEvent, fields: &BTreeMap<String, Value>) -> Result<IncidentEvent, String> {
    let mut payload: serde_json::Map<String, Value> =
        serde_json::from_str(event.payload().get()).map_err(|error| error.to_string())?;
    for (name, value) in fields {
        if value.is_null() {
            // Nothing else would check the name, and it stands in the record.
            payload.remove(name).ok_or_else(|| format!("there is no {name:?} to remove"))?;
        } else {
            payload.insert(name.clone(), value.clone());
        }
    }
    IncidentEvent::from_told(event.kind(), &Value::Object(payload))
        .ok_or_else(|| format!("{} is not a kind that this version knows", event.kind()))?
        .map_err(|error| error.to_string())
}

/// The fields of this event that may be corrected: `None` if only its occurred time may be, and
/// otherwise a test on the field's name.
pub(super) fn correctable_fields(event: &IncidentEvent) -> Option<fn(&str) -> bool> {
    use IncidentEvent as E;
    match event {
        E::Declared(_) => Some(|field| matches!(field, "title" | "summary" | "detected_by")),
        E::StatusUpdated(_) => Some(|field| field != "audience"),
        E::MergedInto(_)
        | E::Upgraded(_)
        | E::Downgraded(_)
        | E::SeverityChanged(_)
        | E::PhaseChanged(_)
        | E::RoleAssigned(_)
        | E::RoleHandedOff(_)
        | E::RoleLeft(_)
        | E::PageAcknowledged(_)
        | E::RunProposed(_)
        | E::RunApproved(_)
        | E::RunDeclined(_)
        | E::RunWithdrawn(_)
        | E::RunStarted(_)
        | E::RunFinished(_)
        | E::DeployHoldTaken(_)
        | E::DeployHoldReleased(_)
        | E::ReviewPublished(_)
        | E::Unknown(_) => None,
        _ => Some(|field| !matches!(field, "page" | "hypothesis" | "action" | "follow_up" | "impact")),
    }
}

/// Whether the event is about the record itself, and so beyond correction.
pub(super) fn is_about_the_record(event: &IncidentEvent) -> bool {
    use IncidentEvent as E;
    matches!(event, E::Corrected(_) | E::Retracted(_) | E::Redacted(_))
}

/// Whether the event may be retracted, so that views no longer count it.
pub(super) fn is_retractable(event: &IncidentEvent) -> bool {
    use IncidentEvent as E;
    matches!(
        event,
        E::MilestoneSet(_)
            | E::Mitigated(_)
            | E::Joined(_)
            | E::Left(_)
            | E::Noted(_)
            | E::Summarised(_)
            | E::Decided(_)
            | E::StatusUpdated(_)
            | E::Regrouped(_)
            | E::Linked(_)
            | E::AlertFired(_)
            | E::AlertResolved(_)
            | E::ChangeLinked(_)
            | E::EvidenceAttached(_)
            | E::ActionCheckedIn(_)
            | E::ImpactStarted(_)
            | E::ImpactEnded(_)
            | E::CauseNamed(_)
            | E::ReviewAssigned(_)
            | E::ReviewSectionWritten(_)
            | E::Nudged(_)
    )
}
