//! Given, when, then.
//!
//! Events and commands are written as the JSON that is stored and sent, so a scenario reads like the
//! record and pins the field names on the way.

use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use scribe_domain::actor::Actor;
use scribe_domain::clocks::TimeStanding;
use scribe_domain::command::Command;
use scribe_domain::command::decide;
use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::{CommandId, EventId, IncidentId, Position, Revision};
use scribe_domain::incident::Incident;
use scribe_domain::namesakes::Namesakes;
use scribe_domain::recorded::{Cause, Recorded};
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde_json::Value;
use uuid::Uuid;

/// Defines scenarios as tests, and lists them for [`super::coverage`].
macro_rules! scenarios {
    ($(fn $name:ident() $body:block)+) => {
        $(#[test] fn $name() $body)+

        /// Every scenario of this file.
        pub(crate) const ALL: &[fn()] = &[$($name),+];
    };
}
pub(crate) use scenarios;

thread_local! {
    /// What the scenarios run on this thread have shown.
    pub(crate) static SHOWN: RefCell<Shown> = RefCell::default();
}

/// Commands that were accepted and reasons that were given.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) accepted: BTreeSet<&'static str>,
    pub(crate) refused: BTreeSet<&'static str>,
}

/// The incident that every scenario is about.
pub(crate) fn id() -> IncidentId {
    "20230104-list-import-problems".parse().unwrap()
}

/// An event, as it is stored.
pub(crate) fn event(kind: &str, fields: Value) -> IncidentEvent {
    let read = IncidentEvent::from_told(kind, fields).unwrap_or_else(|| panic!("no kind {kind}"));
    read.unwrap_or_else(|error| panic!("{kind}: {error}"))
}

/// The declaration that most scenarios begin with.
pub(crate) fn declared() -> IncidentEvent {
    event(
        "declared",
        serde_json::json!({"title": "List import problems", "tier": "engineering", "severity": "sev3"}),
    )
}

/// The id of the given event at this place, from 1.
pub(crate) fn nth(place: u128) -> EventId {
    EventId::derive(CommandId(Uuid::from_u128(place)), 0)
}

/// These events have been recorded, in this order.
pub(crate) fn given<const N: usize>(events: [IncidentEvent; N]) -> Given {
    Given(events.into_iter().enumerate().map(|(index, event)| recorded(index as u64 + 1, event)).collect())
}

#[derive(Clone)]
pub(crate) struct Given(Vec<Recorded>);

impl Given {
    /// The same with more events behind it.
    pub(crate) fn and<const N: usize>(mut self, events: [IncidentEvent; N]) -> Self {
        for event in events {
            self.0.push(recorded(self.0.len() as u64 + 1, event));
        }
        self
    }

    /// The same, and the last event was told by this program on behalf of this person.
    pub(crate) fn passed_on_by(mut self, program: &str, person: &str) -> Self {
        let actor = &mut self.0.last_mut().unwrap().cause.actor;
        actor.who = program.parse().unwrap();
        actor.on_behalf_of = Some(person.parse().unwrap());
        self
    }

    /// The same, and how it is known who told the last event.
    pub(crate) fn known_by(mut self, origin: &str) -> Self {
        self.0.last_mut().unwrap().cause.origin = Some(origin.parse().unwrap());
        self
    }

    /// The same with more events behind it that an import tells.
    pub(crate) fn imported<const N: usize>(mut self, events: [IncidentEvent; N]) -> Self {
        for event in events {
            let mut recorded = recorded(self.0.len() as u64 + 1, event);
            recorded.cause.actor.via = Label::new(Actor::IMPORT).unwrap();
            self.0.push(recorded);
        }
        self
    }

    /// Somebody asks for this; Zac, unless told with [`Asked::by`].
    pub(crate) fn when(&self, name: &str, fields: Value) -> Asked {
        let command = Command::read(name, fields).unwrap_or_else(|| panic!("no command {name}"));
        let command = command.unwrap_or_else(|error| panic!("{name}: {error}"));
        Asked { incident: self.situation(), command, cause: cause() }
    }

    /// The events.
    pub(crate) fn events(&self) -> &[Recorded] {
        &self.0
    }

    /// What the events amount to.
    pub(crate) fn situation(&self) -> Incident {
        Incident::replay(&self.0)
    }
}

/// A command before a situation.
pub(crate) struct Asked {
    incident: Incident,
    command: Command,
    cause: Cause,
}

impl Asked {
    /// Who asks: a name, `integration:NAME` or `scribe:`.
    pub(crate) fn by(mut self, who: &str) -> Self {
        self.cause.actor.who = who.parse().unwrap();
        self
    }

