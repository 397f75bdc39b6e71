//! Every operation by its address: for the API's description, and for telling those who used another method.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;

use super::openapi;
use super::spec::Spec;

/// Every operation by its address.
#[derive(Debug)]
pub(crate) struct Map {
    specs: Vec<Arc<Spec>>,
    /// Built when it is first asked for: a program that only appends has no use for it.
    document: OnceLock<Bytes>,
}

impl Map {
    /// The map of these operations.
    pub(crate) fn of(specs: Vec<Arc<Spec>>) -> Self {
        Self { specs, document: OnceLock::new() }
    }

    /// The API's description.
    pub(crate) fn document(&self) -> Bytes {
        self.document.get_or_init(|| openapi::document(self.specs.iter().map(|spec| &**spec))).clone()
    }

    /// The methods that a request's address takes.
    pub(crate) fn methods(&self, path: &str) -> String {
        let mut methods: Vec<&str> = self
            .specs
            .iter()
            .filter(|spec| fits(&spec.path, path))
            .map(|spec| spec.method.as_str())
            .collect();
        methods.sort_unstable();
        methods.dedup();
        if methods.contains(&"GET") {
            methods.insert(1, "HEAD");
        }
        methods.join(", ")
    }
}

fn fits(known: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    known.split('/').all(|known| parts.next().is_some_and(|part| known == part || known.starts_with('{')))
        && (known.ends_with("{tile}") || parts.next().is_none())
}
