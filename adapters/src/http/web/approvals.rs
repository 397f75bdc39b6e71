//! Runs that wait for a second pair of eyes: the exact line, and a button.

use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use chrono::SubsecRound as _;
use maud::{Markup, html};
use scribe_domain::command::{ApproveRun, Command, DeclineRun, Request, Target};
use scribe_domain::ids::{CommandId, IncidentId};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::Cause;
use scribe_domain::scope::Scope;
use scribe_domain::values::Digest;
use scribe_domain::when::When;
use scribe_projections::document::time::moment;
use scribe_projections::document::{Style, exactly};
use scribe_projections::runs::audit::{RunFilter, RunView};
use scribe_projections::runs::{RunStage, Runs};
use uuid::Uuid;

use super::fields::Fields;
use super::frame::framed;
use super::{speaker, style};
use crate::app::gate::deeds::Perform;
use crate::app::gate::questions::Look;
use crate::http::answer::positioned;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Body, Spec, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Written;

/// What somebody says to a run that waits.
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "says what the form holds")]
struct ApprovalForm {
    /// The incident.
    incident: String,
    /// The run's number in it.
    run: u32,
    /// Of the line that was read.
    digest: String,
    /// `approve` or `decline`.
    say: String,
    /// Under what conditions, or why not.
    words: Option<String>,
}

pub(super) fn operations() -> [Operation; 2] {
    [
        Spec::get("/approvals", "approvals-page", "pages")
            .about("Runs that wait for a second pair of eyes.")
            .answers(Answer::Other { about: "The page.", media_type: "text/html" })
            .by(&[Scope::Read], get(show)),
        Spec::post("/approvals", "approvals", "pages")
            .about("Approves or declines a run, by the line that was read.")
            .body(Body::Form(schema_of::<ApprovalForm>))
            .answers(Answer::Elsewhere { about: "Recorded." })
            .by(&[Scope::Approve], post(say)),
    ]
}

async fn show(api: Api, _: Query) -> Result<Response, Problem> {
    let runs = api.ask(Look::<Runs>::now()).await?;
    let audit = runs.view.audit(&RunFilter::default());
    let waiting: Vec<&RunView> = audit.runs.iter().filter(|run| run.stage == RunStage::Proposed).collect();
    let style = style(&api);
    let who = api.caller().rights.who();
    let body = html! {
        @if waiting.is_empty() { p { "Nothing waits for an approval." } }
        @for run in &waiting {
            @let is_own = run.by.as_ref() == who && who.is_some();
            (one(run, is_own, &style))
        }
    };
    Ok(positioned(framed("Runs that wait for an approval", api.caller(), &body), runs.position))
}

fn one(run: &RunView, is_own: bool, style: &Style) -> Markup {
    let proposed = run.record.proposed.as_ref();
    html! {
        h2 { "Run " (run.run) " of " a href={ "/v1/incidents/" (run.incident) "?format=html" } { (run.incident) } }
        @if let Some(line) = &run.line { pre dir="ltr" { code { (exactly(line.as_str())) } } }
        p {
            @if let Some(by) = &run.by { strong { (by) } " wants to run it" }
            @if let Some(host) = &run.host { " on " (host) }
            @if let Some(proposed) = proposed { ", told " (moment(proposed.told.moment(), style)) }
            @if let Some(why) = proposed.and_then(|proposed| proposed.why.as_ref()) { ": " (why) }
            "."
        }
        @if is_own {
            p.dim { "It is your own: somebody else approves it." }
        } @else if let Some(digest) = &run.digest {
            form method="post" action="/approvals" {
                input type="hidden" name="incident" value=(run.incident);
                input type="hidden" name="run" value=(run.run);
                input type="hidden" name="digest" value=(digest);
                p {
                    label for={ "words-" (run.incident) "-" (run.run) } { "Conditions, or why not (may be left empty)" }
                    input id={ "words-" (run.incident) "-" (run.run) } name="words" maxlength="1000";
                }
                button.first name="say" value="approve" { "Approve this line" }
                button name="say" value="decline" { "Decline" }
            }
        }
    }
}

async fn say(api: Api, _: Query, body: Written) -> Result<Response, Problem> {
    let fields = Fields::read(&body, &["incident", "run", "digest", "say", "words"])?;
    let incident: IncidentId = fields.parse("incident")?;
    let run: u32 = fields.parse("run")?;
    let digest: Digest = fields.parse("digest")?;
    let words = fields.words("words")?;
    let command: Command = match fields.get("say") {
        Some("approve") => Command::ApproveRun(ApproveRun { run, digest, note: words }),
        Some("decline") => Command::DeclineRun(DeclineRun { run, why: words }),
        _ => return Err(Problem::field("say", "is neither approve nor decline")),
    };
    let actor = speaker(&api)?;
    let cause = Cause {
        command_id: CommandId(Uuid::now_v7()),
        actor,
        occurred: When::second(api.app.now().trunc_subsecs(0)),
        told: None,
        source: None,
        origin: None,
        namesakes: Namesakes::default(),
    };
    let request = Request::new(Target::Incident(incident), command, cause);
    api.tell(Perform { request, account: None, insist_on: None }).await?;
    Ok(Redirect::to("/approvals").into_response())
}
