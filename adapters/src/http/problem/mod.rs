//! What goes wrong, as an answer: RFC 9457 problem details.
//!
//! One error type for the whole API decides status, code, sentence and hint. Codes are stable:
//! integrations may branch on them. Inner causes are traced, never shown.

/// What to do about it.
mod hint;

use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use scribe_domain::event_store::StoreError;
use scribe_domain::ids::{Position, Revision};
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::remedy::{Remedy, Step};

use crate::app::gate::rights::NotAllowed;
use crate::app::{BadSession, BadToken, NoSignIn};
use crate::auth::oidc::Trouble;
use crate::time_stamping::NoStamp;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A problem as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct ProblemDetails {
    /// `urn:scribe:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem it is, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, naming what was asked for.
    pub detail: String,
    /// The stable code.
    pub code: String,
    /// What to do instead.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// The same as data, where a rule of the domain said no: an edge words it in its own language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// The path of the field, query parameter or header that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The line of the body that is wrong, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

/// Why a request is not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The domain says no.
    Refused(Refusal),
    /// The incident has moved on from the revision that the caller insisted on.
    Stale { expected: Revision, actual: Revision },
    /// Others kept appending.
    Contended,
    /// The store says no.
    Store(StoreError),

    /// The body is not UTF-8.
    NotUtf8 { at: usize },
    /// The body is not JSON.
    Malformed { line: usize, column: usize, what: String },
    /// A field of the body is wrong.
    Field { path: String, what: String, hint: String },
    /// A line of a body of lines is wrong.
    Line { line: usize, what: String, hint: String },
    /// A query parameter is wrong or unknown.
    Query { name: String, what: String, hint: String },
    /// A part of the address is wrong.
    Address { name: &'static str, what: String, hint: &'static str },
    /// A header is wrong.
    Header { name: &'static str, what: String, hint: &'static str },
    /// The body is in a form that is not read here.
    MediaType { given: String, read: &'static str },
    /// None of the forms that the caller would take is offered.
    NotAcceptable { offered: String },
    /// The body is too large.
    TooLarge { limit: usize },
    /// It would have happened in the future.
    InTheFuture { field: &'static str, occurred: String, now: String, likely: Option<String> },
    /// The idempotency key was used for another request, which the caller may know of or not.
    KeyReused { incident: Option<String> },
    /// The record holds other events than the export that it should take over.
    OtherRecord { line: usize, position: Position },

    /// The store is out of reach, and a look has nothing that it could show.
    Unseen { why: String },

    /// No request with this key is known.
    NoReceipt { key: String },
    /// What a proof is asked about is not in the record.
    NotInRecord { what: String },
    /// The record cannot be signed.
    CannotSign { what: String },
    /// The record is not what was signed before.
    Rewritten { what: String },
    /// The record here is not what others have signed.
    Differs { what: String },
    /// The record was not stamped.
    NoStamp(NoStamp),

    /// No such address.
    NoSuchAddress { path: String },
    /// No such command.
    NoSuchCommand { name: String, known: String },
    /// The address takes other methods.
    Method { allowed: String },

    /// The caller may not.
    NotAllowed(NotAllowed),
    /// What was shown is no token, or one that does not count.
    BadToken(BadToken),
    /// The session that the cookie is of does not count.
    BadSession(BadSession),
    /// Who came cannot be told from others, or may not sign in.
    NoSignIn(NoSignIn),
    /// Signing in with the provider came to nothing.
    Provider(Trouble),

    /// Asked under a name that is not this machine's.
    ForeignHost { host: String },
    /// Another site's page asked.
    CrossOrigin,
    /// It took too long.
    TimedOut,
    /// Too many requests at once.
    Overloaded,
    /// Too many requests from one address or with one token; come again after so many seconds.
    TooMany { seconds: u64 },
    /// The same of a vendor's, who would drop what gets a 4xx.
    HookLater { seconds: u64 },
    /// The body came too slowly.
    SlowBody,
    /// Not started yet, or stopping.
    NotReady { why: String },
    /// Not ready, nor will it be until somebody changes something.
    NotLetIn { why: String, remedy: String },
    /// A fault in scribe.
    Broken,
}

/// The answer carries its code here, so that the metrics can count it.
#[derive(Debug, Clone)]
pub(crate) struct ProblemCode(pub &'static str);

/// The answer carries why the store is unavailable, for whoever knows what was asked.
#[derive(Debug, Clone)]
pub(crate) struct Unavailable(pub String);

impl Problem {
    /// A field that is wrong.
    pub(crate) fn field(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Field { path: path.into(), what: what.into(), hint: String::new() }
    }

    /// A query parameter that is wrong.
    pub(crate) fn query(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Query { name: name.into(), what: what.into(), hint: String::new() }
    }

    /// The domain's answer when nobody has heard of an incident.
    pub(crate) fn unknown_incident(id: &scribe_domain::ids::IncidentId) -> Self {
        Self::Refused(Refusal::new(
            Reason::UnknownIncident,
            format!("there is no incident {id}"),
            Remedy::step("look for the one that is meant", Step::ListIncidents),
        ))
    }

    /// The HTTP status.
    pub(in crate::http) fn status(&self) -> StatusCode {
        use {Reason as R, StatusCode as S};
        match self {
            Self::Refused(refusal) => match refusal.reason {
                R::UnknownIncident | R::UnknownNumber | R::UnknownEvent | R::UnknownPerson => S::NOT_FOUND,
                R::BadCorrection | R::TimesContradict => S::UNPROCESSABLE_ENTITY,
                _ => S::CONFLICT,
            },
            Self::Stale { .. } => S::PRECONDITION_FAILED,
            Self::Contended
            | Self::Store(
                StoreError::Unavailable(_)
                | StoreError::Barred { .. }
                | StoreError::ClockWrong { .. }
                | StoreError::NotShown(_)
                | StoreError::NotWiped(_),
            )
            | Self::Unseen { .. }
            | Self::CannotSign { .. }
            | Self::Differs { .. }
            | Self::NoStamp(NoStamp::Away(_))
            | Self::TimedOut
            | Self::Overloaded
            | Self::HookLater { .. }
            | Self::NotReady { .. }
            | Self::Provider(Trouble::Away(_) | Trouble::SetUp(_))
            | Self::NotLetIn { .. } => S::SERVICE_UNAVAILABLE,
            Self::Store(StoreError::Damaged(_)) | Self::Broken => S::INTERNAL_SERVER_ERROR,
            Self::Store(StoreError::Unacceptable(_))
            | Self::InTheFuture { .. }
            | Self::KeyReused { .. }
            | Self::Line { .. } => S::UNPROCESSABLE_ENTITY,
            Self::NotUtf8 { .. }
            | Self::Malformed { .. }
            | Self::Field { .. }
            | Self::Query { .. }
            | Self::Address { .. }
            | Self::Header { .. }
            | Self::NoStamp(NoStamp::Address(_)) => S::BAD_REQUEST,
            Self::MediaType { .. } => S::UNSUPPORTED_MEDIA_TYPE,
            Self::NotAcceptable { .. } => S::NOT_ACCEPTABLE,
            Self::TooLarge { .. } => S::PAYLOAD_TOO_LARGE,
            Self::OtherRecord { .. } | Self::Rewritten { .. } | Self::NoStamp(NoStamp::Nothing) => {
                S::CONFLICT
            }
            Self::NoReceipt { .. }
            | Self::NotInRecord { .. }
            | Self::NoSuchAddress { .. }
            | Self::Provider(Trouble::NoProvider)
            | Self::NoSuchCommand { .. } => S::NOT_FOUND,
            Self::Method { .. } => S::METHOD_NOT_ALLOWED,
            Self::ForeignHost { .. } => S::MISDIRECTED_REQUEST,
            Self::NotAllowed(NotAllowed::Unknown) | Self::BadToken(_) | Self::BadSession(_) => {
                S::UNAUTHORIZED
            }
            Self::NotAllowed(_) | Self::CrossOrigin | Self::NoSignIn(_) | Self::Provider(_) => S::FORBIDDEN,
            Self::TooMany { .. } => S::TOO_MANY_REQUESTS,
            Self::NoStamp(NoStamp::Refused(_) | NoStamp::Odd(_) | NoStamp::Wrong(_)) => S::BAD_GATEWAY,
            Self::SlowBody => S::REQUEST_TIMEOUT,
        }
    }

    /// The stable code and a few words.
    pub(in crate::http) fn code(&self) -> (&'static str, &'static str) {
        match self {
            Self::Refused(refusal) => (refusal.reason.code(), "Refused"),
            Self::Stale { .. } => ("stale_revision", "The incident has moved on"),
            Self::Contended => ("contended", "Too many at once"),
            Self::Store(StoreError::Unavailable(_)) | Self::Unseen { .. } => {
                ("store_unavailable", "The store is unavailable")
            }
            Self::Store(StoreError::Barred { .. }) => ("store_barred", "The store cannot be used"),
            Self::Store(StoreError::ClockWrong { .. }) => ("clock_wrong", "A clock is wrong"),
            Self::Store(StoreError::NotShown(_)) => ("not_shown_yet", "Kept, but not shown here yet"),
            Self::Store(StoreError::NotWiped(_)) => ("not_wiped", "Erased, but not yet wiped"),
            Self::Store(StoreError::Damaged(_)) => ("store_damaged", "The record cannot be read"),
            Self::Store(StoreError::Unacceptable(_)) => ("unacceptable", "The store cannot take this"),
            Self::NotUtf8 { .. } => ("invalid_utf8", "The body is not UTF-8"),
            Self::Malformed { .. } => ("malformed_json", "The body is not JSON"),
            Self::Field { .. } => ("invalid_field", "A field is wrong"),
            Self::Line { .. } => ("invalid_line", "A line is wrong"),
            Self::Query { .. } => ("invalid_query", "A query parameter is wrong"),
            Self::Address { .. } => ("invalid_address", "A part of the address is wrong"),
            Self::Header { .. } => ("invalid_header", "A header is wrong"),
            Self::MediaType { .. } => ("unsupported_media_type", "The body is in another form"),
            Self::NotAcceptable { .. } => ("not_acceptable", "No such form is offered"),
            Self::TooLarge { .. } => ("too_large", "The body is too large"),
            Self::InTheFuture { .. } => ("occurred_in_future", "It would be in the future"),
            Self::KeyReused { .. } => ("idempotency_key_reused", "The key stands for another request"),
            Self::OtherRecord { .. } => ("other_record", "This is another record"),
            Self::NoReceipt { .. } => ("no_receipt", "No such request is known"),
            Self::NotInRecord { .. } => ("not_in_record", "Not in this record"),
            Self::CannotSign { .. } => ("cannot_sign", "The record cannot be signed"),
            Self::Rewritten { .. } => ("record_rewritten", "The record is not what was signed"),
            Self::Differs { .. } => ("record_differs", "The record differs from what others have signed"),
            Self::NoStamp(NoStamp::Nothing) => ("nothing_to_stamp", "There is nothing to stamp"),
            Self::NoStamp(NoStamp::Address(_)) => ("no_authority", "No authority can be asked there"),
            Self::NoStamp(NoStamp::Away(_)) => ("authority_unavailable", "The authority does not answer"),
            Self::NoStamp(NoStamp::Refused(_)) => ("stamp_refused", "The authority refused"),
            Self::NoStamp(NoStamp::Odd(_) | NoStamp::Wrong(_)) => {
                ("bad_stamp", "What the authority answered is not kept")
            }
            Self::NoSuchAddress { .. } => ("not_found", "No such address"),
            Self::NoSuchCommand { .. } => ("unknown_command", "No such command"),
            Self::Method { .. } => ("method_not_allowed", "The address takes other methods"),
            Self::NotAllowed(NotAllowed::Unknown) => ("not_authenticated", "Nothing shows who asks"),
            Self::NotAllowed(NotAllowed::Scope { .. }) => {
                ("missing_scope", "The scope for this was not given")
            }
            Self::NotAllowed(NotAllowed::Source { .. }) => ("other_source", "The token is for other tools"),
            Self::NotAllowed(NotAllowed::OtherName { .. }) => ("other_name", "The token is somebody else's"),
            Self::NotAllowed(NotAllowed::NotAll { .. }) => ("not_all", "Not all of it is for them to see"),
            Self::BadToken(_) => ("bad_token", "The token does not count"),
            Self::BadSession(_) => ("bad_session", "The session does not count"),
            Self::NoSignIn(_) => ("no_sign_in", "Nobody is signed in by this"),
            Self::Provider(Trouble::Away(_) | Trouble::SetUp(_)) => {
                ("provider_unavailable", "The provider cannot be asked")
            }
            Self::Provider(Trouble::NoProvider) => ("no_provider", "No provider is set up"),
            Self::Provider(_) => ("sign_in_failed", "Signing in came to nothing"),
            Self::ForeignHost { .. } => ("foreign_host", "Not under this name"),
            Self::CrossOrigin => ("cross_origin", "Not from another site"),
            Self::TimedOut => ("timed_out", "It took too long"),
            Self::Overloaded | Self::HookLater { .. } => ("overloaded", "Too many requests at once"),
            Self::TooMany { .. } => ("too_many_requests", "Too many requests"),
            Self::SlowBody => ("slow_body", "The body came too slowly"),
            Self::NotReady { .. } | Self::NotLetIn { .. } => ("not_ready", "Not ready"),
            Self::Broken => ("internal", "A fault in scribe"),
        }
    }

    pub(in crate::http) fn detail(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.message.clone(),
            Self::Stale { expected, actual } => {
                format!("the incident is at revision {actual}, not at the expected {expected}")
            }
            Self::Contended => "others kept appending to this incident at the same time".into(),
            // The cause may be in the way to the store, so that nobody here knows what it took.
            Self::Store(StoreError::Unavailable(why)) => format!("nothing was acknowledged: {why}"),
            Self::Store(StoreError::NotShown(why)) => {
                format!("it is recorded, but not shown here yet: {why}")
            }
            Self::Store(
                error @ (StoreError::Barred { .. } | StoreError::ClockWrong { .. } | StoreError::NotWiped(_)),
            ) => error.to_string(),
            Self::Store(StoreError::Damaged(_)) => {
                "what is kept cannot be read; the log says what and where".into()
            }
            Self::NotUtf8 { at } => format!("the byte at offset {at} is not UTF-8"),
            Self::Malformed { line, column, what } => format!("line {line}, column {column}: {what}"),
            Self::Field { path, what, .. } if path.is_empty() => what.clone(),
            Self::Field { path, what, .. } => format!("{path}: {what}"),
            Self::Line { line, what, .. } => format!("line {line}: {what}"),
            Self::Query { name, what, .. } => format!("{name}: {what}"),
            // What the store finds unacceptable is the request itself: for the caller to read.
            Self::Address { what, .. }
            | Self::Store(StoreError::Unacceptable(what))
            | Self::NotInRecord { what }
            | Self::CannotSign { what }
            | Self::Differs { what }
            | Self::Rewritten { what } => what.clone(),
            Self::NoStamp(why) => format!("nothing was stamped: {why}"),
            Self::Header { name, what, .. } => format!("{name}: {what}"),
            Self::MediaType { given, .. } => format!("{given:?} is not read here"),
            Self::NotAcceptable { offered } => format!("this address offers {offered}"),
            Self::TooLarge { limit } => format!("the body has more than {limit} bytes"),
            Self::InTheFuture { field, occurred, now, .. } => {
                format!("{field}: {occurred} is ahead of {now}, when this was received")
            }
            Self::KeyReused { incident } => {
                let about = incident.as_ref().map_or_else(String::new, |about| format!(" about {about}"));
                format!("this key was used before, for another request{about}; this one was not carried out")
            }
            Self::OtherRecord { line, position } => {
                format!("line {line}: this record holds another event at position {position}")
            }
            Self::NoReceipt { key } => format!("no request with the key {key:?} is in this record"),
            Self::NoSuchAddress { path } => format!("there is nothing at {path}"),
            Self::NoSuchCommand { name, .. } => format!("{name:?} is not a command"),
            Self::Method { allowed } => format!("this address takes {allowed}"),
            Self::NotAllowed(why) => why.to_string(),
            Self::BadToken(why) => why.to_string(),
            Self::BadSession(why) => why.to_string(),
            Self::NoSignIn(why) => why.to_string(),
            Self::Provider(why) => why.to_string(),
            Self::ForeignHost { host } => format!("{host:?} is not a name of this machine's own"),
            Self::CrossOrigin => "a page of another site sent this".into(),
            Self::TimedOut => "the request was not finished in time".into(),
            Self::Overloaded => "the server has as many requests as it takes at once".into(),
            Self::TooMany { .. } | Self::HookLater { .. } => {
                "more requests came than are taken from one sender".into()
            }
            Self::SlowBody => "the body did not come in time; the connection is closed".into(),
            Self::Unseen { why } | Self::NotReady { why } | Self::NotLetIn { why, .. } => why.clone(),
            Self::Broken => "the request met a fault in scribe; the log says where".into(),
        }
    }

    fn field_name(&self) -> Option<String> {
        match self {
            Self::Field { path, .. } if !path.is_empty() => Some(path.clone()),
            Self::Query { name, .. } => Some(name.clone()),
            Self::Header { name, .. } | Self::Address { name, .. } => Some((*name).into()),
            Self::InTheFuture { field, .. } => Some((*field).into()),
            _ => None,
        }
    }

    fn line(&self) -> Option<usize> {
        match self {
            Self::Malformed { line, .. } | Self::Line { line, .. } | Self::OtherRecord { line, .. } => {
                Some(*line)
            }
            _ => None,
        }
    }
}

impl Problem {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Refused(refusal) => Some(refusal.remedy.clone()),
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (code, title) = self.code();
        let status = self.status();
        match &self {
            Self::Store(error @ StoreError::Unavailable(_)) => {
                tracing::warn!(%error, code, "the store says no");
            }
            Self::Store(error) => tracing::error!(%error, code, "the store says no"),
            Self::Broken => {}
            // Whoever asks asks every second; what is wrong has been told by whoever found it.
            Self::NotReady { .. } | Self::NotLetIn { .. } | Self::Unseen { .. } => {
                tracing::debug!(code, "{}", self.detail());
            }
            _ if status.is_server_error() => tracing::warn!(code, "{}", self.detail()),
            _ => tracing::debug!(code, "{}", self.detail()),
        }
        let details = ProblemDetails {
            kind: format!("urn:scribe:problem:{code}"),
            title: title.into(),
            status: status.as_u16(),
            detail: self.detail(),
            code: code.into(),
            hint: self.hint(),
            remedy: self.remedy(),
            field: self.field_name(),
            line: self.line(),
        };
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        // What somebody must change first does not pass in a second.
        if status == StatusCode::SERVICE_UNAVAILABLE
            && !matches!(
                self,
                Self::Store(StoreError::Barred { .. } | StoreError::ClockWrong { .. })
                    | Self::NotLetIn { .. }
            )
        {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"scribe\""));
        }
        if let Self::TooMany { seconds } | Self::HookLater { seconds } = &self {
            headers.insert(RETRY_AFTER, HeaderValue::from(*seconds));
        }
        if matches!(self, Self::SlowBody) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Self::Method { allowed } = &self
            && let Ok(allowed) = HeaderValue::from_str(allowed)
        {
            headers.insert(ALLOW, allowed);
        }
        response.extensions_mut().insert(ProblemCode(code));
        response.extensions_mut().insert(details);
        if let Self::Store(StoreError::Unavailable(why)) = self {
            response.extensions_mut().insert(Unavailable(why));
        }
        response
    }
}
