//! The demonstration incident: what the public account states must be what the views show, each fact by
//! name. The demonstration is told once by the real program; every test looks at that one record.

use std::sync::LazyLock;

use scribe_tests::program::Program;
use serde_json::Value;

use super::place::RECORDS;

const INCIDENT: &str = "20230104-list-import-problems";

static TOLD: LazyLock<Program> = LazyLock::new(|| {
    let program = Program::of(RECORDS);
    program.ok(&["demo", "--quiet"]);
    program
});

fn array<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list {name:?} in {value:#}")).as_slice()
}

fn texts<'a>(values: &'a [Value], name: &str) -> Vec<&'a str> {
    values
        .iter()
        .map(|value| value[name].as_str().unwrap_or_else(|| panic!("no text {name:?} in {value:#}")))
        .collect()
}

fn timeline() -> Vec<Value> {
    array(&TOLD.json(&["timeline", INCIDENT]), "entries").to_vec()
}

fn place(entries: &[Value], kind: &str) -> usize {
    entries
        .iter()
        .position(|entry| entry["kind"] == kind)
        .unwrap_or_else(|| panic!("no {kind} in the timeline"))
}

fn tenures(role: &str) -> Vec<Value> {
    let roles = TOLD.json(&["roles", INCIDENT]);
    let line = array(&roles, "roles").iter().find(|line| line["role"] == role).expect("somebody held it");
    array(line, "tenures").to_vec()
}

#[test]
fn the_first_alert_is_before_the_declaration() {
    let entries = timeline();
    assert!(place(&entries, "alert_fired") < place(&entries, "declared"));
}

#[test]
fn impact_began_twenty_five_minutes_before_the_declaration() {
    let entries = timeline();
    assert_eq!(entries[place(&entries, "impact_started")]["occurred"], "~2023-01-04T17:40Z");
    assert_eq!(entries[place(&entries, "declared")]["occurred"], "2023-01-04T18:05Z");
    let postmortem = TOLD.ok(&["postmortem", INCIDENT]);
    assert!(postmortem.contains("25 min"), "{postmortem}");
}

#[test]
fn three_commanders_in_a_row_without_a_gap() {
    let tenures = tenures("incident_commander");
    assert_eq!(texts(&tenures, "who"), ["Zac Bentley", "Nicholas Hoffmann", "Andris Cakuls"]);
    assert_eq!(texts(&tenures, "from"), ["2023-01-04T18:46Z", "~2023-01-04T19:19Z", "2023-01-04T19:42Z"]);
    let roles = TOLD.json(&["roles", INCIDENT]);
    let commander = &array(&roles, "roles")[0];
    assert_eq!(commander["role"], "incident_commander");
    assert_eq!(commander["handoffs"], 2);
    assert!(array(commander, "gaps").is_empty() && array(commander, "overlaps").is_empty());
}

#[test]
fn two_communications_leads_and_one_handoff() {
    let tenures = tenures("communications_lead");
    assert_eq!(texts(&tenures, "who"), ["Madeleine Guttuso", "Jen Blagg"]);
    assert_eq!(texts(&tenures, "from"), ["2023-01-04T18:57Z", "2023-01-04T20:52Z"]);
}

#[test]
fn the_hat_was_taken_at_13_24_and_never_given_back() {
    let holds = TOLD.run(&["hold", "check", "--json"]);
    assert_eq!(holds.code, Some(3), "{holds:#?}");
    let holds: Value = serde_json::from_str(&holds.stdout).expect("JSON");
    let hold = &array(&holds, "holds")[0];
    assert_eq!(hold["by"], "Brandon Novick");
    assert_eq!(hold["taken"]["occurred"], "2023-01-04T18:24Z");
    let before = TOLD.run(&["hold", "check", "--occurred-by", "2023-01-04 13:23 America/New_York"]);
    assert_eq!(before.code, Some(0), "{before:#?}");
}

#[test]
fn it_was_never_public() {
    let page = TOLD.json(&["status-page", "--audience", "public"]);
    for list in ["open", "past", "components"] {
        assert!(array(&page, list).is_empty(), "{list}: {page:#}");
    }
    let edition = TOLD.ok(&["postmortem", INCIDENT, "--edition", "public"]);
    assert!(!edition.contains("Bentley") && !edition.contains("UDP"), "{edition}");
}

#[test]
fn each_page_shows_it_from_when_its_audience_was_told() {
    let open = |audience: &str, at: &str| {
        let at = format!("2023-01-04 {at} America/New_York");
        let page = TOLD.json(&["status-page", "--audience", audience, "--as-of", &at]);
        array(&page, "open").iter().any(|incident| incident["incident"] == INCIDENT)
    };
    assert!(!open("engineering", "13:05:19") && open("engineering", "13:05:20"));
    // It reached that tier at 13:46:30.
    assert!(!open("internal", "13:46:30") && !open("internal", "14:05") && open("internal", "14:07"));
    let since = |audience: &str| {
        let page = TOLD.json(&["status-page", "--audience", audience]);
        let open = array(&page, "open").to_vec();
        open.iter().find(|i| i["incident"] == INCIDENT).expect("it is open")["since"].clone()
    };
    assert_eq!(since("engineering"), "2023-01-04T18:05Z");
    assert_eq!(since("internal"), "2023-01-04T19:06Z");
}

#[test]
fn three_internal_updates_with_their_published_times() {
    let page = TOLD.json(&["status-page", "--audience", "internal"]);
    let updates = array(&array(&page, "open")[0], "updates");
    assert_eq!(texts(updates, "published"), ["2023-01-04T21:34Z", "2023-01-04T20:12Z", "2023-01-04T19:06Z"]);
    assert_eq!(texts(updates, "status"), ["monitoring", "identified", "investigating"]);
}

#[test]
fn at_14_10_the_page_said_the_first_update_and_no_more() {
    let page =
        TOLD.json(&["status-page", "--audience", "internal", "--as-of", "2023-01-04 14:10 America/New_York"]);
    let updates = array(&array(&page, "open")[0], "updates");
    assert_eq!(texts(updates, "published"), ["2023-01-04T19:06Z"]);
}

#[test]
fn author_and_deployer_of_the_fix_differ() {
    let entries = timeline();
    let deploy = entries
        .iter()
        .find(|entry| entry["kind"] == "change_linked" && entry["occurred"] == "2023-01-04T20:28Z")
        .expect("the fix was deployed at 15:28");
    assert_eq!(deploy["fields"]["author"], "Zac Bentley");
    assert_eq!(deploy["fields"]["deployer"], "Morrisa Brenner");
}

#[test]
fn the_metrics_and_the_missing_end_are_told() {
    let postmortem = TOLD.ok(&["postmortem", INCIDENT]);
    assert!(postmortem.contains("No end is recorded"), "{postmortem}");
    // Detection to declaration, and declaration to mitigation at 15:40.
    assert!(postmortem.contains("1 min") && postmortem.contains("2 h 35 min"), "{postmortem}");
    let now = TOLD.json(&["show", INCIDENT]);
    assert_eq!(now["situation"], "open");
}

#[test]
fn telling_it_again_adds_nothing_and_other_records_are_left_alone() {
    let program = Program::of(RECORDS);
    program.ok(&["demo", "--quiet"]);
    let told = program.events();
    program.ok(&["demo", "--quiet"]);
    assert_eq!(program.events(), told);

    let other = Program::of(RECORDS);
    other.ok(&["declare", "Something real", "--as", "Robin"]);
    let refused = other.run(&["demo", "--quiet"]);
    assert_eq!(refused.code, Some(4), "{refused:#?}");
    assert_eq!(other.count(), 1);
}
