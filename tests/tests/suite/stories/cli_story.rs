//! An incident from its declaration to its postmortem, typed as a person would.

use scribe_tests::program::Program;

use super::place::RECORDS;

const ID: &str = "20230104-list-import-problems";
const OTHER: &str = "20230104-slow-pages";

fn zoned(program: &Program, who: &str, at: &str, args: &[&str]) -> String {
    let occurred = format!("2023-01-04 {at}");
    let options = ["--as", who, "--zone", "America/New_York", "--occurred", &occurred];
    // Behind `--` stand the words of a line that was run.
    let (told, line) = args.split_at(args.iter().position(|word| *word == "--").unwrap_or(args.len()));
    program.ok(&[told, &options, line].concat())
}

/// Every command there is, in an order that makes sense.
fn told() -> Program {
    let program = Program::of(RECORDS);
    begins(&program);
    is_worked_on(&program);
    ends(&program);
    program
}

fn begins(program: &Program) {
    let say = |who: &str, at: &str, args: &[&str]| zoned(program, who, at, args);
    let line = say(
        "Bob",
        "13:05",
        &["declare", "List import problems", "--severity", "sev3", "--detected-by", "monitoring"],
    );
    let (told, id) = line.trim_end().rsplit_once(' ').expect("the event's short id stands behind it");
    let declared = "declared “List import problems” (engineering, sev3, noticed by monitoring)";
    assert_eq!(told, format!("{ID}  revision 1  {declared}"));
    assert!(id.len() == 10 && id.starts_with('[') && id.ends_with(']'), "{id}");
    say("Bob", "13:06", &["link", ID, "channel", "https://chat.example/c1", "--title", "Channel"]);
    say(
        "Bob",
        "13:06",
        &["alert", "fire", ID, "Errors", "--source", "sentry", "--label", "service=imports", "Many."],
    );
    say("Bob", "13:07", &["join", ID, "--in", "imports team"]);
    say("Bob", "13:08", &["hold", "take", ID, "--why", "Stop the train."]);
    let line = say(
        "Bob",
        "13:46",
        &["upgrade", ID, "internal", "--commander-on-call", "Zac", "--why", "Customers."],
    );
    assert!(line.contains("recorded page 1 for Zac; nobody was called"), "{line}");
}

fn is_worked_on(program: &Program) {
    let say = |who: &str, at: &str, args: &[&str]| zoned(program, who, at, args);
    say("Zac", "13:46", &["acknowledge", ID, "1"]);
    say("Zac", "13:46", &["role", "assign", ID, "ic", "Zac"]);
    say("Zac", "13:50", &["role", "assign", ID, "comms", "Madeleine"]);
    say("Zac", "13:52", &["hypothesis", "raise", ID, "Out of connections."]);
    say("Zac", "13:53", &["page", ID, "--team", "SRE"]);
    say(
        "Madeleine",
        "14:05",
        &["impact", "start", ID, "Imports are late.", "--component", "List imports", "--who", "A few."],
    );
    say(
        "Madeleine",
        "14:06",
        &[
            "update",
            ID,
            "--audience",
            "internal",
            "--status",
            "investigating",
            "We are on it.",
            "--component",
            "List imports=degraded_performance",
        ],
    );
    say(
        "Zac",
        "14:19",
        &["role", "handoff", ID, "incident_commander", "--to", "Nick", "--why", "Needed elsewhere."],
    );
    say("Zac", "14:19", &["role", "correct", ID, "last", "--to", "Nina", "Misheard."]);
    say("Zac", "14:19", &["role", "correct", ID, "last", "--to", "Nick", "Heard rightly at first."]);
    has_open_ends(program);
    say(
        "Nick",
        "14:20",
        &["action", "assign", ID, "Find the deploy.", "--to", "Bob", "--check-back", "2023-01-04 14:40"],
    );
    say("Bob", "14:30", &["action", "check-in", ID, "1", "Nearly."]);
    say("Bob", "14:35", &["action", "finish", ID, "1", "Found it."]);
    say("Bob", "14:35", &["hypothesis", "settle", ID, "1", "--verdict", "confirmed", "Metrics show it."]);
    say(
        "Bob",
        "12:40",
        &["change", ID, "Deployment of 12:40", "--kind", "deploy", "--relation", "suspected"],
    );
    say(
        "Nick",
        "14:41",
        &[
            "decide",
            ID,
            "Roll back.",
            "--option",
            "Fix forward",
            "--why",
            "Faster.",
            "--dissent",
            "Bob: risky.",
        ],
    );
    say("Nick", "14:42", &["severity", ID, "sev2"]);
    say("Nick", "14:50", &["phase", ID, "identified"]);
    say("Nick", "15:06", &["summarise", ID, "A fix is up.", "--cause", "Connections.", "--plan", "Deploy."]);
    say("Nick", "15:07", &["regroup", ID, "All agree.", "--plan", "Watch."]);
}

