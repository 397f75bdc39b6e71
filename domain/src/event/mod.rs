//! What happened: the v1 catalogue.
//!
//! **Every event is a storage format.** Its kind and version stand in the header beside the payload
//! (see [`crate::recorded`]); a golden file pins each payload's JSON. Fields may be added as optional;
//! anything else needs a new version, told in its row of the catalogue (`version 2`), and a step that
//! leads to it from the one before ([`versions`](crate::event::versions)).
//!
//! An event carries what was told, nothing derived. *When* it happened and *who* told it stand in its
//! [`Cause`](crate::recorded::Cause), so a milestone, an alert or an impact has no time field of its own.
//! Numbers (`run`, `action`, `page` …) count from 1 within the incident and are given out by `decide`.

/// A row a kind: what is decided about it by its kind alone.
pub mod catalogue;
/// The columns of the catalogue.
pub mod kind;
/// What has a number within its incident.
pub mod numbered;
/// What becomes of the rows.
mod table;
/// Payloads as they are stored.
mod stored;

/// Who may see an incident.
pub mod access;
/// Links, alerts, changes and attachments.
pub mod evidence;
/// What remains of an event whose words are erased.
pub mod husk;
/// What a field of a payload is, by its JSON Schema.
pub mod schemas;
/// Who was hit, when, and why.
pub mod impact;
/// Declaring, raising, ending.
pub mod life;
/// Roles, pages, who came and went.
pub mod people;
/// Events about the record itself.
pub mod record;
/// The retrospective.
pub mod review;
/// Shell lines and queries that people proposed, approved and ran in production.
pub mod runs;
/// Notes, summaries, decisions, hypotheses and what was told to an audience.
pub mod words;
/// Actions, follow-ups and deploy holds.
pub mod work;

/// Events of older versions.
pub mod versions;

pub use catalogue::IncidentEvent;
pub use stored::Unknown;

/// The version of an event that says nothing else: the first.
pub const VERSION: u32 = 1;
