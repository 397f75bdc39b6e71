//! The tree's root at a size, from the tiles that every store gives.

use scribe_domain::event_store::{EventStore, StoreError};
use scribe_domain::values::Digest;
use scribe_projections::ledger::frontier::Frontier;
use scribe_projections::ledger::tile::{HEIGHT, WIDTH, perfect_root};

/// The ledger's root over the first `size` events; `None` beyond the record's end.
pub async fn root_at(store: &dyn EventStore, size: u64) -> Result<Option<Digest>, StoreError> {
    let mut perfect = Vec::new();
    let mut first = 0;
    // A tree of this size is made of a perfect tree for each bit of it, the largest first.
    for height in (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1) {
        let (level, above) = (height / u32::from(HEIGHT), height % u32::from(HEIGHT));
        let node = first >> (level * u32::from(HEIGHT));
        let tile = store.tile(u8::try_from(level).unwrap_or(u8::MAX), node / WIDTH).await?;
        let from = usize::try_from(node % WIDTH).unwrap_or(usize::MAX);
        let nodes = tile.get(from..).and_then(|nodes| nodes.get(..1 << above));
        let Some(root) = nodes.and_then(perfect_root) else { return Ok(None) };
        perfect.push(root);
        first += 1 << height;
    }
    Ok(Frontier::resume(size, perfect).map(|tree| tree.root()))
}

#[cfg(test)]
mod tests {
    use scribe_domain::event_store::{Append, Draft};
    use scribe_domain::ids::{CommandId, Revision};
    use uuid::Uuid;

    use super::*;
    use crate::clock;
    use crate::store::memory::MemoryStore;

    #[tokio::test]
    async fn the_root_at_a_size_is_the_trees_when_it_ended_there() {
        let store = MemoryStore::new(clock::system());
        let mut roots = vec![store.tree().await.unwrap()];
        let mut revision = Revision::NEW;
        for number in 0..130_u128 {
            let noted = scribe_domain::event::words::Noted { text: "x".parse().unwrap() };
            let draft = Draft {
                actor: scribe_domain::actor::Actor {
                    who: "Ada King".parse().unwrap(),
                    via: "test".parse().unwrap(),
                    on_behalf_of: None,
                },
                occurred: scribe_domain::when::When::Unknown,
                told: None,
                source: None,
                origin: None,
                event: noted.into(),
            };
            let append = Append {
                incident: "20230104-a".parse().unwrap(),
                expected: revision,
                command_id: CommandId(Uuid::from_u128(number)),
                request: None,
                events: vec![draft; 5],
            };
            revision = store.append(append).await.unwrap().revision;
            roots.push(store.tree().await.unwrap());
        }
        for head in roots {
            assert_eq!(root_at(&store, head.size).await.unwrap(), Some(head.root), "{}", head.size);
        }
        for beyond in [651, 768, 1 << 20, u64::MAX] {
            assert_eq!(root_at(&store, beyond).await.unwrap(), None, "{beyond}");
        }
    }
}