fn has_open_ends(program: &Program) {
    let say = |who: &str, at: &str, args: &[&str]| zoned(program, who, at, args);
    say("Madeleine", "14:19", &["describe", ID, "Some imports are late.", "--audience", "internal"]);
    say("Zac", "14:19", &["gap", "start", ID, "No traces."]);
    say("Zac", "14:19", &["gap", "end", ID, "1"]);
    say("Zac", "14:19", &["workaround", "apply", ID, "Retries are off.", "--to", "imports team"]);
    say("Zac", "14:19", &["workaround", "revert", ID, "1", "They are on."]);
    say("Zac", "14:19", &["risk", ID, "Nobody counts connections."]);
}

fn ends(program: &Program) {
    let say = |who: &str, at: &str, args: &[&str]| zoned(program, who, at, args);
    say("Bob", "15:10", &["propose", ID, "--on", "web-1", "--", "kubectl", "rollout", "undo"]);
    say("Nick", "15:11", &["approve", ID, "1", "--yes"]);
    say(
        "Bob",
        "15:12",
        &[
            "ran",
            ID,
            "--run",
            "1",
            "--on",
            "web-1",
            "--started",
            "2023-01-04 15:11",
            "--ended",
            "2023-01-04 15:12",
            "--exit",
            "0",
            "--",
            "kubectl",
            "rollout",
            "undo",
        ],
    );
    say("Bob", "15:13", &["propose", ID, "--", "true"]);
    say("Bob", "15:14", &["withdraw", ID, "2"]);
    say("Nick", "15:40", &["mitigate", ID, "--how", "Rolled back."]);
    say("Nick", "15:40", &["impact", "end", ID, "1", "--text", "Delayed messages are through."]);
    say("Bob", "15:41", &["alert", "resolve", ID, "Errors", "--source", "sentry"]);
    say("Nick", "15:42", &["milestone", ID, "detected", "--note", "By the alert."]);
    say("Nick", "15:43", &["cause", ID, "A client was created too often."]);
    say("Bob", "15:44", &["hold", "release", ID]);
    say("Nick", "16:34", &["phase", ID, "monitoring"]);
    say("Nick", "17:00", &["resolve", ID, "--summary", "Imports are quick again."]);
    say("Nick", "17:01", &["reopen", ID, "--why", "One queue was left."]);
    say("Nick", "17:10", &["resolve", ID]);
    say("Nick", "17:11", &["role", "leave", ID, "ic"]);
    say("Bob", "17:12", &["leave", ID]);
    say(
        "Bob",
        "17:13",
        &["follow-up", "agree", ID, "Cache the client.", "--owner", "Bob", "--due", "2023-02-01"],
    );
    say("Bob", "17:14", &["follow-up", "finish", ID, "1", "--outcome", "Done."]);
    say("Bob", "17:15", &["review", "assign", ID, "Bob", "--due", "2023-01-18"]);
    say(
        "Madeleine",
        "17:16",
        &["review", "write", ID, "what_happened", "A client ran out of connections.", "--public"],
    );
    say("Madeleine", "17:17", &["review", "publish", ID, "internal"]);
    say(
        "Madeleine",
        "17:17",
        &["component", "rename", ID, "Imports", "List imports", "--audience", "internal"],
    );
    say("Bob", "17:18", &["nudge", ID, "Bob", "The review is due."]);
    say("Bob", "17:18", &["access", "limit", ID, "--to", "Bob", "--to", "Madeleine"]);
    say("Bob", "17:18", &["access", "open", ID, "--why", "It is in the papers."]);
    let evidence = program.folder().join("graph.png");
    std::fs::write(&evidence, "abc").expect("the folder takes files");
    let file = evidence.to_str().expect("its name is text");
    say(
        "Bob",
        "17:19",
        &["attach", ID, "Graph", "--at", "s3://x/graph.png", "--file", file, "--media-type", "image/png"],
    );
    say("Bob", "17:30", &["declare", "Slow pages", "--drill"]);
    say("Bob", "17:31", &["upgrade", OTHER, "internal"]);
    say("Bob", "17:32", &["downgrade", OTHER, "engineering"]);
    say("Bob", "17:33", &["relate", OTHER, "rehearses", ID]);
    say("Bob", "17:33", &["merge", OTHER, ID]);
    say("Nick", "17:34", &["close", ID]);
    say("Bob", "17:34", &["declare", "Slow pages"]);
    say("Bob", "17:35", &["cancel", &format!("{OTHER}-2"), "--why", "A dashboard was wrong."]);
}

