//! Names of things. Two of them are equal if they are one name by the rule of [`alike`].

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::alike;
use crate::text::{Label, TextError};

/// The name of a thing: a component, what a hold covers, a program. Two of them are equal if they are one name; it
/// is shown as it was told.
#[derive(Debug, Clone, serde::Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Name(Label);

impl Name {
    /// Checks a name; surrounding white space is dropped and inner runs become one space.
    pub fn new(name: &str) -> Result<Self, TextError> {
        Label::new(&*alike::tidy(name)).map(Self)
    }

    /// The name as told.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether this is how somebody would write it too.
    pub fn is(&self, name: &str) -> bool {
        alike::same(self.as_str(), name)
    }
}

/// Each name once, as it was told first.
pub fn distinct(names: &[Name]) -> Vec<&Name> {
    let mut once: Vec<&Name> = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}

impl From<Label> for Name {
    fn from(label: Label) -> Self {
        Self(label)
    }
}
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        alike::same(self.as_str(), other.as_str())
    }
}
impl Eq for Name {}
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        alike::hash(self.as_str(), state);
    }
}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        alike::compare(self.as_str(), other.as_str())
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl FromStr for Name {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}
impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_thing_is_called_as_it_was_told_and_is_one_however_it_is_written() {
        let name = |name: &str| Name::new(name).unwrap();
        assert_eq!(name(" Search  API ").as_str(), "Search API");
        assert!(name("Search API").is("search api"));
        assert!(Name::new("\u{2800}").is_err());
        let names: BTreeSet<Name> = ["Search", "SEARCH ", "S\u{200b}earch", "Mail"].map(name).into();
        assert_eq!(names.len(), 2);
        assert_eq!(distinct(&["API", "api", "Mail"].map(name)), [&name("api"), &name("mail")]);
    }
}
