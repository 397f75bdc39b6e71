//! Who asks the program for something.

use std::fmt;

use scribe_domain::actor::{Actor, Who};

use crate::inbound::vendor::VendorEntry;

/// Who asks the program for something. For now that is what they say of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who they say they are; nobody says that who only looks.
    pub claimed: Option<Actor>,
    /// Where they came in.
    pub edge: Edge,
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
    /// Somebody who has not said who they are.
    pub const fn unnamed(edge: Edge) -> Self {
        Self { claimed: None, edge }
    }

    /// Somebody who says that they are this.
    pub fn claiming(actor: Actor, edge: Edge) -> Self {
        Self { claimed: Some(actor), edge }
    }

    /// A tool whose webhook is called.
    pub fn hook(vendor: &VendorEntry) -> Self {
        let name = vendor.label();
        let actor = Actor { who: Who::Integration(name.clone().into()), via: name, on_behalf_of: None };
        Self::claiming(actor, Edge::Hook)
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.claimed {
            Some(actor) => write!(f, "{} by {}", actor.who, self.edge),
            None => write!(f, "somebody by {}", self.edge),
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
