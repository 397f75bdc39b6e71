//! What a command answers.

use scribe_domain::event_store::Receipt;

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
}
