//! The client against small servers made up for it: what each trouble on the way is told as, and where it goes.

/// The way to a node: names, connections, wrong ports.
mod way;
/// Certificates.
mod secured;
/// Machines that do not answer any more.
mod vanished;
/// Answers, and where they send whoever asks.
mod answers;
/// A server that says what it was told to.
mod stub;

use std::sync::Arc;
use std::time::Duration;

use super::times::Times;
use super::{Cluster, Trouble};
use crate::store::address::{ClusterAddress, Login};

/// A cluster at this address, named without its scheme.
fn cluster(address: &str) -> Arc<Cluster> {
    let login = Login { user: None, password: None };
    let address = ClusterAddress::parse(&format!("esdb://{address}"), &login).unwrap();
    Arc::new(Cluster::new(&address, times()).unwrap())
}

/// What nobody looks at.
fn times() -> Arc<Times> {
    Arc::new(Times::new(crate::clock::system()))
}

/// What a read comes to that cannot be.
async fn why(address: &str) -> Trouble {
    cluster(address).read("incident-1".to_owned(), 0, 1).await.expect_err("it cannot be read")
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
