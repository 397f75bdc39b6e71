//! A handful of small numbers out of which anything is made.
//!
//! What a `Seed` means depends on the history it meets: targets are events that are there (mostly),
//! digests are those of lines that were proposed (mostly), and people, names and numbers are few, so that
//! they meet themselves often.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use crate::actor::Actor;
use crate::event::IncidentEvent;
use crate::ids::{CommandId, EventId, IncidentId};
use crate::namesakes::Namesakes;
use crate::recorded::{Cause, Recorded};
use crate::text::Label;
use crate::values::Role;
use crate::when::{Precision, When};

use super::words;

/// The incidents that made-up records are about; a history of one incident is about the first.
pub const INCIDENTS: [&str; 3] = ["20230104-imports-fail", "20230104-mail-delays", "20230105-slow-pages"];

/// Who does things; the second and third are the same person.
pub const PEOPLE: [&str; 6] = ["Ada", "Bob Long", "bob long", "Cleo", "Jos\u{e9}", "<script> O'Neil"];

/// What does things now and then.
const INTEGRATION: &str = "integration:alert|manager";

/// What somebody asks or records, before it meets a history.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Which command or kind of event.
    pub what: usize,
    /// Which incident, where there are several.
    pub incident: usize,
    /// Who.
    pub who: usize,
    /// Which tier, phase, role, person …
    pub choice: usize,
    /// Which event of the history, and which number.
    pub place: usize,
    /// Whether optional fields are given.
    pub full: bool,
    /// When it happens: minutes since [`start`].
    pub minute: i64,
    /// Minutes between the recording of the event before and of this one.
    pub later: i64,
    /// Some prose.
    pub words: String,
    /// What something is called: a component, a team, an alert.
    pub name: String,
    /// A shell line.
    pub line: String,
}

/// Any seed, with any prose.
pub fn seed() -> impl Strategy<Value = Seed> {
    let prose = prop_oneof![Just("imports fail".to_owned()), words::prose()];
    seed_saying(prose, words::plain_name(), words::plain_line())
}

/// Any seed, whose every text tries to be something else than text.
pub fn hostile_seed() -> impl Strategy<Value = Seed> {
    let line = prop_oneof![words::plain_line(), words::hostile_prose()];
    seed_saying(words::hostile_prose(), words::hostile_line(), line)
}

/// Any seed that says only what everybody says: what matters is which events meet.
pub fn plain_seed() -> impl Strategy<Value = Seed> {
    seed_saying(Just("words".to_owned()), words::plain_name(), words::plain_line())
}

fn seed_saying(
    words: impl Strategy<Value = String>,
    name: impl Strategy<Value = String>,
    line: impl Strategy<Value = String>,
) -> impl Strategy<Value = Seed> {
    let minute = prop_oneof![2 => -200..200_i64, 1 => 0..10_000_i64];
    let numbers = (0..10_000_usize, 0..3_usize, 0..=PEOPLE.len(), 0..60_usize, 0..240_usize, any::<bool>());
    (numbers, minute, 0..20_i64, words, name, line).prop_map(
        |((what, incident, who, choice, place, full), minute, later, words, name, line)| Seed {
            what,
            incident,
            who,
            choice,
            place,
            full,
            minute,
            later,
            words,
            name,
            line,
        },
    )
}

/// The moment at which made-up histories begin.
pub fn start() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(19_361) + TimeDelta::hours(12)
}

/// The incident that made-up histories of one incident are about.
pub fn incident() -> IncidentId {
    INCIDENTS[0].parse().expect("an id")
}

impl Seed {
    /// The same, but about declaring.
    #[must_use]
    pub fn declaring(&self) -> Self {
        // Both catalogues begin with it: `testing::tests` holds that.
        Self { what: 0, ..self.clone() }
    }

