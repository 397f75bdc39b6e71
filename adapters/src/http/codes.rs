//! Every code of a problem, with its status: what integrations may branch on, as a list.

use scribe_domain::actor::Who;
use scribe_domain::event_store::StoreError;
use scribe_domain::ids::{Position, Revision};
use scribe_domain::refusal::{Reason, Refusal};

use super::problem::Problem;
use crate::app::gate::rights::NotAllowed;
use crate::app::{BadSession, BadToken, NoSignIn};
use crate::auth::oidc::Trouble;
use crate::time_stamping::NoStamp;

/// A code that problems have, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownCode {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status that comes with it.
    pub status: u16,
    /// What it means, in a few words; for a refusal, in a sentence.
    pub title: &'static str,
}

/// Every code: first those of the API and the store, then one for each reason of the domain to refuse.
pub fn problem_codes() -> Vec<KnownCode> {
    let mut codes: Vec<KnownCode> = Vec::new();
    for problem in one_of_each() {
        let (code, title) = problem.code();
        if codes.iter().all(|known| known.code != code) {
            codes.push(KnownCode { code, status: problem.status().as_u16(), title });
        }
    }
    let refused = |&reason: &Reason| {
        let status = Problem::Refused(Refusal::new(reason, "", "")).status().as_u16();
        KnownCode { code: reason.code(), status, title: reason.about() }
    };
    codes.extend(Reason::ALL.iter().map(refused));
    codes
}

/// A problem with each code but a refusal's.
fn one_of_each() -> Vec<Problem> {
    let no = String::new;
    let (name, hint) = ("", "");
    vec![
        Problem::NotUtf8 { at: 0 },
        Problem::Malformed { line: 0, column: 0, what: no() },
        Problem::Field { path: no(), what: no(), hint: no() },
        Problem::Line { line: 0, what: no(), hint: no() },
        Problem::Query { name: no(), what: no(), hint: no() },
        Problem::Address { name, what: no(), hint },
        Problem::Header { name, what: no(), hint },
        Problem::MediaType { given: no(), read: "" },
        Problem::NotAcceptable { offered: no() },
        Problem::TooLarge { limit: 0 },
        Problem::InTheFuture { field: "occurred", occurred: no(), now: no(), likely: None },
        Problem::NoSuchAddress { path: no() },
        Problem::NoSuchCommand { name: no(), known: no() },
        Problem::Method { allowed: no() },
        Problem::NotAllowed(NotAllowed::Unknown),
        Problem::NotAllowed(NotAllowed::Scope { who: Who::Scribe, needed: Vec::new() }),
        Problem::NotAllowed(NotAllowed::Source { who: Who::Scribe, source_name: no() }),
        Problem::NotAllowed(NotAllowed::OtherName { who: Who::Scribe, told: no() }),
        Problem::NotAllowed(NotAllowed::NotAll { who: Who::Scribe }),
        Problem::BadToken(BadToken::Unknown),
        Problem::BadSession(BadSession::Unknown),
        Problem::NoSignIn(NoSignIn::NotAPerson(Who::Scribe)),
        Problem::Provider(Trouble::Away(no())),
        Problem::Provider(Trouble::NotBegun),
        Problem::Provider(Trouble::NoProvider),
        Problem::ForeignHost { host: no() },
        Problem::CrossOrigin,
        Problem::Stale { expected: Revision::default(), actual: Revision::default() },
        Problem::Contended,
        Problem::KeyReused { incident: None },
        Problem::NoReceipt { key: no() },
        Problem::OtherRecord { line: 0, position: Position::default() },
        Problem::NotInRecord { what: no() },
        Problem::CannotSign { what: no() },
        Problem::Rewritten { what: no() },
        Problem::Differs { what: no() },
        Problem::NoStamp(NoStamp::Nothing),
        Problem::NoStamp(NoStamp::Address(no())),
        Problem::NoStamp(NoStamp::Away(no())),
        Problem::NoStamp(NoStamp::Refused(no())),
        Problem::NoStamp(NoStamp::Odd(no())),
        Problem::Store(StoreError::Unavailable(no())),
        Problem::Store(StoreError::Barred { why: no(), remedy: no() }),
        Problem::Store(StoreError::ClockWrong { why: no(), remedy: no() }),
        Problem::Store(StoreError::NotShown(no())),
        Problem::Store(StoreError::NotWiped(no())),
        Problem::Store(StoreError::Damaged(no())),
        Problem::Store(StoreError::Unacceptable(no())),
        Problem::TimedOut,
        Problem::Overloaded,
        Problem::TooMany { seconds: 1 },
        Problem::SlowBody,
        Problem::NotReady { why: no() },
        Problem::Broken,
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regex::Regex;

    use super::*;

    #[test]
    fn no_code_is_left_out() {
        let source = include_str!("problem/mod.rs");
        let pair = Regex::new(r#"\("([a-z_0-9]+)", "[A-Z]"#).unwrap();
        let all: BTreeSet<&str> =
            pair.captures_iter(source).map(|found| found.get(1).unwrap().as_str()).collect();
        let listed: BTreeSet<&str> = problem_codes().into_iter().map(|known| known.code).collect();
        assert!(all.len() > 30, "{all:?}");
        assert!(all.is_subset(&listed), "{:?} are not listed", all.difference(&listed).collect::<Vec<_>>());
    }
}
