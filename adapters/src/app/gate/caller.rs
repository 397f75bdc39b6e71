//! Who asks the program for something.

use std::fmt;

use scribe_domain::actor::{Actor, Who};

use super::rights::Rights;
use crate::inbound::vendor::VendorEntry;

/// Who asks the program for something: what they say of themselves, and what is known of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who they say they are; nobody says that who only looks.
    pub claimed: Option<Actor>,
    /// Where they came in.
    pub edge: Edge,
    /// What they may.
    pub rights: Rights,
}

/// Where a caller comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The HTTP API, over a socket or in-process.
    Http,
    /// A webhook of another tool.
    Hook,
    /// The command line, where it does not speak HTTP.
    CommandLine,
    /// The program itself: its tasks.
    Program,
}

impl Caller {
    /// Somebody of whom nothing is known.
    pub const fn nobody(edge: Edge) -> Self {
        Self { claimed: None, edge, rights: Rights::Nobody }
    }

    /// Whoever has the record in their hands: the program itself, and who uses its folder.
    pub const fn owner(edge: Edge) -> Self {
        Self { claimed: None, edge, rights: Rights::Everything { account: None } }
    }

    /// Somebody who may this.
    pub fn with(rights: Rights, edge: Edge) -> Self {
        Self { claimed: None, edge, rights }
    }

    /// The same, who says that they are this.
    #[must_use]
    pub fn claiming(self, actor: Actor) -> Self {
        Self { claimed: Some(actor), ..self }
    }

    /// The same, as a tool whose webhook is called.
    #[must_use]
    pub fn hook(self, vendor: &VendorEntry) -> Self {
        let name = vendor.label();
        let actor = Actor { who: Who::Integration(name.clone().into()), via: name, on_behalf_of: None };
        Self { claimed: Some(actor), edge: Edge::Hook, ..self }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.rights.who(), &self.claimed) {
            (Some(who), _) => write!(f, "{who} by {}", self.edge),
            (None, Some(actor)) => write!(f, "{} by {}", actor.who, self.edge),
            (None, None) => write!(f, "somebody by {}", self.edge),
        }
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Hook => "hook",
            Self::CommandLine => "cli",
            Self::Program => "program",
        })
    }
}
