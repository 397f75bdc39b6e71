//! Implementations that nobody here wrote read what ours writes: Cloudflare's `signed_note` and `tlog_tiles`
//! (of their Certificate Transparency log) and `ct-merkle`.

use std::collections::BTreeMap;

use axum::http::Method;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use scribe_domain::values::Digest;
use scribe_projections::ledger::bundle::unpack;
use scribe_projections::ledger::growth::Growth;
use scribe_projections::ledger::inclusion::InclusionFile;
use scribe_tests::api::Api;
use scribe_tests::beneath::open;
use serde_json::{Value, json};
use sha2::Sha256;
use sha2::digest::Output;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, HashReader as _, Tile, TileHashReader, TileReader, check_record, check_tree,
    prove_record, prove_tree, record_hash, stored_hash_index,
};

/// Enough for a node on the first level, and a tile that is not full on both.
const EVENTS: u64 = 600;

/// What a client of the log has fetched, by its path.
struct Fetched(BTreeMap<String, Vec<u8>>);

impl TileReader for Fetched {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let get = |tile: &Tile| self.0.get(&path(tile)).cloned().ok_or(Error::InvalidTile);
        tiles.iter().map(get).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// Go's paths name the height, which is always 8 in tlog-tiles.
fn path(tile: &Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

struct Log {
    api: Api,
    _folder: tempfile::TempDir,
}

impl Log {
    /// A log of so many events.
    async fn of(count: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = Self { api: Api::over(open(folder.path())), _folder: folder };
        log.grow(0, count).await;
        log
    }

    /// Goes on from so many events to so many.
    async fn grow(&self, from: u64, to: u64) {
        let line = |number: u64| {
            let (kind, fields) = match number {
                0 => ("declared", json!({ "title": "A", "tier": "internal", "severity": "sev3" })),
                _ => ("noted", json!({ "text": format!("Note {number}.") })),
            };
            let id = format!("n{number}");
            json!({ "incident": "20230104-a", "occurred": "unknown", "actor": "Ada", "kind": kind, "fields": fields, "id": id })
                .to_string()
        };
        let lines: Vec<String> = (from..to).map(line).collect();
        let answer = self.api.send(Method::POST, "/v1/imports", &[], lines.join("\n")).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
    }

    async fn get(&self, path: &str) -> Vec<u8> {
        let answer = self.api.send(Method::GET, &format!("/v1/ledger/{path}"), &[], "").await;
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.bytes));
        answer.bytes.to_vec()
    }

    /// The checkpoint, verified and read by others.
    async fn checkpoint(&self) -> Checkpoint {
        let keys: Value = serde_json::from_slice(&self.get("key").await).unwrap();
        let verifier = StandardVerifier::new(keys["key"].as_str().unwrap()).unwrap();
        let note = Note::from_bytes(&self.get("checkpoint").await).unwrap();
        let (signed, others) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
        assert_eq!((signed.len(), others.len()), (1, 0));
        let checkpoint = Checkpoint::from_bytes(note.text()).unwrap();
        assert_eq!(checkpoint.origin(), keys["origin"].as_str().unwrap());
        checkpoint
    }

    async fn tiles(&self, size: u64) -> Fetched {
        let mut fetched = BTreeMap::new();
        for tile in Tile::new_tiles(8, 0, size) {
            fetched.insert(path(&tile), self.get(&path(&tile)).await);
        }
        Fetched(fetched)
    }
}

fn theirs(hashes: &[Digest]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(hash.0)).collect()
}

fn outputs(hashes: &[Digest]) -> Vec<Output<Sha256>> {
    hashes.iter().map(|hash| hash.0.into()).collect()
}

#[tokio::test]
async fn their_readers_authenticate_our_tiles_and_entries() {
    let log = Log::of(EVENTS).await;
    let checkpoint = log.checkpoint().await;
    assert_eq!(checkpoint.size(), EVENTS);
    let tiles = log.tiles(EVENTS).await;
    let reader = TileHashReader::new(EVENTS, *checkpoint.hash(), &tiles);
    let leaves: Vec<u64> = (0..EVENTS).map(|index| stored_hash_index(0, index)).collect();
    let leaves = reader.read_hashes(&leaves).unwrap();

    let mut entries = log.get("tile/entries/000").await;
    entries.extend(log.get("tile/entries/001").await);
    entries.extend(log.get("tile/entries/002.p/88").await);
    let entries = unpack(&entries).unwrap();
    let hashed: Vec<Hash> = entries.iter().map(|entry| record_hash(entry)).collect();
    assert_eq!(hashed, leaves);

    // And they tell when a tile is not what was signed. (Of the growing edge: this version of theirs leaves
    // some full tiles unchecked, as many as the tree's perfect parts exceed the tiles that hold them.)
    let mut other = log.tiles(EVENTS).await;
    other.0.get_mut("tile/0/002.p/88").unwrap()[100] ^= 1;
    let reader = TileHashReader::new(EVENTS, *checkpoint.hash(), &other);
    assert!(reader.read_hashes(&[stored_hash_index(0, 3)]).is_err());
}

