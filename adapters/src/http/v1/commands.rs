//! Telling scribe something: every command by its name.

use axum::http::header::{HeaderName, IF_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use scribe_domain::command::{Command, Request, Target};
use scribe_domain::event_store::Receipt;
use scribe_domain::ids::{CommandId, IncidentId, Revision};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::Cause;
use scribe_domain::spoken::{self, Here, Lean};
use scribe_domain::when::When;
use scribe_projections::current::IncidentNow;
use scribe_projections::question::AsOf;
use uuid::Uuid;

use crate::app::gate::deeds::Perform;
use crate::app::gate::questions::History;
use crate::http::answer::{etag, tagged};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{Address, INCIDENT, Query};
use crate::http::spec::{Body, Reached, Spec};
use crate::http::state::Api;
use crate::http::wire::body::Written;
use crate::http::wire::outcome::{Outcome, PutRight};
use crate::http::wire::sender_clock;
use crate::http::wire::submission::{self, Submission};

/// The header that makes a request safe to send again.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How far ahead of the server's clock the end of a run may lie: it is told by the clock of the machine where it ran,
/// and must not be lost because that one differs.
const RUN_AHEAD: TimeDelta = TimeDelta::days(1);

/// An operation a command.
pub(super) fn operations() -> Vec<Operation> {
    let one = |name: &'static str| {
        // Every name that is listed is known.
        let scopes = Command::scopes(name).unwrap_or(&[]);
        if name == "declare" {
            return Spec::post("/v1/incidents", name, "commands")
                .body(Body::Command(name))
                .by(scopes, post(declare));
        }
        Spec::post(format!("/v1/incidents/{{incident}}/commands/{name}"), name, "commands")
            .part(&INCIDENT)
            .body(Body::Command(name))
            .by(scopes, post(command))
    };
    Command::NAMES.iter().copied().map(one).collect()
}

/// The commands that end an incident.
const ENDS: [&str; 2] = ["resolve", "close"];

/// Adds to a receipt how the incident stands now. What was recorded is recorded, whether or not that can be said.
async fn outcome(api: &Api, name: &str, (receipt, put_right): (Receipt, Option<PutRight>)) -> Outcome {
    // Only these have something to say; nothing is read for the others.
    let is_so_already = receipt.events.is_empty() && IncidentNow::tells_since(name);
    let now = if is_so_already || ENDS.contains(&name) {
        let history = api.ask(History::of(receipt.incident.clone())).await.unwrap_or_default();
        IncidentNow::of(&history, &AsOf::NOW, api.app.now())
    } else {
        None
    };
    let left_open = now.as_ref().filter(|_| ENDS.contains(&name)).map(IncidentNow::left_open);
    let stands_since = now.as_ref().filter(|_| is_so_already).and_then(|now| now.stands_since(name));
    Outcome { receipt, left_open: left_open.unwrap_or_default(), stands_since, put_right }
}

async fn declare(api: Api, _: Query, headers: HeaderMap, body: Written) -> Result<Response, Problem> {
    if headers.contains_key(IF_MATCH) {
        return Err(Problem::Header {
            name: "if-match",
            what: "an incident that is being declared has no revision yet".into(),
            hint: "leave it out",
        });
    }
    let (receipt, put_right) = carry_out(&api, "declare", None, &headers, &body).await?;
    let answer = Outcome { receipt, left_open: Vec::new(), stands_since: None, put_right };
    let mut response = (StatusCode::CREATED, axum::Json(&answer)).into_response();
    let receipt = answer.receipt;
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/incidents/{}", receipt.incident)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(tagged(response, etag(receipt.revision), receipt.position))
}

async fn command(
    api: Api,
    axum::Extension(Reached(spec)): axum::Extension<Reached>,
    _: Query,
    address: Address,
    headers: HeaderMap,
    body: Written,
) -> Result<Response, Problem> {
    let incident = address.get(&INCIDENT)?;
    let Body::Command(name) = spec.body else { return Err(Problem::Broken) };
    let answer = carry_out(&api, name, Some(incident), &headers, &body).await?;
    let (revision, position) = (answer.0.revision, answer.0.position);
    Ok(tagged(axum::Json(outcome(&api, name, answer).await).into_response(), etag(revision), position))
}

