//! What has an end that somebody is asked about, and what incidents have to do with each other.

#![expect(clippy::unwrap_used, reason = "a check that cannot go on says where, by a panic")]

use scribe_tests::program::{Program, Records};
use serde_json::{Value, json};

use super::place::RECORDS;

fn two() -> Program {
    let program = Program::of(RECORDS);
    program.ok(&["declare", "Checkout is slow", "--occurred", "2023-01-04T18:05Z"]);
    program.ok(&["declare", "Disks are full", "--occurred", "2023-01-03T10:00Z"]);
    program
}

fn refused(program: &Program, args: &[&str]) -> String {
    let before = program.count();
    let outcome = program.run(args);
    assert_eq!(outcome.code, Some(3), "{args:?}: {outcome:?}");
    assert_eq!(program.count(), before, "{args:?}");
    outcome.stderr
}

/// The id of the event of this kind that says this.
fn event(program: &Program, kind: &str, says: &str) -> String {
    let events = program.events();
    let fits = |event: &&Value| event["kind"] == kind && event["fields"].to_string().contains(says);
    events.iter().find(fits).unwrap()["id"].as_str().unwrap().to_owned()
}

fn relations(program: &Program, incident: &str) -> Vec<(String, String)> {
    let shown = program.json(&["show", incident, "--format", "json"]);
    let all = shown["relations"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.iter().map(|relation| (text(&relation["how"]), text(&relation["to"]))).collect()
}

#[test]
fn both_incidents_tell_what_they_have_to_do_with_each_other() {
    let program = two();
    program.ok(&["relate", "checkout", "follows-from", "disks", "Its retries filled them.", "--key", "r"]);
    let pair = |how: &str, to: &str| vec![(how.to_owned(), to.to_owned())];
    assert_eq!(relations(&program, "checkout"), pair("follows_from", "20230103-disks-are-full"));
    assert_eq!(relations(&program, "disks"), pair("led_to", "20230104-checkout-is-slow"));
    // The words stand once, so that erasing them is done once.
    let told = program.events();
    assert_eq!(told.iter().filter(|event| event.to_string().contains("Its retries")).count(), 1);

    // Told once more it is so already, from either side and with the key.
    let before = program.count();
    program.ok(&["relate", "checkout", "follows-from", "disks", "Its retries filled them.", "--key", "r"]);
    program.ok(&["relate", "disks", "led-to", "checkout"]);
    assert_eq!(program.count(), before);
    assert!(
        refused(&program, &["relate", "disks", "follows-from", "checkout"]).contains("the other way round")
    );
    assert!(refused(&program, &["relate", "checkout", "rehearses", "disks"]).contains("is no drill"));
    assert!(refused(&program, &["relate", "checkout", "rehearsed-by", "disks"]).contains("is no drill"));
    assert!(refused(&program, &["relate", "checkout", "same-cause-as", "checkout"]).contains("to itself"));
    program.ok(&["declare", "Full disks, rehearsed", "--drill", "--occurred", "2023-01-05T10:00Z"]);
    program.ok(&["relate", "disks", "rehearsed-by", "rehearsed"]);
    assert_eq!(relations(&program, "rehearsed"), pair("rehearses", "20230103-disks-are-full"));

    // Taken back on one side, it is taken back on both.
    let id = event(&program, "related", "led_to");
    program.ok(&["retract", "disks", &id, "Another disk."]);
    assert_eq!(relations(&program, "checkout"), []);
    assert_eq!(relations(&program, "disks"), pair("rehearsed_by", "20230105-full-disks-rehearsed"));
    program.ok(&["relate", "disks", "follows-from", "checkout"]);
}

#[test]
fn whoever_ends_an_incident_is_told_what_has_no_end() {
    let program = two();
    program.ok(&["gap", "start", "checkout", "No metrics.", "--occurred", "2023-01-04T18:10Z"]);
    program.ok(&[
        "workaround",
        "apply",
        "checkout",
        "Mail is off.",
        "--to",
        "Mail team",
        "--check-back",
        "1 min ago",
    ]);
    program.ok(&["workaround", "apply", "checkout", "Reports are off."]);
    let now = program.ok(&[]);
    assert!(now.contains("scribe gap end 20230104-checkout-is-slow 1"), "{now}");
    assert!(now.contains("ask Mail team whether workaround 1 can be reverted: Mail is off."), "{now}");
    assert!(!now.contains("workaround 2"), "nobody said when to ask: {now}");
    let shown = program.ok(&["show", "checkout"]);
    assert!(shown.contains("1  Mail team: Mail is off.") && shown.contains("No metrics. (gap 1"), "{shown}");

    let told = program.run(&["resolve", "checkout"]);
    let told = told.stdout + &told.stderr;
    for left in
        ["workaround 1 is not reverted (Mail team)", "workaround 2", "evidence is missing still (gap 1)"]
    {
        assert!(told.contains(left), "{left}: {told}");
    }
    // What was not to stay is asked about also when its incident is over.
    let now = program.ok(&[]);
    assert!(now.contains("scribe workaround revert 20230104-checkout-is-slow 1"), "{now}");
    let due = program.ok(&["actions"]);
    assert!(due.contains("Workarounds to be reverted") && due.contains("the incident is over"), "{due}");

    let early = refused(&program, &["gap", "end", "checkout", "1", "--occurred", "2023-01-04T18:00Z"]);
    assert!(early.contains("would have ended before"), "{early}");
    program.ok(&["gap", "end", "checkout", "1", "--occurred", "2023-01-04T18:30Z"]);
    program.ok(&["workaround", "revert", "checkout", "1", "It is on."]);
    assert!(refused(&program, &["workaround", "revert", "checkout", "1"]).contains("has ended already"));
    assert!(refused(&program, &["gap", "end", "checkout", "7"]).contains("it has gap 1"));
    let document = program.ok(&["postmortem", "checkout"]);
    for part in ["Missing evidence", "18:10", "18:30", "Workarounds", "not yet", "It is on."] {
        assert!(document.contains(part), "{part}: {document}");
    }
    let public = program.ok(&["postmortem", "checkout", "--edition", "public"]);
    for words in ["No metrics", "Mail is off", "evidence"] {
        assert!(!public.contains(words), "{words}: {public}");
    }
}

#[test]
fn a_known_risk_names_the_follow_up_that_was_to_mend_it() {
    let program = two();
    program.ok(&["follow-up", "agree", "disks", "Watch the disks.", "--owner", "Ops"]);
    let wrong =
        refused(&program, &["risk", "checkout", "Nobody watches.", "--follow-up", "2", "--of", "disks"]);
    assert!(wrong.contains("20230103-disks-are-full has no follow-up 2"), "{wrong}");
    let risk = [
        "risk",
        "checkout",
        "Nobody watches.",
        "--follow-up",
        "1",
        "--of",
        "disks",
        "--occurred",
        "2022-11-02",
    ];
    program.ok(&risk);
    let document = program.ok(&["postmortem", "checkout"]);
    let section = document.split("Known before").nth(1).unwrap().replace(['\n', ' '], "");
    let told = "Nobodywatches.(follow-up1of20230103-disks-are-full)(knownsince2022-11-02)";
    assert!(section.contains(told), "{document}");
}

#[test]
fn a_wrong_holder_is_put_right_everywhere_and_not_before() {
    let program = two();
    program.ok(&["role", "assign", "checkout", "ic", "Sam"]);
    program.ok(&["role", "handoff", "checkout", "ic", "--from", "Sam", "--to", "Lee"]);
    let before = program.json(&["list", "--format", "json"])["asked_at"].as_str().unwrap().to_owned();
    let id = event(&program, "role_assigned", "Sam");
    program.ok(&["role", "correct", "checkout", &id, "--to", "Kim", "Kim spoke, and Sam typed."]);
    let roles = program.ok(&["roles", "checkout"]);
    assert!(roles.contains("Kim") && !roles.contains("Sam"), "{roles}");
    let timeline = program.ok(&["timeline", "checkout"]);
    assert!(timeline.contains("command handed from Kim to Lee"), "{timeline}");
    assert!(timeline.contains("was “Sam”"), "{timeline}");
    let then = program.ok(&["roles", "checkout", "--as-of", &before]);
    assert!(then.contains("Sam") && !then.contains("Kim"), "{then}");
    let declared = event(&program, "declared", "Checkout");
    let none = refused(&program, &["role", "correct", "checkout", &declared, "--to", "Kim", "x"]);
    assert!(none.contains("gave nobody a role"), "{none}");
}

#[test]
fn a_page_says_more_than_its_updates_once_it_was_told_something() {
    let program = two();
    program.ok(&["upgrade", "checkout", "public"]);
    program.ok(&["role", "assign", "checkout", "ic", "Ada"]);
    let describe = ["--as", "Ada", "describe", "checkout", "Some checkouts fail.", "--audience", "public"];
    assert!(refused(&program, &describe).contains("was told nothing"));
    program.ok(&[
        "--as",
        "Ada",
        "update",
        "checkout",
        "We are on it.",
        "--audience",
        "public",
        "--status",
        "investigating",
        "--title",
        "Slow checkout",
        "--component",
        "Checkout=degraded_performance",
    ]);
    program
        .ok(&[&describe[..], &["--title", "Failing checkouts", "--component", "Checkout=major_outage"]]
            .concat());
    let page = program.json(&["status-page", "--audience", "public", "--format", "json"]);
    let open = &page["open"][0];
    assert_eq!(
        (&open["title"], &open["summary"]["text"]),
        (&json!("Failing checkouts"), &json!("Some checkouts fail."))
    );
    assert_eq!(open["components"], json!([{"component": "Checkout", "state": "major_outage"}]));
    assert!(open["title_edited_at"].is_string(), "{open}");
    let text = program.ok(&["status-page", "--audience", "public"]);
    assert!(text.contains("Some checkouts fail.") && text.contains("title edited"), "{text}");
    // The last word counts, whichever of the two it is.
    program.ok(&[
        "--as",
        "Ada",
        "update",
        "checkout",
        "Better.",
        "--audience",
        "public",
        "--status",
        "monitoring",
        "--component",
        "Checkout=operational",
    ]);
    let page = program.json(&["status-page", "--audience", "public", "--format", "json"]);
    assert_eq!(page["open"][0]["components"], json!([]));
    let other = ["--as", "Sam", "describe", "checkout", "x", "--audience", "public"];
    assert!(refused(&program, &other).contains("theirs to write"));
    // Erased words leave a gap, in every form; a cluster takes none out of its log.
    if RECORDS == Records::OnCluster {
        return;
    }
    program.ok(&[
        "--as",
        "Ada",
        "describe",
        "checkout",
        "ACME lost money.",
        "--audience",
        "public",
        "--title",
        "ACME",
    ]);
    program.ok(&["--as", "Ada", "redact", "--incident", "checkout", "--last", "It named a customer."]);
    for format in ["text", "json", "html"] {
        let page = program.ok(&["status-page", "--audience", "public", "--format", format]);
        assert!(!page.contains("ACME") && !page.contains("Some checkouts fail"), "{format}: {page}");
    }
}
