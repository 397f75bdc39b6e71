//! The event feed: the record as lines (NDJSON) or as server-sent events, to its end or as it grows.
//!
//! It is read in bounded batches at the reader's own pace: a slow reader holds back only itself. While
//! nothing happens, a sign of life goes out (a comment to an event stream, an empty line to a reader
//! of lines), so that a connection that broke is found on both sides.

use scribe_domain::scope::Scope;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::get;
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::StoreError;
use scribe_domain::ids::{IncidentId, Position};
use scribe_domain::recorded::Recorded;
use tokio::sync::OwnedSemaphorePermit;

use crate::app::gate::questions::{Edition, Events, GrownPast, Head, Page};
use crate::app::gate::rights::{GateError, NotAllowed};
use crate::http::answer::positioned;
use crate::http::metrics::OpenFeed;
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::spec::{Answer, Format, Pace, Param, Spec};
use crate::http::state::Api;
use crate::http::wire::line::EventLine;

/// The most events read at once.
const BATCH: usize = 500;
/// How long a feed may be silent.
const SILENCE: Duration = Duration::from_secs(15);

const AFTER: Param<u64> = Param::number("after", "Only events after this position.");
const LIMIT: Param<u64> = Param::number("limit", "At most this many events.");
const OF: Param<IncidentId> = Param::parsed("incident", "Only this incident's events.");
const KIND: Param<String> = Param::text("kind", "Only these kinds of events, separated by commas.");
const FOLLOW: Param<bool> =
    Param::flag("follow", "Whether to go on as the record grows; event streams do unless told not to.");

pub(super) fn operation() -> Operation {
    Spec::get("/v1/events", "events", "record")
        .about("The record as a feed: JSON lines, or server-sent events for `Accept: text/event-stream`.")
        .query(&AFTER)
        .query(&LIMIT)
        .query(&OF)
        .query(&KIND)
        .query(&FOLLOW)
        .answers(Answer::Feed)
        .pace(Pace::Endless)
        .by(&[Scope::Read], get(events))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// JSON lines, said to be that or to be text.
    Lines(Format),
    EventStream,
}

async fn events(api: Api, query: Query, headers: HeaderMap) -> Result<Response, Problem> {
    let shape = shape(&headers)?;
    let after = match (shape, headers.get("last-event-id")) {
        // A browser that lost its connection asks the same address again and adds where it was.
        (Shape::EventStream, Some(seen)) => {
            Position(seen.to_str().ok().and_then(|seen| seen.trim().parse().ok()).ok_or_else(|| {
                Problem::Header {
                    name: "last-event-id",
                    what: "is not a position".into(),
                    hint: "send back the id of the last event that was read",
                }
            })?)
        }
        _ => Position(query.get(&AFTER)?.unwrap_or_default()),
    };
    let follow = query.get(&FOLLOW)?.unwrap_or(shape == Shape::EventStream);
    let head = api.ask(Head).await?;
    let edition = api.know(Edition).await;
    let place = Arc::clone(&api.feeds).try_acquire_owned().map_err(|_| Problem::Overloaded)?;
    let feed = Feed {
        api: api.clone(),
        shape,
        edition,
        after,
        until: (!follow).then_some(head),
        left: query.get(&LIMIT)?.unwrap_or(u64::MAX),
        incident: query.get(&OF)?,
        kinds: kinds(query.get(&KIND)?.as_deref())?,
        _place: place,
        _counted: api.metrics.open_feed(),
    };
    let body = Body::from_stream(futures::stream::unfold(Some(feed), |feed| async {
        let mut feed = feed?;
        match feed.next().await {
            Ok(Some(chunk)) => Some((Ok(chunk), Some(feed))),
            Ok(None) => None,
            // The reader sees that it was cut off, and resumes from where it was.
            Err(error) => {
                match &error {
                    GateError::NotAllowed(_) => {
                        tracing::info!("a feed ended with what had let its reader in");
                    }
                    GateError::Failed(error) => tracing::error!(%error, "a feed was cut off"),
                }
                Some((Err(error), None))
            }
        }
    }));
    let mut response = Response::new(body);
    let media_type = match shape {
        Shape::Lines(format) => format.content_type(),
        Shape::EventStream => HeaderValue::from_static("text/event-stream"),
    };
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(positioned(response, head))
}

