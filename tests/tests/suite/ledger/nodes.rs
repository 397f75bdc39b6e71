//! Several nodes that sign one record, each with a key of its own. A node is a key here: what several nodes keep
//! is what one keeps who signs with several.

use std::fs;
use std::path::PathBuf;

use scribe_domain::event_store::TreeHead;
use scribe_domain::values::Digest;
use scribe_projections::ledger::checkpoint::Checkpoint;
use scribe_projections::ledger::note::{KeyName, SigningKey, VerifierKey};
use scribe_projections::ledger::notes::each;
use scribe_tests::program::Program;
use serde_json::Value;

use super::file::{found, holds, notes, open, record, tamper, unproven};

/// Puts a node's key in place; a new one is made if it has none.
pub(crate) fn as_node(program: &Program, name: &str) {
    let key = program.data().join("ledger.key");
    let current = program.data().join("node");
    let aside = |name: &str| -> PathBuf { program.data().join(format!("key-of-{name}")) };
    if let Ok(present) = fs::read_to_string(&current) {
        fs::rename(&key, aside(&present)).unwrap();
    }
    fs::write(current, name).unwrap();
    // A node that is new here has no key yet: it makes one when it signs.
    let _ = fs::rename(aside(name), key);
}

fn key(program: &Program) -> String {
    program.ok(&["audit", "key"]).trim().to_owned()
}

/// Two nodes that sign by turns, and at last both at one size.
fn two() -> (Program, String, String) {
    let program = record(1);
    let mut keys = Vec::new();
    for node in ["a", "b", "a", "b"] {
        as_node(&program, node);
        program.ok(&["audit", "checkpoint"]);
        keys.push(key(&program));
        notes(&program, 1);
    }
    for node in ["a", "b"] {
        as_node(&program, node);
        program.ok(&["audit", "checkpoint"]);
    }
    assert_ne!(keys[0], keys[1]);
    (program, keys.swap_remove(0), keys.swap_remove(0))
}

fn signers(program: &Program, args: &[&str]) -> Vec<(String, String, u64, u64)> {
    let verdict: Value =
        serde_json::from_str(&program.run(&[&["audit", "verify", "--json"], args].concat()).stdout).unwrap();
    let signers = verdict["signers"].as_array().unwrap().iter().map(|signer| {
        let text = |name: &str| signer[name].as_str().unwrap().to_owned();
        let number = |name: &str| signer[name].as_u64().unwrap();
        (text("key"), text("standing"), number("checkpoints"), number("up_to"))
    });
    signers.collect()
}

#[test]
fn a_record_that_several_nodes_signed_holds_on_each() {
    let (program, a, b) = two();
    for (node, own, other) in [("a", &a, &b), ("b", &b, &a)] {
        as_node(&program, node);
        let said = program.ok(&["audit", "verify"]);
        assert!(said.contains("6 checkpoints: all of it holds"), "{said}");
        assert!(said.contains("3 checkpoints, up to 6 events (this record's own key)"), "{said}");
        assert!(said.contains("3 checkpoints, up to 6 events (announced in the record)"), "{said}");
        let (own, other) = (own.clone(), other.clone());
        let told = [(own.clone(), "own".into(), 3, 6), (other.clone(), "announced".into(), 3, 6)];
        assert_eq!(signers(&program, &[]), told);
        assert_eq!(program.ok(&["audit", "key", "--all"]), format!("{own}\n{other}\n"));
    }
}

#[test]
fn both_sign_the_same_size_and_each_gives_out_its_own() {
    let (program, a, b) = two();
    for (node, key) in [("a", &a), ("b", &b), ("a", &a)] {
        as_node(&program, node);
        let note = program.ok(&["audit", "checkpoint"]);
        let key: VerifierKey = key.parse().unwrap();
        assert_eq!(Checkpoint::open(&note, &[key]).unwrap().head.size, 6);
    }
    let kept: String = open(&program)
        .query_row("SELECT note FROM checkpoints WHERE size = 6", [], |row| row.get(0))
        .unwrap();
    assert_eq!(each(&kept).count(), 2, "signing again adds nothing: {kept}");
    // A checkpoint that one node gave out is known to the other.
    let saved = program.folder().join("saved").to_str().unwrap().to_owned();
    program.ok(&["audit", "checkpoint", "--save", &saved]);
    as_node(&program, "b");
    assert!(program.ok(&["audit", "verify", "--checkpoint", &saved]).contains("7 checkpoints: all of it"));
}

#[test]
fn whoever_names_keys_believes_no_others() {
    let (program, a, b) = two();
    as_node(&program, "a");
    let outcome = program.run(&["audit", "verify", "--key", &a]);
    assert_eq!(outcome.code, Some(7), "{outcome:#?}");
    // At the last size both signed, so there only B's own are left.
    let alone = "only, who announced itself in the record, but is none of those that were named";
    assert_eq!(outcome.stdout.matches(alone).count(), 2, "{outcome:#?}");
    assert!(outcome.stdout.contains("(announced in the record, not named by you)"), "{outcome:#?}");
    holds(&program.run(&["audit", "verify", "--key", &a, "--key", &b]));
    assert_eq!(signers(&program, &["--key", &a])[0], (a, "named".into(), 3, 6));
}

