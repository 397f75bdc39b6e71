//! Which server the stand-in is like. Both were recorded; what differs between them is asked for here by its name.

use std::fmt;
use std::str::FromStr;

/// The variable that says which server the clusters of a test are like, so that a suite can be run on both.
pub const CHOICE: &str = "SCRIBE_TEST_LIKE";

/// A server of which there are recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Like {
    /// `EventStoreDB` 23.10.8.
    EventStore23,
    /// `KurrentDB` 26.1.0.
    #[default]
    Kurrent26,
}

impl Like {
    /// Every server of which there are recordings.
    pub const ALL: [Self; 2] = [Self::EventStore23, Self::Kurrent26];

    /// What the environment says, else the newer one.
    ///
    /// # Panics
    /// If it names a server of which there is no recording: a suite must not pass on another than was asked for.
    pub fn chosen() -> Self {
        match std::env::var(CHOICE) {
            Ok(text) => text.parse().unwrap_or_else(|why| panic!("{CHOICE}: {why}")),
            Err(std::env::VarError::NotPresent) => Self::default(),
            Err(error) => panic!("{CHOICE}: {error}"),
        }
    }

    /// The version that the server tells.
    pub fn version(self) -> &'static str {
        match self {
            Self::EventStore23 => "23.10.8",
            Self::Kurrent26 => "26.1.0",
        }
    }

    /// The largest append that it takes unless its settings say otherwise.
    pub fn largest_append(self) -> usize {
        match self {
            Self::EventStore23 => 1024 * 1024,
            Self::Kurrent26 => 256 * 1024 * 1024,
        }
    }

    /// The largest event that it takes, where events have a limit of their own.
    pub fn largest_event(self) -> Option<usize> {
        match self {
            Self::EventStore23 => None,
            Self::Kurrent26 => Some(16 * 1024 * 1024),
        }
    }

    /// Whether a live subscription that cannot keep up catches up again; else it is ended.
    pub(crate) fn falls_back(self) -> bool {
        self == Self::Kurrent26
    }

    /// Whether a checkpoint is told where a subscription turns live. The count towards the next one then begins anew,
    /// else what was looked at since the last checkpoint counts on.
    pub(crate) fn checkpoint_on_turning_live(self) -> bool {
        self == Self::Kurrent26
    }

    /// Whether a subscription is confirmed before it is known whether this node may answer it.
    pub(crate) fn confirms_first(self) -> bool {
        self == Self::Kurrent26
    }
}

impl fmt::Display for Like {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.version())
    }
}

impl FromStr for Like {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|like| like.version() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::version).join(" and ");
            format!("there is no recording of a server \"{text}\", only of {known}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Like;

    #[test]
    fn a_server_is_named_by_its_version() {
        for like in Like::ALL {
            assert_eq!(like.to_string().parse(), Ok(like));
        }
        let unknown: Result<Like, String> = "24.10.0".parse();
        assert!(unknown.unwrap_err().contains("23.10.8 and 26.1.0"));
    }
}
