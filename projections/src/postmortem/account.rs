//! What happened, in sentences composed from the record.
//!
//! Each sentence says only what its events say and cites them. What is usually told of an incident and is
//! missing here is said to be missing.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use scribe_domain::ids::EventId;
use scribe_domain::text::Text;
use scribe_domain::values::{ChangeKind, Role, Tier};
use scribe_domain::when::When;

use super::internal::{InternalEdition, Outcome};
use super::parts::{Hit, ImpactLine, Reopening};
use super::points::{Point, length};
use super::statement::Statement;
use crate::document::time::{Clock, duration};
use crate::sentence::{deploys, has_ended, name};
use crate::timeline::{EntryStanding, TimelineEntry};

/// The account, in the order in which things happened; what the record does not hold is said at its end.
pub(super) fn compose(edition: &InternalEdition, clock: Clock<'_>) -> Vec<Statement> {
    let happened: BTreeMap<EventId, Option<DateTime<Utc>>> =
        edition.timeline.iter().map(|entry| (entry.id, entry.occurred.at())).collect();
    let mut account = statements(edition, clock);
    // Stable: what has no evidence of a known time stays behind the rest.
    account.sort_by_key(|statement| {
        let at = statement.cites.first().and_then(|cited| happened.get(cited).copied().flatten());
        (at.is_none(), at)
    });
    account
}

fn statements(edition: &InternalEdition, clock: Clock<'_>) -> Vec<Statement> {
    let mut account = Vec::new();
    account.extend(declaration(edition, clock));
    account.extend(detection(edition, clock));
    account.extend(edition.impacts.iter().map(|impact| impact_sentence(edition, impact, clock)));
    account.extend(hit(edition, clock));
    account.extend(tiers_and_severities(edition, clock));
    account.push(command(edition, clock));
    account.extend(holds(edition, clock));
    account.extend(considered(edition, clock));
    account.extend(fixes(edition, clock));
    account.push(mitigation(edition, clock));
    account.extend(edition.reopenings.iter().map(|reopening| reopening_sentence(reopening, clock)));
    account.push(end(edition, clock));
    account
}

/// ` at 13:05`, ` at about 12:40`, ` at an unknown time`.
fn at(when: When, clock: Clock<'_>) -> String {
    match when {
        When::Unknown => "at an unknown time".to_owned(),
        When::At(..) => format!("at {}", clock.tell(when)),
    }
}

/// `25 min`, `about 25 min`.
pub(super) fn long(seconds: i64, about: bool) -> String {
    format!("{}{}", if about { "about " } else { "" }, duration(TimeDelta::seconds(seconds)))
}

fn declaration(edition: &InternalEdition, clock: Clock<'_>) -> Option<Statement> {
    let (tier, severity) = (edition.tiers.first()?, edition.severities.first()?);
    let mut text = format!(
        "{} declared the incident {}: {}, {}",
        name(&tier.told.by),
        at(tier.told.occurred, clock),
        tier.to,
        severity.to
    );
    if let Some(by) = &edition.detected_by {
        text.extend([", noticed by ", by.as_str()]);
    }
    text.push('.');
    if let Some(summary) = &edition.summary {
        text.extend([
            " The first words on it: “",
            summary.as_str(),
            if has_ended(summary.as_str()) { "”" } else { "”." },
        ]);
    }
    Some(Statement::new(text, [tier.told.event]))
}

fn detection(edition: &InternalEdition, clock: Clock<'_>) -> Option<Statement> {
    let detected = edition.points.detected.as_ref()?;
    let declared = edition.points.declared.as_ref()?;
    if detected.event == declared.event {
        return Some(Statement::new("Nothing recorded shows that it was noticed before.", [declared.event]));
    }
    let mut text = format!("It was first noticed {} ({})", at(detected.at, clock), detected.what);
    if let Some((seconds, about)) = length(detected.at, declared.at) {
        match seconds {
            0 => text.push_str(", as it was declared"),
            _ => text.extend([", ", &long(seconds, about), " before it was declared"]),
        }
    }
    text.push('.');
    Some(Statement::new(text, [detected.event, declared.event]))
}

