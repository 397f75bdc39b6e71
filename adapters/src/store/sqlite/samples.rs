//! Things to append, for the tests in this room.

use scribe_domain::actor::Actor;
use scribe_domain::event::words::Noted;
use scribe_domain::event_store::{Append, Draft};
use scribe_domain::ids::{CommandId, Revision};
use scribe_domain::text::{Label, Text};
use scribe_domain::when::When;
use uuid::Uuid;

/// A new request to append some notes to the one incident there is.
pub(in crate::store::sqlite) fn notes(expected: u64, texts: &[&str]) -> Append {
    let draft = |text: &&str| Draft {
        actor: Actor {
            who: "scribe:".parse().unwrap(),
            via: Label::new("test").unwrap(),
            on_behalf_of: None,
        },
        occurred: When::Unknown,
        told: None,
        source: None,
        origin: None,
        event: Noted { text: Text::new(*text).unwrap() }.into(),
    };
    Append {
        incident: "20230104-a".parse().unwrap(),
        expected: Revision(expected),
        command_id: CommandId(Uuid::now_v7()),
        request: None,
        events: texts.iter().map(draft).collect(),
    }
}
