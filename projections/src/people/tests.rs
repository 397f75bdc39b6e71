use scribe_domain::event::IncidentEvent;
use scribe_domain::ids::IncidentId;
use scribe_domain::recorded::Recorded;
use scribe_domain::system::SystemEvent;
use scribe_domain::testing::writing::History;

use super::*;
use crate::access::AccessView;
use crate::runner::{fold, fold_as_of};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn event(kind: &str, payload: &str) -> SystemEvent {
    SystemEvent::from_payload(kind, 1, payload).unwrap().unwrap()
}

/// In 2026, on successive hours of one day.
fn history() -> Vec<Recorded> {
    let told = [
        event("person_added", r#"{"person":"Ada Okafor","since":"2024-03-01","teams":["payments"]}"#),
        event("person_added", r#"{"person":"Bob Long","since":"2026-02-01"}"#),
        event("account_linked", r#"{"person":"Bob Long","account":"slack:U1","since":"2024-03-01"}"#),
        // It never was Bob's, but Ada's.
        event("account_unlinked", r#"{"person":"Bob Long","account":"slack:U1"}"#),
        event("account_linked", r#"{"person":"Ada Okafor","account":"slack:U1","since":"2024-03-01"}"#),
        event("person_renamed", r#"{"person":"Ada Okafor","to":"Ada King","since":"2025-06-01"}"#),
        event("person_merged", r#"{"person":"Ada Okfor","into":"Ada King"}"#),
        event("employment_told", r#"{"person":"Bob Long","since":"2026-02-01","left":"2026-03-01"}"#),
    ];
    let mut all = History::new();
    for (hour, event) in (10..).zip(told) {
        all = all.at(&format!("2026-05-01T{hour}:00Z")).event(IncidentEvent::System(event));
    }
    for recorded in &mut all.events {
        recorded.incident = IncidentId::people();
    }
    all.events
}

fn seen(recorded_by: Option<&str>, occurred_by: Option<&str>) -> PeopleList {
    let as_of = AsOf { recorded_by: recorded_by.map(at), occurred_by: occurred_by.map(at) };
    let events = history();
    let view = fold_as_of::<AccessView>(&events, &as_of);
    assert_eq!(view, fold::<AccessView>(&events).as_of_now(&as_of));
    PeopleList::of(&view.access.people, &as_of, at("2026-06-01T00:00:00Z"), Accounts::Shown)
}

impl AccessView {
    fn as_of_now(&self, as_of: &AsOf) -> Self {
        use crate::runner::Projection as _;
        self.as_of(as_of).0
    }
}

fn told(list: &PeopleList) -> Vec<String> {
    let row = |row: &PersonRow| {
        let accounts = row.accounts.as_deref().map(joined).unwrap_or_default();
        format!("{} [{accounts}]{}", row.name, if row.has_left { " left" } else { "" })
    };
    list.people.iter().map(row).collect()
}

#[test]
fn what_was_believed_and_what_was_so_are_two_questions() {
    assert_eq!(told(&seen(None, None)), ["Ada King [slack:U1]", "Bob Long [] left"]);
    // What was believed at half past twelve: the account was Bob's.
    let then = Some("2026-05-01T12:30:00Z");
    assert_eq!(told(&seen(then, None)), ["Ada Okafor []", "Bob Long [slack:U1]"]);
    // What was so in April 2025, by what is known now: Ada had another name, Bob was not there.
    let april = Some("2025-04-01T00:00:00Z");
    assert_eq!(told(&seen(None, april)), ["Ada Okafor [slack:U1]"]);
    assert_eq!(seen(None, april).people[0].other_names, ["Ada King".parse().unwrap()]);
    // And what was believed of it at half past twelve.
    assert_eq!(told(&seen(then, april)), ["Ada Okafor []"]);
    assert_eq!(told(&seen(None, Some("2026-02-15T00:00:00Z"))), ["Ada King [slack:U1]", "Bob Long []"]);
    // Before anything was recorded.
    assert_eq!(told(&seen(Some("2026-05-01T09:00:00Z"), None)), Vec::<String>::new());
}

#[test]
fn acts_of_the_directory_are_told_when_they_were_recorded() {
    let acts = fold::<AccessView>(&history()).acts();
    assert_eq!(acts.acts.len(), 8);
    assert!(acts.acts[1].what.contains("merged Ada Okfor into Ada King"), "{:?}", acts.acts[1]);
    let before = AsOf { occurred_by: Some(at("2025-04-01T00:00:00Z")), ..AsOf::NOW };
    assert!(fold_as_of::<AccessView>(&history(), &before).acts().acts.is_empty());
}

#[test]
fn one_of_them_is_found_by_any_name_and_accounts_are_for_few() {
    let people = fold::<AccessView>(&history()).access.people;
    let now = at("2026-06-01T00:00:00Z");
    let one =
        |name: &str, accounts| PersonView::of(&people, &name.parse().unwrap(), &AsOf::NOW, now, accounts);
    assert_eq!(one("Zac", Accounts::Shown), None);
    let ada = one("ada okfor", Accounts::Shown).unwrap();
    assert_eq!(ada.person.name, "Ada King".parse().unwrap());
    let style = Style::default();
    let text = ada.document(&style).text(&style);
    for words in ["Ada King", "Ada Okafor", "Ada Okfor", "payments", "since 2024-03-01", "slack:U1"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let hidden = one("Ada King", Accounts::Hidden).unwrap();
    let all = [serde_json::to_string(&hidden).unwrap(), hidden.document(&style).text(&style)].join("\n");
    assert!(!all.contains("slack") && !all.contains("accounts"), "{all}");
    let list = |accounts| PeopleList::of(&people, &AsOf::NOW, now, accounts).document(&style).text(&style);
    assert!(list(Accounts::Shown).contains("slack:U1") && !list(Accounts::Hidden).contains("slack"));
    assert!(list(Accounts::Hidden).contains("2026-02-01 to 2026-03-01"), "{}", list(Accounts::Hidden));
    let nobody = PeopleList::of(&People::default(), &AsOf::NOW, now, Accounts::Hidden);
    assert!(nobody.document(&style).text(&style).contains("nobody is in the directory"));
}
