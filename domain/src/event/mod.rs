//! What happened: the v1 catalogue.
//!
//! **Every event is a storage format.** Its kind and version stand in the header beside the payload
//! (see [`crate::recorded`]); a golden file pins each payload's JSON. Fields may be added as optional;
//! anything else needs a new version, told in the catalogue (`= "noted" version 2`), and a step that
//! leads to it from the one before ([`versions`](crate::event::versions)).
//!
//! An event carries what was told, nothing derived. *When* it happened and *who* told it stand in its
//! [`Cause`](crate::recorded::Cause), so a milestone, an alert or an impact has no time field of its own.
//! Numbers (`run`, `action`, `page` …) count from 1 within the incident and are given out by `decide`.

/// Links, alerts, changes and attachments.
pub mod evidence;
/// What remains of an event whose words are erased.
pub mod husk;
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

use serde_json::value::RawValue;

/// An event whose kind or version this program does not know: kept and shown as such, never dropped.
#[derive(Debug, Clone)]
pub struct Unknown {
    /// Its kind, as stored.
    pub kind: Box<str>,
    /// Its version, as stored.
    pub version: u32,
    /// Its payload, byte for byte.
    pub payload: Box<RawValue>,
}

impl PartialEq for Unknown {
    fn eq(&self, other: &Self) -> bool {
        (&self.kind, self.version, self.payload.get()) == (&other.kind, other.version, other.payload.get())
    }
}

/// A kind's present version.
macro_rules! present {
    () => {
        VERSION
    };
    ($version:literal) => {
        $version
    };
}

macro_rules! catalogue {
    ($($(#[$doc:meta])* $variant:ident($payload:ty) = $kind:literal $(version $version:literal)?),+ $(,)?) => {
        /// Something that happened in an incident.
        #[derive(Debug, Clone, PartialEq)]
        pub enum IncidentEvent {
            $($(#[$doc])* $variant($payload),)+
            /// An event that a newer program wrote.
            Unknown(Unknown),
        }

        impl IncidentEvent {
            /// Every kind that this program writes, in catalogue order.
            pub const KINDS: &'static [&'static str] = &[$($kind),+];

            /// Every kind, and the version of it that this program writes.
            pub const VERSIONS: &'static [(&'static str, u32)] = &[$(($kind, present!($($version)?))),+];

            /// The version that is stored with it.
            pub fn version(&self) -> u32 {
                match self {
                    $(Self::$variant(_) => present!($($version)?),)+
                    Self::Unknown(unknown) => unknown.version,
                }
            }

            /// The kind, as stored: `run_proposed`.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $kind,)+
                    Self::Unknown(unknown) => &unknown.kind,
                }
            }

            /// The payload as compact JSON: the bytes that are stored.
            pub fn payload(&self) -> Box<RawValue> {
                match self {
                    $(Self::$variant(payload) => to_raw(payload),)+
                    Self::Unknown(unknown) => unknown.payload.clone(),
                }
            }

            /// Reads a stored payload, an old one too. A kind or version from the future becomes
            /// [`Self::Unknown`]; a known one that does not read is an error, for then the bytes are damaged.
            pub fn from_payload(kind: &str, version: u32, payload: &str) -> Result<Self, serde_json::Error> {
                match kind {
                    $($kind => match version {
                        version if version == present!($($version)?) => {
                            match serde_json::from_str(payload).map(Self::$variant) {
                                // Erased by a program that did not know the kind.
                                Err(_) if payload == husk::NOTHING => {}
                                read => return read,
                            }
                        }
                        version if (1..present!($($version)?)).contains(&version) => {
                            let payload = versions::Chain::OWN.upcast(kind, version, payload)?;
                            return serde_json::from_str(&payload).map(Self::$variant);
                        }
                        _ => {}
                    },)+
                    _ => {}
                }
                let payload = RawValue::from_string(payload.to_owned())?;
                Ok(Self::Unknown(Unknown { kind: kind.into(), version, payload }))
            }

            /// Reads a payload that somebody wrote by hand (an import, a correction) from any
            /// deserialiser, so that the caller can keep track of paths; an unknown kind is `None`.
            pub fn from_told<'de, D: serde::Deserializer<'de>>(kind: &str, fields: D) -> Option<Result<Self, D::Error>> {
                match kind {
                    $($kind => Some(<$payload as serde::Deserialize>::deserialize(fields).map(Self::$variant)),)+
                    _ => None,
                }
            }

            /// The JSON Schema of each kind's payload.
            pub fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, schemars::Schema)> {
                vec![$(($kind, generator.subschema_for::<$payload>())),+]
            }
        }

        $(impl From<$payload> for IncidentEvent {
            fn from(payload: $payload) -> Self {
                Self::$variant(payload)
            }
        })+
    };
}

/// The version of a kind that nothing says otherwise of: the first.
pub const VERSION: u32 = 1;

