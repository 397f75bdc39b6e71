//! Who may see an incident, and who holds which token.

use chrono::{DateTime, Utc};
use scribe_domain::access::{Access, AccessChange};
use scribe_domain::account::Account;
use scribe_domain::actor::{Person, Who};
use scribe_domain::event::IncidentEvent;
use scribe_domain::refusal::Reason;
use scribe_domain::scope::Scope;
use scribe_domain::system::people::{People, PersonAdded};
use scribe_domain::system::tokens::{TokenCreated, Tokens};
use scribe_domain::text::Label;
use scribe_domain::values::Digest;
use serde_json::json;

use crate::harness::{SHOWN, declared, event, given, id, scenarios};

fn who(name: &str) -> Who {
    name.parse().unwrap()
}

scenarios! {
    fn an_incident_is_made_private_and_opened_again() {
        let limited = event("access_limited", json!({"to": ["Ada", "integration:pager"], "why": "a customer's data"}));
        let opened = event("access_opened", json!({}));
        given([declared()])
            .when("limit-access", json!({"to": ["Ada", "integration:pager"], "why": "a customer's data"}))
            .then([limited.clone()]);
        given([declared(), limited]).when("open-access", json!({})).then([opened]);
        given([]).when("limit-access", json!({"to": ["Ada"]})).refused(Reason::UnknownIncident);
        assert!(IncidentEvent::from_told("access_limited", json!({"to": []})).unwrap().is_err());
    }

    fn an_incident_may_be_private_from_its_first_moment() {
        let title = json!({"title": "Leaked payroll", "private_to": ["Ada"]});
        let declared = event("declared", json!({"title": "Leaked payroll", "tier": "engineering", "severity": "sev3"}));
        given([]).when("declare", title).then([declared, event("access_limited", json!({"to": ["Ada"]}))]);
    }

    fn only_those_on_the_list_see_it() {
        let limited = |to: &[&str]| event("access_limited", json!({"to": to}));
        let access = |events: &[IncidentEvent]| {
            let mut all = given([declared()]);
            for event in events {
                all = all.and([event.clone()]);
            }
            let mut access = Access::default();
            for recorded in all.events() {
                if let Some(change) = AccessChange::of(recorded) {
                    access.follow(&change, recorded.recorded_at, &who("Ada"));
                }
            }
            access
        };
        let ada = who("Ada");
        let sees = |access: &Access, name: Option<&Who>| access.shows(&id(), name);
        assert!(sees(&access(&[]), None));
        let private = access(&[limited(&["Ada"])]);
        assert!(sees(&private, Some(&ada)) && sees(&private, Some(&who("ADA "))));
        assert!(!sees(&private, Some(&who("Zac"))) && !sees(&private, None));
        let narrower = access(&[limited(&["Ada", "Zac"]), limited(&["Zac"])]);
        assert!(!sees(&narrower, Some(&ada)) && sees(&narrower, Some(&who("Zac"))));
        assert!(sees(&access(&[limited(&["Ada"]), event("access_opened", json!({}))]), None));
    }

    fn a_token_that_is_not_there_is_not_revoked_and_one_without_a_scope_not_given() {
        let now: DateTime<Utc> = "2026-11-28T06:00:00Z".parse().unwrap();
        let label = |text: &str| Label::new(text).unwrap();
        let created = |scopes: &[Scope]| TokenCreated {
            token: label("a"),
            name: label("laptop"),
            owner: who("Ada"),
            scopes: scopes.to_vec(),
            expires: None,
            incidents: Vec::new(),
            sources: Vec::new(),
            digest: Digest([7; 32]),
            replaces: None,
            made_with: None,
        };
        let refusals = [
            Tokens::default().revoke(&label("a"), None).unwrap_err(),
            Tokens::default().create(created(&[]), now).unwrap_err(),
        ];
        assert_eq!(refusals.clone().map(|refusal| refusal.reason), [Reason::UnknownToken, Reason::NothingGiven]);
        SHOWN.with_borrow_mut(|shown| shown.refused.extend(refusals.map(|refusal| refusal.reason.code())));
        assert!(Tokens::default().create(created(&[Scope::Read]), now).is_ok());
    }

    fn what_the_directory_of_people_does_not_take() {
        let now: DateTime<Utc> = "2026-11-28T06:00:00Z".parse().unwrap();
        let person = |name: &str| name.parse::<Person>().unwrap();
        let account: Account = "slack:U1".parse().unwrap();
        let mut people = People::default();
        let added = |name: &str| PersonAdded { person: person(name), since: None, teams: Vec::new() };
        for name in ["Ada Okafor", "Bob Long"] {
            people.add(added(name)).unwrap().iter().for_each(|event| people.follow(event));
        }
        let linked = people.link(&person("Bob Long"), account.clone(), None, None, now).unwrap();
        for event in &linked {
            people.follow(event);
        }
        let ada = person("Ada Okafor");
        let entered = PersonAdded { teams: vec![Label::new("payments").unwrap()], ..added("ada okafor") };
        for (decision, reason) in [
            (people.rename(&person("Zac"), person("Zoe"), None, None, now), Reason::UnknownPerson),
            (people.add(entered), Reason::NameTaken),
            (people.link(&ada, account.clone(), None, None, now), Reason::AccountTaken),
            (people.unlink(&ada, account, None, None), Reason::UnknownAccount),
            (people.undo_merge(&ada, None), Reason::NotMerged),
            (people.merge(ada.clone(), &ada, None), Reason::MergeIntoSelf),
        ] {
            assert_eq!(decision.unwrap_err().reason, reason);
            SHOWN.with_borrow_mut(|shown| shown.refused.insert(reason.code()));
        }
    }

    fn a_name_that_somebody_had_keeps_the_right_to_see() {
        let mut access = Access::default();
        access.private.insert(id(), vec![who("Ada Okafor"), who("integration:pager")]);
        assert!(access.shows(&id(), Some(&who("Ada Okafor"))) && !access.shows(&id(), Some(&who("Ada King"))));
        let now: DateTime<Utc> = "2026-11-28T06:00:00Z".parse().unwrap();
        let ada: Person = "Ada Okafor".parse().unwrap();
        let added = PersonAdded { person: ada.clone(), since: None, teams: Vec::new() };
        access.follow(&AccessChange::Decided(added.into()), now, &who("Root"));
        let renamed = access.people.rename(&ada, "Ada King".parse().unwrap(), None, None, now).unwrap();
        for event in renamed {
            access.follow(&AccessChange::Decided(event), now, &who("Root"));
        }
        assert!(access.shows(&id(), Some(&who("Ada King"))) && access.shows(&id(), Some(&who("Ada Okafor"))));
        assert!(access.shows(&id(), Some(&who("integration:pager"))) && !access.shows(&id(), Some(&who("Zac"))));
        for (name, hidden) in [("Ada King", 0), ("integration:pager", 0), ("Zac", 1)] {
            let (not_seen, seen) = access.private_to(Some(&who(name)));
            assert_eq!((not_seen.len(), seen.len()), (hidden, 1 - hidden), "{name}");
        }
    }
}
