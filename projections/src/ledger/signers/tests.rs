//! Signers by their statements.

use super::super::note::{KeyName, SigningKey};
use super::super::notes::joined;
use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::new(KeyName::new(&format!("node-{}", seed % 10)).unwrap(), &[seed; 32])
}

fn head(size: u64, root: u8) -> TreeHead {
    TreeHead { size, root: Digest([root; 32]) }
}

/// What a node says that announces itself.
fn said(key: &SigningKey, head: TreeHead, withdrawn: &[TreeHead]) -> String {
    let checkpoint = Checkpoint {
        signers: vec![key.verifier().clone()],
        withdrawn: withdrawn.to_vec(),
        ..Checkpoint::of(key.verifier().name().clone(), head)
    };
    checkpoint.sign([key]).unwrap().to_string()
}

/// What one says that does not.
fn plain(key: &SigningKey, head: TreeHead) -> String {
    Checkpoint::of(key.verifier().name().clone(), head).sign([key]).unwrap().to_string()
}

fn change(from: &SigningKey, to: &SigningKey, head: TreeHead) -> String {
    let key_change = KeyChange { from: from.verifier().clone(), to: to.verifier().clone() };
    let checkpoint = Checkpoint::of(from.verifier().name().clone(), head);
    Checkpoint { key_change: Some(key_change), ..checkpoint }.sign([from, to]).unwrap().to_string()
}

fn heads(signers: &Signers) -> Vec<TreeHead> {
    signers.outstanding().map(|claim| claim.head).collect()
}

/// A record whose root at every size is this.
fn all(root: u8) -> impl Fn(&Claim) -> Option<Digest> {
    move |_| Some(Digest([root; 32]))
}

#[test]
fn who_announces_itself_is_known_from_then_on() {
    let mut signers = Signers::default();
    assert_eq!(signers.take(&plain(&key(1), head(3, 1))), []);
    let claim = Claim { head: head(4, 1), signer: key(1).verifier().clone() };
    assert_eq!(signers.take(&said(&key(1), head(4, 1), &[])), [claim]);
    assert_eq!(signers.take(&said(&key(1), head(4, 1), &[])), [], "told again, it is no news");
    assert_eq!(signers.take(&plain(&key(1), head(5, 1))).len(), 1);
    assert_eq!(signers.standing(key(1).verifier()), Standing::Announced);
    let last = signers.latest().next().unwrap().clone();
    signers.settle(&last);
    assert_eq!(heads(&signers), [head(5, 1)]);
}

#[test]
fn nobody_is_announced_by_others() {
    let (a, b) = (key(1), key(2));
    for key in [&a, &b] {
        // A's text, which announces both, under either signature.
        let text = Checkpoint {
            signers: vec![a.verifier().clone(), b.verifier().clone()],
            ..Checkpoint::of(a.verifier().name().clone(), head(3, 1))
        };
        let mut signers = Signers::default();
        let claims = signers.take(&text.sign([key]).unwrap().to_string());
        assert_eq!(claims.len(), usize::from(key.verifier() == a.verifier()));
        assert_eq!(signers.standing(b.verifier()), Standing::Unknown);
    }
    let forged = said(&a, head(3, 1), &[]).replace("\n3\n", "\n4\n");
    let mut signers = Signers::default();
    assert_eq!((signers.take(&forged), signers.standing(a.verifier())), (vec![], Standing::Unknown));
}

#[test]
fn several_of_one_size_are_each_taken() {
    let (a, b) = (said(&key(1), head(3, 1), &[]), said(&key(2), head(3, 2), &[]));
    let notes: Vec<Note> = [&a, &b].into_iter().map(|note| Note::parse(note).unwrap()).collect();
    let mut signers = Signers::default();
    assert_eq!(signers.take(&joined(&notes)).len(), 2);
    let differing = signers.difference(all(1)).unwrap();
    assert_eq!((&differing.signer, differing.theirs.0[0]), (key(2).verifier(), 2));
}

