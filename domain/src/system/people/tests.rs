use chrono::{DateTime, Utc};

use super::*;
use crate::refusal::{Reason, Refusal};
use crate::remedy::Step;
use crate::system::SystemEvent;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-11-28T06:00:00Z")
}

fn when(text: &str) -> Option<When> {
    text.parse().ok()
}

fn person(name: &str) -> Person {
    Person::new(name).unwrap()
}

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

fn teams(names: &[&str]) -> Vec<Label> {
    names.iter().map(|name| Label::new(*name).unwrap()).collect()
}

fn added(name: &str) -> PersonAdded {
    PersonAdded { person: person(name), since: None, teams: Vec::new() }
}

/// What is decided happens, and repeated adds nothing.
fn told(people: &mut People, decide: impl Fn(&People) -> Result<Vec<SystemEvent>, Refusal>) {
    let events = decide(people).unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    for event in &events {
        people.follow(event);
    }
    assert_eq!(decide(people), Ok(Vec::new()), "a repeat adds something");
    let kept = serde_json::to_string(people).unwrap();
    assert_eq!(serde_json::from_str::<People>(&kept).unwrap(), *people);
}

fn refused(decision: Result<Vec<SystemEvent>, Refusal>, reason: Reason, words: &str) {
    let refusal = decision.unwrap_err();
    let said = format!("{}\n{}\n{:?}", refusal.message, refusal.remedy.advice, refusal.remedy.step);
    assert_eq!(refusal.reason, reason, "{said}");
    assert!(said.contains(words), "{words:?} is not in:\n{said}");
}

fn two() -> People {
    let mut people = People::default();
    told(&mut people, |people| people.add(added("Ada Okafor")));
    told(&mut people, |people| people.add(added("Bob Long")));
    people
}

#[test]
fn somebody_is_found_by_every_name_they_had() {
    let mut people = two();
    told(&mut people, |people| {
        people.rename(&person("Ada Okafor"), person("Ada King"), when("2026-11-01"), None, now())
    });
    let ada = people.entry(&person("ADA okafor")).unwrap();
    assert_eq!(ada.name(), &person("Ada King"));
    assert_eq!(ada.name_at(at("2026-10-31T00:00:00Z")), &person("Ada Okafor"));
    assert_eq!(ada.former_names().collect::<Vec<_>>(), [&person("Ada Okafor")]);
    assert!(people.are_one(&person("Ada King"), &person("Ada Okafor")));
    assert!(!people.are_one(&person("Ada King"), &person("Bob Long")));
    assert!(
        people.are_one(&person("Zac"), &person("zac")) && !people.are_one(&person("Zac"), &person("Zoe"))
    );
    assert_eq!(people.present(&person("Ada Okafor")), &person("Ada King"));
    assert_eq!(people.namesakes().of(&person("Ada Okafor")).len(), 2);
    assert_eq!(people.namesakes().of(&person("Bob Long")).len(), 1);
    // A former name is nobody else's, and a name is one only once somebody goes by it.
    refused(people.add(added("ada okafor")), Reason::NameTaken, "Ada King");
    refused(
        people.rename(&person("Bob Long"), person("Ada Okafor"), None, None, now()),
        Reason::NameTaken,
        "Ada King",
    );
    refused(
        people.rename(&person("Bob Long"), person("Bob"), when("2027-01-01"), None, now()),
        Reason::TimesContradict,
        "still to come",
    );
    // Since when, told better.
    told(&mut people, |people| {
        people.rename(&person("Ada King"), person("Ada King"), when("2026-06-01"), None, now())
    });
    let ada = people.entry(&person("Ada King")).unwrap();
    assert_eq!(ada.name_at(at("2026-10-31T00:00:00Z")), &person("Ada King"));
    assert_eq!(ada.names().count(), 2);
}

