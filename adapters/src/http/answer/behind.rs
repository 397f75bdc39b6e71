//! What is told while the store is out of reach: looks go on, and say that they may be behind.
//!
//! Whether that passes by itself, somebody must change something, or what is at hand is not what others have
//! signed for, is told as well. Every look then carries a header, which programs read; and where people read it, the same in words or as
//! a member of the JSON. What a look shows is marked as it was when the look began; one that finds out itself
//! that the store is out of reach begins anew, so that none goes out unmarked.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::ETAG;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use chrono::SecondsFormat;
use scribe_domain::event_store::{Stale, StaleCause};
use scribe_domain::ids::Position;
use scribe_projections::document::{Block, Span, Style, Tone};

use super::display::written;
use super::response::with_member;
use crate::app::gate::questions::{Head, OutOfReach};
use crate::http::problem::{Problem, Unavailable};
use crate::http::state::Api;

/// The header that tells since when a store has been out of reach, and up to where its record was seen: a
/// dictionary (RFC 9651), `since="2026-11-23T14:07:03Z", position=1234, cause="out-of-reach"`. Of a store that is
/// `barred`, the members `why` and `remedy` (display strings) tell what to do; `differs` is the third cause.
pub const STALE: HeaderName = HeaderName::from_static("scribe-stale");

/// How far a look may be behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Behind {
    /// What is known of the store.
    stale: Stale,
    /// The position of the last event that is at hand.
    position: Position,
}

impl Behind {
    /// What is known of the store; `None` while it is in reach.
    pub(crate) async fn of(api: &Api) -> Option<Self> {
        let stale = api.know(OutOfReach).await;
        stale?;
        // This may be what finds the store again.
        let position = api.ask(Head).await.ok()?;
        let stale = api.know(OutOfReach).await;
        Some(Self { stale: stale?, position })
    }

    /// The header's value.
    fn header(&self) -> HeaderValue {
        let (moment, position, cause) = (self.moment(), self.position, self.cause());
        let mut value = format!("since=\"{moment}\", position={position}, cause=\"{cause}\"");
        if let StaleCause::Barred { remedy } = &self.stale.cause {
            let (why, remedy) = (written(&self.stale.why), written(remedy));
            value = format!("{value}, why={why}, remedy={remedy}");
        }
        // Digits and ASCII letters are always a header's value.
        HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("position=0"))
    }

    /// In one word.
    fn cause(&self) -> &'static str {
        match self.stale.cause {
            StaleCause::OutOfReach => "out-of-reach",
            StaleCause::Barred { .. } => "barred",
            StaleCause::Differs => "differs",
        }
    }

    /// What stands at the top of a page. Why is for whoever runs the program.
    pub(crate) fn banner(&self, style: &Style) -> Block {
        let since = self.stale.since.with_timezone(&style.zone).format("%Y-%m-%d %H:%M:%S %Z");
        let position = self.position;
        let words = match self.stale.cause {
            StaleCause::OutOfReach => format!(
                "This page may be behind: the store has been out of reach since {since}; it shows the record up \
                 to event {position}."
            ),
            StaleCause::Barred { .. } => format!(
                "This page may be behind: the store has not let this server in since {since}, and will not until \
                 whoever runs it changes something; it shows the record up to event {position}."
            ),
            StaleCause::Differs => format!(
                "This page may be wrong: since {since}, the record at hand differs from what other servers have \
                 signed. It is being read anew; it shows the record up to event {position}."
            ),
        };
        Block::Quote(vec![Span::Tone(Tone::Warning, words)])
    }

    /// A view's JSON with a member `stale` at its beginning, if it is an object.
    pub(crate) fn marked(&self, json: Vec<u8>) -> Vec<u8> {
        let (moment, position, cause) = (self.moment(), self.position, self.cause());
        let said = format!("{{\"since\":\"{moment}\",\"position\":{position},\"cause\":\"{cause}\"}}");
        with_member(json, "stale", &said)
    }

    fn moment(&self) -> String {
        self.stale.since.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// Answers a look, marked if the store is out of reach.
pub(crate) async fn mark(api: &Api, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = |behind: Option<Behind>, body| {
        let mut request = Request::from_parts(parts.clone(), body);
        if let Some(behind) = behind {
            request.extensions_mut().insert(behind);
        }
        request
    };
    let mut behind = Behind::of(api).await;
    let mut response = next.clone().run(asked(behind.clone(), body)).await;
    if behind.is_none() {
        behind = Behind::of(api).await;
        if behind.is_some() {
            // A look has no body.
            response = next.run(asked(behind.clone(), Body::empty())).await;
        }
    }
    // Nothing of a look is acknowledged or sent again.
    if let Some(Unavailable(why)) = response.extensions_mut().remove() {
        response = Problem::Unseen { why }.into_response();
    }
    if let Some(behind) = behind {
        let headers = response.headers_mut();
        headers.insert(STALE, behind.header());
        // A tag stands for what was seen at a revision, and a caller who has seen that without this mark has
        // seen something else.
        headers.remove(ETAG);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind() -> Behind {
        by(StaleCause::OutOfReach)
    }

    fn by(cause: StaleCause) -> Behind {
        let since = chrono::DateTime::from_timestamp(1_795_442_823, 0).unwrap();
        Behind { stale: Stale { since, why: "no \"x\", ä".into(), cause }, position: Position(1_234) }
    }

    #[test]
    fn it_is_told_in_each_form() {
        let always = r#"since="2026-11-23T14:07:03Z", position=1234"#;
        assert_eq!(behind().header(), format!("{always}, cause=\"out-of-reach\""));
        assert_eq!(by(StaleCause::Differs).header(), format!("{always}, cause=\"differs\""));
        let barred = by(StaleCause::Barred { remedy: "ask Ada".into() });
        assert_eq!(
            barred.header(),
            format!("{always}, cause=\"barred\", why=%\"no %22x%22%2c %c3%a4\", remedy=%\"ask Ada\"")
        );
        let Block::Quote(words) = behind().banner(&Style::default()) else { panic!("a quote") };
        assert_eq!(
            scribe_projections::document::unformed(&words),
            "This page may be behind: the store has been out of reach since 2026-11-23 14:07:03 UTC; it \
             shows the record up to event 1234."
        );
    }

    #[test]
    fn objects_are_marked_and_nothing_else() {
        let marked = |json: &str| String::from_utf8(behind().marked(json.into())).unwrap();
        let mark = r#""stale":{"since":"2026-11-23T14:07:03Z","position":1234,"cause":"out-of-reach"}"#;
        assert_eq!(marked(r#"{"a":1}"#), format!(r#"{{{mark},"a":1}}"#));
        assert_eq!(marked("{}"), format!("{{{mark}}}"));
        assert_eq!(marked("[1]"), "[1]");
    }
}