    /// The actor who asks or records.
    pub fn actor(&self) -> Actor {
        Actor {
            who: self.teller().parse().expect("a name of the list is one"),
            via: Label::new("test").expect("a word is a label"),
            on_behalf_of: self.full.then(|| self.person().parse().expect("a name of the list is one")),
        }
    }

    /// When it happened.
    pub fn occurred(&self) -> When {
        match self.minute.rem_euclid(11) {
            0 => When::Unknown,
            1 => When::At(self.moment(), Precision::About),
            2 => When::second(self.moment() + TimeDelta::seconds(self.later)),
            3 => When::precisely(self.moment(), Precision::Day).unwrap_or(When::Unknown),
            4 => When::At(self.moment(), Precision::Span(self.moment() + TimeDelta::minutes(90))),
            _ => When::At(self.moment(), Precision::Minute),
        }
    }

    /// The request, with this number.
    pub fn cause(&self, number: u128) -> Cause {
        Cause {
            command_id: CommandId(Uuid::from_u128(number)),
            actor: self.actor(),
            occurred: self.occurred(),
            told: None,
            source: None,
            origin: None,
            namesakes: Namesakes::default(),
        }
    }

    pub(super) fn moment(&self) -> DateTime<Utc> {
        start() + TimeDelta::minutes(self.minute)
    }

    /// Whoever or whatever asks or records.
    pub(super) fn teller(&self) -> &'static str {
        PEOPLE.get(self.who).copied().unwrap_or(INTEGRATION)
    }

    pub(super) fn person(&self) -> &'static str {
        PEOPLE[self.choice % PEOPLE.len()]
    }

    /// Somebody else, mostly.
    pub(super) fn other(&self) -> &'static str {
        PEOPLE[self.place % PEOPLE.len()]
    }

    pub(super) fn pick<'a, T: ToString>(&self, words: &'a [T]) -> &'a T {
        &words[self.choice % words.len()]
    }

    pub(super) fn role(&self) -> String {
        let custom: Role = "custom:liaison".parse().expect("a custom role");
        let roles = [Role::IncidentCommander, Role::CommunicationsLead, Role::Responder, custom];
        self.pick(&roles).to_string()
    }

    /// A number that is known more often than not.
    pub(super) fn number(&self) -> u32 {
        u32::try_from(self.place % 4).unwrap_or(0)
    }

    /// An event of the history, mostly; else the one that this seed is about to make, or one to come.
    pub(super) fn target(&self, history: &[Recorded]) -> EventId {
        let place = self.place % (history.len() + 3);
        match history.get(place) {
            Some(recorded) => recorded.event_id(),
            None => EventId::derive(CommandId(Uuid::from_u128(place as u128)), 0),
        }
    }

    /// An event that gave somebody a role, mostly, with that role and whom it names.
    pub(super) fn role_turn(&self, history: &[Recorded]) -> (EventId, String, String) {
        let gave = |recorded: &Recorded| match &recorded.event {
            IncidentEvent::RoleAssigned(e) => {
                Some((recorded.event_id(), e.role.to_string(), e.to.to_string()))
            }
            IncidentEvent::RoleHandedOff(e) => {
                Some((recorded.event_id(), e.role.to_string(), e.to.to_string()))
            }
            _ => None,
        };
        let turns: Vec<_> = history.iter().filter_map(gave).collect();
        let turn = turns.get(self.place % turns.len().max(1)).filter(|_| !self.choice.is_multiple_of(5));
        turn.cloned().unwrap_or_else(|| (self.target(history), self.role(), self.other().to_owned()))
    }

    /// The line that was proposed under this number, mostly.
    pub(super) fn line(&self, history: &[Recorded]) -> String {
        let proposed = history.iter().rev().find_map(|recorded| match &recorded.event {
            IncidentEvent::RunProposed(run) if run.run == self.number() => Some(run.line.to_string()),
            _ => None,
        });
        proposed.filter(|_| !self.choice.is_multiple_of(5)).unwrap_or_else(|| self.line.clone())
    }
}
