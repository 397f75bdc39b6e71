//! The one gate of the record: whoever writes [tells](App::tell) it a deed, whoever reads [asks](App::ask) it a
//! question, and both are callers of whom it is known what they may. Nothing else reaches the store, so rights are
//! looked at in one place. In reading order:
//!
//! Each deed and each question is a type of its own that says which [scope](scribe_domain::scope::Scope) it takes, so
//! one about which nobody decided does not compile; and its answer keeps its own type. Each is handed the
//! [sight](crate::app::gate::rights::Sight) of whoever asks: which incidents they may see.

/// What a caller may do and see.
pub mod rights;
/// What a caller is shown of the record.
pub mod shown;
/// Who asks the program for something.
pub mod caller;
/// In whose name somebody tells something.
pub mod speaker;
/// Everything that writes.
pub mod deeds;
/// Erasing a person from the record.
pub mod erasing;
/// Everything that reads the record and its views.
pub mod questions;
/// Everything that reads the ledger.
pub mod ledger;
/// Tokens, and what was administered.
pub mod system;
/// Signing in and out.
pub mod sessions;
/// The directory of people.
pub mod people;
/// Whether the clock is to be believed.
pub mod clock;
/// Whose clock was wrong.
pub mod clocks;
/// What time-stamping authorities signed.
pub mod time_stamps;

use std::convert::Infallible;

use scribe_domain::event_store::StoreError;
use scribe_domain::ids::IncidentId;
use scribe_domain::scope::Scope;

use super::App;
use caller::Caller;
use rights::{GateError, Rights, Sight};

/// Something that writes.
pub trait Deed: Send {
    /// What comes of it.
    type Answer;
    /// Why nothing does.
    type Error: From<StoreError>;

    /// What it takes to be allowed to.
    fn scope(&self) -> Scope;

    /// Does it, for a caller who may.
    fn carry_out(
        self,
        app: &App,
        caller: &Caller,
        sight: &Sight,
    ) -> impl Future<Output = Result<Self::Answer, GateError<Self::Error>>> + Send;
}

/// Something that reads.
pub trait Question: Send {
    /// What is answered; it may be borrowed from the app, as views are.
    type Answer<'a>;
    /// Why there is no answer.
    type Error;

    /// What it takes to be told.
    const SCOPE: Scope;

    /// Of which incidents it shows something.
    fn shows(&self) -> Shows<'_>;

    /// Answers it, for a caller who may know, as far as they may see.
    fn answer<'a>(
        self,
        app: &'a App,
        sight: &Sight,
    ) -> impl Future<Output = Result<Self::Answer<'a>, GateError<Self::Error>>> + Send;
}

/// Of which incidents a question shows something: who looks at a private one is recorded before they see it.
#[derive(Debug, Clone, Copy)]
pub enum Shows<'a> {
    /// Of none: numbers, hashes, how the program stands.
    Nothing,
    /// Of this one.
    One(&'a IncidentId),
    /// Of all that the caller may see.
    All,
}

impl App {
    /// Has a deed done for a caller.
    pub async fn tell<D: Deed>(&self, caller: &Caller, deed: D) -> Result<D::Answer, GateError<D::Error>> {
        let scope = deed.scope();
        let answer = async {
            caller.rights.must_have(&[scope]).map_err(GateError::NotAllowed)?;
            let sight = self.sight(&caller.rights).await.map_err(failed)?;
            tracing::trace!(%caller, %scope, "let in");
            deed.carry_out(self, caller, &sight).await
        };
        heard(caller, scope, answer.await)
    }

    /// Answers a caller's question.
    pub async fn ask<Q>(&self, caller: &Caller, question: Q) -> Result<Q::Answer<'_>, GateError<Q::Error>>
    where
        Q: Question<Error: From<StoreError>>,
    {
        let answer = async {
            caller.rights.must_have(&[Q::SCOPE]).map_err(GateError::NotAllowed)?;
            let sight = match Q::SCOPE {
                Scope::Anybody => Sight::Nothing,
                _ => self.sight(&caller.rights).await.map_err(failed)?,
            };
            tracing::trace!(%caller, scope = %Q::SCOPE, "let in");
            self.record_look(caller, &sight, question.shows()).await.map_err(failed)?;
            question.answer(self, &sight).await
        };
        heard(caller, Q::SCOPE, answer.await)
    }

    /// Answers what anybody may know and what never fails.
    pub async fn know<Q: Question<Error = Infallible>>(&self, question: Q) -> Q::Answer<'_> {
        const { assert!(matches!(Q::SCOPE, Scope::Anybody), "what is asked by nobody must be for anybody") };
        match question.answer(self, &Sight::Nothing).await {
            Ok(answer) => answer,
            Err(GateError::Failed(never)) => match never {},
            // Whoever answers anybody looks at nobody's rights.
            Err(GateError::NotAllowed(_)) => unreachable!("a question for anybody was refused"),
        }
    }

    /// Which incidents a caller may see, as it is decided now. Whoever has everything needs nothing looked up.
    async fn sight(&self, rights: &Rights) -> Result<Sight, StoreError> {
        match rights {
            Rights::Everything { .. } => Ok(Sight::All),
            Rights::Nobody => Ok(Sight::Nothing),
            Rights::Granted(grant) => Ok(grant.sight(&self.access().await?.view.access)),
        }
    }
}

/// What a caller is answered; that they may not is logged. A token's requests are bounded, so nobody fills the log.
fn heard<A, E>(caller: &Caller, scope: Scope, answer: Result<A, GateError<E>>) -> Result<A, GateError<E>> {
    if let Err(GateError::NotAllowed(why)) = &answer {
        tracing::warn!(%caller, %scope, %why, "a caller may not");
    }
    answer
}

/// The store says no, to whatever was asked.
fn failed<E: From<StoreError>>(error: StoreError) -> GateError<E> {
    GateError::Failed(error.into())
}
