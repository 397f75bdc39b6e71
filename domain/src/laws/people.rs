//! The directory of people, whatever is told of them and in whatever order.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::account::Account;
use crate::actor::Person;
use crate::refusal::Refusal;
use crate::system::SystemEvent;
use crate::system::people::{People, PersonAdded};
use crate::when::When;

/// Few of each, so that they get into each other's way.
const NAMES: [&str; 5] = ["Ada Okafor", "Ada Okfor", "Ada King", "Bob Long", "Zac"];
const ACCOUNTS: [&str; 3] = ["slack:U1", "slack:U2", "mail:ada@example.com"];

fn now() -> DateTime<Utc> {
    "2026-11-28T06:00:00Z".parse().unwrap()
}

fn name(place: u8) -> Person {
    NAMES[usize::from(place) % NAMES.len()].parse().unwrap()
}

fn account(place: u8) -> Account {
    ACCOUNTS[usize::from(place) % ACCOUNTS.len()].parse().unwrap()
}

/// Unknown, or some hours before or after now.
fn when(hours: i8) -> When {
    if hours == i8::MIN { When::Unknown } else { When::second(now() + TimeDelta::hours(hours.into())) }
}

/// Something that somebody may want to tell.
#[derive(Debug, Clone)]
struct Told {
    act: u8,
    who: u8,
    other: u8,
    account: u8,
    since: Option<i8>,
    until: Option<i8>,
}

impl Told {
    fn decide(&self, people: &People) -> Result<Vec<SystemEvent>, Refusal> {
        let (who, since, until) = (name(self.who), self.since.map(when), self.until.map(when));
        match self.act % 8 {
            0 => people.add(PersonAdded { person: who, since, teams: Vec::new() }),
            1 => people.rename(&who, name(self.other), since, None, now()),
            2 | 3 => people.link(&who, account(self.account), since, until, now()),
            4 => people.unlink(&who, account(self.account), until, None),
            5 => people.tell_employment(&who, since, until, self.other.is_multiple_of(2)),
            6 => people.merge(who, &name(self.other), None),
            _ => people.undo_merge(&who, None),
        }
    }
}

fn told() -> impl Strategy<Value = Told> {
    let hours = || proptest::option::of(prop_oneof![1 => Just(i8::MIN), 9 => -9..9_i8]);
    let told = (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), hours(), hours());
    told.prop_map(|(act, who, other, account, since, until)| Told { act, who, other, account, since, until })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_name_means_one_person_and_an_account_is_one_persons(
        story in proptest::collection::vec(told(), 0..40)
    ) {
        let mut people = People::default();
        for told in &story {
            let Ok(events) = told.decide(&people) else { continue };
            for event in &events {
                people.follow(event);
            }
            // Told again, it adds nothing, whether it is accepted or there is nothing of it left.
            prop_assert!(told.decide(&people).unwrap_or_default().is_empty(), "{:?}", told);
            for name in (0..5).map(name) {
                let meant = people.iter().filter(|entry| entry.goes_by(&name)).count();
                prop_assert!(meant <= 1, "{} means {} people after {:?}", name, meant, told);
                prop_assert!(people.are_one(&name, people.present(&name)));
            }
            for (account, hours) in (0..3).flat_map(|place| (-10..10).map(move |hours| (account(place), hours))) {
                let at = now() + TimeDelta::hours(hours);
                let holders = people.iter().filter(|entry| entry.accounts_at(at).any(|one| *one == account));
                prop_assert!(holders.count() <= 1, "{} at {} after {:?}", account, at, told);
            }
        }
        let kept = serde_json::to_string(&people).unwrap();
        prop_assert_eq!(serde_json::from_str::<People>(&kept).unwrap(), people);
    }
}
