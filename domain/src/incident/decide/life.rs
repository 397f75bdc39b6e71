//! Raising, ending, reopening.

use super::words::may_take_off_pages;
use super::{Decision, Situation, already_so, happened};
use serde::Deserialize;

use crate::actor::{Person, Who};
use crate::event::IncidentEvent;
use crate::event::access::AccessLimited;
use crate::event::life::{
    Cancelled, Closed, Declared, Downgraded, MergedInto, Mitigated, PhaseChanged, Related, Reopened,
    Resolved, SeverityChanged, Upgraded,
};
use crate::event::numbered::Numbered;
use crate::event::people::{PageTarget, Paged};
use crate::ids::{EventId, IncidentId};
use crate::incident::Incident;
use crate::refusal::{Reason, Refusal};
use crate::remedy::{Remedy, Step};
use crate::text::{Label, Text, Title};
use crate::values::{Phase, Relation, Role, Severity, Tier};

/// An incident to declare.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declare {
    /// What to call it.
    pub title: Title,
    /// Whom it concerns; `engineering` unless told.
    #[serde(default = "Declare::default_tier")]
    pub tier: Tier,
    /// How bad it looks; `sev3` unless told.
    #[serde(default = "Declare::default_severity")]
    pub severity: Severity,
    /// What is known so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
    /// How it was noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected_by: Option<Label>,
    /// Whether this is an exercise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
    /// Who alone may see it, if it is private from its first moment: whoever declares it among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private_to: Vec<Who>,
}

impl Declare {
    fn default_tier() -> Tier {
        Tier::Engineering
    }
    fn default_severity() -> Severity {
        Severity::Sev3
    }
}

/// Only where nothing was declared before.
pub(crate) fn declare(incident: &Incident, id: &IncidentId, command: &Declare) -> Decision {
    if *incident != Incident::Undeclared {
        return Err(Refusal::new(
            Reason::AlreadyDeclared,
            format!("{id} is declared already"),
            "declare under another title, or record this in the existing incident",
        ));
    }
    let declared = Declared {
        title: command.title.clone(),
        tier: command.tier,
        severity: command.severity,
        summary: command.summary.clone(),
        detected_by: command.detected_by.clone(),
        drill: command.drill,
    };
    // In the same append, so that there is no moment at which others see it.
    let private = !command.private_to.is_empty();
    let limited = private.then(|| AccessLimited { to: command.private_to.clone(), why: None }.into());
    Ok(std::iter::once(declared.into()).chain(limited).collect())
}

/// A tier to rise to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upgrade {
    /// The higher tier.
    pub to: Tier,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// Who commands when on call, looked up by the caller; gets the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commander_on_call: Option<Person>,
}

/// Also after the end: what happened may be told to more people than those who were told at the time.
pub(crate) fn upgrade(s: &Situation<'_>, command: &Upgrade) -> Decision {
    let is_over = matches!(s.incident, Incident::Resolved(_) | Incident::Closed(_));
    if !is_over {
        s.must_be_open()?;
    }
    let (from, to) = (s.case.life.tier, command.to);
    if to < from {
        return Err(not_an_upgrade(s, from, to));
    }
    if to == from {
        return already_so();
    }
    let upgraded = Upgraded { from, to, why: command.why.clone() };
    let mut events = vec![upgraded.into()];
    let leaves_engineering = from == Tier::Engineering;
    if !is_over && leaves_engineering && s.case.roles.of(&Role::IncidentCommander).is_none() {
        let whom = match &command.commander_on_call {
            Some(person) => PageTarget::Person(person.clone()),
            None => PageTarget::OnCall(Role::IncidentCommander),
        };
        events.push(Paged { page: s.next(Numbered::Page), whom, why: command.why.clone() }.into());
    }
    Ok(events)
}

pub(super) fn not_an_upgrade(s: &Situation<'_>, from: Tier, to: Tier) -> Refusal {
    Refusal::new(
        Reason::NotAnUpgrade,
        format!("{to} is {} {from}, where {} stands", if to == from { "just" } else { "below" }, s.id),
        Remedy::step("to lower it", Step::Downgrade { incident: s.id.clone(), to }),
    )
}

