//! What an operation of the API is: its address, what it takes and what it answers.
//!
//! The router and the OpenAPI document are both built from these, so neither can say what the other
//! doesn't; and a query parameter is taken only if it is declared here.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use axum::routing::MethodRouter;

use super::Api;

/// An operation and what carries it out.
pub(super) struct Operation {
    pub(super) spec: Arc<Spec>,
    pub(super) handler: MethodRouter<Api>,
}

/// What an operation takes and answers.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) method: Method,
    /// With its parameters in braces.
    pub(super) path: String,
    /// Unique; names the operation in the document and in the metrics.
    pub(super) id: String,
    pub(super) tag: &'static str,
    /// What it is for; a command tells that itself.
    pub(super) summary: &'static str,
    pub(super) query: Vec<Param>,
    pub(super) body: Body,
    pub(super) answer: Answer,
    pub(super) pace: Pace,
}

/// A query parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) form: Form,
}

/// What a parameter may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Text,
    Number,
    Flag,
    Word(&'static [&'static str]),
}

/// What an operation reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    None,
    /// This command's fields and the envelope.
    Command(&'static str),
    /// What this vendor sends.
    Hook(&'static str),
    /// JSON lines: an export, or told events.
    Lines(&'static str),
}

/// Gives a type's JSON Schema.
pub(super) type SchemaOf = fn(&mut schemars::SchemaGenerator) -> schemars::Schema;

/// The schema of a type.
pub(super) fn schema_of<T: schemars::JsonSchema>(
    generator: &mut schemars::SchemaGenerator,
) -> schemars::Schema {
    generator.subschema_for::<T>()
}

/// What an operation answers when all is well.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// What a command added: 201 where it makes an incident, else 200.
    Receipt,
    /// A view, in these forms.
    View { schema: SchemaOf, forms: &'static [super::format::Format] },
    /// A JSON object.
    Json { about: &'static str, schema: SchemaOf },
    /// Events as lines and as server-sent events.
    Feed,
    /// This media type.
    Other { about: &'static str, media_type: &'static str },
}

/// How long an operation may take and how much it may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
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
    pub(super) fn body_limit(self) -> usize {
        match self {
            Self::Brisk | Self::Endless => 1 << 20,
            // A tool that gets a 4xx drops its alerts, so there is room for large groups of them.
            Self::Hook => 8 << 20,
            Self::Bulk => 256 << 20,
        }
    }

    /// How long it may take until the answer begins.
    pub(super) fn time_limit(self) -> Duration {
        match self {
            Self::Brisk | Self::Hook | Self::Endless => Duration::from_secs(10),
            Self::Bulk => Duration::from_mins(10),
        }
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
            query: Vec::new(),
            body: Body::None,
            answer: Answer::Receipt,
            pace: Pace::Brisk,
        }
    }

    pub(super) fn get(path: impl Into<String>, id: impl Into<String>, tag: &'static str) -> Self {
        Self::new(Method::GET, path, id, tag)
    }

    pub(super) fn post(path: impl Into<String>, id: impl Into<String>, tag: &'static str) -> Self {
        Self::new(Method::POST, path, id, tag)
    }

    pub(super) fn about(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    pub(super) fn query(mut self, params: &[Param]) -> Self {
        self.query.extend_from_slice(params);
        self
    }

    pub(super) fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    pub(super) fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    pub(super) fn answers(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
    }

    pub(super) fn by(self, handler: MethodRouter<Api>) -> Operation {
        Operation { spec: Arc::new(self), handler }
    }

    /// Whether it shows something of the record, which may then be behind. A tile of the ledger never changes,
    /// and is kept by others with whatever headers came with it.
    pub(super) fn is_look(&self) -> bool {
        self.method == Method::GET
            && !matches!(&*self.id, "healthz" | "readyz" | "metrics" | "openapi" | "tasks" | "tile")
    }

    /// Whether it asks about one incident, and so tells that incident's revision.
    pub(super) fn is_of_one_incident(&self) -> bool {
        self.path.contains("/{incident}")
    }
}

/// The operation that a request reached, for the extractors and the metrics.
#[derive(Debug, Clone)]
pub(super) struct Reached(pub(super) Arc<Spec>);