fn impact_sentence(edition: &InternalEdition, impact: &ImpactLine, clock: Clock<'_>) -> Statement {
    let before = edition.points.declared.as_ref().and_then(|declared| length(impact.from, declared.at));
    let before = before.filter(|(seconds, _)| *seconds > 0);
    let before = before.map(|(seconds, about)| format!(" ({} before it was declared)", long(seconds, about)));
    let before = before.unwrap_or_default();
    let mut text = match (impact.from, impact.until) {
        (When::Unknown, None) => {
            "Users were hit; since when is not recorded, and no end is recorded".to_owned()
        }
        (from @ When::At(..), None) => {
            format!("Users were hit from {}{before}; no end is recorded", clock.tell(from))
        }
        (When::Unknown, Some(until)) => format!("Users were hit; it ended {}", at(until, clock)),
        (from @ When::At(..), Some(until)) => match impact.seconds {
            Some(seconds) if seconds < 0 => {
                let (from, until) = clock.between(from, until);
                format!(
                    "Users were hit from {from}{before}; its end was told as {until}, which was before that"
                )
            }
            Some(seconds) => {
                let (from, until) = clock.between(from, until);
                let long = long(seconds, impact.about);
                format!("Users were hit from {from}{before} to {until}, for {long}")
            }
            None => format!("Users were hit from {}{before} until an unknown time", clock.tell(from)),
        },
    };
    if impact.by_mitigation {
        text.push_str(", when it was mitigated");
    }
    match &impact.text {
        Some(words) => text.extend([". ", &ended(words.as_str())]),
        None => text.push_str(". The words on it are erased."),
    }
    Statement::new(text, impact.cites.iter().copied())
}

/// How long users were hit in all, where that is more than one impact says.
fn hit(edition: &InternalEdition, clock: Clock<'_>) -> Option<Statement> {
    let Hit { seconds, from, until } = edition.hit.filter(|_| edition.impacts.len() > 1)?;
    let (from, until) = clock.between(from, until);
    let about = edition.impacts.iter().any(|impact| impact.about);
    let text = format!("In all, users were hit for {} between {from} and {until}.", long(seconds, about));
    Some(Statement::new(text, edition.impacts.iter().flat_map(|impact| impact.cites.iter().copied())))
}

fn tiers_and_severities(edition: &InternalEdition, clock: Clock<'_>) -> Vec<Statement> {
    let tiers = edition.tiers.iter().filter_map(|step| {
        let verb = if step.to > step.from? { "raised" } else { "lowered" };
        let text = format!(
            "{} {verb} the tier to {} {}.",
            name(&step.told.by),
            step.to,
            at(step.told.occurred, clock)
        );
        Some((step.told.occurred.at(), Statement::new(text, [step.told.event])))
    });
    let severities = edition.severities.iter().filter_map(|step| {
        let (from, to) = (step.from?, step.to);
        let text = format!(
            "{} changed the severity from {from} to {to} {}.",
            name(&step.told.by),
            at(step.told.occurred, clock)
        );
        Some((step.told.occurred.at(), Statement::new(text, [step.told.event])))
    });
    let mut steps: Vec<_> = tiers.chain(severities).collect();
    steps.sort_by_key(|(at, _)| *at);
    steps.into_iter().map(|(_, statement)| statement).collect()
}