#[test]
fn a_key_that_took_over_is_the_same_signer_on_every_node() {
    let (program, a, b) = two();
    as_node(&program, "a");
    notes(&program, 1);
    program.ok(&["audit", "rotate-key"]);
    let new = key(&program);
    notes(&program, 1);
    program.ok(&["audit", "checkpoint"]);
    as_node(&program, "b");
    holds(&program.run(&["audit", "verify"]));
    holds(&program.run(&["audit", "verify", "--key", &a, "--key", &b]));
    holds(&program.run(&["audit", "verify", "--key", &new, "--key", &b]));
}

/// Keeps a note beside what a node signed.
fn keep(program: &Program, size: u64, note: &str) {
    let size = i64::try_from(size).unwrap();
    open(program).execute("INSERT OR REPLACE INTO checkpoints VALUES (?1, ?2)", (size, note)).unwrap();
}

fn root(program: &Program) -> (u64, Digest) {
    let verdict = program.json(&["audit", "verify"]);
    (verdict["events"].as_u64().unwrap(), serde_json::from_value(verdict["root"].clone()).unwrap())
}

#[test]
fn a_stranger_is_told_from_a_root_that_differs_and_from_a_wrong_signature() {
    let (program, ..) = two();
    notes(&program, 1);
    let (size, root) = root(&program);
    let stranger = SigningKey::new(KeyName::new("stranger").unwrap(), &[7; 32]);
    let said = |head: TreeHead, signers: Vec<VerifierKey>| {
        let checkpoint = Checkpoint::of(stranger.verifier().name().clone(), head);
        Checkpoint { signers, ..checkpoint }.sign([&stranger]).unwrap().to_string()
    };
    let wrong = Digest([1; 32]);
    let kinds = || -> Vec<String> {
        let outcome = program.run(&["audit", "verify", "--json"]);
        let verdict: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let findings = verdict["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["kind"].as_str().unwrap().to_owned()).collect()
    };
    keep(&program, size, &said(TreeHead { size, root }, vec![]));
    assert_eq!(kinds(), ["unknown_signer"]);
    assert!(unproven(&program).starts_with(&format!("position {size}: ")), "{}", unproven(&program));
    assert!(unproven(&program).contains("who is not known here and did not announce itself"));
    assert!(unproven(&program).contains("(UNKNOWN: neither named nor announced in the record)"));
    keep(&program, size, &said(TreeHead { size, root: wrong }, vec![]));
    assert_eq!(kinds(), ["unknown_signer", "checkpoint"]);
    let announced = vec![stranger.verifier().clone()];
    keep(&program, size, &said(TreeHead { size, root: wrong }, announced.clone()));
    assert_eq!(kinds(), ["checkpoint"]);
    assert!(found(&program).contains("the checkpoint by stranger+"), "{}", found(&program));
    let good = said(TreeHead { size, root }, announced);
    keep(&program, size, &good);
    assert_eq!(kinds(), [""; 0]);
    keep(
        &program,
        size,
        &good
            .replace("\u{2014} stranger ", "an extension\n\n\u{2014} stranger ")
            .replacen("\n\nan ", "\nan ", 1),
    );
    assert_eq!(kinds(), ["signature"]);
}

#[test]
fn a_root_that_only_one_signer_signed_is_told_as_theirs() {
    let (program, ..) = two();
    // What B signed of 5 events, with another root, in B's own name.
    as_node(&program, "b");
    let text = fs::read_to_string(program.data().join("ledger.key")).unwrap();
    let b = SigningKey::parse(text.trim()).unwrap();
    let head = TreeHead { size: 4, root: Digest([1; 32]) };
    let note = Checkpoint::of(b.verifier().name().clone(), head).sign([&b]).unwrap();
    keep(&program, 4, &note.to_string());
    let said = found(&program);
    let theirs = format!(
        "the checkpoint by {}+{} kept for 4 events has another root",
        b.verifier().name(),
        b.verifier().id()
    );
    assert!(said.contains(&theirs) && said.contains("whoever signed it signed another record"), "{said}");
    assert!(said.contains("1 thing is wrong"), "{said}");
}

#[test]
fn nothing_is_signed_against_another_node() {
    let (program, ..) = two();
    as_node(&program, "b");
    notes(&program, 1);
    program.ok(&["audit", "checkpoint"]);
    as_node(&program, "a");
    // The record's file is changed, and everything recomputed: B's last word stands against it.
    tamper(
        &program,
        "UPDATE appends SET events = replace(events, 'Note 0', 'Note 9') WHERE first_position = 7",
    );
    super::file::recompute(&program);
    notes(&program, 1);
    let refused = program.run(&["audit", "checkpoint"]);
    assert_eq!(refused.code, Some(5), "{refused:#?}");
    assert!(refused.stderr.contains("so nothing is signed"), "{refused:#?}");
    as_node(&program, "b");
    let refused = program.run(&["audit", "checkpoint"]);
    assert_eq!(refused.code, Some(3), "{refused:#?}");
}