#[test]
fn an_account_is_one_persons_at_a_time() {
    let (ada, bob, chat) = (person("Ada Okafor"), person("Bob Long"), account("slack:U1"));
    let mut people = two();
    assert!(people.by_account(&chat, now()).is_none());
    told(&mut people, |people| people.link(&ada, chat.clone(), None, None, now()));
    assert_eq!(people.by_account(&chat, now()).unwrap().name(), &ada);
    assert!(people.by_account(&chat, at("2026-11-28T05:59:59Z")).is_none());
    assert!(people.by_account(&account("slack:u1"), now()).is_none());
    refused(people.link(&bob, chat.clone(), None, None, now()), Reason::AccountTaken, "UnlinkAccount");
    // For a time before, it may have been somebody else's.
    told(&mut people, |people| {
        people.link(&bob, chat.clone(), when("2025-01-01"), when("2026-01-01"), now())
    });
    assert_eq!(people.by_account(&chat, at("2025-06-01T00:00:00Z")).unwrap().name(), &bob);
    assert!(people.by_account(&chat, at("2026-06-01T00:00:00Z")).is_none());
    // Since when it is Ada's, told better; and then it ends.
    told(&mut people, |people| people.link(&ada, chat.clone(), when("2026-02-01"), None, now()));
    assert_eq!(people.by_account(&chat, at("2026-06-01T00:00:00Z")).unwrap().name(), &ada);
    told(&mut people, |people| people.unlink(&ada, chat.clone(), when("2026-11-27"), None));
    assert!(people.by_account(&chat, now()).is_none());
    assert_eq!(people.by_account(&chat, at("2026-06-01T00:00:00Z")).unwrap().name(), &ada);
    told(&mut people, |people| people.link(&bob, chat.clone(), when("2026-11-27"), None, now()));
    assert_eq!(people.by_account(&chat, now()).unwrap().name(), &bob);
}

#[test]
fn what_was_never_so_is_corrected_from_the_beginning() {
    let (ada, bob, chat) = (person("Ada Okafor"), person("Bob Long"), account("mail:A@example.com"));
    let mut people = two();
    told(&mut people, |people| people.link(&ada, chat.clone(), Some(When::Unknown), None, now()));
    assert_eq!(people.by_account(&chat, at("2000-01-01T00:00:00Z")).unwrap().name(), &ada);
    people.unlink(&ada, chat.clone(), None, None).unwrap().iter().for_each(|event| people.follow(event));
    assert!(people.by_account(&chat, now()).is_none());
    refused(people.unlink(&ada, chat.clone(), None, None), Reason::UnknownAccount, "not linked");
    told(&mut people, |people| people.link(&bob, chat.clone(), None, None, now()));
    refused(people.unlink(&ada, chat.clone(), None, None), Reason::UnknownAccount, "Bob Long's");
    let earlier = when("2020-01-01");
    refused(people.unlink(&bob, chat.clone(), earlier, None), Reason::TimesContradict, "never was");
    refused(people.unlink(&bob, chat.clone(), Some(When::Unknown), None), Reason::TimesContradict, "known");
    refused(
        people.link(&bob, chat.clone(), when("2027-01-01"), earlier, now()),
        Reason::TimesContradict,
        "begins",
    );
    refused(people.link(&bob, chat, None, Some(When::Unknown), now()), Reason::TimesContradict, "known");
}

#[test]
fn who_has_left_is_reached_by_no_account() {
    let (ada, chat) = (person("Ada Okafor"), account("slack:U1"));
    let mut people = two();
    told(&mut people, |people| people.link(&ada, chat.clone(), when("2020-01-01"), None, now()));
    assert_eq!(people.speaks_by(&chat, now()).unwrap().name(), &ada);
    told(&mut people, |people| people.tell_employment(&ada, when("2020-01-01"), when("2026-11-01"), false));
    assert!(people.by_account(&chat, now()).is_none());
    assert_eq!(people.by_account(&chat, at("2026-10-01T00:00:00Z")).unwrap().name(), &ada);
    assert_eq!(people.holder(&chat, now()).unwrap().name(), &ada);
    let refusal = people.speaks_by(&chat, now()).unwrap_err();
    assert!(refusal.message.contains("has left"), "{refusal}");
    refused(
        people.tell_employment(&ada, when("2027-01-01"), None, false),
        Reason::TimesContradict,
        "before they came",
    );
    refused(people.tell_employment(&ada, None, when("2026-01-01"), true), Reason::TimesContradict, "stayed");
    told(&mut people, |people| people.tell_employment(&ada, None, None, true));
    assert_eq!(people.by_account(&chat, now()).unwrap().name(), &ada);
    let refusal = people.speaks_by(&account("slack:U2"), now()).unwrap_err();
    assert_eq!(refusal.reason, Reason::UnknownAccount);
    assert!(refusal.message.contains("slack:U2"), "{refusal}");
    assert_eq!(refusal.remedy.step, Some(Box::new(Step::LinkAccount { account: account("slack:U2") })));
}

