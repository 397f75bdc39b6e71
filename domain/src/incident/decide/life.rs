//! Raising, ending, reopening.

use super::{Decision, Situation, already_so, happened, next};
use crate::command::{ChangePhase, ChangeSeverity, Downgrade, Upgrade};
use crate::event::life::{
    Cancelled, Closed, Downgraded, MergedInto, Mitigated, PhaseChanged, Reopened, Resolved, SeverityChanged,
    Upgraded,
};
use crate::event::people::{PageTarget, Paged};
use crate::incident::Incident;
use crate::refusal::{Reason, Refusal};
use crate::values::{Phase, Role, Tier};

pub(super) fn upgrade(s: &Situation<'_>, command: &Upgrade) -> Decision {
    s.must_be_open()?;
    let (from, to) = (s.case.tier, command.to);
    if to < from {
        return Err(Refusal::new(
            Reason::NotAnUpgrade,
            format!("{to} is below {from}, where {} stands", s.id),
            format!("to lower it: scribe downgrade {} {to}", s.id),
        ));
    }
    if to == from {
        return already_so();
    }
    let upgraded = Upgraded { from, to, why: command.why.clone() };
    let mut events = vec![upgraded.into()];
    let leaves_engineering = from == Tier::Engineering;
    if leaves_engineering && !s.case.roles.contains_key(&Role::IncidentCommander) {
        let whom = match &command.commander_on_call {
            Some(person) => PageTarget::Person(person.clone()),
            None => PageTarget::OnCall(Role::IncidentCommander),
        };
        events.push(Paged { page: next(&s.case.pages), whom, why: command.why.clone() }.into());
    }
    Ok(events)
}

pub(super) fn downgrade(s: &Situation<'_>, command: &Downgrade) -> Decision {
    s.must_be_open()?;
    let (from, to) = (s.case.tier, command.to);
    if to > from {
        return Err(Refusal::new(
            Reason::NotADowngrade,
            format!("{to} is above {from}, where {} stands", s.id),
            format!("to raise it: scribe upgrade {} {to}", s.id),
        ));
    }
    if to == from {
        return already_so();
    }
    happened(Downgraded { from, to, why: command.why.clone() })
}

/// Also after the end: severity is often judged again in the review.
pub(super) fn change_severity(s: &Situation<'_>, command: &ChangeSeverity) -> Decision {
    s.must_be_under_way()?;
    let (from, to) = (s.case.severity, command.to);
    if to == from {
        return already_so();
    }
    happened(SeverityChanged { from, to, why: command.why.clone() })
}

pub(super) fn change_phase(s: &Situation<'_>, command: &ChangePhase) -> Decision {
    if command.to == Phase::Resolved {
        return Err(Refusal::new(
            Reason::WrongCommand,
            "resolving has a command of its own",
            format!("scribe resolve {}", s.id),
        ));
    }
    s.must_be_open()?;
    let (from, to) = (s.case.phase, command.to);
    if to == from {
        return already_so();
    }
    happened(PhaseChanged { from, to, why: command.why.clone() })
}

/// Also after the end: that users were no longer hit is often found out later.
pub(super) fn mitigate(s: &Situation<'_>, told: &Mitigated) -> Decision {
    if !matches!(s.incident, Incident::Resolved(_) | Incident::Closed(_)) {
        s.must_be_open()?;
    }
    if s.case.mitigated { already_so() } else { happened(told.clone()) }
}

pub(super) fn resolve(s: &Situation<'_>, told: &Resolved) -> Decision {
    if matches!(s.incident, Incident::Resolved(_)) {
        return already_so();
    }
    s.must_be_open()?;
    happened(told.clone())
}

pub(super) fn reopen(s: &Situation<'_>, told: &Reopened) -> Decision {
    match s.incident {
        Incident::Open(_) => already_so(),
        _ => happened(told.clone()),
    }
}

pub(super) fn close(s: &Situation<'_>, told: &Closed) -> Decision {
    match s.incident {
        Incident::Closed(_) => already_so(),
        Incident::Resolved(_) => happened(told.clone()),
        Incident::Open(_) => Err(Refusal::new(
            Reason::NotResolved,
            format!("{} is not resolved", s.id),
            format!("first: scribe resolve {}", s.id),
        )),
        _ => Err(s.not_open()),
    }
}

pub(super) fn cancel(s: &Situation<'_>, told: &Cancelled) -> Decision {
    if matches!(s.incident, Incident::Cancelled(_)) {
        return already_so();
    }
    s.must_be_open()?;
    happened(told.clone())
}

pub(super) fn merge(s: &Situation<'_>, told: &MergedInto) -> Decision {
    if told.into == *s.id {
        return Err(Refusal::new(
            Reason::MergeIntoSelf,
            format!("{} cannot be merged into itself", s.id),
            "name the incident that it is part of",
        ));
    }
    match s.incident {
        Incident::MergedInto(into, _) if *into == told.into => already_so(),
        _ => {
            s.must_be_open()?;
            happened(told.clone())
        }
    }
}