#[test]
fn from_declaration_to_postmortem() {
    let program = told();
    let record = program.count();

    let shown = program.ok(&["show", ID]);
    assert!(shown.contains("List import problems"), "{shown}");
    let board = program.ok(&["list", "--state", "all", "--drills"]);
    assert!(board.contains(ID) && board.contains(OTHER), "{board}");
    assert!(program.ok(&["list"]).lines().all(|line| !line.contains(ID)), "nothing is open");

    let timeline = program.ok(&["timeline", ID, "--zone", "America/New_York"]);
    for words in [
        "13:05",
        "12:40",
        "Deployment of 12:40",
        "Out of connections.",
        "kubectl rollout undo",
        "Imports are quick again.",
    ] {
        assert!(timeline.contains(words), "{words:?} is missing in:\n{timeline}");
    }
    assert!(timeline.lines().all(|line| line.chars().count() <= 80), "it fits 80 columns:\n{timeline}");
    assert!(!timeline.contains('\u{1b}'), "no colours where nobody sees them");
    assert!(program.ok(&["timeline", ID, "--colour", "always"]).contains('\u{1b}'));

    // What the page said then, by the world's clock; nothing before the first update.
    let page = |at: &str| {
        program.ok(&[
            "status-page",
            "--audience",
            "internal",
            "--zone",
            "America/New_York",
            "--occurred-by",
            at,
        ])
    };
    assert!(page("2023-01-04 14:10").contains("We are on it."));
    assert!(!page("2023-01-04 14:00").contains("We are on it."));
    // By the record's clock, nobody had told anything then.
    let then = program.ok(&["status-page", "--audience", "internal", "--as-of", "2023-01-04T19:10Z"]);
    assert!(!then.contains("We are on it."), "{then}");

    let postmortem = program.ok(&["postmortem", ID, "--format", "markdown"]);
    for words in
        ["# ", "A client ran out of connections.", "A client was created too often.", "Cache the client."]
    {
        assert!(postmortem.contains(words), "{words:?} is missing in:\n{postmortem}");
    }
    let public = program.ok(&["postmortem", ID, "--edition", "public", "--format", "markdown"]);
    assert!(public.contains("Nothing is published") && !public.contains("Madeleine"), "{public}");
    assert!(program.ok(&["postmortem", ID, "--format", "html"]).starts_with("<!DOCTYPE html>"));
    assert!(program.ok(&["roles", ID]).contains("Nick"));
    assert!(program.ok(&["timeline", ID, "--format", "csv"]).lines().count() > 40);
    assert!(program.ok(&["audit", "runs", "--by", "Bob", "--match", "rollout"]).contains("approved by Nick"));
    assert!(program.ok(&["actions"]).lines().count() > 0);

    let replay = program.ok(&["audit", "replay"]);
    assert!(replay.starts_with(&format!("{record} events, 3 incidents, ")), "{replay}");
    assert!(replay.ends_with(" views: identical\n"), "{replay}");
    assert_eq!(program.count(), record, "looking records nothing");
}

