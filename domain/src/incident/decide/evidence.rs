//! Evidence that is missing.

use serde::Deserialize;

use super::work::must_end_behind;
use super::{Decision, Situation, happened};
use crate::event::evidence::{EvidenceGapEnded, EvidenceGapStarted};
use crate::event::numbered::Numbered;
use crate::text::Text;

/// Evidence that is missing from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartGap {
    /// What is missing, and why.
    pub text: Text,
}

pub(crate) fn start_gap(s: &Situation<'_>, command: &StartGap) -> Decision {
    happened(EvidenceGapStarted { gap: s.next(Numbered::Gap), text: command.text.clone() })
}

pub(crate) fn end_gap(s: &Situation<'_>, told: &EvidenceGapEnded) -> Decision {
    must_end_behind(s, Numbered::Gap, told.gap)?;
    happened(told.clone())
}
