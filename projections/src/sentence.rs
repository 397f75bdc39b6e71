//! One human sentence for each kind of event, shared by every view that tells events one by one.
//!
//! A sentence has neither a time nor a subject: the view puts both beside it. Its subject is the event's
//! [doer](scribe_domain::event::IncidentEvent::doer) where the payload names one, and otherwise whoever told the event.

use chrono::TimeDelta;
use scribe_domain::actor::{Actor, Who};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event::evidence::{ChangeLinked, EvidenceAttached, Linked};
use scribe_domain::event::life::Declared;
use scribe_domain::event::runs::{Exit, RunFinished, Standing};
use scribe_domain::event::words::{ComponentStatus, Decided, PageDescribed, StatusUpdated};
use scribe_domain::event::work::FollowUpAgreed;
use scribe_domain::ids::EventId;
use scribe_domain::names::{Name, distinct};
use scribe_domain::text::{Label, Text};
use scribe_domain::values::{ReviewSection, Role, Severity};

use crate::document::time::duration;
use crate::document::{Span, Tone, code, dim, link, plain, strong, unformed};

/// The event in a sentence without time or subject.
#[expect(clippy::too_many_lines, reason = "one arm a kind, in catalogue order, is the easiest to check")]
pub fn sentence(event: &IncidentEvent) -> Vec<Span> {
    use IncidentEvent as E;
    match event {
        E::Declared(e) => declared(e),
        E::Upgraded(e) => because(format!("raised the tier from {} to {}", e.from, e.to), e.why.as_ref()),
        E::Downgraded(e) => because(format!("lowered the tier from {} to {}", e.from, e.to), e.why.as_ref()),
        E::SeverityChanged(e) => {
            let mut spans = vec![plain(format!("changed the severity from {} to ", e.from)), severity(e.to)];
            spans.extend(tail(e.why.as_ref()));
            spans
        }
        E::PhaseChanged(e) => because(format!("moved on from {} to {}", e.from, e.to), e.why.as_ref()),
        E::Mitigated(e) => because("mitigated: users are no longer hit", e.how.as_ref()),
        E::Resolved(e) => because("resolved the incident", e.summary.as_ref()),
        E::Reopened(e) => because("reopened the incident", Some(&e.why)),
        E::Closed(e) => because("closed the incident", e.summary.as_ref()),
        E::Cancelled(e) => because("cancelled the incident, declared in error", Some(&e.why)),
        E::MergedInto(e) => because(format!("merged this into {}", e.into), e.why.as_ref()),
        E::Related(e) => because(format!("this {} {}", e.how.spoken(), e.to), e.why.as_ref()),
        E::MilestoneSet(e) => because(format!("milestone “{}”", e.milestone.spoken()), e.note.as_ref()),

        E::RoleAssigned(e) => because(format!("{} became {}", e.to, e.role.spoken()), e.why.as_ref()),
        E::RoleHandedOff(e) => {
            because(format!("{} handed from {} to {}", office(&e.role), e.from, e.to), e.why.as_ref())
        }
        E::RoleLeft(e) => because(format!("is no longer {}", e.role.spoken()), e.why.as_ref()),
        E::RoleHolderCorrected(e) => {
            let what = format!("it was {}, and not {}, who became {} by ", e.to, e.from, e.role.spoken());
            let mut spans = vec![plain(what), Span::Cite(e.target)];
            spans.extend(tail(Some(&e.why)));
            spans
        }
        E::Paged(e) => because(format!("paged {} (page {})", e.whom, e.page), e.why.as_ref()),
        E::PageAcknowledged(e) => vec![plain(format!("answered page {}", e.page))],
        E::Joined(e) => match &e.as_what {
            Some(what) => vec![plain(format!("joined ({what})"))],
            None => vec![plain("joined")],
        },
        E::Left(e) => because("left", e.why.as_ref()),

        E::RunProposed(e) => run_line("proposed", e.run, e.host.as_ref(), e.line.as_str(), e.why.as_ref()),
        E::RunApproved(e) => because(format!("approved run {}", e.run), e.note.as_ref()),
        E::RunDeclined(e) => because(format!("declined run {}", e.run), e.why.as_ref()),
        E::RunWithdrawn(e) => because(format!("withdrew run {}", e.run), e.why.as_ref()),
        E::RunStarted(e) => {
            let mut spans = run_line("started", e.run, e.host.as_ref(), e.line.as_str(), None);
            spans.extend(standing(&e.standing));
            spans
        }
        E::RunFinished(e) => run_finished(e),

        E::Noted(e) => vec![plain(&e.text)],
        E::Summarised(e) => {
            let mut spans = vec![dim("summary: "), plain(&e.status)];
            part(&mut spans, "cause", e.cause.as_ref());
            part(&mut spans, "plan", e.plan.as_ref());
            spans
        }
        E::Decided(e) => decided(e),
        E::HypothesisRaised(e) => vec![dim(format!("hypothesis {}: ", e.hypothesis)), plain(&e.text)],
        E::HypothesisSettled(e) => {
            because(format!("hypothesis {} {}", e.hypothesis, e.verdict), e.finding.as_ref())
        }
        E::StatusUpdated(e) => status_updated(e),
        E::PageDescribed(e) => page_described(e),
        E::ComponentRenamed(e) => because(
            format!("renamed the component {} to {} on the {} page", e.from, e.to, e.audience),
            e.why.as_ref(),
        ),
        E::Regrouped(e) => {
            let mut spans = vec![dim("regrouped: "), plain(&e.findings)];
            part(&mut spans, "plan", e.plan.as_ref());
            spans
        }

        E::Linked(e) => linked(e),
        E::AlertFired(e) => {
            let mut spans = vec![plain("alert "), strong(&e.alert), plain(format!(" fired in {}", e.source))];
            spans.extend(tail(e.summary.as_ref()));
            if let Some(at) = &e.at {
                spans.extend([plain(" "), link(at.as_str(), at.as_str())]);
            }
            spans
        }
        E::AlertResolved(e) => {
            let mut spans =
                vec![plain("alert "), strong(&e.alert), plain(format!(" stopped in {}", e.source))];
            spans.extend(tail(e.summary.as_ref()));
            spans
        }
        E::ChangeLinked(e) => change_linked(e),
        E::EvidenceAttached(e) => evidence_attached(e),
        E::EvidenceGapStarted(e) => {
            vec![dim(format!("evidence missing from here on (gap {}): ", e.gap)), plain(&e.text)]
        }
        E::EvidenceGapEnded(e) => {
            because(format!("evidence is there again (gap {})", e.gap), e.text.as_ref())
        }

        E::ActionAssigned(e) => {
            vec![dim(format!("action {} ({}) for {}: ", e.action, e.kind, e.to)), plain(&e.text)]
        }
        E::ActionCheckedIn(e) => vec![dim(format!("action {} goes on: ", e.action)), plain(&e.text)],
        E::ActionFinished(e) => vec![dim(format!("action {} done: ", e.action)), plain(&e.outcome)],
        E::FollowUpAgreed(e) => follow_up_agreed(e),
        E::FollowUpFinished(e) => because(format!("follow-up {} done", e.follow_up), e.outcome.as_ref()),
        E::WorkaroundApplied(e) => {
            let mut spans = vec![dim(format!("workaround {}: ", e.workaround)), plain(&e.text)];
            spans.extend(e.to.iter().map(|to| plain(format!(" (to be reverted by {to})"))));
            spans
        }
        E::WorkaroundReverted(e) => {
            because(format!("workaround {} reverted", e.workaround), e.outcome.as_ref())
        }
        E::DeployHoldTaken(e) => {
            because(format!("took the hat, {} are held", deploys(&e.scope)), e.why.as_ref())
        }
        E::DeployHoldReleased(e) => {
            because(format!("gave the hat back, {} may go on", deploys(&e.scope)), e.why.as_ref())
        }

        E::ImpactStarted(e) => {
            let mut spans = vec![dim(format!("impact {} began: ", e.impact)), plain(&e.text)];
            if !e.components.is_empty() {
                spans.push(plain(format!(" ({})", joined(&distinct(&e.components)))));
            }
            part(&mut spans, "hit", e.who.as_ref());
            spans
        }
        E::ImpactEnded(e) => because(format!("impact {} ended", e.impact), e.text.as_ref()),
        E::CauseNamed(e) => {
            let mut spans = vec![dim("cause: "), plain(&e.text)];
            spans.extend(cites(&e.cites));
            spans
        }

        E::ReviewAssigned(e) => {
            let due = e.due.map(|due| format!(", due {due}")).unwrap_or_default();
            vec![plain(format!("{} will write the review{due}", e.owner))]
        }
        E::ReviewSectionWritten(e) => {
            let mut spans = vec![dim(format!("review, {}: ", heading_of(e.section))), plain(&e.text)];
            spans.extend(cites(&e.cites));
            spans
        }
        E::RiskNamed(e) => {
            let mut spans = vec![dim("known before: "), plain(&e.text)];
            spans.extend(e.follow_up.iter().map(|of| plain(format!(" ({of})"))));
            spans.extend(cites(&e.cites));
            spans
        }
        E::ReviewPublished(e) => vec![plain(format!("published the review ({})", e.audience))],

        E::Corrected(e) => {
            let fields: Vec<&str> =
                (e.occurred.iter().map(|_| "time")).chain(e.fields.keys().map(String::as_str)).collect();
            let mut spans = vec![plain("corrected "), Span::Cite(e.target)];
            if !fields.is_empty() {
                spans.push(plain(format!(" ({})", fields.join(", "))));
            }
            spans.extend(tail(Some(&e.why)));
            spans
        }
        E::Retracted(e) => {
            let mut spans = vec![plain("retracted "), Span::Cite(e.target)];
            spans.extend(tail(Some(&e.why)));
            spans
        }
        E::Redacted(e) => {
            let mut spans = vec![plain("erased the content of "), Span::Cite(e.target)];
            spans.extend(tail(Some(&e.why)));
            spans
        }
        E::AccessLimited(e) => {
            let to: Vec<String> = e.to.iter().map(ToString::to_string).collect();
            because(format!("made it private: only {} may see it", to.join(", ")), e.why.as_ref())
        }
        E::AccessOpened(e) => because("opened it to everybody who may read".to_owned(), e.why.as_ref()),
        E::Nudged(e) => because(format!("reminded {}", e.whom), Some(&e.text)),
        E::System(e) => vec![plain(e)],
        E::Unknown(e) => {
            vec![dim(format!("{}, version {}: not known to this program, kept as stored", e.kind, e.version))]
        }
    }
}

