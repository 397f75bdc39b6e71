//! Who took part.

use scribe_domain::actor::Person;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::text::Label;
use serde::Serialize;

use crate::amended::Entry;
use crate::document::time::Clock;
use crate::document::{Block, Span, dim, plain};
use crate::runner::attribution::Attribution;

/// Somebody who joined the response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Participant {
    /// Who.
    pub who: Person,
    /// Their job or team, as they said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_what: Option<Label>,
    /// When they joined, and on whose word.
    pub joined: Attribution,
    /// When they left last; none if that is not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Attribution>,
}

/// Everybody who joined, by when that was; who came back is one who never left.
pub(super) fn participants(ordered: &[Entry<'_>]) -> Vec<Participant> {
    let mut participants: Vec<Participant> = Vec::new();
    for entry in ordered.iter().filter(|entry| entry.counts()) {
        let told = Attribution::of(entry);
        match entry.event.as_ref() {
            E::Joined(e) => match participants.iter_mut().find(|known| known.who == e.who) {
                Some(known) => {
                    known.left = None;
                    known.as_what = e.as_what.clone().or(known.as_what.take());
                }
                None => participants.push(Participant {
                    who: e.who.clone(),
                    as_what: e.as_what.clone(),
                    joined: told,
                    left: None,
                }),
            },
            E::Left(e) => {
                if let Some(known) = participants.iter_mut().find(|known| known.who == e.who) {
                    known.left = Some(told);
                }
            }
            _ => {}
        }
    }
    participants
}

/// A table of them; none where nobody joined.
pub(super) fn blocks(participants: &[Participant], clock: Clock<'_>) -> Vec<Block> {
    if participants.is_empty() {
        return Vec::new();
    }
    let row = |participant: &Participant| {
        let job = participant.as_what.as_ref().map_or_else(|| dim("not said"), plain);
        let joined = vec![
            plain(clock.tell(participant.joined.occurred)),
            plain(" "),
            Span::Cite(participant.joined.event),
        ];
        let left = match &participant.left {
            Some(left) => vec![plain(clock.tell(left.occurred)), plain(" "), Span::Cite(left.event)],
            None => vec![dim("not recorded")],
        };
        vec![vec![plain(&participant.who)], vec![job], joined, left]
    };
    let mut header = ["Who", "Job or team", "Joined", "Left"].map(str::to_owned).to_vec();
    let mut rows: Vec<_> = participants.iter().map(row).collect();
    if participants.iter().all(|participant| participant.left.is_none()) {
        // Hardly anybody says so, and a column of nothing says nothing.
        header.pop();
        for row in &mut rows {
            row.pop();
        }
    }
    vec![Block::Heading(3, vec![plain("Who joined")]), Block::Table { header, rows }]
}
