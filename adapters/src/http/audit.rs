//! Looking across incidents: status pages, runs, actions and deploy holds.

use axum::extract::State;
use axum::response::Response;
use scribe_domain::actor::Who;
use scribe_domain::ids::IncidentId;
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::remedy::{Remedy, Step};
use scribe_domain::text::Label;
use scribe_domain::values::Tier;
use scribe_projections::actions::{ActionFilter, Actions};
use scribe_projections::holds::Holds;
use scribe_projections::runner::fold_as_of;
use scribe_projections::runs::Runs;
use scribe_projections::runs::audit::RunFilter;
use scribe_projections::status_page::StatusPages;

use super::Api;
use super::format::{Look, positioned, tagged};
use super::incidents::history;
use super::problem::Problem;
use super::query::{Address, Query};
use super::spec::{Form, Param};

/// The run audit's parameters.
pub(super) const RUNS: &[Param] = &[
    Param { name: "by", about: "Only those that they ran or wanted to run.", form: Form::Text },
    Param { name: "since", about: "Only those that began at or after this moment.", form: Form::Text },
    Param { name: "until", about: "Only those that began at or before this moment.", form: Form::Text },
    Param { name: "match", about: "Only those whose line holds this, whatever the case.", form: Form::Text },
    Param { name: "host", about: "Only those on this host.", form: Form::Text },
    Param { name: "incident", about: "Only this incident's.", form: Form::Text },
    Param {
        name: "unapproved",
        about: "Only those that began without an approval, emergency or not.",
        form: Form::Flag,
    },
    Param {
        name: "flag",
        about: "Only those that carry this flag.",
        form: Form::Word(&[
            "unapproved",
            "emergency",
            "line_differs",
            "approved_after",
            "approval_missing",
            "self_approved",
            "not_finished",
            "failed",
        ]),
    },
];

/// The action list's parameters.
pub(super) const ACTIONS: &[Param] = &[
    Param { name: "incident", about: "Only this incident's.", form: Form::Text },
    Param {
        name: "due_by",
        about: "Only what is due for a check-back, or promised, by this moment.",
        form: Form::Text,
    },
];

/// The hold check's parameter.
pub(super) const HOLDS: &[Param] =
    &[Param { name: "scope", about: "Only holds that cover this; any hold unless told.", form: Form::Text }];

/// `GET /v1/status-pages/{tier}`.
pub(super) async fn status_page(
    State(api): State<Api>,
    look: Look,
    address: Address,
) -> Result<Response, Problem> {
    let tier: Tier = address.read("tier")?;
    let pages = api.app.views().of::<StatusPages>().look(&look.as_of).await?;
    let page = pages.view.page(tier, look.asked_at(api.app.now()));
    Ok(positioned(look.show(&page), pages.position))
}

/// `GET /v1/runs`.
pub(super) async fn runs(State(api): State<Api>, look: Look, query: Query) -> Result<Response, Problem> {
    let zone = query.zone("zone")?;
    let flag = query.text("flag").map(|word| serde_json::from_value(word.into()));
    let filter = RunFilter {
        by: query.read::<Who>("by")?,
        since: query.moment("since", zone)?,
        until: query.moment("until", zone)?,
        matching: query.text("match").map(str::to_owned),
        host: query.text("host").map(str::to_owned),
        incident: query.read::<IncidentId>("incident")?,
        unapproved: query.flag("unapproved").unwrap_or_default(),
        flag: flag.transpose().map_err(|error| Problem::query("flag", error.to_string()))?,
    };
    if let Some(incident) = &filter.incident {
        let history = history(&api, incident).await?;
        let position = history.last().map(|last| last.position).unwrap_or_default();
        let audit = fold_as_of::<Runs>(&history, &look.as_of).audit(&filter);
        return Ok(positioned(look.show(&audit), position));
    }
    let runs = api.app.views().of::<Runs>().look(&look.as_of).await?;
    Ok(positioned(look.show(&runs.view.audit(&filter)), runs.position))
}

/// `GET /v1/runs/{incident}/{run}`: folded from the incident's own events, since whoever waits for an
/// approval asks often.
pub(super) async fn run(State(api): State<Api>, look: Look, address: Address) -> Result<Response, Problem> {
    let incident = address.incident()?;
    let number: u32 = address.read("run")?;
    let history = history(&api, &incident).await?;
    let (revision, position) =
        history.last().map_or_else(Default::default, |last| (last.revision, last.position));
    let found = fold_as_of::<Runs>(&history, &look.as_of).one(&incident, number).ok_or_else(|| {
        Problem::Refused(Refusal::new(
            Reason::UnknownNumber,
            format!("{incident} has no run {number}"),
            Remedy::step("look at those that it has", Step::ListRuns { incident: incident.clone() }),
        ))
    })?;
    Ok(tagged(look.show(&found), revision, position))
}

/// `GET /v1/actions`.
pub(super) async fn actions(State(api): State<Api>, look: Look, query: Query) -> Result<Response, Problem> {
    let filter = ActionFilter {
        incident: query.read::<IncidentId>("incident")?,
        due_by: query.moment("due_by", query.zone("zone")?)?,
    };
    let asked_at = look.asked_at(api.app.now());
    if let Some(incident) = &filter.incident {
        let history = history(&api, incident).await?;
        let position = history.last().map(|last| last.position).unwrap_or_default();
        let due = fold_as_of::<Actions>(&history, &look.as_of).due(&filter, asked_at);
        return Ok(positioned(look.show(&due), position));
    }
    let actions = api.app.views().of::<Actions>().look(&look.as_of).await?;
    let due = actions.view.due(&filter, asked_at);
    Ok(positioned(look.show(&due), actions.position))
}

/// `GET /v1/holds`.
pub(super) async fn holds(State(api): State<Api>, look: Look, query: Query) -> Result<Response, Problem> {
    let scope = query.read::<Label>("scope")?;
    let holds = api.app.views().of::<Holds>().look(&look.as_of).await?;
    let check = holds.view.check(scope.as_ref(), look.asked_at(api.app.now()));
    Ok(positioned(look.show(&check), holds.position))
}