#[test]
fn teams_are_those_of_a_moment() {
    let ada = person("Ada Okafor");
    let mut people = People::default();
    let first = PersonAdded { teams: teams(&["payments"]), since: when("2024-03-01"), ..added("Ada Okafor") };
    told(&mut people, |people| people.add(first.clone()));
    told(&mut people, |people| {
        people.change_teams(&ada, teams(&["mail", "on call"]), when("2026-01-01"), now())
    });
    let entry = people.entry(&ada).unwrap();
    assert_eq!(entry.teams_at(at("2025-01-01T00:00:00Z")), teams(&["payments"]));
    assert_eq!(entry.teams_at(now()), teams(&["mail", "on call"]));
    assert!(!entry.has_come_by(at("2024-01-01T00:00:00Z")) && entry.has_come_by(now()));
    told(&mut people, |people| people.change_teams(&ada, Vec::new(), None, now()));
    assert_eq!(people.entry(&ada).unwrap().teams_at(now()), teams(&[]));
    // Told otherwise, they are another person, or it has to be said what changed.
    refused(
        people.add(added("Ada Okafor")).and_then(|_| people.add(first.clone())),
        Reason::NameTaken,
        "already",
    );
}

#[test]
fn a_misspelt_person_is_merged_and_parted_again() {
    let (ada, slip, bob) = (person("Ada Okafor"), person("Ada Okfor"), person("Bob Long"));
    let mut people = two();
    let before = people.clone();
    // A name that only stands somewhere in the record.
    told(&mut people, |people| people.merge(slip.clone(), &ada, None));
    assert!(people.are_one(&slip, &ada) && !people.are_one(&slip, &bob));
    assert_eq!(people.present(&slip), &ada);
    refused(people.merge(ada.clone(), &slip, None), Reason::MergeIntoSelf, "already");
    refused(people.undo_merge(&ada, None), Reason::NotMerged, "not merged");
    people.undo_merge(&slip, None).unwrap().iter().for_each(|event| people.follow(event));
    assert_eq!(people, before);
    refused(people.undo_merge(&slip, None), Reason::UnknownPerson, "did you mean Ada Okafor?");
    // And one that was entered by a second time: what it has comes along, and goes with it.
    told(&mut people, |people| people.add(added("Ada Okfor")));
    told(&mut people, |people| people.link(&slip, account("slack:U1"), None, None, now()));
    let before = people.clone();
    told(&mut people, |people| people.merge(slip.clone(), &ada, None));
    assert_eq!(people.by_account(&account("slack:U1"), now()).unwrap().name(), &ada);
    assert_eq!(people.iter().count(), 2);
    // Merged once more with what it took in, and parted from below.
    told(&mut people, |people| people.merge(ada.clone(), &bob, None));
    assert!(people.are_one(&slip, &bob) && people.iter().count() == 1);
    people.undo_merge(&slip, None).unwrap().iter().for_each(|event| people.follow(event));
    assert!(!people.are_one(&slip, &bob) && people.are_one(&ada, &bob));
    assert_eq!(people.by_account(&account("slack:U1"), now()).unwrap().name(), &slip);
    people.undo_merge(&ada, None).unwrap().iter().for_each(|event| people.follow(event));
    assert_eq!(people.iter().count(), before.iter().count());
    // Once the one goes by the name of the other, they cannot be told apart any more.
    told(&mut people, |people| people.merge(slip.clone(), &ada, None));
    told(&mut people, |people| people.rename(&ada, slip.clone(), None, None, now()));
    refused(people.undo_merge(&slip, None), Reason::NameTaken, "since they were merged");
    refused(people.merge(slip, &person("Zac"), None), Reason::UnknownPerson, "AddPerson");
}

#[test]
fn what_is_told_of_nobody_changes_nothing() {
    let events: [SystemEvent; 8] = [
        PersonRenamed { person: person("Zac"), to: person("Zoe"), since: When::Unknown, why: None }.into(),
        AccountLinked {
            person: person("Zac"),
            account: account("slack:U9"),
            since: When::Unknown,
            until: None,
        }
        .into(),
        AccountUnlinked { person: person("Zac"), account: account("slack:U9"), until: None, why: None }
            .into(),
        TeamsChanged { person: person("Zac"), teams: teams(&["x"]), since: When::Unknown }.into(),
        EmploymentTold { person: person("Zac"), since: None, left: None }.into(),
        PersonMerged { person: person("Zac"), into: person("Zoe"), why: None }.into(),
        MergeUndone { person: person("Zac"), why: None }.into(),
        PersonRenamed {
            person: person("Bob Long"),
            to: person("Ada Okafor"),
            since: When::Unknown,
            why: None,
        }
        .into(),
    ];
    let mut people = two();
    for event in &events {
        people.follow(event);
    }
    assert_eq!(people, two());
    for event in &events {
        let sentence = event.to_string();
        assert!(sentence.len() > 10 && !sentence.ends_with(' '), "{sentence}");
    }
}
