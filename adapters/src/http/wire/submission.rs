//! A command with its envelope, as a body says it.
//!
//! A body is one flat JSON object, or a form: the command's own fields and, beside them, the envelope:
//! `actor` (who says it), `occurred` (when it happened; now unless told) and `source` (the sender's
//! own key for it). Three commands have a field of such a name themselves: `correct` (`occurred`),
//! `fire-alert` and `resolve-alert` (`source`). There the plain name is the command's, and the
//! envelope's is written with a dot, `cause.occurred` or `cause.source`. The dotted names mean the
//! envelope everywhere.

use chrono::{DateTime, SubsecRound, Utc};
use scribe_domain::account::{Account, OnBehalfOf};
use scribe_domain::actor::{Actor, Who};
use scribe_domain::command::Command;
use scribe_domain::spoken::{self, Here, Lean};
use scribe_domain::text::Label;
use scribe_domain::when::When;

use super::body::Written;
use super::field::Field;
use super::{form, json};
use crate::http::problem::Problem;

pub(crate) use super::field::ENVELOPE;

/// The commands that have a field named like one of the envelope's.
const OWN: [(&str, &str); 3] =
    [("correct", "occurred"), ("fire-alert", "source"), ("resolve-alert", "source")];

/// Whether this field of the envelope goes by its plain name in this command.
pub(crate) fn is_plain(command: &str, field: &str) -> bool {
    !OWN.contains(&(command, field))
}

/// A command and its envelope.
#[derive(Debug)]
pub(crate) struct Submission {
    /// What is asked.
    pub(crate) command: Command,
    /// Who says it.
    pub(crate) actor: Actor,
    /// The account of whom an integration says it for, if it names one.
    pub(crate) account: Option<Account>,
    /// When it happened; now, unless it is told.
    pub(crate) occurred: When,
    /// Whether it is.
    pub(crate) is_told: bool,
    /// The sender's own key for it.
    pub(crate) source: Option<Label>,
}

/// Reads the body of this command.
///
/// Whose word it is need not be told where it is known.
pub(crate) fn read(
    name: &str,
    body: &Written,
    now: DateTime<Utc>,
    known: Option<&Who>,
) -> Result<Submission, Problem> {
    match body {
        Written::Json(body) => from_fields(name, json::members(body)?, now, known),
        Written::Form(body) => from_fields(name, form::fields(body)?, now, known),
    }
}

fn from_fields<F: Field>(
    name: &str,
    members: Vec<(String, F)>,
    now: DateTime<Utc>,
    known: Option<&Who>,
) -> Result<Submission, Problem> {
    let mut actor = None;
    let mut occurred = None;
    let mut source = None;
    let mut fields = Vec::new();
    for (key, value) in members {
        let envelope = match key.strip_prefix("cause.") {
            Some(field) => Some(field),
            None => Some(key.as_str()).filter(|field| is_plain(name, field)),
        };
        let place = match envelope {
            Some("actor") => &mut actor,
            Some("occurred") => &mut occurred,
            Some("source") => &mut source,
            _ => {
                fields.push((key, value));
                continue;
            }
        };
        if place.replace(value).is_some() {
            return Err(Problem::field(key, "stands there twice"));
        }
    }
    let (actor, account) = match (actor, known) {
        (Some(actor), _) => read_actor(&actor, known)?,
        (None, Some(who)) => checked(ActorFields::of(who), known)?,
        (None, None) => {
            return Err(Problem::Field {
                path: "actor".into(),
                what: "is missing".into(),
                hint: "say who tells it: \"actor\": \"Zac Bentley\" or \"integration:NAME\"".into(),
            });
        }
    };
    let is_told = occurred.is_some();
    let occurred = match occurred {
        // It is told live, so people's words will do; a page has no zone of its own to read them in.
        Some(occurred) => {
            spoken::hear(&occurred.read::<String>("occurred")?, Here { now, zone: None, lean: Lean::Past })
                .map_err(|error| Problem::field("occurred", error.to_string()))?
        }
        None => When::second(now.trunc_subsecs(0)),
    };
    let source = source.map(|source| source.read("source")).transpose()?;
    let command = F::command(name, fields);
    let unknown = || Problem::NoSuchCommand { name: name.into(), known: Command::NAMES.join(", ") };
    Ok(Submission { command: command.ok_or_else(unknown)??, actor, account, occurred, is_told, source })
}

/// An actor: one text, or an object that also says through what and for whom.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ActorFields {
    /// Who it is; whose token is shown, unless told.
    #[serde(default)]
    pub(crate) who: Option<Who>,
    /// Through what; `http` unless told.
    #[serde(default)]
    pub(crate) via: Option<Label>,
    /// For whom, if it is no person: a name, or better an account of theirs, as the directory has it.
    #[serde(default)]
    pub(crate) on_behalf_of: Option<OnBehalfOf>,
}

impl ActorFields {
    /// Somebody, in their own name.
    pub(crate) fn of(who: &Who) -> Self {
        Self { who: Some(who.clone()), via: None, on_behalf_of: None }
    }
}

fn read_actor(value: &impl Field, known: Option<&Who>) -> Result<(Actor, Option<Account>), Problem> {
    let told = if value.has_fields() {
        value.read::<ActorFields>("actor")?
    } else {
        ActorFields::of(&value.read("actor")?)
    };
    checked(told, known)
}

/// Who tells something, unless nobody can tell it so; and the account of whom they tell it for, if they name one.
pub(crate) fn checked(told: ActorFields, known: Option<&Who>) -> Result<(Actor, Option<Account>), Problem> {
    let who = told.who.or_else(|| known.cloned()).ok_or_else(|| Problem::Field {
        path: "actor.who".into(),
        what: "is missing".into(),
        hint: "say who tells it: \"who\": \"Zac Bentley\" or \"integration:NAME\"".into(),
    })?;
    if told.on_behalf_of.is_some() && matches!(who, Who::Person(_)) {
        return Err(Problem::Field {
            path: "actor.on_behalf_of".into(),
            what: "a person acts in their own name".into(),
            hint: "only an integration or scribe itself acts on somebody's behalf".into(),
        });
    }
    if who == Who::Scribe {
        return Err(Problem::Field {
            path: "actor".into(),
            what: "nobody else tells things in scribe's name".into(),
            hint: "say who tells it: a person, or integration:NAME".into(),
        });
    }
    if told.via.as_ref().is_some_and(|via| via.as_str() == Actor::IMPORT) {
        return Err(Problem::Field {
            path: "actor.via".into(),
            what: "only an import says so".into(),
            hint: "leave it out, or say through what it comes; a history is told by POST /v1/imports".into(),
        });
    }
    let via = match told.via {
        Some(via) => via,
        None => Label::new("http").map_err(|error| Problem::field("actor.via", error.to_string()))?,
    };
    let (on_behalf_of, account) = match told.on_behalf_of {
        Some(OnBehalfOf::Person(person)) => (Some(person), None),
        Some(OnBehalfOf::Account(account)) => (None, Some(account)),
        None => (None, None),
    };
    Ok((Actor { who, via, on_behalf_of }, account))
}
