//! The stand-in is held to what real servers answered: each recording of `SCRIBE_FIXTURES` is asked for again, by a
//! plain client, of a stand-in that is like the recorded server.
//!
//! Compared are the kinds of what was told, their order, the codes and words of refusals, the trailers by which clients
//! know them, and where checkpoints fall between events. Not compared are offsets, times and encodings.

pub(crate) mod asking;
pub(crate) mod channel;
mod log;
mod nodes;
mod normal;
mod rights;
mod streams;

use std::io::Write;
use std::path::PathBuf;

use scribe_protocol_server::Like;
use serde_json::Value;

/// The recordings that are replayed, in the order in which those of one log were made.
const KNOWN: [&str; 11] = [
    "live-subscription-append-of-1200",
    "live-checkpoints",
    "slow-consumer-append-of-9000",
    "catch-up-subscription",
    "batch-append-answers",
    "half-closed-batch-append-calls",
    "sizes",
    "deleted-and-tombstoned",
    "access",
    "not-leader",
    "no-quorum",
];

/// What a server answered in a scenario.
struct Recording {
    name: String,
    lines: Vec<Value>,
}

impl Recording {
    /// What was asked, in order, each with the milliseconds at which it was.
    fn asked(&self) -> Vec<(u64, String)> {
        let asked = |line: &Value| {
            let at = line["ms"].as_u64().unwrap_or(0);
            line["asked"].as_str().map(|asked| (at, asked.to_owned()))
        };
        // The first line says the scenario.
        self.lines.iter().skip(1).filter_map(asked).collect()
    }

    /// Fails unless a replay tells the same.
    fn holds(&self, replayed: &[Value]) {
        let (recorded, replayed) = (normal::form(&self.lines[1..]), normal::form(replayed));
        for (at, pair) in recorded.iter().zip(&replayed).enumerate() {
            assert_eq!(pair.1, pair.0, "{}: the {}th of\n{}", self.name, at + 1, told(&replayed));
        }
        assert_eq!(replayed.len(), recorded.len(), "{}:\n{}", self.name, told(&replayed));
    }
}

fn told(lines: &[Value]) -> String {
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

fn folder(like: Like) -> Option<PathBuf> {
    let Some(fixtures) = std::env::var_os("SCRIBE_FIXTURES") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: SCRIBE_FIXTURES is not set");
        return None;
    };
    Some(PathBuf::from(fixtures).join("eventstore").join(like.version()))
}

/// A recording, if there are any; of a scenario that was not recorded with this server there is none.
fn recording(like: Like, name: &str) -> Option<Recording> {
    let text = std::fs::read_to_string(folder(like)?.join(format!("{name}.jsonl"))).ok()?;
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (lines[0]["server"].as_str(), lines[0]["scenario"].as_str()),
        (Some(like.version()), Some(name))
    );
    Some(Recording { name: format!("{like} {name}"), lines })
}

#[test]
fn no_recording_is_left_out() {
    for like in Like::ALL {
        let Some(folder) = folder(like) else { return };
        let mut found = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
            assert!(KNOWN.contains(&name.as_str()), "{like}: nothing replays {name}");
            found.push(name);
        }
        let missing: Vec<_> = KNOWN.into_iter().filter(|name| !found.contains(&(*name).to_owned())).collect();
        let expected: &[&str] = if like == Like::Kurrent26 { &["access"] } else { &[] };
        assert_eq!(missing, expected, "{like}");
    }
}