#[tokio::test]
async fn their_verifiers_take_our_proofs_and_make_the_same() {
    let log = Log::of(EVENTS).await;
    let checkpoint = log.checkpoint().await;
    let (size, root) = (checkpoint.size(), *checkpoint.hash());
    let tiles = log.tiles(size).await;
    let reader = TileHashReader::new(size, root, &tiles);
    for index in [0, 1, 254, 255, 256, 300, 511, 512, 598, 599] {
        let file = log.get(&format!("proof?position={}", index + 1)).await;
        let file = InclusionFile::parse(&String::from_utf8(file).unwrap()).unwrap();
        let leaf = file.event.leaf().unwrap();
        let hashes = theirs(&file.hashes);
        assert_eq!(hashes, prove_record(size, index, &reader).unwrap(), "{index}");
        check_record(&hashes, size, root, index, Hash(leaf.0)).unwrap();
        assert!(check_record(&hashes, size, root, (index + 1) % size, Hash(leaf.0)).is_err());

        let whole = log
            .get(&format!("tile/entries/{:03}{}", index / 256, if index < 512 { "" } else { ".p/88" }))
            .await;
        let entry = unpack(&whole).unwrap()[usize::try_from(index % 256).unwrap()].to_vec();
        let outputs = outputs(&file.hashes);
        let proof = InclusionProof::<Sha256>::from_digests(&outputs);
        let head = RootHash::<Sha256>::new(root.0.into(), size);
        head.verify_inclusion(&entry, index, &proof).unwrap();
    }
}

#[tokio::test]
async fn their_verifiers_take_our_proofs_of_growth() {
    let log = Log::of(3).await;
    let mut heads = vec![log.checkpoint().await];
    for (from, to) in [(3, 255), (255, 256), (256, 257), (257, EVENTS)] {
        log.grow(from, to).await;
        heads.push(log.checkpoint().await);
    }
    let tiles = log.tiles(EVENTS).await;
    let reader = TileHashReader::new(EVENTS, *heads[4].hash(), &tiles);
    for (place, new) in heads.iter().enumerate() {
        for old in &heads[..place] {
            let address = format!("consistency?from={}&to={}", old.size(), new.size());
            let growth: Growth = serde_json::from_slice(&log.get(&address).await).unwrap();
            let hashes = theirs(&growth.hashes);
            check_tree(&hashes, new.size(), *new.hash(), old.size(), *old.hash()).unwrap();
            if new.size() == EVENTS {
                assert_eq!(hashes, prove_tree(new.size(), old.size(), &reader).unwrap());
            }
            let mut other = hashes.clone();
            other[0].0[0] ^= 1;
            assert!(check_tree(&other, new.size(), *new.hash(), old.size(), *old.hash()).is_err());

            let outputs = outputs(&growth.hashes);
            let proof = ConsistencyProof::<Sha256>::from_digests(&outputs);
            let old = RootHash::<Sha256>::new(old.hash().0.into(), old.size());
            RootHash::<Sha256>::new(new.hash().0.into(), new.size())
                .verify_consistency(&old, &proof)
                .unwrap();
        }
    }
}

#[tokio::test]
async fn tiles_that_are_not_there_are_not_served() {
    let log = Log::of(10).await;
    for (path, status) in [
        ("tile/0/000", 404),
        ("tile/0/000.p/11", 404),
        ("tile/1/000.p/1", 404),
        ("tile/entries/000", 404),
        ("tile/0/x000/000.p/10", 400),
        ("tile/8/000", 400),
        ("tile/entries", 400),
        ("consistency?from=3&to=11", 404),
        ("consistency?from=3", 400),
        ("proof", 400),
        ("proof?position=0", 404),
        ("proof?position=11", 404),
        ("verify?key=x", 400),
        ("verify?checkpoint=x", 400),
    ] {
        let answer = log.api.send(Method::GET, &format!("/v1/ledger/{path}"), &[], "").await;
        assert_eq!(answer.status, status, "{path}: {}", String::from_utf8_lossy(&answer.bytes));
    }
    let answer = log.api.send(Method::GET, "/v1/ledger/tile/0/000.p/10", &[], "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/octet-stream");
    assert_eq!(answer.headers["cache-control"], "private, max-age=31536000, immutable");
    assert_eq!(answer.bytes.len(), 320);
}
