//! The catalogue of kinds: a row says everything that scribe decides about an event by its kind alone.
//!
//! The enum below is what the rows say, variant by variant; the macro writes it and its few methods, and nothing
//! else. No column has a default: a row that leaves one out does not compile. To add a kind, see the README of
//! this crate.
//!
//! | column | meaning |
//! |---|---|
//! | `gives` | what right somebody has by it, and in which fields that right stands |
//! | `correction` | whether it may be corrected, and in which fields; a right's fields are refused by the compiler |
//! | `retraction` | whether it may be taken back |
//! | `import` | whether an import may tell it |
//! | `husk` | labels that stay when its words are erased, since something else hangs on them |
//! | `heard` | the widest audience that reads words of it as they are |
//! | `number` | the number that it gives out, tells more of, or ends |
//! | `doer` | who did it, where its payload names somebody: not always who told it |
//! | `asked` | the command that asks for it where it is told and kept, whatever the situation; and what that takes; else a command of its own does |

use serde_json::value::RawValue;

use super::kind::Correction::{Fields, Never, Time};
use super::kind::Import::{self, ByTheRules, Told};
use super::kind::Retraction::{Retractable, Stands};
use super::kind::Right::{Course, Hold, Nothing, Publication, Role, Run, Sight, Tier};
use super::kind::{Group, Kind, Numbering};
use super::numbered::Numbered;
use super::stored::{Stored, Unknown, stored, to_raw};
use super::table::table;
use super::versions::{Chain, STEPS};
use super::{access, evidence, impact, life, people, record, review, runs, words, work};
use crate::actor::{Person, Who};
use crate::scope::Scope;
use crate::system::SystemEvent;
use crate::values;

