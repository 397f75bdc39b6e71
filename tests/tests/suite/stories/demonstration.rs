//! The demonstration incident: what the public account states must be what the views show, each fact by
//! name, and what was added to it must be known by who tells it. The demonstration is told once by the real
//! program; every test looks at that one record.

use std::sync::LazyLock;

use scribe_tests::program::Program;
use serde_json::Value;

use super::place::RECORDS;

const INCIDENT: &str = "20230104-list-import-problems";
/// When the account ends.
const END: &str = "2023-01-04 16:40 America/New_York";

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
    let roles = TOLD.json(&["roles", INCIDENT, "--as-of", END]);
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
    let roles = TOLD.json(&["roles", INCIDENT, "--as-of", END]);
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
fn the_hat_was_taken_at_13_24_and_not_given_back_in_the_account() {
    let holds = TOLD.run(&["hold", "check", "--json", "--as-of", END]);
    assert_eq!(holds.code, Some(3), "{holds:#?}");
    let holds: Value = serde_json::from_str(&holds.stdout).expect("JSON");
    let hold = &array(&holds, "holds")[0];
    assert_eq!(hold["by"], "Brandon Novick");
    assert_eq!(hold["taken"]["occurred"], "2023-01-04T18:24Z");
    let before = TOLD.run(&["hold", "check", "--occurred-by", "2023-01-04 13:23 America/New_York"]);
    assert_eq!(before.code, Some(0), "{before:#?}");
    assert_eq!(TOLD.run(&["hold", "check"]).code, Some(0), "what was added gives it back");
}

#[test]
fn the_account_was_never_public() {
    let page = TOLD.json(&["status-page", "--audience", "public", "--as-of", END]);
    for list in ["open", "past", "components"] {
        assert!(array(&page, list).is_empty(), "{list}: {page:#}");
    }
    let edition = TOLD.ok(&["postmortem", INCIDENT, "--edition", "public", "--as-of", END]);
    assert!(edition.contains("Nothing is published about this incident."), "{edition}");
}

#[test]
fn what_was_added_to_the_account_is_told_by_nobody_of_it() {
    let (account, added): (Vec<Value>, Vec<Value>) = TOLD
        .events()
        .into_iter()
        .filter(|event| event["incident"] == INCIDENT)
        .partition(|event| event["actor"]["who"] != "integration:demonstration" && !is_invented(event));
    // The account ends at 16:34, and nobody of it says anything after that.
    assert!(account.iter().all(|event| event["recorded_at"].as_str().unwrap() < "2023-01-04T21:35"));
    assert_eq!(account.len(), 40);
    let first = &added[0];
    assert!(first["fields"]["text"].as_str().unwrap().contains("never happened"), "{first:#}");
    assert_eq!(added.len(), 33);
    let shown = TOLD.ok(&["demo"]);
    let about = shown.split("\n$ scribe").next().unwrap();
    for said in ["Klaviyo", "people called\nExample", "never happened"] {
        assert!(about.contains(said), "{about}");
    }
}

fn is_invented(event: &Value) -> bool {
    event["actor"]["who"].as_str().is_some_and(|who| who.ends_with(" Example"))
}

#[test]
fn the_public_edition_has_words_for_the_public_and_no_others() {
    let public = ["postmortem", INCIDENT, "--edition", "public"];
    for form in ["text", "markdown", "html", "json"] {
        let edition = TOLD.ok(&[&public[..], &["--format", form]].concat());
        for said in ["an example, not the company", "we are watching it", "ran out of connections", "is over"]
        {
            assert!(edition.replace(['\n', '\u{2502}'], " ").contains(said), "{form}, {said}: {edition}");
        }
        let internal =
            ["List import problems", "list-import-problems", "UDP", "Bentley", "Cakuls", "Example"];
        for word in internal {
            assert!(!edition.contains(word), "{form}, {word}: {edition}");
        }
    }
    let page =
        TOLD.json(&["status-page", "--audience", "public", "--as-of", "2023-01-04 18:00 America/New_York"]);
    let over = &array(&page, "past")[0];
    assert_eq!(over["title"], "Delayed list imports (an example, not the company's words)");
    assert_eq!(texts(array(over, "updates"), "status"), ["resolved", "monitoring"]);
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
        let page = TOLD.json(&["status-page", "--audience", audience, "--as-of", END]);
        let open = array(&page, "open").to_vec();
        open.iter().find(|i| i["incident"] == INCIDENT).expect("it is open")["since"].clone()
    };
    assert_eq!(since("engineering"), "2023-01-04T18:05Z");
    assert_eq!(since("internal"), "2023-01-04T19:06Z");
}

#[test]
fn three_internal_updates_with_their_published_times() {
    let page = TOLD.json(&["status-page", "--audience", "internal", "--as-of", END]);
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
    let postmortem = TOLD.ok(&["postmortem", INCIDENT, "--as-of", END]);
    assert!(postmortem.contains("No end is recorded"), "{postmortem}");
    // Detection to declaration, and declaration to mitigation at 15:40.
    assert!(postmortem.contains("1 min") && postmortem.contains("2 h 35 min"), "{postmortem}");
    let then = TOLD.json(&["show", INCIDENT, "--as-of", END]);
    assert_eq!(then["situation"], "open");
}

#[test]
fn the_demonstration_ends() {
    let now = TOLD.json(&["show", INCIDENT]);
    assert_eq!(now["situation"], "closed");
    for list in ["impacts", "alerts", "actions", "holds", "pages"] {
        assert!(array(&now, list).is_empty(), "{list}: {now:#}");
    }
    let postmortem = TOLD.json(&["postmortem", INCIDENT]);
    assert_eq!(postmortem["situation"]["outcome"]["told"]["occurred"], "2023-01-04T22:40Z");
    let review = array(&postmortem, "review");
    assert!(review.iter().all(|answer| answer["text"].is_string() && answer["cites"][0].is_string()));
    let audiences: Vec<&Value> =
        array(&postmortem["review_state"], "published").iter().map(|shown| &shown[0]).collect();
    assert_eq!(audiences, ["internal", "public"]);
    let follow_ups = array(&postmortem, "follow_ups");
    assert!(follow_ups.iter().all(|line| line["owner"].is_string() && line["due"].is_string()));
    assert_eq!(follow_ups.iter().filter(|line| !line["done"].is_null()).count(), 2);
    assert_eq!(follow_ups.len(), 3);
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
