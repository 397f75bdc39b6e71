//! Who ran what, where, when, with what result.

use axum::response::Response;
use axum::routing::get;
use scribe_domain::actor::Who;
use scribe_domain::identity::Strength;
use scribe_domain::ids::{IncidentId, Revision};
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::remedy::{Remedy, Step};
use scribe_domain::scope::Scope;
use scribe_projections::question::AsOf;
use scribe_projections::runs::Runs;
use scribe_projections::runs::audit::{RunAudit, RunFilter, RunView};
use scribe_projections::runs::flags::RunFlag;

use crate::app::gate::questions::{IncidentRuns, Look as ViewAt, RunsOf};
use crate::http::answer::{Look, ZONE, look_params, positioned, validated};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{Address, INCIDENT, Query};
use crate::http::spec::{Answer, Moment, Param, Spec, VIEW};
use crate::http::state::Api;

const BY: Param<Who> = Param::parsed("by", "Only those that they ran or wanted to run.");
const SINCE: Param<Moment> = Param::moment("since", "Only those that began at or after this moment.");
const UNTIL: Param<Moment> = Param::moment("until", "Only those that began at or before this moment.");
const MATCH: Param<String> = Param::text("match", "Only those whose line holds this, whatever the case.");
const HOST: Param<String> = Param::text("host", "Only those on this host.");
const OF: Param<IncidentId> = Param::parsed("incident", "Only this incident's.");
const UNAPPROVED: Param<bool> =
    Param::flag("unapproved", "Only those that began without an approval, emergency or not.");
const FLAG: Param<RunFlag> = Param::word("flag", "Only those that carry this flag.");
const STRENGTH: Param<Strength> = Param::parsed(
    "strength",
    "Only those of which it is known at least so well who took part: claimed, account, proven.",
);
const RUN: Param<u32> = Param::parsed("run", "The run's number in its incident, from 1.");

pub(super) fn operation() -> Operation {
    Spec::get("/v1/runs", "runs", "audit")
        .about("Who ran what, where, when, with what result.")
        .query(&BY)
        .query(&SINCE)
        .query(&UNTIL)
        .query(&MATCH)
        .query(&HOST)
        .query(&OF)
        .query(&UNAPPROVED)
        .query(&FLAG)
        .query(&STRENGTH)
        .queries(look_params())
        .answers(Answer::view::<RunAudit>(VIEW))
        .by(&[Scope::Read], get(runs))
}

pub(super) fn one_operation() -> Operation {
    Spec::get("/v1/runs/{incident}/{run}", "run", "audit")
        .about("One run: its line, digest, stage and approval.")
        .part(&INCIDENT)
        .part(&RUN)
        .queries(look_params())
        .answers(Answer::view::<RunView>(VIEW))
        .by(&[Scope::Read], get(run))
}

async fn runs(api: Api, look: Look, query: Query) -> Result<Response, Problem> {
    let zone = query.get(&ZONE)?;
    let filter = RunFilter {
        by: query.get(&BY)?,
        since: query.moment(&SINCE, zone)?,
        until: query.moment(&UNTIL, zone)?,
        matching: query.get(&MATCH)?,
        host: query.get(&HOST)?,
        incident: query.get(&OF)?,
        unapproved: query.get(&UNAPPROVED)?.unwrap_or_default(),
        flag: query.get(&FLAG)?,
        strength: query.get(&STRENGTH)?,
    };
    if let Some(incident) = &filter.incident {
        let found = runs_of(&api, incident, look.as_of).await?;
        return Ok(positioned(look.show(&found.runs.audit(&filter)), found.position));
    }
    let runs = api.ask(ViewAt::<Runs>::at(look.as_of)).await?;
    Ok(positioned(look.show(&runs.view.audit(&filter)), runs.position))
}

/// An incident's runs; a problem if there is no such incident.
async fn runs_of(api: &Api, incident: &IncidentId, as_of: AsOf) -> Result<IncidentRuns, Problem> {
    let found = api.ask(RunsOf { incident: incident.clone(), as_of }).await?;
    if found.revision == Revision::NEW { Err(Problem::unknown_incident(incident)) } else { Ok(found) }
}

async fn run(api: Api, look: Look, address: Address) -> Result<Response, Problem> {
    let incident = address.get(&INCIDENT)?;
    let number = address.get(&RUN)?;
    let IncidentRuns { runs, revision, position } = runs_of(&api, &incident, look.as_of).await?;
    let found = runs.one(&incident, number).ok_or_else(|| {
        Problem::Refused(Refusal::new(
            Reason::UnknownNumber,
            format!("{incident} has no run {number}"),
            Remedy::step("look at those that it has", Step::ListRuns { incident: incident.clone() }),
        ))
    })?;
    Ok(validated(look.show(&found), revision, position, None))
}