#[test]
fn what_differs_first_is_told_and_what_agreed_before_it() {
    let mut signers = Signers::trusting([key(3).verifier()], Standing::Own);
    signers.take(&said(&key(1), head(3, 1), &[]));
    signers.take(&said(&key(2), head(5, 1), &[]));
    signers.take(&said(&key(1), head(7, 2), &[]));
    signers.take(&said(&key(1), head(9, 2), &[]));
    let differing = signers.difference(all(1)).unwrap();
    assert_eq!((differing.size, differing.agreed_up_to, &differing.signer), (7, 5, key(1).verifier()));
    // A record that ends before what was signed is another one too.
    let short = |claim: &Claim| (claim.head.size <= 5).then_some(Digest([1; 32]));
    assert_eq!(signers.difference(short).unwrap().ours, None);
    // One's own is not another's.
    signers.take(&plain(&key(3), head(4, 2)));
    assert_eq!(signers.difference(all(1)).unwrap().size, 7);
}

#[test]
fn what_was_withdrawn_does_not_count_and_does_not_come_back() {
    let wrong = said(&key(1), head(7, 2), &[]);
    let mut signers = Signers::default();
    signers.take(&said(&key(1), head(5, 1), &[]));
    signers.take(&wrong);
    // Others cannot take it back.
    signers.take(&said(&key(2), head(8, 1), &[head(7, 2)]));
    assert!(signers.difference(all(1)).is_some());
    let back = said(&key(1), head(9, 1), &[head(7, 2)]);
    assert_eq!(signers.take(&back).len(), 1);
    assert_eq!(signers.difference(all(1)), None);
    assert_eq!(signers.withdrawn(key(1).verifier(), head(7, 2)), Some(9));
    assert_eq!(signers.take(&wrong), []);
    assert_eq!(signers.difference(all(1)), None);
    // In whichever order they come.
    let mut signers = Signers::default();
    signers.take(&back);
    signers.take(&wrong);
    assert_eq!(signers.difference(all(1)), None);
}

#[test]
fn the_key_that_took_over_may_withdraw() {
    let (old, new) = (key(1), key(11));
    let mut signers = Signers::default();
    signers.take(&said(&old, head(5, 2), &[]));
    signers.take(&change(&old, &new, head(6, 2)));
    assert_eq!(signers.standing(new.verifier()), Standing::Announced);
    signers.take(&said(&new, head(7, 1), &[head(5, 2), head(6, 2)]));
    assert_eq!(heads(&signers), [head(7, 1)]);
    // Also where only the last of a chain is known, and the chain is learned from its beginning.
    let third = key(21);
    let mut signers = Signers::trusting([third.verifier()], Standing::Named);
    signers.take(&change(&old, &new, head(6, 1)));
    signers.take(&change(&new, &third, head(8, 1)));
    assert_eq!(signers.standing(old.verifier()), Standing::Named);
    assert_eq!(signers.keys(Standing::Named).count(), 3);
}

#[test]
fn few_notes_tell_what_all_of_them_do() {
    let mut notes: Vec<String> = (1..50).map(|size| said(&key(1), head(size, 1), &[])).collect();
    notes.insert(20, said(&key(2), head(20, 1), &[]));
    notes.push(change(&key(1), &key(11), head(50, 1)));
    notes.extend((51..60).map(|size| said(&key(11), head(size, 2), &[])));
    let latest = |notes: &[&str]| {
        let mut signers = Signers::default();
        for note in notes {
            signers.take(note);
        }
        signers.latest().cloned().collect::<Vec<_>>()
    };
    let (mut all, mut few): (Vec<&str>, Vec<&str>);
    all = notes.iter().map(String::as_str).collect();
    few = telling(all.iter().copied());
    assert_eq!(latest(&few), latest(&all));
    assert!(few.len() < 6, "{}", few.len());
    // Once something is withdrawn, what was said before that counts again.
    let back: Vec<TreeHead> = (51..60).map(|size| head(size, 2)).collect();
    notes.push(said(&key(11), head(60, 1), &back));
    notes.push(said(&key(2), head(61, 1), &[head(60, 1)]));
    all = notes.iter().map(String::as_str).collect();
    few = telling(all.iter().copied());
    assert_eq!(latest(&few), latest(&all));
    assert!(few.len() < 20, "{}", few.len());
}
