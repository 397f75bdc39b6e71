//! The one gate of the record: whoever writes [tells](App::tell) it a deed, whoever reads [asks](App::ask) it a
//! question, and both say who they are. Nothing else reaches the store, so scopes are looked at in one place.
//! In reading order:
//!
//! Each deed and each question is a type of its own that says which [scope](scribe_domain::scope::Scope) it takes, so one about which
//! nobody decided does not compile; and its answer keeps its own type. Until callers are proven, scopes are
//! decided and not yet enforced.

/// Who asks the program for something.
pub mod caller;
/// Everything that writes.
pub mod deeds;
/// Everything that reads the record and its views.
pub mod questions;
/// Everything that reads the ledger.
pub mod ledger;

use scribe_domain::scope::Scope;

use super::App;
use caller::Caller;

/// Something that writes.
pub trait Deed: Send {
    /// What comes of it.
    type Answer;
    /// Why nothing does.
    type Error;

    /// What it takes to be allowed to.
    fn scope(&self) -> Scope;

    /// Does it, for a caller who may.
    fn carry_out(
        self,
        app: &App,
        caller: &Caller,
    ) -> impl Future<Output = Result<Self::Answer, Self::Error>> + Send;
}

/// Something that reads.
pub trait Question: Send {
    /// What is answered; it may be borrowed from the app, as views are.
    type Answer<'a>;
    /// Why there is no answer.
    type Error;

    /// What it takes to be told.
    const SCOPE: Scope;

    /// Answers it, for a caller who may know.
    fn answer(self, app: &App) -> impl Future<Output = Result<Self::Answer<'_>, Self::Error>> + Send;
}

impl App {
    /// Has a deed done for a caller.
    pub async fn tell<D: Deed>(&self, caller: &Caller, deed: D) -> Result<D::Answer, D::Error> {
        let_in(caller, deed.scope());
        deed.carry_out(self, caller).await
    }

    /// Answers a caller's question.
    pub async fn ask<Q: Question>(&self, caller: &Caller, question: Q) -> Result<Q::Answer<'_>, Q::Error> {
        let_in(caller, Q::SCOPE);
        question.answer(self).await
    }
}

/// Everybody is let in as long as callers only say who they are; the log can tell who used which scope.
fn let_in(caller: &Caller, scope: Scope) {
    tracing::trace!(%caller, %scope, "let in");
}
