//! What a told history may not say, what it gives nobody, and the order in which it is kept.

use scribe_domain::actor::Actor;
use scribe_domain::event::IncidentEvent as E;
use scribe_domain::event_store::{Append, Draft, EventStore};
use scribe_domain::ids::{CommandId, Revision};
use scribe_domain::text::Label;
use scribe_domain::when::When;
use serde_json::{Value, json};
use uuid::Uuid;

use super::import::problems;
use super::{empty, history, imported};

/// A line of the incident that the next tests tell.
fn line(occurred: &str, kind: &str, fields: &Value) -> String {
    json!({"incident": "20260301-queue", "occurred": occurred, "actor": "Noor", "kind": kind, "fields": fields})
        .to_string()
}

fn file(lines: &[(&str, &str, Value)]) -> String {
    let declared = json!({"title": "Queue", "tier": "internal", "severity": "sev2"});
    let lines = lines.iter().map(|(occurred, kind, fields)| line(occurred, kind, fields));
    std::iter::once(line("2026-03-01T08:00Z", "declared", &declared))
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn what_ends_within_its_minute_is_put_behind_its_beginning() {
    let store = empty();
    let body = file(&[
        ("2026-03-01T08:30Z", "action_finished", json!({"action": 1, "outcome": "done"})),
        (
            "2026-03-01T08:30:20Z",
            "action_assigned",
            json!({"action": 1, "kind": "mitigation", "text": "restart", "to": "Noor"}),
        ),
        ("2026-03-01T08:30Z", "alert_resolved", json!({"source": "grafana", "alert": "Queue"})),
        ("2026-03-01T08:30Z", "alert_fired", json!({"source": "grafana", "alert": "Queue"})),
        ("2026-03-01T08:10Z", "impact_ended", json!({"impact": 1})),
        ("2026-03-01T08:40Z", "impact_started", json!({"impact": 1, "text": "slow"})),
    ]);
    assert_eq!(problems(&imported(&store, &body).await), Vec::<String>::new());
    let kinds: Vec<String> =
        history(&store, "20260301-queue").await.iter().map(|r| r.event.kind().to_owned()).collect();
    assert_eq!(
        kinds,
        [
            "declared",
            "alert_fired",
            "alert_resolved",
            "action_assigned",
            "action_finished",
            "impact_started",
            "impact_ended"
        ]
    );
}

#[tokio::test]
async fn what_contradicts_the_lines_before_it_is_told_by_its_number() {
    let body = file(&[
        ("2026-03-01T08:10Z", "upgraded", json!({"from": "public", "to": "engineering"})),
        ("2026-03-01T08:20Z", "deploy_hold_released", json!({"scope": "web", "by": "Noor"})),
        ("2026-03-01T08:30Z", "merged_into", json!({"into": "20260301-nothing"})),
    ]) + "\n"
        + &line("2026-03-01T08:40Z", "noted", &json!({"text": "said by nobody"})).replace("Noor", "scribe:");
    let found = problems(&imported(&empty(), &body).await);
    assert!(
        found.iter().any(|problem| problem.starts_with("4: fields.into: there is no incident")),
        "{found:?}"
    );
    let body = body.lines().filter(|line| !line.contains("merged_into")).collect::<Vec<_>>().join("\n");
    let found = problems(&imported(&empty(), &body).await);
    for expected in ["2: fields: engineering is below public", "3: fields: ", "4: actor: nobody else"] {
        assert!(found.iter().any(|problem| problem.starts_with(expected)), "{expected}: {found:?}");
    }
}

#[tokio::test]
async fn an_incident_that_is_worked_on_here_takes_facts_and_nothing_else() {
    let store = empty();
    imported(&store, &file(&[])).await;
    // Told elsewhere so far, it takes whatever its file tells next.
    let resolved = file(&[("2026-03-01T08:50Z", "resolved", json!({}))]);
    assert_eq!(problems(&imported(&store, &resolved).await), Vec::<String>::new());
    let id = "20260301-queue".parse().unwrap();
    let reopened = Draft {
        actor: Actor { who: "Noor".parse().unwrap(), via: Label::new("cli").unwrap(), on_behalf_of: None },
        occurred: When::Unknown,
        told: None,
        source: None,
        origin: None,
        event: E::from_told("reopened", json!({"why": "again"})).unwrap().unwrap(),
    };
    let append = Append {
        incident: id,
        expected: Revision(2),
        command_id: CommandId(Uuid::from_u128(7)),
        request: None,
        events: vec![reopened],
    };
    store.append(append).await.unwrap();
    let grown = |kind: &str, fields: Value| {
        file(&[("2026-03-01T08:50Z", "resolved", json!({})), ("2026-03-01T09:00Z", kind, fields)])
    };
    for (kind, fields) in [
        ("closed", json!({})),
        ("role_assigned", json!({"role": "incident_commander", "to": "Eve"})),
        ("status_updated", json!({"audience": "internal", "status": "resolved", "text": "Over."})),
    ] {
        let found = problems(&imported(&store, &grown(kind, fields)).await);
        assert!(
            found[0].starts_with("3: kind: ") && found[0].contains("work on 20260301-queue here"),
            "{found:?}"
        );
    }
    let noted = grown("noted", json!({"text": "from the other tool"}));
    assert_eq!(problems(&imported(&store, &noted).await), Vec::<String>::new());
}

/// What one incident says of another is told of both, or not taken.
#[tokio::test]
async fn a_relation_needs_both_its_sides() {
    let store = empty();
    let related = json!({"how": "follows_from", "to": "20260228-disks"});
    let body = file(&[("2026-03-01T09:00Z", "related", related.clone())]);
    let told = problems(&imported(&store, &body).await);
    assert!(told[0].contains("there is no incident 20260228-disks"), "{told:?}");

    let elsewhere = |kind: &str, fields: &Value| {
        json!({"incident": "20260228-disks", "occurred": "2026-02-28T08:00Z", "actor": "Noor", "kind": kind, "fields": fields})
            .to_string()
    };
    let other = elsewhere("declared", &json!({"title": "Disks", "tier": "internal", "severity": "sev2"}));
    let one_sided = format!("{body}\n{other}");
    let told = problems(&imported(&store, &one_sided).await);
    assert!(
        told[0].contains("20260228-disks must tell it too") && told[0].contains("\"led_to\""),
        "{told:?}"
    );

    let both =
        format!("{one_sided}\n{}", elsewhere("related", &json!({"how": "led_to", "to": "20260301-queue"})));
    assert_eq!(problems(&imported(&store, &both).await), Vec::<String>::new());
    assert_eq!(history(&store, "20260228-disks").await.len(), 2);
    // Known already, it needs no second telling.
    assert_eq!(problems(&imported(&store, &body).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_corrected_holder_must_be_the_one_who_was_told() {
    let store = empty();
    let assigned = json!({"role": "incident_commander", "to": "Sam"});
    let correction = |from: &str| json!({"target": "who", "role": "incident_commander", "from": from, "to": "Kim", "why": "misheard"});
    let told = |from: &str| {
        let lines = file(&[("2026-03-01T09:10Z", "role_holder_corrected", correction(from))]);
        let mut assigned: Value =
            serde_json::from_str(&line("2026-03-01T09:00Z", "role_assigned", &assigned)).unwrap();
        assigned["id"] = "who".into();
        format!("{lines}\n{assigned}")
    };
    let wrong = problems(&imported(&store, &told("Lee")).await);
    assert!(wrong[0].contains("made Sam incident commander, not Lee"), "{wrong:?}");
    assert_eq!(problems(&imported(&store, &told("Sam")).await), Vec::<String>::new());
}

#[tokio::test]
async fn an_end_is_told_once_and_only_of_what_goes_on() {
    let resolved = ("2026-03-01T09:00Z", "resolved", json!({}));
    let cancelled = ("2026-03-01T09:00Z", "cancelled", json!({"why": "no"}));
    let role = |at, to: &str| (at, "role_assigned", json!({"role": "incident_commander", "to": to}));
    for (lines, expected) in [
        (vec![resolved.clone(), ("2026-03-01T09:10Z", "resolved", json!({}))], "it changes nothing"),
        (vec![cancelled.clone(), ("2026-03-01T09:10Z", "resolved", json!({}))], "is cancelled"),
        (vec![resolved.clone(), ("2026-03-01T09:10Z", "cancelled", json!({"why": "no"}))], "is resolved"),
        (vec![("2026-03-01T09:10Z", "reopened", json!({"why": "no"}))], "it changes nothing"),
        (vec![("2026-03-01T09:10Z", "closed", json!({}))], "is not resolved"),
        (
            vec![
                resolved.clone(),
                ("2026-03-01T09:10Z", "downgraded", json!({"from": "internal", "to": "engineering"})),
            ],
            "is resolved",
        ),
        (
            vec![("2026-03-01T09:10Z", "severity_changed", json!({"from": "sev2", "to": "sev2"}))],
            "it changes nothing",
        ),
        (
            vec![("2026-03-01T09:10Z", "phase_changed", json!({"from": "monitoring", "to": "identified"}))],
            "was investigating by then, not monitoring",
        ),
        (
            vec![role("2026-03-01T09:10Z", "Noor"), role("2026-03-01T09:20Z", "Ines")],
            "Noor is incident commander",
        ),
    ] {
        let found = problems(&imported(&empty(), &file(&lines)).await);
        let line = lines.len() + 1;
        let told =
            |problem: &String| problem.starts_with(&format!("{line}: fields")) && problem.contains(expected);
        assert!(found.iter().any(told), "{expected}: {found:?}");
    }
}

#[tokio::test]
async fn what_ends_the_incident_comes_last_of_what_its_own_time_allows() {
    let store = empty();
    let body = file(&[
        ("2026-03-01", "resolved", json!({})),
        ("2026-03-01T09:00Z", "phase_changed", json!({"from": "investigating", "to": "monitoring"})),
        (
            "2026-03-01T09:00Z",
            "run_finished",
            json!({
            "run": 1, "line": "date", "by": "Noor", "standing": {"emergency": {"reason": "night"}},
            "started": "2026-03-01T09:00Z", "ended": "2026-03-01T09:00Z"}),
        ),
        (
            "2026-03-01T09:00Z",
            "run_started",
            json!({
            "run": 1, "line": "date", "by": "Noor", "standing": {"emergency": {"reason": "night"}}}),
        ),
    ]);
    assert_eq!(problems(&imported(&store, &body).await), Vec::<String>::new());
    let kinds: Vec<String> =
        history(&store, "20260301-queue").await.iter().map(|r| r.event.kind().to_owned()).collect();
    assert_eq!(kinds, ["declared", "phase_changed", "run_started", "run_finished", "resolved"]);
}

#[tokio::test]
async fn a_merge_is_told_only_into_what_could_take_it_by_then() {
    let other = |at: &str, kind: &str, fields: Value| {
        line(at, kind, &fields).replace("\"incident\":\"20260301-queue\"", "\"incident\":\"20260301-disk\"")
    };
    let declared = |drill| {
        other(
            "2026-03-01T08:00Z",
            "declared",
            json!({"title": "Disk", "tier": "internal", "severity": "sev2", "drill": drill}),
        )
    };
    let into = |at: &str, target: &str| line(at, "merged_into", &json!({"into": target}));
    let merge = into("2026-03-01T10:00Z", "20260301-disk");
    for (lines, expected) in [
        (vec![declared(true)], "20260301-disk is a drill"),
        (
            vec![declared(false), other("2026-03-01T09:00Z", "cancelled", json!({"why": "no"}))],
            "is cancelled",
        ),
        (
            vec![
                declared(false),
                other("2026-03-01T09:00Z", "resolved", json!({})),
                other("2026-03-01T09:10Z", "closed", json!({})),
            ],
            "is closed",
        ),
        (
            vec![
                declared(false),
                other("2026-03-01T10:00Z", "merged_into", json!({"into": "20260301-queue"})),
            ],
            "would each be a part of the other",
        ),
        (
            vec![
                declared(false),
                other("2026-03-01T09:30Z", "merged_into", json!({"into": "20260301-queue"})),
            ],
            "is itself merged into 20260301-queue",
        ),
    ] {
        let body = [file(&[]), lines.join("\n"), merge.clone()].join("\n");
        let found = problems(&imported(&empty(), &body).await);
        assert!(found.iter().any(|problem| problem.contains(expected)), "{expected}: {found:?}");
    }
    // What became of the other later is no contradiction.
    let later = [declared(false), other("2026-03-01T11:00Z", "cancelled", json!({"why": "no"}))].join("\n");
    let body = [file(&[]), later, merge].join("\n");
    assert_eq!(problems(&imported(&empty(), &body).await), Vec::<String>::new());
}

#[tokio::test]
async fn what_does_not_read_and_what_contradicts_are_told_in_one_look() {
    let body = file(&[
        ("2026-03-01T09:00Z", "noted", json!({"txt": "no"})),
        ("2026-03-01T09:10Z", "impact_ended", json!({"impact": 1})),
    ]);
    let found = problems(&imported(&empty(), &body).await);
    assert!(found.iter().any(|problem| problem.starts_with("2: fields.txt")), "{found:?}");
    let contradiction =
        "3: fields: 20260301-queue has no impact 1 (as far as the lines that can be read tell)";
    assert!(found.iter().any(|problem| problem == contradiction), "{found:?}");
}

#[tokio::test]
async fn nothing_within_a_line_lies_in_the_future() {
    let run = json!({
        "run": 1, "line": "date", "by": "Noor", "standing": {"emergency": {"reason": "night"}},
        "started": "2026-03-01T09:00Z", "ended": "2198-03-01T09:00Z"});
    let found = problems(&imported(&empty(), &file(&[("2026-03-01T09:00Z", "run_finished", run)])).await);
    assert_eq!(found, ["2: fields.ended: 2198-03-01T09:00Z lies in the future"]);
}