/// The event in a sentence, where it is known who told it and through what. scribe calls nobody by itself: a page that
/// somebody asks of it is recorded, and only a program or an import can tell of one that was made elsewhere.
pub fn told(event: &IncidentEvent, actor: &Actor) -> Vec<Span> {
    let is_asked = matches!(actor.who, Who::Person(_)) && actor.via.as_str() != "import";
    match event {
        IncidentEvent::Paged(e) if is_asked => {
            because(format!("recorded page {} for {}; nobody was called", e.page, e.whom), e.why.as_ref())
        }
        event => sentence(event),
    }
}

/// The subject that belongs to a [`sentence`]: its doer, or else who answers for the telling.
pub fn subject(event: &IncidentEvent, actor: &Actor) -> Who {
    event.doer().unwrap_or_else(|| actor.responsible())
}

/// A person or program as people say it: `alertmanager`, not `integration:alertmanager`.
pub fn name(who: &Who) -> String {
    match who {
        Who::Person(person) => person.to_string(),
        Who::Integration(name) => name.to_string(),
        Who::Scribe => "scribe".to_owned(),
    }
}

/// A stored word as people say it: `partial outage`.
pub fn spoken(word: &str) -> String {
    word.replace('_', " ")
}

/// With a capital first letter, as a heading begins.
pub fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A severity, coloured by how bad it is.
pub fn severity(severity: Severity) -> Span {
    let tone = match severity {
        Severity::Sev1 | Severity::Sev2 => Tone::Bad,
        Severity::Sev3 => Tone::Warning,
        Severity::Sev4 | Severity::Sev5 => Tone::Neutral,
    };
    Span::Tone(tone, severity.to_string())
}

