//! What has a number within its incident.

/// What is numbered within its incident, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Numbered {
    /// A line that somebody wants to run, or ran.
    Run,
    /// A call for somebody.
    Page,
    /// A guess at the cause.
    Hypothesis,
    /// Something to do.
    Action,
    /// Something to do after the incident.
    FollowUp,
    /// A time in which users are hit.
    Impact,
    /// A time of which evidence is missing.
    Gap,
    /// Something that helps for now, and must not stay.
    Workaround,
}

impl Numbered {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Run,
        Self::Page,
        Self::Hypothesis,
        Self::Action,
        Self::FollowUp,
        Self::Impact,
        Self::Gap,
        Self::Workaround,
    ];

    /// The field in which its number stands: `follow_up`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Page => "page",
            Self::Hypothesis => "hypothesis",
            Self::Action => "action",
            Self::FollowUp => "follow_up",
            Self::Impact => "impact",
            Self::Gap => "gap",
            Self::Workaround => "workaround",
        }
    }

    /// As people say it: `follow-up`.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::FollowUp => "follow-up",
            other => other.field(),
        }
    }
}
