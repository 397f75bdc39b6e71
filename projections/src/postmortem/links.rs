//! Where there is more.

use scribe_domain::event::IncidentEvent as E;
use scribe_domain::text::{Label, Locator};
use scribe_domain::values::LinkKind;
use serde::Serialize;

use crate::amended::Entry;
use crate::document::{Block, Span, dim, link, plain};
use crate::runner::attribution::Attribution;

/// Something to look at elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LinkLine {
    /// What kind of thing.
    pub kind: LinkKind,
    /// Where.
    pub at: Locator,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Label>,
    /// When it was linked, and by whom.
    pub told: Attribution,
}

/// What was linked, in order; what was linked again is said once, as it was called last.
pub(super) fn links(ordered: &[Entry<'_>]) -> Vec<LinkLine> {
    let mut links: Vec<LinkLine> = Vec::new();
    for entry in ordered.iter().filter(|entry| entry.counts()) {
        let E::Linked(e) = entry.event.as_ref() else { continue };
        match links.iter_mut().find(|known| known.at == e.at) {
            Some(known) => {
                known.kind = e.kind;
                known.title = e.title.clone().or(known.title.take());
            }
            None => links.push(LinkLine {
                kind: e.kind,
                at: e.at.clone(),
                title: e.title.clone(),
                told: Attribution::of(entry),
            }),
        }
    }
    links
}

pub(super) fn blocks(links: &[LinkLine]) -> Vec<Block> {
    if links.is_empty() {
        return vec![Block::Paragraph(vec![plain("Nothing is linked.")])];
    }
    let item = |line: &LinkLine| {
        let text = line.title.as_ref().map_or(line.at.as_str(), Label::as_str);
        let kind = dim(format!("{}: ", line.kind));
        vec![kind, link(text, line.at.as_str()), plain(" "), Span::Cite(line.told.event)]
    };
    vec![Block::List(links.iter().map(item).collect())]
}
