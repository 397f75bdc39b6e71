//! What a command answers.

use scribe_domain::event_store::Receipt;
use scribe_domain::when::When;

/// What a command answers: its receipt, and what whoever asked for it should know besides.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Outcome {
    /// What was added, and where.
    #[serde(flatten)]
    pub receipt: Receipt,
    /// What is left open in an incident that ends with this, each as a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_open: Vec<String>,
    /// Where nothing was added since it is so already: since when, and by whose word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_since: Option<String>,
    /// Where it was told when it happened by a clock that is wrong: what was told, and what is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_right: Option<PutRight>,
}

/// When something happened, put right where the clock of whoever told it differs from the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct PutRight {
    /// As it was told; kept beside it.
    pub told: When,
    /// As it is recorded.
    pub occurred: When,
    /// By how many seconds the clock of whoever told it is ahead; negative where it is behind.
    pub ahead: i64,
}