    /// How it is known who asks.
    pub(crate) fn known_by(mut self, origin: &str) -> Self {
        self.cause.origin = Some(origin.parse().unwrap());
        self
    }

    /// Which names are one person's, as the directory of people says.
    pub(crate) fn knowing(mut self, names: &[&str]) -> Self {
        let one = names.iter().map(|name| name.parse().unwrap()).collect();
        self.cause.namesakes = std::iter::once(one).collect();
        self
    }

    /// When it happened, as they say: otherwise an hour behind the first event.
    pub(crate) fn at(mut self, occurred: &str) -> Self {
        self.cause.occurred = occurred.parse().unwrap();
        self
    }

    /// In whose name they say they ask.
    pub(crate) fn on_behalf_of(mut self, person: &str) -> Self {
        self.cause.actor.on_behalf_of = Some(person.parse().unwrap());
        self
    }

    /// Exactly these events follow.
    #[track_caller]
    pub(crate) fn then<const N: usize>(self, expected: [IncidentEvent; N]) {
        let events = self.decide().unwrap_or_else(|refusal| {
            panic!("{} refused, {}: {refusal}", self.command.name(), refusal.reason)
        });
        assert_eq!(events, Vec::from(expected));
        SHOWN.with_borrow_mut(|shown| shown.accepted.insert(self.command.name()));
    }

    /// It is so already: accepted, and nothing follows.
    #[track_caller]
    pub(crate) fn then_nothing(self) {
        match self.decide() {
            Ok(events) => assert_eq!(events, []),
            Err(refusal) => panic!("{} refused, {}: {refusal}", self.command.name(), refusal.reason),
        }
    }

    /// Something follows, whatever it is.
    #[track_caller]
    pub(crate) fn accepted(self) {
        let events = self.decide().unwrap_or_else(|refusal| {
            panic!("{} refused, {}: {refusal}", self.command.name(), refusal.reason)
        });
        assert!(!events.is_empty(), "{} added nothing", self.command.name());
    }

    /// The domain says no for this reason, in words that a person can use.
    #[track_caller]
    pub(crate) fn refused(self, reason: Reason) {
        self.refused_saying(reason, "");
    }

    /// The same, and message or hint say this.
    #[track_caller]
    pub(crate) fn refused_saying(self, reason: Reason, words: &str) {
        let refusal = match self.decide() {
            Ok(events) => panic!("{} accepted: {events:?}", self.command.name()),
            Err(refusal) => refusal,
        };
        assert_eq!(refusal.reason, reason, "{refusal}");
        let said = format!("{}\n{}", refusal.message, serde_json::to_string(&refusal.remedy).unwrap());
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
        assert!(refusal.message.len() > 10 && refusal.remedy.advice.len() >= 5, "too short: {refusal:?}");
        let said = format!("{}\n{}", refusal.message, refusal.remedy.advice);
        for of_the_program in ["Person(", "Label(", "Some(", "None", "Custom("] {
            assert!(!said.contains(of_the_program), "a type shows through:\n{said}");
        }
        SHOWN.with_borrow_mut(|shown| shown.refused.insert(reason.code()));
    }

    fn decide(&self) -> Result<Vec<IncidentEvent>, Refusal> {
        let decision = decide(&self.incident, &id(), &self.command, &self.cause);
        let again = decide(&self.incident, &id(), &self.command, &self.cause);
        assert_eq!(decision, again, "a decision depends on nothing but what it is given");
        decision
    }
}

/// Zac, an hour after noon.
pub(crate) fn cause() -> Cause {
    Cause {
        command_id: CommandId(Uuid::from_u128(u128::MAX)),
        actor: actor("Zac"),
        occurred: When::second(noon() + TimeDelta::hours(1)),
        told: None,
        source: None,
        origin: None,
        namesakes: Namesakes::default(),
    }
}

fn actor(who: &str) -> Actor {
    Actor { who: who.parse().unwrap(), via: Label::new("test").unwrap(), on_behalf_of: None }
}

fn recorded(place: u64, event: IncidentEvent) -> Recorded {
    let at = noon() + TimeDelta::minutes(i64::try_from(place).unwrap());
    Recorded {
        position: Position(place),
        incident: id(),
        revision: Revision(place),
        recorded_at: at,
        clock: None,
        standing: TimeStanding::default(),
        index: 0,
        cause: Cause {
            command_id: CommandId(Uuid::from_u128(place.into())),
            actor: actor("Ada"),
            occurred: When::second(at),
            told: None,
            source: None,
            origin: None,
            namesakes: Namesakes::default(),
        },
        request: None,
        event,
    }
}

fn noon() -> DateTime<Utc> {
    "2023-01-04T12:00:00Z".parse().unwrap()
}