/// The heading of a review section, as a question's end: `what went well`.
pub fn heading_of(section: ReviewSection) -> &'static str {
    match section {
        ReviewSection::WhatHappened => "what happened",
        ReviewSection::WentWell => "what went well",
        ReviewSection::WentBadly => "what went badly",
        ReviewSection::Improve => "what could be improved",
        ReviewSection::Lucky => "where we got lucky",
        ReviewSection::Learned => "what we learned",
        ReviewSection::Prevent => "how to keep it from happening again",
    }
}

/// How a run ended, coloured: only exit status 0 is good.
pub fn exit(exit: Option<Exit>) -> Span {
    match exit {
        None => Span::Tone(Tone::Warning, "result not recorded".to_owned()),
        Some(Exit::Code(0)) => Span::Tone(Tone::Good, Exit::Code(0).to_string()),
        Some(exit) => Span::Tone(Tone::Bad, exit.to_string()),
    }
}

/// By what right a line was run, as the end of a sentence; what had no approval is marked.
pub fn standing(standing: &Standing) -> Vec<Span> {
    match standing {
        Standing::Approved { by } => vec![plain(format!("; approved by {by}"))],
        Standing::Emergency { reason } => {
            vec![plain("; "), Span::Tone(Tone::Warning, "emergency".to_owned()), plain(format!(": {reason}"))]
        }
        Standing::Unapproved { reason } => {
            vec![plain("; "), Span::Tone(Tone::Bad, "unapproved".to_owned()), plain(format!(": {reason}"))]
        }
    }
}

