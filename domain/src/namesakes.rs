//! Which names are one person's, as the directory of people says: a fact that is looked up before a decision.

use std::sync::Arc;

use crate::actor::{Person, Who};

/// Groups of names, each one person's. A name that stands in none is nobody else's. Copies share what they hold, and
/// most hold nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Namesakes(Option<Arc<Vec<Vec<Person>>>>);

impl Namesakes {
    /// Every name of whom this one means, or this one alone.
    pub fn of<'a>(&'a self, name: &'a Person) -> &'a [Person] {
        let group = self.0.iter().flat_map(|groups| groups.iter()).find(|group| group.contains(name));
        group.map_or(std::slice::from_ref(name), Vec::as_slice)
    }

    /// Whether two names are one person's.
    pub fn are_one(&self, one: &Person, other: &Person) -> bool {
        one == other || self.of(one).contains(other)
    }

    /// Whether these are the same: one person, or one program.
    pub fn are_the_same(&self, one: &Who, other: &Who) -> bool {
        match (one, other) {
            (Who::Person(one), Who::Person(other)) => self.are_one(one, other),
            (one, other) => one == other,
        }
    }

    /// Whether two names may be one person's, for all that any of their names tells; see [`Person::may_be`].
    pub fn may_be(&self, one: &Person, other: &Person) -> bool {
        let others = self.of(other);
        self.of(one).iter().any(|one| others.iter().any(|other| one.may_be(other)))
    }

    /// Whether this is a person who may be that one.
    pub fn who_may_be(&self, who: &Who, person: &Person) -> bool {
        matches!(who, Who::Person(other) if self.may_be(other, person))
    }

    /// Whether at least two humans are among them, for all that names tell.
    pub fn are_two<'a>(&self, people: impl IntoIterator<Item = &'a Person>) -> bool {
        let people: Vec<&Person> = people.into_iter().collect();
        people.iter().any(|one| people.iter().any(|other| !self.may_be(one, other)))
    }
}

impl FromIterator<Vec<Person>> for Namesakes {
    fn from_iter<I: IntoIterator<Item = Vec<Person>>>(groups: I) -> Self {
        let groups: Vec<_> = groups.into_iter().collect();
        Self((!groups.is_empty()).then(|| Arc::new(groups)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_person_are_one_and_others_stay_two() {
        let person = |name: &str| Person::new(name).unwrap();
        let (ada, former, bob) = (person("Ada Okafor"), person("Ada King"), person("Bob Long"));
        let names: Namesakes = [vec![ada.clone(), former.clone()]].into_iter().collect();
        assert!(names.are_one(&ada, &former) && names.are_one(&former, &person("ada OKAFOR")));
        assert!(!names.are_one(&ada, &bob) && names.are_one(&bob, &bob));
        // A name that may be any of theirs may be theirs.
        assert!(names.may_be(&ada, &person("ada.king")) && !names.may_be(&ada, &bob));
        assert!(!names.are_two([&ada, &former]) && names.are_two([&ada, &former, &bob]));
        assert!(Namesakes::default().are_two([&ada, &former]));
        let who = |name: &Person| Who::Person(name.clone());
        assert!(
            names.are_the_same(&who(&ada), &who(&former)) && !names.are_the_same(&who(&ada), &Who::Scribe)
        );
        assert!(names.who_may_be(&who(&former), &ada) && !names.who_may_be(&Who::Scribe, &ada));
    }
}
