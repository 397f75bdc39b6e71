//! Where somebody is named in an event, and what of that an erasure takes away.
//!
//! A name is found by its words, in a row, by the one rule of [`alike`]: `erika.mustermann@example.com` and
//! `20230104-erika-mustermann-called` name Erika Mustermann, `Mustermann, Erika` and `E. Mustermann` do not.

use serde_json::Value;
use unicode_normalization::char::is_combining_mark;

use crate::actor::Person;
use crate::alike;
use crate::event::IncidentEvent;
use crate::recorded::{Cause, Recorded};

/// How an event names somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mentions {
    /// Whether they told it, or somebody told it for them: that stands in the header, which every proof is of.
    pub tells: bool,
    /// Whether they are named elsewhere in the header.
    pub in_header: bool,
    /// How often they are named where an erasure lets it stand: as a person to whom something was given, by whom
    /// something was done, in the reason of an erasure.
    pub stays: usize,
    /// How often they are named in words that an erasure takes away.
    pub goes: usize,
}

impl Mentions {
    /// In this event. What a correction says is judged by the event that it corrects.
    pub fn of(person: &Person, recorded: &Recorded, corrects: Option<&IncidentEvent>) -> Self {
        let Cause { actor, source, .. } = &recorded.cause;
        let tells = actor.who.to_string();
        let told = number(person, recorded.event.payload().get());
        let stays = match &recorded.event {
            IncidentEvent::Redacted(_) | IncidentEvent::System(_) => told,
            event => number(person, event.remains(corrects).get()).min(told),
        };
        Self {
            tells: is_named_in(person, &tells)
                || actor.on_behalf_of.as_ref().is_some_and(|whom| is_named_in(person, whom.as_str())),
            in_header: is_named_in(person, actor.via.as_str())
                || source.as_ref().is_some_and(|source| is_named_in(person, source.as_str())),
            stays,
            goes: told - stays,
        }
    }

    /// Whether they are named anywhere.
    pub fn is_some(&self) -> bool {
        *self != Self::default()
    }
}

/// Whether a text names them.
pub fn is_named_in(person: &Person, text: &str) -> bool {
    let name: Vec<&str> = words(person.as_str()).collect();
    let text: Vec<&str> = words(text).collect();
    let in_a_row = |row: &[&str]| row.iter().zip(&name).all(|(one, other)| alike::same(one, other));
    (!name.is_empty() && text.windows(name.len()).any(in_a_row))
        || text.iter().any(|word| alike::same(word, person.as_str()))
}

/// What people read as words: what nobody sees ends none.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_unseen = |c: char| alike::is_unseen(c) && !c.is_whitespace() && !c.is_control();
    let is_of_a_word = move |c: char| c.is_alphanumeric() || is_combining_mark(c) || is_unseen(c);
    text.split(move |c| !is_of_a_word(c)).filter(|word| !word.is_empty())
}

/// In how many of a payload's texts they are named, the names of its fields among them.
fn number(person: &Person, payload: &str) -> usize {
    fn of(person: &Person, value: &Value) -> usize {
        match value {
            Value::String(text) => usize::from(is_named_in(person, text)),
            Value::Array(items) => items.iter().map(|item| of(person, item)).sum(),
            Value::Object(fields) => {
                let named = |(name, value): (&String, &Value)| {
                    usize::from(is_named_in(person, name)) + of(person, value)
                };
                fields.iter().map(named).sum()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
    }
    // What was kept is JSON.
    of(person, &serde_json::from_str(payload).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_its_words_in_a_row() {
        let erika: Person = "Erika Mustermann".parse().unwrap();
        for text in [
            "Erika Mustermann",
            "call ERIKA  mustermann's number",
            "erika.mustermann@example.com",
            "ErikaMustermann",
            "Erika\u{200b} Muster\u{200b}mann",
            "20230104-erika-mustermann-called",
        ] {
            assert!(is_named_in(&erika, text), "{text}");
        }
        for text in ["Erika", "Mustermann, Erika", "Erika Mustermanns", "Erika and Max Mustermann", ""] {
            assert!(!is_named_in(&erika, text), "{text}");
        }
    }
}