table! {
    Life {
        /// An incident was declared; always an incident's first event.
        Declared(life::Declared) = "declared" version 1 {
            gives: Tier(&["tier"]), correction: Fields(&["title", "summary", "detected_by"]),
            retraction: Stands, import: Told, husk: &[], heard: |e| Some(e.tier), number: none, doer: teller, asked: [],
        }
        /// Its tier was raised.
        Upgraded(life::Upgraded) = "upgraded" version 1 {
            gives: Tier(&["to"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// Its tier was lowered.
        Downgraded(life::Downgraded) = "downgraded" version 1 {
            gives: Tier(&["to"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// Its severity changed.
        SeverityChanged(life::SeverityChanged) = "severity_changed" version 1 {
            gives: Course(&["to"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// The response moved on.
        PhaseChanged(life::PhaseChanged) = "phase_changed" version 1 {
            gives: Course(&["to"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// Users are no longer hit.
        Mitigated(life::Mitigated) = "mitigated" version 1 {
            gives: Nothing, correction: Fields(&["how"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// It is over.
        Resolved(life::Resolved) = "resolved" version 1 {
            gives: Course(&[]), correction: Fields(&["summary"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// It was not over.
        Reopened(life::Reopened) = "reopened" version 1 {
            gives: Course(&[]), correction: Fields(&["why"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// Its review is done.
        Closed(life::Closed) = "closed" version 1 {
            gives: Course(&[]), correction: Fields(&["summary"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// It was declared in error.
        Cancelled(life::Cancelled) = "cancelled" version 1 {
            gives: Course(&[]), correction: Fields(&["why"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// It is part of another incident.
        MergedInto(life::MergedInto) = "merged_into" version 1 {
            gives: Course(&["into"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// A point that metrics are computed from.
        MilestoneSet(life::MilestoneSet) = "milestone_set" version 1 {
            gives: Nothing, correction: Fields(&["milestone", "note"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["milestone" for Respond: "Set a point that metrics are computed from, at the occurred time."],
        }
        /// It has to do with another incident.
        Related(life::Related) = "related" version 1 {
            gives: Nothing, correction: Time,
            retraction: Retractable, import: ByTheRules, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
    }

    People {
        /// Somebody took a role that nobody held.
        RoleAssigned(people::RoleAssigned) = "role_assigned" version 1 {
            gives: Role(&["role", "to"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// A role went from one person to another.
        RoleHandedOff(people::RoleHandedOff) = "role_handed_off" version 1 {
            gives: Role(&["role", "from", "to"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// Somebody gave up a role and nobody took it.
        RoleLeft(people::RoleLeft) = "role_left" version 1 {
            gives: Role(&["role", "who"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: none, doer: |e| person(&e.who), asked: [],
        }
        /// Somebody else than was told took a role.
        RoleHolderCorrected(people::RoleHolderCorrected) = "role_holder_corrected" version 1 {
            gives: Role(&["role", "from", "to"]), correction: Time,
            retraction: Stands, import: ByTheRules, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// Somebody was called.
        Paged(people::Paged) = "paged" version 1 {
            gives: Nothing, correction: Fields(&["whom", "why"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| begins(Numbered::Page, e.page), doer: teller, asked: [],
        }
        /// The call was answered.
        PageAcknowledged(people::PageAcknowledged) = "page_acknowledged" version 1 {
            gives: Nothing, correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| ends(Numbered::Page, e.page), doer: |e| person(&e.by), asked: [],
        }
        /// Somebody joined the response.
        Joined(people::Joined) = "joined" version 1 {
            gives: Nothing, correction: Fields(&["who", "as_what"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: |e| person(&e.who), asked: [],
        }
        /// Somebody left the response.
        Left(people::Left) = "left" version 1 {
            gives: Nothing, correction: Fields(&["who", "why"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: |e| person(&e.who), asked: [],
        }
    }

    Runs {
        /// Somebody wants to run a line.
        RunProposed(runs::RunProposed) = "run_proposed" version 1 {
            gives: Run(&["line", "digest", "by", "host"]), correction: Time,
            retraction: Stands, import: Told, husk: &["host"], heard: nobody, number: |e| begins(Numbered::Run, e.run), doer: |e| Some(e.by.clone()), asked: [],
        }
        /// Somebody else approved exactly that line.
        RunApproved(runs::RunApproved) = "run_approved" version 1 {
            gives: Run(&["digest", "by"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| continues(Numbered::Run, e.run), doer: |e| person(&e.by), asked: [],
        }
        /// Somebody else said no.
        RunDeclined(runs::RunDeclined) = "run_declined" version 1 {
            gives: Run(&[]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| ends(Numbered::Run, e.run), doer: |e| person(&e.by), asked: [],
        }
        /// The proposer changed their mind.
        RunWithdrawn(runs::RunWithdrawn) = "run_withdrawn" version 1 {
            gives: Run(&[]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| ends(Numbered::Run, e.run), doer: teller, asked: [],
        }
        /// The line began to run.
        RunStarted(runs::RunStarted) = "run_started" version 1 {
            gives: Run(&["line", "digest", "by", "host", "standing"]), correction: Time,
            retraction: Stands, import: Told, husk: &["host"], heard: nobody, number: |e| continues(Numbered::Run, e.run), doer: |e| Some(e.by.clone()), asked: [],
        }
        /// The line ended.
        RunFinished(runs::RunFinished) = "run_finished" version 1 {
            gives: Run(&["line", "digest", "by", "host", "standing"]), correction: Time,
            retraction: Stands, import: Told, husk: &["host"], heard: nobody, number: |e| ends(Numbered::Run, e.run), doer: |e| Some(e.by.clone()), asked: [],
        }
    }

    Words {
        /// An observation.
        Noted(words::Noted) = "noted" version 1 {
            gives: Nothing, correction: Fields(&["text"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["note" for Append: "Note an observation."],
        }
        /// Where things stand.
        Summarised(words::Summarised) = "summarised" version 1 {
            gives: Nothing, correction: Fields(&["status", "cause", "plan"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["summarise" for Respond: "Summarise where things stand."],
        }
        /// A decision, with what else was considered.
        Decided(words::Decided) = "decided" version 1 {
            gives: Nothing, correction: Fields(&["choice", "options", "why", "dissent"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["decide" for Respond: "Record a decision."],
        }
        /// A guess at the cause.
        HypothesisRaised(words::HypothesisRaised) = "hypothesis_raised" version 1 {
            gives: Nothing, correction: Fields(&["text"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| begins(Numbered::Hypothesis, e.hypothesis), doer: teller, asked: [],
        }
        /// What became of the guess.
        HypothesisSettled(words::HypothesisSettled) = "hypothesis_settled" version 1 {
            gives: Nothing, correction: Fields(&["verdict", "finding"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| ends(Numbered::Hypothesis, e.hypothesis), doer: teller, asked: [],
        }
        /// What an audience was told.
        StatusUpdated(words::StatusUpdated) = "status_updated" version 1 {
            gives: Nothing, correction: Fields(&["status", "title", "text", "components"]),
            retraction: Retractable, import: Told, husk: &[], heard: |e| Some(e.audience), number: none, doer: teller, asked: [],
        }
        /// A component is called otherwise on a page.
        ComponentRenamed(words::ComponentRenamed) = "component_renamed" version 1 {
            gives: Nothing, correction: Fields(&["why"]),
            retraction: Stands, import: ByTheRules, husk: &[], heard: |e| Some(e.audience), number: none, doer: teller, asked: [],
        }
        /// What a page says of the incident apart from its updates.
        PageDescribed(words::PageDescribed) = "page_described" version 1 {
            gives: Nothing, correction: Fields(&["title", "summary", "components"]),
            retraction: Retractable, import: Told, husk: &[], heard: |e| Some(e.audience), number: none, doer: teller, asked: [],
        }
        /// The team came back together to compare notes.
        Regrouped(words::Regrouped) = "regrouped" version 1 {
            gives: Nothing, correction: Fields(&["findings", "plan"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["regroup" for Respond: "Record that the team came back together."],
        }
    }

    Evidence {
        /// Something useful elsewhere.
        Linked(evidence::Linked) = "linked" version 1 {
            gives: Nothing, correction: Fields(&["kind", "at", "title"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["link" for Append: "Link something useful."],
        }
        /// An alert fired.
        AlertFired(evidence::AlertFired) = "alert_fired" version 1 {
            gives: Nothing, correction: Fields(&["source", "alert", "fingerprint", "labels", "summary", "at"]),
            retraction: Retractable, import: Told, husk: &["source", "fingerprint"], heard: nobody, number: none, doer: teller,
            asked: ["fire-alert" for Append: "Record that an alert fired."],
        }
        /// An alert stopped firing.
        AlertResolved(evidence::AlertResolved) = "alert_resolved" version 1 {
            gives: Nothing, correction: Fields(&["source", "alert", "fingerprint", "summary"]),
            retraction: Retractable, import: Told, husk: &["source", "fingerprint"], heard: nobody, number: none, doer: teller,
            asked: ["resolve-alert" for Append: "Record that an alert stopped firing."],
        }
        /// A change in production that matters here.
        ChangeLinked(evidence::ChangeLinked) = "change_linked" version 1 {
            gives: Nothing, correction: Fields(&["kind", "relation", "title", "at", "author", "deployer"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["link-change" for Append: "Link a change in production."],
        }
        /// A file kept elsewhere, by its digest.
        EvidenceAttached(evidence::EvidenceAttached) = "evidence_attached" version 1 {
            gives: Nothing, correction: Fields(&["title", "digest", "media_type", "at"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["attach-evidence" for Append: "Attach evidence by its digest."],
        }
        /// Evidence is missing from here on.
        EvidenceGapStarted(evidence::EvidenceGapStarted) = "evidence_gap_started" version 1 {
            gives: Nothing, correction: Fields(&["text"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: |e| begins(Numbered::Gap, e.gap), doer: teller, asked: [],
        }
        /// It is there again.
        EvidenceGapEnded(evidence::EvidenceGapEnded) = "evidence_gap_ended" version 1 {
            gives: Nothing, correction: Fields(&["text"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: |e| ends(Numbered::Gap, e.gap), doer: teller, asked: [],
        }
    }

    Work {
        /// Somebody was given something to do.
        ActionAssigned(work::ActionAssigned) = "action_assigned" version 1 {
            gives: Nothing, correction: Fields(&["kind", "text", "to", "check_back"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| begins(Numbered::Action, e.action), doer: teller, asked: [],
        }
        /// How it is going.
        ActionCheckedIn(work::ActionCheckedIn) = "action_checked_in" version 1 {
            gives: Nothing, correction: Fields(&["text", "check_back"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: |e| continues(Numbered::Action, e.action), doer: teller, asked: [],
        }
        /// It is done.
        ActionFinished(work::ActionFinished) = "action_finished" version 1 {
            gives: Nothing, correction: Fields(&["outcome"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| ends(Numbered::Action, e.action), doer: teller, asked: [],
        }
        /// Something to do after the incident.
        FollowUpAgreed(work::FollowUpAgreed) = "follow_up_agreed" version 1 {
            gives: Nothing, correction: Fields(&["text", "owner", "due", "committed_by"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| begins(Numbered::FollowUp, e.follow_up), doer: teller, asked: [],
        }
        /// That was done.
        FollowUpFinished(work::FollowUpFinished) = "follow_up_finished" version 1 {
            gives: Nothing, correction: Fields(&["outcome"]),
            retraction: Stands, import: Told, husk: &[], heard: nobody, number: |e| ends(Numbered::FollowUp, e.follow_up), doer: teller, asked: [],
        }
        /// Something helps for now, and must not stay.
        WorkaroundApplied(work::WorkaroundApplied) = "workaround_applied" version 1 {
            gives: Nothing, correction: Fields(&["text", "to", "check_back"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: |e| begins(Numbered::Workaround, e.workaround), doer: teller, asked: [],
        }
        /// It is gone.
        WorkaroundReverted(work::WorkaroundReverted) = "workaround_reverted" version 1 {
            gives: Nothing, correction: Fields(&["outcome"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: |e| ends(Numbered::Workaround, e.workaround), doer: teller, asked: [],
        }
        /// Deploys were stopped: somebody took "the hat".
        DeployHoldTaken(work::DeployHoldTaken) = "deploy_hold_taken" version 1 {
            gives: Hold(&["scope", "by"]), correction: Time,
            retraction: Stands, import: Told, husk: &["scope"], heard: nobody, number: none, doer: |e| Some(e.by.clone()), asked: [],
        }
        /// Deploys may go on.
        DeployHoldReleased(work::DeployHoldReleased) = "deploy_hold_released" version 1 {
            gives: Hold(&["scope"]), correction: Time,
            retraction: Stands, import: Told, husk: &["scope"], heard: nobody, number: none, doer: |e| Some(e.by.clone()), asked: [],
        }
    }

    Impact {
        /// Users began to be hit.
        ImpactStarted(impact::ImpactStarted) = "impact_started" version 1 {
            gives: Nothing, correction: Fields(&["text", "components", "who"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: |e| begins(Numbered::Impact, e.impact), doer: teller, asked: [],
        }
        /// That ended.
        ImpactEnded(impact::ImpactEnded) = "impact_ended" version 1 {
            gives: Nothing, correction: Fields(&["text"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: |e| ends(Numbered::Impact, e.impact), doer: teller, asked: [],
        }
        /// Why it happened.
        CauseNamed(impact::CauseNamed) = "cause_named" version 1 {
            gives: Nothing, correction: Fields(&["text", "cites"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
    }

    Review {
        /// Somebody will write the review.
        ReviewAssigned(review::ReviewAssigned) = "review_assigned" version 1 {
            gives: Nothing, correction: Fields(&["owner", "due"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["assign-review" for Review: "Say who will write the review."],
        }
        /// A part of the review, with its evidence.
        ReviewSectionWritten(review::ReviewSectionWritten) = "review_section_written" version 1 {
            gives: Nothing, correction: Fields(&["section", "text", "cites", "public"]),
            retraction: Retractable, import: Told, husk: &[], heard: |e| e.public.then_some(values::Tier::Public), number: none, doer: teller, asked: [],
        }
        /// The review was shown to an audience.
        ReviewPublished(review::ReviewPublished) = "review_published" version 1 {
            gives: Publication(&["audience"]), correction: Time,
            retraction: Stands, import: Told, husk: &[], heard: |e| Some(e.audience), number: none, doer: teller, asked: [],
        }
        /// A risk that was known before it struck.
        RiskNamed(review::RiskNamed) = "risk_named" version 1 {
            gives: Nothing, correction: Fields(&["text", "follow_up", "cites"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
    }

    Record {
        /// Something told before was wrong; this is right.
        Corrected(record::Corrected) = "corrected" version 1 {
            gives: Nothing, correction: Never,
            retraction: Stands, import: ByTheRules, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// Something told before should not count.
        Retracted(record::Retracted) = "retracted" version 1 {
            gives: Nothing, correction: Never,
            retraction: Stands, import: ByTheRules, husk: &[], heard: nobody, number: none, doer: teller, asked: [],
        }
        /// A payload was erased; its proof stands.
        Redacted(record::Redacted) = "redacted" version 1 {
            gives: Nothing, correction: Never,
            retraction: Stands, import: Import::Refused(ERASED), husk: &[], heard: nobody, number: none, doer: |e| Some(e.by.clone()), asked: [],
        }
        /// Only some may see the incident.
        AccessLimited(access::AccessLimited) = "access_limited" version 1 {
            gives: Sight(&["to"]), correction: Never,
            retraction: Stands, import: Import::Refused(SEEN), husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["limit-access" for Respond: "Make the incident private: only these may see it from here on."],
        }
        /// All who may read may see it again.
        AccessOpened(access::AccessOpened) = "access_opened" version 1 {
            gives: Sight(&[]), correction: Never,
            retraction: Stands, import: Import::Refused(SEEN), husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["open-access" for Respond: "Let everybody see a private incident who may read."],
        }
        /// Somebody was reminded.
        Nudged(record::Nudged) = "nudged" version 1 {
            gives: Nothing, correction: Fields(&["whom", "text"]),
            retraction: Retractable, import: Told, husk: &[], heard: nobody, number: none, doer: teller,
            asked: ["nudge" for Append: "Record that somebody was reminded."],
        }
    }
}

impl IncidentEvent {
    /// Its row in the catalogue; a kind from the future has none.
    pub fn row(&self) -> Option<&'static Kind> {
        Kind::named(self.kind()).filter(|_| !matches!(self, Self::System(_) | Self::Unknown(_)))
    }
}

impl Chain<'static> {
    /// This program's.
    pub const OWN: Self = Self { present: IncidentEvent::VERSIONS, steps: STEPS };
}

impl Group {
    /// The group of the kind with this name; a kind from the future counts to the record.
    pub fn of(kind: &str) -> Self {
        Kind::named(kind).map_or(Self::Record, |row| row.group)
    }
}

impl Kind {
    /// The row of the kind with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|row| row.name == name)
    }
}

/// What is told and kept whatever the situation: an event that needs no decision beyond "may this be told?".
#[derive(Debug, Clone, PartialEq)]
pub struct Fact(IncidentEvent);

impl serde::Serialize for Fact {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.payload().serialize(serializer)
    }
}

impl From<Fact> for IncidentEvent {
    fn from(fact: Fact) -> Self {
        fact.0
    }
}

/// Who may see an incident is decided where it is seen.
const SEEN: &str = "says who may see the incident; that is decided here, and not told by an import";

/// Why an erasure cannot be told by hand.
const ERASED: &str = "says that scribe erased something; it cannot be imported";

fn none<T>(_: &T) -> Option<Numbering<Numbered>> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "a column's form")]
fn begins(what: Numbered, number: u32) -> Option<Numbering<Numbered>> {
    Some(Numbering::Begins(what, number))
}

#[expect(clippy::unnecessary_wraps, reason = "a column's form")]
fn continues(what: Numbered, number: u32) -> Option<Numbering<Numbered>> {
    Some(Numbering::Continues(what, number))
}

#[expect(clippy::unnecessary_wraps, reason = "a column's form")]
fn ends(what: Numbered, number: u32) -> Option<Numbering<Numbered>> {
    Some(Numbering::Ends(what, number))
}

/// No audience: its words stand in the record, and in documents of those who work the incident.
fn nobody<T>(_: &T) -> Option<values::Tier> {
    None
}

/// Whoever told it.
fn teller<T>(_: &T) -> Option<Who> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "a column's form")]
fn person(who: &Person) -> Option<Who> {
    Some(Who::Person(who.clone()))
}
