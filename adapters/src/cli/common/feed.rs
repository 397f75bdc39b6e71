//! The event feed, as a reader sees it: one line an event.

use axum::body::{Body, Bytes};
use axum::http::Method;
use chrono::{DateTime, Utc};
use http_body_util::BodyExt as _;
use scribe_domain::actor::Actor;
use scribe_domain::clocks::{Proven, TimeStanding};
use scribe_domain::event::IncidentEvent;
use scribe_domain::event_store::Receipt;
use scribe_domain::identity::Identity;
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::text::Label;
use scribe_domain::when::When;
use scribe_projections::document::{Span, exactly, unformed};
use scribe_projections::sentence::{subject, told};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::address::Address;
use super::client::{cut_off, request};
use super::desk::Desk;
use super::failure::{Failure, Kind};

/// The longest line that makes sense: an event's texts are bounded.
const LONGEST_LINE: usize = 4 << 20;

/// Characters of what happened that a line about it shows.
const LONGEST_HEADLINE: usize = 200;

/// Before each line of a shell line that has several.
const UNDER: &str = "\n  │ ";

/// An event as a line of the feed.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// Its place in the whole record.
    pub position: Position,
    /// The incident, or a stream of the program's own.
    #[serde(deserialize_with = "stream")]
    pub incident: IncidentId,
    /// When it happened, as recorded.
    pub occurred: When,
    /// When it happened by the clock of whoever told it, where that was put right.
    #[serde(default)]
    pub told: Option<When>,
    /// Who recorded it.
    pub actor: Actor,
    revision: Revision,
    recorded_at: DateTime<Utc>,
    #[serde(default)]
    clock: Option<DateTime<Utc>>,
    #[serde(default)]
    disputed: bool,
    #[serde(default)]
    proven: Option<Proven>,
    #[serde(default)]
    source: Option<Label>,
    #[serde(default)]
    origin: Option<Identity>,
    command_id: CommandId,
    index: u32,
    kind: String,
    version: u32,
    fields: Box<RawValue>,
}

fn stream<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<IncidentId, D::Error> {
    let text = String::deserialize(deserializer)?;
    IncidentId::stored(&text).map_err(serde::de::Error::custom)
}

impl Line {
    /// Reads a line.
    pub fn read(line: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(line).map_err(|error| unreadable(&error))
    }

    /// Its id.
    pub fn event_id(&self) -> EventId {
        EventId::derive(self.command_id, self.index)
    }

    /// The event. One of a kind from the future is kept as unknown.
    pub fn event(&self) -> Result<IncidentEvent, Failure> {
        IncidentEvent::from_payload(&self.kind, self.version, self.fields.get())
            .map_err(|error| unreadable(&error))
    }

    /// The event with its whole envelope, as a store would give it.
    pub fn recorded(self) -> Result<Recorded, Failure> {
        let event = self.event()?;
        Ok(Recorded {
            position: self.position,
            incident: self.incident,
            revision: self.revision,
            recorded_at: self.recorded_at,
            clock: self.clock,
            standing: match self.proven {
                Some(proven) => TimeStanding::Settled(Box::new(proven)),
                None if self.disputed => TimeStanding::Disputed,
                None => TimeStanding::Undisputed,
            },
            index: self.index,
            cause: Cause {
                command_id: self.command_id,
                actor: self.actor,
                occurred: self.occurred,
                told: self.told,
                source: self.source,
                origin: self.origin,
                namesakes: Namesakes::default(),
            },
            request: None,
            event,
        })
    }

    /// What happened, in a line. Of a shell line nothing is left out: each of its lines stands on one of its own.
    pub fn headline(&self) -> String {
        match self.event() {
            Ok(event) => in_brief(&told(&event, &self.actor)),
            Err(_) => self.kind.replace('_', " "),
        }
    }

    /// Whose act it was: whom the event names or else who recorded it.
    pub fn subject(&self) -> String {
        match self.event() {
            Ok(event) => subject(&event, &self.actor).to_string(),
            Err(_) => self.actor.who.to_string(),
        }
    }
}

fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::new(
        Kind::Other,
        format!("an event of the feed cannot be read: {error}"),
        "the server may be another version of scribe",
    )
}

/// What was said, in one line; a long text only begins in it.
fn in_brief(said: &[Span]) -> String {
    let mut brief = String::new();
    for part in said.chunk_by(|one, other| is_code(one) == is_code(other)) {
        match part {
            [Span::Code(line)] if line.contains('\n') => {
                brief.extend(exactly(line).split('\n').flat_map(|line| [UNDER, line]));
                brief.push_str("\n  ");
            }
            [Span::Code(line)] => brief.push_str(&exactly(line)),
            prose => brief.push_str(&one_line(&unformed(prose))),
        }
    }
    brief.trim_end().to_owned()
}