/// What a hold stops: `all deploys`, `deploys of billing`.
pub fn deploys(scope: &Name) -> String {
    if scope.is("all") { "all deploys".to_owned() } else { format!("deploys of {scope}") }
}

/// How components fare: `imports: degraded performance, mail: operational`.
pub fn components(components: &[ComponentStatus]) -> String {
    let each = components.iter().map(|c| format!("{}: {}", c.component, spoken(c.state.as_str())));
    each.collect::<Vec<_>>().join(", ")
}

/// Evidence, each with a space before it.
pub fn cites(events: &[EventId]) -> Vec<Span> {
    events.iter().flat_map(|event| [plain(" "), Span::Cite(*event)]).collect()
}

fn declared(e: &Declared) -> Vec<Span> {
    let mut spans = vec![
        plain("declared "),
        strong(format!("“{}”", e.title)),
        plain(format!(" ({}, ", e.tier)),
        severity(e.severity),
    ];
    if let Some(by) = &e.detected_by {
        spans.push(plain(format!(", noticed by {by}")));
    }
    if e.drill {
        spans.extend([plain(", "), Span::Tone(Tone::Warning, "drill".to_owned())]);
    }
    spans.push(plain(")"));
    spans.extend(tail(e.summary.as_ref()));
    spans
}

fn decided(e: &Decided) -> Vec<Span> {
    let mut spans = vec![dim("decided: "), plain(&e.choice)];
    if !e.options.is_empty() {
        spans.push(plain(format!(" (considered: {})", joined(&e.options))));
    }
    part(&mut spans, "why", e.why.as_ref());
    part(&mut spans, "dissent", e.dissent.as_ref());
    spans
}

fn status_updated(e: &StatusUpdated) -> Vec<Span> {
    let mut spans = vec![
        dim(format!("told the {} page, ", e.audience)),
        Span::Tone(Tone::Neutral, e.status.to_string()),
        dim(": "),
        plain(format!("“{}”", e.text)),
    ];
    if !e.components.is_empty() {
        spans.push(plain(format!(" ({})", components(&e.components))));
    }
    spans
}

