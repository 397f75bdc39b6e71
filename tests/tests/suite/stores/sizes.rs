//! What a cluster does not take and never will: told at once, with the limit and whose it is, and not tried again.

use std::fs;

use scribe_protocol_server::Call;
use scribe_tests::program::{Program, binary};

use super::*;

/// What no cluster is set to, but large enough for everything else here.
const SMALL: usize = 4_000;

/// How often the cluster was asked to append.
fn asked(cluster: &Cluster) -> u64 {
    let figures = cluster.figures(0);
    figures.calls(Call::Append) + figures.calls(Call::BatchAppend)
}

/// Tells something that is too large, with one incident there already; how often the cluster was asked for it.
fn told(settings: Settings, tell: impl Fn(&Program, &[(&str, &str)]) -> Outcome) -> (Outcome, u64) {
    binary();
    let (program, cluster) = (Program::new(), Cluster::with(1, settings).unwrap());
    let store = [("SCRIBE_STORE", &*cluster.connection_string())];
    let declared = run_in(&program, &store, &["declare", "Imports fail", "--occurred", "2023-01-04T18:05Z"]);
    assert_eq!(declared.code, Some(0), "{declared:#?}");
    let (kept, before) = (cluster.records().len(), asked(&cluster));
    let began = std::time::Instant::now();
    let outcome = tell(&program, &store);
    assert!(began.elapsed().as_secs() < 3, "it was tried for {:?}", began.elapsed());
    assert!(!outcome.stderr.contains("again"), "{outcome:#?}");
    let asked = asked(&cluster) - before;
    assert_eq!(cluster.records().len(), kept);
    // What fits goes on.
    let noted = run_in(&program, &store, &["note", ID, "and on"]);
    assert!(noted.stdout.contains("revision 2"), "{noted:#?}");
    (outcome, asked)
}

fn note(program: &Program, store: &[(&str, &str)]) -> Outcome {
    run_in(program, store, &["note", ID, &"all work and no play ".repeat(250)])
}

#[test]
fn an_append_above_the_clusters_limit() {
    let settings = || Settings { largest_append: SMALL, ..Settings::default() };
    let (refused, asked) = told(settings(), note);
    let why = "the append exceeds the cluster's MaxAppendSize of 4000 bytes: its operator can raise it \
               (--max-append-size)";
    is_refused(&refused, 3, why);
    assert_eq!(asked, 1);
    let (refused, asked) = told(settings(), |program, store| {
        let file = program.folder().join("told.jsonl");
        let line = |kind: &str, fields: &str| {
            format!(
                "{{\"incident\":\"20230105-mails-fail\",\"occurred\":\"2023-01-05T10:00Z\",\"actor\":\"Ada\",\
                 \"kind\":\"{kind}\",\"fields\":{fields}}}\n"
            )
        };
        let mut lines =
            line("declared", "{\"title\":\"Mails fail\",\"tier\":\"internal\",\"severity\":\"sev2\"}");
        lines.extend((0..100).map(|number| line("noted", &format!("{{\"text\":\"note {number}\"}}"))));
        fs::write(&file, lines).unwrap();
        run_in(program, store, &["import", "events", text(&file)])
    });
    // All or nothing, told at the incident's first line.
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (Some(4), "20230105-mails-fail  left out\n"),
        "{refused:#?}"
    );
    assert!(refused.stderr.contains(&format!("told.jsonl:1: {why}")), "{refused:#?}");
    assert_eq!(asked, 1);
}

#[test]
fn an_event_above_the_clusters_limit() {
    let (refused, asked) = told(Settings { largest_event: Some(SMALL), ..Settings::default() }, note);
    let why = "an event exceeds the cluster's MaxAppendEventSize of 4000 bytes: its operator can raise it \
               (--max-append-event-size, from 25.1 on)";
    is_refused(&refused, 3, why);
    assert_eq!(asked, 1);
}
