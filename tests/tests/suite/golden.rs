//! Every event is a storage format: its bytes are pinned.
//!
//! `golden/v1/KIND.jsonl` has a payload a line: first one that tells every field, then, where some fields
//! may be left out, one that tells as few as possible. They must read, and be written again byte for byte.
//! A file is only ever added to: what was written once must read for ever.
//!
//! `golden/format-1` is a whole folder as a program left it that knew no other format (`scribe demo --quiet` of
//! commit a3d9681), with what that program then said of it: `scribe export`, and `scribe --zone UTC timeline
//! 20230104-list-import-problems --ids`. It stays as it is, also when the format changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use scribe_domain::event::IncidentEvent;
use scribe_domain::event::versions::Chain;
use scribe_domain::milestone::Milestone;
use scribe_domain::values::{
    ActionKind, ChangeKind, ChangeRelation, ComponentState, LinkKind, Phase, ReviewSection, Severity, Tier,
    Verdict,
};
use scribe_tests::program::Program;
use serde_json::Value;
use serde_json::value::RawValue;

/// The first version of every kind.
const VERSION: u32 = 1;

fn folder() -> PathBuf {
    golden().join(format!("v{VERSION}"))
}

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The lines of one kind's file.
fn lines(kind: &str) -> Vec<String> {
    let path = folder().join(format!("{kind}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn every_kind_is_pinned_and_nothing_else() {
    let files: BTreeSet<String> = fs::read_dir(folder())
        .expect("the golden files are there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let kinds: BTreeSet<String> = IncidentEvent::KINDS.iter().map(|kind| format!("{kind}.jsonl")).collect();
    assert_eq!(files, kinds);
}

#[test]
fn what_was_written_reads_and_is_written_again_byte_for_byte() {
    for kind in IncidentEvent::KINDS {
        for line in lines(kind) {
            let event = IncidentEvent::from_payload(kind, VERSION, &line)
                .unwrap_or_else(|error| panic!("{kind} no longer reads {line}: {error}"));
            assert_eq!(event.kind(), *kind);
            assert_eq!(event.payload().get(), line, "{kind} is written otherwise now");
        }
    }
}

/// The first line must tell every field that the schema knows, or a new one could slip in unpinned; the
/// last one must tell only what is required.
#[test]
fn the_first_line_tells_every_field_and_the_last_only_what_must_be_told() {
    let mut generator = schemars::SchemaGenerator::default();
    let schemas: BTreeMap<_, _> = IncidentEvent::schemas(&mut generator).into_iter().collect();
    for kind in IncidentEvent::KINDS {
        let name = schemas[kind].get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        let schema = &generator.definitions()[name.expect("a payload has a definition of its own")];
        let known: BTreeSet<String> = schema["properties"]
            .as_object()
            .map(|fields| fields.keys().cloned().collect())
            .unwrap_or_default();
        let required: BTreeSet<String> = schema["required"]
            .as_array()
            .map(|fields| fields.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        let told = |line: &String| -> BTreeSet<String> {
            let fields: BTreeMap<String, Value> = serde_json::from_str(line).expect("an object");
            fields.into_keys().collect()
        };
        let lines = lines(kind);
        assert_eq!(lines.first().map(told), Some(known), "{kind}: the first line");
        assert_eq!(lines.last().map(told), Some(required), "{kind}: the last line");
    }
}

#[test]
fn a_kind_or_version_from_the_future_is_kept_as_it_is() {
    let payload = r#"{"b": 1,  "a":[ ]}"#;
    for (kind, version) in [("teleported", VERSION), ("noted", VERSION + 1)] {
        let event = IncidentEvent::from_payload(kind, version, payload).expect("kept");
        assert_eq!(event.kind(), kind);
        assert_eq!(event.payload().get(), payload);
        assert!(matches!(event, IncidentEvent::Unknown(unknown) if unknown.version == version));
    }
    IncidentEvent::from_payload("noted", VERSION, payload).expect_err("damaged bytes are no event");
}

/// The words are part of the format too.
#[test]
fn no_word_of_the_vocabulary_changes() {
    fn words<T: std::fmt::Display>(all: &[T]) -> String {
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
    assert_eq!(words(Tier::ALL), "engineering internal public");
    assert_eq!(words(Severity::ALL), "sev1 sev2 sev3 sev4 sev5");
    assert_eq!(words(Phase::ALL), "investigating identified monitoring resolved");
    assert_eq!(
        words(ComponentState::ALL),
        "operational under_maintenance degraded_performance partial_outage major_outage"
    );
    assert_eq!(
        words(Milestone::ALL),
        "impact_started detected acknowledged repair_started fix_deployed mitigated resolved"
    );
    assert_eq!(words(LinkKind::ALL), "channel meeting document ticket dashboard trace playbook other");
    assert_eq!(words(ChangeKind::ALL), "deploy pull_request config feature_flag other");
    assert_eq!(words(ChangeRelation::ALL), "suspected cause fix related");
    assert_eq!(words(ActionKind::ALL), "investigation mitigation");
    assert_eq!(words(Verdict::ALL), "confirmed refuted dropped");
    assert_eq!(words(ReviewSection::ALL), "what_happened went_well went_badly improve lucky learned prevent");
}

/// Whatever version a kind has come to, each one that was ever written leads to it.
#[test]
fn every_version_leads_to_the_present() {
    Chain::OWN.check().expect("the steps are complete");
    for (kind, present) in IncidentEvent::VERSIONS {
        for version in 1..=*present {
            let file = golden().join(format!("v{version}")).join(format!("{kind}.jsonl"));
            let text =
                fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            for line in text.lines() {
                let event = IncidentEvent::from_payload(kind, version, line).expect("it reads");
                assert_eq!((event.kind(), event.version()), (*kind, *present), "{line}");
            }
        }
    }
}

/// An event of an export, without what other formats added to it.
#[derive(serde::Deserialize)]
struct Exported {
    position: u64,
    starts_append: bool,
    header: Box<RawValue>,
    payload: Box<RawValue>,
}

#[test]
fn a_folder_of_the_first_format_opens_and_says_what_it_said() {
    let program = Program::new();
    fs::create_dir(program.data()).expect("a folder");
    let kept = golden().join("format-1");
    fs::copy(kept.join("scribe.sqlite"), program.data().join("scribe.sqlite")).expect("the record");

    let was = fs::read_to_string(kept.join("timeline.txt")).expect("what it said");
    let says = program.ok(&["--zone", "UTC", "timeline", "20230104-list-import-problems", "--ids"]);
    assert_eq!(says, was);

    let was = fs::read_to_string(kept.join("record.jsonl")).expect("what it held");
    let holds = program.ok(&["export"]);
    let read = |line| serde_json::from_str::<Exported>(line).expect("an event");
    // Other formats have a last line that is no event.
    let events = holds.lines().filter(|line| !line.starts_with(r#"{"events":"#));
    let (was, holds): (Vec<_>, Vec<_>) = (was.lines().map(read).collect(), events.map(read).collect());
    assert_eq!(holds.len(), was.len());
    for (now, then) in holds.iter().zip(&was) {
        assert_eq!((now.position, now.starts_append), (then.position, then.starts_append));
        assert_eq!((now.header.get(), now.payload.get()), (then.header.get(), then.payload.get()));
    }
    assert!(program.ok(&["audit", "replay"]).contains("identical"));
}
