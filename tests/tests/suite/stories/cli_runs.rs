//! `scribe run`: two pairs of eyes, through the real program.

use std::time::{Duration, Instant};

use scribe_tests::program::Program;
use serde_json::Value;

use super::place::RECORDS;

const ID: &str = "20230104-a-run";

fn declared() -> Program {
    let program = Program::of(RECORDS);
    program.ok(&["declare", "A run", "--occurred", "2023-01-04T18:05Z"]);
    program
}

fn one(program: &Program, kind: &str) -> Value {
    let mut found: Vec<Value> = program.events().into_iter().filter(|event| event["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "one {kind}");
    found.remove(0)["fields"].take()
}

fn kinds(program: &Program) -> Vec<String> {
    program
        .events()
        .iter()
        .skip(1)
        .map(|event| event["kind"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_line_waits_for_another_person_and_then_runs_exactly() {
    let program = declared();
    let mut run = program.start(&[
        "run",
        ID,
        "--on",
        "web-1",
        "--why",
        "Stale.",
        "--",
        "sh",
        "-c",
        "echo out; echo \"$0\" >&2; exit 7",
        "it's",
    ]);
    run.stderr_line(|line| line.contains(&format!("scribe approve {ID} 1")));

    // Not by whoever proposed it, and not by a slightly different name of theirs.
    for name in ["Tess Tester", "tess  TESTER"] {
        let refused = program.run(&["approve", ID, "1", "--yes", "--as", name]);
        assert_eq!(refused.code, Some(3));
        assert!(refused.stderr.contains("proposed run 1 and cannot approve it"), "{}", refused.stderr);
    }
    // Not for another line.
    let other = format!("sha256:{}", "0".repeat(64));
    let refused = program.run(&["approve", ID, "1", "--digest", &other, "--as", "Kim"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    // Not blindly by a script.
    let refused = program.run(&["approve", ID, "1", "--as", "Kim"]);
    assert_eq!(refused.code, Some(4));
    assert!(
        refused.stderr.contains(r#"sh -c 'echo out; echo "$0" >&2; exit 7' 'it'\''s'"#),
        "{}",
        refused.stderr
    );
    assert_eq!(kinds(&program), ["run_proposed"]);

    program.ok(&["approve", ID, "1", "--yes", "--as", "Kim"]);
    let outcome = run.end();
    assert_eq!(outcome.code, Some(7));
    assert_eq!(outcome.stdout, "out\n");
    assert!(outcome.stderr.contains("\nit's\n"), "{}", outcome.stderr);

    assert_eq!(kinds(&program), ["run_proposed", "run_approved", "run_started", "run_finished"]);
    let finished = one(&program, "run_finished");
    assert_eq!(finished["exit"]["code"], 7);
    assert_eq!(finished["host"], "web-1");
    assert_eq!(finished["standing"]["approved"]["by"], "Kim");
    assert!(finished["excerpt"].as_str().is_some_and(|kept| kept.contains("out") && kept.contains("it's")));
    assert_eq!(one(&program, "run_started")["digest"], finished["digest"]);
}

#[test]
fn an_emergency_runs_at_once_and_stays_marked() {
    let program = declared();
    let outcome =
        program.run(&["run", ID, "--emergency", "Users are locked out.", "--shell", "echo a | tr a b"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), "b\n"), "{outcome:?}");
    assert_eq!(kinds(&program), ["run_started", "run_finished"]);
    assert_eq!(one(&program, "run_finished")["standing"]["emergency"]["reason"], "Users are locked out.");
    let audit = program.ok(&["audit", "runs", "--unapproved"]);
    assert!(audit.contains("emergency") && audit.contains("echo a | tr a b"), "{audit}");
}

#[test]
fn a_proposal_that_nobody_waits_for_is_withdrawn() {
    let program = declared();
    let outcome = program.run(&["run", ID, "--wait", "1s", "--", "touch", "ran"]);
    assert_eq!(outcome.code, Some(3));
    assert!(
        outcome.stderr.contains("error: nobody approved run 1 in time; nothing was run\nhint: "),
        "{outcome:?}"
    );

    let mut run = program.start(&["run", ID, "--", "touch", "ran"]);
    run.stderr_line(|line| line.contains("approve"));
    run.signal("INT");
    assert_eq!(run.end().code, Some(130));

    assert_eq!(kinds(&program), ["run_proposed", "run_withdrawn", "run_proposed", "run_withdrawn"]);
    assert!(!program.folder().join("ran").exists());
    let late = program.run(&["approve", ID, "1", "--yes", "--as", "Kim"]);
    assert_eq!(late.code, Some(3), "{late:?}");
}

#[test]
fn a_declined_line_does_not_run() {
    let program = declared();
    let mut run = program.start(&["run", ID, "--", "touch", "ran"]);
    run.stderr_line(|line| line.contains("approve"));
    program.ok(&["decline", ID, "1", "--why", "Wrong host.", "--as", "Kim"]);
    let outcome = run.end();
    assert_eq!(outcome.code, Some(3));
    assert!(outcome.stderr.contains("error: Kim declined run 1: Wrong host."), "{}", outcome.stderr);
    assert!(!program.folder().join("ran").exists());
}

#[test]
fn a_line_proposed_before_is_run_only_as_it_was_proposed() {
    let program = declared();
    program.ok(&["propose", ID, "--on", "web-1", "--", "echo", "a b"]);
    program.ok(&["approve", ID, "1", "--yes", "--as", "Kim"]);
    let other: [&[&str]; 2] = [
        &["run", ID, "--run", "1", "--on", "web-1", "--", "echo", "a", "b"],
        &["run", ID, "--run", "1", "--on", "web-2", "--", "echo", "a b"],
    ];
    for args in other {
        let refused = program.run(args);
        assert_eq!(refused.code, Some(3), "{refused:?}");
        assert!(refused.stderr.contains("than was proposed as run 1\nhint: "), "{}", refused.stderr);
    }
    assert_eq!(program.ok(&["run", ID, "--run", "1", "--on", "web-1", "--", "echo", "a b"]), "a b\n");
    let again = program.run(&["run", ID, "--run", "1", "--on", "web-1", "--", "echo", "a b"]);
    assert_eq!(again.code, Some(3), "{again:?}");
    assert!(again.stdout.is_empty());
}

#[test]
fn the_exit_of_the_line_is_passed_on() {
    let program = declared();
    let run = |args: &[&str]| program.run(&[&["run", ID, "--emergency", "x"], args].concat());
    assert_eq!(run(&["--shell", "exit 255"]).code, Some(255));
    assert_eq!(run(&["--shell", "kill -9 $$"]).code, Some(137));
    let missing = run(&["--", "/no/such/program"]);
    assert_eq!(missing.code, Some(127));
    assert!(missing.stderr.contains("could not start"), "{}", missing.stderr);
    assert_eq!(run(&["--", "/"]).code, Some(126));
    let exits: Vec<Value> = program
        .events()
        .into_iter()
        .filter(|event| event["kind"] == "run_finished")
        .map(|mut event| event["fields"]["exit"].take())
        .collect();
    assert_eq!(Value::from(exits).to_string(), r#"[{"code":255},{"signal":9},{"code":127},{"code":126}]"#);
}

#[test]
fn a_request_to_stop_reaches_the_line_and_the_line_decides() {
    let program = declared();
    let mut run = program.start(&[
        "run",
        ID,
        "--emergency",
        "x",
        "--shell",
        "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done",
    ]);
    assert_eq!(run.stdout_line(), "up");
    run.signal("TERM");
    let outcome = run.end();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(5), "bye\n"), "{outcome:?}");
    assert_eq!(one(&program, "run_finished")["exit"]["code"], 5);
}

#[test]
fn output_is_passed_through_and_kept_without_secrets() {
    let program = declared();
    let printed = "\u{1b}[31mpassword=hunter2\u{1b}[0m\ntoken: AKIAIOSFODNN7EXAMPLE \u{7}\n";
    let shell = r"printf '\033[31mpassword=hunter2\033[0m\ntoken: AKIAIOSFODNN7EXAMPLE \007\n'";
    assert_eq!(program.ok(&["run", ID, "--emergency", "x", "--shell", shell]), printed);
    let finished = one(&program, "run_finished");
    assert_eq!(finished["excerpt"], "password=[masked]\ntoken: [masked] ␇");
    let digest = scribe_domain::values::Digest::of(printed.as_bytes());
    assert_eq!(finished["output_digest"], digest.to_string());
}

#[test]
fn the_organisation_masks_what_it_wants() {
    let program = declared();
    std::fs::write(program.data().join("scribe.toml"), "[mask]\npatterns = [\"cust-[0-9]+\"]\n").unwrap();
    program.ok(&["run", ID, "--emergency", "x", "--", "echo", "cust-42 is blue"]);
    assert_eq!(one(&program, "run_finished")["excerpt"], "[masked] is blue");
}

#[test]
fn bytes_pass_unchanged_also_many_and_not_text() {
    let program = declared();
    let shell = "head -c 300000 /dev/zero | tr '\\0' '\\377'; cat";
    let mut command = program.command();
    command.args(["run", ID, "--emergency", "x", "--shell", shell]).stdin(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"from stdin").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout.len(), 300_010);
    assert!(output.stdout.ends_with(b"\xff\xfffrom stdin"));
}

#[test]
fn killed_half_way_it_shows_as_started_and_not_finished() {
    let program = declared();
    let mut run = program.start(&["run", ID, "--emergency", "x", "--shell", "echo up; sleep 20"]);
    assert_eq!(run.stdout_line(), "up");
    run.kill();
    assert_eq!(kinds(&program), ["run_started"]);
    let runs = program.json(&["audit", "runs"]);
    assert_eq!(runs["runs"][0]["stage"], "started", "{runs}");
    assert!(runs["runs"][0]["flags"].to_string().contains("not_finished"), "{runs}");
    // What is known of its end can still be told.
    let (started, ended) = ("2023-01-04T18:05:00Z", "2023-01-04T18:06:00Z");
    program.ok(&[
        "ran",
        ID,
        "--run",
        "1",
        "--started",
        started,
        "--ended",
        ended,
        "--exit",
        "0",
        "--emergency",
        "x",
        "--shell",
        "echo up; sleep 20",
    ]);
    assert_eq!(program.json(&["audit", "runs"])["runs"][0]["stage"], "finished");
}

#[test]
fn what_is_left_behind_does_not_hold_up_the_end() {
    let program = declared();
    let began = Instant::now();
    assert_eq!(program.ok(&["run", ID, "--emergency", "x", "--shell", "sleep 30 & echo done"]), "done\n");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_lost_end_is_told_loudly_and_the_status_is_passed_on() {
    let mut program = declared();
    let (mut server, address) = program.serve();
    program.speak_to(&address);
    let go = program.folder().join("go");
    assert!(std::process::Command::new("mkfifo").arg(&go).status().unwrap().success());
    let mut run =
        program.start(&["run", ID, "--emergency", "x", "--shell", "echo up; read line < go; exit 9"]);
    assert_eq!(run.stdout_line(), "up");
    server.kill();
    std::fs::write(&go, "on\n").unwrap();
    let line = run.stderr_line(|line| line.starts_with("hint: record it by hand: "));
    assert!(line.contains(&format!("scribe ran {ID} --run 1 ")), "{line}");
    let outcome = run.end();
    assert_eq!(outcome.code, Some(9), "{outcome:?}");
    assert!(outcome.stderr.contains("error: HOW RUN 1 ENDED IS NOT RECORDED"), "{}", outcome.stderr);
}

#[test]
fn a_run_made_elsewhere_needs_an_approval_or_a_reason() {
    let program = declared();
    let told =
        ["ran", ID, "--on", "db-1", "--started", "2023-01-04T18:05:00Z", "--ended", "2023-01-04T18:06:00Z"];
    let refused = program.run(&[&told[..], &["--", "select 1"]].concat());
    assert_eq!(refused.code, Some(3), "{refused:?}");
    program.ok(&[&told[..], &["--unapproved", "Read only.", "--exit", "0", "--", "select 1"]].concat());
    let finished = one(&program, "run_finished");
    assert_eq!(finished["line"], "select 1");
    assert_eq!(finished["standing"]["unapproved"]["reason"], "Read only.");
}
