use scribe_domain::event::IncidentEvent;
use scribe_domain::event::access::{AccessLimited, AccessOpened};
use scribe_domain::testing::writing::History;

use super::*;
use crate::current::{Board, ListFilter, ListState};
use crate::runner::{fold, fold_as_of};
use crate::runs::Runs;
use crate::testing::sample::{IMPORTS, MAIL, record};

fn history() -> Vec<Recorded> {
    let limited = AccessLimited { to: vec!["Ada Example".parse().unwrap()], why: None };
    let revoked = SystemEvent::from_payload("token_revoked", 1, r#"{"token":"aa"}"#).unwrap().unwrap();
    let created = r#"{"token":"aa","name":"ci","owner":"integration:ci","scopes":["read"],"digest":"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}"#;
    let created = SystemEvent::from_payload("token_created", 1, created).unwrap().unwrap();
    let mut events = History::declared("Imports")
        .at("2023-01-04T18:10Z")
        .event(limited)
        .at("2023-01-04T18:20Z")
        .event(IncidentEvent::System(created))
        .at("2023-01-04T18:30Z")
        .event(AccessOpened { why: None })
        .at("2023-01-04T18:40Z")
        .event(IncidentEvent::System(revoked))
        .events;
    for recorded in &mut events {
        if matches!(recorded.event, IncidentEvent::System(_)) {
            recorded.incident = IncidentId::system();
        }
    }
    events
}

#[test]
fn it_is_seen_as_it_was_at_any_moment() {
    let events = history();
    let label = |text: &str| scribe_domain::text::Label::new(text).unwrap();
    for (by, tokens, revoked, private) in [
        ("18:05", 0, false, false),
        ("18:15", 0, false, true),
        ("18:25", 1, false, true),
        ("18:35", 1, false, false),
        ("18:45", 1, true, false),
    ] {
        let at = format!("2023-01-04T{by}:00Z").parse().unwrap();
        for as_of in
            [AsOf { recorded_by: Some(at), ..AsOf::NOW }, AsOf { occurred_by: Some(at), ..AsOf::NOW }]
        {
            let then = fold_as_of::<AccessView>(&events, &as_of);
            let seen = fold::<AccessView>(
                &events.iter().filter(|e| e.recorded_at <= at).cloned().collect::<Vec<_>>(),
            );
            assert_eq!(then, seen, "{by}");
            assert_eq!(then.acts().acts.len(), tokens + usize::from(revoked), "{by}");
            assert_eq!(then.access.tokens.iter().count(), tokens, "{by}");
            assert_eq!(
                then.access.tokens.get(&label("aa")).is_some_and(|one| one.revoked.is_some()),
                revoked,
                "{by}"
            );
            assert_eq!(then.access.private.len(), usize::from(private), "{by}");
        }
    }
    let text = fold::<AccessView>(&events).acts().document(&Style::default()).text(&Style::default());
    assert!(
        text.contains("revoked the token aa")
            && text.contains("gave integration:ci the token aa (ci) for read"),
        "{text}"
    );
}

#[test]
fn what_somebody_tells_of_tokens_in_an_incident_gives_nothing() {
    let mut events = history();
    for recorded in &mut events {
        recorded.incident = "20230104-x".parse().unwrap();
    }
    let view = fold::<AccessView>(&events);
    assert!(view.access.tokens.is_empty() && view.acts().acts.is_empty());
}

fn of_the_program(events: &[SystemEvent], stream: &IncidentId) -> Vec<Recorded> {
    let mut all = History::new().at("2023-01-05T10:00Z").from("token:aa");
    for (hour, event) in (10..).zip(events) {
        all = all.at(&format!("2023-01-05T{hour}:00Z")).event(IncidentEvent::System(event.clone()));
    }
    for recorded in &mut all.events {
        recorded.incident = stream.clone();
    }
    all.events
}

fn text_of(view: &impl View) -> String {
    let style = Style::default();
    view.document(&style).text(&style)
}

#[test]
fn who_looked_is_told_apart_from_what_was_administered() {
    let seen = |incident: &str| {
        let payload = format!(r#"{{"incident":"{incident}"}}"#);
        SystemEvent::from_payload("private_seen", 1, &payload).unwrap().unwrap()
    };
    let events = of_the_program(&[seen("20230104-a"), seen("20230104-b")], &IncidentId::reads());
    let view = fold::<AccessView>(&events);
    assert!(view.acts().acts.is_empty());
    let all = view.reads();
    let told: Vec<_> = all.reads.iter().map(|read| (read.incident.as_str(), read.by.to_string())).collect();
    assert_eq!(told, [("20230104-b", "Bob Long".to_owned()), ("20230104-a", "Bob Long".to_owned())]);
    let some = view.of_those(&|incident| incident.as_str() == "20230104-a").reads();
    assert_eq!(some.reads.len(), 1);
    let text = text_of(&some);
    assert!(
        text.contains("Bob Long 20230104-a") && text.contains("token:aa") && !text.contains("-b"),
        "{text}"
    );
    assert!(text_of(&view.of_those(&|_| false).reads()).contains("nobody looked at a private incident"));
    for (by, expected) in [("09:00", 0), ("10:00", 1), ("10:59", 1), ("11:00", 2)] {
        let at = Some(format!("2023-01-05T{by}:00Z").parse().unwrap());
        for as_of in [AsOf { recorded_by: at, ..AsOf::NOW }, AsOf { occurred_by: at, ..AsOf::NOW }] {
            assert_eq!(fold_as_of::<AccessView>(&events, &as_of).reads().reads.len(), expected, "{by}");
        }
    }
}

#[test]
fn the_settings_are_those_of_the_last_start() {
    let of = |text: &str| {
        let digest = Digest::of(text.as_bytes());
        SystemEvent::SettingsChanged(scribe_domain::system::SettingsChanged {
            digest,
            text: Text::new(text).ok(),
        })
    };
    let events = of_the_program(&[of("zone = \"UTC\""), of("zone = \"Asia/Tokyo\"")], &IncidentId::system());
    let now = fold::<AccessView>(&events).settings();
    assert_eq!(now.text.as_ref().map(Text::as_str), Some("zone = \"Asia/Tokyo\""));
    assert_eq!(now.since, Some(events[1].recorded_at));
    assert!(text_of(&now).contains("Asia/Tokyo"));
    let before = AsOf { recorded_by: Some(events[0].recorded_at), ..AsOf::NOW };
    let before = fold_as_of::<AccessView>(&events, &before).settings();
    assert_eq!(before.digest, Some(Digest::of(b"zone = \"UTC\"")));
    assert!(text_of(&AccessView::default().settings()).contains("no server ran by settings of its own"));
    assert!(text_of(&AccessView::default().acts()).contains("nothing was administered yet"));
    assert_eq!(fold::<AccessView>(&events).acts().acts.len(), 2);
}

#[test]
fn what_is_the_programs_own_is_no_incident_and_a_view_may_be_of_some() {
    let settings = SystemEvent::from_payload("token_revoked", 1, r#"{"token":"aa"}"#).unwrap().unwrap();
    let mut events = record().events;
    let (runs, board) = (fold::<Runs>(&events), fold::<Board>(&events));
    let mut more = of_the_program(&[settings], &IncidentId::system());
    more[0].position = Position(events.len() as u64 + 1);
    // Even where a stream of the program's own held what an incident holds.
    let mut stray = events[0].clone();
    (stray.incident, stray.position) = (IncidentId::system(), Position(events.len() as u64 + 2));
    events.extend(more);
    events.push(stray);
    let all = ListFilter { state: ListState::All, tier: None, drills: true };
    let at = "2023-01-06T00:00:00Z".parse().unwrap();
    assert_eq!(fold::<Runs>(&events), runs);
    assert_eq!(fold::<Board>(&events), board);
    let only = |id: &IncidentId| id.as_str() == IMPORTS;
    let listed = |board: &Board| {
        board.list(&all, at).incidents.into_iter().map(|line| line.incident.to_string()).collect::<Vec<_>>()
    };
    assert!(listed(&board).contains(&MAIL.to_owned()));
    assert_eq!(listed(&board.of_those(&only)), [IMPORTS]);
    let of_one: Vec<String> = runs.of_those(&only).iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(of_one, [IMPORTS]);
    assert_eq!(runs.of_those(&|_| false).iter().count(), 0);
}