pub(super) fn not_a_downgrade(s: &Situation<'_>, from: Tier, to: Tier) -> Refusal {
    Refusal::new(
        Reason::NotADowngrade,
        format!("{to} is {} {from}, where {} stands", if to == from { "just" } else { "above" }, s.id),
        Remedy::step("to raise it", Step::Upgrade { incident: s.id.clone(), to }),
    )
}

/// A tier to fall to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Downgrade {
    /// The lower tier.
    pub to: Tier,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

pub(crate) fn downgrade(s: &Situation<'_>, command: &Downgrade) -> Decision {
    s.must_be_open()?;
    let (from, to) = (s.case.life.tier, command.to);
    if to > from {
        return Err(not_a_downgrade(s, from, to));
    }
    if to == from {
        return already_so();
    }
    may_take_off_pages(s, Some(to))?;
    happened(Downgraded { from, to, why: command.why.clone() })
}

/// A new severity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSeverity {
    /// The severity.
    pub to: Severity,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// Also after the end: severity is often judged again in the review.
pub(crate) fn change_severity(s: &Situation<'_>, command: &ChangeSeverity) -> Decision {
    s.must_be_under_way()?;
    let (from, to) = (s.case.life.severity, command.to);
    if to == from {
        return already_so();
    }
    happened(SeverityChanged { from, to, why: command.why.clone() })
}

/// A new phase.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePhase {
    /// The phase; to resolve, use `resolve`.
    pub to: Phase,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

pub(crate) fn change_phase(s: &Situation<'_>, command: &ChangePhase) -> Decision {
    if command.to == Phase::Resolved {
        return Err(resolving_is_a_command(s));
    }
    s.must_be_open()?;
    let (from, to) = (s.case.life.phase, command.to);
    if to == from {
        return already_so();
    }
    happened(PhaseChanged { from, to, why: command.why.clone() })
}

pub(super) fn resolving_is_a_command(s: &Situation<'_>) -> Refusal {
    Refusal::new(
        Reason::WrongCommand,
        "resolving has a command of its own",
        Remedy::step("to say that it is over", Step::Resolve { incident: s.id.clone() }),
    )
}

/// Also after the end: that users were no longer hit is often found out later.
pub(crate) fn mitigate(s: &Situation<'_>, told: &Mitigated) -> Decision {
    if !matches!(s.incident, Incident::Resolved(_) | Incident::Closed(_)) {
        s.must_be_open()?;
    }
    if s.case.life.hits.mitigation_holds() { already_so() } else { happened(told.clone()) }
}

pub(crate) fn resolve(s: &Situation<'_>, told: &Resolved) -> Decision {
    if matches!(s.incident, Incident::Resolved(_)) {
        return already_so();
    }
    s.must_be_open()?;
    happened(told.clone())
}

pub(crate) fn reopen(s: &Situation<'_>, told: &Reopened) -> Decision {
    match s.incident {
        Incident::Open(_) => already_so(),
        _ => happened(told.clone()),
    }
}

pub(crate) fn close(s: &Situation<'_>, told: &Closed) -> Decision {
    match s.incident {
        Incident::Closed(_) => already_so(),
        Incident::Resolved(_) => happened(told.clone()),
        Incident::Open(_) => Err(Refusal::new(
            Reason::NotResolved,
            format!("{} is not resolved", s.id),
            Remedy::step("first", Step::Resolve { incident: s.id.clone() }),
        )),
        _ => Err(s.not_open()),
    }
}

pub(crate) fn cancel(s: &Situation<'_>, told: &Cancelled) -> Decision {
    if matches!(s.incident, Incident::Cancelled(_)) {
        return already_so();
    }
    s.must_be_open()?;
    may_take_off_pages(s, None)?;
    happened(told.clone())
}

pub(crate) fn merge(s: &Situation<'_>, told: &MergedInto) -> Decision {
    must_be_another(s, &told.into)?;
    match s.incident {
        Incident::MergedInto(into, _) if *into == told.into => already_so(),
        _ => {
            s.must_be_open()?;
            may_take_off_pages(s, None)?;
            happened(told.clone())
        }
    }
}

