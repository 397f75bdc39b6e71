//! What must be read of all that was kept, to know the signers and what each said last.

use std::collections::{HashMap, HashSet};

use scribe_domain::event_store::TreeHead;

use super::super::checkpoint::Checkpoint;
use super::super::note::{KeyId, Note};
use super::super::notes::each;

/// Of all that was kept, the smallest size first, what must be read to know the signers and what each said last:
/// signatures of years need not be verified each time.
pub fn telling<'a>(kept: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let kept: Vec<(&str, Vec<(Note, Checkpoint)>)> = kept
        .into_iter()
        .map(|text| {
            let read = |note: Note| Checkpoint::parse(note.text()).ok().map(|checkpoint| (note, checkpoint));
            (text, each(text).flatten().filter_map(read).collect())
        })
        .collect();
    let all = || kept.iter().flat_map(|(_, notes)| notes);
    // Whether a withdrawal is to be believed is seen later: so what it speaks of is read as well.
    let withdrawn: HashSet<(u64, [u8; 32])> = all()
        .flat_map(|(_, checkpoint)| &checkpoint.withdrawn)
        .map(|head| (head.size, head.root.0))
        .collect();
    let mut wanted = HashSet::new();
    let (mut first, mut last) = (HashMap::<(&str, KeyId), usize>::new(), HashMap::new());
    for (place, (_, notes)) in kept.iter().enumerate() {
        for (note, checkpoint) in notes {
            let TreeHead { size, root } = checkpoint.head;
            let is_withdrawn = withdrawn.contains(&(size, root.0));
            if is_withdrawn || !checkpoint.withdrawn.is_empty() || checkpoint.key_change.is_some() {
                wanted.insert(place);
            }
            for signature in note.signatures() {
                let signer = (signature.name.as_str(), signature.id);
                first.entry(signer).or_insert(place);
                if !is_withdrawn {
                    last.insert(signer, place);
                }
            }
        }
    }
    wanted.extend(first.into_values().chain(last.into_values()));
    kept.iter().enumerate().filter(|(place, _)| wanted.contains(place)).map(|(_, (text, _))| *text).collect()
}
