//! An incident as a page shows it.

use chrono::{DateTime, Utc};
use scribe_domain::event::words::ComponentStatus;
use scribe_domain::ids::{EventId, IncidentId};
use scribe_domain::text::{Text, Title};
use scribe_domain::values::Phase;
use scribe_domain::when::When;
use serde::{Deserialize, Serialize};

use crate::amended::AmendmentKind;

/// An incident as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PageIncident {
    /// The incident.
    pub incident: IncidentId,
    /// What this audience was told that it is called; absent when nobody said, or that was redacted.
    pub title: Option<Title>,
    /// Whether it was redacted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub title_redacted: bool,
    /// When its title was last put right, if it was.
    pub title_edited_at: Option<DateTime<Utc>>,
    /// What it is about, where this audience was told so apart from the updates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<PageSummary>,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Since when it stands on this page.
    pub since: When,
    /// The status last told, or `investigating` where nothing was; `resolved` once it is over.
    pub status: Phase,
    /// How it ended, if it is over.
    pub end: Option<PageEnd>,
    /// The incident that it goes on in, if it became part of another and this audience was told no end yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<IncidentId>,
    /// The components it named, as last told.
    pub components: Vec<ComponentStatus>,
    /// What this audience was told, the newest first.
    pub updates: Vec<PageUpdate>,
}

/// What an incident is about, for whoever reads nothing else of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PageSummary {
    /// Which event says so.
    pub event: EventId,
    /// The words; absent when they were redacted.
    pub text: Option<Text>,
    /// When it was written.
    pub told: When,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// How an incident ended on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PageEnd {
    /// How.
    pub how: PageEnding,
    /// When.
    pub at: When,
}

/// How an incident ended on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageEnding {
    /// The audience was told that it is resolved.
    Told,
    /// It was resolved or closed, whether or not this audience was told.
    Resolved,
    /// It was declared in error.
    Cancelled,
    /// It goes on as part of another.
    Merged,
}

/// What an audience was told, word for word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PageUpdate {
    /// Which event says so.
    pub event: EventId,
    /// When it was published.
    pub published: When,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether it was recorded so long after it was published that nobody could have read it here then.
    pub recorded_late: bool,
    /// The status it was told under.
    pub status: Phase,
    /// What the incident is called from here on, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// The words; absent when they were redacted.
    pub text: Option<Text>,
    /// The components it named.
    pub components: Vec<ComponentStatus>,
    /// What was done to it afterwards, and when.
    pub edits: Vec<PageEdit>,
    /// What it said first, if it has been put right since.
    pub first: Option<FirstTold>,
}

/// What an update said before it was put right: the first telling is never lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FirstTold {
    /// When it was said to have been published.
    pub published: When,
    /// The status it was told under.
    pub status: Phase,
    /// The words.
    pub text: Text,
    /// The components it named.
    pub components: Vec<ComponentStatus>,
}

/// What was done to an update after it was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PageEdit {
    /// What.
    #[schemars(with = "String")]
    pub kind: AmendmentKind,
    /// When.
    pub at: DateTime<Utc>,
}