fn is_code(span: &Span) -> bool {
    matches!(span, Span::Code(_))
}

fn one_line(said: &str) -> String {
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let (before, after) = (said.starts_with(char::is_whitespace), said.ends_with(char::is_whitespace));
    let line = format!("{}{words}{}", if before { " " } else { "" }, if after { " " } else { "" });
    match line.char_indices().nth(LONGEST_HEADLINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The events that a request added, found by its receipt.
pub async fn added_by(desk: &Desk, receipt: &Receipt) -> Result<Vec<Line>, Failure> {
    let Some(count) = u64::try_from(receipt.events.len()).ok().filter(|count| *count > 0) else {
        return Ok(Vec::new());
    };
    let address = Address::of(&["v1", "events"])
        .with("after", receipt.position.0.saturating_sub(count))
        .with("limit", count)
        .with("incident", &receipt.incident);
    let answer = desk.client.get(address.as_str()).await?;
    let lines = answer.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(Line::read).collect()
}

/// The position of the record's last event.
pub async fn head(desk: &Desk) -> Result<Position, Failure> {
    let address = Address::of(&["v1", "events"]).with("limit", 0);
    let answer = desk.client.get(address.as_str()).await?;
    let given =
        answer.headers.get("scribe-position").and_then(|position| position.to_str().ok()?.parse().ok());
    given.map(Position).ok_or_else(|| {
        Failure::new(
            Kind::Other,
            "the answer does not say where the record ends",
            "the server may be another version of scribe, or something else",
        )
    })
}

/// Lines of a body, as they come.
pub struct Lines {
    body: Body,
    buffer: Vec<u8>,
    searched: usize,
}

impl Lines {
    /// Opens an address whose answer is lines.
    pub async fn open(desk: &Desk, address: &Address) -> Result<Self, Failure> {
        let response = desk.client.open(request(Method::GET, address.as_str(), Body::empty())?).await?;
        Ok(Self { body: response.into_body(), buffer: Vec::new(), searched: 0 })
    }

    /// The next line that is not empty, without its end; `None` after the last. Empty lines are signs
    /// of life.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            if let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let end = self.searched + end;
                let line = Bytes::copy_from_slice(&self.buffer[..end]);
                self.buffer.drain(..=end);
                self.searched = 0;
                if line.is_empty() {
                    continue;
                }
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > LONGEST_LINE {
                return Err(Failure::plain(Kind::Other, "a line of the feed is too long"));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.buffer.extend_from_slice(data);
                    }
                }
                Some(Err(error)) => return Err(cut_off(&error)),
                None if self.buffer.is_empty() => return Ok(None),
                // A last line without its end is half a line: the feed was cut off.
                None => {
                    return Err(Failure::new(
                        Kind::Unavailable,
                        "the feed was cut off within a line",
                        "ask again from the last position that was read",
                    ));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use scribe_projections::document::{code, plain};

    use super::*;

    #[test]
    fn a_comment_hides_no_command() {
        let told =
            |line: &str| in_brief(&[plain("proposed run 1: "), code(line), plain(", because:\n\nof it")]);
        assert_eq!(told("ls  -l"), "proposed run 1: ls  -l, because: of it");
        let lines = "# only looks\nrm -r /srv";
        assert_eq!(told(lines), "proposed run 1: \n  │ # only looks\n  │ rm -r /srv\n  , because: of it");
        let long = format!("echo {}; rm -r /srv", "x".repeat(300));
        assert!(told(&long).contains("; rm -r /srv"), "nothing of it is cut off");
        assert_eq!(in_brief(&[plain("word ".repeat(100))]).chars().count(), 201);
    }

    #[tokio::test]
    async fn lines_are_found_whatever_the_pieces() {
        let pieces =
            ["one\ntw", "o\n", "\n\nthr", "ee\n"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
        let body = Body::from_stream(futures::stream::iter(pieces));
        let mut lines = Lines { body, buffer: Vec::new(), searched: 0 };
        let mut read = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            read.push(String::from_utf8(line.to_vec()).unwrap());
        }
        assert_eq!(read, ["one", "two", "three"]);
    }

    #[tokio::test]
    async fn half_a_line_is_no_line() {
        let mut lines = Lines { body: Body::from("one\ntw"), buffer: Vec::new(), searched: 0 };
        assert!(lines.next().await.unwrap().is_some());
        assert_eq!(lines.next().await.unwrap_err().kind, Kind::Unavailable);
    }
}
