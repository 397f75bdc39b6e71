//! What it takes to be allowed something: scopes, of which none includes another. Every command says in its row
//! which one it takes, every question and deed of the program in its type.

use std::fmt;

/// What it takes to be allowed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Nothing: anybody may know whether the server lives.
    Anybody,
    /// Looking at incidents, views and their proofs.
    Read,
    /// Adding facts that decide nothing: what tools send, notes, links.
    Append,
    /// Leading and working an incident: its life, roles, runs, actions and holds.
    Respond,
    /// Telling audiences something.
    Communicate,
    /// Reviewing what happened, and what follows from it.
    Review,
    /// Reading the record as it is kept, and checking it.
    Audit,
    /// What concerns the record itself: imports, restores, erasures, keys.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Anybody,
        Self::Read,
        Self::Append,
        Self::Respond,
        Self::Communicate,
        Self::Review,
        Self::Audit,
        Self::Admin,
    ];

    /// Its name, as tokens will have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Read => "read",
            Self::Append => "append",
            Self::Respond => "respond",
            Self::Communicate => "communicate",
            Self::Review => "review",
            Self::Audit => "audit",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
