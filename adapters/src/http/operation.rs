//! An operation: what it is, and the handler that carries it out.

use std::sync::Arc;

use axum::routing::MethodRouter;
use scribe_domain::scope::Scope;

use super::spec::Spec;
use super::state::Api;

/// An operation: a line of the table that the router and the API's description are built from.
pub(crate) struct Operation {
    pub(crate) spec: Arc<Spec>,
    pub(crate) handler: MethodRouter<Api>,
}

impl Spec {
    /// The operation that this handler carries out, for whoever has one of these scopes. There is none about which
    /// nobody decided.
    pub(crate) fn by(self, scopes: &'static [Scope], handler: MethodRouter<Api>) -> Operation {
        Operation { spec: Arc::new(Self { scopes, ..self }), handler }
    }
}