catalogue! {
    /// An incident was declared; always an incident's first event.
    Declared(life::Declared) = "declared",
    /// Its tier was raised.
    Upgraded(life::Upgraded) = "upgraded",
    /// Its tier was lowered.
    Downgraded(life::Downgraded) = "downgraded",
    /// Its severity changed.
    SeverityChanged(life::SeverityChanged) = "severity_changed",
    /// The response moved on.
    PhaseChanged(life::PhaseChanged) = "phase_changed",
    /// Users are no longer hit.
    Mitigated(life::Mitigated) = "mitigated",
    /// It is over.
    Resolved(life::Resolved) = "resolved",
    /// It was not over.
    Reopened(life::Reopened) = "reopened",
    /// Its review is done.
    Closed(life::Closed) = "closed",
    /// It was declared in error.
    Cancelled(life::Cancelled) = "cancelled",
    /// It is part of another incident.
    MergedInto(life::MergedInto) = "merged_into",
    /// A point that metrics are computed from.
    MilestoneSet(life::MilestoneSet) = "milestone_set",

    /// Somebody took a role that nobody held.
    RoleAssigned(people::RoleAssigned) = "role_assigned",
    /// A role went from one person to another.
    RoleHandedOff(people::RoleHandedOff) = "role_handed_off",
    /// Somebody gave up a role and nobody took it.
    RoleLeft(people::RoleLeft) = "role_left",
    /// Somebody was called.
    Paged(people::Paged) = "paged",
    /// The call was answered.
    PageAcknowledged(people::PageAcknowledged) = "page_acknowledged",
    /// Somebody joined the response.
    Joined(people::Joined) = "joined",
    /// Somebody left the response.
    Left(people::Left) = "left",

    /// Somebody wants to run a line.
    RunProposed(runs::RunProposed) = "run_proposed",
    /// Somebody else approved exactly that line.
    RunApproved(runs::RunApproved) = "run_approved",
    /// Somebody else said no.
    RunDeclined(runs::RunDeclined) = "run_declined",
    /// The proposer changed their mind.
    RunWithdrawn(runs::RunWithdrawn) = "run_withdrawn",
    /// The line began to run.
    RunStarted(runs::RunStarted) = "run_started",
    /// The line ended.
    RunFinished(runs::RunFinished) = "run_finished",

    /// An observation.
    Noted(words::Noted) = "noted",
    /// Where things stand.
    Summarised(words::Summarised) = "summarised",
    /// A decision, with what else was considered.
    Decided(words::Decided) = "decided",
    /// A guess at the cause.
    HypothesisRaised(words::HypothesisRaised) = "hypothesis_raised",
    /// What became of the guess.
    HypothesisSettled(words::HypothesisSettled) = "hypothesis_settled",
    /// What an audience was told.
    StatusUpdated(words::StatusUpdated) = "status_updated",
    /// The team came back together to compare notes.
    Regrouped(words::Regrouped) = "regrouped",

    /// Something useful elsewhere.
    Linked(evidence::Linked) = "linked",
    /// An alert fired.
    AlertFired(evidence::AlertFired) = "alert_fired",
    /// An alert stopped firing.
    AlertResolved(evidence::AlertResolved) = "alert_resolved",
    /// A change in production that matters here.
    ChangeLinked(evidence::ChangeLinked) = "change_linked",
    /// A file kept elsewhere, by its digest.
    EvidenceAttached(evidence::EvidenceAttached) = "evidence_attached",

    /// Somebody was given something to do.
    ActionAssigned(work::ActionAssigned) = "action_assigned",
    /// How it is going.
    ActionCheckedIn(work::ActionCheckedIn) = "action_checked_in",
    /// It is done.
    ActionFinished(work::ActionFinished) = "action_finished",
    /// Something to do after the incident.
    FollowUpAgreed(work::FollowUpAgreed) = "follow_up_agreed",
    /// That was done.
    FollowUpFinished(work::FollowUpFinished) = "follow_up_finished",
    /// Deploys were stopped: somebody took "the hat".
    DeployHoldTaken(work::DeployHoldTaken) = "deploy_hold_taken",
    /// Deploys may go on.
    DeployHoldReleased(work::DeployHoldReleased) = "deploy_hold_released",

    /// Users began to be hit.
    ImpactStarted(impact::ImpactStarted) = "impact_started",
    /// That ended.
    ImpactEnded(impact::ImpactEnded) = "impact_ended",
    /// Why it happened.
    CauseNamed(impact::CauseNamed) = "cause_named",

    /// Somebody will write the review.
    ReviewAssigned(review::ReviewAssigned) = "review_assigned",
    /// A part of the review, with its evidence.
    ReviewSectionWritten(review::ReviewSectionWritten) = "review_section_written",
    /// The review was shown to an audience.
    ReviewPublished(review::ReviewPublished) = "review_published",

    /// Something told before was wrong; this is right.
    Corrected(record::Corrected) = "corrected",
    /// Something told before should not count.
    Retracted(record::Retracted) = "retracted",
    /// A payload was erased; its proof stands.
    Redacted(record::Redacted) = "redacted",
    /// Somebody was reminded.
    Nudged(record::Nudged) = "nudged",
}

impl IncidentEvent {
    /// Whether it ends its incident (`true`) or takes an end back (`false`); most events do neither.
    pub fn ends_incident(&self) -> Option<bool> {
        match self {
            Self::Resolved(_) | Self::Closed(_) | Self::Cancelled(_) | Self::MergedInto(_) => Some(true),
            Self::Reopened(_) => Some(false),
            _ => None,
        }
    }
}

fn to_raw<T: serde::Serialize>(payload: &T) -> Box<RawValue> {
    // Payloads are plain structs of texts and numbers: serialising one can fail only by running out
    // of memory, which Rust turns into an abort anyway.
    serde_json::value::to_raw_value(payload).expect("a payload always serialises")
}
