//! Several nodes on one record in a cluster, each with a signing key of its own: each says of the whole record that
//! it holds, and knows who signed it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use scribe_protocol_server::Cluster;
use scribe_tests::program::Program;

struct Node<'a> {
    program: Program,
    store: &'a str,
}

impl Node<'_> {
    fn ok(&self, args: &[&str]) -> String {
        let output = self.program.command().env("SCRIBE_STORE", self.store).args(args).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{args:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

#[test]
fn each_node_knows_who_signed_and_says_that_the_record_holds() {
    let cluster = Cluster::start(1).unwrap();
    let store = cluster.connection_string();
    let node = || Node { program: Program::new(), store: &store };
    let (one, other, third) = (node(), node(), node());
    one.ok(&["declare", "List import problems", "--occurred", "2023-01-04T13:05Z"]);
    let id = "20230104-list-import-problems";
    for (number, node) in [&one, &other, &one, &other].into_iter().enumerate() {
        node.ok(&["audit", "checkpoint"]);
        node.ok(&["note", id, &format!("Note {number}."), "--idempotency-key", &format!("note-{number}")]);
    }
    // At the same size, one after the other.
    for node in [&one, &other] {
        node.ok(&["audit", "checkpoint"]);
    }
    let keys = [&one, &other].map(|node| node.ok(&["audit", "key"]).trim().to_owned());
    for node in [&one, &other, &third] {
        let said = node.ok(&["audit", "verify"]);
        assert!(said.contains("6 checkpoints: all of it holds"), "{said}");
        for key in &keys {
            let (name, id) = (key.split('+').next().unwrap(), key.split('+').nth(1).unwrap());
            let line = format!("signed by {name}+{id}: 3 checkpoints, up to 5 events");
            assert!(said.contains(&line), "{line} in {said}");
        }
        node.ok(&["audit", "verify", "--key", &keys[0], "--key", &keys[1]]);
        let all = node.ok(&["audit", "key", "--all"]);
        assert!(keys.iter().all(|key| all.contains(key)), "{all}");
        let receipt = node.ok(&["receipt", "note-3"]);
        assert!(receipt.starts_with(&format!("{id}  revision 5  recorded: 1 event")), "{receipt}");
    }
}