fn command(edition: &InternalEdition, clock: Clock<'_>) -> Statement {
    let Some(line) = edition.roles.iter().find(|line| line.role == Role::IncidentCommander) else {
        return Statement::new("Nobody took command.", []);
    };
    let taken: Vec<String> =
        line.tenures.iter().map(|tenure| format!("{} {}", tenure.who, at(tenure.from, clock))).collect();
    let text = match taken.split_last() {
        Some((only, [])) => format!("Command was taken by {only}."),
        Some((last, before)) => format!("Command was taken by {}, then {last}.", before.join(", then ")),
        None => "Nobody took command.".to_owned(),
    };
    Statement::new(text, line.tenures.iter().map(|tenure| tenure.event))
}

fn holds(edition: &InternalEdition, clock: Clock<'_>) -> Vec<Statement> {
    let sentence = |hold: &super::parts::HoldLine| {
        let from = match hold.taken.occurred {
            When::Unknown => "since an unknown time".to_owned(),
            When::At(..) => format!("from {}", clock.tell(hold.taken.occurred)),
        };
        let (rest, released) = match &hold.released {
            Some(told) => (format!("; they were released {}.", at(told.occurred, clock)), Some(told.event)),
            None => ("; no release is recorded.".to_owned(), None),
        };
        let text = format!("{} held {} {from}{rest}", name(&hold.by), deploys(&hold.scope));
        Statement::new(text, [hold.taken.event].into_iter().chain(released))
    };
    edition.holds.iter().map(sentence).collect()
}

/// What was guessed, decided and done, in the words of the timeline.
fn considered(edition: &InternalEdition, clock: Clock<'_>) -> Vec<Statement> {
    let kinds = [
        "decided",
        "hypothesis_raised",
        "hypothesis_settled",
        "action_assigned",
        "action_finished",
        "workaround_applied",
        "workaround_reverted",
        "evidence_gap_started",
        "evidence_gap_ended",
        "risk_named",
    ];
    let stands = |entry: &&TimelineEntry| {
        kinds.contains(&entry.kind.as_str())
            && matches!(entry.standing, EntryStanding::Told | EntryStanding::Corrected)
    };
    let sentence = |entry: &TimelineEntry| {
        let when = at(entry.occurred, clock);
        let text = match entry.text.strip_prefix("decided: ") {
            Some(choice) => format!("{} decided {when}: {}", name(&entry.who), ended(choice)),
            None => format!("{} {when}: {}", name(&entry.who), ended(&entry.text)),
        };
        Statement::new(text, [entry.id])
    };
    edition.timeline.iter().filter(stands).map(sentence).collect()
}

fn fixes(edition: &InternalEdition, clock: Clock<'_>) -> Vec<Statement> {
    let sentence = |(change, told): &(
        scribe_domain::event::evidence::ChangeLinked,
        crate::runner::attribution::Attribution,
    )| {
        let people = [("written by", &change.author), ("brought out by", &change.deployer)];
        let people: Vec<String> =
            people.iter().filter_map(|(did, who)| who.as_ref().map(|who| format!(", {did} {who}"))).collect();
        let did = match change.kind {
            ChangeKind::Deploy => "was deployed",
            ChangeKind::PullRequest => "was put up for review",
            ChangeKind::Config | ChangeKind::FeatureFlag | ChangeKind::Other => "was made",
        };
        let text = format!("A fix {did} {}: {}{}.", at(told.occurred, clock), change.title, people.concat());
        Statement::new(text, [told.event])
    };
    edition.fixes.iter().map(sentence).collect()
}

