//! Who may see an incident, and who holds which token.

use chrono::{DateTime, Utc};
use scribe_domain::access::{Access, AccessChange};
use scribe_domain::actor::Who;
use scribe_domain::event::IncidentEvent;
use scribe_domain::refusal::Reason;
use scribe_domain::scope::Scope;
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
        };
        let refusals = [
            Tokens::default().revoke(&label("a"), None).unwrap_err(),
            Tokens::default().create(created(&[]), now).unwrap_err(),
        ];
        assert_eq!(refusals.clone().map(|refusal| refusal.reason), [Reason::UnknownToken, Reason::NothingGiven]);
        SHOWN.with_borrow_mut(|shown| shown.refused.extend(refusals.map(|refusal| refusal.reason.code())));
        assert!(Tokens::default().create(created(&[Scope::Read]), now).is_ok());
    }
}
