//! The first page: every incident, and where to look further.

use axum::Extension;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use scribe_domain::scope::Scope;
use scribe_domain::values::Tier;
use scribe_projections::current::{Board, BoardLine, ListFilter, ListState};
use scribe_projections::document::{Block, Document, Span, dim, link, plain};

use super::frame::bar;
use super::style;
use crate::app::gate::questions::Look as ViewAt;
use crate::http::answer::{Behind, negotiate, page, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Format, Spec};
use crate::http::state::Api;

/// The most incidents that are over and still listed.
const ENDED: usize = 50;

pub(super) fn operation() -> Operation {
    Spec::get("/", "home", "server")
        .about("The first page: every incident, and where to look further.")
        .answers(Answer::Other { about: "The page.", media_type: "text/html" })
        .by(&[Scope::Read], get(home))
}

async fn home(
    api: Api,
    _: Query,
    headers: HeaderMap,
    behind: Option<Extension<Behind>>,
) -> Result<Response, Problem> {
    negotiate(None, &headers, &[Format::Html])?;
    let board = api.ask(ViewAt::<Board>::now()).await?;
    let now = api.app.now();
    let list = |state| board.view.list(&ListFilter { state, tier: None, drills: true }, now).incidents;
    let (open, ended) = (list(ListState::Open), list(ListState::Ended));
    let style = style(&api);
    let mut blocks: Vec<Block> = behind.map(|Extension(behind)| behind.banner(&style)).into_iter().collect();
    blocks.push(heading("Open incidents"));
    blocks.extend(incidents(&open, "None: all is well."));
    blocks.push(heading("Ended incidents"));
    blocks.extend(incidents(ended.get(..ENDED).unwrap_or(&ended), "None yet."));
    blocks.push(heading("Status pages"));
    blocks.push(Block::List(
        Tier::ALL
            .iter()
            .map(|tier| vec![link(tier.as_str(), format!("/v1/status-pages/{tier}?format=html"))])
            .collect(),
    ));
    blocks.push(heading("Across incidents"));
    blocks.push(Block::List(vec![
        vec![link("who ran what", "/v1/runs?format=html")],
        vec![link("actions and follow-ups", "/v1/actions?format=html")],
        vec![link("deploy holds", "/v1/holds?format=html")],
        vec![link("the API", "/openapi.json"), plain(", "), link("metrics", "/metrics")],
    ]));
    let title = api.app.config().organisation.as_ref().map_or("scribe", |name| name.as_str()).to_owned();
    Ok(positioned(page(Document { title, blocks }.html_under(&bar(api.caller()))), board.position))
}

fn heading(text: &str) -> Block {
    Block::Heading(2, vec![plain(text)])
}

fn incidents(lines: &[BoardLine], none: &str) -> Vec<Block> {
    if lines.is_empty() {
        return vec![Block::Paragraph(vec![dim(none)])];
    }
    vec![Block::List(lines.iter().map(item).collect())]
}

fn item(line: &BoardLine) -> Vec<Span> {
    let at = |look: &str| format!("/v1/incidents/{}{look}?format=html", line.incident);
    let title = line.title.as_ref().map_or(line.incident.as_str(), |title| title.as_str());
    let drill = if line.drill { ", drill" } else { "" };
    vec![
        link(title, at("")),
        plain(format!(" ({}, {}, {}{drill}): ", line.severity, line.tier, line.phase)),
        link("timeline", at("/timeline")),
        plain(", "),
        link("roles", at("/roles")),
        plain(", "),
        link("postmortem", at("/postmortem")),
    ]
}