fn page_described(e: &PageDescribed) -> Vec<Span> {
    let mut spans = vec![dim(format!("the {} page now says", e.audience))];
    let parts = [
        e.title.as_ref().map(|title| format!("the title “{title}”")),
        e.summary.as_ref().map(|summary| format!("“{summary}”")),
        (!e.components.is_empty()).then(|| components(&e.components)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    spans.push(plain(format!(" {}", parts.join("; "))));
    spans
}

fn run_finished(e: &RunFinished) -> Vec<Span> {
    let mut spans = run_line("ran", e.run, e.host.as_ref(), e.line.as_str(), None);
    spans.extend([plain(", "), exit(e.exit)]);
    if let (Some(started), Some(ended)) = (e.started.at(), e.ended.at()) {
        let took = ended - started;
        if took > TimeDelta::zero() {
            spans.push(plain(format!(" after {}", duration(took))));
        }
    }
    spans.extend(standing(&e.standing));
    spans
}

fn run_line(verb: &str, run: u32, host: Option<&Label>, line: &str, why: Option<&Text>) -> Vec<Span> {
    let on = host.map(|host| format!(" on {host}")).unwrap_or_default();
    let mut spans = vec![plain(format!("{verb} run {run}{on}: ")), code(line)];
    if let Some(why) = why {
        spans.push(plain(format!(", because: {why}")));
    }
    spans
}

fn linked(e: &Linked) -> Vec<Span> {
    let title = e.title.as_ref().map_or(e.at.as_str(), Label::as_str);
    let what = if e.kind == scribe_domain::values::LinkKind::Other { "something" } else { e.kind.as_str() };
    let article = if what == "something" { "" } else { "a " };
    vec![plain(format!("linked {article}{what}: ")), link(title, e.at.as_str())]
}

fn change_linked(e: &ChangeLinked) -> Vec<Span> {
    let mut spans = vec![plain(format!("{}, {}: ", spoken(e.kind.as_str()), relation(e)))];
    spans.push(match &e.at {
        Some(at) => link(e.title.as_str(), at.as_str()),
        None => plain(&e.title),
    });
    let people = [("written by", &e.author), ("brought out by", &e.deployer)];
    let people: Vec<String> =
        people.iter().filter_map(|(did, who)| who.as_ref().map(|who| format!("{did} {who}"))).collect();
    if !people.is_empty() {
        spans.push(plain(format!(" ({})", people.join(", "))));
    }
    spans
}

fn relation(e: &ChangeLinked) -> &'static str {
    use scribe_domain::values::ChangeRelation as R;
    match e.relation {
        R::Suspected => "suspected as the cause",
        R::Cause => "the cause",
        R::Fix => "the fix",
        R::Related => "related",
    }
}

fn evidence_attached(e: &EvidenceAttached) -> Vec<Span> {
    vec![
        plain("attached "),
        link(e.title.as_str(), e.at.as_str()),
        plain(format!(" ({}, ", e.media_type)),
        code(e.digest.to_string().chars().take(19).collect::<String>()),
        plain("…)"),
    ]
}

fn follow_up_agreed(e: &FollowUpAgreed) -> Vec<Span> {
    let mut spans = vec![dim(format!("follow-up {}: ", e.follow_up)), plain(&e.text)];
    let details: Vec<String> = [
        e.owner.as_ref().map(|owner| format!("owner {owner}")),
        e.due.map(|due| format!("due {due}")),
        e.committed_by.as_ref().map(|by| format!("promised by {by}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !details.is_empty() {
        spans.push(plain(format!(" ({})", details.join(", "))));
    }
    spans
}

fn office(role: &Role) -> String {
    if *role == Role::IncidentCommander { "command".to_owned() } else { role.spoken() }
}

fn because(what: impl Into<String>, why: Option<&Text>) -> Vec<Span> {
    let mut spans = vec![Span::Plain(what.into())];
    spans.extend(tail(why));
    spans
}

fn tail(why: Option<&Text>) -> Option<Span> {
    why.map(|why| plain(format!(": {why}")))
}

/// Whether a text has an end of its own, in whatever script; then no full stop is put behind it.
pub fn has_ended(text: &str) -> bool {
    const ENDS: &[char] = &[
        '.', '!', '?', '…', '‽', '‼', '⁇', '⁈', '⁉', '。', '！', '？', '．', '｡', '؟', '۔', '।', '॥', '።',
        '։', '။',
    ];
    let closing = |c: char| {
        matches!(c, '"' | '\'' | '”' | '’' | '»' | '›' | ')' | ']' | '」' | '』' | '）' | '】' | '》')
    };
    text.trim_end_matches(|c: char| c.is_whitespace() || closing(c)).ends_with(ENDS)
}

/// Adds another text: in a sentence of its own where what stands before has ended.
fn part(spans: &mut Vec<Span>, what: &str, text: Option<&Text>) {
    let Some(text) = text else { return };
    let joint =
        if has_ended(&unformed(spans)) { format!(" {}: ", capitalised(what)) } else { format!("; {what}: ") };
    spans.extend([dim(joint), plain(text)]);
}

fn joined(names: &[impl ToString]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