/// Since when users are no longer hit, by the one account of it; a milestone that tells otherwise is told beside it.
fn mitigation(edition: &InternalEdition, clock: Clock<'_>) -> Statement {
    let milestone = edition.points.mitigated.as_ref();
    if let Some(told) = &edition.situation.mitigated {
        let milestone = milestone.filter(|point| point.event != told.event);
        let other = milestone.map(|point| format!("; a milestone tells that it was {}", at(point.at, clock)));
        let since = match told.occurred {
            When::Unknown => "Users are no longer hit; since when is not recorded".to_owned(),
            When::At(..) => format!("Users were no longer hit from {}", clock.tell(told.occurred)),
        };
        let cites = [told.event].into_iter().chain(milestone.map(|point| point.event));
        return Statement::new(format!("{since}{}.", other.unwrap_or_default()), cites);
    }
    match (milestone, &edition.situation.reopened) {
        (Some(Point { at: When::Unknown, event, .. }), _) => Statement::new(
            "A milestone tells that users were no longer hit; since when is not recorded.",
            [*event],
        ),
        (Some(point), _) => Statement::new(
            format!("A milestone tells that users were no longer hit from {}.", clock.tell(point.at)),
            [point.event],
        ),
        (None, Some(reopened)) => Statement::new(
            "That users were no longer hit after it was reopened is not recorded.",
            [reopened.event],
        ),
        (None, None) => Statement::new("That users were no longer hit is not recorded.", []),
    }
}

fn reopening_sentence(reopening: &Reopening, clock: Clock<'_>) -> Statement {
    let Reopening { over, why, reopened } = reopening;
    let text = format!(
        "{} resolved it {}, and {} reopened it {}{}",
        name(&over.by),
        at(over.occurred, clock),
        name(&reopened.by),
        at(reopened.occurred, clock),
        told_as(why.as_ref())
    );
    Statement::new(text, [over.event, reopened.event])
}

/// How it ended, or that no end is recorded.
fn end(edition: &InternalEdition, clock: Clock<'_>) -> Statement {
    match (&edition.situation.outcome, &edition.points.resolved) {
        (Outcome::Resolved { summary, told, closed }, point) => {
            let is_closed = closed.is_some();
            // What nobody resolved was closed all the same.
            let closed = closed.as_ref().filter(|closed| closed.event != told.event);
            let did = if is_closed && closed.is_none() { "closed" } else { "resolved" };
            let mut text = format!("{} {did} it {}", name(&told.by), at(told.occurred, clock));
            let milestone = point.as_ref().filter(|point| point.event != told.event);
            if let Some(milestone) = milestone {
                text.extend(["; a milestone tells that it was over ", &at(milestone.at, clock)]);
            }
            text.push_str(&told_as(summary.as_ref()));
            if let Some(closed) = closed {
                text.extend([" Its review was closed ", &at(closed.occurred, clock), "."]);
            }
            let others =
                closed.map(|closed| closed.event).into_iter().chain(milestone.map(|point| point.event));
            Statement::new(text, [told.event].into_iter().chain(others))
        }
        (Outcome::Cancelled { why, told }, _) => {
            let mut text = format!("{} cancelled it {}", name(&told.by), at(told.occurred, clock));
            text.push_str(&told_as(why.as_ref()));
            Statement::new(text, [told.event])
        }
        (Outcome::Merged { into, told }, _) => Statement::new(
            format!("{} merged it into {into} {}.", name(&told.by), at(told.occurred, clock)),
            [told.event],
        ),
        (Outcome::Open, Some(point)) => Statement::new(
            format!(
                "It was over {}, as a milestone tells; it was not resolved in scribe.",
                at(point.at, clock)
            ),
            [point.event],
        ),
        (Outcome::Open, None) => Statement::new("No end is recorded.", []),
    }
}

/// The end of a sentence: with the words that were told, if any were.
fn told_as(text: Option<&Text>) -> String {
    text.map_or_else(|| ".".to_owned(), |text| format!(": {}", ended(text.as_str())))
}

/// A text as a sentence's end: with a full stop, unless it has an end of its own.
fn ended(text: &str) -> String {
    let text = text.trim_end();
    // Neither does one that ends in a quotation or in brackets need one.
    if has_ended(text) || text.ends_with(['”', ')']) { text.to_owned() } else { format!("{text}.") }
}

/// Whom the incident concerned in the end.
pub(super) fn tier_now(edition: &InternalEdition) -> Option<Tier> {
    edition.tiers.last().map(|step| step.to)
}
