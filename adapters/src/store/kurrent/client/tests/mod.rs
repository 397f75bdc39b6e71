//! The client against small servers made up for it: what each trouble on the way is told as, and where it goes.

/// The way to a node: names, connections, TLS.
mod way;
/// Answers, and where they send whoever asks.
mod answers;
/// A server that says what it was told to.
mod stub;

use std::sync::Arc;
use std::time::Duration;

use super::{Cluster, Trouble};
use crate::store::address::{ClusterAddress, Login};

/// A cluster at this address, named without its scheme.
fn cluster(address: &str) -> Arc<Cluster> {
    let login = Login { user: None, password: None };
    Arc::new(Cluster::new(&ClusterAddress::parse(&format!("esdb://{address}"), &login).unwrap()).unwrap())
}

fn away(trouble: Trouble) -> String {
    match trouble {
        Trouble::Away(why) => why,
        other => panic!("{other:?}"),
    }
}

fn barred(trouble: Trouble) -> String {
    match trouble {
        Trouble::Barred { why, remedy } => format!("{why} | {remedy}"),
        other => panic!("{other:?}"),
    }
}

const SECONDS: fn(u64) -> Duration = Duration::from_secs;