async fn carry_out(
    api: &Api,
    name: &str,
    incident: Option<IncidentId>,
    headers: &HeaderMap,
    body: &Written,
) -> Result<(Receipt, Option<PutRight>), Problem> {
    let now = api.app.now();
    let mut said = submission::read(name, body, now, api.caller().rights.who())?;
    let put_right = sender_clock::put_right(&mut said, headers, now, api.app.config().clock.tolerance)?;
    nothing_ahead(&said, now)?;
    let insist_on = insisted_revision(headers)?;
    let cause = Cause {
        command_id: command_id(headers)?,
        actor: said.actor,
        occurred: said.occurred,
        told: put_right.map(|put_right| put_right.told),
        source: said.source,
        origin: None,
        namesakes: Namesakes::default(),
    };
    let target = match &incident {
        Some(incident) => Target::Incident(incident.clone()),
        None => Target::New { date: api.app.day_of(said.occurred, now.with_timezone(&Utc)) },
    };
    let mut request = Request::new(target, said.command, cause);
    if let Some(account) = &said.account {
        request = request.on_behalf_of(account);
    }
    let caller = api.caller().clone().claiming(request.cause.actor.clone());
    let receipt = api.app.tell(&caller, Perform { request, insist_on, account: said.account }).await?;
    api.metrics.command(name, receipt.events.len());
    Ok((receipt, put_right))
}

/// A clock that differs, or a zone mixed up, is told at once instead of spoiling every duration computed from it.
fn nothing_ahead(said: &Submission, now: DateTime<Utc>) -> Result<(), Problem> {
    let (told, tolerance) = match &said.command {
        Command::Correct(correct) => (vec![("occurred", correct.occurred)], spoken::TOLERANCE),
        Command::RecordRun(ran) => {
            (vec![("started", Some(ran.started)), ("ended", Some(ran.ended))], spoken::TOLERANCE)
        }
        Command::FinishRun(run) => {
            (vec![("started", Some(run.started)), ("ended", Some(run.ended))], RUN_AHEAD)
        }
        _ => (Vec::new(), spoken::TOLERANCE),
    };
    let told = std::iter::once(("occurred", Some(said.occurred))).chain(told);
    let ahead = told.filter_map(|(field, when)| Some((field, when?)));
    match { ahead }.find(|(_, when)| when.at().is_some_and(|at| at > now + tolerance)) {
        None => Ok(()),
        Some((field, when)) => Err(Problem::InTheFuture {
            field,
            occurred: when.to_string(),
            now: When::second(now).to_string(),
            likely: spoken::likely(when, Here { now, zone: None, lean: Lean::Past }),
        }),
    }
}

fn command_id(headers: &HeaderMap) -> Result<CommandId, Problem> {
    let Some(key) = headers.get(&IDEMPOTENCY_KEY) else {
        return Ok(CommandId(Uuid::now_v7()));
    };
    let bad = |what: &str| Problem::Header {
        name: "idempotency-key",
        what: what.into(),
        hint: "use a UUID, or any other key of 1 to 200 visible characters that is yours alone",
    };
    if headers.get_all(&IDEMPOTENCY_KEY).iter().count() > 1 {
        return Err(bad("stands there twice"));
    }
    match key.to_str().map(str::trim) {
        Ok(key) if (1..=200).contains(&key.len()) => Ok(CommandId::from_key(key)),
        Ok("") => Err(bad("must not be empty")),
        Ok(_) => Err(bad("is longer than 200 characters")),
        Err(_) => Err(bad("has characters that are not visible ASCII")),
    }
}

fn insisted_revision(headers: &HeaderMap) -> Result<Option<Revision>, Problem> {
    let Some(tag) = headers.get(IF_MATCH) else { return Ok(None) };
    let revision = tag
        .to_str()
        .ok()
        .and_then(|tag| {
            // A look's tag goes on with a digest.
            let tag = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
            tag.split_once('-').map_or(tag, |(revision, _)| revision).parse().ok()
        })
        .ok_or_else(|| Problem::Header {
            name: "if-match",
            what: "is not a revision".into(),
            hint: "send the ETag of the incident as it was seen, quotes included: If-Match: \"5\"",
        })?;
    Ok(Some(Revision(revision)))
}