#[test]
fn every_kind_of_event_that_people_tell_was_told() {
    let program = told();
    let kinds: std::collections::BTreeSet<String> =
        program.events().iter().filter_map(|event| event["kind"].as_str().map(str::to_owned)).collect();
    let elsewhere = ["run_declined", "run_started", "corrected", "retracted", "redacted", "noted"];
    let missing: Vec<&&str> = scribe_domain::event::IncidentEvent::KINDS
        .iter()
        .filter(|kind| !kinds.contains(**kind) && !elsewhere.contains(*kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_correction_is_seen_by_its_own_clock() {
    let program = Program::of(RECORDS);
    program.ok(&["declare", "A slip", "--occurred", "2023-01-04T18:05Z"]);
    let id = "20230104-a-slip";
    let receipt = program.json(&["note", id, "Restarted at 10:15.", "--occurred", "2023-01-04T18:10Z"]);
    let event = receipt["events"][0].as_str().unwrap();
    let before = program.events()[1]["recorded_at"].as_str().unwrap().to_owned();
    program.ok(&["correct", id, event, "--why", "Misread.", "--set", "text=Restarted at 10:05."]);
    let now = program.ok(&["timeline", id]);
    assert!(now.contains("Restarted at 10:05."), "{now}");
    let then = program.ok(&["timeline", id, "--as-of", &before]);
    assert!(then.contains("Restarted at 10:15.") && !then.contains("10:05"), "{then}");
    program.ok(&["retract", id, event, "--why", "It was another one."]);
    assert!(!program.ok(&["timeline", id, "--hide-retracted"]).contains("Restarted at"));
    let nothing = program.ok(&["retract", id, event, "--why", "Again."]);
    assert!(nothing.contains("revision 4  nothing to do"), "{nothing}");
}

#[test]
fn a_hold_stops_a_pipeline() {
    let program = Program::of(RECORDS);
    program.ok(&["declare", "A hold", "--occurred", "2023-01-04T18:05Z"]);
    assert_eq!(program.run(&["hold", "check"]).code, Some(0));
    program.ok(&["hold", "take", "20230104-a-hold", "--scope", "api"]);
    assert_eq!(program.run(&["hold", "check"]).code, Some(3));
    assert_eq!(program.run(&["hold", "check", "--scope", "api"]).code, Some(3));
    assert_eq!(program.run(&["hold", "check", "--scope", "web"]).code, Some(0));
    program.ok(&["hold", "release", "20230104-a-hold", "--scope", "api"]);
    assert_eq!(program.run(&["hold", "check", "--scope", "api"]).code, Some(0));
}

#[test]
fn a_repeat_with_the_same_key_records_once() {
    let program = Program::of(RECORDS);
    let declare = ["declare", "Once", "--occurred", "2023-01-04T18:05Z", "--idempotency-key", "k1"];
    assert_eq!(program.ok(&declare), program.ok(&declare));
    assert_eq!(program.count(), 1);
    program.ok(&["note", "20230104-once", "a", "--if-revision", "1"]);
    let stale = program.run(&["note", "20230104-once", "b", "--if-revision", "1"]);
    assert_eq!(stale.code, Some(3));
    assert!(stale.stderr.contains("revision 2"), "{}", stale.stderr);
}

#[test]
fn texts_come_from_stdin_too() {
    let program = Program::of(RECORDS);
    program.ok(&["declare", "Stdin", "--occurred", "2023-01-04T18:05Z"]);
    let outcome = program.run_with(&["note", "20230104-stdin", "-"], "zwei\nZeilen ü\n".as_bytes());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(program.events()[1]["fields"]["text"], "zwei\nZeilen ü");
}

#[test]
fn an_export_restores_to_the_same_bytes() {
    let program = told();
    let export = program.ok(&["export"]);
    let copy = Program::of(RECORDS);
    let file = copy.folder().join("export.jsonl");
    std::fs::write(&file, &export).unwrap();
    let restored = copy.ok(&["restore", file.to_str().unwrap()]);
    assert_eq!(restored, format!("{} events restored, 0 there already\n", program.count()));
    assert_eq!(copy.ok(&["export"]), export);
    assert_eq!(copy.ok(&["timeline", ID]), program.ok(&["timeline", ID]));
    assert!(copy.ok(&["restore", file.to_str().unwrap()]).starts_with("0 events restored, "));
    let other = Program::of(RECORDS);
    other.ok(&["declare", "Another record"]);
    let refused = other.run(&["restore", file.to_str().unwrap()]);
    assert!(refused.code.is_some_and(|code| (3..=4).contains(&code)), "{refused:?}");
    assert_eq!(other.count(), 1);
}

#[test]
fn an_import_tells_every_problem_by_its_line_and_adds_once() {
    let program = Program::of(RECORDS);
    let file = program.folder().join("told.jsonl");
    let line = |incident: &str, kind: &str, fields: &str| {
        format!(
            r#"{{"incident":"{incident}","occurred":"2020-02-06T00:17:58Z","actor":"Kim","kind":"{kind}","fields":{fields}}}"#
        )
    };
    let good = [
        line("20200206-old", "declared", r#"{"title":"Old","tier":"engineering","severity":"sev3"}"#),
        line("20200206-old", "noted", r#"{"text":"It was slow."}"#),
    ]
    .join("\n");
    let bad = line("20200206-bad", "noted", r#"{"txt":"?"}"#);
    let path = file.to_str().unwrap().to_owned();
    std::fs::write(&file, format!("{good}\n{bad}\n")).unwrap();
    let dry = program.run(&["import", "events", &path, "--dry-run"]);
    assert_eq!(dry.code, Some(4), "{dry:?}");
    assert!(dry.stderr.contains("told.jsonl:3: "), "{}", dry.stderr);
    assert_eq!(program.count(), 0);
    std::fs::write(&file, format!("{good}\n")).unwrap();
    program.ok(&["import", "events", &path]);
    assert_eq!(program.count(), 2);
    program.ok(&["import", "events", &path]);
    assert_eq!(program.count(), 2, "a repeat adds nothing");
}

#[test]
fn help_and_completions() {
    let program = Program::of(RECORDS);
    let help = program.ok(&["--help"]);
    for words in ["declare", "postmortem", "Exit codes:", "SCRIBE_DATA"] {
        assert!(help.contains(words), "{words:?} is missing in:\n{help}");
    }
    assert!(program.ok(&["run", "--help"]).contains("AWS access key ids"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(program.ok(&["completions", shell]).contains("status-page"));
    }
    assert!(!program.data().exists(), "asking for help makes no folder");
}