/// At any time: what two incidents have to do with each other is often found out in the review.
pub(crate) fn relate(s: &Situation<'_>, told: &Related) -> Decision {
    fits(s, told)?;
    let live = |(id, event): (&EventId, &IncidentEvent)| match event {
        IncidentEvent::Related(known) if known.to == told.to && !s.case.retracted.contains(id) => {
            Some((*id, known.how))
        }
        _ => None,
    };
    for (id, known) in s.case.events.iter().filter_map(live) {
        if known == told.how {
            return already_so();
        }
        if known == told.how.other_side() {
            return Err(Refusal::new(
                Reason::RelationContradicts,
                format!(
                    "{} {} {} already, so it cannot be the other way round",
                    s.id,
                    known.spoken(),
                    told.to
                ),
                Remedy::step(
                    format!("if that was wrong, retract it first: event {}", id.short()),
                    Step::FindEvents { incident: s.id.clone() },
                ),
            ));
        }
    }
    happened(told.clone())
}

/// Whether this incident can be so related at all.
pub(super) fn fits(s: &Situation<'_>, told: &Related) -> Result<(), Refusal> {
    if told.to == *s.id {
        return Err(Refusal::new(
            Reason::RelatedToItself,
            format!("{} cannot be related to itself", s.id),
            "name the other incident",
        ));
    }
    if told.how == Relation::Rehearses && !s.case.drill {
        return Err(Refusal::new(
            Reason::RelationContradicts,
            format!("{} is no drill, and so rehearses nothing", s.id),
            "say that it follows from the other, or has the same cause",
        ));
    }
    Ok(())
}

/// Whether one incident may go on in another: it must exist and go on itself, for nobody may be sent in a circle;
/// and whoever reads of the one must be able to read of the other.
///
/// # Errors
/// What is in the way.
pub fn may_go_on_in(
    (this, id): (&Incident, &IncidentId),
    (other, target): (&Incident, &IncidentId),
) -> Result<(), Refusal> {
    let not_open =
        |message: String, remedy: String| Err(Refusal::new(Reason::NotOpen, message, Remedy::from(remedy)));
    let reopen_first = || format!("reopen {target} first");
    match other {
        Incident::Undeclared => {
            let remedy = Remedy::step("look for the one that is meant", Step::ListIncidents);
            let message = format!("there is no incident {target} to merge into");
            return Err(Refusal::new(Reason::UnknownIncident, message, remedy));
        }
        Incident::MergedInto(into, _) => {
            let remedy = format!("merge into {into}, or reopen {target} first");
            return not_open(format!("{target} is itself merged into {into}"), remedy);
        }
        Incident::Closed(_) => return not_open(format!("{target} is closed"), reopen_first()),
        Incident::Cancelled(_) => return not_open(format!("{target} is cancelled"), reopen_first()),
        Incident::Open(_) | Incident::Resolved(_) => {}
    }
    let (Some(this), Some(other)) = (this.case(), other.case()) else { return Ok(()) };
    if other.drill && !this.drill {
        let remedy = format!("merge {target} into {id}, or name another incident");
        return not_open(format!("{target} is a drill"), remedy);
    }
    match this.told().max() {
        Some(told) if told > other.life.tier => Err(Refusal::new(
            Reason::AudienceAboveTier,
            format!(
                "the {told} page tells of {id}, and {target} is {}: its readers would be left without an end",
                other.life.tier
            ),
            Remedy::step("first", Step::Upgrade { incident: target.clone(), to: told }),
        )),
        _ => Ok(()),
    }
}

pub(super) fn must_be_another(s: &Situation<'_>, into: &IncidentId) -> Result<(), Refusal> {
    if into != s.id {
        return Ok(());
    }
    Err(Refusal::new(
        Reason::MergeIntoSelf,
        format!("{} cannot be merged into itself", s.id),
        "name the incident that it is part of",
    ))
}
