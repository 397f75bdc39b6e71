//! The contenders, each in a file of its own.

#[cfg(feature = "fjall")]
mod fjall;
mod python;
#[cfg(feature = "redb")]
mod redb;
mod scribe;
#[cfg(feature = "tephra")]
mod tephra;
#[cfg(feature = "umadb")]
mod umadb;

pub use python::Python;

use crate::peer::{Contender, How};

/// Everybody, scribe first.
pub fn all() -> Vec<Contender> {
    vec![
        Contender {
            key: "scribe",
            name: "scribe",
            package: "scribe",
            note: "this store: one SQLite file, one `fdatasync` a commit, a Merkle tree over all events",
            how: How::Here(scribe::open),
        },
        Contender {
            key: "umadb",
            name: "UmaDB",
            package: "umadb-core",
            note: "embedded, with its own group-committing writer thread; tag per incident, guard by \
                   position, event ids",
            #[cfg(feature = "umadb")]
            how: How::Here(umadb::open),
            #[cfg(not(feature = "umadb"))]
            how: How::NotBuilt,
        },
        Contender {
            key: "tephra",
            name: "tephra",
            package: "tephra",
            note: "embedded, with its own group-committing writer thread; tags per incident and request, \
                   guard by position and existence",
            #[cfg(feature = "tephra")]
            how: How::Here(tephra::open),
            #[cfg(not(feature = "tephra"))]
            how: How::NotBuilt,
        },
        Contender {
            key: "fjall",
            name: "fjall",
            package: "fjall",
            note: "three keyspaces (events, streams, requests), group commit by the harness, \
                   `PersistMode::SyncData`",
            #[cfg(feature = "fjall")]
            how: How::Here(fjall::open),
            #[cfg(not(feature = "fjall"))]
            how: How::NotBuilt,
        },
        Contender {
            key: "redb",
            name: "redb",
            package: "redb",
            note: "three tables (events, streams, requests), group commit by the harness, \
                   `Durability::Immediate`",
            #[cfg(feature = "redb")]
            how: How::Here(redb::open),
            #[cfg(not(feature = "redb"))]
            how: How::NotBuilt,
        },
        Contender {
            key: "python",
            name: "eventsourcing (Python)",
            package: "eventsourcing",
            note: "its SQLite recorder in WAL mode, SQLite's default `synchronous=FULL`, a thread a writer; \
                   guarded by revision, no repeated requests",
            how: How::Python,
        },
    ]
}