fn shape(headers: &HeaderMap) -> Result<Shape, Problem> {
    let accept: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let accept = accept.join(",").to_ascii_lowercase();
    if accept.contains("text/event-stream") {
        return Ok(Shape::EventStream);
    }
    let takes_lines = ["application/x-ndjson", "application/*", "*/*", "application/json"];
    if accept.is_empty() || takes_lines.iter().any(|range| accept.contains(range)) {
        return Ok(Shape::Lines(Format::Lines));
    }
    if accept.contains("text/plain") || accept.contains("text/*") {
        return Ok(Shape::Lines(Format::Text));
    }
    Err(Problem::NotAcceptable { offered: "application/x-ndjson, text/event-stream and text/plain".into() })
}

fn kinds(told: Option<&str>) -> Result<Vec<String>, Problem> {
    let Some(told) = told else { return Ok(Vec::new()) };
    let check = |kind: &str| {
        if IncidentEvent::KINDS.contains(&kind) {
            Ok(kind.to_owned())
        } else {
            let shown: String = kind.chars().take(80).collect();
            Err(Problem::Query {
                name: "kind".into(),
                what: format!("{shown:?} is not a kind of event"),
                hint: format!("the kinds are {}", IncidentEvent::KINDS.join(", ")),
            })
        }
    };
    told.split(',').map(str::trim).map(check).collect()
}

struct Feed {
    api: Api,
    shape: Shape,
    /// Which edition of the record it tells.
    edition: u64,
    after: Position,
    /// The end, unless it follows.
    until: Option<Position>,
    left: u64,
    incident: Option<IncidentId>,
    kinds: Vec<String>,
    _place: OwnedSemaphorePermit,
    _counted: OpenFeed,
}

impl Feed {
    /// The next piece of the feed: events, or a sign of life; `None` at its end.
    async fn next(&mut self) -> Result<Option<Bytes>, GateError<StoreError>> {
        loop {
            if self.left == 0 || self.until.is_some_and(|until| self.after >= until) {
                return Ok(None);
            }
            if self.until.is_none() && self.api.app.is_closing() {
                return Ok(None);
            }
            // Whoever follows for days may have been let in by what counts no longer. Whoever has the record, has it.
            let may =
                self.api.owner.is_some() || self.api.app.still_stands(&self.api.caller().rights).await?;
            if !may {
                return Err(GateError::NotAllowed(NotAllowed::Unknown));
            }
            let Page { events: batch, reached } =
                self.api.ask(Events { after: self.after, limit: BATCH }).await?;
            let edition = self.api.know(Edition).await;
            if edition != self.edition {
                // A position means something else from here on, so the reader must begin anew.
                let why = "the record was read anew meanwhile: follow it again from its beginning";
                return Err(StoreError::Unavailable(why.to_owned()).into());
            }
            if reached == self.after {
                if self.until.is_some() {
                    return Ok(None);
                }
                tokio::select! {
                    grown = self.api.ask(GrownPast(self.after)) => grown?,
                    () = self.api.app.closed() => return Ok(None),
                    () = tokio::time::sleep(SILENCE) => return Ok(Some(self.sign_of_life())),
                }
                continue;
            }
            let chunk = self.render(&batch);
            // What may not be seen has been passed too.
            if self.left > 0 && self.until.is_none_or(|until| reached <= until) {
                self.after = reached;
            }
            if !chunk.is_empty() {
                return Ok(Some(chunk.into()));
            }
        }
    }

    fn sign_of_life(&self) -> Bytes {
        Bytes::from_static(match self.shape {
            Shape::Lines(_) => b"\n",
            Shape::EventStream => b":\n\n",
        })
    }

    /// The events of a batch that were asked for.
    fn render(&mut self, batch: &[Recorded]) -> Vec<u8> {
        let mut chunk = Vec::new();
        for recorded in batch {
            if self.left == 0 || self.until.is_some_and(|until| recorded.position > until) {
                break;
            }
            self.after = recorded.position;
            if self.wants(recorded) {
                self.left -= 1;
                self.write(&mut chunk, recorded);
            }
        }
        chunk
    }

    fn wants(&self, recorded: &Recorded) -> bool {
        self.incident.as_ref().is_none_or(|incident| *incident == recorded.incident)
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == recorded.event.kind()))
    }

    fn write(&self, chunk: &mut Vec<u8>, recorded: &Recorded) {
        // Lines are plain structs of texts and numbers, which always serialise; none holds a line
        // break, since JSON escapes them.
        let line = serde_json::to_vec(&EventLine::of(recorded)).unwrap_or_default();
        if self.shape == Shape::EventStream {
            chunk.extend_from_slice(format!("id: {}\ndata: ", recorded.position).as_bytes());
        }
        chunk.extend_from_slice(&line);
        chunk.extend_from_slice(if self.shape == Shape::EventStream { b"\n\n" } else { b"\n" });
    }
}
