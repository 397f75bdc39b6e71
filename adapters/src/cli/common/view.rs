//! Looking: one request, and what comes is shown.

use axum::body::Body;
use axum::http::Method;
use chrono::{DateTime, SecondsFormat, Utc};
use http_body_util::BodyExt as _;
use scribe_domain::event_store::Receipt;
use serde::Deserialize;

use super::address::Address;
use crate::cli::args::looks::{
    ActionsArgs, EventsArgs, Format, ListArgs, Look, OneArgs, PostmortemArgs, ReceiptArgs, RunsArgs,
    StatusPageArgs, TimelineArgs,
};
use crate::cli::args::work::CheckArgs;
use super::client::{cut_off, request};
use super::desk::Desk;
use super::failure::Failure;
use super::feed::Lines;
use super::terminal::{put, put_line, width};

/// The widths that the API renders text for.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=400;

/// `scribe list`.
pub async fn list(desk: &Desk, args: &ListArgs) -> Result<(), Failure> {
    let address = Address::of(&["v1", "incidents"])
        .with("state", args.state.as_str())
        .with_some("tier", args.tier)
        .with_some("drills", args.drills.then_some("true"));
    show(desk, address, &args.look).await
}

/// `scribe receipt`.
pub async fn receipt(desk: &Desk, args: &ReceiptArgs) -> Result<(), Failure> {
    let answer = desk.client.get(Address::of(&["v1", "receipts", &args.key]).as_str()).await?;
    if desk.json {
        put(&answer.body)?;
        return put_line("");
    }
    let Receipt { incident, revision, position, events, .. } = answer.json()?;
    let added = match events.len() {
        1 => "1 event".to_owned(),
        count => format!("{count} events"),
    };
    put_line(&format!("{incident}  revision {revision}  recorded: {added}, the last at position {position}"))
}

/// `scribe show`.
pub async fn one(desk: &Desk, args: &OneArgs) -> Result<(), Failure> {
    show(desk, Address::of(&["v1", "incidents", args.incident.as_str()]), &args.look).await
}

/// `scribe roles`.
pub async fn roles(desk: &Desk, args: &OneArgs) -> Result<(), Failure> {
    show(desk, Address::of(&["v1", "incidents", args.incident.as_str(), "roles"]), &args.look).await
}

/// `scribe timeline`.
pub async fn timeline(desk: &Desk, args: &TimelineArgs) -> Result<(), Failure> {
    let address = Address::of(&["v1", "incidents", args.incident.as_str(), "timeline"])
        .with_some("kind", args.kind.as_deref())
        .with_some("actor", args.actor.as_deref())
        .with_some("retracted", args.hide_retracted.then_some("false"))
        .with_some("ids", args.ids.then_some("true"));
    show(desk, address, &args.look).await
}

/// `scribe status-page`.
pub async fn status_page(desk: &Desk, args: &StatusPageArgs) -> Result<(), Failure> {
    show(desk, Address::of(&["v1", "status-pages", args.audience.as_str()]), &args.look).await
}

/// `scribe postmortem`.
pub async fn postmortem(desk: &Desk, args: &PostmortemArgs) -> Result<(), Failure> {
    let address = Address::of(&["v1", "incidents", args.incident.as_str(), "postmortem"])
        .with("edition", args.edition.as_str());
    show(desk, address, &args.look).await
}

/// `scribe actions`.
pub async fn actions(desk: &Desk, args: &ActionsArgs) -> Result<(), Failure> {
    let due_by = desk.moment("--due-by", args.due_by.as_deref())?.map(stamp);
    let address = Address::of(&["v1", "actions"])
        .with_some("incident", args.incident.as_ref())
        .with_some("due_by", due_by);
    show(desk, address, &args.look).await
}

/// `scribe audit runs`.
pub async fn runs(desk: &Desk, args: &RunsArgs) -> Result<(), Failure> {
    let address = Address::of(&["v1", "runs"])
        .with_some("by", args.by.as_deref())
        .with_some("since", desk.moment("--since", args.since.as_deref())?.map(stamp))
        .with_some("until", desk.moment("--until", args.until.as_deref())?.map(stamp))
        .with_some("match", args.matching.as_deref())
        .with_some("host", args.on.as_deref())
        .with_some("incident", args.incident.as_ref())
        .with_some("unapproved", args.unapproved.then_some("true"))
        .with_some("flag", args.flag.as_deref());
    show(desk, address, &args.look).await
}

/// `scribe hold check`: shows the holds, and says whether there are any.
pub async fn hold_check(desk: &Desk, args: &CheckArgs) -> Result<bool, Failure> {
    #[derive(Deserialize)]
    struct Check {
        taken: bool,
    }
    let address = Address::of(&["v1", "holds"]).with_some("scope", args.scope.as_ref());
    let check: Check = desk.client.get_json(as_of(desk, address.clone(), &args.look)?.as_str()).await?;
    show(desk, address, &args.look).await?;
    Ok(check.taken)
}

/// `scribe events`.
pub async fn events(desk: &Desk, args: &EventsArgs) -> Result<(), Failure> {
    let address = Address::of(&["v1", "events"])
        .with("after", args.after)
        .with_some("limit", args.limit)
        .with_some("incident", args.incident.as_ref())
        .with_some("kind", args.kind.as_deref())
        .with_some("follow", args.follow.then_some("true"));
    let mut lines = Lines::open(desk, &address).await?;
    while let Some(mut line) = lines.next().await?.map(Vec::from) {
        line.push(b'\n');
        put(&line)?;
    }
    Ok(())
}

/// Shows whatever an address answers, byte for byte and as it comes.
pub async fn pass_on(desk: &Desk, address: &Address) -> Result<(), Failure> {
    let response = desk.client.open(request(Method::GET, address.as_str(), Body::empty())?).await?;
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame.map_err(|error| cut_off(&error))?.data_ref() {
            put(data)?;
        }
    }
    Ok(())
}

/// Shows a view in the form asked for.
pub async fn show(desk: &Desk, address: Address, look: &Look) -> Result<(), Failure> {
    let format = look.format.unwrap_or(if desk.json { Format::Json } else { Format::Text });
    let mut address =
        as_of(desk, address, look)?.with("format", format.as_str()).with_some("zone", desk.zone);
    if format == Format::Text {
        let width = width().clamp(*WIDTHS.start(), *WIDTHS.end());
        address = address.with("width", width).with("colour", desk.colour.on_stdout());
    }
    let answer = desk.client.get(address.as_str()).await?;
    put(&answer.body)?;
    // A terminal's next prompt starts on a line of its own.
    if answer.body.last().is_some_and(|last| *last != b'\n') {
        put_line("")?;
    }
    Ok(())
}

/// The address with the moments that are asked about.
fn as_of(desk: &Desk, address: Address, look: &Look) -> Result<Address, Failure> {
    Ok(address
        .with_some("as_of", desk.moment("--as-of", look.as_of.as_deref())?.map(stamp))
        .with_some("occurred_by", desk.moment("--occurred-by", look.occurred_by.as_deref())?.map(stamp)))
}

/// A moment as the API reads it.
fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
