//! What an operation of the API is: its address, what it takes and what it answers.
//!
//! The router and the OpenAPI document are both built from these, so neither can say what the other
//! doesn't; and a query parameter is taken only if it is declared here.

/// A parameter: how it is read, and what is said of it.
mod param;
/// The forms of an answer.
mod format;
/// The JSON Schema of a type.
mod schema;

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use scribe_domain::scope::Scope;

pub(crate) use format::{EVENTS, Format, TABLE, VIEW};
pub(crate) use param::{Declared, Moment, Param};
pub(crate) use schema::{SchemaOf, schema_of};

/// What an operation takes and answers.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) method: Method,
    /// With its parameters in braces.
    pub(crate) path: String,
    /// Unique; names the operation in the document and in the metrics.
    pub(crate) id: String,
    pub(crate) tag: &'static str,
    /// What it is for; a command tells that itself.
    pub(crate) summary: &'static str,
    /// The parts of the address that are in braces.
    pub(crate) parts: Vec<Declared>,
    pub(crate) query: Vec<Declared>,
    pub(crate) body: Body,
    pub(crate) answer: Answer,
    pub(crate) pace: Pace,
    /// It is for whoever has one of these.
    pub(crate) scopes: &'static [Scope],
}

/// What an operation reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    None,
    /// This command's fields and the envelope.
    Command(&'static str),
    /// What this vendor sends.
    Hook(&'static str),
    /// JSON lines: an export, or told events.
    Lines(&'static str),
    /// One JSON object, for what is no command.
    Json(SchemaOf),
    /// The fields of a page's form.
    Form(SchemaOf),
}

/// What an operation answers when all is well.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// What a command added: 201 where it makes an incident, else 200.
    Receipt,
    /// A view, in these forms.
    View { schema: SchemaOf, forms: &'static [Format] },
    /// A JSON object.
    Json { about: &'static str, schema: SchemaOf },
    /// Events as lines and as server-sent events.
    Feed,
    /// JSON lines to an end.
    Lines { about: &'static str },
    /// Nothing but where to go on.
    Elsewhere { about: &'static str },
    /// This media type.
    Other { about: &'static str, media_type: &'static str },
}

/// How long an operation may take and how much it may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Answers at once.
    Brisk,
    /// Reads what another tool sends, which may hold hundreds of alerts.
    Hook,
    /// Reads or writes the whole record.
    Bulk,
    /// Answers at once and then goes on without an end.
    Endless,
}

impl Pace {
    /// The most bytes that a body may have.
    pub(crate) fn body_limit(self) -> usize {
        match self {
            Self::Brisk | Self::Endless => 1 << 20,
            // A tool that gets a 4xx drops its alerts, so there is room for large groups of them.
            Self::Hook => 8 << 20,
            Self::Bulk => 256 << 20,
        }
    }

    /// How long it may take until the answer begins.
    pub(crate) fn time_limit(self) -> Duration {
        match self {
            Self::Brisk | Self::Hook | Self::Endless => Duration::from_secs(10),
            Self::Bulk => Duration::from_mins(10),
        }
    }
}

impl Answer {
    /// A view, in these forms.
    pub(crate) fn view<V: schemars::JsonSchema>(forms: &'static [Format]) -> Self {
        Self::View { schema: schema_of::<V>, forms }
    }

    /// A JSON object.
    pub(crate) fn json<T: schemars::JsonSchema>(about: &'static str) -> Self {
        Self::Json { about, schema: schema_of::<T> }
    }
}

impl Spec {
    fn new(method: Method, path: impl Into<String>, id: impl Into<String>, tag: &'static str) -> Self {
        Self {
            method,
            path: path.into(),
            id: id.into(),
            tag,
            summary: "",
            parts: Vec::new(),
            query: Vec::new(),
            body: Body::None,
            answer: Answer::Receipt,
            pace: Pace::Brisk,
            scopes: &[],
        }
    }

    pub(crate) fn get(path: impl Into<String>, id: impl Into<String>, tag: &'static str) -> Self {
        Self::new(Method::GET, path, id, tag)
    }

    pub(crate) fn post(path: impl Into<String>, id: impl Into<String>, tag: &'static str) -> Self {
        Self::new(Method::POST, path, id, tag)
    }

    pub(crate) fn about(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Takes a part of the address that stands in braces.
    pub(crate) fn part<T: 'static>(mut self, part: &Param<T>) -> Self {
        self.parts.push(part.declared());
        self
    }

    /// Takes a query parameter.
    pub(crate) fn query<T: 'static>(mut self, param: &Param<T>) -> Self {
        self.query.push(param.declared());
        self
    }

    /// Takes these query parameters too.
    pub(crate) fn queries(mut self, params: Vec<Declared>) -> Self {
        self.query.extend(params);
        self
    }

    pub(crate) fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    pub(crate) fn answers(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
    }

    /// Whether it shows something of the record, which may then be behind. A tile of the ledger never changes,
    /// and is kept by others with whatever headers came with it.
    pub(crate) fn is_look(&self) -> bool {
        self.method == Method::GET
            && !matches!(
                &*self.id,
                "healthz" | "readyz" | "metrics" | "openapi" | "tasks" | "tile" | "whoami" | "clock"
            )
    }

    /// Whether it asks about one incident, and so tells that incident's revision.
    pub(crate) fn is_of_one_incident(&self) -> bool {
        self.path.contains("/{incident}")
    }
}

/// The operation that a request reached, for the extractors and the metrics.
#[derive(Debug, Clone)]
pub(crate) struct Reached(pub(crate) Arc<Spec>);
