//! Metrics of a house's own, from its settings to every form of a postmortem.

use scribe_tests::program::Program;

use super::place::RECORDS;

const OWN: &str = r#"
[[metrics.between]]
name = "Time to repair"
from = "detected"
to = "mitigated"

[[metrics.between]]
from = "first page"
to = "custom:data_restored"

[[metrics.between]]
from = "mitigated"
to = "first_page"
"#;

fn told() -> (Program, String) {
    let program = Program::of(RECORDS);
    let say = |at: &str, args: &[&str]| {
        let at = format!("2024-05-02T{at}Z");
        program.ok(&[args, &["--as", "Ada", "--occurred", &at]].concat())
    };
    say("09:00", &["declare", "Mail is late"]);
    let list = program.json(&["list"]);
    let id = list["incidents"][0]["incident"].as_str().expect("an id").to_owned();
    say("09:05", &["page", &id, "Kim"]);
    say("09:40", &["mitigate", &id]);
    say("11:15", &["milestone", &id, "custom:data-restored"]);
    (program, id)
}

/// How long each metric is that is known, by its name.
fn known(program: &Program, args: &[&str]) -> Vec<(String, i64)> {
    let edition = program.json(args);
    let metrics = edition["metrics"].as_array().expect("metrics").iter();
    metrics
        .filter_map(|metric| Some((metric["name"].as_str()?.to_owned(), metric["seconds"].as_i64()?)))
        .collect()
}

#[test]
fn any_two_points_are_a_metric_in_every_form_and_the_servers_settings_count() {
    let (mut program, id) = told();
    let usual = known(&program, &["postmortem", &id]);
    let usual_ones = [
        ("detection to declaration", 0),
        ("detection to mitigation", 2400),
        ("declaration to mitigation", 2400),
    ];
    assert_eq!(usual, usual_ones.map(|(name, seconds)| (name.to_owned(), seconds)));

    std::fs::write(program.data().join("scribe.toml"), OWN).expect("the settings");
    let own = known(&program, &["postmortem", &id]);
    let expected = [
        ("detection to declaration", 0),
        ("Time to repair", 2400),
        ("declaration to mitigation", 2400),
        ("first page to data restored", 7800),
    ];
    assert_eq!(own, expected.map(|(name, seconds)| (name.to_owned(), seconds)));

    let metric = &program.json(&["postmortem", &id])["metrics"][10];
    assert_eq!(metric["between"], serde_json::json!(["first_page", "custom:data_restored"]));
    assert!(metric["from"]["event"].is_string() && metric["to"]["event"].is_string(), "{metric}");
    for format in ["text", "markdown", "html"] {
        let page = program.ok(&["postmortem", &id, "--format", format]).replace(['\n', ' '], "");
        // In a narrow column of a text, what is long goes on below what stands beside it.
        let contradicts = if format == "text" { "theendcame" } else { "theendcamebeforethebeginning" };
        for told in ["Timetorepair", "40min", "firstpage", "2h10min", contradicts] {
            assert!(page.contains(told), "{told} is missing in {format}:\n{page}");
        }
    }
    assert!(program.ok(&["audit", "replay"]).contains("identical"));

    let replaced = format!("[metrics]\nusual = false\n{OWN}");
    let settings = program.folder().join("server.toml");
    std::fs::write(&settings, replaced).expect("the settings");
    let (_server, address) = program.serve_as(|command| command.arg("--config").arg(&settings));
    program.speak_to(&address);
    let names = [("Time to repair".to_owned(), 2400), ("first page to data restored".to_owned(), 7800)];
    assert_eq!(known(&program, &["postmortem", &id]), names);
    // What this side has in its own settings is another matter, and no difference.
    assert!(program.ok(&["audit", "replay"]).contains("identical"));
}

#[test]
fn metrics_that_cannot_be_are_refused_at_the_start() {
    let program = Program::of(RECORDS);
    let settings = program.folder().join("wrong.toml");
    for (metric, parts) in [
        ("from = \"mitigatd\"\nto = \"closed\"", ["line 2", "\"mitigatd\" is not a point", "mitigated"]),
        ("from = \"closed\"\nto = \"closed\"", ["line 1", "`from` and `to` are both closed", "change one"]),
        (
            "name = \"\"\nfrom = \"declared\"\nto = \"closed\"",
            ["line 2", "must not be empty", "leave `name` out"],
        ),
        (
            "name = \"Detection to declaration\"\nfrom = \"declared\"\nto = \"closed\"",
            ["is the name of two metrics", "detected to declared", "rename one of them"],
        ),
        ("from = \"declared\"", ["line 1", "missing field `to`", "settings file"]),
    ] {
        std::fs::write(&settings, format!("[[metrics.between]]\n{metric}\n")).expect("the settings");
        let path = settings.to_str().expect("a path");
        let outcome = program.run(&["--config", path, "declare", "Mail is late"]);
        assert_eq!(outcome.code, Some(4), "{outcome:#?}");
        for part in parts {
            assert!(outcome.stderr.contains(part), "{part:?} is missing in: {}", outcome.stderr);
        }
        assert_eq!(program.count(), 0, "nothing was recorded");
    }
}
